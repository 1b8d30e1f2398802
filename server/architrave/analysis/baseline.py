"""Known findings, by what they are and not where: rule, path and subject, and how many there are.

An entry hides as many findings as it counts, so one more of the same is shown. It survives code that moves within its file, and a
file that moves as long as no other finding of this rule and subject is new. Entries without a finding are stale and go when the
baseline is written again, which never adds one by itself.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from architrave.errors import ArchitraveError
from architrave.findings import Finding

VERSION = 1


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
        if not self.entries:
            return list(findings), []
        left = Counter(self.entries)
        new: list[Finding] = []
        known: list[Finding] = []
        for finding in findings:
            entry = entry_of(finding)
            if left[entry] > 0:
                left[entry] -= 1
                known.append(finding)
            else:
                new.append(finding)
        return self._moved(new, known, +left)

    @staticmethod
    def _moved(new: list[Finding], known: list[Finding], left: Counter[Entry]) -> tuple[list[Finding], list[Finding]]:
        """Take a new finding for a known one whose file has gone by another name, when it is the only one that it may be."""
        by_kind: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in new:
            by_kind[finding.rule, _without_path(finding.subject, finding.location.path)].append(finding)
        stale: dict[tuple[str, str], int] = Counter()
        for entry, count in left.items():
            stale[entry.rule, _without_path(entry.subject, entry.path)] += count
        moved = {id(finding) for kind, found in by_kind.items() if len(found) == stale.get(kind, 0) for finding in found}
        return [item for item in new if id(item) not in moved], known + [item for item in new if id(item) in moved]

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
