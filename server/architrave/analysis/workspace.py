"""A workspace: changes go in, snapshots come out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from posixpath import dirname
from time import perf_counter
from typing import Any

from architrave.analysis.baseline import Baseline
from architrave.analysis.filefacts import RAW, FileFacts
from architrave.analysis.files import Reach
from architrave.analysis.imports import resolved
from architrave.analysis.judgement import Judgement
from architrave.analysis.moves import Move, is_moved
from architrave.analysis.opened import Edit, Opened, read, settled
from architrave.analysis.runner import Outcome, Selection, differing, run
from architrave.analysis.settings import selection
from architrave.analysis.snapshot import Snapshot, absolute_facts
from architrave.config import Config
from architrave.facts import Fact
from architrave.facts.code import Import
from architrave.facts.deployment import Manifest
from architrave.model.graph import AtBase, Files, Imports, Model, Read, Resolved
from architrave.model.pieces import Groups, InFile
from architrave.paths import Paths

# What the files of a workspace were at its base, given their paths and those that are not as on disk: `base.Base.differing`.
AsAtBase = Callable[[Collection[str], Collection[str]], Mapping[str, FileFacts | None] | None]


class Workspace:
    """The files of one folder as they are now: on disk, or in the editor's buffers.

    Not safe for threads: one thread at a time may change it or ask for a snapshot. The snapshots may be read by any thread.
    """

    def __init__(self, config: Config | None = None, baseline: Baseline | None = None, reach: Reach | None = None) -> None:
        self.config = config or Config()
        self.reach = reach or Reach(self.config.include_tests)
        self._judgement = Judgement(self.reach, baseline or Baseline(), date.today())
        self._files: dict[str, FileFacts] = {}
        self._open: dict[str, Opened] = {}
        self._handed: dict[str, None] = {}  # The files whose text was handed over, and may be another one than on disk.
        self._is_shared = False  # Whether a snapshot shares the table of files, so that it must not be changed in place.
        self._with: dict[type, dict[str, None]] = {}  # The files that have facts of a kind.
        self._mine: set[type] = set()  # The kinds whose table no snapshot shares.
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
        self._touched: set[str] = set()  # The files that were put, changed or removed.
        self._snapshot: Snapshot | None = None
        self._last: Snapshot | None = None  # The one before, for what it has worked out.
        self._as_at_base: AsAtBase | None = None  # Until a rule has asked for it.
        self._base: Model | None = None

    def fork(self) -> Workspace:
        """Return a workspace that is as this one is now and goes its own way. What has been worked out is shared, so it costs little.

        Another thread may then change the fork, or read it, while this one changes: neither waits for what the other works out.
        """
        snapshot = self.snapshot()
        other = self._twin(snapshot.model)
        other._judgement, other._selection = self._judgement, self._selection
        other._outcomes, other._base = self._outcomes, self._base
        assert other._model is not None
        other._snapshot = other._last = Snapshot(self._files, other._model, self._outcomes, self._judgement, snapshot)
        return other

    def _twin(self, model: Model) -> Workspace:
        """Return a workspace with the same files, that shares what a model of them has worked out. It runs no rules."""
        other = Workspace(self.config, None, self.reach)
        other._selection = Selection((), {}, {})
        other._files, other._is_shared = self._files, True
        self._is_shared = True
        other._with = dict(self._with)
        self._mine.clear()  # Both share the tables from now on.
        other._languages, other._imports, other._paths = self._languages, self._imports, self._paths
        other._model = model.twin()
        return other

    def compare_with(self, as_at_base: AsAtBase | None) -> None:
        """Hold the workspace against a base, which is asked for when a rule wants to know."""
        self._as_at_base, self._base = as_at_base, None
        self._changed.add(AtBase)
        self._snapshot = None

    @property
    def paths(self) -> Collection[str]:
        return self._files.keys()

    def judge_by(self, baseline: Baseline) -> None:
        """Take another baseline: other findings are known from now on."""
        self._judgement = replace(self._judgement, baseline=baseline)
        self._snapshot = None

    def put(self, path: str, text: bytes) -> None:
        """Take the text of a file. What makes the next one cheap is kept."""
        self._handed[path] = None
        file, opened = read(path, text, self._open.pop(path, None))
        self._keep(path, file, opened)

    def settle(self, path: str) -> None:
        """Look at an open file as a whole: what its edits gave may be another thing. A pause in typing is the time for it."""
        opened = self._open.get(path)
        if opened is not None:
            opened = settled(opened)
            self._keep(path, opened.result, opened)

    def _keep(self, path: str, file: FileFacts, opened: Opened | None) -> None:
        if opened is not None:
            self._open[path] = opened
        self._take(file, opened.edit if opened is not None else None)

    def release(self, path: str) -> None:
        """Forget what makes the edits of a file cheap: it is closed. Its facts stay."""
        self._open.pop(path, None)

    def load(self, file: FileFacts) -> None:
        """Take the facts of a file that were extracted elsewhere: by a worker, or earlier."""
        self._handed.pop(file.path, None)
        self._take(file, None)

    def _take(self, file: FileFacts, edit: Edit | None) -> None:
        path = file.path
        old = self._files.get(path)
        if old is file:
            return
        if old is None:
            self._paths = None
            self._changed.add(Files)
        if self._is_shared:
            self._files, self._is_shared = dict(self._files), False
        self._files[path] = file
        self._replace(path, old, file, edit)

    def remove(self, paths: Iterable[str]) -> None:
        if self._is_shared:
            self._files, self._is_shared = dict(self._files), False
        for path in paths:
            self._open.pop(path, None)
            self._handed.pop(path, None)
            old = self._files.pop(path, None)
            if old is not None:
                self._replace(path, old, None)
                self._paths = None
                self._changed.add(Files)

    def _replace(self, path: str, old: FileFacts | None, new: FileFacts | None, edit: Edit | None = None) -> None:
        """Put the facts of a file in the place of its earlier ones, and note the kinds that differ, or that an edit has only moved."""
        before, after = old.kinds if old is not None else _NO_KINDS, new.kinds if new is not None else _NO_KINDS
        for kind in before - after:
            self._paths_of(kind).pop(path)
        for kind in after - before:
            self._paths_of(kind)[path] = None
            self._unsorted.add(kind)
        self._snapshot = None
        move = None
        if edit is not None and edit.before is old:
            move = edit.move
            changed = set(edit.differences)
            moved = {
                kind
                for kind, items in edit.differences.items()
                if move is not None and all(is_moved(kind, item.old, item.new, move) for item in items)
            }
        else:
            changed = {kind for kind in before | after if old is None or new is None or not old.is_same(kind, new)}
            moved = set()
        self._touched.add(path)
        for kind in changed - moved:
            self._changed |= {kind, InFile(path, kind)}
        if Import in changed:
            self._reimported.add(path)
        if move is not None and moved:
            self._moves.append((move, {read for kind in moved for read in (kind, InFile(path, kind))}))

    def _paths_of(self, kind: type) -> dict[str, None]:
        """Return the files that have facts of a kind, to be changed."""
        paths = self._with.get(kind)
        if paths is None:
            paths = self._with[kind] = {}
        elif kind not in self._mine:
            paths = self._with[kind] = dict(paths)
        self._mine.add(kind)
        return paths

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
            before = self._outcomes
            if self._model is None or self._changed or self._moves:
                self._rebuild()
            assert self._model is not None
            touched = {path for outcome in self._outcomes.values() for file in self._touched for path in outcome.about(file)}
            touched.update(self._touched, differing(before, self._outcomes))
            self._touched = set()
            self._snapshot = self._last = Snapshot(self._files, self._model, self._outcomes, self._judgement, self._last, touched)
            self._is_shared = True
        return self._snapshot

    def _rebuild(self) -> None:
        for kind in self._unsorted:
            self._with[kind] = dict(sorted(self._with[kind].items()))
        if Files in self._changed:
            self._languages = {path: self._files[path].language for path in sorted(self._files)}
        self._resolve_imports()
        model = Model(
            {**{kind: _Facts(kind, self._files, paths) for kind, paths in self._with.items()}, **{kind: _NotKept(kind) for kind in RAW}},
            self._languages,
            self._imports,
            {"layers": self.config.layers, "services": self.config.services},
        )
        model.held_against(self._base)
        if self._model is not None:
            model.keep(self._model, self._changed, [reads for _, reads in self._moves])
        self._outcomes = run(model, self._selection, self._outcomes, self._changed if self._model is not None else None, self._moves)
        if self._as_at_base is not None and any(AtBase in outcome.reads for outcome in self._outcomes.values()):
            self._base = self._model_at_base(model, self._as_at_base)
            self._as_at_base = None
            model.held_against(self._base)
            self._outcomes = run(model, self._selection, self._outcomes, {AtBase})
        self._model = model
        self._mine.clear()
        self._unsorted.clear()
        self._changed = set()
        self._moves = []

    def _model_at_base(self, model: Model, as_at_base: AsAtBase) -> Model | None:
        """Return a model of the base: of what is as it was there, it has what has been worked out already."""
        files = as_at_base(self._files.keys(), self._handed.keys())
        if files is None:
            return None
        other = self._twin(model)
        other.remove(path for path, file in files.items() if file is None)
        for file in files.values():
            if file is not None:
                other.load(file)
        return other.snapshot().model

    def _resolve_imports(self) -> None:
        """Resolve the imports of the files whose imports have changed, or of all when there are other files or packages than before."""
        started = perf_counter()
        imports = self._with.get(Import, {})
        if self._paths is None or Manifest in self._changed:
            self._paths = Paths(self._files, self._manifests())
            self._imports = {path: resolved(path, self._files[path].of(Import), self._paths) for path in imports}
            self._changed.add(Imports)
        elif self._reimported:
            again = {path: resolved(path, self._files[path].of(Import), self._paths) for path in self._reimported if path in imports}
            if any(self._imports.get(path, ()) != again.get(path, ()) for path in self._reimported):
                self._changed.add(Imports)
            kept = {path: found for path, found in self._imports.items() if path not in self._reimported or path in again}
            merged = {**kept, **again}
            self._imports = merged if merged.keys() == self._imports.keys() else dict(sorted(merged.items()))
        self._reimported.clear()
        self.resolution_seconds = perf_counter() - started

    def _manifests(self) -> dict[str, tuple[Manifest, ...]]:
        found: dict[str, tuple[Manifest, ...]] = {}
        for path in self._with.get(Manifest, {}):
            found[dirname(path)] = (*found.get(dirname(path), ()), *self._files[path].of(Manifest))
        return found


_NO_KINDS: set[type] = set()


class _Facts(Mapping[str, tuple[Any, ...]]):
    """The facts of one kind by path, in the order of paths, each file's decoded when it is first read."""

    __slots__ = ("_files", "_kind", "_paths")

    def __init__(self, kind: type, files: Mapping[str, FileFacts], paths: Mapping[str, None]) -> None:
        self._kind = kind
        self._files = files
        self._paths = paths

    def __getitem__(self, path: str) -> tuple[Any, ...]:
        if path not in self._paths:
            raise KeyError(path)
        return self._files[path].of(self._kind)

    def groups(self, path: str) -> Groups:
        return self._files[path].groups(self._kind) if path in self._paths else {}

    def may_mention(self, path: str, text: str, is_last_name: bool) -> bool:
        return self._files[path].may_mention(self._kind, text, is_last_name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class _NotKept(_Facts):
    """Stands for a kind that is for frameworks alone, so that a rule that reads it fails in its first test."""

    def __init__(self, kind: type) -> None:
        super().__init__(kind, {}, {})

    def __getitem__(self, path: str) -> tuple[Any, ...]:
        raise TypeError(f"`{self._kind.__name__}` is for frameworks and not kept for rules: see `RAW` in analysis/filefacts.py")

    def __iter__(self) -> Iterator[str]:
        raise TypeError(f"`{self._kind.__name__}` is for frameworks and not kept for rules: see `RAW` in analysis/filefacts.py")
