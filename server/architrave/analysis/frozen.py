"""One state of a workspace set aside: its texts as they were, and a workspace of its own to try other texts in.

An agent reads and tries for minutes while the user goes on typing. What it sees stays as it was when it began.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from architrave.analysis.extraction import extract
from architrave.analysis.files import discover, is_read
from architrave.analysis.fixing import fixed
from architrave.analysis.snapshot import Snapshot
from architrave.analysis.trying import is_same
from architrave.analysis.workspace import Workspace
from architrave.findings import Finding


class Frozen:
    """Not safe for threads: one at a time. `opened` are the texts of open documents, which count more than what is on disk."""

    def __init__(self, root: Path, name: str, workspace: Workspace, opened: Mapping[str, bytes]) -> None:
        """`workspace` is a fork of the caller's, which nobody else touches."""
        self.root = root
        self.name = name
        self.opened = dict(opened)
        self.config = workspace.config
        self.before: Snapshot = workspace.snapshot()
        self._workspace = workspace

    def after(self, texts: Mapping[str, bytes], gone: Iterable[str] = ()) -> Snapshot:
        """Return what the workspace would be with other texts, and without some files."""
        trial = self._workspace.fork()
        for path, text in texts.items():
            trial.put(path, text)
        trial.remove(path for path in gone if path not in texts)
        return trial.snapshot()

    def reads(self, path: str) -> bool:
        """Whether the workspace reads such a file at all."""
        return is_read(path, self._workspace.reach)

    @cached_property
    def _left_out(self) -> list[str]:
        """The files of code that the workspace does not read, as they were when first asked for."""
        return discover(self.root, self.config.exclude, self._workspace.reach).uncovered

    def with_users(self, names: Collection[str], texts: Mapping[str, bytes]) -> tuple[Snapshot, Snapshot]:
        """Return what the workspace is, and what it would be with other texts, together with the tests that mention some names."""
        marks = [name.encode() for name in names]
        base = self._workspace.fork()
        for path in self._left_out:
            try:
                text = self.opened[path] if path in self.opened else (self.root / path).read_bytes()
            except OSError:
                continue
            if path not in texts and any(mark in text for mark in marks):
                base.load(extract(path, text))
        trial = base.fork()
        for path, text in texts.items():
            trial.put(path, text)
        return base.snapshot(), trial.snapshot()

    def mended(self, wanted: Collection[Finding], read: Callable[[str], bytes | None]) -> Mapping[str, bytes]:
        """Return what the rules' own fixes of findings would make of the files."""
        return fixed(self._workspace.fork(), read, lambda finding: any(is_same(item)(finding) for item in wanted)).texts
