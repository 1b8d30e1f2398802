"""`architrave review`: what an architect says of a folder, a file, or what has changed since a revision."""

from __future__ import annotations

import argparse
from pathlib import Path

from architrave.cli.asking import add_agent_options, add_output, ask, state_of
from architrave.cli.offering import answered

HELP = "review a folder, a file, or what has changed since a revision of git"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="a file or folder (default: the current folder)")
    parser.add_argument("--base", metavar="REVISION", default="", help="review what has changed since this revision, such as main")
    add_output(parser)
    add_agent_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.agents import Review

    state, within = state_of(Path(arguments.path))
    return answered(ask(Review(within, arguments.base), state, arguments), arguments)
