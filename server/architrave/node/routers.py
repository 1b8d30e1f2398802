"""Routers of JavaScript: which variable holds one, which functions serve and guard a route, and paths as Architrave writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from architrave.facts.api import Mount, RequestParameter, Router
from architrave.facts.code import Access, Assignment, Call, Definition, Field, Import
from architrave.facts.values import Argument, Function, Invocation, Mapping, Name, Sequence, String, Template, Value, names, text
from architrave.framework import File
from architrave.regexes import regex
from architrave.text import Span

LANGUAGES = ("typescript", "javascript")
UNKNOWN = "/…"  # A part of a path that nobody knows.
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "all")
_PARAMETER = regex(r":([A-Za-z_]\w*)(?:\([^)]*\))?([?*+]?)")
_REST = regex(r"\*([A-Za-z_]\w*)?")
_INPUT = regex(r"(?:^|\.)(query|params|body|headers|cookies)\.([A-Za-z_$][\w$-]*)$")
_SOURCES = {"query": "query", "params": "path", "body": "body", "headers": "header", "cookies": "cookie"}
# What may stand round a handler without being one.
_REQUESTS = frozenset({"req", "request", "ctx", "_req"})


def braces(path: str) -> str:
    """Return `/orders/:id(\\d+)/*` as `/orders/{id}/{path*}`."""
    path = _PARAMETER.sub(lambda match: f"{{{match[1]}{'*' if match[2] in ('*', '+') else ''}}}", path)
    return _REST.sub(lambda match: f"{{{match[1] or 'path'}*}}", path) if "{" not in path or "*}" not in path else path


def holder(receiver: str, function: str, file: File) -> str:
    """Return the name of the router that a variable holds: `app`, `setup.app`, `Server.app`, or a function for its parameter."""
    head, _, rest = receiver.partition(".")
    if head == "this" and rest:
        return f"{_class_of(function)}.{rest}"
    scope = function
    while scope:
        if any(item.function == scope for item in file.assignments(receiver, scope)):
            return f"{scope}.{receiver}"
        definition = file.definition(scope)
        if definition is not None and any(parameter.name == receiver for parameter in definition.parameters):
            return scope
        scope = scope.rpartition(".")[0]
    return receiver


def _class_of(function: str) -> str:
    return function.rpartition(".")[0]


def assigned_holder(assignment: Assignment) -> str:
    """Return the name of a router by the assignment that makes it."""
    if assignment.target.startswith("this."):
        return f"{_class_of(assignment.function)}.{assignment.target[5:]}"
    return f"{assignment.function}.{assignment.target}" if assignment.function else assignment.target


def made(file: File, constructors: Iterable[str]) -> Iterator[tuple[str, Span, Invocation, Assignment | Field]]:
    """Yield (name, place, call) of every variable and field that one of these calls is assigned to."""
    for assignment in file.all(Assignment):
        value = assignment.value
        if isinstance(value, Invocation) and value.callee in constructors:
            yield assigned_holder(assignment), assignment.span, value, assignment
    for item in file.all(Field):
        if isinstance(item.value, Invocation) and item.value.callee in constructors:
            yield f"{item.owner}.{item.name}", item.span, item.value, item


def handler_of(value: Value) -> str:
    """Return the function that a value is, through `asyncHandler(fn)` and `controller.list.bind(controller)`; "" for none."""
    if isinstance(value, Function):
        return value.name
    if isinstance(value, Name):
        return value.name
    if isinstance(value, Invocation):
        if value.callee.endswith(".bind"):
            return value.callee.removesuffix(".bind")
        for argument in reversed(value.arguments):
            found = handler_of(argument.value)
            if found:
                return found
    return ""


def guards_of(values: Iterable[Value]) -> Iterator[str]:
    """Yield the names of middlewares: `auth`, `requireRole("admin")`, `[auth, limit]`."""
    for value in values:
        if isinstance(value, Name):
            yield value.name
        elif isinstance(value, Invocation):
            yield value.callee
        elif isinstance(value, Sequence):
            yield from guards_of(value.items)
        elif isinstance(value, Function) and value.name:
            yield value.name


def handed_on(file: File, known: set[str]) -> Iterator[Mount]:
    """Yield a mount for each function that is called with a router: `registerOrders(app)` serves what that function adds to it."""
    for call in file.all(Call):
        if not call.callee or "()" in call.callee or not call.arguments:
            continue
        for argument in call.arguments[:2]:
            if isinstance(argument.value, Name):
                parent = holder(argument.value.written, call.function, file)
                if parent in known and (file.definition(call.callee) or _is_own(call.callee)):
                    yield Mount(call.span, parent, call.callee)


def _is_own(name: str) -> bool:
    return name.startswith((".", "@/", "~/"))


def parameters_of(handler: str, path: str, file: File) -> tuple[RequestParameter, ...]:
    """Return what a handler of this file takes from the request, and the parameters of the path."""
    found: dict[tuple[str, str], RequestParameter] = {}
    for match in re.finditer(r"\{(\w+)\*?\}", path):
        found["path", match[1]] = RequestParameter(Span(0, 0), match[1], "path", "", True)
    definition: Definition | None = file.definition(handler) if handler else None
    if definition is None:
        return tuple(found.values())
    for span, written in inputs(file, handler):
        match_ = _INPUT.search(written)
        if match_ is not None:
            source, name = _SOURCES[match_[1]], match_[2]
            is_bounded = any(
                file.is_bounded(item.target, handler)
                for item in file.all(Assignment)
                if item.function == handler and any(part.endswith(f"{match_[1]}.{name}") for part in names(item.value))
            )
            found.setdefault((source, name), RequestParameter(span, name, source, "", False, is_bounded))  # type: ignore[arg-type]
    return tuple(found.values())


def inputs(file: File, function: str) -> Iterator[tuple[Span, str]]:
    """Yield what a function reads of its request: the place, and the chain as written."""
    for access in file.all(Access):
        if access.function == function and _INPUT.search(access.name):
            yield access.span, access.name
    for item in file.all(Assignment):
        if item.function == function:
            for written in names(item.value):
                if _INPUT.search(written):
                    yield item.span, written


def entry_text(value: Value | None, *path: str) -> str | None:
    return text(value.get(*path)) if isinstance(value, Mapping) else None


def path_text(value: Value | None, file: File, function: str = "") -> str | None:
    """Return a path; constants that this file alone does not tell are their full names in braces, `{./paths.PATHS.orders}/:id`, and the
    model knows their texts. None for what is no text."""
    value = file.constant(value, function)
    if isinstance(value, Template):
        parts = [path_text(part, file, function) for part in value.parts]
        return "".join(part for part in parts if part is not None) if None not in parts else None
    if isinstance(value, Name) and (file.is_imported(value.written) or file.assignments(value.written.partition(".")[0])):
        return f"{{{value.name}}}"
    return text(value)


def paths_of(argument: Argument, file: File, function: str, *, named: bool = False) -> list[tuple[str, Span]]:
    """Return the paths of an argument, as `path_text` gives them: one, or each of an array. `named`: a name alone can be nothing else."""
    value = file.constant(argument.value, function)
    if isinstance(value, Sequence):
        return [(item.value, item.span) for item in value.items if isinstance(item, String)]
    known = path_text(value, file, function) if named or not isinstance(value, Name) else None
    return [(known, argument.span)] if known is not None else []


def application(span: Span, name: str, framework: str, prefix: str = "", guards: tuple[str, ...] = ()) -> Router:
    return Router(span, name, "application", prefix, guards, framework)


def has_import(file: File, *modules: str) -> bool:
    return any(item.module in modules for item in file.all(Import))
