"""The cache costs time at worst, never a finding."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from architrave.analysis.cache import Cache, key_of, path_for
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.files import Stat, discover
from architrave.analysis.scan import scan
from architrave.analysis.workspace import Workspace

VERSION = b"1"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "work"
    folder.mkdir()
    for index in range(3):
        path = folder / f"m{index}.py"
        path.write_text(f"import requests\n\n\ndef f{index}(url):\n    return requests.get(url)\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


def scanned(root: Path, version: bytes = VERSION) -> tuple[int, list[str]]:
    """Return how many files came from the cache, and the findings."""
    cache = Cache(path_for(root), version)
    workspace = Workspace()
    statistics = scan(workspace, discover(root), cache=cache, version=version, jobs=1)
    cache.close()
    return statistics.from_cache, [f"{item.rule} {item.location.path}" for item in workspace.snapshot().findings]


def test_a_second_run_reads_no_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold = scanned(root)
    assert cold[0] == 0
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    warm = scanned(root)
    assert warm == (3, cold[1])
    assert len(cold[1]) == 3


def test_a_changed_file_is_read_again(root: Path) -> None:
    scanned(root)
    (root / "m1.py").write_text("x = 1\n")
    assert scanned(root) == (2, ["sys-no-timeout m0.py", "sys-no-timeout m2.py"])


def test_a_change_within_the_same_moment_is_seen(root: Path) -> None:
    path = root / "m0.py"
    path.write_text("x = 1\n")
    scanned(root)
    stat = path.stat()
    path.write_text("y = 2\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert scanned(root)[0] == 2


def test_a_touched_file_is_known_by_its_content(root: Path) -> None:
    scanned(root)
    os.utime(root / "m0.py", (1_600_000_500, 1_600_000_500))
    assert scanned(root)[0] == 3


def test_another_version_is_not_believed(root: Path) -> None:
    scanned(root)
    assert scanned(root, b"2")[0] == 0


def test_a_broken_file_is_moved_aside(root: Path) -> None:
    cold = scanned(root)
    path = path_for(root)
    path.write_bytes(b"this is no database" * 1000)
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    assert scanned(root) == cold
    assert path.with_suffix(".broken").read_bytes().startswith(b"this is")
    assert scanned(root)[0] == 3


def test_a_row_that_is_no_facts_is_read_again(root: Path) -> None:
    cold = scanned(root)
    with sqlite3.connect(path_for(root)) as database:
        database.execute("UPDATE facts SET value = x'ff'")
    assert scanned(root) == cold


def test_without_a_place_for_it_the_run_goes_on(root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(root / "m0.py"))
    assert len(scanned(root)[1]) == 3
    assert len([record for record in caplog.records if "without the cache" in record.message]) == 1


def test_a_full_disk_is_said_once(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = Cache(path_for(root), VERSION)
    assert cache._database is not None
    cache._database.execute("PRAGMA max_page_count = 10")
    rows = [(f"{index}.py", Stat(1, 1), str(index).encode(), b"x" * 100_000) for index in range(3)]
    cache.store(rows)
    cache.store(rows)
    assert "full" in cache.problem
    assert cache.values([b"0"]) == {}
    assert len([record for record in caplog.records if "without the cache" in record.message]) == 1


def test_two_processes_at_once(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from architrave.analysis.cache import Cache; from architrave.analysis.files import Stat\n"
        "cache = Cache(Path(sys.argv[1]), b'1')\n"
        "for index in range(60): cache.store([(f'{sys.argv[2]}{index}', Stat(1, 1), f'{sys.argv[2]}{index}'.encode(), b'x' * 1000)])\n"
        "sys.exit(1 if cache.problem else 0)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path_for(root)), name]) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    cache = Cache(path_for(root), VERSION)
    assert len(cache.values([f"{name}{index}".encode() for name in "ab" for index in range(60)])) == 120


def test_a_killed_process_leaves_what_it_committed(root: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from architrave.analysis.cache import Cache; from architrave.analysis.files import Stat\n"
        "cache = Cache(Path(sys.argv[1]), b'1'); cache.store([('a', Stat(1, 1), b'a', b'x')])\n"
        "cache._database.execute('BEGIN IMMEDIATE'); cache._database.execute(\"INSERT INTO facts VALUES (x'00', 1, x'00')\")\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path_for(root))], check=False)
    cache = Cache(path_for(root), VERSION)
    assert cache.values([b"a", b"\0"]) == {b"a": b"x"}
    assert not cache.problem


def test_the_oldest_rows_go_first(root: Path) -> None:
    cache = Cache(path_for(root), VERSION)
    for index in range(4):
        cache.store([(f"{index}.py", Stat(1, 1), str(index).encode(), b"x" * 1000)], now=10**19 // 2 + index)
    cache.tidy([b"0"], {"0.py": 1, "3.py": 1}, largest=2500)
    assert sorted(cache.values([b"0", b"1", b"2", b"3"])) == [b"0", b"3"]


def test_facts_are_the_same_after_packing() -> None:
    workspace = Workspace()
    workspace.put("m.py", b"import requests\n\nclass A:\n    def f(self, url):\n        return requests.get(url, timeout=3)\n")
    file = workspace.snapshot().files["m.py"]
    again = FileFacts.unpack("m.py", file.pack())
    assert again.kinds == {kind for kind in file.kinds if file.of(kind)}
    assert all(again.of(kind) == file.of(kind) and again.is_same(kind, file) for kind in file.kinds)
    assert again.starts == file.starts
    assert again.pack() == file.pack()


def test_nobody_else_may_read_it(root: Path) -> None:
    scanned(root)
    assert path_for(root).stat().st_mode & 0o077 == 0


def test_a_key_depends_on_path_text_and_version() -> None:
    assert len({key_of("a", b"x", b"1"), key_of("b", b"x", b"1"), key_of("a", b"y", b"1"), key_of("a", b"x", b"2")}) == 4
