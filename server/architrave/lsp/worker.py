"""The thread on which everything that needs analysis runs, one job after the other."""

from __future__ import annotations

import heapq
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from time import monotonic
from typing import Any, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")

EDIT, REQUEST, BACKGROUND, AFTERWARDS = 0, 1, 2, 3


class Worker:
    """Jobs by priority, then in the order in which they came. A job never takes the thread down."""

    def __init__(self) -> None:
        self._jobs: list[tuple[int, int, Future[Any], Callable[[], Any]]] = []
        self._timed: dict[object, tuple[float, Callable[[], Any]]] = {}
        self._wake = threading.Condition()
        self._order = count()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def submit(self, job: Callable[[], T], priority: int = REQUEST) -> Future[T]:
        future: Future[T] = Future()
        with self._wake:
            heapq.heappush(self._jobs, (priority, next(self._order), future, job))
            self._wake.notify()
        return future

    def later(self, seconds: float, key: object, job: Callable[[], Any]) -> None:
        """Run a job after some seconds; a new job under the same key takes the place of the old one, and starts the clock again."""
        with self._wake:
            self._timed[key] = (monotonic() + seconds, job)
            self._wake.notify()

    def serve(self, priority: int) -> None:
        """Run the jobs that are more urgent than `priority`, in the middle of a long one and on its thread."""
        while True:
            with self._wake:
                taken = self._next(priority)
            if taken is None:
                return
            _do(*taken)

    def stop(self, seconds: float) -> None:
        """Begin no other job, and wait a while for the one that runs."""
        self._stopped.set()
        with self._wake:
            self._wake.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._wake:
                taken = self._next()
                while taken is None:
                    if self._stopped.is_set():
                        return
                    self._wake.wait(self._until_timed())
                    taken = self._next()
            _do(*taken)

    def _next(self, before: int = AFTERWARDS + 1) -> tuple[Future[Any], Callable[[], Any]] | None:
        if self._stopped.is_set():
            return None
        now = monotonic()
        for key, (due, job) in list(self._timed.items()):
            if due <= now:
                del self._timed[key]
                heapq.heappush(self._jobs, (EDIT, next(self._order), Future(), job))
        if not self._jobs or self._jobs[0][0] >= before:
            return None
        _, _, future, job = heapq.heappop(self._jobs)
        return future, job

    def _until_timed(self) -> float | None:
        if not self._timed:
            return None
        return max(0.0, min(due for due, _ in self._timed.values()) - monotonic())


def _do(future: Future[Any], job: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = job()
    except Exception as error:
        if not isinstance(error, ExpectedError):
            log.exception("a job of the language server failed")
        future.set_exception(error)
    else:
        future.set_result(result)


class ExpectedError(Exception):
    """A refusal that is an answer, not a bug: the document has changed, or it is not known."""
