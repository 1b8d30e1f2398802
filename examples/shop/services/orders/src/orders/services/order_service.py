import json
from collections.abc import Sequence
from uuid import uuid4

from orders.api.schemas import CreateOrder
from orders.clients.inventory import InventoryClient
from orders.clients.notifications import notify_order_placed
from orders.core.cache import cache
from orders.core.config import settings
from orders.core.errors import InvalidTransition, OrderNotFound
from orders.messaging.publisher import OrderPublisher
from orders.models import Order, OrderLine
from orders.repositories.order_repository import OrderRepository
from orders.services.pricing import total_cents

TRANSITIONS = {
    "placed": {"cancelled", "dispatched"},
    "dispatched": {"delivered"},
}
COUPON_USES = 1_000


class OrderService:
    def __init__(
        self, orders: OrderRepository, inventory: InventoryClient, publisher: OrderPublisher
    ) -> None:
        self._orders = orders
        self._inventory = inventory
        self._publisher = publisher

    async def page(self, customer_id: str, limit: int, offset: int) -> Sequence[Order]:
        return await self._orders.page(customer_id, limit, offset)

    async def get(self, customer_id: str, order_id: int) -> Order:
        order = await self._orders.find(order_id)
        if order is None or order.customer_id != customer_id:
            raise OrderNotFound(order_id)
        return order

    async def summary(self, customer_id: str) -> dict[str, int]:
        key = f"orders:summary:{customer_id}"
        if cached := await cache.get(key):
            return json.loads(cached)
        counts = await self._orders.count_by_status(customer_id)
        await cache.set(key, json.dumps(counts), ex=settings.summary_ttl_seconds)
        return counts

    async def place(self, customer_id: str, request: CreateOrder) -> Order:
        reference = uuid4()
        coupon = await self._usable(request.coupon)
        reserved = await self._inventory.reserve(
            str(reference), [(line.sku, line.quantity) for line in request.lines]
        )
        order = Order(
            reference=reference,
            customer_id=customer_id,
            status="placed",
            channel=request.channel,
            coupon=coupon,
            currency=request.currency,
            total_cents=total_cents(
                [(line.quantity, line.unit_price_cents) for line in reserved], coupon
            ),
            lines=[
                OrderLine(
                    line_no=number,
                    sku=line.sku,
                    quantity=line.quantity,
                    unit_price_cents=line.unit_price_cents,
                )
                for number, line in enumerate(reserved, start=1)
            ],
        )
        try:
            await self._orders.add(order)
        except Exception:
            await self._inventory.release(str(reference))
            raise
        await self._publisher.publish("order.placed", order)
        await notify_order_placed(order)
        return order

    async def change_status(self, order_id: int, wanted: str) -> Order:
        order = await self._orders.find(order_id)
        if order is None:
            raise OrderNotFound(order_id)
        return await self._move(order, wanted)

    async def cancel(self, customer_id: str, order_id: int) -> Order:
        order = await self._move(await self.get(customer_id, order_id), "cancelled")
        await self._publisher.publish("order.cancelled", order)
        return order

    async def _move(self, order: Order, wanted: str) -> Order:
        if wanted not in TRANSITIONS.get(order.status, set()):
            raise InvalidTransition(order.status, wanted)
        order.status = wanted
        await self._orders.save()
        return order

    async def _usable(self, coupon: str | None) -> str | None:
        """A coupon that was used often enough is worth nothing any more."""
        if coupon and len(await self._orders.with_coupon(coupon, COUPON_USES)) < COUPON_USES:
            return coupon
        return None
