"""Code actions that ask the agents: about a finding, about the file, about what is selected. None where no agents are installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from architrave.lsp import commands

if TYPE_CHECKING:
    from architrave.analysis.snapshot import Snapshot
    from architrave.findings import Finding
    from architrave.lsp.folder import Folder

KIND = "source.architrave"
_QUICK_FIX = "quickfix"
_LONGEST_SHOWN = 40  # Characters of what is selected.
_SELECTED = (8, 4000)  # Characters that are a question or a wish, and not a name or a file.


def for_finding(
    folder: Folder, uri: str, finding: Finding, shown: dict[str, Any], snapshot: Snapshot, path: str
) -> Iterator[dict[str, Any]]:
    """Yield what the agents can do about a finding."""
    if not _has_agents(folder):
        return
    argument = {"uri": uri, "rule": finding.rule, "subject": finding.subject}
    yield _action(f"Have the architect remove this finding of `{finding.rule}`", _QUICK_FIX, commands.REFACTOR, argument, shown)
    count = sum(item.rule == finding.rule for item in snapshot.by_path.get(path, ()))
    if count > 1:
        title = f"Have the architect remove all {count} findings of `{finding.rule}` in this file"
        yield _action(title, _QUICK_FIX, commands.FIX_ALL, {"uri": uri, "rule": finding.rule}, shown)


def explanation(folder: Folder, uri: str, finding: Finding) -> list[Any]:
    """Return what the command that explains a finding is given: the finding itself, where there is somebody to explain it."""
    return [{"uri": uri, "rule": finding.rule, "subject": finding.subject}] if _has_agents(folder) else [finding.rule]


def for_place(folder: Folder, uri: str, selected: str, place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the agents can do about a file, and with what is selected in it."""
    if not _has_agents(folder):
        return
    text = " ".join(selected.split())
    if _SELECTED[0] <= len(text) <= _SELECTED[1] and " " in text:
        short = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
        yield _action(f"Ask the architect: {short}", KIND, commands.ASK, {"question": text, "uri": uri, "range": place})
        yield _action(f"Have the architect design: {short}", KIND, commands.DESIGN, {"brief": text, "uri": uri})
    yield _action("Have the architect review this file", KIND, commands.REVIEW, {"uri": uri})


def _action(title: str, kind: str, command: str, argument: dict[str, Any], shown: dict[str, Any] | None = None) -> dict[str, Any]:
    action: dict[str, Any] = {"title": title, "kind": kind, "command": {"title": title, "command": command, "arguments": [argument]}}
    return action if shown is None else {**action, "diagnostics": [shown]}


def _has_agents(folder: Folder) -> bool:
    from architrave.analysis.agents import are_installed

    return folder.root is not None and are_installed()
