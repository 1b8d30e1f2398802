"""A workspace changes in one thread while others read what it gave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from architrave.analysis.frozen import Frozen
from architrave.analysis.workspace import Workspace
from architrave.facts.code import Definition
from architrave.model.graph import Model, by_value

PRICES = b"def total(lines):\n    return sum(lines)\n"
MORE = PRICES + b"\n\ndef unused(lines):\n    return 0\n"


class Meanwhile:
    """Has `work` done in another thread while an edit is taken over from a model that `view` was built in."""

    def __init__(self, model: Model, work: Callable[[], object], *, seconds: float) -> None:
        self._is_time, self._is_over, self._seconds = Event(), Event(), seconds
        self._is_watched = False
        model.derived(self.view)
        self._is_watched = True
        Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Callable[[], object]) -> None:
        self._is_time.wait(60)
        work()
        self._is_over.set()

    @by_value
    def view(self, model: Model) -> int:
        count = len(model.of("prices.py", Definition))
        if self._is_watched:
            self._is_time.set()
            self._is_over.wait(self._seconds)
        return count


def test_a_view_that_another_thread_asks_for_does_not_disturb_an_edit() -> None:
    workspace = Workspace()
    workspace.put("prices.py", PRICES)
    model = workspace.snapshot().model
    Meanwhile(model, lambda: [model.derived(_view(number)) for number in range(3)], seconds=0.5)
    workspace.put("prices.py", MORE)
    assert len(workspace.snapshot().model.of("prices.py", Definition)) == 2


def test_what_was_set_aside_and_the_workspace_do_not_disturb_each_other() -> None:
    workspace = Workspace()
    workspace.put("prices.py", PRICES)
    model = workspace.snapshot().model
    found: list[int] = []
    Meanwhile(model, lambda: found.extend(model.derived(_view(number)) for number in range(3)), seconds=60)
    state = Frozen(Path("/nowhere"), "shop", workspace.fork(), {})
    assert len(state.after({"prices.py": MORE}).model.of("prices.py", Definition)) == 2
    assert found == [0, 1, 2]  # It did not have to wait until the other was done.


def _view(number: int) -> Callable[[Model], int]:
    return lambda model: number
