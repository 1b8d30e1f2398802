"""HCL (Terraform): one `Document` a file.

A block is an entry named after its type, with one mapping for each label round its body: `resource "aws_s3_bucket" "logs" { … }` reads
`{resource: {aws_s3_bucket: {logs: {…}}}}`. Two blocks of one type are two entries of one name, so iterate over `entries`.
References are `Name`s, calls `Invocation`s, text with `${…}` a `Template`; other expressions are `Unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.documents import DEEPEST, is_worth_reading
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.values import (
    Argument,
    Boolean,
    Entry,
    Invocation,
    Mapping,
    Name,
    Null,
    Number,
    Sequence,
    String,
    Template,
    Unknown,
    Value,
)
from architrave.language import Language
from architrave.syntax import Grammar
from architrave.text import Span

_GRAMMAR = Grammar("tree_sitter_hcl")
_WRAPPERS = frozenset(("literal_value", "collection_value", "template_expr"))
_REFERENCE = frozenset(("variable_expr", "get_attr", "index"))


def facts(path: str, text: bytes) -> Iterator[Fact]:
    if not is_worth_reading(path, text):
        return
    root = _GRAMMAR.parse(text).root_node
    entries = tuple(_entries(root, text, 0))
    if entries:
        yield Document(Span(root.start_byte, root.end_byte), Mapping(Span(root.start_byte, root.end_byte), entries))


def _entries(node: Node, text: bytes, depth: int) -> Iterator[Entry]:
    """Yield the attributes and blocks of a body, also from stretches that could not be parsed."""
    for child in node.children:
        if child.type == "attribute":
            key, value = child.children[0], child.children[-1]
            if value.type == "expression":
                yield Entry(Span(key.start_byte, key.end_byte), _source(key, text), _expression(value, text, depth + 1))
        elif child.type == "block":
            yield from _block(child, text, depth + 1)
        elif child.type in ("body", "ERROR") and depth < DEEPEST:
            yield from _entries(child, text, depth + 1)


def _block(node: Node, text: bytes, depth: int) -> Iterator[Entry]:
    if depth >= DEEPEST:
        return
    span = Span(node.start_byte, node.end_byte)
    body = next((child for child in node.children if child.type == "body"), None)
    value: Value = Mapping(span, tuple(_entries(body, text, depth)) if body is not None else ())
    names = [child for child in node.children if child.type in ("identifier", "string_lit")]
    for label in reversed(names[1:]):
        value = Mapping(span, (Entry(Span(label.start_byte, label.end_byte), _source(label, text).strip('"'), value),))
    if names:
        yield Entry(Span(names[0].start_byte, names[0].end_byte), _source(names[0], text), value)


def _expression(node: Node, text: bytes, depth: int) -> Value:
    span = Span(node.start_byte, node.end_byte)
    children = [child for child in node.children if child.is_named and child.type != "comment"]
    if depth >= DEEPEST or not children:
        return Unknown(span)
    if children[0].type == "variable_expr" and all(child.type in _REFERENCE for child in children):
        written = _source(node, text)
        return Name(span, written, written)
    return _value(children[0], text, depth) if len(children) == 1 else Unknown(span)


def _value(node: Node, text: bytes, depth: int) -> Value:
    while node.type in _WRAPPERS and node.children:
        node = node.children[0]
    span = Span(node.start_byte, node.end_byte)
    kind = node.type
    if kind == "string_lit":
        return String(span, _unescaped("".join(_source(child, text) for child in node.children if child.type == "template_literal")))
    if kind in ("quoted_template", "heredoc_template"):
        return _template(node, text, depth)
    if kind == "numeric_lit":
        try:
            return Number(span, float(_source(node, text)))
        except ValueError:
            return Unknown(span)
    if kind == "bool_lit":
        return Boolean(span, _source(node, text) == "true")
    if kind == "null_lit":
        return Null(span)
    if kind == "tuple":
        return Sequence(span, tuple(_expression(child, text, depth + 1) for child in node.children if child.type == "expression"))
    if kind == "object":
        return Mapping(span, tuple(_elements(node, text, depth + 1)))
    if kind == "function_call":
        arguments = next((child for child in node.children if child.type == "function_arguments"), None)
        values = [child for child in arguments.children if child.type == "expression"] if arguments is not None else []
        name = _source(node.children[0], text)
        return Invocation(span, name, tuple(Argument(_span(item), _expression(item, text, depth + 1)) for item in values))
    return Unknown(span)


def _elements(node: Node, text: bytes, depth: int) -> Iterator[Entry]:
    for child in node.children:
        if child.type != "object_elem":
            continue
        key, value = child.child_by_field_name("key"), child.child_by_field_name("val")
        if key is not None and value is not None:
            yield Entry(_span(key), _source(key, text).strip('"'), _expression(value, text, depth))


def _template(node: Node, text: bytes, depth: int) -> Value:
    parts: list[Value] = []
    for child in node.children:
        if child.type == "template_literal":
            parts.append(String(_span(child), _unescaped(_source(child, text))))
        elif child.type == "template_interpolation":
            inner = next((item for item in child.children if item.type == "expression"), None)
            parts.append(_expression(inner, text, depth + 1) if inner is not None else Unknown(_span(child)))
        elif child.type == "template_directive":
            parts.append(Unknown(_span(child)))
    span = _span(node)
    if all(isinstance(part, String) for part in parts):
        return String(span, "".join(part.value for part in parts if isinstance(part, String)))
    return Template(span, tuple(parts))


def _unescaped(written: str) -> str:
    if "\\" not in written:
        return written
    return written.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def _source(node: Node, text: bytes) -> str:
    return text[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _span(node: Node) -> Span:
    return Span(node.start_byte, node.end_byte)


LANGUAGE = Language("hcl", "#", suffixes=(".tf", ".hcl", ".tfvars"), facts=facts, other_comments=("//", "/*"))
