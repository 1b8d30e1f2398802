"""What stands before the body of a definition: its header, and its decorators."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Call, Decorator
from architrave.languages.typescript.calls import called
from architrave.languages.typescript.chains import callee_of, chain_of, first_of
from architrave.languages.typescript.reader import Reader
from architrave.text import Span


def header(reader: Reader, start: int, body: Node | None, end: int) -> Span:
    stop = body.start_byte if body is not None else end
    base = reader.base
    return Span(start - base, start - base + len(reader.text[start:stop].rstrip()), reader.id)


def decorator(reader: Reader, node: Node) -> Decorator:
    """Report what is in a decorator and return it."""
    expression = first_of(node) or node
    span = reader.span(node)
    if expression.type != "call_expression":
        reader.visit(expression)
        written = chain_of(reader.chunk, expression)
        return Decorator(span, reader.names.resolve(written, reader.function), (), written)
    found = called(reader, expression, 0)
    callee = callee_of(expression)
    written = chain_of(reader.chunk, callee) if callee is not None else ""
    arguments = found.arguments if isinstance(found, Call) else ()
    return Decorator(span, reader.names.resolve(written, reader.function), arguments, written)


def decorators(reader: Reader, nodes: list[Node]) -> list[Decorator]:
    return [decorator(reader, node) for node in nodes if node.type == "decorator"]


def leading(reader: Reader, nodes: tuple[Node, ...]) -> list[Decorator]:
    """Return the decorators that stand before the node of a chunk; what is in them is not reported."""
    at, until = len(reader.out), reader.accessed_until
    found = [decorator(reader, node) for node in nodes]
    del reader.out[at:]
    reader.accessed_until = until
    return found
