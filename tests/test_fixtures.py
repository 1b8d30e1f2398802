"""The annotated fixtures of languages, frameworks, the model and rules: every mark is met, every finding is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from architrave.rule import known_rules
from architrave.testing import Case, cases, fix_mismatches, mismatches

HERE = Path(__file__).parent
FIXTURES = [
    pytest.param(case, path.stem if path.stem in known_rules() else "", id=f"{path.relative_to(HERE)}: {case.name}")
    for folder in ("languages", "frameworks", "model", "rules")
    for path in sorted((HERE / folder).glob("*.md"))
    for case in cases(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("case", "rule"), FIXTURES)
def test_a_fixture_is_met(case: Case, rule: str) -> None:
    assert not mismatches(case, rule)


@pytest.mark.parametrize(("case", "rule"), [item for item in FIXTURES if item.values[1]])
def test_a_fixture_is_met_by_files_that_are_not_open(case: Case, rule: str) -> None:
    assert not mismatches(case, rule, is_scanned=True)


@pytest.mark.parametrize(("case", "rule"), [item for item in FIXTURES if item.values[0].instead])
def test_a_fix_writes_what_to_use_instead(case: Case, rule: str) -> None:
    assert not fix_mismatches(case, rule)
