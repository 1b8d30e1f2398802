"""A client may ask for any number of rows.

## Why it matters
`?limit=10000000` makes the service read, hold and serialise the whole table: one request of one client takes the memory and the database
time of thousands. It is the cheapest way to take an API down, and an innocent export script does it as well as an attacker.

## Example

### Python

`app/orders.py`
```python
from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.models import Order

router = APIRouter()


@router.get("/orders")
def list_orders(session: Session, limit: int = 50):  # finding
    return session.query(Order).limit(limit).all()
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.models import Order

router = APIRouter()


@router.get("/orders")
def list_orders(session: Session, limit: int = Query(default=50, le=100)):
    return session.query(Order).limit(limit).all()
```

### Go

`orders.go`
```go
package orders

import (
        "strconv"

        "github.com/gin-gonic/gin"
        "gorm.io/gorm"
)

func List(c *gin.Context, db *gorm.DB) {
        limit, _ := strconv.Atoi(c.DefaultQuery("limit", "50"))
        var orders []Order
        db.Limit(limit).Find(&orders)  // finding
        //       ^^^^^
        c.JSON(200, orders)
}
```

Use instead:

`orders.go`
```go
package orders

import (
        "strconv"

        "github.com/gin-gonic/gin"
        "gorm.io/gorm"
)

func List(c *gin.Context, db *gorm.DB) {
        limit, _ := strconv.Atoi(c.DefaultQuery("limit", "50"))
        var orders []Order
        db.Limit(min(limit, 100)).Find(&orders)
        c.JSON(200, orders)
}
```

### TypeScript

`src/orders.ts`
```typescript
import { Router } from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
export const router = Router();

router.get("/orders", async (req, res) => {
  const limit = Number(req.query.limit) || 50;
  res.json(await prisma.order.findMany({ take: limit }));  // finding
});
```

Use instead:

`src/orders.ts`
```typescript
import { Router } from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
export const router = Router();

router.get("/orders", async (req, res) => {
  const limit = Number(req.query.limit) || 50;
  res.json(await prisma.order.findMany({ take: Math.min(limit, 100) }));
});
```

### TypeScript, NestJS

`src/orders.controller.ts`
```typescript
import { Controller, Get, ParseIntPipe, Query } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { Repository } from "typeorm";
import { Order } from "./order.entity";

@Controller("orders")
export class OrdersController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  @Get()
  list(@Query("limit", ParseIntPipe) limit: number) {  // finding
    return this.orders.find({ take: limit });
  }
}
```

Use instead:

`src/orders.controller.ts`
```typescript
import { Controller, Get, ParseIntPipe, Query } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { Repository } from "typeorm";
import { Order } from "./order.entity";

@Controller("orders")
export class OrdersController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  @Get()
  list(@Query("limit", ParseIntPipe) limit: number) {
    return this.orders.find({ take: Math.min(limit, 100) });
  }
}
```

### Java

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.data.domain.PageRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    private final OrderRepository orders;

    @GetMapping("/orders")
    Object list(@RequestParam(defaultValue = "50") int size) {  // finding
        return orders.findAll(PageRequest.of(0, size));
    }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import org.springframework.data.domain.PageRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {
    private final OrderRepository orders;

    @GetMapping("/orders")
    Object list(@RequestParam(defaultValue = "50") int size) {
        return orders.findAll(PageRequest.of(0, Math.min(size, 100)));
    }
}
```

### Rust

`src/orders.rs`
```rust
use axum::extract::{Query, State};
use axum::Json;
use sqlx::PgPool;

#[derive(serde::Deserialize)]
pub struct Page {
    limit: Option<i64>,
}

pub async fn list(State(pool): State<PgPool>, Query(page): Query<Page>) -> Result<Json<Vec<Order>>, Error> {
    let limit = page.limit.unwrap_or(20);
    let orders = sqlx::query_as("SELECT id, total FROM orders ORDER BY id LIMIT $1")
        .bind(limit)  // finding
        .fetch_all(&pool)
        .await?;
    Ok(Json(orders))
}
```

Use instead:

`src/orders.rs`
```rust
use axum::extract::{Query, State};
use axum::Json;
use sqlx::PgPool;

#[derive(serde::Deserialize)]
pub struct Page {
    limit: Option<i64>,
}

pub async fn list(State(pool): State<PgPool>, Query(page): Query<Page>) -> Result<Json<Vec<Order>>, Error> {
    let limit = page.limit.unwrap_or(20);
    let orders = sqlx::query_as("SELECT id, total FROM orders ORDER BY id LIMIT $1")
        .bind(limit.min(100))
        .fetch_all(&pool)
        .await?;
    Ok(Json(orders))
}
```

### OpenAPI

`package.json`
```json
{"name": "orders", "dependencies": {"express": "^5.0.0", "express-openapi-validator": "^5.0.0", "@prisma/client": "^6.0.0"}}
```

`openapi.yaml`
```yaml
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders:
    get:
      parameters:
        - name: limit
          in: query
          schema: {type: integer, default: 50}
      responses:
        "200": {description: A page of orders.}
```

`src/orders.ts`
```typescript
import { Router } from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
export const router = Router();

router.get("/orders", async (req, res) => {
  res.json(await prisma.order.findMany({ take: Number(req.query.limit) }));  // finding
});
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders:
    get:
      parameters:
        - name: limit
          in: query
          schema: {type: integer, default: 50, maximum: 100}
      responses:
        "200": {description: A page of orders.}
```

## Options
- `depth`: how many calls inside the workspace are followed from the handler to the query.

## Fix
Bounds the value where it comes in, or where it reaches the query; where a library holds requests against an API description, there. It is
not applied unseen: a client may rely on larger pages.

## References
OWASP API Security Top 10 2023, API4 Unrestricted Resource Consumption · CWE-770
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.api import PAGE_NAMES, ApiNumber, InputField, PageFlow, PageSize
from architrave.facts.deployment import Manifest
from architrave.findings import Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.inputs import Inputs
from architrave.model.routes import Endpoint, shape
from architrave.regexes import regex
from architrave.rule import fix, rule

_MESSAGE = "`{}` comes from the request and sets how many rows are read, without a greatest value"

# They refuse requests that do not follow the API description.
_VALIDATORS = regex(
    r"openapi-\w*-?valid|openapi-(backend|core)|openapi-glue|connexion|kin-openapi|oapi-codegen|swagger-request-validator"
)

Way = list[tuple[str, PageFlow]]
Flows = dict[tuple[Place, str], list[tuple[str, PageFlow]]]


@rule(severity="warning", since="0.1")
def page_size_unbounded(model: Model, *, depth: int = 3) -> Iterator[Finding]:
    told: set[tuple[Place, str]] = set()
    handed: list[tuple[str, PageSize]] = []
    shown: set[tuple[Place, str]] = set()
    # Where it comes in is known first: the framework and the library of queries may both tell of one use.
    for path, size in sorted(model.each(PageSize), key=lambda item: item[1].source_span is None):
        if size.position is not None:
            handed.append((path, size))
            continue
        told.add((Place(path, size.function), size.name))
        taker = model.classes.find(path, size.callee) if size.callee else None
        if size.is_bounded or (taker is not None and model.classes.definition(taker) is not None):
            continue  # A function of the workspace may bound it, in ways that are not followed.
        handler = Place(path, size.function)
        if size.source_span is None and (handler, size.name) in shown:
            continue
        described = [found for endpoint in model.routes.by_handler.get(handler, ()) for found in _described(model, endpoint, size.name)]
        if any(number.has_maximum for _, number in described):
            continue
        shown.add((Place(path, size.function), size.name))
        at = size.source_span or size.span
        yield Finding(
            model.at(path, at),
            _MESSAGE.format(size.name),
            f"{size.function} {size.name}",
            related=(Related(model.at(path, size.span), "it reaches the query here"),) if at != size.span else (),
            fix=_described_fix(described) or fix(f"Bound `{size.name}`", path, size.fix),
        )
    flows: Flows = defaultdict(list)
    for path, flow in model.each(PageFlow):
        flows[Place(path, flow.function), flow.name].append((path, flow))
    for path, size in handed:
        key = (Place(path, size.function), size.name)
        way = [] if size.is_bounded or key in told else _way_into(model, flows, path, size.callee, size.position, "", depth)
        if way:
            told.add(key)
            yield Finding(
                model.at(path, size.source_span or size.span),
                _MESSAGE.format(size.name),
                f"{size.function} {size.name}",
                related=(Related(model.at(path, size.span), f"`{size.function}` hands it on"), *_related(model, way)),
                fix=fix(f"Bound `{size.name}`", path, size.fix),
            )
    yield from _of_fields(model, flows, told, depth)
    for endpoint in model.routes.endpoints:
        for parameter in endpoint.route.parameters:
            key = (endpoint.handler, parameter.name)
            if parameter.source != "query" or parameter.is_bounded or parameter.name not in PAGE_NAMES or key in told:
                continue
            told.add(key)
            described = _described(model, endpoint, parameter.name)
            if any(number.has_maximum for _, number in described):
                continue
            way = _way(model, flows, endpoint.handler, parameter.name, depth)
            if way:
                yield Finding(
                    model.at(endpoint.file, parameter.span),
                    _MESSAGE.format(parameter.name),
                    f"{endpoint.handler.name} {parameter.name}",
                    (f"`{endpoint.method} {endpoint.path}`",),
                    _related(model, way),
                    _described_fix(described) or fix(f"Bound `{parameter.name}`", endpoint.file, parameter.fix),
                )


def _of_fields(model: Model, flows: Flows, told: set[tuple[Place, str]], depth: int) -> Iterator[Finding]:
    """Fields of a class that handlers read requests into: one finding a field, whoever takes it."""
    inputs = model.derived(Inputs)
    seen: set[tuple[str, InputField]] = set()
    for endpoint in model.routes.endpoints:
        for path, field in inputs.of(endpoint):
            key = (endpoint.handler, field.name)
            if key in told:
                continue
            told.add(key)
            way = None if field.is_bounded or (path, field) in seen else _way(model, flows, endpoint.handler, field.name, depth)
            if way:
                seen.add((path, field))
                yield Finding(
                    model.at(path, field.span),
                    _MESSAGE.format(field.name),
                    f"{field.owner} {field.name}",
                    (f"`{endpoint.method} {endpoint.path}`",),
                    _related(model, way),
                    fix(f"Bound `{field.name}`", path, field.fix),
                )


def _described(model: Model, endpoint: Endpoint, name: str) -> list[tuple[str, ApiNumber]]:
    """Return what API descriptions say of a parameter, where requests are held against them."""
    found = [
        (path, number)
        for path, number in model.each(ApiNumber)
        if number.name == name
        and number.method == endpoint.method
        and endpoint.shape.endswith(shape(number.path))
        and model.services.of(path) == endpoint.service
    ]
    dependencies = (
        dependency
        for path, manifest in (model.each(Manifest) if found else ())
        if model.services.of(path) == endpoint.service
        for dependency in manifest.dependencies
    )
    return found if any(_VALIDATORS.search(dependency) for dependency in dependencies) else []


def _described_fix(described: list[tuple[str, ApiNumber]]) -> Fix | None:
    path, number = described[0] if len(described) == 1 else ("", None)
    return fix(f"Describe a greatest `{number.name}`", path, number.fix) if number is not None else None


def _way(model: Model, flows: Flows, place: Place, name: str, depth: int) -> Way | None:
    """Return the calls that carry a parameter from a function to a query, when no function on the way bounds it."""
    for path, flow in flows.get((place, name), ()):
        if flow.is_bounded:
            return None
        if flow.takes_rows and not _is_own(model, path, flow.callee):
            return [(path, flow)]
        rest = _way_into(model, flows, path, flow.callee, flow.position, flow.keyword, depth)
        if rest:
            return [(path, flow), *rest]
    return None


def _is_own(model: Model, path: str, callee: str) -> bool:
    """Whether a call leads to a function of the workspace, which may be called `find_all` too."""
    target = model.classes.find(path, callee)
    return target is not None and model.classes.definition(target) is not None


def _way_into(model: Model, flows: Flows, path: str, callee: str, position: int | None, keyword: str, depth: int) -> Way | None:
    """Return the calls that carry an argument from the function that a call names to a query."""
    target = model.classes.find(path, callee)
    definition = model.definition(target) if target is not None else None
    if target is None or definition is None or depth == 0:
        return None
    parameters = [item.name for item in definition.parameters if item.name not in ("self", "this", "cls")]
    if keyword:
        return _way(model, flows, target, keyword, depth - 1)
    if position is not None and position < len(parameters):
        return _way(model, flows, target, parameters[position], depth - 1)
    return None


def _related(model: Model, way: Way) -> tuple[Related, ...]:
    return tuple(
        Related(model.at(path, flow.span), "it reaches the query here" if flow.takes_rows else f"`{flow.function}` hands it on")
        for path, flow in way
    )
