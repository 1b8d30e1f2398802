"""What a chunk of Java binds for the whole file: imports, and the fields, methods and nested types of classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.java.imports import ANY, imported, is_static
from architrave.languages.java.types import element_target, type_target
from architrave.names import Binding

METHOD = "#"  # In front of the name of a method: a field may have the same name.
ELEMENT = "[]"  # Behind the name of a collection: what its elements are.
KINDS: dict[str, Literal["class", "interface", "enum", "type"]] = {
    "class_declaration": "class",
    "record_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "annotation_type_declaration": "type",
}


def bind(chunk: Chunk) -> Iterator[Binding]:
    node = chunk.node
    kind = node.type
    if kind == "import_declaration":
        module, name, alias = imported(chunk, node)
        if name == ANY:
            if is_static(node):
                yield Binding("", METHOD + ANY, module, True)
        elif module or name:
            yield Binding("", alias, f"{module}.{name}" if module else name, True)
            if "." in name and is_static(node):
                yield Binding("", METHOD + alias, f"{module}.{name}", True)
    elif kind in KINDS:
        yield from _class(chunk, node)
    elif chunk.owner:
        if kind == "enum_body_declarations":
            for child in node.named_children:
                yield from _member(chunk, child)
        else:
            yield from _member(chunk, node)


def _member(chunk: Chunk, node: Node) -> Iterator[Binding]:
    kind, owner = node.type, chunk.owner
    if kind == "method_declaration":
        name = name_of(chunk, node)
        yield Binding(owner, METHOD + name, f"{owner}().{name}", True)
    elif kind == "field_declaration" or kind == "constant_declaration":
        type_node: Node | None = None
        for child in node.named_children:
            if child.type == "variable_declarator":
                if type_node is not None:
                    yield from _typed(chunk, owner, chunk.source(child.children[0]), type_node)
            elif child.type != "modifiers":
                type_node = child


def _class(chunk: Chunk, node: Node) -> Iterator[Binding]:
    own = name_of(chunk, node)
    qualified = f"{chunk.owner}.{own}" if chunk.owner else own
    if chunk.owner:
        yield Binding(chunk.owner, own, qualified, True)
    yield Binding(qualified, "this", f"{qualified}()", True)
    for child in node.named_children:
        if child.type == "superclass" and child.named_children:
            yield Binding(qualified, "super", type_target(chunk, child.named_children[0]) or "super")
        elif child.type == "formal_parameters":
            for parameter in child.named_children:
                type_node = parameter.child_by_field_name("type")
                if type_node is not None:
                    yield from _typed(chunk, qualified, name_of(chunk, parameter), type_node)


def _typed(chunk: Chunk, owner: str, name: str, type_node: Node) -> Iterator[Binding]:
    target = type_target(chunk, type_node)
    if target:
        yield Binding(f"{owner}()", name, target)
        yield Binding(owner, name, target)
        element = element_target(chunk, type_node)
        if element:
            yield Binding(owner, name + ELEMENT, element)


def name_of(chunk: Chunk, node: Node) -> str:
    name = node.child_by_field_name("name")
    return chunk.source(name) if name is not None else "?"
