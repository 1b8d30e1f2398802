"""Python."""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import CodeLanguage
from architrave.languages.python.bindings import bind
from architrave.languages.python.imports import resolve
from architrave.languages.python.statements import read
from architrave.parts import Shape
from architrave.syntax import Grammar


def _owner(node: Node, owner: str, text: bytes) -> str:
    name = node.child_by_field_name("name")
    own = text[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else "?"
    return f"{owner}.{own}" if owner else own


LANGUAGE = CodeLanguage(
    name="python",
    comment="#",
    suffixes=(".py", ".pyi"),
    grammars={"": Grammar("tree_sitter_python")},
    members={"class_definition": "block"},
    wrappers=frozenset({"decorated_definition"}),
    owner=_owner,
    bind=bind,
    read=read,
    resolve=resolve,
    shape=Shape(
        start=r"(?:async[ \t]+)?def\b|class\b",
        lead="@",
        holder=r"(?P<kind>class)[ \t]+(?P<name>\w+)",
        opener=":",
        member=r"(?:async[ \t]+)?def\b|class\b",
        filler="pass",
        comment="#",
        block="if 1",
    ),
)
