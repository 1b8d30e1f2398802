"""An open document: the client's text, which counts more than what is on disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from architrave.analysis.buffer import Buffer
from architrave.lsp.positions import Encoding, Lines


@dataclass
class Moved:
    """A diagnostic that has been sent, with where it lies now. Edits move it until the analysis knows better."""

    start: int
    end: int
    diagnostic: dict[str, Any]


class Taken(NamedTuple):
    """What the analysis has of a document. Later edits do not touch it."""

    version: int
    lines: Lines
    changes: tuple[Any, ...]


@dataclass
class Document:
    """Changed by the main thread alone; the analysis gets copies of `buffer` and the changes since it last looked."""

    uri: str
    language: str
    version: int
    buffer: Buffer
    encoding: Encoding
    changes: list[Any] = field(default_factory=list)  # Since the analysis last took them.
    is_new: bool = True  # The analysis has not seen any text of it.
    shown: list[Moved] = field(default_factory=list)
    has_published: bool = False
    answered: int | None = None  # The version that `last` was sent for.
    last: list[dict[str, Any]] = field(default_factory=list)  # What the client shows.
    _lines: Lines | None = None

    @property
    def lines(self) -> Lines:
        if self._lines is None or self._lines.text is not self.buffer.text:
            self._lines = Lines(self.buffer.text, self.encoding, self.buffer.lines)
        return self._lines

    def replace(self, text: str) -> None:
        """Take a whole new text."""
        self.buffer = Buffer(encoded(text))
        self.changes.clear()
        self.is_new = True
        size = len(self.buffer.text)
        for item in self.shown:
            item.start, item.end = min(item.start, size), min(item.end, size)

    def edit(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """Put `text` between two client positions, in any order and anywhere."""
        lines = self.lines
        first, last = sorted((lines.offset(*start), lines.offset(*end)))
        new = encoded(text)
        self.buffer, change = self.buffer.replaced(first, last, new)
        if not self.is_new:
            self.changes.append(change)
        for item in self.shown:
            item.start, item.end = _moved(item.start, first, last, len(new)), _moved(item.end, first, last, len(new))

    def diagnostics(self) -> list[dict[str, Any]]:
        """Return what was last sent, at where the edits have moved it."""
        if not self.shown:
            return []
        lines = self.lines
        return [{**item.diagnostic, "range": {"start": lines.position(item.start), "end": lines.position(item.end)}} for item in self.shown]

    def taken(self) -> Taken:
        """Return the text, and the changes since this was last asked; none when the text is to be read anew."""
        changes = () if self.is_new else tuple(self.changes)
        self.changes.clear()
        self.is_new = False
        return Taken(self.version, self.lines, changes)


def encoded(text: str) -> bytes:
    """Half of a surrogate pair, which JSON can hold, becomes a question mark; it counts as one unit too."""
    return text.encode("utf-8", "replace")


def apply(document: Document, changes: Iterable[Any]) -> None:
    """Apply the raw `contentChanges` of a notification in their order."""
    for change in changes:
        place = change.get("range")
        if place is None:
            document.replace(change["text"])
        else:
            start, end = place["start"], place["end"]
            document.edit((start["line"], start["character"]), (end["line"], end["character"]), change["text"])


def _moved(at: int, first: int, last: int, new: int) -> int:
    if at <= first:
        return at
    return at + new - (last - first) if at >= last else min(at, first + new)
