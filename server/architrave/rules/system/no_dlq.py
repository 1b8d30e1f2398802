"""A queue has no place for messages that cannot be worked on.

## Why it matters
One message that its consumer can never work on, for a field that is missing or a row that is gone, fails every time it is delivered.
Without a dead letter queue it either comes back at once and for ever, and takes the place of those behind it, or it is thrown away and
nobody knows that it was there. With one it is set aside after some attempts, can be counted and looked at, and sent again when the fault is
mended. Queues of RabbitMQ count where the workspace works on what they hold.

## Example

### Terraform, SQS

`deploy/queues.tf`
```hcl
resource "aws_sqs_queue" "orders" {  # finding
  name                       = "orders"
  visibility_timeout_seconds = 30
}
```

Use instead:

`deploy/queues.tf`
```hcl
resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = 30
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.orders_dead.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "orders_dead" {
  name = "orders-dead"
}
```

### Python, RabbitMQ

`app/consumer.py`
```python
import pika

channel = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq")).channel()
channel.queue_declare(queue="orders", durable=True)  # finding


def on_message(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(queue="orders", on_message_callback=on_message)
```

Use instead:

`app/consumer.py`
```python
import pika

channel = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq")).channel()
channel.queue_declare(queue="orders", durable=True, arguments={"x-dead-letter-exchange": "orders.dead"})


def on_message(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(queue="orders", on_message_callback=on_message)
```

### TypeScript, RabbitMQ

`src/consumer.ts`
```typescript
import amqp from "amqplib";

export async function run(url: string) {
  const channel = await (await amqp.connect(url)).createChannel();
  await channel.assertQueue("orders", { durable: true });  // finding
  await channel.consume("orders", (message) => channel.ack(message!));
}
```

Use instead:

`src/consumer.ts`
```typescript
import amqp from "amqplib";

export async function run(url: string) {
  const channel = await (await amqp.connect(url)).createChannel();
  await channel.assertQueue("orders", { durable: true, deadLetterExchange: "orders.dead" });
  await channel.consume("orders", (message) => channel.ack(message!));
}
```

### Go, RabbitMQ

`consumer.go`
```go
package orders

import amqp "github.com/rabbitmq/amqp091-go"

func Run(channel *amqp.Channel) error {
	if _, err := channel.QueueDeclare("orders", true, false, false, false, nil); err != nil {  // finding
		return err
	}
	_, err := channel.Consume("orders", "", false, false, false, false, nil)
	return err
}
```

Use instead:

`consumer.go`
```go
package orders

import amqp "github.com/rabbitmq/amqp091-go"

func Run(channel *amqp.Channel) error {
	dead := amqp.Table{"x-dead-letter-exchange": "orders.dead"}
	if _, err := channel.QueueDeclare("orders", true, false, false, false, dead); err != nil {
		return err
	}
	_, err := channel.Consume("orders", "", false, false, false, false, nil)
	return err
}
```

## Fix
In Terraform the queue gets a redrive policy, and a queue for it. Not safe: somebody has to look at what lands there. None in code: RabbitMQ
refuses to declare a queue that is there with other arguments, so the old one has to go first, or a policy of the broker has to say it.

## References
G. Hohpe and B. Woolf, Enterprise Integration Patterns, Dead Letter Channel · Amazon SQS Developer Guide, Dead-letter queues · RabbitMQ
documentation, Dead Letter Exchanges
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.messaging import QueueDeclaration
from architrave.findings import Finding, Related
from architrave.model.graph import Model
from architrave.model.tools import is_test, is_tool
from architrave.regexes import regex
from architrave.rule import fix, rule

_SET_ASIDE = regex(r"(^|[^a-z])(dlq|dlx|dead|deadletters?|parking|errors?|failed|failures?|retry|retries)([^a-z]|$)", re.IGNORECASE)


@rule(severity="warning", since="0.1")
def no_dlq(model: Model) -> Iterator[Finding]:
    declared: dict[tuple[str, str], list[tuple[str, QueueDeclaration]]] = {}
    for path, queue in model.each(QueueDeclaration):
        if queue.name and not is_test(path) and not is_tool(model, path):
            declared.setdefault((queue.broker, queue.name), []).append((path, queue))
    for (broker, name), queues in sorted(declared.items()):
        if _SET_ASIDE.search(name) or any(queue.has_dead_letter is not False for _, queue in queues):
            continue
        path, queue = queues[0]
        consumers = [(where, item) for where, item in model.messaging.subscribers.get(name, ()) if item.broker == broker]
        if broker == "rabbitmq" and (queue.is_durable is not True or not consumers):
            continue  # What nobody here works on, or what ends with its connection.
        related = tuple(Related(model.at(where, item.span), "messages are worked on here") for where, item in consumers)
        yield Finding(
            model.at(path, queue.span),
            f"`{name}` has no dead letter queue: a message that cannot be worked on comes back for ever, or is lost",
            f"queue {name}",
            ("no redrive_policy" if broker == "sqs" else "no x-dead-letter-exchange",),
            related,
            fix("Set messages aside after five attempts", path, queue.fix),
            None if broker == "sqs" else "information",  # A policy of the broker may say it.
        )
