"""Modules and who imports whom. A module is a file; in Go and in wildcard imports of Java, a folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from posixpath import dirname
from typing import NamedTuple

from msgspec.structs import replace

from architrave.facts.code import Definition, Import, KeptImports, Used, is_watched
from architrave.model.graph import Model


class Dependency(NamedTuple):
    """File `source` imports file (or folder) `target`; `imports` are the statements."""

    source: str
    target: str
    imports: tuple[Import, ...]

    @property
    def is_type_only(self) -> bool:
        return all(item.is_type_only for item in self.imports)


class Modules:
    """Who imports whom."""

    def __init__(self, model: Model) -> None:
        self.languages = model.files
        self._types: dict[str, frozenset[str]] = {}  # The interfaces and types of each TypeScript file.
        self._used: dict[str, frozenset[str]] = {}
        self._kept = {dirname(path) for path, _ in model.each(KeptImports)}
        self.only_types: set[tuple[str, Import]] = set()  # Imports that stay, though they might say `import type`.
        grouped: dict[tuple[str, str], list[Import]] = defaultdict(list)
        for path, resolved in model.imports.items():
            for item, target in resolved:
                if target != path:
                    grouped[path, target].append(self._elided(model, path, item, target))
        self.dependencies = tuple(Dependency(source, target, tuple(imports)) for (source, target), imports in sorted(grouped.items()))

    def _elided(self, model: Model, path: str, item: Import, target: str) -> Import:
        """Return an import as type-only when TypeScript leaves it out: what it names is an interface or a type, or is used as one alone."""
        if item.is_type_only or self.languages.get(path) != "typescript":
            return item
        if is_watched(item.alias, item.module) and not (item.is_reexport or item.function) and item.alias not in self._values(model, path):
            if not self._keeps_imports(dirname(path)):
                return replace(item, is_type_only=True)
            self.only_types.add((path, item))
        if not item.name or self.languages.get(target) != "typescript":
            return item
        kinds = self._types.get(target)
        if kinds is None:
            values = {definition.name for definition in model.of(target, Definition) if definition.kind not in ("interface", "type")}
            types = {definition.name for definition in model.of(target, Definition) if definition.kind in ("interface", "type")}
            kinds = self._types[target] = frozenset(types - values)
        return replace(item, is_type_only=True) if item.name in kinds else item

    def _keeps_imports(self, folder: str) -> bool:
        return bool(self._kept) and (folder in self._kept or (folder != "" and self._keeps_imports(dirname(folder))))

    def _values(self, model: Model, path: str) -> frozenset[str]:
        """The watched names that a file uses other than as types."""
        found = self._used.get(path)
        if found is None:
            has_decorator = any(definition.decorators for definition in model.of(path, Definition) if definition.kind == "class")
            names = (name for used in model.of(path, Used) for name in (*used.names, *(used.injected if has_decorator else ())))
            found = self._used[path] = frozenset(names)
        return found

    @cached_property
    def of(self) -> Mapping[str, tuple[Dependency, ...]]:
        """The dependencies of each file."""
        found: dict[str, list[Dependency]] = defaultdict(list)
        for dependency in self.dependencies:
            found[dependency.source].append(dependency)
        return {path: tuple(items) for path, items in found.items()}

    @cached_property
    def on(self) -> Mapping[str, tuple[Dependency, ...]]:
        """The dependencies on each file or folder."""
        found: dict[str, list[Dependency]] = defaultdict(list)
        for dependency in self.dependencies:
            found[dependency.target].append(dependency)
        return {path: tuple(items) for path, items in found.items()}
