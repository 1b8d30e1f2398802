"""Two fixes that make the next migration, one after the other: the second follows what the first has made, saved or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import Client, applied, span

RULE = "data-missing-fk"
FIRST = "db/migration/V1__shop.sql"
KEPT = "CREATE TABLE kept_{0} (id bigint PRIMARY KEY AUTO_INCREMENT, order_id bigint NOT NULL REFERENCES orders (id));\n"
PART = "CREATE TABLE part_{0} (id bigint PRIMARY KEY AUTO_INCREMENT, order_id bigint NOT NULL);\n"
SHOP = "CREATE TABLE orders (id bigint PRIMARY KEY AUTO_INCREMENT);\n" + "".join(map(KEPT.format, range(6)))


@pytest.mark.parametrize("how", ["an unsaved document", "a document over an empty file", "a file that was not looked at yet"])
async def test_the_second_follows_the_first(tmp_path: Path, cache: Path, how: str) -> None:
    file = tmp_path / FIRST
    file.parent.mkdir(parents=True)
    file.write_text(SHOP + PART.format(0) + PART.format(1))
    async with Client(tmp_path, cache=cache) as client:
        uri = client.open(FIRST, language="sql")
        await client.diagnostics(uri, 1, rules={RULE})
        found = client.published[uri]["diagnostics"]
        assert len(found) == 2
        made = await _made(client, uri, found[0])
        assert list(made) == ["V2__part_0_order_id_fkey.sql"]
        for name, text in made.items():
            path = f"db/migration/{name}"
            if how != "an unsaved document":
                (tmp_path / path).write_text("")
            if how != "a file that was not looked at yet":
                client.open(path, text, language="sql")
        assert list(await _made(client, uri, found[1])) == ["V3__part_1_order_id_fkey.sql"]


async def _made(client: Client, uri: str, diagnostic: dict[str, Any]) -> dict[str, str]:
    """Return the files that the fix of a finding makes, by name."""
    line = diagnostic["range"]["start"]["line"]
    context = {"diagnostics": [diagnostic], "only": ["quickfix"]}
    place = span((line, 0), (line, 200))
    params = {"textDocument": {"uri": uri}, "range": place, "context": context}
    actions = await client.request("textDocument/codeAction", params)
    fix = next(action for action in actions if action.get("data", {}).get("do") == "fix")
    changes = (await client.request("codeAction/resolve", fix))["edit"]["documentChanges"]
    texts = {change["textDocument"]["uri"]: change["edits"] for change in changes if "textDocument" in change}
    return {
        new.rpartition("/")[2]: applied("", texts[new]) for new in (change["uri"] for change in changes if change.get("kind") == "create")
    }
