"""Published diagnostics: versions, other files, closing, many edits."""

from __future__ import annotations

from pathlib import Path

from tests.lsp.client import BARE, FULL, PULL, Client
from tests.lsp.conftest import DUPLICATE, MAIN, OTHER, TIMEOUT, TWICE


async def test_findings_of_files_that_are_not_open_are_published(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        found = await client.diagnostics(client.uri("app/main.py"))
        assert TIMEOUT in {item["code"] for item in found}


async def test_a_diagnostic_says_all_that_the_client_can_take(folder: Path, cache: Path) -> None:
    (folder / "app/other.py").write_text(DUPLICATE)
    async with Client(folder, cache=cache) as client:
        await client.ready()
        found = [item for published in client.published.values() for item in published["diagnostics"]]
        twice = next(item for item in found if item["code"] == TWICE)
        assert twice["source"] == "architrave"
        assert twice["severity"] in (1, 2, 3, 4)
        assert twice["data"]["rule"] == TWICE
        related = twice["relatedInformation"][0]
        assert related["location"]["uri"].endswith(".py")
        assert related["message"]
        page = Path(twice["codeDescription"]["href"].removeprefix("file://"))
        assert page.read_text().startswith(f"# {TWICE}")


async def test_a_client_that_can_nothing_optional_gets_bare_diagnostics(folder: Path, cache: Path) -> None:
    async with Client(folder, BARE, cache=cache) as client:
        found = await client.diagnostics(client.uri("app/main.py"))
        assert all(set(item) == {"range", "severity", "code", "source", "message"} for item in found)
        uri = client.open("app/main.py")
        client.change(uri, 2, ((0, 0), (0, 0), "\n"))
        moved = await client.until(lambda: [item for item in client.history if item["uri"] == uri and item["diagnostics"] != found][-1:])
        assert "version" not in moved[0]


async def test_a_client_that_cannot_be_told_to_ask_again_is_sent_findings(folder: Path, cache: Path) -> None:
    async with Client(folder, {**PULL, "workspace": FULL["workspace"]}, cache=cache) as client:
        assert "diagnosticProvider" not in client.info["capabilities"]
        assert TIMEOUT in {item["code"] for item in await client.diagnostics(client.uri("app/main.py"))}


async def test_every_edit_is_answered_with_its_version(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        before = await client.diagnostics(uri, 1)
        for version in range(2, 8):
            client.change(uri, version, ((0, 0), (0, 0), "#"))
            await client.diagnostics(uri, version)
        client.change(uri, 8, ((0, 0), (0, 6), ""))
        assert await client.diagnostics(uri, 8, rules={TIMEOUT}) == before


async def test_findings_follow_unsaved_text(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1)
        client.change(uri, 2, MAIN.replace('items")', 'items", timeout=5)'))
        assert await client.diagnostics(uri, 2, rules=set()) == []
        client.change(uri, 3, MAIN)
        assert len(await client.diagnostics(uri, 3, rules={TIMEOUT})) == 1


async def test_an_edit_of_one_file_changes_the_findings_of_another(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        main = client.open("app/main.py")
        other = client.open("app/other.py")
        await client.diagnostics(other, 1)
        client.change(other, 2, DUPLICATE)
        await client.until(lambda: TWICE in {item["code"] for uri in (main, other) for item in client.published[uri]["diagnostics"]})
        client.change(other, 3, OTHER)
        await client.until(lambda: TWICE not in {item["code"] for uri in (main, other) for item in client.published[uri]["diagnostics"]})


async def test_closing_goes_back_to_what_is_on_disk(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        uri = client.open("app/main.py")
        await client.diagnostics(uri, 1, rules={TIMEOUT})
        client.change(uri, 2, "x = 1\n")
        await client.diagnostics(uri, 2, rules=set())
        client.close(uri)
        assert len(await client.diagnostics(uri, rules={TIMEOUT})) == 1


async def test_closing_a_file_that_is_not_on_disk_clears_it(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        await client.ready()
        uri = client.open("app/new.py", MAIN)
        await client.diagnostics(uri, 1)
        await client.until(lambda: client.published[uri]["diagnostics"])
        client.close(uri)
        await client.diagnostics(uri, rules=set())


async def test_a_document_outside_of_any_folder_is_looked_at_alone(tmp_path: Path, cache: Path) -> None:
    async with Client(None, cache=cache) as client:
        uri = (tmp_path / "alone.py").as_uri()
        client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 7, "text": MAIN}})
        await client.diagnostics(uri, 7, rules={TIMEOUT})
        client.close(uri)
        await client.diagnostics(uri, rules=set())


async def test_a_document_without_a_file_has_the_language_that_the_editor_says(cache: Path) -> None:
    async with Client(None, cache=cache) as client:
        uri = "untitled:Untitled-1"
        client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": MAIN}})
        await client.diagnostics(uri, 1, rules={TIMEOUT})


async def test_positions_are_in_the_encoding_that_was_agreed(folder: Path, cache: Path) -> None:
    text = 's = "𝔸é"; import requests; requests.get("https://stock.example.com/items")\n'
    columns = {"utf-8": 6, "utf-16": 3, "utf-32": 2}
    bare = text.replace("𝔸é", "").index("requests.get")
    for encoding, extra in columns.items():
        capabilities = {**FULL, "general": {"positionEncodings": [encoding]}}
        async with Client(folder, capabilities, cache=cache) as client:
            assert client.info["capabilities"]["positionEncoding"] == encoding
            uri = client.open("app/main.py", text)
            found = await client.diagnostics(uri, 1, rules={TIMEOUT})
            assert found[0]["range"]["start"] == {"line": 0, "character": bare + extra}
            # An edit after the wide signs lands where it should.
            close = len(text.replace("𝔸é", "")) - 2 + extra
            client.change(uri, 2, ((0, close), (0, close), ", timeout=3"))
            await client.diagnostics(uri, 2, rules=set())


async def test_lines_may_end_in_any_of_the_three_ways(folder: Path, cache: Path) -> None:
    async with Client(folder, cache=cache) as client:
        for version, ending in enumerate(("\n", "\r\n"), 1):
            uri = client.open("app/main.py", MAIN.replace("\n", ending), version)
            found = await client.diagnostics(uri, version, rules={TIMEOUT})
            assert found[0]["range"]["start"]["line"] == 11
            client.close(uri)
