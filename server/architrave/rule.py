"""A rule: one smell, one file, one function from the model to findings.

Everything else about a rule is derived: id from the path, summary and page from the docstring, options from the signature.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_type_hints

from architrave import rules
from architrave.errors import ArchitraveError, nearest
from architrave.facts.values import Replacement
from architrave.findings import Edit, Finding, Fix, Severity
from architrave.model.graph import Model
from architrave.text import Location

_FOLDERS = {"api": "api", "data": "data", "system": "sys", "security": "sec", "performance": "perf", "devops": "ops"}


@dataclass(frozen=True)
class Option:
    """A keyword parameter of a rule's function."""

    name: str
    type: Any
    default: Any
    doc: str


@dataclass(frozen=True)
class Rule:
    """`check` yields findings without rule id; `analysis` fills in id and severity."""

    check: Callable[..., Iterable[Finding]]
    severity: Severity
    since: str

    @cached_property
    def id(self) -> str:
        folder, name = self.check.__module__.split(".")[-2:]
        return f"{_FOLDERS[folder]}-{name.replace('_', '-')}"

    @property
    def responsibility(self) -> str:
        return self.check.__module__.split(".")[-2]

    @cached_property
    def doc(self) -> str:
        """The rule's page in Markdown: the docstring of its module."""
        return inspect.cleandoc(sys.modules[self.check.__module__].__doc__ or "")

    @cached_property
    def summary(self) -> str:
        return self.doc.partition("\n")[0]

    @cached_property
    def sections(self) -> Mapping[str, str]:
        """The page's sections by heading (`Why it matters`, `Example`, `Fix`, `Options`, `References`)."""
        parts = re.split(r"^## (.+)$", self.doc, flags=re.MULTILINE)
        return {heading.strip(): body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}

    @property
    def is_fixable(self) -> bool:
        """Whether the page's `Fix` section promises a fix: it starts with `None` where there is none."""
        return not self.sections.get("Fix", "None").startswith("None")

    @property
    def references(self) -> tuple[str, ...]:
        text = " ".join(self.sections.get("References", "").split())
        return tuple(part.strip() for part in text.split(" · ") if part.strip())

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that the page's examples are written in."""
        return tuple(dict.fromkeys(re.findall(r"^```(\w+)", self.sections.get("Example", ""), flags=re.MULTILINE)))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What the examples are about, for people: `Python`, `Kubernetes`; the headings without what is particular to one."""
        headings = re.findall(r"^### ([^:,\n]+)", self.sections.get("Example", ""), flags=re.MULTILINE)
        return tuple(dict.fromkeys(heading.strip() for heading in headings))

    def with_examples_in(self, kind: str, others: str) -> str:
        """Return the page with the examples of one of its `kinds`; `others` stands below them where there are more."""
        before, heading, rest = self.doc.partition("## Example\n")
        examples, following, after = rest.partition("\n## ")
        intro, *parts = re.split(r"^(?=### )", examples, flags=re.MULTILINE)
        kept = [part for part in parts if re.match(rf"### {re.escape(kind)}\s*[:,\n]", part)]
        if not kept or len(kept) == len(parts):
            return self.doc
        return f"{before}{heading}{intro}{''.join(kept)}{others}\n{following}{after}"

    @cached_property
    def options(self) -> tuple[Option, ...]:
        hints = get_type_hints(self.check)
        docs = dict(re.findall(r"^- `(\w+)`[^:]*: (.+(?:\n  .+)*)$", self.sections.get("Options", ""), flags=re.MULTILINE))
        return tuple(
            Option(name, hints[name], parameter.default, " ".join(docs.get(name, "").split()))
            for name, parameter in inspect.signature(self.check).parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        )


def rule(*, severity: Severity, since: str) -> Callable[[Callable[..., Iterator[Finding]]], Callable[..., Iterator[Finding]]]:
    """Declare the function below to be the rule of its module."""

    def declare(check: Callable[..., Iterator[Finding]]) -> Callable[..., Iterator[Finding]]:
        sys.modules[check.__module__].RULE = Rule(check, severity, since)  # type: ignore[attr-defined]
        return check

    return declare


def fix(title: str, path: str, replacements: Iterable[Replacement], *, is_safe: bool = False) -> Fix | None:
    """Return the fix that the replacements in one file come to; None where a fact has none."""
    edits = []
    for item in replacements:
        copied = Location(path, item.copied) if item.copied is not None else None
        edits.append(Edit(Location(path, item.span), item.text, item.line, copied))
    return Fix(title, tuple(edits), is_safe) if edits else None


@cache
def known_rules() -> Mapping[str, Rule]:
    """Every rule by id, in the order of ids."""
    found = {}
    for folder in _FOLDERS:
        package = import_module(f"{rules.__name__}.{folder}")
        for module in iter_modules(package.__path__):
            loaded = import_module(f"{package.__name__}.{module.name}")
            if hasattr(loaded, "RULE"):
                found[loaded.RULE.id] = loaded.RULE
    return dict(sorted(found.items()))


def find_rule(id: str) -> Rule:
    """Return a rule by its id; an unknown id raises `ArchitraveError` with the nearest known one."""
    known = known_rules()
    if id not in known:
        like = nearest(id, known)
        raise ArchitraveError(f"There is no rule `{id}`; " + (f"the nearest is `{like}`." if like else "`architrave rules` lists them."))
    return known[id]


__all__ = ["Model", "Option", "Rule", "find_rule", "fix", "known_rules", "rule"]
