"""chi: routes in routers in routers."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Mount, Route
from architrave.facts.code import Call
from architrave.facts.values import Function, Invocation, Name
from architrave.framework import File, Framework
from architrave.golang.paths import braces, parameters_of
from architrave.golang.routers import Library, Routers, handler_of, joined, method_of, path_of

_PACKAGES = tuple(f"github.com/go-chi/chi{version}" for version in ("/v5", "", "/v4", "/v3"))

framework = Framework("chi", languages=("go",), modules=("github.com/go-chi/chi",))

_LIBRARY = Library(
    "chi",
    _PACKAGES,
    {"Router": "application", "Mux": "application"},
    frozenset({"NewRouter", "NewMux"}),
    frozenset({"Route", "Group", "With"}),
    path=braces,
)
_METHODS = {name: name.upper() for name in ("Get", "Post", "Put", "Patch", "Delete", "Head", "Options")}
_OTHERS = {"Handle": "*", "HandleFunc": "*"}


@framework.file
def routers(file: File) -> Iterator[Fact]:
    known = Routers(file, _LIBRARY)
    yield from known.facts()
    for call in file.all(Call):
        owner, _, name = call.callee.rpartition(".")
        if not _LIBRARY.is_router(owner):
            continue
        if name in _METHODS or name in _OTHERS or name in ("Method", "MethodFunc"):
            yield from _route(call, name, known, file)
        elif name in ("Route", "Group", "Mount"):
            yield from _mount(call, name, known, file)


def _route(call: Call, name: str, known: Routers, file: File) -> Iterator[Fact]:
    method, arguments = _METHODS.get(name, "*"), call.arguments
    if name in ("Method", "MethodFunc") and arguments:
        method, arguments = method_of(arguments[0].value), arguments[1:]
    if len(arguments) != 2:
        return
    path = path_of(arguments[0].value, file, call.function)
    held = known.held(call)
    if path is None or held.prefix is None:
        return
    handler, guards = handler_of(arguments[1].value, call.function)
    full = joined(held.prefix, braces(path))
    parameters = parameters_of(full, arguments[0].span)
    yield Route(
        call.span.until(call.name_span), method, full, handler, held.name, arguments[0].span, (*held.guards, *guards), parameters,
        framework="chi",
    )  # fmt: skip


def _mount(call: Call, name: str, known: Routers, file: File) -> Iterator[Fact]:
    """`r.Route("/v1", func(r chi.Router) {…})`, `r.Group(func(r chi.Router) {…})`, `r.Mount("/orders", orders.Routes())`."""
    prefix = "" if name == "Group" else path_of(call.arguments[0].value, file, call.function) if call.arguments else None
    held = known.held(call)
    value = call.arguments[-1].value if call.arguments else None
    if prefix is None or held.prefix is None:
        return
    if isinstance(value, Function) and value.name:
        child = value.name
    elif isinstance(value, Invocation):
        child = value.callee.replace("()", "")
    elif isinstance(value, Name):
        child = known.of_name(value.written, call.function).name if _LIBRARY.is_router(value.name) else value.name
    else:
        return
    yield Mount(call.span.until(call.name_span), held.name, child, joined(held.prefix, braces(prefix)), held.guards)
