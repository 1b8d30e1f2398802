"""actix-web: attributes, scopes, resources, configuration functions, answers."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Mount, Reply, Route, Router
from architrave.facts.code import Call, Decorator, Definition, Return
from architrave.facts.values import Invocation, Mapping, Name, Replacement, Value, text
from architrave.framework import File, Framework
from architrave.rust import requests
from architrave.rust.routers import Chain, Holders, braces, chain_at, chains, guards_of, handler_of
from architrave.rust.statuses import RESPONSES, builder, fitting, status
from architrave.rust.values import head

framework = Framework("actix-web", languages=("rust",), modules=("actix_web",))

_METHODS = {name: name.upper() for name in ("get", "post", "put", "patch", "delete", "head", "options", "trace", "connect")}
_SCOPES = ("web.scope", "Scope.new")
_RESOURCES = ("web.resource", "Resource.new")
_LINKS = ("service", "route", "configure")


@framework.every(Definition)
def attributes(definition: Definition, file: File) -> Iterator[Fact]:
    """`#[get("/orders/{id}")]`: the handler is a router of one route, which `.service(show)` mounts."""
    for decorator in definition.decorators:
        method = decorator.name.rpartition(".")[2]
        path = text(decorator.arguments[0].value) if decorator.arguments else None
        if path is None or (method not in _METHODS and method != "route") or not (path.startswith("/") or not path):
            continue
        yield Router(definition.name_span, definition.name, "application", framework="actix-web")
        for name in [_METHODS[method]] if method in _METHODS else _listed(decorator):
            yield _made(definition.name, definition.name, name, path, decorator, (), file)


def _listed(decorator: Decorator) -> list[str]:
    return [found for item in decorator.arguments if item.name == "method" and (found := text(item.value))] or ["*"]


def _made(router: str, handler: str, method: str, path: str, at: Decorator | Call, outer: tuple[str, ...], file: File) -> Route:
    definition = file.definition(handler)
    shown = braces(path)
    guards = (*outer, *(requests.guards(definition) if definition is not None else ()))
    parameters = tuple(requests.parameters(definition, shown, file)) if definition is not None else ()
    path_span = at.arguments[0].span if at.arguments else None
    span = at.span if isinstance(at, Decorator) else at.name_span.until(at.span)
    return Route(span, method, shown, handler, router, path_span, guards, parameters, framework="actix-web")


@framework.file
def routers(file: File) -> Iterator[Fact]:
    holders = Holders(file)
    for definition in file.all(Definition):
        if any(head(item.type) == "ServiceConfig" for item in definition.parameters) or head(definition.returns) in ("Scope", "Resource"):
            yield Router(definition.name_span, definition.name, "application", framework="actix-web")
    for chain in chains(file).values():
        links = [call for call in chain.calls if call.callee.rpartition(".")[2] in _LINKS and call.callee.count(".") > 0]
        if links and _is_chain(chain, file):
            yield from _chain(chain, links, holders, file)


def _is_chain(chain: Chain, file: File) -> bool:
    first = chain.first.callee
    if chain.root:
        definition = file.definition(chain.function)
        declared = next((item.type for item in definition.parameters if item.name == chain.root), "") if definition else ""
        return head(declared) == "ServiceConfig" or "App()" in first or "scope()" in first
    return first.endswith(("App.new", *_SCOPES, *_RESOURCES))


def _chain(chain: Chain, links: list[Call], holders: Holders, file: File) -> Iterator[Fact]:
    first = chain.first
    if chain.root:
        name, prefix = holders.variable(chain.root, chain.function), ""
    else:
        name = holders.of(chain)
        given = file.constant(first.arguments[0].value, chain.function) if first.arguments else None
        written = "" if first.callee.endswith("App.new") else text(given)
        prefix = "{prefix}" if written is None else braces(written)
        wraps = [item.arguments[0].value for item in chain.calls if item.callee.endswith(".wrap") and item.arguments]
        yield Router(first.span, name, "router" if _is_guarded(chain) else "application", prefix, tuple(guards_of(wraps)), "actix-web")
    is_resource = first.callee.endswith(_RESOURCES)
    for call in links:
        if not call.arguments:
            continue
        if call.callee.endswith(".route"):
            path = "" if is_resource else text(file.constant(call.arguments[0].value, chain.function))
            yield from _route(call, call.arguments[-1].value, name, path, file)
        else:
            yield from _mount(call, call.arguments[0].value, name, holders, file)


def _route(call: Call, value: Value, router: str, path: str | None, file: File) -> Iterator[Fact]:
    """`.route("/orders", web::get().to(list))`."""
    chain = chain_at(value, file)
    to = next((item for item in chain.calls if item.callee.endswith(".to") and item.arguments), None) if chain is not None else None
    if path is None:
        yield Mount(call.name_span.until(call.span), router, "?")  # Served, but nobody knows where.
    if chain is None or to is None or path is None:
        return
    method = _METHODS.get(chain.first.callee.rpartition(".")[2], "*")
    wraps = [item.arguments[0].value for item in chain.calls if item.callee.endswith(".wrap") and item.arguments]
    yield _made(router, handler_of(to.arguments[0].value, call.function), method, path, call, tuple(guards_of(wraps)), file)


def _mount(call: Call, child: Value, parent: str, holders: Holders, file: File) -> Iterator[Fact]:
    span = call.name_span.until(call.span)
    chain = chain_at(child, file)
    if isinstance(child, Name):  # A handler with an attribute, a function that configures, or a scope in a variable.
        is_local = "." not in child.written and file.assignments(child.written, call.function)
        yield Mount(span, parent, holders.variable(child.written, call.function) if is_local else child.name)
    elif chain is not None and chain.first.callee.endswith((*_SCOPES, *_RESOURCES)) and not _is_guarded(chain):
        yield Mount(span, parent, holders.of(chain))
    elif chain is not None and not chain.root and not chain.first.callee.endswith((*_SCOPES, *_RESOURCES)):
        prefix = text(chain.first.arguments[0].value) if chain.first.arguments else None  # Files::new("/static", ".")
        yield Mount(span, parent, chain.first.callee, prefix if prefix is not None and prefix.startswith("/") else "")
    if chain is not None and chain.first.callee.endswith(_RESOURCES):
        yield from _resource(chain, holders, file)


def _is_guarded(chain: Chain) -> bool:
    """Whether other things than the path decide who answers: `web::scope("/api").guard(v1)` may stand beside another `/api`."""
    return any(call.callee.endswith(".guard") for call in chain.calls)


def _resource(chain: Chain, holders: Holders, file: File) -> Iterator[Fact]:
    """`web::resource("/orders").to(list)`: any method."""
    to = next((item for item in chain.calls if item.callee.endswith(".to") and item.arguments), None)
    if to is not None:
        name = holders.of(chain)
        given = text(file.constant(chain.first.arguments[0].value, chain.function)) if chain.first.arguments else None
        yield Router(chain.first.span, name, "application", "{prefix}" if given is None else braces(given), (), "actix-web")
        yield _made(name, handler_of(to.arguments[0].value, to.function), "*", "", chain.first, (), file)


@framework.every(Call)
def reply(call: Call, file: File) -> Iterator[Fact]:
    """`HttpResponse::Ok().json(body)`, `HttpResponse::build(StatusCode::OK).json(body)`."""
    parts = call.callee.split(".")
    if parts[-1] != "json" or len(call.arguments) != 1 or not any(part.removesuffix("()").endswith("HttpResponse") for part in parts):
        return
    chain = file.chain(call)
    start = chain[0] if chain else None
    if start is None:
        return
    name = start.callee.rpartition(".")[2]
    number = status(start.arguments[0].value) if name == "build" and start.arguments else RESPONSES.get(name)
    fix = builder(fitting(call.span, file)) if name in RESPONSES else ""
    yield Reply(
        start.span.until(call.span), call.function, number, _keys(call.arguments[0].value, file, call.function),
        call.in_error_branch, True, (Replacement(start.name_span, fix),) if fix else (),
    )  # fmt: skip


@framework.every(Return)
def json(returned: Return, file: File) -> Iterator[Fact]:
    """`web::Json(body)` as the answer."""
    value = returned.value
    if isinstance(value, Invocation) and value.callee == "Ok" and value.arguments:
        value = value.arguments[0].value
    definition = file.definition(returned.function)
    if (
        isinstance(value, Invocation)
        and value.callee.endswith("web.Json")
        and value.arguments
        and definition is not None
        and definition.is_async
    ):
        yield Reply(
            returned.span, returned.function, 200, _keys(value.arguments[0].value, file, returned.function), returned.in_error_branch
        )


def _keys(value: Value, file: File, function: str) -> tuple[str, ...]:
    body = file.constant(value, function)
    if isinstance(body, Mapping):
        return tuple(entry.key for entry in body.entries if entry.key)
    if isinstance(body, Invocation) and body.arguments and all(item.name for item in body.arguments):
        return tuple(item.name for item in body.arguments)
    return ()
