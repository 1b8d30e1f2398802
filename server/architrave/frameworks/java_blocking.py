"""What holds its thread in reactive Java: sleep, `block()`, JDBC and blocking HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Call
from architrave.framework import File, Framework
from architrave.java.names import simple
from architrave.java.queries import links

framework = Framework("java-blocking", languages=("java",))

_EXACT = {
    "Thread.sleep": ("waits", "Mono.delay"),
    "java.util.concurrent.TimeUnit.SECONDS.sleep": ("waits", "Mono.delay"),
    "java.util.concurrent.TimeUnit.MILLISECONDS.sleep": ("waits", "Mono.delay"),
    "java.nio.file.Files.readAllBytes": ("reads a file", "DataBufferUtils.read"),
    "java.nio.file.Files.readString": ("reads a file", "DataBufferUtils.read"),
    "java.nio.file.Files.readAllLines": ("reads a file", "DataBufferUtils.read"),
    "java.nio.file.Files.write": ("writes a file", "DataBufferUtils.write"),
    "java.nio.file.Files.writeString": ("writes a file", "DataBufferUtils.write"),
    "java.net.http.HttpClient().send": ("waits for an answer", "sendAsync"),
}
_TYPES = {
    "RestTemplate": ("waits for an answer", "WebClient"),
    "JdbcTemplate": ("waits for the database", "DatabaseClient"),
    "NamedParameterJdbcTemplate": ("waits for the database", "DatabaseClient"),
    "EntityManager": ("waits for the database", "R2DBC"),
}
_REACTIVE = ("reactor.core", "io.smallrye.mutiny", "io.reactivex")
_OFFLOADED = ("subscribeOn", "publishOn", "runSubscriptionOn")


@framework.call(*_EXACT)
def known(call: Call, file: File) -> Iterator[Fact]:
    what, instead = _EXACT[call.callee]
    yield from _blocking(call, what, instead, file)


@framework.every(Call)
def typed(call: Call, file: File) -> Iterator[Fact]:
    holder, _, method = call.callee.rpartition(".")
    if (
        method in ("block", "blockFirst", "blockLast", "blockOptional")
        and holder.endswith(")")
        and file.imports(*_REACTIVE, "org.springframework.web.reactive")
    ):
        yield from _blocking(call, "waits for a publisher", "flatMap", file)
        return
    found = _TYPES.get(simple(holder)) if holder.endswith("()") else None
    if found is not None and (method.startswith("getFor") or not method.startswith(("set", "get", "create"))):
        yield from _blocking(call, *found, file)


def _blocking(call: Call, what: str, instead: str, file: File) -> Iterator[Fact]:
    if not call.function or _is_offloaded(call, file):
        return
    yield BlockingCall(call.span.until(call.name_span), ".".join(call.written.split(".")[-2:]), call.function, what, instead)


def _is_offloaded(call: Call, file: File) -> bool:
    """Whether the call stands in a callback whose chain goes on another scheduler: `Mono.fromCallable(…).subscribeOn(…)`."""
    for block in file.enclosing(call.span, "callback", "loop"):
        for other in file.calls_in(call.function):
            if other.callee.rpartition(".")[2] in ("fromCallable", "fromRunnable", "fromSupplier", "defer", "item") and other.span.contains(
                block.span
            ):
                return any(link.callee.rpartition(".")[2] in _OFFLOADED for link in links(other, file))
            if other.callee.rpartition(".")[2] in ("execute", "submit", "runAsync", "supplyAsync") and other.span.contains(block.span):
                return True
    return False
