"""`architrave design`: from a sentence and what the workspace has to a design, with its files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from architrave.cli.asking import add_agent_options, add_output, ask, state_of
from architrave.cli.offering import answered, offered
from architrave.errors import ArchitraveError

HELP = "design something new for this system: document, API, schema, decisions"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("brief", metavar="BRIEF", help='such as "a social feed for millions of users"')
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="the workspace (default: the current folder)")
    parser.add_argument("--scaffold", action="store_true", help="propose the design, and code to begin with, as files of the workspace")
    parser.add_argument("--yes", action="store_true", help="with --scaffold, write the files without asking")
    add_output(parser, "write the design to this folder", "FOLDER")
    add_agent_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.agents import Answer, Design, Proposal
    from architrave.analysis.cache import user_cache_folder

    state, _ = state_of(Path(arguments.path))
    outcome = ask(Design(arguments.brief, arguments.scaffold), state, arguments)
    if isinstance(outcome, Proposal):
        return offered(outcome, state.root, is_agreed=arguments.yes)
    if not (isinstance(outcome, Answer) and outcome.files):
        return answered(outcome, arguments)
    if arguments.output:
        _write(Path(arguments.output), outcome.files)
        return 0
    code = answered(outcome, arguments)
    _write(user_cache_folder() / "designs" / f"{datetime.now():%Y-%m-%d-%H%M%S}", outcome.files)  # It has cost something.
    return code


def _write(folder: Path, files: Mapping[str, str]) -> None:
    from architrave.cli.fix import write

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchitraveError(f"`{folder}` cannot be made: {error.strerror}") from None
    for path, text in files.items():
        write(folder, path, text.encode())
        print(folder / path, file=sys.stderr)
