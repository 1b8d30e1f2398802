"""Queues, topics and caches."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from architrave.facts.values import Replacement
from architrave.text import Span

Broker = Literal["rabbitmq", "kafka", "sqs", "redis", "sns", "pubsub", "nats", "unknown"]


class Publish(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A message is sent. `topic` is the topic, queue, or `exchange/routing.key`; "" when it could not be known."""

    span: Span
    function: str
    broker: Broker
    topic: str
    library: str = ""
    fields: tuple[str, ...] = ()
    through: str = ""  # Full name of what sends it, in another file: only a message if that is a client of the broker, or a task.


class Subscribe(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Messages are received. `acknowledge` is auto when the broker may forget a message before the work on it is done."""

    span: Span
    function: str
    broker: Broker
    topic: str
    library: str = ""
    handler: str = ""
    acknowledge: Literal["auto", "manual", "unknown"] = "unknown"
    reason: str = ""  # The literal that says so: `auto_ack=True`.
    fix: tuple[Replacement, ...] = ()  # Acknowledges after the work.
    through: str = ""  # Full name of what receives them, in another file: only a consumer if that is a client of the broker.


class MessageBody(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code that has to do with a broker writes JSON, or reads it. `fields` are the keys of an object that is written, all of them where
    `is_whole`; or those that are read and not asked for first. Where a class stands for them it is `type`."""

    span: Span
    function: str
    direction: Literal["sent", "read"]
    fields: tuple[str, ...] = ()
    type: str = ""
    is_whole: bool = True


class AcknowledgeMode(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """How all consumers of a library in a service acknowledge that do not say it themselves: `acknowledge-mode: none`."""

    span: Span
    library: str
    acknowledge: Literal["auto", "manual"]
    reason: str = ""  # The setting that says so.
    fix: tuple[Replacement, ...] = ()  # Acknowledges after the work.


class QueueDeclaration(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A queue is made. `has_dead_letter` is None when it could not be known where messages go that fail; `fix` gives them a place."""

    span: Span
    broker: Broker
    name: str
    has_dead_letter: bool | None = None
    is_durable: bool | None = None
    fix: tuple[Replacement, ...] = ()


class CacheOperation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """`key` has its holes written `{}`; `ttl` is in seconds, None when none is given."""

    span: Span
    function: str
    library: str
    operation: Literal["get", "set", "delete", "expire", "other"]
    key: str = ""
    has_ttl: bool = False
    through: str = ""  # Full name of what it is asked of, in another file: only an operation if that is a client of a cache.
