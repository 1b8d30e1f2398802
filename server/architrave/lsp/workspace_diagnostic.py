"""`workspace/diagnostic`: the findings of all files, in parts when the client takes parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from architrave.lsp.document_diagnostic import report

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session

_PART = 50  # Files.


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    def pull(params: types.WorkspaceDiagnosticParams) -> object:
        previous = {item.uri: item.value for item in params.previous_result_ids}

        def answer() -> dict[str, Any]:
            reports = list(_reports(session, previous))
            if params.partial_result_token is None:
                return {"items": reports}
            for start in range(0, len(reports), _PART):
                value = {"items": reports[start : start + _PART]}
                session.protocol.tell("$/progress", {"token": params.partial_result_token, "value": value})
            return {"items": []}

        return session.after_reading(answer)

    def again() -> None:
        if session.client.refreshes_diagnostics:
            session.worker.later(0.1, "refresh", lambda: session.protocol.ask("workspace/diagnostic/refresh"))

    session.on_new_findings.append(again)


def _reports(session: Session, previous: dict[str, str]) -> Iterator[dict[str, Any]]:
    known = dict(previous)
    for folder in session.all_folders():
        if folder.state != "ready":
            continue
        folder.sweep()
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
