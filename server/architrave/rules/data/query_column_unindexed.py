"""Queries look rows up by a column that no index begins with.

## Why it matters
Every such query reads the whole table. With a thousand rows nobody notices; the time grows with the table, not with what is asked for,
and with a million rows each sign-in, each page and each message costs a second of the database, while the pages of the table push
everything else out of its memory.

The queries of code are held against the schema of its migrations and its models together. A column is reported that at least two
functions look rows up by, or one that an endpoint reaches. Left out are queries that another condition narrows through an index, tables
of a handful of rows, columns with few values (booleans, enums, `status`, `type` and the like), comparisons that an index does not serve
(`LIKE`, `lower(…)`), foreign keys, of which `data-fk-without-index` speaks, and tables whose making is not seen.

## Options
- `small_tables`: last words of tables that hold a handful of rows, in the singular.

## Example

### Go, SQL

`migrations/000001_parcels.up.sql`
```sql
CREATE TABLE parcels (
    id bigint PRIMARY KEY,
    tracking_code text NOT NULL  -- finding
);
```

`store.go`
```go
package store

import "database/sql"

func Find(db *sql.DB, code string) *sql.Row {
	return db.QueryRow("SELECT id FROM parcels WHERE tracking_code = $1", code)
}

func Close(db *sql.DB, code string) {
	db.Exec("DELETE FROM parcels WHERE tracking_code = $1", code)
}
```

Use instead:

`migrations/000002_index_parcels_tracking_code.up.sql`
```sql
CREATE INDEX CONCURRENTLY parcels_tracking_code_idx ON parcels (tracking_code);
```

`migrations/000002_index_parcels_tracking_code.down.sql`
```sql
DROP INDEX CONCURRENTLY parcels_tracking_code_idx;
```

### Rust, sqlx

`Cargo.toml`
```toml
[package]
name = "parcels"

[dependencies]
sqlx = { version = "0.8", features = ["postgres"] }
```

`migrations/20250101000000_parcels.sql`
```sql
CREATE TABLE parcels (id bigserial PRIMARY KEY, tracking_code text NOT NULL);  -- finding
--                                              ^^^^^^^^^^^^^
```

`src/store.rs`
```rust
pub async fn find(pool: &sqlx::PgPool, code: &str) -> sqlx::Result<()> {
    sqlx::query("SELECT id FROM parcels WHERE tracking_code = $1").bind(code).fetch_one(pool).await?;
    Ok(())
}

pub async fn close(pool: &sqlx::PgPool, code: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM parcels WHERE tracking_code = $1").bind(code).execute(pool).await?;
    Ok(())
}
```

Use instead:

`migrations/20250101000001_index_parcels_tracking_code.sql`
```sql
-- no-transaction
CREATE INDEX CONCURRENTLY parcels_tracking_code_idx ON parcels (tracking_code);
```

### Python, SQLAlchemy

`app/orders.py`
```python
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column()  # finding


@app.get("/orders/{reference}")
def read(reference: str, session):
    return session.scalars(select(Order).where(Order.reference == reference)).one()
```

Use instead:

`app/orders.py`
```python
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(index=True)


@app.get("/orders/{reference}")
def read(reference: str, session):
    return session.scalars(select(Order).where(Order.reference == reference)).one()
```

### Python, Django

`shop/models.py`
```python
from django.db import models


class Order(models.Model):
    reference = models.CharField(max_length=20)  # finding


def find(reference):
    return Order.objects.filter(reference=reference).first()


def is_known(reference):
    return Order.objects.filter(reference=reference).exists()
```

Use instead:

`shop/models.py`
```python
from django.db import models


class Order(models.Model):
    reference = models.CharField(max_length=20, db_index=True)


def find(reference):
    return Order.objects.filter(reference=reference).first()


def is_known(reference):
    return Order.objects.filter(reference=reference).exists()
```

### TypeScript, Prisma

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
}

model Order {
  id        Int    @id
  reference String // finding
}
```

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export const find = (reference: string) => prisma.order.findFirst({ where: { reference } });
export const close = (reference: string) => prisma.order.deleteMany({ where: { reference } });
```

Use instead:

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
}

model Order {
  id        Int    @id
  reference String

  @@index([reference])
}
```

### TypeScript, TypeORM

`src/order.ts`
```typescript
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  reference!: string;  // finding
}

export const find = (source: DataSource, reference: string) => source.getRepository(Order).findOne({ where: { reference } });
export const all = (source: DataSource, reference: string) => source.getRepository(Order).find({ where: { reference } });
```

Use instead:

`src/order.ts`
```typescript
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Index } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @Column()
  reference!: string;
}

export const find = (source: DataSource, reference: string) => source.getRepository(Order).findOne({ where: { reference } });
export const all = (source: DataSource, reference: string) => source.getRepository(Order).find({ where: { reference } });
```

### Java, Spring Data

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders")
public class Order {
    @Id
    private Long id;
    private String reference;  // finding
}
```

`src/main/java/com/shop/OrderRepository.java`
```java
package com.shop;

import org.springframework.data.jpa.repository.JpaRepository;

public interface OrderRepository extends JpaRepository<Order, Long> {
    Order findByReference(String reference);
}
```

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

class Orders {
    private final OrderRepository orders;

    Orders(OrderRepository orders) {
        this.orders = orders;
    }

    Order find(String reference) {
        return orders.findByReference(reference);
    }

    boolean isKnown(String reference) {
        return orders.findByReference(reference) != null;
    }
}
```

Use instead:

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders", indexes = @Index(columnList = "reference"))
public class Order {
    @Id
    private Long id;
    private String reference;
}
```

## Fix
The index is declared with the column (SQLAlchemy, Django, Prisma, TypeORM, JPA), whose migration is then made as always; or a migration
that builds it without a lock follows the last one (sqlx, Flyway, golang-migrate, goose, Supabase, numbered files). It is not applied
unseen: an index costs every write, and whoever knows the data may know better.

## References
B. Karwin, SQL Antipatterns, ch. 13 Index Shotgun · M. Winand, SQL Performance Explained · PostgreSQL, Building Indexes Concurrently
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.data import Query
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.next_migration import next_migration
from architrave.model.schema import SMALL, SchemaColumn, SchemaTable, is_small, quoted
from architrave.model.tools import is_one_off, is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import FILE_START, Location

_FEW_VALUES = regex(
    r"^(is|has|can|was|should|allow|enable)_|(^|_)(status|state|type|kind|category|role|level|priority|gender|country|currency|language|locale|mode"
    r"|source|channel|provider|scope|enabled|disabled|active|inactive|deleted|archived|published|visible|public|private|verified|confirmed|default"
    r"|deleted_at|removed_at|archived_at|disabled_at|revoked|expired|used|read|year|month|day|version|order|position|rank|sort|index|flag|count)$"
)
_FEW_TYPES = regex(r"bool|enum|^bit\b|^char\(1\)|json|^text\[|vector|geometry|blob|bytea|array", re.IGNORECASE)
_HANDFUL = regex(
    r"(^|_)(settings?|configs?|configurations?|options?|preferences?|migrations?|versions?|flags?|features?|templates?|plans?|tiers?|permissions?"
    r"|plugins?|apps?|categor(y|ies))$"
)
_DEPTH = 3  # Calls from a handler to a query.
_FEWEST = 2  # Functions that look rows up by the column, where nobody is seen to wait for them.
_Asked = list[tuple[str, Query]]


@rule(severity="information", since="0.1")
def query_column_unindexed(model: Model, *, small_tables: tuple[str, ...] = SMALL) -> Iterator[Finding]:
    asked: dict[Location, tuple[SchemaTable, SchemaColumn, _Asked]] = {}
    for path, name, query in model.in_each(Query, _searching):
        found = _unindexed(model, path, name, query)
        if found is not None and not is_small(found[0].name, small_tables) and not _HANDFUL.search(found[0].name.lower()):
            asked.setdefault(found[1].location, (*found, []))[2].append((path, query))
    for table, column, queries in asked.values():
        functions = {Place(path, query.function) for path, query in queries}
        if len(functions) >= _FEWEST or any(_is_waited_for(model, place) for place in functions):
            yield _finding(model, table, column, queries)


def _is_waited_for(model: Model, place: Place) -> bool:
    """Whether an endpoint reaches a function; what runs by the clock may take its time."""
    handlers = model.routes.by_handler
    return place in handlers or model.calls.way_to(place, handlers.__contains__, _DEPTH) is not None


def _searching(model: Model, path: str, query: Query) -> Iterator[tuple[str, str, Query]]:
    """Yield a query that looks rows of one table up."""
    if not query.searched or query.kind not in ("select", "update", "delete") or query.dynamic or is_test(path) or is_tool(model, path):
        return
    if path.endswith(".sql") or is_one_off(model, path):
        return
    tables = model.data.tables(path, query)
    if len(tables) == 1:
        yield path, tables[0], query


def _unindexed(model: Model, path: str, name: str, query: Query) -> tuple[SchemaTable, SchemaColumn] | None:
    """Return the table and the column that a query reads the whole table for."""
    modelled, migrated = model.data.modelled.find(name, path), model.data.migrated.find(name, path)
    known = [table for table in (modelled, migrated) if table is not None and table.is_complete and table.is_managed]
    if not known:
        return None
    if len(model.data.migrated.named(name)) > 1 and migrated is None:  # One of several: its indexes are not known.
        return None
    for filter_name in query.filters:
        columns = [column for table in known if (column := _column(table, filter_name)) is not None]
        if not columns or any(table.has_index((column.name,)) for table in known for column in columns):
            return None
        if any(column.name in reference.columns for table in known for reference in table.references for column in columns):
            return None
    for filter_name in query.searched:
        for table in known:
            column = _column(table, filter_name)
            if column is not None and _has_many_values(column) and column.location.path == table.location.path:
                return table, column
    return None


def _column(table: SchemaTable, name: str) -> SchemaColumn | None:
    bare = name.rpartition(".")[2]
    if bare == "pk" and table.primary_key:
        bare = table.primary_key[0]
    return table.column(bare) or next((column for column in table.columns.values() if column.attribute == bare), None)


def _has_many_values(column: SchemaColumn) -> bool:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.name).lower()
    return not _FEW_VALUES.search(name) and not _FEW_TYPES.search(column.type)


def _finding(model: Model, table: SchemaTable, column: SchemaColumn, queries: _Asked) -> Finding:
    functions = list(dict.fromkeys(query.function for _, query in queries if query.function))
    who = f"`{functions[0]}`" if len(functions) == 1 else f"{len(functions)} functions"
    indexed = [", ".join(index.columns) for index in table.indexes]
    if table.primary_key:
        indexed.insert(0, ", ".join(table.primary_key))
    return Finding(
        column.location,
        f"No index of `{table.name}` begins with `{column.name}`, by which {who} look{'s' if len(functions) == 1 else ''} rows up",
        f"{table.name}.{column.name}",
        ("indexed: " + ("; ".join(f"({names})" for names in indexed) or "nothing"),),
        tuple(Related(model.at(path, query.span), f"`{column.name}` is looked for here") for path, query in queries[:5]),
        fix=_fix(model, table, column),
    )


def _fix(model: Model, table: SchemaTable, column: SchemaColumn) -> Fix | None:
    title = f"Add an index on `{column.name}`"
    declared = fix(title, column.location.path, column.fix)
    following = next_migration(model, table.location.path) if declared is None else None
    if following is None:
        return declared
    index = quoted(f"{table.name.rpartition('.')[2]}_{column.name}_idx")
    is_alone = table.engine in ("postgresql", "")
    word = "CONCURRENTLY " if is_alone else ""
    drop = f"DROP INDEX {index} ON {quoted(table.name)};" if table.engine == "mysql" else f"DROP INDEX {word}{index};"
    files = following.files(
        re.sub(r"\W", "_", f"index_{table.name}_{column.name}"),
        f"CREATE INDEX {word}{index} ON {quoted(table.name)} ({quoted(column.name)});",
        drop,
        is_alone=is_alone,
    )
    return Fix(title, tuple(Edit(Location(path, FILE_START), text) for path, text in files.items()))
