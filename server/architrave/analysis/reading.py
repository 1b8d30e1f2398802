"""Code to chunks to facts. The chunks of a text without syntax errors are those of its tree; where it has some, each part is parsed alone.

So what is read of half-typed code depends on the text and not on the edits that led to it, and costs nothing but its own part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from architrave.comments import suppression
from architrave.facts import Fact
from architrave.facts.code import Note, Suppression
from architrave.language import Chunk, CodeLanguage
from architrave.mending import mended
from architrave.names import Names
from architrave.parts import Part, parts
from architrave.text import Span


class Parsed(NamedTuple):
    """A part of a file with its chunks, which count from `base` bytes before its text."""

    part: Part
    base: int
    chunks: tuple[Chunk, ...]
    is_sound: bool

    def place(self, chunk: Chunk) -> int:
        """Return where in the text of the part a chunk begins."""
        return chunk.start - self.base

    def text(self, chunk: Chunk) -> bytes:
        return chunk.text[chunk.start : min(chunk.end, self.base + len(self.part.text))]


def parsed(path: str, language: CodeLanguage, text: bytes) -> list[Parsed]:
    """Return a text in as few parts as it can be read in: one, where it has no syntax errors."""
    whole = parsed_part(path, language, Part(text), mends=False)
    return [whole] if whole.is_sound else [parsed_part(path, language, part) for part in parts(text, language.shape)]


def parsed_part(path: str, language: CodeLanguage, part: Part, *, mends: bool = True) -> Parsed:
    """Return a part parsed alone, without a line that is half typed, unless it `mends` nothing."""
    grammar = language.grammar(path)
    excerpt, base = part.excerpt, len(part.before)
    end = base + len(part.text)
    tree = grammar.parse(excerpt)
    is_sound = not tree.root_node.has_error
    if not is_sound and mends and language.shape is not None:
        excerpt, tree = mended(grammar, part, tree, language.shape) or (excerpt, tree)
    chunks = language.chunks(tree, excerpt, grammar)
    if base or part.after:
        chunks = (chunk if chunk.end <= end else replace(chunk, limit=end) for chunk in chunks if base <= chunk.start < end)
    return Parsed(part, base, tuple(chunks), is_sound)


def chunk_facts(language: CodeLanguage, chunk: Chunk, names: Names) -> Iterator[Fact]:
    """Yield the facts of one chunk."""
    try:
        yield from language.read(chunk, names)
    except RecursionError:
        yield Note(Span(0, 0, chunk.id), "Not read: nested too deeply.")
    for node in chunk.suppressing_comments():
        found = suppression(chunk.source(node))
        if found is not None:
            yield Suppression(chunk.span(node), *found)
