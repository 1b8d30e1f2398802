"""Spring MVC and WebFlux: controllers, functional routes, answers, page sizes, CORS."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, CorsPolicy, PageSize, Reply, RequestParameter, Route, Router
from architrave.facts.code import Call, Decorator, Definition, Parameter, Return
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Number, Replacement, String, Value, text, walk
from architrave.framework import File, Framework
from architrave.java.imports import imported
from architrave.java.names import annotation, call_at, given, items, methods, owner, positional, simple, texts
from architrave.regexes import regex
from architrave.text import Span

framework = Framework("spring-web", languages=("java",), modules=("org.springframework",))

_MAPPINGS = {"GetMapping": "GET", "PostMapping": "POST", "PutMapping": "PUT", "PatchMapping": "PATCH", "DeleteMapping": "DELETE"}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_GUARDS = ("PreAuthorize", "Secured", "RolesAllowed", "PostAuthorize", "DenyAll", "Authenticated")
_SOURCES = {
    "PathVariable": "path",
    "RequestParam": "query",
    "RequestHeader": "header",
    "CookieValue": "cookie",
    "RequestBody": "body",
    "RequestPart": "form",
    "ModelAttribute": "query",
}
_LIBRARIES = (
    "org.",
    "jakarta.",
    "javax.",
    "java.",
    "reactor.",
    "io.",
    "kotlin.",
    "String",
    "Integer",
    "Long",
    "Boolean",
    "Double",
    "Object",
)
_PAGES = {"PageRequest.of": 1, "PageRequest.ofSize": 0, "Limit.of": 0, "setMaxResults": 0, "setLimit": 0, "limit": 0}
_STATUSES = {
    "ok": 200,
    "created": 201,
    "accepted": 202,
    "noContent": 204,
    "badRequest": 400,
    "notFound": 404,
    "unprocessableEntity": 422,
    "unprocessableContent": 422,
    "internalServerError": 500,
}
_ORIGINS = 'System.getenv("CORS_ORIGINS").split(",")'
_VARIABLE = regex(r"\{(\*?)([\w-]+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
_PRESENCE = regex(r"(^|\.)(Profile|Conditional\w*)$")
_REACTIVE = ("org.springframework.web.reactive.function.server", "org.springframework.web.servlet.function")


def is_controller(definition: Definition) -> bool:
    return annotation(definition.decorators, "RestController", "Controller") is not None


@framework.file
def controllers(file: File) -> Iterator[Fact]:
    for definition in file.all(Definition):
        if definition.kind in ("class", "interface") and is_controller(definition):
            yield from _controller(definition, file)


def _controller(definition: Definition, file: File) -> Iterator[Fact]:
    mapping = annotation(definition.decorators, "RequestMapping")
    prefixes = texts(given(mapping, "", "path"), file, definition.name, named=True)
    prefix = "{prefix}" if prefixes is None else path(prefixes[0]) if len(prefixes) == 1 else ""
    span = mapping.span if mapping is not None else definition.name_span
    kind: Literal["application", "router"] = "router" if prefixes is None else "application"
    there = _presence(definition)
    yield Router(span, definition.name, kind, prefix, tuple(guards(definition)), "spring")
    for method in methods(file, definition.name):
        for mark, names, paths, span_of_path in mapped(method, file):
            for written in paths:
                for before in prefixes if prefixes is not None and len(prefixes) > 1 else ("",):
                    for name in names:
                        yield Route(
                            mark.span,
                            name,
                            path(before) + path(written) or "",
                            method.name,
                            definition.name,
                            span_of_path,
                            tuple(guards(method)),
                            tuple(_parameters(method, file)),
                            declared_status(method),
                            "spring",
                            file.imports("io.swagger", "org.springdoc"),
                            "; ".join(item for item in (there, condition(mark, file)) if item),
                        )


def mapped(method: Definition, file: File) -> Iterator[tuple[Decorator, tuple[str, ...], tuple[str, ...], Span | None]]:
    """Yield (annotation, methods, paths, span of the only path) of what maps requests to a method."""
    for mark in method.decorators:
        kind = mark.name.rpartition(".")[2]
        if kind not in _MAPPINGS and kind != "RequestMapping":
            continue
        value = given(mark, "", "path")
        paths = texts(value, file, owner(method), named=True)
        if paths is None:
            continue
        names = (_MAPPINGS[kind],) if kind in _MAPPINGS else tuple(_named(given(mark, "method"))) or ("*",)
        yield mark, names, paths or ("",), value.span if value is not None and len(paths) == 1 and text(value) is not None else None


def condition(mark: Decorator, file: File) -> str:
    """What a mapping asks of a request besides method and path, which tells it from another of the same path."""
    found = []
    for name in ("params", "headers", "consumes", "produces", "version"):
        value = given(mark, name)
        if value is not None:
            known = texts(value, file, "") or [part.written for part in items(value) if isinstance(part, Name)]
            found.append(f"{name} = {', '.join(known) or '…'}")
    return "; ".join(found)


def _presence(definition: Definition) -> str:
    """What must hold for a controller to be there at all, such as a profile: two that stand in for one another serve the same paths."""
    found = []
    for mark in definition.decorators:
        if _PRESENCE.search(mark.name):
            said = [part.value for argument in mark.arguments for part in walk(argument.value) if isinstance(part, String)]
            found.append(f"{simple(mark.name)}({', '.join(said)})")
    return "; ".join(found)


def _named(value: Value | None) -> Iterator[str]:
    for item in items(value):
        if isinstance(item, Name):
            yield item.written.rpartition(".")[2]


def path(written: str) -> str:
    """Return a pattern with plain parameters, and one leading and no trailing slash: `orders/{id:[0-9]+}` is `/orders/{id}`."""
    plain = _VARIABLE.sub(lambda match: f"{{{match[2]}{match[1]}}}", written).replace("/**", "/{rest*}").strip()
    plain = "/".join("{any}" if part == "*" else part for part in plain.split("/"))
    plain = plain if plain.startswith("/") or not plain else "/" + plain
    return plain.rstrip("/") if len(plain) > 1 else ("" if plain == "/" else plain)


def guards(definition: Definition) -> Iterator[str]:
    for decorator in definition.decorators:
        if decorator.name.rpartition(".")[2] in _GUARDS:
            yield decorator.name.rpartition(".")[2]


def declared_status(definition: Definition) -> int | None:
    """Return the status of `@ResponseStatus`."""
    mark = annotation(definition.decorators, "ResponseStatus")
    return status_of(given(mark, "", "code")) if mark is not None else None


def status_of(value: Value | None) -> int | None:
    """`HttpStatus.CREATED`, `201`, `HttpStatus.CREATED.value()`, `HttpStatusCode.valueOf(201)`."""
    if isinstance(value, Number):
        return int(value.value)
    name = value.name if isinstance(value, Name) else value.callee.removesuffix(".value") if isinstance(value, Invocation) else ""
    if isinstance(value, Invocation) and name.endswith("HttpStatusCode.valueOf") and value.arguments:
        return status_of(value.arguments[0].value)
    known = HTTPStatus.__members__.get(name.rpartition(".")[2].replace("UNPROCESSABLE_CONTENT", "UNPROCESSABLE_ENTITY"))
    return int(known) if known is not None else None


def _parameters(method: Definition, file: File) -> Iterator[RequestParameter]:
    for parameter in method.parameters:
        mark = annotation(parameter.decorators, *_SOURCES)
        if mark is None or mark.name.rpartition(".")[2] == "ModelAttribute":
            # An object of the workspace is filled from the query, or from a form.
            if simple(parameter.type)[:1].isupper() and not parameter.type.startswith(_LIBRARIES):
                yield RequestParameter(parameter.span, parameter.name, "query", parameter.type, is_object=True)
            continue
        name = text(given(mark, "", "name")) or parameter.name
        required = given(mark, "required")
        has_default = given(mark, "defaultValue") is not None or simple(parameter.type) == "Optional"
        is_required = not has_default and not (isinstance(required, Boolean) and not required.value)
        source = _SOURCES[mark.name.rpartition(".")[2]]
        is_bounded = _is_bounded(parameter, method, file)
        yield RequestParameter(
            parameter.span, name, source, parameter.type, is_required, is_bounded,  # type: ignore[arg-type]
            () if is_bounded else _bound(parameter, file),
        )  # fmt: skip


def _bound(parameter: Parameter, file: File) -> tuple[Replacement, ...]:
    package = "javax" if file.imports("javax.validation") else "jakarta"
    imports = imported(file, f"{package}.validation.constraints.Max")
    if imports is None or simple(parameter.type) not in ("int", "long", "Integer", "Long"):
        return ()
    return Replacement(parameter.span.before, "@Max(100) "), *imports


def _is_bounded(parameter: Parameter, method: Definition, file: File) -> bool:
    return annotation(parameter.decorators, "Max", "Range", "DecimalMax") is not None or file.is_bounded(parameter.name, method.name)


@framework.every(Call)
def functional(call: Call, file: File) -> Iterator[Fact]:
    """`route(GET("/orders"), handler::list)`, `route().GET("/orders", handler::list)`."""
    last = call.callee.rpartition(".")[2]
    if last not in ("route", "andRoute", *_METHODS) or len(call.arguments) < 2 or not file.imports(*_REACTIVE):
        return
    handler = call.arguments[-1].value
    if last in _METHODS:
        method, at = last, call.arguments[0].value
    else:
        predicate = call.arguments[0].value
        if not isinstance(predicate, Invocation) or not predicate.arguments:
            return
        inner = call_at(file, predicate)
        links = [predicate] if inner is None else [inner, *file.chain(inner)]
        found = next((link for link in links if link.callee.rpartition(".")[2] in _METHODS and link.arguments), None)
        if found is None:
            return
        method, at = found.callee.rpartition(".")[2], found.arguments[0].value
    written = text(file.constant(at, call.function))
    if written is not None:
        name = handler.name.replace("()", "") if isinstance(handler, Name) else call.function
        yield Route(at.span, method, path(written) or "/", name, "", at.span, framework="spring")


@framework.every(Return)
def reply(returned: Return, file: File) -> Iterator[Fact]:
    definition = file.definition(returned.function)
    if definition is None:
        return
    is_handler = annotation(definition.decorators, *_MAPPINGS, "RequestMapping") is not None
    handles = annotation(definition.decorators, "ExceptionHandler") is not None
    if not is_handler and not handles:
        return
    declared = declared_status(definition)
    in_error = returned.in_error_branch or handles
    value = returned.value
    local = file.constant(value, returned.function)
    if isinstance(local, Mapping):
        sets_status = any(simple(item.type) in ("HttpServletResponse", "ServerHttpResponse") for item in definition.parameters)
        status = None if sets_status else declared or 200
        yield Reply(returned.span, returned.function, status, _keys(local), in_error, declared is not None)
    elif isinstance(value, Invocation):
        yield from _entity(returned, value, in_error, file)


def _entity(returned: Return, value: Invocation, in_error: bool, file: File) -> Iterator[Fact]:
    function = returned.function
    if simple(value.callee) == "ResponseEntity":  # new ResponseEntity<>(body, HttpStatus.CREATED)
        status = next((known for item in value.arguments if (known := status_of(item.value)) is not None), None)
        body = value.arguments[0].value if len(value.arguments) > 1 else None
        yield Reply(returned.span, function, status, _body(body, function, file), in_error, True)
        return
    call = call_at(file, value)
    if call is None or ".ResponseEntity." not in "." + call.callee:
        return
    links = [*file.chain(call), call]
    first = next((link for link in links if link.callee.rpartition(".")[0].endswith("ResponseEntity")), None)
    if first is None:
        return
    method = first.callee.rpartition(".")[2]
    status = status_of(first.arguments[0].value) if method == "status" and first.arguments else _STATUSES.get(method)
    last = call.callee.rpartition(".")[2]
    body = call.arguments[0].value if call.arguments and (last == "body" or (call is first and method in ("ok", "of"))) else None
    fix: tuple[Replacement, ...] = ()
    if in_error and method == "ok" and body is not None:
        text = _error(returned, file) + (".body" if call is first else "")
        text = text if call is first else text.removesuffix("()")
        if call is first or not text.endswith(")"):
            fix = (Replacement(first.name_span, text),)
    yield Reply(returned.span, function, status, _body(body, function, file), in_error, method != "of", fix)


def _error(returned: Return, file: File) -> str:
    """The answer that fits the caught exception; 500 when it says nothing."""
    caught = [block.subject for block in file.enclosing(returned.span, "catch") if block.subject is not None]
    names = " ".join(simple(item.name) for value in caught[-1:] for item in items(value) if isinstance(item, Name))
    if any(word in names for word in ("NotFound", "NoSuchElement")):
        return "status(404)"
    if any(word in names for word in ("IllegalArgument", "Validation", "BadRequest")):
        return "badRequest()"
    return "internalServerError()"


def _body(value: Value | None, function: str, file: File) -> tuple[str, ...]:
    known = file.constant(value, function)
    return _keys(known) if isinstance(known, Mapping) else ()


def _keys(value: Mapping) -> tuple[str, ...]:
    return tuple(entry.key for entry in value.entries if entry.key)


@framework.every(Definition)
def page_size(definition: Definition, file: File) -> Iterator[Fact]:
    if annotation(definition.decorators, *_MAPPINGS, "RequestMapping") is None:
        return
    for parameter in definition.parameters:
        is_number = simple(parameter.type) in ("int", "long", "Integer", "Long")
        if parameter.name not in PAGE_NAMES or not is_number or annotation(parameter.decorators, "PathVariable") is not None:
            continue
        is_bounded = _is_bounded(parameter, definition, file)
        for call in file.calls_in(definition.name):
            at = _PAGES.get(".".join(call.callee.split(".")[-2:]), _PAGES.get(call.callee.rpartition(".")[2]))
            argument = call.arguments[at] if at is not None and at < len(call.arguments) else None
            if argument is not None and isinstance(argument.value, Name) and argument.value.written == parameter.name:
                fix = (Replacement(argument.span, "Math.min({}, 100)", copied=argument.span),)
                yield PageSize(argument.span, parameter.name, definition.name, is_bounded, parameter.span, fix, callee=call.callee)
                break


@framework.every(Definition)
def cross_origin(definition: Definition, file: File) -> Iterator[Fact]:
    mark = annotation(definition.decorators, "CrossOrigin")
    if mark is None:
        return
    origins = texts(given(mark, "", "origins"), file, definition.name)
    patterns = texts(given(mark, "originPatterns"), file, definition.name)
    if origins is None or patterns is None:
        return
    allowed = text(given(mark, "allowCredentials")) == "true"
    named = [item for item in mark.arguments if item.name in ("", "origins", "originPatterns")]
    # Spring puts the property in the place of `${…}`, and takes it apart at commas.
    origin = 'origins = "${cors.origins}"'
    fix = (Replacement(named[0].span, origin),) if len(named) == 1 else ()
    if not named and mark.arguments:
        fix = (Replacement(mark.arguments[0].span.before, f"{origin}, "),)
    yield CorsPolicy(mark.span, origins or (() if patterns else ("*",)), "*" in patterns, allowed, fix)


@framework.every(Call)
def cors(call: Call, file: File) -> Iterator[Fact]:
    """`registry.addMapping(…).allowedOrigins(…).allowCredentials(true)`, `config.setAllowedOrigins(List.of(…))`."""
    name = call.callee.rpartition(".")[2]
    if name in ("allowedOrigins", "allowedOriginPatterns"):
        credentials = next(
            (
                other
                for other in file.calls_in(call.function)
                if other.span.start == call.span.start
                and other.span.chunk == call.span.chunk
                and other.callee.endswith(".allowCredentials")
            ),
            None,
        )
    elif name in ("setAllowedOrigins", "setAllowedOriginPatterns", "addAllowedOrigin", "addAllowedOriginPattern"):
        credentials = next(
            (
                other
                for other in file.calls_in(call.function)
                if other.receiver == call.receiver and other.callee.endswith(".setAllowCredentials")
            ),
            None,
        )
    else:
        return
    listed = [item for argument in call.arguments for item in items(file.constant(argument.value, call.function))]
    origins = tuple(known for item in listed if (known := text(file.constant(item, call.function))) is not None)
    granted = positional(credentials, 0) if credentials is not None else None
    is_granted = isinstance(granted, Boolean) and granted.value
    is_pattern = "Pattern" in name
    # A pattern `*` answers with the origin that asked, so that credentials are allowed after all.
    yield CorsPolicy(call.span, () if is_pattern else origins, is_pattern and "*" in origins, is_granted, _configured(call, name, file))


def _configured(call: Call, name: str, file: File) -> tuple[Replacement, ...]:
    """Take the origins from the environment: `allowedOrigins(System.getenv("CORS_ORIGINS").split(","))`."""
    method = Replacement(call.name_span, "setAllowedOrigins" if name.startswith(("set", "add")) else "allowedOrigins")
    if method.text == "allowedOrigins":
        return method, Replacement(call.arguments_span, _ORIGINS)
    imports = imported(file, "java.util.List")
    return (method, Replacement(call.arguments_span, f"List.of({_ORIGINS})"), *imports) if imports is not None else ()
