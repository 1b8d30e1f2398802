"""Operators: comparisons, what stands in for nothing (`x || y`), choices, `await`, and what wraps a value without changing it."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Comparison
from architrave.facts.values import Number, Sequence, Value, counted, is_text, joined
from architrave.languages.typescript.calls import called, value_of
from architrave.languages.typescript.chains import bare, first_of
from architrave.languages.typescript.reader import Reader
from architrave.text import Span

_COMPARISONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "!=": "!=", "===": "==", "!==": "!="}
_DEFAULTS = frozenset({"||", "??"})
_CHOICES = frozenset({"||", "??", "&&"})


def binary(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of an operation; long ones are deep on their left, so that side is gone down without recursion."""
    kind = node.kind_id
    operations = [(node, _sign(node))]
    left = node.children[0]
    while left.kind_id == kind:
        operations.append((left, _sign(left)))
        left = left.children[0]
    _note_default(reader, operations[-1][1], left)
    at = len(reader.out)
    value = reader.value(left, depth + 1)
    for operation, sign in reversed(operations):
        reader.between(operation.children)
        right = reader.value(operation.children[-1], depth + 1)
        span = reader.span(operation)
        if sign in _COMPARISONS:
            reader.out.insert(at, Comparison(span, value, _COMPARISONS[sign], right, reader.function))
        value = _operated(span, value, sign, right)
    return value


def read_binary(reader: Reader, node: Node, depth: int) -> None:
    """Visit an operation whose value does not matter: only comparisons say something."""
    kind = node.kind_id
    operations = []
    sign = _sign(node)
    while sign not in _COMPARISONS:
        operations.append(node)
        node = node.children[0]
        if node.kind_id != kind:
            _note_default(reader, sign, node)
            reader.visit(node)
            break
        sign = _sign(node)
    else:
        binary(reader, node, 0)
    for operation in reversed(operations):
        reader.between(operation.children)
        reader.visit(operation.children[-1])


def _sign(node: Node) -> str:
    children = node.children
    if len(children) == 3:
        return children[1].type
    return next((child.type for child in children if not child.is_named), "")


def _note_default(reader: Reader, sign: str, left: Node) -> None:
    if sign in _DEFAULTS:
        reader.defaulted.add(left.id)
        if left.kind_id in reader.kinds.transparent:
            reader.defaulted.add(bare(left).id)


def _operated(span: Span, first: Value, sign: str, second: Value) -> Value:
    if sign in _CHOICES:
        return Sequence(span, (first, second))
    if isinstance(first, Number) and isinstance(second, Number) and sign in ("+", "-", "*"):
        a, b = first.value, second.value
        return Number(span, a * b if sign == "*" else a + b if sign == "+" else a - b)
    if sign == "+" and (is_text(first) or is_text(second)):
        return joined(span, [first, second])
    return counted(span, first, sign, second)


def ternary(reader: Reader, node: Node, depth: int) -> Value:
    branches = _branches(reader, node)
    return Sequence(reader.span(node), tuple([reader.value(item, depth + 1) for item in branches]))


def read_ternary(reader: Reader, node: Node, depth: int) -> None:
    for item in _branches(reader, node):
        reader.visit(item)


def _branches(reader: Reader, node: Node) -> list[Node]:
    """Visit the condition of a choice and return what it is between."""
    condition, *branches = [child for child in node.children if child.is_named and child.kind_id not in reader.kinds.comments]
    reader.defaulted.add(condition.id)  # process.env.PORT ? Number(process.env.PORT) : 3000
    if condition.type == "await_expression":
        reader.defaulted.add((first_of(condition) or condition).id)
    reader.visit(condition)
    return branches


def unary(reader: Reader, node: Node, depth: int) -> Value | None:
    *signs, last = node.children
    for child in signs:
        reader.visit(child)
    operand = reader.value(last, depth + 1)
    sign = signs[0].type if signs else ""
    if sign == "-":
        return Number(reader.span(node), -operand.value) if isinstance(operand, Number) else None
    return operand if sign == "+" else None


def await_(reader: Reader, node: Node, depth: int, is_discarded: bool = False) -> Value | None:
    inner = first_of(node)
    if inner is None:
        return None
    if inner.kind_id in reader.kinds.calls:
        found = value_of(called(reader, inner, depth, True, is_discarded))
    else:
        found = reader.value(inner, depth + 1)
    for child in node.children[2:]:
        if child is not inner:
            reader.visit(child)
    return found


def wrapped(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of what stands in parentheses, before `as` and `!`, or after `...`."""
    children = node.children
    found: Value | None = None
    for child in children:
        if not child.is_named or child.kind_id in reader.kinds.comments:
            continue
        if found is None:
            found = reader.value(child, depth + 1)
        else:
            reader.visit(child)
    return found


def asserted(reader: Reader, node: Node, depth: int) -> Value | None:
    """Return the value of `<Type>value`."""
    *before, value = node.children
    for child in before:
        reader.visit(child)
    return reader.value(value, depth + 1)
