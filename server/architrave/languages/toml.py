"""TOML: one `Document` a file. `[table]` and dotted keys are nested mappings, `[[table]]` a sequence of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from architrave.documents import DEEPEST, is_worth_reading
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.values import Boolean, Entry, Mapping, Number, Sequence, String, Unknown, Value
from architrave.language import Language
from architrave.regexes import regex
from architrave.syntax import Grammar
from architrave.text import FILE_START, Span

_GRAMMAR = Grammar("tree_sitter_toml")
_KEYS = ("bare_key", "quoted_key", "dotted_key")
_ESCAPE = regex(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\r?\n\s*|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


@dataclass
class _Table:
    """A table while it is being filled: by its header, and by dotted keys of others."""

    span: Span
    entries: dict[str, tuple[Span, Value | _Table | list[_Table]]] = field(default_factory=dict)

    def mapping(self) -> Mapping:
        return Mapping(self.span, tuple(Entry(span, key, _frozen(value)) for key, (span, value) in self.entries.items()))

    def inner(self, path: list[tuple[str, Span]], span: Span) -> _Table:
        """Return the table below this one, made where it is missing."""
        table = self
        for key, at in path:
            _, known = table.entries.get(key, (at, None))
            if isinstance(known, list):
                known = known[-1]
            if not isinstance(known, _Table):
                known = _Table(span)
                table.entries[key] = (at, known)
            table = known
        return table


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if not is_worth_reading(path, text):
        return
    root = _GRAMMAR.parse(text).root_node
    top = _Table(Span(root.start_byte, root.end_byte))
    for node in root.children:
        if node.type == "pair":
            _put(top, node, text, 0)
        elif node.type in ("table", "table_array_element"):
            _table(top, node, text)
    if top.entries:
        yield Document(FILE_START, top.mapping())


def _frozen(value: Value | _Table | list[_Table]) -> Value:
    if isinstance(value, _Table):
        return value.mapping()
    if isinstance(value, list):
        return Sequence(value[0].span, tuple(item.mapping() for item in value))
    return value


def _table(top: _Table, node: Node, text: bytes) -> None:
    key = next((child for child in node.children if child.type in _KEYS), None)
    if key is None:
        return
    span = Span(node.start_byte, node.end_byte)
    path = _path(key, text)[:DEEPEST]
    if node.type == "table":
        table = top.inner(path, span)
    else:
        name, at = path[-1]
        owner = top.inner(path[:-1], span)
        table = _Table(span)
        _, known = owner.entries.get(name, (at, None))
        if isinstance(known, list):
            known.append(table)
        else:
            owner.entries[name] = (at, [table])
    for child in node.children:
        if child.type == "pair":
            _put(table, child, text, 0)


def _put(table: _Table, pair: Node, text: bytes, depth: int) -> None:
    key = pair.children[0]
    value = pair.children[-1]
    if key.type not in _KEYS or value.type in ("=", "ERROR"):
        return
    path = _path(key, text)[:DEEPEST]
    name, at = path[-1]
    table.inner(path[:-1], Span(pair.start_byte, pair.end_byte)).entries.setdefault(name, (at, _value(value, text, depth)))


def _path(key: Node, text: bytes) -> list[tuple[str, Span]]:
    """Return the parts of a key, outermost first. The grammar nests dotted keys to the left."""
    parts: list[tuple[str, Span]] = []
    while key.type == "dotted_key":
        last = key.children[-1]
        parts.append((_string(last, text), Span(last.start_byte, last.end_byte)))
        key = key.children[0]
    parts.append((_string(key, text), Span(key.start_byte, key.end_byte)))
    return parts[::-1]


def _value(node: Node, text: bytes, depth: int) -> Value:
    span = Span(node.start_byte, node.end_byte)
    kind = node.type
    if kind == "string":
        return String(span, _string(node, text))
    if kind == "boolean":
        return Boolean(span, text[node.start_byte : node.end_byte] == b"true")
    if kind in ("integer", "float"):
        written = text[node.start_byte : node.end_byte].decode().replace("_", "")
        try:
            return Number(span, float(int(written, 0) if kind == "integer" else written))
        except (ValueError, OverflowError):
            return Unknown(span)
    if depth >= DEEPEST:
        return Unknown(span)
    if kind == "array":
        items = [child for child in node.children if child.is_named and child.type not in ("comment", "ERROR")]
        return Sequence(span, tuple(_value(child, text, depth + 1) for child in items))
    if kind == "inline_table":
        table = _Table(span)
        for child in node.children:
            if child.type == "pair":
                _put(table, child, text, depth + 1)
        return table.mapping()
    return Unknown(span)  # Dates and times.


def _string(node: Node, text: bytes) -> str:
    written = text[node.start_byte : node.end_byte].decode("utf-8", "replace")
    quote = written[:3] if written[:3] in ('"""', "'''") else written[:1]
    if not quote or quote[0] not in "\"'":
        return written
    inner = written[len(quote) : -len(quote)]
    if len(quote) == 3:
        inner = inner.removeprefix("\r").removeprefix("\n")
    return inner if quote[0] == "'" or "\\" not in inner else _ESCAPE.sub(_unescaped, inner)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _ESCAPED.get(match[3], match[3]) if match[3] else ""


LANGUAGE = Language("toml", "#", suffixes=(".toml",), facts=facts)
