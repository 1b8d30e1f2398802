"""What a chunk of Go binds for the whole file: imports, variables at the top, fields of structs, and what functions return."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.go.chains import written
from architrave.languages.go.imports import imported
from architrave.languages.go.types import first_result, members, type_target
from architrave.names import Binding

RESULT = "()"  # The scope in which the name of a function means what it returns.
_LISTS = frozenset({"import_spec_list", "var_spec_list", "type_declaration", "ERROR"})


def bind(chunk: Chunk) -> Iterator[Binding]:
    kind = chunk.node.type
    if kind == "function_declaration":
        name, result = chunk.node.child_by_field_name("name"), chunk.node.child_by_field_name("result")
        target = type_target(chunk.source(first_result(result))) if result is not None else ""
        if name is not None and target:
            yield Binding(RESULT, chunk.source(name), target)
    elif kind in ("import_declaration", "type_declaration", "var_declaration", "ERROR"):
        for node in _specs(chunk.node):
            yield from _bound(chunk, node)


def _specs(node: Node) -> Iterator[Node]:
    """Yield what a declaration declares, in one line or between parentheses, also where it is half-typed."""
    stack = [node]
    while stack:
        for child in stack.pop().named_children:
            if child.type in _LISTS or child.type == "import_declaration":
                stack.append(child)
            else:
                yield child


def _bound(chunk: Chunk, node: Node) -> Iterator[Binding]:
    kind = node.type
    if kind == "import_spec":
        module, alias = imported(chunk, node)
        if alias not in ("_", "."):
            yield Binding("", alias, module, True)
    elif kind == "type_spec":
        yield from _fields(chunk, node)
    elif kind == "var_spec" and chunk.node.type == "var_declaration":
        yield from _variables(chunk, node)


def _fields(chunk: Chunk, node: Node) -> Iterator[Binding]:
    name, struct = node.child_by_field_name("name"), node.child_by_field_name("type")
    fields = members(struct) if struct is not None and struct.type == "struct_type" else None
    if name is None or fields is None:
        return
    owner = f"{chunk.source(name)}()"
    for member in fields.named_children:
        declared = member.child_by_field_name("type") if member.type == "field_declaration" else None
        target = type_target(chunk.source(declared)) if declared is not None else ""
        if not target:
            continue
        names = [chunk.source(item) for item in member.children_by_field_name("name")]
        for field in names or [target.removesuffix("()").rpartition(".")[2]]:
            yield Binding(owner, field, target)


def _variables(chunk: Chunk, node: Node) -> Iterator[Binding]:
    """Yield what the variables of a `var` stand for."""
    type_node, values = node.child_by_field_name("type"), node.child_by_field_name("value")
    declared = type_target(chunk.source(type_node)) if type_node is not None else ""
    given = values.named_children if values is not None else []
    for index, name in enumerate(node.children_by_field_name("name")):
        target = declared or (written(chunk, given[index]) if index < len(given) else "")
        if target:
            yield Binding("", chunk.source(name), target)
