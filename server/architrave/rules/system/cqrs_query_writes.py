"""The query side writes or sends messages, or a projection reaches out of its process.

## Why it matters
Where commands and queries are kept apart, whoever asks expects that nothing changes: queries are tried again, answered from replicas,
cached, and run by screens that refresh themselves. One that writes makes all of that wrong, fails on a read-only replica, and counts a
retry twice. A projection is run again over all events to build its view anew: what it sends then is sent a second time, to real customers.

Found are writes of rows and messages that a query handler reaches: a class decorated or named as one (`@QueryHandler`,
`OrderQueryService`), or what lies in a folder `queries` beside `commands`; and requests that change something, and messages, that a
projection reaches. What is kept for oneself is none: logs, audits, metrics, views, sessions, caches.

## Options
- `depth`: how many calls inside the workspace are followed.

## Example

### TypeScript, NestJS

`src/orders/get-order.handler.ts`
```typescript
import { IQueryHandler, QueryHandler } from "@nestjs/cqrs";
import { Pool } from "pg";

export class GetOrder {
  constructor(readonly id: string) {}
}

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder> {
  constructor(private readonly pool: Pool) {}

  async execute(query: GetOrder) {
    await this.pool.query("UPDATE orders SET state = 'expired' WHERE id = $1 AND due_on < now()", [query.id]);  // finding
    return (await this.pool.query("SELECT id, state FROM orders WHERE id = $1", [query.id])).rows[0];
  }
}
```

Use instead:

`src/orders/get-order.handler.ts`
```typescript
import { IQueryHandler, QueryHandler } from "@nestjs/cqrs";
import { Pool } from "pg";

export class GetOrder {
  constructor(readonly id: string) {}
}

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder> {
  constructor(private readonly pool: Pool) {}

  async execute(query: GetOrder) {
    return (await this.pool.query("SELECT id, state, due_on < now() AS expired FROM orders WHERE id = $1", [query.id])).rows[0];
  }
}
```

### Python

`shop/commands/place_order.py`
```python
import psycopg


def place_order(connection: psycopg.Connection, sku: str) -> None:
    connection.execute("INSERT INTO orders (sku) VALUES (%s)", (sku,))
```

`shop/queries/open_orders.py`
```python
import psycopg


def open_orders(connection: psycopg.Connection) -> list[tuple]:
    expire(connection)
    return connection.execute("SELECT id, sku FROM orders WHERE state = 'open' LIMIT 100").fetchall()


def expire(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE orders SET state = 'expired' WHERE due_on < now()")  # finding
```

Use instead:

`shop/queries/open_orders.py`
```python
import psycopg


def open_orders(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute("SELECT id, sku FROM orders WHERE state = 'open' AND due_on >= now() LIMIT 100").fetchall()
```

### Java

`src/main/java/com/shop/OrderQueryService.java`
```java
package com.shop;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

@Service
class OrderQueryService {
    private final JdbcTemplate jdbc;

    OrderQueryService(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    String state(long id) {
        jdbc.update("UPDATE orders SET state = 'expired' WHERE id = ? AND due_on < now()", id);  // finding
        return jdbc.queryForObject("SELECT state FROM orders WHERE id = ?", String.class, id);
    }
}
```

Use instead:

`src/main/java/com/shop/OrderQueryService.java`
```java
package com.shop;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

@Service
class OrderQueryService {
    private final JdbcTemplate jdbc;

    OrderQueryService(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    String state(long id) {
        return jdbc.queryForObject("SELECT state FROM orders WHERE id = ?", String.class, id);
    }
}
```

### Go

`go.mod`
```text
module example.com/shop
```

`app/command/place_order.go`
```go
package command

import "database/sql"

func PlaceOrder(db *sql.DB, sku string) error {
	_, err := db.Exec("INSERT INTO orders (sku) VALUES ($1)", sku)
	return err
}
```

`app/query/open_orders.go`
```go
package query

import "database/sql"

func OpenOrders(db *sql.DB) (*sql.Rows, error) {
	db.Exec("UPDATE orders SET state = 'expired' WHERE due_on < now()")  // finding
	return db.Query("SELECT id FROM orders WHERE state = 'open' LIMIT 100")
}
```

Use instead:

`app/query/open_orders.go`
```go
package query

import "database/sql"

func OpenOrders(db *sql.DB) (*sql.Rows, error) {
	return db.Query("SELECT id FROM orders WHERE state = 'open' AND due_on >= now() LIMIT 100")
}
```

### Rust, a projection

`src/projections/orders.rs`
```rust
pub struct OrderProjection {
    client: reqwest::Client,
}

impl OrderProjection {
    pub async fn placed(&self, order: &str) {
        self.client.post("http://mail/confirmations").body(order.to_string()).send().await.unwrap();  // finding
    }
}
```

Use instead:

`src/projections/orders.rs`
```rust
pub struct OrderProjection {
    pool: sqlx::PgPool,
}

impl OrderProjection {
    pub async fn placed(&self, order: &str) {
        sqlx::query("INSERT INTO order_list (id) VALUES ($1)").bind(order).execute(&self.pool).await.unwrap();
    }
}
```

## Fix
None: the change belongs to a command, and which one that is the code does not say.

## References
M. Fowler, CQRS · C. Richardson, Microservices Patterns, ch. 7 · G. Young, CQRS Documents
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from architrave.facts.api import HttpCall
from architrave.facts.code import Definition
from architrave.facts.data import Query
from architrave.facts.messaging import Publish
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model, by_value
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_QUERY_CLASS = regex(r"Quer(y|ies)(Handler|Service)(Impl)?$|^Query(Handler|Service)$")
_PROJECTION_CLASS = regex(r"(Projection|Projector)(Handler)?$")
_FOLDERS = (("queries", "commands"), ("query", "command"))
# What a query may keep for itself, and what says by its name that it is no query.
_OWN = regex(r"audit|log|metric|histor|view|visit|seen|cache|session|stat(s|istics)$|usage|track|rate|access", re.IGNORECASE)
_CHANGING = regex(
    r"^_?([iI]nsert|[cC]reate|[aA]dd|[uU]pdate|[dD]elete|[rR]emove|[sS]ave|[sS]tore|[wW]rite|[uU]psert|[sS]et|[pP]ut|[pP]atch|[mM]ark|[rR]ecord"
    r"|[lL]og|[tT]rack)(?![a-z])"
)
_CONSTRUCTORS = frozenset({"constructor", "__init__", "new", "New"})


@rule(severity="warning", since="0.1")
def cqrs_query_writes(model: Model, *, depth: int = 3) -> Iterator[Finding]:
    sides = model.derived(_sides)
    known: dict[Location, tuple[Place, bool, _Found]] = {}  # By what is done: where it stands itself before what only leads there.
    for place, is_projection in sorted(sides.items()):
        found = _projected(model, place, depth) if is_projection else _written(model, place, depth)
        if found is not None and (found[1] not in known or found[0] == found[1]):
            known[found[1]] = place, is_projection, found
    for place, is_projection, (at, location, what) in known.values():
        role = "is a projection" if is_projection else "is of the query side"
        yield Finding(
                at,
                f"`{place.name}` {role} and {what}",
                f"{place.name} {what}",
                (what,),
                (Related(location, "here"),) if location != at else (),
            )


@by_value
def _sides(model: Model) -> dict[Place, bool]:
    """The functions of the query side, and those of projections (True)."""
    found: dict[Place, bool] = {}
    named = dict.fromkeys(model.in_each(Definition, _named))  # Files that hold a class, or a method, of one of the two sides.
    apart = _apart(model)
    inside = {path: None for path in model.files if apart and any(path.startswith(f"{folder}/") for folder in apart)}
    for path in dict.fromkeys((*named, *inside)):
        if is_test(path) or is_tool(model, path):
            continue
        definitions = model.of(path, Definition)
        marked = {item.name for item in definitions if any(mark.name.rpartition(".")[2] == "QueryHandler" for mark in item.decorators)}
        for item in definitions:
            owner, _, name = item.name.rpartition(".")
            if item.kind not in ("function", "method") or name in _CONSTRUCTORS or _CHANGING.match(name):
                continue
            last = owner.rpartition(".")[2]
            is_queried = not marked.isdisjoint((item.name, owner)) or _QUERY_CLASS.search(last) is not None
            if is_queried or (path in inside and not _CHANGING.match(last)):
                found[Place(path, item.name)] = False
            elif _PROJECTION_CLASS.search(last):
                found[Place(path, item.name)] = True
    return found


def _named(model: Model, path: str, definition: Definition) -> Iterator[str]:
    last = definition.name.rpartition(".")[2]
    is_class = definition.kind not in ("function", "method") and (_QUERY_CLASS.search(last) or _PROJECTION_CLASS.search(last))
    if is_class or any(mark.name.rpartition(".")[2] == "QueryHandler" for mark in definition.decorators):
        yield path


def _apart(model: Model) -> frozenset[str]:
    """Return the folders of queries that lie beside those of commands."""
    folders = {dirname(path) for path in model.files}
    found = set()
    for folder in folders:
        head, _, last = folder.rpartition("/")
        for queries, commands in _FOLDERS:
            beside = f"{head}/{commands}" if head else commands
            if last == queries and any(other == beside or other.startswith(f"{beside}/") for other in folders):
                found.add(folder)
    return frozenset(found)


_Found = tuple[Location, Location, str]


def _written(model: Model, place: Place, depth: int) -> _Found | None:
    """Return where a function first writes or sends, in it and where it does, and what."""
    for reached, way in model.calls.reached(place, depth):
        at = model.at(place.path, way[0].call.span.until(way[0].call.name_span)) if way else None
        if way and any(_OWN.search(caller.call.written) for caller in way):
            continue
        for query in model.inside(reached, Query):
            name = query.model.rpartition(".")[2].replace("()", "") or next(iter(query.tables), "")
            if query.kind in ("insert", "update", "delete") and name and not _OWN.search(name):
                location = model.at(reached.path, query.span)
                verb = {"insert": "inserts into", "update": "updates", "delete": "deletes from"}[query.kind]
                return at or location, location, f"{verb} `{name}`"
        sent = _sent(model, reached)
        if sent is not None:
            return at or sent[0], *sent
    return None


def _projected(model: Model, place: Place, depth: int) -> _Found | None:
    for reached, way in model.calls.reached(place, depth):
        at = model.at(place.path, way[0].call.span.until(way[0].call.name_span)) if way else None
        for request in model.inside(reached, HttpCall):
            if request.method in ("POST", "PUT", "PATCH", "DELETE"):
                location = model.at(reached.path, request.span)
                return at or location, location, f"sends a `{request.method}`, again whenever it is built anew"
        sent = _sent(model, reached)
        if sent is not None:
            return at or sent[0], *sent
    return None


def _sent(model: Model, place: Place) -> tuple[Location, str] | None:
    for message in model.inside(place, Publish):
        if not _OWN.search(message.topic):
            return model.at(place.path, message.span), f"sends a message to `{message.topic}`" if message.topic else "sends a message"
    return None
