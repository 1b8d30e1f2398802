"""Settings that NestJS's `ConfigService` hands out: by the key of the environment, or by a path below a namespace."""

from __future__ import annotations

from architrave.facts.code import Call
from architrave.facts.values import Function, Invocation, Name, Value, text
from architrave.framework import File
from architrave.regexes import regex

_SERVICE = "@nestjs/config.ConfigService()"
_GETTER = regex(r"(?:ConfigService\(\)|\.create\(\)\.get\(\))\.(?:get|getOrThrow)$")
_KEY = regex(r"[A-Z][A-Z0-9_]*")


def is_getter(callee: str) -> bool:
    """Whether a call reads a setting: `config.get("PORT")` of a `ConfigService`, injected or from `app.get(ConfigService)`."""
    return callee.startswith(_SERVICE) or _GETTER.search(callee) is not None


def setting_of(value: Value | None) -> str:
    """Return the key of the environment, or the path below a namespace (`app.port`), that a call reads; "" for any other value."""
    if isinstance(value, Invocation) and value.arguments and is_getter(value.callee):
        return text(value.arguments[0].value) or ""
    return ""


def named(value: Value | None) -> Value | None:
    """Return what stands for a setting in an address: `process.env.BILLING_URL` for `config.get("BILLING_URL")`."""
    setting = setting_of(value)
    if not setting or value is None:
        return value
    name = f"process.env.{setting}" if _KEY.fullmatch(setting) else setting
    return Name(value.span, name, name)


def namespaces(file: File) -> dict[str, str]:
    """Return the functions that give the settings of a namespace: `registerAs("database", () => ({ … }))`."""
    found = {}
    for call in file.all(Call):
        if call.callee == "@nestjs/config.registerAs" and len(call.arguments) > 1:
            name, function = text(call.arguments[0].value), call.arguments[1].value
            if name and isinstance(function, Function):
                found[function.name] = name
    return found
