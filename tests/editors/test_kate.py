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

from tests.editors.conftest import ARCHITRAVE
from tests.editors.documentation import block

MAIN = "services/orders/src/orders/main.py"

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
def screen(number: int) -> Iterator[str]:
    """A screen that nobody sees."""
    process = subprocess.Popen(["Xvfb", f":{number}", "-screen", "0", "1280x800x24"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f":{number}"
    finally:
        process.terminate()
        process.wait()


def test_kate_starts_the_server_and_is_sent_findings(shop: Path, tmp_path: Path, environment: dict[str, str], pictures: Path) -> None:
    home, programs = tmp_path / "home", tmp_path / "programs"
    said, answered = tmp_path / "said", tmp_path / "answered"
    for folder in (home / ".config", home / ".config/kate/lspclient", programs):
        folder.mkdir(parents=True)
    between = programs / "architrave"
    between.write_text(f"#!{sys.executable}\n" + BETWEEN.format(architrave=str(ARCHITRAVE), said=str(said), answered=str(answered)))
    between.chmod(0o755)
    (home / ".config/kate/lspclient/settings.json").write_text(block("Kate", "json"))
    allowed = f"[lspclient]\nAllowedServerCommandLines={between} server\nAutoHover=true\nDiagnostics=true\nMessages=true\n"
    (home / ".config/katerc").write_text(allowed + "\n[Kate Plugins]\nlspclientplugin=true\n")
    # Kate runs one server for a document, and knows another for Python; with nothing else on the PATH this one is left.
    own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "PATH": f"{programs}:/usr/bin:/bin",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    with screen(90 + os.getpid() % 9) as display:
        variables = {**environment, **own, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        kate = shutil.which("kate")
        assert kate is not None
        with open(tmp_path / "kate.log", "wb") as log:
            process = subprocess.Popen(
                [kate, "-n", "-l", "26", MAIN], cwd=shop, env=variables, stdout=log, stderr=log, start_new_session=True
            )
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until and not (answered.is_file() and b"sec-cors-wildcard-credentials" in answered.read_bytes()):
                assert process.poll() is None, (tmp_path / "kate.log").read_text()
                time.sleep(0.2)
            time.sleep(2)  # For the picture: what was sent is drawn.
            subprocess.run(["import", "-display", display, "-window", "root", str(pictures / "kate.png")], check=True)
            assert b"textDocument/didOpen" in said.read_bytes(), (tmp_path / "kate.log").read_text()
            assert b"sec-cors-wildcard-credentials" in answered.read_bytes(), (tmp_path / "kate.log").read_text()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
