"""A migration builds or drops an index in a way that locks the table.

## Why it matters
`CREATE INDEX` in PostgreSQL holds a lock that stops every INSERT, UPDATE and DELETE on the table until the index is built: minutes on a
table of some ten million rows, in which requests pile up and time out. `DROP INDEX` stops readers as well, and everything behind it in the
queue. `CONCURRENTLY` does the same work beside running writes, but PostgreSQL refuses it inside a transaction, so the migration has to run
outside one. A table that the same migration makes is empty and needs neither. Only PostgreSQL is judged, and only the newest migrations:
older ones have run.

## Options
- `newest`: how many migrations, counted from the last, are judged; the folders of a service (apps of Django) share them.

## Example

### SQL

`migrations/0001_orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, status text NOT NULL, created_at timestamptz NOT NULL);
```

`migrations/0002_orders_by_status.sql`
```sql
CREATE INDEX orders_status_idx ON orders (status);  -- finding
```

Use instead:

`migrations/0002_orders_by_status.sql`
```sql
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
```

### Python, Alembic

`migrations/versions/0002_orders_by_status.py`
```python
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_index("orders_status_idx", "orders", ["status"])  # finding
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`migrations/versions/0002_orders_by_status.py`
```python
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("orders_status_idx", "orders", ["status"], postgresql_concurrently=True)
```

### Python, Django

`shop/migrations/0002_orders_by_status.py`
```python
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.AddIndex("order", models.Index(fields=["status"], name="order_status_idx")),  # finding
    ]
```

Use instead:

`shop/migrations/0002_orders_by_status.py`
```python
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("shop", "0001_initial")]

    operations = [
        AddIndexConcurrently("order", models.Index(fields=["status"], name="order_status_idx")),
    ]
```

### TypeScript, TypeORM

`package.json`
```json
{ "dependencies": { "pg": "8", "typeorm": "0.3" } }
```

`src/migrations/1715028537218-OrdersByStatus.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class OrdersByStatus1715028537218 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("CREATE INDEX orders_status_idx ON orders (status)");  // finding
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DROP INDEX orders_status_idx");
  }
}
```

Use instead:

`src/migrations/1715028537218-OrdersByStatus.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class OrdersByStatus1715028537218 implements MigrationInterface {
  transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status)");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DROP INDEX orders_status_idx");
  }
}
```

### TypeScript, Sequelize

`package.json`
```json
{ "dependencies": { "pg": "8", "sequelize": "6" } }
```

`migrations/20250201000000-orders-by-status.ts`
```typescript
import { QueryInterface } from "sequelize";

export async function up(queryInterface: QueryInterface) {
  await queryInterface.addIndex("orders", ["status"], { name: "orders_status_idx" });  // finding
}

export async function down(queryInterface: QueryInterface) {
  await queryInterface.removeIndex("orders", "orders_status_idx");
}
```

Use instead:

`migrations/20250201000000-orders-by-status.ts`
```typescript
import { QueryInterface } from "sequelize";

export async function up(queryInterface: QueryInterface) {
  await queryInterface.addIndex("orders", ["status"], { name: "orders_status_idx", concurrently: true });
}

export async function down(queryInterface: QueryInterface) {
  await queryInterface.removeIndex("orders", "orders_status_idx");
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
  id     Int    @id
  status String

  @@index([status])
}
```

`prisma/migrations/20250101000000_init/migration.sql`
```sql
CREATE TABLE "Order" ("id" INTEGER NOT NULL PRIMARY KEY, "status" TEXT NOT NULL);
```

`prisma/migrations/20250201000000_by_status/migration.sql`
```sql
CREATE INDEX "Order_status_idx" ON "Order"("status");  -- finding
```

Use instead:

`prisma/migrations/20250201000000_by_status/migration.sql`
```sql
CREATE INDEX CONCURRENTLY "Order_status_idx" ON "Order"("status");
```

### Java, Flyway

`src/main/resources/db/migration/V1__orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, status text NOT NULL);
```

`src/main/resources/db/migration/V2__orders_by_status.sql`
```sql
CREATE INDEX orders_status_idx ON orders (status);  -- finding
```

Use instead:

`src/main/resources/db/migration/V2__orders_by_status.sql`
```sql
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
```

### Rust, sqlx

`Cargo.toml`
```toml
[package]
name = "orders"
version = "0.1.0"

[dependencies]
sqlx = { version = "0.8", features = ["postgres"] }
```

`migrations/20250101000000_orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, status text NOT NULL);
```

`migrations/20250201000000_orders_by_status.sql`
```sql
CREATE INDEX orders_status_idx ON orders (status);  -- finding
```

Use instead:

`migrations/20250201000000_orders_by_status.sql`
```sql
-- no-transaction
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
```

## Fix
`CONCURRENTLY` is added, with what makes the migration tool run this migration outside a transaction, where the tool has such a thing. Not
safe: other steps of the same migration then run outside a transaction too.

## References
squawk, require-concurrent-index-creation and ban-concurrent-index-creation-in-transaction · PostgreSQL documentation, CREATE INDEX,
"Building Indexes Concurrently"
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.findings import Finding, Fix
from architrave.model.graph import Model
from architrave.model.migrations import Step
from architrave.rule import fix, rule
from architrave.text import Location


@rule(severity="warning", since="0.1")
def migration_lock_index(model: Model, *, newest: int = 5) -> Iterator[Finding]:
    for step in model.data.steps:
        operation, migration = step.operation, step.file.migration
        if operation.kind not in ("add_index", "drop_index") or step.is_new_table or step.file.age >= newest:
            continue
        if model.data.engine(step.file.path) != "postgresql":
            continue
        table = step.table.name if step.table is not None else operation.table
        statement = "CREATE INDEX" if operation.kind == "add_index" else "DROP INDEX"
        subject = f"{statement} {operation.name or ', '.join(operation.columns)} on {table}"
        location = Location(step.file.path, operation.span)
        if operation.is_concurrent and _is_transactional(step):
            yield Finding(
                location,
                f"`{statement} CONCURRENTLY` stands in a transaction, where PostgreSQL refuses it",
                subject,
                ("CONCURRENTLY", f"{migration.tool} runs `{migration.id}` in a transaction"),
                fix=fix("Run the migration outside a transaction", step.file.path, migration.transaction_fix),
            )
        elif not operation.is_concurrent and not (operation.kind == "drop_index" and step.table is None):
            yield Finding(
                location,
                f"`{statement}` blocks {'writes to' if operation.kind == 'add_index' else 'all use of'} `{table}` while it runs",
                subject,
                (statement, "no CONCURRENTLY"),
                fix=_fix(step),
                severity="information" if operation.kind == "drop_index" else None,  # It is over at once, when it got its lock.
                cause=f"{step.file.path} {statement} {table}",
            )


def _fix(step: Step) -> Fix | None:
    operation, outside = step.operation, step.file.migration.transaction_fix
    if not _is_transactional(step) or operation.is_fixed_outside:
        outside = ()
    elif not outside:
        return None
    return fix("Do it `CONCURRENTLY`", step.file.path, (*outside, *operation.fix)) if operation.fix else None


def _is_transactional(step: Step) -> bool:
    own = step.operation.is_transactional
    return step.file.migration.is_transactional if own is None else own

