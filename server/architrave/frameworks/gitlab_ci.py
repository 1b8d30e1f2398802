"""GitLab CI: the script of each job of `.gitlab-ci.yml`, in the order of its stages."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import CiStep
from architrave.facts.values import Mapping, Sequence, Value, walk
from architrave.framework import File, Framework

framework = Framework("gitlab-ci", languages=("yaml",))

_NO_JOBS = frozenset(
    ["stages", "variables", "include", "default", "workflow", "image", "services", "cache", "before_script", "after_script", "spec"]
)
_STAGES = (".pre", "build", "test", "deploy", ".post")
_DEEPEST = 4  # Jobs that extend others.


@framework.every(Document)
def pipeline(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not f"/{file.path}".endswith("/.gitlab-ci.yml") or not isinstance(root, Mapping):
        return
    included = root.entry("include")
    if included is not None:
        yield CiStep(included.span, "", uses="include")
    stages = _texts(root.get("stages")) or _STAGES
    jobs = [entry for entry in root.entries if entry.key not in _NO_JOBS and isinstance(entry.value, Mapping)]
    stage_of = {entry.key: scalar(_inherited(root, entry.key, "stage")) or "test" for entry in jobs if not entry.key.startswith(".")}
    for entry in jobs:
        if entry.key.startswith("."):
            continue
        script = _inherited(root, entry.key, "script")
        elsewhere = "" if script is not None else "template"  # It is extended from another file, or starts another pipeline.
        before = _inherited(root, entry.key, "before_script") or root.get("before_script")
        run = "\n".join((*_lines(before), *_lines(script)))
        yield CiStep(entry.span, entry.key, "", run, elsewhere, needs=_needs(root, entry.key, stage_of, stages))


def _inherited(root: Mapping, job: str, key: str, depth: int = _DEEPEST) -> Value | None:
    """Return a field of a job, or that of the jobs of this file that it extends; the last one counts."""
    own = root.get(job, key)
    if own is not None or not depth:
        return own
    above = root.get(job, "extends")
    for name in reversed(_texts(above) or (scalar(above) or "",)):
        found = _inherited(root, name, key, depth - 1) if name else None
        if found is not None:
            return found
    return None


def _needs(root: Mapping, job: str, stage_of: dict[str, str], stages: tuple[str, ...]) -> tuple[str, ...]:
    needs = _inherited(root, job, "needs")
    if isinstance(needs, Sequence):
        named = (item.get("job") if isinstance(item, Mapping) else item for item in needs.items)
        return tuple(name for item in named if (name := scalar(item)))
    order = {stage: index for index, stage in enumerate(stages)}
    own = order.get(stage_of[job], len(order))
    return tuple(other for other, stage in stage_of.items() if order.get(stage, len(order)) < own)


def _lines(value: Value | None) -> Iterator[str]:
    """Yield the lines of a script, which may be one text, a list, or a list of lists."""
    for part in walk(value) if value is not None else ():
        line = scalar(part)
        if line is not None:
            yield line


def _texts(value: Value | None) -> tuple[str, ...]:
    return tuple(scalar(item) or "" for item in value.items) if isinstance(value, Sequence) else ()
