"""`textDocument/hover`: on a finding its page and evidence; on a route, table, topic, setting or outgoing call what the model knows."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from architrave.analysis import markdown
from architrave.lsp.pages import page_uri

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.lsp.document import Document
    from architrave.lsp.folder import Folder
    from architrave.lsp.positions import Range
    from architrave.lsp.server import ArchitraveServer
    from architrave.text import Location


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> object:
        line, character = params.position.line, params.position.character

        def answer(folder: Folder, path: str, document: Document, snapshot: Snapshot) -> dict[str, object] | None:
            from architrave.analysis.describe import describe
            from architrave.analysis.telling import description_text, explained_text

            lines = folder.lines(path)
            offset = lines.offset(line, character)
            found = [item for item in snapshot.by_path.get(path, ()) if item.location.span.start <= offset <= item.location.span.end]
            described = describe(snapshot, path, offset)
            parts = [explained_text(item, partial(link, folder), page_uri(item.rule)) for item in found]
            if described is not None:
                parts.append(description_text(described, partial(link, folder)))
            if not parts:
                return None
            place: Range = lines.range(found[0].location.span if found else described.location.span)  # type: ignore[union-attr]
            text = "\n\n---\n\n".join(parts)
            if not session.client.has_markdown:
                return {"contents": {"kind": "plaintext", "value": markdown.plain(text)}, "range": place}
            return {"contents": {"kind": "markdown", "value": text}, "range": place}

        return session.later(params.text_document.uri, answer, None)


def link(folder: Folder, location: Location) -> str:
    """Return a link to the line of a location."""
    return link_to(folder, location.path, folder.lines(location.path).position(location.span.start)["line"] + 1)


def link_to(folder: Folder, path: str, line: int) -> str:
    """Return a link to a line, from 1."""
    uri = re.sub(r"[()<>\s]", lambda match: f"%{ord(match[0]):02X}", folder.uri_for(path))
    name = f"{path.rpartition('/')[2]}:{line}"
    label = markdown.escaped(name) if re.search(r"[`\[\]]", name) else markdown.code(name)
    return f"[{label}]({uri}#L{line})"
