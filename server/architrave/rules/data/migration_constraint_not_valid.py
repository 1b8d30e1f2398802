"""A migration adds a constraint to a table in use and checks all of its rows under the lock.

## Why it matters
`ADD FOREIGN KEY` and `ADD CHECK` read the whole table before they let go of their lock: a foreign key stops writes to both of its tables
for as long, a CHECK everything. `ADD UNIQUE` builds its index under a lock that stops even reads. On ten million rows that is the better
part of a minute in which requests pile up until the pool is empty. With `NOT VALID` the constraint holds for new rows at once, and
`VALIDATE CONSTRAINT` reads the others later beside running writes; a unique index can be built `CONCURRENTLY` and then be made the
constraint. Only the newest migrations are judged: older ones have run.

## Options
- `newest`: how many migrations, counted from the last, are judged; the folders of a service (apps of Django) share them.

## Example

### SQL

`migrations/0001_orders.sql`
```sql
CREATE TABLE customers (id bigserial PRIMARY KEY);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint, total bigint);
```

`migrations/0002_orders_customer.sql`
```sql
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id);  -- finding
--                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`migrations/0002_orders_customer.sql`
```sql
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer;
```

### SQL, a unique constraint

`migrations/0001_customers.sql`
```sql
CREATE TABLE customers (id bigserial PRIMARY KEY, email text NOT NULL);
```

`migrations/0002_customers_email.sql`
```sql
ALTER TABLE customers ADD UNIQUE (email);  -- finding
```

Use instead:

`migrations/0002_customers_email.sql`
```sql
CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);
ALTER TABLE customers ADD UNIQUE USING INDEX customers_email_key;
```

### Python, Alembic

`migrations/versions/0002_orders_customer.py`
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_foreign_key("orders_customer", "orders", "customers", ["customer_id"], ["id"])  # finding
    op.create_unique_constraint("orders_number", "orders", ["number"])  # finding
```

Use instead:

`migrations/versions/0002_orders_customer.py`
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_foreign_key("orders_customer", "orders", "customers", ["customer_id"], ["id"], postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_customer")
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY orders_number ON orders (number)")
    op.execute("ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE USING INDEX orders_number")
```

### Python, Django

`requirements.txt`
```text
django==5.2
psycopg==3.2.9
```

`shop/migrations/0002_order_total.py`
```python
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total__gte=0), name="order_total")),  # finding
    ]
```

Use instead:

`shop/migrations/0002_order_total.py`
```python
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("shop", "0001_initial")]

    operations = [
        AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(total__gte=0), name="order_total")),
        migrations.RunSQL("ALTER TABLE shop_order VALIDATE CONSTRAINT order_total", migrations.RunSQL.noop),
    ]
```

### TypeScript, TypeORM

`package.json`
```json
{ "dependencies": { "pg": "8", "typeorm": "0.3" } }
```

`src/migrations/1715028537219-OrdersBuyer.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class OrdersBuyer1715028537219 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "orders" ADD CONSTRAINT "FK_buyer" FOREIGN KEY ("buyer") REFERENCES "buyers"');  // finding
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "orders" DROP CONSTRAINT "FK_buyer"');
  }
}
```

Use instead:

`src/migrations/1715028537219-OrdersBuyer.ts`
```typescript
import { MigrationInterface, QueryRunner } from "typeorm";

export class OrdersBuyer1715028537219 implements MigrationInterface {
  transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "orders" ADD CONSTRAINT "FK_buyer" FOREIGN KEY ("buyer") REFERENCES "buyers" NOT VALID');
    await queryRunner.query('ALTER TABLE orders VALIDATE CONSTRAINT "FK_buyer"');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "orders" DROP CONSTRAINT "FK_buyer"');
  }
}
```

### Java, Flyway

`src/main/resources/db/migration/V1__orders.sql`
```sql
CREATE TABLE orders (id bigserial PRIMARY KEY, total bigint NOT NULL);
```

`src/main/resources/db/migration/V2__orders_total.sql`
```sql
ALTER TABLE orders
    ADD CONSTRAINT orders_total CHECK (total >= 0);  -- finding
```

Use instead:

`src/main/resources/db/migration/V2__orders_total.sql`
```sql
ALTER TABLE orders
    ADD CONSTRAINT orders_total CHECK (total >= 0) NOT VALID;
-- A later migration checks the rows that are there: ALTER TABLE orders VALIDATE CONSTRAINT orders_total;
```

### Prisma

`prisma/schema.prisma`
```prisma
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
```

`prisma/migrations/20250101000000_init/migration.sql`
```sql
CREATE TABLE "Customer" ("id" INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE "Order" ("id" INTEGER NOT NULL PRIMARY KEY, "customerId" INTEGER);
```

`prisma/migrations/20250201000000_customer/migration.sql`
```sql
ALTER TABLE "Order" ADD CONSTRAINT "Order_customer_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id");  -- finding
```

Use instead:

`prisma/migrations/20250201000000_customer/migration.sql`
```sql
ALTER TABLE "Order" ADD CONSTRAINT "Order_customer_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") NOT VALID;
-- A later migration checks the rows that are there: ALTER TABLE "Order" VALIDATE CONSTRAINT "Order_customer_fkey";
```

### Go, goose

`migrations/0001_orders.sql`
```sql
-- +goose Up
CREATE TABLE customers (id bigserial PRIMARY KEY);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint);
```

`migrations/0002_orders_customer.sql`
```sql
-- +goose Up
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;  -- finding

-- +goose Down
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
```

Use instead:

`migrations/0002_orders_customer.sql`
```sql
-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_id_fkey;

-- +goose Down
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
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
CREATE TABLE orders (id bigserial PRIMARY KEY, total bigint NOT NULL);
```

`migrations/20250201000000_orders_total.sql`
```sql
ALTER TABLE orders ADD CHECK (total >= 0);  -- finding
```

Use instead:

`migrations/20250201000000_orders_total.sql`
```sql
ALTER TABLE orders ADD CHECK (total >= 0) NOT VALID;
-- A later migration checks the rows that are there: VALIDATE CONSTRAINT;
```

## Fix
The constraint is added `NOT VALID`. Where the tool can run a migration outside a transaction, statement by statement, `VALIDATE CONSTRAINT`
follows; where it cannot, validating in the same file would hold the lock all the same, and a comment says what the next migration has to
do. A unique constraint gets an index that is built `CONCURRENTLY` first, where the tool lets it. Not safe: rows that break the constraint
are found at another moment.

## References
squawk, constraint-missing-not-valid and disallowed-unique-constraint · PostgreSQL documentation, ALTER TABLE, Notes
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix
from architrave.model.graph import Model
from architrave.model.migrations import Step
from architrave.model.schema import quoted
from architrave.rule import fix, rule
from architrave.text import Location

_WORDS = {"add_foreign_key": "FOREIGN KEY", "add_check": "CHECK", "add_unique": "UNIQUE"}
_SUFFIXES = {"add_foreign_key": "fkey", "add_unique": "key"}
_COMMENTS = {"sql": "--", "python": "#"}
_LONGEST = 63  # Of a name in PostgreSQL.


@rule(severity="warning", since="0.1")
def migration_constraint_not_valid(model: Model, *, newest: int = 5) -> Iterator[Finding]:
    for step in model.data.steps:
        operation = step.operation
        if operation.kind not in _WORDS or step.is_new_table or step.file.age >= newest or not operation.is_valid:
            continue
        if model.data.engine(step.file.path) != "postgresql" or _is_harmless(step):
            continue
        word = _WORDS[operation.kind]
        yield Finding(
            Location(step.file.path, operation.span),
            _message(step),
            f"{word} {operation.name or ', '.join(operation.columns)} on {operation.table}",
            (f"ADD {word}", "no USING INDEX" if operation.kind == "add_unique" else "no NOT VALID"),
            fix=_fix(model, step),
            severity="information" if _made_here(step, operation.columns) else None,  # Nothing but NULL or a default to read.
        )


def _message(step: Step) -> str:
    operation = step.operation
    if operation.kind == "add_unique":
        return f"`ADD UNIQUE` on `{operation.table}` builds its index while nobody can use the table"
    if operation.kind == "add_check":
        return f"`ADD CHECK` on `{operation.table}` reads all its rows while nobody can use the table"
    both = f" and `{operation.to}`" if operation.to and operation.to.lower() != operation.table.lower() else ""
    return f"`ADD FOREIGN KEY` on `{operation.table}` reads all its rows while writes to it{both} wait"


def _is_harmless(step: Step) -> bool:
    operation = step.operation
    if operation.kind == "add_unique":
        # Django lists all of `unique_together` again.
        return step.is_unique or operation.definition in ("using index", "altered") or operation.is_partial or not operation.columns
    # `ADD COLUMN … REFERENCES`: PostgreSQL knows that a new column holds nothing to check.
    return any(
        item.kind == "add_column" and item.column in operation.columns and item.statement_span == operation.statement_span
        for item in step.file.operations
    )


def _made_here(step: Step, columns: tuple[str, ...]) -> bool:
    made = {item.column for item in step.file.operations if item.kind == "add_column" and item.table == step.operation.table}
    return bool(columns) and made.issuperset(columns)


def _fix(model: Model, step: Step) -> Fix | None:
    operation, edits = step.operation, step.apart
    table, name = quoted(operation.table), _name(step)
    if operation.kind == "add_unique":
        return _indexed_first(step, table, name, edits) if edits is not None and name else None
    if not operation.fix:
        return None
    validate = step.written(f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(name)}") if name else []
    if edits is not None and validate:
        following = step.followed_by(*step.alone(validate))
        return fix("Check the rows that are there afterwards", step.file.path, (*edits, *operation.fix, following))
    mark = _COMMENTS.get(model.files.get(step.file.path, ""), "//")
    statement = f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(name)};" if name else "VALIDATE CONSTRAINT;"
    hint = step.followed_by(f"{mark} A later migration checks the rows that are there: {statement}")
    return fix("Leave the rows that are there to a later migration", step.file.path, (*operation.fix, hint))


def _indexed_first(step: Step, table: str, name: str, edits: tuple[Replacement, ...]) -> Fix | None:
    columns = ", ".join(quoted(column) for column in step.operation.columns)
    index = step.written(f"CREATE UNIQUE INDEX CONCURRENTLY {quoted(name)} ON {table} ({columns})")
    constraint = step.written(f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(name)}")
    if step.operation.fix:
        changed = [replace(item, text=item.text.replace("{index}", quoted(name))) for item in step.operation.fix]
    elif constraint and step.file.migration.tool == "alembic":
        changed = [Replacement(step.statement, constraint[0])]
    else:
        return None
    first = Replacement(step.statement, "\n".join(step.alone(index)), "before")
    return fix("Build the index `CONCURRENTLY` first", step.file.path, (*edits, first, *changed)) if index else None


def _name(step: Step) -> str:
    """Return the name of the constraint, as PostgreSQL gives it to one without; "" when that cannot be known."""
    operation = step.operation
    suffix = _SUFFIXES.get(operation.kind)
    if operation.name or suffix is None or not step.file.path.endswith(".sql"):
        return operation.name
    name = "_".join((operation.table.rpartition(".")[2], *operation.columns, suffix))
    return name if len(name) <= _LONGEST else ""
