"""Runs of agents for one client: started from a state that was set aside, told about while they go on, stopped in several ways.

Each run has a thread that waits for it, so that neither messages nor the analysis wait.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from architrave.errors import ArchitraveError
from architrave.lsp import uris
from architrave.lsp.agent_outcomes import Delivery
from architrave.lsp.agent_watcher import Watcher
from architrave.lsp.protocol import INTERNAL_ERROR, REQUEST_FAILED, RequestError

if TYPE_CHECKING:
    from architrave.analysis.agents import Agents, Outcome, Run, Task
    from architrave.analysis.frozen import Frozen
    from architrave.lsp.folder import Folder
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

_LONGEST_READING = 600.0
_GOODBYE = 0.4  # Seconds that runs may take to end with the server.
Wanted = Callable[["Folder", "Frozen"], "Task"]


@dataclass(eq=False)
class Entry:
    """A run, as its client knows it. `result` is what answers the command."""

    title: str
    result: Future[Any]
    token: int | str | None = None
    run: Run | None = None
    is_stopped: bool = False

    def stop(self) -> None:
        self.is_stopped = True
        if self.run is not None:
            self.run.stop()


@dataclass
class Runs:
    session: Session
    delivery: Delivery
    on_change: Callable[[], None] = lambda: None
    _entries: list[Entry] = field(default_factory=list)
    _tokens: count[int] = field(default_factory=lambda: count(1))

    def start(self, find: Callable[[], Folder], wanted: Wanted, token: Any, *, agent: str = "", model: str = "") -> Future[Any]:
        """Begin a run. The future holds the outcome, or at once the run's id for a client that would not wait for it.

        `find` and `wanted` are called on the analysis thread, when the folders are read.
        """
        entry = Entry("", Future(), token)
        self._entries.append(entry)
        entry.result.add_done_callback(lambda done: entry.stop() if done.cancelled() else None)
        threading.Thread(target=self._live, args=(entry, find, wanted, agent, model), name="agent-run", daemon=True).start()
        return entry.result

    def stop(self, id: str | None) -> int:
        """Stop a run, or all of them, and return how many."""
        found = [entry for entry in self._entries if id is None or (entry.run is not None and entry.run.id == id)]
        for entry in found:
            entry.stop()
        return len(found)

    def end(self) -> None:
        """Stop all runs, and wait a moment for what they have started to end."""
        running = [entry.run.future for entry in self._entries if entry.run is not None]
        self.stop(None)
        wait(running, _GOODBYE)

    def cancel_progress(self, token: str) -> None:
        for entry in self._entries:
            if entry.token is not None and str(entry.token) == token:
                entry.stop()

    @property
    def going_on(self) -> list[dict[str, str]]:
        return [{"run": entry.run.id, "title": entry.title} for entry in self._entries if entry.run is not None]

    def _live(self, entry: Entry, find: Callable[[], Folder], wanted: Wanted, agent: str, model: str) -> None:
        try:
            _answer(entry.result, self._outcome(entry, find, wanted, agent, model))
        except (RequestError, CancelledError) as error:
            _fail(entry.result, error)
        except ArchitraveError as error:
            _fail(entry.result, RequestError(REQUEST_FAILED, str(error)))
        except Exception as error:
            log.exception("a run of an agent failed")
            _fail(entry.result, RequestError(INTERNAL_ERROR, f"An error in Architrave: {type(error).__name__}: {error}"))
        finally:
            self._entries.remove(entry)
            self.on_change()

    def _outcome(self, entry: Entry, find: Callable[[], Folder], wanted: Wanted, agent: str, model: str) -> Any:
        from architrave.analysis.agents import Job

        session = self.session
        agents = installed()

        def prepare() -> tuple[Folder, Frozen, Task]:
            folder = find()
            if folder.root is None or folder.state != "ready":
                raise RequestError(REQUEST_FAILED, "This is in no folder that was read, so the agents cannot see it.")
            session.caught_up(folder)
            state = folder.set_aside()
            return folder, state, wanted(folder, state)

        folder, state, task = session.after_reading(prepare).result(_LONGEST_READING)
        watcher = Watcher(session, folder, entry, self._tokens)
        run = entry.run = agents.start(Job(task, state, session.agent_settings, agent, model), watcher)
        entry.title = run.title
        if entry.is_stopped:
            run.stop()
        self.on_change()
        if not session.client.knows_agents:
            _answer(entry.result, {"run": run.id})
        watcher.begin(run)
        try:
            outcome: Outcome = run.future.result()
        finally:
            watcher.end()
        return self.delivery.deliver(folder, state, run.id, task, outcome)


def installed() -> Agents:
    from architrave.analysis.agents import installed

    found = installed()
    if found is None:
        raise RequestError(REQUEST_FAILED, "The agents are not installed; everything else works without them.")
    return found


def _answer(result: Future[Any], value: Any) -> None:
    if not result.done():
        result.set_result(value)


def _fail(result: Future[Any], error: BaseException) -> None:
    if not result.done():
        result.set_exception(error)
    elif not result.cancelled() and not isinstance(error, CancelledError):
        log.warning("%s", error)


def folder_for(session: Session, uri: str | None) -> tuple[Folder, str]:
    """Return the folder that is meant and the path in it, "" for the whole; without a URI the only one there is."""
    if uri is None:
        folders = [folder for folder in session.folders if folder.state == "ready"]
        if len(folders) != 1:
            why = "No folder was read." if not folders else "Several folders are open; `uri` says which is meant."
            raise RequestError(REQUEST_FAILED, why)
        return folders[0], ""
    known = session.documents.get(uri)
    folder, path = (known[0], known[1]) if known is not None else session.folder_for(uri)
    if folder is None:
        file = uris.path_of(uri)
        raise RequestError(REQUEST_FAILED, f"`{file or uri}` is in no folder that was read.")
    return folder, "" if path == "." else path
