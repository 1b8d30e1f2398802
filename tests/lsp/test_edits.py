"""Any sequence of edits gives what a fresh server finds in the final text."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.lsp.client import Client
from tests.lsp.conftest import DUPLICATE, MAIN, OTHER

_PIECES = (
    *("", "\n", "    ", "#", '"', "'''", "(", ")", "é", "𝔸", "\r\n", "x = 1\n", "def f():\n", "class C:\n"),
    *("requests.get('https://a.example.com/x')\n", "@app.get('/orders')\n", "import requests\n", "timeout=3", "    for x in y:\n"),
)
_PLACES = st.tuples(st.integers(0, 25), st.integers(0, 40))
_EDITS = st.lists(
    st.tuples(st.sampled_from(["app/main.py", "app/other.py"]), _PLACES, _PLACES, st.sampled_from(_PIECES)), min_size=1, max_size=25
)


@seed(20)
@settings(max_examples=6, database=None, suppress_health_check=list(HealthCheck))
@given(edits=_EDITS)
def test_edits_give_what_a_fresh_server_finds(edits: list[Any]) -> None:
    asyncio.run(_compare(edits))


def test_typing_a_module_and_taking_it_back_gives_what_was_there() -> None:
    typed = [("app/other.py", (index, 0), (index, 0), line) for index, line in enumerate(DUPLICATE.splitlines(keepends=True))]
    erased = [("app/other.py", (0, 0), (1, 0), "") for _ in DUPLICATE.splitlines()]
    asyncio.run(_compare([*typed, *erased]))
    asyncio.run(_compare(typed))


async def _compare(edits: list[Any]) -> None:
    texts = {"app/main.py": MAIN, "app/other.py": OTHER}
    versions = dict.fromkeys(texts, 1)
    sent: list[tuple[str, int, Any]] = []
    for path, one, other, piece in edits:
        start, end = sorted((one, other))
        versions[path] += 1
        sent.append((path, versions[path], (start, end, piece)))
        texts[path] = _edited(texts[path], start, end, piece)
    with TemporaryDirectory() as name:
        root = Path(name).resolve() / "workspace"
        (root / "app").mkdir(parents=True)
        for path, text in {"app/main.py": MAIN, "app/other.py": OTHER, "app/__init__.py": ""}.items():
            (root / path).write_text(text)
        async with Client(root, cache=Path(name) / "cache") as client:
            uris = {path: client.open(path, text, versions[path]) for path, text in texts.items()}
            await client.ready()
            for path, uri in uris.items():
                await client.diagnostics(uri, versions[path])
            expected = _shown(client, uris)
        async with Client(root, cache=Path(name) / "cache") as client:
            uris = {path: client.open(path) for path in texts}
            await client.ready()
            for path, version, change in sent:
                client.change(uris[path], version, change)
            for path, uri in uris.items():
                await client.diagnostics(uri, versions[path])
            try:
                await client.until(lambda: _shown(client, uris) == expected)
            except AssertionError:
                assert _shown(client, uris) == expected, texts


def _shown(client: Client, uris: dict[str, str]) -> dict[str, Any]:
    return {path: sorted(map(repr, client.published[uri]["diagnostics"])) for path, uri in uris.items()}


def _edited(text: str, start: tuple[int, int], end: tuple[int, int], piece: str) -> str:
    """Apply an edit as the protocol says: lines end in any of three ways, columns count UTF-16 and end with their line."""
    raw = text.replace("\r\n", "\0").replace("\r", "\1").replace("\n", "\2")
    lines = [""]
    for sign in raw:
        lines[-1] += sign
        if sign in "\0\1\2":
            lines.append("")

    def at(place: tuple[int, int]) -> int:
        line, column = place
        if line >= len(lines):
            return len(raw)
        units = index = 0
        content = lines[line].rstrip("\0\1\2")
        for sign in content:
            units += 2 if ord(sign) > 0xFFFF else 1
            if units > column:
                break
            index += 1
        return sum(map(len, lines[:line])) + index

    first, last = sorted((at(start), at(end)))
    return (raw[:first] + piece + raw[last:]).replace("\0", "\r\n").replace("\1", "\r").replace("\2", "\n")
