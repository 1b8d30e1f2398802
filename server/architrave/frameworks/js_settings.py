"""Settings of Node: `process.env`, @nestjs/config, envalid; ports that a server listens on; CORS policies."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import additions, environment
from architrave.facts import Fact
from architrave.facts.api import CorsPolicy
from architrave.facts.code import Access, Assignment, Call, Return
from architrave.facts.deployment import Listen, SettingRead
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Number, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.routers import LANGUAGES
from architrave.node.settings import is_getter, namespaces, setting_of

framework = Framework("js-settings", languages=LANGUAGES)

_PREFIXES = ("process.env.", "import.meta.env.", "Bun.env.", "Deno.env.")
_BUILT_IN = frozenset({"MODE", "DEV", "PROD", "SSR", "BASE_URL", "hasOwnProperty", "toString"})
_SERVERS = frozenset({"app", "server", "httpServer", "fastify", "http", "api", "application", "srv", "instance"})


@framework.every(Access)
def read(access: Access, file: File) -> Iterator[Fact]:
    prefix = next((prefix for prefix in _PREFIXES if access.name.startswith(prefix)), "")
    if not prefix or file.is_written(access):
        return
    key = access.name.removeprefix(prefix).partition(".")[0].partition("(")[0]
    if key in _BUILT_IN or not key:
        return
    name, default = _held(access, file)
    yield SettingRead(
        access.span, key, access.function, access.has_default or default is not None, text(default) or _shown(default), name, access.span
    )


def _shown(value: Value | None) -> str:
    return str(int(value.value)) if isinstance(value, Number) and value.value == int(value.value) else ""


def _held(access: Access, file: File) -> tuple[str, Value | None]:
    """Return what holds the setting afterwards (`PORT`, `config.db.url`), and its default."""
    namespace = file.once(namespaces).get(access.function)
    for returned in file.near(Return, access.span) if namespace else ():
        if returned.function == access.function and returned.value.span.contains(access.span):
            return _inside(returned.value, access, namespace or "") or ("", None)
    for item in file.all(Assignment):
        if item.span.chunk == access.span.chunk and item.span.contains(access.span):
            if item.span == access.span:  # const { PORT = 3000 } = process.env
                if isinstance(item.value, Name) and item.value.name == access.name:
                    return item.target, None
                if isinstance(item.value, Sequence) and isinstance(item.value.items[0], Name) and item.value.items[0].name == access.name:
                    return item.target, item.value.items[-1]
                continue
            found = _inside(item.value, access, item.target)
            if found is not None:
                return found
    return "", None


def _inside(value: Value, access: Access, path: str) -> tuple[str, Value | None] | None:
    if isinstance(value, Mapping):
        for entry in value.entries:
            if entry.value.span.contains(access.span):
                return _inside(entry.value, access, f"{path}.{entry.key}")
        return None
    if isinstance(value, Invocation):
        for argument in value.arguments:
            if argument.span.contains(access.span):
                found = _inside(argument.value, access, path)
                return found if environment.key(value) else ("", found[1] if found else None)
        return None
    if isinstance(value, Sequence) and len(value.items) == 2 and value.items[0].span.contains(access.span):
        return path, value.items[1]
    return (path, None) if value.span.contains(access.span) else None


@framework.call("*.get", "*.getOrThrow")
def getter(call: Call, file: File) -> Iterator[Fact]:
    if call.callee not in ("config.get", "env-var.get") and not is_getter(call.callee):
        return
    key = given(call, 0)
    if not isinstance(key, String) or not key.value.replace("_", "").isalnum() or not key.value.isupper():
        return
    default = given(call, 1)
    assignment = file.assigned(call)
    yield SettingRead(
        call.span, key.value, call.function, call.has_default or default is not None, text(default) or _shown(default),
        assignment.target if assignment is not None else "", key.span, is_required=call.callee.endswith("getOrThrow"),
    )  # fmt: skip


@framework.call("envalid.cleanEnv", "envalid.makeValidator")
def validated(call: Call, file: File) -> Iterator[Fact]:
    schema = given(call, 1)
    assignment = file.assigned(call)
    if isinstance(schema, Mapping):
        for entry in schema.entries:
            options = entry.value.arguments[0].value if isinstance(entry.value, Invocation) and entry.value.arguments else None
            default = options.get("default") if isinstance(options, Mapping) else None
            name = f"{assignment.target}.{entry.key}" if assignment is not None else ""
            yield SettingRead(
                entry.span, entry.key, call.function, default is not None, text(default) or _shown(default), name, entry.span,
                is_required=default is None,
            )  # fmt: skip


@framework.call("*.listen")
def listen(call: Call, file: File) -> Iterator[Fact]:
    if not call.arguments:
        return
    receiver = call.receiver.rpartition(".")[2].replace("()", "")
    if receiver not in _SERVERS and not call.callee.startswith(("express()", "fastify()", "http.", "https.", "@nestjs/core.NestFactory")):
        return
    port = file.constant(call.arguments[0].value, call.function)
    if isinstance(port, Mapping):  # fastify.listen({ port: 3000 })
        port = file.constant(port.get("port"), call.function)
    if port is None:
        return
    default = file.constant(environment.default(port), call.function)
    setting = environment.key(port) or setting_of(port)
    if not setting and isinstance(port, Name):
        setting = port.name if "." in port.name else ""
    yield Listen(call.span, _port(port) if default is None else _port(default), setting, call.function, call.arguments[0].span)


def _port(value: Value | None) -> int | None:
    if isinstance(value, Number):
        return int(value.value)
    if isinstance(value, String) and value.value.isdigit():
        return int(value.value)
    if isinstance(value, Invocation) and value.arguments:
        return _port(value.arguments[0].value)
    return None


@framework.call("cors")
def cors(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    yield from _policy(call, options, is_open=True)


@framework.call("@nestjs/core.NestFactory.create")
def created(call: Call, file: File) -> Iterator[Fact]:
    """`NestFactory.create(AppModule, { cors: true })`."""
    options = next((known for item in call.arguments[1:] if isinstance(known := file.constant(item.value, call.function), Mapping)), None)
    value = options.get("cors") if options is not None else None
    if isinstance(value, Mapping) or (isinstance(value, Boolean) and value.value):
        yield from _policy(call, value if isinstance(value, Mapping) else None, is_open=True)


@framework.call("*.enableCors")
def enable_cors(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    yield from _policy(call, options, is_open=True)


@framework.call("*.register")
def register(call: Call, file: File) -> Iterator[Fact]:
    plugin = call.arguments[0].value if call.arguments else None
    if isinstance(plugin, Name) and plugin.name in ("@fastify/cors", "fastify-cors"):
        options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
        yield from _policy(call, options, is_open=True)


_FROM_SETTING = '(process.env.CORS_ORIGINS ?? "").split(",")'


def _policy(call: Call, options: Value | None, is_open: bool) -> Iterator[CorsPolicy]:
    span = call.span.until(call.name_span)
    if options is None:
        yield CorsPolicy(span, ("*",), False, False)
        return
    if not isinstance(options, Mapping) or any(entry.key == "..." for entry in options.entries):
        return
    credentials = options.get("credentials")
    has_credentials = isinstance(credentials, Boolean) and credentials.value
    origin = options.get("origin")
    if origin is None:
        fix = (additions.entry(options, f"origin: {_FROM_SETTING}"),)
        yield CorsPolicy(span, ("*",) if is_open else (), False, has_credentials, fix)
    elif isinstance(origin, Boolean):
        yield CorsPolicy(span, (), origin.value, has_credentials, (Replacement(origin.span, _FROM_SETTING),))
    elif isinstance(origin, String):
        yield CorsPolicy(span, (origin.value,), False, has_credentials, (Replacement(origin.span, _FROM_SETTING),))
    elif isinstance(origin, Sequence) and all(isinstance(item, String) for item in origin.items):
        listed = tuple(item.value for item in origin.items if isinstance(item, String))
        yield CorsPolicy(span, listed, False, has_credentials, (Replacement(origin.span, _FROM_SETTING),))
