"""Spring's settings: placeholders `${KEY:default}`, and where a variable of Java takes its value from."""

from __future__ import annotations

import re
from typing import NamedTuple

from architrave import environment
from architrave.facts.code import Decorator, Definition
from architrave.facts.values import Invocation, Name, Value, text
from architrave.framework import File
from architrave.java.names import annotation, field_of, given
from architrave.regexes import regex

_PLACEHOLDER = regex(r"\$\{\s*([\w.\-\[\]]+)\s*(?::((?:[^{}]|\$\{[^{}]*\})*))?\}")


class Placeholder(NamedTuple):
    """`${key:default}`; `default` is None when none is given. `start` and `end` are places in the text."""

    key: str
    default: str | None
    start: int
    end: int


def placeholders(written: str) -> list[Placeholder]:
    """Return the placeholders of a text, those in defaults too."""
    found = []
    for match in _PLACEHOLDER.finditer(written):
        found.append(Placeholder(match[1], match[2], match.start(), match.end()))
        for inner in placeholders(match[2] or ""):
            found.append(inner._replace(start=match.start(), end=match.end()))
    return found


def environment_key(key: str) -> str:
    """Return the environment variable that a property is read from: `billing.payments-url` is `BILLING_PAYMENTSURL`."""
    return key if is_environment_key(key) else re.sub(r"[.\[\]]+", "_", key.replace("-", "")).strip("_").upper()


def is_environment_key(key: str) -> bool:
    return key.isupper() and "." not in key and "-" not in key


def with_defaults(written: str) -> str:
    """Put the default in the place of each placeholder that has one."""
    for _ in range(4):
        changed = _PLACEHOLDER.sub(lambda match: match[2] if match[2] is not None else match[0].replace("${", "\0{"), written)
        if changed == written:
            break
        written = changed
    return written.replace("\0", "$")


class Source(NamedTuple):
    """The setting that a variable holds, by its property or environment key, and the default in the code."""

    key: str
    default: str | None


def injected(mark: Decorator | None) -> Source | None:
    """Return what `@Value("${key:default}")` reads, when it reads one setting and nothing else."""
    written = text(given(mark, ""))
    found = placeholders(written) if written else []
    if written is None or not found or found[0].start != 0 or found[0].end != len(written):
        return None
    return Source(found[0].key, found[0].default)


def source(value: Value | None, file: File, function: str, depth: int = 4) -> Source | None:
    """Return the setting that an expression reads: `@Value` on a field or parameter, `System.getenv`, `environment.getProperty`."""
    if depth <= 0 or value is None:
        return None
    key = environment.key(value)
    if key:
        return Source(key, text(environment.default(value)))
    if isinstance(value, Invocation):
        if value.callee.endswith("Environment().getProperty") or value.callee.endswith("Environment().getRequiredProperty"):
            name = text(value.arguments[0].value) if value.arguments else None
            return Source(name, text(value.arguments[-1].value) if len(value.arguments) > 1 else None) if name else None
        return None
    if not isinstance(value, Name) or "." in value.written:
        return None
    definition = file.definition(function)
    for parameter in definition.parameters if definition is not None else ():
        if parameter.name == value.written:
            return injected(annotation(parameter.decorators, "Value"))
    local = [item for item in file.assignments(value.written, function) if item.function == function]
    if local:
        return source(local[0].value, file, function, depth - 1) if len(local) == 1 else None
    field = field_of(file, value.written, function)
    if field is None:
        return None
    known = injected(annotation(field.decorators, "Value"))
    if known is not None:
        return known
    if field.value is not None:
        return source(field.value, file, field.owner, depth - 1)
    return _constructed(value.written, field.owner, file, depth)


def _constructed(name: str, holder: str, file: File, depth: int) -> Source | None:
    """Follow `this.url = url` in the constructor."""
    constructor = f"{holder}.constructor"
    given_there = [item for item in file.assignments(name, constructor) if item.function == constructor]
    if len(given_there) != 1:
        return None
    value = given_there[0].value
    if isinstance(value, Name) and value.written == name:
        definition: Definition | None = file.definition(constructor)
        parameter = next((item for item in definition.parameters if item.name == name), None) if definition is not None else None
        return injected(annotation(parameter.decorators, "Value")) if parameter is not None else None
    return source(value, file, constructor, depth - 1)
