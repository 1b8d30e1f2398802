"""What frameworks see in an open file, asked again only where an edit may have changed the answer.

What a reporter looks up in its file is recorded while it runs. Its facts stay as long as its chunk and everything that it looked up
stay the same; so there is no list of dependencies that could be wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Call, Comparison, Definition, Import
from architrave.framework import File, Step, steps
from architrave.text import Span

T = TypeVar("T")
_FILE = 0  # Stands for the chunk of what is asked about a whole file.


class _Answer(NamedTuple):
    """What one step gave for a chunk, and what it looked up elsewhere: kinds, chunks, and the names by which facts of a kind are found."""

    facts: tuple[Fact, ...]
    reads: frozenset[Any]


@dataclass(frozen=True)
class Answers:
    """What the frameworks saw in one version of a file, step by step and chunk by chunk; steps without an answer gave nothing."""

    steps: tuple[Mapping[int, _Answer], ...]


class _Recording(File):
    """A file that notes what is looked up in it; what lies in the chunk asked about needs no note."""

    chunk: int
    reads: set[Any]
    views: dict[object, frozenset[Any]]

    @contextmanager
    def asking(self, chunk: int) -> Iterator[set[Any]]:
        outer = self.__dict__.get("chunk", _FILE), self.__dict__.get("reads")
        self.chunk, self.reads = chunk, set()
        try:
            yield self.reads
        finally:
            self.chunk = outer[0]
            if outer[1] is not None:
                self.reads = outer[1]

    def _near(self, chunk: int) -> None:
        if chunk != self.chunk or chunk == _FILE:
            self.reads.add(chunk)

    def _note(self, kind: type[Any]) -> None:
        self.reads.add(kind)

    def all(self, kind: type[T]) -> list[T]:
        self._note(kind)
        return super().all(kind)

    def near(self, kind: type[T], span: Span) -> list[T]:
        self._near(span.chunk)
        return super().by_chunk(kind).get(span.chunk, [])

    def by_chunk(self, kind: type[Any]) -> dict[int, list[Any]]:
        self._note(kind)
        return super().by_chunk(kind)

    def imports(self, *modules: str) -> bool:
        self.reads.add(Import)
        return super().imports(*modules)

    def definition(self, name: str) -> Definition | None:
        self.reads.add((Definition, name))
        return super().definition(name)

    def assignments(self, target: str, function: str = "") -> list[Assignment]:
        scope = function
        self.reads.add((Assignment, scope, target))
        while scope:
            scope = scope.rpartition(".")[0]
            self.reads.add((Assignment, scope, target))
        return super().assignments(target, function)

    def _is_assigned(self, target: str, function: str) -> bool:
        self.reads.add((Assignment, function, target))
        return super()._is_assigned(target, function)

    def enclosing(self, span: Span, *kinds: str) -> list[Block]:
        self._near(span.chunk)
        return super().enclosing(span, *kinds)

    def assigned(self, call: Call) -> Assignment | None:
        self._near(call.span.chunk)
        return super().assigned(call)

    def assigned_in(self, block: Block) -> list[Assignment]:
        self._near(block.span.chunk)
        return super().assigned_in(block)

    def bound_by_with(self, call: Call) -> str:
        self._near(call.span.chunk)
        return super().bound_by_with(call)

    def chain(self, call: Call) -> list[Call]:
        self._near(call.span.chunk)
        return super().chain(call)

    def calls_in(self, function: str) -> list[Call]:
        self.reads.add((Call, function))
        return super().calls_in(function)

    def comparisons_in(self, function: str) -> list[Comparison]:
        self.reads.add((Comparison, function))
        return super().comparisons_in(function)

    @property
    def last_import(self) -> Span | None:
        self.reads.add(Import)
        return next((item.span for item in reversed(self._all(Import)) if not item.function and not item.is_reexport), None)

    def once(self, view: Callable[[File], T]) -> T:
        if view not in self.views:
            with self.asking(_FILE) as reads:
                super().once(view)
            self.views[view] = frozenset(reads)
        self.reads |= self.views[view]
        return super().once(view)


def reported(
    path: str, language: str, facts: tuple[Fact, ...], before: Answers | None, gone: Sequence[Fact], fresh: Sequence[Fact], chunks: set[int]
) -> tuple[tuple[Fact, ...], Answers]:
    """Return what `framework.reported` gives for a file, with the answers for the next time.

    `before` are the answers for a version that had the facts `gone` where there are `fresh` now, in `chunks`; the others and the order
    are the same.
    """
    changed = _changed(gone, fresh)
    if Import in changed:
        before = None
    touched = chunks | changed
    file = _Recording(path, language, facts)
    file.views = {}
    answers = []
    found: dict[Fact, None] = {}
    with file.asking(_FILE):
        wanted = list(steps(file))
    for place, step in enumerate(wanted):
        old = before.steps[place] if before is not None else {}
        new: dict[int, _Answer] = {}
        for chunk, asked in _asked(step, file):
            answer = old.get(chunk, _NOTHING) if before is not None and chunk not in chunks else None
            if answer is None or not answer.reads.isdisjoint(touched):
                with file.asking(chunk) as reads:
                    answer = _Answer(tuple(_answers(step, asked, file)), frozenset(reads))
            if answer is not _NOTHING and (answer.facts or answer.reads):
                new[chunk] = answer
                found.update(dict.fromkeys(answer.facts))
        answers.append(new)
    return tuple(found), Answers(tuple(answers))


_NOTHING = _Answer((), frozenset())


def _asked(step: Step, file: _Recording) -> Iterable[tuple[int, Sequence[Any]]]:
    return [(_FILE, ())] if step.kind is None else File.by_chunk(file, step.kind).items()


def _answers(step: Step, asked: Sequence[Any], file: File) -> Iterator[Fact]:
    if step.kind is None or step.is_whole:
        yield from step.report(asked, file) or ()
    else:
        for fact in asked:
            yield from step.report(fact, file) or ()


def _changed(gone: Sequence[Fact], fresh: Sequence[Fact]) -> set[Any]:
    """Return the kinds, and the names by which facts of a kind are found, whose facts are not the same any more."""
    before, after = _by_name(gone), _by_name(fresh)
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def _by_name(facts: Sequence[Fact]) -> dict[Any, list[Fact]]:
    found: dict[Any, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[type(fact)].append(fact)
        if isinstance(fact, Call | Comparison):
            found[type(fact), fact.function].append(fact)
        elif isinstance(fact, Assignment):
            found[Assignment, fact.function, fact.target].append(fact)
        elif isinstance(fact, Definition):
            found[Definition, fact.name].append(fact)
    return found
