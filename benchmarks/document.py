"""A document open in a server, edited one key at a time."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.lsp_client import JSON, Client

_FIRST_DIAGNOSTICS = 60.0
_FIRST_PUSH = 10.0
_QUIET = 0.4  # Seconds after which a server has said all that it has to say of an edit.
_FULL_SYNC = 1
_LANGUAGE_IDS = {
    ".py": "python", ".js": "javascript", ".jsx": "javascriptreact", ".ts": "typescript", ".tsx": "typescriptreact",
    ".go": "go", ".java": "java", ".rs": "rust",
}  # fmt: skip
_TYPED = """
    for entry in rows:
        found = session.execute(select(Base).where(Base.id == entry["id"])).all()
        if found and len(found) > limit:
            session.commit()
    total = sum(row["amount"] for row in rows)
"""


class Answers(NamedTuple):
    """Seconds from an edit to the first diagnostics of the new text, and to the right ones: none that were different came after them."""

    first: float
    right: float


class Count(NamedTuple):
    """How many diagnostics there are, and how long it took until they were seen."""

    found: int
    seconds: float


class Document:
    """Text that the server holds too; `version` counts the changes."""

    def __init__(self, client: Client, path: Path) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.language = _LANGUAGE_IDS.get(path.suffix, "plaintext")
        self.text = path.read_text()
        self.version = 1
        self.is_pulled = False

    def show(self) -> float:
        """Tell the server that it is open and return the time when it was told."""
        item = {"uri": self.uri, "languageId": self.language, "version": self.version, "text": self.text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        return time.perf_counter()

    async def open(self) -> float:
        """Open it and return the seconds until its first diagnostics."""
        started = self.show()
        # A server that only answers when asked never publishes; one that does both is measured as it publishes.
        pulls = "diagnosticProvider" in self.client.server["capabilities"]
        if pulls and self.client.pulls:
            self.is_pulled = True
            return await self._pulled()
        try:
            async with asyncio.timeout(_FIRST_PUSH if pulls else _FIRST_DIAGNOSTICS):
                return (await self.client.published(self.uri, self.version, started)).at - started
        except TimeoutError:
            if not pulls:
                raise
        self.is_pulled = True
        return await self._pulled()

    def replace(self, line: int, column: int, end: tuple[int, int], text: str) -> float:
        """Put `text` between two places and return the time when the server was told."""
        self.text = replaced(self.text, (line, column), end, text)
        self.version += 1
        change: JSON = {
            "range": {"start": {"line": line, "character": column}, "end": {"line": end[0], "character": end[1]}},
            "text": text,
        }
        if self._has_full_sync():
            change = {"text": self.text}
        parameters = {"textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": [change]}
        started = time.perf_counter()
        self.client.notify("textDocument/didChange", parameters)
        return started

    async def insert(self, line: int, column: int, text: str) -> Answers:
        """Type `text` and return the answers, once no other came for a while."""
        started = self.replace(line, column, (line, column), text)
        if self.is_pulled:
            seconds = await self._pulled()
            return Answers(seconds, seconds)
        await self.client.published(self.uri, self.version, started)
        await self.client.quiet(_QUIET)
        published = self.client.all_published(self.uri, self.version, started)
        right = published[0]
        for item in published:
            if item.diagnostics != right.diagnostics:
                right = item
        return Answers(published[0].at - started, right.at - started)

    async def count_of(self, code: str, started: float, before: int | None) -> Count:
        """Return how many diagnostics of the current text have a code, as soon as there are more or fewer than `before`."""
        while True:
            for item in self.client.all_published(self.uri, self.version, started):
                count = sum(diagnostic.get("code") == code for diagnostic in item.diagnostics)
                if count != before:
                    return Count(count, item.at - started)
            await self.client.news()

    async def _pulled(self) -> float:
        started = time.perf_counter()
        await self.client.request("textDocument/diagnostic", {"textDocument": {"uri": self.uri}})
        return self.client.last_message - started

    def _has_full_sync(self) -> bool:
        sync = self.client.server["capabilities"].get("textDocumentSync")
        return bool((sync.get("change") if isinstance(sync, dict) else sync) == _FULL_SYNC)


def inserted(content: str, line: int, column: int, text: str) -> str:
    return replaced(content, (line, column), (line, column), text)


def replaced(content: str, start: tuple[int, int], end: tuple[int, int], text: str) -> str:
    lines = content.split("\n")
    before, after = lines[start[0]][: start[1]], lines[end[0]][end[1] :]
    return "\n".join([*lines[: start[0]], before + text + after, *lines[end[0] + 1 :]])


def keystrokes(text: str, count: int) -> Iterator[tuple[int, int, str]]:
    """Yield `count` keys as line, column and character, typed after the first line of a function near the middle of the text."""
    lines = text.split("\n")
    line = next(number for number in range(len(lines) // 2, len(lines)) if lines[number].startswith("    booked = "))
    column = len(lines[line])
    for number in range(count):
        key = _TYPED[number % len(_TYPED)]
        yield line, column, key
        line, column = (line + 1, 0) if key == "\n" else (line, column + 1)
