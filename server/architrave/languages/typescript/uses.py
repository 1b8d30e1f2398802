"""Which imported names a chunk of TypeScript uses other than as types. The compiler leaves out an import of which nothing else is used.

Only names that begin like those of classes are looked for, imported from files: all others count as used. Where a decorator stands, the
compiler may write types down for those who ask at run time, so a type counts there as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Used, is_watched
from architrave.language import Chunk
from architrave.names import Names
from architrave.text import Span

_AT, _CONSTRUCTOR = b"@", b"constructor("
_VALUES = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
_TYPES = frozenset({"nested_type_identifier", "type_query"})  # What stands for a value in them is part of a type: `orders.Order`.


def used(chunk: Chunk, names: Names) -> Iterator[Fact]:
    watched = names.once(_watched)
    if not watched or chunk.node.type == "import_statement":
        return
    text, start, end = chunk.text, chunk.start, chunk.end
    values, injected = [], []
    for name, written in watched:
        at = text.find(written, start, end)
        is_type = False
        while at >= 0:
            node = chunk.node.descendant_for_byte_range(at, at + len(written))
            if at < chunk.node.start_byte or node is None or _is_value(node, len(written)):
                values.append(name)
                break
            is_type = is_type or node.type == "type_identifier"
            at = text.find(written, at + len(written), end)
        else:
            if is_type and _has_decorator(chunk):
                values.append(name)
            elif is_type and text.find(_CONSTRUCTOR, start, end) >= 0:
                injected.append(name)
    if values or injected:
        yield Used(Span(0, 0, chunk.id), tuple(values), tuple(injected))


def _is_value(node: Node, length: int) -> bool:
    if node.end_byte - node.start_byte != length or node.type not in _VALUES:
        return False
    parent = node.parent
    while parent is not None and parent.type == "nested_identifier":
        parent = parent.parent
    return parent is None or parent.type not in _TYPES


def _has_decorator(chunk: Chunk) -> bool:
    if chunk.leads:
        return True
    at = chunk.text.find(_AT, chunk.start, chunk.end)
    while at >= 0:
        node = chunk.node.descendant_for_byte_range(at, at + 1)
        if node is not None and node.type == "@":
            return True
        at = chunk.text.find(_AT, at + 1, chunk.end)
    return False


def _watched(names: Names) -> tuple[tuple[str, bytes], ...]:
    return tuple((item.name, item.name.encode()) for item in names.of_file() if item.is_resolved and is_watched(item.name, item.target))
