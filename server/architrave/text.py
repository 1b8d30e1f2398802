"""Places in text: byte offsets inside, lines and columns only at the edge.

A `Span` counts from the start of its *chunk*: a piece of a file (a function, a member of a class, a top-level statement) that
is read anew on its own after an edit. Facts and findings of the other chunks then stay as they are, wherever the edit has moved
them. Chunk 0 is the file itself, so a span of chunk 0 is absolute. Spans of one chunk may be compared and joined; everything that
leaves `analysis` has been made absolute.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from msgspec import Struct


class Span(Struct, frozen=True, array_like=True, gc=False, order=True):
    """Half-open range of UTF-8 byte offsets from the start of its chunk."""

    start: int
    end: int
    chunk: int = 0

    def contains(self, other: Span) -> bool:
        return self.chunk == other.chunk and self.start <= other.start and other.end <= self.end

    def until(self, other: Span) -> Span:
        return Span(self.start, other.end, self.chunk)

    @property
    def before(self) -> Span:
        """The empty span just before this one, where text may be inserted."""
        return Span(self.start, self.start, self.chunk)

    @property
    def after(self) -> Span:
        return Span(self.end, self.end, self.chunk)

    def moved(self, offset: int) -> Span:
        """The same place counted from the start of the file, for a chunk that starts at `offset`."""
        return Span(self.start + offset, self.end + offset)


FILE_START = Span(0, 0)


class Location(Struct, frozen=True, order=True):
    """A span of one file. `path` is relative to the workspace root, with `/`."""

    path: str
    span: Span


class LineIndex:
    """Lines of one text; translates byte offsets to (line, byte column), both from 0, and back. Any input gives a valid place."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        starts = [0]
        find = text.find
        at = find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = find(b"\n", at + 1)
        self.starts = starts

    def position(self, offset: int) -> tuple[int, int]:
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]

    def offset(self, line: int, column: int) -> int:
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start = self.starts[line]
        return min(start + max(0, column), start + len(self.line(line)))

    def line(self, line: int) -> bytes:
        """The bytes of a line without its line ending."""
        start = self.starts[line]
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip(b"\r\n")


class Change(NamedTuple):
    """Bytes `start` to `old_end` of a text are replaced so that they end at `new_end`; points are (row, byte column)."""

    start: int
    old_end: int
    new_end: int
    start_point: tuple[int, int]
    old_end_point: tuple[int, int]
    new_end_point: tuple[int, int]


def change(lines: LineIndex, start: int, end: int, replacement: bytes) -> Change:
    """Return the change that puts `replacement` for bytes `start` to `end` of the text of `lines`."""
    row, column = lines.position(start)
    newlines = replacement.count(b"\n")
    tail = len(replacement) - (replacement.rfind(b"\n") + 1)
    new_end = (row + newlines, tail if newlines else column + len(replacement))
    return Change(start, end, start + len(replacement), (row, column), lines.position(end), new_end)
