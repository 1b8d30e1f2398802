"""The model: the facts of all files by kind, and the views that join them, each built when first asked for.

What a view or a rule reads is recorded while it runs: all facts of a kind, those of one file, what an index has under a key, or another
view. After an edit a view is built again, and a rule run again, only when something that it read has changed; so there is no list of
dependencies that could be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from architrave.facts import Fact
from architrave.facts.api import HttpCall
from architrave.facts.code import Definition, Import
from architrave.facts.data import Query
from architrave.facts.messaging import CacheOperation, Publish, Subscribe
from architrave.model.pieces import Answer, Each, Groups, Index, InFile, Pieces, Under, Written
from architrave.text import Location, Span

if TYPE_CHECKING:
    from architrave.model.calls import Calls
    from architrave.model.classes import Classes
    from architrave.model.data import Data
    from architrave.model.deployment import Deployment
    from architrave.model.messaging import Messaging
    from architrave.model.modules import Modules
    from architrave.model.routes import Routes
    from architrave.model.services import Services

T = TypeVar("T")
V = TypeVar("V")

Read = Any  # A kind of fact in all files, a view, or one of `InFile`, `Under`, `Each`.
Resolved = tuple[tuple[Import, str], ...]  # The imports of a file that lead to a file or folder of the workspace, and where.


class FactsOfKind(Written, Protocol):
    """The facts of one kind by path, in the order of paths."""

    def items(self) -> Iterable[tuple[str, tuple[Any, ...]]]: ...
    def get(self, path: str, otherwise: tuple[Any, ...], /) -> tuple[Any, ...]: ...


# Kinds of fact that may stand on what a name of another file is.
THROUGH: frozenset[type] = frozenset({CacheOperation, HttpCall, Publish, Query, Subscribe})


class Files:
    """A kind that stands for the list of files."""


class Imports:
    """A kind that stands for where the imports of all files lead."""


class AtBase:
    """A kind that stands for the workspace as it was at its base."""


def by_value(view: Callable[[Model], V]) -> Callable[[Model], V]:
    """Mark a view that is all said by its value: built again and equal to what it was, it has not changed."""
    view.is_value = True  # type: ignore[attr-defined]
    return view


class Model:
    """Facts by kind and file, in the order of paths. `imports` gives for each file where its imports lead; `declared` is what the
    configuration declares."""

    def __init__(
        self,
        facts: Mapping[type, FactsOfKind],
        languages: Mapping[str, str],
        imports: Mapping[str, Resolved],
        declared: Mapping[str, Any] | None = None,
    ) -> None:
        self._facts = facts
        self._languages = languages
        self._imports = imports
        self.declared = declared or {}
        self._base: Model | None = None
        self._views: dict[Callable[[Model], Any], _Built] = {}
        self._fronts: dict[Callable[[Model], Any], Any] = {}
        self._each: dict[Each, Pieces] = {}
        self._indexes: dict[Callable[..., Any], Index] = {}
        self._found: dict[Under, list[Any]] = {}  # In the indexes, since this model was made.
        self._by_file: dict[tuple[type, Callable[..., Any]], dict[str, tuple[Any, Any]]] = {}
        self._trace: set[Read] = set()
        self._earlier: _Earlier | None = None
        self._lock = RLock()  # Requests of an editor may build views of one snapshot in several threads.

    # Facts

    def each(self, kind: type[T]) -> Iterator[tuple[str, T]]:
        """Yield (path, fact) for every fact of a kind, by path and then in the order of the file."""
        if self._goes_through(kind):
            yield from self.in_each(kind, _known)
            return
        self._trace.add(kind)
        for path, facts in self._facts.get(kind, _NO_FACTS).items():
            for fact in facts:
                yield path, fact

    def of(self, path: str, kind: type[T]) -> tuple[T, ...]:
        """Return the facts of a kind in one file, in its order."""
        if kind not in self._trace:
            self._trace.add(InFile(path, kind))
        return self._as_known(path, kind, self._facts.get(kind, _NO_FACTS).get(path, ()))

    def _as_known(self, path: str, kind: type[T], facts: tuple[T, ...]) -> tuple[T, ...]:
        if kind in THROUGH and any(fact.through for fact in facts):  # type: ignore[attr-defined]
            return tuple(known for fact in facts for _, known in _known(self, path, fact))
        return facts

    def _goes_through(self, kind: type) -> bool:
        return kind in THROUGH and next(self._in_each(kind, _through), None) is not None

    def in_each(self, kind: type[T], find: Callable[..., Iterable[V]], *options: Any) -> Iterator[V]:
        """Yield what `find(model, path, fact, *options)` gives for every fact of a kind, by path and then in the order of the file.

        What it gave is kept as long as nothing that it read has changed, so that after an edit it is asked about few facts again.
        Options are hashable.
        """
        if self._goes_through(kind) and find is not _known:
            options, find = (find, *options), _of_known
        return self._in_each(kind, find, *options)

    def _in_each(self, kind: type[T], find: Callable[..., Iterable[V]], *options: Any) -> Iterator[V]:
        key = Each(kind, find, options)
        with self._lock:
            if self._earlier is not None:
                self._earlier.take_pieces(key)
            pieces = self._each.get(key)
            if pieces is None or pieces.has_moved:
                pieces = Pieces(kind)
                pieces = pieces.with_answers(self._asked(key, pieces, self._facts.get(kind, _NO_FACTS)))
            elif pieces.pending:
                answers = self._asked(key, pieces, pieces.affected(pieces.pending), pieces.pending)
                pieces = replace(pieces.with_answers(answers), pending=frozenset())
            self._each[key] = pieces
            self._trace.add(key)
        yield from pieces

    def _asked(self, key: Each, pieces: Pieces, paths: Iterable[str], changed: Set[Read] = frozenset()) -> dict[str, dict[int, Answer]]:
        return {path: self._asked_in(key, pieces, path, changed) for path in paths}

    def _asked_in(self, key: Each, pieces: Pieces, path: str, changed: Set[Read]) -> dict[int, Answer]:
        def ask(facts: tuple[Any, ...]) -> Answer:
            found = self.traced(lambda: tuple(value for fact in facts for value in key.find(self, path, fact, *key.options)))
            return Answer(facts, *found)

        return pieces.asked(path, self._groups(pieces.kind, path), changed, ask)

    def _groups(self, kind: type, path: str) -> Groups:
        facts = self._facts.get(kind)
        return facts.groups(path) if facts is not None else {}

    def definition(self, place: tuple[str, str]) -> Definition | None:
        """Return the first definition in a file (`path`, `name`) that has this nested name."""
        return self.of_file(place[0], Definition, _by_name).get(place[1])

    def by_file(self, kind: type[T], build: Callable[[str, tuple[T, ...]], V]) -> dict[str, V]:
        """Return `build(path, facts)` for every file that has facts of a kind, by path; kept while a file stays the same."""
        self._trace.add(kind)
        return {path: self._piece(kind, path, build) for path in self._facts.get(kind, _NO_FACTS)}

    def of_file(self, path: str, kind: type[T], build: Callable[[str, tuple[T, ...]], V]) -> V:
        """Return `build(path, facts)` for one file; kept while it stays the same."""
        if kind not in self._trace:
            self._trace.add(InFile(path, kind))
        return self._piece(kind, path, build)

    def inside(self, place: tuple[str, str], kind: type[T]) -> tuple[T, ...]:
        """Return the facts of a kind that stand directly in a function: its file and its nested name, "" for the top of the file."""
        return self._as_known(place[0], kind, self.of_file(place[0], kind, _by_function).get(place[1], ()))

    def _piece(self, kind: type[T], path: str, build: Callable[[str, tuple[T, ...]], V]) -> V:
        facts = self._facts.get(kind, _NO_FACTS).get(path, ())
        pieces = self._by_file.setdefault((kind, build), {})
        known = pieces.get(path)
        if known is None or known[0] is not facts:
            known = pieces[path] = (facts, build(path, facts))
        value: V = known[1]
        return value

    def under(
        self, kind: type[T], build: Callable[[str, tuple[T, ...]], Mapping[str, V]], key: str, *, by_last_name: bool = False
    ) -> list[V]:
        """Return what there is of the facts of a kind under a key, by path. `build(path, facts)` gives what some facts of a file have
        under each key, which stands in one of these facts as it is: files that do not mention it are not looked into. `by_last_name`: it
        stands there as the last part of a dotted name that a list follows, as the arguments follow a callee."""
        with self._lock:
            if self._earlier is not None:
                self._earlier.take_index(build)
            index = self._indexes.get(build)
            if index is None:
                index = self._indexes[build] = Index(kind, build, self._facts.get(kind, _NO_FACTS), by_last_name)
            read = Under(build, key)
            self._trace.add(read)
            found = self._found.get(read)
            if found is None:
                found = self._found[read] = index.get(key)
            return found

    @property
    def files(self) -> Mapping[str, str]:
        """The files, and the language of each."""
        self._trace.add(Files)
        return self._languages

    @property
    def imports(self) -> Mapping[str, Resolved]:
        self._trace.add(Imports)
        return self._imports

    @property
    def base(self) -> Model | None:
        """The workspace as it was at its base, the revision that a change is held against; None where there is none."""
        self._trace.add(AtBase)
        return self._base

    def held_against(self, base: Model | None) -> None:
        self._base = base

    @staticmethod
    def at(path: str, span: Span) -> Location:
        return Location(path, span)

    # Views

    def derived(self, view: Callable[[Model], V]) -> V:
        """Return `view(self)`, built once and kept as long as what it read stays the same. It must not hold on to the model."""
        with self._lock:
            if self._earlier is not None:
                self._earlier.take_view(view)
            built = self._views.get(view)
            if built is None or built.value is _MOVED:
                built = self._views[view] = _Built(*self.traced(lambda: view(self)))
            self._trace.add(view)
            value: V = built.value
            return value

    def front(self, view: Callable[[Model], V]) -> V:
        """Return `view(self)`, a view that holds nothing of its own: what is read is what its methods read when they are called."""
        with self._lock:
            if view not in self._fronts:
                self._fronts[view] = view(self)
            value: V = self._fronts[view]
            return value

    def traced(self, run: Callable[[], V]) -> tuple[V, frozenset[Read]]:
        """Return what `run` returns, and what it read."""
        with self._lock:
            outer, self._trace = self._trace, set()
            try:
                value = run()
                return value, frozenset(self._trace)
            finally:
                self._trace = outer

    def keep(self, old: Model, changed: set[Read], moved: Sequence[set[Read]]) -> None:
        """Take over what an older model has worked out. `changed` are the facts that differ, each of `moved` those that one edit moved.

        Views and pieces that differ in turn are added to these sets.
        """
        self._by_file = old._by_file
        self._earlier = _Earlier(self, old, changed, moved)
        try:
            with old._lock:  # A request in another thread may be building views of it.
                self._earlier.take_all()
        finally:
            self._earlier = None

    def twin(self) -> Model:
        """Return a model of the same facts with what has been worked out, for another thread."""
        other = Model(self._facts, self._languages, self._imports, self.declared)
        other._base = self._base
        with self._lock:
            other._views, other._each = dict(self._views), dict(self._each)
            other._indexes, other._found = dict(self._indexes), dict(self._found)
        other._by_file = {key: dict(pieces) for key, pieces in list(self._by_file.items())}
        return other

    @property
    def modules(self) -> Modules:
        from architrave.model.modules import Modules

        return self.derived(Modules)

    @property
    def classes(self) -> Classes:
        from architrave.model.classes import Classes

        return self.derived(Classes)

    @property
    def calls(self) -> Calls:
        from architrave.model.calls import Calls

        return self.front(Calls)

    @property
    def services(self) -> Services:
        from architrave.model.services import Services

        return self.derived(Services)

    @property
    def routes(self) -> Routes:
        from architrave.model.routes import Routes

        return self.derived(Routes)

    @property
    def data(self) -> Data:
        from architrave.model.data import Data

        return self.front(Data)

    @property
    def messaging(self) -> Messaging:
        from architrave.model.messaging import Messaging

        return self.derived(Messaging)

    @property
    def deployment(self) -> Deployment:
        from architrave.model.deployment import Deployment

        return self.derived(Deployment)


def _by_name(path: str, definitions: tuple[Definition, ...]) -> Mapping[str, Definition]:
    return {definition.name: definition for definition in reversed(definitions)}


def _by_function(path: str, facts: tuple[Any, ...]) -> Mapping[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for fact in facts:
        found.setdefault(fact.function, []).append(fact)
    return {function: tuple(inside) for function, inside in found.items()}


def _through(model: Model, path: str, fact: Any) -> Iterator[bool]:
    if fact.through:
        yield True


def _known(model: Model, path: str, fact: Any) -> Iterator[tuple[str, Any]]:
    """Yield a fact that stands on a name of another file as what that makes of it, if anything."""
    from architrave.model.clients import known

    found = known(model, path, fact) if fact.through else fact
    if found is not None:
        yield path, found


def _of_known(model: Model, path: str, fact: Any, find: Callable[..., Iterable[V]], *options: Any) -> Iterator[V]:
    for _, found in _known(model, path, fact):
        yield from find(model, path, found, *options)


class _NoFacts(dict[str, tuple[Any, ...]]):
    def groups(self, path: str) -> Groups:
        return {}

    def may_mention(self, path: str, text: str, is_last_name: bool) -> bool:
        return False


_NO_FACTS = _NoFacts()


class _Built(NamedTuple):
    """A view and what it read; its value is `_MOVED` when that is to be built again, as only places in it have moved."""

    value: Any
    reads: frozenset[Read]


_MOVED = object()


class _Earlier:
    """An older model from which a new one takes over what stays the same, each thing after those that it was made of."""

    def __init__(self, new: Model, old: Model, changed: set[Read], moved: Sequence[set[Read]]) -> None:
        self.new = new
        self.old = old
        self.changed = changed
        self.moved = moved
        self._seen: set[object] = set()

    def take_all(self) -> None:
        for build in self.old._indexes:
            self.take_index(build)
        for view in self.old._views:
            self.take_view(view)
        for key in self.old._each:
            self.take_pieces(key)

    def take_index(self, build: Callable[..., Any]) -> None:
        index = self.old._indexes.get(build)
        if index is None or build in self._seen:
            return
        self._seen.add(build)
        for reads in (self.changed, *self.moved):
            for read in [read for read in reads if isinstance(read, InFile) and read.kind is index.kind]:
                index, keys = index.changed(read.path, self.new._groups(index.kind, read.path))
                reads.update(Under(build, key) for key in keys)
        self.new._indexes[build] = index

    def take_view(self, view: Callable[[Model], Any]) -> None:
        built = self.old._views.get(view)
        if built is None or view in self._seen:
            return
        self._seen.add(view)
        self._take(built.reads)
        if not built.reads.isdisjoint(self.changed):
            if not getattr(view, "is_value", False) or built.value is _MOVED:
                self.changed.add(view)  # It is built when it is next asked for.
                return
            again = _Built(*self.new.traced(lambda: view(self.new)))
            if again.value != built.value:
                self.changed.add(view)
            else:
                again = _Built(built.value, again.reads)
            self.new._views[view] = again
            return
        moved = [reads for reads in self.moved if not built.reads.isdisjoint(reads)]
        for reads in moved:
            reads.add(view)
        self.new._views[view] = _Built(_MOVED, built.reads) if moved else built

    def take_pieces(self, key: Each) -> None:
        pieces = self.old._each.get(key)
        if pieces is None or key in self._seen:
            return
        self._seen.add(key)
        self._take(pieces.common)
        if not pieces.common.isdisjoint(self.changed):
            self.changed.add(key)  # All files are asked about when it is next asked for.
            return
        for reads in self.moved:
            has_moved = not pieces.common.isdisjoint(reads)
            if has_moved or pieces.affected(reads):
                pieces = pieces.moved(reads, everywhere=has_moved)
                reads.add(key)
        affected = pieces.affected(self.changed)
        if affected:
            again = self._again(key, pieces, affected)
            if again is None or any(again.values(path) != pieces.values(path) for path in affected):
                self.changed.add(key)
            if again is None:
                return
            pieces = again
        self.new._each[key] = pieces

    def _again(self, key: Each, pieces: Pieces, paths: Iterable[str]) -> Pieces | None:
        """Return pieces with what is found in some files now; None when it is better to ask again when they are asked for."""
        if pieces.has_moved:
            return None
        try:
            return pieces.with_answers(self.new._asked(key, pieces, paths, self.changed | pieces.pending))
        except Exception:  # Then it is known by which rule.
            return None

    def _take(self, reads: Iterable[Read]) -> None:
        for read in reads:
            if isinstance(read, Each):
                self.take_pieces(read)
            elif read in self.old._views:
                self.take_view(read)


def by_kind(facts: tuple[Fact, ...]) -> dict[type, tuple[Any, ...]]:
    """Group facts by kind, each group in their order."""
    found: dict[type, list[Any]] = {}
    for fact in facts:
        found.setdefault(type(fact), []).append(fact)
    return {kind: tuple(group) for kind, group in found.items()}
