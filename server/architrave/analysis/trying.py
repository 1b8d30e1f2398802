"""Fixes tried in a workspace that goes on as if nothing had happened: what would the files be, and would the rules agree?"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from difflib import SequenceMatcher

from architrave.analysis.baseline import entry_of
from architrave.analysis.fixing import Fixed, fixed
from architrave.analysis.workspace import Workspace
from architrave.findings import Finding
from architrave.text import Span


def tried(
    workspace: Workspace, read: Callable[[str], bytes | None], wanted: Callable[[Finding], bool], opened: Container[str] = ()
) -> Fixed:
    """Return what the fixes of the wanted findings would make of the files. The workspace is afterwards as it was.

    Of the `opened` paths it keeps what makes edits cheap.
    """
    seen: dict[str, bytes | None] = {}

    def reading(path: str) -> bytes | None:
        if path not in seen:
            seen[path] = read(path)
        return seen[path]

    try:
        return fixed(workspace, reading, wanted)
    finally:
        for path, text in seen.items():
            if text is None:
                workspace.remove([path])
            else:
                workspace.put(path, text)
                if path not in opened:
                    workspace.release(path)


def is_same(one: Finding) -> Callable[[Finding], bool]:
    """Return whether a finding is this one, wherever an edit has moved it."""
    entry = entry_of(one)
    return lambda other: entry_of(other) == entry


def differences(old: bytes, new: bytes) -> Iterator[tuple[Span, bytes]]:
    """Yield the places of `old` that differ, and what stands there in `new`: few and small, for an editor to apply."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    for kind, first, last, low, high in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        start, end = starts[first], starts[last]
        text = b"".join(after[low:high])
        head = _common(old[start:end], text)
        while head and (_is_inside(old, start + head) or _is_inside(text, head)):
            head -= 1
        start, text = start + head, text[head:]
        tail = _common(old[start:end][::-1], text[::-1])
        while tail and _is_inside(text, len(text) - tail):
            tail -= 1
        yield Span(start, end - tail), text[: len(text) - tail]


def _common(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts begin with alike."""
    return next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other)))


def _is_inside(text: bytes, at: int) -> bool:
    """Whether a place is in the middle of a sign of several bytes."""
    return at < len(text) and text[at] & 0xC0 == 0x80
