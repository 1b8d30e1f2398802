"""A workspace: changes go in, snapshots come out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from posixpath import dirname
from time import perf_counter
from typing import Any

from architrave.analysis.baseline import Baseline
from architrave.analysis.extraction import Extraction, extract, settled, update
from architrave.analysis.filefacts import RAW, FileFacts
from architrave.analysis.files import Purpose
from architrave.analysis.imports import resolved
from architrave.analysis.judgement import Judgement
from architrave.analysis.moves import Move, is_moved, move_of
from architrave.analysis.runner import Outcome, run
from architrave.analysis.settings import selection
from architrave.analysis.snapshot import Snapshot, absolute_facts
from architrave.config import Config
from architrave.facts import Fact
from architrave.facts.code import Import
from architrave.facts.deployment import Manifest
from architrave.model.graph import Files, Model, Read, Resolved
from architrave.paths import Paths
from architrave.text import Change


class Workspace:
    """The files of one folder as they are now: on disk, or in the editor's buffers.

    Not safe for threads: one thread at a time may change it or ask for a snapshot. The snapshots may be read by any thread.
    `explicit` are paths that the user named one by one: their findings count whatever they are for. `exempt` is what the folder
    itself is for (`files.purposes_of_folder`): who opens a folder of tests wants to see what is in them.
    """

    def __init__(
        self,
        config: Config | None = None,
        baseline: Baseline | None = None,
        explicit: Collection[str] = (),
        exempt: Collection[Purpose] = (),
    ) -> None:
        self.config = config or Config()
        self._judgement = Judgement(self.config.include_tests, frozenset(explicit), baseline or Baseline(), date.today(), frozenset(exempt))
        self._files: dict[str, FileFacts] = {}
        self._open: dict[str, Extraction] = {}
        self._with: dict[type, dict[str, FileFacts]] = {}  # The files that have facts of a kind.
        self._mine: set[type] = set()  # The kinds whose table no snapshot shares, so that it may be changed in place.
        self._unsorted: set[type] = set()
        self._languages: dict[str, str] = {}
        self._reimported: set[str] = set()  # The files whose imports are to be resolved again.
        self._imports: dict[str, Resolved] = {}
        self.resolution_seconds = 0.0
        self._paths: Paths | None = None
        self._model: Model | None = None
        self._outcomes: Mapping[str, Outcome] = {}
        self._changed: set[Read] = set()
        self._moves: list[tuple[Move, set[Read]]] = []  # Edits, and the facts that they only moved.
        self._selection, _ = selection(self.config)
        self.keys: Mapping[str, bytes] = {}  # What the last scan read, by the keys of the cache.
        self._snapshot: Snapshot | None = None
        self._last: Snapshot | None = None  # The one before, for what it has worked out.

    def fork(self) -> Workspace:
        """Return a workspace that is as this one is now and goes its own way. What has been worked out is shared, so it costs little.

        Another thread may then change the fork while this one changes.
        """
        self.snapshot()
        other = Workspace(self.config)
        other._judgement = self._judgement
        other._files = dict(self._files)
        other._with = dict(self._with)
        self._mine.clear()  # Both share the tables from now on.
        other._languages, other._imports, other._paths = self._languages, self._imports, self._paths
        other._model, other._outcomes = self._model, self._outcomes
        other._snapshot, other._last = self._snapshot, self._last
        return other

    @property
    def paths(self) -> Collection[str]:
        return self._files.keys()

    def judge_by(self, baseline: Baseline) -> None:
        """Take another baseline: other findings are known from now on."""
        self._judgement = replace(self._judgement, baseline=baseline)
        self._snapshot = None

    def put(self, path: str, text: bytes, changes: tuple[Change, ...] = ()) -> None:
        """Take the text of a file; `changes` say how it came of the text that was put before. What makes the next edit cheap is kept."""
        old = self._open.get(path)
        extraction = update(old, text, changes) if old is not None and changes else extract(path, text)
        self._open[path] = extraction
        self._take(extraction.result, changes[0] if len(changes) == 1 else None)

    def settle(self, path: str, text: bytes) -> bool:
        """Read an open file with syntax errors from nothing, and return whether that gave other facts than its edits did.

        A pause in typing is the time for it: what tree-sitter makes of broken source depends on the way there.
        """
        old = self._open.get(path)
        if old is None or not old.has_errors:
            return False
        fresh = settled(old, text)
        is_other = absolute_facts(fresh.result) != absolute_facts(old.result)
        self._open[path] = fresh
        self.load(fresh.result)
        return is_other

    def release(self, path: str) -> None:
        """Forget what makes the edits of a file cheap: it is closed. Its facts stay."""
        self._open.pop(path, None)

    def load(self, file: FileFacts) -> None:
        """Take the facts of a file that were extracted elsewhere: by a worker, or earlier."""
        self._take(file, None)

    def _take(self, file: FileFacts, change: Change | None) -> None:
        path = file.path
        old = self._files.get(path)
        if old is file:
            return
        if old is None:
            self._paths = None
            self._changed.add(Files)
        self._files[path] = file
        self._replace(path, old, file, change)

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._open.pop(path, None)
            old = self._files.pop(path, None)
            if old is not None:
                self._replace(path, old, None)
                self._paths = None
                self._changed.add(Files)

    def _replace(self, path: str, old: FileFacts | None, new: FileFacts | None, change: Change | None = None) -> None:
        """Put the facts of a file in the place of its earlier ones, and note the kinds that differ, or that `change` has moved."""
        kinds = new.kinds if new is not None else set()
        move = move_of(old, new, change) if old is not None and new is not None and change is not None else None
        for kind in old.kinds - kinds if old is not None else ():
            del self._table(kind)[path]
            self._changed |= {kind, (path, kind)}
            if kind is Import:
                self._reimported.add(path)
        moved: set[Read] = set()
        for kind in kinds:
            assert new is not None
            if old is None or not old.is_same(kind, new):
                if move is not None and old is not None and is_moved(kind, old.of(kind), new.of(kind), move):
                    moved |= {kind, (path, kind)}
                else:
                    self._changed |= {kind, (path, kind)}
                if kind is Import:
                    self._reimported.add(path)
            table = self._table(kind)
            if path not in table:
                self._unsorted.add(kind)
            table[path] = new
        if move is not None and moved:
            self._moves.append((move, moved))
        self._snapshot = None

    def _table(self, kind: type) -> dict[str, FileFacts]:
        table = self._with.get(kind)
        if table is None:
            table = self._with[kind] = {}
        elif kind not in self._mine:
            table = self._with[kind] = dict(table)
        self._mine.add(kind)
        return table

    def facts(self, path: str) -> tuple[Fact, ...]:
        """Return the facts of one file with absolute spans, without running anything."""
        file = self._files.get(path)
        return absolute_facts(file) if file is not None else ()

    def snapshot(self) -> Snapshot:
        """Return the state as it is now. Views and findings whose facts have not changed are taken over."""
        if self._judgement.today != (today := date.today()):  # A server lives for weeks, and suppressions end on a day.
            self._judgement = replace(self._judgement, today=today)
            self._snapshot = None
        if self._snapshot is None:
            if self._model is None or self._changed or self._moves:
                self._rebuild()
            assert self._model is not None
            self._snapshot = self._last = Snapshot(dict(self._files), self._model, self._outcomes, self._judgement, self._last)
        return self._snapshot

    def _rebuild(self) -> None:
        for kind in self._unsorted:
            self._with[kind] = dict(sorted(self._with[kind].items()))
        if Files in self._changed:
            self._languages = {path: self._files[path].language for path in sorted(self._files)}
        self._resolve_imports()
        changed = frozenset(self._changed)
        model = Model(
            {**{kind: _Facts(kind, files) for kind, files in self._with.items()}, **{kind: _NotKept(kind) for kind in RAW}},
            self._languages,
            self._imports,
            {"layers": self.config.layers, "services": self.config.services},
        )
        if self._model is not None:
            model.keep(self._model, changed.union(*(facts for _, facts in self._moves)))
        self._outcomes = run(model, self._selection, self._outcomes, changed if self._model is not None else None, self._moves)
        self._model = model
        self._mine.clear()
        self._unsorted.clear()
        self._changed = set()
        self._moves = []

    def _resolve_imports(self) -> None:
        """Resolve the imports of the files whose imports have changed, or of all when there are other files or packages than before."""
        started = perf_counter()
        imports = self._with.get(Import, {})
        if self._paths is None or Manifest in self._changed:
            self._paths = Paths(self._files, self._manifests())
            self._imports = {path: resolved(path, file.of(Import), self._paths) for path, file in imports.items()}
            self._changed.add(Import)
        elif self._reimported:
            again = {path: resolved(path, imports[path].of(Import), self._paths) for path in self._reimported if path in imports}
            kept = {path: found for path, found in self._imports.items() if path not in self._reimported or path in again}
            merged = {**kept, **again}
            self._imports = merged if merged.keys() == self._imports.keys() else dict(sorted(merged.items()))
        self._reimported.clear()
        self.resolution_seconds = perf_counter() - started

    def _manifests(self) -> dict[str, tuple[Manifest, ...]]:
        found: dict[str, tuple[Manifest, ...]] = {}
        for path, file in self._with.get(Manifest, {}).items():
            found[dirname(path)] = (*found.get(dirname(path), ()), *file.of(Manifest))
        return found


class _Facts(Mapping[str, tuple[Any, ...]]):
    """The facts of one kind by path, in the order of paths, each file's decoded when it is first read."""

    __slots__ = ("_files", "_kind")

    def __init__(self, kind: type, files: Mapping[str, FileFacts]) -> None:
        self._kind = kind
        self._files = files

    def __getitem__(self, path: str) -> tuple[Any, ...]:
        return self._files[path].of(self._kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class _NotKept(_Facts):
    """Stands for a kind that is for frameworks alone, so that a rule that reads it fails in its first test."""

    def __init__(self, kind: type) -> None:
        super().__init__(kind, {})

    def __getitem__(self, path: str) -> tuple[Any, ...]:
        raise TypeError(f"`{self._kind.__name__}` is for frameworks and not kept for rules: see `RAW` in analysis/filefacts.py")

    def __iter__(self) -> Iterator[str]:
        raise TypeError(f"`{self._kind.__name__}` is for frameworks and not kept for rules: see `RAW` in analysis/filefacts.py")
