"""Flask: applications, blueprints, routes, answers, CORS; Flask-RESTful resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from architrave import additions
from architrave.facts import Fact
from architrave.facts.api import CorsPolicy, Mount, Reply, Route, Router
from architrave.facts.code import Assignment, Call, Definition, Return
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Number, Replacement, Sequence, String, Value, text
from architrave.framework import Decorated, File, Framework
from architrave.python.imports import imported
from architrave.python.prefixes import path_of, prefix_of
from architrave.regexes import regex
from architrave.text import Span

framework = Framework(
    "flask", languages=("python",), modules=("flask", "flask_restful", "flask_restx", "flask_restplus", "flask_cors", "quart")
)

elsewhere = Framework("flask-elsewhere", languages=("python",))  # In files that import no more than an application or blueprint.
FRAMEWORKS = (elsewhere,)

_ROUTERS: dict[str, Literal["application", "router"]] = {
    "flask.Flask": "application",
    "quart.Quart": "application",
    "flask.Blueprint": "router",
    "quart.Blueprint": "router",
}
_RESOURCES = ("flask_restful", "flask_restx", "flask_restplus")
_ORIGINS = 'os.environ["CORS_ORIGINS"].split(",")'
_VERBS = ("get", "post", "put", "patch", "delete")
_CONVERTER = regex(r"<(?:[\w]+(?:\([^)]*\))?:)?(\w+)>")
_PATH_CONVERTER = regex(r"<path:(\w+)>")


def _path(written: str) -> str:
    return _CONVERTER.sub(r"{\1}", _PATH_CONVERTER.sub(r"{\1*}", written))


@framework.every(Assignment)
def router(assignment: Assignment, file: File) -> Iterator[Fact]:
    value = assignment.value
    if not isinstance(value, Invocation):
        return
    last = value.callee.rpartition(".")[2]
    definition = file.definition(value.callee)
    if last == "Namespace" and file.imports(*_RESOURCES):
        name = next((text(item.value) or "" for item in value.arguments if item.name in ("", "name")), "")
        given = next((text(item.value) for item in value.arguments if item.name == "path"), None)
        yield Router(assignment.span, assignment.target, "router", _path(f"/{name}" if given is None else given), (), "flask")
    elif _is_api(value, file):
        prefix = next((text(item.value) or "" for item in value.arguments if item.name == "prefix"), "")
        yield Router(assignment.span, assignment.target, "router", _path(prefix), (), "flask")
        holder = value.arguments[0].value if value.arguments and value.arguments[0].name in ("", "app") else None
        if isinstance(holder, Name):
            yield from _mounted(assignment.span, holder.written, assignment.target, assignment.function, file)
    elif definition is not None and any(_ROUTERS.get(base) == "application" for base in definition.bases):  # class Shop(Flask)
        yield Router(assignment.span, assignment.target, "application", "", (), "flask")
    elif value.callee in _ROUTERS:
        prefix = next((prefix_of(item.value, file) for item in value.arguments if item.name == "url_prefix"), "")
        yield Router(assignment.span, assignment.target, _ROUTERS[value.callee], _path(prefix), (), "flask")


@framework.call("*.register_blueprint", "*.add_namespace")
def mount(call: Call, file: File) -> Iterator[Fact]:
    is_blueprint = call.callee.endswith("blueprint")
    child = call.argument("blueprint" if is_blueprint else "ns", 0)
    given = call.argument("url_prefix") if is_blueprint else call.argument("path", 1)
    shown = _path(prefix_of(given, file, call.function))
    if isinstance(child, Name):
        name = child.written if file.assignments(child.written, call.function) else child.name
        yield from _mounted(call.span, file.holder(call.written, call.callee), name, call.function, file, shown, given is not None)


@framework.call("*.init_app")
def deferred(call: Call, file: File) -> Iterator[Fact]:
    """`api.init_app(app)` of what was made without an application."""
    holder, made = call.argument("app", 0), file.assignments(call.receiver)
    is_api = any(isinstance(item.value, Invocation) and _is_api(item.value, file) for item in made)
    if isinstance(holder, Name) and (is_api or call.receiver.rpartition(".")[2] == "api"):
        name = call.receiver if made else call.callee.removesuffix(".init_app").removesuffix("()")
        yield from _mounted(call.span, holder.written, name, call.function, file)


def _is_api(value: Invocation, file: File) -> bool:
    """Whether `Api()` of Flask-RESTful or Flask-RESTX is made, or of a class of this file that is one."""
    definition = file.definition(value.callee)
    return any(
        name.rpartition(".")[2] == "Api" and name.partition(".")[0] in _RESOURCES
        for name in (value.callee, *(definition.bases if definition else ()))
    )


def _mounted(span: Span, parent: str, child: str, function: str, file: File, prefix: str = "", is_instead: bool = False) -> Iterator[Fact]:
    yield Mount(span, parent, child, prefix, is_instead=is_instead)
    definition = file.definition(function)
    taken = [item.name for item in definition.parameters] if definition is not None else []
    if definition is not None and parent in taken and parent in ("app", "application", "flask_app"):  # def init_app(app)
        yield Router(definition.name_span, parent, "application", "", (), "flask")


@framework.decorator("*.route", *(f"*.{verb}" for verb in _VERBS))
def route(decorated: Decorated, file: File) -> Iterator[Fact]:
    return _routes_of(decorated, file)


def _routes_of(decorated: Decorated, file: File) -> Iterator[Route]:
    decorator, definition = decorated
    if definition.kind == "class":  # A resource of Flask-RESTX, at one path or more.
        for item in decorator.arguments:
            known = text(item.value)
            if not item.name and known is not None and decorator.name.endswith(".route"):
                holder = file.holder(decorator.written, decorator.name)
                yield Route(decorator.span, "*", _path(known), definition.name, holder, item.value.span, framework="flask")
        return
    path = decorator.arguments[0].value if decorator.arguments else None
    known = path_of(path, file, named=decorator.name.startswith(("flask.", "quart.")))
    if path is None or not known:
        return
    verb = decorator.name.rpartition(".")[2]
    listed = next((item.value for item in decorator.arguments if item.name == "methods"), None)
    if verb != "route":
        methods = [verb.upper()]
    elif listed is None:
        methods = ["GET"]
    else:
        methods = [name.upper() for item in listed.items if (name := text(item))] if isinstance(listed, Sequence) else ["*"]
    guards = tuple(
        other.written for other in definition.decorators if other.span != decorator.span and other.name.rpartition(".")[2] != "route"
    )
    for method in methods:
        yield Route(
            decorator.span,
            method,
            _path(known),
            definition.name,
            file.holder(decorator.written, decorator.name),
            path.span,
            guards,
            (),
            None,
            "flask",
        )


@elsewhere.decorator("*.route", *(f"*.{verb}" for verb in _VERBS))
def route_elsewhere(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@app.route("/orders")` where `app` is imported, and nothing of Flask is."""
    head = decorated[0].written.partition(".")[0]
    if not file.imports(*framework.modules) and file.imported_as(head):
        for found in _routes_of(decorated, file):
            yield replace(found, is_assumed=True)


@framework.call("*.add_url_rule", "*.add_resource", "*.add_org_resource")
def resource(call: Call, file: File) -> Iterator[Fact]:
    is_rule = call.callee.endswith("add_url_rule")
    handler = call.argument("view_func") if is_rule else call.argument("resource", 0)
    written = [call.argument("rule", 0)] if is_rule else [item.value for item in call.arguments[1:] if not item.name]
    listed = call.argument("methods")
    methods = [name.upper() for item in listed.items if (name := text(item))] if isinstance(listed, Sequence) else ["*"]
    if isinstance(handler, Invocation):  # View.as_view("name")
        handler = Name(handler.span, handler.callee.removesuffix(".as_view"), handler.callee.removesuffix(".as_view"))
    for value in written:
        path = text(value)
        if value is None or path is None or not isinstance(handler, Name) or not path.startswith("/"):
            continue
        for method in methods:
            yield Route(call.span.until(call.name_span), method, _path(path), handler.name, call.receiver, value.span, framework="flask")


def _is_handler(definition: Definition | None) -> bool:
    return definition is not None and any(
        decorator.name.rpartition(".")[2] in ("route", *_VERBS) and decorator.arguments and isinstance(decorator.arguments[0].value, String)
        for decorator in definition.decorators
    )


@framework.every(Return)
def reply(returned: Return, file: File) -> Iterator[Fact]:
    if not _is_handler(file.definition(returned.function)):
        return
    value: Value = returned.value
    status: int | None = 200
    is_explicit = False
    if isinstance(value, Sequence) and value.items:  # body, status
        is_explicit = len(value.items) > 1
        if is_explicit:
            known = value.items[1]
            status = int(known.value) if isinstance(known, Number) else _named_status(known)
        value = value.items[0]
    keys = _keys(value)
    if keys is None:
        return
    fix = () if is_explicit else (Replacement(value.span.after, ", 500"),)
    yield Reply(returned.span, returned.function, status, keys, returned.in_error_branch, is_explicit, fix)


def _named_status(value: Value) -> int | None:
    code = value.name.rpartition(".")[2] if isinstance(value, Name) else ""
    return {"OK": 200, "CREATED": 201, "ACCEPTED": 202}.get(code)


def _keys(value: Value) -> tuple[str, ...] | None:
    if isinstance(value, Mapping):
        return tuple(entry.key for entry in value.entries if entry.key)
    if isinstance(value, Invocation) and value.callee in ("flask.jsonify", "quart.jsonify", "flask.json.jsonify"):
        if value.arguments and isinstance(value.arguments[0].value, Mapping):
            return tuple(entry.key for entry in value.arguments[0].value.entries if entry.key)
        return tuple(item.name for item in value.arguments if item.name not in ("", "*", "**"))
    return None


@framework.call("flask_cors.CORS")
def cors(call: Call, file: File) -> Iterator[Fact]:
    """`CORS(app, origins=…)`, or for some paths: `resources={r"/api/*": {"origins": "*"}}`, which may say all that the call says."""
    given = {item.name: item.value for item in call.arguments if item.name}
    resources = file.constant(given.get("resources"), call.function)
    if not isinstance(resources, Mapping):
        if resources is None or "origins" in given:
            yield _policy(call, given, file, _configured(call, file))
        return
    for entry in resources.entries:
        options = file.constant(entry.value, call.function)
        if isinstance(options, Mapping):
            yield _policy(call, {**given, **{item.key: item.value for item in options.entries}}, file)


def _policy(call: Call, given: dict[str, Value], file: File, fix: tuple[Replacement, ...] = ()) -> CorsPolicy:
    credentials = given.get("supports_credentials")
    origins = file.constant(given.get("origins"), call.function)
    if isinstance(origins, Sequence):
        listed = tuple(known for item in origins.items if (known := text(item)) is not None)
    else:
        listed = (text(origins) or "",) if origins is not None else ("*",)
    return CorsPolicy(call.span, listed, False, isinstance(credentials, Boolean) and credentials.value, fix)


def _configured(call: Call, file: File) -> tuple[Replacement, ...]:
    imports = imported(file, "os")
    if imports is None:
        return ()
    given = next((item for item in call.arguments if item.name == "origins"), None)
    if given is not None:
        return Replacement(given.span, f"origins={_ORIGINS}"), *imports
    return additions.keyword(call, f"origins={_ORIGINS}"), *imports
