"""`architrave refactor`: have an agent remove what is found on a line, and apply what has passed its checks."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from architrave.cli.asking import add_agent_options, ask, state_of
from architrave.cli.offering import exit_code, offered
from architrave.cli.terminal import show
from architrave.errors import ArchitraveError

if TYPE_CHECKING:
    from architrave.analysis.agents import Task
    from architrave.analysis.frozen import Frozen

HELP = "have an agent remove a finding, checked before it is offered"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="PATH[:LINE]", help="the line of a finding, such as app/main.py:12; with --rule, a file or folder")
    parser.add_argument(
        "--rule", metavar="ID", default="", help="the rule, where a line has several findings; without a line, all of its findings"
    )
    parser.add_argument("--diff", action="store_true", help="show what would change, and change nothing")
    parser.add_argument("--yes", action="store_true", help="apply what has passed its checks without asking")
    add_agent_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.agents import FixAll, Proposal

    match = re.fullmatch(r"(.+?):(\d+)(?::\d+)?", arguments.place)
    path = Path(match[1] if match is not None else arguments.place)
    if match is None and not arguments.rule:
        raise ArchitraveError(f"Which finding of `{path}`? Write `{path}:LINE`, or `--rule ID` for all of a kind.")
    state, within = state_of(path)
    task: Task = FixAll(within, arguments.rule) if match is None else _on_line(state, within, int(match[2]), arguments.rule)
    outcome = ask(task, state, arguments)
    if isinstance(outcome, Proposal):
        return offered(outcome, state.root, is_agreed=arguments.yes, is_only_shown=arguments.diff)
    show(outcome.text)
    return exit_code(outcome)


def _on_line(state: Frozen, path: str, line: int, rule: str) -> Task:
    """Return the task to remove what is found on a line."""
    from architrave.analysis.agents import Refactor
    from architrave.cli.sources import Sources

    sources = Sources(state.root)
    found = []
    for finding in state.before.findings:
        if finding.location.path == path and rule in ("", finding.rule):
            place = sources.place(finding.location)
            if place.line <= line <= place.end_line:
                found.append(finding)
    if not found:
        raise ArchitraveError(f"Nothing is found on line {line} of {path}" + (f" by `{rule}`." if rule else "."))
    if len({finding.rule for finding in found}) > 1:
        raise ArchitraveError(f"Several things are found there; choose with `--rule`: {', '.join(finding.rule for finding in found)}.")
    return Refactor(path, found[0].rule, found[0].subject)
