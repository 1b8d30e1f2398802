"""Kate on a screen of its own, configured by the block of `docs/editors.md`. What passes between it and the server is written down on the way."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.editors.conftest import ARCHITRAVE, line
from tests.editors.documentation import block

pytestmark = pytest.mark.needs("Kate")

MAIN = "services/orders/src/orders/main.py"
WIDTH = 1280

# Stands for `architrave` on the PATH: passes everything on, and writes down what the editor and the server say.
BETWEEN = """\
import os, subprocess, sys, threading

server = subprocess.Popen([{architrave!r}, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

def pass_on(source, target, log):
    while chunk := os.read(source.fileno(), 65536):
        with open(log, "ab") as file:
            file.write(chunk)
        target.write(chunk)
        target.flush()
    target.close()

threading.Thread(target=pass_on, args=(sys.stdin.buffer, server.stdin, {said!r}), daemon=True).start()
pass_on(server.stdout, sys.stdout.buffer, {answered!r})
"""


@contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees, and its name."""
    own, other = os.pipe()
    command = ["Xvfb", "-displayfd", str(other), "-screen", "0", f"{WIDTH}x800x24"]
    process = subprocess.Popen(command, pass_fds=[other], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(other)
    try:
        with os.fdopen(own) as number:
            yield f":{number.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


def squiggles(display: str) -> int:
    """How many rows of the screen hold the red of a squiggle for a good part of their length."""
    shot = subprocess.run(
        ["import", "-display", display, "-window", "root", "-depth", "8", "rgb:-"], capture_output=True, check=True
    ).stdout
    rows = [shot[start : start + 3 * WIDTH] for start in range(0, len(shot), 3 * WIDTH)]
    return sum(_reds(row) >= 200 for row in rows)


def _reds(row: bytes) -> int:
    return sum(red > 180 and 60 < green < 130 and 60 < blue < 130 for red, green, blue in zip(row[::3], row[1::3], row[2::3], strict=True))


@dataclass(frozen=True)
class Kate:
    """A running Kate, with the cursor on the finding of `MAIN`, and what has passed between it and the server."""

    display: str
    said: Path
    answered: Path
    log: Path
    process: subprocess.Popen[bytes]

    def wait_for(self, what: str, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + 180
        while not holds():
            assert self.process.poll() is None and time.monotonic() < until, f"{what}: not so\n{self.log.read_text()}"
            time.sleep(0.2)

    def has_answered(self, text: str) -> bool:
        return self.answered.is_file() and text.encode() in self.answered.read_bytes()

    def press(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    def opens(self, what: str, *keys: str, width: int = 1) -> None:
        """Press keys that open a window, such as a menu or a tooltip, and wait until it is there and as wide as it is with something in it."""
        before = self._windows()
        self.press(*keys)
        self.wait_for(what, lambda: any(self._width(window) >= width for window in self._windows() - before))

    def _windows(self) -> set[str]:
        return set(self._xdotool("search", "--onlyvisible", "--name", "").split())

    def _width(self, window: str) -> int:
        found = re.search(r"^WIDTH=(\d+)", self._xdotool("getwindowgeometry", "--shell", window), flags=re.MULTILINE)
        return int(found[1]) if found is not None else 0  # It is gone meanwhile.

    def _xdotool(self, *arguments: str) -> str:
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True).stdout

    def picture(self, file: Path) -> None:
        subprocess.run(["import", "-display", self.display, "-window", "root", "-trim", str(file)], check=True)


@pytest.fixture
def kate(shop: Path, tmp_path: Path, environment: dict[str, str], pictures: Path) -> Iterator[Kate]:
    home, programs = tmp_path / "home", tmp_path / "programs"
    said, answered = tmp_path / "said", tmp_path / "answered"
    for folder in (home / ".config", home / ".config/kate/lspclient", programs):
        folder.mkdir(parents=True)
    between = programs / "architrave"
    between.write_text(f"#!{sys.executable}\n" + BETWEEN.format(architrave=str(ARCHITRAVE), said=str(said), answered=str(answered)))
    between.chmod(0o755)
    (home / ".config/kate/lspclient/settings.json").write_text(block("Kate", "json"))
    allowed = f"[lspclient]\nAllowedServerCommandLines={between} server\nAutoHover=true\nDiagnostics=true\nMessages=true\n"
    (home / ".config/katerc").write_text(f"{allowed}\n[Kate Plugins]\nlspclientplugin=true\n")
    # Kate runs one server for a document, and knows another for Python; with nothing else on the PATH this one is left.
    own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "PATH": f"{programs}:/usr/bin:/bin",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    program = shutil.which("kate")
    assert program is not None
    with screen() as display, open(tmp_path / "kate.log", "wb") as log:
        variables = {**environment, **own, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        command = [program, "-n", "-l", str(line(MAIN, "allow_credentials")), "-c", "6", MAIN]
        process = subprocess.Popen(command, cwd=shop, env=variables, stdout=log, stderr=log, start_new_session=True)
        kate = Kate(display, said, answered, tmp_path / "kate.log", process)
        try:
            kate.wait_for("a squiggle", lambda: kate.has_answered("sec-cors-wildcard-credentials") and squiggles(display) > 0)
            find = ["xdotool", "search", "--sync", "--onlyvisible", "--class", "kate", "windowfocus"]
            subprocess.run(find, env=variables, check=True, timeout=180)
            yield kate
        finally:
            kate.picture(pictures / "kate.png")
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


def test_kate_shows_explains_and_mends_a_finding(kate: Kate, shop: Path, pictures: Path) -> None:
    assert b"textDocument/didOpen" in kate.said.read_bytes()
    kate.opens("the menu", "alt+l")
    kate.opens("a hover", "y")  # Symbol Info.
    assert kate.has_answered("Every origin may make requests")
    kate.picture(pictures / "kate-hover.png")
    kate.press("Escape")
    kate.opens("the actions", "alt+Return", width=300)
    assert kate.has_answered("Allow the configured origins only")
    kate.picture(pictures / "kate-actions.png")
    kate.press("Down", "Return")
    kate.wait_for("the finding is gone", lambda: squiggles(kate.display) == 0)
    kate.press("ctrl+s")
    mended = shop / MAIN
    kate.wait_for("the file is mended", lambda: "CORS_ORIGINS" in mended.read_text())
    assert "architrave: ignore" not in mended.read_text()


def test_the_quick_fix_of_kate_mends_and_does_nothing_else(kate: Kate, shop: Path) -> None:
    kate.press("ctrl+period")
    kate.wait_for("the finding is gone", lambda: squiggles(kate.display) == 0)
    kate.press("ctrl+s")
    mended = shop / MAIN
    kate.wait_for("the file is mended", lambda: "CORS_ORIGINS" in mended.read_text())
    assert "architrave: ignore" not in mended.read_text() and not (shop / "architrave-baseline.json").exists()
    assert b"workspace/executeCommand" not in kate.said.read_bytes()
