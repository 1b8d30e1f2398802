"""The parts of a file of code: stretches that are parsed on their own, found by how their first lines look.

A part is what stands from one definition at the top of a file to the next, and each member of a class. Half-typed code is the usual
state of a file that is edited, and what a parser makes of one missing bracket may reach to the end of the file; read in parts, it costs
its own part. And as a part says alone what it says in the file, a key needs no more than one to be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from architrave.regexes import regex

_CLOSED = regex(rb"(?m)^\}")
_INDENT = regex(rb"(?:[ \t]*\r?\n)*([ \t]+)(?=\S)")


@dataclass(frozen=True)
class Shape:
    """How first lines look in one language, as regular expressions that are tried where a line begins (members: after its indent).

    A part begins with a `start`, or with the `lead`s, such as decorators, that stand before it. Where a start is a `holder`, whose body
    begins after a line that ends with `opener`, its `member`s are parts too: those indented like the first line of the body. To be parsed
    alone, a member is put between the lines of its holder, or only its `kind` and `name` where `holder` has such groups, and `closing`;
    the lines of a holder without its members get the `filler`.
    """

    start: str
    lead: str = "(?!)"
    holder: str = "(?!)"
    opener: str = "{"
    member: str = "(?!)"
    filler: str = ""
    closing: str = ""
    comment: str = "//"
    block: str = ""  # What opens a block that means nothing, before the `opener`.

    @cached_property
    def top(self) -> re.Pattern[bytes]:
        return _starts(self.lead, self.start, b"")

    @cached_property
    def holders(self) -> re.Pattern[bytes]:
        return re.compile(self.holder.encode())

    @cached_property
    def openers(self) -> re.Pattern[bytes]:
        return re.compile(rf"{re.escape(self.opener)}[ \t]*(?:{self.comment}[^\n]*)?\r?\n".encode())

    def members(self, indent: bytes) -> re.Pattern[bytes]:
        return _starts(self.lead, self.member, indent)


@lru_cache(maxsize=256)
def _starts(lead: str, start: str, indent: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?m)^" + re.escape(indent) + rf"(?:(?P<lead>{lead})|(?P<start>{start}))".encode())


class Part(NamedTuple):
    """The text of a part, with what is put before and after it so that it can be parsed alone; both are empty at the top of a file."""

    text: bytes
    before: bytes = b""
    after: bytes = b""

    @property
    def is_member(self) -> bool:
        return bool(self.before)

    @property
    def excerpt(self) -> bytes:
        return self.before + self.text + self.after


class Begun(NamedTuple):
    """The places at which something begins at the top of a tree, and in a class of it."""

    top: Container[int]
    inside: Container[int]


def parts(text: bytes, shape: Shape | None, begun: Begun | None = None) -> list[Part]:
    """Return the parts of a text, which is whole sections of a file: what stands from one start at the top to the next.

    `begun` is of its tree, where that has no errors: a line that only looks like a start, in the middle of a long string, say, is none.
    """
    if shape is None:
        return [Part(text)]
    found: list[Part] = []
    at = 0
    for section in _joined(_split(text, shape.top, 0)[0], 0, 0, begun.top if begun else None):
        found.extend(_of_section(section, at, shape, begun))
        at += len(section)
    return found


def header(part: Part, shape: Shape) -> int:
    """Return where in the text of a part the definition begins that it is of; -1 where it is of none."""
    indent = part.text[: len(part.text) - len(part.text.lstrip(b" \t"))]
    pattern = shape.members(indent) if part.is_member else shape.top
    return next((match.start() for match in pattern.finditer(part.text) if match.lastgroup == "start"), -1)


def begins(text: bytes, shape: Shape | None) -> bool:
    """Whether a text begins with the start of a section, or with a lead before one."""
    return shape is not None and shape.top.match(text) is not None


def waits(text: bytes, shape: Shape | None) -> bool:
    """Whether a text ends with leads, which belong to what follows."""
    return shape is not None and _split(text, shape.top, 0)[1]


def _of_section(section: bytes, at: int, shape: Shape, begun: Begun | None) -> list[Part]:
    start = next((match.start() for match in shape.top.finditer(section) if match.lastgroup == "start"), None)
    holder = shape.holders.match(section, start) if start is not None else None
    if start is None or holder is None:
        return [Part(section)]
    opener = shape.openers.search(section, start)
    indent = _INDENT.match(section, opener.end()) if opener is not None else None
    if opener is None or indent is None:
        return [Part(section)]
    head, *members = _joined(
        _split(section, shape.members(indent[1]), opener.end())[0], at, len(indent[1]), begun.inside if begun else None
    )
    if not members:
        return [Part(section)]
    known = holder.groupdict()
    before = b"%b %b %b\n" % (known["kind"], known["name"], shape.opener.encode()) if known else section[: opener.end()]
    closing = shape.closing.encode()
    return [
        Part(head, b"", indent[1] + shape.filler.encode() + b"\n" + closing),
        *(Part(member, before, closing) for member in members[:-1]),
        Part(members[-1], before, b"" if _CLOSED.search(members[-1]) else closing),
    ]


def _split(text: bytes, pattern: re.Pattern[bytes], start: int) -> tuple[list[bytes], bool]:
    """Return a text cut at every start, and at the first of the leads before one; and whether it ends with leads."""
    places = [0]
    is_led = False
    for match in pattern.finditer(text, start):
        if not is_led and match.start() > 0:
            places.append(match.start())
        is_led = match.lastgroup == "lead"
    return [text[place:end] for place, end in zip(places, [*places[1:], len(text)], strict=True)], is_led


def _joined(pieces: list[bytes], at: int, indent: int, begun: Container[int] | None) -> list[bytes]:
    """Return pieces, the first of which stands at `at`, with those that nothing begins with put to the one before."""
    if begun is None:
        return pieces
    found: list[bytes] = []
    for piece in pieces:
        if not found or at + indent in begun:
            found.append(piece)
        else:
            found[-1] += piece
        at += len(piece)
    return found
