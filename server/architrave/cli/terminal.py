"""A person at a terminal, as an agent meets one: told what goes on, asked for consent, shown what comes of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from architrave.analysis.agents import ConsentRequest, StreamKind

_WIDEST = 110
_SHOWN_FILES = 200


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
        self._rows = ""  # Of a table that is still coming in: it is laid out as a whole.

    def __enter__(self) -> Terminal:
        if self._is_person:
            self._status = self._errors.status("Working", spinner="dots")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._show_rows()
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
        if text.lstrip().startswith("|"):
            self._rows += text
            return
        self._show_rows()
        if text.strip():
            with self._paused():
                show(text)

    def _show_rows(self) -> None:
        rows, self._rows = self._rows, ""
        if rows:
            with self._paused():
                show(rows)

    def _take_back(self) -> None:
        self.streamed = self._rows = ""
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
    kept = "".join(f"; {count:,} {'file' if count == 1 else 'files'}, as {why}" for why, count in sorted(request.kept.items()))
    return [
        f"The agents work with {request.model} at {request.host}.",
        f"They may read, and send there, {len(request.files):,} files of {request.root}; secrets in them are taken out first.",
        f"Never sent: what git ignores{kept or '; keys and .env files'}.",
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


def _unescaped(text: str) -> str:
    from architrave.analysis.markdown import plain

    return plain(text)


def _last_words(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else "…" + flat[-max(20, width - 1) :]
