"""Imports, modules, types and constants of Rust to facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tree_sitter import Node

from architrave.facts.code import Assignment, Definition, Field, Import
from architrave.languages.rust.attributes import COMMENTS, is_test
from architrave.languages.rust.headers import decorator, header, is_public
from architrave.languages.rust.imports import imported
from architrave.languages.rust.reader import Reader

Kind = Literal["struct", "enum", "trait"]


def use(reader: Reader, node: Node, depth: int) -> None:
    reader.attributes = []
    span, is_reexport = reader.span(node), is_public(node)
    where = reader.function or reader.owner
    for module, name, alias in imported(reader.chunk, node):
        module = seen_from_file(reader, module)
        reader.out.append(Import(span, module, name, alias, False, False, where))
        if is_reexport:  # The name also is one of this module, for the files that import it.
            reader.out.append(Import(span, module, name, alias, False, True, where))


def seen_from_file(reader: Reader, module: str) -> str:
    """Return a module as seen from the file: `super` in a module inside the file is the file itself."""
    depth = reader.owner.count(".") + 1 if reader.owner and reader.chunk.node.type != "function_item" else 0
    while depth and module.partition(".")[0] == "super":
        module = f"self{module[5:]}"
        depth -= 1
        if module.startswith("self.super"):
            module = module[5:]
    return module


def module(reader: Reader, node: Node, depth: int) -> None:
    if node.child_by_field_name("body") is not None:
        inside(reader, node, depth)
        return
    is_of_tests = any(is_test(reader.text, item) for item in reader.attributes)
    reader.attributes = []
    name = node.child_by_field_name("name")
    if name is not None and not is_of_tests:
        own = reader.source(name)
        reader.out.append(Import(reader.span(node), "self", own, own, function=reader.owner))


def inside(reader: Reader, node: Node, depth: int) -> None:
    """Visit a block of members, unless these are chunks of their own."""
    if reader.chunk.end >= node.end_byte:
        reader.inside(node)


def struct(reader: Reader, node: Node, depth: int) -> None:
    body = node.child_by_field_name("body")
    qualified = _define(reader, node, body, "struct")
    if body is not None and body.type == "field_declaration_list":
        reader.out.extend(_fields(reader, qualified, body))
    elif body is not None:
        types = [child for child in body.named_children if child.type not in ("visibility_modifier", "attribute_item", *COMMENTS)]
        reader.out.extend(Field(reader.span(item), qualified, str(index), reader.type(item)) for index, item in enumerate(types))


def enum(reader: Reader, node: Node, depth: int) -> None:
    body = node.child_by_field_name("body")
    qualified = _define(reader, node, body, "enum")
    if body is not None:
        reader.out.extend(_fields(reader, qualified, body))


def trait(reader: Reader, node: Node, depth: int) -> None:
    body, bounds = node.child_by_field_name("body"), node.child_by_field_name("bounds")
    bases = tuple([reader.type(item) for item in bounds.named_children if item.type != "lifetime"]) if bounds is not None else ()
    _define(reader, node, body, "trait", bases)
    if body is not None:
        inside(reader, node, depth)


def _define(reader: Reader, node: Node, body: Node | None, kind: Kind, bases: tuple[str, ...] | None = None) -> str:
    qualified = reader.qualified(node)
    name = node.child_by_field_name("name")
    whole, decorators = header(reader, node, body)
    if bases is None:
        bases = tuple([reader.names.resolve(each) for each in reader.traits.get(qualified, ())])
    place = reader.span(name) if name is not None else whole
    reader.out.append(Definition(whole, place, qualified, kind, decorators, bases, is_exported=is_public(node)))
    return qualified


def _fields(reader: Reader, owner: str, body: Node) -> Iterator[Field]:
    attributes: list[Node] = []
    for member in body.named_children:
        if member.type == "attribute_item":
            attributes.append(member)
        elif member.type in ("field_declaration", "enum_variant"):
            name, type_node = member.child_by_field_name("name"), member.child_by_field_name("type")
            inner = member.child_by_field_name("body")
            declared = type_node or (inner.named_children[0] if inner is not None and len(inner.named_children) == 1 else None)
            start = attributes[0].start_byte if attributes else member.start_byte
            yield Field(
                reader.chunk.between(start, member.end_byte),
                owner,
                reader.source(name) if name is not None else "?",
                reader.type(declared) if declared is not None else "",
                None,
                tuple([decorator(reader, item) for item in attributes]),
            )
            attributes = []


def alias(reader: Reader, node: Node, depth: int) -> None:
    name, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
    whole, decorators = header(reader, node, None)
    if name is not None and type_node is not None and not (reader.owner and reader.is_in_type):
        bases = (reader.type(type_node),)
        qualified = reader.qualified(node)
        reader.out.append(Definition(whole, reader.span(name), qualified, "type", decorators, bases, is_exported=is_public(node)))


def constant(reader: Reader, node: Node, depth: int) -> None:
    reader.attributes = []
    name, value, type_node = (node.child_by_field_name(part) for part in ("name", "value", "type"))
    if name is None or value is None:
        return
    at = len(reader.out)
    target = reader.source(name)
    if reader.is_in_type and not reader.function:
        target = f"{reader.owner}.{target}"
    declared = reader.type(type_node) if type_node is not None else ""
    known = reader.value(value)
    reader.out.insert(at, Assignment(reader.span(node), target, known, reader.function, declared))
