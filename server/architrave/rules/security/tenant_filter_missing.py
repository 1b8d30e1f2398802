"""A query does not say whose rows it wants, and nearly all others of its table do.

## Why it matters
Rows of all tenants lie in one table, and one condition keeps them apart. The query that leaves it out shows or changes the rows of a
stranger to whoever guesses an id. It works in every test, since tests have one tenant.

The queries of a table that has a column for its tenant (`tenant_id`, `organization_id`, `workspace_id` and the like) are compared: where
five or more are known and at least four fifths of them name the column, those that filter by something else alone are reported. Queries of
administration, jobs, webhooks and migrations are left out, and so are those that look rows up by a secret, by the person whose they are
or by the row of another table to which they belong (`project_id`), which has a tenant itself, or by their key after the same function has
asked for them with their tenant. What filters by no key is reported where a request reaches it, and the finding is a hint where a key is
asked for and no request is known to: its caller may have looked. A mark of deletion (`deleted_at`, `is_deleted`) is held to the same test,
as a hint.

## Options
- `share`: the share of a table's queries that must name the column.

## Example

### Python

`app/orders.py`
```python
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(index=True)
    status: Mapped[str]


def newest(session, tenant_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id).limit(10)).all()


def by_status(session, tenant_id, status):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.status == status)).all()


def one(session, tenant_id, order_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id)).one()


def first(session, tenant_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id)).first()


def receipt(session, order_id):
    return session.scalars(select(Order).where(Order.id == order_id)).one()  # finding
```

Use instead:

`app/orders.py`
```python
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(index=True)
    status: Mapped[str]


def newest(session, tenant_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id).limit(10)).all()


def by_status(session, tenant_id, status):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.status == status)).all()


def one(session, tenant_id, order_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id)).one()


def first(session, tenant_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id)).first()


def receipt(session, tenant_id, order_id):
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id)).one()
```

### TypeScript

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool();

export const list = (org: number) => pool.query("SELECT id, total FROM orders WHERE org_id = $1 LIMIT 50", [org]);
export const one = (org: number, id: number) => pool.query("SELECT id, total FROM orders WHERE org_id = $1 AND id = $2", [org, id]);
export const open = (org: number) => pool.query("SELECT id FROM orders WHERE org_id = $1 AND status = 'open'", [org]);
export const pay = (org: number, id: number) => pool.query("UPDATE orders SET status = 'paid' WHERE id = $1 AND org_id = $2", [id, org]);
export const cancel = (id: number) => pool.query("UPDATE orders SET status = 'off' WHERE id = $1", [id]);  // finding
```

Use instead:

`src/orders.ts`
```typescript
import { Pool } from "pg";

const pool = new Pool();

export const list = (org: number) => pool.query("SELECT id, total FROM orders WHERE org_id = $1 LIMIT 50", [org]);
export const one = (org: number, id: number) => pool.query("SELECT id, total FROM orders WHERE org_id = $1 AND id = $2", [org, id]);
export const open = (org: number) => pool.query("SELECT id FROM orders WHERE org_id = $1 AND status = 'open'", [org]);
export const pay = (org: number, id: number) => pool.query("UPDATE orders SET status = 'paid' WHERE id = $1 AND org_id = $2", [id, org]);
export const cancel = (org: number, id: number) => pool.query("UPDATE orders SET status = 'off' WHERE id = $1 AND org_id = $2", [id, org]);
```

### Go

`store/orders.go`
```go
package store

import "database/sql"

type Store struct{ db *sql.DB }

func (s *Store) List(org int) (*sql.Rows, error) {
	return s.db.Query("SELECT id FROM orders WHERE org_id = $1 LIMIT 50", org)
}

func (s *Store) One(org, id int) *sql.Row {
	return s.db.QueryRow("SELECT id, total FROM orders WHERE org_id = $1 AND id = $2", org, id)
}

func (s *Store) Open(org int) (*sql.Rows, error) {
	return s.db.Query("SELECT id FROM orders WHERE org_id = $1 AND status = 'open' LIMIT 50", org)
}

func (s *Store) Pay(org, id int) {
	s.db.Exec("UPDATE orders SET status = 'paid' WHERE org_id = $1 AND id = $2", org, id)
}

func (s *Store) Delete(id int) {
	s.db.Exec("DELETE FROM orders WHERE id = $1", id)  // finding
}
```

Use instead:

`store/orders.go`
```go
package store

import "database/sql"

type Store struct{ db *sql.DB }

func (s *Store) List(org int) (*sql.Rows, error) {
	return s.db.Query("SELECT id FROM orders WHERE org_id = $1 LIMIT 50", org)
}

func (s *Store) One(org, id int) *sql.Row {
	return s.db.QueryRow("SELECT id, total FROM orders WHERE org_id = $1 AND id = $2", org, id)
}

func (s *Store) Open(org int) (*sql.Rows, error) {
	return s.db.Query("SELECT id FROM orders WHERE org_id = $1 AND status = 'open' LIMIT 50", org)
}

func (s *Store) Pay(org, id int) {
	s.db.Exec("UPDATE orders SET status = 'paid' WHERE org_id = $1 AND id = $2", org, id)
}

func (s *Store) Delete(org, id int) {
	s.db.Exec("DELETE FROM orders WHERE org_id = $1 AND id = $2", org, id)
}
```

### Java

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
    private final JdbcTemplate jdbc;

    Orders(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    void list(long tenant) { jdbc.queryForList("SELECT id FROM orders WHERE tenant_id = ? LIMIT 50", tenant); }

    void one(long tenant, long id) { jdbc.queryForMap("SELECT id, total FROM orders WHERE tenant_id = ? AND id = ?", tenant, id); }

    void open(long tenant) { jdbc.queryForList("SELECT id FROM orders WHERE tenant_id = ? AND status = 'open'", tenant); }

    void pay(long tenant, long id) { jdbc.update("UPDATE orders SET status = 'paid' WHERE tenant_id = ? AND id = ?", tenant, id); }

    void cancel(long id) { jdbc.update("UPDATE orders SET status = 'off' WHERE id = ?", id); }  // finding
}
```

Use instead:

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.jdbc.core.JdbcTemplate;

class Orders {
    private final JdbcTemplate jdbc;

    Orders(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    void list(long tenant) { jdbc.queryForList("SELECT id FROM orders WHERE tenant_id = ? LIMIT 50", tenant); }

    void one(long tenant, long id) { jdbc.queryForMap("SELECT id, total FROM orders WHERE tenant_id = ? AND id = ?", tenant, id); }

    void open(long tenant) { jdbc.queryForList("SELECT id FROM orders WHERE tenant_id = ? AND status = 'open'", tenant); }

    void pay(long tenant, long id) { jdbc.update("UPDATE orders SET status = 'paid' WHERE tenant_id = ? AND id = ?", tenant, id); }

    void cancel(long tenant, long id) { jdbc.update("UPDATE orders SET status = 'off' WHERE tenant_id = ? AND id = ?", tenant, id); }
}
```

### Rust

`src/orders.rs`
```rust
pub async fn list(pool: &sqlx::PgPool, org: i64) {
    sqlx::query("SELECT id FROM orders WHERE org_id = $1 LIMIT 50").bind(org).fetch_all(pool).await;
}

pub async fn one(pool: &sqlx::PgPool, org: i64, id: i64) {
    sqlx::query("SELECT id, total FROM orders WHERE org_id = $1 AND id = $2").bind(org).bind(id).fetch_one(pool).await;
}

pub async fn open(pool: &sqlx::PgPool, org: i64) {
    sqlx::query("SELECT id FROM orders WHERE org_id = $1 AND status = 'open'").bind(org).fetch_all(pool).await;
}

pub async fn pay(pool: &sqlx::PgPool, org: i64, id: i64) {
    sqlx::query("UPDATE orders SET status = 'paid' WHERE org_id = $1 AND id = $2").bind(org).bind(id).execute(pool).await;
}

pub async fn cancel(pool: &sqlx::PgPool, id: i64) {
    sqlx::query("UPDATE orders SET status = 'off' WHERE id = $1").bind(id).execute(pool).await;  // finding
}
```

Use instead:

`src/orders.rs`
```rust
pub async fn list(pool: &sqlx::PgPool, org: i64) {
    sqlx::query("SELECT id FROM orders WHERE org_id = $1 LIMIT 50").bind(org).fetch_all(pool).await;
}

pub async fn one(pool: &sqlx::PgPool, org: i64, id: i64) {
    sqlx::query("SELECT id, total FROM orders WHERE org_id = $1 AND id = $2").bind(org).bind(id).fetch_one(pool).await;
}

pub async fn open(pool: &sqlx::PgPool, org: i64) {
    sqlx::query("SELECT id FROM orders WHERE org_id = $1 AND status = 'open'").bind(org).fetch_all(pool).await;
}

pub async fn pay(pool: &sqlx::PgPool, org: i64, id: i64) {
    sqlx::query("UPDATE orders SET status = 'paid' WHERE org_id = $1 AND id = $2").bind(org).bind(id).execute(pool).await;
}

pub async fn cancel(pool: &sqlx::PgPool, org: i64, id: i64) {
    sqlx::query("UPDATE orders SET status = 'off' WHERE org_id = $1 AND id = $2").bind(org).bind(id).execute(pool).await;
}
```

## Fix
None: where the tenant comes from is for the caller to say.

## References
CWE-639 · OWASP API1:2023 Broken Object Level Authorization · AWS Well-Architected SaaS Lens, Tenant isolation
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.data import Query
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model
from architrave.model.tools import is_for_all
from architrave.regexes import regex
from architrave.rule import rule

_TENANT = regex(
    r"(?:^|__|\.|_)(tenant|org|organi[sz]ation|workspace|company|account|team|_?environment)(_?id|_?uuid|__\w+)?$", re.IGNORECASE
)
_DELETED = regex(r"^(deleted_?at|is_?deleted|deleted|soft_?deleted)(__isnull)?$", re.IGNORECASE)
_OWN_KEY = regex(r"token|secret|hash|key|code|slug|email|uuid|external|reference|nonce|domain|stripe|session", re.IGNORECASE)
_PERSON = regex(
    r"user|member|owner|author|creat(ed|or)|customer|actor|assign|subscriber|person|profile|sender|recipient", re.IGNORECASE
)
_NESTED = frozenset({"OR", "AND", "NOT", "$or", "$and", "$nor", "$expr"})  # What they ask for is not known.
_FEWEST = 5  # Queries of a table.
_Asked = tuple[str, Query]


@rule(severity="warning", since="0.1")
def tenant_filter_missing(model: Model, *, share: float = 0.8) -> Iterator[Finding]:
    by_table: dict[tuple[str, str], list[_Asked]] = defaultdict(list)
    for path, table, query in model.in_each(Query, _filtered):
        by_table[model.services.of(path), table].append((path, query))
    for (_, table), asked in by_table.items():
        if len(asked) < _FEWEST:
            continue
        for pattern, what in ((_TENANT, "whose rows it wants"), (_DELETED, "that deleted rows are none of it")):
            column, kept = _kept_apart(asked, pattern)
            missing = [(path, query) for path, query in asked if not any(pattern.search(name) for name in query.filters)]
            if not column or len(kept) < share * len(asked) or len(kept) < _FEWEST - 1:
                continue
            for path, query in missing:
                if is_for_all(path, query.function) or any(_OWN_KEY.search(name) for name in query.filters):
                    continue
                by_key = any(_is_own_key(name, table) for name in query.filters)
                if by_key and _is_looked_up(kept, path, query):
                    continue
                if _NESTED.intersection(query.filters) or (pattern is _TENANT and _is_narrowed(model, path, table, query)):
                    continue
                reached = is_reached(model, Place(path, query.function))
                if pattern is _TENANT and not by_key and not reached:
                    continue
                example = kept[0]
                yield Finding(
                    model.at(path, query.span),
                    f"A query of `{table}` does not say {what}: `{column}` is named by {len(kept)} of {len(asked)}",
                    f"{table} {column} {query.function}",
                    (f"filters by {', '.join(f'`{name}`' for name in query.filters)}",),
                    (Related(model.at(example[0], example[1].span), f"`{column}` is named here"),),
                    severity=None if pattern is _TENANT and reached else "hint",
                )


def _is_looked_up(kept: list[_Asked], path: str, query: Query) -> bool:
    """Whether its function has asked before for the rows that may be seen: what it then does with one of them, it does by the key alone."""
    return any(
        where == path
        and other.function == query.function
        and (other.span.chunk, other.span.start) < (query.span.chunk, query.span.start)
        for where, other in kept
    )


def _is_own_key(name: str, table: str) -> bool:
    """Whether a filter asks for one row of its table: `id`, `order_id` of `orders`."""
    bare = name.lower().rpartition(".")[2]
    stem = bare.removesuffix("id").removesuffix("_")
    return bare in ("id", "pk", "_id", "uid") or (stem != bare and bool(stem) and table.startswith(stem))


def _is_narrowed(model: Model, path: str, table: str, query: Query) -> bool:
    """Whether a query asks for the rows of one person, or of one row of another table."""
    known = [schema.find(table, path) for schema in (model.data.migrated, model.data.modelled)]
    keys = {column.lower() for found in known if found is not None for item in found.references for column in item.columns}
    for name in query.filters:
        bare = name.lower().partition("__")[0].rpartition(".")[2]
        is_key = bare in keys or f"{bare}_id" in keys or bare.endswith("_id") or name.endswith("Id")
        if _PERSON.search(name) or (is_key and not _is_own_key(name, table)):
            return True
    return False


def _filtered(model: Model, path: str, query: Query) -> Iterator[tuple[str, str, Query]]:
    """Yield a query of one table whose conditions are known."""
    tables = model.data.tables(path, query) if query.filters else ()
    if len(tables) == 1 and query.kind in ("select", "update", "delete") and not query.dynamic:
        yield path, tables[0].lower(), query


def _kept_apart(asked: list[_Asked], pattern: re.Pattern[str]) -> tuple[str, list[_Asked]]:
    """Return the column by which most queries keep rows apart, and those that name one like it."""
    named: dict[str, int] = defaultdict(int)
    kept = []
    for path, query in asked:
        found = [name for name in query.filters if pattern.search(name)]
        if found:
            kept.append((path, query))
            named[found[0]] += 1
    return max(named, key=lambda name: named[name], default=""), kept
