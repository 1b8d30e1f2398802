"""Texts and places as a report shows them: lines and columns from 1, columns in characters, paths as seen from the current folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from architrave.analysis.edits import plain
from architrave.findings import SEVERITIES, Edit, Finding, Severity
from architrave.text import LineIndex, Location


@dataclass(frozen=True)
class Place:
    """A span as a reader counts; the end is the place after the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Replacement:
    """An edit in plain terms: this text instead of what is there."""

    path: str
    place: Place
    text: str


class Sources:
    """The files of one workspace, each read once when first shown."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lines: dict[str, LineIndex] = {}

    def lines(self, path: str) -> LineIndex:
        found = self._lines.get(path)
        if found is None:
            try:
                text = (self.root / path).read_bytes()
            except OSError:
                text = b""
            found = self._lines[path] = LineIndex(text)
        return found

    def line(self, path: str, line: int) -> str:
        """Return a line, from 1, without its ending."""
        lines = self.lines(path)
        return decoded(lines.line(line - 1)) if 0 < line <= len(lines.starts) else ""

    def place(self, location: Location) -> Place:
        start = self._position(location.path, location.span.start)
        return Place(*start, *self._position(location.path, location.span.end))

    def _position(self, path: str, offset: int) -> tuple[int, int]:
        lines = self.lines(path)
        row, column = lines.position(offset)
        return row + 1, len(decoded(lines.line(row)[:column])) + 1

    def replacements(self, edits: tuple[Edit, ...]) -> list[Replacement]:
        found = []
        for edit in edits:
            path = edit.location.path
            start, end, new = plain(self.lines(path).text, edit)
            found.append(Replacement(path, Place(*self._position(path, start), *self._position(path, end)), new.decode("utf-8", "replace")))
        return found

    def shown(self, path: str) -> str:
        """Return a path as seen from the current folder, or whole when it lies elsewhere."""
        absolute = self.root / path
        try:
            return absolute.relative_to(Path.cwd()).as_posix()
        except ValueError:
            return absolute.as_posix()


def decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def counted(count: int, noun: str) -> str:
    """Return a number with what it counts: `1 file`, `2,000 files`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def severity_of(finding: Finding) -> Severity:
    return finding.severity or "warning"


def at_least(findings: tuple[Finding, ...], level: str | None) -> tuple[Finding, ...]:
    """Return the findings that are as severe as `level` or more."""
    if level is None:
        return findings
    wanted = SEVERITIES[: SEVERITIES.index(level) + 1]
    return tuple(finding for finding in findings if severity_of(finding) in wanted)
