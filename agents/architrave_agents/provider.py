"""The installed agents, as the server and the command line find them: runs on a thread of their own, with an event loop of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from architrave.analysis.agents import (
    Ask,
    Card,
    ConsentRequest,
    Design,
    Explain,
    Failed,
    FixAll,
    Host,
    Job,
    Outcome,
    Refactor,
    Review,
    Status,
)
from architrave.analysis.frozen import Frozen
from architrave.analysis.markdown import sentence
from architrave.errors import ArchitraveError
from architrave_agents import ask, audit, design, explain, outcomes, refactor, review
from architrave_agents.bench import Workbench
from architrave_agents.budget import Budget
from architrave_agents.card import known_cards
from architrave_agents.client import Client
from architrave_agents.consent import has_consent, set_consent
from architrave_agents.granting import granted
from architrave_agents.models import model_named
from architrave_agents.running import NOT_AGREED, TITLES, Context, Offline, Work, agreed, consent_request, online, planned, why_offline
from architrave_agents.settings import Settings, load
from architrave_agents.trouble import TroubleError

log = logging.getLogger(__name__)

_WORK: Mapping[type, Work] = {
    Explain: explain.explain,
    Refactor: refactor.refactor,
    FixAll: refactor.refactor,
    Review: review.review,
    Design: design.design,
    Ask: ask.ask,
}
_OFFLINE: Mapping[type, Callable[[Offline], Outcome]] = {
    Explain: explain.offline,
    Refactor: refactor.offline,
    FixAll: refactor.offline,
    Review: review.offline,
    Design: design.offline,
    Ask: ask.offline,
}
_IDS = count(1)


@dataclass(eq=False)
class AgentRun:
    """A task under way."""

    id: str
    title: str
    loop: asyncio.AbstractEventLoop
    future: Future[Outcome] = field(default_factory=Future)
    task: asyncio.Task[None] | None = None
    is_stopped: bool = False

    def stop(self) -> None:
        self.is_stopped = True
        self.loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self.task is not None:
            self.task.cancel()

    def end(self, outcome: Outcome) -> None:
        if not self.future.done():
            self.future.set_result(outcome)


class Provider:
    """Finds cards, tells how things stand, and runs tasks. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._clients: dict[object, Client] = {}  # Belongs to the loop's thread.

    def start(self, job: Job, host: Host) -> AgentRun:
        loop = self._started()
        run = AgentRun(f"r{next(_IDS)}", TITLES[type(job.task)], loop)

        def begin() -> None:
            run.task = loop.create_task(self._run(run, job, host))
            run.task.add_done_callback(lambda _: run.end(outcomes.cancelled(None)))  # It may be stopped before it begins.
            if run.is_stopped:
                run.task.cancel()

        loop.call_soon_threadsafe(begin)
        return run

    def cards(self, root: Path | None, settings: Mapping[str, Any]) -> tuple[Card, ...]:
        loaded = load(settings)
        found = []
        for card in known_cards(root).values():
            tools = granted(card, loaded.settings, is_editing=True)
            model = model_named(card.model, loaded.settings.model, loaded.settings.models)
            found.append(Card(card.name, card.description, model.name, tools.names, tools.refused, card.source, card.problems))
        return tuple(found)

    def status(self, root: Path | None, settings: Mapping[str, Any]) -> Status:
        loaded = load(settings)
        own = loaded.settings
        is_agreed = root is not None and has_consent(root, own.host)
        why = why_offline(own) or ("" if is_agreed else "Nobody has agreed yet that files of this workspace may be sent.")
        model = model_named("", own.model, own.models)
        problems = loaded.problems
        if not model.is_priced and not own.is_local:
            problems = (
                *problems,
                f"the price of `{model.name}` is not known, so it counts as the dearest; `models` in your settings sets it",
            )
        return Status(own.has_credentials, own.host, model.name, is_agreed, why, audit.spent_today(), own.day_money, problems)

    def consent_request(self, state: Frozen, settings: Mapping[str, Any]) -> ConsentRequest:
        own = load(settings).settings
        return consent_request(own, model_named("", own.model, own.models).name, Workbench.of(state, own))

    def set_consent(self, root: Path, settings: Mapping[str, Any], *, is_given: bool) -> None:
        set_consent(root, load(settings).settings.host, is_given=is_given)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="agents", daemon=True).start()
            return self._loop

    async def _run(self, run: AgentRun, job: Job, host: Host) -> None:
        context: Context | None = None
        bench: Workbench | None = None
        outcome: Outcome = Failed("", None)
        try:
            plan = await asyncio.to_thread(planned, job)
            settings = plan.loaded.settings
            for problem in (*plan.loaded.problems, *plan.card.problems):
                host.stream("step", sentence(problem))
            if not plan.card.is_own:
                host.stream("step", sentence(f"As {plan.card.name} of this workspace, {plan.card.source}"))
            bench = Workbench.of(job.state, settings)
            why = why_offline(settings, is_offline=job.is_offline)
            if not why and not await agreed(job, host, plan, bench):
                why = NOT_AGREED
            if why:
                offline = Offline(job, host, bench, why)
                outcome = await asyncio.to_thread(_OFFLINE[type(job.task)], offline)
            else:
                budget = Budget(settings, plan.model, await asyncio.to_thread(audit.spent_today))
                context = Context(run.id, job, host, settings, plan.card, budget, bench, self._client(settings))
                outcome = await online(context, _WORK[type(job.task)])
        except asyncio.CancelledError:
            outcome = outcomes.cancelled(context.budget.used if context is not None else None)
        except ArchitraveError as error:
            outcome = outcomes.failed(TroubleError("request", str(error)), None)
        except Exception as error:
            log.exception("run %s failed", run.id)
            outcome = outcomes.failed(TroubleError("internal", f"{type(error).__name__}: {error}"), None)
        finally:
            if bench is not None:
                bench.commands.stop()
                await asyncio.to_thread(bench.commands.close)  # A large copy takes a while to remove.
            if context is not None:
                audit.note("end", run=run.id, task=type(job.task).__name__, agent=context.card.name, outcome=type(outcome).__name__)
            run.end(outcome)

    def _client(self, settings: Settings) -> Client:
        """Return the client for these settings, kept from run to run with its open connections."""
        key = (settings.base_url, settings.key, settings.token, settings.patience, settings.longest_wait)
        if key not in self._clients:
            self._clients[key] = Client(settings)
        return self._clients[key]


AGENTS = Provider()
