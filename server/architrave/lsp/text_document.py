"""`textDocument/didOpen`, `didChange`, `didSave`, `didClose`: the client's texts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from architrave.lsp.document import apply

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer

log = logging.getLogger(__name__)


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        session.open(item.uri, str(getattr(item.language_id, "value", item.language_id)), item.version, item.text)

    # Every key comes through here, so its parameters are read as they are.
    def changed(params: dict[str, Any]) -> None:
        identifier = params["textDocument"]
        known = session.documents.get(identifier["uri"])
        if known is None:
            log.warning("`%s` is changed, but not open", identifier["uri"])
            return
        folder, _, document = known
        with session.lock:
            document.version = int(identifier.get("version") or document.version)
            try:
                apply(document, params["contentChanges"])
            finally:
                session.changed(folder, document)

    server.protocol.quick[types.TEXT_DOCUMENT_DID_CHANGE] = changed

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        known = session.documents.get(params.text_document.uri)
        if known is not None:
            session.worker.later(0.2, ("sweep", id(known[0])), lambda: session.swept(known[0]))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        session.close(params.text_document.uri)
