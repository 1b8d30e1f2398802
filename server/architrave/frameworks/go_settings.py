"""Environment variables in Go: os, viper, and the tags of envconfig, caarlos0/env and cleanenv."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call, Field
from architrave.facts.deployment import Listen, SettingRead
from architrave.facts.values import Name, text
from architrave.framework import File, Framework
from architrave.golang.queries import type_of
from architrave.golang.settings import READERS, helpers, setting, use
from architrave.text import Span

framework = Framework("go-settings", languages=("go",))

_VIPER = "github.com/spf13/viper"
_DEFAULTS = ("default", "envDefault", "env-default")


@framework.call(*sorted(READERS))
def read(call: Call, file: File) -> Iterator[Fact]:
    key = text(file.constant(call.arguments[0].value, call.function)) if call.arguments else None
    if not key:
        return
    name = _holder(call, file)
    assignment = file.assigned(call)
    kept = assignment.target if assignment is not None else f".{name.rpartition('.')[2]}" if name else ""
    has_default, is_required = use(call, kept, file)
    found = setting(Name(call.span, kept, kept), file, call.function) if assignment is not None and has_default else None
    default = (found.default or "") if found is not None and found.key == key else ""
    yield SettingRead(call.span, key, call.function, has_default, default, name, call.arguments[0].span, is_required)


@framework.file
def through_helpers(file: File) -> Iterator[Fact]:
    """`getenv("PORT", "8080")`, where `getenv` is the file's own."""
    if not file.imports("os"):
        return
    known = helpers(file)
    for call in file.all(Call) if known else ():
        at = known.get(call.callee)
        if at is None or at >= len(call.arguments):
            continue
        key = text(file.constant(call.arguments[at].value, call.function))
        if not key:
            continue
        given = call.arguments[at + 1].value if at + 1 < len(call.arguments) else None
        default = text(file.constant(given, call.function)) or ""
        is_required = given is None and _demands(call.callee, file)
        has_default = given is not None or not is_required
        name = _holder(call, file) or _filled(call)
        yield SettingRead(call.span, key, call.function, has_default, default, name, call.arguments[at].span, is_required)
        if key == "PORT" and default.isdigit():
            yield Listen(call.span, int(default), key, call.function)  # By custom, what `PORT` holds is where a service listens.


def _filled(call: Call) -> str:
    """Return the field that a helper fills through a pointer: `mustEnv(&cfg.URL, "DATABASE_URL")`."""
    fields = [item.value.name for item in call.arguments if isinstance(item.value, Name) and "()." in item.value.name]
    return fields[0] if len(fields) == 1 else ""


def _demands(helper: str, file: File) -> bool:
    """Whether a helper ends the program without its variable: `mustEnv`."""
    return any(
        call.callee in ("panic", "os.Exit") or call.callee.rpartition(".")[2].startswith(("Fatal", "Panic"))
        for call in file.calls_in(helper)
    )


def _holder(call: Call, file: File) -> str:
    """Return the field or variable that keeps a setting: `Config().DatabaseURL`."""
    assignment = file.assigned(call)
    if assignment is not None:
        head, dot, attribute = assignment.target.partition(".")
        if not dot:
            return assignment.target if not assignment.function else ""
        owner = type_of(head, assignment.function, file).lstrip("*").rpartition(".")[2]
        return f"{owner}().{attribute}" if owner else ""
    for outer in file.calls_in(call.function):
        if outer.span.contains(call.span):
            for argument in outer.arguments:
                if argument.name and argument.value.span == call.span:
                    return f"{outer.callee.rpartition('.')[2]}().{argument.name}"
    return ""


@framework.call(f"{_VIPER}.BindEnv", f"{_VIPER}.MustBindEnv", f"{_VIPER}.New().BindEnv")
def bound(call: Call, file: File) -> Iterator[Fact]:
    for argument in call.arguments[1:]:
        key = text(argument.value)
        name = text(call.arguments[0].value)
        if key:
            has = any(
                other.callee.endswith(".SetDefault") and other.arguments and text(other.arguments[0].value) == name
                for other in file.all(Call)
            )
            yield SettingRead(call.span, key, call.function, has, "", "", argument.span)


def _prefixes(file: File) -> dict[str, tuple[str, ...]]:
    """What goes before the keys of a struct in others: `Redis Redis `envPrefix:"REDIS_"``."""
    found: dict[str, tuple[str, ...]] = {}
    for item in file.all(Field):
        mark = next((tag for tag in item.decorators if tag.name == "envPrefix" and tag.arguments), None)
        if mark is not None:
            owner = item.type.lstrip("*")
            found[owner] = (*found.get(owner, ()), text(mark.arguments[0].value) or "")
    return found


@framework.every(Field)
def tagged(item: Field, file: File) -> Iterator[Fact]:
    """`Port int `env:"PORT,required" envDefault:"8080"``: what is not required may be missing."""
    tags = {tag.name: tag for tag in item.decorators}
    tag = tags.get("env") or tags.get("envconfig")
    written = text(tag.arguments[0].value) if tag is not None and tag.arguments else None
    if tag is None or not written:
        return
    key, *options = written.split(",")
    if not key or key != key.upper():
        return
    prefixes = file.once(_prefixes).get(item.owner, ("",)) if "env" in tags else ("",)
    default = next((text(tags[name].arguments[0].value) or "" for name in _DEFAULTS if name in tags and tags[name].arguments), None)
    required = tags.get("required") or tags.get("env-required")
    is_required = bool({"required", "notEmpty"} & set(options)) or (required is not None and text(required.arguments[0].value) == "true")
    is_required = is_required and not (required is not None and {"yaml", "json", "toml"} & set(tags))  # cleanenv reads a file first.
    span = Span(tag.span.start, tag.span.end, tag.span.chunk)
    for prefix in prefixes:
        yield SettingRead(
            span,
            prefix + key,
            "",
            default is not None or not is_required,
            default or "",
            f"{item.owner}().{item.name}",
            tag.arguments[0].span,
            is_required,
        )
    if key == "PORT" and default is not None and default.isdigit():
        yield Listen(span, int(default), key)
