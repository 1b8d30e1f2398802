"""Clients of stores in Python: Redis, MongoDB, connection pools and engines, Memcached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.address import address
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.messaging import CacheOperation, Publish, Subscribe
from architrave.facts.values import String, template, text
from architrave.framework import File, Framework
from architrave.python.clients import hoisted
from architrave.regexes import regex

framework = Framework("python-stores", languages=("python",))

Kind = Literal["http", "database", "redis", "queue", "sdk", "mongo"]
_REDIS = ("redis.Redis", "redis.StrictRedis", "redis.from_url", "redis.Redis.from_url", "redis.asyncio.Redis", "redis.asyncio.from_url")
_CLIENTS: dict[str, tuple[str, Kind]] = {
    **dict.fromkeys(_REDIS, ("Redis", "redis")),
    "sqlalchemy.create_engine": ("SQLAlchemy", "database"),
    "sqlmodel.create_engine": ("SQLAlchemy", "database"),
    "sqlalchemy.ext.asyncio.create_async_engine": ("SQLAlchemy", "database"),
    "psycopg2.connect": ("psycopg2", "database"),
    "psycopg.connect": ("psycopg", "database"),
    "psycopg_pool.ConnectionPool": ("psycopg", "database"),
    "psycopg2.pool.ThreadedConnectionPool": ("psycopg2", "database"),
    "asyncpg.connect": ("asyncpg", "database"),
    "asyncpg.create_pool": ("asyncpg", "database"),
    "pymysql.connect": ("PyMySQL", "database"),
    "pymongo.MongoClient": ("PyMongo", "mongo"),
    "motor.motor_asyncio.AsyncIOMotorClient": ("Motor", "mongo"),
}
_READS, _WRITES = ("get", "hget", "hgetall", "mget"), ("set", "setex", "hset", "mset", "psetex")
_METHODS = (*_READS, *_WRITES, "delete", "expire", "keys", "flushall")
_NAMED = regex(r"(?i)redis|cache|valkey|^rdb$|^r$")
_OPERATIONS: dict[str, Literal["get", "set", "delete", "expire", "other"]] = {
    **dict.fromkeys(_READS, "get"),
    **dict.fromkeys(_WRITES, "set"),
    "delete": "delete",
    "expire": "expire",
}


@framework.call(*_CLIENTS)
def client(call: Call, file: File) -> Iterator[Fact]:
    library, kind = _CLIENTS[call.callee]
    assignment = file.assigned(call)
    name = assignment.target if assignment else file.bound_by_with(call)
    given = address(call.argument("url", 0) or call.argument("host"), lambda part: file.constant(part, call.function))
    yield Client(
        call.span.until(call.name_span), library, kind, name, call.function, call.in_loop, given.authority if given else "",
        given.setting if given else "", is_cached=file.is_kept(name, call.function), hoist=hoisted(call, file),
    )  # fmt: skip


@framework.call(*(f"{name}().{method}" for name in _REDIS for method in _METHODS))
def cache(call: Call, file: File) -> Iterator[Fact]:
    yield _operation(call, file)


@framework.call(*(f"*.{method}" for method in _METHODS))
def imported(call: Call, file: File) -> Iterator[Fact]:
    """`cache.get("order:1")` where `cache` is imported."""
    owner = file.through(call)
    if _NAMED.search(owner.rpartition(".")[2]) and call.callee == f"{owner}.{call.callee.rpartition('.')[2]}":
        yield _operation(call, file, owner)


def _operation(call: Call, file: File, through: str = "") -> CacheOperation:
    method = call.callee.rpartition(".")[2]
    operation = _OPERATIONS.get(method, "other")
    key = template(file.constant(call.arguments[0].value, call.function)) if call.arguments else None
    has_ttl = method in ("setex", "psetex") or any(item.name in ("ex", "px", "exat", "pxat", "keepttl") for item in call.arguments)
    has_ttl |= method == "set" and len(call.arguments) > 2
    return CacheOperation(
        call.span.until(call.name_span), call.function, "" if through else "redis", operation, key or "", has_ttl, through
    )


@framework.call(*(f"{name}().{method}" for name in _REDIS for method in ("publish", "xadd")))
def publish(call: Call, file: File) -> Iterator[Fact]:
    channel = text(file.constant(call.arguments[0].value, call.function)) if call.arguments else None
    yield Publish(call.span.until(call.name_span), call.function, "redis", channel or "", "redis")


@framework.call(*(f"{name}().pubsub().{method}" for name in _REDIS for method in ("subscribe", "psubscribe")))
def subscribe(call: Call, file: File) -> Iterator[Fact]:
    for item in call.arguments:
        value = file.constant(item.value, call.function)
        if isinstance(value, String):
            yield Subscribe(call.span.until(call.name_span), call.function, "redis", value.value, "redis")
