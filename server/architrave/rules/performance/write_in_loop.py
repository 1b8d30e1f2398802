"""Rows are written one statement at a time in a loop.

## Why it matters
Each row costs a round trip to the database: at 1 ms each, an import of ten thousand rows waits ten seconds, and holds its connection and
its locks for as long. One statement with all rows, or a batch of them, takes a fraction of that. What is written in chunks already is left
alone, as are loops that ask the database for something else of each row, loops that go on after a row has failed, migrations and seeds.

## Example

### Python, Django

`shop/orders.py`
```python
from shop.models import Line


def place(order, items):
    for item in items:
        Line.objects.create(order=order, sku=item.sku)  # finding
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
```

Use instead:

`shop/orders.py`
```python
from shop.models import Line


def place(order, items):
    Line.objects.bulk_create([Line(order=order, sku=item.sku) for item in items])
```

### Python, psycopg

`app/orders.py`
```python
import psycopg


def place(connection: psycopg.Connection, order, items):
    with connection.cursor() as cursor:
        for item in items:
            cursor.execute("INSERT INTO lines (order_id, sku) VALUES (%s, %s)", (order.id, item.sku))  # finding
```

Use instead:

`app/orders.py`
```python
import psycopg


def place(connection: psycopg.Connection, order, items):
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO lines (order_id, sku) VALUES (%s, %s)", [(order.id, item.sku) for item in items])
```

### Python, SQS

`app/labels.py`
```python
import boto3

sqs = boto3.client("sqs")


def print_labels(orders):
    for order in orders:
        sqs.send_message(QueueUrl="labels", MessageBody=order.reference)  # finding
```

Use instead:

`app/labels.py`
```python
from itertools import batched

import boto3

sqs = boto3.client("sqs")


def print_labels(orders):
    for batch in batched(orders, 10):
        entries = [{"Id": str(number), "MessageBody": order.reference} for number, order in enumerate(batch)]
        sqs.send_message_batch(QueueUrl="labels", Entries=entries)
```

### TypeScript, Prisma

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function place(orderId: number, items: Item[]) {
  for (const item of items) {
    await prisma.line.create({ data: { orderId, sku: item.sku } });  // finding
  }
}
```

Use instead:

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function place(orderId: number, items: Item[]) {
  await prisma.line.createMany({ data: items.map((item) => ({ orderId, sku: item.sku })) });
}
```

### TypeScript, TypeORM

`src/orders.ts`
```typescript
import { Repository } from "typeorm";
import { Line } from "./line";

export class Orders {
  constructor(private readonly lines: Repository<Line>) {}

  async place(lines: Line[]) {
    for (const line of lines) {
      await this.lines.save(line);  // finding
    }
  }
}
```

Use instead:

`src/orders.ts`
```typescript
import { Repository } from "typeorm";
import { Line } from "./line";

export class Orders {
  constructor(private readonly lines: Repository<Line>) {}

  async place(lines: Line[]) {
    await this.lines.save(lines);
  }
}
```

### TypeScript, Mongoose

`src/orders.ts`
```typescript
import mongoose from "mongoose";

const Line = mongoose.model("Line", new mongoose.Schema({ sku: String }));

export async function place(items: Item[]) {
  for (const item of items) {
    await Line.create({ sku: item.sku });  // finding
  }
}
```

Use instead:

`src/orders.ts`
```typescript
import mongoose from "mongoose";

const Line = mongoose.model("Line", new mongoose.Schema({ sku: String }));

export async function place(items: Item[]) {
  await Line.insertMany(items.map((item) => ({ sku: item.sku })));
}
```

### Go, GORM

`orders.go`
```go
package orders

import "gorm.io/gorm"

type Line struct {
	ID  int64
	SKU string
}

func Place(db *gorm.DB, lines []Line) error {
	for _, line := range lines {
		if err := db.Create(&line).Error; err != nil {  // finding
			return err
		}
	}
	return nil
}
```

Use instead:

`orders.go`
```go
package orders

import "gorm.io/gorm"

type Line struct {
	ID  int64
	SKU string
}

func Place(db *gorm.DB, lines []Line) error {
	return db.CreateInBatches(&lines, 500).Error
}
```

### Java, Spring Data

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import java.util.List;

class Orders {
    private final LineRepository lines;

    Orders(LineRepository lines) {
        this.lines = lines;
    }

    void place(Order order, List<Item> items) {
        for (Item item : items) {
            lines.save(new Line(order, item.sku()));  // finding
        }
    }
}
```

Use instead:

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import java.util.List;

class Orders {
    private final LineRepository lines;

    Orders(LineRepository lines) {
        this.lines = lines;
    }

    void place(Order order, List<Item> items) {
        lines.saveAll(items.stream().map(item -> new Line(order, item.sku())).toList());
    }
}
```

### Rust, sqlx

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn place(pool: &PgPool, skus: &[String]) -> sqlx::Result<()> {
    for sku in skus {
        sqlx::query("INSERT INTO lines (sku) VALUES ($1)").bind(sku).execute(pool).await?;  // finding
    }
    Ok(())
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn place(pool: &PgPool, skus: &[String]) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO lines (sku) SELECT * FROM UNNEST($1::text[])").bind(skus).execute(pool).await?;
    Ok(())
}
```

## Fix
Where the loop does nothing else, Django's `create` becomes `bulk_create`, Prisma's `createMany`, Mongoose's `insertMany`, and what is saved
by repositories of TypeORM and Spring Data is saved in one call. Not safe: hooks and signals of single rows do not run for all of these, and
rows are all written or none.

## References
J. Yang et al., How not to Structure Your Database-Backed Web Applications, ICSE 2018 · Microsoft Azure Architecture Center, Chatty I/O
antipattern
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.code import Block, Call
from architrave.facts.data import Query
from architrave.facts.messaging import Publish
from architrave.facts.values import Argument, Mapping, Name, Replacement, Sequence, Value, names, walk
from architrave.findings import Finding, Fix, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.tools import is_one_off, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_IN_CHUNKS = regex(r"batch|chunk|page|slice|partition|bucket|group|shard", re.IGNORECASE)
# What writes many rows already, or looks for a row before it writes one.
_NOT_PLAIN = regex(r"bulk|many|batch|all$|or_?create|or_?update|upsert|^find", re.IGNORECASE)
_OWN = frozenset({"save", "saveAndFlush", "insert", "delete", "deleteById"})
_NESTED = frozenset({"connect", "connectOrCreate", "create"})
_CHAIN = regex(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")
_COLLECTIONS = ("List<", "Collection<", "Set<", "ArrayList<")
# How a library writes many rows at once.
_AT_ONCE = {
    "django": "`bulk_create`",
    "sqlalchemy": "one `execute` with a list of rows",
    "psycopg": "`executemany` or `copy`",
    "psycopg2": "`execute_values`",
    "asyncpg": "`executemany` or `copy_records_to_table`",
    "prisma": "`createMany`",
    "typeorm": "`save` of an array",
    "sequelize": "`bulkCreate`",
    "mongoose": "`insertMany`",
    "knex": "`insert` of an array",
    "drizzle": "`values` of an array",
    "gorm": "`CreateInBatches`",
    "pgx": "`CopyFrom` or `SendBatch`",
    "spring-data": "`saveAll`",
    "spring-jdbc": "`batchUpdate`",
    "diesel": "`values` of a slice",
}


@rule(severity="warning", since="0.1")
def write_in_loop(model: Model) -> Iterator[Finding]:
    seen: set[object] = set()
    for cause, finding in (*model.in_each(Query, _of_query), *model.in_each(Publish, _of_message)):
        if cause not in seen:
            seen.add(cause)
            yield finding


def _of_query(model: Model, path: str, query: Query) -> Iterator[tuple[object, Finding]]:
    if query.kind not in ("insert", "delete") or query.loop is None or not query.keyed_by or _runs_once(model, path):
        return
    place = Place(path, query.function)
    loop = next((block for block in model.of_file(path, Block, _loops) if block.span == query.loop), None)
    if loop is None or _is_small_or_chunked(loop, query.keyed_by) or _asks_more(model, path, query, loop):
        return
    methods = tuple(_methods(model, place, query))
    if any(_NOT_PLAIN.search(name) for name in methods):
        return
    if query.library == "spring-data" and _OWN.isdisjoint(methods):  # It may be called a repository and have no database.
        return
    if (query.dynamic and not query.tables and not query.model) or _writes_more(model, place, query):
        return  # Another table each time; or rows of other tables with each row.
    what = query.model.replace("()", "").rpartition(".")[2] or ", ".join(query.tables) or "A row"
    verb = "inserted" if query.kind == "insert" else "deleted"
    at_once = _AT_ONCE.get(query.library, "one statement with many rows") if query.kind == "insert" else "one DELETE for all keys"
    finding = Finding(
        model.at(path, query.span),
        f"`{what}` is {verb} once for every `{query.keyed_by}` of a loop",
        f"{query.function}: {verb} {what} by {query.keyed_by}",
        (f"for {query.keyed_by} in …", f"{at_once} does it at once"),
        (Related(model.at(path, loop.span), "the loop"),),
        _at_once(model, place, query, loop),
        "information" if query.result else None,  # What the database gives back is used row by row.
    )
    yield (path, loop.span, what), finding


def _of_message(model: Model, path: str, message: Publish) -> Iterator[tuple[object, Finding]]:
    if message.broker not in ("sqs", "sns") or _runs_once(model, path):
        return
    call = next((call for call in model.calls.inside(Place(path, message.function)) if call.name_span.end == message.span.end), None)
    if call is None:
        call = next((call for call in model.calls.inside(Place(path, message.function)) if call.span == message.span), None)
    within = [block for block in model.of_file(path, Block, _loops) if call is not None and block.span.contains(call.span)]
    if call is None or not within or "batch" in call.callee.lower():
        return
    loop = within[-1]
    used = {name.partition(".")[0] for argument in call.arguments for name in names(argument.value)}
    if len(loop.variables) != 1 or loop.variables[0] not in used or _is_small_or_chunked(loop, loop.variables[0]):
        return
    finding = Finding(
        model.at(path, message.span),
        f"A message is sent once for every `{loop.variables[0]}` of a loop",
        f"{message.function}: message to {message.topic or message.broker} by {loop.variables[0]}",
        (f"for {loop.variables[0]} in …", f"{message.broker.upper()} takes ten in one request"),
        (Related(model.at(path, loop.span), "the loop"),),
        severity="information",
    )
    yield (path, loop.span, message.topic), finding


def _calls(model: Model, place: Place, query: Query) -> Iterator[Call]:
    return (call for call in model.calls.inside(place) if call.span == query.span or call.name_span.end == query.span.end)


def _methods(model: Model, place: Place, query: Query) -> Iterator[str]:
    for call in _calls(model, place, query):
        yield call.written.rpartition(".")[2] or call.callee.rpartition(".")[2]


def _writes_more(model: Model, place: Place, query: Query) -> bool:
    """Whether a `create` of Prisma writes or joins rows of other tables too, which no `createMany` can."""
    if query.library != "prisma":
        return False
    given = (argument.value for call in _calls(model, place, query) for argument in call.arguments)
    values = [part for value in given for part in walk(value) if isinstance(part, Mapping)]
    return any(entry.key in _NESTED for value in values for entry in value.entries)


def _loops(path: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.kind == "loop")


def _tries(path: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.kind == "try")


def _runs_once(model: Model, path: str) -> bool:
    return is_tool(model, path) or is_one_off(model, path)


def _is_small_or_chunked(loop: Block, variable: str) -> bool:
    """Whether a loop goes through a few literals or constants, or through parts that are each written at once."""
    subject = loop.subject
    written = " ".join(names(subject)) if subject is not None else ""
    callee = getattr(subject, "callee", "")
    is_constant = isinstance(subject, Name) and subject.written.rpartition(".")[2].isupper()
    return isinstance(subject, Sequence) or is_constant or _IN_CHUNKS.search(f"{variable} {written} {callee}") is not None


def _asks_more(model: Model, path: str, query: Query, loop: Block) -> bool:
    """Whether the loop asks for something of each row too, or lets one row fail without the others."""
    others = (item for item in model.of(path, Query) if item.loop == query.loop and item.span != query.span)
    if any(item.kind in ("select", "other") for item in others):
        return True
    place = Place(path, query.function)
    for call in model.calls.inside(place):
        target = model.calls.target(place, call) if loop.span.contains(call.span) else None
        if target is not None and any(item.function == target.name for item in model.of(target.path, Query)):
            return True
    return any(loop.span.contains(block.span) and block.span.contains(query.span) for block in model.of_file(path, Block, _tries))


def _at_once(model: Model, place: Place, query: Query, loop: Block) -> Fix | None:
    """Write all rows in one call, where the loop holds nothing but the call for one."""
    subject = loop.subject
    if query.kind != "insert" or loop.statement is None or loop.variables != (query.keyed_by,) or not isinstance(subject, Name):
        return None
    inside = model.calls.inside(place)
    statement = loop.statement
    call = next((call for call in inside if call.span.contains(query.span) and statement.contains(call.span) and call.is_discarded), None)
    if call is None or not _CHAIN.fullmatch(call.written) or not _CHAIN.fullmatch(subject.written) or len(call.arguments) == 0:
        return None
    waits = len("await ") if call.is_awaited else 0
    if call.span.start - statement.start != waits or statement.end - call.span.end > len(";"):
        return None
    written = _written(model, place, query, call, subject.written)
    if written is None:
        return None
    text, copied = written
    edit = Replacement(subject.span.until(loop.span), ("await " if waits else "") + text, "whole", copied.span)
    return fix("Write all rows at once", place.path, (edit,))


def _written(model: Model, place: Place, query: Query, call: Call, rows: str) -> tuple[str, Argument] | None:
    """Return the call that writes all rows, `{}` in the place of the argument that is given with it."""
    first, name, variable = call.arguments[0], call.written.rpartition(".")[2], query.keyed_by
    whole = Argument(call.arguments_span, first.value)
    if query.library == "django" and name == "create" and call.receiver.endswith(".objects"):
        return f"{call.receiver}.bulk_create([{call.receiver.removesuffix('.objects')}({{}}) for {variable} in {rows}])", whole
    if len(call.arguments) > 1:
        return None
    is_row = isinstance(first.value, Name) and first.value.written == variable
    type = _type(model, place, rows)
    if query.library == "spring-data" and name == "save" and type.rpartition(".")[2].startswith(_COLLECTIONS):
        return f"{call.receiver}.saveAll({rows if is_row else f'{rows}.stream().map({variable} -> {{}}).toList()'});", first
    if model.files.get(place.path) not in ("javascript", "typescript") or not (type.endswith("[]") or type.startswith("Array<")):
        return None
    if query.library == "typeorm" and name == "save" and is_row:
        return f"{call.receiver}.save({rows});", first
    if query.library == "mongoose" and name == "create" and isinstance(first.value, Mapping):
        return f"{call.receiver}.insertMany({rows}.map(({variable}) => ({{}})));", first
    data = _only_data(first.value)
    if query.library == "prisma" and name == "create" and data is not None:
        return f"{call.receiver}.createMany({{ data: {rows}.map(({variable}) => ({{}})) }});", Argument(data.span, data)
    return None


def _only_data(value: Value) -> Mapping | None:
    """Return `data` of a `create` of Prisma that writes the columns of one row and nothing else."""
    if not isinstance(value, Mapping) or len(value.entries) != 1 or value.entries[0].key != "data":
        return None
    data = value.entries[0].value
    return data if isinstance(data, Mapping) and not any(isinstance(entry.value, Mapping) for entry in data.entries) else None


def _type(model: Model, place: Place, name: str) -> str:
    definition = model.definition((place.path, place.name))
    parameters = definition.parameters if definition is not None else ()
    return next((item.type for item in parameters if item.name == name), "")
