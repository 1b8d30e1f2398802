"""What the commands of the agents share: their options, the state that they are asked about, and a run that is waited for."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from architrave.cli.terminal import Terminal
from architrave.errors import ArchitraveError

if TYPE_CHECKING:
    from architrave.analysis.agents import Agents, Job, Outcome, Task
    from architrave.analysis.frozen import Frozen


def add_agent_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that asks an agent."""
    parser.add_argument("--agent", metavar="NAME", default="", help="the agent to ask; `architrave agents` lists them")
    parser.add_argument("--model", metavar="NAME", default="", help="the model to ask: sonnet, opus, haiku, or a full name")
    parser.add_argument("--offline", action="store_true", help="send nothing; say what can be said without a model")


def add_output(parser: argparse.ArgumentParser, what: str = "write it to a file", metavar: str = "FILE") -> None:
    parser.add_argument("--output", metavar=metavar, help=what)


def agents() -> Agents:
    from architrave.analysis.agents import installed

    found = installed()
    if found is None:
        raise ArchitraveError("The agents are not installed; everything else works without them.")
    return found


def state_of(path: Path) -> tuple[Frozen, str]:
    """Return the project that a path lies in, as it is on disk, and the path below it ("" for the whole)."""
    from architrave.analysis.check import Order, loaded
    from architrave.analysis.frozen import Frozen
    from architrave.analysis.settings import load
    from architrave.cli.progress import shown_progress

    if not path.exists():
        raise ArchitraveError(f"There is no file or folder `{path}`.")
    root = _root_of(path)
    within = path.resolve().relative_to(root.resolve()).as_posix()
    settings = load(root).checked()
    with shown_progress() as progress:
        workspace, absolute = loaded(replace(Order(root, settings, baseline=settings.baseline(root)), progress=progress))
    return Frozen(absolute, absolute.name, workspace.fork(), {}), "" if within == "." else within


def _root_of(path: Path) -> Path:
    """Return the folder of the project that a path lies in: of its configuration or repository, else the current one, else its own."""
    from architrave.analysis.project import find
    from architrave.cli.targets import project_of

    if path.is_dir():
        config = find(path)
        return config.parent if config is not None else path
    root = project_of(path)
    here = Path.cwd()
    is_alone = root == path.resolve().parent and find(root) is None and not (root / ".git").exists()
    return here if is_alone and root.is_relative_to(here) else root


def ask(task: Task, state: Frozen, arguments: argparse.Namespace) -> Outcome:
    """Have an agent do a task, telling the terminal what goes on; Ctrl-C stops it. What is streamed is what `shown` need not show."""
    from architrave.analysis.agents import Job

    job: Job = Job(task, state, {}, arguments.agent, arguments.model, arguments.offline)
    with Terminal(is_streaming=not getattr(arguments, "output", None)) as person:
        run = agents().start(job, person)
        try:
            outcome = run.future.result()
        except KeyboardInterrupt:
            run.stop()
            outcome = run.future.result()
    arguments.streamed = person.streamed
    return outcome
