"""FastAPI and Starlette: applications, routers, routes, answers, page sizes, CORS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, CorsPolicy, Dependency, Mount, Reply, RequestParameter, Route, Router
from architrave.facts.code import Assignment, Call, Definition, Parameter, Return
from architrave.facts.values import (
    Argument,
    Boolean,
    Invocation,
    Mapping,
    Name,
    Number,
    Replacement,
    Sequence,
    Value,
    number,
    text,
    walk,
)
from architrave.framework import Decorated, File, Framework
from architrave.python.imports import imported
from architrave.python.prefixes import path_of, prefix_of

framework = Framework("fastapi", languages=("python",), modules=("fastapi", "starlette"))
elsewhere = Framework("fastapi-elsewhere", languages=("python",))  # In files that import no more than an application or router.
FRAMEWORKS = (elsewhere,)

_ROUTERS: dict[str, Literal["application", "router"]] = {
    "fastapi.FastAPI": "application",
    "fastapi.applications.FastAPI": "application",
    "fastapi.APIRouter": "router",
    "fastapi.routing.APIRouter": "router",
    "starlette.applications.Starlette": "application",
    "starlette.routing.Router": "router",
}
_ROUTES = ("starlette.routing.Route", "starlette.routing.Mount", "starlette.routing.WebSocketRoute")
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
_SOURCES = {"Query": "query", "Path": "path", "Header": "header", "Cookie": "cookie", "Body": "body", "Form": "form", "File": "form"}
_WHOLE_NUMBERS = ("int", "Annotated[int", "typing.Annotated[int", "Optional[int", "typing.Optional[int")
_SIMPLE_TYPES = ("int", "str", "float", "bool", "Optional", "typing.Optional", "list[", "List[")


@framework.every(Assignment)
def router(assignment: Assignment, file: File) -> Iterator[Fact]:
    value = assignment.value
    kind = _kind(value, file) if isinstance(value, Invocation) else None
    if isinstance(value, Invocation) and kind is None and value.callee.endswith("APIRouter"):  # A router class of the workspace.
        kind = "router"
    if isinstance(value, Invocation) and kind is not None:
        prefix = next((prefix_of(item.value, file) for item in value.arguments if item.name == "prefix"), "")
        guards = tuple(guard for item in value.arguments if item.name == "dependencies" for guard in _dependencies(item.value))
        yield Router(assignment.span, assignment.target, kind, prefix, guards, "fastapi")


def _kind(value: Invocation, file: File) -> Literal["application", "router"] | None:
    """What is made, of the library's own class or of one of this file that is derived from it."""
    definition = file.definition(value.callee)
    names = (value.callee, *(definition.bases if definition is not None else ()))
    return next((_ROUTERS[name] for name in names if name in _ROUTERS), None)


@framework.decorator(*(f"*.{method}" for method in (*_METHODS, "api_route", "websocket")))
def route(decorated: Decorated, file: File) -> Iterator[Fact]:
    return _routes_of(decorated, file)


def _routes_of(decorated: Decorated, file: File) -> Iterator[Route]:
    decorator, definition = decorated
    path = _path_argument(decorator.arguments)
    known = path_of(path, file, named=decorator.name.startswith("fastapi."))
    if path is None or known is None:
        return
    method = decorator.name.rpartition(".")[2]
    methods = [method.upper()]
    if method == "websocket":
        methods = ["GET"]
    elif method == "api_route":
        listed = next((item.value for item in decorator.arguments if item.name == "methods"), None)
        methods = _listed(listed) or ["GET"]
    guards = tuple(guard for item in decorator.arguments if item.name == "dependencies" for guard in _dependencies(item.value))
    guards += tuple(guard for parameter in definition.parameters for guard in _parameter_dependencies(parameter))
    for name in methods:
        yield Route(
            decorator.span,
            name,
            known.replace(":path}", "*}"),
            definition.name,
            file.holder(decorator.written, decorator.name),
            path.span,
            guards,
            tuple(_parameters(definition, known, file)),
            _status(decorator.arguments),
            "fastapi",
            not _is_hidden(decorator.arguments),
        )


@elsewhere.decorator(*(f"*.{method}" for method in (*_METHODS, "api_route", "websocket")))
def route_elsewhere(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@app.get("/orders")` where `app` is imported, and nothing of FastAPI is."""
    head = decorated[0].written.partition(".")[0]
    if not file.imports(*framework.modules) and file.imported_as(head):
        for found in _routes_of(decorated, file):
            yield replace(found, is_assumed=True)


def _listed(value: Value | None) -> list[str]:
    return [name.upper() for item in value.items if (name := text(item))] if isinstance(value, Sequence) else []


@framework.call("*.add_api_route", "*.add_route", "*.add_api_websocket_route", "*.add_websocket_route")
def added(call: Call, file: File) -> Iterator[Fact]:
    path, handler = call.argument("path", 0), call.argument("endpoint", 1) or call.argument("route", 1)
    known = path_of(path, file, call.function, named=call.callee.startswith("fastapi."))
    if path is None or known is None or not isinstance(handler, Name):
        return
    definition = file.definition(handler.written)
    name = handler.written if definition is not None else handler.name.replace("()", "")
    guards = tuple(_dependencies(call.argument("dependencies")))
    parameters = tuple(_parameters(definition, known, file)) if definition is not None else ()
    is_api = call.callee.endswith("add_api_route")
    for method in _listed(call.argument("methods")) or ["GET"]:
        yield Route(
            call.span.until(call.name_span), method, known.replace(":path}", "*}"), name, call.receiver, path.span, guards, parameters,
            _status(call.arguments), "fastapi", is_api and not _is_hidden(call.arguments),
        )  # fmt: skip


@framework.call("starlette.routing.Route", "starlette.routing.WebSocketRoute", "fastapi.routing.APIRoute")
def listed(call: Call, file: File) -> Iterator[Fact]:
    """`Route("/orders", index)` in a list that an application, router or mount takes."""
    path, handler = call.argument("path", 0), call.argument("endpoint", 1)
    known = text(path)
    if path is None or known is None or not isinstance(handler, Name):
        return
    prefix, holder = _place(call, file)
    if holder:
        for method in _listed(call.argument("methods")) or ["*" if handler.written[:1].isupper() else "GET"]:
            shown = (prefix + known).replace(":path}", "*}")
            yield Route(call.span.until(call.name_span), method, shown, handler.name, holder, path.span, framework="starlette")


def _place(call: Call, file: File) -> tuple[str, str]:
    """Return the prefixes of the mounts round a route of a list, and the variable that is assigned what they are part of."""
    mounts = [item for item in file.near(Call, call.span) if item.callee == "starlette.routing.Mount"]
    outer = [item for item in mounts if item.arguments_span.contains(call.span)]
    prefixes = [text(item.argument("path", 0)) or "" for item in sorted(outer, key=lambda item: item.span.start)]
    holder = next((item.target for item in file.near(Assignment, call.span) if item.span.contains(call.span)), "")
    return "".join(prefix.rstrip("/") for prefix in prefixes), holder


@framework.every(Assignment)
def routes(assignment: Assignment, file: File) -> Iterator[Fact]:
    """`routes = [Route(…)]`, and the application that takes it: `Starlette(routes=routes)`."""
    value = assignment.value
    if isinstance(value, Sequence) and any(isinstance(item, Invocation) and item.callee in _ROUTES for item in value.items):
        yield Router(assignment.span, assignment.target, "router", framework="starlette")
    elif isinstance(value, Invocation) and value.callee in _ROUTERS:
        given = next((item.value for item in value.arguments if item.name == "routes"), None)
        if isinstance(given, Name):
            child = given.written if file.assignments(given.written) else given.name
            yield Mount(assignment.span, assignment.target, child)


def _path_argument(arguments: tuple[Argument, ...]) -> Value | None:
    if arguments and not arguments[0].name:
        return arguments[0].value
    return next((item.value for item in arguments if item.name == "path"), None)


def _is_hidden(arguments: tuple[Argument, ...]) -> bool:
    return any(item.name == "include_in_schema" and isinstance(item.value, Boolean) and not item.value.value for item in arguments)


def _status(arguments: tuple[Argument, ...]) -> int | None:
    for item in arguments:
        if item.name == "status_code":
            known = number(item.value)
            if known is not None:
                return int(known)
            if isinstance(item.value, Name):  # status.HTTP_201_CREATED
                code = item.value.name.rpartition("HTTP_")[2][:3]
                return int(code) if code.isdigit() else None
    return None


@framework.call("*.include_router")
def mount(call: Call, file: File) -> Iterator[Fact]:
    child = call.argument("router", 0)
    if isinstance(child, Name):
        prefix = prefix_of(call.argument("prefix"), file, call.function)
        name = child.written if file.assignments(child.written, call.function) else child.name
        yield Mount(call.span, file.holder(call.written, call.callee), name, prefix, tuple(_dependencies(call.argument("dependencies"))))
        yield from _given(call, file)


@framework.call("*.mount", "starlette.routing.Mount")
def mounted(call: Call, file: File) -> Iterator[Fact]:
    """`app.mount("/v1", v1)`: an application in another."""
    prefix, child = text(file.constant(call.argument("path", 0), call.function)), call.argument("app", 1) or call.argument("routes")
    if prefix is None or not isinstance(child, Name):
        return
    inner, parent = _place(call, file) if call.callee == "starlette.routing.Mount" else ("", call.receiver)
    if parent:
        yield Mount(
            call.span, parent, child.written if file.assignments(child.written, call.function) else child.name, inner + prefix.rstrip("/")
        )


def _given(call: Call, file: File) -> Iterator[Fact]:
    """`def add_routers(app: FastAPI)`: the application is made elsewhere."""
    definition = file.definition(call.function)
    for parameter in definition.parameters if definition is not None else ():
        if definition is not None and parameter.name == call.receiver and parameter.type in _ROUTERS:
            yield Router(definition.name_span, parameter.name, _ROUTERS[parameter.type], framework="fastapi")


@framework.call("fastapi.Depends", "fastapi.Security", "fastapi.param_functions.Depends", "fastapi.params.Depends")
def alias(call: Call, file: File) -> Iterator[Fact]:
    """`CurrentUser = Annotated[User, Depends(get_current_user)]`, `Depends(Roles("admin"))`: routes ask for it by that name."""
    given = call.arguments[0].value if call.arguments else None
    name = given.name if isinstance(given, Name) else given.callee if isinstance(given, Invocation) else ""
    if call.function or not name:
        return
    for assignment in file.near(Assignment, call.span):
        if not assignment.function and assignment.span.contains(call.span) and not isinstance(assignment.value, Invocation):
            yield Dependency(assignment.span, assignment.target, name)


def _dependencies(value: Value | None) -> Iterator[str]:
    for part in walk(value) if value is not None else ():
        if isinstance(part, Invocation) and part.callee.rpartition(".")[2] in ("Depends", "Security"):
            first = part.arguments[0].value if part.arguments else None
            if isinstance(first, Name):
                yield first.name
            elif isinstance(first, Invocation) and first.callee:
                yield first.callee


def _parameter_dependencies(parameter: Parameter) -> Iterator[str]:
    yield from _dependencies(parameter.default)
    for marker in ("Depends(", "Security("):
        if marker in parameter.type:  # Annotated[User, Depends(current_user)]
            named = parameter.type.partition(marker)[2].partition(")")[0].partition(",")[0].strip()
            if named:  # `Depends()` asks for an instance of the type itself.
                yield named
    if not parameter.default and parameter.type.rpartition(".")[2].endswith(("Dep", "CurrentUser")):
        yield parameter.type  # An alias of such an annotation.


def _parameters(definition: Definition, path: str, file: File) -> Iterator[RequestParameter]:
    for parameter in definition.parameters:
        marker = parameter.default if isinstance(parameter.default, Invocation) else None
        kind = marker.callee.rpartition(".")[2] if marker else ""
        annotated = next((name for name in _SOURCES if f"{name}(" in parameter.type), "")
        if f"{{{parameter.name}}}" in path or f"{{{parameter.name}:" in path:
            source = "path"
        elif kind in _SOURCES or annotated:
            source = _SOURCES[kind or annotated]
        elif kind == "Depends" or "Depends(" in parameter.type:  # Of a class: its fields are taken from the query.
            of = _class_of(parameter, marker, file)
            if of:
                yield RequestParameter(parameter.span, parameter.name, "query", of, is_object=True)
            continue
        elif parameter.type.startswith(_SIMPLE_TYPES):
            source = "query"
        else:
            continue
        named = parameter.type.partition("[")[2].partition(",")[0]
        if source == "query" and annotated and named.rpartition(".")[2][:1].isupper():  # page: Annotated[Page, Query()]
            yield RequestParameter(parameter.span, parameter.name, "query", file.full_name(named), is_object=True)
            continue
        is_bounded = _has_maximum(parameter) or file.is_bounded(parameter.name, definition.name)
        is_page = parameter.name in PAGE_NAMES and parameter.type.startswith(_WHOLE_NUMBERS) and source == "query"
        yield RequestParameter(
            parameter.span, parameter.name, source, parameter.type, parameter.default is None, is_bounded or not is_page,  # type: ignore[arg-type]
            _bound(parameter, definition, file) if is_page and not is_bounded else (),
        )  # fmt: skip


def _class_of(parameter: Parameter, marker: Invocation | None, file: File) -> str:
    """Return `Page` of `page: Page = Depends()`, `page = Depends(Page)` and `page: Annotated[Page, Depends()]`."""
    given = marker.arguments[0].value if marker is not None and marker.arguments else None
    name = given.name if isinstance(given, Name) else file.full_name(parameter.type.partition("[")[2].partition(",")[0]) or parameter.type
    return name if name.rpartition(".")[2][:1].isupper() else ""


def _has_maximum(parameter: Parameter) -> bool:
    if isinstance(parameter.default, Invocation) and any(item.name in ("le", "lt") for item in parameter.default.arguments):
        return True
    compact = parameter.type.replace(" ", "")
    return any(bound in compact for bound in ("le=", "lt=", "Literal[", "conint("))


def _bound(parameter: Parameter, definition: Definition, file: File) -> tuple[Replacement, ...]:
    """Give a parameter a greatest value."""
    default = parameter.default
    if isinstance(default, Invocation):
        is_query = default.callee.rpartition(".")[2] == "Query" and bool(default.arguments)
        return (Replacement(default.arguments[-1].span.after, ", le=100"),) if is_query else ()
    imports = imported(file, "fastapi", "Query")
    if imports is None:
        return ()
    if isinstance(default, Number):
        return Replacement(default.span, "Query(default={}, le=100)", copied=default.span), *imports
    after = definition.parameters[definition.parameters.index(parameter) + 1 :]
    if default is None and parameter.type == "int" and all(item.default is not None for item in after):
        return Replacement(parameter.span.after, " = Query(le=100)"), *imports
    return ()


def _is_handler(definition: Definition) -> bool:
    for decorator in definition.decorators:
        path = text(_path_argument(decorator.arguments))
        if decorator.name.rpartition(".")[2] in (*_METHODS, "api_route") and path is not None and (not path or path.startswith("/")):
            return True
    return False


@framework.every(Return)
def reply(returned: Return, file: File) -> Iterator[Fact]:
    definition = file.definition(returned.function)
    if definition is None or not _is_handler(definition):
        return
    declared = next((status for decorator in definition.decorators if (status := _status(decorator.arguments)) is not None), None)
    value = returned.value
    if isinstance(value, Mapping):
        keys = tuple(entry.key for entry in value.entries if entry.key)
        sets_status = any(parameter.type.rpartition(".")[2] == "Response" for parameter in definition.parameters)
        imports = imported(file, "fastapi.responses", "JSONResponse")
        answer = Replacement(value.span, f"JSONResponse({{}}, status_code={_error_status(returned, file)})", copied=value.span)
        yield Reply(
            returned.span,
            returned.function,
            None if sets_status else declared or 200,
            keys,
            returned.in_error_branch,
            declared is not None,
            (answer, *imports) if imports is not None else (),
        )
    elif isinstance(value, Invocation) and value.callee.rpartition(".")[2] in ("JSONResponse", "ORJSONResponse", "UJSONResponse"):
        content = next((item.value for item in value.arguments if item.name == "content" or not item.name), None)
        keys = tuple(entry.key for entry in content.entries if entry.key) if isinstance(content, Mapping) else ()
        has_status = any(item.name == "status_code" for item in value.arguments) or len([a for a in value.arguments if not a.name]) > 1
        status = _status(value.arguments) if has_status else declared or 200
        fix: tuple[Replacement, ...] = ()
        if not has_status and value.arguments:
            fix = (Replacement(value.arguments[-1].span.after, f", status_code={_error_status(returned, file)}"),)
        yield Reply(returned.span, returned.function, status, keys, returned.in_error_branch, has_status, fix)


@framework.call("fastapi.HTTPException", "fastapi.exceptions.HTTPException", "starlette.exceptions.HTTPException")
def refused(call: Call, file: File) -> Iterator[Fact]:
    """`raise HTTPException(404, "no such order")` is answered as `{"detail": …}`, unless the application handles it itself."""
    given = [item for item in call.arguments if item.name in ("", "status_code")][:1]
    status = _status(tuple(replace(item, name="status_code") for item in given))
    yield Reply(call.span, call.function, status, ("detail",), True, True)


def _error_status(returned: Return, file: File) -> int:
    """The status that fits the caught exception; 500 when it says nothing."""
    caught = [block for block in file.enclosing(returned.span, "catch") if isinstance(block.subject, Name | Sequence)]
    names = " ".join(part.name for block in caught[-1:] if block.subject for part in walk(block.subject) if isinstance(part, Name))
    if any(word in names for word in ("LookupError", "KeyError", "NotFound", "DoesNotExist", "NoResultFound")):
        return 404
    if any(word in names for word in ("ValueError", "ValidationError")):
        return 422
    if "PermissionError" in names:
        return 403
    return 500


@framework.call("*.add_middleware", "starlette.middleware.Middleware", "fastapi.middleware.Middleware")
def cors(call: Call, file: File) -> Iterator[Fact]:
    first = call.argument("middleware_class", 0) or call.argument("cls", 0)
    if not isinstance(first, Name) or not first.name.endswith("CORSMiddleware"):
        return
    origins = file.constant(call.argument("allow_origins"), call.function)
    pattern = text(file.constant(call.argument("allow_origin_regex"), call.function))
    credentials = file.constant(call.argument("allow_credentials"), call.function)
    listed = tuple(known for item in origins.items if (known := text(item)) is not None) if isinstance(origins, Sequence) else ()
    is_reflected = pattern in (".*", ".+", "^.*$", "https?://.*")
    is_granted = isinstance(credentials, Boolean) and credentials.value
    if origins is None or is_reflected:
        yield CorsPolicy(call.span, listed, is_reflected, is_granted)
        return
    imports = imported(file, "os")
    fix = (Replacement(origins.span, 'os.environ["CORS_ORIGINS"].split(",")'), *imports) if imports is not None else ()
    yield CorsPolicy(call.span, listed, False, is_granted, fix)
