"""Literals: text, numbers, and what is composed of values."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Call
from architrave.facts.values import Argument, Boolean, Invocation, Number, Sequence, String, Value
from architrave.languages.rust.naming import plain
from architrave.languages.rust.reader import Reader
from architrave.languages.rust.values import number as number_of
from architrave.languages.rust.values import unescaped
from architrave.text import Span


def string(reader: Reader, node: Node, depth: int) -> Value:
    return String(reader.span(node), text_of(reader, node))


def text_of(reader: Reader, node: Node) -> str:
    source = reader.source(node)
    if source.startswith('"') and len(source) > 1 and not node.has_error:
        return unescaped(source[1:-1])
    content = "".join([reader.source(child) for child in node.named_children if child.type != "ERROR"])  # r#"…"#, b"…"
    return content if node.type == "raw_string_literal" else unescaped(content)


def character(reader: Reader, node: Node, depth: int) -> Value:
    return String(reader.span(node), unescaped(reader.source(node)[1:-1]))


def number(reader: Reader, node: Node, depth: int) -> Value:
    return number_of(reader.span(node), reader.source(node))


def boolean(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), reader.source(node) == "true")


def signed(span: Span, sign: str, value: Value | None) -> Value | None:
    if sign == "-" and isinstance(value, Number):
        return Number(span, -value.value)
    return value if sign == "*" else None


def sequence(reader: Reader, node: Node, depth: int) -> Value | None:
    if node.type == "array_expression" and node.child_by_field_name("length") is not None:  # [0; 8]
        reader.inside(node)
        return None
    return Sequence(reader.span(node), tuple(reader.each(node, depth + 1)))


def struct(reader: Reader, node: Node, depth: int) -> tuple[str, Value | None]:
    """Report `Order { id }` as a call; return what it is in a chain of names, and its value."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None:
        reader.inside(node)
        return "", None
    written = plain(reader.source(name))
    # A type is never a variable: `json::Order { id }` is of the module, whatever a parameter is called.
    callee = reader.resolve(written) if written.startswith("Self") else reader.names.resolve(written, reader.owner)
    at = len(reader.out)
    arguments = _initializers(reader, body, depth + 1)
    span = reader.span(node)
    begins = body.start_byte + 1 - reader.base
    reader.out.insert(
        at,
        Call(
            span,
            reader.span(name),
            Span(begins, max(begins, body.end_byte - 1 - reader.base), reader.id),
            callee,
            arguments,
            reader.function,
            reader.in_loop,
            False,
            reader.in_error,
            written=written,
        ),
    )
    return f"{written}()", Invocation(span, callee, arguments) if depth <= reader.deepest else None


def _initializers(reader: Reader, body: Node, depth: int) -> tuple[Argument, ...]:
    found = []
    for item in body.named_children:
        kind = item.type
        parts = item.named_children
        if kind == "field_initializer":
            field, value = item.child_by_field_name("field"), item.child_by_field_name("value")
            if field is not None and value is not None:
                found.append(Argument(reader.span(item), reader.value(value, depth), reader.source(field)))
            else:
                reader.inside(item)
        elif kind == "shorthand_field_initializer" and parts:
            found.append(Argument(reader.span(item), reader.value(parts[-1], depth), reader.source(parts[-1])))
        elif kind == "base_field_initializer" and parts:
            found.append(Argument(reader.span(item), reader.value(parts[0], depth), "**"))
        else:
            reader.visit(item)
    return tuple(found)
