"""A message is acknowledged before the work on it is done.

## Why it matters
With automatic acknowledgement the broker forgets a message when it is handed over. When the consumer then crashes, is redeployed or hits
an error, the order, the payment or the e-mail that it stood for is lost without a trace, and no retry or dead-letter queue ever sees it.
A deployment in the middle of a busy hour loses as many messages as were prefetched.

## Example

### Python

`app/worker.py`
```python
import pika
import psycopg


def handle(channel, method, properties, body):
    with psycopg.connect("dbname=shop") as connection:
        connection.execute("INSERT INTO shipments (order_id) VALUES (%s)", (body.decode(),))


def run(connection: pika.BlockingConnection) -> None:
    channel = connection.channel()
    channel.basic_consume(queue="orders.paid", on_message_callback=handle, auto_ack=True)  # finding
    channel.start_consuming()
```

Use instead:

`app/worker.py`
```python
import pika
import psycopg


def handle(channel, method, properties, body):
    with psycopg.connect("dbname=shop") as connection:
        connection.execute("INSERT INTO shipments (order_id) VALUES (%s)", (body.decode(),))
    channel.basic_ack(delivery_tag=method.delivery_tag)


def run(connection: pika.BlockingConnection) -> None:
    channel = connection.channel()
    channel.basic_consume(queue="orders.paid", on_message_callback=handle, auto_ack=False)
    channel.start_consuming()
```

### Python, Kafka

`app/worker.py`
```python
import psycopg
from confluent_kafka import Consumer


def run(settings: dict) -> None:
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "shipping", "enable.auto.commit": True})  # finding
    consumer.subscribe(["orders.paid"])
    while True:
        message = consumer.poll(1.0)
        if message is not None:
            with psycopg.connect("dbname=shop") as connection:
                connection.execute("INSERT INTO shipments (order_id) VALUES (%s)", (message.value(),))
```

Use instead:

`app/worker.py`
```python
import psycopg
from confluent_kafka import Consumer


def run(settings: dict) -> None:
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "shipping", "enable.auto.commit": False})
    consumer.subscribe(["orders.paid"])
    while True:
        message = consumer.poll(1.0)
        if message is not None:
            with psycopg.connect("dbname=shop") as connection:
                connection.execute("INSERT INTO shipments (order_id) VALUES (%s)", (message.value(),))
        consumer.commit()
```

### Python, SQS

`app/worker.py`
```python
import boto3
import requests

sqs = boto3.client("sqs")


def run(url: str) -> None:
    while True:
        answer = sqs.receive_message(QueueUrl=url)  # finding
        for message in answer["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            requests.post("https://shipping.example.com/shipments", json=message["Body"], timeout=3)
```

Use instead:

`app/worker.py`
```python
import boto3
import requests

sqs = boto3.client("sqs")


def run(url: str) -> None:
    while True:
        answer = sqs.receive_message(QueueUrl=url)
        for message in answer["Messages"]:
            requests.post("https://shipping.example.com/shipments", json=message["Body"], timeout=3)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
```

### Go

`consumer.go`
```go
package shipping

import (
	"database/sql"

	amqp "github.com/rabbitmq/amqp091-go"
)

func Run(channel *amqp.Channel, db *sql.DB) error {
	messages, err := channel.Consume("orders.paid", "", true, false, false, false, nil)  // finding
	if err != nil {
		return err
	}
	for message := range messages {
		db.Exec("INSERT INTO shipments (order_id) VALUES ($1)", string(message.Body))
	}
	return nil
}
```

Use instead:

`consumer.go`
```go
package shipping

import (
	"database/sql"

	amqp "github.com/rabbitmq/amqp091-go"
)

func Run(channel *amqp.Channel, db *sql.DB) error {
	messages, err := channel.Consume("orders.paid", "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	for message := range messages {
		db.Exec("INSERT INTO shipments (order_id) VALUES ($1)", string(message.Body))
		message.Ack(false)
	}
	return nil
}
```

### Go, Kafka

`consumer.go`
```go
package shipping

import (
	"context"
	"database/sql"

	"github.com/segmentio/kafka-go"
)

func Run(ctx context.Context, db *sql.DB) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"kafka:9092"}, GroupID: "shipping", Topic: "orders.paid"})
	for {
		message, err := reader.ReadMessage(ctx)  // finding
		if err != nil {
			return err
		}
		db.Exec("INSERT INTO shipments (order_id) VALUES ($1)", string(message.Value))
	}
}
```

Use instead:

`consumer.go`
```go
package shipping

import (
	"context"
	"database/sql"

	"github.com/segmentio/kafka-go"
)

func Run(ctx context.Context, db *sql.DB) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"kafka:9092"}, GroupID: "shipping", Topic: "orders.paid"})
	for {
		message, err := reader.FetchMessage(ctx)
		if err != nil {
			return err
		}
		db.Exec("INSERT INTO shipments (order_id) VALUES ($1)", string(message.Value))
		reader.CommitMessages(ctx, message)
	}
}
```

### TypeScript

`src/worker.ts`
```typescript
import { Channel } from "amqplib";
import { Pool } from "pg";

const pool = new Pool();

export async function run(channel: Channel) {
  await channel.consume("orders.paid", async (message) => {  // finding
    await pool.query("INSERT INTO shipments (order_id) VALUES ($1)", [message.content.toString()]);
  }, { noAck: true });
}
```

Use instead:

`src/worker.ts`
```typescript
import { Channel } from "amqplib";
import { Pool } from "pg";

const pool = new Pool();

export async function run(channel: Channel) {
  await channel.consume("orders.paid", async (message) => {
    await pool.query("INSERT INTO shipments (order_id) VALUES ($1)", [message.content.toString()]);
    channel.ack(message);
  }, { noAck: false });
}
```

### Java

`src/main/java/com/shop/Shipping.java`
```java
package com.shop;

import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.jdbc.core.JdbcTemplate;

class Shipping {
    private final JdbcTemplate jdbc;

    @RabbitListener(queues = "orders.paid", ackMode = "NONE")  // finding
    void ship(long orderId) {
        jdbc.update("INSERT INTO shipments (order_id) VALUES (?)", orderId);
    }
}
```

Use instead:

`src/main/java/com/shop/Shipping.java`
```java
package com.shop;

import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.jdbc.core.JdbcTemplate;

class Shipping {
    private final JdbcTemplate jdbc;

    @RabbitListener(queues = "orders.paid", ackMode = "AUTO")
    void ship(long orderId) {
        jdbc.update("INSERT INTO shipments (order_id) VALUES (?)", orderId);
    }
}
```

### Java, Kafka

`src/main/java/com/shop/Billing.java`
```java
package com.shop;

import org.springframework.kafka.annotation.KafkaListener;

class Billing {
    private final InvoiceRepository invoices;

    @KafkaListener(topics = "orders.paid", groupId = "billing", properties = "enable.auto.commit=true")  // finding
    void bill(Invoice invoice) {
        invoices.save(invoice);
    }
}
```

Use instead:

`src/main/java/com/shop/Billing.java`
```java
package com.shop;

import org.springframework.kafka.annotation.KafkaListener;

class Billing {
    private final InvoiceRepository invoices;

    @KafkaListener(topics = "orders.paid", groupId = "billing", properties = "enable.auto.commit=false")
    void bill(Invoice invoice) {
        invoices.save(invoice);
    }
}
```

### Rust

`src/worker.rs`
```rust
use futures::StreamExt;
use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use lapin::Channel;
use sqlx::PgPool;

pub async fn run(channel: Channel, pool: PgPool) -> Result<(), Error> {
    let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
    let mut consumer = channel.basic_consume("orders.paid", "shipping", options, FieldTable::default()).await?;  // finding
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery?;
        sqlx::query("INSERT INTO shipments (payload) VALUES ($1)").bind(&delivery.data).execute(&pool).await?;
    }
    Ok(())
}
```

Use instead:

`src/worker.rs`
```rust
use futures::StreamExt;
use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use lapin::Channel;
use sqlx::PgPool;

pub async fn run(channel: Channel, pool: PgPool) -> Result<(), Error> {
    let options = BasicConsumeOptions { no_ack: false, ..Default::default() };
    let mut consumer = channel.basic_consume("orders.paid", "shipping", options, FieldTable::default()).await?;
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery?;
        sqlx::query("INSERT INTO shipments (payload) VALUES ($1)").bind(&delivery.data).execute(&pool).await?;
        delivery.ack(lapin::options::BasicAckOptions::default()).await?;
    }
    Ok(())
}
```

## Fix
Turns automatic acknowledgement off and acknowledges, commits or deletes after the work, where its end is known or something does so
already; else none, because the broker would send every message again. It is not applied unseen: which errors should bring the message back
is a decision.

## References
RabbitMQ, "Consumer Acknowledgements and Publisher Confirms" · Apache Kafka documentation, consumer `enable.auto.commit` · Amazon SQS
Developer Guide, Visibility timeout
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import HttpCall
from architrave.facts.data import Query
from architrave.facts.messaging import Publish, Subscribe
from architrave.findings import Finding, Related
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.rule import fix, rule

_DEPTH = 2
_TITLE = "Acknowledge after the work"


@rule(severity="warning", since="0.1")
def auto_ack(model: Model) -> Iterator[Finding]:
    for path, subscribe in model.each(Subscribe):
        if subscribe.acknowledge != "auto":
            continue
        handler = model.classes.find(path, subscribe.handler) if subscribe.handler else None
        work = _work(model, handler or Place(path, subscribe.function))
        if work is None:
            continue
        topic = f"`{subscribe.topic}`" if subscribe.topic else "the queue"
        yield Finding(
            model.at(path, subscribe.span),
            f"Messages of {topic} are acknowledged before the work on them is done",
            f"{subscribe.broker} {subscribe.topic or subscribe.function}",
            tuple(part for part in (f"`{subscribe.reason}`" if subscribe.reason else "", f"the handler {work}") if part),
            fix=fix(_TITLE, path, subscribe.fix),
        )
    yield from _by_mode(model)


def _by_mode(model: Model) -> Iterator[Finding]:
    """A setting that speaks for all consumers of a service."""
    for (path, mode), consumers in model.messaging.modes.items():
        if mode.acknowledge != "auto":
            continue
        losing = [
            (where, consumer, work)
            for where, consumer in consumers
            if (work := _work(model, model.classes.find(where, consumer.handler) or Place(where, consumer.function))) is not None
        ]
        if not losing:
            continue
        topics = dict.fromkeys(f"`{consumer.topic}`" for _, consumer, _ in losing if consumer.topic)
        yield Finding(
            model.at(path, mode.span),
            f"Messages of {', '.join(topics) or 'all queues'} are acknowledged before the work on them is done",
            f"{mode.library} {mode.reason}",
            (f"`{mode.reason}`", f"`{losing[0][1].handler or losing[0][1].function}` {losing[0][2]}"),
            tuple(Related(model.at(where, consumer.span), f"it {work}") for where, consumer, work in losing),
            fix(_TITLE, path, mode.fix),
        )


def _work(model: Model, handler: Place) -> str | None:
    """Return what is lost when the handler does not end, in words; None when nothing is known to be."""
    reached = {place for place, _ in model.calls.reached(handler, _DEPTH)}
    for path, query in model.each(Query):
        if Place(path, query.function) in reached and query.kind in ("insert", "update", "delete"):
            return f"writes to `{query.tables[0]}`" if query.tables else "writes to the database"
    for path, call in model.each(HttpCall):
        if Place(path, call.function) in reached:
            return f"calls `{call.host or call.setting or 'another service'}`"
    for path, publish in model.each(Publish):
        if Place(path, publish.function) in reached:
            return f"publishes to `{publish.topic or 'a queue'}`"
    return None
