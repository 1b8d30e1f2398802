"""Statements: `let`, assignments, loops, returns, and what stands alone."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Return, Wait
from architrave.facts.values import Name, Unknown, Value, counted
from architrave.languages.rust.branches import conditions
from architrave.languages.rust.calls import linked, note_default
from architrave.languages.rust.patterns import single, variables
from architrave.languages.rust.reader import Reader

_WAITED = frozenset({"await_expression", "try_expression"})
_WAITS = (".await", ".await?")


def let(reader: Reader, node: Node, depth: int) -> None:
    reader.attributes = []
    pattern, value, type_node, alternative = (node.child_by_field_name(part) for part in ("pattern", "value", "type", "alternative"))
    if pattern is None:
        reader.inside(node)
        return
    target = reader.typed(type_node)
    if value is None:
        reader.bind_pattern(pattern, target)
        return
    is_ok = alternative is not None and pattern.type == "tuple_struct_pattern" and reader.source(pattern.children[0]) == "Ok"
    if is_ok:
        note_default(reader, value)
    at = len(reader.out)
    whole, known = _given(reader, value)
    found: list[Fact] = []
    name = single(pattern)
    if name is not None:
        declared = reader.type(type_node) if type_node is not None else ""
        found.append(Assignment(reader.span(node), reader.source(name), known, reader.function, declared))
    if value.type in _WAITED and alternative is None:
        found.extend(_waited(reader, node, value))
    if alternative is not None and is_ok:
        found.append(Block(reader.span(alternative), "error", reader.function, known))
    reader.out[at:at] = found
    if alternative is not None:
        outer, reader.in_error = reader.in_error, reader.in_error or is_ok
        reader.visit(alternative)
        reader.in_error = outer
    reader.bind_pattern(pattern, target or (reader.resolve(whole) if whole else ""))


def _waited(reader: Reader, node: Node, value: Node) -> Iterator[Wait]:
    """Yield that a `let` waits right after another that does."""
    before = node.prev_named_sibling
    other = before.child_by_field_name("value") if before is not None and before.type == "let_declaration" else None
    if before is not None and other is not None and all(reader.source(item).endswith(_WAITS) for item in (value, other)):
        yield Wait(reader.span(node), reader.span(before), reader.function)


def _given(reader: Reader, value: Node) -> tuple[str, Value]:
    """Visit what a variable is given; of a block, its last expression is what it stands for."""
    if value.type == "block" and len(value.named_children) > 1:
        for child in value.named_children[:-1]:
            reader.visit(child)
        whole = _given(reader, value.named_children[-1])[0]
        return whole, Unknown(reader.span(value))
    whole, known = linked(reader, value, 0, True)
    return whole, known or Unknown(reader.span(value))


def assignment(reader: Reader, node: Node, depth: int) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        reader.inside(node)
        return
    at = len(reader.out)
    target = linked(reader, left, 0)[0]
    value = reader.value(right)
    if target:
        if node.type != "assignment_expression":
            sign = node.children[1].type
            own = Name(reader.span(left), reader.resolve(target), target)
            value = counted(reader.span(node), own, sign[0], value) if sign in ("+=", "-=") else Unknown(reader.span(right))
        reader.out.insert(at, Assignment(reader.span(node), target, value, reader.function))


def statement(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    if len(children) == 2 and children[1].type == ";":
        linked(reader, children[0], 0, is_discarded=True)
    else:
        reader.inside(node)


def return_(reader: Reader, node: Node, depth: int) -> None:
    given = node.named_children
    if given:
        at = len(reader.out)
        value = reader.value(given[0])
        reader.out.insert(at, Return(reader.span(node), value, reader.function, reader.in_error))


def loop(reader: Reader, node: Node, depth: int) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        reader.inside(node)
        return
    at, since, outer = len(reader.out), len(reader.bound), reader.in_loop
    subject: Value | None = None
    bound: tuple[str, ...] = ()
    pattern, value, condition = (node.child_by_field_name(part) for part in ("pattern", "value", "condition"))
    found: list[Fact] = []
    if pattern is not None and value is not None:  # for
        bound = tuple([reader.source(name) for name in variables(reader.text, pattern)])
        subject = reader.value(value)
        reader.bind_pattern(pattern)
    elif condition is not None:  # while
        given, bound, _ = conditions(reader, condition)
        subject = given if condition.type in ("let_condition", "let_chain") else None
    found.append(Block(reader.span(body), "loop", reader.function, subject, bound))
    reader.out[at:at] = found
    reader.loop_variables.update(dict.fromkeys(bound, body.end_byte))
    reader.in_loop = True
    reader.visit(body)
    reader.in_loop = outer
    reader.forget(since)
