"""NestJS: modules, controllers, routes and what they take from the request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.api import Guard, Mount, PageSize, Reply, RequestParameter, Route, Router
from architrave.facts.code import Assignment, Call, Decorator, Definition, Field, Return
from architrave.facts.values import Invocation, Mapping, Name, Number, Replacement, Sequence, String, Value, text, walk
from architrave.framework import Decorated, File, Framework
from architrave.node.imports import imported
from architrave.node.requests import bounded
from architrave.node.routers import LANGUAGES, UNKNOWN, assigned_holder, braces, guards_of, path_text
from architrave.regexes import regex
from architrave.text import Span

framework = Framework("nestjs", languages=LANGUAGES, modules=("@nestjs/common", "@nestjs/core"))

_COMMON = "@nestjs/common."
_METHODS = {
    "Get": "GET",
    "Post": "POST",
    "Put": "PUT",
    "Patch": "PATCH",
    "Delete": "DELETE",
    "Head": "HEAD",
    "Options": "OPTIONS",
    "All": "*",
}
_SOURCES = {"Param": "path", "Query": "query", "Body": "body", "Headers": "header"}
_FACTORIES = ("@nestjs/core.NestFactory.create", "@nestjs/core.NestFactory.createMicroservice")
_STATUS = regex(r"^@nestjs/common\.HttpStatus\.(\w+)$")
_STATUSES = {"OK": 200, "CREATED": 201, "ACCEPTED": 202, "NO_CONTENT": 204, "BAD_REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403,
             "NOT_FOUND": 404, "CONFLICT": 409, "INTERNAL_SERVER_ERROR": 500}  # fmt: skip


@framework.decorator("@nestjs/common.Controller")
def controller(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    given = decorator.arguments[0].value if decorator.arguments else None
    version = None
    if isinstance(given, Mapping):
        versions = given.get("version")
        version = text(versions.items[0] if isinstance(versions, Sequence) and len(versions.items) == 1 else versions)
        if isinstance(versions, Name) and versions.name.endswith(".VERSION_NEUTRAL"):
            version = ""
        given = given.get("path")
    paths = [item.value for item in given.items if isinstance(item, String)] if isinstance(given, Sequence) else [_path(given, file)]
    guards = tuple(_guards(definition.decorators))
    for path in paths[:1]:
        prefix = braces(path).strip("/")
        yield Router(decorator.span, definition.name, "router", f"/{prefix}" if prefix else "", guards, "nestjs", version)


def _path(value: Value | None, file: File) -> str:
    if value is None:
        return ""
    known = path_text(value, file)
    return known if known is not None else UNKNOWN


def _guards(decorators: tuple[Decorator, ...]) -> Iterator[str]:
    for item in decorators:
        if item.name == f"{_COMMON}UseGuards":
            yield from guards_of(argument.value for argument in item.arguments)
        elif item.name.rpartition(".")[2] in ("Auth", "Roles", "RequirePermissions", "Authorized"):
            yield item.name


@framework.decorator(*(f"{_COMMON}{name}" for name in _METHODS))
def route(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    owner = definition.name.rpartition(".")[0]
    method = _METHODS[decorator.name.rpartition(".")[2]]
    given = decorator.arguments[0].value if decorator.arguments else None
    given = file.constant(given)
    paths: list[str]
    if given is None:
        paths = [""]
    elif isinstance(given, Sequence):
        paths = [item.value for item in given.items if isinstance(item, String)]
    else:
        paths = [_path(given, file)]
    code = next((item for item in definition.decorators if item.name == f"{_COMMON}HttpCode"), None)
    status = _status(code.arguments[0].value) if code is not None and code.arguments else 201 if method == "POST" else None
    version = next((item for item in definition.decorators if item.name == f"{_COMMON}Version" and item.arguments), None)
    for path in paths:
        full = "/" + braces(path).strip("/") if path.strip("/") else ""
        yield Route(
            decorator.span,
            method,
            full,
            definition.name,
            owner,
            given.span if given is not None else None,
            tuple(_guards(definition.decorators)),
            tuple(_parameters(definition, file)),
            status,
            "nestjs",
            any(item.name.startswith("@nestjs/swagger.") for item in definition.decorators) or file.imports("@nestjs/swagger"),
            version=text(version.arguments[0].value) or "" if version is not None else "",
        )


def _status(value: Value) -> int | None:
    if isinstance(value, Number):
        return int(value.value)
    match = _STATUS.match(value.name) if isinstance(value, Name) else None
    return _STATUSES.get(match[1]) if match else None


def _parameters(definition: Definition, file: File) -> Iterator[RequestParameter]:
    for parameter in definition.parameters:
        for item in parameter.decorators:
            source = _SOURCES.get(item.name.removeprefix(_COMMON))
            if source is None:
                continue
            key = text(item.arguments[0].value) if item.arguments else None
            if key is not None:
                yield RequestParameter(
                    parameter.span, key, source, parameter.type, source == "path",  # type: ignore[arg-type]
                    file.is_bounded(parameter.name, definition.name),
                )  # fmt: skip
            elif parameter.type:  # A DTO: as a whole, and its fields when its class stands in this file.
                yield RequestParameter(parameter.span, parameter.name, source, parameter.type, is_object=True)  # type: ignore[arg-type]
                for field in file.all(Field):
                    if field.owner == parameter.type:
                        yield RequestParameter(
                            parameter.span, field.name, source, field.type, not _is_optional(field), _is_bounded(field)  # type: ignore[arg-type]
                        )  # fmt: skip


def _is_optional(field: Field) -> bool:
    return field.value is not None or any(
        item.name.rpartition(".")[2] in ("IsOptional", "ApiPropertyOptional") for item in field.decorators
    )


def _is_bounded(field: Field) -> bool:
    return any(item.name.rpartition(".")[2] in ("Max", "IsIn", "IsEnum") for item in field.decorators)


@framework.decorator("@nestjs/common.Module")
def module(decorated: Decorated, file: File) -> Iterator[Fact]:
    """A module serves its controllers and those of the modules that it imports."""
    decorator, definition = decorated
    given = decorator.arguments[0].value if decorator.arguments else None
    if not isinstance(given, Mapping):
        return
    for key in ("controllers", "imports"):
        items = given.get(key)
        for item in items.items if isinstance(items, Sequence) else ():
            name = item.name if isinstance(item, Name) else _module_of(item)
            if name and not name.startswith("@nestjs/"):
                yield Mount(item.span, definition.name, name)
    providers = given.get("providers")
    for item in providers.items if isinstance(providers, Sequence) else ():
        token = item.get("provide") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(token, Name) and token.name.endswith("APP_GUARD"):
            used = item.get("useClass") or item.get("useExisting") or item.get("useFactory")
            yield Guard(item.span, used.name if isinstance(used, Name) else "guard")


def _module_of(value: Value) -> str:
    """`OrdersModule.forRoot(…)`, `forwardRef(() => OrdersModule)`."""
    if isinstance(value, Invocation) and value.callee.rpartition(".")[2] in ("forRoot", "forRootAsync", "register", "registerAsync"):
        return value.callee.rpartition(".")[0]
    return ""


@framework.every(Assignment)
def application(assignment: Assignment, file: File) -> Iterator[Fact]:
    value = assignment.value
    if not isinstance(value, Invocation) or value.callee not in _FACTORIES or not value.arguments:
        return
    name = assigned_holder(assignment)
    prefix: str | None = ""
    version: str | None = None
    excluded: tuple[str, ...] = ()
    guards: list[str] = []
    for call in file.calls_in(assignment.function):
        given = call.arguments[0].value if call.arguments else None
        method = call.written.removeprefix(f"{assignment.target}.")
        if method == "setGlobalPrefix" and given is not None:
            prefix = text(file.constant(given, call.function))
            excluded = tuple(_excluded(call))
        elif method == "enableVersioning":
            version = _default_version(given)
        elif method == "useGlobalGuards":
            guards.extend(guards_of(item.value for item in call.arguments))
    # With a prefix that a setting gives, the paths are not known in full.
    kind: Literal["application", "router"] = "application" if prefix is not None else "router"
    path = f"/{prefix.strip('/')}" if prefix else ""
    yield Router(assignment.span, name, kind, path, tuple(guards), "nestjs", version, excluded)
    root = value.arguments[0].value
    if isinstance(root, Name):
        yield Mount(assignment.span, name, root.name)


def _excluded(call: Call) -> Iterator[str]:
    """`setGlobalPrefix("api", { exclude: ["health", { path: "docs", method: RequestMethod.GET }] })`."""
    options = call.arguments[1].value if len(call.arguments) > 1 else None
    listed = options.get("exclude") if isinstance(options, Mapping) else None
    for item in listed.items if isinstance(listed, Sequence) else ():
        path = text(item.get("path") if isinstance(item, Mapping) else item)
        if path is not None:
            yield "/" + braces(path).strip("/")


def _default_version(options: Value | None) -> str | None:
    """The version in the paths of controllers without one, "" for none; None where versions do not stand in paths."""
    if not isinstance(options, Mapping):
        return ""
    kind = options.get("type")
    if isinstance(kind, Name) and not kind.name.endswith(".URI"):
        return None
    return text(options.get("defaultVersion")) or ""


@framework.every(Return)
def reply(item: Return, file: File) -> Iterator[Fact]:
    """What a controller's method returns in an error branch: 200, or 201 for POST."""
    definition = file.definition(item.function)
    if definition is None or not isinstance(item.value, Mapping):
        return
    method = next((name for decorator in definition.decorators for name in _METHODS if decorator.name == f"{_COMMON}{name}"), None)
    if method is None or any(
        decorator.name == f"{_COMMON}Res" for parameter in definition.parameters for decorator in parameter.decorators
    ):
        return
    code = next((decorator for decorator in definition.decorators if decorator.name == f"{_COMMON}HttpCode"), None)
    status = _status(code.arguments[0].value) if code is not None and code.arguments else 201 if method == "Post" else 200
    keys = tuple(entry.key for entry in item.value.entries)
    imports = imported(file, "@nestjs/common", "InternalServerErrorException") if item.in_error_branch else None
    fix: tuple[Replacement, ...] = ()
    if imports is not None:
        opening = Span(item.span.start, item.value.span.start, item.span.chunk)
        thrown = Replacement(opening, "throw new InternalServerErrorException(")
        fix = (thrown, Replacement(item.value.span.after, ")"), *imports)
    yield Reply(item.span, item.function, status, keys, item.in_error_branch, code is not None, fix)


@framework.every(Definition)
def page_sizes(definition: Definition, file: File) -> Iterator[Fact]:
    """`@Query("limit") limit: number` that a query of the same method takes as its number of rows."""
    for parameter in definition.parameters:
        if not any(item.name == f"{_COMMON}Query" and item.arguments for item in parameter.decorators):
            continue
        for call in file.page_uses(parameter.name, definition.name):
            is_bounded = file.is_bounded(parameter.name, definition.name)
            used = [part for argument in call.arguments for part in walk(argument.value) if isinstance(part, Name)]
            values = [part for part in used if part.written == parameter.name]
            fix = (bounded(values[0], file, definition.name),) if len(values) == 1 else ()
            yield PageSize(call.span, parameter.name, definition.name, is_bounded, parameter.span, fix)
