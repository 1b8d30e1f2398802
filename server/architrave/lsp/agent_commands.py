"""`workspace/executeCommand`: what the agents do. Documented in docs/lsp-extensions.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from architrave.lsp import commands
from architrave.lsp.agent_outcomes import Delivery
from architrave.lsp.agent_runs import Runs, Wanted, folder_for, installed
from architrave.lsp.agent_status import Statuses
from architrave.lsp.agent_watcher import SHOWN_FILES
from architrave.lsp.protocol import INTERNAL_ERROR, INVALID_PARAMS, REQUEST_FAILED, RequestError

if TYPE_CHECKING:
    from architrave.analysis.agents import Task
    from architrave.analysis.frozen import Frozen
    from architrave.lsp.folder import Folder
    from architrave.lsp.server import ArchitraveServer
    from architrave.lsp.session import Session


def register(server: ArchitraveServer) -> None:
    session = server.session
    delivery = Delivery(session)
    runs = Runs(session, delivery)
    statuses = Statuses(session, runs)
    runs.on_change = statuses.changed
    session.on_new_findings.append(statuses.changed)
    session.on_progress_cancel.append(runs.cancel_progress)
    session.on_end.append(runs.end)
    known = server.protocol.fm.commands

    def starting(build: Callable[[Fields], Wanted]) -> Callable[[list[Any], Any], object]:
        def command(arguments: list[Any], token: Any) -> object:
            fields = Fields.of(arguments)
            uri = fields.text("uri")
            wanted = build(fields)
            return runs.start(
                lambda: folder_for(session, uri)[0], wanted, token, agent=fields.text("agent") or "", model=fields.text("model") or ""
            )

        return command

    known[commands.EXPLAIN] = starting(lambda fields: _explain(session, fields))
    known[commands.REFACTOR] = starting(lambda fields: _refactor(session, fields))
    known[commands.FIX_ALL] = starting(lambda fields: _fix_all(session, fields))
    known[commands.REVIEW] = starting(lambda fields: _review(session, fields))
    known[commands.DESIGN] = starting(_design)
    known[commands.ASK] = starting(lambda fields: _ask(session, fields))
    known[commands.AGENTS] = lambda arguments, token: _aside(lambda: _agents(session, statuses))
    known[commands.CONSENT] = lambda arguments, token: _aside(lambda: _consent(session, statuses, Fields.of(arguments)))
    known[commands.APPLY] = lambda arguments, token: _aside(lambda: _apply(delivery, Fields.of(arguments)))
    known[commands.STOP] = lambda arguments, token: runs.stop(Fields.of(arguments).text("run"))


@dataclass(frozen=True)
class Fields:
    """The argument of a command: an object whose fields are of the right kind, or the request is wrong."""

    values: dict[str, Any]

    @classmethod
    def of(cls, arguments: list[Any]) -> Fields:
        subject = arguments[0] if arguments else {}
        if not isinstance(subject, dict):
            raise RequestError(INVALID_PARAMS, "This command takes one object.")
        return cls(subject)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise RequestError(INVALID_PARAMS, f"`{name}` is a string.")
        return value or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise RequestError(INVALID_PARAMS, f"`{name}` is missing.")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise RequestError(INVALID_PARAMS, f"`{name}` is true or false.")
        return value


def _explain(session: Session, fields: Fields) -> Wanted:
    from architrave.analysis.agents import Explain

    uri, rule, subject = fields.needed("uri"), fields.needed("rule"), fields.needed("subject")
    return lambda folder, state: Explain(folder_for(session, uri)[1], rule, subject)


def _refactor(session: Session, fields: Fields) -> Wanted:
    from architrave.analysis.agents import Refactor

    uri, rule, subject = fields.needed("uri"), fields.needed("rule"), fields.needed("subject")
    return lambda folder, state: Refactor(folder_for(session, uri)[1], rule, subject)


def _fix_all(session: Session, fields: Fields) -> Wanted:
    from architrave.analysis.agents import FixAll

    uri, rule = fields.text("uri"), fields.needed("rule")
    return lambda folder, state: FixAll(folder_for(session, uri)[1], rule)


def _review(session: Session, fields: Fields) -> Wanted:
    from architrave.analysis.agents import Review

    uri, base = fields.text("uri"), fields.text("base") or ""
    return lambda folder, state: Review(folder_for(session, uri)[1], base)


def _design(fields: Fields) -> Wanted:
    from architrave.analysis.agents import Design

    brief, scaffold = fields.needed("brief"), fields.flag("scaffold") or False
    return lambda folder, state: Design(brief, scaffold)


def _ask(session: Session, fields: Fields) -> Wanted:
    from architrave.analysis.agents import Ask
    from architrave.text import Span

    question, uri, place = fields.needed("question"), fields.text("uri"), fields.values.get("range")

    def wanted(folder: Folder, state: Frozen) -> Task:
        path = folder_for(session, uri)[1]
        if not path or place is None:
            return Ask(question, path)
        try:
            lines = folder.lines(path)
            start, end = (lines.offset(place[side]["line"], place[side]["character"]) for side in ("start", "end"))
        except (KeyError, TypeError):
            raise RequestError(INVALID_PARAMS, "`range` is a range.") from None
        return Ask(question, path, Span(start, max(start, end)))

    return wanted


def _agents(session: Session, statuses: Statuses) -> dict[str, Any]:
    root = session.folders[0].root if session.folders else None
    cards = [
        {
            "name": card.name,
            "description": card.description,
            "model": card.model,
            "tools": list(card.tools),
            "refused": dict(card.refused),
            "from": card.source,
            "problems": list(card.problems),
        }
        for card in installed().cards(root, session.agent_settings)
    ]
    return {"agents": cards, "status": statuses.now()}


def _consent(session: Session, statuses: Statuses, fields: Fields) -> dict[str, Any]:
    uri, give = fields.text("uri"), fields.flag("give")
    agents = installed()

    def prepare() -> Frozen:
        folder, _ = folder_for(session, uri)
        if folder.root is None or folder.state != "ready":
            raise RequestError(REQUEST_FAILED, "This is in no folder that was read.")
        session.caught_up(folder)
        return folder.set_aside()

    state = session.after_reading(prepare).result()
    if give is not None:
        agents.set_consent(state.root, session.agent_settings, is_given=give)
        statuses.changed()
    request = agents.consent_request(state, session.agent_settings)
    return {
        "given": agents.status(state.root, session.agent_settings).has_consent,
        "host": request.host,
        "model": request.model,
        "files": list(request.files[:SHOWN_FILES]),
        "count": len(request.files),
        "kept": dict(request.kept),
    }


def _apply(delivery: Delivery, fields: Fields) -> dict[str, Any]:
    return delivery.apply(fields.needed("proposal"), is_confirmed=fields.flag("confirmed") or False)


def _aside(work: Callable[[], Any]) -> Future[Any]:
    """Answer from a thread of its own what has to wait for the client or the disk."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            result = work()
        except RequestError as error:
            future.set_exception(error)
        except Exception as error:
            future.set_exception(RequestError(INTERNAL_ERROR, f"An error in Architrave: {type(error).__name__}: {error}"))
        else:
            future.set_result(result)

    threading.Thread(target=run, name="agent-command", daemon=True).start()
    return future
