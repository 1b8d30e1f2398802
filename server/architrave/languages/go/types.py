"""Types as Go writes them: the one class that a type names, and what a slice holds."""

from __future__ import annotations

import re

from tree_sitter import Node

from architrave.language import Chunk
from architrave.regexes import regex

_NUMBERS = ("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "float32", "float64")
BUILTIN = frozenset({"any", "bool", "byte", "comparable", "complex64", "complex128", "error", "rune", "string", *_NUMBERS})
_NO_CLASS = frozenset({*BUILTIN, "map", "chan", "func", "struct", "interface"})
_CLASS = regex(r"[(*\s]*([^\W\d]\w*(?:\.\w+)?)(?:\[.+\])?[)\s]*", re.DOTALL)


def type_target(written: str) -> str:
    """Return `T()` for `T`, `*T`, `pkg.T` and `T[X]`; "" for slices, maps, functions and built-in types."""
    match = _CLASS.fullmatch(written)
    return f"{match[1]}()" if match is not None and match[1] not in _NO_CLASS else ""


def held(written: str) -> str:
    """Return the target of what a slice holds; "" for all other types."""
    return type_target(written[2:]) if written.startswith("[]") else ""


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
    owner = type_target(chunk.source(type_node)).removesuffix("()") if type_node is not None else ""
    return f"{owner}.{own}" if owner else own


def members(struct: Node) -> Node | None:
    """Return the part of a struct that has its fields."""
    return next((child for child in struct.children if child.type == "field_declaration_list"), None)


def bare(written: str) -> str:
    return written.lstrip("*&[]").partition("[")[0]


def is_exported(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()
