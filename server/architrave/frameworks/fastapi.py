"""FastAPI and Starlette: applications, routers, routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Mount, RequestParameter, Route, Router
from architrave.facts.code import Assignment, Call, Definition
from architrave.facts.values import Argument, Invocation, Name, Sequence, Value, number, text, walk
from architrave.framework import Decorated, File, Framework

framework = Framework("fastapi", languages=("python",), modules=("fastapi", "starlette"))

_ROUTERS: dict[str, Literal["application", "router"]] = {
    "fastapi.FastAPI": "application",
    "fastapi.APIRouter": "router",
    "fastapi.applications.FastAPI": "application",
}
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@framework.every(Assignment)
def router(assignment: Assignment, file: File) -> Iterator[Fact]:
    value = assignment.value
    if not isinstance(value, Invocation) or value.callee not in _ROUTERS:
        return
    prefix = next((text(item.value) or "" for item in value.arguments if item.name in ("prefix", "root_path")), "")
    guards = tuple(guard for item in value.arguments if item.name == "dependencies" for guard in _dependencies(item.value))
    yield Router(assignment.span, assignment.target, _ROUTERS[value.callee], prefix, guards, "fastapi")


@framework.decorator(*(f"{name}().{method}" for name in _ROUTERS for method in (*_METHODS, "api_route")))
def route(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    path = decorator.arguments[0].value if decorator.arguments else None
    known = text(path) if path is not None and not decorator.arguments[0].name else _keyword_path(decorator.arguments)
    if known is None:
        return
    method = decorator.name.rpartition(".")[2]
    methods = [method.upper()]
    if method == "api_route":
        listed = next((item.value for item in decorator.arguments if item.name == "methods"), None)
        methods = [name for item in listed.items if (name := text(item))] if isinstance(listed, Sequence) else ["GET"]
    status = next((number(item.value) for item in decorator.arguments if item.name == "status_code"), None)
    guards = tuple(guard for item in decorator.arguments if item.name == "dependencies" for guard in _dependencies(item.value))
    guards += tuple(guard for parameter in definition.parameters for guard in _dependencies(parameter.default))
    for name in methods:
        yield Route(
            decorator.span,
            name,
            known,
            definition.name,
            decorator.written.rpartition(".")[0],
            path.span if path is not None else None,
            guards,
            tuple(_parameters(definition, known)),
            int(status) if status else None,
            "fastapi",
            True,
        )


def _keyword_path(arguments: tuple[Argument, ...]) -> str | None:
    return next((text(item.value) for item in arguments if item.name == "path"), None)


@framework.call("fastapi.FastAPI().include_router", "fastapi.APIRouter().include_router")
def mount(call: Call, file: File) -> Iterator[Fact]:
    child = call.argument("router", 0)
    if isinstance(child, Name):
        prefix = text(file.constant(call.argument("prefix"))) or ""
        yield Mount(call.span, call.receiver, child.written, prefix, tuple(_dependencies(call.argument("dependencies"))))


def _parameters(definition: Definition, path: str) -> Iterator[RequestParameter]:
    for parameter in definition.parameters:
        if f"{{{parameter.name}}}" in path or f"{{{parameter.name}:" in path:
            yield RequestParameter(parameter.span, parameter.name, "path", parameter.type, True)


def _dependencies(value: Value | None) -> Iterator[str]:
    for part in walk(value) if value is not None else ():
        if isinstance(part, Invocation) and part.callee.rpartition(".")[2] in ("Depends", "Security") and part.arguments:
            first = part.arguments[0].value
            if isinstance(first, Name):
                yield first.name
