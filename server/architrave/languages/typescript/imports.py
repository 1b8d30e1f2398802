"""Imports of JavaScript and TypeScript: what a statement imports, and which names it binds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from architrave.language import Chunk


class Imported(NamedTuple):
    module: str
    name: str
    alias: str
    is_type_only: bool
    target: str = ""  # What the alias stands for; "" where there is none.


def imported(chunk: Chunk, node: Node) -> Iterator[Imported]:
    """Yield what an import statement imports."""
    source = clause = None
    is_type_only = False
    for child in node.children:
        kind = child.type
        if kind == "string":
            source = child
        elif kind in ("import_clause", "import_require_clause"):
            clause = child
        elif kind == "type":
            is_type_only = True
    if source is None and clause is not None:
        source = clause.child_by_field_name("source")
    if source is None:
        return
    module = chunk.source(source).strip("\"'`")
    plain = module.removeprefix("node:")
    if clause is None:
        yield Imported(module, "", "", is_type_only)
        return
    is_required = clause.type == "import_require_clause"
    for item in clause.children:
        kind = item.type
        if kind == "identifier":
            alias = chunk.source(item)
            if is_required:  # import fs = require("fs")
                yield Imported(module, "", alias, is_type_only, plain)
            else:
                yield Imported(module, "default", alias, is_type_only, f"{plain}.default" if plain.startswith(".") else plain)
        elif kind == "namespace_import":
            alias = chunk.source(item.children[-1])
            yield Imported(module, "", alias, is_type_only, plain)
        elif kind == "named_imports":
            for specifier in item.children:
                if specifier.type == "import_specifier":
                    yield _specified(chunk, specifier, module, plain, is_type_only)


def _specified(chunk: Chunk, specifier: Node, module: str, plain: str, is_type_only: bool) -> Imported:
    """Return what `name as alias` imports."""
    parts = specifier.children
    first = parts[0]
    if len(parts) > 1 and first.type == "type" and not first.is_named:
        is_type_only, first = True, parts[1]
    name, alias = chunk.source(first).strip("\"'"), chunk.source(parts[-1])
    target = plain if name == "default" and not plain.startswith(".") else f"{plain}.{name}"
    return Imported(module, name, alias if parts[-1] is not first else name, is_type_only, target)
