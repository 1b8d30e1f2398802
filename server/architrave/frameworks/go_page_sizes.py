"""Numbers of rows that a handler of Go takes from the request and hands to a function of a service or repository."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES
from architrave.facts.code import Assignment, Call
from architrave.facts.values import Invocation, Name, Value
from architrave.framework import File, Framework
from architrave.golang.requests import handed

framework = Framework(
    "go-page-sizes",
    languages=("go",),
    modules=("net/http", "github.com/gin-gonic/gin", "github.com/labstack/echo", "github.com/go-chi/chi"),
)

_NUMBERS = frozenset({"int", "int32", "int64", "uint", "uint32", "uint64"})


@framework.file
def page_sizes(file: File) -> Iterator[Fact]:
    """`limit, _ := strconv.Atoi(c.Query("limit"))`, then `h.orders.List(ctx, limit)`."""
    seen: set[tuple[str, str]] = set()
    for item in file.all(Assignment):
        if item.target in PAGE_NAMES and item.function and (item.function, item.target) not in seen:
            seen.add((item.function, item.target))
            for call, position, value in _takers(item.target, item.function, file):
                yield from handed(value, item.target, call, position, file)


def _takers(name: str, function: str, file: File) -> Iterator[tuple[Call, int, Value]]:
    """Yield the calls that take a variable, plain or made another whole number."""
    for call in file.calls_in(function):
        for position, argument in enumerate(call.arguments):
            value = argument.value
            if isinstance(value, Invocation) and value.callee in _NUMBERS and value.arguments:
                value = value.arguments[0].value
            if call.callee not in _NUMBERS and isinstance(value, Name) and value.written == name:
                yield call, position, argument.value
