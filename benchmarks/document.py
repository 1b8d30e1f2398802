"""A document open in a server, edited one key at a time."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.lsp_client import JSON, Client

_FIRST_DIAGNOSTICS = 60.0
_FIRST_PUSH = 10.0
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
        try:
            async with asyncio.timeout(_FIRST_PUSH if pulls else _FIRST_DIAGNOSTICS):
                return await self.client.published(self.uri, self.version, started) - started
        except TimeoutError:
            if not pulls:
                raise
        self.is_pulled = True
        return await self._pulled()

    async def insert(self, line: int, column: int, text: str) -> float:
        """Type `text` and return the seconds until the diagnostics of the new text."""
        self.text = inserted(self.text, line, column, text)
        self.version += 1
        place = {"line": line, "character": column}
        change: JSON = {"range": {"start": place, "end": place}, "text": text}
        if self._has_full_sync():
            change = {"text": self.text}
        parameters = {"textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": [change]}
        started = time.perf_counter()
        self.client.notify("textDocument/didChange", parameters)
        if self.is_pulled:
            return await self._pulled()
        return await self.client.published(self.uri, self.version, started) - started

    async def _pulled(self) -> float:
        started = time.perf_counter()
        await self.client.request("textDocument/diagnostic", {"textDocument": {"uri": self.uri}})
        return self.client.last_message - started

    def _has_full_sync(self) -> bool:
        sync = self.client.server["capabilities"].get("textDocumentSync")
        return bool((sync.get("change") if isinstance(sync, dict) else sync) == _FULL_SYNC)


def inserted(content: str, line: int, column: int, text: str) -> str:
    lines = content.split("\n")
    lines[line] = lines[line][:column] + text + lines[line][column:]
    return "\n".join(lines)


def keystrokes(text: str, count: int) -> Iterator[tuple[int, int, str]]:
    """Yield `count` keys as line, column and character, typed after the first line of a function near the middle of the text."""
    lines = text.split("\n")
    line = next(number for number in range(len(lines) // 2, len(lines)) if lines[number].startswith("    booked = "))
    column = len(lines[line])
    for number in range(count):
        key = _TYPED[number % len(_TYPED)]
        yield line, column, key
        line, column = (line + 1, 0) if key == "\n" else (line, column + 1)
