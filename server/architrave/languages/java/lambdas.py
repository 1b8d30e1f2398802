"""Lambdas: what the call that takes one does with it."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from architrave.facts.code import Block
from architrave.facts.values import Function, Name, Value
from architrave.languages.java.chains import elements
from architrave.languages.java.reader import Reader
from architrave.text import Span

PARAMETERS = frozenset({"formal_parameter", "spread_parameter"})


class Taker(NamedTuple):
    """The call that takes a lambda, by its name. One that goes through something has the value of that, and its receiver."""

    span: Span
    name: str
    written: str
    looped: Value | None = None
    receiver: Node | None = None


def lambda_(reader: Reader, node: Node, depth: int) -> Value:
    return taken(reader, node, None)


def taken(reader: Reader, node: Node, taker: Taker | None) -> Value:
    """Visit a lambda that a call takes."""
    value = Function(reader.span(node), "")
    body = node.child_by_field_name("body")
    if body is None:
        reader.inside(node)
        return value
    since, outer = len(reader.bound), reader.in_loop
    names, span = _variables(reader, node), reader.span(body)
    if taker is not None and taker.receiver is not None:
        reader.out.append(Block(span, "loop", reader.function, taker.looped, names))
        element = elements(reader, taker.receiver) if len(names) == 1 else ""
        reader.in_loop = True
        reader.loop_variables.update(dict.fromkeys(names, body.end_byte))
    else:
        subject = Name(taker.span, taker.name, taker.written) if taker is not None and taker.name else None
        reader.out.append(Block(span, "callback", reader.function, subject, names))
        element = ""
    for name in names:
        reader.bind(name, element)
    reader.visit(body)
    reader.in_loop = outer
    reader.forget(since)
    return value


def _variables(reader: Reader, node: Node) -> tuple[str, ...]:
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        return ()
    if parameters.type == "identifier":
        return (reader.source(parameters),)
    if parameters.type == "inferred_parameters":
        return tuple([reader.source(child) for child in parameters.named_children])
    return tuple([parameter_name(reader, child) for child in parameters.named_children if child.type in PARAMETERS])


def parameter_name(reader: Reader, node: Node) -> str:
    name = node.child_by_field_name("name")
    if name is None and node.type == "spread_parameter":
        name = node.named_children[-1]
        name = name.children[0] if name.children else name
    return reader.source(name) if name is not None else "?"
