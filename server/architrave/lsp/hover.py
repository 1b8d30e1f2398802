"""`textDocument/hover`: on a finding its page and evidence; on a route, table, topic, setting or outgoing call what the model knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from architrave.lsp import markdown
from architrave.lsp.pages import page_uri

if TYPE_CHECKING:
    from architrave.analysis.describe import Description, Mention
    from architrave.analysis.snapshot import Snapshot
    from architrave.findings import Finding
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

            lines = folder.lines(path)
            offset = lines.offset(line, character)
            found = [item for item in snapshot.by_path.get(path, ()) if item.location.span.start <= offset <= item.location.span.end]
            described = describe(snapshot, path, offset)
            parts = [part for item in found for part in _finding(folder, item)]
            if described is not None:
                parts.append(description_text(folder, described))
            if not parts:
                return None
            place: Range = lines.range(found[0].location.span if found else described.location.span)  # type: ignore[union-attr]
            text = "\n\n---\n\n".join(parts)
            if not session.client.has_markdown:
                return {"contents": {"kind": "plaintext", "value": markdown.plain(text)}, "range": place}
            return {"contents": {"kind": "markdown", "value": text}, "range": place}

        return session.later(params.text_document.uri, answer, None)


def _finding(folder: Folder, finding: Finding) -> Iterator[str]:
    from architrave.analysis.suppressions import OWN_RULES
    from architrave.errors import ArchitraveError
    from architrave.rule import find_rule

    lines = [f"**{markdown.code(finding.rule)}** {markdown.escaped(finding.severity or '')}", "", markdown.message(finding.message)]
    if finding.evidence:
        lines += ["", *(f"- {markdown.message(evidence)}" for evidence in finding.evidence)]
    if finding.related:
        lines += ["", *(f"- {markdown.message(item.message)}: {link(folder, item.location)}" for item in finding.related)]
    if finding.rule in OWN_RULES:
        yield "\n".join([*lines, "", OWN_RULES[finding.rule]])
        return
    try:
        rule = find_rule(finding.rule)
    except ArchitraveError:
        yield "\n".join(lines)
        return
    lines += ["", rule.summary]
    why = next((body for heading, body in rule.sections.items() if heading.lower().startswith("why")), "")
    if why:
        lines += ["", why]
    if finding.fix is not None:
        lines += ["", f"_Fix:_ {markdown.message(finding.fix.title)}{'' if finding.fix.is_safe else ' (look before you accept it)'}"]
    uri = page_uri(finding.rule)
    if uri is not None:
        lines += ["", f"[The whole page of {finding.rule}]({uri})"]
    yield "\n".join(lines)


def description_text(folder: Folder, found: Description) -> str:
    """Return what is known of a place as Markdown."""
    lines = [f"**{found.kind}** {markdown.code(found.name)}", ""]
    for row in found.rows:
        if not row.mentions:
            lines.append(f"- {row.label}: {row.nothing}")
            continue
        more = f" and {row.left_out} more" if row.left_out else ""
        lines.append(f"- {row.label}: {', '.join(_mention(folder, item) for item in row.mentions)}{more}")
    return "\n".join(lines)


def _mention(folder: Folder, mention: Mention) -> str:
    if mention.location is None:
        return markdown.code(mention.text)
    return f"{markdown.code(mention.text)} {link(folder, mention.location)}"


def link(folder: Folder, location: Location) -> str:
    """Return a link to the line of a location."""
    line = folder.lines(location.path).position(location.span.start)["line"] + 1
    uri = re.sub(r"[()<>\s]", lambda match: f"%{ord(match[0]):02X}", folder.uri_for(location.path))
    return f"[{markdown.escaped(location.path.rpartition('/')[2])}&#58;{line}]({uri}#L{line})"
