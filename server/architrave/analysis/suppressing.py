"""The comment that suppresses a finding where it stands, offered only when reading the file again shows that it does."""

from __future__ import annotations

from architrave.analysis.edits import apply
from architrave.analysis.extraction import extract
from architrave.findings import Edit, Finding
from architrave.language import language_for
from architrave.text import LineIndex, Location, Span

REASON = "reason: say why"
_WITHOUT_COMMENTS = (".json",)


def suppression_edit(path: str, text: bytes, finding: Finding) -> Edit | None:
    """Return the edit that puts a comment above the line of a finding, or None where a comment would be wrong.

    Inside a string over several lines it would be text and no comment; then the end of the line is no better.
    """
    language = language_for(path)
    if language is None or not language.comment or path.endswith(_WITHOUT_COMMENTS) or finding.rule.startswith("suppression-"):
        return None
    span = finding.location.span
    line = LineIndex(text).position(span.start)[0]
    start = LineIndex(text).starts[line]
    edit = Edit(Location(path, Span(start, start)), f"{language.comment} architrave: ignore[{finding.rule}] {REASON}", "before")
    after = apply({path: text}, [edit])[path]
    moved = len(after) - len(text)
    about = Span(span.start + moved, span.end + moved)
    covers = extract(path, after).covers
    is_suppressed = any(cover.start <= about.start < cover.end and finding.rule in cover.rules for cover in covers)
    return edit if is_suppressed else None
