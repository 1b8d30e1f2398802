"""Which findings a user sees: not those of tests, nor what is suppressed, nor what the baseline knows.

Everybody who shows findings goes through here, so that the editor, the terminal and CI show the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from architrave.analysis.baseline import Baseline, Entry
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.files import Reach
from architrave.analysis.suppressions import sort
from architrave.findings import Finding
from architrave.rule import known_rules


@dataclass(frozen=True)
class Judged:
    """The findings to show, and those that are not shown, each with absolute spans, by path, place and rule."""

    shown: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()  # In the baseline.
    elsewhere: tuple[Finding, ...] = ()  # In tests, fixtures, examples, and code that others wrote.


@dataclass(frozen=True)
class Part(Judged):
    """What is shown, or not, of one file; `left` are entries of the baseline for it that nothing answers to."""

    left: Mapping[Entry, int] = field(default_factory=dict)

    def with_known(self, known: Collection[int]) -> Part:
        """Return the part when some findings, by their identity, are of the baseline."""
        if not any(id(finding) in known for finding in self.shown):
            return self
        new = tuple(finding for finding in self.shown if id(finding) not in known)
        return replace(self, shown=new, known=_ordered((*self.known, *(item for item in self.shown if id(item) in known))))


@dataclass(frozen=True)
class Judgement:
    """What decides over the findings of a workspace."""

    reach: Reach
    baseline: Baseline
    today: date

    def is_judged(self, path: str, files: Mapping[str, FileFacts]) -> bool:
        """Whether findings in a file count."""
        if self.reach.include_tests or path in self.reach.explicit:
            return True
        file = files.get(path)
        is_generated = file is not None and file.is_generated and "generated" not in self.reach.exempt
        return self.reach.covers(path) and not is_generated

    def over(self, path: str, findings: Iterable[Finding], files: Mapping[str, FileFacts], ran: Collection[str]) -> Part:
        """Return what is to be said of the findings of one file, whatever there is in others. `ran` are the rules that did not fail."""
        if not self.is_judged(path, files):
            return Part(elsewhere=_ordered(findings))
        file = {path: files[path]} if path in files else {}
        found = sort(findings, file, known=known_rules(), ran=ran, is_judged=lambda path: True, today=self.today)
        new, known, left = self.baseline.in_file(path, found.standing)
        return Part(_ordered(new), _ordered(found.suppressed), _ordered(known), left=left)

    def together(self, parts: Mapping[str, Part]) -> Mapping[str, Part]:
        """Return the parts of all files, with what a file that is gone has left in the baseline for another."""
        left = {entry: count for part in parts.values() for entry, count in part.left.items()}
        left.update(self.baseline.entries_outside(parts))
        if not left:
            return parts
        moved = self.baseline.moved([finding for part in parts.values() for finding in part.shown], left)
        if not moved:
            return parts
        return {path: part.with_known(moved) for path, part in parts.items()}


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda item: (item.location, item.rule, item.subject)))
