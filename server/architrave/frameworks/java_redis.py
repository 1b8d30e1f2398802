"""Redis and caches in Java: RedisTemplate, Jedis, Lettuce, Spring's cache annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call, Definition
from architrave.facts.messaging import CacheOperation
from architrave.facts.values import Value, template, text
from architrave.framework import File, Framework
from architrave.java.names import constant_text, given, is_kept, items, positional, simple

framework = Framework("java-redis", languages=("java",))

Operation = Literal["get", "set", "delete", "expire", "other"]
_OPERATIONS: dict[str, Operation] = {
    **dict.fromkeys(("get", "multiGet", "mget", "hget", "hgetAll", "getAndSet", "entries", "getex"), "get"),
    **dict.fromkeys(("set", "setex", "setIfAbsent", "setnx", "psetex", "hset", "mset", "multiSet", "put", "putAll"), "set"),
    **dict.fromkeys(("delete", "del", "unlink"), "delete"),
    **dict.fromkeys(("expire", "pexpire", "expireAt"), "expire"),
    **dict.fromkeys(("keys", "flushAll", "flushDB", "flushall", "flushdb", "smembers", "scan"), "other"),
}
_TEMPLATES = ("RedisTemplate", "StringRedisTemplate", "ReactiveRedisTemplate", "ReactiveStringRedisTemplate", "RedisOperations")
_DIRECT = ("Jedis", "JedisPooled", "UnifiedJedis", "JedisCluster", "RedisCommands", "RedisAsyncCommands", "RedisReactiveCommands")
_VIEWS = ("opsForValue()", "opsForHash()", "opsForSet()", "opsForList()", "boundValueOps()")
_VIEW_TYPES = ("ValueOperations", "HashOperations")
_CLIENTS = {
    "redis.clients.jedis.Jedis": "Jedis",
    "redis.clients.jedis.JedisPool": "Jedis",
    "redis.clients.jedis.JedisPooled": "Jedis",
    "io.lettuce.core.RedisClient.create": "Lettuce",
    "org.redisson.Redisson.create": "Redisson",
}


@framework.call(*(f"*.{name}" for name in _OPERATIONS))
def operation(call: Call, file: File) -> Iterator[Fact]:
    holder, _, method = call.callee.rpartition(".")
    before, _, view = holder.rpartition(".")
    if (
        (view in _VIEWS and simple(before) in _TEMPLATES)
        or simple(holder) in _TEMPLATES
        or (simple(holder) in _VIEW_TYPES and file.imports("org.springframework.data.redis"))
    ):
        library = "spring-data-redis"
    elif simple(holder) in _DIRECT or holder.endswith((".sync()", ".async()", "getResource()")):
        if not file.imports("redis.clients", "io.lettuce"):
            return
        library = "jedis" if file.imports("redis.clients") else "lettuce"
    else:
        return
    kind = _OPERATIONS[method]
    key = template(file.constant(positional(call, 0), call.function)) or ""
    if kind == "other":
        key = key or method
    yield CacheOperation(call.span.until(call.name_span), call.function, library, kind, key, kind == "set" and _has_ttl(method, call, file))


def _has_ttl(method: str, call: Call, file: File) -> bool:
    if method in ("setex", "psetex"):
        return True
    if method in ("set", "setIfAbsent") and len(call.arguments) > 2:
        return True
    return any(
        other.callee.rpartition(".")[2] in ("expire", "expireAt", "pexpire") and _same(positional(other, 0), positional(call, 0))
        for other in file.calls_in(call.function)
    )


def _same(one: Value | None, other: Value | None) -> bool:
    written = getattr(one, "written", None) or text(one)
    return written is not None and written == (getattr(other, "written", None) or text(other))


@framework.every(Definition)
def annotated(definition: Definition, file: File) -> Iterator[Fact]:
    """`@Cacheable("orders")`: whether there is a lifetime is told by the cache's configuration, elsewhere."""
    for decorator in definition.decorators:
        kind = decorator.name.rpartition(".")[2]
        if kind not in ("Cacheable", "CachePut", "CacheEvict") or definition.kind != "method":
            continue
        operation: Operation = "get" if kind == "Cacheable" else "set" if kind == "CachePut" else "delete"
        for name in items(given(decorator, "", "cacheNames")) or (None,):
            key = (constant_text(name, file, definition.name) or "") if name is not None else ""
            yield CacheOperation(decorator.span, definition.name, "spring-cache", operation, f"{key}::{{}}" if key else "", True)


@framework.call(*_CLIENTS)
def client(call: Call, file: File) -> Iterator[Fact]:
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else file.bound_by_with(call)
    yield Client(
        call.span.until(call.name_span), _CLIENTS[call.callee], "redis", name, call.function, call.in_loop,
        is_cached=is_kept(file, name, call.function),
    )  # fmt: skip
