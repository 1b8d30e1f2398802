"""Literals: text and templates, numbers, arrays and objects."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.values import Boolean, Entry, Function, Mapping, Null, Sequence, String, Template, Unknown, Value
from architrave.languages.typescript.chains import first_of
from architrave.languages.typescript.reader import Reader
from architrave.languages.typescript.values import number as number_of
from architrave.languages.typescript.values import unescaped


def string(reader: Reader, node: Node, depth: int) -> Value:
    return String(reader.span(node), unescaped(reader.text[node.start_byte + 1 : node.end_byte - 1].decode("utf-8", "replace")))


def template(reader: Reader, node: Node, depth: int) -> Value:
    parts: list[Value] = []
    is_text = True
    for child in node.children:
        if not child.is_named:
            continue
        if child.type == "template_substitution":
            is_text = False
            expression = first_of(child)
            parts.append(reader.value(expression, depth + 1) if expression is not None else Unknown(reader.span(child)))
            if child.has_error:
                reader.broken(child.children)
            continue
        span, text = reader.span(child), unescaped(reader.source(child))
        last = parts[-1] if parts else None
        if isinstance(last, String):  # An escape sequence splits the text.
            parts[-1] = String(last.span.until(span), last.value + text)
        else:
            parts.append(String(span, text))
    if is_text or all(isinstance(part, String) for part in parts):
        return String(reader.span(node), "".join(part.value for part in parts if isinstance(part, String)))
    return Template(reader.span(node), tuple(parts))


def number(reader: Reader, node: Node, depth: int) -> Value:
    return number_of(reader.span(node), reader.source(node))


def true(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), True)


def false(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), False)


def null(reader: Reader, node: Node, depth: int) -> Value:
    return Null(reader.span(node))


def array(reader: Reader, node: Node, depth: int) -> Value:
    comments = reader.kinds.comments
    items = [child for child in node.children if child.is_named and child.kind_id not in comments]
    return Sequence(reader.span(node), tuple([reader.value(item, depth + 1) for item in items]))


def object_(reader: Reader, node: Node, depth: int) -> Value:
    entries = []
    for pair in node.children:
        if not pair.is_named:
            continue
        kind = pair.type
        children = pair.children
        if kind == "pair":
            key, value = children[0], children[-1]
            reader.between(children)
            if key.type == "computed_property_name":
                reader.inside(key)
                written = ""
            else:
                written = unescaped(reader.source(key).strip("\"'"))
            entries.append(Entry(reader.span(key), written, reader.value(value, depth + 1)))
        elif kind == "shorthand_property_identifier":
            entries.append(Entry(reader.span(pair), reader.source(pair), reader.value(pair, depth + 1)))
        elif kind == "spread_element":
            entries.append(Entry(reader.span(pair), "...", reader.value(pair, depth + 1)))
        elif kind == "method_definition":
            name = pair.child_by_field_name("name")
            found = reader.value(pair, depth + 1)
            if name is not None and isinstance(found, Function):
                entries.append(Entry(reader.span(name), reader.source(name), found))
        else:
            reader.visit(pair)
    return Mapping(reader.span(node), tuple(entries))
