"""Whether the user has agreed that files of a workspace may be sent to a host. Nothing is sent before."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from architrave_agents.folders import state_folder, write_whole

_CHANGING = Lock()  # Two runs may be agreed to at once, each on a thread of its own.


def has_consent(root: Path, host: str) -> bool:
    """Whether the user has agreed for this folder, or for one that it lies in."""
    known = _read()
    folders = (root.resolve(), *root.resolve().parents)
    return any(isinstance(given := known.get(str(folder)), dict) and host in given for folder in folders)


def set_consent(root: Path, host: str, *, is_given: bool) -> None:
    with _CHANGING:
        known = _read()
        hosts: dict[str, Any] = dict(known.get(_key(root)) or {})
        if is_given:
            hosts[host] = datetime.now(UTC).isoformat(timespec="seconds")
        else:
            hosts.pop(host, None)
        known[_key(root)] = hosts
        write_whole(_file(), json.dumps({key: value for key, value in known.items() if value}, indent=1) + "\n")


def _key(root: Path) -> str:
    return str(root.resolve())


def _read() -> dict[str, Any]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file() -> Path:
    return state_folder() / "consent.json"
