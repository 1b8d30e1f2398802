"""Settings in Python: `os.environ`, python-decouple, django-environ, pydantic-settings."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import environment
from architrave.facts import Fact
from architrave.facts.code import Access, Assignment, Call, Definition, Field
from architrave.facts.deployment import Listen, SettingRead
from architrave.facts.values import Invocation, Mapping, Name, Number, Sequence, String, Unknown, Value, text
from architrave.framework import File, Framework

framework = Framework("python-settings", languages=("python",))

_GETTERS = ("os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop")
_LIBRARIES = ("decouple.config", "environ.Env()", "environ.Env", "environs.Env()", "starlette.config.Config()")
_CASTS = ("str", "bool", "int", "float", "list", "json", "url", "dict", "db", "db_url", "cache", "cache_url", "email_url", "path", "tuple")


def _name(file: File, span_of: Call | Access) -> str:
    """The variable that a read is assigned to, when it is the whole value."""
    for assignment in file.all(Assignment):
        if assignment.span.contains(span_of.span) and assignment.function == span_of.function:
            return assignment.target
    return ""


@framework.call(*_GETTERS)
def getter(call: Call, file: File) -> Iterator[Fact]:
    key = call.argument("key", 0)
    if not isinstance(key, String):
        return
    default = call.argument("default", 1)
    has_default = call.has_default or default is not None  # None, when it is written, is meant.
    yield SettingRead(call.span, key.value, call.function, has_default, text(default) or "", _name(file, call), key.span)


@framework.every(Access)
def item(access: Access, file: File) -> Iterator[Fact]:
    key = access.name.removeprefix("os.environ.")
    if file.is_written(access):
        return
    if key != access.name and key not in ("get", "setdefault", "pop", "copy", "items", "keys", "update") and "." not in key:
        yield SettingRead(
            access.span,
            key,
            access.function,
            access.has_default,
            "",
            _name(file, access),
            access.span,
            not access.has_default and not file.enclosing(access.span, "try"),
        )


@framework.call(*_LIBRARIES, *(f"environ.Env().{cast}" for cast in _CASTS), *(f"environs.Env().{cast}" for cast in _CASTS))
def library(call: Call, file: File) -> Iterator[Fact]:
    key = call.argument("option", 0)
    if not isinstance(key, String) or not key.value.isupper():
        return
    default = call.argument("default", 1 if call.callee != "environ.Env()" else None)
    if default is None:
        default = _declared(call, key.value, file)
    yield SettingRead(
        call.span, key.value, call.function, default is not None, text(default) or "", _name(file, call), key.span, default is None
    )


@framework.call("dj_database_url.config")
def database_url(call: Call, file: File) -> Iterator[Fact]:
    """`dj_database_url.config(default="sqlite:///db")`, which reads `DATABASE_URL` where no `env` says otherwise."""
    key, default = call.argument("env", 0), call.argument("default", 1)
    if key is None or isinstance(key, String):
        given = isinstance(key, String)
        yield SettingRead(
            call.span, key.value if isinstance(key, String) else "DATABASE_URL", call.function, default is not None, text(default) or "",
            _name(file, call), key.span if given and key is not None else None,
        )  # fmt: skip


def _declared(call: Call, key: str, file: File) -> Value | None:
    """The default in the scheme of django-environ: `env = environ.Env(DEBUG=(bool, False))`."""
    for assignment in file.all(Assignment):
        made = assignment.value
        if assignment.target == call.written.partition(".")[0] and isinstance(made, Invocation):
            given = next((item.value for item in made.arguments if item.name == key), None)
            if isinstance(given, Sequence) and len(given.items) == 2:
                return given.items[1]
    return None


@framework.file
def wrapped(file: File) -> Iterator[Fact]:
    """Functions of the file that read the variable they are asked for: `def env_bool(name): return os.getenv(name) == "1"`."""
    readers: dict[str, int] = {}
    for call in file.calls_to(*_GETTERS):
        if not call.function:
            continue
        key, definition = call.argument("key", 0), file.definition(call.function)
        if isinstance(key, Name) and definition is not None:
            names = [parameter.name for parameter in definition.parameters]
            if key.written in names and not file.assignments(key.written, call.function):
                readers[call.function] = names.index(key.written)
    for call in file.calls_to(*readers):
        if call.function not in readers:
            key = call.argument("", readers[call.callee])
            if isinstance(key, String) and key.value.isidentifier() and key.value.isupper():
                yield SettingRead(call.span, key.value, call.function, True, "", _name(file, call), key.span)


@framework.base("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")
def settings_class(definition: Definition, file: File) -> Iterator[Fact]:
    for derived in _derived(definition, file):
        yield from _settings(derived, file)


def _derived(definition: Definition, file: File) -> Iterator[Definition]:
    """A class, and those of the file that come of it."""
    known = {definition.name}
    yield definition
    for other in file.all(Definition):
        if other.kind == "class" and known & set(other.bases):
            known.add(other.name)
            yield other


def _settings(definition: Definition, file: File) -> Iterator[Fact]:
    fields = [item for item in file.all(Field) if item.owner == definition.name]
    prefix = _configured("env_prefix", definition, file)
    delimiter = _configured("env_nested_delimiter", definition, file)
    holders = [item.target for item in file.all(Assignment) if isinstance(item.value, Invocation) and item.value.callee == definition.name]
    given = {argument.name for call in file.all(Call) if call.callee == definition.name for argument in call.arguments}
    holder = holders[0] if len(holders) == 1 else definition.name
    for item in fields:
        if item.name.startswith("_") or item.name == "model_config" or item.type.startswith(("ClassVar", "typing.ClassVar")):
            continue
        if not item.type:
            continue
        value, alias = _default(item.value)
        choices = _choices(item.value)
        for choice in choices:  # Any of them will do.
            yield SettingRead(item.span, choice, "", True, text(value) or "", f"{holder}.{item.name}", item.span)
        if choices:
            continue
        nested = [inner for inner in file.all(Field) if inner.owner == item.type and inner.type]
        if nested and file.definition(item.type) is not None and delimiter:
            for inner in nested:
                inner_key = f"{prefix}{item.name}{delimiter}{inner.name}".upper()
                yield SettingRead(item.span, inner_key, "", True, text(inner.value) or "", f"{holder}.{item.name}.{inner.name}", item.span)
            continue
        key = alias or f"{prefix}{item.name}".upper()
        has_default = value is not None or "**" in given or item.name in given
        yield SettingRead(item.span, key, "", has_default, text(value) or "", f"{holder}.{item.name}", item.span, not has_default)


def _configured(option: str, definition: Definition, file: File, depth: int = 4) -> str:
    """An option of a settings class, or else of the class of the file that it is derived from."""
    for item in file.all(Field):
        if item.owner == definition.name and item.name == "model_config":
            given: Value | None = None
            if isinstance(item.value, Invocation):
                given = next((argument.value for argument in item.value.arguments if argument.name == option), None)
            elif isinstance(item.value, Mapping):
                given = item.value.get(option)
            if given is not None:
                return text(given) or ""
        elif item.owner == f"{definition.name}.Config" and item.name == option:
            return text(item.value) or ""
    above = next((found for base in definition.bases if base != definition.name and (found := file.definition(base))), None)
    return _configured(option, above, file, depth - 1) if above is not None and depth else ""


def _default(value: Value | None) -> tuple[Value | None, str]:
    """Return (default, alias) of a pydantic field's first value."""
    if not isinstance(value, Invocation) or value.callee.rpartition(".")[2] != "Field":
        return value, ""
    alias = next((text(item.value) or "" for item in value.arguments if item.name in ("alias", "env", "validation_alias")), "")
    for item in value.arguments:
        if item.name in ("default", "default_factory") or (not item.name and not _is_ellipsis(item.value)):
            return item.value, alias
    return None, alias


def _choices(value: Value | None) -> tuple[str, ...]:
    """The keys of `Field(validation_alias=AliasChoices("A", "B"))`."""
    for item in value.arguments if isinstance(value, Invocation) else ():
        if item.name in ("alias", "validation_alias") and isinstance(item.value, Invocation) and item.value.callee.endswith("AliasChoices"):
            return tuple(known for choice in item.value.arguments if (known := text(choice.value)))
    return ()


def _is_ellipsis(value: Value) -> bool:
    return isinstance(value, Unknown) and value.span.end - value.span.start == 3


@framework.call("uvicorn.run", "flask.Flask().run", "werkzeug.serving.run_simple", "aiohttp.web.run_app", "hypercorn.run")
def listen(call: Call, file: File) -> Iterator[Fact]:
    port = call.argument("port", 2 if call.callee == "werkzeug.serving.run_simple" else None)
    if port is None:
        usual = {"uvicorn.run": 8000, "flask.Flask().run": 5000, "aiohttp.web.run_app": 8080}.get(call.callee)
        if usual is not None and not any(item.name == "**" for item in call.arguments):
            yield Listen(call.span, usual, "", call.function)
        return
    value = file.constant(port, call.function)
    default = environment.default(value)
    number = _port(value) if default is None else _port(default)
    yield Listen(call.span, number, environment.key(value), call.function, port.span)


def _port(value: Value | None) -> int | None:
    if isinstance(value, Number):
        return int(value.value)
    if isinstance(value, String) and value.value.isdigit():
        return int(value.value)
    return None
