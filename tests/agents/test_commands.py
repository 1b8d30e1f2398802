"""Commands that the user allows: in a copy, without a shell, without the user's environment, within limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from architrave.analysis.agents import Cancelled, Proposal, Refused
from architrave_agents import redact
from architrave_agents.bench import Workbench
from architrave_agents.card import known_cards
from architrave_agents.granting import Granted, Result, call, granted
from architrave_agents.provider import Provider
from architrave_agents.settings import Settings
from tests.agents.harness import PATIENCE, Person, contents, frozen, job, outcome, written
from tests.agents.messages_api import MessagesApi, Scripted, Silence, say, use
from tests.agents.test_refactor import RIGHT, TIMEOUT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs of POSIX")
PYTHON = sys.executable


class Shell:
    """The commands of one run."""

    def __init__(self, root: Path, *allowed: str, seconds: float = 20.0) -> None:
        settings = Settings(commands=allowed, command_seconds=seconds)
        self.bench = Workbench.of(frozen(root), settings)
        self.tools: Granted = granted(known_cards(None)["backend-system-architect"], settings, is_editing=True)

    def __call__(self, tool: str, **given: object) -> Result:
        return call(self.bench, self.tools, tool, given)


def test_a_command_runs_in_a_copy_with_the_changes(shop: Path) -> None:
    before = contents(shop)
    shell = Shell(shop, "cat", "touch", "pwd")
    shell("Write", file_path="app/new.txt", content="written\n")
    assert shell("Bash", command="cat app/new.txt").text == "Exit code 0.\nwritten\n"
    assert shell("Bash", command="cat app/prices.py").text.startswith("Exit code 0.\ndef total")
    assert shell("Bash", command="touch app/other.txt").text == "Exit code 0.\n"
    folder = Path(shell("Bash", command="pwd").text.split("\n")[1])
    assert folder != shop and (folder / "app/other.txt").exists()
    shell.bench.commands.close()
    assert contents(shop) == before and not folder.exists()


@pytest.mark.parametrize("command", ["rm -rf app", "catch x", "sh -c 'cat app'", "/bin/cat app/prices.py", "", "cat 'app"])
def test_what_is_not_allowed_is_not_run(shop: Path, command: str) -> None:
    assert Shell(shop, "cat", "git log")("Bash", command=command).is_error


def test_no_shell_reads_it(shop: Path) -> None:
    shell = Shell(shop, "echo")
    assert shell("Bash", command="echo $HOME; cat x > y `id` $(id) | sh").text == "Exit code 0.\n$HOME; cat x > y `id` $(id) | sh\n"


def test_its_environment_has_nothing_of_the_users(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-the-user-000000")
    monkeypatch.setenv("AWS_PROFILE", "production")
    text = Shell(shop, "env")("Bash", command="env").text
    names = {line.partition("=")[0] for line in text.split("\n")[1:] if line}
    assert names <= {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "CI", "PWD", "SHLVL", "_"}
    assert f"HOME={Path.home()}\n" not in text


def test_what_takes_too_long_is_ended(shop: Path) -> None:
    shell = Shell(shop, PYTHON, seconds=0.3)
    found = shell("Bash", command=f"{PYTHON} -c 'import time; print(1, flush=True); time.sleep(60)'").text
    assert found.startswith("Ended after 0.3 seconds.")


LONG = """\
import os, pathlib, subprocess, time
child = subprocess.Popen(["sleep", "300"])
pathlib.Path({file!r} + ".new").write_text(f"{{os.getpid()}} {{child.pid}}")
os.rename({file!r} + ".new", {file!r})
time.sleep(300)
"""


def are_gone(processes: list[int]) -> bool:
    """Whether processes end, or have ended; one that nobody has waited for yet has."""

    def lives(process: int) -> bool:
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    deadline = time.monotonic() + PATIENCE
    while any(map(lives, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(lives, processes))


def waited_for(file: Path) -> list[int]:
    deadline = time.monotonic() + PATIENCE
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return [int(process) for process in file.read_text().split()]


KILLED = """\
import os, signal, sys
from pathlib import Path
sys.path[:0] = {path!r}
from tests.agents.test_commands import PYTHON, Shell, waited_for
shell = Shell(Path({shop!r}), PYTHON, seconds=200.0)
shell("Bash", command=f"{{PYTHON}} long.py", run_in_background=True)
waited_for(Path({file!r}))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_command_ends_when_the_process_that_started_it_is_killed_outright(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "started"
    written(shop, {"long.py": LONG.format(file=str(file))})
    code = KILLED.format(path=sys.path, shop=str(shop), file=str(file))
    done = subprocess.run([PYTHON, "-c", code], check=False, timeout=PATIENCE, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert are_gone(waited_for(file))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("what", ["a tool", "a tool in the background", "the test command"])
def test_a_command_ends_at_once_with_all_that_it_has_started_when_the_run_is_stopped(shop: Path, tmp_path: Path, what: str) -> None:
    file = tmp_path / "started"
    written(shop, {"long.py": LONG.format(file=str(file))})
    command = f"{PYTHON} long.py"
    if what == "the test command":
        script: tuple[Scripted, ...] = (RIGHT, say("Done."))
        settings: dict[str, Any] = {"tests": [{"folder": str(shop), "command": command, "seconds": 200}]}
    else:
        script = (use("Bash", command=command, run_in_background=what != "a tool"), Silence())
        settings = {"commands": [PYTHON], "commandSeconds": 200}
    before = contents(shop)
    with MessagesApi(*script) as api:
        run = Provider().start(job(shop, TIMEOUT, api, **settings), Person())
        processes = waited_for(file)
        folder = Path(f"/proc/{processes[0]}/cwd").resolve()
        run.stop()
        assert isinstance(run.future.result(PATIENCE), Cancelled)
        assert len(processes) == 2 and are_gone(processes)
    assert not folder.exists() and contents(shop) == before


def test_what_a_command_leaves_behind_is_ended(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "started"
    written(shop, {"long.py": LONG.format(file=str(file)).replace("time.sleep(300)", "")})
    assert Shell(shop, PYTHON)("Bash", command=f"{PYTHON} long.py").text.startswith("Exit code 0.")
    assert are_gone(waited_for(file))


def test_much_output_is_cut(shop: Path) -> None:
    found = Shell(shop, PYTHON)("Bash", command=f"{PYTHON} -c \"print('x' * 100000)\"").text
    assert "characters are left out" in found and len(found) < 40_000


def test_a_command_in_the_background_is_read_and_ended(shop: Path) -> None:
    shell = Shell(shop, PYTHON)
    code = "import time; print('up', flush=True); time.sleep(60)"
    assert shell("Bash", command=f'{PYTHON} -c "{code}"', run_in_background=True).text == "Started as `bash_1`."
    deadline = time.monotonic() + 30
    said = ""
    while "up" not in said and time.monotonic() < deadline:
        said += shell("BashOutput", bash_id="bash_1").text
        time.sleep(0.05)
    assert "It runs." in said and "up" in said
    assert shell("KillBash", shell_id="bash_1").text == "`bash_1` is ended."
    assert "Exit code" in shell("BashOutput", bash_id="bash_1").text
    assert shell("BashOutput", bash_id="bash_2").is_error


def test_without_a_list_there_are_no_commands(shop: Path) -> None:
    assert "the user's settings list no commands" in Shell(shop)("Bash", command="ls").text


def test_a_secret_in_the_output_is_taken_out(shop: Path) -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    assert Shell(shop, "echo")("Bash", command=f"echo {key}").text == "Exit code 0.\n[REDACTED:aws-key:1]\n"


@pytest.mark.parametrize(("test", "is_offered"), [("assert 'timeout=5' in text", True), ("assert 'timeout=9' in text", False)])
def test_a_test_command_takes_part_in_the_verdict(shop: Path, test: str, is_offered: bool) -> None:
    written(shop, {"check.py": f"text = open('app/orders.py').read()\n{test}\n"})
    tests = [{"folder": str(shop), "command": f"{PYTHON} check.py", "seconds": 60}]
    with MessagesApi(RIGHT, say("Done."), say("No."), say("No.")) as api:
        found = outcome(shop, TIMEOUT, api, tests=tests)
    assert isinstance(found, Proposal if is_offered else Refused), found
    if isinstance(found, Proposal):
        assert found.proof[-1].name == "The tests pass"
    elif isinstance(found, Refused):
        assert [check.name for check in found.failed] == ["The tests pass"] and "AssertionError" in found.failed[0].shown
    assert (shop / "app/orders.py").read_text().count("timeout") == 0


# Reading


def tool(root: Path, called: str, /, **given: object) -> str:
    bench = Workbench.of(frozen(root), Settings())
    return call(bench, granted(known_cards(None)["backend-system-architect"], Settings(), is_editing=False), called, given).text


def test_files_are_read_with_their_lines(shop: Path) -> None:
    assert tool(shop, "Read", file_path="app/prices.py") == "     1\tdef total(lines):\n     2\t    return sum(lines)"
    assert tool(shop, "Read", file_path=str(shop / "app/prices.py"), offset=2, limit=1) == "     2\t    return sum(lines)"
    assert tool(shop, "Read", file_path="app/orders.py", limit=1).endswith(
        "(app/orders.py has 17 lines; `offset` 2 goes on.)".replace("17", "16")
    )
    assert tool(shop, "Read", file_path="app") == "Read: `app` is a folder; LS shows what is in it."
    assert tool(shop, "Read", file_path="app/__init__.py") == "app/__init__.py is empty."


def test_folders_and_patterns(shop: Path) -> None:
    written(shop, {"web/src/a.ts": "", "web/src/b.tsx": "", "README.md": ""})
    assert tool(shop, "LS", path=".") == "README.md\napp/ (3 files)\nweb/ (2 files)"
    assert tool(shop, "Glob", pattern="**/*.ts") == "web/src/a.ts"
    assert tool(shop, "Glob", pattern="*.py", path="app") == "app/__init__.py\napp/orders.py\napp/prices.py"


def test_a_search(shop: Path) -> None:
    assert (
        tool(shop, "Grep", pattern="def \\w+")
        == "app/orders.py:10:def orders():\napp/orders.py:15:def totals():\napp/prices.py:1:def total(lines):"
    )
    assert tool(shop, "Grep", pattern="TOTAL", **{"-i": True, "output_mode": "count"}) == "app/orders.py:4\napp/prices.py:1"
    assert tool(shop, "Grep", pattern="sum", **{"-B": 1}) == "app/prices.py-1-def total(lines):\napp/prices.py:2:    return sum(lines)"
    assert tool(shop, "Grep", pattern="total", output_mode="files_with_matches", glob="app/p*") == "app/prices.py"
    assert tool(shop, "Grep", pattern="(").startswith("Grep: `(` is no regular expression")


def test_a_search_takes_secrets_out_of_what_it_finds_and_reads_no_other_file_for_them(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    written(shop, {"app/keys.py": f"KEY = '{key}'\n\n\ndef total(): ...\n"})
    redacted: list[str] = []
    spans = redact.spans
    monkeypatch.setattr(redact, "spans", lambda text: redacted.append(text) or spans(text))
    assert tool(shop, "Grep", pattern="KEY|total\\(\\):", path="app/keys.py") == (
        "app/keys.py:1:KEY = '[REDACTED:aws-key:1]'\napp/keys.py:4:def total(): ..."
    )
    assert tool(shop, "Grep", pattern="QWERTY") == "Nothing matches."
    redacted.clear()
    bench = Workbench.of(frozen(shop), Settings())
    tools = granted(known_cards(None)["backend-system-architect"], Settings(), is_editing=False)
    for _ in range(2):
        call(bench, tools, "Grep", {"pattern": "sum"})
    assert [text.count("def ") for text in redacted] == [1, 0]  # `app/prices.py`, once, and what was found.


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|b*)*c", "(?:x?y*)+z", "a*b*c*d*e*f*g*h"])
def test_a_pattern_that_would_not_end_is_not_tried(shop: Path, pattern: str) -> None:
    assert "may take for ever" in tool(shop, "Grep", pattern=pattern)


def test_facts_are_told_with_their_places(shop: Path) -> None:
    assert tool(shop, "Facts", about="findings").startswith("app/orders.py:11 warning sys-no-timeout (subject: orders GET /items)")
    assert "app/orders.py:9 GET /orders" in tool(shop, "Facts", about="routes")
    assert "nothing is known about `weather`" in tool(shop, "Facts", about="weather")
    assert tool(shop, "Callers", name="total") == "app/prices.py:1 defines function total\n  app/orders.py:16 calls it in totals"
    assert "app/orders.py:4 imports this file" in tool(shop, "Dependencies", path="app/prices.py")


def test_a_table_is_told_whole(tmp_path: Path) -> None:
    root = written(
        tmp_path / "shop",
        {
            "migrations/0001.sql": "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a);\n"
        },
    )
    found = tool(root, "Facts", about="tables", name="b")
    assert "Table b (migrations/0001.sql:2)" in found and "a_id" in found and "Refers to" in found
