"""Numbers of rows that handlers of Python take from the request themselves: Flask, Django, Starlette, aiohttp."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, PageSize
from architrave.facts.code import Assignment
from architrave.facts.values import Invocation, Mapping, Name, Replacement, Sequence, Value, text
from architrave.framework import File, Framework

framework = Framework("python-page-sizes", languages=("python",))

# How the query of a request is read, whatever the variable of the request is called or its type.
_QUERIES = ("request.args", "request.values", "request.GET", "request.query_params", "request.query", "request.rel_url.query")
_TYPED = ("Request().query_params", "Request().query", "HttpRequest().GET", "request.Request().query_params")
_PASSING = ("int", "min", "max")


@framework.every(Assignment)
def page_size(assignment: Assignment, file: File) -> Iterator[Fact]:
    if not assignment.function or not isinstance(assignment.value, Invocation | Name | Sequence):
        return
    if _requested(assignment.value) not in PAGE_NAMES:
        return
    name = assignment.target
    if len(file.assignments(name, assignment.function)) > 1:
        return  # Assigned again: perhaps clamped there.
    for use in file.page_uses(name, assignment.function)[:1]:
        is_bounded = _is_clamped(assignment.value) or file.is_bounded(name, assignment.function)
        fix = (Replacement(assignment.value.span, "min({}, 100)", copied=assignment.value.span),)
        yield PageSize(use.span, name, assignment.function, is_bounded, assignment.span, fix, callee=use.callee)


def _requested(value: Value) -> str:
    """The query parameter that a value is read from."""
    if isinstance(value, Sequence) and len(value.items) == 2:  # `request.args.get("limit") or 20`
        return _requested(value.items[0])
    if isinstance(value, Name):  # request.GET["limit"]
        holder, _, name = value.name.rpartition(".")
        return name if holder.endswith((*_QUERIES, *_TYPED)) else ""
    if isinstance(value, Invocation) and value.callee in _PASSING and value.arguments:
        return next((found for item in value.arguments if (found := _requested(item.value))), "")
    if isinstance(value, Invocation) and value.callee.endswith(".get") and value.arguments:
        return (text(value.arguments[0].value) or "") if value.callee.removesuffix(".get").endswith((*_QUERIES, *_TYPED)) else ""
    return ""


def _is_clamped(value: Value) -> bool:
    return isinstance(value, Invocation) and (
        value.callee == "min" or any(_is_clamped(item.value) for item in value.arguments if isinstance(item.value, Invocation))
    )


@framework.every(Assignment)
def offsets(assignment: Assignment, file: File) -> Iterator[Fact]:
    """Django REST framework: limits and offsets for all lists, which the class itself does not bound."""
    if assignment.target != "REST_FRAMEWORK" or assignment.function or not isinstance(assignment.value, Mapping):
        return
    entry = assignment.value.entry("DEFAULT_PAGINATION_CLASS")
    if entry is not None and text(entry.value) == "rest_framework.pagination.LimitOffsetPagination":
        yield PageSize(entry.value.span, "limit", "", False)
