"""The edits of a fix put into texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from architrave.findings import Edit
from architrave.text import LineIndex, Span


def apply(texts: Mapping[str, bytes], edits: Iterable[Edit]) -> dict[str, bytes]:
    """Return all texts after the edits (with absolute spans); an edit of a new path creates the file.

    Overlapping edits raise ValueError: nothing is applied then. Edits of one place are kept in the order given.
    """
    by_path: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
    for edit in edits:
        by_path[edit.location.path].append(plain(texts.get(edit.location.path, b""), edit))
    result = dict(texts)
    for path, changes in by_path.items():
        result[path] = _applied(texts.get(path, b""), changes)
    return result


def plain(text: bytes, edit: Edit) -> tuple[int, int, bytes]:
    """Return (start, end, replacement) of an edit in a text; whole lines are indented like the line they go beside."""
    span, new = edit.location.span, edit.text.encode()
    lines = LineIndex(text)
    if edit.copied is not None:
        copied = _copied(text, edit.copied.span, lines, is_whole=bool(edit.line))
        if edit.line and b"{};" not in new and text.startswith(b";", edit.copied.span.end):
            copied += b";"  # A call is moved with the end of its statement.
        new = new.replace(b"{}", copied)
    if not edit.line:
        return span.start, span.end, _with_endings_of(text, new)
    first = lines.position(span.start)[0]
    row = first if edit.line in ("before", "whole") else lines.position(max(span.start, span.end - 1))[0]
    line, begun = lines.line(row), lines.line(first)
    indent = begun[: len(begun) - len(begun.lstrip())]
    if edit.line == "inside":
        body = [lines.line(number) for number in range(first + 1, row + 1)]
        indent = min((line[: len(line) - len(line.lstrip())] for line in body if line.strip()), key=len, default=indent)
    ending = b"\r\n" if text[lines.starts[row] :].startswith(line + b"\r\n") else b"\n"
    block = b"".join((indent + part if part else b"") + ending for part in new.split(b"\n")) if new or edit.line != "whole" else b""
    if edit.line == "before":
        return lines.starts[row], lines.starts[row], block
    if edit.line == "whole":
        last = lines.position(max(span.start, span.end - 1))[0]
        end = lines.starts[last + 1] if last + 1 < len(lines.starts) else len(text)
        following = lines.line(last + 1).strip() if end < len(text) else b""
        if not block and (not following or following[:1] in b"}])"):  # Leave one gap where there were two, and none before the end.
            while row > 0 and not lines.line(row - 1).strip():
                row -= 1
        return lines.starts[row], end, block
    if row + 1 < len(lines.starts):
        return lines.starts[row + 1], lines.starts[row + 1], block
    return len(text), len(text), ending + block.removesuffix(ending)  # The last line has no ending.


def _copied(text: bytes, span: Span, lines: LineIndex, *, is_whole: bool) -> bytes:
    """Return the text of a span; for whole lines elsewhere without the indentation that its first line has, which they get there."""
    copied = text[span.start : span.end]
    first = lines.line(lines.position(span.start)[0])
    indent = first[: len(first) - len(first.lstrip())]
    if not is_whole or not indent or b"\n" not in copied:
        return copied
    return b"\n".join(part.removeprefix(indent) for part in copied.split(b"\n"))


def _with_endings_of(text: bytes, new: bytes) -> bytes:
    """Return a replacement with the line endings that the text has."""
    if b"\n" not in new or b"\r\n" in new or b"\r\n" not in text:
        return new
    return new.replace(b"\n", b"\r\n")


def _applied(text: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        if start < at:
            raise ValueError("the edits overlap")
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return b"".join(parts)
