"""What has changed since a revision of git: which files, what they were, and what that did to the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from architrave.analysis import git
from architrave.analysis.comparing import Difference, compare
from architrave.analysis.frozen import Frozen
from architrave.errors import ArchitraveError

_MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Change:
    """What is different from `base`. `texts` are the texts there, None for a file that was not; `lines` are counts of added and removed."""

    base: str
    texts: Mapping[str, bytes | None]
    lines: Mapping[str, tuple[int, int]]
    difference: Difference


def change_since(state: Frozen, base: str) -> Change:
    """Return what has changed in a workspace since a revision; one that is not there raises `ArchitraveError`."""
    root = state.root
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}", base=base).strip().decode()
    prefix = _git(root, "rev-parse", "--show-prefix", base=base).strip().decode("utf-8", "surrogateescape")
    named = _git(root, *git.differing(commit), base=base)
    fresh = _git(root, "ls-files", "--others", "--exclude-standard", "-z", base=base)
    paths = sorted({*git.names(named + fresh), *state.opened})
    texts = {path: _text(root, commit, prefix + path) for path in paths}
    now = {path: _now(state, path) for path in paths}
    texts = {path: text for path, text in texts.items() if text != now[path]}
    counts = {path: _counts(text or b"", now[path] or b"") for path, text in texts.items()}
    known = {path: text for path, text in texts.items() if path in state.before.files or (text is not None and state.reads(path))}
    before = state.after(
        {path: text for path, text in known.items() if text is not None}, [path for path, text in known.items() if text is None]
    )
    present = {path: content for path in texts if (content := now[path]) is not None}
    return Change(base, texts, counts, compare(before, state.before, dict(texts), present))


def _now(state: Frozen, path: str) -> bytes | None:
    if path in state.opened:
        return state.opened[path]
    try:
        return (state.root / path).read_bytes()
    except OSError:
        return None


def _text(root: Path, commit: str, path: str) -> bytes | None:
    ran = git.run(root, "cat-file", "blob", f"{commit}:{path}")
    return ran.stdout if ran.returncode == 0 and len(ran.stdout) <= _MOST_BYTES else None


def _counts(old: bytes, new: bytes) -> tuple[int, int]:
    """Return how many lines came and went; one that only moved did neither."""
    before, after = Counter(old.splitlines()), Counter(new.splitlines())
    return (after - before).total(), (before - after).total()


def _git(root: Path, *arguments: str, base: str) -> bytes:
    ran = git.run(root, *arguments)
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
        if "not a git repository" in said:
            raise ArchitraveError(f"`{root}` is in no repository of git, so there is no base to compare it with.")
        raise ArchitraveError(f"Git knows no revision `{base}`" + (f": {said}" if said else "."))
    return ran.stdout
