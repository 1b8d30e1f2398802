"""What frameworks see in an open file, asked again only where an edit may have changed the answer.

What a reporter looks up in its file is recorded while it runs. Its facts stay as long as its chunk and everything that it looked up
stay the same; so there is no list of dependencies that could be wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Call, Comparison, Definition, Field, Import
from architrave.framework import OWN, File
from architrave.reporters import Step, steps
from architrave.text import Span

T = TypeVar("T")
_FILE = 0  # Stands for the chunk of what is asked about a whole file.
Key = Any  # What is looked up: a kind of fact in all chunks, a chunk, or the name by which facts of a kind are found.


class _Answer(NamedTuple):
    """What one step gave for a chunk, and what it looked up elsewhere."""

    facts: tuple[Fact, ...]
    reads: frozenset[Key]


class _View(NamedTuple):
    """What a function made of a whole file, and what it looked up for it."""

    work_out: Callable[[File], Any]
    value: Any
    reads: frozenset[Key]


class _Facts:
    """The facts of a file by chunk, and by the names that frameworks look them up by."""

    def __init__(self, path: str, language: str) -> None:
        self.path = path
        self.language = language
        self.order: Mapping[int, int] = {}  # The place of each chunk.
        self._ordered: Sequence[int] = ()
        self.chunks: dict[int, dict[type, list[Any]]] = {}
        self.views: dict[Key, _View] = {}
        self._named: dict[Key, dict[int, list[Any]]] = defaultdict(dict)
        self._all: dict[type, list[Any]] = {}
        self._near: dict[int, File] = {}

    def put_in_order(self, chunks: Sequence[int]) -> None:
        if chunks is not self._ordered:
            self._ordered, self.order = chunks, {id: place for place, id in enumerate(chunks)}

    def change(self, id: int, facts: Sequence[Fact]) -> set[Key]:
        """Take the facts of a chunk, and return the keys under which others are found now than before."""
        old = self.chunks.pop(id, {})
        new: dict[type, list[Any]] = {}
        for fact in facts:
            new.setdefault(type(fact), []).append(fact)
        if new:
            self.chunks[id] = new
        self._near.pop(id, None)
        touched: set[Key] = {id}
        for kind in {**old, **new}:
            before, after = old.get(kind, []), new.get(kind, [])
            if before == after:
                continue
            touched.add(kind)
            self._all.pop(kind, None)
            if kind not in _NAMES:
                continue
            gone, come = _by_name(kind, before), _by_name(kind, after)
            for key in {**gone, **come}:
                if gone.get(key) == come.get(key):
                    continue
                touched.add(key)
                if key in come:
                    self._named[key][id] = come[key]
                elif self._named[key].pop(id) and not self._named[key]:
                    del self._named[key]
        return touched

    def view(self, work_out: Callable[[File], Any]) -> _View:
        asking = _Asking(self, _FILE)
        value = work_out(asking)
        return _View(work_out, value, frozenset(asking.reads))

    def change_views(self, touched: set[Key]) -> None:
        """Work out anew what was made of something `touched`, and add the views that are others then to that."""
        for key, view in list(self.views.items()):  # One that is made of another comes after it.
            if not view.reads.isdisjoint(touched):
                again = self.view(view.work_out)
                if again.value != view.value:
                    touched.add(key)
                else:
                    again = again._replace(value=view.value)
                self.views[key] = again

    def of(self, kind: type) -> list[Any]:
        found = self._all.get(kind)
        if found is None:
            found = [fact for id in self.order if kind in (facts := self.chunks.get(id, {})) for fact in facts[kind]]
            self._all[kind] = found
        return found

    def named(self, key: Key) -> list[Any]:
        chunks = self._named.get(key)
        if chunks is None:
            return []
        if len(chunks) == 1:
            return next(iter(chunks.values()))
        return [fact for id in sorted(chunks, key=self.order.__getitem__) for fact in chunks[id]]

    def near(self, id: int) -> File:
        """Return a file of this chunk alone."""
        file = self._near.get(id)
        if file is None:
            facts = tuple(fact for found in self.chunks.get(id, {}).values() for fact in found)
            file = self._near[id] = File(self.path, self.language, facts)
        return file


def _given(fact: Assignment) -> Key | None:
    is_own = fact.function and fact.target.startswith(OWN)
    return (Assignment, "of", fact.function.rpartition(".")[0], fact.target) if is_own else None


_NAMES: dict[type, tuple[Callable[[Any], Key | None], ...]] = {
    Call: (lambda fact: (Call, "in", fact.function), lambda fact: (Call, "to", fact.callee)),
    Comparison: (lambda fact: (Comparison, fact.function),),
    Assignment: (lambda fact: (Assignment, fact.function, fact.target), _given),
    Definition: (lambda fact: (Definition, fact.name), lambda fact: (Definition, "of", fact.name.rpartition(".")[0])),
    Field: (lambda fact: (Field, fact.owner),),
    Import: (lambda fact: (Import, fact.alias),),
}


def _by_name(kind: type, facts: Iterable[Any]) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for name in _NAMES[kind]:
        for fact in facts:
            if (key := name(fact)) is not None:
                found.setdefault(key, []).append(fact)
    return found


class _Asking(File):
    """The file as one reporter sees it: every look-up is noted; what lies in the chunk asked about needs no note.

    Whatever else `File` works out, it makes of `_all`, anew for each reporter.
    """

    def __init__(self, facts: _Facts, chunk: int) -> None:
        super().__init__(facts.path, facts.language, ())
        self.__dict__.update(known=facts, chunk=chunk, reads=set())

    known: _Facts
    chunk: int
    reads: set[Key]

    def _near(self, chunk: int) -> File:
        if chunk != self.chunk or chunk == _FILE:
            self.reads.add(chunk)
        return self.known.near(chunk)

    def _named(self, key: Key) -> list[Any]:
        self.reads.add(key)
        return self.known.named(key)

    def _all(self, kind: type[T]) -> list[T]:
        self.reads.add(kind)
        return self.known.of(kind)

    def near(self, kind: type[T], span: Span) -> list[T]:
        return self._near(span.chunk).all(kind)

    def definition(self, name: str) -> Definition | None:
        found = self._named((Definition, name))
        return found[-1] if found else None

    def _assigned_to(self, target: str, function: str) -> list[Assignment]:
        return self._named((Assignment, function, target))

    def _given(self, attribute: str, owner: str) -> list[Assignment]:
        return self._named((Assignment, "of", owner, attribute))

    def imported_as(self, alias: str) -> list[Import]:
        return self._named((Import, alias))

    def imports(self, *modules: str) -> bool:
        return self._viewed(("imports", modules), lambda file: File.imports(file, *modules))

    @property
    def last_import(self) -> Span | None:
        return self._viewed("last import", _last_import)

    def fields(self, owner: str) -> list[Field]:
        return self._named((Field, owner))

    def members(self, owner: str) -> list[Definition]:
        return self._named((Definition, "of", owner))

    def calls_in(self, function: str) -> list[Call]:
        return self._named((Call, "in", function))

    def calls_to(self, *callees: str) -> list[Call]:
        return [call for callee in callees for call in self._named((Call, "to", callee))]

    def comparisons_in(self, function: str) -> list[Comparison]:
        return self._named((Comparison, function))

    def enclosing(self, span: Span, *kinds: str) -> list[Block]:
        return self._near(span.chunk).enclosing(span, *kinds)

    def assigned(self, call: Call) -> Assignment | None:
        return self._near(call.span.chunk).assigned(call)

    def assigned_in(self, block: Block) -> list[Assignment]:
        return self._near(block.span.chunk).assigned_in(block)

    def bound_by_with(self, call: Call) -> str:
        return self._near(call.span.chunk).bound_by_with(call)

    def chain(self, call: Call) -> list[Call]:
        return self._near(call.span.chunk).chain(call)

    def once(self, view: Callable[..., T], *arguments: Any) -> T:
        return self._viewed((view, *arguments), lambda file: view(file, *arguments))

    def _viewed(self, key: Key, work_out: Callable[[File], T]) -> T:
        """Return what a function makes of the whole file. Who asks for it depends on that value, and not on all that it is made of."""
        known = self.known.views.get(key)
        if known is None:
            known = self.known.views[key] = self.known.view(work_out)
        self.reads.add(key)
        found: T = known.value
        return found


def _last_import(file: File) -> Span | None:
    return next((item.span for item in reversed(file.all(Import)) if not item.function and not item.is_reexport), None)


class Seen:
    """What the frameworks see in one open file, kept up to date with its edits."""

    def __init__(self, path: str, language: str) -> None:
        self._facts = _Facts(path, language)
        self._steps: tuple[Step, ...] = ()
        self._answers: dict[tuple[int, int], _Answer] = {}  # By the number of the step, and the chunk asked about.
        self._readers: dict[Key, set[tuple[int, int]]] = defaultdict(set)
        self._placed: dict[int, dict[tuple[int, int], tuple[Fact, ...]]] = defaultdict(dict)  # By the chunk that facts lie in.
        self.owner: object = None  # The version of the file whose facts these are.
        self.asked = 0  # How often a reporter was asked, for who wants to know what an edit costs.

    def changed(self, order: Sequence[int], chunks: Mapping[int, Sequence[Fact]]) -> dict[int, tuple[Fact, ...]]:
        """Take other facts of some chunks, none where one is gone; return what is now seen in the chunks where that is different."""
        self._facts.put_in_order(order)
        touched: set[Key] = set()
        for id, facts in chunks.items():
            touched |= self._facts.change(id, facts)
        self._facts.change_views(touched)
        is_new = not self._steps or Import in touched
        before = dict(self._placed) if is_new and self._take_steps() else None
        if before is not None:
            self._answers.clear()
            self._readers.clear()
            self._placed = defaultdict(dict)
            asked = set(self._all_questions())
        else:
            asked = {(step, id) for id in chunks for step in range(len(self._steps)) if self._is_asked(step, id)}
            asked |= {question for id in chunks for step in range(len(self._steps)) if (question := (step, id)) in self._answers}
            for key in touched:
                asked |= self._readers.get(key, _NOBODY)
        places = self._facts.order
        dirty: set[int] = set(before or ())
        for question in sorted(asked, key=lambda item: (item[0], places.get(item[1], -1))):
            dirty |= self._ask(*question)
        return {id: self._in(id) for id in dirty}

    def _take_steps(self) -> bool:
        """Return whether other frameworks have a say than before."""
        found = steps(_Asking(self._facts, _FILE))
        if found is self._steps:
            return False
        self._steps = found
        return True

    def _is_asked(self, step: int, id: int) -> bool:
        kind = self._steps[step].kind
        return kind is not None and kind in self._facts.chunks.get(id, _NO_FACTS)

    def _all_questions(self) -> Iterator[tuple[int, int]]:
        for step, (kind, *_) in enumerate(self._steps):
            if kind is None:
                yield step, _FILE
            else:
                yield from ((step, id) for id, facts in self._facts.chunks.items() if kind in facts)

    def _ask(self, number: int, id: int) -> set[int]:
        """Ask a step about a chunk, and return the chunks in which it sees something else than before."""
        step = self._steps[number]
        question = (number, id)
        old = self._answers.pop(question, _NOTHING)
        new = _NOTHING
        if step.kind is None or self._is_asked(number, id):
            self.asked += 1
            asking = _Asking(self._facts, id)
            facts = tuple(dict.fromkeys(_told(step, self._facts.chunks.get(id, _NO_FACTS), asking)))
            if facts or asking.reads:
                new = self._answers[question] = _Answer(facts, frozenset(asking.reads))
        for key in old.reads - new.reads:
            self._readers[key].discard(question)
        for key in new.reads - old.reads:
            self._readers[key].add(question)
        if old.facts == new.facts:
            return set()
        dirty = {fact.span.chunk for fact in old.facts} | {fact.span.chunk for fact in new.facts}
        for chunk in dirty:
            placed = tuple(fact for fact in new.facts if fact.span.chunk == chunk)
            if placed:
                self._placed[chunk][question] = placed
            else:
                self._placed[chunk].pop(question, None)
        return dirty

    def _in(self, id: int) -> tuple[Fact, ...]:
        """Return what is seen in a chunk: step by step, and then in the order of the chunks that were asked about."""
        placed, places = self._placed.get(id, {}), self._facts.order
        questions = sorted(placed, key=lambda item: (item[0], places.get(item[1], -1)))
        return tuple(dict.fromkeys(fact for question in questions for fact in placed[question]))


_NOTHING = _Answer((), frozenset())
_NOBODY: frozenset[tuple[int, int]] = frozenset()
_NO_FACTS: Mapping[type, list[Any]] = {}


def _told(step: Step, facts: Mapping[type, list[Any]], file: File) -> Iterator[Fact]:
    if step.kind is None:
        yield from step.report(file, file) or ()
    elif step.is_whole:
        yield from step.report(facts[step.kind], file) or ()
    else:
        for fact in facts[step.kind]:
            yield from step.report(fact, file) or ()
