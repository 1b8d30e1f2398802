"""Code actions: mend, suppress, baseline, explain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import BARE, FULL, Client, ServerError, applied, span
from tests.lsp.conftest import MAIN, TIMEOUT

LINE = 11  # Of the call without a timeout.


async def actions(client: Client, uri: str, line: int = LINE, only: list[str] | None = None) -> list[dict[str, Any]]:
    context: dict[str, Any] = {"diagnostics": client.published[uri]["diagnostics"]}
    if only is not None:
        context["only"] = only
    place = span((line, 0), (line, 80))
    found: list[dict[str, Any]] = await client.request(
        "textDocument/codeAction", {"textDocument": {"uri": uri}, "range": place, "context": context}
    )
    return found


def named(found: list[dict[str, Any]], word: str) -> dict[str, Any]:
    return next(action for action in found if word in action["title"])


async def test_a_fix_is_made_when_it_is_picked(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        fix = next(action for action in await actions(client, uri) if action.get("data", {}).get("do") == "fix")
        assert "edit" not in fix and fix["kind"] == "quickfix" and "isPreferred" in fix
        assert fix["diagnostics"][0]["code"] == TIMEOUT
        edit = (await client.request("codeAction/resolve", fix))["edit"]
        change = edit["documentChanges"][0]
        assert change["textDocument"] == {"uri": uri, "version": 1}
        if not fix["isPreferred"]:
            assert next(iter(edit["changeAnnotations"].values()))["needsConfirmation"]
        mended = applied(MAIN, change["edits"])
        client.change(uri, 2, mended)
        assert await client.diagnostics(uri, 2, rules=set()) == []
        assert "timeout" in mended


async def test_a_fix_of_an_older_text_is_refused(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        fix = next(action for action in await actions(client, uri) if action.get("data", {}).get("do") == "fix")
        client.change(uri, 2, ((0, 0), (0, 0), "\n"))
        with pytest.raises(ServerError) as error:
            await client.request("codeAction/resolve", fix)
        assert error.value.code == -32801
        client.close(uri)
        with pytest.raises(ServerError):
            await client.request("codeAction/resolve", fix)


async def test_a_finding_is_suppressed_above_its_line_with_its_indentation(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        action = await client.request("codeAction/resolve", named(await actions(client, uri), "Suppress"))
        text = applied(MAIN, action["edit"]["documentChanges"][0]["edits"])
        assert f"\n    # architrave: ignore[{TIMEOUT}] " in text
        client.change(uri, 2, text)
        assert await client.diagnostics(uri, 2, rules=set()) == []


async def test_a_comment_is_not_offered_inside_a_string_nor_in_json(folder: Path, cache: Path) -> None:
    text = 'import requests\n\nrequests.get(\n    """https://stock.example.com/\nitems"""\n)\n'
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py", text)
        found = await client.diagnostics(uri, 1)
        for item in found:
            line = item["range"]["start"]["line"]
            for action in await actions(client, uri, line):
                if action.get("data", {}).get("do") == "suppress":
                    resolved = await client.request("codeAction/resolve", action)
                    assert "\nitems" in applied(text, resolved["edit"]["documentChanges"][0]["edits"])


async def test_all_that_is_safe_is_mended_at_once(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        found = await actions(client, uri, only=["source.fixAll"])
        assert {action["kind"] for action in found} <= {"source.fixAll.architrave"}
        for action in found:
            resolved = await client.request("codeAction/resolve", action)
            assert resolved["edit"]["documentChanges"]


async def test_only_the_kinds_that_are_asked_for_are_offered(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        assert await actions(client, uri, only=["refactor"]) == []
        assert await actions(client, uri, line=0) == [] or all(
            action["kind"].startswith("source") for action in await actions(client, uri, line=0)
        )


async def test_a_client_that_resolves_nothing_gets_the_edits_at_once(folder: Path, cache: Path) -> None:
    text_document = {**FULL["textDocument"], "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}
    capabilities = {**FULL, "textDocument": text_document, "workspace": {}}
    async with Client(folder, capabilities, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        found = await actions(client, uri)
        edits = [action["edit"] for action in found if "edit" in action]
        assert edits and all(set(edit) == {"changes"} for edit in edits)
        assert "architrave: ignore" in json.dumps(edits)


async def test_a_client_that_asks_about_one_finding_in_all_of_a_document_gets_its_fix_alone(folder: Path, cache: Path) -> None:
    """As Kate before 23.04 does, which carries out everything that it gets."""
    text_document = {**FULL["textDocument"], "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}
    async with Client(folder, {**FULL, "textDocument": text_document}, cache=cache) as client:
        uri = client.open("app/main.py")
        published = await client.diagnostics(uri, 1)
        about = {"textDocument": {"uri": uri}, "range": span((0, 0), (10_000, 0))}
        for diagnostic in published:
            found = await client.request("textDocument/codeAction", {**about, "context": {"diagnostics": [diagnostic]}})
            fixable = diagnostic["data"]["fixable"]
            assert [action["kind"] for action in found] == (["quickfix"] if fixable else []) and all(action["edit"] for action in found)
        found = await client.request("textDocument/codeAction", {**about, "context": {"diagnostics": []}})
        assert len(found) > 1


async def test_a_client_that_knows_only_commands_gets_commands(folder: Path, cache: Path) -> None:
    async with Client(folder, BARE, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri)
        found = await actions(client, uri)
        assert found and all(isinstance(action["command"], str) for action in found)


async def test_a_finding_goes_into_the_baseline(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        command = named(await actions(client, uri), "baseline")["command"]
        assert await client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
        assert await client.diagnostics(uri, 1, rules=set()) == []
        assert TIMEOUT in (folder / "architrave-baseline.json").read_text()
    async with Client(folder, cache=cache) as client:
        await client.ready()
        assert client.uri("app/main.py") not in client.published
