"""A handler never answers, because another one serves its method and path.

## Why it matters
The framework picks one of the two handlers by order of registration and never calls the other. The dead handler still looks alive: it is
edited, tested by calling its function, and reviewed, and nothing of that reaches a client. It mostly comes from a merge or from a copied
block, and shows up as "my change has no effect in production".

## Example

### Python: the same route twice

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

### Python: a parameter before a literal

`app/orders.py`
```python
from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
async def read_order(order_id: int):
    return order_id


@router.get("/summary")  # finding
async def summary():
    return {}
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.get("/summary")
async def summary():
    return {}


@router.get("/{order_id}")
async def read_order(order_id: int):
    return order_id
```

### Go

`orders.go`
```go
package orders

import "github.com/gin-gonic/gin"

func Register(r *gin.Engine) {
        r.GET("/orders/:id", readOrder)
        orders := r.Group("/orders")
        orders.GET("/:order", readOrderAgain)  // finding
}

func readOrder(c *gin.Context) {}

func readOrderAgain(c *gin.Context) {}
```

Use instead:

`orders.go`
```go
package orders

import "github.com/gin-gonic/gin"

func Register(r *gin.Engine) {
        r.GET("/orders/:id", readOrder)
        orders := r.Group("/orders")
        orders.GET("/:order/history", readOrderAgain)
}

func readOrder(c *gin.Context) {}

func readOrderAgain(c *gin.Context) {}
```

### TypeScript: a parameter before a literal

`src/orders/routes.ts`
```typescript
import { Router } from "express";
import { latestOrder, readOrder } from "./handlers";

const router = Router();

router.get("/orders/:id", readOrder);

router.get("/orders/latest", latestOrder);  // finding

export default router;
```

Use instead:

`src/orders/routes.ts`
```typescript
import { Router } from "express";
import { latestOrder, readOrder } from "./handlers";

const router = Router();

router.get("/orders/latest", latestOrder);

router.get("/orders/:id", readOrder);

export default router;
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/orders")
class OrderController {
    @GetMapping("/{id}")
    Order read(@PathVariable long id) {
        return null;
    }

    @GetMapping("/{number}")  // finding
    Order readByNumber(@PathVariable String number) {
        return null;
    }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/orders")
class OrderController {
    @GetMapping("/{id}")
    Order read(@PathVariable long id) {
        return null;
    }

    @GetMapping("/numbered/{number}")
    Order readByNumber(@PathVariable String number) {
        return null;
    }
}
```

### Rust

`src/main.rs`
```rust
use axum::{routing::get, Router};

pub fn router() -> Router {
    Router::new()
        .route("/orders/{order_id}", get(read_order))
        .merge(again())
}

fn again() -> Router {
    Router::new().route("/orders/{id}", get(read_order_again))  // finding
}
```

Use instead:

`src/main.rs`
```rust
use axum::{routing::get, Router};

pub fn router() -> Router {
    Router::new()
        .route("/orders/{order_id}", get(read_order))
        .merge(again())
}

fn again() -> Router {
    Router::new().route("/orders/{id}/history", get(read_order_again))
}
```

### TypeScript, NestJS

`src/orders/orders.controller.ts`
```typescript
import { Controller, Get, Param } from "@nestjs/common";

@Controller("orders")
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get(":id")
  read(@Param("id") id: string) {
    return this.orders.read(id);
  }

  @Get("latest")  // finding
  latest() {
    return this.orders.latest();
  }
}
```

Use instead:

`src/orders/orders.controller.ts`
```typescript
import { Controller, Get, Param } from "@nestjs/common";

@Controller("orders")
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get("latest")
  latest() {
    return this.orders.latest();
  }

  @Get(":id")
  read(@Param("id") id: string) {
    return this.orders.read(id);
  }
}
```

## Fix
Moves the literal route above the one that hides it: where both are decorated functions of one file or methods of one class, and in Express
where both are statements of their own, nothing of the router is set between them, and all that the moved one names is imported or a
function. For equal routes there is none: which of the two is meant is a decision.

## References
FastAPI documentation, Path Parameters, "Order matters"
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import Route
from architrave.facts.code import Block, Call, Definition, Import
from architrave.facts.values import names
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.rule import rule
from architrave.text import Span

# These try routes in the order of registration; the others look for the best match.
_BY_ORDER = frozenset({"fastapi", "express", "nestjs"})


@rule(severity="warning", since="0.1")
def duplicate_route(model: Model) -> Iterator[Finding]:
    first: dict[tuple[object, str, str, str], Endpoint] = {}
    routers: dict[tuple[str, str, str], list[Endpoint]] = {}
    for endpoint in model.routes.endpoints:
        if endpoint.application is None or "…" in endpoint.path:
            continue
        earlier = first.setdefault((endpoint.application, endpoint.method, endpoint.shape, endpoint.route.condition), endpoint)
        if earlier is not endpoint:
            if earlier.handler != endpoint.handler:
                yield _equal(model, earlier, endpoint)
            continue
        if endpoint.route.framework in _BY_ORDER:
            siblings = routers.setdefault((endpoint.file, endpoint.route.router, endpoint.method), [])
            hiding = next((other for other in siblings if _hides(other.route.path, endpoint.route.path)), None)
            if hiding is not None:
                yield _hidden(model, hiding, endpoint)
            siblings.append(endpoint)


def _equal(model: Model, earlier: Endpoint, endpoint: Endpoint) -> Finding:
    by = f" by `{earlier.handler.name}`" if earlier.handler.name else ""
    shown = earlier.handler.name or earlier.route.path
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` is already served{by}",
        f"{endpoint.method} {endpoint.shape}",
        related=(Related(model.at(earlier.file, earlier.route.span), f"`{shown}` is registered here"),),
    )


def _hidden(model: Model, hiding: Endpoint, endpoint: Endpoint) -> Finding:
    return Finding(
        model.at(endpoint.file, endpoint.route.span),
        f"`{endpoint.method} {endpoint.path}` never answers: `{hiding.path}` is registered before it and takes its requests",
        f"{endpoint.method} {endpoint.shape}",
        (f"`{hiding.route.path}` matches `{endpoint.route.path}`",),
        (Related(model.at(hiding.file, hiding.route.span), f"`{hiding.handler.name or hiding.route.path}` is registered here"),),
        _fix(model, hiding, endpoint),
    )


def _hides(earlier: str, later: str) -> bool:
    """Whether every request for the path `later` is one for `earlier`, which has a parameter where `later` has a literal."""
    ours, theirs = earlier.strip("/").split("/"), later.strip("/").split("/")
    if len(ours) != len(theirs):
        return False
    hides = False
    for mine, other in zip(ours, theirs, strict=True):
        is_open = mine.startswith("{") and mine.endswith("}") and ":" not in mine and "(" not in mine
        if is_open and other and not other.startswith("{"):
            hides = True
        elif mine != other and not (is_open and other.startswith("{")):
            return False
    return hides


def _fix(model: Model, hiding: Endpoint, endpoint: Endpoint) -> Fix | None:
    if endpoint.route.framework == "express":
        above, below = _statements(model, hiding, endpoint)
    else:
        above, below = _extent(model, hiding), _extent(model, endpoint)
    if above is None or below is None:
        return None
    moved = model.at(endpoint.file, below)
    gap = "\n\n" if model.files.get(endpoint.file) == "python" else "\n"
    return Fix(
        "Move it above",
        (Edit(model.at(hiding.file, above.before), f"{{}}{gap}", "before", moved), Edit(moved, "", "whole")),
    )


def _statements(model: Model, hiding: Endpoint, endpoint: Endpoint) -> tuple[Span | None, Span | None]:
    """The calls that register two routes, where the later one may be made first."""
    calls = model.of(endpoint.file, Call)
    at = {call.span.before: number for number, call in enumerate(calls) if call.is_discarded and call.written.count(".") == 1}
    first, last = at.get(hiding.route.span.before), at.get(endpoint.route.span.before)
    if first is None or last is None or calls[first].function != calls[last].function:
        return None, None
    routes = {route.span.before for route in model.of(endpoint.file, Route)}
    if any(call.receiver == calls[first].receiver and call.span.before not in routes for call in calls[first:last]):
        return None, None  # What is used from there on, such as a guard, is not to be jumped over.
    known = {item.alias for item in model.of(endpoint.file, Import)}
    # `function f() {}` is there from the start, `const f = () => {}` is not; the name of the latter stands before what defines it.
    known |= {item.name for item in model.of(endpoint.file, Definition) if item.span.start < item.name_span.start < item.span.end}
    named = {name.partition(".")[0] for argument in calls[last].arguments for name in names(argument.value)}
    return (calls[first].span, calls[last].span) if named <= known else (None, None)


def _extent(model: Model, endpoint: Endpoint) -> Span | None:
    """The whole of a decorated function at the top of a file, or of a decorated method of a controller."""
    definition = next((item for item in model.of(endpoint.file, Definition) if item.name == endpoint.handler.name), None)
    block = next(
        (item for item in model.of(endpoint.file, Block) if item.kind == "function" and item.function == endpoint.handler.name), None
    )
    if definition is None or block is None or definition.span.chunk != block.span.chunk:
        return None
    is_method = definition.name.rpartition(".")[0] == endpoint.route.router
    if not definition.decorators or ("." in definition.name and not is_method):
        return None
    return definition.span.until(block.span)
