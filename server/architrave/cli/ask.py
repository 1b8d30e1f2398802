"""`architrave ask`: a question about this architecture, answered from its facts."""

from __future__ import annotations

import argparse
from pathlib import Path

from architrave.cli.asking import add_agent_options, add_output, ask, state_of
from architrave.cli.offering import answered

HELP = "ask a question about this architecture"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", metavar="QUESTION", help='such as "our database is becoming a bottleneck"')
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="what it is about (default: the current folder)")
    add_output(parser)
    add_agent_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.agents import Ask

    state, within = state_of(Path(arguments.path))
    return answered(ask(Ask(arguments.question, within), state, arguments), arguments)
