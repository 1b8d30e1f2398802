"""Known findings, by what they are and not where: rule, path and subject, and how many there are.

An entry hides as many findings as it counts, so one more of the same is shown. It survives code that moves within its file, and a
file that moves as long as no other finding of this rule and subject is new. Entries without a finding are stale and go when the
baseline is written again, which never adds one by itself.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from architrave.errors import ArchitraveError
from architrave.findings import Finding

VERSION = 1
_NONE: Mapping[Any, int] = {}


class Entry(NamedTuple):
    """What a finding is."""

    rule: str
    path: str
    subject: str


def entry_of(finding: Finding) -> Entry:
    return Entry(finding.rule, finding.location.path, finding.subject)


@dataclass(frozen=True)
class Baseline:
    """How many findings are known of each kind. Immutable."""

    entries: Mapping[Entry, int] = field(default_factory=dict)

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
        """Return the findings that are new, and those that are known."""
        by_path: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            by_path[finding.location.path].append(finding)
        new: list[Finding] = []
        known: list[Finding] = []
        left = dict(self.entries_outside(by_path))
        for path, items in by_path.items():
            fresh, old, rest = self.in_file(path, items)
            new += fresh
            known += old
            left.update(rest)
        moved = self.moved(new, left)
        return [item for item in new if id(item) not in moved], known + [item for item in new if id(item) in moved]

    def in_file(self, path: str, findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding], Mapping[Entry, int]]:
        """Return the findings of one file that are new, those that are known, and the entries for it that are left."""
        left = Counter(self._by_path.get(path, _NONE))
        if not left:
            return list(findings), [], left
        new: list[Finding] = []
        known: list[Finding] = []
        for finding in findings:
            entry = entry_of(finding)
            if left[entry] > 0:
                left[entry] -= 1
                known.append(finding)
            else:
                new.append(finding)
        return new, known, +left

    def entries_outside(self, paths: Container[str]) -> Mapping[Entry, int]:
        """Return the entries for other files than these."""
        return {entry: count for path, entries in self._by_path.items() if path not in paths for entry, count in entries.items()}

    @cached_property
    def _by_path(self) -> Mapping[str, Mapping[Entry, int]]:
        found: dict[str, dict[Entry, int]] = defaultdict(dict)
        for entry, count in self.entries.items():
            found[entry.path][entry] = count
        return found

    @staticmethod
    def moved(new: Iterable[Finding], left: Mapping[Entry, int]) -> set[int]:
        """Return, by their identity, the new findings that are known of a file by another name: the only ones that may be the same."""
        if not left:
            return set()
        by_kind: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in new:
            by_kind[finding.rule, _without_path(finding.subject, finding.location.path)].append(finding)
        stale: dict[tuple[str, str], int] = Counter()
        for entry, count in left.items():
            stale[entry.rule, _without_path(entry.subject, entry.path)] += count
        return {id(finding) for kind, found in by_kind.items() if len(found) == stale.get(kind, 0) for finding in found}

    def stale(self, findings: Iterable[Finding]) -> dict[Entry, int]:
        """Return the entries, or as much of their counts, that none of all findings answers to any more."""
        left = Counter(self.entries)
        left.subtract(entry_of(finding) for finding in findings)
        return {entry: count for entry, count in sorted(left.items()) if count > 0 and entry in self.entries}


def _without_path(subject: str, path: str) -> str:
    return subject.replace(path, "{}")


def of(findings: Iterable[Finding]) -> Baseline:
    """Return the baseline that knows just these findings."""
    return Baseline(dict(sorted(Counter(map(entry_of, findings)).items())))


def written(baseline: Baseline) -> str:
    """Return a baseline as JSON, one entry a line, so that a merge of two touches only what differs."""
    rows = [
        json.dumps({"rule": entry.rule, "path": entry.path, "subject": entry.subject, "count": count}, ensure_ascii=False)
        for entry, count in sorted(baseline.entries.items())
    ]
    body = "".join(f"\n    {row}," for row in rows)[:-1]
    return f'{{\n  "version": {VERSION},\n  "findings": [{body}{chr(10) + "  " if rows else ""}]\n}}\n'


def read(text: str, name: str) -> Baseline:
    """Return the baseline of a JSON text; anything else raises `ArchitraveError`."""
    try:
        document: Any = json.loads(text)
        if document["version"] != VERSION:
            raise ArchitraveError(f"{name}: version {document['version']} is not known; write it again with `architrave baseline`.")
        entries = {Entry(str(row["rule"]), str(row["path"]), str(row["subject"])): int(row.get("count", 1)) for row in document["findings"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArchitraveError(f"{name}: this is no baseline ({error}); write it again with `architrave baseline`.") from None
    return Baseline(entries)


def shrunk(old: Baseline, findings: Iterable[Finding]) -> tuple[Baseline, int]:
    """Return a baseline without what is no longer found, and how many findings it does not know; it never grows."""
    new, known = old.split(findings)
    return of(known), sum(1 for finding in new if not finding.rule.startswith("suppression-"))
