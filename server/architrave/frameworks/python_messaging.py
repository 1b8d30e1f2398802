"""Brokers in Python: pika and aio-pika (RabbitMQ), kombu, kafka-python, confluent-kafka and aiokafka, boto3 (SQS)."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Assignment, Block, Call
from architrave.facts.messaging import Publish, QueueDeclaration, Subscribe
from architrave.facts.values import Argument, Boolean, Invocation, Mapping, Name, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.python.clients import hoisted
from architrave.receipts import acknowledged
from architrave.text import Span

framework = Framework(
    "python-messaging",
    languages=("python",),
    modules=("pika", "aio_pika", "kafka", "confluent_kafka", "aiokafka", "boto3", "aioboto3", "kombu"),
)

_KAFKA_CONSUMERS = ("kafka.KafkaConsumer", "aiokafka.AIOKafkaConsumer", "confluent_kafka.Consumer", "confluent_kafka.DeserializingConsumer")
_QUEUES = (".get_queue_by_name", ".create_queue", ".Queue")
_KAFKA_PRODUCERS = ("kafka.KafkaProducer", "aiokafka.AIOKafkaProducer", "confluent_kafka.Producer")


def _fields(value: Value | None) -> tuple[str, ...]:
    return tuple(entry.key for entry in value.entries if entry.key) if isinstance(value, Mapping) else ()


@framework.call("*.basic_consume")
def basic_consume(call: Call, file: File) -> Iterator[Fact]:
    queue = text(file.constant(call.argument("queue", 0), call.function)) or ""
    handler = call.argument("on_message_callback", 1)
    at = next((item for item in call.arguments if item.name in ("auto_ack", "no_ack")), None)
    given = file.constant(at.value, call.function) if at else None
    is_auto = isinstance(given, Boolean) and given.value
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", queue, "pika", handler.name if isinstance(handler, Name) else "",
        "auto" if is_auto else "manual" if at is None or isinstance(given, Boolean) else "unknown", _shown(at) if is_auto else "",
        _after(at.value.span, handler, _acknowledged(handler, file), file) if at and is_auto and isinstance(at.value, Boolean) else (),
    )  # fmt: skip


def _shown(at: Argument | None) -> str:
    return f"{at.name}=True" if at else ""


def _acknowledged(handler: Value | None, file: File) -> str:
    """Return what acknowledges in the handler of `basic_consume`; "" for one that is not known."""
    definition = file.definition(handler.name) if isinstance(handler, Name) else None
    if definition is None or len(definition.parameters) != 4:
        return ""
    return f"{definition.parameters[0].name}.basic_ack(delivery_tag={definition.parameters[1].name}.delivery_tag)"


def _after(off: Span, handler: Value | None, text: str, file: File) -> tuple[Replacement, ...]:
    """Turn automatic acknowledgement off, and acknowledge at the end of the handler, unless it does so already.

    None where its end is not known: the broker would send every message again.
    """
    name = handler.name if isinstance(handler, Name) else ""
    calls = file.calls_in(name) if file.definition(name) is not None else []
    if any(call.callee.endswith((".basic_ack", ".ack", ".process")) for call in calls):
        return (Replacement(off, "False"),)
    body = next((block for call in calls for block in file.enclosing(call.span, "function") if block.function == name), None)
    return (Replacement(off, "False"), Replacement(body.span, text, "inside")) if body is not None and text else ()


@framework.call("*.consume")
def consume(call: Call, file: File) -> Iterator[Fact]:
    declared = _declared(call.receiver, file)
    if file.imports("pika") and not declared:
        yield from _generated(call, file)
    if not file.imports("aio_pika") or (file.imports("pika") and not declared):
        return
    handler = call.argument("callback", 0)
    no_ack = next((item for item in call.arguments if item.name == "no_ack"), None)
    is_auto = no_ack is not None and isinstance(no_ack.value, Boolean) and no_ack.value.value
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", declared, "aio-pika",
        handler.name if isinstance(handler, Name) else "", "auto" if is_auto else "manual", "no_ack=True" if is_auto else "",
        _after(no_ack.value.span, handler, _awaited(handler, file), file) if no_ack and is_auto else (),
    )  # fmt: skip


def _awaited(handler: Value | None, file: File) -> str:
    """Return what acknowledges in the handler of a queue of aio-pika."""
    definition = file.definition(handler.name) if isinstance(handler, Name) else None
    is_known = definition is not None and definition.is_async and len(definition.parameters) == 1
    return f"await {definition.parameters[0].name}.ack()" if is_known and definition is not None else ""


def _generated(call: Call, file: File) -> Iterator[Fact]:
    """`for method, properties, body in channel.consume("orders")` of pika."""
    queue = text(file.constant(call.argument("queue", 0), call.function)) or ""
    at = next((item for item in call.arguments if item.name in ("auto_ack", "no_ack")), None)
    given = file.constant(at.value, call.function) if at else None
    is_auto = isinstance(given, Boolean) and given.value
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", queue, "pika", "",
        "auto" if is_auto else "manual" if at is None or isinstance(given, Boolean) else "unknown", _shown(at) if is_auto else "",
    )  # fmt: skip


@framework.call("*.iterator")
def iterator(call: Call, file: File) -> Iterator[Fact]:
    """`async with queue.iterator(no_ack=True) as messages` of aio-pika."""
    if not file.imports("aio_pika"):
        return
    no_ack = call.argument("no_ack")
    is_auto = isinstance(no_ack, Boolean) and no_ack.value
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", _declared(call.receiver, file), "aio-pika", "",
        "auto" if is_auto else "manual", "no_ack=True" if is_auto else "",
    )  # fmt: skip


@framework.call("kombu.Consumer", "kombu.messaging.Consumer", "kombu.Connection().Consumer", "kombu.Connection().SimpleQueue")
def kombu(call: Call, file: File) -> Iterator[Fact]:
    no_ack = call.argument("no_ack")
    is_auto = isinstance(no_ack, Boolean) and no_ack.value
    callbacks = file.constant(call.argument("callbacks"), call.function)
    handler = next((item for item in callbacks.items if isinstance(item, Name)), None) if isinstance(callbacks, Sequence) else None
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", "", "kombu",
        handler.name.replace("()", "") if handler is not None else "",
        "auto" if is_auto else "manual" if no_ack is None or isinstance(no_ack, Boolean) else "unknown", "no_ack=True" if is_auto else "",
        _after(no_ack.span, handler, _of_kombu(handler, file), file) if no_ack is not None and is_auto else (),
    )  # fmt: skip


def _of_kombu(handler: Value | None, file: File) -> str:
    """Return what acknowledges in a callback of kombu: `def handle(body, message)`."""
    definition = file.definition(handler.name) if isinstance(handler, Name) else None
    return f"{definition.parameters[1].name}.ack()" if definition is not None and len(definition.parameters) == 2 else ""


def _declared(receiver: str, file: File) -> str:
    for assignment in file.all(Assignment):
        if assignment.target == receiver:
            for call in file.all(Call):
                if call.span.end == assignment.value.span.end and call.callee.endswith("declare_queue"):
                    return text(call.argument("name", 0)) or ""
    return ""


@framework.call("*.basic_publish", "*.publish")
def publish(call: Call, file: File) -> Iterator[Fact]:
    is_pika = call.callee.endswith("basic_publish")
    if not is_pika and (not file.imports("aio_pika") or call.argument("routing_key", 1) is None or call.callee.startswith("redis.")):
        return
    exchange = text(file.constant(call.argument("exchange", 0 if is_pika else None), call.function)) or ""
    key = text(file.constant(call.argument("routing_key", 1), call.function)) or ""
    topic = f"{exchange}/{key}" if exchange and key else exchange or key
    yield Publish(call.span.until(call.name_span), call.function, "rabbitmq", topic, "pika" if is_pika else "aio-pika")


@framework.call("*.queue_declare", "*.declare_queue")
def declare(call: Call, file: File) -> Iterator[Fact]:
    name = text(file.constant(call.argument("queue" if call.callee.endswith("queue_declare") else "name", 0), call.function))
    if not name:
        return
    arguments = file.constant(call.argument("arguments"), call.function)
    durable = call.argument("durable")
    has_dead_letter = "x-dead-letter-exchange" in _fields(arguments) if arguments is None or isinstance(arguments, Mapping) else None
    is_durable = durable.value if isinstance(durable, Boolean) else None
    yield QueueDeclaration(call.span.until(call.name_span), "rabbitmq", name, has_dead_letter, is_durable)


@framework.call(*_KAFKA_CONSUMERS)
def kafka_consumer(call: Call, file: File) -> Iterator[Fact]:
    library = call.callee.partition(".")[0]
    config = file.constant(call.arguments[0].value, call.function) if call.arguments and library == "confluent_kafka" else None
    commit: Value | None
    if isinstance(config, Mapping):
        commit = config.get("enable.auto.commit")
        topics: list[str] = []
        assignment = file.assigned(call)
        name = assignment.target if assignment else ""
        for other in file.all(Call):
            if (
                other.receiver == name
                and other.callee.endswith(".subscribe")
                and isinstance(listed := other.argument("topics", 0), Sequence)
            ):
                topics = [known for item in listed.items if (known := text(item))]
    else:
        if library == "confluent_kafka":
            return
        commit = call.argument("enable_auto_commit")
        topics = [item.value.value for item in call.arguments if not item.name and isinstance(item.value, String)]
    commits = any(other.callee.endswith(".commit") for other in file.all(Call))
    # The default is to commit on a timer, whether or not the work is done.
    is_auto = (commit is None and not commits) or (isinstance(commit, Boolean) and commit.value)
    for topic in topics or [""]:
        yield Subscribe(
            call.span.until(call.name_span), call.function, "kafka", topic, library, "",
            "auto" if is_auto and commit is not None else "unknown" if is_auto else "manual",
            "enable_auto_commit=True" if library != "confluent_kafka" else '"enable.auto.commit": True',
            _committed(call, commit, commits, file) if is_auto and isinstance(commit, Boolean) else (),
        )  # fmt: skip


def _committed(call: Call, flag: Boolean, commits: bool, file: File) -> tuple[Replacement, ...]:
    """Turn automatic commits off, and commit at the end of the loop over the messages, unless something does so already."""
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else ""
    if commits or not name:
        return (Replacement(flag.span, "False"),) if commits else ()
    polls = [other.span for other in file.all(Call) if other.written in (f"{name}.poll", f"{name}.getone")]
    for block in file.all(Block):
        goes_through = isinstance(block.subject, Name) and block.subject.written == name
        if block.kind == "loop" and (goes_through or any(block.span.contains(span) for span in polls)):
            is_async = call.callee.startswith("aiokafka")
            return Replacement(flag.span, "False"), Replacement(block.span, f"{'await ' if is_async else ''}{name}.commit()", "inside")
    return ()


@framework.call(*(f"{producer}().{method}" for producer in _KAFKA_PRODUCERS for method in ("send", "produce", "send_and_wait")))
def kafka_publish(call: Call, file: File) -> Iterator[Fact]:
    topic = text(file.constant(call.argument("topic", 0), call.function)) or ""
    yield Publish(
        call.span.until(call.name_span), call.function, "kafka", topic, call.callee.partition(".")[0], _fields(call.argument("value", 1))
    )


@framework.call("*.send_message", "*.receive_message")
def sqs(call: Call, file: File) -> Iterator[Fact]:
    if not file.imports("boto3", "aioboto3") or call.argument("QueueUrl") is None:
        return
    url = file.constant(call.argument("QueueUrl"), call.function)
    topic = (text(url) or "").rpartition("/")[2]
    span = call.span.until(call.name_span)
    if call.callee.endswith("send_message"):
        yield Publish(span, call.function, "sqs", topic, "boto3")
    else:
        yield Subscribe(span, call.function, "sqs", topic, "boto3", "", *acknowledged(call, _deletes, file))


def _deletes(call: Call) -> bool:
    return call.callee.endswith((".delete_message", ".delete_message_batch", ".delete_messages"))


@framework.call("*.receive_messages")
def sqs_queue(call: Call, file: File) -> Iterator[Fact]:
    """`for message in queue.receive_messages()` of boto3's resources, where a message deletes itself."""
    if not file.imports("boto3", "aioboto3"):
        return
    queue = file.constant(Name(call.span, call.receiver, call.receiver), call.function)
    given = [item.value for item in queue.arguments] if isinstance(queue, Invocation) and queue.callee.endswith(_QUEUES) else []
    topic = (text(given[0]) or "").rpartition("/")[2] if given else ""
    span = call.span.until(call.name_span)
    rows = {
        name
        for block in file.near(Block, call.span)
        if block.kind == "loop" and block.function == call.function
        for name in block.variables
    }

    def deletes(other: Call) -> bool:
        return _deletes(other) or (other.callee.endswith(".delete") and other.receiver in rows)

    yield Subscribe(span, call.function, "sqs", topic, "boto3", "", *acknowledged(call, deletes, file))


@framework.call("pika.BlockingConnection", "aio_pika.connect_robust", "aio_pika.connect", *_KAFKA_CONSUMERS, *_KAFKA_PRODUCERS)
def client(call: Call, file: File) -> Iterator[Fact]:
    assignment = file.assigned(call)
    name = assignment.target if assignment else file.bound_by_with(call)
    yield Client(
        call.span.until(call.name_span), call.callee.partition(".")[0].replace("_", "-"), "queue", name, call.function, call.in_loop,
        is_cached=file.is_kept(name, call.function), hoist=hoisted(call, file),
    )  # fmt: skip


@framework.call("boto3.client", "boto3.resource", "boto3.session.Session", "aioboto3.Session")
def sdk(call: Call, file: File) -> Iterator[Fact]:
    assignment = file.assigned(call)
    name = assignment.target if assignment else ""
    yield Client(
        call.span.until(call.name_span), "boto3", "sdk", name, call.function, call.in_loop,
        is_cached=file.is_kept(name, call.function), hoist=hoisted(call, file),
    )  # fmt: skip
