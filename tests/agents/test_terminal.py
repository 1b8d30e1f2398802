"""The agents in a terminal, as a person or a script runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from architrave.analysis.agents import Proposal
from architrave_agents.provider import Provider
from architrave_agents.settings import PUBLIC
from tests.agents.conftest import ORDERS
from tests.agents.harness import Person, job
from tests.agents.messages_api import MessagesApi, say
from tests.agents.test_answers import BRIEF, FILES, writes
from tests.agents.test_refactor import CALL, RIGHT, TIMEOUT

MENDED = ORDERS.replace(CALL, CALL[:-1] + ", timeout=5)")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def architrave(folder: Path, *arguments: str, api: MessagesApi | None = None) -> Ran:
    environment = {**os.environ, **(api.environment() if api is not None else {})}
    ran = subprocess.run(
        [sys.executable, "-m", "architrave", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_a_finding_is_refactored_away(shop: Path) -> None:
    with MessagesApi(RIGHT, say("Done."), repeats=False) as api:
        assert architrave(shop, "agents", "--allow", api=api).code == 0
        ran = architrave(shop, "refactor", "app/orders.py:11", "--yes", api=api)
    assert ran.code == 0, ran
    assert "```diff" in ran.out and "✓ The finding is gone" in ran.out and ran.err == "1 file written.\n"
    assert (shop / "app/orders.py").read_text() == MENDED
    assert architrave(shop, "refactor", "app/orders.py:11").err == "architrave: Nothing is found on line 11 of app/orders.py.\n"


@pytest.mark.parametrize("more", [("--diff",), ()])
def test_nothing_is_written_without_a_yes(shop: Path, more: tuple[str, ...]) -> None:
    with MessagesApi(RIGHT, say("Done.")) as api:
        architrave(shop, "agents", "--allow", api=api)
        ran = architrave(shop, "refactor", "app/orders.py:11", *more, api=api)
    assert ran.code == (0 if more else 1) and "```diff" in ran.out
    assert (shop / "app/orders.py").read_text() == ORDERS


def test_nothing_is_sent_before_somebody_has_agreed(shop: Path) -> None:
    with MessagesApi(RIGHT, say("Done.")) as api:
        ran = architrave(shop, "refactor", "app/orders.py:11", "--diff", api=api)
        assert api.wire == b""
        assert "nobody has agreed" in ran.err and "`architrave agents --allow" in ran.err
        assert "This is what the rule's own fix writes." in ran.out
        architrave(shop, "agents", "--allow", api=api)
        architrave(shop, "agents", "--forbid", api=api)
        architrave(shop, "ask", "why?", api=api)
        assert api.wire == b""


def test_all_of_a_kind(shop: Path) -> None:
    ran = architrave(shop, "refactor", "app", "--rule", "sys-no-timeout", "--yes")
    assert ran.code == 0 and "timeout=10" in (shop / "app/orders.py").read_text()


def test_what_is_wrong_is_said(shop: Path) -> None:
    assert "Which finding of `app/orders.py`?" in architrave(shop, "refactor", "app/orders.py").err
    assert "There is no file or folder `nowhere`" in architrave(shop, "review", "nowhere").err
    ran = architrave(shop, "refactor", "app/orders.py:11", "--agent", "nobody")
    assert ran.code == 2 and "There is no agent `nobody`" in ran.out
    assert architrave(shop, "refactor", "app/orders.py:11", "--rule", "sys-other").code == 2


def test_a_failure_is_a_code_of_its_own(shop: Path) -> None:
    with MessagesApi() as api:
        api.key = "another"
        architrave(shop, "agents", "--allow", api=api)
        environment = {"ANTHROPIC_API_KEY": "sk-ant-wrong", "ANTHROPIC_BASE_URL": api.url}
        os.environ.update(environment)
        try:
            ran = architrave(shop, "ask", "why?")
        finally:
            for name in environment:
                del os.environ[name]
    assert ran.code == 2 and "does not accept the key" in ran.out and "sk-ant-wrong" not in ran.out + ran.err


def test_who_the_agents_are(shop: Path) -> None:
    ran = architrave(shop, "agents")
    assert ran.code == 0
    for part in (
        "backend-system-architect  Use this agent",
        "migration-reviewer",
        "not granted: Bash, BashOutput, KillBash, for the user's settings list no commands",
        "There is no key",
    ):
        assert part in ran.out, part


def test_an_explanation_of_a_line(shop: Path) -> None:
    plain = architrave(shop, "explain", "app/orders.py:11")
    assert plain.code == 0 and "With a key, an agent says" in plain.out
    with MessagesApi(say("The call waits for ever [app/orders.py:11 `requests.get`].")) as api:
        architrave(shop, "agents", "--allow", api=api)
        ran = architrave(shop, "explain", "app/orders.py:11", api=api)
        assert architrave(shop, "explain", "app/orders.py:11", "--offline", api=api).out.count("waits for ever [") == 0
    assert ran.code == 0 and "The call waits for ever `app/orders.py:11`." in ran.out and len(api.requests) == 1


def test_a_review_and_a_question_go_to_a_file(shop: Path, tmp_path: Path) -> None:
    ran = architrave(shop, "review", "app", "--output", str(tmp_path / "review.md"))
    assert ran.code == 0 and ran.out == "" and (tmp_path / "review.md").read_text().startswith("# Review of `app`")
    assert architrave(shop, "ask", "Which routes are there?").out.startswith("# Which routes are there?")


def test_a_design_goes_to_a_folder_or_into_the_workspace(shop: Path, tmp_path: Path) -> None:
    with MessagesApi(*writes(FILES), say("Done."), *writes(FILES), say("Done.")) as api:
        architrave(shop, "agents", "--allow", api=api)
        ran = architrave(shop, "design", BRIEF, "--output", str(tmp_path / "feed"), api=api)
        assert ran.code == 0 and (tmp_path / "feed/adr/0001-fan-out-on-write.md").exists(), ran
        assert not (shop / "docs").exists()
        assert architrave(shop, "design", BRIEF, "--scaffold", "--yes", api=api).code == 0
    assert (shop / "docs/design/social-feed-millions-users/openapi.yaml").exists()


def test_a_file_that_changes_meanwhile_is_not_written(shop: Path) -> None:
    def edit_meanwhile(_: object) -> object:
        (shop / "app/orders.py").write_text(ORDERS + "# meanwhile\n")
        return say("Done.")

    with MessagesApi(RIGHT, edit_meanwhile) as api:  # type: ignore[arg-type]
        architrave(shop, "agents", "--allow", api=api)
        ran = architrave(shop, "refactor", "app/orders.py:11", "--yes", api=api)
    assert ran.code == 2 and "Changed meanwhile: app/orders.py" in ran.err
    assert (shop / "app/orders.py").read_text() == ORDERS + "# meanwhile\n"


@pytest.mark.skipif(os.name != "posix", reason="a terminal of POSIX")
def test_a_table_is_laid_out_whole_and_the_files_of_a_design_are_kept(shop: Path, user: Path) -> None:
    import pty

    with MessagesApi(*writes(FILES), say("Done.")) as api:
        architrave(shop, "agents", "--allow", api=api)
        screen, theirs = pty.openpty()
        command = [sys.executable, "-m", "architrave", "design", BRIEF]
        environment = {**os.environ, **api.environment(), "TERM": "xterm", "COLUMNS": "100"}
        process = subprocess.Popen(command, cwd=shop, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE)
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # The other end is closed.
            while piece := os.read(screen, 65536):
                shown += piece
        errors = process.communicate()[1].decode()
        os.close(screen)
    assert process.returncode == 0, errors
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())
    assert re.search(r"what fails +who notices", text) and "|" not in text
    [folder] = (user / "cache/architrave/designs").iterdir()
    assert {path: (folder / path).read_text() for path in FILES} == FILES and str(folder) in errors


LIVE_KEY = os.environ.get("ARCHITRAVE_LIVE_KEY", "")


@pytest.mark.skipif(not LIVE_KEY, reason="ARCHITRAVE_LIVE_KEY is a key with which a real model is asked; ARCHITRAVE_LIVE_URL says where")
def test_a_real_model_mends_a_finding(shop: Path) -> None:
    person = Person()
    settings = {"key": LIVE_KEY, "baseUrl": os.environ.get("ARCHITRAVE_LIVE_URL") or PUBLIC, "limits": {"money": 0.5}}
    run = Provider().start(job(shop, TIMEOUT, None, **settings), person)
    found = run.future.result(600)
    assert isinstance(found, Proposal), (found, person.told)
    assert [item.rule for item in found.removes] == [TIMEOUT.rule] and found.usage is not None and found.usage.turns > 1
