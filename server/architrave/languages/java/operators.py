"""Operators, and what stands round a value."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Comparison
from architrave.facts.values import Number, Sequence, Value, counted, is_text, joined
from architrave.languages.java.reader import Reader
from architrave.text import Span

_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!="})


def _sign(node: Node) -> str:
    """Return the operator of `left + right`, "" for all else."""
    if node.type != "binary_expression":
        return ""
    children = node.children
    return children[1].type if len(children) == 3 else ""


def binary(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of an operation; long ones are deep on their left, so that side is gone down without recursion."""
    operations: list[tuple[Node, str]] = []
    left = node
    sign = _sign(left)
    while sign and sign not in _COMPARED:
        operations.append((left, sign))
        left = left.children[0]
        sign = _sign(left)
    if not operations:
        _comparison(reader, node, sign)
        return None
    value = reader.value(left, depth + 1)
    terms: list[Value] = []  # Of `a + b + c`, which is text as soon as one of them is.
    for index in range(len(operations) - 1, -1, -1):
        operation, sign = operations[index]
        right = reader.value(operation.children[2], depth + 1)
        if sign == "+":
            terms = [*terms, right] if terms else [value, right]
            if index and operations[index - 1][1] == "+":
                continue
            value, terms = _added(reader.span(operation), terms), []
        else:
            value = _computed(reader.span(operation), sign, value, right)
    return value


def read_binary(reader: Reader, node: Node, depth: int) -> None:
    """Visit an operation whose value does not matter: only comparisons say something."""
    operations: list[Node] = []
    sign = _sign(node)
    while sign and sign not in _COMPARED:
        operations.append(node)
        node = node.children[0]
        sign = _sign(node)
    if sign:
        _comparison(reader, node, sign)
    elif node.type == "binary_expression":
        reader.inside(node)
    else:
        reader.visit(node)
    for operation in reversed(operations):
        reader.visit(operation.children[2])


def _comparison(reader: Reader, node: Node, sign: str) -> None:
    if not sign:
        reader.inside(node)
        return
    at = len(reader.out)
    children = node.children
    left, right = reader.value(children[0]), reader.value(children[2])
    reader.out.insert(at, Comparison(reader.span(node), left, sign, right, reader.function))


def _added(span: Span, terms: list[Value]) -> Value:
    if any(is_text(term) for term in terms):
        return joined(span, terms)
    if all(isinstance(term, Number) for term in terms):
        return Number(span, sum(term.value for term in terms if isinstance(term, Number)))
    value = counted(span, terms[0], "+", terms[1])
    return value if len(terms) == 2 else counted(span, value, "+", terms[-1])


def _computed(span: Span, sign: str, first: Value, second: Value) -> Value:
    if isinstance(first, Number) and isinstance(second, Number) and sign in ("*", "-"):
        return Number(span, first.value * second.value if sign == "*" else first.value - second.value)
    return counted(span, first, sign, second)


def unary(reader: Reader, node: Node, depth: int) -> Value | None:
    operand = reader.value(node.children[-1], depth + 1)
    return Number(reader.span(node), -operand.value) if isinstance(operand, Number) and node.children[0].type == "-" else None


def wrapped(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of what stands in parentheses, or is cast."""
    inner = next((child for child in reversed(node.named_children) if not child.type.endswith("comment")), None)
    return reader.value(inner, depth + 1) if inner is not None else None


def ternary(reader: Reader, node: Node, depth: int) -> Value | None:
    children = node.children
    operator = _note_default(reader, node)
    if len(children) != 5:
        reader.inside(node)
        return None
    reader.visit(children[0])
    first, second = reader.value(children[2], depth + 1), reader.value(children[4], depth + 1)
    if operator:
        return Sequence(reader.span(node), (first, second) if operator == "!=" else (second, first))
    return None


def read_ternary(reader: Reader, node: Node, depth: int) -> None:
    _note_default(reader, node)
    reader.inside(node)


def _note_default(reader: Reader, node: Node) -> str:
    """Note that something stands in for the value of `x != null ? x : y` and `x == null ? y : x`; return the operator, or ""."""
    children = node.children
    if len(children) != 5:
        return ""
    condition = children[0]
    while condition.type == "parenthesized_expression" and condition.named_children:
        condition = condition.named_children[0]
    operator = _sign(condition)
    if operator not in ("==", "!=") or condition.children[2].type != "null_literal":
        return ""
    known = [children[2 if operator == "!=" else 4], *children[0].named_children]
    reader.defaulted.update((item.start_byte, item.end_byte) for item in known)
    return operator


def other(reader: Reader, node: Node, depth: int) -> None:
    """Visit what has no value."""
    reader.visit(node)
