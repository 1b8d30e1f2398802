"""Classes and their fields, interfaces, enums and types."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.facts.code import Decorator, Definition, Field
from architrave.languages.typescript.chains import chain_of, owner_of
from architrave.languages.typescript.headers import decorator, decorators, header
from architrave.languages.typescript.patterns import assigned
from architrave.languages.typescript.reader import Reader

_METHODS = frozenset({"method_definition", "abstract_method_signature"})


def class_(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    body = next((child for child in reversed(children) if child.type == "class_body"), None)
    name = node.child_by_field_name("name")
    qualified = owner_of(node, reader.definition, reader.text)
    start, exported = node.start_byte, reader.export
    reader.export = None
    at = len(reader.out)
    leads: list[Decorator] = []
    if exported is not None:
        start = exported.start_byte
        leads = decorators(reader, exported.children)
        at = len(reader.out)
    leads.extend(decorators(reader, children))
    bases: list[str] = []
    for child in children:
        if child.type == "class_heritage":
            clauses = [inner for inner in child.children if inner.type in ("extends_clause", "implements_clause")]
            for clause in clauses or [child]:
                bases.extend(_bases(reader, clause))
    span = header(reader, start, body, node.end_byte)
    own = reader.span(name) if name is not None else span
    reader.out.insert(at, Definition(span, own, qualified, "class", tuple(leads), tuple(bases), is_exported=exported is not None))
    for child in children:
        if child.type in ("class_heritage", "ERROR"):
            reader.inside(child)
    if body is not None and node.end_byte <= reader.chunk.end:
        outer = reader.owner, reader.definition
        reader.owner = reader.definition = qualified
        _members(reader, body)
        reader.owner, reader.definition = outer


def _members(reader: Reader, body: Node) -> None:
    start = -1
    found: list[Decorator] = []
    for child in body.children:
        kind = child.type
        if kind == "decorator":
            start = start if found else child.start_byte
            found.append(decorator(reader, child))
            continue
        if found and kind in _METHODS:
            reader.leads = (start, found)
        reader.visit(child)
        if child.is_named and kind != "comment":
            found, reader.leads = [], None


def _bases(reader: Reader, clause: Node) -> Iterator[str]:
    written = ""
    for child in clause.children:
        if not child.is_named:
            continue
        kind = child.type
        if kind == "type_arguments":
            if written:
                yield written + reader.type_text(reader.source(child), reader.function)
            written = ""
            continue
        if written:
            yield written
        if kind == "generic_type":
            written = reader.type_text(reader.source(child), reader.function)
        else:
            name = chain_of(reader.chunk, child) or (reader.source(child) if kind == "type_identifier" else "")
            written = reader.names.resolve(name, reader.function) if name else ""
    if written:
        yield written


def field(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    name = node.child_by_field_name("name") or node.child_by_field_name("property")
    if name is None or not reader.owner or reader.function:
        reader.inside(node)
        return
    at = len(reader.out)
    found = decorators(reader, children)
    if name.type == "computed_property_name":
        reader.inside(name)
    if node.has_error:
        reader.broken(children)
    declared, value = assigned(children)
    type_ = reader.type(declared, "") if declared is not None else ""
    known = reader.value(value) if value is not None else None
    reader.out.insert(at, Field(reader.span(node), reader.owner, reader.source(name), type_, known, tuple(found)))


def shape(reader: Reader, node: Node, depth: int) -> None:
    """An interface, an enum or a type."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body") or node.child_by_field_name("value")
    if name is None:
        return
    written = reader.source(name)
    qualified = f"{reader.definition}.{written}" if reader.definition else written
    kind = node.type
    bases: list[str] = []
    for child in node.children:
        if child.type == "extends_type_clause":
            bases.extend(_bases(reader, child))
    reader.out.append(
        Definition(
            header(reader, node.start_byte, body, node.end_byte),
            reader.span(name),
            qualified,
            "enum" if kind == "enum_declaration" else "interface" if kind == "interface_declaration" else "type",
            (),
            tuple(bases),
            is_exported=reader.chunk.node.type == "export_statement",
        )
    )
    if body is None:
        return
    if kind == "enum_declaration":
        reader.inside(body)
    elif body.type in ("interface_body", "object_type"):
        for item in body.children:
            if item.type == "property_signature":
                _declared(reader, item, qualified)
            elif item.type == "ERROR":
                reader.inside(item)


def _declared(reader: Reader, node: Node, owner: str) -> None:
    """Report a field that an interface declares."""
    name = node.child_by_field_name("name")
    if name is None:
        return
    declared = node.child_by_field_name("type")
    type_ = reader.type(declared, reader.function) if declared is not None else ""
    reader.out.append(Field(reader.span(node), owner, reader.source(name), type_))
