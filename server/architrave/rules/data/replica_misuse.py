"""A write goes to a read replica, or a row is read from one right after it was written.

## Why it matters
A replica takes no writes: the statement fails with "cannot execute in a read-only transaction", at best in the first test and at worst on
the one path that none covers. And a replica is behind by what it takes to copy: usually milliseconds, under load seconds. What was written
a line above is then not there yet, and the customer is shown the order without the line that has just been added.

## Options
- `replicas`: words that a client of a replica has in its name.

## Example

### Go

`orders.go`
```go
package orders

import "database/sql"

type Store struct {
	primary *sql.DB
	replica *sql.DB
}

func (s *Store) Cancel(id int64) error {
	_, err := s.replica.Exec("UPDATE orders SET state = 'cancelled' WHERE id = $1", id)  // finding
	return err
}

func (s *Store) Place(id int64) error {
	_, err := s.primary.Exec("INSERT INTO orders (id) VALUES ($1)", id)
	return err
}
```

Use instead:

`orders.go`
```go
package orders

import "database/sql"

type Store struct {
	primary *sql.DB
	replica *sql.DB
}

func (s *Store) Cancel(id int64) error {
	_, err := s.primary.Exec("UPDATE orders SET state = 'cancelled' WHERE id = $1", id)
	return err
}

func (s *Store) Place(id int64) error {
	_, err := s.primary.Exec("INSERT INTO orders (id) VALUES ($1)", id)
	return err
}
```

### Python, Django

`app/orders.py`
```python
from app.models import Order


def cancel(pk):
    Order.objects.using("replica").filter(pk=pk).update(state="cancelled")  # finding
```

Use instead:

`app/orders.py`
```python
from app.models import Order


def cancel(pk):
    Order.objects.filter(pk=pk).update(state="cancelled")
```

### TypeScript

`src/orders.ts`
```typescript
import { Pool } from "pg";

const primary = new Pool({ host: "db" });
const replica = new Pool({ host: "db-replica" });

export async function rename(id: string, name: string) {
  await primary.query("UPDATE orders SET name = $1 WHERE id = $2", [name, id]);
  return await replica.query("SELECT id, name FROM orders WHERE id = $1", [id]);  // finding
}
```

Use instead:

`src/orders.ts`
```typescript
import { Pool } from "pg";

const primary = new Pool({ host: "db" });
const replica = new Pool({ host: "db-replica" });

export async function rename(id: string, name: string) {
  await primary.query("UPDATE orders SET name = $1 WHERE id = $2", [name, id]);
  return await primary.query("SELECT id, name FROM orders WHERE id = $1", [id]);
}
```

### Java

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
    private final JdbcTemplate primary;
    private final JdbcTemplate replica;

    Orders(JdbcTemplate primary, JdbcTemplate replica) {
        this.primary = primary;
        this.replica = replica;
    }

    void place(long id) {
        primary.update("INSERT INTO orders (id) VALUES (?)", id);
    }

    void cancel(long id) {
        replica.update("UPDATE orders SET state = 'cancelled' WHERE id = ?", id);  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
    private final JdbcTemplate primary;
    private final JdbcTemplate replica;

    Orders(JdbcTemplate primary, JdbcTemplate replica) {
        this.primary = primary;
        this.replica = replica;
    }

    void place(long id) {
        primary.update("INSERT INTO orders (id) VALUES (?)", id);
    }

    void cancel(long id) {
        primary.update("UPDATE orders SET state = 'cancelled' WHERE id = ?", id);
    }
}
```

### Rust, sqlx

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn cancel(replica: &PgPool, id: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE orders SET state = 'cancelled' WHERE id = $1").bind(id).execute(replica).await?;  // finding
    Ok(())
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn cancel(primary: &PgPool, id: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE orders SET state = 'cancelled' WHERE id = $1").bind(id).execute(primary).await?;
    Ok(())
}
```

## Fix
Where the queries of the file are asked through one other client, the query is asked through that. Not safe: what follows may have been
written for what the replica knows.

## References
PostgreSQL documentation, Hot Standby · M. Kleppmann, Designing Data-Intensive Applications, ch. 5, Reading Your Own Writes
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.data import Query
from architrave.facts.values import Name, Replacement, String
from architrave.findings import Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_one_off, is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Span

_WRITES = frozenset({"insert", "update", "delete"})
_WORDS = regex(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_PLAIN = regex(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")
_EXECUTORS = frozenset({"execute", "fetch", "fetch_all", "fetch_one", "fetch_optional", "using", "on", "all", "one", "exec"})


@rule(severity="warning", since="0.1")
def replica_misuse(model: Model, *, replicas: tuple[str, ...] = ("replica", "readreplica", "slave", "standby")) -> Iterator[Finding]:
    yield from model.in_each(Query, _judged, replicas)


def _judged(model: Model, path: str, query: Query, replicas: tuple[str, ...]) -> Iterator[Finding]:
    if is_test(path) or is_tool(model, path) or is_one_off(model, path):
        return
    place = Place(path, query.function)
    client = _client(model, place, query)
    if client is None or not _is_replica(client[0], replicas):
        return
    name, span = client
    table = next(iter(model.data.tables(path, query)), query.model.rpartition(".")[2]) or "the row"
    if query.kind in _WRITES:
        yield Finding(
            model.at(path, query.span),
            f"`{table}` is written through `{name}`, which takes no writes",
            f"{query.function}: {query.kind} {table}",
            (f"{query.kind} through `{name}`",),
            fix=_swapped(model, place, query, name, span, replicas),
        )
        return
    written = _written_before(model, place, query, replicas) if query.kind == "select" else None
    if written is not None:
        yield Finding(
            model.at(path, query.span),
            f"`{table}` is read through `{name}` right after it was written, and may not be there yet",
            f"{query.function}: select {table}",
            (f"{written.kind} of {table}, then a read of it through `{name}`",),
            (Related(model.at(path, written.span), "it is written here"),),
            _swapped(model, place, query, name, span, replicas),
        )


def _client(model: Model, place: Place, query: Query) -> tuple[str, Span | None] | None:
    """Return what a query is asked through, as written, with its place where that is a plain receiver."""
    for call in model.calls.inside(place):
        is_of = call.span.chunk == query.span.chunk and (call.span.start == query.span.start or query.span.contains(call.span))
        if not is_of:
            continue
        last = call.callee.rpartition(".")[2]
        given = call.arguments[0].value if call.arguments and last in _EXECUTORS else None
        if isinstance(given, String) and last == "using":  # Order.objects.using("replica")
            return given.value, None
        if isinstance(given, Name) and (last == "using" or not call.receiver.isidentifier()):  # query(…).execute(&replica)
            return given.written, None
        if call.span.start == query.span.start and _PLAIN.fullmatch(call.receiver):
            start = call.span.start
            return call.receiver, Span(start, start + len(call.receiver.encode()), call.span.chunk)
    return None


def _is_replica(name: str, replicas: tuple[str, ...]) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    return any(word.removesuffix("s") in replicas for word in words)


def _written_before(model: Model, place: Place, query: Query, replicas: tuple[str, ...]) -> Query | None:
    """Return the write of the same table, through another client, that stands before a read in its function."""
    for item in model.inside(place, Query):
        is_before = item.span.chunk == query.span.chunk and item.span.start < query.span.start
        if is_before and item.kind in _WRITES and set(model.data.tables(place.path, item)) & set(model.data.tables(place.path, query)):
            client = _client(model, place, item)
            if client is not None and not _is_replica(client[0], replicas):
                return item
    return None


def _swapped(model: Model, place: Place, query: Query, name: str, span: Span | None, replicas: tuple[str, ...]) -> Fix | None:
    """Ask the one other client that the queries of the file are asked through."""
    if span is None:
        return None
    others = set()
    for item in model.of(place.path, Query):
        client = _client(model, Place(place.path, item.function), item)
        if item.library == query.library and client is not None and client[1] is not None and not _is_replica(client[0], replicas):
            others.add(client[0])
    if len(others) != 1:
        return None
    other = others.pop()
    if "." in name and name.rpartition(".")[0] != other.rpartition(".")[0]:
        return None
    written = Replacement(span, other)
    return fix(f"Ask `{other}`", place.path, (written,))
