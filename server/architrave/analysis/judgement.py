"""Which findings a user sees: not those of tests, nor what is suppressed, nor what the baseline knows.

Everybody who shows findings goes through here, so that the editor, the terminal and CI show the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from architrave.analysis.baseline import Baseline
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.files import Purpose, purpose
from architrave.analysis.runner import Outcome
from architrave.analysis.suppressions import sort
from architrave.findings import Finding
from architrave.rule import known_rules


@dataclass(frozen=True)
class Judged:
    """The findings to show, and those that are not shown, each with absolute spans, by path, place and rule."""

    shown: tuple[Finding, ...]
    suppressed: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()  # In the baseline.
    elsewhere: tuple[Finding, ...] = ()  # In tests, fixtures, examples, and code that others wrote.


@dataclass(frozen=True)
class Judgement:
    """What decides over the findings of a workspace."""

    include_tests: bool
    explicit: frozenset[str]
    baseline: Baseline
    today: date
    exempt: frozenset[Purpose] = frozenset()  # What the workspace itself is for: in a folder of examples, examples count.

    def is_judged(self, path: str, files: Mapping[str, FileFacts]) -> bool:
        """Whether findings in a file count."""
        if self.include_tests or path in self.explicit:
            return True
        file = files.get(path)
        found = _purpose(path) or ("generated" if file is not None and file.is_generated else None)
        return found is None or found in self.exempt

    def over(self, findings: Iterable[Finding], files: Mapping[str, FileFacts], outcomes: Mapping[str, Outcome]) -> Judged:
        here: list[Finding] = []
        elsewhere: list[Finding] = []
        for finding in findings:
            (here if self.is_judged(finding.location.path, files) else elsewhere).append(finding)
        ran = {id for id, outcome in outcomes.items() if not outcome.failed}
        found = sort(here, files, known=known_rules(), ran=ran, is_judged=lambda path: self.is_judged(path, files), today=self.today)
        new, known = self.baseline.split(found.standing)
        return Judged(_ordered(new), _ordered(found.suppressed), _ordered(known), _ordered(elsewhere))


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda item: (item.location, item.rule, item.subject)))


_purpose = lru_cache(maxsize=65536)(purpose)
