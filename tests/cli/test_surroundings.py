"""`architrave` as a process, in surroundings that are not as they should be: a message and an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import CALL

SHOP = Path(__file__).parents[2] / "examples" / "shop"


def ran(folder: Path, shell: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `$A` is the command."""
    known = {**os.environ, "XDG_CACHE_HOME": str(folder / ".cache"), "A": f"{sys.executable} -m architrave", **environment}
    return subprocess.run(["sh", "-c", shell], cwd=folder, env=known, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")
@pytest.mark.parametrize(
    ("shell", "code", "message"),
    [
        ("$A check > /dev/full", 2, "No space left on device"),
        ("$A check --format json > /dev/full", 2, "No space left on device"),
        ("$A check --output /dev/full", 2, "`/dev/full` cannot be written"),
        ("$A check >&-", 1, ""),
        ("$A check 2>&-", 1, ""),
        ("$A check $(printf '%05000d' 0)", 2, "File name too long"),
        ("mkdir gone; cd gone; rmdir ../gone; $A check", 2, "No such file or directory"),
        ("unset HOME XDG_CACHE_HOME; $A check --no-cache", 1, ""),
        ("COLUMNS=1 LINES=1 $A check", 1, ""),
        ("mkfifo pipe.py; $A check", 1, ""),
        (f"{sys.executable} -X dev -W error -m architrave check", 1, ""),
    ],
)
def test_a_message_and_an_exit_code(tmp_path: Path, shell: str, code: int, message: str) -> None:
    (tmp_path / "m.py").write_text(CALL)
    result = ran(tmp_path, shell)
    assert (result.returncode, message in result.stderr) == (code, True), result.stderr
    assert "Traceback" not in result.stderr and "Exception ignored" not in result.stderr


def test_json_and_sarif_say_the_same_of_the_shop() -> None:
    def found(format: str) -> object:
        command = [sys.executable, "-m", "architrave", "check", "--no-cache", "--format", format]
        return json.loads(subprocess.run(command, cwd=SHOP, capture_output=True, text=True, check=False).stdout)

    [run] = found("sarif")["runs"]  # type: ignore[index]
    places = [(item["ruleId"], item["locations"][0]["physicalLocation"]) for item in run["results"]]
    sarif = [(rule, at["artifactLocation"]["uri"], at["region"]["startLine"], at["region"]["startColumn"]) for rule, at in places]
    assert sarif == [
        (item["rule"], item["path"], item["start"]["line"], item["start"]["column"])
        for item in found("json")["findings"]  # type: ignore[index]
    ]
