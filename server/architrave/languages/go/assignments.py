"""Variables get values: `var`, `const`, `:=`, `=`, and what a channel gives."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Change
from architrave.facts.values import Function, Invocation, Mapping, Name, Number, Operation, Sequence, Unknown, Value, is_text, joined
from architrave.languages.go.chains import written
from architrave.languages.go.functions import call_it
from architrave.languages.go.reader import Reader, Type


def variable(reader: Reader, node: Node, depth: int) -> None:
    type_node, values = node.child_by_field_name("type"), node.child_by_field_name("value")
    declared = reader.type(type_node) if type_node is not None else None
    targets = node.children_by_field_name("name")
    given = values.named_children if values is not None else []
    at = len(reader.out)
    known = _values(reader, targets, given)
    span = reader.span(node)
    found: list[Fact] = []
    for index, target in enumerate(targets):
        name = reader.source(target)
        value = known[index] if index < len(known) else None
        made = _made(reader, value, given[index]) if value is not None else None
        type = declared or made
        if value is not None or (declared is not None and not given):
            found.append(Assignment(span, name, value or Unknown(span), reader.function, type.text if type is not None else ""))
        if not reader.is_local:
            continue
        if declared is not None:
            reader.declare(name, declared)
        else:
            reader.give(name, _target(reader, value, given[index]) if value is not None else "", made.held if made is not None else "")
    reader.out[at:at] = found


def assignment(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    if len(children) < 3:
        reader.inside(node)
        return
    left, operator, right = children[0], children[1].type, children[2]
    at = len(reader.out)
    targets, given = left.named_children, [right] if node.type == "receive_statement" else right.named_children
    names = [reader.source(target) if target.type == "identifier" else _visited(reader, target) for target in targets]
    values = _values(reader, targets, given)
    span = reader.span(node)
    found: list[Fact] = []
    bind = reader.give if operator == ":=" else reader.give_again
    for index, (name, target) in enumerate(zip(names, targets, strict=True)):
        if not name and target.type == "index_expression":
            found.extend(_changed(reader, node, target))
        if not name or name == "_":
            continue
        is_variable = target.type == "identifier" and operator in (":=", "=")
        if index >= len(values):
            if is_variable:
                bind(name, "")
            continue
        value, item = values[index], given[index]
        made = _made(reader, value, item)
        if operator == "+=":
            own = Name(reader.span(target), reader.resolve(name), name)
            value = joined(span, [own, value]) if is_text(value) else Operation(span, own, "+", value)
        elif operator == "-=":
            value = Operation(span, Name(reader.span(target), reader.resolve(name), name), "-", value)
        elif operator not in (":=", "="):
            value = Unknown(span)
        found.append(Assignment(span, name, value, reader.function, made.text if made is not None else ""))
        if is_variable:
            bind(name, _target(reader, value, item), made.held if made is not None else "")
    reader.out[at:at] = found
    for child in children[3:]:  # Half-typed.
        reader.visit(child)


def counted(reader: Reader, node: Node, depth: int) -> None:
    """`stock.Count++`, `nextID++`; what has no members is counted for the loop that it stands in."""
    target = node.children[0]
    at = len(reader.out)
    name = _visited(reader, target) if target.type != "identifier" else ""
    if name:
        span, sign = reader.span(node), node.children[-1]
        own = Name(reader.span(target), reader.resolve(name), name)
        value = Operation(span, own, "+" if sign.type == "++" else "-", Number(reader.span(sign), 1))
        reader.out.insert(at, Assignment(span, name, value, reader.function))
    else:
        reader.out[at:at] = _changed(reader, node, target)


def _changed(reader: Reader, node: Node, target: Node) -> list[Fact]:
    name = written(reader.chunk, target.children[0] if target.type == "index_expression" else target)
    return [Change(reader.span(node), name, reader.function)] if name and reader.function else []


def receive(reader: Reader, node: Node, depth: int) -> None:
    if node.children[0].type == "expression_list":
        assignment(reader, node, depth)
    else:  # Nothing gets what is received.
        reader.inside(node)


def _visited(reader: Reader, node: Node) -> str:
    reader.visit(node)
    return written(reader.chunk, node)


def _values(reader: Reader, targets: list[Node], given: list[Node]) -> list[Value]:
    """Visit the values that variables are given; function literals among them are called like the variable."""
    found = []
    for index, item in enumerate(given):
        if item.type == "func_literal" and index < len(targets) and targets[index].type == "identifier":
            call_it(reader, item, reader.source(targets[index]))
        found.append(reader.value(item))
    return found


def _made(reader: Reader, value: Value, node: Node) -> Type | None:
    """Return `[]Order` for a variable that is given `[]Order{…}` or `make([]Order, n)`."""
    if isinstance(value, Invocation):
        if value.callee == "make" and node.type == "call_expression":
            kinds = node.children[-1].named_children
            return reader.type(kinds[0]) if kinds else None
    elif isinstance(value, Sequence | Mapping) and node.type == "composite_literal":
        return reader.type(node.children[0])
    return None


def _target(reader: Reader, value: Value, node: Node) -> str:
    """Return the full name of what a variable is given, "" where that has none."""
    while node.type == "parenthesized_expression" or (node.type == "unary_expression" and node.children[0].type in ("&", "*")):
        node = node.named_children[-1]
    span = value.span
    if span.start + reader.base != node.start_byte or span.end + reader.base != node.end_byte:
        return ""  # The value is that of a part: a conversion, what a channel gives.
    if isinstance(value, Invocation):
        return f"{value.callee}()"
    return value.name if isinstance(value, Name | Function) else ""
