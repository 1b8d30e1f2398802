"""Which folder a project is: that of the nearest configuration file. Light, for a server asks before it has loaded a rule."""

from __future__ import annotations

from pathlib import Path

from architrave.config import has_settings

NAME = "architrave.toml"


def find(start: Path) -> Path | None:
    """Return the nearest configuration file in or above a folder."""
    start = start.resolve()
    for folder in (start, *start.parents):
        candidate = folder / NAME
        try:
            if candidate.is_file():
                return candidate
            candidate = folder / "pyproject.toml"
            if candidate.is_file() and has_settings(candidate.read_text(encoding="utf-8", errors="replace")):
                return candidate
        except OSError:
            continue
    return None


def root_of(folder: Path) -> Path:
    """Return the project that a folder is, or is a part of, as the folder's own path names it where that leads there too."""
    config = find(folder)
    if config is None:
        return folder
    depth = len(folder.resolve().relative_to(config.parent).parts)
    named = folder.absolute().parents[depth - 1] if 0 < depth <= len(folder.absolute().parents) else folder
    return named if named.resolve() == config.parent else config.parent
