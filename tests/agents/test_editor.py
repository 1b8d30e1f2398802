"""A finding refactored away in an editor: the real server over stdio, the real client package on the loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.agents.conftest import ORDERS
from tests.agents.messages_api import MessagesApi, say
from tests.agents.test_refactor import RIGHT
from tests.lsp.client import FULL, Client, applied

KNOWS: dict[str, Any] = {**FULL, "experimental": {"architrave": {"stream": True, "status": True, "proposals": True}}}
RULE = "sys-no-timeout"
SUBJECT = "orders GET stock.example.com/items"


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
            assert client.of("architrave/stream")
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
