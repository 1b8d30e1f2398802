"""What the suppressions of a file are about, and findings sorted by them.

A suppression speaks of its own line; alone on its line, of the next one, over further comments, and with decorators of
everything down to what they decorate; with `ignore-file`, of the whole file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from architrave.analysis.filefacts import Cover, FileFacts
from architrave.errors import nearest
from architrave.facts.code import Suppression
from architrave.findings import Finding
from architrave.text import LineIndex, Location

UNKNOWN, UNUSED, EXPIRED = "suppression-unknown", "suppression-unused", "suppression-expired"
OWN_RULES = {
    UNKNOWN: "A suppression names a rule that there is not.",
    UNUSED: "A suppression suppresses nothing.",
    EXPIRED: "The date of a suppression has passed.",
}
_COMMENTS = (b"//", b"#", b"--", b"/*", b"*", b"<!--", b";")
_DECORATORS = (b"@", b"#[")


def covers(text: bytes, suppressions: Iterable[tuple[Suppression, int]]) -> tuple[Cover, ...]:
    """Return what suppressions are about; each comes with the absolute byte at which it starts."""
    found = []
    lines: LineIndex | None = None
    for item, at in suppressions:
        lines = lines or LineIndex(text)
        span = type(item.span)(at, at + item.span.end - item.span.start)
        start, end = (0, len(text) + 1) if item.is_file_wide else _lines_about(lines, at, span.end)
        found.append(Cover(span, start, end, item.rules, item.until))
    return tuple(found)


def _lines_about(lines: LineIndex, at: int, end: int) -> tuple[int, int]:
    row, column = lines.position(at)
    last = lines.position(max(at, end - 1))[0]
    start = lines.starts[row]
    if lines.line(row)[:column].strip(b" \t{"):  # Code stands before it: its own line.
        return start, _line_end(lines, last)
    row = last + 1
    depth = 0
    while row < len(lines.starts):
        line = lines.line(row).strip()
        if depth > 0 or line.startswith(_DECORATORS):
            depth = max(0, depth + sum(map(line.count, (b"(", b"[", b"{"))) - sum(map(line.count, (b")", b"]", b"}"))))
        elif not line.startswith(_COMMENTS):
            break
        row += 1
    return start, _line_end(lines, min(row, len(lines.starts) - 1))


def _line_end(lines: LineIndex, row: int) -> int:
    return lines.starts[row + 1] if row + 1 < len(lines.starts) else len(lines.text) + 1


@dataclass(frozen=True)
class Sorted:
    """Findings that stand, with the hints about suppressions, and those that are suppressed."""

    standing: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]


def sort(
    findings: Iterable[Finding],
    files: Mapping[str, FileFacts],
    *,
    known: Collection[str],
    ran: Collection[str],
    is_judged: Callable[[str], bool],
    today: date,
) -> Sorted:
    """Sort findings by the suppressions of their files. A suppression is unused only when all rules that it may mean have `ran`."""
    standing: list[Finding] = []
    suppressed: list[Finding] = []
    used: set[tuple[str, Cover]] = set()
    day = today.isoformat()
    for finding in findings:
        file = files.get(finding.location.path)
        about = [item for item in file.covers if _is_about(item, finding)] if file is not None and file.covers else []
        used.update((finding.location.path, item) for item in about)
        if any(not item.until or item.until >= day for item in about):
            suppressed.append(finding)
        else:
            standing.append(finding)
    for path, file in files.items():
        if file.covers and is_judged(path):
            for cover in file.covers:
                standing.extend(_hints(path, cover, (path, cover) in used, known, ran, day))
    return Sorted(tuple(standing), tuple(suppressed))


def _is_about(cover: Cover, finding: Finding) -> bool:
    span = finding.location.span
    is_here = cover.start <= span.start < cover.end or cover.start < span.end <= cover.end
    return is_here and (not cover.rules or finding.rule in cover.rules)


def _hints(path: str, cover: Cover, is_used: bool, known: Collection[str], ran: Collection[str], day: str) -> Iterator[Finding]:
    location = Location(path, cover.span)
    unknown = [id for id in cover.rules if id not in known]
    for id in unknown:
        like = nearest(id, known)
        message = f"There is no rule `{id}`" + (f"; the nearest is `{like}`" if like else "")
        yield Finding(location, message, id, severity="hint", rule=UNKNOWN)
    names = ", ".join(f"`{id}`" for id in cover.rules) or "every rule"
    if is_used:
        if cover.until and cover.until < day:
            yield Finding(
                location, f"This suppression of {names} expired on {cover.until}", " ".join(cover.rules), severity="hint", rule=EXPIRED
            )
    elif not unknown and all(id in ran for id in cover.rules or known):
        yield Finding(
            location, f"Nothing is found here for this suppression of {names}", " ".join(cover.rules), severity="hint", rule=UNUSED
        )
