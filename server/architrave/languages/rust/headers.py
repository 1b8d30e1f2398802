"""What stands before the body of an item: its attributes, its parameters, and whether others may use it."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Decorator, Parameter
from architrave.facts.values import Argument
from architrave.languages.rust.macros import token_arguments
from architrave.languages.rust.naming import plain
from architrave.languages.rust.patterns import variables
from architrave.languages.rust.reader import Reader
from architrave.text import Span


def attribute(reader: Reader, node: Node, depth: int) -> None:
    reader.attributes.append(node)


def header(reader: Reader, node: Node, body: Node | None) -> tuple[Span, tuple[Decorator, ...]]:
    attributes, reader.attributes = reader.attributes, []
    end = body.start_byte if body is not None and body.type != "ordered_field_declaration_list" else node.end_byte
    start = attributes[0].start_byte if attributes else node.start_byte
    decorators = tuple([decorator(reader, item) for item in attributes])
    return reader.chunk.between(start, start + len(reader.text[start:end].rstrip())), decorators


def decorator(reader: Reader, node: Node) -> Decorator:
    inner = next((child for child in node.named_children if child.type == "attribute"), None)
    if inner is None or not inner.named_children:
        return Decorator(reader.span(node), "")
    path = plain(reader.source(inner.named_children[0]))
    tokens, value = inner.child_by_field_name("arguments"), inner.child_by_field_name("value")
    arguments: tuple[Argument, ...] = ()
    if tokens is not None:
        arguments = token_arguments(reader, tokens)
    elif value is not None:
        arguments = (Argument(reader.span(value), reader.value(value)),)
    return Decorator(reader.span(node), reader.resolve(path), arguments, path)


def parameters(reader: Reader, node: Node | None) -> tuple[Parameter, ...]:
    """Return the parameters of a function, which it binds."""
    found = []
    for parameter in node.named_children if node is not None else ():
        if parameter.type == "self_parameter":
            reader.bind("self", reader.names.resolve(f"{reader.owner}()", reader.owner) if reader.owner else "self")
        pattern = parameter.child_by_field_name("pattern") if parameter.type == "parameter" else None
        if pattern is None:
            continue
        type_node = parameter.child_by_field_name("type")
        names = variables(reader.text, pattern)
        name = reader.source(names[0] if names else pattern)
        found.append(Parameter(reader.span(parameter), name, reader.type(type_node) if type_node is not None else ""))
        reader.bind_pattern(pattern, reader.typed(type_node))
    return tuple(found)


def is_public(node: Node) -> bool:
    return bool(node.children) and node.children[0].type == "visibility_modifier"
