"""Routers of Rust: chains of calls that live in variables and results of functions, and get a name that is theirs alone in the file.

let app = Router::new().route(…)        in `main`              `main.app`
fn router() -> Router { Router::new() }                        `router`, which `.nest("/v1", orders::router())` mounts
Router::new().nest("/v1", Router::new().route(…))              the inner one is `main.router1`
fn config(cfg: &mut ServiceConfig) { cfg.service(…) }          `config`, which `.configure(orders::config)` mounts
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from architrave.facts.code import Assignment, Call, Return
from architrave.facts.values import Function, Invocation, Name, Value
from architrave.framework import File
from architrave.regexes import regex
from architrave.text import Span

_OLD = regex(r"/([:*])(\w+)")
_STAR = regex(r"\{\*(\w+)\}")
_TAIL = regex(r"\{(\w+):\.\*\}")
_PATTERN = regex(r"\{(\w+):[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


class Chain(NamedTuple):
    """The calls of `A::new().b().c()`, innermost first. `root` is what the first is called on, "" when the chain begins with it."""

    calls: tuple[Call, ...]
    root: str
    function: str

    @property
    def first(self) -> Call:
        return self.calls[0]

    @property
    def last(self) -> Call:
        return self.calls[-1]

    @property
    def methods(self) -> tuple[Call, ...]:
        """The calls on what is there already: not `orders::routes()`, which a chain begins with, however it is called."""
        return self.calls if self.root else self.calls[1:]


def chains(file: File) -> dict[tuple[int, int], Chain]:
    """Return the chains of a file by chunk and start."""
    return file.once(_chains)


def _chains(file: File) -> dict[tuple[int, int], Chain]:
    grouped: dict[tuple[int, int], list[Call]] = {}
    for call in file.all(Call):
        grouped.setdefault((call.span.chunk, call.span.start), []).append(call)
    found = {}
    for place, calls in grouped.items():
        calls.sort(key=_end)
        first = calls[0]
        is_path = "." in first.written and (first.written.split(".")[-2][:1].isupper() or "()" not in first.callee)
        root = "" if is_path or "." not in first.written else first.receiver
        found[place] = Chain(tuple(calls), root, first.function)
    return found


def _end(call: Call) -> int:
    return call.span.end


def chain_at(value: Value | Span, file: File) -> Chain | None:
    span = value if isinstance(value, Span) else value.span
    return chains(file).get((span.chunk, span.start))


@dataclass
class Holders:
    """Names for chains that make routers."""

    file: File
    made: dict[tuple[int, int], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def variable(self, written: str, function: str) -> str:
        """Return the name of the router in a variable; a parameter is the router that the function itself is."""
        definition = self.file.definition(function)
        parameters = {parameter.name for parameter in definition.parameters} if definition is not None else set()
        if written in parameters and not self.file.assignments(written, function):
            return function
        return f"{function}.{written}" if function else written

    def of(self, chain: Chain) -> str:
        """Return the name of the router that a chain, which begins with a constructor, makes."""
        place = (chain.first.span.chunk, chain.first.span.start)
        known = self.made.get(place)
        if known is None:
            known = self.made[place] = self._held(chain)
        return known

    def _held(self, chain: Chain) -> str:
        function = chain.function
        assignment = self._assignments.get((chain.first.span.chunk, chain.first.span.start))
        if assignment is not None:
            return f"{function}.{assignment.target}" if function else assignment.target
        if (chain.first.span.chunk, chain.first.span.start) in self._returns:
            return function
        self.counts[function] = self.counts.get(function, 0) + 1
        return f"{function}.router{self.counts[function]}"

    @property
    def _assignments(self) -> dict[tuple[int, int], Assignment]:
        return self.file.once(_assignments)

    @property
    def _returns(self) -> frozenset[tuple[int, int]]:
        return self.file.once(_returns)

    def result(self, chain: Chain) -> str:
        """Return the name that a chain's result goes by: of the variable, or of the function that returns it; "" for none."""
        place = (chain.first.span.chunk, chain.first.span.start)
        assignment = self._assignments.get(place)
        if assignment is not None:
            return self.variable(assignment.target, chain.function)
        return chain.function if place in self._returns else ""


def _assignments(file: File) -> dict[tuple[int, int], Assignment]:
    return {(item.value.span.chunk, item.value.span.start): item for item in file.all(Assignment)}


def _returns(file: File) -> frozenset[tuple[int, int]]:
    found = set()
    for item in file.all(Return):
        value = item.value
        if isinstance(value, Invocation) and value.callee in ("Ok", "Some") and value.arguments:
            value = value.arguments[0].value
        found.add((value.span.chunk, value.span.start))
    return frozenset(found)


def braces(path: str) -> str:
    """`/orders/:id/*rest` of axum 0.7, `/orders/{id}/{*rest}` of 0.8, `/orders/{id:\\d+}/{rest:.*}` of actix-web."""
    path = _OLD.sub(lambda match: f"/{{{match[2]}*}}" if match[1] == "*" else f"/{{{match[2]}}}", path)
    return _PATTERN.sub(r"{\1}", _TAIL.sub(r"{\1*}", _STAR.sub(r"{\1*}", path)))


def joined(prefix: str, path: str) -> str:
    if not prefix or not path:
        return prefix + path
    return prefix.rstrip("/") + "/" + path.lstrip("/")


def handler_of(value: Value, function: str) -> str:
    """Return the name of the handler that a value is."""
    if isinstance(value, Name):
        return value.name
    if isinstance(value, Function):
        return value.name or f"{function}.closure"
    if isinstance(value, Invocation):
        inner = next((item.value for item in value.arguments if isinstance(item.value, Name | Function)), None)
        return handler_of(inner, function) if inner is not None else value.callee
    return ""


_PLAIN_LAYERS = tuple(
    """Trace Cors Compression Decompression Timeout Extension SetRequestId PropagateRequestId RequestBodyLimit DefaultBodyLimit CatchPanic
    Logger Compress NormalizePath TracingLogger SetResponseHeader SessionManager SessionMiddleware FlashMessages BufferLayer ErrorHandlers
    DefaultHeaders ServiceBuilder Condition ConcurrencyLimit LoadShed HandleError Otel Metrics Prometheus""".split()  # noqa: SIM905
)


def guards_of(values: Iterator[Value] | list[Value]) -> Iterator[str]:
    """Yield the names of what may turn a request away: `from_fn(require_user)`, `AuthLayer::new(…)`; logging and its like are left out."""
    for value in values:
        if isinstance(value, Invocation) and value.callee.rpartition(".")[2] in ("from_fn", "from_fn_with_state"):
            given = [item.value for item in value.arguments if isinstance(item.value, Name)]
            if given:
                yield given[-1].name
            continue
        name = (value.callee if isinstance(value, Invocation) else value.name if isinstance(value, Name) else "").partition("()")[0]
        parts = name.split(".")
        typed = next((index for index in range(len(parts) - 1, -1, -1) if parts[index][:1].isupper()), None)
        if typed is not None:
            if not parts[typed].startswith(_PLAIN_LAYERS):
                yield ".".join(parts[: typed + 1])
        elif name:
            yield name
