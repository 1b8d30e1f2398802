"""Spring's `application.properties`: a document with flat, dotted keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.values import Boolean, Entry, Mapping, Number, String, Value
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import Span

_LINE = regex(rb"(?m)^[ \t]*(?P<key>(?:\\.|[^\s#!=:\\])(?:\\.|[^\s=:\\])*)[ \t]*[=: ][ \t]*(?P<value>(?:\\\r?\n|[^\r\n])*)")
_CONTINUED = regex(r"\\\r?\n[ \t]*")
_ESCAPE = regex(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_NUMBER = regex(r"-?\d{1,15}(\.\d+)?")


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if not basename(path).startswith(("application", "bootstrap")):
        return
    entries = []
    for match in _LINE.finditer(text):
        key = _plain(match["key"])
        value = _value(_plain(_CONTINUED.sub("", match["value"].decode("utf-8", "replace")).strip()), Span(*match.span("value")))
        entries.append(Entry(Span(*match.span("key")), key, value))
    span = Span(0, len(text))
    yield Document(span, Mapping(span, tuple(entries)))


def _plain(written: bytes | str) -> str:
    source = written.decode("utf-8", "replace") if isinstance(written, bytes) else written
    if "\\" not in source:
        return source
    return _ESCAPE.sub(
        lambda match: chr(int(match[1][1:], 16)) if len(match[1]) == 5 else {"n": "\n", "t": "\t"}.get(match[1], match[1]), source
    )


def _value(written: str, span: Span) -> Value:
    if written in ("true", "false"):
        return Boolean(span, written == "true")
    return Number(span, float(written)) if _NUMBER.fullmatch(written) else String(span, written)


LANGUAGE = Language(name="properties", comment="#", suffixes=(".properties",), facts=facts, other_comments=("!",))
