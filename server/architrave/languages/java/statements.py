"""Statements: variables, assignments, loops, conditions, what may fail, and returns."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Return, Wait
from architrave.facts.values import Name, Number, Operation, Sequence, Unknown, Value, is_text
from architrave.languages.java.calls import linked, plain, type_value
from architrave.languages.java.chains import elements
from architrave.languages.java.reader import Reader
from architrave.languages.java.types import type_of

_WAITS = (b".join();", b".get();", b".block();")  # What waits for a future.


def local(reader: Reader, node: Node, depth: int) -> None:
    type_node = type_of(node)
    declared = reader.type(type_node) if type_node is not None else ""
    declared = "" if declared == "var" else declared
    span = reader.span(node)
    at = len(reader.out)
    found: list[Fact] = []
    for declarator in node.named_children:
        if declarator.type != "variable_declarator":
            continue
        children = declarator.children
        name, given = reader.source(children[0]), ""
        if len(children) > 2:
            given, value = _given(reader, children[-1])
            found.append(Assignment(span, name, value, reader.function, declared))
        if type_node is not None:
            reader.bind_typed(name, type_node, given)
    if reader.text.endswith(_WAITS, node.start_byte, node.end_byte):
        before = node.prev_named_sibling
        if before is not None and before.type == node.type and reader.text.endswith(_WAITS, before.start_byte, before.end_byte):
            found.append(Wait(span, reader.span(before), reader.function))
    reader.out[at:at] = found


def _given(reader: Reader, node: Node) -> tuple[str, Value]:
    """Visit what a variable is given, and return the full name of that and its value."""
    whole, value = linked(reader, node, 0, True)
    head = whole.partition(".")[0]
    is_own = head[-2:] == "()" and head[0].islower()  # What a method of the class gives is not known.
    return reader.resolve(whole) if whole and not is_own else "", value or Unknown(reader.span(node))


def assignment(reader: Reader, node: Node, depth: int) -> Value | None:
    children = node.children
    if len(children) != 3:
        reader.inside(node)
        return None
    at = len(reader.out)
    target, sign = plain(linked(reader, children[0], 0)[0]), children[1].type
    value = reader.value(children[2], depth + 1 if depth else 0)
    if target and sign == "=":
        reader.out.insert(at, Assignment(reader.span(node), target, value, reader.function))
    elif sign in ("+=", "-="):
        _count(reader, node, children[0], target, sign, value, at)
    return value


def counted(reader: Reader, node: Node, depth: int) -> None:
    """`account.balance++`"""
    at = len(reader.out)
    sign, inner = node.children[0], node.children[-1]
    if sign.is_named:
        sign, inner = inner, sign
    _count(reader, node, inner, plain(linked(reader, inner, 0)[0]), sign.type, Number(reader.span(sign), 1), at)


def _count(reader: Reader, node: Node, target: Node, written: str, sign: str, by: Value, at: int) -> None:
    """Report a member that is counted from its own value, in front of what has been found since `at`."""
    if "." in written and not is_text(by):
        span = reader.span(node)
        own = Name(reader.span(target), reader.resolve(written), written)
        value = Operation(span, own, "+" if sign[0] == "+" else "-", by)
        reader.out.insert(at, Assignment(span, written, value, reader.function))


def alone(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    if children and children[0].end_byte == node.end_byte - 1:  # Its semicolon is not missing.
        linked(reader, children[0], 0, is_discarded=True)
    else:
        reader.inside(node)


def return_(reader: Reader, node: Node, depth: int) -> None:
    *before, given = node.named_children or (None,)
    for child in before:  # Comments, and what does not parse.
        reader.visit(child)
    if given is not None:
        at = len(reader.out)
        value = reader.value(given)
        reader.out.insert(at, Return(reader.span(node), value, reader.function, reader.in_error))


def block(reader: Reader, node: Node, depth: int) -> None:
    since = len(reader.bound)
    reader.inside(node)
    reader.forget(since)


def each(reader: Reader, node: Node, depth: int) -> None:
    """`for (Order order : orders)`"""
    type_node, name, value, body = (node.child_by_field_name(part) for part in ("type", "name", "value", "body"))
    if body is None or value is None or name is None or type_node is None:
        reader.inside(node)
        return
    at, since = len(reader.out), len(reader.bound)
    variable = reader.source(name)
    held = elements(reader, value)
    subject = reader.value(value)
    reader.bind_typed(variable, type_node, held)
    only = reader.span(body.named_children[0]) if body.type == "block" and body.named_child_count == 1 else None
    reader.out.insert(at, Block(reader.span(body), "loop", reader.function, subject, (variable,), only))
    _body(reader, body, (variable,))
    reader.forget(since)


def loop(reader: Reader, node: Node, depth: int) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        reader.inside(node)
        return
    init = node.child_by_field_name("init") if node.type == "for_statement" else None
    variables: tuple[str, ...] = ()
    if init is not None and init.type == "local_variable_declaration":
        variables = tuple([reader.source(item.children[0]) for item in init.named_children if item.type == "variable_declarator"])
    reader.out.append(Block(reader.span(body), "loop", reader.function, None, variables))
    since = len(reader.bound)
    for child in node.named_children:
        if child == body:
            _body(reader, body, variables)
        else:
            reader.visit(child)
    reader.forget(since)


def _body(reader: Reader, body: Node, variables: tuple[str, ...]) -> None:
    outer, reader.in_loop = reader.in_loop, True
    reader.loop_variables.update(dict.fromkeys(variables, body.end_byte))
    reader.visit(body)
    reader.in_loop = outer


def if_(reader: Reader, node: Node, depth: int) -> None:
    following: Node | None = node
    while following is not None and following.type == "if_statement":  # A long `else if` is deep, so it is gone down without recursion.
        node, following = following, None
        condition, consequence = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is None or consequence is None:
            reader.inside(node)
            return
        at = len(reader.out)
        value = reader.value(condition)
        reader.out.insert(at, Block(reader.span(consequence), "branch", reader.function, value))
        reader.visit(consequence)
        following = node.child_by_field_name("alternative")
    if following is not None:
        reader.visit(following)


def try_(reader: Reader, node: Node, depth: int) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        reader.inside(node)
        return
    at, since, outer = len(reader.out), len(reader.bound), reader.in_try
    reader.in_try = True
    resources = node.child_by_field_name("resources")
    found: list[Fact] = []
    for resource in resources.named_children if resources is not None else ():
        if resource.type == "resource":
            _resource(reader, resource, body, found)
    reader.out[at:at] = [*found, Block(reader.span(body), "try", reader.function)]
    reader.visit(body)
    reader.in_try = outer
    reader.forget(since)
    for child in node.named_children:
        if child.type in ("catch_clause", "finally_clause"):
            reader.visit(child)


def _resource(reader: Reader, resource: Node, body: Node, found: list[Fact]) -> None:
    type_node, name, value = (resource.child_by_field_name(part) for part in ("type", "name", "value"))
    given = value or (resource.named_children[0] if resource.named_children else None)
    if given is None:
        return
    target, subject = _given(reader, given)
    variable = reader.source(name) if name is not None else ""
    found.append(Block(reader.span(body), "with", reader.function, subject, (variable,) if variable else ()))
    if variable:
        found.append(Assignment(reader.span(resource), variable, subject, reader.function))
        if type_node is not None:
            reader.bind_typed(variable, type_node, target)


def catch(reader: Reader, node: Node, depth: int) -> None:
    since, outer = len(reader.bound), reader.in_error
    subject: Value | None = None
    for child in node.named_children:
        if child.type == "catch_formal_parameter":
            types = next((item for item in child.named_children if item.type == "catch_type"), None)
            if types is not None:
                caught = [type_value(reader, item) for item in types.named_children]
                subject = caught[0] if len(caught) == 1 else Sequence(reader.span(types), tuple(caught))
            reader.bind(reader.source(child.children[-1]))
    reader.out.append(Block(reader.span(node), "catch", reader.function, subject))
    reader.in_error = True
    reader.inside(node)
    reader.in_error = outer
    reader.forget(since)
