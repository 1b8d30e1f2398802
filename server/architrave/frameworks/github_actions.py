"""GitHub Actions: the steps of each job, and the environment that workflows set."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import CiStep, SettingDeclaration
from architrave.facts.values import Mapping, Sequence, Value
from architrave.framework import File, Framework

framework = Framework("github-actions", languages=("yaml",))


@framework.every(Document)
def workflow(document: Document, file: File) -> Iterator[Fact]:
    if ".github/workflows/" not in f"/{file.path}" or not isinstance(document.value, Mapping):
        return
    yield from _environment(document.value.get("env"), "")
    jobs = document.value.get("jobs")
    for entry in jobs.entries if isinstance(jobs, Mapping) else ():
        if not isinstance(entry.value, Mapping):
            continue
        yield from _environment(entry.value.get("env"), entry.key)
        called = scalar(entry.value.get("uses"))
        if called:  # A workflow that another one calls as a whole.
            yield CiStep(entry.span, entry.key, scalar(entry.value.get("name")) or "", "", called)
        steps = entry.value.get("steps")
        for step in steps.items if isinstance(steps, Sequence) else ():
            if isinstance(step, Mapping):
                yield CiStep(
                    step.span,
                    entry.key,
                    scalar(step.get("name")) or "",
                    scalar(step.get("run")) or "",
                    scalar(step.get("uses")) or "",
                )
                yield from _environment(step.get("env"), entry.key)


def _environment(value: Value | None, owner: str) -> Iterator[Fact]:
    for entry in value.entries if isinstance(value, Mapping) else ():
        written = scalar(entry.value) or ""
        yield SettingDeclaration(entry.span, entry.key, "ci", owner, "" if "${{" in written else written, "secrets." in written)
