"""`workspace/executeCommand`: explain, review, mend a file, add to the baseline, read again. Documented in docs/lsp-extensions.md."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from architrave.lsp import commands, reports, uris
from architrave.lsp.hover import link
from architrave.lsp.pages import page, page_uri
from architrave.lsp.protocol import INVALID_PARAMS, REQUEST_FAILED, RequestError
from architrave.lsp.workspace_edit import workspace_edit

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.lsp.document import Document
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session


def register(server: ArchitraveServer) -> None:
    session = server.session
    known: dict[str, Callable[[Session, list[Any]], object]] = {
        commands.EXPLAIN: _explain,
        commands.REVIEW: _review,
        commands.FIX_ALL: _fix_all,
        commands.BASELINE: _add_to_baseline,
        commands.RESTART: _restart,
    }
    for name, run in known.items():
        server.protocol.fm.commands[name] = _command(session, run, server.protocol.fm.commands.get(name))


def _command(
    session: Session, run: Callable[[Session, list[Any]], object], of_agents: Callable[[list[Any], Any], object] | None
) -> Callable[[list[Any], Any], object]:
    """Return a command that also has a form for the agents, where an object says what they are to do."""

    def command(arguments: list[Any], token: Any) -> object:
        subject = arguments[0] if arguments else None
        if of_agents is not None and isinstance(subject, dict) and "position" not in subject:
            return of_agents(arguments, token)
        return run(session, arguments)

    return command


def _explain(session: Session, arguments: list[Any]) -> object:
    """`[rule]` shows a rule's page, `[{uri, position}]` what is known of a place."""
    subject = arguments[0] if arguments else None
    if isinstance(subject, dict):
        return _explain_place(session, subject)
    if not isinstance(subject, str):
        raise RequestError(INVALID_PARAMS, "`architrave.explain` wants the id of a rule, or a `uri` and a `position`.")

    def job() -> str:
        from architrave.errors import ArchitraveError

        try:
            text = page(subject)
        except ArchitraveError as error:
            raise RequestError(REQUEST_FAILED, str(error)) from None
        reports.show(session, page_uri(subject), text)
        return text

    return session.submit(job)


def _explain_place(session: Session, place: dict[str, Any]) -> object:
    uri, position = place.get("uri"), place.get("position")
    if not isinstance(uri, str) or not isinstance(position, dict):
        raise RequestError(INVALID_PARAMS, "A place is a `uri` and a `position`.")
    line, character = position.get("line"), position.get("character")
    if not isinstance(line, int) or not isinstance(character, int):
        raise RequestError(INVALID_PARAMS, "A `position` is a `line` and a `character`.")

    def answer(folder: Folder, path: str, document: Document | None, snapshot: Snapshot) -> str:
        from architrave.analysis.describe import describe
        from architrave.analysis.telling import description_text

        found = describe(snapshot, path, folder.lines(path).offset(line, character))
        text = description_text(found, partial(link, folder)) if found is not None else "Nothing is known of this place.\n"
        reports.show_text(session, "explained", text)
        return text

    return session.later(uri, answer, "Nothing is known of this place.\n", waits=True)


def _review(session: Session, arguments: list[Any]) -> object:
    """`[uri]` reviews a file or a folder, `[]` every workspace folder."""
    uri = arguments[0] if arguments else None
    if uri is not None and not isinstance(uri, str):
        raise RequestError(INVALID_PARAMS, "`architrave.review` wants the URI of a file or folder, or nothing.")

    def job() -> str:
        from architrave.analysis.review import review
        from architrave.analysis.telling import review_text

        if uri is None:
            scopes = [(folder, folder.path_for(scope) or "") for folder in session.folders for scope in folder.scopes]
        else:
            known = session.documents.get(uri)
            folder, path = (known[0], known[1]) if known is not None else session.folder_for(uri)
            scopes = [(folder, path)] if folder is not None else []
        texts = [
            review_text(review(session.caught_up(folder), "" if path == "." else path), folder.name, partial(link, folder))
            for folder, path in scopes
            if folder.state == "ready"
        ]
        if not texts:
            raise RequestError(
                REQUEST_FAILED, "There is no folder that was read." if uri is None else f"`{uri}` is in no folder that was read."
            )
        text = "\n\n".join(texts)
        reports.show_text(session, "review", text)
        return text

    return session.after_reading(job)


def _fix_all(session: Session, arguments: list[Any]) -> object:
    """`[uri]` mends what can safely be mended in a document; without the editor's help the edit is returned."""
    uri = arguments[0] if arguments else None
    if not isinstance(uri, str):
        raise RequestError(INVALID_PARAMS, "`architrave.fixAll` wants the URI of a document.")

    def answer(folder: Folder, path: str, document: Document | None, snapshot: Snapshot) -> object:
        if not any(item.fix is not None and item.fix.is_safe for item in snapshot.by_path.get(path, ())):
            return None
        texts = folder.mended(lambda item: item.location.path == path and item.fix is not None and item.fix.is_safe)
        edit = workspace_edit(folder, session.client, texts, "Architrave", is_safe=True)
        if session.client.applies_edits and edit is not None:
            session.protocol.ask("workspace/applyEdit", {"label": "Architrave: mend all in this file", "edit": edit})
            return None
        return edit

    return session.later(uri, answer, None, waits=True)


def _add_to_baseline(session: Session, arguments: list[Any]) -> object:
    """`[uri, rule, subject]` writes a finding into the baseline file, so that it is not shown again."""
    if len(arguments) != 3 or not all(isinstance(item, str) for item in arguments):
        raise RequestError(INVALID_PARAMS, "`architrave.addToBaseline` wants the URI of a file, a rule and a subject.")
    uri, rule, subject = arguments

    def answer(folder: Folder, path: str, document: Document | None, snapshot: Snapshot) -> str:
        found = [item for item in snapshot.by_path.get(path, ()) if (item.rule, item.subject) == (rule, subject)]
        if folder.root is None or not found:
            raise RequestError(REQUEST_FAILED, "This finding is not there any more.")
        try:
            file = folder.add_to_baseline(found)
        except OSError as error:
            raise RequestError(REQUEST_FAILED, f"The baseline cannot be written: {error}") from None
        session.show(folder)
        return uris.uri_of(file)

    return session.later(uri, answer, "", waits=True)


def _restart(session: Session, arguments: list[Any]) -> object:
    for folder in session.all_folders():
        session.index(folder)
    return session.after_reading(lambda: None)
