"""The commands that are measured: where they are and which version they have."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

# Without it semgrep asks the network for news, and waits for the answer.
_OFFLINE = {**os.environ, "SEMGREP_ENABLE_VERSION_CHECK": "0"}


def command(name: str) -> str | None:
    """Return the path of a command, from beside this interpreter first, then from the search path."""
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    return beside or shutil.which(name)


def version(path: str) -> str:
    """Return what a command says of its version, or "?"."""
    try:
        reply = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=False, env=_OFFLINE)
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    number = re.search(r"\d+(\.\d+)+\S*", reply.stdout)
    return number[0] if number else "?"


def package_version(name: str) -> str | None:
    """Return the version of an installed Python package."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
