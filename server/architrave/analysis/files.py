"""The files of a workspace on disk: which there are, which are worth reading, and of which the findings count."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from architrave.errors import ArchitraveError
from architrave.purpose import Purpose, purpose

MOST_FILES = 200_000  # More is no workspace, but a disk.

_ALWAYS_EXCLUDED = frozenset(
    [
        *("node_modules", "bower_components", "jspm_packages", ".pnpm-store", ".yarn", "site-packages", ".venv", "venv", "virtualenv"),
        *(".git", ".hg", ".svn", ".jj", ".idea", ".vscode", ".vs", "__pycache__", ".tox", ".nox", ".eggs", ".mypy_cache", ".ruff_cache"),
        *(
            ".pytest_cache",
            ".hypothesis",
            ".import_linter_cache",
            ".cache",
            ".parcel-cache",
            ".turbo",
            ".nyc_output",
            "coverage",
            "htmlcov",
        ),
        *("dist", "build", "out", "target", ".next", ".nuxt", ".output", ".svelte-kit", ".docusaurus", ".terraform", ".serverless"),
        *(".aws-sam", "cdk.out", ".gradle", ".mvn", "Pods", "DerivedData", ".direnv", ".bundle", ".architrave_cache"),
    ]
)
# Hidden folders hold the settings and caches of tools; only those of pipelines say something about the architecture.
_HIDDEN_READ = frozenset([".github", ".gitlab", ".circleci", ".gitea", ".forgejo", ".woodpecker"])
_FOREIGN = frozenset(["vendor", "third_party", "third-party", "generated", "__generated__"])  # Read with `include-tests`.


def purposes_of_folder(root: Path) -> frozenset[Purpose]:
    """Return what a folder is for, judged by the folders above it up to its repository or, without one, by its own name and parent's."""
    absolute = root.resolve()
    above = [absolute, *absolute.parents]
    top = next((index for index, folder in enumerate(above) if (folder / ".git").exists()), 2)
    names = {folder.name for folder in above[:top]}
    return frozenset(found for name in names if (found := purpose(f"{name}/x")) is not None)


class Stat(NamedTuple):
    """What tells, without reading it, that a file is as it was."""

    modified: int  # Nanoseconds.
    size: int


@dataclass(frozen=True)
class Reach:
    """Of which files the findings count.

    `include_tests` are those of every file, `explicit` are paths that the user named one by one, `exempt` is what the folder itself is for
    (`purposes_of_folder`): who opens a folder of tests wants to see what is in them.
    """

    include_tests: bool = False
    explicit: frozenset[str] = frozenset()
    exempt: frozenset[Purpose] = frozenset()

    def covers(self, path: str) -> bool:
        """Whether findings in a file count, judged by its path."""
        if self.include_tests or path in self.explicit:
            return True
        found = purpose(path)
        return found is None or found in self.exempt

    @property
    def excluded(self) -> frozenset[str]:
        """The names of folders that are not looked into."""
        is_inside = any(part in _FOREIGN for path in self.explicit for part in path.split("/"))
        return _ALWAYS_EXCLUDED if self.include_tests or is_inside else _ALWAYS_EXCLUDED | _FOREIGN


REACH = Reach()
EVERYTHING = Reach(include_tests=True)


@dataclass
class Listing:
    """The files of a workspace, by path with `/` below its root, and what could not be looked at.

    `uncovered` are files of code that are not to be read: tests and the like, in which findings do not count.
    """

    root: Path
    files: dict[str, Stat] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)


def discover(
    root: Path,
    exclude: Iterable[str] = (),
    reach: Reach = REACH,
    *,
    names: Names | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Listing:
    """Return the files below a folder that Architrave is to read, sorted by path.

    Of what `reach` does not cover, code is left out: it is often half of a workspace, and says nothing about how the system runs. Other
    files are read, for they may say what a service is given. A folder without a limit, such as `/`, raises `ArchitraveError`. What cannot
    be opened is a problem of the listing.
    """
    absolute = _checked(root)
    listing = Listing(absolute)
    excluded = reach.excluded
    settings = GitIgnoreSpec.from_lines(exclude)
    seen: set[tuple[int, int]] = set()
    known = names or known_names()
    stack: list[tuple[str, tuple[tuple[str, GitIgnoreSpec], ...]]] = [("", _ignored_above(absolute))]
    while stack and not is_cancelled():
        relative, ignored = stack.pop()
        folder = absolute / relative if relative else absolute
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            listing.problems.append(f"{relative or '.'}: cannot be read: {error.strerror}")
            continue
        here = {entry.name for entry in entries}
        if relative and "pyvenv.cfg" in here:
            continue
        if ".gitignore" in here:
            ignored = _with_ignore_file(folder, relative, ignored)
        for entry in entries:
            path = f"{relative}/{entry.name}" if relative else entry.name
            if not entry.name.isascii() and not _is_text(entry.name):
                listing.problems.append(f"{ascii(path)[1:-1]}: not read: its name is no UTF-8")
                continue
            try:
                is_folder = entry.is_dir()
                if is_folder:
                    is_hidden = entry.name.startswith(".") and entry.name not in _HIDDEN_READ
                    if is_hidden or entry.name in excluded or _is_ignored(path + "/", ignored) or settings.match_file(path + "/"):
                        continue
                    state = entry.stat()
                    if entry.is_symlink() and not _is_new_inside(folder / entry.name, absolute):
                        continue
                    if (state.st_dev, state.st_ino) not in seen:  # A symbolic link may lead back up.
                        seen.add((state.st_dev, state.st_ino))
                        stack.append((path, ignored))
                elif known.has(entry.name) and not _is_ignored(path, ignored) and not settings.match_file(path) and entry.is_file():
                    if not reach.covers(path) and known.is_code(entry.name):
                        listing.uncovered.append(path)
                        continue
                    state = entry.stat()
                    listing.files[path] = Stat(state.st_mtime_ns, state.st_size)
            except OSError as error:
                listing.problems.append(f"{path}: cannot be read: {error.strerror}")
        if len(listing.files) > MOST_FILES:
            raise ArchitraveError(f"`{root}` has more than {MOST_FILES:,} files to read; give a smaller folder, or `exclude` some.")
    listing.files = dict(sorted(listing.files.items()))
    return listing


def is_read(path: str, reach: Reach) -> bool:
    """Whether a file is one to be read, judged by its path alone."""
    return reach.covers(path) or not known_names().is_code(path.rpartition("/")[2])


def _checked(root: Path) -> Path:
    try:
        absolute = root.resolve(strict=True)
    except FileNotFoundError:
        raise ArchitraveError(f"There is no folder `{root}`.") from None
    except (OSError, RuntimeError) as error:
        raise ArchitraveError(f"`{root}` cannot be read: {error}") from None
    if not absolute.is_dir():
        raise ArchitraveError(f"`{root}` is no folder.")
    if absolute == Path(absolute.anchor):
        raise ArchitraveError(f"`{root}` is the whole disk; give the folder of a project.")
    if not os.access(absolute, os.R_OK | os.X_OK):
        raise ArchitraveError(f"`{root}` cannot be read: permission denied.")
    return absolute


class Names(NamedTuple):
    """The names of files that some language reads; `code` are the endings of those in a programming language."""

    suffixes: tuple[str, ...]
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    code: tuple[str, ...]

    def has(self, name: str) -> bool:
        return name.endswith(self.suffixes) or name in self.exact or name.startswith(self.prefixes)

    def is_code(self, name: str) -> bool:
        return name.endswith(self.code)


@cache
def known_names() -> Names:
    from architrave.language import CodeLanguage, known_languages  # Loads every grammar; a run that takes findings over needs none.

    languages = known_languages()
    filenames = [name for language in languages for name in language.filenames]
    return Names(
        tuple(sorted({suffix for language in languages for suffix in language.suffixes})),
        frozenset(name for name in filenames if not name.endswith("*")),
        tuple(sorted({name[:-1] for name in filenames if name.endswith("*")})),
        tuple(sorted({suffix for language in languages if isinstance(language, CodeLanguage) for suffix in language.suffixes})),
    )


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_new_inside(link: Path, root: Path) -> bool:
    """Whether a link to a folder leads to one that the walk does not come to by itself."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target != root and root not in target.parents and target not in root.parents


def _ignored_above(root: Path) -> tuple[tuple[str, GitIgnoreSpec], ...]:
    """The ignore files of the folders above `root`, up to the repository that it lies in, with `root` seen from each."""
    folders = [root, *root.parents]
    top = next((index for index, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    found: list[tuple[str, GitIgnoreSpec]] = []
    for folder in reversed(folders[1 : top + 1]):
        lines = _lines(folder / ".gitignore")
        if lines:
            found.append(("^" + root.relative_to(folder).as_posix() + "/", GitIgnoreSpec.from_lines(lines)))
    return tuple(found)


def _with_ignore_file(folder: Path, relative: str, ignored: tuple[tuple[str, GitIgnoreSpec], ...]) -> tuple[tuple[str, GitIgnoreSpec], ...]:
    lines = _lines(folder / ".gitignore")
    return (*ignored, (relative + "/" if relative else "", GitIgnoreSpec.from_lines(lines))) if lines else ignored


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _is_ignored(path: str, ignored: tuple[tuple[str, GitIgnoreSpec], ...]) -> bool:
    """Whether ignore files exclude a path; the nearest file that speaks of it decides."""
    for base, spec in reversed(ignored):
        seen_from_there = base[1:] + path if base.startswith("^") else path[len(base) :]
        verdict = spec.check_file(seen_from_there).include
        if verdict is not None:
            return verdict
    return False
