"""GitHub Actions: the steps of each job, and the environment that workflows set."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import CiStep, SettingDeclaration
from architrave.facts.values import Mapping, Sequence, Value
from architrave.framework import File, Framework
from architrave.text import Span

framework = Framework("github-actions", languages=("yaml",))


@framework.every(Document)
def workflow(document: Document, file: File) -> Iterator[Fact]:
    if not dirname(f"/{file.path}").endswith("/.github/workflows") or not isinstance(document.value, Mapping):
        return
    yield from _environment(document.value.get("env"), "")
    everywhere = _text(document.value.get("defaults", "run", "working-directory"))
    jobs = document.value.get("jobs")
    for entry in jobs.entries if isinstance(jobs, Mapping) else ():
        if isinstance(entry.value, Mapping):
            yield from _environment(entry.value.get("env"), entry.key)
            yield from _job(entry.span, entry.key, entry.value, everywhere)


def _job(span: Span, key: str, job: Mapping, everywhere: str) -> Iterator[Fact]:
    needs = _texts(job.get("needs"))
    called = job.get("uses")
    if _text(called):  # A workflow that another one calls as a whole.
        yield CiStep(span, key, _text(job.get("name")), "", _text(called), "", needs, (), _reference(called))
    folder = _text(job.get("defaults", "run", "working-directory")) or everywhere
    steps = job.get("steps")
    for step in steps.items if isinstance(steps, Sequence) else ():
        if isinstance(step, Mapping):
            uses, given = step.get("uses"), step.get("with")
            yield CiStep(
                step.span,
                key,
                _text(step.get("name")),
                _text(step.get("run")),
                _text(uses),
                _text(step.get("working-directory")) or folder,
                needs,
                tuple((entry.key, _text(entry.value)) for entry in given.entries) if isinstance(given, Mapping) else (),
                _reference(uses),
            )
            yield from _environment(step.get("env"), key)


def _reference(uses: Value | None) -> Span | None:
    """Return where `owner/action@version` says `version`."""
    _, found, version = _text(uses).rpartition("@")
    if uses is None or not found:
        return None
    quotes = uses.span.end - uses.span.start - len(_text(uses).encode())
    end = uses.span.end - quotes // 2
    return Span(end - len(version.encode()), end, uses.span.chunk) if quotes in (0, 2) else None


def _environment(value: Value | None, owner: str) -> Iterator[Fact]:
    for entry in value.entries if isinstance(value, Mapping) else ():
        written = _text(entry.value)
        yield SettingDeclaration(entry.span, entry.key, "ci", owner, "" if "${{" in written else written, "secrets." in written)


def _texts(value: Value | None) -> tuple[str, ...]:
    return tuple(_text(item) for item in value.items) if isinstance(value, Sequence) else (_text(value),) if value is not None else ()


def _text(value: Value | None) -> str:
    return scalar(value) or ""
