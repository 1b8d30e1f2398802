"""Suppressions in comments, in every language's own syntax."""

from __future__ import annotations

import re
from typing import NamedTuple

_PATTERN = re.compile(
    r"architrave:\s*ignore(?P<file>-file)?\s*(?:\[(?P<rules>[^\]]*)\])?(?:\s+until=(?P<until>\d{4}-\d{2}-\d{2}))?\s*(?P<reason>.*)",
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
