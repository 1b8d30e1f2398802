"""Modules and who imports whom. A module is a file; in Go and in wildcard imports of Java, a folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from architrave.facts.code import Import
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
        grouped: dict[tuple[str, str], list[Import]] = defaultdict(list)
        for path, resolved in model.imports.items():
            for item, target in resolved:
                if target != path:
                    grouped[path, target].append(item)
        self.dependencies = tuple(Dependency(source, target, tuple(imports)) for (source, target), imports in sorted(grouped.items()))

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
