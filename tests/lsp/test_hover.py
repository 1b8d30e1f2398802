"""Hover: the page of a finding, what the model knows of a place, and nothing of the workspace unescaped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from architrave.analysis import markdown
from tests.lsp.client import FULL, Client
from tests.lsp.conftest import MAIN, TIMEOUT


async def hovered(client: Client, uri: str, text: str, word: str) -> dict[str, Any]:
    at = text.index(word)
    line = text.count("\n", 0, at)
    position = {"line": line, "character": at - (text.rfind("\n", 0, at) + 1) + 1}
    found: dict[str, Any] = await client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})
    return found


async def test_a_finding_shows_its_message_and_its_page(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        found = await hovered(client, uri, MAIN, "requests.get(")
        assert found["contents"]["kind"] == "markdown"
        assert TIMEOUT in found["contents"]["value"]
        assert "rules/sys-no-timeout.md" in found["contents"]["value"]
        assert found["range"]["start"]["line"] == 11


async def test_a_route_shows_who_guards_and_calls_it(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        value = (await hovered(client, uri, MAIN, '@app.post("/orders")'))["contents"]["value"]
        assert "**Route** `POST /orders`" in value
        assert "Guarded by: nothing that was recognised" in value
        assert "Called by" in value
        assert "`create`" in value


async def test_a_setting_shows_where_it_is_read_and_set_but_no_value(folder: Path, cache: Path) -> None:
    text = 'import os\n\nURL = os.environ["STOCK_URL"]\n'
    (folder / "app/settings.py").write_text(text)
    (folder / ".env").write_text("STOCK_URL=https://secret@stock\n")
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/settings.py")
        await client.diagnostics(uri, 1)
        value = (await hovered(client, uri, text, "STOCK_URL"))["contents"]["value"]
        assert "**Setting** `STOCK_URL`" in value
        assert "app/settings.py" in value and ".env" in value
        assert "secret" not in value


async def test_a_client_without_markdown_gets_plain_text(folder: Path, cache: Path) -> None:
    capabilities = {**FULL, "textDocument": {**FULL["textDocument"], "hover": {"contentFormat": ["plaintext"]}}}
    async with Client(folder, capabilities, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        contents = (await hovered(client, uri, MAIN, '@app.post("/orders")'))["contents"]
        assert contents["kind"] == "plaintext"
        assert "Route `POST /orders`" in contents["value"]
        assert "&#" not in contents["value"] and "**" not in contents["value"]


async def test_where_nothing_is_known_there_is_no_hover(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        assert await hovered(client, uri, MAIN, "import requests") is None


EVIL = "`](command:evil) <img src=x onerror=alert(1)> [x](http://evil) **b**"


async def test_no_name_of_the_workspace_becomes_markup(folder: Path, cache: Path) -> None:
    text = MAIN.replace('"/orders")\ndef create', f'"/orders/{EVIL}")\ndef create') + f'\n\nKEY = __import__("os").environ["{EVIL}"]\n'
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py", text)
        await client.diagnostics(uri, 1)
        value = (await hovered(client, uri, text, "@app.post"))["contents"]["value"]
        assert "command:evil" in value  # It is shown, as code.
        without_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", value)
        assert "command:" not in without_code and "<img" not in without_code and "http://evil" not in without_code


async def test_no_name_of_the_workspace_becomes_a_link_or_an_icon_in_a_message_or_title(tmp_path: Path, cache: Path) -> None:
    """VS Code reads `[…](command:…)` in messages, and `$(…)` in the titles of lenses."""
    root = tmp_path / "$(bug) [x](command:evil)"
    root.mkdir()
    (root / "architrave.toml").write_text('"[x](command:evil)" = 1\n')
    query = 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/x")\ndef x(db):\n    db.execute("SELECT 1 FROM \\"$(bug)\\"")\n'
    (root / "main.py").write_text(query)
    async with Client(root, cache=cache) as client:
        uri = client.open("main.py")
        await client.diagnostics(uri, 1)
        await client.ready()
        titles = [item["params"]["value"].get("title", "") for item in client.of("$/progress")]
        messages = [item["params"]["message"] for item in client.of("window/showMessage")]
        for lens in await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}}):
            titles.append((await client.request("codeLens/resolve", lens))["command"]["title"])
        assert "evil" in messages[0] and "bug" in titles[0]
        assert not [text for text in (*titles, *messages) if "](" in text or "$(" in text]


PIECES = st.sampled_from(
    [
        *"`*_[]()<>#+-=.!|~&$@:/\\'\" \n\tax1é\U0001f600",
        "](command:evil)",
        "<img>",
        "http://evil.com",
        "www.evil.com",
        "a@b.com",
        "1. ",
        "- ",
        "&lt;",
        "**",
    ]
)
READER = MarkdownIt("gfm-like")


@given(pieces=st.lists(PIECES, max_size=12))
@example(pieces=[EVIL])
def test_escaped_text_is_shown_as_it_is(pieces: list[str]) -> None:
    text = " ".join("".join(pieces).split())
    for made in (markdown.escaped(text), markdown.sentence(text)):
        tokens = READER.parse(made)
        assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"]), made
        inner = [child for token in tokens for child in token.children or ()]
        assert {child.type for child in inner} <= {"text", "text_special", "code_inline"}, made
        shown = "".join(child.content for child in inner)
        assert "".join(shown.split()).replace("`", "") == "".join(text.split()).replace("`", ""), made


@given(pieces=st.lists(PIECES, min_size=1, max_size=12))
def test_code_shows_a_name_as_it_is(pieces: list[str]) -> None:
    text = " ".join("".join(pieces).split())
    inner = [child for token in READER.parse(f"a {markdown.code(text)} b") for child in token.children or ()]
    assert not text or [child.content for child in inner if child.type == "code_inline"] == [text], markdown.code(text)
    assert {child.type for child in inner} <= {"text", "code_inline"}
