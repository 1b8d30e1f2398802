"""Brokers in Go: amqp091-go (RabbitMQ), kafka-go, sarama and confluent-kafka-go (Kafka), the SQS client of AWS."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Block, Call
from architrave.facts.messaging import Broker, Publish, QueueDeclaration, Subscribe
from architrave.facts.values import Boolean, Function, Invocation, Mapping, Name, Null, Replacement, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.golang.clients import endpoint, holder, is_kept, url
from architrave.golang.settings import setting
from architrave.receipts import acknowledged
from architrave.text import Span

_AMQP = ("github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp")
_KAFKA_GO = "github.com/segmentio/kafka-go"
_SARAMA = ("github.com/IBM/sarama", "github.com/Shopify/sarama")
_CONFLUENT = tuple(f"github.com/confluentinc/confluent-kafka-go{version}/kafka" for version in ("/v2", ""))
_FRANZ = "github.com/twmb/franz-go/pkg/kgo"
_NATS = "github.com/nats-io/nats.go"
_OTHERS = (f"{_NATS}.", "github.com/redis/", "github.com/go-redis/")
_SQS = "github.com/aws/aws-sdk-go-v2/service/sqs"

amqp = Framework("amqp091-go", languages=("go",), modules=_AMQP)
kafka = Framework("go-kafka", languages=("go",), modules=(_KAFKA_GO, *_SARAMA, *_CONFLUENT, _FRANZ))
nats = Framework("nats.go", languages=("go",), modules=(_NATS,))
sqs = Framework("go-sqs", languages=("go",), modules=(_SQS,))
FRAMEWORKS = (amqp, kafka, nats, sqs)


def _topic(value: Value | None, file: File, function: str) -> str:
    """Return the literal name of a queue or topic; `q.Name` is the name that `q, err := ch.QueueDeclare("orders", …)` gave."""
    known = file.constant(value, function)
    found = text(known)
    if found is not None:
        return found
    if isinstance(value, Name) and value.written.endswith(".Name"):
        declared = file.constant(Name(value.span, value.name, value.written.removesuffix(".Name")), function)
        if isinstance(declared, Invocation) and declared.callee.endswith(".QueueDeclare") and declared.arguments:
            return _topic(declared.arguments[0].value, file, function)
    read = setting(value, file, function)
    return (read.default or "") if read is not None else ""


# RabbitMQ


@amqp.call("*.Consume", "*.ConsumeWithContext")
def consume(call: Call, file: File) -> Iterator[Fact]:
    at = 1 if call.callee.endswith("WithContext") else 0
    if len(call.arguments) < at + 7:
        return
    acknowledge = call.arguments[at + 2]
    given = file.constant(acknowledge.value, call.function)
    is_auto = isinstance(given, Boolean) and given.value
    loop, variable, handler = _worker(call, file)
    has_ack = any(other.callee.rpartition(".")[2] in ("Ack", "Nack", "Reject") for other in file.all(Call))
    done = _last(loop, call, file) if is_auto and loop is not None and variable and not handler and not has_ack else None
    yield Subscribe(
        call.span.until(call.name_span),
        call.function,
        "rabbitmq",
        _topic(call.arguments[at].value, file, call.function),
        "amqp091-go",
        handler,
        "auto" if is_auto else "manual" if isinstance(given, Boolean) else "unknown",
        "autoAck is true" if is_auto else "",
        _after(acknowledge.value.span, done, variable, has_ack) if is_auto and isinstance(acknowledge.value, Boolean) else (),
    )


def _after(off: Span, done: Span | None, variable: str, has_ack: bool) -> tuple[Replacement, ...]:
    """Turn automatic acknowledgement off where the work's end is known; else the broker would send every message again."""
    if has_ack:
        return (Replacement(off, "false"),)
    return (Replacement(off, "false"), Replacement(done, f"{variable}.Ack(false)", "after")) if done is not None else ()


def _worker(call: Call, file: File) -> tuple[Block | None, str, str]:
    """Return the loop over the messages, its variable, and the function that it hands each message to."""
    assignment = file.assigned(call)
    if assignment is None:
        return None, "", ""
    loop: Block | None = None
    variables: set[str] = set()
    for block in file.all(Block):
        if block.kind == "loop" and isinstance(block.subject, Name) and block.subject.written == assignment.target and block.variables:
            loop = block
            variables.add(block.variables[-1])
    for scope in (call.function, assignment.function):
        for calls in file.calls_in(scope):
            for argument in calls.arguments:
                if not isinstance(argument.value, Name):
                    continue
                head = argument.value.written.partition(".")[0]
                received = head in variables or any(
                    isinstance(item.value, Name) and item.value.written == assignment.target for item in file.assignments(head, scope)
                )
                if (
                    received
                    and argument.value.written == head
                    and calls.callee
                    and "/" not in calls.callee
                    and file.definition(_plain(calls))
                ):
                    return loop, head, _plain(calls)
    return loop, next(iter(variables), ""), ""


def _plain(call: Call) -> str:
    return call.callee.replace("()", "")


def _last(loop: Block, call: Call, file: File) -> Span | None:
    """Return the last call of a loop when it is a statement of its own there."""
    inside = [other for other in file.calls_in(loop.function) if loop.span.contains(other.span)]
    if not inside:
        return None
    last = max(inside, key=lambda other: other.span.end)
    around = file.enclosing(last.span, "loop", "error", "branch", "callback", "function")
    return last.span if around and around[-1].span == loop.span and last.is_discarded else None


@amqp.call("*.Publish", "*.PublishWithContext", "*.PublishWithDeferredConfirm", "*.PublishWithDeferredConfirmWithContext")
def publish(call: Call, file: File) -> Iterator[Fact]:
    at = 1 if call.callee.endswith("WithContext") else 0
    if len(call.arguments) < at + 5:
        return
    exchange = _topic(call.arguments[at].value, file, call.function)
    key = _topic(call.arguments[at + 1].value, file, call.function)
    topic = f"{exchange}/{key}" if exchange else key
    yield Publish(call.span.until(call.name_span), call.function, "rabbitmq", topic, "amqp091-go")


@amqp.call("*.QueueDeclare")
def queue(call: Call, file: File) -> Iterator[Fact]:
    if len(call.arguments) < 6:
        return
    durable, table = call.arguments[1].value, file.constant(call.arguments[5].value, call.function)
    has_dead_letter = None
    if isinstance(table, Null):
        has_dead_letter = False
    elif isinstance(table, Mapping):
        has_dead_letter = table.entry("x-dead-letter-exchange") is not None
    yield QueueDeclaration(
        call.span.until(call.name_span), "rabbitmq", _topic(call.arguments[0].value, file, call.function), has_dead_letter,
        durable.value if isinstance(durable, Boolean) else None,
    )  # fmt: skip


@amqp.call(*(f"{package}.{name}" for package in _AMQP for name in ("Dial", "DialConfig", "DialTLS")))
def dial(call: Call, file: File) -> Iterator[Fact]:
    value = call.arguments[0].value if call.arguments else None
    found, key = url(value, file, call.function)
    name = holder(call, file)
    yield _client(call, "amqp091-go", name, key, file)
    yield from endpoint(found, value, call.function, file)


def _client(call: Call, library: str, name: str, key: str, file: File) -> Client:
    kept = is_kept(name, call.function, file)
    return Client(
        call.span.until(call.name_span), library, "queue", name, call.function, call.in_loop, "", key,
        is_cached=kept,
    )  # fmt: skip


# Kafka


@kafka.call(f"{_KAFKA_GO}.ReaderConfig")
def reader(call: Call, file: File) -> Iterator[Fact]:
    """kafka-go: in a group, `ReadMessage` commits before the message is handed over; `FetchMessage` leaves that to the code."""
    group = call.argument("GroupID")
    reads = next((other for other in file.all(Call) if other.callee.endswith(".ReadMessage")), None)
    fetches = any(other.callee.endswith(".FetchMessage") for other in file.all(Call))
    is_auto = group is not None and reads is not None and not fetches
    fix = _committed(reads, file) if is_auto and reads is not None else ()
    yield Subscribe(
        (reads or call).span.until((reads or call).name_span),
        (reads or call).function,
        "kafka",
        _topic(call.argument("Topic"), file, call.function),
        "kafka-go",
        "",
        "auto" if is_auto else "manual" if fetches else "unknown",
        "ReadMessage commits by itself" if is_auto else "",
        fix,
    )


def _committed(reads: Call, file: File) -> tuple[Replacement, ...]:
    """Fetch the message, and commit it at the end of the loop that reads it."""
    assignment, loop = file.assigned(reads), next(iter(file.enclosing(reads.span, "loop")[::-1]), None)
    done = _last(loop, reads, file) if loop is not None else None
    context = reads.arguments[0] if len(reads.arguments) == 1 else None
    if assignment is None or done is None or context is None:
        return ()
    commit = f"{reads.receiver}.CommitMessages({{}}, {assignment.target})"
    return Replacement(reads.name_span, "FetchMessage"), Replacement(done, commit, "after", context.span)


@kafka.call("*.WriteMessages")
def written(call: Call, file: File) -> Iterator[Fact]:
    if not file.imports(_KAFKA_GO):
        return
    topics = [_topic(value, file, call.function) for value in _message_topics(call)]
    if not any(topics):
        makers = [other for other in file.all(Call) if other.callee in (f"{_KAFKA_GO}.Writer", f"{_KAFKA_GO}.WriterConfig")]
        topics = [_topic(other.argument("Topic"), file, other.function) for other in makers]
    for topic in dict.fromkeys(topics or [""]):
        yield Publish(call.span.until(call.name_span), call.function, "kafka", topic, "kafka-go")


def _message_topics(call: Call) -> Iterator[Value]:
    for argument in call.arguments:
        if isinstance(argument.value, Invocation):
            yield from (item.value for item in argument.value.arguments if item.name == "Topic")


@kafka.call(*(f"{package}.ProducerMessage" for package in _SARAMA))
def sarama_message(call: Call, file: File) -> Iterator[Fact]:
    yield Publish(call.span, call.function, "kafka", _topic(call.argument("Topic"), file, call.function), "sarama")


@kafka.call("*.Consume", "*.ConsumePartition")
def sarama_consume(call: Call, file: File) -> Iterator[Fact]:
    if not file.imports(*_SARAMA) or len(call.arguments) != 3:
        return
    listed = call.arguments[1].value if call.callee.endswith(".Consume") else call.arguments[0].value
    known = file.constant(listed, call.function)
    for item in known.items if isinstance(known, Sequence) else (listed,):
        yield Subscribe(call.span.until(call.name_span), call.function, "kafka", _topic(item, file, call.function), "sarama")


@kafka.call("*.SubscribeTopics", "*.Subscribe")
def confluent(call: Call, file: File) -> Iterator[Fact]:
    if not file.imports(*_CONFLUENT) or not call.arguments or call.callee.startswith(_OTHERS):
        return
    listed = file.constant(call.arguments[0].value, call.function)
    configured = next((_settings(other, file) for other in file.all(Call) if other.callee.endswith(".NewConsumer")), None)
    acknowledge, reason = "unknown", ""
    fix: tuple[Replacement, ...] = ()
    if configured is not None:
        given = configured.get("enable.auto.commit")
        commits = any(other.callee.endswith((".Commit", ".CommitMessage", ".CommitOffsets", ".StoreMessage")) for other in file.all(Call))
        if given is None:
            acknowledge, reason = "auto", "enable.auto.commit is on by default"
        elif isinstance(given, Boolean):
            acknowledge, reason = ("auto", "enable.auto.commit is true") if given.value else ("manual", "")
            fix = (Replacement(given.span, "false"),) if given.value and commits else ()
    for item in listed.items if isinstance(listed, Sequence) else (call.arguments[0].value,):
        yield Subscribe(
            call.span.until(call.name_span), call.function, "kafka", _topic(item, file, call.function), "confluent-kafka-go", "",
            "auto" if acknowledge == "auto" else "manual" if acknowledge == "manual" else "unknown", reason, fix,
        )  # fmt: skip


def _settings(call: Call, file: File) -> Mapping | None:
    known = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    return known if isinstance(known, Mapping) else None


@kafka.call(*(f"{package}.TopicPartition" for package in _CONFLUENT))
def confluent_message(call: Call, file: File) -> Iterator[Fact]:
    topic = call.argument("Topic")
    if topic is not None and any(other.callee.endswith(".Produce") and other.span.contains(call.span) for other in file.all(Call)):
        yield Publish(call.span, call.function, "kafka", _topic(topic, file, call.function), "confluent-kafka-go")


@kafka.call(f"{_FRANZ}.ConsumeTopics")
def franz(call: Call, file: File) -> Iterator[Fact]:
    """franz-go: a group commits what was polled before, unless `DisableAutoCommit` leaves that to the code."""
    options = {other.callee for other in file.calls_in(call.function) if other.callee.startswith(f"{_FRANZ}.")}
    is_manual = bool(options & {f"{_FRANZ}.DisableAutoCommit", f"{_FRANZ}.AutoCommitMarks"})
    for argument in call.arguments:
        topic = _topic(argument.value, file, call.function)
        yield Subscribe(call.span, call.function, "kafka", topic, "franz-go", "", "manual" if is_manual else "unknown")


@kafka.call(f"{_FRANZ}.Record")
def franz_record(call: Call, file: File) -> Iterator[Fact]:
    if call.argument("Topic") is not None:
        yield Publish(call.span, call.function, "kafka", _topic(call.argument("Topic"), file, call.function), "franz-go")


# NATS


@nats.call(*(f"{_NATS}.{owner}.{name}" for owner in ("Connect()", "Conn()") for name in ("Publish", "PublishMsg", "Request")))
def nats_publish(call: Call, file: File) -> Iterator[Fact]:
    if call.arguments:
        topic = _topic(call.arguments[0].value, file, call.function)
        yield Publish(call.span.until(call.name_span), call.function, "nats", topic, "nats.go")


@nats.call(*(f"{_NATS}.{owner}.{name}" for owner in ("Connect()", "Conn()") for name in ("Subscribe", "QueueSubscribe", "ChanSubscribe")))
def nats_subscribe(call: Call, file: File) -> Iterator[Fact]:
    """Core NATS keeps nothing, so there is nothing to acknowledge."""
    if call.arguments:
        handler = call.arguments[-1].value
        name = handler.name if isinstance(handler, Function | Name) else ""
        topic = _topic(call.arguments[0].value, file, call.function)
        yield Subscribe(call.span.until(call.name_span), call.function, "nats", topic, "nats.go", name)


# SQS


@sqs.call(f"{_SQS}.ReceiveMessageInput")
def receive(call: Call, file: File) -> Iterator[Fact]:
    yield Subscribe(call.span, call.function, "sqs", _queue(call, file), "aws-sdk-go", "", *acknowledged(call, _deletes, file))


def _deletes(call: Call) -> bool:
    return call.callee.startswith(f"{_SQS}.Client().DeleteMessage")


@sqs.call(f"{_SQS}.SendMessageInput", f"{_SQS}.SendMessageBatchInput")
def send(call: Call, file: File) -> Iterator[Fact]:
    broker: Broker = "sqs"
    yield Publish(call.span, call.function, broker, _queue(call, file), "aws-sdk-go")


def _queue(call: Call, file: File) -> str:
    value = call.argument("QueueUrl")
    if isinstance(value, Invocation) and value.callee.endswith("aws.String") and value.arguments:
        value = value.arguments[0].value
    found = _topic(value, file, call.function)
    return found.rstrip("/").rpartition("/")[2]
