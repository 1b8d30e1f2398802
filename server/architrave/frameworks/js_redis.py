"""Redis in Node: ioredis, redis, @nestjs/cache-manager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.messaging import CacheOperation, Publish, Subscribe
from architrave.facts.values import Mapping, String, Value, template, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed
from architrave.node.routers import LANGUAGES

framework = Framework("js-redis", languages=LANGUAGES)

_OPERATIONS: dict[str, Literal["get", "set", "delete", "expire", "other"]] = {
    "get": "get", "mget": "get", "mGet": "get", "hget": "get", "hGet": "get", "hgetall": "get", "hGetAll": "get",
    "set": "set", "setex": "set", "setEx": "set", "hset": "set", "hSet": "set", "psetex": "set",
    "del": "delete", "unlink": "delete", "expire": "expire", "pexpire": "expire", "keys": "other", "incr": "other", "scan": "other",
}  # fmt: skip
_CLIENTS = ("ioredis()", "ioredis.Redis()", "ioredis.default()", "redis.createClient()", "redis.createCluster()", "redis.RedisClientType()",
            "cache-manager.Cache()", "@nestjs/cache-manager.Cache()")  # fmt: skip
_NAMES = frozenset({"redis", "redisClient", "redisclient", "cache", "cacheManager", "redisCache"})


@framework.call("ioredis", "ioredis.Redis", "ioredis.default", "redis.createClient", "redis.createCluster")
def client(call: Call, file: File) -> Iterator[Fact]:
    yield from constructed(call, file, call.callee.partition(".")[0], "redis", given(call, 0))


@framework.call(*(f"{owner}.{name}" for owner in _CLIENTS for name in _OPERATIONS), *(f"*.{name}" for name in _OPERATIONS))
def operation(call: Call, file: File) -> Iterator[Fact]:
    owner, _, name = call.callee.rpartition(".")
    if owner not in _CLIENTS and call.receiver.rpartition(".")[2] not in _NAMES:
        return
    key = template(file.constant(given(call, 0), call.function))
    yield CacheOperation(call.span.until(call.name_span), call.function, "redis", _OPERATIONS[name], key or "", _has_ttl(call, name, file))


def _has_ttl(call: Call, name: str, file: File) -> bool:
    if name in ("setex", "setEx", "psetex", "expire", "pexpire"):
        return True
    if name != "set":
        return False
    rest: list[Value] = [item.value for item in call.arguments[2:]]
    for value in rest:
        value = file.constant(value, call.function) or value
        if isinstance(value, String) and value.value.upper() in ("EX", "PX", "EXAT", "PXAT"):
            return True
        if isinstance(value, Mapping) and any(entry.key in ("EX", "PX", "ttl", "EXAT", "expiration") for entry in value.entries):
            return True
    return bool(rest) and "cache" in call.receiver.lower()


@framework.call(*(f"{owner}.publish" for owner in _CLIENTS))
def publish(call: Call, file: File) -> Iterator[Fact]:
    yield Publish(
        call.span.until(call.name_span), call.function, "redis", text(file.constant(given(call, 0), call.function)) or "", "redis"
    )


@framework.call(*(f"{owner}.subscribe" for owner in _CLIENTS))
def subscribe(call: Call, file: File) -> Iterator[Fact]:
    yield Subscribe(
        call.span.until(call.name_span), call.function, "redis", text(file.constant(given(call, 0), call.function)) or "", "redis"
    )
