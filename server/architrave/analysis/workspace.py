"""A workspace: changes go in, snapshots come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import dirname
from typing import Any

from architrave.analysis.extraction import Extraction, extract, update
from architrave.analysis.imports import resolved
from architrave.analysis.runner import Outcome, Selection, run
from architrave.analysis.snapshot import Snapshot
from architrave.config import Config
from architrave.facts.code import Import
from architrave.facts.deployment import Manifest
from architrave.model.graph import Files, Model, Resolved, by_kind
from architrave.paths import Paths
from architrave.rule import known_rules
from architrave.syntax import Change

ByPath = dict[str, tuple[Any, ...]]


class Workspace:
    """The files of one folder as they are now: on disk, or in the editor's buffers."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        self._extractions: dict[str, Extraction] = {}
        self._facts: dict[type, ByPath] = {}
        self._imports: dict[str, Resolved] = {}
        self._paths: Paths | None = None
        self._model: Model | None = None
        self._outcomes: Mapping[str, Outcome] = {}
        self._changed: set[type] = set()
        self._selection = Selection(tuple(known_rules().values()), {}, self.config.options)

    def put(self, path: str, text: bytes, changes: tuple[Change, ...] = ()) -> None:
        """Take the text of a file; `changes` say how it came of the text that was put before."""
        old = self._extractions.get(path)
        self._store(path, update(old, text, changes) if old is not None and changes else extract(path, text))

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            if self._extractions.pop(path, None) is not None:
                self._replace(path, {})
                self._paths = None
                self._changed.add(Files)

    def _store(self, path: str, extraction: Extraction) -> None:
        if path not in self._extractions:
            self._paths = None
            self._changed.add(Files)
        self._extractions[path] = extraction
        self._replace(path, by_kind(extraction.result.facts))

    def _replace(self, path: str, facts: Mapping[type, tuple[Any, ...]]) -> None:
        """Put the facts of a file in the place of its earlier ones, and note the kinds that differ."""
        earlier = [kind for kind, paths in self._facts.items() if path in paths and kind not in facts]
        for kind in earlier:
            self._facts[kind] = {other: items for other, items in self._facts[kind].items() if other != path}
            self._changed.add(kind)
        for kind, items in facts.items():
            if self._facts.get(kind, {}).get(path) != items:
                self._facts[kind] = {**self._facts.get(kind, {}), path: items}
                self._changed.add(kind)

    def snapshot(self) -> Snapshot:
        """Return the state as it is now. Views and findings whose facts have not changed are taken over."""
        if self._model is None or self._changed:
            self._rebuild()
        assert self._model is not None
        return Snapshot({path: item.result for path, item in self._extractions.items()}, self._model, self._outcomes)

    def _rebuild(self) -> None:
        if self._paths is None or Manifest in self._changed:
            self._paths = Paths(self._extractions, self._manifests())
            self._imports = {}
            self._changed.add(Import)
        if Import in self._changed:
            self._imports = {path: resolved(path, imports, self._paths) for path, imports in self._facts.get(Import, {}).items()}
        changed = frozenset(self._changed)
        model = Model(
            dict(self._facts),
            {path: item.result.language for path, item in self._extractions.items()},
            self._imports,
            {"layers": self.config.layers},
        )
        if self._model is not None:
            model.keep(self._model, changed)
        self._outcomes = run(model, self._selection, self._outcomes, changed if self._model is not None else None)
        self._model = model
        self._changed = set()

    def _manifests(self) -> dict[str, tuple[Manifest, ...]]:
        found: dict[str, tuple[Manifest, ...]] = {}
        for path, manifests in self._facts.get(Manifest, {}).items():
            found[dirname(path)] = (*found.get(dirname(path), ()), *manifests)
        return found
