"""Brokers in Node: amqplib (RabbitMQ), kafkajs, SQS and SNS of the AWS SDK, @nestjs/microservices, BullMQ."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call, Definition
from architrave.facts.messaging import AcknowledgeMode, Broker, Publish, QueueDeclaration, Subscribe
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Replacement, Sequence, Value, text
from architrave.framework import Decorated, File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed
from architrave.node.routers import LANGUAGES, handler_of
from architrave.receipts import acknowledged

framework = Framework("js-messaging", languages=LANGUAGES)

_CHANNELS = ("channel", "chan", "ch")


def _is_channel(call: Call) -> bool:
    return call.callee.startswith(("amqplib", "amqp-connection-manager")) or call.receiver.rpartition(".")[2].lower().endswith(_CHANNELS)


@framework.call("amqplib.connect", "amqplib/callback_api.connect", "amqp-connection-manager.connect")
def connection(call: Call, file: File) -> Iterator[Fact]:
    yield from constructed(call, file, "amqplib", "queue", given(call, 0))


@framework.call("kafkajs.Kafka")
def kafka(call: Call, file: File) -> Iterator[Fact]:
    yield from constructed(call, file, "kafkajs", "queue", given(call, 0))


@framework.call("*.consume")
def consume(call: Call, file: File) -> Iterator[Fact]:
    if not _is_channel(call) or len(call.arguments) < 2:
        return
    queue = _topic(given(call, 0), call, file)
    handler = given(call, 1)
    options = file.constant(given(call, 2), call.function)
    no_ack = options.get("noAck") if isinstance(options, Mapping) else None
    is_auto = isinstance(no_ack, Boolean) and no_ack.value
    name = handler_of(handler) if handler is not None else ""
    is_known = options is None or isinstance(options, Mapping)
    done = _acknowledged(name, call, file) if is_auto else ()
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", queue, "amqplib", name,
        "auto" if is_auto else "manual" if is_known else "unknown", "noAck: true" if is_auto else "",
        (Replacement(no_ack.span, "false"), *done) if no_ack is not None and done is not None and is_auto else (),
    )  # fmt: skip


def _acknowledged(handler: str, call: Call, file: File) -> tuple[Replacement, ...] | None:
    """Return the acknowledgement to write where the handler's work ends; None where that is not known."""
    definition = file.definition(handler)
    if definition is None or not definition.parameters or "." in call.receiver:
        return None
    calls = file.calls_in(handler)
    if any(item.callee.endswith(".ack") for item in calls):
        return ()
    if not calls:
        return None
    last = max(calls, key=lambda item: item.span.end)
    inner = [
        block for block in file.enclosing(last.span, "loop", "try", "catch", "error", "branch", "callback") if block.function == handler
    ]
    is_visible = file.definition(handler) is not None and (definition.span.chunk == call.span.chunk)
    if inner or not is_visible or not last.is_discarded:
        return None
    return (Replacement(last.span, f"{call.receiver}.ack({definition.parameters[0].name});", "after"),)


def _topic(value: Value | None, call: Call, file: File) -> str:
    return text(file.constant(value, call.function)) or ""


@framework.call("*.sendToQueue")
def send_to_queue(call: Call, file: File) -> Iterator[Fact]:
    yield Publish(
        call.span.until(call.name_span),
        call.function,
        "rabbitmq",
        _topic(given(call, 0), call, file),
        "amqplib",
        _fields(given(call, 1), call, file),
    )


@framework.call("*.publish")
def publish(call: Call, file: File) -> Iterator[Fact]:
    if not _is_channel(call) or len(call.arguments) < 3:
        return
    exchange, key = _topic(given(call, 0), call, file), _topic(given(call, 1), call, file)
    topic = f"{exchange}/{key}" if exchange and key else exchange or key
    yield Publish(call.span.until(call.name_span), call.function, "rabbitmq", topic, "amqplib", _fields(given(call, 2), call, file))


@framework.call("*.assertQueue")
def declare(call: Call, file: File) -> Iterator[Fact]:
    name = _topic(given(call, 0), call, file)
    if not name:
        return
    options = file.constant(given(call, 1), call.function)
    durable = options.get("durable") if isinstance(options, Mapping) else None
    arguments = options.get("arguments") if isinstance(options, Mapping) else None
    has_dead_letter: bool | None = None
    if options is None or isinstance(options, Mapping):
        has_dead_letter = isinstance(options, Mapping) and (
            options.get("deadLetterExchange") is not None
            or (isinstance(arguments, Mapping) and arguments.entry("x-dead-letter-exchange") is not None)
        )
    yield QueueDeclaration(
        call.span.until(call.name_span), "rabbitmq", name, has_dead_letter, durable.value if isinstance(durable, Boolean) else None
    )


def _fields(value: Value | None, call: Call, file: File) -> tuple[str, ...]:
    """The keys of `Buffer.from(JSON.stringify({ … }))`."""
    for _ in range(4):
        value = file.constant(value, call.function)
        if isinstance(value, Mapping):
            return tuple(entry.key for entry in value.entries if entry.key not in ("", "..."))
        if isinstance(value, Invocation) and value.arguments:
            value = value.arguments[0].value
        else:
            break
    return ()


@framework.call("kafkajs.Kafka().consumer().subscribe", "kafkajs.Consumer().subscribe")
def kafka_subscribe(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    if not isinstance(options, Mapping):
        return
    topics = options.get("topics")
    named = [options.get("topic")] if options.get("topic") is not None else list(topics.items) if isinstance(topics, Sequence) else []
    handler = ""
    acknowledge = "unknown"
    for other in file.all(Call):
        if other.receiver == call.receiver and other.callee.endswith(".run"):
            run = file.constant(given(other, 0), other.function)
            each = (run.get("eachMessage") or run.get("eachBatch")) if isinstance(run, Mapping) else None
            handler = handler_of(each) if each is not None else ""
            commit = run.get("autoCommit") if isinstance(run, Mapping) else None
            # kafkajs commits an offset after the handler is done with it, unless told otherwise.
            acknowledge = "manual" if commit is None or isinstance(commit, Boolean) else "unknown"
    for topic in named or [None]:
        yield Subscribe(
            call.span.until(call.name_span), call.function, "kafka", _topic(topic, call, file), "kafkajs", handler, acknowledge  # type: ignore[arg-type]
        )  # fmt: skip


@framework.call("*.send")
def kafka_send(call: Call, file: File) -> Iterator[Fact]:
    """`producer.send({ topic: "orders", messages: [{ value }] })`, which no other library looks like."""
    options = file.constant(given(call, 0), call.function)
    messages = options.get("messages") if isinstance(options, Mapping) else None
    if not isinstance(options, Mapping) or messages is None or options.get("topic") is None:
        return
    first = messages.items[0] if isinstance(messages, Sequence) and messages.items else None
    value = first.get("value") if isinstance(first, Mapping) else None
    yield Publish(
        call.span.until(call.name_span),
        call.function,
        "kafka",
        _topic(options.get("topic"), call, file),
        "kafkajs",
        _fields(value, call, file),
    )


_SQS = "@aws-sdk/client-sqs."
_SNS = "@aws-sdk/client-sns."


@framework.call(f"{_SQS}SendMessageCommand", f"{_SQS}ReceiveMessageCommand", f"{_SNS}PublishCommand")
def aws(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    if not isinstance(options, Mapping):
        return
    name = call.callee.rpartition(".")[2]
    address = options.get("TopicArn") if name == "PublishCommand" else options.get("QueueUrl")
    topic = _topic(address, call, file).rpartition("/")[2].rpartition(":")[2]
    broker: Broker = "sns" if name == "PublishCommand" else "sqs"
    if name == "ReceiveMessageCommand":
        yield Subscribe(call.span.until(call.name_span), call.function, broker, topic, "aws-sdk", "", *acknowledged(call, _deletes, file))
    else:
        body = options.get("Message") if name == "PublishCommand" else options.get("MessageBody")
        yield Publish(call.span.until(call.name_span), call.function, broker, topic, "aws-sdk", _fields(body, call, file))


def _deletes(call: Call) -> bool:
    return call.callee in (f"{_SQS}DeleteMessageCommand", f"{_SQS}DeleteMessageBatchCommand")


@framework.call(f"{_SQS}SQSClient", f"{_SNS}SNSClient", "@aws-sdk/client-s3.S3Client", "@aws-sdk/client-dynamodb.DynamoDBClient")
def aws_client(call: Call, file: File) -> Iterator[Fact]:
    yield from constructed(call, file, "aws-sdk", "sdk")


@framework.decorator("@nestjs/microservices.EventPattern", "@nestjs/microservices.MessagePattern")
def pattern(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    given = file.constant(decorator.arguments[0].value) if decorator.arguments else None
    if isinstance(given, Mapping) and len(given.entries) == 1:  # { cmd: "total" }
        given = given.entries[0].value
    topic = text(given)
    if topic is not None:
        yield Subscribe(decorator.span, definition.name, "unknown", topic, "@nestjs/microservices", definition.name)


@framework.call("@nestjs/core.NestFactory.createMicroservice", "*.connectMicroservice")
def transport(call: Call, file: File) -> Iterator[Fact]:
    """How all patterns of a service acknowledge that RabbitMQ brings: `{ transport: Transport.RMQ, options: { noAck: true } }`."""
    for item in call.arguments:
        options = file.constant(item.value, call.function)
        kind = options.get("transport") if isinstance(options, Mapping) else None
        no_ack = options.get("options", "noAck") if isinstance(options, Mapping) else None
        if isinstance(kind, Name) and kind.name.endswith(".RMQ") and isinstance(no_ack, Boolean):
            fix = (Replacement(no_ack.span, "false"),) if no_ack.value else ()
            yield AcknowledgeMode(
                no_ack.span, "@nestjs/microservices", "auto" if no_ack.value else "manual", f"noAck: {str(no_ack.value).lower()}", fix
            )


@framework.call("@nestjs/microservices.ClientProxy().emit", "@nestjs/microservices.ClientProxy().send",
                "@nestjs/microservices.ClientKafka().emit", "@nestjs/microservices.ClientKafka().send")  # fmt: skip
def emit(call: Call, file: File) -> Iterator[Fact]:
    broker: Broker = "kafka" if "ClientKafka" in call.callee else "unknown"
    yield Publish(
        call.span.until(call.name_span), call.function, broker, _topic(given(call, 0), call, file), "@nestjs/microservices",
        _fields(given(call, 1), call, file),
    )  # fmt: skip


@framework.call("bullmq.Queue", "bull", "bullmq.Worker")
def bull(call: Call, file: File) -> Iterator[Fact]:
    name = _topic(given(call, 0), call, file)
    if name and call.callee == "bullmq.Worker":
        handler = given(call, 1)
        yield Subscribe(
            call.span.until(call.name_span),
            call.function,
            "redis",
            name,
            "bullmq",
            handler_of(handler) if handler is not None else "",
            "manual",
        )


_PROCESSORS = ("@nestjs/bullmq.Processor", "@nestjs/bull.Processor")


@framework.decorator(*_PROCESSORS)
def processor(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@Processor("mail")` of NestJS: `process` of the class, or each of its methods that is a `@Process()`."""
    decorator, definition = decorated
    given = file.constant(decorator.arguments[0].value) if decorator.arguments else None
    topic = text(given.get("name") if isinstance(given, Mapping) else given)
    methods = [
        item.name
        for item in file.all(Definition)
        if item.name.startswith(f"{definition.name}.")
        and (item.name == f"{definition.name}.process" or any(mark.name == "@nestjs/bull.Process" for mark in item.decorators))
    ]
    for method in methods if topic else ():
        yield Subscribe(decorator.span, method, "redis", topic or "", "bullmq", method, "manual")


@framework.call("bullmq.Queue().add", "bull().add")
def bull_add(call: Call, file: File) -> Iterator[Fact]:
    injected = _injected(call, file)
    if injected:
        yield Publish(call.span.until(call.name_span), call.function, "redis", injected, "bullmq", _fields(given(call, 1), call, file))
    for assignment in file.assignments(call.receiver, call.function):
        if isinstance(assignment.value, Invocation) and assignment.value.arguments:
            topic = text(assignment.value.arguments[0].value)
            if topic:
                fields = _fields(given(call, 1), call, file)
                yield Publish(call.span.until(call.name_span), call.function, "redis", topic, "bullmq", fields)


def _injected(call: Call, file: File) -> str:
    """The queue of `constructor(@InjectQueue("mail") private readonly mail: Queue)` when `this.mail.add(…)` is called."""
    owner, _, name = call.receiver.rpartition(".")
    definition = file.definition(f"{call.function.rpartition('.')[0]}.constructor") if owner == "this" else None
    for parameter in definition.parameters if definition is not None else ():
        for mark in parameter.decorators:
            if parameter.name == name and mark.name.rpartition(".")[2] == "InjectQueue" and mark.arguments:
                return text(file.constant(mark.arguments[0].value)) or ""
    return ""
