"""What agents are asked and what comes of it: the seam between whoever asks and the installed agents.

Nothing here knows a model or a protocol. The agents are found through the entry point group `architrave.agents`, so that everything else
works without them; what is found there is an `Agents`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from architrave.findings import Finding
from architrave.text import Span

if TYPE_CHECKING:
    from architrave.analysis.frozen import Frozen

log = logging.getLogger(__name__)

_GROUP = "architrave.agents"


# What is asked


@dataclass(frozen=True)
class Explain:
    """Explain one finding in the words of this project."""

    path: str
    rule: str
    subject: str


@dataclass(frozen=True)
class Refactor:
    """Make one finding go away."""

    path: str
    rule: str
    subject: str


@dataclass(frozen=True)
class FixAll:
    """Make all findings of a rule go away in a file or folder, "" for the workspace."""

    scope: str
    rule: str


@dataclass(frozen=True)
class Review:
    """Judge a file or folder, "" for the workspace; with `base`, a revision of git, what has changed since."""

    scope: str = ""
    base: str = ""


@dataclass(frozen=True)
class Design:
    """Design what a sentence wishes for; with `is_scaffolded` the design is proposed as files of the workspace."""

    brief: str
    is_scaffolded: bool = False


@dataclass(frozen=True)
class Ask:
    """Answer a question, perhaps about a place."""

    question: str
    path: str = ""
    span: Span | None = None


Task = Explain | Refactor | FixAll | Review | Design | Ask


@dataclass(frozen=True)
class Job:
    """A task, the state of the workspace that it is about, and what the user has set.

    `settings` come from the user, never from a workspace. `is_offline` asks for what can be had without a model.
    """

    task: Task
    state: Frozen
    settings: Mapping[str, Any] = field(default_factory=dict)
    agent: str = ""
    model: str = ""
    is_offline: bool = False


# What comes of it


@dataclass(frozen=True)
class Usage:
    """What a run has used. `cost` is in dollars."""

    turns: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    seconds: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at before an edit is offered, and what it showed."""

    name: str
    shown: str
    has_passed: bool = True


@dataclass(frozen=True)
class Outcome:
    """`text` is Markdown for a person to read. `usage` is None when nothing was sent."""

    text: str
    usage: Usage | None = None


@dataclass(frozen=True)
class Answer(Outcome):
    """`dropped` claims had evidence that does not hold; `files` are further documents, by a name without folders or with its own."""

    dropped: int = 0
    is_offline: bool = False
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal(Outcome):
    """New texts of files, which have passed every check. They were made for `base`, whose None says that there was no such file."""

    title: str = ""
    texts: Mapping[str, bytes] = field(default_factory=dict)
    base: Mapping[str, bytes | None] = field(default_factory=dict)
    removes: tuple[Finding, ...] = ()
    proof: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Refused(Outcome):
    """Nothing is to be applied: the model declined, or what it wrote did not pass its checks."""

    reason: str = ""
    diff: str = ""
    failed: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Truncated(Outcome):
    """The model's text ended before it was done."""


@dataclass(frozen=True)
class Stale(Outcome):
    """Files have changed since the run began, so its edit is not offered."""

    changed: tuple[str, ...] = ()


Limit = Literal["turns", "tokens", "seconds", "money", "day"]


@dataclass(frozen=True)
class OverBudget(Outcome):
    """A limit of the user's was reached."""

    limit: Limit = "turns"
    spent: float = 0.0
    allowed: float = 0.0


@dataclass(frozen=True)
class Cancelled(Outcome):
    """The user did not want to wait any longer."""


FailureKind = Literal[
    "no-key",
    "wrong-key",
    "no-credit",
    "not-allowed",
    "unknown-model",
    "rate-limit",
    "overloaded",
    "server",
    "refused-connection",
    "name",
    "proxy",
    "network",
    "cut",
    "stalled",
    "malformed",
    "full",
    "request",
    "internal",
]


@dataclass(frozen=True)
class Failed(Outcome):
    """Something outside went wrong. `wait` are the seconds after which it is worth another try, where that is known."""

    kind: FailureKind = "internal"
    wait: float | None = None


# Who takes part

StreamKind = Literal["text", "thought", "step", "todo", "reset"]


@dataclass(frozen=True)
class ConsentRequest:
    """What is to be consented to before anything of a workspace is sent. `files` may be sent, `kept` are counted by why they never are."""

    root: Path
    host: str
    model: str
    files: tuple[str, ...]
    kept: Mapping[str, int]


class Host(Protocol):
    """Whoever asked, as a run sees it. Its methods are called from another thread and return at once."""

    def stream(self, kind: StreamKind, text: str) -> None: ...

    def consent(self, request: ConsentRequest) -> Future[bool]: ...

    def link(self, path: str, line: int) -> str:
        """Return Markdown that leads to a line of a file, from 1."""
        ...


class Run(Protocol):
    """A task under way. `stop` may be called at any time, from any thread."""

    id: str
    title: str
    future: Future[Outcome]

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Card:
    """An agent, as a person sees it. `tools` are granted, `refused` are asked for and not granted, with the reason."""

    name: str
    description: str
    model: str
    tools: tuple[str, ...]
    refused: Mapping[str, str]
    source: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """How things stand for a workspace. `why_not` says why nothing can be sent, "" when it can; dollars are of today."""

    has_key: bool
    host: str
    model: str
    has_consent: bool
    why_not: str
    spent: float
    allowed: float
    problems: tuple[str, ...] = ()


class Agents(Protocol):
    """The installed agents."""

    def start(self, job: Job, host: Host) -> Run: ...

    def cards(self, root: Path | None, settings: Mapping[str, Any]) -> tuple[Card, ...]: ...

    def status(self, root: Path | None, settings: Mapping[str, Any]) -> Status: ...

    def consent_request(self, state: Frozen, settings: Mapping[str, Any]) -> ConsentRequest: ...

    def set_consent(self, root: Path, settings: Mapping[str, Any], *, is_given: bool) -> None: ...


@cache
def are_installed() -> bool:
    """Whether there are agents, without loading them."""
    return bool(entry_points(group=_GROUP))


@cache
def installed() -> Agents | None:
    """Return the installed agents, or None where there are none."""
    for point in entry_points(group=_GROUP):
        try:
            found: Agents = point.load()
        except Exception:  # Whatever is wrong with them, everything else goes on.
            log.exception("the agents of `%s` cannot be loaded", point.value)
            continue
        return found
    return None
