"""Ends the commands of a process that was killed. Whoever is killed outright ends nothing, and what runs in a session of its own lives on.

So a small process beside it knows which groups of processes run, and reads a pipe that only the killed one could write to: when that ends,
they do. What Linux offers (PR_SET_PDEATHSIG) ends one process when the thread that started it does, which is neither enough nor meant.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from threading import Lock

_WATCH = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    group = int(line)
    groups.add(group) if group > 0 else groups.discard(-group)
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""
_lock = Lock()
_watching: subprocess.Popen[bytes] | None = None


def end_with_us(group: int) -> None:
    """Have a group of processes ended when this process is gone."""
    _tell(group)


def has_ended(group: int) -> None:
    """Its number may be that of others from now on."""
    _tell(-group)


def _tell(number: int) -> None:
    global _watching
    if os.name != "posix":
        return
    with _lock, suppress(OSError):
        if _watching is None or _watching.poll() is not None:
            if number < 0:
                return
            _watching = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _WATCH],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        assert _watching.stdin is not None
        _watching.stdin.write(b"%d\n" % number)
        _watching.stdin.flush()
