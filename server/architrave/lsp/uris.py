"""Files of the machine and how clients name them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


def path_of(uri: str) -> Path | None:
    """Return the path of a `file:` URI, or None for anything else (`untitled:`, `git:`, `vscode-notebook-cell:`)."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            return None
        path = unquote(parts.path)
        if parts.netloc and parts.netloc != "localhost":
            path = f"//{parts.netloc}{path}"
        if os.name == "nt":
            path = path.lstrip("/") if len(path) > 2 and path[2] == ":" else path
        return Path(path) if path and "\0" not in path else None
    except ValueError:
        return None


def uri_of(path: Path) -> str:
    return path.absolute().as_uri()


def normal(path: Path) -> Path:
    """Return a path without `..` and links, whether or not there is such a file."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def relative(path: Path, root: Path) -> str | None:
    """Return the path below a folder with `/`, or None when it is not below it."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return None
