"""VS Code in a browser, with the packaged extension installed into it. Run by `make editors`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from tests.agents.messages_api import MessagesApi, Turn, say
from tests.agents.test_answers import BRIEF, FILES, FOLDER, writes
from tests.editors.conftest import ARCHITRAVE, Start, line
from tests.editors.models import ANSWERED, BLOCKING, RATES, REFACTORED, REFACTORED_ALL, STREAMED
from tests.editors.program import Program
from tests.editors.vscode import CodeServer, Window

pytestmark = pytest.mark.needs("VS Code")

MAIN = "services/orders/src/orders/main.py"
SEARCH = "services/billing/src/main/java/com/example/shop/billing/repository/InvoiceSearch.java"
CORS = line(MAIN, "allow_credentials")
Agents = Callable[..., AbstractContextManager[tuple[Window, MessagesApi]]]


@pytest.fixture
def window(code_server: CodeServer, program: Program, browser: Browser, shop: Path, pictures: Path) -> Iterator[Window]:
    with code_server.open(browser, shop, pictures) as window:
        yield window


def of_workspace(shop: Path, **settings: object) -> None:
    """Settings of the workspace."""
    (shop / ".vscode").mkdir()
    (shop / ".vscode/settings.json").write_text(json.dumps({name.replace("__", "."): value for name, value in settings.items()}))


def test_a_fresh_profile_needs_nothing_but_the_offered_installation(
    start: Start, browser: Browser, shop: Path, pictures: Path, count: int
) -> None:
    with start() as server, server.open(browser, shop, pictures) as window:
        window.open(MAIN)
        offer = window.notification("Architrave's server is not installed")
        window.sees(offer)
        window.picture("install-offer")
        offer.get_by_text("Install", exact=True).click()
        window.sees(window.notification("installing the server"))
        window.picture("install-progress")
        window.sees(window.squiggles, timeout=300_000)
        expect(window.status).to_contain_text(str(count))
        window.picture("installed")
        [environment] = server.storage.glob("server-*/complete")
        assert "architrave" in os.listdir(environment.parent / "bin")


def test_a_finding_is_shown_explained_and_mended(window: Window, count: int) -> None:
    window.open(SEARCH)
    window.finding(19)
    window.sees(window.lenses.filter(has_text="review this module"))  # When they come, lines move, and a hover goes.
    window.go_to(19, 20)
    window.show_hover()
    window.sees(window.hover.filter(has_text="is pasted into the text of a query"))
    window.sees(window.hover.filter(has_text="The whole page of sec-sql-string-build"))
    window.picture("hover", has_hover=True)
    window.page.keyboard.press("Escape")
    window.quick_fix()
    window.picture("quick-fix")
    window.page.keyboard.press("Escape")
    window.quick_fix("Bind the value")
    window.sees(window.page.locator(".view-line").filter(has_text=":prefix"))
    window.no_finding(19)
    window.picture("mended")
    window.page.keyboard.press("Control+S")
    expect(window.status).to_contain_text(str(count - 1))


def test_a_fix_that_may_change_behaviour_opens_in_the_refactor_preview(window: Window) -> None:
    window.open(MAIN)
    window.finding(CORS)
    window.go_to(CORS, 8)
    window.quick_fix("Allow the configured origins only")
    preview = window.refactor_preview
    expect(preview.locator(".monaco-list-row").filter(has_text="CORS_ORIGINS")).to_be_visible()
    window.picture("fix-preview")
    preview.get_by_text("Apply", exact=True).click()
    window.sees(window.page.locator(".view-line").filter(has_text="CORS_ORIGINS"))
    window.no_finding(CORS)


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


def test_a_place_is_explained(window: Window) -> None:
    window.open(MAIN)
    window.finding(CORS)
    window.go_to(CORS, 8)
    window.command("Architrave: Explain This Place")
    report = window.report("sec-cors-wildcard-credentials")
    expect(report.get_by_role("heading", name="Why it matters")).to_be_visible()
    window.picture("explained")


def test_all_that_is_safe_in_a_file_is_mended_at_once(window: Window) -> None:
    window.open(SEARCH)
    window.finding(19)
    window.command("Architrave: Mend All That Is Safe in This File")
    window.sees(window.page.locator(".view-line").filter(has_text=":prefix"))
    window.no_finding(19)


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
    window.focus_tree()
    for responsibility in ("API design", "Data", "System design", "Security", "Performance", "Operations"):
        window.reveal(responsibility)
    window.reveal("perf-n-plus-one").click()
    window.reveal("items.go:59")
    window.picture("tree")
    window.tree("items.go:59").first.click()
    window.page.locator('.tab.active[aria-label^="items.go"]').wait_for()
    expect(window.page.get_by_role("button", name="Ln 59")).to_be_visible()


def test_keys_are_enough_and_what_is_there_has_a_name(window: Window) -> None:
    page = window.page
    window.open(SEARCH)
    window.finding(19)
    expect(window.status).to_have_attribute("aria-label", re.compile(r"Architrave: \d+ findings"))
    # The tree: to a finding, and to its place.
    window.focus_tree()
    window.reveal("sec-sql-string-build")
    page.keyboard.type("sec-sql")  # Which goes to the line that begins so.
    focused = page.locator(".customview-tree .monaco-list-row.focused")
    expect(focused).to_have_attribute("aria-label", re.compile(r"^sec-sql-string-build, \d+ findings?"))
    page.keyboard.press("ArrowRight")
    window.press(page.locator('.customview-tree .monaco-list-row.focused[aria-level="3"]'), "ArrowRight")  # Once its findings are there.
    expect(focused).to_have_attribute("aria-label", re.compile(r"^warning: .* line \d+"))
    place = re.search(r" line (\d+)", focused.get_attribute("aria-label") or "")
    assert place is not None
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Ln {place[1]}")).to_be_visible()
    # The report: it says how far it is, and its buttons and links are reached and pressed.
    window.open(SEARCH)
    window.command("Architrave: Review This Module")
    report = window.report("Review of InvoiceSearch.java")
    expect(report.get_by_role("status")).to_have_text("Done.")
    expect(report.get_by_role("toolbar", name="What can be done")).to_be_visible()
    page.keyboard.press("Control+2")  # The second group of editors.
    for stop in (
        report.get_by_role("button", name="Open as Text"),
        report.get_by_role("main", name="Report"),
        report.get_by_role("link").first,
    ):
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Ln 19")).to_be_visible()


def test_the_walkthrough_leads_through_the_first_use(window: Window) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.command("Welcome: Open Walkthrough...")
    window.page.locator(".quick-input-list .monaco-list-row").filter(has_text="Get started with Architrave").first.click()
    steps = window.page.locator(".gettingStartedContainer .step-title")
    expect(steps).to_have_count(5)
    window.page.keyboard.press("Control+B")  # With room, the picture of a step stands beside it.
    done = window.page.locator("[data-done-step-id$='#server']")
    expect(done).to_have_attribute("aria-checked", "true")
    expect(window.page.locator("[data-done-step-id$='#agents']")).to_have_attribute("aria-checked", "false")
    steps.filter(has_text="See what was found").click()
    window.sees(window.page.locator(".getting-started-media img"))
    window.picture("walkthrough")
    window.page.get_by_role("button", name="Show Findings").click()
    window.tree("").first.wait_for()
    expect(window.page.locator("[data-done-step-id$='#findings']")).to_have_attribute("aria-checked", "true")


def test_a_server_that_ends_is_started_again_but_not_for_ever(window: Window, program: Program) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    for number in (1, 2, 3):
        os.kill(program.started(number), signal.SIGKILL)
        program.started(number + 1)
        window.misses(window.squiggles)
        window.sees(window.squiggles)
    os.kill(program.started(4), signal.SIGKILL)
    message = window.notification("is not started again")
    window.sees(message)
    expect(message).to_have_count(1)
    window.picture("gave-up")
    message.get_by_text("Try Again").click()
    window.sees(window.squiggles)


def test_a_server_that_is_not_there_is_said_once_with_the_way_to_the_log(
    code_server: CodeServer, browser: Browser, shop: Path, pictures: Path
) -> None:
    of_workspace(shop, architrave__server__path="/nowhere/architrave")
    with code_server.open(browser, shop, pictures) as window:
        window.open(MAIN)
        message = window.notification("names `/nowhere/architrave`, and there is no such program")
        window.sees(message)
        message.hover()
        expect(window.page.locator(".notification-toast")).to_have_count(1)
        window.picture("not-there")
        message.get_by_text("Open Log").click()
        window.sees(window.page.locator(".output-view").filter(has_text="no such program"))
        window.picture("log")


OLD = r"""#!{python}
import json, sys

while length := sys.stdin.buffer.readline():
    sys.stdin.buffer.readline()
    message = json.loads(sys.stdin.buffer.read(int(length.split()[1])))
    if message.get("method") == "exit":
        break
    if "id" in message:
        result = {{"capabilities": {{}}, "serverInfo": {{"name": "architrave", "version": "0.0.9"}}}} if message["method"] == "initialize" else None
        body = json.dumps({{"jsonrpc": "2.0", "id": message["id"], "result": result}}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        sys.stdout.buffer.flush()
"""


BROKEN = """#!/bin/sh
echo 'ModuleNotFoundError: No module named architrave' >&2
exit 1
"""


@pytest.mark.parametrize(
    "name, program_text, said, offered",
    [
        ("too-old", OLD.format(python=sys.executable), "is too old: it is Architrave 0.0.9, and this extension needs", "Install"),
        ("broken", BROKEN, "ended before it answered.", "Try Again"),
    ],
    ids=["too-old", "broken"],
)
def test_a_server_that_will_not_do_is_said_once_with_what_can_be_done(
    code_server: CodeServer,
    browser: Browser,
    shop: Path,
    tmp_path: Path,
    pictures: Path,
    name: str,
    program_text: str,
    said: str,
    offered: str,
) -> None:
    program = tmp_path / "architrave"
    program.write_text(program_text)
    program.chmod(0o755)
    of_workspace(shop, architrave__server__path=str(program))
    with code_server.open(browser, shop, pictures) as window:
        window.open(MAIN)
        message = window.notification(said)
        window.sees(message)
        message.hover()  # It goes by itself after some seconds, but for who points at it.
        window.sees(message.get_by_text(offered, exact=True))
        expect(window.page.locator(".notification-toast")).to_have_count(1)
        window.picture(name)
        message.get_by_text("Open Log").click()
        window.sees(window.page.locator(".output-view").filter(has_text="Architrave does not run."))


@pytest.fixture
def python_extension(tmp_path: Path) -> Path:
    """A package of what stands for the Python extension."""
    file = tmp_path / "python.vsix"
    with ZipFile(file, "w") as package:
        for source in (Path(__file__).parent / "python_extension").iterdir():
            package.write(source, f"extension/{source.name}")
    return file


def test_the_server_of_the_chosen_python_environment_comes_first(
    start: Start, python_extension: Path, browser: Browser, shop: Path, tmp_path: Path, pictures: Path
) -> None:
    environments = [tmp_path / "one/bin", tmp_path / "other/bin"]
    programs = [Program(folder) for folder in environments]
    for program in programs:
        program.folder.mkdir(parents=True)
        program.write(ARCHITRAVE)
    of_workspace(shop, python__defaultInterpreterPath=str(environments[0] / "python"))
    with start(beside=python_extension) as server, server.open(browser, shop, pictures) as window:
        window.open(MAIN)
        programs[0].started()
        window.sees(window.squiggles)
        expect(window.status).to_have_attribute("aria-label", re.compile("the chosen Python environment"))
        settings = shop / ".vscode/settings.json"
        settings.write_text(settings.read_text().replace("/one/", "/other/"))
        programs[1].started()
        window.sees(window.squiggles)


def test_in_an_untrusted_workspace_rules_run_and_agents_do_not(
    start: Start, programs: Path, program: Program, browser: Browser, shop: Path, pictures: Path
) -> None:
    evil = shop / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {shop}/ran\n")
    evil.chmod(0o755)
    of_workspace(shop, architrave__server__path=str(evil))
    trust = {"security.workspace.trust.enabled": True, "security.workspace.trust.startupPrompt": "never"}
    with (
        start(settings=trust, machine={"architrave.server.path": str(program.path)}) as server,
        server.open(browser, shop, pictures) as window,
    ):
        window.open(MAIN)
        window.sees(window.squiggles)
        window.command("Architrave: Ask about This Workspace (Agent)")
        window.answer("What is slow here?")
        window.sees(window.notification("does not run in a workspace that is not trusted"))
        window.picture("untrusted")
        assert not (shop / "ran").exists()


def test_reading_a_large_workspace_can_be_stopped_and_goes_on(
    code_server: CodeServer, program: Program, browser: Browser, shop: Path, pictures: Path
) -> None:
    (shop / "more").mkdir()
    text = "".join(f"def step_{number}(value):\n    return round(value * {number}, 2)\n\n\n" for number in range(100))
    for number in range(400):
        (shop / f"more/steps_{number}.py").write_text(text)
    with code_server.open(browser, shop, pictures) as window:
        with program.held_up():  # Longer than the patience before progress is shown.
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


def test_the_key_goes_to_the_server_and_into_no_file(
    code_server: CodeServer, program: Program, browser: Browser, shop: Path, pictures: Path
) -> None:
    with code_server.open(browser, shop, pictures, is_private=True) as window:
        window.open(MAIN)
        window.sees(window.squiggles)
        assert b"ANTHROPIC_API_KEY" not in Path(f"/proc/{program.started()}/environ").read_bytes()
        window.command("Architrave: Set the Key of the Agents")
        box = window.page.locator(".quick-input-widget input.input").first
        box.fill("sk-ant-secret-of-this-test")
        window.picture("key")
        box.press("Enter")
        after = program.started(2)
        window.sees(window.squiggles)
        assert b"ANTHROPIC_API_KEY=sk-ant-secret-of-this-test" in Path(f"/proc/{after}/environ").read_bytes()
        for file in code_server.folder.rglob("*"):
            assert not file.is_file() or b"secret-of-this-test" not in file.read_bytes(), file
        window.command("Architrave: Remove the Key of the Agents")
        window.sees(window.notification("The key is removed."))
        window.sees(window.squiggles)
        assert b"ANTHROPIC_API_KEY" not in Path(f"/proc/{program.started(3)}/environ").read_bytes()


@pytest.mark.parametrize(
    "theme, look", [("Light 2026", "vs"), ("Default High Contrast", "hc-black"), ("Default High Contrast Light", "hc-light")]
)
def test_themes(code_server: CodeServer, program: Program, browser: Browser, shop: Path, pictures: Path, theme: str, look: str) -> None:
    of_workspace(shop, workbench__colorTheme=theme)
    with code_server.open(browser, shop, pictures) as window:
        window.open(SEARCH)
        window.finding(19)
        window.page.locator(f".monaco-workbench.{look}").wait_for()
        window.focus_tree()
        window.command("Architrave: Review This Module")
        expect(window.report("Review of InvoiceSearch.java").locator("#state")).to_have_text("Done.")
        window.picture(theme.lower().replace(" ", "-"))


@pytest.fixture
def agents(code_server: CodeServer, program: Program, browser: Browser, shop: Path, tmp_path: Path, pictures: Path) -> Agents:
    """A window whose agents reach a stand-in for the model that answers with these turns."""

    @contextmanager
    def agents(*turns: Turn) -> Iterator[tuple[Window, MessagesApi]]:
        with MessagesApi(*turns) as api:
            program.set(**api.environment(), XDG_STATE_HOME=str(tmp_path / "state"), XDG_CONFIG_HOME=str(tmp_path / "config"))
            with code_server.open(browser, shop, pictures) as window:
                window.open(BLOCKING)
                window.finding(15)
                window.go_to(15, 12)
                yield window, api
                assert api.problems == []

    return agents


def test_an_agent_refactors_a_finding_away_with_a_preview(agents: Agents, shop: Path) -> None:
    with agents(REFACTORED, say("The call waits in a thread now, and the event loop goes on.")) as (window, api):
        window.command("Architrave: Refactor a Finding Away (Agent)")
        consent = window.notification("127.0.0.1")
        window.sees(consent)
        report = window.report("Refactor: perf-blocking-in-async")
        expect(report.locator("#state")).to_contain_text("Refactor: perf-blocking-in-async …")
        window.picture("agent-consent")
        assert api.wire == b""
        consent.get_by_text("Allow", exact=True).click()
        expect(report.locator("#state")).to_contain_text("Checked, and ready to be applied.")
        expect(report.locator("#report")).to_contain_text("The call waits in a thread now")
        window.picture("agent-proposal")
        assert "to_thread" not in (shop / BLOCKING).read_text()
        report.get_by_role("button", name="Preview and Apply…").click()
        expect(window.refactor_preview.locator(".monaco-list-row").filter(has_text="asyncio.to_thread")).to_be_visible()
        window.picture("agent-preview")
        window.refactor_preview.get_by_text("Apply", exact=True).click()
        window.sees(window.page.locator(".view-line").filter(has_text="await asyncio.to_thread"))
        window.no_finding(16)
        expect(report.locator("#state")).to_contain_text("Applied.")
        window.picture("agent-applied")
        expect(window.status).to_contain_text("$")


def test_an_agent_removes_all_findings_of_a_rule(agents: Agents, shop: Path, count: int) -> None:
    with agents(REFACTORED_ALL, say("Both calls wait elsewhere now.")) as (window, _):
        window.command("Architrave: Remove All Findings of a Rule (Agent)")
        window.answer("perf-blocking-in-async")
        window.notification("127.0.0.1").get_by_text("Allow", exact=True).click()
        report = window.report("Remove all perf-blocking-in-async")
        expect(report.locator("#state")).to_contain_text("Checked, and ready to be applied.")
        window.picture("agent-all-of-rule")
        report.get_by_role("button", name="Preview and Apply…").click()
        preview = window.refactor_preview
        expect(preview.locator(".monaco-list-row").filter(has_text="tokio::fs")).to_be_visible()
        expect(preview.locator(".monaco-list-row").filter(has_text="asyncio.to_thread")).to_be_visible()
        window.picture("agent-all-of-rule-preview")
        preview.get_by_text("Apply", exact=True).click()
        expect(window.status).to_contain_text(str(count - 2))
        expect(report.locator("#state")).to_contain_text("Applied.")
        assert "tokio::fs" in (shop / RATES).read_text() and "to_thread" in (shop / BLOCKING).read_text()


def test_an_agent_reviews_a_change_and_answers_a_question(agents: Agents, shop: Path) -> None:
    for arguments in (["init"], ["add", "."], ["-c", "user.name=Shop", "-c", "user.email=shop@example.com", "commit", "-m", "As it was"]):
        subprocess.run(["git", *arguments], cwd=shop, check=True, capture_output=True)
    changed = shop / BLOCKING
    changed.write_text(changed.read_text().replace("timeout=5", "timeout=50"))
    with agents(ANSWERED, ANSWERED) as (window, api):
        window.command("Architrave: Review My Change")
        window.answer("HEAD")
        window.notification("127.0.0.1").get_by_text("Allow", exact=True).click()
        report = window.report("Review since HEAD")
        expect(report.locator("#state")).to_contain_text("Done.")
        expect(report.locator("#report")).to_contain_text("1 file has changed, 1 line added, 1 removed.")
        expect(report.locator("#report")).to_contain_text("The event loop waits for the reply")
        window.picture("agent-review")
        window.command("Architrave: Ask about This Workspace (Agent)")
        window.answer("What waits here?")
        answer = window.report("What waits here?")
        expect(answer.locator("#state")).to_contain_text("Done.")
        expect(answer.locator("#report")).to_contain_text("The event loop waits for the reply")
        window.picture("agent-answer")
        answer.locator("a[data-link]", has_text="notifications.py:15").first.click()
        expect(window.page.get_by_role("button", name="Ln 15")).to_be_visible()
        assert "+        requests.post(settings.order_webhook_url, json=body, timeout=50)" in str(api.requests[0]["messages"])
        assert "What waits here?" in str(api.requests[1]["messages"])


def test_an_agent_designs_a_service_and_writes_it_into_files(agents: Agents, shop: Path) -> None:
    with agents(*writes(FILES), say("Fan-out on write.")) as (window, _):
        window.command("Architrave: Design (Agent)")
        window.answer(BRIEF)
        window.page.locator(".quick-input-list .monaco-list-row").filter(has_text="Write it into files").first.click()
        window.notification("127.0.0.1").get_by_text("Allow", exact=True).click()
        report = window.report("Design")
        expect(report.locator("#state")).to_contain_text("Checked, and ready to be applied.")
        window.picture("agent-design")
        report.get_by_role("button", name="Preview and Apply…").click()
        window.sees(window.refactor_preview.locator(".monaco-list-row").filter(has_text="openapi.yaml"))
        window.picture("agent-design-preview")
        window.refactor_preview.get_by_text("Apply", exact=True).click()
        expect(report.locator("#state")).to_contain_text("Applied.")
        assert {path: (shop / FOLDER / path).read_text() for path in FILES} == FILES


def test_what_an_agent_says_streams_and_can_be_stopped(agents: Agents) -> None:
    with agents(STREAMED) as (window, api):
        window.command("Architrave: Explain a Finding in This Project (Agent)")
        window.notification("127.0.0.1").get_by_text("Allow", exact=True).click()
        report = window.report("Why perf-blocking-in-async here")
        expect(report.locator("#report")).to_contain_text("The event loop waits for the reply.")
        window.picture("agent-streams")
        report.get_by_role("button", name="Stop").click()
        assert api.closed.wait(60)
        expect(report.locator("#state")).to_contain_text("Stopped.")
        window.picture("agent-stopped")


def test_long_work_shows_progress_that_can_be_cancelled(agents: Agents) -> None:
    with agents(STREAMED) as (window, api):
        window.command("Architrave: Explain a Finding in This Project (Agent)")
        window.notification("127.0.0.1").get_by_text("Allow", exact=True).click()
        report = window.report("Why perf-blocking-in-async here")
        expect(report.locator("#report")).to_contain_text("The event loop waits for the reply.")
        progress = window.notification("Architrave: Why perf-blocking-in-async here")
        window.sees(progress)
        window.picture("agent-progress")
        progress.get_by_text("Cancel").click()
        assert api.closed.wait(60)
        expect(report.locator("#state")).to_contain_text("Stopped.")


def test_without_a_key_an_agent_says_so(window: Window) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.command("Architrave: Ask about This Workspace (Agent)")
    window.answer("What is slow here?")
    report = window.report("What is slow here?")
    expect(report.locator("#report")).to_contain_text("key")
    expect(report.locator("#state")).to_contain_text("Made without a model.")
    expect(report.get_by_role("button", name="Set the Key…")).to_be_visible()
    window.picture("agent-without-key")


def test_the_other_commands_do_what_they_say(window: Window, program: Program) -> None:
    window.open(MAIN)
    window.sees(window.squiggles)
    window.command("Architrave: Review the Workspace")
    report = window.report("Review of the workspace")
    expect(report.locator("#state")).to_have_text("Done.")
    expect(report.locator("#report")).to_contain_text("sec-cors-wildcard-credentials")
    window.command("Architrave: Design (Agent)")
    window.answer("A service that books parcels with carriers")
    window.page.locator(".quick-input-list .monaco-list-row").filter(has_text="Describe it").first.click()
    expect(window.report("Design").locator("#state")).to_contain_text("Made without a model.")
    window.command("Architrave: Restart the Server")
    program.started(2)
    window.misses(window.squiggles)
    window.sees(window.squiggles)
