"""Brokers in Rust: lapin (RabbitMQ), rdkafka, the AWS SDK (SQS), async-nats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Assignment, Block, Call
from architrave.facts.messaging import Publish, QueueDeclaration, Subscribe
from architrave.facts.values import Argument, Boolean, Invocation, Mapping, Name, Replacement, Sequence, Value, text, walk
from architrave.framework import File, Framework
from architrave.receipts import acknowledged
from architrave.rust.queries import links_of
from architrave.rust.values import kept

lapin = Framework("lapin", languages=("rust",), modules=("lapin",))
rdkafka = Framework("rdkafka", languages=("rust",), modules=("rdkafka",))
sqs = Framework("rust-sqs", languages=("rust",), modules=("aws_sdk_sqs",))
FRAMEWORKS = (lapin, rdkafka, sqs)

Acknowledge = Literal["auto", "manual", "unknown"]


@lapin.call("*.basic_consume")
def basic_consume(call: Call, file: File) -> Iterator[Fact]:
    """`channel.basic_consume("queue", "tag", BasicConsumeOptions { no_ack: true, ..Default::default() }, FieldTable::default())`."""
    if len(call.arguments) != 4:
        return
    queue = _text(call.arguments[0].value, file, call.function)
    options = file.constant(call.arguments[2].value, call.function)
    acknowledge: Acknowledge = "unknown"
    reason, off = "", None
    if isinstance(options, Invocation):
        given = next((item for item in options.arguments if item.name == "no_ack"), None)
        base = next((item for item in options.arguments if item.name == "**"), None)
        if given is not None:
            value = file.constant(given.value, call.function)
            acknowledge = "unknown" if not isinstance(value, Boolean) else "auto" if value.value else "manual"
            if acknowledge == "auto":
                reason, off = "no_ack: true", given.value.span if isinstance(given.value, Boolean) else None
        elif not options.arguments or base is not None:
            acknowledge = "manual"
    done = _done(call, file) if off is not None else None  # Without an acknowledgement the broker would send every message again.
    yield Subscribe(
        call.span.until(call.name_span), call.function, "rabbitmq", queue, "lapin", _handler(call, file), acknowledge, reason,
        (Replacement(off, "false"), done) if off is not None and done is not None else (),
    )  # fmt: skip


def _loop(call: Call, file: File) -> Block | None:
    """Return the loop over what a subscription gives: `while let Some(delivery) = consumer.next().await`."""
    assignment = file.assigned(call) or next((found for link in links_of(call, file) if (found := file.assigned(link))), None)
    name = assignment.target if assignment is not None else ""
    for block in file.all(Block):
        if block.kind == "loop" and block.function == call.function and block.span.chunk == call.span.chunk and block.subject is not None:
            parts = [part for part in walk(block.subject) if isinstance(part, Name | Invocation)]
            if name and any((part.name if isinstance(part, Name) else part.callee).startswith((f"{name}.", call.callee)) for part in parts):
                return block
    return None


def _handler(call: Call, file: File) -> str:
    """Return the one function of the file that the loop hands each message to, else the function of the loop itself."""
    block = _loop(call, file)
    if block is None:
        return ""
    handed = [
        other.callee
        for other in file.calls_in(call.function)
        if block.span.contains(other.span) and any(_head(item) in block.variables for item in other.arguments)
    ]
    return handed[0] if len(handed) == 1 else call.function


def _head(argument: Argument) -> str:
    return argument.value.written.partition(".")[0] if isinstance(argument.value, Name) else ""


def _done(call: Call, file: File) -> Replacement | None:
    """Return the acknowledgement that goes after the last statement in the loop over the messages."""
    block = _loop(call, file)
    if block is None:
        return None
    inside = [other for other in file.calls_in(call.function) if block.span.contains(other.span)]
    variable = next((name for name in block.variables if name not in ("_", "channel")), "")
    if not inside or not variable or any(other.callee.endswith((".ack", ".basic_ack")) for other in inside):
        return None
    deliveries = [name for name in (variable, *_opened(block, variable, file)) if name]
    last = max(inside, key=lambda other: other.span.end)
    return Replacement(last.span, f"{deliveries[-1]}.ack(lapin::options::BasicAckOptions::default()).await?;", "after")


def _opened(block: Block, variable: str, file: File) -> list[str]:
    """Return the variables that hold the delivery itself: `let delivery = delivery?;`."""
    return [
        item.target
        for item in file.all(Assignment)
        if block.span.contains(item.span) and isinstance(item.value, Name) and item.value.written == variable
    ]


@lapin.call("*.basic_publish")
def basic_publish(call: Call, file: File) -> Iterator[Fact]:
    if len(call.arguments) < 2:
        return
    exchange, key = (_text(item.value, file, call.function) for item in call.arguments[:2])
    topic = f"{exchange}/{key}" if exchange and key else exchange or key
    body = call.arguments[3].value if len(call.arguments) > 3 else None
    yield Publish(call.span.until(call.name_span), call.function, "rabbitmq", topic, "lapin", _fields(body, file, call.function))


@lapin.call("*.queue_declare")
def queue_declare(call: Call, file: File) -> Iterator[Fact]:
    queue = _text(call.arguments[0].value, file, call.function) if call.arguments else ""
    if not queue:
        return
    options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
    durable = next((item.value for item in options.arguments if item.name == "durable"), None) if isinstance(options, Invocation) else None
    table = call.arguments[2].value if len(call.arguments) > 2 else None
    has_dead_letter = None
    if isinstance(table, Invocation) and table.callee.endswith("FieldTable.default"):
        has_dead_letter = False
    elif isinstance(table, Name):
        inserted = [other for other in file.calls_in(call.function) if other.written == f"{table.written}.insert" and other.arguments]
        keys = [_text(other.arguments[0].value, file, call.function) for other in inserted]
        has_dead_letter = True if "x-dead-letter-exchange" in keys else None
    yield QueueDeclaration(
        call.span.until(call.name_span), "rabbitmq", queue, has_dead_letter, durable.value if isinstance(durable, Boolean) else None
    )


@lapin.call("lapin.Connection.connect")
def connection(call: Call, file: File) -> Iterator[Fact]:
    name, is_kept = kept(call, file)
    yield Client(call.span.until(call.name_span), "lapin", "queue", name, call.function, call.in_loop, is_cached=is_kept)


@rdkafka.call("rdkafka.ClientConfig.new", "rdkafka.config.ClientConfig.new")
def config(call: Call, file: File) -> Iterator[Fact]:
    links = links_of(call, file)
    given = {
        _text(link.arguments[0].value, file, call.function): link
        for link in links
        if len(link.arguments) == 2 and link.callee.endswith(".set")
    }
    subscribe = next((link for link in file.calls_in(call.function) if link.callee.endswith(".subscribe") and link.arguments), None)
    is_consumer = "group.id" in given or any("Consumer" in item for item in _declared(call, links, file))
    made = next((link for link in links if link.callee.endswith((".create", ".create_with_context"))), None)
    if made is not None:
        name, is_kept = kept(made, file)
        yield Client(
            call.span.until(call.name_span), "rdkafka", "queue", name, call.function, call.in_loop, is_cached=is_kept or is_consumer
        )
    if not is_consumer:
        return
    topic = _topic(subscribe.arguments[0].value, file, call.function) if subscribe is not None else ""
    commit, stored = given.get("enable.auto.commit"), given.get("enable.auto.offset.store")
    value = _text(commit.arguments[1].value, file, call.function) if commit is not None else "true"
    acknowledge: Acknowledge = "auto" if value == "true" else "manual" if value == "false" else "unknown"
    if acknowledge == "auto" and stored is not None and _text(stored.arguments[1].value, file, call.function) == "false":
        acknowledge = "manual"  # Offsets are stored by hand, after the work.
    if acknowledge == "auto" and any(link.callee.endswith((".store_offset", ".commit_message")) for link in file.calls_in(call.function)):
        acknowledge = "unknown"
    at = commit if commit is not None else call
    span = at.name_span.until(at.span) if commit is not None else call.span.until(call.name_span)
    reason = 'enable.auto.commit is "true"' if commit is not None else "enable.auto.commit is on by default"
    name = next((found.target for link in links if (found := file.assigned(link)) is not None), "")
    yield Subscribe(
        span, call.function, "kafka", topic, "rdkafka", _receiver(name, call.function, file), acknowledge,
        reason if acknowledge == "auto" else "",
    )  # fmt: skip


def _receiver(consumer: str, function: str, file: File) -> str:
    """Return the one function of the file that takes what `consumer.recv()` gives."""
    variables = {
        item.target
        for item in file.all(Assignment)
        if item.function == function and isinstance(item.value, Invocation) and item.value.callee.endswith((".recv", ".next"))
    }
    handed = {
        other.callee
        for other in file.calls_in(function)
        if file.definition(other.callee) is not None and any(_head(item) in variables for item in other.arguments)
    }
    return handed.pop() if consumer and len(handed) == 1 else ""


def _declared(call: Call, links: list[Call], file: File) -> Iterator[str]:
    for link in (call, *links):
        assignment = file.assigned(link)
        if assignment is not None:
            yield assignment.type


def _topic(value: Value, file: File, function: str) -> str:
    known = file.constant(value, function)
    if isinstance(known, Sequence) and known.items:
        return _text(known.items[0], file, function)
    return _text(known, file, function)


@rdkafka.call("rdkafka.producer.FutureRecord.to", "rdkafka.producer.BaseRecord.to", "FutureRecord.to", "BaseRecord.to")
def record(call: Call, file: File) -> Iterator[Fact]:
    topic = _text(call.arguments[0].value, file, call.function) if call.arguments else ""
    payload = next((link.arguments[0].value for link in links_of(call, file) if link.callee.endswith(".payload") and link.arguments), None)
    yield Publish(call.span.until(call.name_span), call.function, "kafka", topic, "rdkafka", _fields(payload, file, call.function))


@sqs.call("aws_sdk_sqs.Client().send_message", "aws_sdk_sqs.Client().receive_message")
def sqs_call(call: Call, file: File) -> Iterator[Fact]:
    links = links_of(call, file)
    queue = next(
        (_text(link.arguments[0].value, file, call.function) for link in links if link.callee.endswith(".queue_url") and link.arguments), ""
    )
    topic = queue.rpartition("/")[2]
    if call.callee.endswith(".send_message"):
        body = next((link.arguments[0].value for link in links if link.callee.endswith(".message_body") and link.arguments), None)
        yield Publish(call.span.until(call.name_span), call.function, "sqs", topic, "aws-sdk-sqs", _fields(body, file, call.function))
        return
    yield Subscribe(call.span.until(call.name_span), call.function, "sqs", topic, "aws-sdk-sqs", "", *acknowledged(call, _deletes, file))


def _deletes(call: Call) -> bool:
    return call.callee in ("aws_sdk_sqs.Client().delete_message", "aws_sdk_sqs.Client().delete_message_batch")


def _text(value: Value | None, file: File, function: str) -> str:
    return text(file.constant(value, function)) or ""


def _fields(value: Value | None, file: File, function: str) -> tuple[str, ...]:
    """Return the keys of a payload: `json!({…})`, `serde_json::to_vec(&Event { … })`."""
    known = file.constant(value, function)
    if isinstance(known, Invocation) and known.callee.startswith("serde_json.to_") and known.arguments:
        known = file.constant(known.arguments[0].value, function)
    if isinstance(known, Mapping):
        return tuple(entry.key for entry in known.entries if entry.key)
    if isinstance(known, Invocation) and known.arguments and all(item.name and item.name != "**" for item in known.arguments):
        return tuple(item.name for item in known.arguments)
    return ()
