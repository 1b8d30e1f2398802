"""A finding refactored away in an editor: the real server over stdio, the real client package on the loopback."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.agents.conftest import ORDERS
from tests.agents.harness import PATIENCE, written
from tests.agents.messages_api import MessagesApi, Text, Turn, say, use
from tests.agents.test_answers import BRIEF, FILES, writes
from tests.agents.test_commands import LONG, are_gone, waited_for
from tests.agents.test_refactor import RIGHT
from tests.lsp.client import FULL, Client, ServerError, applied

KNOWS: dict[str, Any] = {**FULL, "experimental": {"architrave": {"stream": True, "status": True, "proposals": True}}}
RULE = "sys-no-timeout"
SUBJECT = "orders GET /items"


def options(api: MessagesApi, **more: Any) -> dict[str, Any]:
    return {"agents": {"baseUrl": api.url, "key": api.key, **more}}


async def refactor(client: Client, uri: str) -> Any:
    return await client.request(
        "workspace/executeCommand",
        {"command": "architrave.refactor", "arguments": [{"uri": uri, "rule": RULE, "subject": SUBJECT}]},
    )


async def consent(client: Client, uri: str) -> None:
    await client.request("workspace/executeCommand", {"command": "architrave.consent", "arguments": [{"uri": uri, "give": True}]})


async def test_a_proposal_is_a_result_and_applied_on_request(shop: Path, tmp_path: Path) -> None:
    with MessagesApi(RIGHT, say("It has a timeout now.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            found = await refactor(client, uri)
            assert found["outcome"] == "Proposal", found
            proposal = found["proposal"]
            assert proposal["removes"][0]["rule"] == RULE and len(proposal["proof"]) >= 6
            [change] = proposal["edit"]["documentChanges"]
            assert change["textDocument"] == {"uri": uri, "version": 1}
            assert next(iter(proposal["edit"]["changeAnnotations"].values()))["needsConfirmation"] is True
            assert "timeout=5" in applied(ORDERS, change["edits"])
            assert not client.of("workspace/applyEdit")
            done = await client.request(
                "workspace/executeCommand", {"command": "architrave.apply", "arguments": [{"proposal": proposal["id"]}]}
            )
            assert done == {"outcome": "Applied"}
            [asked] = client.of("workspace/applyEdit")
            assert asked["params"]["edit"]["documentChanges"] == [change]
            client.change(uri, 2, applied(ORDERS, change["edits"]))
            await client.diagnostics(uri, 2, rules=set())
            streamed = client.of("architrave/stream")
            assert streamed and not any("token" in item["params"] for item in streamed)
        assert api.problems == []
        assert (shop / "app/orders.py").read_text() == ORDERS


@pytest.mark.parametrize("answer", ["Apply", "Discard"])
async def test_a_plain_client_is_shown_asked_and_given_the_edit(shop: Path, answer: str) -> None:
    plain: dict[str, Any] = {**FULL, "workspace": {**FULL["workspace"], "workspaceEdit": {"documentChanges": True}}}
    with MessagesApi(RIGHT, say("It has a timeout now.")) as api:
        async with Client(shop, plain, options=options(api)) as client:
            client.answers["window/showMessageRequest"] = lambda params: (
                {"title": "Allow"} if params["actions"][0]["title"] == "Allow" else {"title": answer}
            )
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            assert set(await refactor(client, uri)) == {"run"}
            questions = await client.until(
                lambda: len(client.of("window/showMessageRequest")) == 2 and client.of("window/showMessageRequest")
            )
            assert "127.0.0.1" in questions[0]["params"]["message"]
            shown = Path(client.of("window/showDocument")[0]["params"]["uri"].removeprefix("file://")).read_text()
            assert "```diff" in shown and "The finding is gone" in shown
            if answer == "Apply":
                await client.until(lambda: client.of("workspace/applyEdit"))
            else:
                await client.request("workspace/executeCommand", {"command": "architrave.agents"})
                assert not client.of("workspace/applyEdit")


async def test_a_buffer_that_changes_meanwhile_makes_it_stale(shop: Path) -> None:
    """Typing goes on as ever while the agent works, and what was typed stays."""
    going = asyncio.Event()
    loop = asyncio.get_running_loop()
    typed = ORDERS.replace("app = FastAPI()", "app = FastAPI()  # typed meanwhile")
    with MessagesApi(lambda body: (loop.call_soon_threadsafe(going.set), replace(RIGHT, delay=0.2))[1], say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            run = asyncio.create_task(refactor(client, uri))
            await going.wait()
            client.change(uri, 2, typed)
            await client.diagnostics(uri, 2, rules={RULE})
            assert not run.done()
            found = await run
            assert found["outcome"] == "Stale" and found["changed"] == [uri], found
            assert not client.of("workspace/applyEdit")


async def test_a_buffer_that_changes_before_it_is_applied_makes_it_stale(shop: Path) -> None:
    with MessagesApi(RIGHT, say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            found = await refactor(client, uri)
            client.change(uri, 2, ORDERS + "# more\n")
            apply = {"command": "architrave.apply", "arguments": [{"proposal": found["proposal"]["id"]}]}
            done = await client.request("workspace/executeCommand", apply)
            assert done["outcome"] == "Stale" and done["changed"] == [uri]
            assert not client.of("workspace/applyEdit")
            with pytest.raises(ServerError, match="There is no proposal"):
                await client.request("workspace/executeCommand", apply)


async def test_a_file_that_another_program_changes_makes_it_stale(shop: Path) -> None:
    with MessagesApi(RIGHT, say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            await client.ready()
            uri = client.uri("app/orders.py")
            await consent(client, uri)
            found = await refactor(client, uri)
            assert found["outcome"] == "Proposal", found
            (shop / "app/orders.py").write_text(ORDERS + "# by another program\n")
            done = await client.request(
                "workspace/executeCommand", {"command": "architrave.apply", "arguments": [{"proposal": found["proposal"]["id"]}]}
            )
            assert done["outcome"] == "Stale"


async def test_a_proof_that_does_not_hold_any_more_makes_it_stale(shop: Path) -> None:
    """The files of the edit are as they were, but another one has changed so that the edit would bring a finding."""
    (shop / "app/prices.py").write_text(
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\ndef total(lines):\n    return sum(lines)\n"
    )
    text = ORDERS.replace("import total", "import router, total").replace("app = FastAPI()", "app = FastAPI()\napp.include_router(router)")
    (shop / "app/orders.py").write_text(text)
    moved = use("Edit", file_path="app/orders.py", old_string='"/totals"', new_string='"/sums"')
    route = use("Edit", file_path="app/orders.py", old_string="def totals():", new_string='@app.get("/totals")\ndef totals():')
    with MessagesApi(RIGHT, moved, route, say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri, prices = client.open("app/orders.py"), client.open("app/prices.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            found = await refactor(client, uri)
            assert found["outcome"] == "Proposal", found
            client.change(prices, 2, (shop / "app/prices.py").read_text() + '\n\n@router.get("/sums")\ndef sums():\n    return []\n')
            done = await client.request(
                "workspace/executeCommand", {"command": "architrave.apply", "arguments": [{"proposal": found["proposal"]["id"]}]}
            )
            assert done["outcome"] == "Stale", done
            assert not client.of("workspace/applyEdit")


@pytest.mark.parametrize("how", ["request", "progress", "command"])
async def test_a_run_is_stopped_in_each_way(shop: Path, how: str) -> None:
    with MessagesApi(Turn((Text("word " * 500, pieces=500),), delay=0.05)) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            id, reply = client.start_request(
                "workspace/executeCommand",
                {"command": "architrave.explain", "arguments": [{"uri": uri, "rule": RULE, "subject": SUBJECT}], "workDoneToken": "t1"},
            )
            await client.until(lambda: any(item["params"]["token"] == "t1" for item in client.of("$/progress")))
            await asyncio.to_thread(api.asked.wait, PATIENCE)
            if how == "request":
                client.notify("$/cancelRequest", {"id": id})
            elif how == "progress":
                client.notify("window/workDoneProgress/cancel", {"token": "t1"})
            else:
                assert await client.request("workspace/executeCommand", {"command": "architrave.stop"}) == 1
            assert await asyncio.to_thread(api.closed.wait, PATIENCE)
            answer = await asyncio.wait_for(reply, PATIENCE)
            if how == "request":
                assert answer["error"]["code"] == -32800
            else:
                assert answer["result"]["outcome"] == "Cancelled"
            await client.until(lambda: any(item["params"]["value"].get("kind") == "end" for item in client.of("$/progress")[1:]))


async def test_the_editor_is_closed_in_the_middle(shop: Path) -> None:
    with MessagesApi(Turn((Text("word " * 500, pieces=500),), delay=0.05)) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            client.start_request(
                "workspace/executeCommand",
                {"command": "architrave.explain", "arguments": [{"uri": uri, "rule": RULE, "subject": SUBJECT}]},
            )
            await asyncio.to_thread(api.asked.wait, PATIENCE)
        assert client.process.returncode == 0
        assert await asyncio.to_thread(api.closed.wait, PATIENCE)


async def test_without_a_key_a_plain_client_is_shown_the_page(shop: Path) -> None:
    async with Client(shop, FULL) as client:
        uri = client.open("app/orders.py")
        await client.diagnostics(uri, 1, rules={RULE})
        argument = {"uri": uri, "rule": RULE, "subject": SUBJECT}
        assert set(await client.request("workspace/executeCommand", {"command": "architrave.explain", "arguments": [argument]})) == {"run"}
        [shown] = await client.until(lambda: client.of("window/showDocument"))
        text = Path(shown["params"]["uri"].removeprefix("file://")).read_text()
        assert text.startswith("# `GET /items` to `stock.example.com` has no timeout") and "## Why it matters" in text
        assert "There is no key, so nothing is sent." in text and "With a model" in text
        assert not client.of("window/showMessageRequest")


async def test_without_a_key_an_editor_that_sets_one_is_named(shop: Path) -> None:
    knows = {**FULL, "experimental": {"architrave": {"keyCommand": "Architrave: Set the Key of the Agents"}}}
    async with Client(shop, knows) as client:
        uri = client.open("app/orders.py")
        await client.diagnostics(uri, 1, rules={RULE})
        text = (await client.request("workspace/executeCommand", {"command": "architrave.ask", "arguments": [{"question": "why?"}]}))[
            "text"
        ]
        assert "There is no key, so nothing is sent. `Architrave: Set the Key of the Agents` of your editor sets one" in text


async def test_two_runs_are_told_apart_by_the_tokens_of_their_requests(shop: Path) -> None:
    with MessagesApi(say("The call waits [app/orders.py:11]."), repeats=True) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            runs = await asyncio.gather(
                *(
                    client.request(
                        "workspace/executeCommand",
                        {"command": "architrave.ask", "arguments": [{"question": f"{token}?"}], "workDoneToken": token},
                    )
                    for token in ("first", "second")
                )
            )
            for run, token in zip(runs, ("first", "second"), strict=True):
                told = [item["params"] for item in client.of("architrave/stream") if item["params"]["run"] == run["run"]]
                assert told and {item["token"] for item in told} == {token}
                assert f"{token}?" in "".join(item["text"] for item in told if item["kind"] == "text")


async def test_a_design_comes_with_the_places_of_its_files(shop: Path) -> None:
    with MessagesApi(*writes(FILES), say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            command = {"command": "architrave.design", "arguments": [{"brief": BRIEF}]}
            found = await client.request("workspace/executeCommand", command)
            texts = {Path(uri.removeprefix("file://")).name: Path(uri.removeprefix("file://")).read_text() for uri in found["files"]}
            assert texts == {Path(name).name: text for name, text in FILES.items()}
            assert found["file"].endswith(".md") and not client.of("workspace/applyEdit")


async def test_consent_shows_so_many_files_and_counts_them(shop: Path) -> None:
    for number in range(600):
        (shop / f"app/more_{number}.txt").write_text("")
    async with Client(shop, KNOWS) as client:
        uri = client.open("app/orders.py")
        await client.diagnostics(uri, 1, rules={RULE})
        found = await client.request("workspace/executeCommand", {"command": "architrave.consent", "arguments": [{"uri": uri}]})
        assert found["count"] == 603 and len(found["files"]) == 500 and not found["given"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
async def test_a_command_ends_with_the_editor(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "started"
    written(shop, {"long.py": LONG.format(file=str(file))})
    with MessagesApi(use("Bash", command=f"{sys.executable} long.py"), repeats=True) as api:
        more = {"commands": [sys.executable], "commandSeconds": 200}
        async with Client(shop, KNOWS, options=options(api, **more)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            argument = {"uri": uri, "rule": RULE, "subject": SUBJECT}
            client.start_request("workspace/executeCommand", {"command": "architrave.refactor", "arguments": [argument]})
            processes = await asyncio.to_thread(waited_for, file)
        assert client.process.returncode == 0
        assert are_gone(processes)


async def test_without_consent_nothing_is_sent(shop: Path) -> None:
    with MessagesApi(RIGHT) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            client.answers["window/showMessageRequest"] = lambda params: {"title": "Not now"}
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            found = await refactor(client, uri)
            assert found["outcome"] == "Proposal" and found["usage"]["turns"] == 0
            assert "rule's own fix" in found["text"]
            assert api.wire == b""


async def test_what_may_be_sent_is_shown_before_it_is(shop: Path) -> None:
    asked: list[str] = []

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params["message"])
        return {"title": "Show what may be sent" if len(asked) == 1 else "Allow"}

    (shop / ".env").write_text("A=1\n")
    with MessagesApi(RIGHT, say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            client.answers["window/showMessageRequest"] = answer
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            found = await refactor(client, uri)
            assert found["outcome"] == "Proposal" and len(asked) == 2
            text = Path(client.of("window/showDocument")[0]["params"]["uri"].removeprefix("file://")).read_text()
            assert "`app/orders.py`" in text and "`.env`" not in text and "127.0.0.1" in text


async def test_a_workspace_that_is_not_trusted_sends_nothing(shop: Path) -> None:
    with MessagesApi(RIGHT) as api:
        async with Client(shop, KNOWS, options=options(api, isTrusted=False)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            assert "does not trust" in (await refactor(client, uri))["text"]
            assert api.wire == b""


async def test_how_things_stand_is_told(shop: Path) -> None:
    with MessagesApi(RIGHT, say("Done.")) as api:
        async with Client(shop, KNOWS, options=options(api)) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            await consent(client, uri)
            await refactor(client, uri)
            status = await client.until(
                lambda: [
                    item["params"]
                    for item in client.of("architrave/status")
                    if item["params"]["agents"]["spent"] and not item["params"]["agents"]["runs"]
                ]
            )
            assert status[-1]["state"] == "ready" and status[-1]["findings"] == {"error": 0, "warning": 1, "information": 0, "hint": 0}
            agents = status[-1]["agents"]
            assert agents["key"] and agents["consent"] and agents["whyNot"] == "" and agents["host"] == f"127.0.0.1:{api.port}"
            listed = await client.request("workspace/executeCommand", {"command": "architrave.agents"})
            assert [card["name"] for card in listed["agents"]] == ["backend-system-architect", "migration-reviewer"]
            assert "Edit" in listed["agents"][0]["tools"] and listed["agents"][0]["refused"]["WebFetch"]


async def test_actions_ask_the_agents(shop: Path) -> None:
    async with Client(shop, FULL) as client:
        uri = client.open("app/orders.py")
        await client.diagnostics(uri, 1, rules={RULE})
        place = {"start": {"line": 10, "character": 0}, "end": {"line": 10, "character": 40}}
        params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": []}}
        found = await client.request("textDocument/codeAction", params)
        commands = {action["command"]["command"]: action["command"]["arguments"] for action in found if "command" in action}
        argument = {"uri": uri, "rule": RULE, "subject": SUBJECT}
        assert commands["architrave.refactor"] == [argument] and commands["architrave.explain"] == [argument]
        assert commands["architrave.review"] == [{"uri": uri}]
        assert commands["architrave.ask"][0]["question"].startswith("return requests.get(")
        only = await client.request("textDocument/codeAction", {**params, "context": {"diagnostics": [], "only": ["source.architrave"]}})
        assert {action["kind"] for action in only} == {"source.architrave"}


async def test_wrong_arguments_are_refused(shop: Path) -> None:
    async with Client(shop, KNOWS) as client:
        await client.ready()
        for command, argument in (
            ("refactor", {}),
            ("refactor", {"uri": 1, "rule": "a", "subject": "b"}),
            ("design", {"brief": ""}),
            ("design", {"brief": "a feed", "scaffold": "yes"}),
            ("ask", {"uri": "file:///x"}),
            ("apply", {"proposal": "p99"}),
        ):
            with pytest.raises(ServerError) as error:
                await client.request("workspace/executeCommand", {"command": f"architrave.{command}", "arguments": [argument]})
            assert error.value.code == -32602, command
        with pytest.raises(ServerError, match="in no folder that was read"):
            await client.request(
                "workspace/executeCommand", {"command": "architrave.ask", "arguments": [{"question": "a b", "uri": "file:///x/y.py"}]}
            )


async def test_the_package_is_not_imported_before_it_is_needed(shop: Path) -> None:
    before = """
import sys, threading, time, os
def watch():
    while True:
        time.sleep(0.05)
        for name in ("anthropic", "httpx2", "architrave_agents"):
            if name in sys.modules and name not in seen:
                seen.add(name)
                print("LOADED", name, file=sys.stderr, flush=True)
seen = set()
threading.Thread(target=watch, daemon=True).start()
"""
    with MessagesApi(RIGHT, say("Done.")) as api:
        async with Client(
            shop, {**FULL, "experimental": {"architrave": {"proposals": True}}}, options=options(api), before=before
        ) as client:
            uri = client.open("app/orders.py")
            await client.diagnostics(uri, 1, rules={RULE})
            params = {"textDocument": {"uri": uri}, "range": {"start": {"line": 10, "character": 0}, "end": {"line": 10, "character": 9}}}
            await client.request("textDocument/codeAction", {**params, "context": {"diagnostics": []}})
            await client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 10, "character": 15}})
            assert b"LOADED" not in client.stderr
            await consent(client, uri)
            assert b"LOADED anthropic" not in client.stderr
            await refactor(client, uri)
            await client.until(lambda: b"LOADED anthropic" in client.stderr or client.notify("$/setTrace", {"value": "off"}))
