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
ALTER TABLE orders ADD CONSTRAINT orders_status_not_null CHECK (status IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_status_not_null;
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT orders_status_not_null;
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
ALTER TABLE orders ADD CONSTRAINT orders_region_not_null CHECK (region IS NOT NULL) NOT VALID;
-- Fill `region` in batches. A later migration validates the constraint and sets NOT NULL.
```

### Python

`migrations/versions/0002_orders_region.py`
```python
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("orders", sa.Column("region", sa.Text(), nullable=False))  # finding
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`migrations/versions/0002_orders_region.py`
```python
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("orders", sa.Column("region", sa.Text(), nullable=False, server_default=""))
```

### TypeScript, TypeORM

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
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn("orders", "region");
  }
}
```

## Fix
For SQL that does not run in a transaction the step is split: a CHECK that is not validated at first, so that new rows obey at once, then
its validation, which blocks nobody, then `SET NOT NULL`, which now need not read the table. Not safe: rows that hold NULL must be filled.

## References
squawk, adding-required-field and adding-not-nullable-field · PostgreSQL documentation, ALTER TABLE, Notes
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.findings import Edit, Finding, Fix
from architrave.model.graph import Model
from architrave.model.migrations import Step
from architrave.model.schema import quoted
from architrave.rule import rule
from architrave.text import Location


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
                fix=_fix(step),
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


def _fix(step: Step) -> Fix | None:
    operation, file = step.operation, step.file
    alone = sum(item.statement_span == operation.statement_span for item in file.operations) == 1
    if not file.path.endswith(".sql") or operation.statement_span is None or not alone or operation.has_default:
        return None
    if file.migration.is_transactional:
        return None
    table, column = quoted(operation.table), quoted(operation.column)
    constraint = quoted(f"{operation.table.rpartition('.')[2]}_{operation.column}_not_null")
    check = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({column} IS NOT NULL) NOT VALID"
    if operation.kind == "set_not_null":
        lines = (
            check,
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}",
            f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
            f"ALTER TABLE {table} DROP CONSTRAINT {constraint}",
        )
        return Fix("Validate a CHECK first", (Edit(Location(file.path, operation.statement_span), ";\n".join(lines)),))
    added = f"ALTER TABLE {table} ADD COLUMN {column} {operation.definition};\n{check}"
    hint = f"-- Fill `{operation.column}` in batches. A later migration validates the constraint and sets NOT NULL."
    place = Location(file.path, operation.statement_span)
    return Fix("Add it nullable, with a CHECK for new rows", (Edit(place, added), Edit(place, hint, "after")))
