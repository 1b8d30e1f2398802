"""VS Code in a browser: code-server with a profile of its own, and what a person does in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

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
_PATIENCE = 60_000  # Milliseconds that anything may take on a machine that is busy.
expect.set_options(timeout=_PATIENCE)


@dataclass
class CodeServer:
    """A running code-server; its profile is in `folder`."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    pages: list[Page] = field(default_factory=list)

    @property
    def storage(self) -> Path:
        return self.folder / "data/User/globalStorage/architrave.architrave"

    def open(self, browser: Browser, workspace: Path, screenshots: Path) -> Window:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        self.pages.append(page)
        page.set_default_timeout(_PATIENCE)
        page.goto(f"{self.url}/?folder={quote(str(workspace))}")
        page.locator(".monaco-workbench").wait_for()
        page.locator(".explorer-folders-view").wait_for()
        return Window(page, workspace, screenshots)


@contextmanager
def running(
    program: list[str], folder: Path, *, vsix: Path, settings: Mapping[str, Any], machine: Mapping[str, Any], environment: Mapping[str, str]
) -> Iterator[CodeServer]:
    """Start code-server with a fresh profile and the extension, and end it with all that it started.

    `machine` are settings such as paths of programs, which are of a machine and not of a user.
    """
    for name, values in (("User", {**SETTINGS, **settings}), ("Machine", machine)):
        (folder / "data" / name).mkdir(parents=True, exist_ok=True)
        (folder / "data" / name / "settings.json").write_text(json.dumps(values))
    folders = ["--user-data-dir", str(folder / "data"), "--extensions-dir", str(folder / "extensions")]
    subprocess.run([*program, *folders, "--install-extension", str(vsix)], env=dict(environment), check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check", *folders]
    with open(folder / "code-server.log", "wb") as log:
        process = subprocess.Popen([*program, *arguments], env=dict(environment), stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(port, process)
        server = CodeServer(f"http://127.0.0.1:{port}", folder, process)
        yield server
        for page in server.pages:
            page.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"code-server did not start; it ended with {process.poll()}")


@dataclass
class Window:
    """A window of VS Code. Each method is something that a person does or sees."""

    page: Page
    workspace: Path
    screenshots: Path

    def picture(self, name: str) -> None:
        self.page.mouse.move(400, 15)  # Away from what would show a tooltip.
        self.page.screenshot(path=self.screenshots / f"{name}.png")

    def command(self, title: str) -> None:
        """Carry out a command of the palette."""
        self.page.keyboard.press("F1")
        box = self.page.locator(".quick-input-widget input.input").first
        box.wait_for()
        box.fill(f">{title}")
        row = self.page.locator(".quick-input-list .monaco-list-row").filter(has_text=title).first
        row.wait_for()
        row.click()

    def open(self, path: str) -> None:
        """Open a file by its path in the workspace."""
        self.page.keyboard.press("Control+P")
        box = self.page.locator(".quick-input-widget input.input").first
        box.wait_for()
        box.fill(path)
        name = path.rpartition("/")[2]
        self.page.locator(".quick-input-list .monaco-list-row").filter(has_text=name).first.wait_for()
        box.press("Enter")
        self.page.locator(f'.tab.active[aria-label^="{name}"], .tab.active[data-resource-name="{name}"]').first.wait_for()

    def go_to(self, line: int, column: int = 1) -> None:
        self.page.keyboard.press("Control+G")
        box = self.page.locator(".quick-input-widget input.input").first
        box.wait_for()
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
        self.page.keyboard.press("Control+K")
        self.page.keyboard.press("Control+I")

    def quick_fix(self, title: str | None = None) -> Locator:
        """Open the list of quick fixes, and carry one out."""
        self.page.keyboard.press("Control+.")
        actions = self.page.locator(".action-widget").first.locator(".action")
        actions.first.wait_for()
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

    def close_all(self) -> None:
        self.command("View: Close All Editors")
