"""What holds its thread in reactive Java: sleep, `block()`, JDBC and blocking HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Call, Import, Return
from architrave.facts.values import Replacement
from architrave.framework import File, Framework
from architrave.java.imports import imported
from architrave.java.names import simple
from architrave.java.queries import links
from architrave.text import Span

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
_UNITS = {
    "Thread.sleep": "ofMillis",
    "java.util.concurrent.TimeUnit.SECONDS.sleep": "ofSeconds",
    "java.util.concurrent.TimeUnit.MILLISECONDS.sleep": "ofMillis",
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
    fix, title = _delayed(call, file), "Wait without a thread"
    if not fix:
        fix, title = _elsewhere(call, file), "Run it on another scheduler"
    shown = ".".join(call.written.split(".")[-2:])
    yield BlockingCall(call.span.until(call.name_span), shown, call.function, what, instead, fix, title if fix else "")


def _delayed(call: Call, file: File) -> tuple[Replacement, ...]:
    """Let the publisher that is returned right after a sleep wait instead: `Mono.delay(…).then(…)`."""
    returned = next((item for item in file.near(Return, call.span) if item.function == call.function), None)
    unit = _UNITS.get(call.callee)
    if unit is None or returned is None or not call.arguments or file.enclosing(call.span, "callback", "loop", "try", "branch", "with"):
        return ()
    between = Span(call.span.end, returned.span.start, call.span.chunk)
    definition, imports = file.definition(call.function), imported(file, "java.time.Duration")
    kind = definition.returns.rpartition(".")[2] if definition is not None else ""
    is_next = between.start < between.end and not any(between.contains(item.span) for item in file.near(Call, call.span))
    if not is_next or imports is None or not kind.startswith(("Mono<", "Flux<")) or not _has(file, "Mono"):
        return ()
    then = "then" if kind.startswith("Mono<") else "thenMany"
    delay = Replacement(returned.value.span.before, f"Mono.delay(Duration.{unit}({{}})).{then}(", copied=call.arguments_span)
    return Replacement(call.span, "", "whole"), delay, Replacement(returned.value.span.after, ")"), *imports


def _elsewhere(call: Call, file: File) -> tuple[Replacement, ...]:
    """Make `Mono.just(blocking())` a `Mono.fromCallable(() -> blocking())` on a scheduler that may wait."""
    just = next(
        (
            other
            for other in file.calls_in(call.function)
            if other.callee.endswith("Mono.just") and len(other.arguments) == 1 and other.arguments_span.contains(call.span)
        ),
        None,
    )
    imports = imported(file, "reactor.core.scheduler.Schedulers")
    if just is None or imports is None or file.enclosing(call.span, "callback"):
        return ()
    return (
        Replacement(just.name_span, "fromCallable"),
        Replacement(just.arguments_span.before, "() -> "),
        Replacement(just.span.after, ".subscribeOn(Schedulers.boundedElastic())"),
        *imports,
    )


def _has(file: File, name: str) -> bool:
    return any(item.alias == name for item in file.all(Import))


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
