"""Numbers of rows on their way from a handler to a query, in every language: parameters named like a page size, or with such a field."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, PageFlow
from architrave.facts.code import Call
from architrave.facts.values import Argument, Invocation, Mapping, Name, Sequence, Value
from architrave.framework import File, Framework
from architrave.regexes import regex

framework = Framework("page-sizes", languages=("python", "typescript", "javascript", "go", "java", "rust"))

_CONVERSIONS = frozenset({"int", "Number", "parseInt", "Integer.valueOf"})
_GETTERS = {f"get{name[0].upper()}{name[1:]}": name for name in PAGE_NAMES}
_WORD = regex(r"[A-Za-z_$][\w$]*")
_DEPTH = 3  # Variables of variables, options in options.


@framework.chunk(Call)
def flows(calls: list[Call], file: File) -> Iterator[Fact]:
    for call in calls:
        if not call.arguments or not call.function:
            continue
        position = 0
        for argument in call.arguments:
            if isinstance(argument.value, Mapping):
                yield from _options(call, argument, file)
            elif isinstance(argument.value, Name | Invocation):
                found = _of_parameter(argument.value, call.function, file)
                if found is not None:
                    name, is_bounded = found
                    takes_rows = file.takes_rows(call, argument)
                    at = None if argument.name else position
                    yield PageFlow(call.span, call.function, name, call.callee, at, argument.name, takes_rows, is_bounded)
            position += not argument.name


def _options(call: Call, argument: Argument, file: File) -> Iterator[PageFlow]:
    """`findMany({ take: limit })`, `list({ paging: { limit: query.limit } })`."""
    frontier = [argument.value]
    for _ in range(_DEPTH):
        entries = [entry for value in frontier if isinstance(value, Mapping) for entry in value.entries]
        for entry in entries:
            found = _of_parameter(entry.value, call.function, file) if isinstance(entry.value, Name | Invocation) else None
            if found is not None:
                name, is_bounded = found
                takes_rows = file.takes_rows(call, argument, entry.key)
                yield PageFlow(call.span, call.function, name, call.callee, None, entry.key, takes_rows, is_bounded)
        frontier = [entry.value for entry in entries]


def _of_parameter(value: Value, function: str, file: File, depth: int = _DEPTH) -> tuple[str, bool] | None:
    """Return the page size that a value is, of the parameters of a function, and whether the function bounds it.

    `limit`, `page.limit`, `query.getLimit()`, or a variable that holds one of these.
    """
    if isinstance(value, Invocation) and value.callee in _CONVERSIONS and value.arguments:
        return _of_parameter(value.arguments[0].value, function, file, depth)
    written = _written(value, file)
    name = written[written.rfind(".") + 1 :]
    name = _GETTERS.get(name, name)
    if name not in PAGE_NAMES:
        return None
    definition = file.definition(function)
    head = written.partition(".")[0]
    is_field = head != written
    for parameter in definition.parameters if definition is not None else ():
        is_it = head == parameter.name or (parameter.name.startswith("{") and head in _WORD.findall(parameter.name))
        if is_it and not (is_field and file.language == "rust"):  # There a field may be validated by its struct: `rust.requests`.
            return name, file.is_bounded(written, function)
    assigned = file.assignments(written, function) if not is_field and depth else []
    if len(assigned) != 1 or not assigned[0].function:
        return None  # What is assigned twice may be clamped.
    source: Value = assigned[0].value
    if isinstance(source, Sequence) and source.items:  # query.limit ?? 10
        source = source.items[0]
    found = _of_parameter(source, function, file, depth - 1) if isinstance(source, Name | Invocation) else None
    return (found[0], found[1] or file.is_bounded(written, function)) if found is not None else None


def _written(value: Value, file: File) -> str:
    if isinstance(value, Name):
        return value.written
    if isinstance(value, Invocation) and not value.arguments and file.language == "java":
        last = value.callee[value.callee.rfind(".") + 1 :]
        if last in PAGE_NAMES or last in _GETTERS:
            return next((call.written for call in file.near(Call, value.span) if call.span == value.span), "")
    return ""
