from collections.abc import Sequence

from orders.core.errors import InvalidTransition, OrderNotFound
from orders.models import OrderReturn
from orders.repositories.order_repository import OrderRepository
from orders.repositories.return_repository import ReturnRepository


class ReturnService:
    def __init__(self, orders: OrderRepository, returns: ReturnRepository) -> None:
        self._orders = orders
        self._returns = returns

    async def latest(self, limit: int) -> Sequence[OrderReturn]:
        return await self._returns.latest(limit)

    async def record(self, order_return: OrderReturn) -> OrderReturn:
        await self._returns.add(order_return)
        return order_return

    async def request(self, customer_id: str, order_id: int, reason: str) -> OrderReturn:
        order = await self._orders.find(order_id)
        if order is None or order.customer_id != customer_id:
            raise OrderNotFound(order_id)
        if order.status != "delivered":
            raise InvalidTransition(order.status, "returned")
        order_return = OrderReturn(order_id=order.id, reason=reason)
        await self._returns.add(order_return)
        return order_return
