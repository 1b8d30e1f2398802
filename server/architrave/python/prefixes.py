"""Prefixes that routers are given, as far as they are literal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.values import Invocation, Name, Template, Value, text
from architrave.framework import File

_PASSING = frozenset({"str", "rstrip", "strip"})
UNKNOWN = "/…"


def prefix_of(value: Value | None, file: File, function: str = "") -> str:
    """Return `/v1` of `"/v1"`, `BASE`, `f"{BASE}/orders"`.

    A setting is its full name in braces, `{app.config.settings.api_prefix}`, and the model knows its default; `/…` is what nobody knows.
    """
    return re.sub("/{2,}", "/", "".join(_pieces(file.constant(value, function), file, function)))


def path_of(value: Value | None, file: File, function: str = "", *, named: bool = False) -> str | None:
    """Return the path of a route, None for what is none. `named`: nothing but a path can stand there, so that constants of other files
    may, as `prefix_of` writes them."""
    known = text(file.constant(value, function))
    if known is None and named and isinstance(value, Name | Template):
        known = prefix_of(value, file, function)
        return known if UNKNOWN not in known else None
    return known if known is None or not known or known.startswith("/") else None


def _pieces(value: Value | None, file: File, function: str) -> Iterator[str]:
    for part in value.parts if isinstance(value, Template) else () if value is None else (value,):
        known = file.constant(part, function)
        if isinstance(known, Invocation) and known.callee.rpartition(".")[2] in _PASSING and len(known.arguments) == 1:
            known = known.arguments[0].value
        written = text(known)
        if written is not None:
            yield written
        elif isinstance(known, Template):
            yield from _pieces(known, file, function)
        else:
            yield f"{{{known.name}}}" if isinstance(known, Name) and "." in known.name else UNKNOWN
