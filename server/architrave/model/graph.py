"""The model: the facts of all files by kind, and the views that join them, each built when first asked for.

What a view or a rule reads is recorded while it runs: all facts of a kind, or those of one file. After an edit a view is built again,
and a rule run again, only when something that it read has changed; so there is no list of dependencies that could be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from architrave.facts import Fact
from architrave.facts.api import HttpCall
from architrave.facts.code import Import
from architrave.facts.data import Query
from architrave.facts.messaging import CacheOperation, Publish, Subscribe
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


def _goes_through(path: str, facts: tuple[Any, ...]) -> bool:
    return any(fact.through for fact in facts)


Read = type | tuple[str, type]  # A kind of fact in all files, or in one.
Resolved = tuple[tuple[Import, str], ...]  # The imports of a file that lead to a file or folder of the workspace, and where.


# Kinds of fact that may stand on what a name of another file is. A view of each kind, so that their pieces are told apart.
_THROUGH: dict[type, Callable[[str, tuple[Any, ...]], bool]] = {
    kind: partial(_goes_through) for kind in (CacheOperation, HttpCall, Publish, Query, Subscribe)
}


class Files:
    """A kind that stands for the list of files."""


class Model:
    """Facts by kind and file, in the order of paths. `imports` gives for each file where its imports lead; `declared` is what the
    configuration declares."""

    def __init__(
        self,
        facts: Mapping[type, Mapping[str, tuple[Any, ...]]],
        languages: Mapping[str, str],
        imports: Mapping[str, Resolved],
        declared: Mapping[str, Any] | None = None,
    ) -> None:
        self._facts = facts
        self._languages = languages
        self._imports = imports
        self.declared = declared or {}
        self._derived: dict[object, tuple[Any, frozenset[Read]]] = {}
        self._pieces: dict[object, dict[str, tuple[Any, Any]]] = {}
        self._trace: set[Read] = set()
        self._noted: set[object] = set()  # The views whose reads are in the trace.
        self._lock = RLock()  # Requests of an editor may build views of one snapshot in several threads.

    # Facts

    def each(self, kind: type[T]) -> Iterator[tuple[str, T]]:
        """Yield (path, fact) for every fact of a kind, by path and then in the order of the file."""
        for path, facts in self._of_kind(kind).items():
            for fact in facts:
                yield path, fact

    def of(self, path: str, kind: type[T]) -> tuple[T, ...]:
        """Return the facts of a kind in one file, in its order."""
        if kind not in self._trace:
            self._trace.add((path, kind))
        facts = self._facts.get(kind, {}).get(path, ())
        return self._of_kind(kind).get(path, ()) if kind in _THROUGH and _goes_through(path, facts) else facts

    def _of_kind(self, kind: type[T]) -> Mapping[str, tuple[T, ...]]:
        """Return the facts of a kind by file; those that go through a client of another file only where it is one."""
        self._trace.add(kind)
        facts = self._facts.get(kind, {})
        if not any(self._goes_through(kind).values()):
            return facts
        from architrave.model.clients import settled

        view: Callable[[Model], Mapping[str, tuple[T, ...]]] = settled(cast(Any, kind))
        return self.derived(view)

    def _goes_through(self, kind: type[Any]) -> Mapping[str, bool]:
        return self.by_file(kind, _THROUGH[kind]) if kind in _THROUGH else {}

    def as_read(self, kind: type[T]) -> Mapping[str, tuple[T, ...]]:
        """Return the facts of a kind by file, also those that go through what may be no client."""
        self._trace.add(kind)
        return self._facts.get(kind, {})

    def by_file(self, kind: type[T], build: Callable[[str, tuple[T, ...]], V]) -> dict[str, V]:
        """Return `build(path, facts)` for every file that has facts of a kind, as they were read, by path.

        What was built of a file is taken over from earlier models while the file stays the same, so a view that is made of such
        pieces costs an edit little.
        """
        self._trace.add(kind)
        with self._lock:
            earlier = self._pieces.get(build, {})
            pieces: dict[str, tuple[Any, Any]] = {}
            for path, facts in self._facts.get(kind, {}).items():
                known = earlier.get(path)
                pieces[path] = known if known is not None and known[0] is facts else (facts, build(path, facts))
            self._pieces[build] = pieces
        return {path: piece for path, (_, piece) in pieces.items()}

    @property
    def files(self) -> Mapping[str, str]:
        """The files, and the language of each."""
        self._trace.add(Files)
        return self._languages

    @property
    def imports(self) -> Mapping[str, Resolved]:
        self._trace.add(Import)
        return self._imports

    @staticmethod
    def at(path: str, span: Span) -> Location:
        return Location(path, span)

    # Views

    def derived(self, view: Callable[[Model], V]) -> V:
        """Return `view(self)`, built once and kept as long as the facts that it read stay the same."""
        with self._lock:
            known = self._derived.get(view)
            if known is None:
                known = self._derived[view] = self.traced(lambda: view(self))
            value: V = known[0]
            if view not in self._noted:
                self._noted.add(view)
                self._trace |= known[1]
            return value

    def traced(self, run: Callable[[], V]) -> tuple[V, frozenset[Read]]:
        """Return what `run` returns, and what it read."""
        with self._lock:
            outer = self._trace, self._noted
            self._trace, self._noted = set(), set()
            try:
                value = run()
            finally:
                read = frozenset(self._trace)
                self._trace, self._noted = outer
            return value, read

    def keep(self, old: Model, changed: frozenset[Read]) -> None:
        """Take over the views of an older model that read nothing of what has `changed`."""
        self._pieces = dict(old._pieces)
        for view, (value, reads) in old._derived.items():
            if reads.isdisjoint(changed):
                self._derived[view] = (value, reads)

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

        return self.derived(Calls)

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

        return self.derived(Data)

    @property
    def messaging(self) -> Messaging:
        from architrave.model.messaging import Messaging

        return self.derived(Messaging)

    @property
    def deployment(self) -> Deployment:
        from architrave.model.deployment import Deployment

        return self.derived(Deployment)


def by_kind(facts: tuple[Fact, ...]) -> dict[type, tuple[Any, ...]]:
    """Group facts by kind, each group in their order."""
    found: dict[type, list[Any]] = {}
    for fact in facts:
        found.setdefault(type(fact), []).append(fact)
    return {kind: tuple(group) for kind, group in found.items()}
