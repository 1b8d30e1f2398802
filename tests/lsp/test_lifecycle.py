"""Starting, ending, and messages that are not as they should be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.lsp.client import BARE, PULL, Client, ServerError
from tests.lsp.conftest import MAIN, TIMEOUT


async def test_the_initialize_reply_names_the_server_and_what_it_can(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        assert client.info["serverInfo"]["name"] == "architrave"
        capabilities = client.info["capabilities"]
        assert capabilities["textDocumentSync"]["change"] == 2
        assert "diagnosticProvider" not in {key for key, value in capabilities.items() if value}
        assert capabilities["executeCommandProvider"]["commands"]
    async with Client(folder, PULL, cache=cache) as client:
        provider = client.info["capabilities"]["diagnosticProvider"]
        assert provider["interFileDependencies"] and provider["workspaceDiagnostics"]


@pytest.mark.parametrize("named", ["workspaceFolders", "rootUri", "rootPath"])
async def test_a_client_may_name_its_folder_in_the_older_ways_too(folder: Path, cache: Path, named: str) -> None:
    value = {"workspaceFolders": [{"uri": folder.as_uri(), "name": "w"}], "rootUri": folder.as_uri(), "rootPath": str(folder)}[named]
    async with Client(folder, cache=cache, is_initialized=False) as client:
        await client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}, named: value})
        client.notify("initialized", {})
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [([], "utf-16"), (["utf-7"], "utf-16"), (["utf-7", "utf-32", "utf-8"], "utf-32"), (["utf-8", "utf-16"], "utf-8"), (None, "utf-16")],
)
async def test_the_first_encoding_that_both_know_is_taken(offered: list[str] | None, chosen: str) -> None:
    async with Client(None, {} if offered is None else {"general": {"positionEncodings": offered}}) as client:
        assert client.info["capabilities"]["positionEncoding"] == chosen


async def test_one_client_is_served_over_tcp(folder: Path, cache: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "server"), "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "architrave", "server", "--tcp", "127.0.0.1:0"]
    server = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    assert server.stderr is not None
    said = (await asyncio.wait_for(server.stderr.readline(), 60)).decode()
    assert said.startswith("architrave: listening on 127.0.0.1:")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(said.rpartition(":")[2]))
    for number, method in enumerate(("initialize", "shutdown", "exit")):
        params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}} if method == "initialize" else None
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **({"id": number} if method != "exit" else {})}).encode()
        writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    answers = await asyncio.wait_for(reader.read(), 60)
    assert b'"name":"architrave"' in answers
    assert await asyncio.wait_for(server.wait(), 60) == 0
    writer.close()


async def test_a_folder_with_links_in_a_circle_and_files_that_are_none_is_read(folder: Path, cache: Path) -> None:
    (folder / "app/up").symlink_to("..")
    (folder / "app/self").symlink_to("self")
    (folder / "app/gone.py").symlink_to("nowhere.py")
    (folder / "app/folder.py").mkdir()
    os.mkfifo(folder / "app/pipe.py")
    (folder / os.fsdecode(b"app/\xff.py")).write_text(MAIN)
    async with Client(folder, cache=cache) as client:
        await client.diagnostics(client.uri("app/main.py"), rules={TIMEOUT})
        await client.ready()
        assert list(client.published) == [client.uri("app/main.py")]
        assert b"Traceback" not in client.stderr


async def test_requests_before_initialize_are_refused(folder: Path) -> None:
    async with Client(folder, is_initialized=False) as client:
        with pytest.raises(ServerError) as error:
            await client.request("textDocument/hover", {"textDocument": {"uri": "file:///x"}, "position": {"line": 0, "character": 0}})
        assert error.value.code == -32002
        client.notify("textDocument/didOpen", {"textDocument": {}})
        assert (await client.initialize())["serverInfo"]["name"] == "architrave"


async def test_a_second_initialize_and_requests_after_shutdown_are_refused(folder: Path) -> None:
    async with Client(folder) as client:
        with pytest.raises(ServerError) as error:
            await client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        assert error.value.code == -32600
        await client.request("shutdown")
        with pytest.raises(ServerError) as error:
            await client.request("textDocument/hover", {"textDocument": {"uri": "file:///x"}, "position": {"line": 0, "character": 0}})
        assert error.value.code == -32600
        client.notify("exit")
        assert await client.process.wait() == 0


async def test_exit_without_shutdown_is_an_error(folder: Path) -> None:
    async with Client(folder) as client:
        client.notify("exit")
        assert await client.process.wait() == 1


async def test_the_end_of_the_stream_is_the_end(folder: Path) -> None:
    async with Client(folder) as client:
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert await client.process.wait() == 1


async def test_shutdown_while_reading_ends_soon(tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "large"
    root.mkdir()
    for number in range(400):
        (root / f"module_{number}.py").write_text(MAIN * 20)
    async with Client(root, cache=cache) as client:
        await client.until(lambda: client.of("$/progress"))
        await client.request("shutdown")
        client.notify("exit")
        assert await asyncio.wait_for(client.process.wait(), 30) == 0


async def test_killed_while_reading_it_starts_again(tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "large"
    root.mkdir()
    for number in range(300):
        (root / f"module_{number}.py").write_text(MAIN * 20)
    async with Client(root, cache=cache) as client:
        await client.until(lambda: client.of("$/progress"))
        client.process.send_signal(signal.SIGKILL)
        await client.process.wait()
    async with Client(root, cache=cache) as client:
        await client.ready()
        assert len(client.published) == 300


MALFORMED = [
    (b"Content-Length: 5\r\n\r\n{nope", -32700),
    (b"Content-Length: 2\r\n\r\n[]", -32600),
    (b"Content-Length: 2\r\n\r\n{}", -32600),
    (b"Content-Length: 4\r\n\r\nnull", -32600),
    (b'Content-Length: 32\r\n\r\n{"jsonrpc": "1.0","method": "x"}', -32600),
    (b'Content-Length: 3\r\n\r\n\xff\xfe"', -32700),
    (b"some text that is no header\r\nContent-Length: 2\r\n\r\n{}", -32700),
]


@pytest.mark.parametrize(("data", "code"), MALFORMED)
async def test_malformed_messages_get_an_error_and_the_server_goes_on(folder: Path, cache: Path, data: bytes, code: int) -> None:
    async with Client(folder, cache=cache) as client:
        client.send_raw(data)
        await client.until(lambda: [item for item in client.of("error") if item["params"]["code"] == code])
        await client.diagnostics(client.uri("app/main.py"))


async def test_deep_json_is_refused(folder: Path) -> None:
    async with Client(folder) as client:
        body = b"[" * 100_000
        client.send_raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await client.until(lambda: client.of("error"))
        assert await client.request("textDocument/codeLens", {"textDocument": {"uri": "file:///nothing"}}) == []


async def test_headers_are_read_as_others_write_them(folder: Path) -> None:
    async with Client(folder, is_initialized=False) as client:
        body = json.dumps({"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": {"processId": None, "capabilities": {}}}).encode()
        client.send_raw(b"content-length:%d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n" % len(body) + body)
        client.notify("initialized", {})
        assert await client.request("workspace/executeCommand", {"command": "architrave.explain", "arguments": [TIMEOUT]})


WRONG = [
    ("textDocument/hover", {"textDocument": {"uri": "file:///unknown.py"}, "position": {"line": 0, "character": 0}}, None),
    ("textDocument/hover", {"textDocument": {"uri": "file:///unknown.py"}}, -32602),
    ("textDocument/hover", None, -32602),
    ("textDocument/hover", [1, 2], -32602),
    ("textDocument/hover", {"textDocument": {"uri": "MAIN"}, "position": {"line": 99999, "character": 99999}}, None),
    ("textDocument/hover", {"textDocument": {"uri": "MAIN"}, "position": {"line": -5, "character": -1}}, -32602),
    ("textDocument/codeLens", {"textDocument": {"uri": "no uri at all"}}, None),
    ("workspace/executeCommand", {"command": "nothing.of.ours"}, -32602),
    ("workspace/executeCommand", {"command": "architrave.explain", "arguments": [{"uri": 1}]}, -32602),
    ("workspace/executeCommand", {"command": "architrave.explain", "arguments": ["no-such-rule"]}, -32803),
    ("textDocument/inventedByMe", {}, -32601),
    ("$/alsoInvented", {}, -32601),
]


@pytest.mark.parametrize(("method", "params", "code"), WRONG)
async def test_wrong_requests_get_an_answer(folder: Path, cache: Path, method: str, params: object, code: int | None) -> None:
    async with Client(folder, cache=cache) as client:
        await client.ready()
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        filled = json.loads(json.dumps(params).replace("MAIN", uri))
        if code is None:
            assert await client.request(method, filled) in (None, [])
        else:
            with pytest.raises(ServerError) as error:
                await client.request(method, filled)
            assert error.value.code == code
        client.change(uri, 2, ((0, 0), (0, 0), "\n"))
        await client.diagnostics(uri, 2)


async def test_notifications_about_nothing_known_are_left_alone(folder: Path, cache: Path) -> None:
    async with Client(folder, BARE, cache=cache) as client:
        unknown = {"textDocument": {"uri": "file:///unknown.py", "version": 2}}
        client.notify("textDocument/didChange", {**unknown, "contentChanges": [{"text": "x"}]})
        client.notify("textDocument/didChange", {"textDocument": {}})
        client.notify("textDocument/didChange", None)
        client.notify("textDocument/didClose", unknown)
        client.notify("textDocument/didSave", unknown)
        client.notify("$/cancelRequest", {"id": 12345})
        client.notify("$/invented", {})
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": "file:///unknown.py", "type": 3}]})
        client.send({"jsonrpc": "2.0", "id": 999, "result": None})
        await client.diagnostics(client.uri("app/main.py"))


async def test_ranges_that_are_nowhere_do_no_harm(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        client.change(uri, 2, ((500, 0), (400, 7), "\n# end\n"))
        client.change(uri, 3, ((-3, -1), (0, 0), "# start\n"))
        client.change(uri, 4, ((5, 999), (2, 0), ""))
        await client.diagnostics(uri, 4)
        client.change(uri, 5, MAIN)
        await client.diagnostics(uri, 5, rules={TIMEOUT})


async def test_a_rule_that_raises_costs_its_own_findings_only(folder: Path, cache: Path) -> None:
    before = """
import architrave.analysis.runner as runner
original = runner._run_one
def broken(model, rule, *rest):
    if rule.id.startswith('api-'):
        def check(model, **options):
            raise RuntimeError('a bug')
        import dataclasses
        rule = dataclasses.replace(rule, check=check)
        rule.__dict__['id'] = 'api-broken'
    return original(model, rule, *rest)
runner._run_one = broken
"""
    async with Client(folder, cache=cache, before=before) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        assert b"api-broken" in client.stderr


async def test_texts_that_are_no_code_do_no_harm(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        for version, text in enumerate(("\0\1\2", "(" * 10_000, "\ufeff" + MAIN, "x = '\ud800'\n", "a" * 3_000_000, "\r\r\n\n\r"), 2):
            client.change(uri, version, text)
            await client.diagnostics(uri, version)
        client.change(uri, 20, MAIN)
        await client.diagnostics(uri, 20, rules={TIMEOUT})


async def test_the_whole_disk_is_refused_with_a_sentence(cache: Path) -> None:
    async with Client(Path("/"), cache=cache) as client:
        shown = await client.until(lambda: client.of("window/showMessage"))
        assert "whole disk" in shown[0]["params"]["message"]
        uri = "file:///somewhere/alone.py"
        client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": MAIN}})
        await client.diagnostics(uri, 1, rules={TIMEOUT})


async def test_a_folder_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path, cache: Path) -> None:
    async with Client(tmp_path / "missing", cache=cache) as client:
        shown = await client.until(lambda: client.of("window/showMessage"))
        assert "missing" in shown[0]["params"]["message"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
async def test_the_server_ends_with_the_editor(folder: Path, cache: Path) -> None:
    editor = await asyncio.create_subprocess_exec("sleep", "1000")
    async with Client(folder, cache=cache, process_id=editor.pid) as client:
        await client.ready()
        editor.kill()
        await editor.wait()
        assert await asyncio.wait_for(client.process.wait(), 60) == 1


async def test_what_is_printed_does_not_reach_the_client(folder: Path, cache: Path) -> None:
    before = "import atexit, os, architrave.lsp.folder as f; o = f.Folder.index\ndef index(self, *a):\n    print('hello'); os.write(1, b'there'); return o(self, *a)\nf.Folder.index = index"
    async with Client(folder, cache=cache, before=before) as client:
        await client.diagnostics(client.uri("app/main.py"))
        assert b"hello" in client.stderr and b"there" in client.stderr
