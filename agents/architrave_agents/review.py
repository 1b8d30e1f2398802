"""Review a part of the workspace, or what has changed since a revision: facts and findings first, then what a model makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.analysis import architecture
from architrave.analysis.agents import Answer, Outcome, Review
from architrave.analysis.markdown import code, sentence
from architrave.analysis.review import review as facts_of
from architrave.analysis.revision import Change, change_since
from architrave.analysis.telling import Link, review_text
from architrave.findings import Finding
from architrave_agents import outcomes
from architrave_agents.answering import Reader, ended
from architrave_agents.edits import diff
from architrave_agents.prompts import prompt
from architrave_agents.running import Context, Offline
from architrave_agents.snapshot import DeniedError

_HEADINGS = ("Routes", "Tables", "Outgoing calls", "Topics and queues", "Settings read", "Most coupled modules")
_MOST_LINES = 120
_MOST_DIFF = 60_000


async def review(run: Context) -> Outcome:
    task = run.job.task
    assert isinstance(task, Review)
    change = await run.aside(lambda: change_since(run.job.state, task.base)) if task.base else None
    reader = Reader(run, "dropped")
    reader.add(_title(run.job.state.name, task) + "\n\n")
    if change is not None:
        reader.add("\n".join(_change_lines(change, run.link)) + "\n\n")
    reply = await reader.conversation().say("\n\n".join(_prompt(run, task, change)))
    reader.claims.end()
    other = ended(run, reply, reader.text)
    if other is not None:
        return other
    facts = re.sub(r"^#", "##", "# Facts\n" + _facts(run, task, change), flags=re.MULTILINE)
    return Answer(f"{reader.text}{reader.footer()}\n{facts}", run.budget.used, reader.claims.dropped)


def offline(run: Offline) -> Outcome:
    """Return the review that the facts give."""
    task = run.job.task
    assert isinstance(task, Review)
    parts = [_title(run.job.state.name, task)]
    change = change_since(run.job.state, task.base) if task.base else None
    if change is not None:
        parts.append("\n".join(_change_lines(change, run.link)))
    parts.append(_facts(run, task, change).strip())
    wish = "say what these facts and findings add up to, look in the code for what no rule can know, and say what to do first"
    parts.append(outcomes.without_model(run.why, wish))
    return Answer("\n\n".join(parts) + "\n", None, 0, True)


def _title(name: str, task: Review) -> str:
    about = f" of {code(task.scope)}" if task.scope else f" of {code(name)}"
    since = f", changed since {code(task.base)}" if task.base else ""
    return f"# Review{about}{since}"


def _facts(run: Context | Offline, task: Review, change: Change | None) -> str:
    """Return the review that the facts give, without its title: of a change, those of the files that have changed."""
    state = run.job.state
    facts = facts_of(state.before, task.scope, change.texts if change is not None else None)
    return review_text(facts, state.name, run.link).partition("\n")[2]


def _change_lines(change: Change, link: Link) -> Iterator[str]:
    """Tell what has changed, and what that did to the findings."""
    difference = change.difference
    added, removed = (sum(count[side] for count in change.lines.values()) for side in (0, 1))
    files = f"{len(change.texts)} {'file has' if len(change.texts) == 1 else 'files have'} changed"
    came, went = len(difference.new), len(difference.gone)
    lines = f"{added} {'line' if added == 1 else 'lines'} added"
    yield f"{files}, {lines}, {removed} removed. Of the findings, {came} came with the change and {went} went."
    if difference.new:
        yield "\n## New findings\n"
        yield from (f"- {item.severity} {code(item.rule)} {link(item.location)}: {sentence(item.message)}" for item in difference.new)
    if difference.gone:
        yield "\n## Gone\n"
        yield from (f"- {code(item.rule)} in {code(item.location.path)}: {sentence(item.message)}" for item in difference.gone)
    broken = [f"no route serves {code(route)} any more" for route in difference.unserved]
    broken += [f"{code(item.name)} of {code(item.path)} is gone, and {link(item.user)} uses it" for item in difference.lost]
    broken += [f"the migration {code(path)} has another text than at the base" for path in difference.rewritten]
    broken += [f"the migration {code(path)} would not run last" for path in difference.misplaced]
    if broken:
        yield "\n## What others may miss\n"
        yield from (f"- {line}" for line in broken)


def _prompt(run: Context, task: Review, change: Change | None) -> Iterator[str]:
    what = f"`{task.scope}`" if task.scope else "this workspace"
    if change is not None:
        what = f"what has changed in {what} since `{task.base}`"
    yield prompt("review", what=what)
    yield prompt("evidence")
    state, where = run.job.state.before, run.bench.where
    yield run.quoted("metrics", "\n".join(architecture.metrics(state, task.scope)))
    if change is not None:
        yield run.quoted("changes", "\n".join(_changes(run, change)))
    for heading in _HEADINGS:
        lines = list(architecture.section(state, where, heading, task.scope))
        if lines:
            more = [f"… and {len(lines) - _MOST_LINES} more; Facts has them"] if len(lines) > _MOST_LINES else []
            yield run.quoted(heading.lower().replace(" ", "-"), "\n".join(lines[:_MOST_LINES] + more))
    findings = change.difference.new if change is not None else _in(state.findings, task.scope)
    yield run.quoted("findings", "\n".join(architecture.finding_line(item, where) for item in findings[:_MOST_LINES]) or "none")


def _changes(run: Context, change: Change) -> Iterator[str]:
    """Tell the change as a diff, as far as its files may be sent."""
    old: dict[str, bytes | None] = {}
    new: dict[str, bytes] = {}
    for path, text in change.texts.items():
        try:
            content = run.bench.overlay.view.content(run.bench.overlay.view.place(path))
        except DeniedError:
            continue
        if b"\0" not in (text or b"")[:8192] and b"\0" not in (content or b"")[:8192]:
            old[path], new[path] = text, content or b""
    for path, (added, removed) in change.lines.items():
        if path in new:
            yield f"{path}: +{added} -{removed}"
    shown = run.bench.redact(diff(old, new))
    yield shown if len(shown) <= _MOST_DIFF else shown[:_MOST_DIFF] + "\n… cut; Read shows the files"


def _in(findings: tuple[Finding, ...], scope: str) -> tuple[Finding, ...]:
    return tuple(item for item in findings if not scope or item.location.path == scope or item.location.path.startswith(scope + "/"))
