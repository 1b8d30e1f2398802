"""Echo: routes, groups and answers."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Reply, Route
from architrave.facts.code import Call
from architrave.facts.values import Mapping, Replacement
from architrave.framework import File, Framework
from architrave.golang.paths import colon, parameters_of
from architrave.golang.routers import Library, Routers, handler_of, joined, names_of, path_of, verbs
from architrave.golang.statuses import fitting, status, written

_PACKAGES = tuple(f"github.com/labstack/echo{version}" for version in ("/v4", "/v5", ""))

framework = Framework("echo", languages=("go",), modules=("github.com/labstack/echo",))

_LIBRARY = Library(
    "echo",
    _PACKAGES,
    {"Echo": "application", "Group": "router"},
    frozenset({"New"}),
    frozenset({"Group"}),
    frozenset({"Use", "Pre"}),
    colon,
)
_METHODS = {name: name for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")} | {"Any": "*"}


@framework.file
def routers(file: File) -> Iterator[Fact]:
    known = Routers(file, _LIBRARY)
    yield from known.facts()
    for call in file.all(Call):
        owner, _, name = call.callee.rpartition(".")
        if name in _METHODS or name in ("Add", "Match"):
            yield from _route(call, owner, name, known, file)


def _route(call: Call, owner: str, name: str, known: Routers, file: File) -> Iterator[Fact]:
    methods, arguments = verbs(call, _METHODS.get(name, ""))
    if len(arguments) < 2 or not _LIBRARY.is_router(owner):
        return
    path = path_of(arguments[0].value, file, call.function)
    held = known.held(call)
    if path is None or held.prefix is None:
        return
    handler, wrapped = handler_of(arguments[1].value, call.function)
    guards = (*held.guards, *names_of([item.value for item in arguments[2:]]), *wrapped)
    full = joined(held.prefix, colon(path))
    parameters = parameters_of(full, arguments[0].span)
    for method in methods:
        yield Route(
            call.span.until(call.name_span), method, full, handler, held.name, arguments[0].span, guards, parameters, framework="echo"
        )


@framework.call(*(f"{package}.Context().{name}" for package in _PACKAGES for name in ("JSON", "JSONPretty")))
def reply(call: Call, file: File) -> Iterator[Fact]:
    if len(call.arguments) < 2:
        return
    given, body = call.arguments[:2]
    keys = tuple(entry.key for entry in body.value.entries) if isinstance(body.value, Mapping) else ()
    fix = Replacement(given.span, written(fitting(call.span, call.function, file), file))
    yield Reply(call.span, call.function, status(given.value), keys, call.in_error_branch, True, (fix,))
