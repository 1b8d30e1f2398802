"""A scan with several processes gives what one process gives, and can be stopped."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from architrave.analysis import scan as scanning
from architrave.analysis.files import discover
from architrave.analysis.scan import Cancelled, scan
from architrave.analysis.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for index in range(200):
        text = f"import requests\n\n\ndef f{index}(url):\n    return requests.get(url)\n\n\n" + "# " + "x" * 5000 + "\n"
        (tmp_path / f"m{index:03}.py").write_text(text)
    return tmp_path


def places(workspace: Workspace) -> list[str]:
    return [f"{item.location.path} {item.location.span.start}" for item in workspace.snapshot().findings]


def test_many_processes_give_what_one_gives(root: Path) -> None:
    one, many = Workspace(), Workspace()
    assert scan(one, discover(root), jobs=1).processes == 1
    assert scan(many, discover(root), jobs=2).processes == 2
    assert places(one) == places(many)
    assert len(places(one)) == 200


def test_progress_goes_up_to_the_end(root: Path) -> None:
    seen: list[tuple[int, int]] = []
    scan(Workspace(), discover(root), jobs=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[0] == (0, 200) and seen[-1] == (200, 200)


def test_it_can_be_stopped_and_keeps_what_it_has(root: Path) -> None:
    workspace = Workspace()
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        scan(workspace, discover(root), jobs=1, is_cancelled=lambda: next(answers, True))
    assert 0 < len(workspace.paths) < 200
    scan(workspace, discover(root), jobs=1)
    assert len(places(workspace)) == 200


def test_without_a_pool_it_goes_on_in_one_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(jobs: int) -> object:
        raise BrokenProcessPool("no semaphores here")

    monkeypatch.setattr(scanning, "_pool", broken)
    workspace = Workspace()
    assert scan(workspace, discover(root), jobs=2).processes == 1
    assert len(places(workspace)) == 200


def test_a_file_that_is_gone_is_a_problem(root: Path) -> None:
    listing = discover(root)
    (root / "m000.py").unlink()
    workspace = Workspace()
    scan(workspace, listing, jobs=1)
    assert listing.problems == ["m000.py: cannot be read: No such file or directory"]
    assert len(places(workspace)) == 199
