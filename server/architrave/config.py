"""Settings: `architrave.toml` or `[tool.architrave]` of `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Layers:
    """Layers of one part of the code, the highest first: a module may import lower layers, never higher ones."""

    name: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Config:
    """Everything a user can set."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_tests: bool = False
    severities: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    layers: tuple[Layers, ...] = ()
