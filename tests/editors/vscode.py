"""VS Code in a browser: code-server with a profile of its own, and what a person does in it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, TimeoutError, expect

SETTINGS: dict[str, Any] = {
    "chat.disableAIFeatures": True,
    "editor.minimap.enabled": False,
    "extensions.ignoreRecommendations": True,
    "telemetry.telemetryLevel": "off",
    "window.commandCenter": False,
    "workbench.colorTheme": "Dark 2026",
    "workbench.enableExperiments": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}
_PATIENCE = 120_000  # Milliseconds that anything may take on a machine that is busy.
_SOON = 15_000  # Milliseconds after which a key that shows nothing was lost.
_NOWHERE = (400, 15)  # A place where the mouse shows no tooltip.
_GRACE = 10  # Seconds that a window may be away; then what runs for it is ended.
expect.set_options(timeout=_PATIENCE)


@dataclass
class CodeServer:
    """A running code-server; its profile is in `folder`."""

    url: str
    folder: Path
    contexts: dict[int, BrowserContext] = field(default_factory=dict)

    @property
    def storage(self) -> Path:
        return self.folder / "data/User/globalStorage/architrave.architrave"

    @contextmanager
    def open(self, browser: Browser, workspace: Path, screenshots: Path, *, is_private: bool = False) -> Iterator[Window]:
        """Open a window on a workspace. Windows share what the browser keeps, unless one is private."""
        context = self.contexts.get(id(browser))
        if context is None or is_private:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
        if not is_private:
            self.contexts[id(browser)] = context
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.goto(f"{self.url}/?folder={quote(str(workspace))}")
        page.locator(".monaco-workbench").wait_for()
        page.locator(".explorer-folders-view").wait_for()
        yield Window(page, workspace, screenshots)
        page.close()  # One in which something went wrong stays, to be looked at.


def install(program: list[str], extensions: Path, vsix: Path, environment: Mapping[str, str]) -> None:
    """Install an extension into a folder of extensions, as `code --install-extension` does."""
    command = [*program, "--user-data-dir", str(extensions / "data"), "--extensions-dir", str(extensions), "--install-extension", str(vsix)]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def running(
    program: list[str],
    folder: Path,
    extensions: Path,
    *,
    settings: Mapping[str, Any],
    machine: Mapping[str, Any],
    environment: Mapping[str, str],
) -> Iterator[CodeServer]:
    """Start code-server with a fresh profile, and end it with all that it started.

    `machine` are settings such as paths of programs, which are of a machine and not of a user.
    """
    for name, values in (("User", {**SETTINGS, **settings}), ("Machine", machine)):
        (folder / "data" / name).mkdir(parents=True, exist_ok=True)
        (folder / "data" / name / "settings.json").write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    arguments += ["--reconnection-grace-time", str(_GRACE), "--user-data-dir", str(folder / "data"), "--extensions-dir", str(extensions)]
    with open(folder / "code-server.log", "wb") as log:
        process = subprocess.Popen([*program, *arguments], env=dict(environment), stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(port, process)
        yield CodeServer(f"http://127.0.0.1:{port}", folder)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"code-server did not start; it ended with {process.poll()}")


# Squiggles are drawn on top of the text, at the height of their line.
_SQUIGGLES_ON = """([line, wanted]) => {
    const height = (element) => Math.round(element.getBoundingClientRect().top);
    const number = [...document.querySelectorAll(".margin-view-overlays .line-numbers")].find((element) => element.textContent === String(line));
    const squiggles = [...document.querySelectorAll(".view-overlays .cdr[class*='squiggly-']")];
    return number !== undefined && wanted === squiggles.some((element) => Math.abs(height(element) - height(number)) < 3);
}"""


@dataclass
class Window:
    """A window of VS Code. Each method is something that a person does or sees."""

    page: Page
    workspace: Path
    screenshots: Path

    def picture(self, name: str, *, has_hover: bool = False) -> None:
        if not has_hover:  # Which goes when the mouse moves, as tooltips do.
            self.page.mouse.move(0, 0)
            self.page.mouse.move(*_NOWHERE, steps=3)
            with suppress(TimeoutError):
                self.page.locator(".workbench-hover").wait_for(state="hidden", timeout=3000)
        # What fades in is shown as it will be; a hover goes when the page is touched so.
        self.page.screenshot(path=self.screenshots / f"{name}.png", animations="allow" if has_hover else "disabled")

    def command(self, title: str) -> None:
        """Carry out a command of the palette."""
        box = self._box("F1")
        box.fill(f">{title}")
        row = self.page.locator(".quick-input-list .monaco-list-row").filter(has_text=title).first
        row.wait_for()
        row.click()
        self.page.mouse.move(*_NOWHERE)

    def answer(self, text: str) -> None:
        """Answer the question that stands in the box at the top."""
        box = self.page.locator(".quick-input-widget input.input").first
        expect(box).not_to_have_value(re.compile("^>"))  # No longer the palette's.
        box.fill(text)
        box.press("Enter")

    def open(self, path: str) -> None:
        """Open a file by its path in the workspace."""
        box = self._box("Control+P")
        box.fill(path)
        name = path.rpartition("/")[2]
        self.page.locator(".quick-input-list .monaco-list-row").filter(has_text=name).first.wait_for()
        box.press("Enter")
        self.page.locator(f'.tab.active[aria-label^="{name}"], .tab.active[data-resource-name="{name}"]').first.wait_for()

    def go_to(self, line: int, column: int = 1) -> None:
        box = self._box("Control+G")
        box.fill(f":{line}:{column}")
        box.press("Enter")
        box.wait_for(state="hidden")

    @property
    def editor(self) -> Locator:
        return self.page.locator(".editor-instance").first

    @property
    def squiggles(self) -> Locator:
        return self.page.locator(".view-overlays .cdr[class*='squiggly-']")

    @property
    def status(self) -> Locator:
        return self.page.locator(".statusbar-item a[aria-label^='Architrave']")

    def finding(self, line: int) -> None:
        """Wait until there is a squiggle on a line that is in sight."""
        self.page.wait_for_function(_SQUIGGLES_ON, arg=[line, True])

    def no_finding(self, line: int) -> None:
        self.page.wait_for_function(_SQUIGGLES_ON, arg=[line, False])

    def sees(self, locator: Locator, *, timeout: int = _PATIENCE) -> None:
        expect(locator.first).to_be_visible(timeout=timeout)

    def misses(self, locator: Locator, *, timeout: int = _PATIENCE) -> None:
        expect(locator).to_have_count(0, timeout=timeout)

    def notification(self, text: str) -> Locator:
        return self.page.locator(".notification-toast").filter(has_text=text)

    @property
    def lenses(self) -> Locator:
        return self.page.locator(".codelens-decoration a")

    @property
    def hover(self) -> Locator:
        return self.page.locator(".monaco-hover:not(.hidden)").filter(has_text="architrave")

    def show_hover(self) -> None:
        self.press(self.hover.first, "Control+K", "Control+I")

    def quick_fix(self, title: str | None = None) -> Locator:
        """Open the list of quick fixes, and carry one out."""
        actions = self.page.locator(".action-widget").first.locator(".action")
        self.press(actions.first, "Control+.")
        if title is not None:
            actions.filter(has_text=title).first.click()
        return actions

    def report(self, title: str) -> FrameLocator:
        """The panel with this title: what is inside it."""
        self.page.locator(f'.tab[aria-label^="{title}"]').first.wait_for()
        frames = self.page.locator("iframe.webview.ready")
        frames.first.wait_for()
        return frames.last.content_frame.frame_locator("#active-frame")

    @property
    def refactor_preview(self) -> Locator:
        return self.page.locator(".part.panel")

    def tree(self, text: str) -> Locator:
        return self.page.locator(".customview-tree .monaco-list-row").filter(has_text=text)

    def focus_tree(self) -> None:
        """Go to the tree of findings."""
        self.command("Architrave: Focus on Findings View")
        self.tree("").first.wait_for()
        self.command("Architrave: Focus on Findings View")  # The first time there was no tree yet to have the focus.
        self.page.wait_for_function("document.activeElement?.closest('.customview-tree')")

    def reveal(self, text: str) -> Locator:
        """Bring a line of the tree, which has the focus, into sight."""
        row = self.tree(text).first
        self.page.keyboard.press("Home")
        for _ in range(20):
            try:
                row.wait_for(timeout=1000)
                return row
            except TimeoutError:
                self.page.keyboard.press("PageDown")
        expect(row).to_be_visible()
        return row

    def press(self, shown: Locator, *keys: str) -> None:
        """Press keys until something is shown: while the focus is on its way, keys are lost."""
        for _ in range(_PATIENCE // _SOON):
            for key in keys:
                self.page.keyboard.press(key)
            try:
                shown.wait_for(timeout=_SOON)
                return
            except TimeoutError:
                continue
        expect(shown).to_be_visible()

    def _box(self, key: str) -> Locator:
        """Open the box at the top with a key."""
        box = self.page.locator(".quick-input-widget input.input").first
        self.press(box, key)
        return box
