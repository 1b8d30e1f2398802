from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from tenacity import retry, stop_after_attempt

from orders.core.config import settings
from orders.core.errors import OutOfStock


@dataclass(frozen=True)
class ReservedLine:
    sku: str
    quantity: int
    unit_price_cents: int


class InventoryClient:
    def __init__(self) -> None:
        self._http = httpx.AsyncClient(base_url=settings.inventory_url, timeout=3.0)

    async def reserve(self, reference: str, lines: Sequence[tuple[str, int]]) -> list[ReservedLine]:
        body = {
            "order_reference": reference,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        }
        response = await self._http.post("/v1/reservations", json=body)
        if response.status_code == httpx.codes.CONFLICT:
            raise OutOfStock(response.json()["error"])
        response.raise_for_status()
        return [ReservedLine(**line) for line in response.json()["lines"]]

    @retry(stop=stop_after_attempt(5))
    async def release(self, reference: str) -> None:
        response = await self._http.delete(f"/v1/reservations/{reference}")
        response.raise_for_status()

    async def close(self) -> None:
        await self._http.aclose()
