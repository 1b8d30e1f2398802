"""Redis in Rust: redis, deadpool-redis, bb8-redis, fred."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.address import address
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.messaging import CacheOperation
from architrave.facts.values import Null, template
from architrave.framework import File, Framework
from architrave.rust.routers import chain_at
from architrave.rust.values import follower, kept

clients = Framework("rust-redis-clients", languages=("rust",))
framework = Framework("rust-redis", languages=("rust",), modules=("redis", "deadpool_redis", "bb8_redis", "fred"))
FRAMEWORKS = (clients, framework)

Operation = Literal["get", "set", "delete", "expire", "other"]
_OPERATIONS: dict[str, Operation] = {
    **dict.fromkeys(("get", "hget", "hgetall", "mget", "get_del"), "get"),
    **dict.fromkeys(("set", "set_ex", "pset_ex", "set_nx", "set_options", "hset", "hset_multiple", "mset", "getset"), "set"),
    **dict.fromkeys(("del", "unlink"), "delete"),
    **dict.fromkeys(("expire", "pexpire", "expire_at"), "expire"),
    "keys": "other",
    "flushall": "other",
}
_EXPIRING = ("set_ex", "pset_ex", "set_options")
_COMMANDS: dict[str, Operation] = {
    "GET": "get",
    "SET": "set",
    "SETEX": "set",
    "HSET": "set",
    "DEL": "delete",
    "EXPIRE": "expire",
    "KEYS": "other",
}
_CLIENTS = (
    "redis.Client.open",
    "redis.cluster.ClusterClient.new",
    "fred.clients.Client.new",
    "fred.clients.RedisClient.new",
    "fred.prelude.Client.new",
)


@clients.call(*_CLIENTS)
def client(call: Call, file: File) -> Iterator[Fact]:
    name, is_kept = kept(call, file)
    library = call.callee.partition(".")[0]
    given = address(call.arguments[0].value, follower(file, call.function)) if call.arguments else None
    yield Client(
        call.span.until(call.name_span), library, "redis", name, call.function, call.in_loop, given.authority if given else "",
        given.setting if given else "", is_cached=is_kept,
    )  # fmt: skip


@framework.call(*(f"*.{name}" for name in _OPERATIONS))
def operation(call: Call, file: File) -> Iterator[Fact]:
    """`connection.set_ex(key, value, 60)` of a connection whose type or maker says Redis."""
    owner, _, method = call.callee.rpartition(".")
    if not call.arguments or not _is_redis(owner):
        return
    key = template(file.constant(call.arguments[0].value, call.function)) or ""
    has_ttl = method in _EXPIRING or (
        owner.startswith("fred") and len(call.arguments) > 2 and not isinstance(call.arguments[2].value, Null)
    )
    yield CacheOperation(call.span.until(call.name_span), call.function, "redis", _OPERATIONS[method], key, has_ttl)


def _is_redis(owner: str) -> bool:
    return owner.startswith(("redis.", "deadpool_redis.", "bb8_redis.", "fred.")) or any(
        word in owner
        for word in ("ConnectionManager()", "MultiplexedConnection()", "get_multiplexed_async_connection()", "get_async_connection()")
    )


@framework.call("redis.cmd")
def command(call: Call, file: File) -> Iterator[Fact]:
    """`redis::cmd("SET").arg(key).arg(value).arg("EX").arg(60)`."""
    name = template(call.arguments[0].value) if call.arguments else None
    if name is None or name.upper() not in _COMMANDS:
        return
    chain = chain_at(call.span, file)
    given = (
        [link.arguments[0].value for link in chain.calls if link.callee.endswith(".arg") and link.arguments] if chain is not None else []
    )
    has_ttl = name.upper() == "SETEX" or any((template(value) or "").upper() in ("EX", "PX", "EXAT", "PXAT") for value in given)
    key = template(file.constant(given[0], call.function)) if given else None
    yield CacheOperation(call.span.until(call.name_span), call.function, "redis", _COMMANDS[name.upper()], key or "", has_ttl)
