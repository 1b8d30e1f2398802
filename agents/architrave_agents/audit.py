"""What was sent and what it cost, in the user's own log: hashes and counts, never code. It also says what was spent today."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from architrave_agents.folders import state_folder

log = logging.getLogger(__name__)


def hash_of(value: Any) -> str:
    """Return the hash of a text, or of anything that JSON can hold."""
    raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str).encode()
    return hashlib.sha256(raw).hexdigest()[:32]


def note(event: str, **values: Any) -> None:
    """Append a line to today's log. A log that cannot be written costs the line, and nothing else."""
    now = datetime.now(UTC)
    line = json.dumps({"time": now.isoformat(timespec="milliseconds"), "event": event, **values}, default=str) + "\n"
    path = _file(now)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # Lines of several processes do not mix.
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
    except OSError as error:
        log.warning("the audit log `%s` cannot be written: %s", path, error)


def spent_today() -> float:
    """Return the dollars that all runs of this user have cost today."""
    try:
        lines = _file(datetime.now(UTC)).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    total = 0.0
    for line in lines:
        try:
            total += float(json.loads(line).get("cost", 0.0)) if '"cost"' in line else 0.0
        except (ValueError, TypeError, AttributeError):
            continue
    return total


def _file(now: datetime) -> Path:
    return state_folder() / "audit" / f"{now:%Y-%m-%d}.jsonl"
