"""A migration makes a column NOT NULL in a way that fails or locks the table.

## Why it matters
`ADD COLUMN … NOT NULL` without a default fails on any table that has rows, so it passes on an empty test database and stops the deployment
in production. With a default that differs from row to row, PostgreSQL writes the whole table anew under an exclusive lock. `SET NOT NULL`
reads the whole table under the same lock, unless a validated CHECK constraint already says that the column holds no NULL. Only the newest
migrations are judged: older ones have run.

## Options
- `newest`: how many migrations, counted from the last, are judged; the folders of a service (apps of Django) share them.

## Example

### SQL

`migrations/0001_orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, status text, created_at timestamptz NOT NULL);
```

`migrations/0002_orders_status.sql`
```sql
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;  -- finding
--                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`migrations/0002_orders_status.sql`
```sql
ALTER TABLE orders ADD CONSTRAINT status_not_null CHECK (status IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT status_not_null;
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT status_not_null;
```

### SQL, a new column

`migrations/0001_orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL);
```

`migrations/0002_orders_region.sql`
```sql
ALTER TABLE orders ADD COLUMN region text NOT NULL;  -- finding
--                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`migrations/0002_orders_region.sql`
```sql
ALTER TABLE orders ADD COLUMN region text;
-- Fill `region` in batches. A later migration validates the constraint and sets NOT NULL.
ALTER TABLE orders ADD CONSTRAINT region_not_null CHECK (region IS NOT NULL) NOT VALID;
```

### Python, Alembic

`migrations/versions/0002_orders_labels.py`
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("orders", sa.Column("labels", postgresql.JSONB(), nullable=False))  # finding
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`migrations/versions/0002_orders_labels.py`
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("orders", sa.Column("labels", postgresql.JSONB(), nullable=True))
    op.execute("ALTER TABLE orders ADD CONSTRAINT labels_not_null CHECK (labels IS NOT NULL) NOT VALID")
    # Fill `labels` in batches. A later migration validates the constraint and sets NOT NULL.
```

### Python, Alembic, a column that was there

`migrations/versions/0001_orders.py`
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("orders", sa.Column("id", postgresql.UUID(), primary_key=True), sa.Column("status", sa.Text()))
```

`migrations/versions/0002_orders_status.py`
```python
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.alter_column("orders", "status", nullable=False)  # finding
```

Use instead:

`migrations/versions/0002_orders_status.py`
```python
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders ADD CONSTRAINT status_not_null CHECK (status IS NOT NULL) NOT VALID")
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT status_not_null")
    op.alter_column("orders", "status", nullable=False)
    op.execute("ALTER TABLE orders DROP CONSTRAINT status_not_null")
```

### Python, Django

`requirements.txt`
```text
django==5.2
psycopg==3.2.9
```

`shop/migrations/0001_initial.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True)), ("sku", models.TextField(null=True))]),
    ]
```

`shop/migrations/0002_order_sku.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.AlterField("order", "sku", models.TextField()),  # finding
    ]
```

Use instead:

`shop/migrations/0002_order_sku.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.RunSQL("ALTER TABLE shop_order ADD CONSTRAINT sku_not_null CHECK (sku IS NOT NULL) NOT VALID", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE shop_order VALIDATE CONSTRAINT sku_not_null", migrations.RunSQL.noop),
        migrations.AlterField("order", "sku", models.TextField()),
        migrations.RunSQL("ALTER TABLE shop_order DROP CONSTRAINT sku_not_null", migrations.RunSQL.noop),
    ]
```

### TypeScript, TypeORM

`package.json`
```json
{ "dependencies": { "pg": "8", "typeorm": "0.3" } }
```

`src/migrations/1715028537219-OrdersRegion.ts`
```typescript
import { MigrationInterface, QueryRunner, TableColumn } from "typeorm";

export class OrdersRegion1715028537219 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn("orders", new TableColumn({ name: "region", type: "text" }));  // finding
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn("orders", "region");
  }
}
```

Use instead:

`src/migrations/1715028537219-OrdersRegion.ts`
```typescript
import { MigrationInterface, QueryRunner, TableColumn } from "typeorm";

export class OrdersRegion1715028537219 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn("orders", new TableColumn({ name: "region", type: "text", isNullable: true }));
    await queryRunner.query("ALTER TABLE orders ADD CONSTRAINT region_not_null CHECK (region IS NOT NULL) NOT VALID");
    // Fill `region` in batches. A later migration validates the constraint and sets NOT NULL.
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn("orders", "region");
  }
}
```

### Java, Flyway

`src/main/resources/db/migration/V1__orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY);
```

`src/main/resources/db/migration/V2__orders_region.sql`
```sql
ALTER TABLE orders
    ADD COLUMN region varchar(8) NOT NULL;  -- finding
```

Use instead:

`src/main/resources/db/migration/V2__orders_region.sql`
```sql
ALTER TABLE orders
    ADD COLUMN region varchar(8);
-- Fill `region` in batches. A later migration validates the constraint and sets NOT NULL.
ALTER TABLE orders ADD CONSTRAINT region_not_null CHECK (region IS NOT NULL) NOT VALID;
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
  region String
}
```

`prisma/migrations/20250101000000_init/migration.sql`
```sql
CREATE TABLE "Order" ("id" INTEGER NOT NULL PRIMARY KEY);
```

`prisma/migrations/20250201000000_region/migration.sql`
```sql
ALTER TABLE "Order" ADD COLUMN "region" TEXT NOT NULL;  -- finding
```

Use instead:

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id     Int     @id
  region String?
}
```

`prisma/migrations/20250201000000_region/migration.sql`
```sql
ALTER TABLE "Order" ADD COLUMN "region" TEXT;
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
CREATE TABLE orders (id bigserial PRIMARY KEY, status text);
```

`migrations/20250201000000_orders_status.sql`
```sql
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;  -- finding
```

Use instead:

`migrations/20250201000000_orders_status.sql`
```sql
-- Fill `status` in batches. A later migration validates the constraint and sets NOT NULL.
ALTER TABLE orders ADD CONSTRAINT status_not_null CHECK (status IS NOT NULL) NOT VALID;
```

## Fix
A new column is added without NOT NULL; in PostgreSQL with a CHECK that is not validated at first, so that new rows obey at once. Before
`SET NOT NULL` such a CHECK is added and then validated, which blocks nobody, so that it need not read the table any more; the migration is
made to run outside a transaction for that. Tools that send a file as one text, such as sqlx, or keep their transaction, such as Flyway,
would hold the lock of the CHECK while it is validated: there it takes the place of `SET NOT NULL`, and a later migration does the rest. Not
safe: rows that hold NULL must be filled. For Prisma there is none, because the model would have to change first.

## References
squawk, adding-required-field and adding-not-nullable-field · PostgreSQL documentation, ALTER TABLE, Notes
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix
from architrave.model.graph import Model
from architrave.model.migrations import Step
from architrave.model.schema import quoted
from architrave.rule import fix, rule
from architrave.text import Location

_COMMENTS = {"sql": "--", "python": "#"}


@rule(severity="warning", since="0.1")
def migration_not_null(model: Model, *, newest: int = 5) -> Iterator[Finding]:
    for step in model.data.steps:
        operation = step.operation
        if step.is_new_table or step.file.age >= newest or operation.kind not in ("add_column", "set_not_null"):
            continue
        problem = _problem(step, model.data.engine(step.file.path))
        if problem is not None:
            message, evidence = problem
            yield Finding(
                Location(step.file.path, operation.span),
                message,
                f"{operation.table}.{operation.column} NOT NULL",
                evidence,
                fix=_fix(model, step, model.data.engine(step.file.path)),
            )


def _problem(step: Step, engine: str) -> tuple[str, tuple[str, ...]] | None:
    operation = step.operation
    name = f"{operation.table}.{operation.column}"
    if operation.kind == "set_not_null":
        was_nullable = step.before is not None and step.before.is_nullable
        if engine != "postgresql" or step.has_check or not was_nullable:
            return None
        return f"`SET NOT NULL` on `{name}` reads the whole table under an exclusive lock", ("SET NOT NULL", "no validated CHECK")
    if operation.is_nullable or operation.is_primary_key or engine == "mysql":
        return None
    if not operation.has_default:
        return f"`{name}` is added NOT NULL without a default: it fails on a table with rows", ("NOT NULL", "no DEFAULT")
    if not operation.default_is_constant and engine == "postgresql":
        return f"`{name}` is added with a default that differs from row to row: the table is rewritten under a lock", ("DEFAULT",)
    return None


def _fix(model: Model, step: Step, engine: str) -> Fix | None:
    if step.file.migration.tool in ("prisma", "drizzle") or step.operation.statement_span is None:  # The model has to say it, too.
        return None
    if step.operation.kind == "add_column":
        return _added_nullable(model, step, engine)
    return _checked_first(step) if step.apart is not None else _checked_later(model, step)


def _added_nullable(model: Model, step: Step, engine: str) -> Fix | None:
    operation, path = step.operation, step.file.path
    if not operation.fix or operation.has_default:
        return None
    checked = step.written(_check(step)) if engine == "postgresql" else []
    hint = _hint(model, step, "validates the constraint and sets NOT NULL" if checked else "sets NOT NULL")
    title = "Add it nullable, with a CHECK for new rows" if checked else "Add it nullable"
    if checked and path.endswith(".sql"):
        return fix(title, path, (*operation.fix, step.followed_by(hint, *checked)))
    return fix(title, path, (*operation.fix, Replacement(step.statement, "\n".join((*checked, hint)), "after")))


def _checked_first(step: Step) -> Fix | None:
    table, name = quoted(step.operation.table), _constraint(step)
    before = step.written(_check(step), f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    after = step.written(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    if not before:
        return None
    first = Replacement(step.statement, "\n".join(step.alone(before)), "before")
    return fix("Validate a CHECK first", step.file.path, (*(step.apart or ()), first, step.followed_by(*after)))


def _checked_later(model: Model, step: Step) -> Fix | None:
    """The lock that adds the constraint would be held while the table is read, so that is left to another migration."""
    checked = step.written(_check(step))
    others = [item for item in step.file.operations if item.statement_span == step.operation.statement_span]
    if not checked or len(others) > 1:
        return None
    hint = _hint(model, step, "validates the constraint and sets NOT NULL")
    edit = Replacement(step.statement, f"{hint}\n{checked[0].removesuffix(';')}")
    return fix("Add a CHECK for new rows, and leave the rest to a later migration", step.file.path, (edit,))


def _hint(model: Model, step: Step, rest: str) -> str:
    mark = _COMMENTS.get(model.files.get(step.file.path, ""), "//")
    return f"{mark} Fill `{step.operation.column}` in batches. A later migration {rest}."


def _constraint(step: Step) -> str:
    return quoted(f"{step.operation.column}_not_null")


def _check(step: Step) -> str:
    table, column = quoted(step.operation.table), quoted(step.operation.column)
    return f"ALTER TABLE {table} ADD CONSTRAINT {_constraint(step)} CHECK ({column} IS NOT NULL) NOT VALID"
