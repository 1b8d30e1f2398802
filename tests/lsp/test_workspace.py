"""Folders, settings, files on disk, commands and lenses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import FULL, Client, ServerError
from tests.lsp.conftest import DUPLICATE, MAIN, TIMEOUT, TWICE

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "server")}
WITH_SETTINGS = {**FULL, "workspace": {**FULL["workspace"], "configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}


async def test_each_folder_is_a_workspace_of_its_own(folder: Path, tmp_path: Path, cache: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / "main.py").write_text(MAIN)
    async with Client(folder, folders=[folder, second], cache=cache) as client:
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})
        await client.diagnostics((second / "main.py").as_uri(), rules={TIMEOUT})
        event = {"added": [], "removed": [{"uri": second.as_uri(), "name": "second"}]}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await client.diagnostics((second / "main.py").as_uri(), rules=set())
        event = {"added": [{"uri": second.as_uri(), "name": "second"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await client.diagnostics((second / "main.py").as_uri(), rules={TIMEOUT})


async def test_an_open_document_moves_into_the_folder_that_is_added(folder: Path, cache: Path) -> None:
    async with Client(folder, folders=[], cache=cache) as client:
        uri = client.open("app/main.py", MAIN + "\n")
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        event = {"added": [{"uri": folder.as_uri(), "name": "w"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await client.ready()
        client.change(uri, 2, "x = 1\n")
        await client.diagnostics(uri, 2, rules=set())


async def test_a_part_of_a_configured_project_is_judged_as_by_the_command_line(folder: Path, cache: Path) -> None:
    """The layers and the duplicate are seen because the whole project is read; shown is what lies in the opened part."""
    (folder / "architrave.toml").write_text('exclude = ["app/old/"]\n[rules.sys-no-timeout]\nseverity = "hint"\n')
    (folder / "app/old").mkdir()
    (folder / "app/old/main.py").write_text(MAIN)
    (folder / "app/other.py").write_text(DUPLICATE)
    call = 'import requests\n\nrequests.get("https://stock.example.com/items")\n'
    (folder / "lib").mkdir()
    (folder / "lib/client.py").write_text(call)
    command = [sys.executable, "-m", "architrave", "check", "app", "--format", "json", "--no-cache"]
    said = json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=False, env=ENVIRONMENT).stdout)["findings"]
    async with Client(folder / "app", cache=cache) as client:
        await client.ready()
        shown = [
            (uri.removeprefix(folder.as_uri() + "/"), item["code"])
            for uri, sent in client.published.items()
            for item in sent["diagnostics"]
        ]
        assert sorted(shown) == sorted((item["path"], item["rule"]) for item in said)
        assert {path for path, _ in shown} == {"app/main.py", "app/other.py"}
        # A file of the project that lies outside of the opened part is one of it all the same while it is open.
        uri = (folder / "lib/client.py").as_uri()
        client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": call}})
        assert [item["severity"] for item in await client.diagnostics(uri, 1, rules={TIMEOUT})] == [4]
        client.close(uri)
        await client.diagnostics(uri, rules=set())


async def test_two_parts_of_one_project_are_read_once(folder: Path, cache: Path) -> None:
    (folder / "architrave.toml").write_text("")
    (folder / "lib").mkdir()
    (folder / "lib/client.py").write_text(MAIN)
    parts = [folder / "app", folder / "lib"]
    async with Client(folder, folders=parts, cache=cache) as client:
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})
        await client.diagnostics(client.uri("lib/client.py"), rules={TIMEOUT})
        assert len(client.progress_ends()) <= 1
        removed = [{"uri": part.as_uri(), "name": part.name} for part in parts[1:]]
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": removed}})
        await client.diagnostics(client.uri("lib/client.py"), rules=set())
        assert client.published[client.uri("app/main.py")]["diagnostics"]


async def test_a_configuration_above_that_comes_and_goes_moves_the_project(folder: Path, cache: Path) -> None:
    async with Client(folder / "app", cache=cache) as client:
        opened = client.open("main.py")
        await client.diagnostics(opened, 1, rules={TIMEOUT})
        (folder / "architrave.toml").write_text(f'ignore = ["{TIMEOUT}"]\n')
        client.notify("textDocument/didSave", {"textDocument": {"uri": opened}})
        await client.diagnostics(opened, 1, rules=set())
        (folder / "architrave.toml").unlink()
        client.notify("textDocument/didSave", {"textDocument": {"uri": opened}})
        await client.diagnostics(opened, 1, rules={TIMEOUT})


async def test_the_reading_shows_progress(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        await client.ready()
        kinds = [item["params"]["value"]["kind"] for item in client.of("$/progress")]
        assert kinds[0] == "begin" and kinds[-1] == "end"
        assert client.of("window/workDoneProgress/create")


WAITING = """
import time, architrave.analysis.scan as scan, architrave.lsp.indexing as indexing
read, waits, indexing._OFTEN = scan._results, [True], 0
def results(*arguments):
    is_large = len(arguments[1]) > 100
    try:
        for batch in read(*arguments):
            yield batch
            while waits and is_large and not indexing._cancelled:
                time.sleep(0.01)
                yield []
    finally:
        if is_large:
            waits.clear()
scan._results = results
"""


async def test_the_reading_can_be_stopped_and_goes_on_where_it_stopped(tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "large"
    root.mkdir()
    for number in range(200):
        (root / f"module_{number}.py").write_text(MAIN)
    async with Client(root, cache=cache, before=WAITING) as client:
        read = await client.until(lambda: [item["params"] for item in client.of("$/progress") if item["params"]["value"].get("percentage")])
        client.notify("window/workDoneProgress/cancel", {"token": read[0]["token"]})
        await client.ready()
        assert client.progress_ends()[0]["params"]["value"]["message"] == "Stopped"
        shown = await client.until(lambda: [*client.of("window/showMessage"), *client.of("window/showMessageRequest")])
        assert "was stopped" in shown[0]["params"]["message"]
        assert not client.published
        seen = len(client.of("$/progress"))
        await client.request("workspace/executeCommand", {"command": "architrave.restartIndex"})
        await client.until(lambda: len(client.published) == 200)
        reports = [item["params"]["value"] for item in client.of("$/progress")[seen:]]
        first = next(value["message"] for value in reports if value["kind"] == "report")
        assert int(first.split()[0]) > 0 and first.endswith("of 200 files")  # What was read before is not read again.


async def test_a_folder_is_served_while_another_is_read(folder: Path, tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "large"
    root.mkdir()
    for number in range(200):
        (root / f"module_{number}.py").write_text(MAIN)
    async with Client(folder, folders=[folder], cache=cache, before=WAITING) as client:
        await client.ready()
        event = {"added": [{"uri": root.as_uri(), "name": "large"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        reports = [
            item["params"] for item in await client.until(lambda: [item for item in client.of("$/progress") if "of 200" in str(item)])
        ]
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        position = {"textDocument": {"uri": uri}, "position": {"line": 11, "character": 20}}
        assert TIMEOUT in (await client.request("textDocument/hover", position))["contents"]["value"]
        assert len(client.progress_ends()) == 1  # The large folder is still being read.
        client.notify("window/workDoneProgress/cancel", {"token": reports[0]["token"]})
        await client.until(lambda: len(client.progress_ends()) == 2)


async def test_a_file_that_vanishes_while_the_folder_is_read_costs_nothing_else(folder: Path, cache: Path) -> None:
    (folder / "app/gone.py").write_text(MAIN)
    before = """
import pathlib, architrave.analysis.files as files
listed = files.discover
def discover(root, *arguments, **named):
    listing = listed(root, *arguments, **named)
    pathlib.Path(root, "app/gone.py").unlink(missing_ok=True)
    return listing
files.discover = discover
"""
    async with Client(folder, cache=cache, before=before) as client:
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})
        assert client.uri("app/gone.py") not in client.published
        uri = client.open("app/main.py", version=3)
        await client.diagnostics(uri, 3, rules={TIMEOUT})


async def test_files_that_change_on_disk_are_read_again(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        await client.ready()
        (folder / "app/fresh.py").write_text(MAIN)
        (folder / "app/main.py").write_text("x = 1\n")
        changes = [{"uri": client.uri("app/fresh.py"), "type": 1}, {"uri": client.uri("app/main.py"), "type": 2}]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        await client.diagnostics(client.uri("app/fresh.py"), rules={TIMEOUT})
        await client.diagnostics(client.uri("app/main.py"), rules=set())
        (folder / "app/fresh.py").unlink()
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": client.uri("app/fresh.py"), "type": 3}]})
        await client.diagnostics(client.uri("app/fresh.py"), rules=set())


async def test_files_changed_by_another_tool_are_seen_on_save(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        await client.ready()
        uri = client.open("app/other.py")
        (folder / "app/fresh.py").write_text(MAIN)
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await client.diagnostics(client.uri("app/fresh.py"), rules={TIMEOUT})


async def test_a_client_that_watches_no_files_is_told_all_the_same(folder: Path, cache: Path) -> None:
    workspace = {key: value for key, value in FULL["workspace"].items() if key != "didChangeWatchedFiles"}
    async with Client(folder, {**FULL, "workspace": workspace}, cache=cache) as client:
        await client.ready()
        uri = client.open("app/other.py")
        (folder / "app/fresh.py").write_text(MAIN)
        await client.diagnostics(client.uri("app/fresh.py"), rules={TIMEOUT})
        (folder / "app/fresh.py").unlink()
        (folder / "app/other.py").write_text(MAIN)  # It is open, so what the editor has counts.
        await client.diagnostics(client.uri("app/fresh.py"), rules=set())
        assert await client.diagnostics(uri, 1) == []


async def test_a_renamed_file_takes_its_findings_along(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})
        (folder / "app/main.py").rename(folder / "app/renamed.py")
        files = [{"oldUri": client.uri("app/main.py"), "newUri": client.uri("app/renamed.py")}]
        client.notify("workspace/didRenameFiles", {"files": files})
        await client.diagnostics(client.uri("app/renamed.py"), rules={TIMEOUT})
        await client.diagnostics(client.uri("app/main.py"), rules=set())


async def test_unsaved_text_counts_more_than_the_disk(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py", "x = 1\n")
        await client.diagnostics(uri, 1, rules=set())
        (folder / "app/main.py").write_text(MAIN + "\n")
        (folder / "app/fresh.py").write_text(MAIN)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
        await client.diagnostics(client.uri("app/fresh.py"), rules={TIMEOUT})
        assert client.published[uri]["diagnostics"] == []


async def test_ignored_files_stay_ignored_when_they_are_opened(folder: Path, cache: Path) -> None:
    (folder / "node_modules").mkdir()
    (folder / "node_modules/main.py").write_text(MAIN)
    async with Client(folder, cache=cache) as client:
        await client.ready()
        uri = client.open("node_modules/main.py")
        assert await client.diagnostics(uri, 1) == []


async def test_open_tests_change_no_finding_unless_they_are_included(folder: Path, cache: Path) -> None:
    (folder / "tests").mkdir()
    (folder / "tests/test_main.py").write_text(MAIN)
    async with Client(folder, cache=cache) as client:
        await client.ready()
        before = {uri: sent["diagnostics"] for uri, sent in client.published.items() if sent["diagnostics"]}
        uri = client.open("tests/test_main.py")
        assert await client.diagnostics(uri, 1) == []
        assert {uri: sent["diagnostics"] for uri, sent in client.published.items() if sent["diagnostics"]} == before
        (folder / "architrave.toml").write_text("include-tests = true\n")
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": client.uri("architrave.toml"), "type": 1}]})
        assert await client.diagnostics(uri, 1, rules={TIMEOUT})


async def test_a_configuration_file_counts_as_soon_as_it_is_saved(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.uri("app/main.py")
        await client.diagnostics(uri, rules={TIMEOUT})
        (folder / "architrave.toml").write_text(f'ignore = ["{TIMEOUT}"]\n')
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": client.uri("architrave.toml"), "type": 1}]})
        await client.diagnostics(uri, rules=set())


async def test_a_mistake_in_the_configuration_is_shown_and_the_rest_counts(folder: Path, cache: Path) -> None:
    (folder / "architrave.toml").write_text(f'ignroe = ["x"]\n\n[rules.{TIMEOUT}]\nseverity = "error"\n')
    async with Client(folder, cache=cache) as client:
        shown = await client.until(lambda: client.of("window/showMessage"))
        assert "`ignroe`" in shown[0]["params"]["message"] and "`ignore`" in shown[0]["params"]["message"]
        found = await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})
        assert found[0]["severity"] == 1


async def test_the_editors_settings_go_on_top(folder: Path, cache: Path) -> None:
    async with Client(folder, WITH_SETTINGS, cache=cache, settings={"ignore": [TIMEOUT], "trace.server": "off"}) as client:
        uri = client.open("app/main.py")
        assert await client.diagnostics(uri, 1) == []
        client.settings = {}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        assert client.of("client/registerCapability")


async def test_a_mistake_in_the_editors_settings_is_shown(folder: Path, cache: Path) -> None:
    settings = {"ignore": ["sys-no-timout"], "rules": {TIMEOUT: {"secnods": 3}}}
    async with Client(folder, cache=cache, options={"settings": settings}) as client:
        shown = await client.until(lambda: [item["params"]["message"] for item in client.of("window/showMessage")][1:] and client.received)
        messages = [item["params"]["message"] for item in shown if item["method"] == "window/showMessage"]
        assert "In the editor's settings: There is no rule `sys-no-timout`; the nearest is `sys-no-timeout`." in messages[0]
        assert "`secnods`; the nearest is `seconds`" in messages[1]


async def test_settings_may_come_with_the_notification(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache, options={"settings": {"ignore": [TIMEOUT]}}) as client:
        uri = client.open("app/main.py")
        assert await client.diagnostics(uri, 1) == []
        client.notify("workspace/didChangeConfiguration", {"settings": {"architrave": {"select": [TIMEOUT]}}})
        await client.diagnostics(uri, 1, rules={TIMEOUT})


async def test_a_client_that_answers_nothing_is_served_nevertheless(folder: Path, cache: Path) -> None:
    client = Client(folder, WITH_SETTINGS, cache=cache)
    client.is_answering = False
    async with client:
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})


# Lenses and commands


async def lenses(client: Client, uri: str) -> list[dict[str, Any]]:
    found = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert all("command" not in lens for lens in found)
    return [await client.request("codeLens/resolve", lens) for lens in found]


async def test_lenses_stand_above_the_module_and_its_routes(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        found = await lenses(client, uri)
        assert found[0]["command"]["title"] == "1 finding · review this module"
        assert [lens["range"]["start"]["line"] for lens in found[1:]] == [9, 14]
        assert all("caller" in lens["command"]["title"] for lens in found[1:])
        text = await client.request("workspace/executeCommand", found[1]["command"])
        assert "**Route** `GET /orders`" in text


async def test_a_review_says_what_is_there_and_is_the_same_each_time(folder: Path, cache: Path) -> None:
    (folder / "app/other.py").write_text(DUPLICATE)
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        order = {"command": "architrave.review", "arguments": [uri]}
        text = await client.request("workspace/executeCommand", order)
        assert text.startswith("# Review of app/main.py\n")
        assert ("POST /orders" in text and "https://stock.example.com" not in text.replace("GET ", "")) or TIMEOUT in text
        assert text == await client.request("workspace/executeCommand", order)
        shown = await client.until(lambda: client.of("window/showDocument"))
        assert Path(shown[0]["params"]["uri"].removeprefix("file://")).read_text() == text
        everything = await client.request("workspace/executeCommand", {"command": "architrave.review"})
        assert TWICE in everything and TIMEOUT in everything
        app = await client.request("workspace/executeCommand", {"command": "architrave.review", "arguments": [client.uri("app")]})
        assert TWICE in app


async def test_explain_shows_the_page_of_a_rule(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        text = await client.request("workspace/executeCommand", {"command": "architrave.explain", "arguments": [TIMEOUT]})
        assert text.startswith(f"# {TIMEOUT}")
        await client.until(lambda: client.of("window/showDocument"))
        with pytest.raises(ServerError) as error:
            await client.request("workspace/executeCommand", {"command": "architrave.explain", "arguments": ["sys-no-timeuot"]})
        assert TIMEOUT in str(error.value)


async def test_a_client_that_shows_no_files_is_told_where_they_lie(folder: Path, cache: Path) -> None:
    async with Client(folder, {**FULL, "window": {}}, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        for command, argument, heading in (("review", uri, "Review of app/main.py"), ("explain", TIMEOUT, TIMEOUT)):
            order = {"command": f"architrave.{command}", "arguments": [argument]}
            text = await client.request("workspace/executeCommand", order)
            begin = f"Architrave: {heading} (file://"
            told = await client.until(lambda: [item["params"]["message"] for item in client.of("window/showMessage")][-1:])
            assert told[0].startswith(begin)
            assert Path(told[0].removeprefix(begin).removesuffix(")")).read_text() == text


async def test_the_editor_and_the_terminal_find_the_same(cache: Path) -> None:
    shop = Path(__file__).parents[2] / "examples/shop"
    if not shop.is_dir():
        pytest.skip("the example is not there")
    check = [sys.executable, "-m", "architrave", "check", str(shop), "--format", "json", "--no-cache"]
    said = json.loads(subprocess.run(check, capture_output=True, check=False, cwd=Path(__file__).parents[2] / "server").stdout)
    terminal = sorted((item["rule"], item["path"], item["start"]["line"], item["message"]) for item in said["findings"])
    async with Client(shop, cache=cache) as client:
        await client.ready()
        root = shop.as_uri() + "/"
        editor = sorted(
            (item["code"], uri.removeprefix(root), item["range"]["start"]["line"] + 1, item["message"])
            for uri, published in client.published.items()
            for item in published["diagnostics"]
        )
    assert [(rule, Path(path).name, line, message) for rule, path, line, message in editor] == [
        (rule, Path(path).name, line, message) for rule, path, line, message in terminal
    ]


async def test_what_is_typed_is_held_against_the_base_of_its_repository(folder: Path, cache: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init")
    git("add", "-A")
    git("commit", "-m", "x")
    changed = MAIN.replace('post("/orders")', 'post("/order")')
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py", MAIN)
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        client.change(uri, 2, changed)
        await client.diagnostics(uri, 2, rules={TIMEOUT, "api-breaking-change-same-version"})
        (folder / "app/main.py").write_text(changed)
        git("commit", "-a", "-m", "y")
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await client.diagnostics(uri, 2, rules={TIMEOUT})
