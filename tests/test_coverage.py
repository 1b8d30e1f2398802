"""docs/coverage.md is what the rules and frameworks say of themselves, and no promise is empty."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from architrave.rule import known_rules

DOCS = Path(__file__).parent.parent / "docs"
RESPONSIBILITIES = ["API design", "Database architecture", "System architecture", "Security", "Performance", "DevOps"]


def loaded() -> ModuleType:
    specification = importlib.util.spec_from_file_location("coverage_page", DOCS / "coverage.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


COVERAGE = loaded()
DATA: dict[str, Any] = COVERAGE.data()
DUTIES = [duty for responsibility in DATA["responsibility"] for duty in responsibility["duties"]]
TECHNOLOGIES = [item for group in DATA["technologies"] for item in group["items"]]


def test_the_page_is_up_to_date() -> None:
    assert COVERAGE.page() == (DOCS / "coverage.md").read_text(encoding="utf-8"), "run `make docs`"


def test_all_six_responsibilities_and_the_patterns_are_there() -> None:
    assert [responsibility["name"] for responsibility in DATA["responsibility"]] == [*RESPONSIBILITIES, "Patterns"]


def test_every_rule_stands_under_a_duty() -> None:
    assert set(known_rules()) - {id for duty in DUTIES for id in duty["rules"]} == set()


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty["name"])
def test_a_duty_has_rules_and_they_exist(duty: dict[str, Any]) -> None:
    unknown = set(duty["rules"]) - set(known_rules())
    assert not unknown, "no such rules"
    assert COVERAGE.rules_of(duty), "an empty duty"


@pytest.mark.parametrize("item", TECHNOLOGIES, ids=lambda item: item["name"])
def test_a_technology_has_facts_and_rules_behind_it(item: dict[str, Any]) -> None:
    for name in item.get("frameworks", ()):
        assert import_module(f"architrave.frameworks.{name}")
    assert COVERAGE.facts_of(item) or item["languages"]
    assert COVERAGE.languages_of(item) == item.get("languages", [])
    assert COVERAGE.rules_about(item)
