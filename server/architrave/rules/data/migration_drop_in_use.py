"""A migration drops or renames what code still reads.

## Why it matters
From the moment the migration has run until the last old instance is gone, and for good where the reading code was forgotten, every query
that names the column or table fails: an ORM names all columns of a model in each SELECT, so the whole table becomes unreadable. Expand
first, contract later: stop reading, deploy, and drop in a later release. Only the newest migrations are judged: older ones have run.

A property of the API description counts as a use where its schema is called like the table. Where it is the only one, the finding is a
hint: the value may come from elsewhere by now.

## Options
- `newest`: how many migrations, counted from the last, are judged; the folders of a service (apps of Django) share them.

## Example

### SQL

`migrations/0001_orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status text, legacy_code text);
```

`migrations/0002_drop_legacy_code.sql`
```sql
ALTER TABLE orders DROP COLUMN legacy_code;  -- finding
--                 ^^^^^^^^^^^^^^^^^^^^^^^
```

`queries/orders.sql`
```sql
-- name: ExportOrders :many
SELECT id, legacy_code FROM orders;
```

Use instead:

`queries/orders.sql`
```sql
-- name: ExportOrders :many
SELECT id FROM orders;
```

### Python

`migrations/versions/0002_drop_legacy_code.py`
```python
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.drop_column("orders", "legacy_code")  # finding
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

`shop/models.py`
```python
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    legacy_code = Column(String)
```

Use instead:

`shop/models.py`
```python
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
```

### TypeScript, TypeORM

`src/migrations/1715028537220-DropLegacyCode.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class DropLegacyCode1715028537220 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn("orders", "legacyCode");  // finding
  }

  async down(queryRunner: QueryRunner): Promise<void> {}
}
```

`src/order.entity.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ nullable: true })
  legacyCode: string;
}
```

Use instead:

`src/order.entity.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id: number;
}
```

### Rust

`migrations/20240101000000_create_orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status text, legacy_code text);
```

`migrations/20240601000000_drop_legacy_code.sql`
```sql
ALTER TABLE orders DROP COLUMN legacy_code;  -- finding
```

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn find(pool: &PgPool, id: i64) -> sqlx::Result<Order> {
    sqlx::query_as("SELECT id, status, legacy_code FROM orders WHERE id = $1").bind(id).fetch_one(pool).await
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn find(pool: &PgPool, id: i64) -> sqlx::Result<Order> {
    sqlx::query_as("SELECT id, status FROM orders WHERE id = $1").bind(id).fetch_one(pool).await
}
```

### Python, Django

`shop/migrations/0001_initial.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[("id", models.BigAutoField(primary_key=True)), ("legacy_code", models.CharField(max_length=20))],
        ),
    ]
```

`shop/migrations/0002_drop_legacy_code.py`
```python
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RemoveField("order", "legacy_code")]  # finding
```

`shop/models.py`
```python
from django.db import models


class Order(models.Model):
    note = models.TextField()
```

`shop/export.py`
```python
from shop.models import Order


def export():
    return list(Order.objects.values("id", "legacy_code"))
```

Use instead:

`shop/export.py`
```python
from shop.models import Order


def export():
    return list(Order.objects.values("id"))
```

### Prisma

`prisma/migrations/20240101000000_init/migration.sql`
```sql
CREATE TABLE "orders" ("id" BIGINT NOT NULL, "legacy_code" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"));
```

`prisma/migrations/20240601000000_drop_legacy_code/migration.sql`
```sql
ALTER TABLE "orders" DROP COLUMN "legacy_code";  -- finding
```

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id         BigInt  @id
  legacyCode String? @map("legacy_code")

  @@map("orders")
}
```

Use instead:

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id BigInt @id

  @@map("orders")
}
```

### Go

`migrations/0001_orders.up.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status text, legacy_code text);
```

`migrations/0002_drop_legacy_code.up.sql`
```sql
ALTER TABLE orders DROP COLUMN legacy_code;  -- finding
```

`orders/order.go`
```go
package orders

import "gorm.io/gorm"

type Order struct {
	gorm.Model
	Status     string
	LegacyCode string
}

func All(db *gorm.DB) (orders []Order, err error) {
	err = db.Find(&orders).Error
	return
}
```

Use instead:

`orders/order.go`
```go
package orders

import "gorm.io/gorm"

type Order struct {
	gorm.Model
	Status string
}

func All(db *gorm.DB) (orders []Order, err error) {
	err = db.Find(&orders).Error
	return
}
```

### Java

`src/main/resources/db/migration/V1__orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status text, legacy_code text);
```

`src/main/resources/db/migration/V2__drop_legacy_code.sql`
```sql
ALTER TABLE orders DROP COLUMN legacy_code;  -- finding
```

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders")
public class Order {
    @Id
    private Long id;
    private String status;
    private String legacyCode;
}
```

Use instead:

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders")
public class Order {
    @Id
    private Long id;
    private String status;
}
```

### OpenAPI

`migrations/0001_orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status text, legacy_code text);
```

`migrations/0002_drop_legacy_code.sql`
```sql
ALTER TABLE orders DROP COLUMN legacy_code;  -- finding
```

`openapi.yaml`
```yaml
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths: {}
components:
  schemas:
    Order:
      type: object
      properties:
        id: {type: integer}
        legacyCode: {type: string}
```

Use instead:

`openapi.yaml`
```yaml
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths: {}
components:
  schemas:
    Order:
      type: object
      properties:
        id: {type: integer}
```

## Fix
None. The uses are listed as related places.

## References
squawk, ban-drop-column and renaming-column · strong_migrations, "Removing a column" · P. Sadalage and M. Fowler, Evolutionary Database
Design
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.api import ApiProperty
from architrave.facts.data import Migration
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.migrations import Step
from architrave.model.tools import is_test
from architrave.rule import rule
from architrave.text import Location

_DESCRIBED = "is described here"
_MOST_USES = 20  # Related places worth reading.
_VERBS = {"drop_table": "dropped", "drop_column": "dropped", "rename_table": "renamed", "rename_column": "renamed"}


@rule(severity="warning", since="0.1")
def migration_drop_in_use(model: Model, *, newest: int = 5) -> Iterator[Finding]:
    migrations = {path for path, _ in model.each(Migration)}
    for step in model.data.steps:
        operation = step.operation
        verb = _VERBS.get(operation.kind)
        if verb is None or step.file.age >= newest or step.is_new_table or _is_there_again(model, step):
            continue
        uses = list(_uses(model, step, migrations))
        if not uses:
            continue
        name = f"{operation.table}.{operation.column}" if operation.column else operation.table
        is_described_only = all(use.message.endswith(_DESCRIBED) for use in uses)
        yield Finding(
            Location(step.file.path, operation.span),
            f"`{name}` is {verb} while {_shown(uses)} it",
            f"{name} {verb}",
            (operation.kind.replace("_", " "), uses[0].message),
            tuple(uses[:_MOST_USES]),
            severity="hint" if is_described_only else None,
        )


def _shown(uses: list[Related]) -> str:
    first = f"`{uses[0].location.path}`"
    others = len({use.location.path for use in uses}) - 1
    return f"{first} and {others} more file{'s' if others > 1 else ''} still use" if others else f"{first} still uses"


def _is_there_again(model: Model, step: Step) -> bool:
    """Whether the name exists after all migrations: it was added again, or a new table took the name."""
    table = model.data.migrated.find(step.operation.table, step.file.path)
    if not step.operation.column:
        return table is not None
    return table is not None and table.column(step.operation.column) is not None


def _uses(model: Model, step: Step, migrations: set[str]) -> Iterator[Related]:
    """Yield the models and queries that name what the step takes away, of its own service where others have a table of that name."""
    table, column = step.operation.table.lower(), step.operation.column.lower()
    service = model.services.of(step.file.path)
    is_shared = len(model.data.migrated.named(table)) <= 1 and len(model.data.modelled.named(table)) <= 1
    for modelled in model.data.modelled.named(table):
        if (
            not modelled.is_managed
            or is_test(modelled.location.path)
            or not (is_shared or model.services.of(modelled.location.path) == service)
        ):
            continue
        if not column:
            yield Related(modelled.location, f"`{modelled.name}` is declared here")
        elif (found := modelled.column(column)) is not None:
            yield Related(found.location, f"`{modelled.name}.{found.name}` is declared here")
    for path, query in model.data.queries:
        if path in migrations or is_test(path) or not (is_shared or model.services.of(path) == service):
            continue
        tables = [name.lower() for name in model.data.tables(path, query)]
        if table not in tables:
            continue
        named = {name.lower() for name in (*query.columns, *query.filters, *query.sorts, *query.written)}
        if not column:
            yield Related(Location(path, query.span), f"`{table}` is queried here")
        elif f"{table}.{column}" in named or (column in named and len(tables) == 1):
            yield Related(Location(path, query.span), f"`{column}` is queried here")
    for path, described in model.each(ApiProperty) if column else ():
        is_meant = _plain(described.name) == _plain(column) and _plain(described.schema) in _singular(_plain(table))
        if is_meant and (is_shared or model.services.of(path) == service):
            yield Related(Location(path, described.span), f"`{described.schema}.{described.name}` {_DESCRIBED}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _singular(table: str) -> tuple[str, ...]:
    """Return what a schema may be called that describes the rows of a table."""
    return table, table.removesuffix("s"), table.removesuffix("es"), re.sub(r"ies$", "y", table)
