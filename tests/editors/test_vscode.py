"""The extension in VS Code, as a person uses it. Each test has a profile or a window, and a shop, of its own; its pictures are in `build/editors`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.agents.messages_api import MessagesApi, Turn, say
from tests.editors.conftest import ARCHITRAVE
from tests.editors.models import BLOCKING, REFACTORED, STREAMED
from tests.editors.vscode import CodeServer, Window

MAIN = "services/orders/src/orders/main.py"
SEARCH = "services/billing/src/main/java/com/example/shop/billing/repository/InvoiceSearch.java"
Start = Callable[..., AbstractContextManager[CodeServer]]
Agents = Callable[..., AbstractContextManager[tuple[Window, MessagesApi]]]


@pytest.fixture
def window(code_server: CodeServer, browser: Browser, shop: Path, pictures: Path) -> Iterator[Window]:
    window = code_server.open(browser, shop, pictures)
    yield window
    window.page.close()


def servers(folder: Path) -> list[int]:
    """The language servers that this profile runs."""
    found = subprocess.run(["pgrep", "-f", "architrave server$"], capture_output=True, text=True).stdout.split()
    return [int(pid) for pid in found if str(folder) in Path(f"/proc/{pid}/cwd").readlink().as_posix()]


def test_a_fresh_profile_needs_nothing_but_the_offered_installation(start: Start, browser: Browser, shop: Path, pictures: Path) -> None:
    with start() as server:
        window = server.open(browser, shop, pictures)
        window.open(MAIN)
        offer = window.notification("Architrave's server is not installed")
        window.sees(offer)
        window.picture("install-offer")
        offer.get_by_text("Install", exact=True).click()
        window.sees(window.notification("installing the server"))
        window.picture("install-progress")
        window.sees(window.squiggles, timeout=240_000)
        expect(window.status).to_contain_text("46")
        window.picture("installed")
        [environment] = server.storage.glob("server-*/complete")
        assert "architrave" in os.listdir(environment.parent / "bin")


def test_a_finding_is_shown_explained_and_mended(window: Window) -> None:
    window.open(SEARCH)
    window.sees(window.squiggles)
    window.go_to(19, 20)
    window.show_hover()
    window.sees(window.hover.filter(has_text="is pasted into the text of a query"))
    window.sees(window.hover.filter(has_text="The whole page of sec-sql-string-build"))
    window.picture("hover")
    window.page.keyboard.press("Escape")
    window.quick_fix()
    window.picture("quick-fix")
    window.page.keyboard.press("Escape")
    window.quick_fix("Bind the value")
    window.sees(window.page.locator(".view-line").filter(has_text=":prefix"))
    window.misses(window.squiggles)
    window.picture("mended")
    window.page.keyboard.press("Control+S")
    expect(window.status).to_contain_text("45")


def test_a_fix_that_may_change_behaviour_opens_in_the_refactor_preview(window: Window) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.go_to(26, 8)
    window.quick_fix("Allow the configured origins only")
    preview = window.refactor_preview
    expect(preview.locator(".monaco-list-row").filter(has_text="CORS_ORIGINS")).to_be_visible()
    window.picture("fix-preview")
    preview.get_by_text("Apply", exact=True).click()
    window.sees(window.page.locator(".view-line").filter(has_text="CORS_ORIGINS"))
    window.misses(window.squiggles)


def test_a_lens_opens_a_review_whose_links_lead_to_the_code(window: Window) -> None:
    window.open("services/orders/src/orders/api/routes/orders.py")
    window.sees(window.lenses.filter(has_text="review this module"))
    window.sees(window.lenses.filter(has_text="caller"))
    window.picture("lenses")
    window.lenses.filter(has_text="review this module").first.click()
    report = window.report("Review of orders.py")
    expect(report.locator("h1")).to_contain_text("orders.py")
    expect(report.locator("#report")).to_contain_text("api-duplicate-route")
    expect(report.locator("#state")).to_have_text("Done.")
    window.picture("review")
    report.locator("a[data-link]", has_text="orders.py:39").first.click()
    expect(window.page.get_by_role("button", name="Ln 39")).to_be_visible()


def test_the_problems_panel_leads_to_the_page_of_a_rule(window: Window) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.command("Problems: Focus on Problems View")
    link = window.page.locator(".markers-panel a").filter(has_text="ops-port-mismatch").first
    link.wait_for()
    window.picture("problems")
    link.click(modifiers=["Control"])
    page = window.page.locator("iframe.webview.ready").last.content_frame.frame_locator("#active-frame")
    expect(page.get_by_role("heading", name="Why it matters")).to_be_visible()
    window.picture("rule-page")


def test_the_tree_has_findings_by_responsibility(window: Window) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.command("Architrave: Focus on Findings View")
    for responsibility in ("API design", "Data", "System design", "Security", "Performance", "Operations"):
        window.sees(window.tree(responsibility))
    window.tree("perf-n-plus-one").first.click()
    window.sees(window.tree("items.go:59"))
    window.picture("tree")
    window.tree("items.go:59").first.click()
    window.page.locator('.tab.active[aria-label^="items.go"]').wait_for()
    expect(window.page.get_by_role("button", name="Ln 59")).to_be_visible()


def test_a_server_that_ends_is_started_again_but_not_for_ever(start: Start, browser: Browser, shop: Path, pictures: Path) -> None:
    with start(machine={"architrave.server.path": str(ARCHITRAVE)}) as server:
        window = server.open(browser, shop, pictures)
        window.open(MAIN)
        window.sees(window.squiggles)
        for _ in range(3):
            [pid] = servers(server.folder)
            os.kill(pid, signal.SIGKILL)
            window.misses(window.squiggles)
            window.sees(window.squiggles)
        [pid] = servers(server.folder)
        os.kill(pid, signal.SIGKILL)
        message = window.notification("is not started again")
        window.sees(message)
        expect(message).to_have_count(1)
        window.picture("gave-up")
        message.get_by_text("Try Again").click()
        window.sees(window.squiggles)


def test_a_server_that_is_not_there_is_said_once_with_the_way_to_the_log(
    start: Start, browser: Browser, shop: Path, pictures: Path
) -> None:
    with start(machine={"architrave.server.path": "/nowhere/architrave"}) as server:
        window = server.open(browser, shop, pictures)
        window.open(MAIN)
        message = window.notification("names `/nowhere/architrave`, and there is no such program")
        window.sees(message)
        expect(window.page.locator(".notification-toast")).to_have_count(1)
        window.picture("not-there")
        message.get_by_text("Open Log").click()
        window.sees(window.page.locator(".output-view, .output .view-line").filter(has_text="no such program"))
        window.picture("log")


def test_in_an_untrusted_workspace_rules_run_and_agents_do_not(start: Start, browser: Browser, shop: Path, pictures: Path) -> None:
    (shop / ".vscode").mkdir()
    (shop / ".vscode/settings.json").write_text(json.dumps({"architrave.server.path": str(shop / "evil")}))
    evil = shop / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {shop}/ran\n")
    evil.chmod(0o755)
    trust = {"security.workspace.trust.enabled": True, "security.workspace.trust.startupPrompt": "never"}
    with start(settings=trust, machine={"architrave.server.path": str(ARCHITRAVE)}) as server:
        window = server.open(browser, shop, pictures)
        window.open(MAIN)
        window.sees(window.squiggles)
        window.command("Architrave: Ask about This Workspace (Agent)")
        box = window.page.locator(".quick-input-widget input.input").first
        box.fill("What is slow here?")
        box.press("Enter")
        window.sees(window.notification("does not run in a workspace that is not trusted"))
        window.picture("untrusted")
        assert not (shop / "ran").exists()


def test_reading_a_large_workspace_can_be_stopped_and_goes_on(
    code_server: CodeServer, browser: Browser, shop: Path, pictures: Path
) -> None:
    (shop / "more").mkdir()
    text = "".join(f"def step_{number}(value):\n    return round(value * {number}, 2)\n\n\n" for number in range(100))
    for number in range(800):  # Enough to be read for longer than the patience before progress is shown.
        (shop / f"more/steps_{number}.py").write_text(text)
    window = code_server.open(browser, shop, pictures)
    window.open(MAIN)
    progress = window.notification("reading shop")
    window.sees(progress)
    window.picture("reading")
    progress.get_by_text("Cancel").click()
    stopped = window.notification("reading `shop` was stopped")
    window.sees(stopped)
    window.picture("reading-stopped")
    assert window.squiggles.count() == 0
    stopped.get_by_text("Go On").click()
    window.sees(window.squiggles, timeout=240_000)
    window.page.close()


def test_the_key_goes_to_the_server_and_into_no_file(start: Start, browser: Browser, shop: Path, pictures: Path) -> None:
    with start(machine={"architrave.server.path": str(ARCHITRAVE)}) as server:
        window = server.open(browser, shop, pictures)
        window.open(MAIN)
        window.sees(window.squiggles)
        [before] = servers(server.folder)
        assert b"ANTHROPIC_API_KEY" not in Path(f"/proc/{before}/environ").read_bytes()
        window.command("Architrave: Set the Key of the Agents")
        box = window.page.locator(".quick-input-widget input.input").first
        box.fill("sk-ant-secret-of-this-test")
        window.picture("key")
        box.press("Enter")
        window.misses(window.squiggles)
        window.sees(window.squiggles)
        [after] = servers(server.folder)
        assert b"ANTHROPIC_API_KEY=sk-ant-secret-of-this-test" in Path(f"/proc/{after}/environ").read_bytes()
        for file in server.folder.rglob("*"):
            assert not file.is_file() or b"secret-of-this-test" not in file.read_bytes(), file


@pytest.mark.parametrize("theme", ["Light 2026", "Default High Contrast", "Default High Contrast Light"])
def test_themes(start: Start, browser: Browser, shop: Path, pictures: Path, theme: str) -> None:
    with start(settings={"workbench.colorTheme": theme}, machine={"architrave.server.path": str(ARCHITRAVE)}) as server:
        window = server.open(browser, shop, pictures)
        window.open(SEARCH)
        window.sees(window.squiggles)
        window.command("Architrave: Focus on Findings View")
        window.command("Architrave: Review This Module")
        expect(window.report("Review of InvoiceSearch.java").locator("#state")).to_have_text("Done.")
        window.picture(theme.lower().replace(" ", "-"))


@pytest.fixture
def agents(start: Start, browser: Browser, shop: Path, pictures: Path) -> Agents:
    """A window whose agents reach a stand-in for the model that answers with these turns."""

    @contextmanager
    def agents(*turns: Turn) -> Iterator[tuple[Window, MessagesApi]]:
        with MessagesApi(*turns) as api, start(machine={"architrave.server.path": str(ARCHITRAVE)}, **api.environment()) as server:
            window = server.open(browser, shop, pictures)
            window.open(BLOCKING)
            window.sees(window.squiggles)
            window.go_to(15, 12)
            yield window, api
            assert api.problems == []

    return agents


def test_an_agent_refactors_a_finding_away_with_a_preview(agents: Agents, shop: Path) -> None:
    with agents(REFACTORED, say("The call waits in a thread now, and the event loop goes on.")) as (window, api):
        window.command("Architrave: Refactor a Finding Away (Agent)")
        consent = window.notification("127.0.0.1")
        window.sees(consent)
        window.picture("agent-consent")
        assert api.wire == b""
        consent.get_by_text("Allow", exact=True).click()
        report = window.report("Refactor: perf-blocking-in-async")
        expect(report.locator("#state")).to_contain_text("Checked, and ready to be applied.")
        expect(report.locator("#report")).to_contain_text("The call waits in a thread now")
        window.picture("agent-proposal")
        assert "to_thread" not in (shop / BLOCKING).read_text()
        report.get_by_role("button", name="Preview and Apply…").click()
        expect(window.refactor_preview.locator(".monaco-list-row").filter(has_text="asyncio.to_thread")).to_be_visible()
        window.picture("agent-preview")
        window.refactor_preview.get_by_text("Apply", exact=True).click()
        window.sees(window.page.locator(".view-line").filter(has_text="await asyncio.to_thread"))
        window.misses(window.squiggles)
        expect(report.locator("#state")).to_contain_text("Applied.")
        window.picture("agent-applied")


def test_what_an_agent_says_streams_and_can_be_stopped(agents: Agents) -> None:
    with agents(STREAMED) as (window, api):
        window.command("Architrave: Explain a Finding in This Project (Agent)")
        window.notification("127.0.0.1").get_by_text("Allow", exact=True).click()
        report = window.report("Why perf-blocking-in-async here")
        expect(report.locator("#report")).to_contain_text("The event loop waits for the reply.")
        window.picture("agent-streams")
        report.get_by_role("button", name="Stop").click()
        assert api.closed.wait(30)
        expect(report.locator("#state")).to_contain_text("Stopped.")
        window.picture("agent-stopped")


def test_without_a_key_an_agent_says_so(window: Window) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.go_to(26, 8)
    window.command("Architrave: Ask about This Workspace (Agent)")
    box = window.page.locator(".quick-input-widget input.input").first
    box.fill("What is slow here?")
    box.press("Enter")
    report = window.report("What is slow here?")
    expect(report.locator("#report")).to_contain_text("key")
    expect(report.locator("#state")).not_to_contain_text("…")
    window.picture("agent-without-key")
