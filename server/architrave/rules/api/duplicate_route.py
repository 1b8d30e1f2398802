"""Two handlers serve the same method and path.

## Why it matters
The framework picks one of the two handlers by order of registration and never calls the other. The dead handler still looks alive: it is
edited, tested by calling its function, and reviewed, and nothing of that reaches a client. It mostly comes from a merge or from a copied
block, and shows up as "my change has no effect in production".

## Example

`app/orders.py`
```python
from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
async def read_order(order_id: int): ...


@router.get("/{id}")  # finding
async def read_order_again(id: int): ...
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
async def read_order(order_id: int): ...


@router.get("/{id}/history")
async def read_order_again(id: int): ...
```

## Fix
None.

## References
FastAPI documentation, Path Parameters, "Order matters"
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.rule import rule


@rule(severity="warning", since="0.1")
def duplicate_route(model: Model) -> Iterator[Finding]:
    first: dict[tuple[object, str, str], Endpoint] = {}
    for endpoint in model.routes.endpoints:
        if not endpoint.is_complete and endpoint.application is None:
            continue
        key = (endpoint.application, endpoint.method, endpoint.shape)
        earlier = first.setdefault(key, endpoint)
        if earlier is not endpoint and earlier.handler != endpoint.handler:
            yield Finding(
                model.at(endpoint.file, endpoint.route.span),
                f"`{endpoint.method} {endpoint.path}` is already served by `{earlier.handler.name}`",
                f"{endpoint.method} {endpoint.shape}",
                related=(Related(model.at(earlier.file, earlier.route.span), f"`{earlier.handler.name}` is registered here"),),
            )
