"""`textDocument/codeLens` and `codeLens/resolve`: what is found in a file, above it; who calls a route and what it touches, above that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from architrave.lsp import commands
from architrave.lsp.titles import plain

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.lsp.document import Document
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer

_MOST_TABLES = 4


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: types.CodeLensParams) -> object:
        uri = params.text_document.uri

        def answer(folder: Folder, path: str, document: Document, snapshot: Snapshot) -> list[dict[str, Any]]:
            from architrave.analysis.describe import routes_in

            file = snapshot.files.get(path)
            if file is None or not file.language:
                return []
            top = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
            data = {"uri": uri, "version": document.version}
            lines = folder.lines(path)
            found = [{"range": top, "data": {**data, "about": "module"}}]
            for location in routes_in(snapshot, path):
                start, end = location.span.start, location.span.end
                found.append({"range": lines.range(location.span), "data": {**data, "about": "route", "start": start, "end": end}})
            return found

        nothing: list[dict[str, Any]] = []
        return session.later(uri, answer, nothing)

    @server.feature(types.CODE_LENS_RESOLVE)
    def resolve(params: types.CodeLens) -> object:
        lens = {key: value for key, value in server.protocol.plain(params).items() if value is not None}
        data = lens.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("uri"), str):
            return lens

        def answer(folder: Folder, path: str, document: Document, snapshot: Snapshot) -> dict[str, Any]:
            if data.get("about") == "module":
                command = _of_module(data["uri"], len(snapshot.by_path.get(path, ())))
            else:
                command = _of_route(snapshot, path, lens, data)
            return {**lens, "command": command}

        stale = {**lens, "command": {"title": "…", "command": commands.REVIEW, "arguments": [data["uri"]]}}
        return session.later(data["uri"], answer, stale)

    def again() -> None:
        if session.client.refreshes_lenses:
            session.worker.later(0.5, "lenses", lambda: session.protocol.ask("workspace/codeLens/refresh"))

    session.on_new_findings.append(again)


def _of_module(uri: str, count: int) -> dict[str, Any]:
    found = "no findings" if not count else "1 finding" if count == 1 else f"{count} findings"
    return {"title": f"{found} · review this module", "command": commands.REVIEW, "arguments": [uri]}


def _of_route(snapshot: Snapshot, path: str, lens: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    from architrave.analysis.describe import summary
    from architrave.text import Location, Span

    start, end = data.get("start"), data.get("end")
    known = summary(snapshot, Location(path, Span(start, end))) if isinstance(start, int) and isinstance(end, int) else None
    place = {"uri": data["uri"], "position": lens["range"]["start"]}
    if known is None:
        return {"title": "route", "command": commands.EXPLAIN, "arguments": [place]}
    count = len(known.callers)
    title = "no caller in this workspace" if not count else "1 caller" if count == 1 else f"{count} callers"
    if known.tables:
        more = len(known.tables) - _MOST_TABLES
        names = plain(", ".join(known.tables[:_MOST_TABLES]))
        title += f" · touches {names}" + (f" and {more} more" if more > 0 else "")
    return {"title": title, "command": commands.EXPLAIN, "arguments": [place]}
