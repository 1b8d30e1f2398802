"""The text of an open document, edited in place of being read anew."""

from __future__ import annotations

from bisect import bisect_left

from architrave.text import Change, LineIndex, change


class Buffer:
    """One version of a text with its lines. Immutable; `replaced` gives the next version and says what it changed."""

    __slots__ = ("lines", "text")

    def __init__(self, text: bytes, lines: LineIndex | None = None) -> None:
        self.text = text
        self.lines = lines or LineIndex(text)

    def replaced(self, start: int, end: int, new: bytes) -> tuple[Buffer, Change]:
        """Return the text with `new` for bytes `start` to `end`, and the change for `Workspace.put`."""
        text = self.text[:start] + new + self.text[end:]
        starts = self.lines.starts
        first = bisect_left(starts, start + 1)  # Lines that start at or before `start` stay as they are.
        last = bisect_left(starts, end + 1)
        moved = len(new) - (end - start)
        fresh = []
        at = new.find(b"\n")
        while at >= 0:
            fresh.append(start + at + 1)
            at = new.find(b"\n", at + 1)
        lines = LineIndex.__new__(LineIndex)
        lines.text = text
        lines.starts = [*starts[:first], *fresh, *([at + moved for at in starts[last:]] if moved else starts[last:])]
        return Buffer(text, lines), change(self.lines, start, end, new)
