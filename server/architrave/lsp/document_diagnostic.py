"""`textDocument/diagnostic`: the findings of one document, when the client asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from architrave.lsp.diagnostics import result_id

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.lsp.document import Document
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC)
    def pull(params: types.DocumentDiagnosticParams) -> object:
        uri, previous = params.text_document.uri, params.previous_result_id

        def answer(folder: Folder, path: str, document: Document | None, snapshot: Snapshot) -> dict[str, Any]:
            items = folder.built(path, snapshot.by_path.get(path, ()), session.builder(folder))
            session.note_pulled(folder, snapshot, path)
            return report(items, previous)

        return session.later(uri, answer, report([], None), waits=True)


def report(items: list[dict[str, Any]], previous: str | None) -> dict[str, Any]:
    """Return a full report, or an unchanged one when the client has these already."""
    id = result_id(items)
    if previous == id:
        return {"kind": "unchanged", "resultId": id}
    return {"kind": "full", "resultId": id, "items": items}
