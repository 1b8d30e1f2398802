"""The whole change set of an agent checked on its overlay, before anything of it is offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from architrave.analysis.agents import Check
from architrave.analysis.baseline import entry_of
from architrave.analysis.comparing import Difference, LostName, compare
from architrave.config import parsed
from architrave.findings import Finding
from architrave_agents.bench import Workbench
from architrave_agents.settings import Settings
from architrave_agents.snapshot import DeniedError

T = TypeVar("T")

_MOST = 8  # Things that a check names.
_OF_MIGRATIONS = "data-migration-"  # What is found in how a migration runs can only be mended in it.


@dataclass(frozen=True)
class Verdict:
    """What was looked at. A change set stands when every check has passed."""

    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.has_passed)

    @property
    def stands(self) -> bool:
        return not self.failed


def verdict(bench: Workbench, removed: tuple[Finding, ...], *, with_tests: bool = True) -> Verdict:
    """Return what checking shows of the changes so far, which are to remove these findings."""
    changed = bench.overlay.changed
    if not changed:
        return Verdict((Check("Something is changed", "no file is changed", False),))
    after = bench.snapshot()
    base = {path: bench.overlay.base[path] for path in changed}
    difference = compare(bench.state.before, after, base, changed, lambda names: bench.state.with_users(names, changed))
    checks = list(_checks(bench, difference, removed))
    if with_tests and all(check.has_passed for check in checks):
        checks += _tested(bench, bench.settings)
    return Verdict(tuple(checks))


def _checks(bench: Workbench, difference: Difference, removed: tuple[Finding, ...]) -> Iterator[Check]:
    changed = bench.overlay.changed
    files = f"{len(changed)} {'file' if len(changed) == 1 else 'files'}"
    yield _check(
        "Every file parses", difference.worse, lambda path: f"`{path}` parses worse than before", f"{files}, none worse than before"
    )
    if removed:
        yield _removal(bench, difference, removed)
    new = tuple(_new(difference, removed))
    after = bench.snapshot()
    yield _check(
        "No finding is new",
        new,
        lambda item: f"{bench.where(item.location)} `{item.rule}`: {item.message}",
        f"{len(after.files):,} files looked at again, {len(bench.state.before.findings)} findings before, {len(after.findings)} after",
    )
    yield _check(
        "No finding is only hidden",
        difference.hidden,
        lambda item: f"{bench.where(item.location)} `{item.rule}` is there still, but would not be shown any more",
        "nothing is suppressed, moved into tests or marked as generated",
    )
    missed = (*map(partial(_missed, bench), difference.lost), *(f"no route serves `{route}` any more" for route in difference.unserved))
    yield _check("What others use is still there", missed, str, "names that other files use, and every route")
    allowed = {finding.location.path for finding in removed if finding.rule.startswith(_OF_MIGRATIONS)}
    rewritten = tuple(path for path in difference.rewritten if path not in allowed)
    yield _check(
        "Migrations are only added",
        (*rewritten, *difference.misplaced),
        lambda path: (
            f"`{path}` has run already: what it lacks goes into a new migration"
            if path in rewritten
            else f"`{path}` would not run last: give it the name, and the predecessor, of the next in its folder"
        ),
        "no migration that is there already has changed" + (", but for the one that the finding is about" if allowed else ""),
    )
    yield _check(
        "What is looked at is the same",
        tuple(_settings_changed(bench)),
        lambda path: f"`{path}` has other settings of Architrave than before",
        "the settings of Architrave are untouched",
    )
    if difference.failed:
        yield Check("Every rule ran", f"{', '.join(difference.failed)} failed on these changes", False)


def _check(name: str, wrong: tuple[T, ...], tell: Callable[[T], str], fine: str) -> Check:
    if not wrong:
        return Check(name, fine)
    more = f"; and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
    return Check(name, "; ".join(tell(item) for item in wrong[:_MOST]) + more, False)


def _missed(bench: Workbench, lost: LostName) -> str:
    return f"`{lost.name}` of `{lost.path}` is gone, and {bench.where(lost.user)} uses it"


def _removal(bench: Workbench, difference: Difference, removed: tuple[Finding, ...]) -> Check:
    left = Counter(map(entry_of, difference.gone))
    standing = []
    for finding in removed:
        left[entry_of(finding)] -= 1
        if left[entry_of(finding)] < 0:
            standing.append(finding)
    name = "The finding is gone" if len(removed) == 1 else "The findings are gone"
    fine = f"`{removed[0].rule}`: {removed[0].message}" if len(removed) == 1 else f"{len(removed)} of `{removed[0].rule}`"
    return _check(name, tuple(standing), lambda item: f"{bench.where(item.location)} `{item.rule}` is still found: {item.message}", fine)


def _new(difference: Difference, removed: tuple[Finding, ...]) -> Iterator[Finding]:
    """Yield the findings that came up; one that only moved into another file, with the code that it is in, is not new."""
    mended = Counter(map(entry_of, removed))
    moved: Counter[tuple[str, str]] = Counter()
    for finding in difference.gone:
        mended[entry_of(finding)] -= 1
        if mended[entry_of(finding)] < 0:
            moved[finding.rule, finding.subject] += 1
    for finding in difference.new:
        moved[finding.rule, finding.subject] -= 1
        if moved[finding.rule, finding.subject] < 0:
            yield finding


def _settings_changed(bench: Workbench) -> Iterator[str]:
    for path, text in bench.overlay.changed.items():
        if path.rpartition("/")[2] == "pyproject.toml":
            old, new = (
                parsed((content or b"").decode("utf-8", "replace"), in_pyproject=True)[0] for content in (bench.overlay.base[path], text)
            )
            if old != new:
                yield path


def _tested(bench: Workbench, settings: Settings) -> Iterator[Check]:
    root = bench.state.root.resolve()
    for tests in settings.tests:
        folder = Path(tests.folder).expanduser().resolve()
        if folder != root:
            continue
        try:
            has_passed, said = bench.commands.test(tests.command, tests.seconds)
        except DeniedError as error:
            has_passed, said = False, str(error)
        shown = f"`{tests.command}` passes in a copy" if has_passed else f"`{tests.command}` fails: {said[-2000:]}"
        yield Check("The tests pass", bench.redact(shown), has_passed)
