"""What functions of Go take and give."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Parameter
from architrave.languages.go.reader import Reader
from architrave.languages.go.types import first_result
from architrave.text import Span


def parameters(reader: Reader, node: Node | None, is_read: bool = True) -> tuple[Parameter, ...]:
    """Return the parameters of a function, bound for one that is read."""
    found: list[Parameter] = []
    for parameter in node.named_children if node is not None else ():
        children = parameter.children
        names = [reader.source(child) for child in children[:-1] if child.type == "identifier"]  # They stand before the type.
        if not names:
            continue
        written = reader.source(children[-1])
        type = reader.typed(f"[]{written}" if parameter.type == "variadic_parameter_declaration" else written)
        span = reader.span(parameter)
        for name in names:
            found.append(Parameter(span, name, type.text))
            if is_read:
                reader.declare(name, type)
    return tuple(found)


def returned(reader: Reader, node: Node, is_read: bool = True) -> str:
    """Return the first type that a function gives; those that have names are variables of one that is read."""
    result = node.child_by_field_name("result")
    if result is None:
        return ""
    if is_read and result.type == "parameter_list":
        parameters(reader, result)
    return reader.type(first_result(result)).text


def header(reader: Reader, node: Node, body: Node | None) -> Span:
    start = node.start_byte
    end = body.start_byte if body is not None else node.end_byte
    return reader.chunk.between(start, start + len(reader.text[start:end].rstrip()))
