"""Answer a question about this architecture from the model's facts; without a model, the facts that have words of the question."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.analysis import architecture
from architrave.analysis.agents import Answer, Ask, Outcome
from architrave.analysis.markdown import code, sentence
from architrave.analysis.review import section
from architrave.analysis.telling import line_text
from architrave.text import Location
from architrave_agents import outcomes
from architrave_agents.answering import Reader, ended
from architrave_agents.prompts import prompt
from architrave_agents.running import Context, Offline
from architrave_agents.snapshot import DeniedError, numbered

_SECTIONS = ("Routes", "Tables", "Outgoing calls", "Topics and queues", "Settings read", "Most coupled modules")
_MOST_LINES = 40
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "become",
        "becoming",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "or",
        "our",
        "should",
        "that",
        "the",
        "this",
        "to",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
    ]
)


# What a word of a question is about: sections of a review, and prefixes of rules.
_TOPICS: tuple[tuple[frozenset[str], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        frozenset(["database", "databases", "table", "tables", "sql", "schema", "query", "queries", "index", "indexes", "migration"]),
        ("Tables",),
        ("data-", "perf-n-plus-one", "api-page-size"),
    ),
    (
        frozenset(["slow", "fast", "performance", "bottleneck", "latency", "load", "scale", "scaling", "memory", "cache", "caching"]),
        (),
        ("perf-", "api-page-size", "data-fk", "sys-no-timeout"),
    ),
    (frozenset(["api", "apis", "route", "routes", "endpoint", "endpoints", "openapi", "version"]), ("Routes",), ("api-", "sys-contract")),
    (
        frozenset(["queue", "queues", "event", "events", "message", "messages", "topic", "topics", "kafka", "rabbitmq", "sqs"]),
        ("Topics and queues",),
        ("sys-auto-ack",),
    ),
    (
        frozenset(["service", "services", "coupling", "boundary", "boundaries", "monolith"]),
        ("Outgoing calls", "Most coupled modules"),
        ("sys-",),
    ),
    (frozenset(["security", "secure", "auth", "token", "tokens", "login", "password", "permission"]), (), ("sec-",)),
    (frozenset(["deploy", "deployment", "docker", "kubernetes", "config", "settings", "health"]), ("Settings read",), ("ops-",)),
)


async def ask(run: Context) -> Outcome:
    task = run.job.task
    assert isinstance(task, Ask)
    reader = Reader(run, "marked")
    reader.add(f"# {sentence(_short(task.question))}\n\n")
    reply = await reader.conversation().say("\n\n".join(_prompt(run, task)))
    reader.claims.end()
    other = ended(run, reply, reader.text)
    return other or Answer(reader.text + reader.footer(), run.budget.used, reader.claims.dropped)


def _prompt(run: Context, task: Ask) -> Iterator[str]:
    yield prompt("ask")
    yield prompt("evidence")
    yield f"The question of the user:\n\n{task.question}"
    yield run.quoted("metrics", "\n".join(architecture.metrics(run.job.state.before)))
    if task.path:
        yield f"It is about `{task.path}`."
    if task.path and task.span is not None:
        try:
            text = run.bench.redact(run.bench.overlay.text(run.bench.overlay.view.path(task.path)))
        except DeniedError:
            return
        first, last = (int(run.bench.where(Location(task.path, span)).rpartition(":")[2]) for span in (task.span, task.span.after))
        yield run.quoted(f"file {task.path}", "\n".join(numbered(text, max(1, first - 10), last + 10)))


def offline(run: Offline) -> Outcome:
    """Return what the model of the workspace has with words of the question."""
    task = run.job.task
    assert isinstance(task, Ask)
    state = run.job.state.before
    words = {word for word in re.findall(r"[a-z]{3,}", task.question.lower()) if word not in _STOP}
    parts = [f"# {sentence(_short(task.question))}"]
    sections = {name for known, names, _ in _TOPICS if known & words for name in names}
    rules = tuple(prefix for known, _, prefixes in _TOPICS if known & words for prefix in prefixes)
    found = [item for item in state.findings if item.rule.startswith(rules) or words & _words(item.message)]
    lines = [
        f"{item.severity} {code(item.rule)} {run.link(item.location)}: {sentence(item.message)}"
        for item in found
        if item.location.path.startswith(task.path)
    ]
    if lines:
        parts.append(_listed("Findings", lines))
    for name in _SECTIONS:
        known = section(state, name, task.path).lines
        told = [line for line in known if name in sections or words & _words(f"{line.mention.text} {line.remark}")]
        if told:
            parts.append(_listed(name, [line_text(line, run.link) for line in told]))
    if len(parts) == 1:
        parts.append("\n".join(f"- {sentence(line)}" for line in architecture.metrics(state, task.path)))
    parts.append(outcomes.without_model(run.why, "answer the question from these facts and from the code"))
    return Answer("\n\n".join(parts) + "\n", None, 0, True)


def _listed(heading: str, lines: list[str]) -> str:
    more = [f"- and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return "\n".join([f"## {heading}", "", *(f"- {line}" for line in lines[:_MOST_LINES]), *more])


def _words(text: str) -> set[str]:
    found = set(re.findall(r"[a-z]{3,}", text.lower()))
    return found | {word.removesuffix("s") for word in found}


def _short(question: str) -> str:
    flat = " ".join(question.split())
    return flat if len(flat) <= 120 else flat[:117] + "…"
