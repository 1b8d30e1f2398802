"""A change set as a person reads it: what it is for, the diff, and what was checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from architrave.analysis import markdown
from architrave.analysis.agents import Check, Proposal, Refused, Usage
from architrave.findings import Finding
from architrave_agents.bench import Workbench
from architrave_agents.edits import diff
from architrave_agents.outcomes import used
from architrave_agents.safe import safe
from architrave_agents.verify import Verdict


def proposal(bench: Workbench, title: str, said: str, removes: tuple[Finding, ...], verdict: Verdict, usage: Usage) -> Proposal:
    """Return the changes of an overlay, which have passed their checks, as they are offered."""
    texts = dict(bench.overlay.changed)
    base = {path: bench.overlay.base[path] for path in texts}
    parts = [
        f"# {markdown.sentence(title)}",
        safe(said).strip(),
        _diff_text(bench, base, texts),
        "## What was checked",
        _checks(verdict.checks),
    ]
    parts.append(f"_{markdown.sentence(used(usage))}_" if usage.turns else "_Made without a model._")
    return Proposal("\n\n".join(part for part in parts if part) + "\n", usage, title, texts, base, removes, verdict.checks)


def refusal(bench: Workbench, title: str, said: str, verdict: Verdict, usage: Usage) -> Refused:
    """Return changes that do not stand, with the reasons. They are shown and cannot be applied."""
    texts = dict(bench.overlay.changed)
    base = {path: bench.overlay.base[path] for path in texts}
    reason = "; ".join(f"{check.name}: {check.shown}" for check in verdict.failed)
    parts = [
        f"# Not offered: {markdown.sentence(title)}",
        "The changes were checked and do not stand, so nothing is applied.",
        _checks(verdict.checks),
        safe(said).strip(),
        _diff_text(bench, base, texts) if texts else "",
        f"_{markdown.sentence(used(usage))}_",
    ]
    return Refused("\n\n".join(part for part in parts if part) + "\n", usage, reason, bench.redact(diff(base, texts)), verdict.failed)


def _diff_text(bench: Workbench, base: Mapping[str, bytes | None], texts: Mapping[str, bytes]) -> str:
    text = bench.redact(diff(base, texts))  # It is kept in a file to be looked at.
    added = sum(line.startswith("+") and not line.startswith("+++") for line in text.split("\n"))
    removed = sum(line.startswith("-") and not line.startswith("---") for line in text.split("\n"))
    files = f"{len(texts)} {'file' if len(texts) == 1 else 'files'}"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    lines = "line" if added == 1 else "lines"
    return f"## What changes\n\n{files}, {added} {lines} added, {removed} removed\n\n{fence}diff\n{text}{fence}"


def _checks(checks: Iterable[Check]) -> str:
    return "\n".join(f"- {'✓' if check.has_passed else '✗ **not so**:'} {check.name}: {markdown.sentence(check.shown)}" for check in checks)
