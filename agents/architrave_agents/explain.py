"""Explain one finding in the words of this project; without a model, the rule's page with this finding's evidence and facts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from architrave.analysis.agents import Answer, Explain, Outcome, Refused
from architrave.analysis.cache import user_cache_folder
from architrave.analysis.describe import describe
from architrave.analysis.markdown import sentence
from architrave.analysis.telling import description_text, finding_text, rule_page
from architrave.errors import ArchitraveError
from architrave.findings import Finding
from architrave_agents import audit, outcomes
from architrave_agents.answering import Reader, ended
from architrave_agents.folders import write_whole
from architrave_agents.prompts import prompt
from architrave_agents.refactor import about, excerpt
from architrave_agents.running import Context, Offline
from architrave_agents.snapshot import DeniedError


async def explain(run: Context) -> Outcome:
    task = run.job.task
    assert isinstance(task, Explain)
    finding = find(run.job.state.before.findings, task)
    if finding is None:
        return Refused("This finding is not there (any more).\n", None, "the finding is not there")
    asked = "\n\n".join(_prompt(run, finding))
    key = audit.hash_of([run.budget.model.name, run.card.prompt, run.settings.effort, asked])
    reader = Reader(run, "marked")
    reader.add(f"# {sentence(finding.message)}\n\n")
    known = cached(run, key)
    if known is not None:
        reader.claims.take(known)
        reader.claims.end()
        return Answer(f"{reader.text}\n\n_This was answered before, and nothing that it rests on has changed; nothing was sent._\n", None)
    reply = await reader.conversation().say(asked)
    reader.claims.end()
    other = ended(run, reply, reader.text)
    if other is not None:
        return other
    keep(run, key, reply.text)
    return Answer(reader.text + reader.footer(), run.budget.used, reader.claims.dropped)


def _prompt(run: Context, finding: Finding) -> Iterator[str]:
    yield prompt("explain")
    yield prompt("evidence")
    yield run.quoted("finding", "\n".join(about(run, finding)))
    yield run.quoted("rule", run.page(finding.rule))
    yield excerpt(run, finding)


def offline(run: Offline) -> Outcome:
    """Return the page of the rule with what is known of this finding."""
    task = run.job.task
    assert isinstance(task, Explain)
    finding = find(run.job.state.before.findings, task)
    if finding is None:
        return Refused("This finding is not there (any more).\n", None, "the finding is not there")
    parts = [f"# {sentence(finding.message)}", run.link(finding.location), finding_text(finding, run.link)]
    known = describe(run.job.state.before, finding.location.path, finding.location.span.start)
    if known is not None:
        parts += ["## What is known of this place", description_text(known, run.link)]
    with suppress(ArchitraveError):
        parts += ["---", rule_page(finding.rule)]
    wish = "explain this finding in the words of this project: who comes here, when it hurts, and what to do about it"
    parts.append(outcomes.without_model(run.why, wish))
    return Answer("\n\n".join(parts) + "\n", None, 0, True)


def find(findings: tuple[Finding, ...], task: Explain) -> Finding | None:
    wanted = (task.path, task.rule, task.subject)
    return next((item for item in findings if (item.location.path, item.rule, item.subject) == wanted), None)


class _Kept(msgspec.Struct):
    """An answer, and the hashes of the texts that it rests on."""

    text: str
    files: dict[str, str]


def cached(run: Context, key: str) -> str | None:
    """Return an earlier answer to the same question, if nothing that was read for it has changed."""
    try:
        found = msgspec.json.decode(_file(key).read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    return found.text if all(_hash(run, path) == hash for path, hash in found.files.items()) else None


def keep(run: Context, key: str, text: str) -> None:
    files = {path: _hash(run, path) for path in sorted(run.bench.overlay.view.seen)}
    with suppress(OSError):
        write_whole(_file(key), msgspec.json.encode(_Kept(text, files)).decode())


def _hash(run: Context, path: str) -> str:
    try:
        content = run.bench.overlay.view.content(path)
    except DeniedError:
        content = None
    return audit.hash_of((content or b"").decode("utf-8", "replace"))


def _file(key: str) -> Path:
    return user_cache_folder() / "answers" / f"{key}.json"
