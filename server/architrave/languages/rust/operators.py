"""Operators, and blocks that are values."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Comparison
from architrave.facts.values import Number, Value, counted, is_text, joined
from architrave.languages.rust.attributes import COMMENTS
from architrave.languages.rust.reader import Reader
from architrave.text import Span
from architrave.walk import operation

_COMPARED = frozenset({"<", "<=", ">", ">="})


def binary(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of an operation; long ones are deep on their left, so that side is gone down without recursion."""
    operations = []
    left = node
    parts = operation(node, COMMENTS)
    while parts is not None and parts[1] not in _COMPARED:
        operations.append((left, parts[1], parts[2]))
        left = parts[0]
        parts = operation(left, COMMENTS)
    if not operations:
        return _comparison(reader, node, parts)
    value = reader.value(left, depth + 1)
    for whole, operator, right in reversed(operations):
        value = _operated(reader.span(whole), value, operator, reader.value(right, depth + 1))
    return value


def _comparison(reader: Reader, node: Node, parts: tuple[Node, str, Node] | None) -> Value | None:
    if parts is None:
        reader.inside(node)
        return None
    at = len(reader.out)
    left, right = reader.value(parts[0]), reader.value(parts[2])
    reader.out.insert(at, Comparison(reader.span(node), left, parts[1], right, reader.function))
    return None


def _operated(span: Span, first: Value, operator: str, second: Value) -> Value:
    if operator == "+" and (is_text(first) or is_text(second)):
        return joined(span, [first, second])
    if isinstance(first, Number) and isinstance(second, Number) and operator in ("+", "*", "-"):
        a, b = first.value, second.value
        return Number(span, a * b if operator == "*" else a + b if operator == "+" else a - b)
    return counted(span, first, operator, second)


def block(reader: Reader, node: Node, depth: int) -> Value | None:
    """Visit a block, and forget what it binds; one that holds but a value has it."""
    since = len(reader.bound)
    children = node.named_children
    value: Value | None = None
    if len(children) == 1:
        value = reader.value(children[0], depth + 1)
    else:
        reader.inside(node)
    reader.forget(since)
    return value


def other(reader: Reader, node: Node, depth: int) -> None:
    """Visit what has no value."""
    reader.visit(node)
