"""What messages are made of: JSON that is written and read in files that use a broker."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Assignment, Call, Change, Definition, Return
from architrave.facts.messaging import MessageBody
from architrave.facts.values import Invocation, Mapping, Name, Sequence, String, Value, text, walk
from architrave.framework import File, Framework

python = Framework(
    "python-message-bodies", languages=("python",), modules=("pika", "aio_pika", "kafka", "confluent_kafka", "aiokafka", "boto3", "kombu")
)
node = Framework(
    "js-message-bodies",
    languages=("javascript", "typescript"),
    modules=("amqplib", "amqp-connection-manager", "kafkajs", "@aws-sdk/client-sqs", "@aws-sdk/client-sns"),
)
go = Framework(
    "go-message-bodies",
    languages=("go",),
    modules=(
        *("github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp", "github.com/segmentio/kafka-go", "github.com/IBM/sarama"),
        *(
            "github.com/confluentinc/confluent-kafka-go",
            "github.com/nats-io/nats.go",
            "github.com/twmb/franz-go",
            "github.com/Shopify/sarama",
        ),
    ),
)
java = Framework("java-message-bodies", languages=("java",), modules=("org.springframework.kafka", "org.springframework.amqp"))
rust = Framework("rust-message-bodies", languages=("rust",), modules=("lapin", "rdkafka", "aws_sdk_sqs"))
FRAMEWORKS = (python, node, go, java, rust)

_SENDS = ("send", "convertAndSend", "sendDefault")
_LISTENERS = ("KafkaListener", "RabbitListener")
_RAW = frozenset(
    {"String", "Message", "ConsumerRecord", "byte[]", "Map", "JsonNode", "Object", "ConsumerRecords", "List", "Acknowledgment", "Channel"}
    | {"Consumer", "long", "int"}
)
_WRITER = ".writeValueAsString"


@python.call("json.dumps")
@node.call("JSON.stringify")
@go.call("encoding/json.Marshal")
@rust.call("serde_json.to_string", "serde_json.to_vec")
def written(call: Call, file: File) -> Iterator[Fact]:
    """`json.dumps({"order_id": order.id})`, `json.Marshal(OrderPlaced{…})`."""
    if not call.arguments:
        return
    given = call.arguments[0].value
    value = file.constant(given, call.function)
    if isinstance(value, Mapping):
        name = given.written if isinstance(given, Name) else ""
        later = [item.target for item in file.all(Assignment) if name and item.target.startswith(f"{name}.")]
        is_changed = bool(name) and any(item.name == name for item in file.all(Change))
        keys = tuple(entry.key for entry in value.entries if entry.key not in ("", "..."))
        more = tuple(target[len(name) + 1 :].partition(".")[0] for target in later)
        is_whole = len(keys) == len(value.entries) and not is_changed
        yield MessageBody(call.span.until(call.name_span), call.function, "sent", tuple(dict.fromkeys((*keys, *more))), "", is_whole)
    elif isinstance(value, Invocation) and file.language in ("go", "rust") and file.definition(value.callee) is not None:
        yield MessageBody(call.span.until(call.name_span), call.function, "sent", (), value.callee)
    else:
        yield MessageBody(call.span.until(call.name_span), call.function, "sent", (), "", False)


@rust.call("serde_json.json!")
def literal(call: Call, file: File) -> Iterator[Fact]:
    for item in file.near(Assignment, call.span):
        if isinstance(item.value, Mapping) and call.span.start <= item.value.span.start and item.value.span.end <= call.span.end:
            keys = tuple(entry.key for entry in item.value.entries if entry.key)
            yield MessageBody(call.span.until(call.name_span), call.function, "sent", keys)
            return
    yield MessageBody(call.span.until(call.name_span), call.function, "sent", (), "", False)


@python.call("json.loads")
@node.call("JSON.parse")
def read(call: Call, file: File) -> Iterator[Fact]:
    """What a function takes out of the one text that it reads: `event["order_id"]`, `event.orderId`."""
    if len([item for item in file.calls_in(call.function) if item.callee == call.callee]) != 1:
        return
    start = f"{call.callee}()."
    taken: list[str] = []
    asked: set[str] = set()
    for value in _values(file, call.function):
        for part in walk(value):
            if isinstance(part, Sequence):  # A choice: `event.note ?? ""`.
                asked.update(_keys(part, start))
            elif isinstance(part, Name):
                taken.extend(_keys(part, start))
    for item in file.comparisons_in(call.function):
        if item.operator == "in" and isinstance(item.left, String):
            asked.add(item.left.value)
        asked.update(key for side in (item.left, item.right) for key in _keys(side, start))
    fields = tuple(dict.fromkeys(key for key in taken if key not in asked))
    if fields:
        yield MessageBody(call.span.until(call.name_span), call.function, "read", fields)


def _values(file: File, function: str) -> Iterator[Value]:
    for call in file.calls_in(function):
        yield from (argument.value for argument in call.arguments)
    yield from (item.value for item in file.all(Assignment) if item.function == function)
    yield from (item.value for item in file.all(Return) if item.function == function)


def _keys(value: Value, start: str) -> Iterator[str]:
    for part in walk(value):
        if isinstance(part, Name) and part.name.startswith(start):
            key = part.name[len(start) :].partition(".")[0]
            if key.isidentifier() and "(" not in key:
                yield key


@go.call("encoding/json.Unmarshal")
def decoded(call: Call, file: File) -> Iterator[Fact]:
    """`json.Unmarshal(delivery.Body, &event)`."""
    target = call.arguments[1].value if len(call.arguments) == 2 else None
    if isinstance(target, Name) and target.name.endswith("()"):
        yield MessageBody(call.span.until(call.name_span), call.function, "read", (), target.name.removesuffix("()"))


@rust.every(Assignment)
def deserialized(item: Assignment, file: File) -> Iterator[Fact]:
    """`let event: OrderPlaced = serde_json::from_slice(payload)?;`."""
    value = item.value
    if item.type and item.function and isinstance(value, Invocation) and value.callee.startswith("serde_json.from_"):
        yield MessageBody(item.span, item.function, "read", (), item.type)


@java.call(*(f"*.{name}" for name in _SENDS))
def sent(call: Call, file: File) -> Iterator[Fact]:
    """`kafka.send("orders", new OrderPlaced(order.id()))`."""
    owner = call.callee.rpartition(".")[0]
    if not any(name in owner for name in ("KafkaTemplate", "RabbitTemplate", "KafkaOperations", "AmqpTemplate")) or len(call.arguments) < 2:
        return
    value = file.constant(call.arguments[-1].value, call.function)
    if isinstance(value, Invocation) and value.callee.endswith(_WRITER):
        return
    name = value.callee if isinstance(value, Invocation) else value.name.removesuffix("()") if isinstance(value, Name) else ""
    known = name if name and name.rpartition(".")[2][:1].isupper() else ""
    yield MessageBody(call.span.until(call.name_span), call.function, "sent", (), known, bool(known))


@java.every(Definition)
def listener(definition: Definition, file: File) -> Iterator[Fact]:
    if not any(mark.name.rpartition(".")[2] in _LISTENERS for mark in definition.decorators):
        return
    taken = [item for item in definition.parameters if item.type.partition("<")[0].rpartition(".")[2] not in _RAW and not item.decorators]
    payload = [item for item in definition.parameters if any(mark.name.endswith("Payload") for mark in item.decorators)]
    chosen = payload or taken
    if len(chosen) == 1 and "<" not in chosen[0].type:
        yield MessageBody(definition.name_span, definition.name, "read", (), chosen[0].type)


@java.call("*.writeValueAsString")
def mapped(call: Call, file: File) -> Iterator[Fact]:
    """`json.writeValueAsString(Map.of("order_id", order.id()))`."""
    value = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    keys = tuple(entry.key for entry in value.entries) if isinstance(value, Mapping) else ()
    is_whole = bool(keys) and all(key not in ("", "...") for key in keys)
    yield MessageBody(call.span.until(call.name_span), call.function, "sent", keys if is_whole else (), "", is_whole)


@java.call("*.readTree")
def tree(call: Call, file: File) -> Iterator[Fact]:
    """`json.readTree(message).path("order_id")`."""
    calls = file.calls_in(call.function)
    if len([item for item in calls if item.callee.endswith(".readTree")]) != 1:
        return
    taken, asked = [], set()
    for item in calls:
        owner, _, last = item.callee.rpartition(".")
        key = text(item.arguments[0].value) if len(item.arguments) == 1 else None
        if key is None or not owner.endswith((".readTree()", "JsonNode()")):
            continue
        if last in ("get", "path", "required"):
            taken.append(key)
        elif last in ("has", "hasNonNull"):
            asked.add(key)
    fields = tuple(dict.fromkeys(key for key in taken if key not in asked))
    if fields:
        yield MessageBody(call.span.until(call.name_span), call.function, "read", fields)
