"""Express: applications, routers, routes, answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts import Fact
from architrave.facts.api import Mount, Route, Router
from architrave.facts.code import Assignment, Call, Return
from architrave.facts.values import Function, Invocation, Mapping, Name, Value
from architrave.framework import File, Framework
from architrave.node.replies import answered
from architrave.node.routers import (
    LANGUAGES,
    METHODS,
    assigned_holder,
    braces,
    guards_of,
    handed_on,
    handler_of,
    holder,
    made,
    parameters_of,
    paths_of,
)
from architrave.text import Span

framework = Framework("express", languages=LANGUAGES)

_APPLICATIONS = frozenset({"express", "express.default", "express.express", "express-ws.app"})
_ROUTERS = frozenset({"express.Router", "express-promise-router"})
_TYPES = frozenset(
    {"express.Express()", "express.Application()", "express.Router()", "express.IRouter()", "express-serve-static-core.Router()"}
)
_OWNERS = frozenset(f"{name}()" for name in (*_APPLICATIONS, *_ROUTERS)) | _TYPES
_USUAL = frozenset({"app", "router", "server", "api"})
_OTHERS = ("fastify", "koa", "@koa/router", "koa-router", "hono", "@hapi/hapi", "@nestjs/common", "supertest", "axios")


def _is_router(call: Call, file: File, is_other: bool) -> bool:
    """Whether what a call is made on is a router of Express: by its type, or an `app` that came in from elsewhere."""
    owner = call.callee.rpartition(".")[0].partition(".route()")[0].replace(".use()", "")
    if owner in _OWNERS:
        return True
    if is_other or "()" in owner:
        return False
    last = call.receiver.partition(".route()")[0].rpartition(".")[2]
    return (last in _USUAL or last.endswith("Router")) and not _is_request(call, file)


def _is_request(call: Call, file: File) -> bool:
    """Whether a call sends something: `await api.post("/orders", order)`. No registration is waited for, and no handler is data."""
    if call.is_awaited:
        return True
    last = call.arguments[-1].value if len(call.arguments) > 1 else None
    if not isinstance(last, Name) or not call.function:
        return False
    if any(isinstance(item.value, Mapping) for item in file.assignments(last.written, call.function)):
        return True
    # function register(app, handler) { app.get("/", handler) } is handed both.
    head = _root(call).partition(".")[0]
    return _is_parameter(last.written, call.function, file) and not _is_parameter(head, call.function, file)


def _is_parameter(name: str, function: str, file: File) -> bool:
    """Whether a name is a parameter of a function or of one round it."""
    while function:
        definition = file.definition(function)
        if definition is not None and any(parameter.name == name for parameter in definition.parameters):
            return True
        function = function.rpartition(".")[0]
    return False


@framework.file
def routes(file: File) -> Iterator[Fact]:
    is_other = file.imports(*_OTHERS)
    calls = [call for call in file.all(Call) if call.callee.rpartition(".")[2] in _REGISTERING and _is_router(call, file, is_other)]
    known: dict[str, Span] = {}
    for name, span, value, _ in made(file, _APPLICATIONS | _ROUTERS):
        known[name] = span
        kind = "application" if value.callee in _APPLICATIONS else "router"
        yield Router(span, name, kind, "", tuple(_guards(name, calls, file)), "express")  # type: ignore[arg-type]
    if not calls and not known:
        return
    chained = _Chains(file)
    for call in calls:
        name = chained.root(call)
        if name not in known and "()" in call.receiver.partition(".route()")[0]:  # const api = Router().use(…)
            yield Router(call.span, name, "router", "", (), "express")
        known.setdefault(name, call.span)
    standing = _Standing()
    for call in calls:
        last = call.callee.rpartition(".")[2]
        root = chained.root(call)
        if last == "use":
            for mount in _mounts(call, file, known, root):
                yield replace(mount, guards=(*standing.before(root, mount.prefix), *mount.guards))
            standing.add(root, call, file)
        elif last in METHODS:
            for route in _routes(call, last, file, root):
                yield replace(route, standing=tuple(standing.before(root, route.path)))
    yield from _returned(file, known)
    yield from handed_on(file, set(known))


_REGISTERING = frozenset({*METHODS, "use"})


class _Standing:
    """The middlewares that `use` has put before what is registered later, and the path that each stands before."""

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._has_routes: set[str] = set()

    def add(self, router: str, call: Call, file: File) -> None:
        arguments = list(call.arguments)
        paths = [braces(path) for path, _ in paths_of(arguments[0], file, call.function)] if arguments else []
        if not paths and router not in self._has_routes:
            return  # It guards the router as a whole: see `_guards`.
        given = arguments[1:] if paths else arguments
        for name in guards_of(item.value for item in given if isinstance(item.value, Name | Invocation)):
            self._of[router].extend((path.rstrip("/*"), name) for path in paths or [""])

    def before(self, router: str, path: str) -> Iterator[str]:
        """Yield what stands before a path, and note that from now on the order counts."""
        self._has_routes.add(router)
        for prefix, name in self._of.get(router, ()):
            if path == prefix or path.startswith(prefix + "/"):
                yield name


def _root(call: Call) -> str:
    """The variable that holds the router, without `.route("/x").get(…)`."""
    return call.receiver.partition(".route()")[0]


class _Chains:
    """The names of routers, also of those that are made and filled in one expression."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.starts = {
            (item.value.span.chunk, item.value.span.start): assigned_holder(item)
            for item in file.all(Assignment)
            if isinstance(item.value, Invocation)
        }

    def root(self, call: Call) -> str:
        root = _root(call)
        if "()" in root:
            return self.starts.get((call.span.chunk, call.span.start), root).replace("module.exports", "default")
        return holder(root, call.function, self.file)


def _guards(name: str, calls: list[Call], file: File) -> Iterator[str]:
    """Yield the middlewares that stand before the first route of a router."""
    for call in calls:
        if holder(_root(call), call.function, file) != name:
            continue
        if not call.callee.endswith(".use"):
            return
        if call.arguments and not paths_of(call.arguments[0], file, call.function):
            yield from guards_of(item.value for item in call.arguments if isinstance(item.value, Name | Invocation))


def _routes(call: Call, method: str, file: File, router: str) -> Iterator[Route]:
    arguments = list(call.arguments)
    whole = call.span.until(call.name_span)
    if ".route()" in call.callee:
        opening = next((item for item in file.chain(call) if item.callee.endswith(".route")), None)
        paths = paths_of(opening.arguments[0], file, call.function, named=True) if opening is not None and opening.arguments else []
    else:
        if len(arguments) < 2:
            return  # app.get("setting")
        paths = paths_of(arguments.pop(0), file, call.function, named=True)
    if not arguments:
        return
    starts = ("/", "*", "{") if "()" in call.callee else ("/", "*")  # Whose type is not known may be asked for any key.
    if ".route()" not in call.callee and not any(path.startswith(starts) or not path for path, _ in paths):
        return
    last = arguments[-1].value
    if not isinstance(last, Function | Name | Invocation):
        return
    handler = handler_of(last)
    guards = tuple(guards_of(item.value for item in arguments[:-1]))
    if router == _root(call) and "." in call.callee.rpartition(".")[0] and not file.assignments(router):
        owner = call.callee.rpartition(".")[0].partition(".route()")[0]
        router = owner if owner not in _OWNERS else router
    for path, span in paths:
        full = braces(path)
        yield Route(
            whole,
            "*" if method == "all" else method.upper(),
            full,
            handler,
            router,
            span,
            guards,
            parameters_of(handler, full, file),
            framework="express",
        )


def _mounts(call: Call, file: File, known: dict[str, Span], parent: str) -> Iterator[Mount]:
    """`app.use("/orders", auth, ordersRouter)`: the last argument is what is mounted, those before it guard it."""
    arguments = list(call.arguments)
    prefixes = [path for path, _ in paths_of(arguments[0], file, call.function)] if arguments else []
    if prefixes:
        arguments.pop(0)
    for index, argument in enumerate(arguments):
        child = _child(argument.value, call, file, known)
        if child is None or (child not in known and not _may_be_router(child)):
            continue
        guards = tuple(guards_of(item.value for item in arguments[:index]))
        for prefix in prefixes or [""]:
            yield Mount(call.span, parent, child, braces(prefix), guards)


def _child(value: Value, call: Call, file: File, known: dict[str, Span]) -> str | None:
    if isinstance(value, Name):
        inner = holder(value.written, call.function, file)
        return inner if inner in known or inner != value.written else value.name
    if isinstance(value, Invocation):
        return value.callee
    return None


def _may_be_router(name: str) -> bool:
    """Whether a name is of the workspace, so that it may be a router of another file."""
    return name.startswith((".", "@/", "~/", "src/")) or name.rpartition(".")[2].lower().endswith(("router", "routes"))


def _returned(file: File, known: dict[str, Span]) -> Iterator[Mount]:
    """`function ordersRouter() { const router = Router(); …; return router; }`: mounting the function mounts the router."""
    for item in file.all(Return):
        if isinstance(item.value, Name) and item.function:
            child = f"{item.function}.{item.value.written}"
            if child in known:
                yield Mount(item.span, item.function, child)


@framework.call("*.json", "*.send", "*.jsonp", "*.sendStatus")
def reply(call: Call, file: File) -> Iterator[Fact]:
    head, _, _ = call.written.partition(".")
    if head not in ("res", "response") or not call.function:
        return
    yield from answered(call, file, head, ".status")
