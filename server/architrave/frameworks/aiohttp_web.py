"""aiohttp as a server: applications, route tables, sub-applications, answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Mount, Reply, Route, Router
from architrave.facts.code import Assignment, Call, Return
from architrave.facts.values import Argument, Invocation, Mapping, Name, Number, Replacement, Value, text
from architrave.framework import Decorated, File, Framework
from architrave.regexes import regex

framework = Framework("aiohttp-web", languages=("python",), modules=("aiohttp", "aiohttp_cors"))

_ROUTERS: dict[str, Literal["application", "router"]] = {
    "aiohttp.web.Application": "application",
    "aiohttp.web.RouteTableDef": "router",
}
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_LIMIT = regex(r"\{(\w+)(?::([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}")


def _path(written: str) -> str:
    """Return a path without what its parameters must match: `{id:\\d+}` is `{id}`, `{tail:.*}` is `{tail*}`."""
    return _LIMIT.sub(lambda match: f"{{{match[1]}{'*' if match[2] in ('.*', '.+') else ''}}}", written)


@framework.every(Assignment)
def router(assignment: Assignment, file: File) -> Iterator[Fact]:
    value = assignment.value
    if isinstance(value, Invocation) and value.callee in _ROUTERS:
        yield Router(assignment.span, assignment.target, _ROUTERS[value.callee], framework="aiohttp")


@framework.decorator(*(f"aiohttp.web.RouteTableDef().{verb}" for verb in (*_VERBS, "route", "view")))
def decorated(found: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = found
    holder, verb = decorator.written.rpartition(".")[0], decorator.name.rpartition(".")[2]
    method, arguments = _method(verb, decorator.arguments)
    path = arguments[0].value if arguments else None
    known = text(file.constant(path))
    if path is not None and known is not None:
        yield Route(decorator.span, method, _path(known), definition.name, holder, path.span, framework="aiohttp")


def _method(verb: str, arguments: tuple[Argument, ...]) -> tuple[str, tuple[Argument, ...]]:
    """Return the method that a registration is for, and the arguments after it."""
    if verb == "route":
        return (text(arguments[0].value) or "*").upper() if arguments else "*", arguments[1:]
    return "*" if verb == "view" else verb.upper(), arguments


@framework.call(*(f"*.add_{verb}" for verb in (*_VERBS, "route", "view")))
def added(call: Call, file: File) -> Iterator[Fact]:
    method, arguments = _method(call.callee.rpartition(".")[2].removeprefix("add_"), call.arguments)
    holder = call.receiver.removesuffix(".router")
    if len(arguments) > 1 and (call.receiver != holder or holder == "router"):
        yield from _route(call, method, arguments, holder, file)
        yield from _given(call, holder, file)


@framework.call(*(f"aiohttp.web.{verb}" for verb in (*_VERBS, "route", "view")))
def listed(call: Call, file: File) -> Iterator[Fact]:
    """`web.get("/", index)` in a list that an application takes: `app.add_routes([…])`, `routes = […]`."""
    method, arguments = _method(call.callee.rpartition(".")[2], call.arguments)
    for other in file.near(Call, call.span):
        if other.callee.endswith(".add_routes") and other.arguments_span.contains(call.span):
            yield from _route(call, method, arguments, other.receiver.removesuffix(".router"), file)
            return
    for assignment in file.near(Assignment, call.span):
        if assignment.span.contains(call.span):
            yield Router(assignment.span, assignment.target, "router", framework="aiohttp")
            yield from _route(call, method, arguments, assignment.target, file)
            return


def _route(call: Call, method: str, arguments: tuple[Argument, ...], holder: str, file: File) -> Iterator[Fact]:
    path = next((item.value for item in arguments if item.name in ("", "path")), None)
    handler = arguments[1].value if len(arguments) > 1 else None
    known = text(file.constant(path, call.function))
    if path is not None and known is not None and known.startswith("/") and isinstance(handler, Name):
        name = handler.name.replace("()", "")
        yield Route(call.span.until(call.name_span), method, _path(known), name, holder, path.span, framework="aiohttp")


@framework.call("*.add_routes")
def table(call: Call, file: File) -> Iterator[Fact]:
    child = call.arguments[0].value if call.arguments else None
    holder = call.receiver.removesuffix(".router")
    if isinstance(child, Name):
        name = child.written if file.assignments(child.written, call.function) else child.name
        yield Mount(call.span, holder, name)
    yield from _given(call, holder, file)


@framework.call("*.add_subapp")
def mounted(call: Call, file: File) -> Iterator[Fact]:
    prefix, child = text(call.argument("prefix", 0)), call.argument("subapp", 1)
    if prefix is not None and isinstance(child, Name):
        name = child.written if file.assignments(child.written, call.function) else child.name
        yield Mount(call.span, call.receiver, name, prefix)


def _given(call: Call, holder: str, file: File) -> Iterator[Fact]:
    """`def setup_routes(app)`: the application is made elsewhere."""
    definition = file.definition(call.function)
    if definition is not None and holder == "app" and any(item.name == holder for item in definition.parameters):
        yield Router(definition.name_span, holder, "application", framework="aiohttp")


@framework.every(Return)
def reply(returned: Return, file: File) -> Iterator[Fact]:
    value: Value = returned.value
    if not isinstance(value, Invocation) or value.callee != "aiohttp.web.json_response":
        return
    content = next((item.value for item in value.arguments if item.name in ("", "data")), None)
    keys = tuple(entry.key for entry in content.entries if entry.key) if isinstance(content, Mapping) else ()
    given = next((item.value for item in value.arguments if item.name == "status"), None)
    known = int(given.value) if isinstance(given, Number) else None if given is not None else 200
    fix = (Replacement(value.arguments[-1].span.after, ", status=500"),) if given is None and value.arguments else ()
    yield Reply(returned.span, returned.function, known, keys, returned.in_error_branch, given is not None, fix)
