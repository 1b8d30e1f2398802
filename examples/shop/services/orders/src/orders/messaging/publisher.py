import json

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractRobustConnection

from orders.core.config import settings
from orders.models import Order

EXCHANGE = "orders"


class OrderPublisher:
    def __init__(self, connection: AbstractRobustConnection, exchange: AbstractExchange) -> None:
        self._connection = connection
        self._exchange = exchange

    @classmethod
    async def connect(cls) -> "OrderPublisher":
        connection = await aio_pika.connect_robust(settings.amqp_url, timeout=10)
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange(
            EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
        )
        return cls(connection, exchange)

    async def publish(self, event: str, order: Order) -> None:
        body = {
            "order_id": order.id,
            "order_reference": str(order.reference),
            "customer_id": order.customer_id,
        }
        message = aio_pika.Message(
            json.dumps(body).encode(),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self._exchange.publish(message, routing_key=event, timeout=5)

    async def close(self) -> None:
        await self._connection.close()
