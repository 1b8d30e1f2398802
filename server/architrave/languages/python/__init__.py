"""Python."""

from __future__ import annotations

from architrave.language import CodeLanguage, nested_name
from architrave.languages.python.bindings import bind
from architrave.languages.python.imports import resolve
from architrave.languages.python.statements import read
from architrave.parts import Shape
from architrave.syntax import Grammar

LANGUAGE = CodeLanguage(
    name="python",
    comment="#",
    suffixes=(".py", ".pyi"),
    grammars={"": Grammar("tree_sitter_python")},
    members={"class_definition": "block"},
    wrappers=frozenset({"decorated_definition"}),
    owner=nested_name,
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
