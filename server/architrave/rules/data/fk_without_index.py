"""A foreign key has no index that begins with it.

## Why it matters
The database checks a foreign key from both ends. Deleting a row of the referenced table, or changing its key, looks for rows that point
to it; without an index that is a scan of the whole referencing table, once for each row deleted, while locks are held. Joins and "all
orders of a customer" scan as well. Nobody notices with a thousand rows; with ten million, deleting one customer takes seconds and blocks
writers. PostgreSQL, SQLite, SQL Server and Oracle make no such index by themselves; MySQL does, so its schemas are not judged.

## Options
- `small_tables`: last words of tables that hold a handful of rows, in the singular. They may be scanned, and an index on a reference to
  one would have as few values.

## Example

### SQL

`migrations/0007_orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);  -- finding
--                                          ^^^^^^^^^^^
```

Use instead:

`migrations/0007_orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
```

### Python

`shop/models.py`
```python
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))  # finding
#   ^^^^^^^^^^^
```

Use instead:

`shop/models.py`
```python
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
```

### Prisma

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Customer {
  id     Int     @id
  orders Order[]
}

model Order {
  id         Int      @id
  customer   Customer @relation(fields: [customerId], references: [id])  // finding
  customerId Int
}
```

Use instead:

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Customer {
  id     Int     @id
  orders Order[]
}

model Order {
  id         Int      @id
  customer   Customer @relation(fields: [customerId], references: [id])
  customerId Int

  @@index([customerId])
}
```

### Java

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders")
class Order {
    @Id
    Long id;

    @ManyToOne(fetch = FetchType.LAZY)  // finding
    Customer customer;
}

@Entity
@Table(name = "customers")
class Customer {
    @Id
    Long id;
}
```

Use instead:

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders", indexes = @Index(columnList = "customer_id"))
class Order {
    @Id
    Long id;

    @ManyToOne(fetch = FetchType.LAZY)
    Customer customer;
}

@Entity
@Table(name = "customers")
class Customer {
    @Id
    Long id;
}
```

### Python, Django

`shop/models.py`
```python
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=80)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_index=False)  # finding
#   ^^^^^^^^
```

Use instead:

`shop/models.py`
```python
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=80)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_index=True)
```

### TypeScript, TypeORM

`src/order.entity.ts`
```typescript
import { Entity, ManyToOne, PrimaryGeneratedColumn } from "typeorm";
import { Customer } from "./customer.entity";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Customer)
  customer: Customer;  // finding
}
```

`src/customer.entity.ts`
```typescript
import { Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("customers")
export class Customer {
  @PrimaryGeneratedColumn()
  id: number;
}
```

Use instead:

`src/order.entity.ts`
```typescript
import { Entity, ManyToOne, PrimaryGeneratedColumn, Index } from "typeorm";
import { Customer } from "./customer.entity";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id: number;

  @Index()
  @ManyToOne(() => Customer)
  customer: Customer;
}
```

### Rust, Diesel

`Cargo.toml`
```toml
[package]
name = "shop"
version = "0.1.0"

[dependencies]
diesel = { version = "2", features = ["postgres"] }
```

`migrations/2025-01-01-000000_create_orders/up.sql`
```sql
CREATE TABLE customers (id bigserial PRIMARY KEY);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);  -- finding
--                                             ^^^^^^^^^^^
```

`src/schema.rs`
```rust
diesel::table! {
    orders (id) {
        id -> Int8,
        customer_id -> Int8,
    }
}

diesel::table! {
    customers (id) {
        id -> Int8,
    }
}

diesel::joinable!(orders -> customers (customer_id));
diesel::allow_tables_to_appear_in_same_query!(orders, customers);
```

Use instead:

`migrations/2025-01-01-000000_create_orders/up.sql`
```sql
CREATE TABLE customers (id bigserial PRIMARY KEY);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
```

## Fix
In an ORM model the index is added to the column's own declaration; the migration that makes it is then to be generated. In the newest
migration `CREATE INDEX` is added after the statement, `CONCURRENTLY` for a table that stood before. Not safe: building an index takes time
and space.

## References
B. Karwin, SQL Antipatterns, chapter 13 "Index Shotgun" · PostgreSQL documentation, Constraints, "Foreign Keys"
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.migrations import Step
from architrave.model.schema import SMALL, Reference, SchemaTable, is_small, quoted
from architrave.rule import fix, rule
from architrave.text import Location

_INDEXES_BY_ITSELF = frozenset({"mysql", "h2", "hsqldb"})


@rule(severity="warning", since="0.1")
def fk_without_index(model: Model, *, small_tables: tuple[str, ...] = SMALL) -> Iterator[Finding]:
    steps = {Location(step.file.path, step.operation.span): step for step in model.data.steps if step.operation.kind == "add_foreign_key"}
    reported: set[tuple[str, str, tuple[str, ...]]] = set()
    places: set[Location] = set()  # One declaration may stand in many tables: that of a mixin.
    for table in (*model.data.modelled.tables, *model.data.migrated.tables):
        if is_small(table.name, small_tables) or table.engine in _INDEXES_BY_ITSELF or not table.is_managed:
            continue
        other = (model.data.migrated if table.source == "model" else model.data.modelled).find(table.name, table.location.path)
        for reference in table.references:
            if _is_indexed(table, reference) or (other is not None and _is_indexed(other, reference)):
                continue
            key = (model.services.of(table.location.path), table.name.lower(), tuple(name.lower() for name in reference.columns))
            if not reference.columns or key in reported or reference.location in places or is_small(reference.target, small_tables):
                continue
            reported.add(key)
            places.add(reference.location)
            yield _finding(table, reference, steps.get(reference.location), other)


def _is_indexed(table: SchemaTable, reference: Reference) -> bool:
    """Whether an index begins with the columns, or, where they are several, with one of them, which leaves few rows to look at."""
    if table.has_index(reference.columns):
        return True
    return len(reference.columns) > 1 and any(table.has_index((column,)) for column in reference.columns)


def _finding(table: SchemaTable, reference: Reference, step: Step | None, other: SchemaTable | None) -> Finding:
    columns = ", ".join(reference.columns)
    subject = f"{table.name}.{columns}"
    indexed = [", ".join(index.columns) for index in table.indexes]
    if table.primary_key:
        indexed.insert(0, ", ".join(table.primary_key))
    related = [
        Related(place.location, "made here") for place in (other.references if other is not None else ()) if _is_same(place, reference)
    ]
    return Finding(
        reference.location,
        f"`{subject}` references {f'`{reference.target}`' if reference.target else 'another table'} and no index begins with it",
        subject,
        (f"FOREIGN KEY ({columns})", "indexed: " + ("; ".join(f"({names})" for names in indexed) or "nothing")),
        tuple(related),
        _fix(table, reference, step),
    )


def _is_same(one: Reference, other: Reference) -> bool:
    return [name.lower() for name in one.columns] == [name.lower() for name in other.columns]


def _fix(table: SchemaTable, reference: Reference, step: Step | None) -> Fix | None:
    title = f"Add an index on `{table.name}`"
    column = table.column(reference.columns[0]) if len(reference.columns) == 1 else None
    if column is not None and column.fix:
        return fix(title, column.location.path, column.fix)
    if step is None or step.file.age or not step.file.path.endswith(".sql") or step.operation.statement_span is None:
        return None
    if step.file.migration.tool in ("prisma", "drizzle"):  # The next one is generated from the model.
        return None
    if not step.is_new_table and step.file.migration.is_transactional:
        return None
    name = quoted("_".join((table.name.rpartition(".")[2], *reference.columns, "idx")))
    concurrently = "" if step.is_new_table or table.engine != "postgresql" else "CONCURRENTLY "
    columns = ", ".join(quoted(item) for item in reference.columns)
    text = f"CREATE INDEX {concurrently}{name} ON {quoted(table.name)} ({columns});"
    return Fix(title, (Edit(Location(step.file.path, step.operation.statement_span), text, "after"),))
