"""Operators, and what stands round a value."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Comparison
from architrave.facts.values import Number, Sequence, Unknown, Value, is_text, joined
from architrave.languages.go.reader import Reader
from architrave.languages.go.values import computed
from architrave.text import Span
from architrave.walk import operation

COMMENTS = frozenset({"comment"})
_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!="})


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
    while operations:
        whole, operator, right = operations.pop()
        second, span = reader.value(right, depth + 1), reader.span(whole)
        if operator in ("&&", "||") and depth + len(operations) > reader.deepest:
            value = Unknown(span)
        else:
            value = _operated(span, value, operator, second)
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
    if operator == "&&" or operator == "||":
        return Sequence(span, (first, second))
    if operator == "+" and (is_text(first) or is_text(second)):
        return joined(span, [first, second])
    return computed(span, operator, first, second)


def unary(reader: Reader, node: Node, depth: int) -> Value | None:
    children = node.children
    operand = reader.value(children[-1], depth + 1)
    sign = children[0].type
    if sign == "-" and isinstance(operand, Number):
        return Number(reader.span(node), -operand.value)
    return operand if sign in ("&", "*", "<-") else None


def wrapped(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of what stands in parentheses, in a literal, or before `...`."""
    children = node.named_children
    return reader.value(children[0], depth + 1) if children else None


def converted(reader: Reader, node: Node, depth: int) -> Value | None:
    children = node.named_children
    return reader.value(children[-1], depth + 1) if children else None


def other(reader: Reader, node: Node, depth: int) -> None:
    """Visit what has no value."""
    reader.visit(node)
