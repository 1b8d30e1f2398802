from fastapi import APIRouter

from orders.core.database import ping

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz")
async def ready() -> dict[str, str]:
    await ping()
    return {"status": "ok"}
