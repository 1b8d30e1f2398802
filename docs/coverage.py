"""Makes `docs/coverage.md`: what is covered of each duty, technology and pattern, by which rules and frameworks, in which language.

Rules and frameworks say themselves what they find, read and mend; only what no rule can know of itself stands in `coverage.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from architrave.facts import Fact
from architrave.facts import code as facts_of_syntax
from architrave.language import known_languages, language_for
from architrave.reporters import known_frameworks
from architrave.rule import Rule, known_rules
from architrave.testing import Case, cases

HERE = Path(__file__).parent
LANGUAGES = ("Python", "Node.js", "Go", "Java", "Rust")
# What the headings of examples call them.
_IN_HEADINGS = {"Node.js": re.compile(r"\b(TypeScript|JavaScript|Node(\.js)?|NestJS|Express)\b")}
_OF_LANGUAGE = {
    "python": "Python",
    "javascript": "Node.js",
    "typescript": "Node.js",
    "tsx": "Node.js",
    "go": "Go",
    "java": "Java",
    "rust": "Rust",
}
_HEAD = """# Coverage

<!-- Made by `make docs` from the rules, the frameworks and coverage.toml; do not edit. -->

What is promised, and what stands behind it. A rule has an example, which is a test, in every language and kind of file that is listed
for it; [rules.md](rules.md) says what each one finds, and `architrave explain RULE` shows its page. Of a technology those rules are listed
that find something in an example or a test with it. Where little stands behind a promise, the page says so.
"""


def data() -> dict[str, Any]:
    return tomllib.loads((HERE / "coverage.toml").read_text(encoding="utf-8"))


def page() -> str:
    given = data()
    rules = known_rules()
    fixable = sum(rule.is_fixable for rule in rules.values())
    lines = [
        _HEAD,
        f"{len(rules)} rules, {fixable} of them with a quick fix, on what {len(known_frameworks())} frameworks and libraries report.",
        "",
    ]
    for responsibility in given["responsibility"]:
        lines += [f"## {responsibility['name']}", "", *_duties(responsibility["duties"]), ""]
    lines += ["## Technologies", ""]
    for group in given["technologies"]:
        lines += [f"### {group['name']}", "", *_technologies(group["items"]), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _duties(duties: list[dict[str, Any]]) -> Iterator[str]:
    yield f"| duty | rule | severity | fix | {' | '.join(LANGUAGES)} | also in |"
    yield "|---|---|---|---|" + "---|" * (len(LANGUAGES) + 1)
    for duty in duties:
        name = duty["name"]
        for rule in rules_of(duty):
            known = ["yes" if _is_in(rule, language) else "" for language in LANGUAGES]
            fix = "yes" if rule.is_fixable else ""
            yield f"| {name} | `{rule.id}` | {rule.severity} | {fix} | {' | '.join(known)} | {', '.join(_files(rule))} |"
            name = ""
        if name:
            yield f"| {name} | none yet |  |  | {' | '.join('' for _ in LANGUAGES)} |  |"
    yield from _weak(duties)


def _technologies(items: list[dict[str, Any]]) -> Iterator[str]:
    yield "| technology | read by | facts | rules | with a fix |"
    yield "|---|---|---|---|---|"
    for item in items:
        rules = rules_about(item)
        readers = ", ".join(f"`{name}`" for name in (*item.get("frameworks", ()), *languages_of(item)))
        facts = ", ".join(facts_of(item))
        named = ", ".join(f"`{rule.id}`" for rule in rules) if item.get("frameworks") else f"{len(rules)} rules"
        yield f"| {item['name']} | {readers} | {facts} | {named} | {sum(rule.is_fixable for rule in rules)} of {len(rules)} |"
    yield from _weak(items)


def _weak(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    found = [f"- **{item['name']}**: {item['weak']}" for item in items if "weak" in item]
    if found:
        yield from ("", "Where it is weak:", "", *found)


def rules_of(duty: dict[str, Any]) -> list[Rule]:
    """Return the rules of a duty that are there."""
    return [known_rules()[id] for id in duty["rules"] if id in known_rules()]


def rules_about(item: dict[str, Any]) -> list[Rule]:
    """Return the rules that find something in an example with a technology, or in a language."""
    if "seen" not in item:
        wanted = {_OF_LANGUAGE[language] for language in item["languages"]}
        return [rule for rule in known_rules().values() if any(_is_in(rule, language) for language in wanted)]
    seen = re.compile(item["seen"])
    return [rule for rule in known_rules().values() if any(_shows(case, seen) for case in _examples(rule.id))]


def facts_of(item: dict[str, Any]) -> list[str]:
    """Return the kinds of facts that the frameworks of a technology know of, without those of the syntax."""
    found: set[str] = set()
    for name in item.get("frameworks", ()):
        known = vars(import_module(f"architrave.frameworks.{name}")).values()
        found |= {kind.__name__ for kind in known if kind in _KINDS}
    return sorted(found)


_KINDS = tuple(kind for kind in get_args(Fact) if kind.__module__ != facts_of_syntax.__name__)


def languages_of(item: dict[str, Any]) -> list[str]:
    """Return the languages of a technology that are read."""
    names = {language.name for language in known_languages()}
    return [name for name in item.get("languages", ()) if name in names]


@cache
def _examples(id: str) -> tuple[Case, ...]:
    """Return the examples of a rule's page and of its tests in which it finds something."""
    tests = HERE.parent / "tests" / "rules" / f"{id}.md"
    corners = cases(tests.read_text(encoding="utf-8")) if tests.exists() else []
    return tuple(case for case in (*_on_page(id), *corners) if any(mark.kind == "finding" for mark in case.expected))


@cache
def _on_page(id: str) -> tuple[Case, ...]:
    return tuple(cases(known_rules()[id].sections.get("Example", "")))


def _shows(case: Case, seen: re.Pattern[str]) -> bool:
    return any(seen.search(text) or seen.search(path) for path, text in case.files.items())


def _is_in(rule: Rule, language: str) -> bool:
    """Whether a rule finds something in an example in a language, by what the example is headed and the files that it marks."""
    marked = {_language(mark.path) for case in _on_page(rule.id) for mark in case.expected if mark.kind == "finding"}
    heading = _IN_HEADINGS.get(language, re.compile(rf"\b{re.escape(language)}\b"))
    return language in marked or any(heading.search(kind) for kind in rule.kinds)


def _files(rule: Rule) -> list[str]:
    """Return the kinds of example that are about no programming language."""
    patterns = [_IN_HEADINGS.get(language, re.compile(rf"\b{re.escape(language)}\b")) for language in LANGUAGES]
    return [kind for kind in rule.kinds if not any(pattern.search(kind) for pattern in patterns)]


def _language(path: str) -> str:
    language = language_for(path)
    return _OF_LANGUAGE.get(language.name, "") if language is not None else ""


if __name__ == "__main__":
    (HERE / "coverage.md").write_text(page(), encoding="utf-8")
