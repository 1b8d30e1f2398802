"""The mistakes a person can fix."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ArchitraveError(Exception):
    """A mistake a person can fix; the message names the thing and the remedy."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, or None when nothing is like it."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None
