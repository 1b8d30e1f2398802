"""A model and the migrations disagree on a column.

## Why it matters
An ORM names every column of a model in every query. A column that no migration adds makes each of them fail, on the first request after the
deployment and not in tests that create their tables from the models. The other way round a column that must not be NULL and has no default
refuses every row that a model without it inserts. What a migration drops while a model still has it is told by
`data-migration-drop-in-use`. Judged are models whose table the migrations make and most of whose columns they know; services that make
their tables from the models when they start are left alone.

## Options
- `share`: the share of a model's columns that the migrations must know before one that they do not is raised.

## Example

### Python, SQLAlchemy and Alembic

`app/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    total: Mapped[int]
    coupon: Mapped[str | None]  # finding
```

`migrations/versions/0001_orders.py`
```python
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
    )
```

Use instead:

`migrations/versions/0002_orders_coupon.py`
```python
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("orders", sa.Column("coupon", sa.Text(), nullable=True))
```

### Python, Django

`shop/models.py`
```python
from django.db import models


class Order(models.Model):
    status = models.TextField()
    total = models.IntegerField()
    coupon = models.TextField(null=True)  # finding
```

`shop/migrations/0001_initial.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [("id", models.BigAutoField(primary_key=True)), ("status", models.TextField()), ("total", models.IntegerField())],
        ),
    ]
```

Use instead:

`shop/migrations/0002_order_coupon.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("order", "coupon", models.TextField(null=True))]
```

### TypeScript, TypeORM

`src/order.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  status!: string;

  @Column()
  total!: number;

  @Column({ nullable: true })
  coupon?: string;  // finding
}
```

`src/migrations/1715028537219-Orders.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class Orders1715028537219 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("CREATE TABLE orders (id serial PRIMARY KEY, status text NOT NULL, total integer NOT NULL)");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DROP TABLE orders");
  }
}
```

Use instead:

`src/migrations/1715028537220-OrdersCoupon.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class OrdersCoupon1715028537220 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("ALTER TABLE orders ADD COLUMN coupon text");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("ALTER TABLE orders DROP COLUMN coupon");
  }
}
```

### Prisma

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id     Int     @id
  status String
  coupon String?  // finding
}
```

`prisma/migrations/20250101000000_init/migration.sql`
```sql
CREATE TABLE "Order" ("id" INTEGER NOT NULL PRIMARY KEY, "status" TEXT NOT NULL);
```

Use instead:

`prisma/migrations/20250201000000_coupon/migration.sql`
```sql
ALTER TABLE "Order" ADD COLUMN "coupon" TEXT;
```

### Go, GORM

`order.go`
```go
package orders

import "gorm.io/gorm"

type Order struct {
	ID     int64 `gorm:"primaryKey"`
	Status string
	Total  int64
	Coupon *string  // finding
}

func Find(db *gorm.DB, id int64) (order Order, err error) {
	err = db.First(&order, id).Error
	return order, err
}
```

`migrations/000001_orders.up.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, status text NOT NULL, total bigint NOT NULL);
```

Use instead:

`migrations/000002_coupon.up.sql`
```sql
ALTER TABLE orders ADD COLUMN coupon text;
```

### Java, JPA and Flyway

`src/main/java/com/shop/Order.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "orders")
public class Order {  // finding
    @Id
    private Long id;
    private String status;
    private long total;
}
```

`src/main/resources/db/migration/V1__orders.sql`
```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL, total bigint NOT NULL);
```

`src/main/resources/db/migration/V2__orders_channel.sql`
```sql
ALTER TABLE orders ADD COLUMN channel text NOT NULL DEFAULT 'web';
ALTER TABLE orders ALTER COLUMN channel DROP DEFAULT;
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
    private long total;
    private String channel;
}
```

### Rust, Diesel

`src/schema.rs`
```rust
diesel::table! {
    orders (id) {
        id -> Int8,
        status -> Text,
        coupon -> Nullable<Text>,  // finding
    }
}
```

`migrations/2025-01-01-000000_orders/up.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, status text NOT NULL);
```

Use instead:

`migrations/2025-02-01-000000_coupon/up.sql`
```sql
ALTER TABLE orders ADD COLUMN coupon text;
```

## Fix
None: the tool writes the migration itself, from the models (`alembic revision --autogenerate`, `manage.py makemigrations`, `prisma migrate
dev`, `typeorm migration:generate`).

## References
Alembic documentation, Auto Generating Migrations and alembic check · Django documentation, makemigrations --check · Prisma documentation,
migrate diff
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from architrave.facts.code import Call
from architrave.facts.values import Boolean, walk
from architrave.facts.values import Mapping as Options
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.schema import SchemaColumn, SchemaTable
from architrave.model.tools import is_test, is_tool
from architrave.rule import rule

# What makes the tables, or changes them, from the models.
_MAKING = ("AutoMigrate", "create_all", "Sync2", "sync", "DataSource", "forRoot")
_LEAST = 2  # Columns that both sides know.


@rule(severity="warning", since="0.1")
def model_migration_drift(model: Model, *, share: float = 0.6) -> Iterator[Finding]:
    making = (caller.place.path for name in _MAKING for caller in model.calls.named(name) if _makes_tables(caller.call, name))
    synchronized = {model.services.of(path) for path in making if not is_test(path) and not is_tool(model, path)}
    dropped = {
        (step.operation.table.lower(), step.operation.column.lower())
        for step in model.data.steps
        if step.operation.kind in ("drop_column", "rename_column")
    }
    for table in model.data.modelled.tables:
        path = table.location.path
        if is_test(path) or is_tool(model, path) or not table.is_managed or model.services.of(path) in synchronized:
            continue
        migrated = model.data.migrated.find(table.name, path)
        if migrated is None or not migrated.is_complete or not _is_made_for(migrated, table):
            continue
        known = [column for column in table.columns.values() if migrated.column(column.name) is not None]
        if len(known) < max(_LEAST, share * len(table.columns)):
            continue
        for column in table.columns.values():
            if migrated.column(column.name) is None and (table.name.lower(), column.name.lower()) not in dropped:
                yield _not_made(table, migrated, column)
        for column in migrated.columns.values() if table.is_complete else ():
            if table.column(column.name) is None and not column.is_nullable and not column.has_default and _is_plain(migrated, column):
                yield _not_known(table, column)


def _is_made_for(migrated: SchemaTable, table: SchemaTable) -> bool:
    """Whether these migrations are the model's own: Prisma keeps them in the folder of the schema."""
    return table.library != "prisma" or migrated.location.path.startswith(dirname(table.location.path).removesuffix("/schema"))


def _makes_tables(call: Call, name: str) -> bool:
    if name == "sync":
        return "sequelize" in call.callee.lower()
    return name not in ("DataSource", "forRoot") or _is_synchronized(call)


def _is_synchronized(call: Call) -> bool:
    given = [part.get("synchronize") for item in call.arguments for part in walk(item.value) if isinstance(part, Options)]
    return any(isinstance(value, Boolean) and value.value for value in given)


def _is_plain(table: SchemaTable, column: SchemaColumn) -> bool:
    """Whether a column is no key: what joins tables is often written at the other model, or by a helper."""
    keys = {name.lower() for name in table.primary_key} | {name.lower() for item in table.references for name in item.columns}
    return column.name.lower() not in keys


def _not_made(table: SchemaTable, migrated: SchemaTable, column: SchemaColumn) -> Finding:
    owner = table.model[1].rpartition(".")[2] if table.model is not None else table.name
    return Finding(
        column.location,
        f"No migration adds `{table.name}.{column.name}`, which the model has: queries of `{owner}` fail",
        f"{table.name}.{column.name} not migrated",
        (f"{table.library or 'model'}: {owner}.{column.attribute or column.name}", f"migrations: {', '.join(migrated.columns)}"[:200]),
        (Related(migrated.location, f"`{table.name}` is made here"),),
    )


def _not_known(table: SchemaTable, column: SchemaColumn) -> Finding:
    owner = table.model[1].rpartition(".")[2] if table.model is not None else table.name
    return Finding(
        table.location,
        f"`{table.name}.{column.name}` is NOT NULL without a default, and `{owner}` does not have it: its rows are refused",
        f"{table.name}.{column.name} not modelled",
        (f"migrations: {column.name} NOT NULL, no default", f"{table.library or 'model'}: no {column.name}"),
        (Related(column.location, f"`{column.name}` is made here"),),
    )
