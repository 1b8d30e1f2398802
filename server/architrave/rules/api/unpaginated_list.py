"""A list is answered whole, however long it is.

## Why it matters
With ten rows in the table nobody notices. With a hundred thousand each request reads, holds and serialises all of them: the first one takes
seconds, a few at a time take the memory of the process, and a client in a browser cannot show what it gets. A limit cannot be added later
without breaking those who count on getting everything, so a list is paged from its first release.

An endpoint for GET is judged whose handler, within three calls, asks for many rows with one query that has neither a limit nor a filter
that makes it short, and that takes nothing from the request that is named like a page: a limit, an offset, a cursor. Handlers that draw a
page for people are left out. A description is judged where no code of the workspace serves it. Lists in GraphQL are
`api-graphql-unbounded`'s.

## Options
- `small_tables`: last words of tables, in the singular, that hold a handful of rows: they need no pages.

## Example

### Python

`app/orders.py`
```python
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.database import session
from app.models import Order

router = APIRouter()


@router.get("/orders")  # finding
def list_orders(db: Session = Depends(session)) -> list[Order]:
    return db.query(Order).order_by(Order.id).all()
```

Use instead:

`app/orders.py`
```python
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.database import session
from app.models import Order

router = APIRouter()


@router.get("/orders")
def list_orders(db: Session = Depends(session), limit: int = 50, offset: int = 0) -> list[Order]:
    return db.query(Order).order_by(Order.id).offset(offset).limit(min(limit, 100)).all()
```

### TypeScript

`src/orders.ts`
```typescript
import express from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
const app = express();

app.get("/orders", async (req, res) => {  // finding
  const orders = await prisma.order.findMany({ orderBy: { id: "asc" } });
  res.json(orders);
});
```

Use instead:

`src/orders.ts`
```typescript
import express from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
const app = express();

app.get("/orders", async (req, res) => {
  const after = req.query.after ? { id: Number(req.query.after) } : undefined;
  const orders = await prisma.order.findMany({ orderBy: { id: "asc" }, take: 50, cursor: after });
  res.json(orders);
});
```

### Go

`main.go`
```go
package main

import (
	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
)

var db *gorm.DB

func list(c *gin.Context) {
	var orders []Order
	db.Order("id").Find(&orders)
	c.JSON(200, orders)
}

func main() {
	r := gin.New()
	r.GET("/orders", list)  // finding
	r.Run(":8080")
}
```

Use instead:

`main.go`
```go
package main

import (
	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
)

var db *gorm.DB

func list(c *gin.Context) {
	var orders []Order
	db.Order("id").Where("id > ?", c.Query("after")).Limit(50).Find(&orders)
	c.JSON(200, orders)
}

func main() {
	r := gin.New()
	r.GET("/orders", list)
	r.Run(":8080")
}
```

### Java

`src/main/java/com/shop/OrderRepository.java`
```java
package com.shop;

import org.springframework.data.jpa.repository.JpaRepository;

interface OrderRepository extends JpaRepository<Order, Long> {}
```

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.List;
import org.springframework.web.bind.annotation.*;

@RestController
class OrderController {
    private final OrderRepository orders;

    OrderController(OrderRepository orders) { this.orders = orders; }

    @GetMapping("/orders")  // finding
    List<Order> list() {
        return orders.findAll();
    }
}
```

Use instead:

`src/main/java/com/shop/OrderController.java`
```java
package com.shop;

import java.util.List;
import org.springframework.web.bind.annotation.*;
import org.springframework.data.domain.Pageable;

@RestController
class OrderController {
    private final OrderRepository orders;

    OrderController(OrderRepository orders) { this.orders = orders; }

    @GetMapping("/orders")
    List<Order> list(Pageable page) {
        return orders.findAll(page).getContent();
    }
}
```

### Rust

`src/main.rs`
```rust
use axum::{extract::State, routing::get, Json, Router};
use sqlx::PgPool;

fn router() -> Router<PgPool> {
    Router::new().route("/orders", get(list))  // finding
}

async fn list(State(pool): State<PgPool>) -> Result<Json<Vec<Order>>, Error> {
    let orders = sqlx::query_as!(Order, "SELECT * FROM orders ORDER BY id").fetch_all(&pool).await?;
    Ok(Json(orders))
}
```

Use instead:

`src/main.rs`
```rust
use axum::{extract::{Query, State}, routing::get, Json, Router};
use sqlx::PgPool;

fn router() -> Router<PgPool> {
    Router::new().route("/orders", get(list))
}

async fn list(State(pool): State<PgPool>, Query(page): Query<Page>) -> Result<Json<Vec<Order>>, Error> {
    let orders = sqlx::query_as!(Order, "SELECT * FROM orders WHERE id > $1 ORDER BY id LIMIT 50", page.after).fetch_all(&pool).await?;
    Ok(Json(orders))
}
```

### OpenAPI

`openapi.yaml`
```yaml
openapi: 3.0.3
info: { title: Orders, version: 1.0.0 }
paths:
  /orders:
    get:  # finding
      responses:
        "200":
          description: All orders.
          content:
            application/json:
              schema: { type: array, items: { type: object } }
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.0.3
info: { title: Orders, version: 1.0.0 }
paths:
  /orders:
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer, default: 50, maximum: 100 } }
        - { name: after, in: query, schema: { type: string } }
      responses:
        "200":
          description: Some orders.
          content:
            application/json:
              schema: { type: array, items: { type: object } }
```

## Fix
In FastAPI, where the handler asks SQLAlchemy itself for rows in an order, the query gets a limit and an offset, and the handler parameters
for them; in Spring, where the handler calls `findAll()` of a repository, it takes a `Pageable`. It is not applied unseen: clients that want
everything have to ask for page after page.

## References
OWASP API4:2023 Unrestricted Resource Consumption · CWE-770: Allocation of Resources Without Limits or Throttling · Zalando RESTful API
Guidelines, Pagination · AIP-158 Pagination
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.api import ApiDocument, PageFlow, PageSize, RowReply
from architrave.facts.code import Call, Definition, Import
from architrave.facts.data import Query
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.descriptions import Descriptions
from architrave.model.entities import Entities
from architrave.model.graph import Model
from architrave.model.routes import Endpoint, shape
from architrave.model.schema import SMALL, is_small
from architrave.model.shapes import first_of
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location, Span

_SMALL = (
    *SMALL,
    *("category", "config", "configuration", "feature", "flag", "option", "permission", "plan", "provider", "rate", "region", "scope"),
    *("setting", "template", "timezone", "unit", "version", "zone"),
)
_WRAPPED = regex(r"^(?:[\w.:]*[.:])?(?:ResponseEntity|Promise|Json|Result|Mono|Observable|HttpEntity|Optional)[<\[](.*)[>\]]$")
_LIST = regex(
    r"^(?:[\w.:]*[.:])?(?:list|List|Sequence|Iterable|Collection|Set|Array|Vec|Flux|ArrayList)[<\[](?P<in>.*)[>\]](?:,.*)?$"
    r"|^(?P<of>[\w.]+)\[\]$"
)
_PLAIN = regex(r"^(str|string|String|int|Integer|Long|long|float|bool|i\d+|u\d+|UUID|Uuid|&str)$")
_PAGED = regex(
    r"(?i)^(\w*(paginat|pageable|cursor)\w*|limit|offset|page|pages|page_?(no|num|number|size|index|token)|per_?page|size|skip|take"
    r"|after|before|since|start|top|first|last|max_?results|count|range|id|\w*ids"
    r"|(\w+_?)?(from|to|until|since|start|end|begin)(_?(date|time|day|at))?|(date|time|day|week|month|year)(_?(from|to|start|end))?)$"
)
_PAGES = regex(r"(?i)paginat|pageable|pagerequest|cursor|islice|getpage|findandcount|chunk|scroll|\blimit\b|parsequery")
_DRAWS = regex(r"(^|[._])(render\w*|TemplateResponse|HTML|redirect\w*|send_file|sendFile|Redirect)(\(\))?$")
# What leaves a table as long as it is, or nearly.
_WIDE = regex(
    r"(?i)^(\w+_)?(status|state|(is_?)?deleted|deleted_?(at|on)|(is_?)?active|enabled|archived(_?at)?|published|visible|tenant(_?id)?"
    r"|org(ani[sz]ation)?(_?id)?)$"
)
_DEPTH = 3


class _Asked(NamedTuple):
    path: str
    query: Query


@rule(severity="information", since="0.1")
def unpaginated_list(model: Model, *, small_tables: tuple[str, ...] = _SMALL) -> Iterator[Finding]:
    told: set[tuple[str, Span]] = set()
    for endpoint in model.routes.endpoints:
        if endpoint.method != "GET" or endpoint.path.rstrip("/").endswith("}") or is_tool(model, endpoint.file):
            continue
        definition = model.definition(endpoint.handler)
        if definition is None or _is_paged(endpoint, definition) or is_small(_last(endpoint.path), small_tables):
            continue
        is_list = _is_list(_declared(definition, endpoint))
        if is_list is False or (is_list is None and not _last(endpoint.path).endswith("s")):
            continue
        asked = _asked(model, endpoint, is_known=is_list is True)
        if asked is None or (asked.path, asked.query.span) in told:
            continue
        table = _table(model, asked)
        if is_small(table, small_tables):
            continue
        told.add((asked.path, asked.query.span))
        yield Finding(
            model.at(endpoint.file, endpoint.route.path_span or endpoint.route.span),
            f"`{endpoint.method} {endpoint.path}` answers all rows of `{table}`, however many there are",
            f"{endpoint.method} {endpoint.shape}",
            ("Neither the query nor the request has a limit",),
            (Related(model.at(asked.path, asked.query.span), "all of them are asked for here"),),
            _limited(model, endpoint, definition, asked),
        )
    yield from _described(model, small_tables)


def _table(model: Model, asked: _Asked) -> str:
    """Return what the rows are of: a table, or the class that stands for one."""
    found = model.data.tables(asked.path, asked.query)
    place = model.derived(Entities).place_of(asked.path, asked.query.model) if not found else None
    return found[0] if found else (place.name if place is not None else asked.query.model).rpartition(".")[2]


def _last(path: str) -> str:
    return next((part for part in reversed(path.split("/")) if part and "{" not in part), "")


def _is_paged(endpoint: Endpoint, definition: Definition) -> bool:
    """Whether a handler takes a part of the list by what it is given, as far as names and types tell."""
    names = {item.name for item in endpoint.route.parameters if item.source != "path"} | {item.name for item in definition.parameters}
    is_object = any(item.is_object for item in endpoint.route.parameters)
    return is_object or any(map(_PAGED.match, names)) or any(_PAGES.search(item.type) for item in definition.parameters)


def _declared(definition: Definition, endpoint: Endpoint) -> str:
    if endpoint.route.framework == "fastapi":
        for mark in definition.decorators:
            for item in mark.arguments if mark.span == endpoint.route.span else ():
                if item.name == "response_model":
                    return getattr(item.value, "written", "")
    return definition.returns


def _is_list(written: str) -> bool | None:
    """Whether a declared type is a list of what may be rows; None where nothing is declared."""
    for _ in range(_DEPTH):
        match = _WRAPPED.match(written.strip())
        if match is None:
            break
        written = first_of(match[1])
    if written.strip() in ("", "?", "any", "Any", "void", "Response", "HttpResponse", "JsonResponse", "None"):
        return None
    match = _LIST.match(written.strip())
    item = (match["in"] or match["of"] or "") if match is not None else ""
    return match is not None and not _PLAIN.match(item)


def _asked(model: Model, endpoint: Endpoint, *, is_known: bool) -> _Asked | None:
    """Return the one query that gives an endpoint its list, where nothing limits it. `is_known`: it is declared to answer one."""
    found: list[_Asked] = []
    for place, _ in model.calls.reached(endpoint.handler, _DEPTH):
        for query in model.inside(place, Query):
            if query.kind == "select" and query.is_many and query.loop is None:
                found.append(_Asked(place.path, query))
        taken = {item.function for item in model.of(place.path, PageSize)} | {item.function for item in model.of(place.path, PageFlow)}
        if place.name in taken:
            return None
        for call in model.calls.inside(place):
            if _PAGES.search(call.written) or _DRAWS.search(call.callee):
                return None
    whole = [item for item in found if not item.query.has_limit and all(map(_WIDE.match, item.query.filters))]
    if len(whole) != 1 or len(found) != len(whole) or whole[0].query.dynamic:
        return None
    asked = whole[0]
    columns = asked.query.columns
    if not (asked.query.tables or asked.query.model) or (columns and "*" not in columns and len(columns) < 2):
        return None
    return asked if is_known or _is_replied(model, endpoint.handler, asked) else None


def _is_replied(model: Model, handler: Place, asked: _Asked) -> bool:
    """Whether a handler that declares no answer writes rows to it as they are."""
    replies = model.inside(handler, RowReply)
    if asked.path == handler.path and asked.query.function == handler.name:
        return any(item.variable == asked.query.result for item in replies)
    return len(replies) == 1


# Descriptions


def _described(model: Model, small: tuple[str, ...]) -> Iterator[Finding]:
    served = {(item.method, item.shape) for item in model.routes.endpoints}
    for path, document in model.each(ApiDocument):
        for operation in model.derived(Descriptions).operations(path) if not document.is_generated else ():
            last = operation.path.rstrip("/").rpartition("/")[2]
            if operation.method != "GET" or not operation.is_list or "{" in last or is_small(last, small):
                continue
            is_served = any((operation.method, shape(base + operation.path)) in served for base in {*document.bases, ""})
            if not is_served and not any(map(_PAGED.match, operation.parameters)):
                name = f"{operation.method} {operation.path}"
                message = f"`{name}` answers a list, and a request cannot ask for a part of it"
                yield Finding(model.at(path, operation.span), message, f"{operation.method} {shape(operation.path)}")


# Mending


def _limited(model: Model, endpoint: Endpoint, definition: Definition, asked: _Asked) -> Fix | None:
    if asked.path != endpoint.handler.path or asked.query.function != endpoint.handler.name:
        return None
    if endpoint.route.framework == "fastapi" and asked.query.library == "sqlalchemy" and asked.query.sorts:
        return _with_offset(model, definition, asked)
    if asked.path.endswith(".java"):
        return _with_pageable(model, definition, asked)
    return None


def _with_offset(model: Model, definition: Definition, asked: _Asked) -> Fix | None:
    """`.offset(offset).limit(min(limit, 100))` before `.all()` of a query, or behind a `select()`."""
    calls = model.inside((asked.path, asked.query.function), Call)
    chain = [item for item in calls if item.callee.rpartition(".")[2] == "all" and ".query()" in item.callee]
    selects = [item for item in calls if re.match(r"(sqlalchemy|sqlmodel)\.select(\(\)|$)", item.callee)]
    last = max(selects, key=lambda item: item.span.end, default=None)
    if len(chain) == 1 and not selects:
        start = chain[0].name_span
        at = Span(start.start - 1, start.start - 1, start.chunk)
    elif last is not None and all(item.span.start >= last.span.start for item in selects) and not chain:
        at = last.span.after
    else:
        return None
    if not definition.parameters:
        return None
    given = Edit(Location(asked.path, definition.parameters[-1].span.after), ", limit: int = 50, offset: int = 0")
    query = Edit(Location(asked.path, at), ".offset(offset).limit(min(limit, 100))")
    return Fix("Answer it in pages", (given, query))


def _with_pageable(model: Model, definition: Definition, asked: _Asked) -> Fix | None:
    """`orders.findAll(page).getContent()` of a `Pageable` that the handler takes."""
    call = next((item for item in model.of(asked.path, Call) if item.span == asked.query.span), None)
    imports = model.of(asked.path, Import)
    if call is None or call.callee.rpartition(".")[2] != "findAll" or call.arguments or not imports:
        return None
    place = model.classes.find(asked.path, call.callee.rpartition(".")[0])
    repository = model.classes.definition(place) if place is not None else None
    pages = ("JpaRepository", "PagingAndSortingRepository", "MongoRepository", "ListPagingAndSortingRepository")
    if repository is None or not any(base.partition("<")[0].rpartition(".")[2] in pages for base in repository.bases):
        return None
    name = definition.name_span
    first = Span(name.end + 1, name.end + 1, name.chunk)
    edits = [
        Edit(Location(asked.path, definition.parameters[-1].span.after), ", Pageable page")
        if definition.parameters
        else Edit(Location(asked.path, first), "Pageable page"),
        Edit(Location(asked.path, call.arguments_span), "page"),
        Edit(Location(asked.path, call.span.after), ".getContent()"),
    ]
    if not any(item.alias == "Pageable" for item in imports):
        edits.append(Edit(Location(asked.path, imports[-1].span), "import org.springframework.data.domain.Pageable;", "after"))
    return Fix("Answer it in pages", tuple(edits))
