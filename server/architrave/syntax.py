"""Text to trees: grammars loaded when first needed, and what there is for each kind of node.

Broken source gives a tree with error nodes. Only what takes far longer than any source does is given up. Only `languages` sees nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from threading import Lock
from time import monotonic, thread_time
from typing import TypeVar

from tree_sitter import Language, Parser, Point, Tree

from architrave.regexes import regex

T = TypeVar("T")
_PATIENCE = 0.5  # Seconds of the processor that any text may take, and
_PATIENCE_A_BYTE = 2e-6  # those for each byte: twenty times what source takes. Error recovery can be quadratic, also in memory.
_PIECE = 64 * 1024  # Bytes handed to the parser at once.
_DANGLING = regex(rb"(?<![:.])[-&*]\s*;")  # Not `use super::*;` and `import java.util.*;`.
_MOST_DANGLING = 2_000  # They take 90 MB; none of 1,300 files of Rust has more than one.
_ERROR = 0xFFFF  # The number of nodes of kind ERROR in every grammar.
_PARSING = Lock()  # A parser may be interrupted by another thread when it calls back, and there is one a grammar.


class ParsingTooLong(Exception):  # noqa: N818 -- it is the text's
    """The text is none that a person wrote: its parse was given up."""


@dataclass(frozen=True, eq=False)
class Grammar:
    """A grammar wheel: `Grammar("tree_sitter_typescript", "language_tsx")`. Loading takes 1–15 ms, so it waits for the first parse.

    Compared by identity, since each stands in one place and is looked up for every chunk.
    """

    module: str
    function: str = "language"
    exhausts: Callable[[bytes], bool] | None = None  # Whether a text takes this grammar gigabytes in a step that nothing can interrupt.

    @cached_property
    def language(self) -> Language:
        return Language(getattr(import_module(self.module), self.function)())

    @cached_property
    def parser(self) -> Parser:
        return Parser(self.language)

    def parse(self, text: bytes) -> Tree:
        """Return the tree of a text. What takes too long raises `ParsingTooLong`."""
        if self.exhausts is not None and self.exhausts(text):
            raise ParsingTooLong
        patience = _PATIENCE + _PATIENCE_A_BYTE * len(text)
        late, too_late = monotonic() + patience, thread_time() + patience

        def piece(offset: int, point: Point) -> bytes:
            return text[offset : offset + _PIECE]

        def is_late(offset: int, has_error: bool) -> bool:
            return monotonic() > late and thread_time() > too_late  # A busy machine is no reason, but asking the first is cheap.

        with _PARSING:
            try:
                return self.parser.parse(piece, progress_callback=is_late)
            except ValueError:
                raise ParsingTooLong from None
            finally:
                self.parser.reset()  # It would go on where it was stopped.

    @cached_property
    def kinds(self) -> dict[int, str]:
        """The named kinds of node by number; a name may have several."""
        language = self.language
        numbers = (number for number in range(language.node_kind_count) if language.node_kind_is_named(number))
        return {**{number: language.node_kind_for_id(number) or "" for number in numbers}, _ERROR: "ERROR"}


def dangles(text: bytes) -> bool:
    """Return whether so many operators have no operand, `-;`, that what some grammars remember of them to recover takes gigabytes."""
    return text.count(b";") > _MOST_DANGLING and len(_DANGLING.findall(text)) > _MOST_DANGLING


def by_kind(grammar: Grammar, handlers: Mapping[str, T], otherwise: T | None = None, leaves: Iterable[str] = ()) -> dict[int, T]:
    """Return what there is for each kind of node, by its number, which is a third of the price of its name.

    `otherwise` is for the named kinds that are neither in `handlers` nor in `leaves`.
    """
    none = frozenset(leaves)
    found: dict[int, T] = {}
    for number, kind in grammar.kinds.items():
        handler = handlers.get(kind) or (None if kind in none else otherwise)
        if handler is not None:
            found[number] = handler
    return found
