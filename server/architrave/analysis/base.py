"""What the files of a workspace were at its base (`git.base_of`). Files that are as they were there are not read again."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from pathspec import GitIgnoreSpec

from architrave.analysis import git
from architrave.analysis.cache import Cache, key_of
from architrave.analysis.extraction import LARGEST_FILE, extract
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.files import REACH, Reach, Stat, is_read, known_names
from architrave.errors import ArchitraveError

log = logging.getLogger(__name__)

_MOST_FILES = 400  # That differ: with more it is another system, and not read again beside this one.
_NEVER_SEEN = Stat(sys.maxsize, 0)  # Of no file on disk.


@dataclass(frozen=True)
class Base:
    """The files below `root` at `commit`, of those that a workspace would read."""

    root: Path
    commit: str
    exclude: tuple[str, ...] = ()
    reach: Reach = REACH
    cache: Cache | None = field(default=None, compare=False)

    def differing(self, paths: Collection[str], edited: Collection[str]) -> Mapping[str, FileFacts | None] | None:
        """Return what is not as in the workspace of `paths`: what it was, None for what was not there. None where it is not known.

        `edited` are the files that may differ from what is on disk.
        """
        try:
            there = set(git.names(git.run(self.root, "ls-tree", "-r", "-z", "--name-only", self.commit).stdout))
            changed = set(git.names(git.run(self.root, *git.differing(self.commit)).stdout))
            if not there:
                return None
            wanted = sorted(path for path in there & (changed | set(edited)) if path in paths or self._reads(path))
            if len(wanted) > _MOST_FILES:
                log.info("no base: %d files differ from it", len(wanted))
                return None
            return {**dict.fromkeys(path for path in paths if path not in there), **dict(self._facts(wanted))}
        except (ArchitraveError, OSError) as error:
            log.info("no base: %s", error)
            return None

    def _reads(self, path: str) -> bool:
        *folders, name = path.split("/")
        is_looked_into = not any(folder in self.reach.excluded or folder.startswith(".") for folder in folders)
        is_excluded = GitIgnoreSpec.from_lines(self.exclude).match_file(path)
        return is_looked_into and known_names().has(name) and is_read(path, self.reach) and not is_excluded

    def _facts(self, paths: Collection[str]) -> Iterator[tuple[str, FileFacts]]:
        version = self.cache.version if self.cache is not None else b""
        texts = dict(self._texts(paths))
        keys = {path: key_of(path, text, version) for path, text in texts.items()}
        known = self.cache.values(keys.values()) if self.cache is not None else {}
        fresh = []
        for path, text in texts.items():
            try:
                yield path, FileFacts.unpack(path, known[keys[path]])
            except (KeyError, msgspec.MsgspecError):
                file = extract(path, text)
                fresh.append((path, _NEVER_SEEN, keys[path], file.pack()))
                yield path, file
        if self.cache is not None and fresh:
            self.cache.store(fresh)

    def _texts(self, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the texts at the commit, of one run of git."""
        if not paths:
            return
        prefix = git.run(self.root, "rev-parse", "--show-prefix").stdout.decode("utf-8", "surrogateescape").strip("\n")
        asked = [path for path in paths if "\n" not in path]
        lines = "".join(f"{self.commit}:{prefix}{path}\n" for path in asked).encode("utf-8", "surrogateescape")
        said = git.run(self.root, "cat-file", "--batch", asked=lines).stdout
        at = 0
        for path in asked:
            end = said.find(b"\n", at)
            head = said[at:end].split()
            if end < 0 or len(head) < 3 or head[-2] != b"blob":
                at = end + 1
                continue
            size = int(head[-1])
            if size <= LARGEST_FILE:
                yield path, said[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
