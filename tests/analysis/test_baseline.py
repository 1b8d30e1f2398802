"""The baseline knows what a finding is, not where."""

from __future__ import annotations

import pytest

from architrave.analysis.baseline import Baseline, Entry, of, read, shrunk, written
from architrave.analysis.workspace import Workspace
from architrave.errors import ArchitraveError
from architrave.findings import Finding

HEAD = "import requests\n\n\n"
CALL = "def f(url):\n    return requests.get(url)\n\n\n"


def findings(files: dict[str, str], baseline: Baseline | None = None) -> tuple[Finding, ...]:
    workspace = Workspace(baseline=baseline)
    for path, text in files.items():
        workspace.put(path, text.encode())
    return workspace.snapshot().findings


def test_known_findings_are_not_shown() -> None:
    files = {"a.py": HEAD + CALL}
    assert len(findings(files)) == 1
    assert findings(files, of(findings(files))) == ()


def test_code_may_move_twenty_lines() -> None:
    known = of(findings({"a.py": HEAD + CALL}))
    assert findings({"a.py": HEAD + "x = 1\n" * 20 + CALL}, known) == ()


def test_a_file_may_get_another_name() -> None:
    known = of(findings({"a.py": HEAD + CALL, "other.py": "x = 1\n"}))
    assert findings({"a.py": HEAD + CALL, "renamed.py": "x = 1\n"}, known) == ()
    assert findings({"b.py": HEAD + CALL}, known) == ()


def test_one_more_of_the_same_is_new() -> None:
    known = of(findings({"a.py": HEAD + CALL}))
    assert len(findings({"a.py": HEAD + CALL, "b.py": HEAD + CALL}, known)) == 1


def test_equal_findings_in_two_files_stay_two() -> None:
    both = {"a.py": HEAD + CALL, "b.py": HEAD + CALL}
    known = of(findings(both))
    assert [entry.path for entry in known.entries] == ["a.py", "b.py"]
    one = of(findings({"a.py": HEAD + CALL}))
    assert [item.location.path for item in findings(both, one)] == ["b.py"]


def test_it_shrinks_and_never_grows() -> None:
    old = of(findings({"a.py": HEAD + CALL, "b.py": HEAD + CALL}))
    now = findings({"a.py": HEAD + CALL, "c.py": HEAD + CALL.replace("def f", "def g")})
    new, left_out = shrunk(old, now)
    assert [entry.path for entry in new.entries] == ["a.py"]
    assert left_out == 1
    assert list(old.stale(now)) == [entry for entry in old.entries if entry.path == "b.py"]


def test_it_is_written_one_entry_a_line_and_read_again() -> None:
    known = Baseline({Entry("sys-no-timeout", "a.py", "f ä"): 2, Entry("sys-auto-ack", "b.py", "g"): 1})
    text = written(known)
    assert len(text.splitlines()) == 7
    assert read(text, "x.json") == known
    assert read(written(Baseline()), "x.json") == Baseline()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 9, "findings": []}', '{"version": 1, "findings": [{}]}', '{"version": 1, "findings": 3}']
)
def test_anything_else_is_named(text: str) -> None:
    with pytest.raises(ArchitraveError, match=r"known\.json"):
        read(text, "known.json")
