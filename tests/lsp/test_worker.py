"""The analysis thread: order, replaced jobs, failures, the end."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest

from architrave.lsp.worker import AFTERWARDS, BACKGROUND, EDIT, REQUEST, Worker


def test_urgent_jobs_go_first_and_equal_ones_in_their_order() -> None:
    worker = Worker()
    seen: list[str] = []
    last = worker.submit(lambda: seen.append("background"), BACKGROUND)
    for name in ("first", "second"):
        worker.submit(lambda name=name: seen.append(name), REQUEST)
    worker.submit(lambda: seen.append("edit"), EDIT)
    worker.start()
    last.result(60)
    assert seen == ["edit", "first", "second", "background"]


def test_a_later_job_takes_the_place_of_the_one_before_it() -> None:
    worker = Worker()
    seen: list[int] = []
    done = threading.Event()
    for number in range(5):
        worker.later(0.05, "key", lambda number=number: (seen.append(number), done.set()))
    worker.start()
    assert done.wait(60)
    assert worker.submit(lambda: list(seen), BACKGROUND).result(60) == [4]


def test_a_job_that_fails_tells_its_future_and_the_thread_goes_on() -> None:
    worker = Worker()
    worker.start()

    def fail() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        worker.submit(fail).result(60)
    assert worker.submit(lambda: 1).result(60) == 1


def test_a_cancelled_job_does_not_run() -> None:
    worker = Worker()
    future = worker.submit(lambda: 1)
    assert future.cancel()
    worker.start()
    assert worker.submit(lambda: 2).result(60) == 2
    with pytest.raises(CancelledError):
        future.result(0)


def test_a_long_job_lets_urgent_ones_through() -> None:
    worker = Worker()
    seen: list[str] = []

    def long() -> None:
        worker.submit(lambda: seen.append("edit"), EDIT)
        worker.submit(lambda: seen.append("other background"), BACKGROUND)
        worker.submit(lambda: seen.append("request"), REQUEST)
        worker.serve(BACKGROUND)
        seen.append("long")

    worker.submit(long, BACKGROUND)
    worker.start()
    worker.submit(lambda: None, AFTERWARDS).result(60)
    assert seen == ["edit", "request", "long", "other background"]


def test_after_the_end_no_job_begins() -> None:
    worker = Worker()
    worker.start()
    worker.submit(lambda: 1).result(60)
    worker.stop(60)
    future = worker.submit(lambda: 2)
    assert not future.done() and worker.is_stopped
