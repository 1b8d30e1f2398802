"""Imports and types of Go to facts."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.facts.code import Decorator, Definition, Field, Import
from architrave.facts.values import Argument, String
from architrave.languages.go.imports import imported
from architrave.languages.go.reader import Reader
from architrave.languages.go.signatures import header, parameters, returned
from architrave.languages.go.types import BUILTIN, bare, is_exported, members
from architrave.languages.go.values import unescaped
from architrave.regexes import regex

_TAG = regex(r'([\w.-]+):"((?:[^"\\]|\\.)*)"')


def import_(reader: Reader, node: Node, depth: int) -> None:
    module, alias = imported(reader.chunk, node)
    if module:
        reader.out.append(Import(reader.span(node), module, "*" if alias == "." else "", "*" if alias == "." else alias))


def type_(reader: Reader, node: Node, depth: int) -> None:
    name_node, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
    if name_node is None or type_node is None:
        return
    name, kind = reader.source(name_node), type_node.type
    if kind == "struct_type":
        _struct(reader, node, name_node, type_node)
    elif kind == "interface_type":
        _interface(reader, node, name_node, type_node)
    else:
        base = bare(reader.type(type_node).text) if kind in ("qualified_type", "type_identifier") else ""
        bases = (base,) if base and base not in BUILTIN else ()
        reader.out.append(Definition(reader.span(node), reader.span(name_node), name, "type", (), bases, is_exported=is_exported(name)))


def _struct(reader: Reader, node: Node, name_node: Node, struct: Node) -> None:
    name, body = reader.source(name_node), members(struct)
    fields = list(_fields(reader, name, body)) if body is not None else []
    bases = tuple([bare(item.type) for item, is_embedded in fields if is_embedded])
    whole = header(reader, node, body)
    reader.out.append(Definition(whole, reader.span(name_node), name, "struct", (), bases, is_exported=is_exported(name)))
    reader.out.extend([item for item, _ in fields])


def _fields(reader: Reader, owner: str, body: Node) -> Iterator[tuple[Field, bool]]:
    """Yield the fields of a struct, and whether each is embedded."""
    for member in body.named_children:
        type_node = member.child_by_field_name("type") if member.type == "field_declaration" else None
        if type_node is None:
            continue
        written = reader.type(type_node).text
        tag = member.child_by_field_name("tag")
        decorators = _tags(reader, tag) if tag is not None else ()
        names = member.children_by_field_name("name")
        span = reader.span(member)
        for name in names:
            yield Field(span, owner, reader.source(name), written, None, decorators), False
        if not names:
            pointer = "*" if member.children[0].type == "*" else ""
            yield Field(span, owner, bare(written).rpartition(".")[2], pointer + written, None, decorators), True


def _tags(reader: Reader, tag: Node) -> tuple[Decorator, ...]:
    content = reader.source(tag)
    found = []
    for match in _TAG.finditer(content):
        start = tag.start_byte + len(content[: match.start()].encode())
        end = start + len(match[0].encode())
        quoted = reader.chunk.between(start + len(match[1].encode()) + 1, end)
        value = Argument(quoted, String(quoted, unescaped(match[2])))
        found.append(Decorator(reader.chunk.between(start, end), match[1], (value,), match[1]))
    return tuple(found)


def _interface(reader: Reader, node: Node, name_node: Node, interface: Node) -> None:
    name, elements = reader.source(name_node), interface.named_children
    whole = header(reader, node, elements[0] if elements else None)
    embedded = [child for child in elements if child.type == "type_elem" and len(child.named_children) == 1]
    bases = tuple([bare(reader.type(child).text) for child in embedded])
    reader.out.append(Definition(whole, reader.span(name_node), name, "interface", (), bases, is_exported=is_exported(name)))
    for method in elements:
        own = method.child_by_field_name("name") if method.type == "method_elem" else None
        if own is None:
            continue
        reader.out.append(
            Definition(
                reader.span(method),
                reader.span(own),
                f"{name}.{reader.source(own)}",
                "method",
                (),
                (),
                parameters(reader, method.child_by_field_name("parameters"), is_read=False),
                returned(reader, method, is_read=False),
                is_exported=is_exported(reader.source(own)),
            )
        )
