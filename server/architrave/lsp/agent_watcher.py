"""Whoever watches a run from an editor: told what goes on, by streams of its own or as progress, and asked for consent."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from architrave.analysis.agents import ConsentRequest, Run, StreamKind
    from architrave.lsp.agent_runs import Entry
    from architrave.lsp.folder import Folder
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

SHOWN_FILES = 500  # Of those that may be sent, to a person or a client.
_PATIENCE = 2.0  # Seconds that a client may take to create a progress.
_OFTEN = 0.2  # Seconds between two reports of what is being thought.


class Watcher:
    """Tells a client what goes on in a run, by its own stream or as progress, and asks it for consent."""

    def __init__(self, session: Session, folder: Folder, entry: Entry, tokens: count[int]) -> None:
        self._session = session
        self._folder = folder
        self._entry = entry
        self._token = entry.token  # The client's own, by which it knows its request.
        self._tokens = tokens
        self._has_progress = False
        self._thought = ""
        self._told = 0.0

    def begin(self, run: Run) -> None:
        entry, protocol = self._entry, self._session.protocol
        if entry.token is None and self._session.client.has_progress:
            token = f"architrave-agent-{next(self._tokens)}"
            try:
                protocol.ask("window/workDoneProgress/create", {"token": token}).result(_PATIENCE)
            except Exception as error:
                log.info("the client shows no progress: %s", error)
            else:
                entry.token = token
        if entry.token is not None:
            self._has_progress = True
            self._progress({"kind": "begin", "title": f"Architrave: {run.title}", "cancellable": True})

    def end(self) -> None:
        if self._has_progress:
            self._has_progress = False
            self._progress({"kind": "end"})

    def stream(self, kind: StreamKind, text: str) -> None:
        from architrave.analysis.markdown import plain

        run = self._entry.run
        if run is not None and self._session.client.shows_streams:
            told = {"run": run.id, "kind": kind, "text": text}
            self._session.protocol.tell("architrave/stream", told if self._token is None else {**told, "token": self._token})
        if not self._has_progress:
            return
        if kind == "step":
            self._thought = ""
            self._progress({"kind": "report", "message": plain(text)[:120]})
        elif kind == "thought":
            self._thought = " ".join((self._thought + text).split())[-100:]
            if monotonic() - self._told > _OFTEN:
                self._told = monotonic()
                self._progress({"kind": "report", "message": self._thought})

    def link(self, path: str, line: int) -> str:
        from architrave.lsp.hover import link_to

        return link_to(self._folder, path, line)

    def consent(self, request: ConsentRequest) -> Future[bool]:
        answer: Future[bool] = Future()
        threading.Thread(target=lambda: answer.set_result(self._asked(request)), name="consent", daemon=True).start()
        return answer

    def _asked(self, request: ConsentRequest) -> bool:
        from architrave.lsp import reports

        message = (
            f"Architrave: may files of `{request.root.name}` be sent to {request.host}, to be worked on by {request.model}? "
            f"{len(request.files):,} files may be read; secrets in them are taken out first. "
            "Ignored files, keys and .env files stay here."
        )
        titles = ["Allow", "Show what may be sent", "Not now"]
        while True:
            asked = self._session.protocol.ask(
                "window/showMessageRequest", {"type": 3, "message": message, "actions": [{"title": title} for title in titles]}
            )
            try:
                chosen = asked.result()
            except Exception as error:
                log.info("the client did not answer: %s", error)
                return False
            title = chosen.get("title") if isinstance(chosen, dict) else None
            if title != titles[1]:
                return title == titles[0]
            reports.show_text(self._session, "may-be-sent", consent_text(request))
            if not self._session.client.has_show_document:
                titles = [titles[0], titles[2]] if len(titles) == 3 else titles

    def _progress(self, value: dict[str, Any]) -> None:
        self._session.protocol.tell("$/progress", {"token": self._entry.token, "value": value})


def consent_text(request: ConsentRequest) -> str:
    """Return what may be sent, as a text to look at."""
    from architrave.analysis.markdown import code, sentence

    kept = "".join(f"; {count:,} {'file' if count == 1 else 'files'}, as {sentence(why)}" for why, count in sorted(request.kept.items()))
    lines = [
        f"# What may be sent of {code(request.root.name)}",
        "",
        f"To {code(request.host)}, where {code(request.model)} works on it: the files below, as far as an agent asks for them.",
        "Secrets in them are replaced before anything is sent.",
        "",
        f"Never sent: what git ignores{kept}",
        "",
    ]
    lines += [f"- {code(path)}" for path in request.files[:SHOWN_FILES]]
    if len(request.files) > SHOWN_FILES:
        lines.append(f"- and {len(request.files) - SHOWN_FILES:,} more")
    return "\n".join(lines) + "\n"
