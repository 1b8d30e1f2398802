"""Redis in Go: go-redis and redigo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.messaging import CacheOperation, Publish, Subscribe
from architrave.facts.values import Name, Number, template
from architrave.framework import File, Framework
from architrave.golang.clients import elsewhere, endpoint, hoisted, holder, is_kept, url
from architrave.regexes import regex

_PACKAGES = (
    "github.com/redis/go-redis/v9",
    "github.com/redis/go-redis",
    "github.com/go-redis/redis/v9",
    "github.com/go-redis/redis/v8",
    "github.com/go-redis/redis/v7",
    "github.com/go-redis/redis",
)

framework = Framework("go-redis", languages=("go",), modules=_PACKAGES)
imported = Framework("go-redis-imported", languages=("go",))
FRAMEWORKS = (imported,)

_NAMED = regex(r"(?i)(?:redis|rdb|cache|rc)\w*(?:\.client)?$")
Operation = Literal["get", "set", "delete", "expire", "other"]
_OPERATIONS: dict[str, Operation] = {
    "Get": "get",
    "MGet": "get",
    "HGet": "get",
    "HGetAll": "get",
    "Set": "set",
    "SetNX": "set",
    "SetEx": "set",
    "HSet": "set",
    "MSet": "set",
    "Del": "delete",
    "Unlink": "delete",
    "HDel": "delete",
    "Expire": "expire",
    "ExpireAt": "expire",
    "Keys": "other",
    "FlushAll": "other",
    "FlushDB": "other",
}
_MAKERS = ("NewClient", "NewClusterClient", "NewFailoverClient", "NewUniversalClient", "NewRing")
_CLIENTS = (*_MAKERS, "Client", "ClusterClient", "UniversalClient", "Cmdable", "Ring")


@framework.call(*(f"*.{name}" for name in _OPERATIONS))
def operation(call: Call, file: File) -> Iterator[Fact]:
    if _is_redis(call):
        yield from _operation(call, file)


@imported.call(*(f"*.{name}" for name in _OPERATIONS))
def operation_elsewhere(call: Call, file: File) -> Iterator[Fact]:
    """`cache.Client.Set(ctx, "order:1", …)` in a file that does not say what `Client` is."""
    if call.arguments and _has_context(call) and _NAMED.search(call.receiver) and not file.imports(*_PACKAGES):
        through = elsewhere(call, file, "github.com/redis/go-redis")
        yield from _operation(call, file, through) if through else ()


def _operation(call: Call, file: File, through: str = "") -> Iterator[Fact]:
    if not call.arguments:
        return
    name = call.callee.rpartition(".")[2]
    arguments = call.arguments[1:] if _has_context(call) else call.arguments
    if not arguments and name not in ("FlushAll", "FlushDB"):
        return
    key = template(file.constant(arguments[0].value, call.function)) or "" if arguments else ""
    ttl = arguments[2].value if name in ("Set", "SetNX", "SetEx") and len(arguments) > 2 else None
    has_ttl = ttl is not None and not (isinstance(ttl, Number) and ttl.value <= 0)
    yield CacheOperation(call.span.until(call.name_span), call.function, "go-redis", _OPERATIONS[name], key, has_ttl, through)


def _is_redis(call: Call) -> bool:
    package = next((package for package in _PACKAGES if call.callee.startswith(package + ".")), None)
    return package is not None and call.callee[len(package) + 1 :].partition("()")[0] in _CLIENTS


def _has_context(call: Call) -> bool:
    first = call.arguments[0].value
    written = first.written if isinstance(first, Name) else getattr(first, "callee", "")
    return "ctx" in written.lower() or "context" in written.lower()


@framework.call("*.Publish")
def publish(call: Call, file: File) -> Iterator[Fact]:
    if _is_redis(call) and len(call.arguments) == 3:
        topic = template(file.constant(call.arguments[1].value, call.function)) or ""
        yield Publish(call.span.until(call.name_span), call.function, "redis", topic, "go-redis")


@framework.call("*.Subscribe", "*.PSubscribe")
def subscribe(call: Call, file: File) -> Iterator[Fact]:
    if _is_redis(call):
        for argument in call.arguments[1:]:
            topic = template(file.constant(argument.value, call.function)) or ""
            yield Subscribe(call.span.until(call.name_span), call.function, "redis", topic, "go-redis")


@framework.call(*(f"{package}.{name}" for package in _PACKAGES for name in _MAKERS))
def client(call: Call, file: File) -> Iterator[Fact]:
    name = holder(call, file)
    options = next(
        (other for other in file.calls_in(call.function) if other.callee.endswith("Options") and call.span.contains(other.span)), None
    )
    value = options.argument("Addr") if options is not None else None
    found, setting = url(value, file, call.function)
    yield Client(
        call.span.until(call.name_span), "go-redis", "redis", name, call.function, call.in_loop, "", setting,
        is_cached=is_kept(name, call.function, file), hoist=hoisted(call, file),
    )  # fmt: skip
    yield from endpoint(found, value, call.function, file)
