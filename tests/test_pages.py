"""Every rule's page is a test: the example is found where marked, what to use instead is silent, an offered fix writes just that."""

from __future__ import annotations

import pytest

from architrave.findings import Finding
from architrave.rule import Rule, known_rules
from architrave.testing import Case, cases, fix_mismatches, mismatches, snapshot

PAGES = [
    pytest.param(rule, case, id=f"{rule.id}-{index}")
    for rule in known_rules().values()
    for index, case in enumerate(cases(rule.sections.get("Example", "")))
]


def found(rule: Rule, files: dict[str, str], base: dict[str, str]) -> list[Finding]:
    return [item for item in snapshot(files, base=base).findings if item.rule == rule.id]


@pytest.mark.parametrize("rule", known_rules().values(), ids=lambda rule: rule.id)
def test_a_page_has_all_its_sections(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert {"Why it matters", "Example", "Fix", "References"} <= set(rule.sections)
    assert cases(rule.sections["Example"])
    assert all(option.doc for option in rule.options)


@pytest.mark.parametrize(("rule", "case"), PAGES)
def test_an_example_is_found_where_marked(rule: Rule, case: Case) -> None:
    assert any(mark.kind == "finding" for mark in case.expected)
    assert not mismatches(case, rule.id)


@pytest.mark.parametrize(("rule", "case"), PAGES)
def test_what_to_use_instead_is_silent(rule: Rule, case: Case) -> None:
    assert case.instead
    assert not found(rule, {**case.files, **case.instead}, case.base)


@pytest.mark.parametrize(("rule", "case"), PAGES)
def test_a_fix_writes_what_to_use_instead(rule: Rule, case: Case) -> None:
    if not any(item.fix is not None for item in found(rule, case.files, case.base)):
        pytest.skip("no fix in this example")
    assert rule.is_fixable
    assert not fix_mismatches(case, rule.id)


def test_every_fixable_rule_shows_its_fix() -> None:
    for rule in known_rules().values():
        shown = any(item.fix for case in cases(rule.sections["Example"]) for item in found(rule, case.files, case.base))
        assert shown == rule.is_fixable, rule.id
