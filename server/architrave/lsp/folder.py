"""One project: its files on disk, the documents open over them, and what of them was last shown.

Everything here but `opened` belongs to the analysis thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace as with_values
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from architrave.errors import ArchitraveError
from architrave.lsp import pages, uris
from architrave.lsp.document import Document, Taken
from architrave.lsp.positions import Encoding, Lines
from architrave.lsp.protocol import REQUEST_FAILED, RequestError

if TYPE_CHECKING:
    from architrave.analysis.baseline import Baseline
    from architrave.analysis.files import Listing, Stat
    from architrave.analysis.frozen import Frozen
    from architrave.analysis.settings import Settings
    from architrave.analysis.snapshot import Snapshot
    from architrave.analysis.workspace import Workspace
    from architrave.config import Config
    from architrave.findings import Finding

log = logging.getLogger(__name__)

State = Literal["new", "indexing", "ready", "stopped", "refused"]
Progress = Callable[[int, int], None]

_NOT_SHOWN = object()  # Stands for what a file had, so that anything that it has now is something else.


class Folder:
    """`root` is the folder of the configuration, or what was opened where there is none; all that lies in it is joined.

    It is None for documents outside of any folder: then nothing on disk is read but what is open.
    """

    def __init__(self, root: Path | None, uri: str, name: str, encoding: Encoding) -> None:
        self.root = root
        self.scopes: tuple[Path, ...] = ()  # What the client has opened: it is shown the findings in there.
        self.uri = uri
        self.name = name
        self.encoding = encoding
        self.state: State = "new"
        self.opened: dict[str, Document] = {}  # By path; the main thread changes it, under the session's lock.
        self.taken: dict[str, Taken] = {}  # The open documents as the analysis has them.
        self.sent: dict[str, list[dict[str, Any]]] = {}  # What the client shows, by path; paths without findings are left out.
        self.next_look = 0.0  # When the disk may be looked at again without need.
        self._seconds = [0.0] * 3  # What the last looks at an edit took.
        self.problems: tuple[str, ...] = ()
        self.seen: dict[str, tuple[Finding, ...]] = {}  # For clients that pull: what they were last told to ask for.
        self.has_been_seen = False
        self.home: Path | None = None  # Where the settings of a document outside of any folder are looked for.
        self.preferences: Any = None  # The editor's settings for this folder.
        self.overlay: Callable[[Config], Config] = lambda config: config  # The editor's own settings.
        self._workspace: Workspace | None = None
        self._settings: Settings | None = None
        self._baseline: Baseline | None = None
        self._listing: Listing | None = None
        self._signs: tuple[int, ...] | None = None  # Of git, when the base was last looked for.
        self._base = ""
        self._found: Mapping[str, object] = {}  # What was last shown, by path.
        self._rejected: set[str] = set()  # Open paths that the settings exclude.
        self._built: dict[str, tuple[tuple[Finding, ...], bytes | None, list[dict[str, Any]]]] = {}
        self._texts: dict[str, tuple[Stat | None, Lines]] = {}

    # Reading

    def index(self, progress: Progress, is_cancelled: Callable[[], bool]) -> None:
        """Read the whole folder; raises `ArchitraveError` for a folder that is none, `Cancelled` when it was stopped."""
        from architrave.analysis.baseline import Baseline
        from architrave.analysis.cache import Cache, path_for
        from architrave.analysis.check import read_baseline
        from architrave.analysis.files import Reach, discover, purposes_of_folder
        from architrave.analysis.scan import Cancelled, scan
        from architrave.analysis.settings import Settings, load, selection
        from architrave.analysis.version import extractor_version
        from architrave.analysis.workspace import Workspace

        self.state = "indexing"
        try:
            home = self.root or self.home
            self._settings = load(home) if home is not None else Settings()
            config = self.overlay(self._settings.config)
            problems = list(self._settings.mistakes)
            known = {mistake.message for mistake in selection(self._settings.config)[1]}
            wrong = (mistake.message for mistake in selection(config)[1] if mistake.message not in known)
            problems += (f"In the editor's settings: {message}" for message in wrong)
            baseline = None
            try:
                if self.root is not None:
                    found = with_values(self._settings, config=config).baseline(self.root)
                    baseline = read_baseline(found)
            except ArchitraveError as error:
                problems.append(str(error))
            self._baseline = baseline or Baseline()
            exempt = frozenset(purpose for scope in self.scopes for purpose in purposes_of_folder(scope))
            self._workspace = Workspace(config, self._baseline, Reach(config.include_tests, exempt=exempt))
            self._signs, self._base = None, ""
            self._built.clear()
            self.look_again()
            self._rejected.clear()
            self.taken.clear()
            if self.root is not None:
                self._listing = discover(self.root, config.exclude, self._workspace.reach, is_cancelled=is_cancelled)
                if is_cancelled():
                    raise Cancelled
                cache = Cache(path_for(self.root), extractor_version())
                try:
                    scan(
                        self._workspace,
                        self._listing,
                        cache=cache,
                        version=extractor_version(),
                        progress=progress,
                        is_cancelled=is_cancelled,
                    )
                finally:
                    cache.close()
            self.problems = tuple(problems)
        except ArchitraveError:
            self.state = "refused"
            raise
        except BaseException:
            self.state = "stopped"
            raise
        self.state = "ready"

    @property
    def config(self) -> Config:
        assert self._workspace is not None
        return self._workspace.config

    @property
    def settings(self) -> Settings:
        assert self._settings is not None
        return self._settings

    def take(self, documents: Mapping[str, Taken]) -> None:
        """Take the texts of open documents, with what was changed in them since they were last taken."""
        assert self._workspace is not None
        for path, taken in documents.items():
            self.taken[path] = taken
            if path not in self._rejected and self._is_wanted(path):
                self._workspace.put(path, taken.lines.text)

    def settle(self) -> None:
        """Look at open files as a whole, for what their edits gave may be another thing."""
        if self._workspace is not None:
            for path in self.taken:
                self._workspace.settle(path)

    def _is_wanted(self, path: str) -> bool:
        """Whether an open file is one of the workspace. A new one on disk makes us look again at what there is."""
        from architrave.analysis.files import is_read

        if not is_read(path, self._workspace.reach):  # type: ignore[union-attr]
            self._rejected.add(path)
            return False
        if self._listing is None or path in self._listing.files or path in self._workspace.paths:  # type: ignore[union-attr]
            return True
        if self.root is not None and (self.root / path).exists():
            self.sweep()
            if path not in self._listing.files:
                self._rejected.add(path)
                return False
        return True

    def give_back(self, path: str) -> None:
        """A document is closed: what is on disk counts again."""
        if self._workspace is None:
            return
        self._rejected.discard(path)
        self.taken.pop(path, None)
        self._workspace.release(path)
        if self._listing is not None:
            self._listing.files.pop(path, None)
        self._read_again([path])

    def sweep(self) -> bool:
        """Look at the disk for files that came, went or changed behind our back; return whether there were any."""
        from architrave.analysis.files import discover

        if self._workspace is None or self.root is None or self._listing is None:
            return False
        config = self._workspace.config
        try:
            fresh = discover(self.root, config.exclude, self._workspace.reach)
        except ArchitraveError as error:
            log.warning("%s", error)
            return False
        old = self._listing.files
        self._listing = fresh
        changed = {path: stat for path, stat in fresh.files.items() if path not in self.opened and old.get(path) != stat}
        gone = [path for path in self._workspace.paths if path not in fresh.files and path not in self.opened]
        self._workspace.remove(gone)
        self._load(changed)
        return bool(changed or gone)

    def hold_against_base(self) -> bool:
        """Hold the folder against its base in git; return whether that is another one than before."""
        from architrave.analysis import git
        from architrave.analysis.base import Base

        if self._workspace is None or self.root is None or (signs := git.signs(self.root)) == self._signs:
            return False
        self._signs = signs
        commit = git.base_of(self.root)
        if commit == self._base:
            return False
        self._base = commit
        base = Base(self.root.resolve(), commit, self.config.exclude, self._workspace.reach)
        self._workspace.compare_with(base.differing if commit else None)
        return True

    def has_new_settings(self) -> bool:
        """Whether the configuration or the baseline on disk are others than those that the folder was read with."""
        from architrave.analysis.check import read_baseline
        from architrave.analysis.settings import load

        if self.root is None or self._workspace is None:
            return False
        settings = load(self.root)
        if settings != self._settings:
            return True
        try:
            return read_baseline(with_values(settings, config=self.config).baseline(self.root)) != self._baseline
        except ArchitraveError:
            return False

    def has_moved(self) -> bool:
        """Whether what was opened is part of another project than before, for configuration files have come or gone."""
        from architrave.analysis.project import root_of

        return any(root_of(scope) != self.root for scope in self.scopes)

    def _read_again(self, paths: Iterable[str]) -> None:
        """Read some files from disk, if they are still of the workspace."""
        if self.root is None:
            self._workspace.remove(paths)  # type: ignore[union-attr]
        else:
            self.sweep()

    def _load(self, files: Mapping[str, Stat]) -> None:
        from architrave.analysis.files import Listing
        from architrave.analysis.scan import scan

        if files and self.root is not None and self._workspace is not None:
            scan(self._workspace, Listing(self.root.resolve(), dict(files)))

    # Findings

    @property
    def seconds(self) -> float:
        """What a look at an edit mostly takes."""
        return sorted(self._seconds)[1]

    def note_seconds(self, seconds: float) -> None:
        self._seconds = [*self._seconds[1:], seconds]

    def look_again(self, path: str | None = None) -> None:
        """Take the findings of a file, or of all, for others than those that were shown: what is to be shown of them may be different."""
        again = {*self._found, *self.sent} if path is None else {path}
        self._found = {**self._found, **dict.fromkeys(again, _NOT_SHOWN)}

    def others(self, findings: Mapping[str, tuple[Finding, ...]]) -> list[str]:
        """Return the paths of which something else is found than when this was last asked."""
        before, self._found = self._found, findings
        return [path for path in {**before, **findings} if before.get(path) is not findings.get(path)]

    def snapshot(self) -> Snapshot:
        assert self._workspace is not None
        return self._workspace.snapshot()

    def set_aside(self) -> Frozen:
        """Return the folder as it is now, open documents and all, for who needs it longer than it stays so."""
        from architrave.analysis.frozen import Frozen

        assert self._workspace is not None and self.root is not None
        opened = {path: taken.lines.text for path, taken in self.taken.items()}
        return Frozen(self.root, self.name, self._workspace.fork(), opened)

    def text(self, path: str) -> bytes | None:
        """Return a file's text, of the open document or of the disk; None where there is no such file."""
        taken = self.taken.get(path)
        if taken is not None:
            return taken.lines.text
        try:
            return (self.root / path).read_bytes() if self.root is not None else None
        except OSError:
            return None

    def mended(self, wanted: Callable[[Finding], bool]) -> Mapping[str, bytes]:
        """Return what the fixes of findings make of the files, tried on the workspace; a fix that does not stand is refused."""
        from architrave.analysis.trying import tried

        assert self._workspace is not None
        result = tried(self._workspace, self.text, wanted, self.taken)
        if any(self.text(path) is None for path in result.texts) and self.sweep():  # A new file is named after those that there are.
            result = tried(self._workspace, self.text, wanted, self.taken)
        if not result.texts:
            reason = result.refused[0][1] if result.refused else "there is nothing to mend"
            raise RequestError(REQUEST_FAILED, f"This fix was tried and is not offered: {reason}.")
        return result.texts

    def add_to_baseline(self, findings: Iterable[Finding]) -> Path:
        """Write findings into the baseline file beside those that it has, and return the file."""
        from architrave.analysis import baseline as baselines
        from architrave.analysis.check import read_baseline
        from architrave.analysis.settings import BASELINE

        assert self.root is not None
        file = with_values(self.settings, config=self.config).baseline(self.root) or self.root / BASELINE
        try:
            old = read_baseline(file) if file.exists() else baselines.Baseline()
        except ArchitraveError as error:
            raise RequestError(REQUEST_FAILED, str(error)) from None
        entries = dict(old.entries)
        for entry, count in baselines.of(findings).entries.items():
            entries[entry] = entries.get(entry, 0) + count
        new = baselines.Baseline(entries)
        pages.written(file, baselines.written(new))
        self._baseline = new
        self._workspace.judge_by(new)  # type: ignore[union-attr]
        return file

    def lines(self, path: str) -> Lines:
        """Return the text of a file as it was analysed: of the open document, or of the disk."""
        from architrave.analysis.files import Stat

        taken = self.taken.get(path)
        if taken is not None:
            return taken.lines
        state: Stat | None = None
        file = self.root / path if self.root is not None else None
        try:
            if file is not None:
                stat = file.stat()
                state = Stat(stat.st_mtime_ns, stat.st_size)
        except OSError:
            pass
        known = self._texts.get(path)
        if known is not None and known[0] == state:
            return known[1]
        try:
            text = file.read_bytes() if file is not None and state is not None else b""
        except OSError:
            text = b""
        if len(self._texts) > 500:
            self._texts.clear()
        lines = Lines(text, self.encoding)
        self._texts[path] = (state, lines)
        return lines

    def built(self, path: str, findings: tuple[Finding, ...], build: Callable[[Finding, Lines], dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the diagnostics of a file, those of last time when neither its findings nor its open text have changed."""
        if not findings:
            self._built.pop(path, None)
            return []
        taken = self.taken.get(path)
        text = taken.lines.text if taken is not None else None
        known = self._built.get(path)
        if known is not None and known[1] is text and known[0] == findings:
            return known[2]
        lines = self.lines(path)
        items = [build(finding, lines) for finding in findings]
        self._built[path] = (findings, text, items)
        return items

    def uri_for(self, path: str) -> str:
        """Return how the client names a file: as it opened it, else made from the folder."""
        document = self.opened.get(path)
        if document is not None:
            return document.uri
        return uris.uri_of(self.root / path) if self.root is not None else self.uri

    def has_in_scope(self, path: str) -> bool:
        """Whether a file lies in what the client has opened."""
        return self.root is None or self.root in self.scopes or any((self.root / path).is_relative_to(scope) for scope in self.scopes)

    def path_for(self, file: Path) -> str | None:
        return uris.relative(file, self.root) if self.root is not None else None
