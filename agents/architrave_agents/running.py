"""What every run goes through: the user's settings, consent, the budget; and one clear outcome, whatever happens."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from architrave.analysis import markdown
from architrave.analysis.agents import (
    Ask,
    ConsentRequest,
    Design,
    Explain,
    FixAll,
    Host,
    Job,
    Outcome,
    Refactor,
    Review,
    StreamKind,
    Usage,
)
from architrave.analysis.telling import rule_page
from architrave.errors import ArchitraveError, nearest
from architrave.text import Location
from architrave_agents import audit, outcomes
from architrave_agents.bench import Workbench
from architrave_agents.budget import Budget, ExceededError
from architrave_agents.card import FIRST, AgentCard, is_broken, known_cards
from architrave_agents.client import Client
from architrave_agents.consent import has_consent, set_consent
from architrave_agents.granting import granted
from architrave_agents.loop import Conversation
from architrave_agents.models import Model, model_named
from architrave_agents.prompts import prompt
from architrave_agents.safe import printable
from architrave_agents.settings import Loaded, Settings, load
from architrave_agents.trouble import TroubleError

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class Context:
    """One run, as its task sees it."""

    id: str
    job: Job
    host: Host
    settings: Settings
    card: AgentCard
    budget: Budget
    bench: Workbench
    client: Client

    def stream(self, kind: StreamKind, text: str) -> None:
        self.host.stream(kind, text)

    def step(self, text: str) -> None:
        self.stream("step", markdown.sentence(text))

    def link(self, location: Location) -> str:
        path, _, line = self.bench.where(location).rpartition(":")
        return self.host.link(path, int(line))

    async def aside(self, work: Callable[[], T]) -> T:
        """Do what takes a while without holding up other runs."""
        return await asyncio.to_thread(work)

    def conversation(self, *, is_editing: bool, more: str = "", on_text: Callable[[str], None] = lambda text: None) -> Conversation:
        tools = granted(self.card, self.settings, is_editing=is_editing)
        self.bench.on_todo = lambda text: self.stream("todo", "\n".join(markdown.sentence(line) for line in text.split("\n")))
        return Conversation(
            self.client,
            self.budget,
            self.bench,
            tools,
            "\n\n".join(part for part in (self.card.prompt, prompt("rules"), more) if part),
            self.id,
            on_text,
            lambda text: self.stream("thought", printable(text)),
            self.step,
            lambda reason: self.stream("reset", markdown.sentence(reason)) if reason else None,
        )

    @staticmethod
    def quoted(tag: str, text: str) -> str:
        """Return text of the workspace in tags that it cannot close itself."""
        name, _, rest = tag.partition(" ")
        inside = re.sub(rf"</\s*{name}", lambda match: match[0].replace("/", "\\/"), text)
        about = f' path="{rest}"' if rest else ""
        return f"<{name}{about}>\n{inside}\n</{name}>"

    @staticmethod
    def page(rule: str) -> str:
        """Return why a rule matters and how it is mended."""
        try:
            return rule_page(rule, has_examples=False)
        except ArchitraveError:
            return rule


@dataclass
class Offline:
    """A job that is done without a model, and why."""

    job: Job
    host: Host
    bench: Workbench
    why: str

    def link(self, location: Location) -> str:
        path, _, line = self.bench.where(location).rpartition(":")
        return self.host.link(path, int(line))


Work = Callable[[Context], Awaitable[Outcome]]


@dataclass(frozen=True)
class Plan:
    """What a job needs, found out before anything is done."""

    loaded: Loaded
    card: AgentCard
    model: Model


def planned(job: Job) -> Plan:
    """Return what a job is done with; a card that is not there or is broken raises `ArchitraveError`."""
    loaded = load(job.settings)
    cards = known_cards(job.state.root)
    name = job.agent or loaded.settings.agent or FIRST
    card = cards.get(name)
    if card is None:
        like = nearest(name, cards)
        raise ArchitraveError(
            f"There is no agent `{name}`; " + (f"the nearest is `{like}`." if like else f"there are: {', '.join(cards)}.")
        )
    if is_broken(card):
        raise ArchitraveError("; ".join(card.problems))
    return Plan(loaded, card, model_named(job.model or card.model, loaded.settings.model, loaded.settings.models))


def why_offline(settings: Settings, *, is_offline: bool = False) -> str:
    """Return why nothing can be sent and what a person can do about it, "" when it can."""
    if is_offline:
        return "You asked to do without a model, so nothing is sent."
    if not settings.is_trusted:
        return "The editor does not trust this workspace, so nothing is sent."
    if not settings.enabled:
        return "The agents are turned off in your settings, so nothing is sent."
    if not settings.has_credentials:
        return f"There is no key, so nothing is sent. {how_to_set_key(settings)}"
    return ""


def how_to_set_key(settings: Settings) -> str:
    """Return what a person does who has a key, or gets one."""
    if settings.key_command:
        return f"`{settings.key_command}` of your editor sets one; `ANTHROPIC_API_KEY` of its environment counts too."
    return "Set `ANTHROPIC_API_KEY`, or `key` in `agents.toml` of your settings folder."


NOT_AGREED = "You have not agreed that files of this workspace are sent, so nothing is. `architrave agents --allow` does, or ask again."


def consent_request(settings: Settings, model: str, bench: Workbench) -> ConsentRequest:
    view = bench.overlay.view
    return ConsentRequest(view.root, settings.host, model, view.paths, view.kept)


async def agreed(job: Job, host: Host, plan: Plan, bench: Workbench) -> bool:
    """Return whether the user agrees that files of this workspace are sent, asking once."""
    settings = plan.loaded.settings
    root = job.state.root
    if await asyncio.to_thread(has_consent, root, settings.host):
        return True
    request = await asyncio.to_thread(consent_request, settings, plan.model.name, bench)
    if not await asyncio.wrap_future(host.consent(request)):
        return False
    await asyncio.to_thread(set_consent, root, settings.host, is_given=True)
    audit.note("consent", root=audit.hash_of(str(root)), host=settings.host)
    return True


async def online(context: Context, work: Work) -> Outcome:
    """Do a task with a model, and return its outcome, whatever happens on the way."""
    try:
        async with asyncio.timeout(context.settings.limits.seconds + 1.0):
            return await work(context)
    except TroubleError as trouble:
        return outcomes.failed(trouble, _usage(context))
    except ExceededError as exceeded:
        return outcomes.over(exceeded, _usage(context))
    except TimeoutError:
        limit = context.settings.limits.seconds
        return outcomes.over(ExceededError("seconds", context.budget.seconds, limit), _usage(context))
    except ArchitraveError as error:
        return outcomes.failed(TroubleError("request", str(error)), _usage(context))
    except Exception as error:
        log.exception("run %s failed", context.id)
        return outcomes.failed(TroubleError("internal", f"{type(error).__name__}: {error}"), _usage(context))


def _usage(context: Context) -> Usage | None:
    return context.budget.used if context.budget.used.turns else None


TITLES: Mapping[type, str] = {
    Explain: "Explaining a finding",
    Refactor: "Refactoring a finding away",
    FixAll: "Fixing all of a kind",
    Review: "Reviewing",
    Design: "Designing",
    Ask: "Answering a question",
}
