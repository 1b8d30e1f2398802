"""axum: routers, routes, nested routers, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Mount, Reply, Route, Router
from architrave.facts.code import Call, Definition, Import, Return
from architrave.facts.values import Invocation, Mapping, Name, Replacement, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.rust import requests
from architrave.rust.routers import Chain, Holders, braces, chain_at, chains, guards_of, handler_of
from architrave.rust.statuses import constant, fitting, status
from architrave.rust.values import head

framework = Framework("axum", languages=("rust",), modules=("axum",))

_METHODS = {name: name.upper() for name in ("get", "post", "put", "patch", "delete", "head", "options", "trace")} | {"any": "*", "on": "*"}
_ROUTES = frozenset({"route", "route_service", "api_route", "api_route_with"})
_NOT_FOUND = regex(r"not_?found|404|fallback|missing|unknown|closure", re.IGNORECASE)
_ROUTER_CALLS = _ROUTES | frozenset(
    """nest nest_service merge layer route_layer with_state fallback fallback_service method_not_allowed_fallback routes""".split()  # noqa: SIM905
)
_MADE = ("Router.new", "Router.default", "Router.with_state", "OpenApiRouter.new", "ApiRouter.new")
_ANSWERS = ("IntoResponse", "Response", "Json", "StatusCode", "Html", "Result", "(")


@framework.file
def routers(file: File) -> Iterator[Fact]:
    holders = Holders(file)
    returning = {item.name for item in file.all(Definition) if _is_router(item.returns)}
    for definition in file.all(Definition):
        if definition.name in returning:
            yield Router(definition.name_span, definition.name, "application", framework="axum")
    for returned in file.all(Return):
        value = returned.value
        if returned.function in returning and isinstance(value, Name) and "." not in value.written:
            name = holders.variable(value.written, returned.function)
            if name != returned.function:
                yield Mount(returned.span, returned.function, name)
    for chain in chains(file).values():
        if _is_chain(chain, file):
            yield from _chain(chain, holders, returning, file)


@framework.every(Definition)
def documented(definition: Definition, file: File) -> Iterator[Fact]:
    """`#[utoipa::path(get, path = "/orders/{id}")]`: a router of one route, which `.routes(routes!(show))` mounts."""
    for decorator in definition.decorators:
        if decorator.name != "utoipa.path":
            continue
        path = next((text(item.value) for item in decorator.arguments if item.name == "path"), None)
        named = [item.value.written.lower() for item in decorator.arguments if isinstance(item.value, Name) and not item.name]
        method = next((_METHODS[name] for name in named if name in _METHODS), "")
        if path and method:
            shown = braces(path)
            yield Router(definition.name_span, definition.name, "router", framework="axum")
            yield Route(
                decorator.span, method, shown, definition.name, definition.name, None, tuple(requests.guards(definition)),
                tuple(requests.parameters(definition, shown, file)), framework="axum", is_documented=True,
            )  # fmt: skip


def _is_router(returns: str) -> bool:
    return any(head(part) in ("Router", "OpenApiRouter", "ApiRouter") for part in (returns, returns.partition("<")[2]))


def _is_chain(chain: Chain, file: File) -> bool:
    names = [call.callee.rpartition(".")[2] for call in chain.methods]
    first = chain.first.callee
    if first.endswith(_MADE) and (first.startswith("axum.") or file.imports("axum")):
        return True
    if not any(
        name in ("route", "routes", "api_route", "api_route_with", "nest", "merge", "route_layer", "nest_service") for name in names
    ):
        return False
    return not first.startswith(("actix_web", "web.", "poem", "salvo", "warp"))


def _chain(chain: Chain, holders: Holders, returning: set[str], file: File) -> Iterator[Fact]:
    function = chain.function
    links = [call for call in chain.methods if call.callee.rpartition(".")[2] in _ROUTER_CALLS]
    guards = tuple(
        guard
        for call in links
        if call.callee.rpartition(".")[2] in ("layer", "route_layer")
        for guard in guards_of([item.value for item in call.arguments])
    )
    if chain.root:
        name = holders.variable(chain.root, function)
        result = holders.result(chain)
        if result and result != name:
            yield Mount(chain.last.span, result, name, "", guards)
            guards = ()
    else:
        name = holders.of(chain)
        if not chain.first.callee.endswith(_MADE) and chain.first.callee != name:  # orders::router().layer(…)
            yield Mount(chain.first.span, name, chain.first.callee)
        yield Router(chain.first.span, name, "application", "", guards, "axum")
    for call in links:
        method = call.callee.rpartition(".")[2]
        if method in _ROUTES and len(call.arguments) in (2, 3):
            yield from _route(call, name, file)
        elif method in ("fallback", "fallback_service") and call.arguments:
            handler = handler_of(call.arguments[0].value, function)
            if not _NOT_FOUND.search(handler.rpartition(".")[2]):  # It may serve any path.
                yield Mount(call.name_span.until(call.span), name, "?")
        elif method in ("nest", "nest_service") and len(call.arguments) == 2:
            prefix = text(file.constant(call.arguments[0].value, function))
            yield from _mount(call, call.arguments[1].value, name, "{prefix}" if prefix is None else braces(prefix), holders, file)
        elif method == "routes" and call.arguments:
            handlers = call.arguments[0].value
            for argument in handlers.arguments if isinstance(handlers, Invocation) and handlers.callee.endswith("routes!") else ():
                if isinstance(argument.value, Name):
                    yield Mount(call.name_span.until(call.span), name, argument.value.name)
        elif method == "merge" and call.arguments:
            yield from _mount(call, call.arguments[0].value, name, "", holders, file)


def _mount(call: Call, child: Value, parent: str, prefix: str, holders: Holders, file: File) -> Iterator[Fact]:
    chain = chain_at(child, file)
    span = call.name_span.until(call.span)
    if isinstance(child, Name):
        name = holders.variable(child.written, call.function) if "." not in child.written else child.name
        yield Mount(span, parent, name, prefix)
    elif chain is not None and chain.root:
        yield Mount(span, parent, holders.variable(chain.root, call.function), prefix)
    elif chain is not None and (len(chain.calls) > 1 or chain.first.callee.endswith(_MADE)) and _is_chain(chain, file):
        yield Mount(span, parent, holders.of(chain), prefix)
    elif chain is not None:
        yield Mount(span, parent, chain.first.callee, prefix)


def _route(call: Call, router: str, file: File) -> Iterator[Fact]:
    path = text(file.constant(call.arguments[0].value, call.function))
    chain = chain_at(call.arguments[1].value, file)
    span = call.name_span.until(call.span)
    if path is None:
        yield Mount(span, router, "?")  # Served, but nobody knows where.
        return
    found = False
    for link in chain.calls if chain is not None else ():
        last = link.callee.rpartition(".")[2].removesuffix("_service")
        method = _METHODS.get(last.removesuffix("_with"))
        if chain is None or method is None or not link.arguments or (link is chain.first and not _is_method(link, file)):
            continue
        found = True
        handler = handler_of(link.arguments[0 if last.endswith("_with") else -1].value, call.function)
        if method == "*" and len(link.arguments) == 2 and isinstance(link.arguments[0].value, Name):
            method = link.arguments[0].value.name.rpartition(".")[2]  # on(MethodFilter::GET, handler)
        definition = file.definition(handler)
        shown = braces(path)
        wrapped = [item.arguments[0].value for item in chain.calls if item.callee.endswith((".layer", ".route_layer")) and item.arguments]
        guards = (*guards_of(wrapped), *(requests.guards(definition) if definition is not None else ()))
        parameters = tuple(requests.parameters(definition, shown, file)) if definition is not None else ()
        yield Route(span, method, shown, handler, router, call.arguments[0].span, guards, parameters, framework="axum")
    if not found:  # `.route("/orders", orders_routes)`, `.route_service("/files", service)`
        yield Route(
            span, "*", braces(path), handler_of(call.arguments[1].value, call.function), router, call.arguments[0].span, framework="axum"
        )


def _is_method(call: Call, file: File) -> bool:
    owner = call.callee.rpartition(".")[0]
    return owner in ("routing", "axum.routing.MethodRouter", "MethodRouter", "") or owner.startswith(("axum", "aide"))


def _is_handler(definition: Definition | None) -> bool:
    return definition is not None and definition.is_async and any(word in definition.returns for word in _ANSWERS)


@framework.every(Return)
def reply(returned: Return, file: File) -> Iterator[Fact]:
    definition = file.definition(returned.function)
    if definition is None or not _is_handler(definition) or file.imports("actix_web"):
        return
    value = returned.value
    if isinstance(value, Invocation) and value.callee in ("Ok", "Err") and value.arguments:
        is_error = value.callee == "Err"
        value = value.arguments[0].value
    else:
        is_error = False
    if isinstance(value, Sequence) and value.items:
        body = next((keys for item in value.items if (keys := _keys(item, file, returned.function)) is not None), None)
        number = status(file.constant(value.items[0], returned.function))
        if body is not None and (number is not None or _may_be_status(value.items[0])):
            yield Reply(returned.span, returned.function, number, body, returned.in_error_branch or is_error, True)
        return
    keys = _keys(value, file, returned.function)
    if keys is None or is_error:
        return
    has_status = any(item.alias == "StatusCode" for item in file.all(Import))
    may_wrap = has_status and head(definition.returns) == "Response" and returned.span != value.span
    fix = Replacement(value.span, f"({constant(fitting(returned.span, file))}, {{}})", copied=value.span)
    yield Reply(returned.span, returned.function, 200, keys, returned.in_error_branch, False, (fix,) if may_wrap else ())


def _may_be_status(value: Value) -> bool:
    return isinstance(value, Name | Invocation)


def _keys(value: Value, file: File, function: str) -> tuple[str, ...] | None:
    """Return the keys of a JSON answer, or None for what is none."""
    if not isinstance(value, Invocation) or value.callee.rpartition(".")[2] != "Json" or len(value.arguments) != 1:
        return None
    body = file.constant(value.arguments[0].value, function)
    if isinstance(body, Mapping):
        return tuple(entry.key for entry in body.entries if entry.key)
    if isinstance(body, Invocation) and body.arguments and all(item.name for item in body.arguments):
        return tuple(item.name for item in body.arguments)  # Json(ErrorBody { error })
    return ()
