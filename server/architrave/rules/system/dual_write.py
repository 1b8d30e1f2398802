"""Rows are written and a message is sent, with nothing that holds the two together.

## Why it matters
The database and the broker have no transaction in common. A process that ends between the two, a deployment or a broker that does not
answer leaves an order that nobody was told of, or a message about an order that does not exist. It happens in one of many thousands of
calls, and nothing shows it. With an outbox the message is a row of the same transaction, and something else sends it, again and again until
it is sent. A service that has an outbox, or whose log is read by Debezium, is left alone, as are jobs that a service sends to itself.

## Options
- `depth`: how many calls inside the workspace are followed, from the function that does both to what it does.

## Example

### Python

`app/orders.py`
```python
from confluent_kafka import Producer
from sqlalchemy.orm import Session

producer = Producer({"bootstrap.servers": "kafka:9092"})


def place(session: Session, order) -> None:
    session.add(order)
    session.commit()
    producer.produce("orders.placed", order.json())  # finding
#   ^^^^^^^^^^^^^^^^
```

Use instead:

`app/orders.py`
```python
from sqlalchemy.orm import Session

from app.models import Outbox


def place(session: Session, order) -> None:
    session.add(order)
    session.add(Outbox(topic="orders.placed", body=order.json()))
    session.commit()
```

### TypeScript

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";
import { Kafka } from "kafkajs";

const prisma = new PrismaClient();
const producer = new Kafka({ brokers: ["kafka:9092"] }).producer();

export async function place(order: Order) {
  await prisma.order.create({ data: order });
  await placed(order);  // finding
}

async function placed(order: Order) {
  await producer.send({ topic: "orders.placed", messages: [{ value: JSON.stringify(order) }] });
}
```

Use instead:

`src/orders.ts`
```typescript
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function place(order: Order) {
  await prisma.$transaction([
    prisma.order.create({ data: order }),
    prisma.outbox.create({ data: { topic: "orders.placed", body: JSON.stringify(order) } }),
  ]);
}
```

### Go

`orders.go`
```go
package orders

import (
	"context"
	"database/sql"

	"github.com/segmentio/kafka-go"
)

var writer = &kafka.Writer{Topic: "orders.placed"}

func Place(ctx context.Context, db *sql.DB, id string) error {
	if _, err := db.ExecContext(ctx, "INSERT INTO orders (id) VALUES ($1)", id); err != nil {
		return err
	}
	return writer.WriteMessages(ctx, kafka.Message{Value: []byte(id)})  // finding
}
```

Use instead:

`orders.go`
```go
package orders

import (
	"context"
	"database/sql"
)

func Place(ctx context.Context, db *sql.DB, id string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "INSERT INTO orders (id) VALUES ($1)", id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO outbox (topic, body) VALUES ('orders.placed', $1)", id); err != nil {
		return err
	}
	return tx.Commit()
}
```

### Java

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.kafka.core.KafkaTemplate;

class Orders {
    private final OrderRepository orders;
    private final KafkaTemplate<String, String> kafka;

    Orders(OrderRepository orders, KafkaTemplate<String, String> kafka) {
        this.orders = orders;
        this.kafka = kafka;
    }

    void place(Order order) {
        orders.save(order);
        kafka.send("orders.placed", order.getId());  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Orders.java`
```java
package com.shop;

import org.springframework.transaction.annotation.Transactional;

class Orders {
    private final OrderRepository orders;
    private final OutboxRepository outbox;

    Orders(OrderRepository orders, OutboxRepository outbox) {
        this.orders = orders;
        this.outbox = outbox;
    }

    @Transactional
    void place(Order order) {
        orders.save(order);
        outbox.save(new OutboxMessage("orders.placed", order.getId()));
    }
}
```

### Rust

`src/orders.rs`
```rust
use rdkafka::producer::{FutureProducer, FutureRecord};
use sqlx::PgPool;
use std::time::Duration;

pub async fn place(pool: &PgPool, producer: &FutureProducer, id: &str) -> anyhow::Result<()> {
    sqlx::query("INSERT INTO orders (id) VALUES ($1)").bind(id).execute(pool).await?;
    let record = FutureRecord::to("orders.placed").key(id).payload(id);  // finding
    producer.send(record, Duration::from_secs(5)).await.ok();
    Ok(())
}
```

Use instead:

`src/orders.rs`
```rust
use sqlx::PgPool;

pub async fn place(pool: &PgPool, id: &str) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("INSERT INTO orders (id) VALUES ($1)").bind(id).execute(&mut *tx).await?;
    sqlx::query("INSERT INTO outbox (topic, body) VALUES ('orders.placed', $1)").bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
```

## Fix
None: an outbox needs a table, and something that sends what is in it.

## References
C. Richardson, Microservices Patterns, Transactional outbox · Debezium documentation, Outbox Event Router
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.code import Call
from architrave.facts.data import Query, Transaction
from architrave.facts.deployment import Workload
from architrave.facts.messaging import Publish
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model, by_value
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location, Span

_OUTBOX = regex(r"outbox|event_?store", re.IGNORECASE)
_BROKERS = frozenset({"kafka", "rabbitmq", "sns", "sqs", "nats", "pubsub"})
_OWN_JOBS = frozenset({"celery", "bullmq"})
_COMMITS = regex(r"^(sqlalchemy|sqlmodel)\..*Session\(\)\.commit$")


@rule(severity="information", since="0.1")
def dual_write(model: Model, *, depth: int = 2) -> Iterator[Finding]:
    if any("debezium" in f"{workload.image} {' '.join(workload.command)}" for _, workload in model.each(Workload)):
        return
    seen: set[Place] = set()
    for place, finding in model.in_each(Publish, _of_message, depth):
        if place not in seen:
            seen.add(place)
            yield finding


@by_value
def _with_outbox(model: Model) -> frozenset[str]:
    """The services that keep messages, or events, as rows."""
    tables = ((table.location.path, table.name) for table in (*model.data.migrated.tables, *model.data.modelled.tables))
    named = ((place.path, place.name.rpartition(".")[2]) for place, outline in model.classes.all() if outline.kind in ("class", "struct"))
    return frozenset(model.services.of(path) for path, name in (*tables, *named) if _OUTBOX.search(name))


def _of_message(model: Model, path: str, message: Publish, depth: int) -> Iterator[tuple[Place, Finding]]:
    if message.broker not in _BROKERS or message.library in _OWN_JOBS or not message.function or is_tool(model, path) or is_test(path):
        return
    if model.services.of(path) in model.derived(_with_outbox):
        return
    place = Place(path, message.function)
    write = _write(model, place, message.span, depth)
    if write is not None:
        yield place, _finding(model, place, message.span, message, write)
        return
    seen = {place}
    frontier = [place]
    for _ in range(depth):
        following: list[Place] = []
        for current in frontier:
            for caller in model.calls.callers(current):
                if caller.place in seen or is_test(caller.place.path) or is_tool(model, caller.place.path):
                    continue
                seen.add(caller.place)
                write = _write(model, caller.place, caller.call.span, depth)
                if write is None:
                    following.append(caller.place)
                elif model.services.of(caller.place.path) not in model.derived(_with_outbox):
                    yield caller.place, _finding(model, caller.place, caller.call.span.until(caller.call.name_span), message, write)
        frontier = following


def _finding(model: Model, place: Place, span: Span, message: Publish, write: Location) -> Finding:
    topic = f"`{message.topic}`" if message.topic else f"{message.broker}"
    name = place.name.rpartition(".")[2]
    return Finding(
        model.at(place.path, span),
        f"`{name}` writes rows and sends a message to {topic}: one can happen without the other",
        f"{place.name} {message.topic or message.broker}",
        ("no outbox in this service", f"{message.library} message of {place.name}"),
        (Related(write, "rows are written here"),),
    )


def _write(model: Model, place: Place, sending: Span, depth: int) -> Location | None:
    """Return where a function, or what it calls beside what sends the message, writes rows; None too where a transaction holds both."""
    for transaction in model.inside(place, Transaction):
        if transaction.span.contains(sending) and not transaction.is_read_only:
            return None  # `data-external-call-in-txn` speaks of it.
    own = _writes(model, place)
    if own is not None:
        return own
    for call in model.calls.inside(place):
        if call.span.contains(sending) or sending.contains(call.span):
            continue
        target = model.calls.target(place, call)
        if target is None or target == place:
            continue
        for reached, _ in model.calls.reached(target, depth - 1):
            found = _writes(model, reached)
            if found is not None:
                return found
    return None


def _writes(model: Model, place: Place) -> Location | None:
    for query in model.inside(place, Query):
        if query.kind in ("insert", "update", "delete"):
            return model.at(place.path, query.span)
    call: Call | None = next((call for call in model.calls.inside(place) if _COMMITS.match(call.callee)), None)
    return model.at(place.path, call.span.until(call.name_span)) if call is not None else None
