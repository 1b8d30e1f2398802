"""Client positions (line and column in the negotiated encoding) to byte offsets and back. Any position gives a valid place."""

from __future__ import annotations

from typing import Literal

from architrave.regexes import regex
from architrave.text import LineIndex, Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]
_ENDING = regex(rb"\r\n|\n|\r")

# {"line": …, "character": …}: hand-built, for lists of diagnostics are long and every key waits for them.
Position = dict[str, int]
Range = dict[str, Position]


class Lines:
    """The lines of one text as a client counts them: a lone carriage return ends one too."""

    def __init__(self, text: bytes, encoding: Encoding, index: LineIndex | None = None) -> None:
        self.encoding = encoding
        if index is None or b"\r" in text:
            index = LineIndex.__new__(LineIndex)
            index.text = text
            index.starts = [0, *(match.end() for match in _ENDING.finditer(text))]
        self._index = index

    @property
    def text(self) -> bytes:
        return self._index.text

    @property
    def count(self) -> int:
        return len(self._index.starts)

    def offset(self, line: int, character: int) -> int:
        if line < 0:
            return 0
        if line >= self.count:
            return len(self.text)
        content = self._index.line(line)
        character = max(0, character)
        start = self._index.starts[line]
        if self.encoding == "utf-8" or content.isascii():
            at = min(character, len(content))
            while self.encoding == "utf-8" and 0 < at < len(content) and content[at] & 0xC0 == 0x80:
                at -= 1  # Inside a character.
            return start + at
        decoded = content.decode("utf-8", "replace")
        if self.encoding == "utf-32":
            return start + len(_encoded(decoded[:character]))
        units = 0
        for index, sign in enumerate(decoded):
            units += 2 if ord(sign) > 0xFFFF else 1
            if units > character:
                return start + len(_encoded(decoded[:index]))
        return start + len(content)

    def position(self, offset: int) -> Position:
        line, column = self._index.position(offset)
        if self.encoding == "utf-8":
            return {"line": line, "character": column}
        before = self._index.text[self._index.starts[line] : self._index.starts[line] + column]
        if not before.isascii():
            decoded = before.decode("utf-8", "replace")
            column = len(decoded) if self.encoding == "utf-32" else len(decoded) + sum(ord(sign) > 0xFFFF for sign in decoded)
        return {"line": line, "character": column}

    def range(self, span: Span) -> Range:
        return {"start": self.position(span.start), "end": self.position(max(span.start, span.end))}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
