from collections.abc import AsyncIterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from orders.core.config import settings

engine = create_async_engine(
    settings.database_url,
    pool_size=30,
    max_overflow=15,
    pool_timeout=5,
    connect_args={"timeout": 5, "command_timeout": 10},
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def ping() -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
