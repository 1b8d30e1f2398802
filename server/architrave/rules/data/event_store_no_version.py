"""A table of events lets two events of one stream have the same version.

## Why it matters
In an event store the version is what keeps two writers apart: both read a stream up to version 7, both append version 8, and one of them
has to fail. Without a unique constraint on stream and version both succeed. The stream then has two truths, every projection that is built
from it picks another, and what is in an append-only table cannot be taken out again.

## Example

### SQL

`migrations/0001_events.sql`
```sql
CREATE TABLE events (
    id bigserial PRIMARY KEY,
    stream_id uuid NOT NULL,
    version integer NOT NULL,  -- finding
    type text NOT NULL,
    payload jsonb NOT NULL
);
```

Use instead:

`migrations/0001_events.sql`
```sql
CREATE TABLE events (
    id bigserial PRIMARY KEY,
    stream_id uuid NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL
);
CREATE UNIQUE INDEX events_stream_id_version_key ON events (stream_id, version);
```

### Python, SQLAlchemy

`app/models.py`
```python
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    aggregate_id: Mapped[str]
    sequence_number: Mapped[int]  # finding
    event_type: Mapped[str]
    data: Mapped[dict] = mapped_column(JSON)
```

Use instead:

`app/models.py`
```python
from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("aggregate_id", "sequence_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    aggregate_id: Mapped[str]
    sequence_number: Mapped[int]
    event_type: Mapped[str]
    data: Mapped[dict] = mapped_column(JSON)
```

### TypeScript, TypeORM

`src/event.ts`
```typescript
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity("order_events")
export class OrderEvent {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ name: "aggregate_id" })
  aggregateId!: string;

  @Column()
  version!: number;  // finding

  @Column({ name: "event_type" })
  eventType!: string;

  @Column("jsonb")
  payload!: object;
}
```

Use instead:

`src/event.ts`
```typescript
import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity("order_events")
export class OrderEvent {
  @PrimaryColumn({ name: "aggregate_id" })
  aggregateId!: string;

  @PrimaryColumn()
  version!: number;

  @Column({ name: "event_type" })
  eventType!: string;

  @Column("jsonb")
  payload!: object;
}
```

### Java, JPA

`src/main/java/com/shop/StoredEvent.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "stored_events")
public class StoredEvent {
    @Id
    private Long id;
    private String streamId;
    private long version;  // finding
    private String eventType;
    private String payload;
}
```

Use instead:

`src/main/java/com/shop/StoredEvent.java`
```java
package com.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.UniqueConstraint;

@Entity
@Table(name = "stored_events", uniqueConstraints = @UniqueConstraint(columnNames = {"stream_id", "version"}))
public class StoredEvent {
    @Id
    private Long id;
    private String streamId;
    private long version;
    private String eventType;
    private String payload;
}
```

### Go and Rust, SQL migrations

`migrations/000001_events.up.sql`
```sql
CREATE TABLE stock_events (
    id bigserial PRIMARY KEY,
    stream_id text NOT NULL,
    stream_version bigint NOT NULL,  -- finding
    event_type text NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX stock_events_stream ON stock_events (stream_id);
```

Use instead:

`migrations/000001_events.up.sql`
```sql
CREATE TABLE stock_events (
    id bigserial PRIMARY KEY,
    stream_id text NOT NULL,
    stream_version bigint NOT NULL,
    event_type text NOT NULL,
    data jsonb NOT NULL
);
CREATE UNIQUE INDEX stock_events_stream_id_stream_version_key ON stock_events (stream_id, stream_version);
CREATE INDEX stock_events_stream ON stock_events (stream_id);
```

## Fix
In SQL, where the table is made by the last migration, a unique index is made behind it. Not safe: a migration that has run does not run
again.

## References
V. Vernon, Implementing Domain-Driven Design, appendix A · C. Richardson, Microservices Patterns, Event sourcing
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.values import Replacement
from architrave.findings import Finding, Fix
from architrave.model.graph import Model
from architrave.model.schema import SchemaColumn, SchemaTable, quoted
from architrave.model.tools import is_test, is_tool
from architrave.rule import fix, rule

_STREAMS = ("stream_id", "aggregate_id", "streamid", "aggregateid", "stream_name", "aggregate_uuid", "stream_uuid", "entity_id")
_VERSIONS = (
    *("stream_version", "event_version", "aggregate_version", "sequence_number", "event_number", "version", "sequence", "revision"),
    *("stream_position", "streamversion", "aggregateversion", "sequencenumber", "event_sequence"),
)
_KINDS = frozenset({"event_type", "eventtype", "type", "event_name", "name", "kind"})
_BODIES = frozenset({"payload", "data", "body", "event", "event_data", "eventdata", "event_payload", "content", "event_body"})
_LONGEST = 63  # Of a name in PostgreSQL.


@rule(severity="warning", since="0.1")
def event_store_no_version(model: Model) -> Iterator[Finding]:
    seen: set[str] = set()
    for table in (*model.data.migrated.tables, *model.data.modelled.tables):
        name, path = table.name.lower(), table.location.path
        if name in seen or is_test(path) or is_tool(model, path) or "event" not in name or "outbox" in name or not table.is_complete:
            continue
        stream, version = _named(table, _STREAMS), _named(table, _VERSIONS)
        columns = {column.lower() for column in table.columns}
        if stream is None or version is None or not columns & _KINDS or not columns & _BODIES:
            continue
        seen.add(name)
        others = (*model.data.migrated.named(table.name), *model.data.modelled.named(table.name))
        if any(_is_kept_apart(other, stream, version) for other in others):
            continue
        yield Finding(
            version.location,
            f"`{table.name}` may hold two events with the same `{stream.name}` and `{version.name}`",
            f"{table.name} {stream.name} {version.name}",
            (f"no unique constraint on ({stream.name}, {version.name})",),
            fix=_fix(model, table, stream, version),
        )


def _named(table: SchemaTable, names: tuple[str, ...]) -> SchemaColumn | None:
    return next((column for name in names if (column := table.column(name)) is not None), None)


def _is_kept_apart(table: SchemaTable, stream: SchemaColumn, version: SchemaColumn) -> bool:
    """Whether a key or unique constraint holds both columns, and nothing but a kind of stream beside them."""
    wanted = {stream.name.lower(), version.name.lower()}
    keys = [table.primary_key, *(index.columns for index in table.indexes if index.is_unique)]
    return any(wanted <= {name.lower() for name in key} and len(key) <= len(wanted) + 2 for key in keys)


def _fix(model: Model, table: SchemaTable, stream: SchemaColumn, version: SchemaColumn) -> Fix | None:
    path = table.location.path
    made = [step for step in model.data.steps if step.file.path == path and step.operation.kind == "create_table"]
    step = next((step for step in made if step.operation.table.lower() == table.name.lower()), None)
    name = f"{table.name.rpartition('.')[2]}_{stream.name}_{version.name}_key"
    if step is None or step.file.age or not path.endswith(".sql") or len(name) > _LONGEST:
        return None
    columns = f"{quoted(stream.name)}, {quoted(version.name)}"
    statement = f"CREATE UNIQUE INDEX {quoted(name)} ON {quoted(table.name)} ({columns})"
    edits: tuple[Replacement, ...] = (step.followed_by(*step.written(statement)),)
    return fix("Let no two events have the same version", path, edits)
