"""How often the rules are right on real code: findings in checkouts of public repositories against verdicts of people who read the code.

`labels.tsv` has a line for each finding that was read: repository, commit, path, line, rule, verdict (`right` or `wrong`) and the reason in
a few words. It holds no code. `python -m benchmarks precision FOLDER` fetches nothing: `FOLDER` has a checkout of each repository, named
like it (`redash` for `getredash/redash`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from architrave.findings import ALSO_HERE
from benchmarks.table import Table

LABELS = Path(__file__).with_name("labels.tsv")
VERDICTS = ("right", "wrong")
WANTED = {"warning": 0.9, "information": 0.8}  # The share of findings that should be right.
_COLUMNS = ("rule", "severity", "found", "right", "wrong", "not labelled", "precision", "wanted")


class Label(NamedTuple):
    """The verdict on one finding."""

    repository: str  # owner/name
    commit: str
    path: str
    line: int
    rule: str
    verdict: str
    reason: str

    @property
    def key(self) -> tuple[str, str, int, str]:
        return self.repository, self.path, self.line, self.rule


class Found(NamedTuple):
    """A finding in a checkout, with all places of its cause, the first its own. A label of any of them is one of it."""

    places: tuple[tuple[str, int], ...]  # path, line
    rule: str
    severity: str


def read_labels(path: Path = LABELS) -> list[Label]:
    """Return the labels of a file; a line that is none raises `ValueError` and is named."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != len(Label._fields) or not fields[3].isdigit() or fields[5] not in VERDICTS or not fields[6]:
            raise ValueError(f"{path.name}:{number}: not repository, commit, path, line, rule, {' or '.join(VERDICTS)}, reason: {line!r}")
        repository, commit, file, at, rule, verdict, reason = fields
        found.append(Label(repository, commit, file, int(at), rule, verdict, reason))
    return found


def precision_table(folder: Path, labels: list[Label]) -> Table:
    """Return a row for each rule that found something, and below what is not labelled and which labels no finding answers to."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    notes: list[str] = []
    failures: list[str] = []
    for repository, own in _by_repository(labels).items():
        checkout = folder / repository.partition("/")[2]
        if not checkout.is_dir():
            failures.append(f"{repository}: no checkout `{checkout}`")
            continue
        here = _commit(checkout)
        labelled = {label.commit for label in own.values()}
        if here not in labelled:
            failures.append(f"{repository}: `{checkout}` is at {here or 'no commit'}, the labels are of {', '.join(sorted(labelled))}")
            continue
        left = dict(own)
        for item in checked(checkout):
            keys = [(repository, path, line, item.rule) for path, line in item.places]
            for key in keys:
                left.pop(key, None)
            label = next((own[key] for key in keys if key in own), None)
            counts[item.rule, item.severity][label.verdict if label is not None else "open"] += 1
            if label is None:
                path, line = item.places[0]
                notes.append(f"not labelled: {repository} {path}:{line} {item.rule}")
        notes += (f"not found any more: {repository} {label.path}:{label.line} {label.rule} ({label.verdict})" for label in left.values())
    rows = tuple(_row(rule, severity, counted) for (rule, severity), counted in sorted(counts.items()))
    title = f"precision on {len(_by_repository(labels)) - len(failures)} repositories"
    return Table(title, _COLUMNS, rows, tuple(notes), tuple(failures))


def _row(rule: str, severity: str, counted: Counter[str]) -> tuple[str, ...]:
    read = counted["right"] + counted["wrong"]
    wanted = WANTED.get(severity)
    return (
        rule,
        severity,
        str(counted.total()),
        str(counted["right"]),
        str(counted["wrong"]),
        str(counted["open"]),
        f"{counted['right'] / read:.0%}" if read else "-",
        f"{wanted:.0%}" if wanted is not None else "-",
    )


def checked(checkout: Path) -> Iterator[Found]:
    """Yield the findings of a checkout, by the settings that come with Architrave."""
    command = [sys.executable, "-m", "architrave", "check", "--isolated", "--no-cache", "--exit-zero", "--format", "json", "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    for item in json.loads(done.stdout)["findings"]:
        others = (other for other in item["related"] if other["message"] == ALSO_HERE)
        yield Found(tuple((place["path"], place["start"]["line"]) for place in (item, *others)), item["rule"], item["severity"])


def _by_repository(labels: list[Label]) -> Mapping[str, dict[tuple[str, str, int, str], Label]]:
    found: dict[str, dict[tuple[str, str, int, str], Label]] = defaultdict(dict)
    for label in labels:
        found[label.repository][label.key] = label
    return found


def _commit(checkout: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=False)
    return done.stdout.strip()
