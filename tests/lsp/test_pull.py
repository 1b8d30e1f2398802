"""Pulled diagnostics: of a document, of the workspace, unchanged ones, in parts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.lsp.client import PULL, Client
from tests.lsp.conftest import DUPLICATE, MAIN, TIMEOUT, TWICE


async def pulled(client: Client, uri: str, previous: str | None = None) -> dict[str, Any]:
    params: dict[str, Any] = {"textDocument": {"uri": uri}}
    if previous is not None:
        params["previousResultId"] = previous
    found: dict[str, Any] = await client.request("textDocument/diagnostic", params)
    return found


async def whole(client: Client, previous: list[dict[str, str]] | None = None, **more: Any) -> list[dict[str, Any]]:
    found = await client.request("workspace/diagnostic", {"previousResultIds": previous or [], **more})
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_a_document_is_reported_once_and_then_as_unchanged(folder: Path, cache: Path) -> None:
    async with Client(folder, PULL, cache=cache) as client:
        uri = client.open("app/main.py")
        first = await pulled(client, uri)
        assert first["kind"] == "full" and {item["code"] for item in first["items"]} == {TIMEOUT}
        assert (await pulled(client, uri, first["resultId"])) == {"kind": "unchanged", "resultId": first["resultId"]}
        client.change(uri, 2, "x = 1\n")
        second = await pulled(client, uri, first["resultId"])
        assert second["kind"] == "full" and second["items"] == []
        assert not client.published  # Nothing is pushed to a client that pulls.


async def test_a_file_that_is_not_open_is_reported_too(folder: Path, cache: Path) -> None:
    async with Client(folder, PULL, cache=cache) as client:
        assert {item["code"] for item in (await pulled(client, client.uri("app/main.py")))["items"]} == {TIMEOUT}
        assert (await pulled(client, "file:///elsewhere/nothing.py"))["items"] == []


async def test_the_workspace_is_reported_with_versions_and_unchanged_files(folder: Path, cache: Path) -> None:
    async with Client(folder, PULL, cache=cache) as client:
        uri = client.open("app/main.py", version=4)
        items = await whole(client)
        main = next(item for item in items if item["uri"] == uri)
        assert main["version"] == 4 and main["kind"] == "full"
        previous = [{"uri": item["uri"], "value": item["resultId"]} for item in items]
        assert {item["kind"] for item in await whole(client, previous)} <= {"unchanged"}
        client.change(uri, 5, "x = 1\n")
        cleared = await whole(client, previous)
        assert next(item for item in cleared if item["uri"] == uri)["items"] == []


async def test_the_workspace_comes_in_parts_when_asked(folder: Path, cache: Path) -> None:
    for number in range(120):
        (folder / f"app/copy_{number}.py").write_text(MAIN)
    async with Client(folder, PULL, cache=cache) as client:
        assert await whole(client, partialResultToken="parts") == []
        parts = [item["params"]["value"]["items"] for item in client.of("$/progress") if item["params"]["token"] == "parts"]
        assert len(parts) > 1
        assert len({item["uri"] for part in parts for item in part}) >= 121


async def test_the_client_is_told_to_ask_again_when_another_file_is_concerned(folder: Path, cache: Path) -> None:
    async with Client(folder, PULL, cache=cache) as client:
        other = client.open("app/other.py")
        await pulled(client, other)
        before = len(client.of("workspace/diagnostic/refresh"))
        client.change(other, 2, DUPLICATE)
        found = await pulled(client, other)
        if TWICE not in {item["code"] for item in found["items"]}:
            await client.until(lambda: len(client.of("workspace/diagnostic/refresh")) > before)
            assert TWICE in {item["code"] for item in (await pulled(client, client.uri("app/main.py")))["items"]}


async def test_a_pull_can_be_cancelled(folder: Path, cache: Path) -> None:
    for number in range(300):
        (folder / f"app/copy_{number}.py").write_text(MAIN * 10)
    async with Client(folder, PULL, cache=cache) as client:
        id, reply = client.start_request("textDocument/diagnostic", {"textDocument": {"uri": client.uri("app/main.py")}})
        client.notify("$/cancelRequest", {"id": id})
        answer = await asyncio.wait_for(reply, 60)
        assert answer.get("error", {}).get("code") in (-32800, None)
        assert {item["code"] for item in (await pulled(client, client.uri("app/main.py")))["items"]} == {TIMEOUT}


async def test_files_changed_behind_our_back_are_seen_when_the_workspace_is_asked_for(folder: Path, cache: Path) -> None:
    async with Client(folder, PULL, cache=cache) as client:
        assert any(item["uri"] == client.uri("app/main.py") for item in await whole(client))
        (folder / "app/main.py").write_text("x = 1\n")
        (folder / "app/fresh.py").write_text(MAIN)
        found: dict[str, Any] = {}
        while client.uri("app/fresh.py") not in found:  # The disk is looked at again as soon as that costs little.
            found = {item["uri"]: item for item in await whole(client)}
        assert client.uri("app/main.py") not in found
        assert found[client.uri("app/fresh.py")]["items"]
