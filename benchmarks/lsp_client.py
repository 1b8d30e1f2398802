"""A small client that speaks the language server protocol over stdio with any server, and notes when an answer arrived."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

JSON = dict[str, Any]

_CAPABILITIES: JSON = {
    "general": {"positionEncodings": ["utf-8", "utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True, "workspaceFolders": True, "didChangeWatchedFiles": {"dynamicRegistration": True}},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True, "codeDescriptionSupport": True, "dataSupport": True},
    },
}

_PULLING = {
    **_CAPABILITIES,
    "workspace": {**_CAPABILITIES["workspace"], "diagnostics": {"refreshSupport": True}},
    "textDocument": {**_CAPABILITIES["textDocument"], "diagnostic": {"relatedDocumentSupport": False}},
}


class ServerGoneError(Exception):
    """The server ended, or broke the framing, while an answer was awaited."""


class Published(NamedTuple):
    """Diagnostics of one document, and when they arrived."""

    at: float
    version: int | None
    diagnostics: list[JSON]


class Client:
    """One server process. Use it as `async with Client(command, folder) as client`."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, *, pulls: bool = False) -> None:
        """A client that `pulls` asks for diagnostics; to any other a server publishes them."""
        self.command = command
        self.folder = folder
        self.environment = environment
        self.pulls = pulls
        self.last_message = time.perf_counter()
        self.server: JSON = {}
        self._last_error = ""
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._published: dict[str, list[Published]] = {}
        self._news = asyncio.Event()
        self._gone: ServerGoneError | None = None
        self._next = 0

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self.command, cwd=self.folder, env=self.environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._input, self._output = self._process.stdin, self._process.stdout
        self._listener = asyncio.create_task(self._listen(self._process.stderr))
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self._gone is None:
                await asyncio.wait_for(self.request("shutdown", None), 5)
                self.notify("exit", None)
            await asyncio.wait_for(self._process.wait(), 5)
        except (TimeoutError, ServerGoneError, OSError):
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        finally:
            self._reader.cancel()
            self._listener.cancel()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def initialize(self) -> JSON:
        uri = self.folder.as_uri()
        parameters = {
            "processId": None, "rootUri": uri, "capabilities": _PULLING if self.pulls else _CAPABILITIES,
            "workspaceFolders": [{"uri": uri, "name": self.folder.name}],
        }  # fmt: skip
        self.server = await self.request("initialize", parameters)
        self.notify("initialized", {})
        return self.server

    async def request(self, method: str, params: Any) -> Any:
        self._next += 1
        reply = self._replies[self._next] = asyncio.get_running_loop().create_future()
        self._send({"id": self._next, "method": method, "params": params})
        if self._gone:
            raise self._gone
        return await reply

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    async def published(self, uri: str, version: int, after: float) -> Published:
        """Return the first diagnostics of this version; those of a server that sends no version count when they came after `after`."""
        while not (found := self.all_published(uri, version, after)):
            await self.news()
        return found[0]

    async def news(self) -> None:
        """Wait until diagnostics arrive."""
        if self._gone:
            raise self._gone
        self._news.clear()
        await self._news.wait()

    def all_published(self, uri: str, version: int, after: float) -> list[Published]:
        """Return all diagnostics of a version that have arrived until now, in their order."""
        return [item for item in self._published.get(uri, ()) if item.at > after and item.version in (version, None)]

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing has come for some seconds."""
        while (left := self.last_message + seconds - time.perf_counter()) > 0:
            await asyncio.sleep(left)

    def _send(self, message: JSON) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._input.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        try:
            while True:
                header = (await self._output.readuntil(b"\r\n\r\n")).decode("ascii").lower()
                length = int(header.split("content-length:")[1].split()[0])
                body = await self._output.readexactly(length)
                self.last_message = time.perf_counter()
                self._receive(json.loads(body))
        except (asyncio.IncompleteReadError, ValueError, IndexError) as error:
            await asyncio.wait((self._listener,), timeout=1)
            self._gone = ServerGoneError(f"{self.command[0]} ended: {self._last_error or error}")
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(self._gone)
            self._news.set()

    def _receive(self, message: JSON) -> None:
        if "method" not in message:
            reply = self._replies.pop(message["id"])
            if not reply.cancelled():
                reply.set_result(message.get("result"))
        elif "id" in message:
            # workspace/configuration wants a value for each item; registrations and progress want an empty answer.
            items = message.get("params", {}).get("items") if message["method"] == "workspace/configuration" else None
            self._send({"id": message["id"], "result": [None] * len(items) if items is not None else None})
        elif message["method"] == "textDocument/publishDiagnostics":
            params = message["params"]
            self._published.setdefault(params["uri"], []).append(Published(self.last_message, params.get("version"), params["diagnostics"]))
            self._news.set()

    async def _listen(self, errors: asyncio.StreamReader) -> None:
        """Keep the last line that the server wrote to stderr; unread, it would block."""
        while chunk := await errors.read(65536):
            lines = chunk.decode(errors="replace").strip().splitlines()
            self._last_error = lines[-1] if lines else self._last_error
