"""CONTRIBUTING.md is followed word for word in a copy of the project: its files are written, its commands run."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
FILE = re.compile(r"^`([^`]+)`\n````\w+\n(.*?)^````$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"`\.venv/bin/python -m pytest -k ([\w-]+)`")


def walks() -> dict[str, tuple[dict[str, str], str]]:
    """Return each walk by its heading: the files that it writes, and the word that its tests are chosen by."""
    found = {}
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for section in re.split(r"^## (?=A new )", text, flags=re.MULTILINE)[1:]:
        command = COMMAND.search(section)
        assert command is not None, section
        found[section.partition("\n")[0]] = (dict(FILE.findall(section)), command[1])
    return found


@pytest.mark.parametrize("heading", ["A new rule", "A new framework", "A new language"])
def test_a_walk_leads_where_it_says(heading: str, tmp_path: Path) -> None:
    if heading == "A new language" and importlib.util.find_spec("tree_sitter_ruby") is None:
        pytest.skip("the grammar that this walk installs is not here")
    files, word = walks()[heading]
    assert files
    shutil.copytree(PROJECT / "server", tmp_path / "server", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests").mkdir()
    for name in ("test_pages.py", "test_fixtures.py"):
        shutil.copy(PROJECT / "tests" / name, tmp_path / "tests" / name)
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", word, "-o", "pythonpath=server", "--rootdir", str(tmp_path), "tests"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "server"), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed" in ran.stdout
