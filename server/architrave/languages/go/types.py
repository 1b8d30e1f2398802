"""Types as Go writes them: the one class that a type names, and what a slice holds."""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk

_NUMBERS = ("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "float32", "float64")
BUILTIN = frozenset({"any", "bool", "byte", "comparable", "complex64", "complex128", "error", "rune", "string", *_NUMBERS})


def type_target(chunk: Chunk, node: Node) -> str:
    """Return `T()` for `T`, `*T`, `pkg.T` and `T[X]`; "" for slices, maps, functions and built-in types."""
    while node.type in ("pointer_type", "parenthesized_type") and node.named_children:
        node = node.named_children[0]
    if node.type == "generic_type":
        node = node.children[0]
    if node.type == "qualified_type":
        return f"{chunk.source(node)}()"
    if node.type == "type_identifier":
        name = chunk.source(node)
        return "" if name in BUILTIN else f"{name}()"
    return ""


def element(chunk: Chunk, node: Node | None) -> str:
    """Return the target of what a slice holds; "" for all other types."""
    if node is None or node.type != "slice_type" or not node.named_children:
        return ""
    return type_target(chunk, node.named_children[-1])


def literal_element(chunk: Chunk, node: Node) -> str:
    """Return the target of what `[]T{…}` and `make([]T, n)` hold."""
    if node.type == "composite_literal":
        return element(chunk, node.children[0])
    if node.type == "call_expression" and node.children[-1].named_children:  # Of `make`.
        return element(chunk, node.children[-1].named_children[0])
    return ""


def first_result(result: Node) -> Node:
    """Return the first type of a function's results."""
    if result.type != "parameter_list":
        return result
    first = result.named_children[0] if result.named_children else None
    return (first.child_by_field_name("type") if first is not None else None) or result


def function_name(chunk: Chunk, node: Node) -> str:
    """Return the name of a function, `Type.Method` for a method."""
    name = node.child_by_field_name("name")
    own = chunk.source(name) if name is not None else "?"
    receiver = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
    parameter = receiver.named_children[0] if receiver is not None and receiver.named_children else None
    type_node = parameter.child_by_field_name("type") if parameter is not None else None
    owner = type_target(chunk, type_node).removesuffix("()") if type_node is not None else ""
    return f"{owner}.{own}" if owner else own


def members(struct: Node) -> Node | None:
    """Return the part of a struct that has its fields."""
    return next((child for child in struct.children if child.type == "field_declaration_list"), None)


def bare(written: str) -> str:
    return written.lstrip("*&[]").partition("[")[0]


def is_exported(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()
