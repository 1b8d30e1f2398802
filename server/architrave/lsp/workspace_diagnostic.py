"""`workspace/diagnostic`: the findings of all files, in parts when the client takes parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from architrave.lsp import polling
from architrave.lsp.document_diagnostic import report

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session

_PART = 50  # Files.


def register(server: ArchitraveServer) -> None:
    session = server.session
    last: list[tuple[Any, dict[str, str], list[dict[str, Any]]]] = []

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    def pull(params: types.WorkspaceDiagnosticParams) -> object:
        previous = {item.uri: item.value for item in params.previous_result_ids}

        def reports() -> list[dict[str, Any]]:
            state = _state(session)
            if last and last[0][:2] == (state, previous):  # Clients ask every two seconds, and mostly nothing has changed.
                return last[0][2]
            found = list(_reports(session, previous))
            last[:] = [(state, previous, found)]
            return found

        def answer() -> dict[str, Any]:
            found = reports()
            if params.partial_result_token is None:
                return {"items": found}
            for start in range(0, len(found), _PART):
                value = {"items": found[start : start + _PART]}
                session.protocol.tell("$/progress", {"token": params.partial_result_token, "value": value})
            return {"items": []}

        return session.after_reading(answer)

    def again() -> None:
        if session.client.pulls_diagnostics:
            session.worker.later(0.1, "refresh", lambda: session.protocol.ask("workspace/diagnostic/refresh"))

    session.on_new_findings.append(again)


def _state(session: Session) -> list[Snapshot]:
    """Return what the reports are made of; the same snapshots give the same reports."""
    ready = [folder for folder in session.all_folders() if folder.state == "ready"]
    for folder in ready:
        polling.look(session, folder)
    return [session.caught_up(folder) for folder in ready if folder.state == "ready"]


def _reports(session: Session, previous: dict[str, str]) -> Iterator[dict[str, Any]]:
    known = dict(previous)
    for folder in session.all_folders():
        if folder.state != "ready":
            continue
        snapshot = session.caught_up(folder)
        session.note_pulled(folder, snapshot, None)
        for path, findings in snapshot.by_path.items():
            if not session.owns(folder, path):
                continue
            items = folder.built(path, findings, session.builder(folder))
            taken = folder.taken.get(path)
            uri = folder.uri_for(path)
            yield {"uri": uri, "version": taken.version if taken is not None else None, **report(items, known.pop(uri, None))}
    empty = report([], None)
    for uri, id in known.items():
        if id != empty["resultId"]:
            owner = session.documents.get(uri)
            yield {"uri": uri, "version": owner[2].version if owner is not None else None, **empty}
