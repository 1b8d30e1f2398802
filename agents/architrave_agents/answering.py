"""The text of an answer on its way to a person: checked block by block, shown as it comes, with what was left out counted at the end."""

from __future__ import annotations

from architrave.analysis.agents import Outcome, Refused, Truncated
from architrave.analysis.markdown import sentence
from architrave_agents.client import Reply
from architrave_agents.evidence import Claims, Evidence, Policy
from architrave_agents.loop import Conversation
from architrave_agents.outcomes import used
from architrave_agents.running import Context
from architrave_agents.safe import safe
from architrave_agents.snapshot import DeniedError
from architrave_agents.trouble import TroubleError


class Reader:
    """Collects what a person reads: our own text and, between, the claims of the model that hold."""

    def __init__(self, run: Context, policy: Policy) -> None:
        self._run = run
        self._parts: list[str] = []
        self._own = 0  # How many of the parts are not the model's.
        self.claims = Claims(Evidence(self._read, run.host.link), policy, self._show)

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str) -> None:
        """Show text of our own."""
        self.claims.end()
        self._show(text)
        self._own = len(self._parts)

    def conversation(self, *, is_editing: bool = False, more: str = "") -> Conversation:
        conversation = self._run.conversation(is_editing=is_editing, more=more, on_text=self.claims.take)
        conversation.on_again = self._again
        return conversation

    def footer(self) -> str:
        """Return the last lines: what was left out, and what it has cost."""
        lines = [f"_{sentence(used(self._run.budget.used))}_"]
        count = self.claims.dropped
        if count:
            what = "claim was left out, for its evidence does" if count == 1 else "claims were left out, for their evidence does"
            lines.insert(0, f"_{count} {what} not hold._")
        return "\n\n" + "\n\n".join(lines) + "\n"

    def _show(self, text: str) -> None:
        self._parts.append(text)
        self._run.stream("text", text)

    def _again(self, reason: str) -> None:
        """Take back what the model has said so far."""
        self.claims.reset()
        if len(self._parts) > self._own or reason:
            del self._parts[self._own :]
            self._run.stream("reset", sentence(reason))
            if self._parts:
                self._run.stream("text", self.text)

    def _read(self, path: str) -> str | None:
        bench = self._run.bench
        try:
            place = bench.overlay.view.place(path)
            if place not in bench.overlay.texts:
                place = bench.overlay.view.path(path)
            return bench.redact(bench.overlay.text(place))
        except DeniedError:
            return None


def ended(run: Context, reply: Reply, text: str = "") -> Outcome | None:
    """Return the outcome of an answer that is no end of the work; None for one that is. `text` is what was shown of it."""
    usage = run.budget.used
    if reply.stop == "refusal":
        return Refused(f"The model declined.\n\n{safe(reply.text)}\n", usage, "the model declined")
    if reply.stop == "model_context_window_exceeded":
        raise TroubleError("full", f"the conversation has become more than {run.budget.model.name} can take in")
    if reply.stop == "max_tokens":
        return Truncated(f"{text or safe(reply.text)}\n\n_The answer became too long and was cut here._\n", usage)
    return None
