"""Angles that no person wrote: chains of generics that never close take the grammar of Java memory that grows with their square."""

from __future__ import annotations

from architrave.syntax import dangles

_PUNCTUATION = b";{}(),"  # No quotes: one that is open ends nothing.
_TO_ANGLES = bytes.maketrans(b">" + _PUNCTUATION, b"<" + b"\0" * len(_PUNCTUATION))
_OTHERS = bytes(set(range(256)) - {*b"<>", *_PUNCTUATION})
# Up to 16 bytes each, so 256 MB; the most that was seen in the 9,000 files of a framework is 1.3 million, in tables of comments.
_MOST = 16_000_000


def exhausts(text: bytes) -> bool:
    """Return whether the angles in each stretch without other punctuation, squared and added up, are too many, or something else is."""
    return dangles(text) or sum(len(run) ** 2 for run in text.translate(_TO_ANGLES, _OTHERS).split(b"\0") if run) > _MOST
