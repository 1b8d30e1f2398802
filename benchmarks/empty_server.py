"""A language server that does nothing: it answers every change with an empty list. What pygls costs before any work."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from benchmarks.tools import package_version

server = LanguageServer("empty", package_version("pygls") or "?", text_document_sync_kind=types.TextDocumentSyncKind.Incremental)


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(languages: LanguageServer, parameters: types.DidOpenTextDocumentParams) -> None:
    _publish(languages, parameters.text_document.uri, parameters.text_document.version)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(languages: LanguageServer, parameters: types.DidChangeTextDocumentParams) -> None:
    _publish(languages, parameters.text_document.uri, parameters.text_document.version)


def _publish(languages: LanguageServer, uri: str, version: int | None) -> None:
    languages.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=[]))


if __name__ == "__main__":
    server.start_io()
