"""The files of a workspace, as far as resolving an import needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from posixpath import basename, dirname
from typing import Any

from architrave.facts.deployment import Manifest


class Paths:
    """`files` are relative paths with `/`; `manifests` maps a folder ("" for the root) to the package descriptions in it."""

    def __init__(self, files: Iterable[str], manifests: Mapping[str, tuple[Manifest, ...]] | None = None) -> None:
        self.files = frozenset(files)
        self.manifests = manifests or {}
        self._known: dict[object, dict[Any, Any]] = {}

    def known(self, what: object) -> dict[Any, Any]:
        """Return what a language has found out about these files, to be filled by it."""
        return self._known.setdefault(what, {})

    @cached_property
    def folders(self) -> Mapping[str, tuple[str, ...]]:
        """The files of each folder, sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.files):
            found[dirname(path)].append(path)
        return {folder: tuple(paths) for folder, paths in found.items()}

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """The files with each base name, sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.files):
            found[basename(path)].append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    @cached_property
    def folders_by_name(self) -> Mapping[str, tuple[str, ...]]:
        """The folders with files in them, by base name, sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for folder in sorted(self.folders):
            found[basename(folder)].append(folder)
        return {name: tuple(folders) for name, folders in found.items()}

    def projects(self, path: str, kind: str = "") -> Iterator[str]:
        """Yield the folders above `path` that hold a manifest (of a kind), nearest first."""
        folder = dirname(path)
        while True:
            if any(not kind or manifest.kind == kind for manifest in self.manifests.get(folder, ())):
                yield folder
            if not folder:
                return
            folder = dirname(folder)
