"""A topic is listened to under another name than it is published under, or has one side only.

## Why it matters
A broker takes messages for any name. A consumer that misspells its topic gets nothing, and nothing fails: no exception, no log line, only
invoices that nobody sends. It is found days later, when the messages are gone. Names that differ in a letter, a separator or upper case are
raised wherever neither has another side. A topic with no likeness is raised, for information, only where the workspace holds both sides of
nearly all topics of that broker, since what it does not hold may be elsewhere.

## Options
- `external`: topics whose other side is outside the workspace, with `*` for any text.
- `share`: the share of topics that must have both sides in the workspace before one without is raised.

## Example

### TypeScript and Java, Kafka

`orders/src/events.ts`
```typescript
import { Kafka } from "kafkajs";

const producer = new Kafka({ brokers: ["kafka:9092"] }).producer();

export async function cancelled(id: string) {
  await producer.send({ topic: "orders.cancelled", messages: [{ value: id }] });
}
```

`billing/src/main/java/com/shop/Refunds.java`
```java
package com.shop;

import org.springframework.kafka.annotation.KafkaListener;

class Refunds {
    @KafkaListener(topics = "orders.canceled", groupId = "billing")  // finding
    //                      ^^^^^^^^^^^^^^^^^
    void refund(String id) {}
}
```

Use instead:

`billing/src/main/java/com/shop/Refunds.java`
```java
package com.shop;

import org.springframework.kafka.annotation.KafkaListener;

class Refunds {
    @KafkaListener(topics = "orders.cancelled", groupId = "billing")
    void refund(String id) {}
}
```

### Python, RabbitMQ

`orders/publisher.py`
```python
import pika

channel = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq")).channel()


def print_label(body: bytes) -> None:
    channel.basic_publish(exchange="", routing_key="print-labels", body=body)
```

`printing/consumer.py`
```python
import pika

QUEUE = "print_labels"
channel = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq")).channel()


def on_message(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(queue=QUEUE, on_message_callback=on_message)  # finding
```

Use instead:

`printing/consumer.py`
```python
import pika

QUEUE = "print-labels"
channel = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq")).channel()


def on_message(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(queue=QUEUE, on_message_callback=on_message)
```

### Go and Rust, Kafka

`stock/consumer.go`
```go
package stock

import "github.com/segmentio/kafka-go"

func Reader() *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"kafka:9092"}, Topic: "shipmentsDispatched"})  // finding
}
```

`shipping/src/events.rs`
```rust
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::time::Duration;

pub async fn dispatched(producer: &FutureProducer, id: &str) {
    let record = FutureRecord::to("shipments-dispatched").key(id).payload(id);
    producer.send(record, Duration::from_secs(5)).await.ok();
}
```

Use instead:

`stock/consumer.go`
```go
package stock

import "github.com/segmentio/kafka-go"

func Reader() *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"kafka:9092"}, Topic: "shipments-dispatched"})
}
```

## Fix
The consumer gets the name that is published, where it stands in the call or annotation itself. Not safe: it may be the publisher that is
wrong.

## References
G. Hohpe and B. Woolf, Enterprise Integration Patterns, Message Channel · AsyncAPI specification, Channel Object
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from architrave.facts.code import Call, Definition
from architrave.facts.messaging import Publish, Subscribe
from architrave.facts.values import Replacement, String, Value, walk
from architrave.findings import ALSO_HERE, Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import Span

_Facts = list[tuple[str, Publish | Subscribe]]
_COMPUTED = regex(r"[{}$*#?+^\s<>()\[\]]")
_WORDS = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SHORTEST = 8  # Of names that may differ in a letter or two and still be meant to be the same.


@rule(severity="warning", since="0.1")
def topic_orphan(model: Model, *, external: tuple[str, ...] = (), share: float = 0.7) -> Iterator[Finding]:
    published, listened = _by_topic(model.messaging.publishes), _by_topic(model.messaging.subscribes)
    lonely_out = {topic for topic in published if topic not in listened and not _is_external(topic, external)}
    lonely_in = {topic for topic in listened if topic not in published and not _is_external(topic, external)}
    misspelt: dict[str, str] = {}  # What is listened to, and what was meant.
    for topic in sorted(lonely_in):
        found = [other for other in lonely_out if _is_like(topic, other) and _may_be_one(listened[topic], published[other])]
        if len(found) == 1:
            misspelt[topic] = found[0]
            yield from _misspelt(model, topic, listened[topic], found[0], published[found[0]])
    for broker in sorted({fact.broker for side in (published, listened) for facts in side.values() for _, fact in facts}):
        ours = {topic for side in (published, listened) for topic, facts in side.items() if any(fact.broker == broker for _, fact in facts)}
        ours -= misspelt.keys()
        both = {topic for topic in ours if topic in published and (topic in listened or topic in misspelt.values())}
        if broker in ("rabbitmq", "unknown") or len(both) < 2 or len(both) < share * len(ours):
            continue  # What RabbitMQ binds to a queue is not known.
        if all(fact.topic for _, fact in model.messaging.subscribes if fact.broker == broker):
            yield from _one_sided(model, ours & lonely_out - both, published, "published, and nothing in the workspace listens to it")
        if all(fact.topic for _, fact in model.messaging.publishes if fact.broker == broker):
            yield from _one_sided(model, ours & lonely_in, listened, "listened to, and nothing in the workspace publishes it")


def _by_topic(facts: Iterable[tuple[str, Publish | Subscribe]]) -> dict[str, _Facts]:
    """Return what is known of each topic by its name; of a topic of an exchange by its routing key too."""
    found: dict[str, _Facts] = defaultdict(list)
    for path, fact in facts:
        for topic in {fact.topic, fact.topic.rpartition("/")[2]}:
            if topic and not _COMPUTED.search(topic):
                found[topic].append((path, fact))
    return dict(found)


def _is_external(topic: str, external: tuple[str, ...]) -> bool:
    return any(fnmatchcase(topic, pattern) for pattern in external)


def _may_be_one(one: _Facts, other: _Facts) -> bool:
    brokers = {fact.broker for _, fact in one} | {fact.broker for _, fact in other}
    return len(brokers - {"unknown"}) <= 1


def _is_like(one: str, other: str) -> bool:
    """Whether two names differ in case, separators, or a letter or two. Names that differ in a number are two versions."""
    if [part.lower() for part in _WORDS.findall(one)] == [part.lower() for part in _WORDS.findall(other)]:
        return True
    if re.findall(r"\d+", one) != re.findall(r"\d+", other) or min(len(one), len(other)) < _SHORTEST:
        return False
    return _distance(one.lower(), other.lower(), 2) <= 2


def _distance(one: str, other: str, most: int) -> int:
    """Return how many letters are to be put in, taken out or changed, or more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for column, mine in enumerate(other, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (letter != mine))
    return row[-1]


def _misspelt(model: Model, topic: str, consumers: _Facts, other: str, publishers: _Facts) -> Iterator[Finding]:
    path, consumer = consumers[0]
    if is_tool(model, path):
        return
    span = _literal(model, path, consumer)
    edits = (Replacement(Span(span.start + 1, span.end - 1, span.chunk), other),) if span is not None and len(consumers) == 1 else ()
    yield Finding(
        model.at(path, span or consumer.span),
        f"Nothing publishes `{topic}`; `{other}` is published, and nobody listens to it",
        f"topic {topic}",
        (f"listens to {topic}", f"publishes {other}"),
        tuple(Related(model.at(where, item.span), f"`{other}` is published here") for where, item in publishers),
        fix(f"Listen to `{other}`", path, edits),
    )


def _one_sided(model: Model, topics: set[str], side: dict[str, _Facts], message: str) -> Iterator[Finding]:
    for topic in sorted(topics):
        path, fact = side[topic][0]
        if is_tool(model, path) or fact.library == "celery":  # Tasks may be sent by a clock.
            continue
        place = _literal(model, path, fact) or fact.span
        related = tuple(Related(model.at(where, item.span), ALSO_HERE) for where, item in side[topic][1:])
        evidence = (f"{fact.broker} topic {topic}",)
        yield Finding(
            model.at(path, place), f"`{topic}` is {message}", f"topic {topic}", evidence, related, severity="information"
        )


def _literal(model: Model, path: str, fact: Publish | Subscribe) -> Span | None:
    """Return where the topic is written as a text without escapes in the call or annotation."""
    near = [span for value in _values(model, path, fact) for span in _texts(value, fact.topic)]
    return near[0] if len(near) == 1 else None


def _values(model: Model, path: str, fact: Publish | Subscribe) -> Iterator[Value]:
    for call in model.of(path, Call):
        if call.span.contains(fact.span):
            yield from (argument.value for argument in call.arguments)
    for definition in model.of(path, Definition):
        for decorator in definition.decorators:
            if decorator.span == fact.span:
                yield from (argument.value for argument in decorator.arguments)


def _texts(value: Value, text: str) -> Iterator[Span]:
    for part in walk(value):
        if isinstance(part, String) and part.value == text and part.span.end - part.span.start == len(text.encode()) + 2:
            yield part.span
