"""What a chunk of Rust binds for the whole file: imports, constants, fields of structs, traits of types, what functions return."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from architrave.language import Chunk
from architrave.languages.rust.attributes import TESTS
from architrave.languages.rust.imports import imported
from architrave.languages.rust.naming import plain
from architrave.languages.rust.types import type_target
from architrave.names import Binding, Names

RESULT = "()"  # The scope in which the name of a function means what it returns.


def bind(chunk: Chunk) -> Iterator[Binding]:
    """Yield what a chunk binds for the whole file: imports, constants, fields of structs, traits of types, what functions return."""
    node, owner = chunk.node, chunk.owner
    if owner.startswith(TESTS):
        return
    kind = node.type
    if kind in ("function_item", "function_signature_item"):
        name, result = node.child_by_field_name("name"), node.child_by_field_name("return_type")
        if name is not None and result is not None:
            own = chunk.source(name)
            target = type_target(chunk, result, owner)
            yield Binding(RESULT, f"{owner}.{own}".replace(".", "/") if owner else own, target or "?")
    elif kind == "use_declaration":
        for module, name_, alias in imported(chunk, node):
            if name_ != "*" and alias != "_":
                yield Binding(owner, alias, f"{module}.{name_}" if name_ else module, True)
    elif kind == "mod_item":
        name = node.child_by_field_name("name")
        if name is not None and node.child_by_field_name("body") is None:
            yield Binding(owner, chunk.source(name), f"self.{chunk.source(name)}", True)
    elif kind == "struct_item":
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        scope = f"{owner}.{chunk.source(name)}()" if owner else f"{chunk.source(name)}()"
        for member in body.named_children if body.type == "field_declaration_list" else ():
            if member.type != "field_declaration":
                continue
            own_node, type_node = member.child_by_field_name("name"), member.child_by_field_name("type")
            target = type_target(chunk, type_node, "") if type_node is not None else ""
            if own_node is not None and target:
                yield Binding(scope, chunk.source(own_node), target)
    elif kind == "impl_item":
        trait, type_node = node.child_by_field_name("trait"), node.child_by_field_name("type")
        if trait is not None and type_node is not None:
            written = plain(chunk.source(trait))
            yield Binding("", f"impl {plain(chunk.source(type_node))} {written}", written)
    elif kind in ("static_item", "const_item"):
        name, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name is not None and type_node is not None:
            target = type_target(chunk, type_node, owner)
            yield Binding(owner, chunk.source(name), target or chunk.source(name))


@lru_cache(maxsize=2)
def of_file(names: Names) -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Return the constants of a file, and the traits that it implements for each type."""
    constants: set[str] = set()
    traits: dict[str, tuple[str, ...]] = {}
    for binding in names.of_file():
        if binding.name.startswith("impl "):
            _, owner, trait = binding.name.split(" ", 2)
            traits[owner] = (*traits.get(owner, ()), trait)
        elif not binding.is_resolved:
            constants.add(binding.name)
    return frozenset(constants), traits
