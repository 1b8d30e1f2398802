"""Constants that paths may be put together of, in the languages where they need no class: `export const PATHS = { orders: "/orders" }`."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PathConstant
from architrave.facts.code import Assignment
from architrave.facts.values import Mapping, Name, String, Template, Value
from architrave.framework import File, Framework
from architrave.node.routers import braces
from architrave.regexes import regex

framework = Framework("path-constants", languages=("javascript", "typescript", "python"))

_PATH = regex(r"[\w/:{}*.@$()\[\]+?-]{0,120}")
_DEPTH = 3  # Objects in objects.


@framework.every(Assignment)
def constant(assignment: Assignment, file: File) -> Iterator[Fact]:
    kind = type(assignment.value)
    if not assignment.function and (kind is String or kind is Template or kind is Mapping) and "." not in assignment.target:
        for name, known in _texts(assignment.target, assignment.value, file, _DEPTH):
            yield PathConstant(assignment.span, name, known if file.language == "python" else braces(known))


def _texts(name: str, value: Value, file: File, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for entry in value.entries if depth else ():
            if entry.key:
                yield from _texts(f"{name}.{entry.key}", entry.value, file, depth - 1)
        return
    written = _written(value, file, depth)
    if written is not None and _PATH.fullmatch(written):
        yield name, written


def _written(value: Value | None, file: File, depth: int) -> str | None:
    value = file.constant(value)
    if isinstance(value, Template):
        parts = [_written(part, file, depth - 1) for part in value.parts] if depth else [None]
        return "".join(part for part in parts if part is not None) if None not in parts else None
    if isinstance(value, Name):
        return f"{{{value.name}}}" if "." in value.name else None
    return value.value if isinstance(value, String) else None
