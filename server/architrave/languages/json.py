"""JSON, with the comments and final commas that configuration files have."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tree_sitter import Node

from architrave.documents import DEEPEST, is_worth_reading
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.values import Boolean, Entry, Mapping, Null, Number, Sequence, String, Unknown, Value
from architrave.language import Language
from architrave.syntax import Grammar
from architrave.text import Span

_GRAMMAR = Grammar("tree_sitter_json")
_VALUES = frozenset(("object", "array", "string", "number", "true", "false", "null"))


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if not is_worth_reading(path, text):
        return
    for node in _GRAMMAR.parse(text).root_node.children:
        if node.type in _VALUES or node.type == "ERROR":
            value = _value(node, text, 0)
            if not isinstance(value, Unknown):
                yield Document(value.span, value)
                return


def _value(node: Node, text: bytes, depth: int) -> Value:
    span = Span(node.start_byte, node.end_byte)
    kind = node.type
    if kind == "string":
        return String(span, _string(node, text))
    if depth >= DEEPEST:
        return Unknown(span)
    if kind in ("object", "ERROR"):
        if kind == "ERROR" and not any(child.type in ("pair", "{") for child in node.children):
            return Unknown(span)
        return Mapping(span, tuple(_entries(node, text, depth + 1)))
    if kind == "array":
        return Sequence(span, tuple(_value(child, text, depth + 1) for child in node.children if child.type in _VALUES))
    if kind in ("true", "false"):
        return Boolean(span, kind == "true")
    if kind == "null":
        return Null(span)
    try:
        return Number(span, float(text[node.start_byte : node.end_byte]))
    except ValueError:
        return Unknown(span)


def _entries(node: Node, text: bytes, depth: int) -> Iterator[Entry]:
    for child in node.children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and key.type == "string":
                known = Unknown(Span(child.end_byte, child.end_byte)) if value is None else _value(value, text, depth)
                yield Entry(Span(key.start_byte, key.end_byte), _string(key, text), known)
        elif child.type == "ERROR":
            yield from _entries(child, text, depth)


def _string(node: Node, text: bytes) -> str:
    written = text[node.start_byte : node.end_byte].decode("utf-8", "replace")
    if "\\" in written:
        try:
            # A lone surrogate is no character: it must not reach an encoder.
            return str(json.loads(written, strict=False)).encode("utf-8", "replace").decode()
        except ValueError:
            pass
    return written.strip('"')


LANGUAGE = Language("json", "//", suffixes=(".json", ".jsonc", ".json5"), facts=facts)
