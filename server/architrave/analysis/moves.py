"""Facts that an edit has only moved: what was found with them is moved too, and no rule runs again.

A key in the body of a function mostly changes nothing but where the rest of the function is. The places before the edit stay, those
after it move by the same, so every comparison of two places gives what it gave, and so does every rule.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from architrave.facts import code
from architrave.findings import Edit, Finding, Fix, Related
from architrave.text import Location, Span


class Move(NamedTuple):
    """In one chunk of a file, places up to `start` stay and those after `end` move by `offset`."""

    path: str
    chunk: int
    start: int
    end: int
    offset: int

    def of(self, span: Span) -> Span:
        """Return where a span is afterwards."""
        if span.chunk != self.chunk or span.end <= self.start:
            return span
        return Span(self._at(span.start), self._at(span.end), span.chunk)

    def _at(self, place: int) -> int:
        return place + self.offset if place > self.end else place


def is_moved(kind: type, old: tuple[Any, ...], new: tuple[Any, ...], move: Move) -> bool:
    """Whether the facts of a kind are the same but for the move."""
    if len(old) != len(new):
        return False
    may_grow = kind.__module__ == code.__name__  # Rules may look at how long the text is of what means more.
    for one, other in zip(old, new, strict=True):
        if one is other or (one.span.chunk != move.chunk and one == other):
            continue
        if one.span.chunk != move.chunk or not _is_moved(one, other, move, may_grow):
            return False
    return True


def _is_moved(old: Any, new: Any, move: Move, may_grow: bool) -> bool:
    if isinstance(old, Span):
        if not isinstance(new, Span) or old.chunk != new.chunk:
            return False
        if old.chunk != move.chunk:
            return old == new
        started, ended = _step(old.start, new.start, move), _step(old.end, new.end, move)
        return started is not None and ended is not None and (may_grow or started == ended)
    if isinstance(old, tuple):
        return (
            isinstance(new, tuple) and len(old) == len(new) and all(_is_moved(a, b, move, may_grow) for a, b in zip(old, new, strict=True))
        )
    if isinstance(old, Struct):
        return type(old) is type(new) and all(
            _is_moved(getattr(old, name), getattr(new, name), move, may_grow) for name in old.__struct_fields__
        )
    return bool(old == new)


def _step(old: int, new: int, move: Move) -> bool | None:
    """Return whether a place has moved; None when it is neither where it was nor moved with the rest."""
    if old == new:
        return False if old <= move.start else None
    return True if new == old + move.offset and old > move.end else None


def moved(finding: Finding, moves: list[Move]) -> Finding:
    """Return a finding after moves, in their order."""
    for move in moves:
        if _touches(finding, move):
            finding = replace(
                finding,
                location=_location(finding.location, move),
                related=tuple(Related(_location(item.location, move), item.message) for item in finding.related),
                fix=_fix(finding.fix, move) if finding.fix is not None else None,
            )
    return finding


def _touches(finding: Finding, move: Move) -> bool:
    return (
        _is_in(finding.location, move)
        or any(_is_in(item.location, move) for item in finding.related)
        or (
            finding.fix is not None
            and any(_is_in(edit.location, move) or (edit.copied is not None and _is_in(edit.copied, move)) for edit in finding.fix.edits)
        )
    )


def _is_in(location: Location, move: Move) -> bool:
    return location.path == move.path and location.span.chunk == move.chunk


def _location(location: Location, move: Move) -> Location:
    return Location(location.path, move.of(location.span)) if _is_in(location, move) else location


def _fix(fix: Fix, move: Move) -> Fix:
    return replace(fix, edits=tuple(_edit(edit, move) for edit in fix.edits))


def _edit(edit: Edit, move: Move) -> Edit:
    return replace(edit, location=_location(edit.location, move), copied=_location(edit.copied, move) if edit.copied is not None else None)
