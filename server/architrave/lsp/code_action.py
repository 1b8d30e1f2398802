"""`textDocument/codeAction` and `codeAction/resolve`: mend, suppress, add to the baseline, explain.

Titles are given at once; the edit is made, and tried on the whole workspace, when the user picks one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from architrave.lsp import agent_actions, commands
from architrave.lsp.protocol import CONTENT_MODIFIED, REQUEST_FAILED, RequestError
from architrave.lsp.titles import plain
from architrave.lsp.workspace_edit import workspace_edit
from architrave.text import Span

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.findings import Finding
    from architrave.lsp.document import Document
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session

FIX_ALL_KIND = "source.fixAll.architrave"
QUICK_FIX = "quickfix"
_LONGEST_SELECTION = 8000  # Bytes.
_MOST = 20  # Findings at one place that actions are offered for.


def register(server: ArchitraveServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    def code_action(params: types.CodeActionParams) -> object:
        place = params.range
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]

        nothing: list[dict[str, Any]] = []

        def answer(folder: Folder, path: str, document: Document, snapshot: Snapshot) -> list[dict[str, Any]]:
            lines = folder.lines(path)
            start = lines.offset(place.start.line, place.start.character)
            end = max(start, lines.offset(place.end.line, place.end.character))
            found = [item for item in snapshot.by_path.get(path, ()) if item.location.span.start <= end and start <= item.location.span.end]
            if not session.client.resolves_edits and (start, end) == (0, len(lines.text)) and len(params.context.diagnostics) == 1:
                return _the_fix(session, folder, path, document, found, params.context.diagnostics[0])
            actions = [action for item in found[:_MOST] for action in _actions(session, folder, path, document, item)]
            actions += _fix_all(path, document, snapshot)
            selected = lines.text[start:end].decode("utf-8", "replace") if end - start <= _LONGEST_SELECTION else ""
            actions += agent_actions.for_place(folder, document.uri, selected, lines.range(Span(start, end)))
            if not session.client.has_action_literals:
                return [action["command"] for action in actions if "command" in action]
            actions = [action for action in actions if _is_wanted(action.get("kind", ""), only)]
            if not session.client.resolves_edits:
                actions = [done for action in actions if (done := _eager(session, folder, action)) is not None]
            return actions

        return session.later(params.text_document.uri, answer, nothing)

    @server.feature(types.CODE_ACTION_RESOLVE)
    def resolve(params: types.CodeAction) -> object:
        action = {key: value for key, value in server.protocol.plain(params).items() if value is not None}
        data = action.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("uri"), str):
            return action

        def answer(folder: Folder, path: str, document: Document, snapshot: Snapshot) -> dict[str, Any]:
            if document.version != data.get("version"):
                raise RequestError(CONTENT_MODIFIED, "The document has changed since this was offered; ask again.")
            return {**action, "edit": _edit(session, folder, action)}

        def unknown() -> dict[str, Any]:
            raise RequestError(CONTENT_MODIFIED, "The document is not open any more.")

        if data["uri"] not in session.documents:
            return session.submit(unknown)
        return session.later(data["uri"], answer, action)


def _is_wanted(kind: str, only: list[str]) -> bool:
    return not only or any(kind == wanted or kind.startswith(wanted + ".") for wanted in only)


def _actions(session: Session, folder: Folder, path: str, document: Document, finding: Finding) -> Iterator[dict[str, Any]]:
    from architrave.analysis.suppressing import suppression_edit

    lines = folder.lines(path)
    shown = session.builder(folder)(finding, lines)
    data = {
        "uri": document.uri,
        "version": document.version,
        "rule": finding.rule,
        "subject": finding.subject,
        "start": finding.location.span.start,
    }
    if finding.fix is not None:
        action: dict[str, Any] = {
            "title": plain(finding.fix.title),
            "kind": QUICK_FIX,
            "diagnostics": [shown],
            "data": {**data, "do": "fix"},
        }
        if session.client.has_preferred:
            action["isPreferred"] = finding.fix.is_safe
        yield action
    if suppression_edit(path, lines.text, finding) is not None:
        title = f"Suppress `{finding.rule}` here, with a reason"
        yield {"title": title, "kind": QUICK_FIX, "diagnostics": [shown], "data": {**data, "do": "suppress"}}
    if finding.rule.startswith("suppression-"):
        return
    if folder.root is not None:
        title = f"Add this finding of `{finding.rule}` to the baseline"
        arguments = [document.uri, finding.rule, finding.subject]
        command = {"title": title, "command": commands.BASELINE, "arguments": arguments}
        yield {"title": title, "kind": QUICK_FIX, "diagnostics": [shown], "command": command}
    title = f"Explain `{finding.rule}`"
    command = {"title": title, "command": commands.EXPLAIN, "arguments": agent_actions.explanation(folder, document.uri, finding)}
    yield {"title": title, "kind": QUICK_FIX, "diagnostics": [shown], "command": command}
    yield from agent_actions.for_finding(folder, document.uri, finding, shown, folder.snapshot(), path)


def _the_fix(
    session: Session, folder: Folder, path: str, document: Document, found: list[Finding], diagnostic: types.Diagnostic
) -> list[dict[str, Any]]:
    """Return the fix of one finding and nothing else, for "Quick Fix" of Kate before 23.04.

    It asks for all that can be done in the document about one diagnostic, and carries out everything that it gets: beside the fix the
    comment that suppresses the finding, the line of the baseline, and each agent.
    """
    lines = folder.lines(path)
    start = lines.offset(diagnostic.range.start.line, diagnostic.range.start.character)
    wanted = [item for item in found if item.rule == diagnostic.code and item.location.span.start == start]
    actions = (action for item in wanted[:1] for action in _actions(session, folder, path, document, item))
    fixes = [action for action in actions if action.get("data", {}).get("do") == "fix"]
    return [done for action in fixes if (done := _eager(session, folder, action)) is not None]


def _fix_all(path: str, document: Document, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    if any(item.fix is not None and item.fix.is_safe for item in snapshot.by_path.get(path, ())):
        yield {
            "title": "Mend all that Architrave can mend safely in this file",
            "kind": FIX_ALL_KIND,
            "data": {"uri": document.uri, "version": document.version, "do": "all"},
        }


def _eager(session: Session, folder: Folder, action: dict[str, Any]) -> dict[str, Any] | None:
    """Return an action with its edit, for clients that ask for nothing afterwards; None for one that stands no trial."""
    if "data" not in action:
        return action
    try:
        edit = _edit(session, folder, action)
    except RequestError:
        return None
    return {key: value for key, value in {**action, "edit": edit}.items() if key != "data"}


def _edit(session: Session, folder: Folder, action: dict[str, Any]) -> dict[str, Any]:
    data = action["data"]
    path = session.documents[data["uri"]][1]
    what = data.get("do")
    texts: Mapping[str, bytes]
    is_safe: bool
    if what == "all":
        texts = folder.mended(lambda item: item.location.path == path and item.fix is not None and item.fix.is_safe)
        is_safe = True
    else:
        finding = _chosen(folder, path, data)
        if what == "suppress":
            texts = _suppressed(folder, path, finding)
            is_safe = True
        else:
            from architrave.analysis.trying import is_same

            is_this = is_same(finding)
            texts = folder.mended(lambda item: is_this(item) and item.location == finding.location)
            is_safe = finding.fix is not None and finding.fix.is_safe
    edit = workspace_edit(folder, session.client, texts, action["title"], is_safe=is_safe)
    if edit is None:
        raise RequestError(REQUEST_FAILED, "This fix makes a new file, which the editor cannot do for a server.")
    return edit


def _chosen(folder: Folder, path: str, data: dict[str, Any]) -> Finding:
    for finding in folder.snapshot().by_path.get(path, ()):
        if (finding.rule, finding.subject, finding.location.span.start) == (data.get("rule"), data.get("subject"), data.get("start")):
            return finding
    raise RequestError(CONTENT_MODIFIED, "This finding is not there any more.")


def _suppressed(folder: Folder, path: str, finding: Finding) -> dict[str, bytes]:
    from architrave.analysis.edits import apply
    from architrave.analysis.suppressing import suppression_edit

    text = folder.text(path) or b""
    edit = suppression_edit(path, text, finding)
    if edit is None:
        raise RequestError(REQUEST_FAILED, "A comment cannot stand there.")
    return {path: apply({path: text}, [edit])[path]}
