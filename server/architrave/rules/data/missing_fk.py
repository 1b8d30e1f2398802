"""A column refers to the rows of another table, and no foreign key says so.

## Why it matters
Without the key the database takes any number: rows that point to what was deleted, or never was. They come from a job that died half way,
a race of two requests, a correction by hand; they show as pages that fail for one customer, and as sums that do not agree. Every reader
of the table has to expect them from then on, and nobody can say since when.

A column counts as a reference when it is called after a table of the same service (`order_id`, `orderId` for `orders`) and has the type
of its key. It is reported where the other references of the schema have their keys: three at least, and seven of ten. Schemas that do
without foreign keys, tables of events, audits, outboxes, histories and imports, which outlive what they tell of, and references to tables
of other services are left out. Migrations and models count together.

## Options
- `share`: the share of the references of a schema that must have a key.

## Example

### SQL

`migrations/V1__shop.sql`
```sql
CREATE TABLE customers (id bigint PRIMARY KEY, referred_by text) ENGINE=InnoDB;
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id)) ENGINE=InnoDB;
CREATE TABLE order_lines (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders (id)) ENGINE=InnoDB;
CREATE TABLE addresses (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id)) ENGINE=InnoDB;
CREATE TABLE parcels (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL  -- finding
) ENGINE=InnoDB;
```

Use instead:

`migrations/V2__parcels_order_id_fkey.sql`
```sql
ALTER TABLE parcels ADD CONSTRAINT parcels_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id);
```

### SQL, PostgreSQL

`migrations/000001_shop.up.sql`
```sql
CREATE TABLE customers (id bigserial PRIMARY KEY);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id));
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE TABLE order_lines (id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders (id));
CREATE INDEX order_lines_order_id_idx ON order_lines (order_id);
CREATE TABLE addresses (id bigserial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id));
CREATE INDEX addresses_customer_id_idx ON addresses (customer_id);
CREATE TABLE parcels (id bigserial PRIMARY KEY, order_id bigint NOT NULL);  -- finding
--                                              ^^^^^^^^
```

Use instead:

`migrations/000002_parcels_order_id_idx.up.sql`
```sql
CREATE INDEX CONCURRENTLY parcels_order_id_idx ON parcels (order_id);
```

`migrations/000002_parcels_order_id_idx.down.sql`
```sql
DROP INDEX CONCURRENTLY parcels_order_id_idx;
```

`migrations/000003_parcels_order_id_fkey.up.sql`
```sql
ALTER TABLE parcels ADD CONSTRAINT parcels_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
```

`migrations/000003_parcels_order_id_fkey.down.sql`
```sql
ALTER TABLE parcels DROP CONSTRAINT parcels_order_id_fkey;
```

`migrations/000004_validate_parcels_order_id_fkey.up.sql`
```sql
ALTER TABLE parcels VALIDATE CONSTRAINT parcels_order_id_fkey;
```

`migrations/000004_validate_parcels_order_id_fkey.down.sql`
```sql
SELECT 1;
```

### Python, SQLAlchemy

`app/models.py`
```python
from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)


class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)


class OrderLine(Base):
    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)


class Parcel(Base):
    __tablename__ = "parcels"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)  # finding
```

Use instead:

`app/models.py`
```python
from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)


class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)


class OrderLine(Base):
    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)


class Parcel(Base):
    __tablename__ = "parcels"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), index=True)
```

### TypeScript, TypeORM

`src/entities.ts`
```typescript
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, JoinColumn, Index } from "typeorm";

@Entity("customers")
export class Customer {
  @PrimaryGeneratedColumn()
  id!: number;
}

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Customer)
  @JoinColumn({ name: "customer_id" })
  customer!: Customer;
}

@Entity("addresses")
export class Address {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Customer)
  @JoinColumn({ name: "customer_id" })
  customer!: Customer;
}

@Entity("order_lines")
export class OrderLine {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Order)
  @JoinColumn({ name: "order_id" })
  order!: Order;
}

@Entity("parcels")
export class Parcel {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  order_id!: number;  // finding
}
```

Use instead:

`src/entities.ts`
```typescript
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, JoinColumn, Index } from "typeorm";

@Entity("customers")
export class Customer {
  @PrimaryGeneratedColumn()
  id!: number;
}

@Entity("orders")
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Customer)
  @JoinColumn({ name: "customer_id" })
  customer!: Customer;
}

@Entity("addresses")
export class Address {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Customer)
  @JoinColumn({ name: "customer_id" })
  customer!: Customer;
}

@Entity("order_lines")
export class OrderLine {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Order)
  @JoinColumn({ name: "order_id" })
  order!: Order;
}

@Entity("parcels")
export class Parcel {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @ManyToOne(() => Order)
  @JoinColumn({ name: "order_id" })
  order!: Order;
}
```

## Fix
In SQL the next migrations add the key: an index where none begins with the column, the key `NOT VALID`, and in a migration of its own its
validation, so that nobody waits while the table is read; MySQL gets the key alone. A column of SQLAlchemy gets `ForeignKey(…)`, where
that is imported. None for the others, or where the custom of the migrations is not known. It is not applied unseen: rows that point
nowhere make it fail, and have to be mended first.

## References
B. Karwin, SQL Antipatterns, ch. 5 Keyless Entry · PostgreSQL, ALTER TABLE, NOT VALID and VALIDATE CONSTRAINT
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from architrave.facts.code import Field, Import
from architrave.facts.values import Invocation, Replacement
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.next_migration import next_migration
from architrave.model.schema import SchemaColumn, SchemaTable, quoted
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import FILE_START, Location

_WHOLE = regex(
    r"((big|small|medium|tiny)?(int|integer|serial|int[248]|number|long|short|uint|auto|autofield|i32|i64)\d*|bigserial|biginteger)\b",
    re.IGNORECASE,
)
_UUID = regex(r"uuid|uniqueidentifier", re.IGNORECASE)
_TEXT = regex(r"(var)?char|text|string|nvarchar", re.IGNORECASE)
_REFERENCE = regex(r"(?P<table>\w+?)(_id|Id|_uuid|ID)")
_OUTLIVES = regex(
    r"(^|_)(events?|audits?|logs?|logins?|histor(y|ies)|outbox(es)?|inbox(es)?|archives?|archived|snapshots?|stats?|statistics|metrics?|reports?|tmp|temp"
    r"|staging|imports?|exports?|caches?|queues?|jobs?|tasks?|views?|visits?|activit(y|ies)|analytics|notifications?|webhooks?|deliver(y|ies)|trash"
    r"|deleted|backups?|sync|revisions?|versions?|tombstones?|messages?|executions?)($|_)"
)
_FEWEST = 3  # References with a key.


@dataclass
class _Known:
    """What migrations and models say of one table of a service."""

    tables: list[SchemaTable] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, SchemaColumn]:
        return {name: column for table in reversed(self.tables) for name, column in table.columns.items()}

    def has_key(self, column: str) -> bool:
        return any(column in {name.lower() for name in item.columns} for table in self.tables for item in table.references)

    def is_indexed(self, column: str) -> bool:
        return any(table.has_index((column,)) for table in self.tables)


@rule(severity="information", since="0.1")
def missing_fk(model: Model, *, share: float = 0.7) -> Iterator[Finding]:
    services: dict[str, dict[str, _Known]] = defaultdict(dict)
    for table in (*model.data.modelled.tables, *model.data.migrated.tables):
        if table.is_complete and table.is_managed and not is_test(table.location.path):
            services[model.services.of(table.location.path)].setdefault(table.name.lower(), _Known()).tables.append(table)
    for known in services.values():
        missing, kept = [], 0
        for name, own in known.items():
            files = {table.location.path for table in own.tables}  # What a class of another file hands down is said there.
            for key, column in own.columns.items():
                if own.has_key(key):
                    kept += 1
                    continue
                target = _target(key, column, name, known)
                if target is not None and not _OUTLIVES.search(name) and column.location.path in files:
                    missing.append((own, column, target))
        if kept >= _FEWEST and kept >= share * (kept + len(missing)):
            for own, column, target in missing:
                yield _finding(model, own, column, target, kept)


def _target(key: str, column: SchemaColumn, name: str, known: dict[str, _Known]) -> SchemaTable | None:
    """Return the table that a column is called after, where it has the type of its key."""
    match = _REFERENCE.fullmatch(column.name)
    if match is None:
        return None
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", match["table"]).lower()
    for candidate in (word, f"{word}s", f"{word}es", f"{word.removesuffix('y')}ies"):
        other = known.get(candidate)
        if other is None or other is known[name]:
            continue
        target = other.tables[0]
        own = target.column(target.primary_key[0]) if len(target.primary_key) == 1 else None
        if own is not None and own.name.lower() in ("id", key) and _kind(own.type) and _kind(own.type) == _kind(column.type):
            return target
    return None


def _kind(type_: str) -> str:
    """Return whether values of a type are whole numbers, UUIDs or texts; "" when that is not known."""
    for kind, pattern in (("uuid", _UUID), ("whole", _WHOLE), ("text", _TEXT)):
        if pattern.match(type_.rpartition(".")[2]):
            return kind
    return ""


def _finding(model: Model, own: _Known, column: SchemaColumn, target: SchemaTable, kept: int) -> Finding:
    table = next(item for item in own.tables if item.column(column.name) is not None)
    return Finding(
        column.location,
        f"`{table.name}.{column.name}` refers to `{target.name}`, and no foreign key keeps it from pointing nowhere",
        f"{table.name}.{column.name}",
        (f"{kept} references of this schema have a key",),
        (Related(target.location, f"`{target.name}` is made here"),),
        fix=_in_model(model, own, table, column, target) or _in_sql(model, own, table, column, target),
    )


def _in_model(model: Model, own: _Known, table: SchemaTable, column: SchemaColumn, target: SchemaTable) -> Fix | None:
    """Add `ForeignKey("orders.id")` to the call that makes a column of SQLAlchemy."""
    if table.model is None or table.library != "sqlalchemy":
        return None
    path, owner = table.model
    made = next((item.value for item in model.of(path, Field) if item.owner == owner and item.name == column.attribute), None)
    is_known = any(item.module == "sqlalchemy" and item.alias == "ForeignKey" for item in model.of(path, Import))
    if not isinstance(made, Invocation) or not made.arguments or not is_known:
        return None
    written = f'ForeignKey("{target.name}.{target.primary_key[0]}")'
    positional = [argument for argument in made.arguments if not argument.name]
    key = Replacement(made.arguments[0].span.before, f"{written}, ")
    if positional:
        key = Replacement(positional[-1].span.after, f", {written}")
    index = () if own.is_indexed(column.name) else (Replacement(made.arguments[-1].span.after, ", index=True"),)
    if index and index[0].span == key.span:
        key, index = Replacement(key.span, f"{key.text}{index[0].text}"), ()
    return fix("Declare the foreign key", path, (key, *index))


def _in_sql(model: Model, own: _Known, table: SchemaTable, column: SchemaColumn, target: SchemaTable) -> Fix | None:
    following = next_migration(model, table.location.path) if table.engine != "sqlite" else None
    if following is None or table.model is not None:
        return None
    name, plain = quoted(table.name), f"{table.name.rpartition('.')[2]}_{column.name}"
    key, index = quoted(f"{plain}_fkey"), quoted(f"{plain}_idx")
    add = f"ALTER TABLE {name} ADD CONSTRAINT {key} FOREIGN KEY ({quoted(column.name)})"
    add += f" REFERENCES {quoted(target.name)} ({quoted(target.primary_key[0])})"
    files: dict[str, str] = {}
    if table.engine == "mysql":
        files.update(following.files(f"{plain}_fkey", f"{add};", f"ALTER TABLE {name} DROP FOREIGN KEY {key};"))
    elif table.engine == "postgresql":
        if not own.is_indexed(column.name):
            made = f"CREATE INDEX CONCURRENTLY {index} ON {name} ({quoted(column.name)});"
            files.update(following.files(f"{plain}_idx", made, f"DROP INDEX CONCURRENTLY {index};", is_alone=True))
            following = following.following
        files.update(following.files(f"{plain}_fkey", f"{add} NOT VALID;", f"ALTER TABLE {name} DROP CONSTRAINT {key};"))
        validation = f"ALTER TABLE {name} VALIDATE CONSTRAINT {key};"
        files.update(following.following.files(f"validate_{plain}_fkey", validation, "SELECT 1;"))
    edits = tuple(Edit(Location(path, FILE_START), text) for path, text in files.items())
    return Fix("Add the foreign key", edits) if edits else None
