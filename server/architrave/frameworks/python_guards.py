"""Guards of Python that stand before a whole application: permissions of Django REST framework, middlewares, `before_request`."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Guard
from architrave.facts.code import Assignment, Call, Definition
from architrave.facts.values import Mapping, Name, Sequence, String, Value
from architrave.framework import Decorated, File, Framework

framework = Framework("python-guards", languages=("python",))


@framework.every(Assignment)
def settings(assignment: Assignment, file: File) -> Iterator[Fact]:
    """`REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": […]}`, `MIDDLEWARE = […]`."""
    if assignment.function:
        return
    if assignment.target == "REST_FRAMEWORK" and isinstance(assignment.value, Mapping):
        yield from _listed(assignment.value.get("DEFAULT_PERMISSION_CLASSES"))
        yield from _listed(assignment.value.get("DEFAULT_THROTTLE_CLASSES"))
    elif assignment.target == "MIDDLEWARE":
        for guard in _listed(assignment.value):
            if not guard.name.startswith("django."):  # That of Django only says who asks.
                yield guard


def _listed(value: Value | None) -> Iterator[Guard]:
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, String):
            yield Guard(item.span, item.value)
        elif isinstance(item, Name):
            yield Guard(item.span, item.name)


@framework.decorator("*.before_request", "*.before_app_request", "*.middleware")
def before(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@app.before_request` of Flask, `@app.middleware("http")` of FastAPI: also what the function calls may be the guard."""
    decorator, definition = decorated
    router = "" if decorator.name.endswith("before_app_request") else file.holder(decorator.written, decorator.name)
    yield from (Guard(definition.name_span, name, router) for name in _names(definition, file))


def _names(definition: Definition, file: File) -> Iterator[str]:
    yield definition.name
    yield from (item.name for item in definition.decorators)
    yield from (call.callee for call in file.calls_in(definition.name) if call.callee)


@framework.call("*.before_request", "*.add_middleware", "*.before_app_request")
def added(call: Call, file: File) -> Iterator[Fact]:
    """`app.before_request(require_user)`, `app.add_middleware(AuthMiddleware)`."""
    first = call.arguments[0].value if call.arguments else None
    if isinstance(first, Name):
        holder = "" if call.callee.endswith("before_app_request") else file.holder(call.written, call.callee)
        yield Guard(call.name_span, first.name, holder)
