"""What the commands of the agents share: the state that they are asked about, a person at a terminal, and what is shown of an outcome."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from architrave.errors import ArchitraveError

if TYPE_CHECKING:
    from rich.console import Console

    from architrave.analysis.agents import Agents, Card, ConsentRequest, Job, Outcome, Proposal, StreamKind, Task
    from architrave.analysis.frozen import Frozen

_WIDEST = 110
_SHOWN_FILES = 200


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


def answered(outcome: Outcome, arguments: argparse.Namespace) -> int:
    """Show an outcome, or write it to the file that was named, and return the exit code."""
    from architrave.analysis.agents import Answer

    if isinstance(outcome, Answer) and arguments.output:
        try:
            Path(arguments.output).write_text(outcome.text, encoding="utf-8")
        except OSError as error:
            raise ArchitraveError(f"`{arguments.output}` cannot be written: {error.strerror}") from None
        print(arguments.output, file=sys.stderr)
        return 0
    text = outcome.text
    streamed = getattr(arguments, "streamed", "")
    show(text.removeprefix(streamed) if streamed and text.startswith(streamed) else text)
    return exit_code(outcome)


def offered(proposal: Proposal, root: Path, *, is_agreed: bool, is_only_shown: bool = False) -> int:
    """Show a proposal, and write it if a person agrees."""
    show(proposal.text)
    if is_only_shown:
        return 0
    files = f"{len(proposal.texts)} {'file' if len(proposal.texts) == 1 else 'files'}"
    if not is_agreed and not confirmed(f"Write {files}?"):
        print("Nothing was written." + ("" if sys.stdin.isatty() else " `--yes` writes it."), file=sys.stderr)
        return 1
    apply(root, proposal.texts, proposal.base)
    print(f"{files} written.", file=sys.stderr)
    return 0


class Terminal:
    """A person at a terminal: told on standard error what goes on, asked there for consent. Where there is none, nobody agrees."""

    def __init__(self, *, is_streaming: bool = False) -> None:
        from architrave.cli.reports.text import console_for

        self._is_person = sys.stdin.isatty() and sys.stderr.isatty()
        self._errors = console_for(sys.stderr)
        self._out = console_for(sys.stdout)
        self._status: Any = None
        self._thought = ""
        self._lock = threading.RLock()
        self._is_streaming = is_streaming and sys.stdout.isatty()
        self._named: dict[str, str] = {}  # The first path of each name.
        self._told: set[str] = set()
        self.streamed = ""  # The Markdown that is on the screen.

    def __enter__(self) -> Terminal:
        if self._is_person:
            self._status = self._errors.status("Reading", spinner="dots")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def stream(self, kind: StreamKind, text: str) -> None:
        with self._lock:
            if kind in ("text", "reset") and self._is_streaming:
                self._say(text) if kind == "text" else self._take_back()
            if not self._is_person:
                return
            if kind == "step":
                self._thought = ""
                self._errors.print(f"  · {_unescaped(text)}", style="dim", soft_wrap=True)
            elif kind == "todo":
                for line in _unescaped(text).split("\n"):
                    self._errors.print(f"    {line}", style="dim", soft_wrap=True)
            elif kind == "thought":
                self._thought = (self._thought + text)[-300:]
                self._status.update(_last_words(self._thought, self._errors.width - 6))
            elif kind == "reset" and text:
                self._errors.print(f"  ! {_unescaped(text)}; trying again", style="yellow", soft_wrap=True)

    def _say(self, text: str) -> None:
        """Print what came of an answer, block by block."""
        self.streamed += text
        if text.strip():
            with self._paused():
                show(text)

    def _take_back(self) -> None:
        self.streamed = ""
        with self._paused():
            self._out.print("(what stands above is void)", style="dim")

    @contextmanager
    def _paused(self) -> Iterator[None]:
        """Leave the screen to something else for a moment."""
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()

    def consent(self, request: ConsentRequest) -> Future[bool]:
        answer: Future[bool] = Future()
        if not self._is_person:
            print(
                f"architrave: nobody has agreed that files of {request.root} are sent to {request.host}; "
                f"`architrave agents --allow {request.root}` does.",
                file=sys.stderr,
            )
            answer.set_result(False)
        else:
            threading.Thread(target=lambda: answer.set_result(self._asked(request)), daemon=True).start()
        return answer

    def link(self, path: str, line: int) -> str:
        """Return the place; a person at a screen is told a long path once, and its name from then on."""
        from architrave.analysis.markdown import code

        name = path.rpartition("/")[2]
        is_known = self._is_streaming and self._named.setdefault(name, path) == path and path in self._told
        self._told.add(path)
        return code(f"{name if is_known else path}:{line}")

    def _asked(self, request: ConsentRequest) -> bool:
        with self._paused():
            for line in consent_lines(request):
                self._errors.print(line, soft_wrap=True)
            while True:
                said = _read("Send them when an agent needs them? [y]es, [n]o, [l]ist the files: ")
                if said.startswith("l"):
                    for path in request.files[:_SHOWN_FILES]:
                        self._errors.print(f"  {path}", soft_wrap=True)
                    if len(request.files) > _SHOWN_FILES:
                        self._errors.print(f"  and {len(request.files) - _SHOWN_FILES:,} more")
                elif said[:1] in ("y", "n", ""):
                    return said.startswith("y")


def consent_lines(request: ConsentRequest) -> list[str]:
    kept = ", ".join(f"{count} ({why})" for why, count in sorted(request.kept.items()))
    return [
        f"The agents work with {request.model} at {request.host}.",
        f"They may read, and send there, {len(request.files):,} files of {request.root}; secrets in them are taken out first.",
        f"Never sent: what is ignored by git, and {kept or 'keys and .env files'}.",
    ]


def confirmed(question: str) -> bool:
    """Ask a person; without one, the answer is no."""
    return sys.stdin.isatty() and sys.stderr.isatty() and _read(f"{question} [y/N] ").startswith("y")


def _read(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower()


def show(text: str) -> None:
    """Print Markdown: laid out on a terminal, else as it is written."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    from rich.markdown import Markdown

    from architrave.cli.reports.text import console_for

    console: Console = console_for(sys.stdout)
    console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False), width=min(_WIDEST, console.width))


def apply(root: Path, texts: Mapping[str, bytes], base: Mapping[str, bytes | None]) -> None:
    """Write the files of a proposal, if each is still as it was when the agent saw it; else raise `ArchitraveError` and write nothing."""
    from architrave.cli.fix import write

    changed = [path for path in texts if _content(root / path) != base.get(path)]
    if changed:
        raise ArchitraveError(f"Changed meanwhile: {', '.join(changed)}. Nothing was written; ask again.")
    done: list[str] = []
    try:
        for path, text in texts.items():
            write(root, path, text)
            done.append(path)
    except ArchitraveError:
        for path in done:  # All or nothing.
            old = base.get(path)
            if old is None:
                (root / path).unlink(missing_ok=True)
            else:
                write(root, path, old)
        raise


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def exit_code(outcome: Outcome) -> int:
    """Return 0 for what is done, 1 for what came to nothing, 2 for what could not run."""
    from architrave.analysis.agents import Answer, Cancelled, Failed, OverBudget, Proposal

    if isinstance(outcome, Answer | Proposal):
        return 0
    if isinstance(outcome, Cancelled):
        return 130
    return 2 if isinstance(outcome, Failed | OverBudget) else 1


def card_lines(card: Card) -> list[str]:
    first = card.description.split("\n")[0].partition("Examples:")[0].strip()
    lines = [first, f"model {card.model} · from {card.source}", f"may use {', '.join(card.tools)}"]
    lines += [f"not granted: {name}, for {why}" for name, why in card.refused.items()]
    return [line for line in lines if line] + list(card.problems)


def _unescaped(text: str) -> str:
    from architrave.analysis.markdown import plain

    return plain(text)


def _last_words(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else "…" + flat[-max(20, width - 1) :]
