"""`architrave agents`: who the agents are, what they may do, and whether anything may be sent."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from architrave.cli.asking import agents, state_of
from architrave.cli.terminal import consent_lines
from architrave.errors import ArchitraveError

if TYPE_CHECKING:
    from architrave.analysis.agents import Card

HELP = "list the agents with what is granted, and agree to what is sent"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="the workspace (default: the current folder)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--allow", action="store_true", help="agree that files of this workspace are sent to the model's host")
    group.add_argument("--forbid", action="store_true", help="withdraw that")


def run(arguments: argparse.Namespace) -> int:
    from rich.text import Text

    from architrave.cli.reports.text import console_for

    installed = agents()
    if not Path(arguments.path).is_dir():
        raise ArchitraveError(f"`{arguments.path}` is no folder.")
    state, _ = state_of(Path(arguments.path))
    console = console_for(sys.stdout)
    if arguments.allow or arguments.forbid:
        installed.set_consent(state.root, {}, is_given=arguments.allow)
        request = installed.consent_request(state, {})
        lines = consent_lines(request) if arguments.allow else [f"Nothing of {request.root} is sent to {request.host} any more."]
        for line in lines:
            console.print(line, soft_wrap=True)
        return 0
    for card in installed.cards(state.root, {}):
        first, *others = _lines(card) or [""]
        console.print(Text.assemble((card.name, "bold"), "  ", first), soft_wrap=True)
        for line in others:
            style = "yellow" if line in card.problems else "dim"
            console.print(Text(f"    {line}", style=style), soft_wrap=True)
        console.print()
    status = installed.status(state.root, {})
    console.print(f"{status.model} at {status.host}; today ${status.spent:.2f} of ${status.allowed:.2f}", soft_wrap=True)
    if status.why_not:
        console.print(Text(status.why_not, style="yellow"), soft_wrap=True)
    for problem in status.problems:
        console.print(Text(problem, style="yellow"), soft_wrap=True)
    return 0


def _lines(card: Card) -> list[str]:
    first = card.description.split("\n")[0].partition("Examples:")[0].strip()
    lines = [first, f"model {card.model} · from {card.source}", f"may use {', '.join(card.tools)}"]
    for why in dict.fromkeys(card.refused.values()):
        lines.append(f"not granted: {', '.join(name for name, reason in card.refused.items() if reason == why)}, for {why}")
    return [line for line in lines if line] + list(card.problems)
