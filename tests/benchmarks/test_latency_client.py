"""The client of the benchmarks against tiny servers on stdio. Nothing here looks at how long anything takes."""

import sys
from pathlib import Path

import pytest

from benchmarks.document import Document, inserted, keystrokes
from benchmarks.latency import measure
from benchmarks.lsp_client import Client, ServerGoneError
from benchmarks.servers import Server

_SERVER = """
import json, sys

def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\nContent-Type: text/json; charset=utf-8\\r\\n\\r\\n" % len(body) + body)
    sys.stdout.buffer.flush()

while line := sys.stdin.buffer.readline():
    length = int(line.split(b":")[1])
    sys.stdin.buffer.readline()
    message = json.loads(sys.stdin.buffer.read(length))
    method, params = message.get("method"), message.get("params")
    if method == "initialize":
        send({"id": "asked", "method": "workspace/configuration", "params": {"items": [{}, {}]}})
        send({"id": message["id"], "result": {"capabilities": CAPABILITIES}})
    elif method == "shutdown":
        send({"id": message["id"], "result": None})
    elif method == "exit":
        break
    elif method == "textDocument/diagnostic":
        send({"id": message["id"], "result": {"kind": "full", "items": []}})
    elif method in ("textDocument/didOpen", "textDocument/didChange") and PUBLISHES:
        document = params["textDocument"]
        send({"method": "textDocument/publishDiagnostics", "params": {"uri": "file:///other", "version": 1, "diagnostics": []}})
        send({"method": "textDocument/publishDiagnostics", "params": {**{key: document[key] for key in PUBLISHES}, "diagnostics": []}})
    elif method == "ask/end":
        print("out of cheese", file=sys.stderr)
        sys.exit(3)
    elif message.get("id") == "asked":
        assert message["result"] == [None, None]
"""
_TEXT = "import sys\n\n\ndef total(rows):\n    booked = 0\n    return booked\n"


@pytest.fixture
def opened_file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.py"
    path.write_text(_TEXT)
    return path


def _server(publishes: tuple[str, ...] = ("uri", "version"), capabilities: str = "{'textDocumentSync': 2}") -> tuple[str, ...]:
    return sys.executable, "-c", f"CAPABILITIES = {capabilities}\nPUBLISHES = {publishes!r}\n{_SERVER}"


async def test_a_change_is_answered_by_the_diagnostics_of_its_version(opened_file: Path) -> None:
    async with Client(_server(), opened_file.parent) as client:
        await client.initialize()
        document = Document(client, opened_file)
        await document.open()
        assert (await document.insert(4, 14, "0")).right > 0
    assert document.version == 2
    assert document.text == _TEXT.replace("= 0", "= 00")


async def test_diagnostics_without_a_version_count_when_they_come_after_the_change(opened_file: Path) -> None:
    async with Client(_server(publishes=("uri",)), opened_file.parent) as client:
        await client.initialize()
        document = Document(client, opened_file)
        await document.open()
        assert (await document.insert(4, 14, "0")).right > 0


async def test_a_server_that_never_publishes_is_asked(opened_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.document._FIRST_PUSH", 0.01)
    pulls = "{'textDocumentSync': {'change': 1}, 'diagnosticProvider': {}}"
    async with Client(_server(publishes=(), capabilities=pulls), opened_file.parent) as client:
        await client.initialize()
        document = Document(client, opened_file)
        await document.open()
        assert document.is_pulled
        assert (await document.insert(4, 14, "0")).right > 0


async def test_a_server_that_ends_is_named_with_its_last_words(opened_file: Path) -> None:
    async with Client(_server(), opened_file.parent) as client:
        await client.initialize()
        with pytest.raises(ServerGoneError, match="out of cheese"):
            await client.request("ask/end", None)


async def test_keys_are_split_by_whether_the_text_parses_after_them(opened_file: Path) -> None:
    latency = await measure(Server("tiny", _server(), "1"), opened_file.parent, opened_file, keys=20, starts=1)
    assert len(latency.starts) == 1
    assert len(latency.keys) == 20
    # The ten keys before are not counted; from `for ent` to the colon nothing parses.
    assert not any(key.parses for key in latency.keys)


def test_keys_build_up_the_text_that_is_typed() -> None:
    text = _TEXT
    for edit in keystrokes(_TEXT, 6):
        text = inserted(text, *edit)
    assert text == _TEXT.replace("0\n", "0\n    f\n")
