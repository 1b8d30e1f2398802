"""Suppressions in comments, in every language's own syntax."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from architrave.facts.code import Suppression
from architrave.regexes import regex
from architrave.text import Span

MARKER = b"architrave:"  # No suppression is without it.
_PATTERN = regex(
    r"architrave:\s*ignore(?P<file>-file)?\s*(?:\[(?P<rules>[^\]]*)\])?(?:\s*until=(?P<until>\d{4}-\d{2}-\d{2}))?\s*(?P<reason>.*)",
    re.DOTALL,
)


class _Parsed(NamedTuple):
    rules: tuple[str, ...]
    reason: str
    until: str
    is_file_wide: bool


def suppression(comment: str) -> _Parsed | None:
    """Return what a comment suppresses, or None."""
    match = _PATTERN.search(comment)
    if match is None:
        return None
    rules = tuple(part.strip() for part in (match["rules"] or "").split(",") if part.strip())
    reason = match["reason"].strip().removesuffix("*/").removesuffix("-->").strip(" :-")
    return _Parsed(rules, reason, match["until"] or "", bool(match["file"]))


def suppressions(text: bytes, markers: Iterable[str]) -> Iterator[Suppression]:
    """Yield the suppressions of a text whose comments start with one of `markers`; each ends with its line."""
    signs = [marker.encode() for marker in markers]
    at = text.find(MARKER)
    while at >= 0:
        line_start = text.rfind(b"\n", 0, at) + 1
        line_end = text.find(b"\n", at)
        line_end = len(text) if line_end < 0 else line_end
        start = max(text.rfind(sign, line_start, at) for sign in signs)
        found = suppression(text[start:line_end].decode("utf-8", "replace")) if start >= 0 else None
        if found is not None:
            yield Suppression(Span(start, start + len(text[start:line_end].rstrip())), *found)
        at = text.find(MARKER, line_end)
