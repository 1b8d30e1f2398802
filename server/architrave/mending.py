"""Half-typed code read as if the lines that do not parse were not there yet.

A parser that recovers from an error guesses, and what it guesses may cost the function round it. The person who types has one line that
is not finished; without it the rest mostly parses, and says what it said before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from tree_sitter import Node, Tree

from architrave.parts import Part, Shape, header
from architrave.regexes import regex
from architrave.syntax import Grammar

_LONGEST = 16 * 1024  # Bytes; where a parse takes long it is not tried again and again.
_ERRORS = 4  # Looked at, the first ones.
_ATTEMPTS = 8
_OPENING, _CLOSING = b"([{", {b")"[0]: b"("[0], b"]"[0]: b"["[0], b"}"[0]: b"{"[0]}
_NO_LETTER = regex(rb"[^\r\n]")


def mended(grammar: Grammar, part: Part, tree: Tree, shape: Shape) -> tuple[bytes, Tree] | None:
    """Return the excerpt of a part whose tree has errors with a line of it left blank so that it has none, and its new tree."""
    if len(part.text) > _LONGEST:
        return None
    base = len(part.before)
    start = header(part, shape)
    lines = _lines(part.excerpt, base, base + len(part.text))
    first = _line(lines, base + start) if start >= 0 else -1
    for changed in islice(_attempts(part.excerpt, tree.root_node, lines, first, shape), _ATTEMPTS):
        found = grammar.parse(changed)
        if not found.root_node.has_error:
            return changed, found
    return None


def _lines(text: bytes, start: int, end: int) -> list[int]:
    """Return where each line between two places begins, and the end of the last."""
    found = [start]
    at = text.find(b"\n", start, end)
    while at >= 0:
        found.append(at + 1)
        at = text.find(b"\n", at + 1, end)
    return found if found[-1] == end else [*found, end]


def _attempts(text: bytes, root: Node, lines: list[int], definition: int, shape: Shape) -> Iterator[bytes]:
    """Yield texts that are as long and may parse, the likeliest first: without a line, or without something in the line of
    the `definition`."""
    errors = _errors(root)
    seen: set[int] = set()
    for start, end in errors:
        for line in _suspects(text, start, end, lines):
            if line < 0 or line in seen:
                continue
            seen.add(line)
            first, last = lines[line], lines[line + 1]
            if line != definition:
                yield text[:first] + _blank(text[first:last], shape) + text[last:]
                continue
            for at, until in errors:
                if first <= at < until <= last:
                    yield text[:at] + b" " * (until - at) + text[until:]
            yield text[:first] + _bare(text[first:last], shape) + text[last:]


def _suspects(text: bytes, start: int, end: int, lines: list[int]) -> Iterator[int]:
    """Yield the lines that may be why there is an error between two places."""
    line, last = _line(lines, start), _line(lines, max(start, end - 1))
    # What is not expected at the start of a line mostly shows that the one before it is not finished.
    at_start = [line] if text[lines[max(line, 0)] : start].strip() else [_before(text, line, lines), line]
    yield from (*at_start, _before(text, last, lines), last)
    opener = _opener(text, lines[0], end)
    if opener is not None:
        yield _line(lines, opener)


def _before(text: bytes, line: int, lines: list[int]) -> int:
    return next((other for other in range(line - 1, -1, -1) if text[lines[other] : lines[other + 1]].strip()), line)


def _line(lines: list[int], place: int) -> int:
    return min(bisect_right(lines, place), len(lines) - 1) - 1


def _errors(root: Node) -> list[tuple[int, int]]:
    """Return the first errors that have no others in them."""
    found: list[tuple[int, int]] = []
    stack = [root]
    while stack and len(found) < _ERRORS:
        node = stack.pop()
        inner = [child for child in node.children if child.has_error or child.is_error or child.is_missing]
        if inner:
            stack.extend(reversed(inner))
        elif node.is_error or node.is_missing:
            found.append((node.start_byte, node.end_byte))
    return found


def _opener(text: bytes, start: int, end: int) -> int | None:
    """Return the last bracket before `end` that nothing closes. Brackets in strings count too: it is only a guess."""
    waiting: list[int] = []
    for at in range(start, end):
        sign = text[at]
        if sign in _OPENING:
            waiting.append(at)
        elif sign in _CLOSING and waiting and text[waiting[-1]] == _CLOSING[sign]:
            waiting.pop()
    return waiting[-1] if waiting else None


def _bare(line: bytes, shape: Shape) -> bytes:
    """Return the first line of a definition without its parameters."""
    bracket, opener = line.find(b"("), shape.opener.encode()
    content = line.rstrip()
    if bracket < 0 or not content.endswith(opener) or len(content) - len(opener) <= bracket + 1:
        return line
    room = len(content) - len(opener) - bracket - 2
    return line[: bracket + 1] + b" " * room + b")" + line[len(content) - len(opener) :]


def _blank(line: bytes, shape: Shape) -> bytes:
    """Return a line of spaces as long, but for what opens or closes a block."""
    blank = bytearray(_NO_LETTER.sub(b" ", line))
    content = line.strip()
    opener, block = shape.opener.encode(), shape.block.encode()
    indent = len(line) - len(line.lstrip())
    if content.startswith(b"}"):
        blank[indent] = b"}"[0]
    if content.endswith(opener) and len(content) > len(block) + len(opener):
        blank[indent + len(content) - len(opener)] = opener[0]
        if block:
            blank[indent : indent + len(block)] = block
    return bytes(blank)
