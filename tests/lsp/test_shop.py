"""What the server says of places of the shop, where five languages, their tables and their topics meet."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.lsp.client import FULL, Client, span
from tests.lsp.test_hover import hovered

SHOP = Path(__file__).parents[2] / "examples" / "shop"
BILLING = "services/billing/src/main/java/com/example/shop/billing"
KNOWN = {
    ("services/inventory/internal/api/router.go", 'GET("/items/:sku/stock"'): (
        "**Route** `GET /v1/items/{sku}/stock`",
        "Handler: ",
        "Tables: ",
    ),
    ("services/orders/src/orders/models/order.py", "Order(Base"): ("**Table** `orders`", "Columns by the migrations: ", "Read in: "),
    (f"{BILLING}/events/InvoiceEvents.java", "kafka.send"): ("**Topic** `invoices.paid`", "Published by: ", "Received by: "),
    (f"{BILLING}/messaging/ShipmentListener.java", "@KafkaListener"): ("**Topic** `shipments.dispatched`", "Published by: "),
    ("services/gateway/src/clients/inventory.ts", "http.get<Item>"): (
        "**Outgoing call** `GET /v1/items/{}`",
        "Leads to the service: `services/inventory`",
        "Served by: `GET /v1/items/{sku}`",
    ),
    ("services/gateway/src/config/index.ts", "process.env.SESSION_COOKIE_DOMAIN"): ("**Setting** `SESSION_COOKIE_DOMAIN`", "Read by: "),
}


async def test_a_hover_says_what_the_model_knows(cache: Path) -> None:
    async with Client(SHOP, cache=cache) as client:
        await client.ready()
        for (path, word), said in KNOWN.items():
            text = (SHOP / path).read_text()
            uri = client.open(path)
            await client.diagnostics(uri, 1)
            value = (await hovered(client, uri, text, word))["contents"]["value"]
            for part in said:
                assert part in value, (path, value)
            for link in re.findall(r"\]\(file://([^)#]+)#L\d+\)", value):
                assert Path(unquote(link)).is_file(), link


async def test_nothing_is_sent_anywhere(cache: Path) -> None:
    """Not with every request of an editor on every kind of file: no address is looked up, no socket connected."""
    before = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        print("NETWORK", event, arguments, file=sys.stderr)
sys.addaudithook(watch)
"""
    async with Client(SHOP, cache=cache, before=before) as client:
        await client.ready()
        for path in ("services/orders/src/orders/main.py", "services/orders/Dockerfile", "services/gateway/src/clients/inventory.ts"):
            uri = client.open(path)
            shown = await client.diagnostics(uri, 1)
            document = {"textDocument": {"uri": uri}}
            await client.request("textDocument/hover", {**document, "position": {"line": 25, "character": 3}})
            place = {"range": span((0, 0), (500, 0)), "context": {"diagnostics": shown}}
            for action in await client.request("textDocument/codeAction", {**document, **place}):
                if "data" in action:
                    await client.request("codeAction/resolve", action)
            for lens in await client.request("textDocument/codeLens", document):
                await client.request("codeLens/resolve", lens)
        await client.request("workspace/executeCommand", {"command": "architrave.review"})
        assert b"NETWORK" not in client.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_a_fix_lands_behind_wide_signs_in_every_encoding(folder: Path, cache: Path, encoding: str) -> None:
    before = 's = "\U0001d538\U0001f600é"; import requests; '
    text = f'{before}requests.get("https://stock.example.com/items")\n'
    (folder / "app/main.py").write_text(text)
    capabilities = {**FULL, "general": {"positionEncodings": [encoding]}}
    async with Client(folder, capabilities, cache=cache) as client:
        uri = client.open("app/main.py")
        shown = await client.diagnostics(uri, 1)
        units = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}[encoding]
        assert shown[0]["range"]["start"] == {"line": 0, "character": units}
        place = {"range": shown[0]["range"], "context": {"diagnostics": shown}}
        found = await client.request("textDocument/codeAction", {"textDocument": {"uri": uri}, **place})
        fix = next(action for action in found if action.get("data", {}).get("do") == "fix")
        [edit] = (await client.request("codeAction/resolve", fix))["edit"]["documentChanges"][0]["edits"]
        at = units + len('requests.get("https://stock.example.com/items"')
        assert (edit["range"], edit["newText"]) == (span((0, at), (0, at)), ", timeout=10")
        client.change(uri, 2, ((0, at), (0, at), edit["newText"]))
        await client.diagnostics(uri, 2, rules=set())
