"""Classes, methods and fields."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Decorator, Definition, Field, Parameter
from architrave.facts.values import Invocation
from architrave.languages.java.bindings import KINDS, name_of
from architrave.languages.java.calls import arguments_of
from architrave.languages.java.headers import decorators, has_modifier, parameter, storage
from architrave.languages.java.lambdas import PARAMETERS, parameter_name
from architrave.languages.java.reader import Reader
from architrave.languages.java.types import type_of


def class_(reader: Reader, node: Node, depth: int) -> None:
    """Report a class, and visit its members unless they are chunks of their own."""
    qualified = reader.qualified(name_of(reader.chunk, node))
    at = len(reader.out)
    found: tuple[Decorator, ...] = ()
    bases: list[str] = []
    fields: list[Parameter] = []
    body: Node | None = None
    name_span = reader.span(node)
    is_exported = True
    for child in node.named_children:
        kind = child.type
        if kind == "modifiers":
            found = decorators(reader, child)
            is_exported = not has_modifier(child, "private")
        elif kind == "identifier":
            name_span = reader.span(child)
        elif kind == "superclass":
            bases.extend(reader.type(item) for item in child.named_children)
        elif kind in ("super_interfaces", "extends_interfaces"):
            bases.extend(reader.type(item) for listed in child.named_children for item in listed.named_children)
        elif kind == "formal_parameters":
            fields = [parameter(reader, item) for item in child.named_children if item.type.endswith("parameter")]
        elif kind.endswith("_body"):
            body = child
    header = reader.until(node.start_byte, body.start_byte if body is not None else node.end_byte)
    definition = Definition(header, name_span, qualified, KINDS[node.type], found, tuple(bases), is_exported=is_exported)
    reader.out[at:at] = [definition, *(Field(item.span, qualified, item.name, item.type, None, item.decorators) for item in fields)]
    if body is not None and reader.chunk.end >= node.end_byte:
        outer = reader.owner, reader.scope
        reader.owner = reader.scope = qualified
        reader.inside(body)
        reader.owner, reader.scope = outer


def function(reader: Reader, node: Node, depth: int) -> None:
    modifiers: Node | None = None
    listed: Node | None = None
    name: Node | None = None
    body: Node | None = None
    type_node: Node | None = None
    for child in node.named_children:
        kind = child.type
        if kind == "modifiers":
            modifiers = child
        elif kind == "identifier":
            name = child
        elif kind == "formal_parameters":
            listed = child
        elif kind == "block" or kind == "constructor_body":
            body = child
        elif name is None and kind != "type_parameters":
            type_node = child
    own = name_of(reader.chunk, node) if node.type == "method_declaration" else "constructor"
    at, since = len(reader.out), len(reader.bound)
    outer = reader.function, reader.scope, reader.in_loop, reader.in_try, reader.in_error
    qualified = reader.function = reader.scope = reader.qualified(own)
    reader.in_loop = reader.in_try = reader.in_error = False
    found: tuple[Decorator, ...] = ()
    is_exported = True
    if modifiers is not None:
        found = decorators(reader, modifiers)
        is_exported = not has_modifier(modifiers, "private")
    parameters = _parameters(reader, listed) if listed is not None else ()
    header = reader.until(node.start_byte, body.start_byte if body is not None else node.end_byte)
    definition = Definition(
        header,
        reader.span(name) if name is not None else header,
        qualified,
        "method" if reader.owner else "function",
        found,
        (),
        parameters,
        reader.type(type_node) if type_node is not None and type_node.type != "void_type" else "",
        False,
        is_exported,
    )
    reader.out[at:at] = [definition, Block(reader.span(node), "function", qualified)]
    if body is not None:
        reader.inside(body)
    reader.forget(since)
    reader.function, reader.scope, reader.in_loop, reader.in_try, reader.in_error = outer


def _parameters(reader: Reader, listed: Node) -> tuple[Parameter, ...]:
    """Return the parameters of a method, which it binds."""
    found = []
    for item in listed.named_children:
        if item.type in PARAMETERS:
            found.append(parameter(reader, item))
            type_node = type_of(item)
            if type_node is not None:
                reader.bind_typed(parameter_name(reader, item), type_node)
    return tuple(found)


def field(reader: Reader, node: Node, depth: int) -> None:
    """Report a field; one that is final or that is given what a call makes also as an assignment, so that it can be followed."""
    found: tuple[Decorator, ...] = ()
    declared = ""
    is_final = node.type == "constant_declaration"
    span = reader.span(node)
    at = len(reader.out)
    facts: list[Fact] = []
    for child in node.named_children:
        kind = child.type
        if kind == "modifiers":
            found = decorators(reader, child) + storage(reader, child)
            is_final = is_final or has_modifier(child, "final")
        elif kind == "variable_declarator":
            children = child.children
            name = reader.source(children[0])
            value = reader.value(children[-1]) if len(children) > 2 else None
            facts.append(Field(span, reader.owner, name, declared, value, found))
            if value is not None and (is_final or isinstance(value, Invocation)):
                facts.append(Assignment(span, name, value, reader.owner, declared))
        elif not declared and not kind.endswith("comment"):
            declared = reader.type(child)
    reader.out[at:at] = facts


def constant(reader: Reader, node: Node, depth: int) -> None:
    """Report a constant of an enumeration as a field, with the first of what it is made of."""
    name, arguments, body = (node.child_by_field_name(part) for part in ("name", "arguments", "body"))
    at = len(reader.out)
    values = arguments_of(reader, arguments, 0, None) if arguments is not None else ()
    if name is not None and reader.owner:
        value = values[0].value if values else None
        reader.out.insert(at, Field(reader.span(node), reader.owner, reader.source(name), reader.owner, value))
    if body is not None:
        reader.inside(body)
