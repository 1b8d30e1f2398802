"""The plugin in Neovim: each file of `neovim/` is a scenario that runs in a Neovim of its own, in a shop of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.messages_api import MessagesApi, say
from tests.editors.conftest import ARCHITRAVE, ROOT
from tests.editors.models import REFACTORED, STREAMED

SCENARIOS = Path(__file__).parent / "neovim"
PLUGIN = ROOT / "clients/neovim"
SHARED = ("init", "scenario")


def nvim(*arguments: str, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "nvim"
    own = {**environment, "ARCHITRAVE": str(ARCHITRAVE), "ARCHITRAVE_PLUGIN": str(PLUGIN), "XDG_STATE_HOME": str(cwd / ".state")}
    return subprocess.run([str(program), *arguments], cwd=cwd, env=own, capture_output=True, text=True, timeout=300)


def scenario(name: str, shop: Path, environment: dict[str, str]) -> None:
    find = f"lua package.path = '{SCENARIOS}/?.lua;' .. package.path"
    run = f"lua require('scenario').run('{SCENARIOS / name}.lua')"
    done = nvim(
        "--headless", "-i", "NONE", "-n", "-u", str(SCENARIOS / "init.lua"), "-c", find, "-c", run, cwd=shop, environment=environment
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(file.stem for file in SCENARIOS.glob("*.lua") if file.stem not in SHARED))
def test_neovim(name: str, shop: Path, environment: dict[str, str]) -> None:
    scenario(name, shop, environment)


def test_an_agent_refactors_a_finding_away(shop: Path, environment: dict[str, str]) -> None:
    with MessagesApi(REFACTORED, say("The call waits in a thread now.")) as api:
        scenario("agents/refactor", shop, {**environment, **api.environment()})
        assert api.problems == []


def test_what_an_agent_says_streams_and_can_be_stopped(shop: Path, environment: dict[str, str]) -> None:
    with MessagesApi(STREAMED) as api:
        scenario("agents/stop", shop, {**environment, **api.environment()})
        assert api.closed.wait(30)


def test_the_tags_of_the_help_are_current(tmp_path: Path, environment: dict[str, str]) -> None:
    shutil.copytree(PLUGIN / "doc", tmp_path / "doc")
    nvim("--headless", "-u", "NONE", "-c", f"helptags {tmp_path / 'doc'}", "-c", "qall", cwd=tmp_path, environment=environment)
    assert (tmp_path / "doc/tags").read_text() == (PLUGIN / "doc/tags").read_text()
