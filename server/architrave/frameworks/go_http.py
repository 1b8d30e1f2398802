"""net/http and gorilla/mux: routes, answers, servers."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Mount, Reply, Route, Router
from architrave.facts.code import Call
from architrave.facts.deployment import Listen
from architrave.facts.values import Invocation, Mapping, Name, String, Template, Value, text
from architrave.framework import File, Framework
from architrave.golang.paths import braces, pattern
from architrave.golang.routers import Library, Routers, handler_of, joined, method_of, path_of
from architrave.golang.settings import address
from architrave.golang.statuses import status
from architrave.regexes import regex

net_http = Framework("net/http", languages=("go",), modules=("net/http",))
mux = Framework("gorilla/mux", languages=("go",), modules=("github.com/gorilla/mux",))
servers = Framework("go-servers", languages=("go",), modules=("net/http", "github.com/gin-gonic/gin", "github.com/labstack/echo"))
started = Framework("go-started", languages=("go",))
FRAMEWORKS = (net_http, mux, servers, started)

_ADDRESS = regex(r"[\w.]*:\d{2,5}")

_DEFAULT = "http.DefaultServeMux"
_NET_HTTP = Library("net/http", ("net/http",), {"ServeMux": "application"}, frozenset({"NewServeMux"}), path=lambda path: pattern(path)[1])
_PLAIN = frozenset({"Subrouter", "NewRoute", "Methods", "Schemes", "Host", "Headers", "StrictSlash", "Name", "UseEncodedPath"})
_MUX = Library(
    "gorilla/mux",
    ("github.com/gorilla/mux",),
    {"Router": "application", "Route": "router"},
    frozenset({"NewRouter"}),
    frozenset({"PathPrefix", *_PLAIN}),
    path=braces,
    plain=_PLAIN,
)


@net_http.file
def routers(file: File) -> Iterator[Fact]:
    known = Routers(file, _NET_HTTP)
    yield from known.facts()
    has_default = False
    for call in file.all(Call):
        owner, _, name = call.callee.rpartition(".")
        if name not in ("HandleFunc", "Handle") or len(call.arguments) != 2 or not (owner == "net/http" or _NET_HTTP.is_router(owner)):
            continue
        written = path_of(call.arguments[0].value, file, call.function)
        if not written:
            continue
        method, path = pattern(written)
        value, stripped = _stripped(call.arguments[1].value)
        handler, guards = handler_of(value, call.function)
        router = known.held(call).name if owner != "net/http" else _DEFAULT
        if isinstance(value, Name) and _NET_HTTP.is_router(value.name):
            # Below `/api/` a mux sees the whole path, unless that is stripped.
            yield Mount(call.span.until(call.name_span), router, known.of_name(value.written, call.function).name, stripped)
            continue
        if owner == "net/http" and not has_default:
            has_default = True
            yield Router(call.span.until(call.name_span), _DEFAULT, "application", framework="net/http")
        yield Route(
            call.span.until(call.name_span), method, path, handler, router, call.arguments[0].span, guards, framework="net/http",
        )  # fmt: skip


def _stripped(value: Value) -> tuple[Value, str]:
    """Return the handler of `http.StripPrefix("/api", api)`, and what is stripped."""
    if isinstance(value, Invocation) and value.callee == "net/http.StripPrefix" and len(value.arguments) == 2:
        return value.arguments[1].value, (text(value.arguments[0].value) or "").rstrip("/")
    return value, ""


@mux.file
def gorilla(file: File) -> Iterator[Fact]:
    known = Routers(file, _MUX)
    yield from known.facts()
    after: dict[tuple[int, int], list[Call]] = {}
    for call in file.all(Call):
        after.setdefault((call.span.chunk, call.span.start), []).append(call)
    for call in file.all(Call):
        owner, _, name = call.callee.rpartition(".")
        if name not in ("HandleFunc", "Handle", "HandlerFunc", "Handler") or not _MUX.is_router(_without(owner)):
            continue
        links = [item for item in after[call.span.chunk, call.span.start] if item is not call]
        yield from _gorilla_route(call, links, known, file)


def _without(owner: str) -> str:
    """Leave `Path` and `Methods` out of a chain: they say more of the route, not of the router."""
    return ".".join(part for part in owner.split(".") if part not in ("Path()", "Queries()"))


def _gorilla_route(call: Call, links: list[Call], known: Routers, file: File) -> Iterator[Fact]:
    """`r.HandleFunc("/x", h).Methods("GET")`, `r.Methods("GET").Path("/x").HandlerFunc(h)`."""
    methods: list[str] = []
    given = call.arguments[0] if len(call.arguments) == 2 else None
    for link in links:
        name = link.callee.rpartition(".")[2]
        if name == "Methods":
            methods.extend(method_of(item.value) for item in link.arguments)
        elif name == "Path" and link.arguments:
            given = link.arguments[0]
        elif name == "PathPrefix" and len(call.arguments) == 1:
            return  # A handler for all below, such as files.
    path = path_of(given.value, file, call.function) if given is not None else None
    held = known.held(call)
    if path is None or held.prefix is None or given is None:
        return
    handler, guards = handler_of(call.arguments[-1].value, call.function)
    for method in methods or ["*"]:
        yield Route(
            call.span.until(call.name_span), method, joined(held.prefix, braces(path)), handler, held.name, given.span,
            (*held.guards, *guards), framework="gorilla/mux",
        )  # fmt: skip


@net_http.call("encoding/json.NewEncoder().Encode")
def encoded(call: Call, file: File) -> Iterator[Fact]:
    """`json.NewEncoder(w).Encode(body)`: 200, unless a status was written before it in the same branch or function."""
    chain = file.chain(call)
    target = chain[0].arguments[0].value if chain and chain[0].arguments else None
    if getattr(target, "name", "") != "net/http.ResponseWriter()" or not call.arguments:
        return
    body = call.arguments[0].value
    keys = tuple(entry.key for entry in body.entries) if isinstance(body, Mapping) else ()
    number, is_explicit = _status_before(call, file)
    yield Reply(call.span, call.function, number, keys, call.in_error_branch, is_explicit)


def _status_before(call: Call, file: File) -> tuple[int | None, bool]:
    around = next(iter(reversed(file.enclosing(call.span, "error", "branch", "loop", "function"))), None)
    number: int | None = 200
    is_explicit = False
    for other in file.calls_in(call.function):
        if other.span.chunk != call.span.chunk or other.span.end > call.span.start:
            continue
        if other.callee == "net/http.ResponseWriter().WriteHeader":
            is_inside = around is not None and around.span.contains(other.span)
            number = status(other.arguments[0].value) if other.arguments and is_inside else (number if is_explicit else None)
            is_explicit = is_explicit or is_inside
        elif any(getattr(item.value, "name", "") == "net/http.ResponseWriter()" for item in other.arguments) and not _is_harmless(other):
            return None, False  # A helper that may write a status.
    return number, is_explicit


def _is_harmless(call: Call) -> bool:
    return call.callee.startswith(("encoding/json.NewEncoder", "fmt.Fprint"))


@net_http.call("net/http.Error")
def error(call: Call, file: File) -> Iterator[Fact]:
    if len(call.arguments) == 3:
        yield Reply(call.span, call.function, status(call.arguments[2].value), (), call.in_error_branch, True)


@servers.call(
    "net/http.ListenAndServe",
    "net/http.ListenAndServeTLS",
    *(
        f"github.com/labstack/echo{version}.{echo}().{start}"
        for version in ("", "/v4", "/v5")
        for echo in ("New", "Echo")
        for start in ("Start", "StartTLS")
    ),
)
def listen(call: Call, file: File) -> Iterator[Fact]:
    if not call.arguments:
        return
    found = address(call.arguments[0].value, file, call.function)
    if found is not None:
        yield Listen(call.span, found[0], found[1], call.function, call.arguments[0].span)


@servers.call(*(f"github.com/gin-gonic/gin.{name}().Run" for name in ("Default", "New", "Engine")))
def run_by_default(call: Call, file: File) -> Iterator[Fact]:
    if not call.arguments:
        yield Listen(call.span, 8080, "PORT", call.function)  # Gin's own default.


@started.call("*.Run", "*.Start", "*.Listen")
def run(call: Call, file: File) -> Iterator[Fact]:
    """`router.Setup().Run(":8080")`: what is started with an address is a server, whatever its type."""
    if len(call.arguments) != 1 or call.callee.startswith(("github.com/labstack/", "net.")):
        return
    value = file.constant(call.arguments[0].value, call.function)
    first = value.parts[0] if isinstance(value, Template) and value.parts else value
    is_address = isinstance(first, String) and (_ADDRESS.fullmatch(first.value) or (value is not first and first.value.endswith(":")))
    found = address(call.arguments[0].value, file, call.function) if is_address else None
    if found is not None:
        yield Listen(call.span, found[0], found[1], call.function, call.arguments[0].span)


@servers.call("net/http.Server", "net.Listen")
def server(call: Call, file: File) -> Iterator[Fact]:
    given = call.argument("Addr") if call.callee == "net/http.Server" else call.arguments[1].value if len(call.arguments) > 1 else None
    found = address(given, file, call.function)
    if found is not None and given is not None:
        yield Listen(call.span, found[0], found[1], call.function, given.span)
