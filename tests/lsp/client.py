"""A language client for tests: drives the real server over stdio and waits for conditions, never for a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

JSON = dict[str, Any]
PATIENCE = float(os.environ.get("ARCHITRAVE_TEST_PATIENCE", "60"))  # Seconds; only a server that hangs needs as long.

FULL: JSON = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "applyEdit": True,
        "workspaceFolders": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {"groupsOnLabel": True},
        },
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "publishDiagnostics": {
            "versionSupport": True,
            "relatedInformation": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source", "source.fixAll"]}},
            "isPreferredSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}
PULL: JSON = {
    **FULL,
    "textDocument": {**FULL["textDocument"], "diagnostic": {"dynamicRegistration": False, "relatedDocumentSupport": False}},
    "workspace": {**FULL["workspace"], "diagnostics": {"refreshSupport": True}},
}
BARE: JSON = {}


class ServerError(Exception):
    """The server answered with an error."""

    def __init__(self, error: JSON) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class Client:
    """One server process for one folder (or none). Use it as `async with Client(folder) as client`."""

    def __init__(
        self,
        folder: Path | None,
        capabilities: JSON = FULL,
        *,
        cache: Path | None = None,
        is_initialized: bool = True,
        options: JSON | None = None,
        before: str = "",
        settings: Any = None,
        folders: list[Path] | None = None,
        process_id: int | None = None,
    ) -> None:
        self.folder = folder
        self.folders = folders if folders is not None else [folder] if folder is not None else []
        self.capabilities = capabilities
        self.published: dict[str, JSON] = {}  # The last of each document.
        self.history: list[JSON] = []  # All publications.
        self.received: list[JSON] = []  # All other notifications, and the requests of the server.
        self.settings = settings
        self.is_answering = True
        self.answers: dict[str, Callable[[JSON], Any]] = {}  # To requests of the server, by method.
        self.info: JSON = {}
        self.options = options
        self.process_id = process_id
        self._before = before
        self._is_initialized = is_initialized
        self._cache = cache
        self._replies: dict[int | str, asyncio.Future[JSON]] = {}
        self._next = 0
        self._news = asyncio.Condition()
        self.stderr = b""

    async def __aenter__(self) -> Self:
        server = Path(__file__).parents[2] / "server"
        environment = {**os.environ, "PYTHONPATH": f"{server}{os.pathsep}{server.parent / 'agents'}"}
        if self._cache is not None:
            environment["XDG_CACHE_HOME"] = str(self._cache)
        code = f"{self._before}\nfrom architrave.lsp.server import serve_stdio\nif __name__ == '__main__': serve_stdio()"
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=64 * 1024 * 1024,
        )
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._listen())]
        if self._is_initialized:
            await self.initialize()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.returncode is None:
            try:
                await asyncio.wait_for(self.request("shutdown"), 10)
                self.notify("exit")
                await asyncio.wait_for(self.process.wait(), 10)
            except (TimeoutError, ServerError, OSError):
                pass
            if self.process.returncode is None:
                self.process.kill()
        await self.process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def initialize(self) -> JSON:
        folders = [{"uri": folder.as_uri(), "name": folder.name} for folder in self.folders]
        parameters: JSON = {
            "processId": self.process_id,
            "rootUri": None,
            "capabilities": self.capabilities,
            "workspaceFolders": folders or None,
        }
        if self.options is not None:
            parameters["initializationOptions"] = self.options
        self.info = await self.request("initialize", parameters)
        self.notify("initialized", {})
        return self.info

    # Messages

    def send_raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.send_raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, **({} if params is None else {"params": params})})

    def start_request(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[JSON]]:
        self._next += 1
        reply = self._replies[self._next] = asyncio.get_running_loop().create_future()
        self.send({"jsonrpc": "2.0", "id": self._next, "method": method, **({} if params is None else {"params": params})})
        return self._next, reply

    async def request(self, method: str, params: Any = None) -> Any:
        _, reply = self.start_request(method, params)
        return self.result(await asyncio.wait_for(reply, PATIENCE))

    @staticmethod
    def result(reply: JSON) -> Any:
        if "error" in reply:
            raise ServerError(reply["error"])
        return reply["result"]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Return what a condition gives as soon as it is true of what has been received."""
        async with self._news:
            try:
                async with asyncio.timeout(PATIENCE):
                    while not (value := condition()):
                        await self._news.wait()
            except TimeoutError:
                raise AssertionError(f"it never came; stderr: {self.stderr.decode(errors='replace')[-2000:]}") from None
            return value

    # Documents

    def uri(self, path: str) -> str:
        assert self.folder is not None
        return (self.folder / path).as_uri()

    def open(self, path: str, text: str | None = None, version: int = 1, language: str = "python") -> str:
        assert self.folder is not None
        uri = self.uri(path)
        text = (self.folder / path).read_text() if text is None else text
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": language, "version": version, "text": text}})
        return uri

    def change(self, uri: str, version: int, *changes: tuple[tuple[int, int], tuple[int, int], str] | str) -> None:
        """Send changes: a whole text, or (start, end, text) with positions as (line, character)."""
        content = []
        for change in changes:
            if isinstance(change, str):
                content.append({"text": change})
            else:
                start, end, text = change
                content.append({"range": span(start, end), "text": text})
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": content})

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    async def diagnostics(self, uri: str, version: int | None = None, *, rules: set[str] | None = None) -> list[JSON]:
        """Return the diagnostics of a document once they are of a version (and, when given, are of just these rules)."""

        def found() -> JSON | None:
            published = self.published.get(uri)
            if published is None or (version is not None and published.get("version") != version):
                return None
            if rules is not None and {item["code"] for item in published["diagnostics"]} != rules:
                return None
            return published

        published: JSON = await self.until(found)
        return list(published["diagnostics"])

    async def ready(self) -> None:
        """Return when the first look at the workspace has ended."""
        await self.until(lambda: self.progress_ends())

    def progress_ends(self) -> list[JSON]:
        return [item for item in self.of("$/progress") if item["params"]["value"].get("kind") == "end"]

    def of(self, method: str) -> list[JSON]:
        return [item for item in self.received if item["method"] == method]

    # In

    async def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                header = await self.process.stdout.readuntil(b"\r\n\r\n")
                length = int(header.lower().split(b"content-length:")[1].split()[0])
                message = json.loads(await self.process.stdout.readexactly(length))
                async with self._news:
                    self._receive(message)
                    self._news.notify_all()
        except (asyncio.IncompleteReadError, ConnectionError):
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(OSError(f"the server ended: {self.stderr.decode(errors='replace')[-2000:]}"))

    def _receive(self, message: JSON) -> None:
        assert message["jsonrpc"] == "2.0"
        if "method" not in message:
            reply = self._replies.pop(message["id"], None) if message["id"] is not None else None
            if reply is not None and not reply.done():
                reply.set_result(message)
            elif message["id"] is None:
                self.received.append({"method": "error", "params": message["error"]})
            return
        if message["method"] == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]
            self.history.append(message["params"])
            return
        self.received.append(message)
        if "id" in message and self.is_answering:
            items = message.get("params", {}).get("items") if message["method"] == "workspace/configuration" else None
            result: Any = [self.settings] * len(items) if items is not None else None
            if message["method"] == "workspace/applyEdit":
                result = {"applied": True}
            if message["method"] in self.answers:
                result = self.answers[message["method"]](message.get("params", {}))
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        while chunk := await self.process.stderr.read(65536):
            self.stderr += chunk


def span(start: tuple[int, int], end: tuple[int, int]) -> JSON:
    return {"start": {"line": start[0], "character": start[1]}, "end": {"line": end[0], "character": end[1]}}


def applied(text: str, edits: list[JSON]) -> str:
    """Return a text (without signs beyond ASCII) after text edits."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def at(place: JSON) -> int:
        return starts[min(place["line"], len(starts) - 1)] + (place["character"] if place["line"] < len(lines) else 0)

    for edit in sorted(edits, key=lambda item: at(item["range"]["start"]), reverse=True):
        text = text[: at(edit["range"]["start"])] + edit["newText"] + text[at(edit["range"]["end"]) :]
    return text
