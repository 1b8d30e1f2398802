from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orders.models import OrderReturn


class ReturnRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def latest(self, limit: int) -> Sequence[OrderReturn]:
        query = select(OrderReturn).order_by(OrderReturn.id.desc()).limit(limit)
        return (await self._session.scalars(query)).all()

    async def add(self, order_return: OrderReturn) -> None:
        self._session.add(order_return)
        await self._session.commit()
