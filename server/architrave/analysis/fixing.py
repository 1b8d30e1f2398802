"""Fixes of findings put into files, as far as they get on with one another and the result stands up to a new analysis.

A fix is taken whole or not at all. One is refused when it touches what another has changed, when a file would parse worse than
before, or when a finding comes up that was not there; what overlaps has its turn in the next round. So has what makes a file where another
has just made one: a migration is numbered after those that there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from posixpath import dirname
from typing import NamedTuple

from architrave.analysis.baseline import Entry, entry_of
from architrave.analysis.edits import apply, plain
from architrave.analysis.workspace import Workspace
from architrave.findings import Edit, Finding
from architrave.language import CodeLanguage, language_for
from architrave.syntax import ParsingTooLong

_ROUNDS = 5  # That one finding may be mended in; it may have several places.


@dataclass(frozen=True)
class Fixed:
    """The new texts by path, the findings that were mended, and those whose fix was refused, with the reason."""

    texts: Mapping[str, bytes]
    mended: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


class _Taken(NamedTuple):
    finding: Finding
    edits: tuple[Edit, ...]


def fixed(workspace: Workspace, read: Callable[[str], bytes | None], wanted: Callable[[Finding], bool]) -> Fixed:
    """Return what the fixes of the `wanted` findings make of the files. `read` gives a file's text, None where there is none.

    The workspace then holds the new texts.
    """
    originals: dict[str, bytes | None] = {}
    texts: dict[str, bytes] = {}
    mended: list[Finding] = []
    refused: dict[Entry, tuple[Finding, str]] = {}

    def text(path: str) -> bytes:
        if path not in texts:
            originals.setdefault(path, read(path))
            return originals[path] or b""
        return texts[path]

    def is_new(path: str) -> bool:
        return not text(path) and path not in texts and originals[path] is None

    rounds: Counter[Entry] = Counter()
    while True:
        findings = workspace.snapshot().findings
        candidates = [
            item
            for item in findings
            if item.fix is not None and wanted(item) and entry_of(item) not in refused and rounds[entry_of(item)] < _ROUNDS
        ]
        taken, waiting = _taken(candidates, text, is_new, refused)
        if not taken:
            break
        rounds.update({entry_of(item.finding) for item in taken})
        while taken:
            new = _applied(taken, text)
            before = {path: text(path) for path in new}
            for path, content in new.items():
                workspace.put(path, content)
            worse = _new(findings, workspace.snapshot().findings)
            if not worse:
                texts.update(new)
                mended.extend(item.finding for item in taken)
                break
            for path, content in before.items():  # Back, and without the fixes that touch the files where something came up.
                if originals.get(path) is None and path not in texts:
                    workspace.remove([path])
                else:
                    workspace.put(path, content)
            bad = {item.location.path for item in worse}
            guilty = [item for item in taken if bad & {edit.location.path for edit in item.edits}] or taken
            for item in guilty:
                refused[entry_of(item.finding)] = (item.finding, f"then there would be: {worse[0].message}")
            taken = [item for item in taken if item not in guilty]
        if not waiting and not taken:
            break
    return Fixed(
        {path: content for path, content in texts.items() if content != originals.get(path)}, tuple(mended), tuple(refused.values())
    )


def _taken(
    candidates: Iterable[Finding],
    text: Callable[[str], bytes],
    is_new: Callable[[str], bool],
    refused: dict[Entry, tuple[Finding, str]],
) -> tuple[list[_Taken], list[Finding]]:
    """Choose the fixes that do not overlap and leave every file as parseable as it was; the others of the first kind wait."""
    taken: list[_Taken] = []
    waiting: list[Finding] = []
    touched: dict[str, list[tuple[int, int, bytes]]] = {}
    grown: set[str] = set()  # Folders that get a file.
    for finding in candidates:
        assert finding.fix is not None
        changes = [(edit.location.path, plain(text(edit.location.path), edit)) for edit in finding.fix.edits]
        new = [(path, change) for path, change in changes if change not in touched.get(path, ())]
        growing = {dirname(path) for path, _ in new if is_new(path)}
        if growing & grown or any(_overlaps(change, other) for path, change in new for other in touched.get(path, ())):
            waiting.append(finding)
            continue
        edits = tuple(edit for edit, (path, change) in zip(finding.fix.edits, changes, strict=True) if change not in touched.get(path, ()))
        try:
            after = apply({path: text(path) for path, _ in changes}, edits)
        except ValueError:
            refused[entry_of(finding)] = (finding, "its edits overlap")
            continue
        broken = next((path for path, content in after.items() if errors(path, content) > errors(path, text(path))), None)
        if broken is not None:
            refused[entry_of(finding)] = (finding, f"`{broken}` would no longer parse")
            continue
        grown |= growing
        for path, change in new:
            touched.setdefault(path, []).append(change)
        taken.append(_Taken(finding, edits))
    return taken, waiting


def _applied(taken: Iterable[_Taken], text: Callable[[str], bytes]) -> dict[str, bytes]:
    edits = [edit for item in taken for edit in item.edits]
    return apply({edit.location.path: text(edit.location.path) for edit in edits}, edits)


def _overlaps(one: tuple[int, int, bytes], other: tuple[int, int, bytes]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[0] == other[0]


def _new(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    left = Counter(map(entry_of, before))
    found = []
    for finding in after:
        left[entry_of(finding)] -= 1
        if left[entry_of(finding)] < 0:
            found.append(finding)
    return found


def errors(path: str, text: bytes) -> int:
    """Return how many nodes of a file's tree are errors, all its bytes where it has no tree; 0 for files that are no code."""
    language = language_for(path)
    if not isinstance(language, CodeLanguage):
        return 0
    try:
        root = language.grammar(path).parse(text).root_node
    except ParsingTooLong:
        return len(text)
    if not root.has_error:
        return 0
    count = 0
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            count += 1
        if node.has_error:
            stack.extend(node.children)
    return count
