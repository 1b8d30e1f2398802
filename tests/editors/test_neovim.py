"""The plugin in Neovim: each file of `neovim/` is a scenario that runs in a Neovim of its own, in a shop of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.messages_api import MessagesApi, say
from tests.editors.conftest import ARCHITRAVE, ROOT
from tests.editors.documentation import block
from tests.editors.models import ANSWERED, REFACTORED, STREAMED

pytestmark = pytest.mark.needs("Neovim")

SCENARIOS = Path(__file__).parent / "neovim"
PLUGIN = ROOT / "clients/neovim"
CONFIGURED = ("-i", "NONE", "-n", "-u", str(SCENARIOS / "init.lua"))
SHARED = ("init", "scenario")


def nvim(*arguments: str, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "nvim"
    own = {"ARCHITRAVE": str(ARCHITRAVE), "ARCHITRAVE_PLUGIN": str(PLUGIN), **environment}
    return subprocess.run([str(program), *arguments], cwd=cwd, env=own, capture_output=True, text=True, timeout=400)


def scenario(name: str, shop: Path, environment: dict[str, str], *arguments: str) -> None:
    find = f"lua package.path = '{SCENARIOS}/?.lua;' .. package.path"
    run = f"lua require('scenario').run('{SCENARIOS / name}.lua')"
    done = nvim("--headless", *(arguments or CONFIGURED), "-c", find, "-c", run, cwd=shop, environment=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(file.stem for file in SCENARIOS.glob("*.lua") if file.stem not in SHARED))
def test_neovim(name: str, shop: Path, environment: dict[str, str], count: int) -> None:
    scenario(name, shop, {**environment, "ARCHITRAVE_FINDINGS": str(count)})


def test_the_documented_lines_of_configuration_are_enough(shop: Path, environment: dict[str, str], tmp_path: Path) -> None:
    configuration = block("Neovim", "lua").replace("/path/to/architrave/clients/neovim", str(PLUGIN))
    assert len(configuration.splitlines()) <= 3
    (tmp_path / "config/nvim").mkdir(parents=True)
    (tmp_path / "config/nvim/init.lua").write_text(configuration)
    own = {name: str(tmp_path / name.split("_")[1].lower()) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    own |= {"PATH": f"{ARCHITRAVE.parent}:{environment['PATH']}"}
    scenario("documented/findings", shop, {**environment, **own}, "services/orders/src/orders/main.py")


def test_an_agent_refactors_a_finding_away(shop: Path, environment: dict[str, str]) -> None:
    with MessagesApi(REFACTORED, say("The call waits in a thread now.")) as api:
        scenario("agents/refactor", shop, {**environment, **api.environment(), "XDG_STATE_HOME": str(shop.parent / "state")})
        assert api.problems == []


def test_an_agent_answers_a_question_about_lines(shop: Path, environment: dict[str, str]) -> None:
    with MessagesApi(ANSWERED) as api:
        scenario("agents/ask", shop, {**environment, **api.environment(), "XDG_STATE_HOME": str(shop.parent / "state")})
        assert api.problems == []
        [request] = api.requests
        assert "What waits here?" in str(request["messages"]) and "requests.post(settings.order_webhook_url" in str(request["messages"])


def test_what_an_agent_says_streams_and_can_be_stopped(shop: Path, environment: dict[str, str]) -> None:
    with MessagesApi(STREAMED) as api:
        scenario("agents/stop", shop, {**environment, **api.environment(), "XDG_STATE_HOME": str(shop.parent / "state")})
        assert api.closed.wait(60)


def test_nothing_is_sent_unless_the_user_agrees(shop: Path, environment: dict[str, str]) -> None:
    with MessagesApi() as api:
        scenario("agents/declined", shop, {**environment, **api.environment(), "XDG_STATE_HOME": str(shop.parent / "state")})
        assert api.wire == b""


def test_the_tags_of_the_help_are_current(tmp_path: Path, environment: dict[str, str]) -> None:
    shutil.copytree(PLUGIN / "doc", tmp_path / "doc")
    nvim("--headless", "-u", "NONE", "-c", f"helptags {tmp_path / 'doc'}", "-c", "qall", cwd=tmp_path, environment=environment)
    assert (tmp_path / "doc/tags").read_text() == (PLUGIN / "doc/tags").read_text()
