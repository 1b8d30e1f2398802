"""One connection's state: what the client can do, its folders and documents, and the analysis thread that serves them.

The main thread applies edits, and the analysis thread looks at each. Where that has lately taken long, the main thread first answers with
what is known, moved along, and the look waits for a pause.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from architrave.errors import ArchitraveError
from architrave.lsp import indexing, uris
from architrave.lsp.client import Client
from architrave.lsp.diagnostics import diagnostic
from architrave.lsp.document import Document, Moved
from architrave.lsp.folder import Folder
from architrave.lsp.pages import page_uri
from architrave.lsp.preferences import overlaid
from architrave.lsp.protocol import CONTENT_MODIFIED, Protocol, RequestError
from architrave.lsp.titles import plain
from architrave.lsp.worker import AFTERWARDS, BACKGROUND, EDIT, REQUEST, Worker

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.config import Config
    from architrave.findings import Finding
    from architrave.lsp.positions import Lines
    from architrave.text import Location

log = logging.getLogger(__name__)
T = TypeVar("T")

QUICK = 0.01  # Seconds; an edit that is looked at sooner needs no answer before that.
_SOON = 0.03  # Seconds; an edit that is looked at in this time is looked at without waiting for a pause.
_PAUSE = (0.05, 0.25)
# For documents that are not saved yet: by the editor's name of their language.
_SUFFIXES = {
    "python": ".py",
    "javascript": ".js",
    "javascriptreact": ".jsx",
    "typescript": ".ts",
    "typescriptreact": ".tsx",
    "go": ".go",
    "java": ".java",
    "rust": ".rs",
    "sql": ".sql",
    "yaml": ".yaml",
    "json": ".json",
    "toml": ".toml",
    "terraform": ".tf",
    "dockerfile": ".dockerfile",
    "dotenv": ".env",
}


class Session:
    """What the methods of the server share."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.client = Client()
        self.worker = Worker()
        self.lock = threading.RLock()  # Over documents and over the order in which their diagnostics go out.
        self.opened: dict[Path, tuple[str, str]] = {}  # The folders that the client has opened, with how it names them.
        self.folders: list[Folder] = []  # One a project.
        self.loose: dict[str, Folder] = {}  # One for each document outside of any folder, by URI.
        self.documents: dict[str, tuple[Folder, str, Document]] = {}
        self.configuration: Any = None  # The editor's own settings.
        self.is_started = False
        self.on_new_findings: list[Callable[[], None]] = []
        self.agent_settings: dict[str, Any] = {}  # The user's; see docs/lsp-extensions.md.
        self.on_end: list[Callable[[], None]] = []
        self.on_progress_cancel: list[Callable[[str], None]] = []

    # Folders

    def add_folder(self, uri: str, name: str) -> None:
        """Take a folder that the client has opened; one that is not on this machine is left alone."""
        path = uris.path_of(uri)
        if path is None:
            log.warning("`%s` is no folder on this machine", uri)
            return
        self.opened.setdefault(path, (uri, name or path.name))
        if self.is_started:
            self.arrange()

    def remove_folder(self, uri: str) -> None:
        path = uris.path_of(uri)
        if path is not None and self.opened.pop(path, None) is not None and self.is_started:
            self.arrange()

    def arrange(self) -> None:
        """Have one folder for each project that something opened is, or is a part of, and begin to read those that are new."""
        from architrave.analysis.project import root_of

        wanted: dict[Path, dict[Path, tuple[str, str]]] = {}
        for path, named in self.opened.items():
            wanted.setdefault(root_of(path), {})[path] = named
        fresh: list[Folder] = []
        with self.lock:
            gone = [folder for folder in self.folders if folder.root not in wanted]
            self.folders = [folder for folder in self.folders if folder not in gone]
            for root, scopes in wanted.items():
                (uri, name), *more = scopes.values()
                folder = next((item for item in self.folders if item.root == root), None)
                if folder is None:
                    folder = Folder(root, uri, root.name if more else name, self.client.encoding)
                    self.folders.append(folder)
                if folder.scopes != tuple(scopes):
                    folder.scopes = tuple(scopes)
                    fresh.append(folder)
            kept = self._settle_documents()
        for folder in self.folders:
            folder.look_again()
        for folder in gone:
            self.worker.submit(partial(self._withdraw, folder, kept), BACKGROUND)
        for folder in fresh:
            self.index(folder)

    def disown(self, folder: Folder) -> None:
        """Treat the documents of a folder that cannot be read as documents outside of any."""
        with self.lock:
            self._settle_documents()

    def _settle_documents(self) -> set[str]:
        """Let every open document be of the nearest folder that it lies in, and return those that are of another one now."""
        moved = set()
        for uri, (owner, path, document) in list(self.documents.items()):
            folder, _ = self.folder_for(uri)
            if folder is owner or (folder is None and self.loose.get(uri) is owner):
                continue
            owner.opened.pop(path, None)
            self.loose.pop(uri, None)
            document.is_new, document.has_published = True, False
            self._place(document)
            moved.add(uri)
        return moved

    def folder_for(self, uri: str) -> tuple[Folder | None, str]:
        """Return the nearest folder that a file lies in, and its path there."""
        file = uris.path_of(uri)
        if file is None:
            return None, ""
        found: list[tuple[int, Folder, str]] = []
        for candidate in dict.fromkeys((file, uris.normal(file))):
            for folder in self.folders:
                path = folder.path_for(candidate)
                if path is not None and folder.state != "refused":
                    found.append((len(str(folder.root)), folder, path))
        if not found:
            return None, ""
        _, folder, path = max(found, key=lambda item: item[0])
        return folder, path

    def owns(self, folder: Folder, path: str) -> bool:
        """Whether a file is shown for this folder: when it is open or of what was opened, and no nearer folder, inside, has it too."""
        if path in folder.opened or folder.root is None:
            return True
        return folder.has_in_scope(path) and (len(self.folders) < 2 or self.folder_for(folder.uri_for(path))[0] in (folder, None))

    def roots_above(self) -> list[Path]:
        """Return the projects of which only a part is opened."""
        return [folder.root for folder in self.folders if folder.root is not None and folder.root not in folder.scopes]

    def all_folders(self) -> list[Folder]:
        return [*self.folders, *self.loose.values()]

    def start(self) -> None:
        """Begin to read the folders."""
        self.is_started = True
        self.worker.start()
        self.arrange()

    def index(self, folder: Folder) -> Future[None]:
        folder.state = "new"
        return self.worker.submit(lambda: indexing.run(self, folder), BACKGROUND)

    # Documents

    def open(self, uri: str, language: str, version: int, text: str) -> None:
        from architrave.analysis.buffer import Buffer
        from architrave.lsp.document import encoded

        with self.lock:
            known = self.documents.get(uri)
            if known is not None:  # Opened twice: the later text counts.
                known[2].version = version
                known[2].replace(text)
                self.look(known[0])
                return
            document = Document(uri, language, version, Buffer(encoded(text)), self.client.encoding)
            folder = self._place(document)
        if folder.state in ("new", "indexing"):
            return  # It is looked at when everything is.
        self.look(folder, 0.0)

    def _place(self, document: Document) -> Folder:
        folder, path = self.folder_for(document.uri)
        if folder is None:
            file = uris.path_of(document.uri)
            name = file.name if file is not None else document.uri.rpartition(":")[2].rpartition("/")[2] or "untitled"
            if "." not in name:
                name += _SUFFIXES.get(document.language, "")
            folder = Folder(None, document.uri, name, self.client.encoding)
            folder.home = file.parent if file is not None else None
            path = name
            self.loose[document.uri] = folder
            if self.is_started:
                self.index(folder)
        folder.opened[path] = document
        self.documents[document.uri] = (folder, path, document)
        return folder

    def changed(self, folder: Folder, document: Document) -> None:
        """An edit has been applied: answer it, now or as soon as it has been looked at. The caller holds the lock."""
        if folder.state != "ready" or not document.has_published:
            self.look(folder)
            return
        if self.client.pulls_diagnostics:  # It will ask.
            self.worker.later(_PAUSE[1], folder, lambda: self.show(folder, settles=True))
            return
        if folder.seconds <= QUICK:
            self.look(folder, 0.0)
            return
        self._send(document, document.diagnostics())
        self.look(folder)

    def look(self, folder: Folder, pause: float | None = None) -> None:
        """Have the analysis look at what was edited, after a pause in which nothing else is."""
        if not self.is_started:
            return
        if pause is None:
            pause = 0.0 if folder.seconds <= _SOON else min(max(folder.seconds, _PAUSE[0]), _PAUSE[1])
        if not pause:
            self.worker.submit(lambda: self.show(folder), EDIT)
            pause = _PAUSE[1]
        self.worker.later(pause, folder, lambda: self.show(folder, settles=True))

    def close(self, uri: str) -> None:
        with self.lock:
            known = self.documents.pop(uri, None)
            if known is None:
                return
            folder, path, _ = known
            if folder.opened.get(path) is known[2]:
                del folder.opened[path]
            self.loose.pop(uri, None)
        if folder.root is None:
            self.worker.submit(lambda: self._withdraw(folder, set()), EDIT)
        else:
            self.worker.submit(lambda: self._closed(folder, path, uri), EDIT)

    def _closed(self, folder: Folder, path: str, uri: str) -> None:
        if folder.state != "ready" or path in folder.opened:
            return
        folder.give_back(path)
        folder.look_again(path)
        items = folder.sent.pop(path, None)
        self.show(folder)
        if items and path not in folder.sent:
            self._publish(uri, None, [])

    # The analysis thread

    def caught_up(self, folder: Folder, *, settles: bool = False) -> Snapshot:
        """Return the state that has all edits up to now."""
        if folder.state != "ready":
            raise RequestError(CONTENT_MODIFIED, "The folder is not read yet.")
        with self.lock:
            taken = {
                path: item.taken()
                for path, item in folder.opened.items()
                if item.is_new or item.changes or path not in folder.taken or folder.taken[path].version != item.version
            }
        started = perf_counter()
        folder.take(taken)
        if settles:
            folder.settle()
        snapshot = folder.snapshot()
        _ = snapshot.by_path
        if taken:
            folder.note_seconds(perf_counter() - started)
        return snapshot

    def swept(self, folder: Folder) -> None:
        """Take what changed on disk behind our back."""
        if folder.state != "ready":
            return
        if folder.has_moved():
            self.arrange()
        elif folder.has_new_settings():
            self.index(folder)
        else:
            has_other_base = folder.hold_against_base()
            if folder.sweep() or has_other_base:
                self.show(folder)

    def compare(self, folder: Folder) -> None:
        """Hold a folder against its base, once it is shown what needs none."""
        if folder.state == "ready" and folder.hold_against_base():
            self.show(folder)

    def show(self, folder: Folder, *, settles: bool = False) -> None:
        """Send what is different from what the client shows; after a pause in typing, broken source is read from nothing."""
        if folder.state != "ready" or folder not in self.all_folders():
            return
        snapshot = self.caught_up(folder, settles=settles)
        if self.client.pulls_diagnostics:
            with self.lock:
                for document in folder.opened.values():
                    document.has_published = True
            if dict(snapshot.by_path) != folder.seen or not folder.has_been_seen:
                folder.seen, folder.has_been_seen = dict(snapshot.by_path), True
                self._tell_listeners()
            return
        self._show_open(folder, snapshot)
        is_new = False
        for path in [path for path in folder.sent if path not in folder.opened and not folder.has_in_scope(path)]:
            del folder.sent[path]
            self._publish(folder.uri_for(path), None, [])
        for path in folder.others(snapshot.by_path):
            if path in folder.opened or not self.owns(folder, path):
                continue
            items = folder.built(path, snapshot.by_path.get(path, ()), self.builder(folder))
            if items != folder.sent.get(path, []):
                self._publish(folder.uri_for(path), None, items)
                is_new = True
            self._remember(folder, path, items)
        if is_new:
            self._tell_listeners()

    def _show_open(self, folder: Folder, snapshot: Snapshot) -> None:
        with self.lock:
            documents = dict(folder.opened)
        for path, document in documents.items():
            taken = folder.taken.get(path)
            if taken is None or taken.version != document.version:
                continue  # Another edit came, and a look at it will follow.
            findings = snapshot.by_path.get(path, ())
            items = folder.built(path, findings, self.builder(folder))
            with self.lock:
                if taken.version != document.version or folder.opened.get(path) is not document:
                    continue
                document.shown = [
                    Moved(item.location.span.start, item.location.span.end, sent) for item, sent in zip(findings, items, strict=True)
                ]
                document.has_published = True
                if document.answered != document.version or items != document.last:
                    self._send(document, items)
                self._remember(folder, path, items)

    def note_pulled(self, folder: Folder, snapshot: Snapshot, asked: str | None) -> None:
        """Tell the listeners when findings of other files than the one asked for are others than before: the client must ask again."""
        found = dict(snapshot.by_path)
        is_new = any(found.get(path) != folder.seen.get(path) for path in {*found, *folder.seen} if path != asked)
        folder.seen = found
        if is_new and asked is not None:
            self._tell_listeners()

    def _tell_listeners(self) -> None:
        for listener in self.on_new_findings:
            listener()

    @staticmethod
    def _remember(folder: Folder, path: str, items: list[dict[str, Any]]) -> None:
        if items:
            folder.sent[path] = items
        else:
            folder.sent.pop(path, None)

    def _withdraw(self, folder: Folder, kept: set[str]) -> None:
        """Clear what the client shows of a folder that is gone."""
        paths = {folder.uri_for(path) for path in folder.sent}
        if folder.root is None:
            paths = {folder.uri}
        for uri in paths - kept:
            self._publish(uri, None, [])
        folder.sent.clear()
        folder.state = "stopped"

    # Out

    def builder(self, folder: Folder) -> Callable[[Finding, Lines], dict[str, Any]]:
        def place(location: Location) -> dict[str, Any]:
            return {"uri": folder.uri_for(location.path), "range": folder.lines(location.path).range(location.span)}

        return lambda finding, lines: diagnostic(finding, lines, self.client, place, page_uri)

    def _send(self, document: Document, items: list[dict[str, Any]]) -> None:
        """Send the diagnostics of a document; the caller holds the lock, so that versions go out in order."""
        document.answered, document.last = document.version, items
        self._publish(document.uri, document.version, items)

    def _publish(self, uri: str, version: int | None, items: list[dict[str, Any]]) -> None:
        if self.client.pulls_diagnostics:
            return
        params: dict[str, Any] = {"uri": uri, "diagnostics": items}
        if version is not None and self.client.sees_versions:
            params["version"] = version
        self.protocol.tell("textDocument/publishDiagnostics", params)

    def message(self, text: str, kind: int = 2) -> None:
        """Show a sentence to the user: 1 error, 2 warning, 3 information."""
        self.protocol.tell("window/showMessage", {"type": kind, "message": plain(text)})

    def offer(self, text: str, title: str, then: Callable[[], object]) -> None:
        """Show a sentence with something that can be done about it."""

        def answered(future: Future[Any]) -> None:
            if future.exception() is None and isinstance(answer := future.result(), dict) and answer.get("title") == title:
                then()

        params = {"type": 3, "message": plain(text), "actions": [{"title": title}]}
        self.protocol.ask("window/showMessageRequest", params).add_done_callback(answered)

    def overlay(self, folder: Folder) -> Callable[[Config], Config]:
        """Return what the editor's own settings change in those of a folder."""
        return lambda config: overlaid(config, folder.preferences)

    # Requests

    def submit(self, job: Callable[[], T]) -> Future[T]:
        return self.worker.submit(job, REQUEST)

    def later(self, uri: str, work: Callable[[Folder, str, Any, Snapshot], T], otherwise: T, *, waits: bool = False) -> Future[T]:
        """Answer a request about a document on the analysis thread, from a state that has all its edits.

        Unknown documents get `otherwise`, and so do folders that are not read, unless the request `waits` for that; a document that
        has changed since gets an error. A request that waits may also be about a file that is not open, for which there is no document.
        """
        known: tuple[Folder, str, Document | None] | None = self.documents.get(uri)
        if known is None and waits:
            folder, path = self.folder_for(uri)
            known = (folder, path, None) if folder is not None else None
        if known is None:
            return _done(otherwise)
        folder, path, document = known
        if folder.state != "ready" and not (waits and folder.state in ("new", "indexing") and self.is_started):
            return _done(otherwise)
        version = document.version if document is not None else None

        def job() -> T:
            if folder.state != "ready":
                return otherwise
            _refuse_changed(document, version)
            snapshot = self.caught_up(folder)
            _refuse_changed(document, version)
            return work(folder, path, document, snapshot)

        return self.worker.submit(job, REQUEST if folder.state == "ready" else AFTERWARDS)

    def after_reading(self, job: Callable[[], T]) -> Future[T]:
        """Do a job for the whole workspace once the folders are read."""
        is_read = all(folder.state not in ("new", "indexing") for folder in self.all_folders())
        return self.worker.submit(job, REQUEST if is_read else AFTERWARDS)


def _refuse_changed(document: Document | None, version: int | None) -> None:
    if document is not None and document.version != version:
        raise RequestError(CONTENT_MODIFIED, "The document has changed since.")


def _done(value: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(value)
    return future


def roots(folders: Iterable[Any] | None, root_uri: str | None, root_path: str | None) -> list[tuple[str, str]]:
    """Return the folders of `initialize` as (uri, name): its folders, or else the older ways to name one."""
    if folders:
        return [(folder.uri, folder.name) for folder in folders]
    if root_uri:
        return [(root_uri, "")]
    if root_path:
        with suppress(ValueError):
            return [(uris.uri_of(Path(root_path)), "")]
    return []


__all__ = ["ArchitraveError", "Session", "roots"]
