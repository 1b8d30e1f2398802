"""What a person sees in a terminal: colours, the bar, and nothing of either in a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import CALL

pty = pytest.importorskip("pty", reason="terminals of Unix")


def in_terminal(folder: Path, code: str, *arguments: str, stream: str = "stdout", **environment: str) -> str:
    """Return what the command writes to a stream that is a terminal; the others are not."""
    ours, theirs = pty.openpty()
    known = {**os.environ, "XDG_CACHE_HOME": str(folder / ".cache"), "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    known.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
    run = f"{code}\nimport sys\nfrom architrave.cli.main import main\nif __name__ == '__main__': sys.exit(main({list(arguments)!r}))"
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    process = subprocess.Popen([sys.executable, "-c", run], cwd=folder, env=known, stdin=subprocess.DEVNULL, **streams)
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # How Linux says that the other end is closed.
        pass
    process.wait()
    os.close(ours)
    return written.decode()


def test_a_terminal_gets_colours_unless_it_wants_none(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(CALL)
    shown = in_terminal(tmp_path, "", "check")
    assert "\x1b[1;33mwarning\x1b[0m" in shown and "^" in shown
    assert "\x1b[1;33m" not in in_terminal(tmp_path, "", "check", NO_COLOR="1")


def test_long_work_shows_a_bar_that_goes_away(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"m{number}.py").write_text(CALL)
    patience = "import architrave.cli.progress as progress\nprogress._PATIENCE = {}"
    shown = in_terminal(tmp_path, patience.format(0), "check", "--no-cache", "--jobs", "1", stream="stderr")
    assert "Reading" in shown and "/300" in shown and "━" in shown
    assert shown.rstrip().endswith("\x1b[2K")  # The line of the bar is cleared.
    assert in_terminal(tmp_path, patience.format(3600), "check", "--jobs", "1", stream="stderr") == ""  # What is quick needs none.
