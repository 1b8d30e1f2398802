"""Numbers of rows that a handler of Node takes from the request and hands to a function of a service or repository."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, PageSize
from architrave.facts.code import Access, Assignment, Call
from architrave.facts.values import Replacement, Value, names
from architrave.framework import File, Framework
from architrave.node.requests import is_clamped, is_input, source
from architrave.node.routers import LANGUAGES

framework = Framework("js-page-sizes", languages=LANGUAGES)


@framework.file
def page_sizes(file: File) -> Iterator[Fact]:
    """`list(Number(req.query.limit))`, or with a variable that holds it."""
    functions = {item.function for item in file.all(Access) if is_input(item.name)}
    functions |= {item.function for item in file.all(Assignment) if any(is_input(name) for name in names(item.value))}
    for function in sorted(functions):
        for call in file.calls_in(function):
            yield from _handed(call, file)


def _handed(call: Call, file: File) -> Iterator[Fact]:
    if "." not in call.callee.lstrip("./@~") and file.definition(call.callee) is None:
        return  # `Number(…)`
    for position, argument in enumerate(call.arguments):
        name = next((part for item in names(argument.value) if (part := item.rpartition(".")[2]) in PAGE_NAMES), "")
        if name and source(argument.value, file, call.function) is not None:
            yield _size(argument.value, name, call, position, file)


def _size(value: Value, name: str, call: Call, position: int, file: File) -> PageSize:
    return PageSize(
        value.span, name, call.function, is_clamped(value, file, call.function), None,
        (Replacement(value.span, "Math.min({}, 100)", copied=value.span),), call.callee, position,
    )  # fmt: skip
