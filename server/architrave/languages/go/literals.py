"""Literals: text, numbers, and what is composed of values."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Call
from architrave.facts.values import Argument, Boolean, Entry, Invocation, Mapping, Null, Sequence, String, Value
from architrave.languages.go.reader import Reader
from architrave.languages.go.values import TEXTS
from architrave.languages.go.values import number as number_of
from architrave.languages.go.values import text as text_of
from architrave.text import Span

_CLASSES = frozenset({"type_identifier", "qualified_type"})


def string(reader: Reader, node: Node, depth: int) -> Value:
    return String(reader.span(node), text_of(reader.source(node)))


def number(reader: Reader, node: Node, depth: int) -> Value:
    return number_of(reader.span(node), reader.source(node))


def true(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), True)


def false(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), False)


def nil(reader: Reader, node: Node, depth: int) -> Value:
    return Null(reader.span(node))


def composite(reader: Reader, node: Node, depth: int) -> Value | None:
    children = node.children
    type_node, body = children[0], children[-1]
    if body.type != "literal_value":
        reader.inside(node)
        return None
    named = type_node.children[0] if type_node.type == "generic_type" else type_node
    entries = [child for child in body.named_children if child.type != "comment"]
    if named.type not in _CLASSES or any(_is_text_key(child) for child in entries):
        return _elements(reader, reader.span(node), entries, depth)
    at = len(reader.out)
    arguments = []
    for child in entries:
        key = _key(reader, child) if child.type == "keyed_element" else None
        given = child.named_children[-1] if key is not None else child
        arguments.append(Argument(reader.span(child), reader.value(given, depth + 1), reader.source(key) if key is not None else ""))
    span, written = reader.span(node), reader.source(named)
    made = Invocation(span, reader.resolve(written), tuple(arguments))
    if named is type_node:
        _report(reader, at, made, written, named, body)
    return made


def _report(reader: Reader, at: int, made: Invocation, written: str, named: Node, body: Node) -> None:
    reader.out.insert(
        at,
        Call(
            made.span,
            reader.span(named.children[-1] if named.type == "qualified_type" else named),
            reader.chunk.between(body.start_byte + 1, max(body.start_byte + 1, body.end_byte - 1)),
            made.callee,
            made.arguments,
            reader.function,
            reader.in_loop,
            False,
            reader.in_error,
            written=written,
        ),
    )


def elements(reader: Reader, node: Node, depth: int) -> Value:
    return _elements(reader, reader.span(node), [child for child in node.named_children if child.type != "comment"], depth)


def _elements(reader: Reader, span: Span, entries: list[Node], depth: int) -> Value:
    if not any(child.type == "keyed_element" for child in entries):
        return Sequence(span, tuple([reader.value(child, depth + 1) for child in entries]))
    found = []
    for child in entries:
        key = _key(reader, child) if child.type == "keyed_element" else None
        if key is None:
            reader.visit(child)
            continue
        name = text_of(reader.source(key)) if key.type in TEXTS else reader.source(key)
        found.append(Entry(reader.span(key), name, reader.value(child.named_children[-1], depth + 1)))
    return Mapping(span, tuple(found))


def _key(reader: Reader, element: Node) -> Node | None:
    """Visit the key of an element and return it."""
    key = _key_of(element)
    if key is not None:
        reader.visit(key)
    return key


def _key_of(element: Node) -> Node | None:
    parts = element.named_children
    if not parts:  # Half-typed.
        return None
    return parts[0].named_children[0] if parts[0].type == "literal_element" and parts[0].named_children else parts[0]


def _is_text_key(node: Node) -> bool:
    key = _key_of(node) if node.type == "keyed_element" else None
    return key is not None and key.type in TEXTS
