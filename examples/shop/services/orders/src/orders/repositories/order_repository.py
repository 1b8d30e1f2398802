from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from orders.models import Order


class OrderRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, customer_id: str, limit: int, offset: int) -> Sequence[Order]:
        query = (
            select(Order)
            .where(Order.customer_id == customer_id)
            .options(selectinload(Order.lines))
            .order_by(Order.created_at.desc())
            .limit(limit)
            .offset(offset)
        )
        return (await self._session.scalars(query)).all()

    async def find(self, order_id: int) -> Order | None:
        query = select(Order).where(Order.id == order_id).options(selectinload(Order.lines))
        return (await self._session.scalars(query)).one_or_none()

    async def count_by_status(self, customer_id: str) -> dict[str, int]:
        query = (
            select(Order.status, func.count())
            .where(Order.customer_id == customer_id)
            .group_by(Order.status)
        )
        rows = await self._session.execute(query)
        return {status: count for status, count in rows}

    async def with_coupon(self, coupon: str, limit: int) -> Sequence[int]:
        query = select(Order.id).where(Order.coupon == coupon).limit(limit)
        return (await self._session.scalars(query)).all()

    async def add(self, order: Order) -> None:
        self._session.add(order)
        await self._session.commit()

    async def save(self) -> None:
        await self._session.commit()
