"""Make findings go away: the model edits an overlay, the whole change set is checked, and only what stands is offered."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.analysis.agents import FixAll, Outcome, Refactor, Refused, Truncated
from architrave.analysis.architecture import described, finding_line
from architrave.analysis.describe import describe
from architrave.findings import Finding
from architrave_agents.client import Reply, TroubleError
from architrave_agents.proposal import proposal, refusal
from architrave_agents.running import Context
from architrave_agents.safe import safe
from architrave_agents.snapshot import DeniedError, numbered
from architrave_agents.verify import verdict

_REPAIRS = 2  # How often the reasons go back to the model.
_AROUND = 30  # Lines of a finding's file that are shown at once.
_MOST_FINDINGS = 40

TASK = """\
Make {what} go away, by removing the cause in the smallest way that the maintainers of this code would have chosen.

- Change what has to change, in as many files as it takes: code, migrations, API descriptions, manifests. Leave everything else as it is.
- Follow the conventions that the files already have. Behaviour that others rely on stays.
- Do not silence a finding: no suppression comments, no moving of code to where nobody looks, no deleting of what is needed.
- Migrations that are there have run already. What the schema lacks goes into a new migration after the last one of its folder; the
  models of the code follow it. Only where a finding is about how a migration itself runs is that migration changed.
- Edit replaces text that is there exactly once; Write makes new files. When you are done, call Check, and mend what it tells.
- Then say in at most six lines what you changed and why, and what somebody should know who applies it.
"""


async def refactor(run: Context) -> Outcome:
    """Return a proposal that removes one finding, or all of a rule in a file or folder."""
    task = run.job.task
    assert isinstance(task, Refactor | FixAll)
    wanted = tuple(_wanted(run, task))
    if not wanted:
        return Refused("This finding is not there (any more), so there is nothing to do.\n", None, "the finding is not there")
    title = _title(wanted)
    bench = run.bench
    bench.check = lambda: _told(run, wanted)
    conversation = run.conversation(is_editing=True)
    reply = await conversation.say(prompt(run, wanted))
    for repair in range(_REPAIRS + 1):
        ended = _ended(run, reply)
        if ended is not None:
            return ended
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


def _ended(run: Context, reply: Reply) -> Outcome | None:
    """Return the outcome of an answer that is no end of the work; None for one that is."""
    usage = run.budget.used
    if reply.stop == "refusal":
        return Refused(f"The model declined.\n\n{safe(reply.text)}\n", usage, "the model declined")
    if reply.stop == "model_context_window_exceeded":
        raise TroubleError("full", f"the conversation has become more than {run.budget.model.name} can take in")
    if reply.stop == "max_tokens":
        return Truncated(f"The answer became too long and was cut, so its changes are not offered.\n\n{safe(reply.text)}\n", usage)
    return None


def _told(run: Context, wanted: tuple[Finding, ...]) -> str:
    found = verdict(run.bench, wanted, with_tests=False)
    return "\n".join(f"{'passed' if check.has_passed else 'FAILED'}: {check.name}. {check.shown}" for check in found.checks)


def _wanted(run: Context, task: Refactor | FixAll) -> Iterator[Finding]:
    for finding in run.job.state.before.findings:
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
    parts = [TASK.format(what=what)]
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
