"""A table has a version for optimistic locking, and nothing looks at it.

## Why it matters
A version column is a promise: an update that read an older row fails, instead of overwriting what somebody else has written since. The
column alone does nothing. The ORM has to be told which it is, or each UPDATE has to name it in its WHERE and count it up. Until then the
last writer wins and nobody sees the loss, although everyone who reads the schema believes that it cannot happen.

## Options
- `names`: what a column for this is called; one called `version` counts where it is a whole number and part of no key.

## Example

### Java, JPA

`src/main/java/com/shop/Account.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "accounts")
public class Account {
    @Id
    private Long id;
    private long balance;
    private long version;  // finding
}
```

Use instead:

`src/main/java/com/shop/Account.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "accounts")
public class Account {
    @Id
    private Long id;
    private long balance;
    @jakarta.persistence.Version
    private long version;
}
```

### Python, SQLAlchemy

`app/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]
    lock_version: Mapped[int]  # finding
```

Use instead:

`app/models.py`
```python
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]
    lock_version: Mapped[int]
    __mapper_args__ = {"version_id_col": lock_version}
```

### TypeScript, TypeORM

`src/account.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("accounts")
export class Account {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  balance!: number;

  @Column({ type: "int", default: 1 })
  version!: number;  // finding
}
```

Use instead:

`src/account.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn, VersionColumn } from "typeorm";

@Entity("accounts")
export class Account {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  balance!: number;

  @VersionColumn()
  version!: number;
}
```

### Go, SQL

`migrations/000001_accounts.up.sql`
```sql
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, version integer NOT NULL DEFAULT 0);
```

`accounts.go`
```go
package accounts

import "database/sql"

func Set(db *sql.DB, id, balance int64) error {
	_, err := db.Exec("UPDATE accounts SET balance = $1 WHERE id = $2", balance, id)  // finding
	return err
}
```

Use instead:

`accounts.go`
```go
package accounts

import "database/sql"

func Set(db *sql.DB, id, balance, version int64) error {
	_, err := db.Exec("UPDATE accounts SET balance = $1, version = version + 1 WHERE id = $2 AND version = $3", balance, id, version)
	return err
}
```

### Rust, sqlx

`migrations/20250101000000_accounts.sql`
```sql
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, version integer NOT NULL DEFAULT 0);
```

`src/accounts.rs`
```rust
use sqlx::PgPool;

pub async fn set(pool: &PgPool, id: i64, balance: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET balance = $1 WHERE id = $2").bind(balance).bind(id).execute(pool).await?;  // finding
    Ok(())
}
```

Use instead:

`src/accounts.rs`
```rust
use sqlx::PgPool;

pub async fn set(pool: &PgPool, id: i64, balance: i64, version: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET balance = $1, version = version + 1 WHERE id = $2 AND version = $3")
        .bind(balance)
        .bind(id)
        .bind(version)
        .execute(pool)
        .await?;
    Ok(())
}
```

## Fix
JPA's `@Version` is written before the field, SQLAlchemy's `version_id_col` after it. Not safe: updates that collide fail from then on, and
their callers have to try again or say so. For the others there is none.

## References
M. Fowler, Patterns of Enterprise Application Architecture, Optimistic Offline Lock · Jakarta Persistence specification, Optimistic Locking
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.code import Field, Import
from architrave.facts.data import Query
from architrave.facts.values import Mapping, Replacement
from architrave.findings import ALSO_HERE, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.schema import SchemaColumn, SchemaTable
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_WHOLE = regex(r"(?:java\.lang\.)?(?:(?:big|small|tiny)?(?:int|integer|int[248])|long|short|number|i32|i64)\d*", re.IGNORECASE)
_NAMES = ("lock_version", "lockversion", "row_version", "rowversion", "optlock", "opt_lock", "version_lock")
_KNOWN = frozenset({"Version", "VersionColumn"})
_MAPPERS = frozenset({"jpa", "sqlalchemy", "sqlmodel", "typeorm"})  # Libraries that count up the column that they are told of.


@rule(severity="warning", since="0.1")
def version_column_unused(model: Model, *, names: tuple[str, ...] = _NAMES) -> Iterator[Finding]:
    found: dict[str, tuple[SchemaTable, SchemaColumn]] = {}
    for table in (*model.data.modelled.tables, *model.data.migrated.tables):
        column = _version(table, names)
        if column is not None and not is_test(table.location.path) and not is_tool(model, table.location.path):
            found.setdefault(table.name.lower(), (table, column))
    updates = _updates(model) if found else {}
    for name, (table, column) in found.items():
        own = updates.get(name, [])
        if any(_names(query, column) for _, query in own) or _is_told(model, table, column):
            continue
        if table.model is not None and table.library in _MAPPERS:
            yield _of_model(model, table, column)
        elif own and all(query.written and query.filters for _, query in own):
            yield _of_update(model, table, column, own)


def _updates(model: Model) -> dict[str, list[tuple[str, Query]]]:
    found: dict[str, list[tuple[str, Query]]] = {}
    for path, query in model.data.queries:
        if query.kind == "update" and not is_test(path) and not is_tool(model, path):
            for name in model.data.tables(path, query):
                found.setdefault(name.lower(), []).append((path, query))
    return found


def _version(table: SchemaTable, names: tuple[str, ...]) -> SchemaColumn | None:
    for column in table.columns.values():
        name = column.name.lower()
        if name in names:
            return column
        keys = {*table.primary_key, *(key for index in table.indexes if index.is_unique for key in index.columns)}
        is_whole = _WHOLE.fullmatch(column.type.partition(" ")[0].partition("(")[0]) is not None
        if name == "version" and is_whole and name not in {key.lower() for key in keys} and len(table.primary_key) < 2:
            return column
    return None


def _names(query: Query, column: SchemaColumn) -> bool:
    """Whether an update tests the column or counts it up."""
    named = {name.lower().rpartition(".")[2] for name in (*query.filters, *query.written)}
    return bool(named & {column.name.lower(), column.attribute.lower()})


def _is_told(model: Model, table: SchemaTable, column: SchemaColumn) -> bool:
    """Whether the ORM knows which column it is."""
    if table.model is None:
        return False
    path, owner = table.model
    for item in model.of(path, Field):
        if item.owner != owner:
            continue
        if item.name == "__mapper_args__" and (not isinstance(item.value, Mapping) or item.value.entry("version_id_col") is not None):
            return True
        if item.name == (column.attribute or column.name) and any(mark.name.rpartition(".")[2] in _KNOWN for mark in item.decorators):
            return True
    return table.location.path != column.location.path  # Handed down by a class of another file.


def _of_model(model: Model, table: SchemaTable, column: SchemaColumn) -> Finding:
    owner = table.model[1].rpartition(".")[2] if table.model is not None else table.name
    return Finding(
        column.location,
        f"`{owner}.{column.attribute or column.name}` is a version that {table.library} is not told of: the last writer wins",
        f"{table.name}.{column.name}",
        (f"{table.name} has {column.name}", "no update tests it or counts it up"),
        fix=_fix(model, table, column),
    )


def _of_update(model: Model, table: SchemaTable, column: SchemaColumn, updates: list[tuple[str, Query]]) -> Finding:
    path, query = updates[0]
    return Finding(
        model.at(path, query.span),
        f"The update of `{table.name}` neither tests nor counts up `{column.name}`: the last writer wins",
        f"{table.name}.{column.name}",
        (f"{table.name} has {column.name}", f"{len(updates)} updates, none with {column.name}"),
        (
            Related(column.location, f"`{column.name}` is declared here"),
            *(Related(model.at(where, item.span), ALSO_HERE) for where, item in updates[1:5]),
        ),
    )


def _fix(model: Model, table: SchemaTable, column: SchemaColumn) -> Fix | None:
    if table.model is None:
        return None
    path, owner = table.model
    fields = [item for item in model.of(path, Field) if item.owner == owner]
    item = next((item for item in fields if item.name == (column.attribute or column.name)), None)
    if item is None:
        return None
    if table.library == "jpa":
        imports = [each for each in model.of(path, Import) if each.module in ("jakarta.persistence", "javax.persistence")]
        package = imports[0].module if imports else "jakarta.persistence"
        is_known = any(each.name in ("Version", "*") for each in imports)
        mark = Replacement(item.span, "@Version" if is_known else f"@{package}.Version", "before")
        return fix("Tell JPA that it is the version", path, (mark,))
    if table.library in ("sqlalchemy", "sqlmodel"):
        text = f'__mapper_args__ = {{"version_id_col": {item.name}}}'
        return fix("Tell SQLAlchemy that it is the version", path, (Replacement(item.span, text, "after"),))
    return None
