"""What a `use` imports, read off its text."""

from __future__ import annotations

import re

from tree_sitter import Node

from architrave.language import Chunk
from architrave.regexes import regex

Imported = tuple[str, str, str]  # module, name, alias

_COMMENT = regex(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = regex(r"(?:r#)?\w+|[{},*]")  # What paths are made of, but `::`.


def imported(chunk: Chunk, node: Node) -> list[Imported]:
    """Return what each leaf of the tree of a `use` imports."""
    return chunk.once(_of_chunk) if node == chunk.node else _leaves(chunk, node)


def _of_chunk(chunk: Chunk) -> list[Imported]:
    return _leaves(chunk, chunk.node)


def _leaves(chunk: Chunk, node: Node) -> list[Imported]:
    argument = node.child_by_field_name("argument")
    if argument is None:
        return []
    source = chunk.source(argument)
    if "/" in source:
        source = _COMMENT.sub("", source)
    found: list[Imported] = []
    outer: list[list[str]] = []
    prefix: list[str] = []
    path: list[str] = []
    for token in (*_TOKEN.findall(source), ","):
        if token == "{":
            outer.append(prefix)
            prefix, path = [*prefix, *path], []
        elif token == "," or token == "}":
            if path:
                found.append(_leaf(prefix, path))
            path = []
            if token == "}" and outer:
                prefix = outer.pop()
        else:
            path.append(token)
    return found


def _leaf(prefix: list[str], path: list[str]) -> Imported:
    if path[-1] == "*":
        return ".".join([*prefix, *path[:-1]]) or "self", "*", "*"
    alias = ""
    if len(path) > 2 and path[-2] == "as":
        *path, _, alias = path
    if path == ["self"] and prefix:  # use a::b::{self}
        path = []
    *module, name = *prefix, *path
    if not module:
        return name, "", alias or name
    return ".".join(module), name, alias or name
