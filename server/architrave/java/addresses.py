"""Where requests of Java go: an address as it is written, and the setting that it is read from."""

from __future__ import annotations

from architrave.address import Address, address
from architrave.facts.values import Invocation, Value
from architrave.framework import File
from architrave.java.names import call_at
from architrave.java.settings import source
from architrave.regexes import regex

VARIABLE = regex(r"\{[^{}]*\}")


def located(value: Value | None, file: File, function: str) -> Address | None:
    """Return the address in an expression, through `URI.create`, `new URL` and variables of URIs."""
    value = file.constant(value, function)
    if isinstance(value, Invocation) and value.arguments and value.callee.rpartition(".")[2] in ("create", "URI", "URL", "fromUriString"):
        value = value.arguments[0].value
    elif isinstance(value, Invocation) and value.callee.endswith((".toUri", ".toURL", ".build", ".toUriString", ".build().toUri")):
        call = call_at(file, value)
        inner = file.chain(call)[:1] if call is not None else []
        first = inner[0] if inner else None
        if first is not None and first.arguments and first.callee.rpartition(".")[2] in ("create", "fromUriString", "fromHttpUrl"):
            value = first.arguments[0].value
    found = address(value, lambda part: file.constant(part, function))
    return found._replace(path=VARIABLE.sub("{}", found.path)) if found is not None else None


def setting_of(url: Address | None, file: File, function: str) -> str:
    if url is None or url.base is None:
        return ""
    found = source(url.base, file, function)
    return found.key if found is not None else ""
