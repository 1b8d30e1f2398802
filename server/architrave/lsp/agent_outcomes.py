"""What comes of a run, handed to the client: as a result to one that knows how, else as a document, a question and an edit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from architrave.lsp import reports
from architrave.lsp.protocol import INVALID_PARAMS, RequestError
from architrave.lsp.workspace_edit import workspace_edit

if TYPE_CHECKING:
    from architrave.analysis.agents import Outcome, Proposal, Task, Usage
    from architrave.analysis.frozen import Frozen
    from architrave.lsp.folder import Folder
    from architrave.lsp.session import Session

log = logging.getLogger(__name__)

_MOST_KEPT = 20  # Proposals that may still be applied.
_LONGEST_QUESTION = 3600.0


@dataclass(frozen=True)
class Offered:
    """A proposal that may still be applied, and where."""

    folder: Folder
    proposal: Proposal


@dataclass
class Delivery:
    session: Session
    _offered: dict[str, Offered] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def deliver(self, folder: Folder, state: Frozen, run: str, task: Task, outcome: Outcome) -> dict[str, Any]:
        """Return an outcome as the client is told it, and show it to one that is told nothing."""
        from architrave.analysis.agents import Proposal

        session, client = self.session, self.session.client
        if isinstance(outcome, Proposal):
            outcome = session.submit(partial(self._fresh, folder, outcome)).result()
        name = f"{type(task).__name__.lower()}-{run}"
        uri, *more = reports.kept(name, outcome.text, getattr(outcome, "files", {})) or (None,)
        told = self._told(folder, run, outcome, uri)
        if more:
            told["files"] = more
        id = told.get("proposal", {}).get("id") if isinstance(told.get("proposal"), dict) else None
        if client.knows_agents and (client.shows_proposals or id is None):
            return told
        if not client.knows_agents or id is not None:
            reports.show(session, uri, outcome.text)
        if id is not None:
            said = self.ask_and_apply(id)
            return {**told, "applied": said}
        return told

    def ask_and_apply(self, id: str) -> dict[str, Any]:
        """Apply a proposal for a client that does not show them: after a question, unless its change annotations ask it."""
        client = self.session.client
        if not (client.has_annotations and client.has_document_changes):
            offered = self._offered[id]
            files = len(offered.proposal.texts)
            would = f"{files} {'file' if files == 1 else 'files'} would change; every check has passed"
            message = f"Architrave: {_plain(offered.proposal.title)}. {would}."
            actions = [{"title": "Apply"}, {"title": "Discard"}]
            try:
                asked = self.session.protocol.ask("window/showMessageRequest", {"type": 3, "message": message, "actions": actions})
                chosen = asked.result(_LONGEST_QUESTION)
            except Exception as error:
                log.info("the client did not answer: %s", error)
                chosen = None
            if not (isinstance(chosen, dict) and chosen.get("title") == "Apply"):
                self._offered.pop(id, None)
                return {"outcome": "Refused", "reason": "discarded"}
        return self.apply(id)

    def apply(self, id: str, *, is_confirmed: bool = False) -> dict[str, Any]:
        """Have the client apply a proposal, if everything is still as it was; called on a thread that may wait."""
        offered = self._offered.get(id)
        if offered is None:
            raise RequestError(INVALID_PARAMS, f"There is no proposal `{id}` that could be applied.")
        folder = offered.folder

        def prepare() -> tuple[Outcome, dict[str, Any] | None]:
            fresh = self._fresh(folder, offered.proposal)
            return fresh, self._edit(folder, offered.proposal, is_confirmed=is_confirmed) if fresh is offered.proposal else None

        fresh, edit = self.session.submit(prepare).result()
        if fresh is not offered.proposal:
            self._offered.pop(id, None)
            if not self.session.client.knows_agents:
                self.session.message(f"Architrave: {_plain(fresh.text.strip())}")
            return self._told(folder, "", fresh, None)
        if edit is None:
            return {"outcome": "Refused", "reason": "This makes a new file, which the editor cannot do for a server."}
        if not self.session.client.applies_edits:
            self._offered.pop(id, None)
            return {"outcome": "Applied", "edit": edit}
        label = f"Architrave: {_plain(offered.proposal.title)}"
        try:
            answer = self.session.protocol.ask("workspace/applyEdit", {"label": label, "edit": edit}).result(_LONGEST_QUESTION)
        except (RequestError, FutureTimeout) as error:
            return {"outcome": "Refused", "reason": f"The editor did not apply it: {error}"}
        if not (isinstance(answer, dict) and answer.get("applied") is True):
            reason = answer.get("failureReason") if isinstance(answer, dict) else None
            return {"outcome": "Refused", "reason": f"The editor did not apply it{f': {reason}' if reason else ''}."}
        self._offered.pop(id, None)
        return {"outcome": "Applied"}

    def _fresh(self, folder: Folder, proposal: Proposal) -> Outcome:
        """Return a proposal, or that it is stale: its files have changed, or its proof does not hold any more. On the analysis thread."""
        from architrave.analysis.agents import Stale
        from architrave.analysis.comparing import compare
        from architrave.analysis.trying import is_same

        folder.sweep()
        before = self.session.caught_up(folder)
        changed = tuple(path for path in proposal.texts if folder.text(path) != proposal.base.get(path))
        if changed:
            listed = ", ".join(f"`{path}`" for path in changed)
            text = f"{listed} changed meanwhile, so the edit is not offered. Nothing was changed; ask again.\n"
            return Stale(text, proposal.usage, changed)
        after = folder.set_aside().after(proposal.texts)
        difference = compare(before, after, dict(proposal.base), dict(proposal.texts))
        still = [item for item in proposal.removes if any(map(is_same(item), after.findings))]
        if difference.new or still or difference.worse or difference.lost:
            text = "Other files changed meanwhile, and with them the edit does not stand any more. Nothing was changed; ask again.\n"
            return Stale(text, proposal.usage, tuple({item.location.path for item in (*difference.new, *still)}))
        return proposal

    def _edit(self, folder: Folder, proposal: Proposal, *, is_confirmed: bool = False) -> dict[str, Any] | None:
        proof = "; ".join(check.name for check in proposal.proof)
        return workspace_edit(
            folder,
            self.session.client,
            proposal.texts,
            _plain(proposal.title),
            is_safe=is_confirmed,
            description=f"Checked: {proof}.",
        )

    def _told(self, folder: Folder, run: str, outcome: Outcome, uri: str | None) -> dict[str, Any]:
        """Return an outcome as docs/lsp-extensions.md says."""
        told: dict[str, Any] = {"outcome": type(outcome).__name__, "run": run, "text": outcome.text, "file": uri}
        told["usage"] = _usage(outcome.usage) if outcome.usage is not None else None
        told.update(self._more(folder, outcome))
        return told

    def _more(self, folder: Folder, outcome: Outcome) -> Iterator[tuple[str, Any]]:
        from architrave.analysis import agents

        if isinstance(outcome, agents.Answer):
            yield from (("dropped", outcome.dropped), ("isOffline", outcome.is_offline))
        elif isinstance(outcome, agents.Proposal):
            yield "proposal", self.session.submit(lambda: self._offer(folder, outcome)).result()
        elif isinstance(outcome, agents.Refused):
            failed = [{"check": item.name, "shown": item.shown} for item in outcome.failed]
            yield from (("reason", outcome.reason), ("diff", outcome.diff), ("failed", failed))
        elif isinstance(outcome, agents.Stale):
            yield "changed", [folder.uri_for(path) for path in outcome.changed]
        elif isinstance(outcome, agents.OverBudget):
            yield from (("limit", outcome.limit), ("spent", outcome.spent), ("allowed", outcome.allowed))
        elif isinstance(outcome, agents.Failed):
            yield from (("kind", outcome.kind), ("wait", outcome.wait))

    def _offer(self, folder: Folder, proposal: Proposal) -> dict[str, Any]:
        id = f"p{next(self._ids)}"
        self._offered[id] = Offered(folder, proposal)
        while len(self._offered) > _MOST_KEPT:
            del self._offered[next(iter(self._offered))]
        removes = [
            {"uri": folder.uri_for(item.location.path), "rule": item.rule, "subject": item.subject, "message": item.message}
            for item in proposal.removes
        ]
        return {
            "id": id,
            "title": _plain(proposal.title),
            "edit": self._edit(folder, proposal),
            "removes": removes,
            "proof": [{"check": item.name, "shown": item.shown} for item in proposal.proof],
        }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "turns": usage.turns,
        "input": usage.input,
        "output": usage.output,
        "cacheRead": usage.cache_read,
        "cacheWrite": usage.cache_write,
        "seconds": round(usage.seconds, 3),
        "cost": round(usage.cost, 6),
    }


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())
