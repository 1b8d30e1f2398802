"""Findings of one cause as one: at the worst of its places, the others related, mended together.

A rule says by `Finding.cause` what is one decision wherever it stands, such as an action that every workflow takes from a branch. What is
found alike in the copies of a file that a project keeps one a database engine, `store/mysql/orders.go` and `store/sqlite/orders.go`, is
one cause for every rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from msgspec.structs import replace

from architrave.findings import ALSO_HERE, SEVERITIES, Edit, Finding, Fix, Related, Severity
from architrave.regexes import regex

_ENGINE = regex(r"postgres(?:ql)?|(?<![a-z])pg(?![a-z])|mysql|mariadb|sqlite3?|cockroach(?:db)?|mssql|sqlserver|oracle", re.IGNORECASE)


def one_of_each(findings: Iterable[Finding], default: Severity) -> tuple[Finding, ...]:
    """Return the findings of a rule with those of one cause made one; `default` is how severe those are that do not say so."""
    groups: dict[object, list[Finding]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key: object = finding.cause or id(finding)
        copied = "" if finding.cause else _without_engine(finding.location.path)
        if copied:  # The second of its kind in one copy is another than the first.
            seen[finding.location.path, finding.message] += 1
            key = (copied, finding.message, seen[finding.location.path, finding.message])
        groups.setdefault(key, []).append(finding)
    return tuple(found[0] if len(found) == 1 else _as_one(found, default) for found in groups.values())


@lru_cache(maxsize=4096)
def _without_engine(path: str) -> str:
    """Return a path without the names of engines in it; "" for one that has none."""
    without = _ENGINE.sub("", path)
    return without if without != path else ""


def _as_one(findings: list[Finding], default: Severity) -> Finding:
    first, *others = sorted(findings, key=lambda item: (SEVERITIES.index(item.severity or default), item.location.path))
    places = dict.fromkeys(item.location for item in others if item.location != first.location)
    return replace(
        first,
        related=(*first.related, *(Related(place, ALSO_HERE) for place in places)),
        fix=_of_all([first, *others]),
    )


def _of_all(findings: Iterable[Finding]) -> Fix | None:
    """Return the fix that mends all places, each in the way of its own; None where one of them has none."""
    edits: dict[Edit, None] = {}
    fixes = [item.fix for item in findings]
    for fix in fixes:
        if fix is None:
            return None
        edits.update(dict.fromkeys(fix.edits))
    return replace(fixes[0], edits=tuple(edits), is_safe=all(fix is not None and fix.is_safe for fix in fixes)) if fixes[0] else None
