"""The first look at a folder, with progress where the client shows it. It can be cancelled, and goes on where it stopped."""

from __future__ import annotations

import gc
import logging
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

from architrave.errors import ArchitraveError
from architrave.lsp import configuration, polling
from architrave.lsp.titles import plain
from architrave.lsp.worker import BACKGROUND

if TYPE_CHECKING:
    from architrave.lsp.folder import Folder
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

_NUMBERS = count(1)
_OFTEN = 0.1  # Seconds between two reports.
_PATIENCE = 2.0  # Seconds that a client may take to create the progress; it is shown without waiting longer.
_cancelled: set[str] = set()


def cancel(token: str) -> None:
    """The user does not want to wait for this progress any longer."""
    _cancelled.add(token)


def run(session: Session, folder: Folder) -> None:
    """Read a folder on the analysis thread, and show what is found. A mistake that a person can fix is shown as a message."""
    from architrave.analysis.scan import Cancelled

    if folder.root is not None and folder not in session.folders:
        return
    shown = _Shown(session, folder)
    try:
        folder.preferences = configuration.ask(session, folder)
        folder.overlay = session.overlay(folder)
        folder.index(shown.report, shown.is_cancelled)
    except ArchitraveError as error:
        session.message(f"Architrave: {error}")
        shown.end("Not read")
        session.disown(folder)
        return
    except Cancelled:
        shown.end("Stopped")
        if not session.worker.is_stopped:
            session.offer(f"Architrave: reading `{folder.name}` was stopped.", "Go On", lambda: session.index(folder))
        return
    except Exception as error:
        log.exception("`%s` could not be read", folder.name)
        shown.end("Failed")
        session.message(f"Architrave: `{folder.name}` could not be read: {type(error).__name__}: {error}", 1)
        return
    for problem in folder.problems:
        session.message(f"Architrave: {problem}")
    with session.lock:
        for document in folder.opened.values():
            document.is_new = True
    try:
        session.show(folder)
    finally:
        shown.end("Done")
        polling.begin(session, folder)
        session.worker.submit(partial(session.compare, folder), BACKGROUND)
    gc.collect()
    gc.freeze()  # What is known of the folder lives as long as the server: no collection in mid-key need look at it.


class _Shown:
    """A progress that the server has created, or none for a client that shows no progress."""

    def __init__(self, session: Session, folder: Folder) -> None:
        self._session = session
        self._last = 0.0
        self._token = ""
        if not session.client.has_progress or folder.root is None:
            return
        token = f"architrave-index-{next(_NUMBERS)}"
        try:
            session.protocol.ask("window/workDoneProgress/create", {"token": token}).result(_PATIENCE)
        except FutureTimeout:
            return
        except Exception as error:
            log.info("the client wants no progress: %s", error)
            return
        self._token = token
        self._tell({"kind": "begin", "title": f"Architrave: reading {plain(folder.name)}", "cancellable": True, "percentage": 0})

    def report(self, done: int, total: int) -> None:
        self._session.worker.serve(BACKGROUND)  # Other folders need not wait for this one.
        now = monotonic()
        if self._token and now - self._last >= _OFTEN:
            self._last = now
            self._tell({"kind": "report", "message": f"{done:,} of {total:,} files", "percentage": 100 * done // max(total, 1)})

    def is_cancelled(self) -> bool:
        return self._session.worker.is_stopped or self._token in _cancelled

    def end(self, message: str) -> None:
        _cancelled.discard(self._token)
        if self._token:
            self._tell({"kind": "end", "message": message})
            self._token = ""

    def _tell(self, value: dict[str, Any]) -> None:
        self._session.protocol.tell("$/progress", {"token": self._token, "value": value})
