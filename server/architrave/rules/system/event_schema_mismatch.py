"""A consumer reads a field of a message that no publisher of its topic sends.

## Why it matters
Nothing holds the two sides of a topic together: they are built, tested and deployed by themselves, and each of them is right. A field that
was renamed on one side arrives as nothing on the other. The consumer fails on every message, or, where missing fields are allowed, works on
with 0 and null: parcels without an address, invoices over nothing.

Both sides have to be known: all publishers of the topic in the workspace write an object whose keys are literal, or a class whose fields
are; and no message of that broker is sent to a topic that cannot be known. What a consumer asks for first (`.get`, `in`, `??`, optional
types) may be missing.

## Example

### Python and TypeScript

`orders/src/publish.ts`
```typescript
import amqp from "amqplib";

const connection = await amqp.connect(process.env.AMQP_URL!);
const channel = await connection.createChannel();

export function placed(order: { id: number; total: number }) {
  channel.sendToQueue("orders.placed", Buffer.from(JSON.stringify({ orderId: order.id, total: order.total })));
}
```

`billing/consumer.py`
```python
import json

import pika


def on_placed(channel, method, properties, body):
    event = json.loads(body)  # finding
    invoice(event["order_id"], event["total"])
    channel.basic_ack(delivery_tag=method.delivery_tag)


channel = pika.BlockingConnection().channel()
channel.basic_consume(queue="orders.placed", on_message_callback=on_placed)
```

Use instead:

`billing/consumer.py`
```python
import json

import pika


def on_placed(channel, method, properties, body):
    event = json.loads(body)
    invoice(event["orderId"], event["total"])
    channel.basic_ack(delivery_tag=method.delivery_tag)


channel = pika.BlockingConnection().channel()
channel.basic_consume(queue="orders.placed", on_message_callback=on_placed)
```

### Go

`orders/publish.go`
```go
package orders

import (
	"encoding/json"

	amqp "github.com/rabbitmq/amqp091-go"
)

type Placed struct {
	ID    int `json:"order_id"`
	Total int `json:"total_cents"`
}

func Publish(channel *amqp.Channel, id, total int) error {
	body, _ := json.Marshal(Placed{ID: id, Total: total})
	return channel.Publish("", "orders.placed", false, false, amqp.Publishing{Body: body})
}
```

`billing/consume.go`
```go
package billing

import (
	"encoding/json"

	amqp "github.com/rabbitmq/amqp091-go"
)

type Order struct {
	ID    int `json:"order_id"`
	Total int `json:"total"`
}

func Consume(channel *amqp.Channel) {
	deliveries, _ := channel.Consume("orders.placed", "", false, false, false, false, nil)
	for delivery := range deliveries {
		var order Order
		json.Unmarshal(delivery.Body, &order)  // finding
		delivery.Ack(false)
	}
}
```

Use instead:

`billing/consume.go`
```go
package billing

import (
	"encoding/json"

	amqp "github.com/rabbitmq/amqp091-go"
)

type Order struct {
	ID    int `json:"order_id"`
	Total int `json:"total_cents"`
}

func Consume(channel *amqp.Channel) {
	deliveries, _ := channel.Consume("orders.placed", "", false, false, false, false, nil)
	for delivery := range deliveries {
		var order Order
		json.Unmarshal(delivery.Body, &order)
		delivery.Ack(false)
	}
}
```

### Java and Rust

`shipping/src/publish.rs`
```rust
use rdkafka::producer::{FutureProducer, FutureRecord};

pub async fn dispatched(producer: &FutureProducer, id: i64) {
    let body = serde_json::json!({ "shipment_id": id }).to_string();
    producer.send(FutureRecord::<str, _>::to("shipments.dispatched").payload(&body), None).await;
}
```

`billing/src/main/java/com/shop/ShipmentListener.java`
```java
package com.shop;

import org.springframework.kafka.annotation.KafkaListener;

class ShipmentListener {
    record Dispatched(long shipmentId) {}

    @KafkaListener(topics = "shipments.dispatched")
    void dispatched(Dispatched event) {  // finding
        System.out.println(event.shipmentId());
    }
}
```

Use instead:

`billing/src/main/java/com/shop/ShipmentListener.java`
```java
package com.shop;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.springframework.kafka.annotation.KafkaListener;

class ShipmentListener {
    record Dispatched(@JsonProperty("shipment_id") long shipmentId) {}

    @KafkaListener(topics = "shipments.dispatched")
    void dispatched(Dispatched event) {
        System.out.println(event.shipmentId());
    }
}
```

## Fix
None: which of the two sides is right the code does not say.

## References
AsyncAPI Specification 3.0, Message Object · Confluent documentation, Schema Evolution and Compatibility
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from architrave.facts.code import Field
from architrave.facts.messaging import MessageBody, Publish, Subscribe
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.shapes import is_demanded, json_type, shape_of
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import rule
from architrave.text import Location

_COMPUTED = regex(r"[{}$*#?+^\s<>()\[\]]")
_LETTERS = regex(r"[^a-z0-9]")


class _Side(NamedTuple):
    """What is written, or read, at a place: the fields and their types in JSON, "" where that is not known."""

    location: Location
    fields: dict[str, str]


@rule(severity="warning", since="0.1")
def event_schema_mismatch(model: Model) -> Iterator[Finding]:
    published: dict[str, list[tuple[str, Publish]]] = defaultdict(list)
    vague: set[str] = set()  # Brokers that messages are sent through to topics that are not known.
    for path, message in model.messaging.publishes:
        if not message.topic or _COMPUTED.search(message.topic):
            vague.add(message.broker)
        else:
            published[message.topic].append((path, message))
    for path, consumer in model.messaging.subscribes:
        topic = consumer.topic
        publishers = [item for item in published.get(topic, ()) if consumer.broker in (item[1].broker, "unknown")]
        if not publishers or is_test(path) or is_tool(model, path) or consumer.broker in vague:
            continue
        sent = [_sent(model, where, message) for where, message in publishers]
        read = _read(model, path, consumer)
        if read is not None and None not in sent:
            yield from _compared(topic, read, [side for side in sent if side is not None], consumer)


def _sent(model: Model, path: str, message: Publish) -> _Side | None:
    """Return what a message is made of; None where not all of it is known."""
    bodies = [body for body in model.of(path, MessageBody) if body.direction == "sent" and body.function == message.function]
    others = model.inside((path, message.function), Publish)
    if len(bodies) > 1 and len(others) > 1:  # Each is written in the call that sends it.
        bodies = [body for body in bodies if _is_inside(message, body, others)]
    if len(bodies) != 1 or not bodies[0].is_whole:
        return None
    if not bodies[0].type:
        return _Side(model.at(path, bodies[0].span), dict.fromkeys(bodies[0].fields, ""))
    shape = shape_of(model, path, bodies[0].type, is_answer=True)
    return _Side(model.at(path, bodies[0].span), _types(shape.fields)) if shape is not None else None


def _is_inside(message: Publish, body: MessageBody, others: Sequence[Publish]) -> bool:
    starts = sorted(item.span.start for item in others if item.span.chunk == message.span.chunk)
    following = next((start for start in starts if start > message.span.start), None)
    is_before = following is None or body.span.start < following
    return body.span.chunk == message.span.chunk and message.span.start <= body.span.start and is_before


def _read(model: Model, path: str, consumer: Subscribe) -> _Side | None:
    place = model.classes.find(path, consumer.handler) if consumer.handler else None
    where, function = (place.path, place.name) if place is not None else (path, consumer.handler or consumer.function)
    bodies = [body for body in model.of(where, MessageBody) if body.direction == "read" and body.function == function]
    if len(bodies) != 1:
        return None
    if not bodies[0].type:
        return _Side(model.at(where, bodies[0].span), dict.fromkeys(bodies[0].fields, ""))
    shape = shape_of(model, where, bodies[0].type, is_answer=False)
    if shape is None:
        return None
    demanded = {name: item for name, item in shape.fields.items() if _is_expected(*item)}
    return _Side(model.at(where, bodies[0].span), _types(demanded))


def _is_expected(path: str, field: Field) -> bool:
    if path.endswith(".rs"):
        return is_demanded(path, field)
    marks = {mark.name.rpartition(".")[2] for mark in field.decorators}
    is_optional = field.type.startswith(("*", "Optional")) or "Nullable" in marks or "JsonAlias" in marks
    return not is_optional and not any("omitempty" in str(part.value) for mark in field.decorators for part in mark.arguments)


def _types(fields: dict[str, tuple[str, Field]]) -> dict[str, str]:
    return {name: json_type(field.type) for name, (_, field) in fields.items()}


def _compared(topic: str, read: _Side, sent: list[_Side], consumer: Subscribe) -> Iterator[Finding]:
    known: dict[str, str] = {name: kind for side in sent for name, kind in side.fields.items()}
    missing = [name for name in read.fields if name not in known]
    related = tuple(Related(side.location, f"sends {', '.join(f'`{name}`' for name in list(side.fields)[:8])}") for side in sent[:3])
    if missing and known:
        plain = {_LETTERS.sub("", name.lower()): name for name in known}
        like = plain.get(_LETTERS.sub("", missing[0].lower()))
        instead = f"; `{like}` is sent" if like else ""
        names = ", ".join(f"`{name}`" for name in missing[:4])
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        yield Finding(
            read.location,
            f"{names} {are} read from `{topic}`, and nobody sends {them}{instead}",
            f"message {topic} {consumer.handler or consumer.function}",
            tuple(f"nobody sends {name}" for name in missing),
            related,
        )
        return
    for name, kind in read.fields.items():
        other = known.get(name, "")
        if kind and other and kind != other and {kind, other} != {"integer", "number"}:
            yield Finding(
                read.location,
                f"`{name}` of `{topic}` is sent as {other} and read as {kind}",
                f"message {topic} {name}",
                (f"{name}: {other}, {kind}",),
                related,
            )
            return
