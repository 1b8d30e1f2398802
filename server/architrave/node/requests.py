"""Values that come from a request, and page sizes on their way to a query."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import PageSize
from architrave.facts.code import Definition
from architrave.facts.values import Invocation, Mapping, Name, Number, Replacement, Sequence, String, Value, names, walk
from architrave.framework import File
from architrave.regexes import regex

_INPUT = regex(
    r"(?:^|\.)(?:req|request|ctx|_req|Request\(\)|FastifyRequest\(\)|NextRequest\(\)|event)(?:\(\))?\.(?:query|params|body|headers|cookies)\b"
)
_SEARCH = ("searchParams.get", "nextUrl.searchParams.get", "req.query", "req.param", "req.get")
_CONVERSIONS = frozenset(
    {"Number", "parseInt", "parseFloat", "String", "Number.parseInt", "BigInt", "Math.floor", "Math.trunc", "Math.max", "Math.abs"}
)
_CLAMPS = frozenset({"Math.min", "clamp", "_.clamp", "lodash.clamp"})
_DEPTH = 5


def is_input(name: str) -> bool:
    """Whether a chain of names, as written or resolved, is read from a request: `req.query.limit`."""
    return bool(_INPUT.search(name))


def source(value: Value | None, file: File, function: str, depth: int = 0) -> Value | None:
    """Return the place where a value is taken from the request, through conversions, defaults and variables; else None."""
    if value is None or depth > _DEPTH:
        return None
    if isinstance(value, Name):
        if is_input(value.written) or is_input(value.name):
            return value
        for item in file.assignments(value.written, function):
            found = source(item.value, file, function, depth + 1)
            if found is not None:
                return found
        return _decorated(value, file, function)
    if isinstance(value, Sequence) and value.items:
        return next((found for item in value.items if (found := source(item, file, function, depth + 1))), None)
    if isinstance(value, Invocation):
        if value.callee.endswith(_SEARCH):
            return value
        if (value.callee in _CONVERSIONS or value.callee in _CLAMPS) and value.arguments:
            return next((found for item in value.arguments if (found := source(item.value, file, function, depth + 1))), None)
    return None


def _decorated(value: Name, file: File, function: str) -> Value | None:
    """Return a parameter that NestJS fills from the request: `@Query("limit") limit: number`."""
    definition: Definition | None = file.definition(function)
    head = value.written.partition(".")[0]
    for parameter in definition.parameters if definition is not None else ():
        if parameter.name == head and any(item.name.startswith("@nestjs/common.") and item.arguments for item in parameter.decorators):
            return value
    return None


def is_clamped(value: Value | None, file: File, function: str, depth: int = 0) -> bool:
    """Whether a number meets a greatest value on its way: `Math.min(…, 100)`, a comparison, a schema's `max`."""
    if value is None or depth > _DEPTH:
        return False
    for part in walk(value):
        if isinstance(part, Invocation) and (
            part.callee in _CLAMPS or part.callee.rpartition(".")[2] in ("parse", "safeParse", "max", "lte")
        ):
            return True
        if isinstance(part, Name):
            if file.is_bounded(part.written, function):
                return True
            if any(is_clamped(item.value, file, function, depth + 1) for item in file.assignments(part.written, function)):
                return True
    return False


def page_size(value: Value | None, file: File, function: str) -> Iterator[PageSize]:
    """Yield the page size that reaches a query as `value`, when it comes from the request."""
    if value is None or isinstance(value, Number | String):
        return
    found = source(value, file, function)
    if found is None:
        return
    name = next((item.rpartition(".")[2] for item in names(value)), "limit")
    yield PageSize(value.span, name, function, is_clamped(value, file, function), None, (bounded(value, file, function),))


def bounded(value: Value, file: File, function: str) -> Replacement:
    """Return what gives a number of rows a greatest value where it is handed over: `take: Math.min(take, 100)` for a mere `take`."""
    arguments = [argument.value for call in file.calls_in(function) for argument in call.arguments]
    mappings = [part for argument in arguments for part in walk(argument) if isinstance(part, Mapping)]
    short = next((entry.key for part in mappings for entry in part.entries if entry.span == value.span == entry.value.span), "")
    definition = file.definition(function)
    parameters = definition.parameters if definition is not None else ()
    is_text = isinstance(value, Name) and any(item.name == value.written and item.type == "string" for item in parameters)
    number = "Number({})" if is_text else "{}"
    return Replacement(value.span, f"{f'{short}: ' if short else ''}Math.min({number}, 100)", copied=value.span)
