from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from orders.api import support
from orders.api.routes import health, orders, returns
from orders.clients.inventory import InventoryClient
from orders.core.cache import cache
from orders.core.database import engine
from orders.messaging.publisher import OrderPublisher


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.inventory = InventoryClient()
    app.state.publisher = await OrderPublisher.connect()
    yield
    await app.state.publisher.close()
    await app.state.inventory.close()
    await cache.aclose()
    await engine.dispose()


app = FastAPI(title="Orders", version="1.8.0", lifespan=lifespan, openapi_url=None)
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
app.include_router(health.router)
app.include_router(orders.router)
app.include_router(returns.router)
app.include_router(support.router, prefix="/support/graphql", include_in_schema=False)
