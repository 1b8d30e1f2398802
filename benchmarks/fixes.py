"""What the fixes of a folder's findings do, each put in alone and the workspace judged again. Nothing is written to the folder."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Table

if TYPE_CHECKING:
    from architrave.analysis.workspace import Workspace
    from architrave.findings import Finding

_COLUMNS = ("rule", "found", "have a fix", "applied cleanly", "still found", "parse worse", "bring others")


@dataclass(slots=True)
class _Counts:
    found: int = 0
    fixable: int = 0
    clean: int = 0
    still: int = 0
    worse: int = 0
    new: int = 0
    bad: list[str] = field(default_factory=list)


def fixes_table(folders: Iterable[Path]) -> Table:
    """Return how many fixes can be applied, and how many leave their finding, break a file or bring a finding, by rule."""
    by_rule: dict[str, _Counts] = defaultdict(_Counts)
    for folder in folders:
        _try_all(folder, by_rule)
    rows = [_row(rule, counts) for rule, counts in sorted(by_rule.items())]
    total = _Counts()
    for counts in by_rule.values():
        for name in ("found", "fixable", "clean", "still", "worse", "new"):
            setattr(total, name, getattr(total, name) + getattr(counts, name))
    shares = (f"{_share(total.clean, total.fixable)} of the fixes are applied cleanly", f"{_share(total.still, total.fixable)} stay found")
    bad = tuple(line for counts in by_rule.values() for line in counts.bad)
    return Table("Fixes, each alone", _COLUMNS, (*rows, _row("all", total)), ("; ".join(shares) + ".", *bad))


def _row(rule: str, counts: _Counts) -> tuple[str, ...]:
    return (rule, *map(str, (counts.found, counts.fixable, counts.clean, counts.still, counts.worse, counts.new)))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _try_all(folder: Path, by_rule: Mapping[str, _Counts]) -> None:
    from architrave.analysis.check import Order, loaded
    from architrave.analysis.settings import Settings

    workspace, root = loaded(Order(folder, Settings(), jobs=1))
    for finding in workspace.snapshot().findings:
        counts = by_rule[finding.rule]
        counts.found += 1
        if finding.fix is not None:
            counts.fixable += 1
            _try(workspace, root, finding, counts, folder.name)


def _try(workspace: "Workspace", root: Path, finding: "Finding", counts: _Counts, name: str) -> None:
    """Put one fix in, look at what it has done, and take it out again."""
    from architrave.analysis.baseline import entry_of
    from architrave.analysis.comparing import compare
    from architrave.analysis.edits import apply

    assert finding.fix is not None
    paths = {edit.location.path for edit in finding.fix.edits}
    old = {path: (root / path).read_bytes() if (root / path).is_file() else None for path in paths}
    before = workspace.snapshot()
    place = f"`{finding.rule}` {name}/{finding.location.path}: {finding.message}"
    try:
        new = apply({path: text or b"" for path, text in old.items()}, finding.fix.edits)
    except ValueError as error:
        counts.bad.append(f"{place}: {error}")
        return
    for path, text in new.items():
        workspace.put(path, text)
    difference = compare(before, workspace.snapshot(), old, new)
    is_gone = entry_of(finding) in map(entry_of, difference.gone)
    counts.still += not is_gone
    counts.worse += bool(difference.worse)
    counts.new += bool(difference.new)
    counts.clean += is_gone and not difference.worse and not difference.new
    if not is_gone:
        counts.bad.append(f"{place}: still found")
    if difference.worse:
        counts.bad.append(f"{place}: {', '.join(difference.worse)} parses worse")
    if difference.new:
        counts.bad.append(f"{place}: brings {difference.new[0].rule}: {difference.new[0].message}")
    for path, was in old.items():
        if was is None:
            workspace.remove([path])
        else:
            workspace.put(path, was)
