"""Kate on a screen of its own, configured by the block of `docs/editors.md`. What passes between it and the server is written down on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.editors.conftest import ARCHITRAVE
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


def test_kate_starts_the_server_and_shows_a_finding(shop: Path, tmp_path: Path, environment: dict[str, str], pictures: Path) -> None:
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
    with screen() as display:
        variables = {**environment, **own, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        kate = shutil.which("kate")
        assert kate is not None
        with open(tmp_path / "kate.log", "wb") as log:
            process = subprocess.Popen(
                [kate, "-n", "-l", "26", MAIN],
                cwd=shop,
                env=variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until = time.monotonic() + 180
            while not (answered.is_file() and b"sec-cors-wildcard-credentials" in answered.read_bytes() and squiggles(display) > 0):
                assert process.poll() is None and time.monotonic() < until, (tmp_path / "kate.log").read_text()
                time.sleep(0.2)
            assert b"textDocument/didOpen" in said.read_bytes()
        finally:
            subprocess.run(["import", "-display", display, "-window", "root", "-trim", str(pictures / "kate.png")], check=True)
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
