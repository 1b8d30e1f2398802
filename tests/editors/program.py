"""The server under the name by which an editor starts it, so that a test can say with which variables, and knows the process."""

from __future__ import annotations

import os
import shlex
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "architrave"

    def write(self, architrave: Path) -> None:
        """Write a program that notes its process, and then is the server."""
        lines = ("#!/bin/sh", f"set -a; . {shlex.quote(str(self.folder / 'variables'))}; set +a")
        lines += (f"[ $1 != server ] || echo $$ >>{shlex.quote(str(self.folder / 'started'))}", f'exec {shlex.quote(str(architrave))} "$@"')
        self.path.write_text("\n".join((*lines, "")))
        self.path.chmod(0o755)
        self.set()

    def set(self, **variables: str) -> None:
        """Give these variables to servers that are started from now on."""
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
        (self.folder / "variables").write_text(text)
        (self.folder / "started").write_text("")

    def started(self, number: int = 1, *, within: float = 120) -> int:
        """Wait until the server has been started so many times in this test, and return the last process."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            started = (self.folder / "started").read_text().split()
            if len(started) >= number:
                return int(started[number - 1])
            time.sleep(0.05)
        raise AssertionError(f"the server was not started {number} times within {within} s")

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Hold up what the next server reads with: the processes that it starts to read many files at once."""
        held: set[int] = set()
        is_over = threading.Event()

        def hold() -> None:
            server = self.started()
            while not is_over.wait(0.02):
                for process in _children(server) - held:
                    os.kill(process, signal.SIGSTOP)
                    held.add(process)

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            for process in held:
                os.kill(process, signal.SIGCONT)


def _children(process: int) -> set[int]:
    """Return the processes that a process of Python has started to share its work."""
    children = {int(child) for task in Path(f"/proc/{process}/task").iterdir() for child in (task / "children").read_text().split()}
    return {child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}
