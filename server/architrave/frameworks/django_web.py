"""Django and Django REST framework: URL patterns, views, answers, page sizes, CORS settings."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import CorsPolicy, Mount, PageSize, Reply, Route, Router
from architrave.facts.code import Assignment, Call, Definition, Field, Return
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Number, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.python.imports import imported
from architrave.regexes import regex

framework = Framework("django", languages=("python",))

_PATHS = ("django.urls.path", "django.urls.re_path", "django.conf.urls.url", "django.urls.conf.path")
_CONVERTER = regex(r"<(?:(\w+):)?(\w+)>")
_GROUP = regex(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|\((?!\?)[^()]*\)")
_RESPONSES = ("django.http.JsonResponse", "rest_framework.response.Response", "django.http.response.JsonResponse")
_PATTERNS = "urlpatterns"


def _path(written: str, is_pattern: bool) -> str:
    """Return a URL pattern as a path: `<int:pk>` and `(?P<pk>…)` become `{pk}`."""
    if not is_pattern:
        return "/" + _CONVERTER.sub(lambda match: f"{{{match[2]}{'*' if match[1] == 'path' else ''}}}", written)
    plain = _GROUP.sub(lambda match: f"{{{match[1] or 'value'}}}", written)
    return "/" + plain.removeprefix("^").removesuffix("$").replace("\\", "").lstrip("/").replace("/?", "/")


@framework.every(Assignment)
def patterns(assignment: Assignment, file: File) -> Iterator[Fact]:
    if assignment.function:
        return
    if assignment.target == _PATTERNS:
        yield Router(assignment.span, _PATTERNS, "application", framework="django")
    elif _is_router(assignment.value):
        yield Router(assignment.span, assignment.target, "router", framework="django")


def _is_router(value: Value) -> bool:
    """Whether a value is a router of DRF, or a list of patterns."""
    if isinstance(value, Sequence):
        return any(isinstance(item, Invocation) and item.callee in _PATHS for item in value.items)
    return isinstance(value, Invocation) and value.callee.startswith("rest_framework.routers.")


@framework.call(*_PATHS)
def path(call: Call, file: File) -> Iterator[Fact]:
    pattern, view = call.argument("route", 0), call.argument("view", 1)
    if pattern is None or view is None:
        return
    written, owner = text(file.constant(pattern, call.function)), _holder(call, file)
    if isinstance(view, Invocation) and view.callee.rpartition(".")[2] == "include":
        if written is not None:
            yield from _included(call, view, _path(written, not call.callee.endswith(".path")), owner, file)
        elif isinstance(pattern, Name):
            yield from _included(call, view, f"{{{pattern.name}}}", owner, file)
        return
    handler = _handler(view)
    if written is None or not handler or handler.endswith(".site.urls"):  # The pages of Django's own admin.
        return
    known = _path(written, not call.callee.endswith(".path"))
    # Patterns that differ in what their parameters match share no requests, or share them on purpose.
    limits = (
        " ".join(match[0].partition(">")[2].removesuffix(")") for match in _GROUP.finditer(written))
        if not call.callee.endswith(".path")
        else ""
    )
    limits = limits or " ".join(match[1] or "str" for match in _CONVERTER.finditer(written))
    span, mapped = call.span.until(call.name_span), _mapped(view)
    for method, member in mapped:
        yield Route(span, method, known, f"{handler}.{member}", owner, pattern.span, framework="django", condition=limits)
    if not mapped:
        yield Route(span, "*", known, handler, owner, pattern.span, framework="django", condition=limits)


def _mapped(view: Value) -> list[tuple[str, str]]:
    """What `as_view({"get": "list"})` of a view set maps: methods and members."""
    first = view.arguments[0].value if isinstance(view, Invocation) and view.arguments else None
    if not isinstance(first, Mapping):
        return []
    return [(entry.key.upper(), member) for entry in first.entries if (member := text(entry.value))]


def _holder(call: Call, file: File) -> str:
    """The list that a pattern stands in: `urlpatterns`, or another one that is included by its name."""
    for assignment in file.all(Assignment):
        if assignment.span.contains(call.span) and not assignment.function:
            return assignment.target
    return _PATTERNS


def _included(call: Call, view: Invocation, prefix: str, owner: str, file: File) -> Iterator[Fact]:
    first = view.arguments[0].value if view.arguments else None
    if isinstance(first, Sequence) and first.items:  # include((patterns, "namespace"))
        first = first.items[0]
    if isinstance(first, String):
        yield Mount(call.span, owner, f"{first.value}.{_PATTERNS}", prefix)
    elif isinstance(first, Name):
        child = first.written if file.assignments(first.written.removesuffix(".urls")) else first.name
        yield Mount(call.span, owner, child.removesuffix(".urls") if not child.endswith(".urls.urls") else child, prefix)


def _handler(view: Value) -> str:
    if isinstance(view, Invocation):
        if view.callee.endswith(".as_view"):
            return view.callee.removesuffix(".as_view")
        return _handler(view.arguments[0].value) if view.arguments else ""  # csrf_exempt(view)
    return view.name if isinstance(view, Name) else ""


@framework.call(*(f"rest_framework.routers.{kind}().register" for kind in ("DefaultRouter", "SimpleRouter")))
def viewset(call: Call, file: File) -> Iterator[Fact]:
    prefix, handler = text(call.argument("prefix", 0)), call.argument("viewset", 1)
    if prefix is None or not isinstance(handler, Name):
        return
    span = call.span.until(call.name_span)
    base = _path(prefix, True).rstrip("/")
    yield Route(span, "*", base, handler.name, call.receiver, None, framework="django", part="collection")
    yield Route(span, "*", base + "/{pk}", handler.name, call.receiver, None, framework="django", part="item")


@framework.every(Return)
def reply(returned: Return, file: File) -> Iterator[Fact]:
    value = returned.value
    if not isinstance(value, Invocation) or value.callee not in _RESPONSES:
        return
    content = next((item.value for item in value.arguments if item.name in ("", "data")), None)
    keys = tuple(entry.key for entry in content.entries if entry.key) if isinstance(content, Mapping) else ()
    given = next((item.value for item in value.arguments if item.name == "status"), None)
    status = 200 if given is None else _status(given)
    fix = (Replacement(value.arguments[-1].span.after, ", status=500"),) if given is None and value.arguments else ()
    yield Reply(returned.span, returned.function, status, keys, returned.in_error_branch, given is not None, fix)


def _status(value: Value) -> int | None:
    if isinstance(value, Number):
        return int(value.value)
    code = value.name.rpartition("HTTP_")[2][:3] if isinstance(value, Name) else ""
    return int(code) if code.isdigit() else None


@framework.every(Definition)
def page_size(definition: Definition, file: File) -> Iterator[Fact]:
    """A pagination class that reads the page size from the request, without `max_page_size`."""
    if not any(base.endswith(("PageNumberPagination", "LimitOffsetPagination")) for base in definition.bases):
        return
    fields = {item.name: item for item in file.all(Field) if item.owner == definition.name}
    asked = fields.get("page_size_query_param")
    is_offset = any(base.endswith("LimitOffsetPagination") for base in definition.bases)
    if asked is None and not is_offset:
        return
    greatest = "max_limit" if is_offset else "max_page_size"
    at = asked.span if asked is not None else definition.name_span
    is_bounded = greatest in fields
    name = text(asked.value) if asked is not None and asked.value is not None else "limit"
    fix = (Replacement(asked.span, f"{greatest} = 100", "after"),) if asked is not None else ()
    yield PageSize(at, name or "page_size", definition.name, is_bounded, None, fix)


@framework.every(Assignment)
def cors(assignment: Assignment, file: File) -> Iterator[Fact]:
    """django-cors-headers: all origins and credentials, both in one settings module."""
    if assignment.target not in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL") or assignment.function:
        return
    if isinstance(assignment.value, Boolean) and assignment.value.value:
        allowed = file.assignments("CORS_ALLOW_CREDENTIALS")
        has_credentials = any(isinstance(item.value, Boolean) and item.value.value for item in allowed)
        imports = imported(file, "os")
        listed = Replacement(assignment.span, 'CORS_ALLOWED_ORIGINS = os.environ["CORS_ORIGINS"].split(",")')
        may_name = imports is not None and not file.assignments("CORS_ALLOWED_ORIGINS")
        yield CorsPolicy(assignment.span, ("*",), True, has_credentials, (listed, *imports) if imports is not None and may_name else ())
