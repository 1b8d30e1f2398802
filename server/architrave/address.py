"""The address that an expression of code gives to a client: as far as it is literal, and what stands for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

from architrave import environment
from architrave.facts.code import Call
from architrave.facts.values import Name, String, Template, Value, walk
from architrave.regexes import regex
from architrave.text import Span

_URL = regex(
    r"^(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@\s]*@)?(?P<host>\[[0-9a-fA-F:]+\]|[^/:?#\s]*)(?::(?P<port>\{\}|\d+))?(?P<path>[/?#].*)?$",
    re.DOTALL,
)
_HOST_AND_PORT = regex(r"^(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<port>\d{2,5})$")


class Address(NamedTuple):
    """`host` is "" when it is not literal; then `base` is the value that stands for scheme and host, if one does.

    `path` has its holes written `{}` and neither query nor fragment; "" for none.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    base: Value | None = None

    @property
    def authority(self) -> str:
        """`host` or `host:port`."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def setting(self) -> str:
        """The environment key that the base is read from, or else its resolved name (`app.config.settings.inventory_url`)."""
        return environment.key(self.base) or (self.base.name if isinstance(self.base, Name) else "")

    def literal(self, value: Value) -> Literal | None:
        """Return the literal of scheme and host in a value that this is the address of; None where it is not written as it reads."""
        first = value.parts[0] if isinstance(value, Template) and value.parts else value
        base = f"{self.scheme}://{self.authority}" if self.scheme else self.authority
        if not isinstance(first, String) or not first.value.startswith(base):
            return None
        more = first.span.end - first.span.start - len(first.value.encode())
        rest = first.value[len(base) :]
        is_written = more in (0, 2) and (not rest or rest[0] in "/?#") and (rest or first is value or more == 2)
        return Literal(first.span, rest, more == 2) if is_written else None


class Constants(Protocol):
    """What follows names to constant values: a `framework.File`."""

    def constant(self, value: Value | None, function: str = "") -> Value | None: ...


class Literal(NamedTuple):
    """The literal that scheme and host stand in, and its text after them. `is_quoted`: it is all of a literal, and no part of one."""

    span: Span
    rest: str
    is_quoted: bool


def literals(value: Value | None, call: Call, file: Constants) -> tuple[String, ...]:
    """Return the texts in an address that are written as they read, without their quotes; of a variable what its function gives it."""
    followed = file.constant(value, call.function)
    if followed is None or followed.span.chunk != call.span.chunk:
        return ()
    found = []
    for part in walk(followed):
        quotes = part.span.end - part.span.start - len(part.value.encode()) if isinstance(part, String) else 1
        if isinstance(part, String) and quotes in (0, 2):
            inner = Span(part.span.start + quotes // 2, part.span.end - quotes // 2, part.span.chunk)
            found.append(String(inner, part.value))
    return tuple(found)


def address(value: Value | None, known: Callable[[Value], Value | None] = lambda value: value) -> Address | None:
    """Return what is known of an address, or None when the value is none. `known` follows names to constant values.

    `"http://inventory:8080/items"`, `f"{BASE}/items/{id}"` (base BASE, path `/items/{}`), `BASE` alone, `"/items"` (a path only).
    """
    if value is None:
        return None
    value = known(value) or value
    if isinstance(value, String):
        return _literal(value.value)
    if environment.key(value) or isinstance(value, Name):
        return Address("", "", None, "", value)
    if not isinstance(value, Template) or not value.parts:
        return None
    parts = [known(part) or part for part in value.parts]
    if isinstance(parts[0], Template):
        parts[:1] = parts[0].parts
    if isinstance(parts[0], String):
        return _literal("".join(_shown(part) for part in parts))
    return Address("", "", None, _path("".join(_shown(part) for part in parts[1:])), parts[0])


def _shown(value: Value) -> str:
    return value.value if isinstance(value, String) else "{}"


def _literal(text: str) -> Address | None:
    match = _URL.match(text)
    if match:
        host = match["host"].strip("[]")
        port = int(match["port"]) if match["port"] and match["port"].isdigit() else None
        return Address(match["scheme"], "" if "{}" in host else host, port, _path(match["path"] or ""))
    bare = _HOST_AND_PORT.match(text)
    if bare:
        return Address("", bare["host"], int(bare["port"]), "")
    return Address("", "", None, _path(text)) if text.startswith("/") else None


def _path(text: str) -> str:
    path = text.partition("?")[0].partition("#")[0]
    return path if not path or path.startswith("/") else "/" + path
