"""Where a user's settings and records lie on this platform."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path


def config_folder() -> Path:
    return _folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    return _folder("XDG_STATE_HOME", ".local/state")


def _folder(variable: str, usual: str) -> Path:
    if os.environ.get(variable):
        return Path(os.environ[variable]) / "architrave"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "architrave"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "architrave"
    return Path.home() / usual / "architrave"


def write_whole(path: Path, text: str) -> None:
    """Put a text in a file's place at once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(temporary, path)
