"""Git, asked for names and texts only: nothing that a repository configures is run."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

from architrave.errors import ArchitraveError

log = logging.getLogger(__name__)

_DELIVERED = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_SECONDS = 30
_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat", "-c", "protocol.allow=never"),
    *("-c", "diff.external=", "-c", "core.attributesFile=/dev/null"),
)
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "-z", "--relative")


def run(root: Path, *arguments: str, asked: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the program in a folder; one that is not there, or does not answer, raises `ArchitraveError`."""
    try:
        return subprocess.run(["git", *_SAFE, *arguments], cwd=root, capture_output=True, timeout=_SECONDS, input=asked)
    except FileNotFoundError:
        raise ArchitraveError("Git is not installed, so there is no base to compare with.") from None
    except subprocess.TimeoutExpired:
        raise ArchitraveError(f"Git did not answer in {_SECONDS} seconds.") from None


def names(output: bytes) -> list[str]:
    """Return the paths that an output with `-z` lists."""
    return [item.decode("utf-8", "surrogateescape") for item in output.split(b"\0") if item]


def differing(commit: str) -> Sequence[str]:
    """Return the arguments that list the files below a folder which are not as in a commit."""
    return (*_DIFF, commit, "--")


def base_of(root: Path) -> str:
    """Return the commit that a workspace is held against, "" where there is none.

    That is where its branch left the branch that is delivered; on that one itself, what others have of it.
    """
    try:
        if not any((folder / ".git").exists() for folder in (root, *root.resolve().parents)):
            return ""
        for branch in _DELIVERED:
            ran = run(root, "merge-base", "HEAD", branch)
            if ran.returncode == 0:
                return ran.stdout.decode().strip()
        return run(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").stdout.decode().strip()
    except (ArchitraveError, OSError) as error:
        log.info("no base: %s", error)
        return ""


def signs(root: Path) -> tuple[int, ...]:
    """Return what is different when the commit may be another one. No program is run for it."""
    above = next((folder for folder in (root, *root.resolve().parents) if (folder / ".git").exists()), None)
    if above is None:
        return ()
    here = above / ".git"
    try:
        if here.is_file():  # A linked work tree: `gitdir: /path`.
            here = (above / here.read_text(encoding="utf-8").partition(":")[2].strip()).resolve()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(_modified(here / name) for name in ("HEAD", "logs/HEAD", "FETCH_HEAD", "packed-refs"))


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
