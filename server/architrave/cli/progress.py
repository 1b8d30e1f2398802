"""A bar on stderr for work that takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 0.4  # Seconds without a bar.


@contextmanager
def shown_progress(what: str = "Reading") -> Iterator[Callable[[int, int], None]]:
    """Give a function of (done, total) that draws a bar once the work takes long; nothing when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("[blue]{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeRemainingColumn())
    # No thread refreshes it: a process of one thread may be forked.
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    task = bar.add_task(what, total=None)
    started = time.monotonic()
    is_shown = False

    def progress(done: int, total: int) -> None:
        nonlocal is_shown
        if not is_shown and time.monotonic() - started > _PATIENCE and done < total:
            bar.start()
            is_shown = True
        bar.update(task, completed=done, total=total)
        if is_shown:
            bar.refresh()
            if done == total:
                bar.update(task, description="Joining")
                bar.refresh()

    try:
        yield progress
    finally:
        if is_shown:
            bar.stop()
