"""Every message of the server is one of the protocol: checked with the types of lsprotocol, for the capabilities of real editors."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import client_capabilities

from tests.lsp.client import BARE, FULL, PULL, Client, span
from tests.lsp.conftest import DUPLICATE, MAIN, TIMEOUT

CONVERTER = get_converter()


def of_editor(name: str) -> dict[str, Any]:
    found: dict[str, Any] = CONVERTER.unstructure(client_capabilities(name))
    return found


EDITORS = {
    "vscode": lambda: of_editor("visual-studio-code"),
    "neovim": lambda: of_editor("neovim"),
    "full": lambda: FULL,
    "pull": lambda: PULL,
    "bare": lambda: BARE,
}


class Checking(Client):
    """A client that holds every message against the protocol."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.methods: dict[int, str] = {}
        self.wrong: list[str] = []

    def start_request(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[dict[str, Any]]]:
        id, reply = super().start_request(method, params)
        self.methods[id] = method
        return id, reply

    def _receive(self, message: dict[str, Any]) -> None:
        try:
            self._check(message)
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {error}: {message}")
        super()._receive(message)

    def _check(self, message: dict[str, Any]) -> None:
        kind: Any
        if self.methods.get(message.get("id", 0)) == "textDocument/codeAction" and "result" in message:
            # lsprotocol takes every action with a command for a bare command, so each is checked as what it is.
            for item in message["result"]:
                _compare(item, types.Command if isinstance(item.get("command"), str) else types.CodeAction)
            return
        if "method" in message:
            kind = types.METHOD_TO_TYPES[message["method"]][0]
        elif "error" in message:
            kind = types.ResponseErrorMessage
        else:
            kind = types.METHOD_TO_TYPES[self.methods[message["id"]]][1]
        _compare(message, kind)


def _compare(message: dict[str, Any], kind: Any) -> None:
    """Hold a message against a type: what the type does not know is lost on the way there and back."""
    lost = _keys(message) - _keys(CONVERTER.unstructure(CONVERTER.structure(message, kind)))
    assert not lost, lost


def _keys(value: Any, at: str = "") -> set[str]:
    if isinstance(value, dict):
        return {f"{at}.{key}" for key, item in value.items() if item is not None} | {
            found for key, item in value.items() if key != "data" for found in _keys(item, f"{at}.{key}")
        }
    if isinstance(value, list):
        return {found for item in value for found in _keys(item, at + "[]")}
    return set()


@pytest.mark.parametrize("editor", EDITORS)
async def test_every_message_is_one_of_the_protocol(folder: Path, cache: Path, editor: str) -> None:
    async with Checking(folder, EDITORS[editor](), cache=cache) as client:
        uri = client.open("app/main.py")
        other = client.open("app/other.py")
        pulls = bool(client.info["capabilities"].get("diagnosticProvider"))
        if pulls:
            report = await client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            shown = report["items"]
            await client.request("workspace/diagnostic", {"previousResultIds": []})
        else:
            shown = await client.diagnostics(uri, rules={TIMEOUT})
        document = {"textDocument": {"uri": uri}}
        for line in range(MAIN.count("\n") + 1):
            await client.request("textDocument/hover", {**document, "position": {"line": line, "character": 12}})
        place = {"range": span((0, 0), (18, 0)), "context": {"diagnostics": shown}}
        for action in await client.request("textDocument/codeAction", {**document, **place}):
            if "data" in action and "edit" not in action:
                assert (await client.request("codeAction/resolve", action))["edit"]
        for lens in await client.request("textDocument/codeLens", document):
            assert (await client.request("codeLens/resolve", lens))["command"]["title"]
        await client.request("workspace/executeCommand", {"command": "architrave.review"})
        await client.request("workspace/executeCommand", {"command": "architrave.fixAll", "arguments": [uri]})
        client.change(other, 2, DUPLICATE)
        client.close(other)
        await client.request("workspace/executeCommand", {"command": "architrave.restartIndex"})
        assert not client.wrong
