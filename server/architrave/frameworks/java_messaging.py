"""Brokers in Java: Spring for Kafka, Spring AMQP, the clients of RabbitMQ and Kafka, SQS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call, Definition
from architrave.facts.messaging import Publish, QueueDeclaration, Subscribe
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Replacement, Sequence, String, Value, template, text
from architrave.framework import File, Framework
from architrave.java.names import annotation, constant_text, given, is_kept, items, positional, simple
from architrave.java.queries import links
from architrave.java.settings import with_defaults
from architrave.receipts import acknowledged

framework = Framework("java-messaging", languages=("java",))

_KAFKA_SENDS = ("send", "sendDefault")
_RABBIT_SENDS = ("convertAndSend", "send", "convertSendAndReceive", "sendAndReceive")


def _topics(value: Value | None, file: File, function: str) -> tuple[str, ...]:
    found = []
    for item in items(file.constant(value, function)):
        known = constant_text(item, file, function)
        known = with_defaults(known) if known is not None else ""
        found.append("" if "${" in known or "#{" in known else known)
    return tuple(found) or ("",)


@framework.every(Definition)
def listeners(definition: Definition, file: File) -> Iterator[Fact]:
    mark = annotation(definition.decorators, "KafkaListener", "RabbitListener", "SqsListener", "JmsListener")
    if mark is None or definition.kind != "method":
        return
    kind = mark.name.rpartition(".")[2]
    if kind == "KafkaListener":
        takes = any(simple(item.type) == "Acknowledgment" for item in definition.parameters)
        enabled = next((item for item in items(given(mark, "properties")) if "enable.auto.commit" in (text(item) or "")), None)
        is_auto = enabled is not None and (text(enabled) or "").replace(" ", "").replace(":", "=").endswith("=true")
        for topic in _topics(given(mark, "topics"), file, definition.name):
            yield Subscribe(
                mark.span, definition.name, "kafka", topic, "spring-kafka", definition.name,
                # Spring commits after the listener has returned, unless the service's settings say otherwise: `AcknowledgeMode`.
                "auto" if is_auto else "manual" if takes or enabled is not None else "unknown",
                text(enabled) or "" if is_auto else "",
                (Replacement(enabled.span, '"enable.auto.commit=false"'),) if is_auto and enabled is not None else (),
            )  # fmt: skip
    elif kind == "RabbitListener":
        mode = given(mark, "ackMode")
        written = text(mode)
        factory = text(given(mark, "containerFactory")) or ""
        is_auto = written == "NONE" or (written is None and bool(factory) and factory in _without_acknowledgement(file))
        reason = 'ackMode = "NONE"' if written == "NONE" else "AcknowledgeMode.NONE" if is_auto else ""
        queues = given(mark, "queues") or given(mark, "queuesToDeclare")
        for topic in _topics(queues, file, definition.name) if queues is not None else _bound(given(mark, "bindings"), file):
            yield Subscribe(
                mark.span, definition.name, "rabbitmq", topic, "spring-amqp", definition.name,
                "auto" if is_auto else "manual" if written else "unknown", reason,
                (Replacement(mode.span, '"AUTO"'),) if written == "NONE" and mode is not None else (),
            )  # fmt: skip
    elif kind == "SqsListener":
        mode = given(mark, "deletionPolicy", "acknowledgementMode")
        written = mode.written.rpartition(".")[2] if isinstance(mode, Name) else ""
        is_auto = written in ("ALWAYS", "ON_RECEIVE")
        for topic in _topics(given(mark, "", "queueNames"), file, definition.name):
            yield Subscribe(
                mark.span, definition.name, "sqs", topic.rpartition("/")[2], "spring-cloud-aws", definition.name,
                "auto" if is_auto else "manual", written if is_auto else "",
            )  # fmt: skip


def _bound(value: Value | None, file: File) -> tuple[str, ...]:
    """`bindings = @QueueBinding(value = @Queue("orders"), …)`."""
    found = []
    for binding in items(value):
        for argument in binding.arguments if isinstance(binding, Invocation) else ():
            if not argument.name and isinstance(argument.value, Invocation):
                found.append(next((text(item.value) or "" for item in argument.value.arguments if item.name in ("", "name")), ""))
    return tuple(found) or ("",)


def _without_acknowledgement(file: File) -> set[str]:
    """The beans of this file that make containers with `AcknowledgeMode.NONE`."""
    found = set()
    for call in file.all(Call):
        mode = positional(call, 0)
        if call.callee.endswith(".setAcknowledgeMode") and isinstance(mode, Name) and mode.name.endswith("AcknowledgeMode.NONE"):
            found.add(call.function.rpartition(".")[2])
    return found


@framework.call("*.setAcknowledgeMode")
def container(call: Call, file: File) -> Iterator[Fact]:
    """`container.setAcknowledgeMode(AcknowledgeMode.NONE)` of a container that is given its queues here."""
    mode = positional(call, 0)
    if not isinstance(mode, Name) or not mode.name.endswith("AcknowledgeMode.NONE") or "ListenerContainer()" not in call.callee:
        return
    queues = next(
        (
            item
            for item in file.calls_in(call.function)
            if item.receiver == call.receiver and item.callee.endswith((".setQueueNames", ".setQueues"))
        ),
        None,
    )
    topic = (text(positional(queues, 0)) or "") if queues is not None else ""
    fixed = mode.written.rpartition(".")[0] + ".AUTO"
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", topic, "spring-amqp", "", "auto", mode.written,
        (Replacement(mode.span, fixed),),
    )  # fmt: skip


@framework.call("*.basicConsume")
def basic_consume(call: Call, file: File) -> Iterator[Fact]:
    if not call.arguments:
        return
    queue = text(file.constant(call.arguments[0].value, call.function)) or ""
    flag = positional(call, 1)
    known = file.constant(flag, call.function)
    is_auto = isinstance(known, Boolean) and known.value
    manual = isinstance(known, Boolean) or not isinstance(flag, Name)
    handler = next((item.value for item in call.arguments[1:] if isinstance(item.value, Name) and "()." in item.value.name), None)
    acknowledges = any(other.callee.endswith(".basicAck") for other in file.all(Call))
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", queue, "amqp-client",
        handler.name.replace("()", "") if isinstance(handler, Name) else "",
        "auto" if is_auto else "manual" if manual else "unknown", "autoAck = true" if is_auto else "",
        (Replacement(flag.span, "false"),) if is_auto and isinstance(flag, Boolean) and acknowledges else (),
    )  # fmt: skip


@framework.call("*.basicPublish")
def basic_publish(call: Call, file: File) -> Iterator[Fact]:
    exchange = text(file.constant(positional(call, 0), call.function)) or ""
    key = text(file.constant(positional(call, 1), call.function)) or ""
    topic = f"{exchange}/{key}" if exchange and key else exchange or key
    yield Publish(call.span.until(call.name_span), call.function, "rabbitmq", topic, "amqp-client")


@framework.call(*(f"*.{name}" for name in dict.fromkeys((*_KAFKA_SENDS, *_RABBIT_SENDS))))
def publish(call: Call, file: File) -> Iterator[Fact]:
    owner = simple(call.callee.rpartition(".")[0])
    method = call.callee.rpartition(".")[2]
    span = call.span.until(call.name_span)
    first = file.constant(positional(call, 0), call.function)
    if owner in ("KafkaTemplate", "KafkaOperations", "ReactiveKafkaProducerTemplate") and method in _KAFKA_SENDS:
        yield Publish(span, call.function, "kafka", _kafka_topic(first, file, call.function), "spring-kafka", _fields(call, file))
    elif owner in ("KafkaProducer", "Producer") and method == "send":
        yield Publish(span, call.function, "kafka", _kafka_topic(first, file, call.function), "kafka-clients")
    elif owner in ("RabbitTemplate", "AmqpTemplate", "RabbitOperations") and method in _RABBIT_SENDS:
        named = [text(file.constant(item.value, call.function)) for item in call.arguments]
        parts = [item for item in named[:2] if item] if len(named) > 2 else [item for item in named[:1] if item and len(named) == 2]
        yield Publish(span, call.function, "rabbitmq", "/".join(parts), "spring-amqp", _fields(call, file))
    elif owner in ("SqsTemplate", "QueueMessagingTemplate") and method in ("send", "convertAndSend"):
        yield Publish(span, call.function, "sqs", (text(first) or "").rpartition("/")[2], "spring-cloud-aws")
    elif owner in ("JmsTemplate", "StreamBridge") and method in ("convertAndSend", "send"):
        yield Publish(span, call.function, "unknown", text(first) or "", "spring")


def _kafka_topic(value: Value | None, file: File, function: str) -> str:
    if isinstance(value, Invocation) and simple(value.callee) == "ProducerRecord" and value.arguments:
        value = file.constant(value.arguments[0].value, function)
    known = template(value)
    return known if known is not None and "{}" not in known else ""


def _fields(call: Call, file: File) -> tuple[str, ...]:
    last = file.constant(call.arguments[-1].value, call.function) if call.arguments else None
    return tuple(entry.key for entry in last.entries if entry.key) if isinstance(last, Mapping) else ()


@framework.call(
    "org.springframework.amqp.core.Queue",
    "*.queueDeclare",
    "org.springframework.amqp.core.QueueBuilder.durable",
    "org.springframework.amqp.core.QueueBuilder.nonDurable",
)
def declare(call: Call, file: File) -> Iterator[Fact]:
    name = text(file.constant(positional(call, 0), call.function))
    if not name:
        return
    span = call.span.until(call.name_span)
    if "QueueBuilder" in call.callee:
        chain = [link.callee.rpartition(".")[2] for link in links(call, file)]
        has_dead_letter: bool | None = any(link in ("deadLetterExchange", "withArguments", "withArgument") for link in chain)
        yield QueueDeclaration(span, "rabbitmq", name, has_dead_letter, call.callee.endswith(".durable"))
        return
    at = 1
    durable = positional(call, at)
    given_arguments = file.constant(positional(call, 4), call.function) if len(call.arguments) > 4 else None
    has_dead_letter = False
    if len(call.arguments) > 4:
        has_dead_letter = _has_key(given_arguments) if isinstance(given_arguments, Mapping) else None
    yield QueueDeclaration(span, "rabbitmq", name, has_dead_letter, durable.value if isinstance(durable, Boolean) else None)


def _has_key(value: Mapping) -> bool:
    return any(entry.key == "x-dead-letter-exchange" for entry in value.entries)


@framework.call("org.apache.kafka.clients.consumer.KafkaConsumer")
def kafka_consumer(call: Call, file: File) -> Iterator[Fact]:
    """`new KafkaConsumer<>(properties)`, with `properties.put("enable.auto.commit", …)` in the same method."""
    flag: Value | None = None
    is_said = False
    topics: list[str] = []
    commits = False
    for other in file.calls_in(call.function):
        method = other.callee.rpartition(".")[2]
        if method in ("put", "setProperty") and len(other.arguments) == 2:
            key = other.arguments[0].value
            shown = text(key) or (key.written if isinstance(key, Name) else "")
            if shown == "enable.auto.commit" or shown.endswith("ENABLE_AUTO_COMMIT_CONFIG"):
                flag, is_said = other.arguments[1].value, True
        elif method == "subscribe":
            listed = file.constant(positional(other, 0), call.function)
            topics = [
                known
                for item in (listed.items if isinstance(listed, Sequence) else ())
                if (known := text(file.constant(item, call.function)))
            ]
        commits = commits or method in ("commitSync", "commitAsync")
    is_on = (isinstance(flag, Boolean) and flag.value) or text(flag) == "true"
    is_off = (isinstance(flag, Boolean) and not flag.value) or text(flag) == "false"
    acknowledge: Literal["auto", "manual", "unknown"] = "auto" if is_on else "manual" if is_off or (commits and not is_said) else "unknown"
    reason = "enable.auto.commit = true" if is_on else ""
    fix: tuple[Replacement, ...] = ()
    if is_on and commits and flag is not None:
        fix = (Replacement(flag.span, '"false"' if isinstance(flag, String) else "false"),)
    span = call.span.until(call.name_span)
    for topic in topics or [""]:
        yield Subscribe(span, call.function, "kafka", topic, "kafka-clients", "", acknowledge, reason, fix)


@framework.call("*.sendMessage", "*.receiveMessage")
def sqs(call: Call, file: File) -> Iterator[Fact]:
    if not call.callee.rpartition(".")[0].endswith(("SqsClient()", "SqsAsyncClient()", "AmazonSQS()")):
        return
    url = ""
    for other in file.calls_in(call.function):
        if call.arguments_span.contains(other.span) and other.callee.endswith(".queueUrl"):
            url = text(file.constant(positional(other, 0), call.function)) or ""
    span = call.span.until(call.name_span)
    if call.callee.endswith(".sendMessage"):
        yield Publish(span, call.function, "sqs", url.rpartition("/")[2], "aws-sdk")
    else:
        yield Subscribe(span, call.function, "sqs", url.rpartition("/")[2], "aws-sdk", "", *acknowledged(call, _deletes, file))


def _deletes(call: Call) -> bool:
    return call.callee.endswith((".deleteMessage", ".deleteMessageBatch"))


_CLIENTS = {
    "org.apache.kafka.clients.producer.KafkaProducer": ("kafka-clients", "queue"),
    "org.apache.kafka.clients.consumer.KafkaConsumer": ("kafka-clients", "queue"),
    "com.rabbitmq.client.ConnectionFactory": ("amqp-client", "queue"),
    "software.amazon.awssdk.services.sqs.SqsClient.create": ("aws-sdk", "sdk"),
    "software.amazon.awssdk.services.sqs.SqsClient.builder": ("aws-sdk", "sdk"),
    "software.amazon.awssdk.services.s3.S3Client.create": ("aws-sdk", "sdk"),
    "software.amazon.awssdk.services.s3.S3Client.builder": ("aws-sdk", "sdk"),
    "software.amazon.awssdk.services.dynamodb.DynamoDbClient.create": ("aws-sdk", "sdk"),
    "software.amazon.awssdk.services.dynamodb.DynamoDbClient.builder": ("aws-sdk", "sdk"),
}


@framework.call(*_CLIENTS)
def client(call: Call, file: File) -> Iterator[Fact]:
    library, kind = _CLIENTS[call.callee]
    built = next((link for link in links(call, file) if link.callee.endswith(".build")), call)
    assignment = file.assigned(built)
    name = assignment.target if assignment is not None else file.bound_by_with(built)
    yield Client(
        call.span.until(call.name_span), library, kind, name, call.function, call.in_loop,  # type: ignore[arg-type]
        is_cached=is_kept(file, name, call.function),
    )  # fmt: skip
