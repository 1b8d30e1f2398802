"""Make findings go away: the model edits an overlay, the whole change set is checked, and only what stands is offered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from architrave.analysis.agents import Failed, FixAll, Job, Outcome, Refactor, Refused, Usage
from architrave.analysis.architecture import described, finding_line
from architrave.analysis.describe import describe
from architrave.analysis.markdown import sentence
from architrave.findings import Finding
from architrave_agents import outcomes
from architrave_agents.answering import ended
from architrave_agents.edits import WrongEditError
from architrave_agents.prompts import prompt as ask_for
from architrave_agents.proposal import proposal, refusal
from architrave_agents.running import Context, Offline
from architrave_agents.snapshot import DeniedError, numbered
from architrave_agents.verify import verdict

_REPAIRS = 2  # How often the reasons go back to the model.
_AROUND = 30  # Lines of a finding's file that are shown at once.
_MOST_FINDINGS = 40


async def refactor(run: Context) -> Outcome:
    """Return a proposal that removes one finding, or all of a rule in a file or folder."""
    task = run.job.task
    assert isinstance(task, Refactor | FixAll)
    wanted = tuple(_wanted(run.job, task))
    if not wanted:
        return Refused("This finding is not there (any more), so there is nothing to do.\n", None, "the finding is not there")
    title = _title(wanted)
    bench = run.bench
    bench.check = lambda: _told(run, wanted)
    conversation = run.conversation(is_editing=True)
    reply = await conversation.say(prompt(run, wanted))
    for repair in range(_REPAIRS + 1):
        other = ended(run, reply)
        if other is not None:
            return other
        run.step("Checking the changes")
        found = await run.aside(lambda: verdict(bench, wanted))
        if found.stands:
            return proposal(bench, title, reply.text, wanted, found, run.budget.used)
        if not bench.overlay.changed and repair:
            break
        if repair < _REPAIRS:
            reasons = "\n".join(f"- {check.name}: {check.shown}" for check in found.failed)
            left = _REPAIRS - repair
            run.step(f"Sending {len(found.failed)} reasons back")
            reply = await conversation.say(
                f"Your changes were checked and do not stand yet:\n\n{reasons}\n\n"
                f"Mend this. After this you have {left - 1} more {'try' if left == 2 else 'tries'}. "
                "If it cannot be done, undo nothing, and say why."
            )
    return refusal(bench, title, reply.text, found, run.budget.used)


def offline(run: Offline) -> Outcome:
    """Return what the rule's own fixes make of it, checked in the same way; or that this needs a model."""
    task = run.job.task
    assert isinstance(task, Refactor | FixAll)
    wanted = tuple(_wanted(run.job, task))
    if not wanted:
        return Refused("This finding is not there (any more), so there is nothing to do.\n", None, "the finding is not there")
    overlay = run.bench.overlay
    with suppress(DeniedError, WrongEditError):
        for path, content in run.job.state.mended(wanted, overlay.view.content).items():
            overlay.take(path, content)
        found = verdict(run.bench, wanted)
        if found.stands:
            said = f"This is what the rule's own fix writes. {outcomes.without_model(run.why, 'look for a better one')}"
            return proposal(run.bench, _title(wanted), said, wanted, found, Usage())
    wish = "change the code, migrations and descriptions that it takes, and offer what the rules find right"
    text = f"# {sentence(_title(wanted))}\n\nNo rule can write this by itself.\n\n{outcomes.without_model(run.why, wish)}\n"
    return Failed(text, None, "no-key")


def _told(run: Context, wanted: tuple[Finding, ...]) -> str:
    found = verdict(run.bench, wanted, with_tests=False)
    return "\n".join(f"{'passed' if check.has_passed else 'FAILED'}: {check.name}. {check.shown}" for check in found.checks)


def _wanted(job: Job, task: Refactor | FixAll) -> Iterator[Finding]:
    for finding in job.state.before.findings:
        path = finding.location.path
        if isinstance(task, Refactor):
            if (path, finding.rule, finding.subject) == (task.path, task.rule, task.subject):
                yield finding
                return
        elif finding.rule == task.rule and (not task.scope or path == task.scope or path.startswith(task.scope.rstrip("/") + "/")):
            yield finding


def _title(wanted: tuple[Finding, ...]) -> str:
    if len(wanted) == 1:
        return f"Remove `{wanted[0].rule}`: {wanted[0].message}"
    return f"Remove {len(wanted)} findings of `{wanted[0].rule}`"


def prompt(run: Context, wanted: tuple[Finding, ...]) -> str:
    """Return what the model is asked: the findings with what is known of them, the rule's page, and the code around."""
    what = "this finding" if len(wanted) == 1 else f"these {len(wanted)} findings"
    parts = [ask_for("refactor", what=what)]
    for finding in wanted[:_MOST_FINDINGS]:
        parts.append(run.quoted("finding", "\n".join(about(run, finding))))
    if len(wanted) > _MOST_FINDINGS:
        parts.append(f"And {len(wanted) - _MOST_FINDINGS} more; Facts lists them.")
    parts.append(run.quoted("rule", run.page(wanted[0].rule)))
    shown = 0
    for finding in wanted:
        if shown < 4:
            parts.append(excerpt(run, finding))
            shown += 1
    return "\n\n".join(part for part in parts if part)


def about(run: Context, finding: Finding) -> Iterator[str]:
    """Tell a finding: its message, evidence and other places, and what is known of the place."""
    where = run.bench.where
    yield finding_line(finding, where)
    for evidence in finding.evidence:
        yield f"  evidence: {evidence}"
    for related in finding.related:
        yield f"  {where(related.location)}: {related.message}"
    if finding.fix is not None:
        yield f"  a fix by rule would: {finding.fix.title}"
    known = describe(run.job.state.before, finding.location.path, finding.location.span.start)
    if known is not None:
        yield from described(known, where)


def excerpt(run: Context, finding: Finding) -> str:
    """Return the lines around a finding."""
    path = finding.location.path
    try:
        text = run.bench.redact(run.bench.overlay.text(run.bench.overlay.view.path(path)))
    except DeniedError:
        return ""
    line = int(run.bench.where(finding.location).rpartition(":")[2])
    lines = list(numbered(text, max(1, line - _AROUND), line + _AROUND))
    return run.quoted(f"file {path}", "\n".join(lines))
