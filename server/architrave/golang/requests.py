"""Values that come from a request, and whether anything bounds them on the way to a query."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import PageSize
from architrave.facts.code import Assignment, Call, Comparison, Field
from architrave.facts.values import Argument, Invocation, Name, Number, Replacement, Value, text, walk
from architrave.framework import File
from architrave.text import Span

_SOURCES = {
    "github.com/gin-gonic/gin.Context()": {"Query", "DefaultQuery", "Param", "PostForm", "DefaultPostForm"},
    "github.com/labstack/echo.Context()": {"QueryParam", "Param", "FormValue"},
    "github.com/labstack/echo/v4.Context()": {"QueryParam", "Param", "FormValue"},
    "github.com/labstack/echo/v5.Context()": {"QueryParam", "Param", "FormValue"},
    "net/http.Request()": {"FormValue", "PostFormValue", "PathValue"},
    "net/http.Request().URL.Query()": {"Get"},
    "net/http.Request().Form": {"Get"},
}
_CONVERSIONS = frozenset({"strconv.Atoi", "strconv.ParseInt", "strconv.ParseUint", "int", "int32", "int64", "uint", "uint64", "cmp.Or"})
_BOUNDS = ("max=", "lte=", "lt=")
_PARSED = ("net/url.ParseQuery()", "net/http.Request().URL.Query()")
_DEPTH = 5


def source(value: Value | None, file: File, function: str) -> Value | None:
    """Return the place where a value is taken from the request, or None when it is not known to be."""
    for _ in range(_DEPTH):
        if isinstance(value, Name):
            given = [item.value for item in file.assignments(value.written, function) if isinstance(item.value, Invocation)]
            taken = next((item for item in given if source(item, file, function)), None)
            if taken is None:
                return None
            value = taken
        elif isinstance(value, Invocation):
            owner, _, method = value.callee.rpartition(".")
            if method in _SOURCES.get(owner, ()):
                return value
            if (value.callee not in _CONVERSIONS and method not in ("ToInt", "ToInt64")) or not value.arguments:
                return None
            value = value.arguments[0].value
        else:
            return None
    return None


def page_size(argument: Argument, function: str, file: File) -> Iterator[PageSize]:
    """Yield the page size that reaches a query as `argument`, when it comes from the request."""
    value = argument.value
    if isinstance(value, Name) and "." in value.written:
        yield from _bound_field(value, argument.span, function, file)
        return
    found = source(value, file, function)
    if found is None:
        return
    name = value.written if isinstance(value, Name) else "limit"
    is_bounded = isinstance(value, Name) and _is_bounded(value.written, function, file)
    yield PageSize(argument.span, name, function, is_bounded, None, _bounded(argument.span))


def handed(value: Value, name: str, call: Call, position: int, file: File) -> Iterator[PageSize]:
    """Yield the page size that a handler hands to `call`, when it comes from the request."""
    if source(value, file, call.function) is not None:
        is_bounded = _is_bounded(name, call.function, file)
        fix = _bounded(value.span)
        yield PageSize(value.span, name, call.function, is_bounded, None, fix, callee=call.callee, position=position)


def _bounded(span: Span) -> tuple[Replacement, ...]:
    return (Replacement(span, "min({}, 100)", copied=span),)


def _is_bounded(name: str, function: str, file: File) -> bool:
    for comparison in file.all(Comparison):
        if comparison.function != function or comparison.operator not in ("<", "<=", ">", ">="):
            continue
        left, right = comparison.left, comparison.right
        if isinstance(left, Name) and left.written == name and comparison.operator in (">", ">=") and _is_limit(right):
            return True
        if isinstance(right, Name) and right.written == name and comparison.operator in ("<", "<=") and _is_limit(left):
            return True
        if isinstance(left, Name) and left.written == name and comparison.operator in ("<", "<=") and _is_limit(right):
            return True  # `if limit <= 100 { … }`
    for assignment in file.assignments(name, function):
        for part in walk(assignment.value):
            if isinstance(part, Invocation) and part.callee.rpartition(".")[2].lower() in ("min", "clamp", "minint"):
                return True
            if isinstance(part, Name) and part.written == name:
                return True
    return False


def _is_limit(value: Value) -> bool:
    return isinstance(value, Name) or (isinstance(value, Number) and value.value > 1)


def _bound_field(value: Name, span: Span, function: str, file: File) -> Iterator[PageSize]:
    """`query.Limit`, bound from the request by tags: `form:"limit" binding:"max=100"`."""
    variable, _, attribute = value.written.partition(".")
    declared = [item for item in file.assignments(variable, function) if isinstance(item, Assignment) and item.type]
    if not declared:
        return
    owner = declared[0].type.lstrip("*")
    for item in file.all(Field):
        if item.owner != owner or item.name != attribute:
            continue
        tags = {tag.name: text(tag.arguments[0].value) or "" for tag in item.decorators if tag.arguments}
        if not {"form", "query"} & set(tags):
            return
        rules = tags.get("binding", "") + "," + tags.get("validate", "")
        is_bounded = any(rule.startswith(_BOUNDS) for rule in rules.split(",")) or _is_bounded(value.written, function, file)
        yield PageSize(span, value.written, function, is_bounded, None, _bounded(span))
        return


def is_request(name: str) -> bool:
    """Whether a resolved name is, or comes from, a request."""
    return any(name.startswith(owner) for owner in _SOURCES) or name.startswith(_PARSED)
