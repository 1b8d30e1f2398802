"""A stand-in for the Messages API on the loopback: its wire format, scripted by a test.

It answers each request with the next turn of its script, as a stream of server-sent events, and refuses what the real one refuses: a
history that is not the earlier one continued, a tool call without a result, settings that the models do not take. It runs in a
thread of its own, so that it serves subprocesses and event loops alike.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any, Self

JSON = dict[str, Any]
KEY = "sk-ant-test-0123456789"
VERSION = "2026-10-21"


@dataclass(frozen=True)
class Text:
    text: str
    pieces: int = 3


@dataclass(frozen=True)
class Thinking:
    text: str


@dataclass(frozen=True)
class Use:
    """A tool call. `raw` is sent in place of the input, as it is."""

    name: str
    input: JSON = field(default_factory=dict)
    raw: str | None = None


@dataclass(frozen=True)
class Block:
    """Any other content block, sent whole."""

    block: JSON


@dataclass(frozen=True)
class Turn:
    """An answer. `stop` is worked out when not given. `ends` says how the stream ends, after `after` events when that is given:

    `whole`; `cut`, the connection is reset; `closed`, an orderly end without `message_stop`; `stalled`, nothing more comes; `error`, an
    error event.
    """

    content: tuple[Text | Thinking | Use | Block, ...]
    stop: str | None = None
    ends: str = "whole"
    after: int | None = None
    input: int = 1000
    output: int = 100
    cache_read: int = 0
    cache_write: int = 0
    delay: float = 0.0
    error: str = "overloaded_error"


@dataclass(frozen=True)
class Error:
    """An answer that is an error."""

    status: int
    type: str
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Hangup:
    """The connection is closed before any answer."""


@dataclass(frozen=True)
class Silence:
    """No answer at all."""


Answer = Turn | Error | Hangup | Silence
Scripted = Answer | Callable[[JSON], Answer]


def say(text: str, **more: Any) -> Turn:
    return Turn((Text(text),), **more)


def use(tool: str, /, *, thinking: str = "", **input: Any) -> Turn:
    call = Use(tool, input)
    return Turn((Thinking(thinking), call) if thinking else (call,))


class MessagesApi:
    """Use it as `with MessagesApi(turn, …) as api`; `api.url` is where it listens. The last turn is repeated when `repeats`."""

    def __init__(self, *script: Scripted, repeats: bool = False, key: str = KEY, is_strict: bool = True) -> None:
        self.script = list(script)
        self.repeats = repeats
        self.key = key
        self.is_strict = is_strict
        self.requests: list[JSON] = []  # The bodies, in order.
        self.headers: list[dict[str, str]] = []
        self.counted: list[JSON] = []
        self.problems: list[str] = []  # What a client did that the real one would refuse.
        self.wire = b""  # Everything that came in.
        self.closed = threading.Event()  # A client closed its connection in the middle of an answer.
        self.asked = threading.Event()  # A request has come.
        self._ids = count(1)
        self._ready = threading.Event()
        self._history: list[JSON] = []

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """The variables that lead a process here and nowhere else."""
        return {"ANTHROPIC_API_KEY": self.key, "ANTHROPIC_BASE_URL": self.url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    # Serving

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed.set()
        except asyncio.CancelledError:
            pass  # The test is over.
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request, and return whether the connection goes on."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        self.wire += head + raw
        body: JSON = json.loads(raw) if raw else {}
        if method == "CONNECT" or path.split("?")[0] not in ("/v1/messages", "/v1/messages/count_tokens"):
            await self._refuse(writer, Error(404, "not_found_error", f"no {path}"))
            return False
        if path.split("?")[0].endswith("count_tokens"):
            self.counted.append(body)
            await self._json(writer, 200, {"input_tokens": len(raw) // 4}, {})
            return True
        self.requests.append(body)
        self.headers.append(headers)
        self.asked.set()
        problem = self._problem(headers, body) if self.is_strict else None
        if headers.get("x-api-key") != self.key and headers.get("authorization") != f"Bearer {self.key}":
            await self._refuse(writer, Error(401, "authentication_error", "invalid x-api-key"))
            return True
        if problem is not None:
            self.problems.append(problem)
            await self._refuse(writer, Error(400, "invalid_request_error", problem))
            return True
        answer: Scripted = Error(500, "api_error", "the script has ended")
        if self.script:
            answer = self.script[0] if self.repeats and len(self.script) == 1 else self.script.pop(0)
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, Error):
            await self._refuse(writer, answer)
            return True
        if isinstance(answer, Hangup):
            return False
        if isinstance(answer, Silence):
            await self._wait_for_close(reader)
            return False
        return await self._stream(reader, writer, answer, body)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, turn: Turn, body: JSON) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n")
        gone = asyncio.ensure_future(self._wait_for_close(reader)) if turn.delay or turn.ends == "stalled" else None
        events = list(_events(turn, body, self._ids))
        if turn.ends != "whole":
            events = events[: turn.after if turn.after is not None else len(events) - 2]
        for name, data in events:
            if turn.delay:
                await asyncio.wait([gone] if gone else [], timeout=turn.delay)  # type: ignore[type-var]
                if gone is not None and gone.done():
                    return False
            _chunk(writer, name, data)
            await writer.drain()
        if turn.ends == "stalled":
            assert gone is not None
            await gone
            return False
        if gone is not None:
            gone.cancel()
        if turn.ends == "error":
            _chunk(writer, "error", {"type": "error", "error": {"type": turn.error, "message": "in the middle"}})
        if turn.ends == "cut":
            await asyncio.sleep(0.02)
            writer.transport.abort()
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return gone is None

    async def _wait_for_close(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            if await reader.read(1):
                return
        self.closed.set()

    async def _refuse(self, writer: asyncio.StreamWriter, error: Error) -> None:
        if error.body is not None:
            head = f"HTTP/1.1 {error.status} No\r\ncontent-type: text/html\r\ncontent-length: {len(error.body)}\r\n\r\n"
            writer.write(head.encode() + error.body)
            await writer.drain()
            return
        body = {"type": "error", "error": {"type": error.type, "message": error.message}, "request_id": "req_1"}
        await self._json(writer, error.status, body, error.headers)

    @staticmethod
    async def _json(writer: asyncio.StreamWriter, status: int, body: JSON, headers: dict[str, str]) -> None:
        raw = json.dumps(body).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n{more}\r\n".encode() + raw)
        await writer.drain()

    # What the real one refuses

    def _problem(self, headers: dict[str, str], body: JSON) -> str | None:
        if headers.get("anthropic-version") != VERSION:
            return f"anthropic-version: {headers.get('anthropic-version')}"
        if body.get("stream") is not True:
            return "not streamed"
        for key in ("temperature", "top_p", "top_k"):
            if key in body:
                return f"{key}: not supported"
        if body.get("thinking", {}).get("type", "adaptive") != "adaptive":
            return "thinking: only adaptive"
        if body.get("tool_choice", {}).get("type", "auto") not in ("auto", "none"):
            return "tool_choice: may not be forced"
        if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
            return "max_tokens: required"
        marks = json.dumps(body).count('"cache_control"')
        if marks > 4:
            return f"cache_control: {marks} blocks"
        return self._problem_of_history([_unmarked(message) for message in body["messages"]])

    def _problem_of_history(self, messages: list[JSON]) -> str | None:
        for index, message in enumerate(messages):
            if message["role"] != ("user", "assistant")[index % 2]:
                return f"messages.{index}: roles alternate"
            if not message["content"]:
                return f"messages.{index}: empty"
        if messages[-1]["role"] != "user" and not any(block["type"] == "server_tool_use" for block in messages[-1]["content"]):
            return "prefill is not supported"  # A turn that was paused is sent back as it is.
        for before, after in pairwise(messages):
            if before["role"] == "assistant":
                calls = [block["id"] for block in before["content"] if block["type"] == "tool_use"]
                results = [block["tool_use_id"] for block in after["content"] if block["type"] == "tool_result"]
                if calls != results:
                    return f"tool_use without tool_result: {calls} {results}"
        if len(messages) > 1 and self._history:
            *earlier, last = self._history
            here = messages[len(earlier)] if len(messages) > len(earlier) else {"role": "", "content": []}
            is_same = here["role"] == last["role"] and here["content"][: len(last["content"])] == last["content"]
            if messages[: len(earlier)] != earlier or not is_same:
                return "history is not the earlier one continued"
        self._history = messages
        return None


def _unmarked(value: Any) -> Any:
    """Return a message without what may change between two requests."""
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items() if key != "cache_control"}
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    return value


def _chunk(writer: asyncio.StreamWriter, name: str, data: JSON) -> None:
    raw = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
    writer.write(b"%x\r\n" % len(raw) + raw + b"\r\n")


def _events(turn: Turn, body: JSON, ids: Iterator[int]) -> Iterator[tuple[str, JSON]]:
    usage = {
        "input_tokens": turn.input,
        "output_tokens": 1,
        "cache_creation_input_tokens": turn.cache_write,
        "cache_read_input_tokens": turn.cache_read,
        "service_tier": "standard",
    }
    message = {
        "id": f"msg_{next(ids):04}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield "message_start", {"type": "message_start", "message": message}
    yield "ping", {"type": "ping"}
    for index, block in enumerate(turn.content):
        start, deltas = _block(block, ids)
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    stop = turn.stop or ("tool_use" if any(isinstance(block, Use) for block in turn.content) else "end_turn")
    delta = {"stop_reason": stop, "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": delta, "usage": {"output_tokens": turn.output}}
    yield "message_stop", {"type": "message_stop"}


def _block(block: Text | Thinking | Use | Block, ids: Iterator[int]) -> tuple[JSON, list[JSON]]:
    if isinstance(block, Thinking):
        deltas: list[JSON] = [{"type": "thinking_delta", "thinking": part} for part in _parts(block.text, 2)]
        return {"type": "thinking", "thinking": "", "signature": ""}, [*deltas, {"type": "signature_delta", "signature": "c2ln"}]
    if isinstance(block, Text):
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": part} for part in _parts(block.text, block.pieces)]
    if isinstance(block, Use):
        raw = block.raw if block.raw is not None else json.dumps(block.input)
        start = {"type": "tool_use", "id": f"toolu_{next(ids):04}", "name": block.name, "input": {}}
        return start, [{"type": "input_json_delta", "partial_json": part} for part in ("", *_parts(raw, 3))]
    return block.block, []


def _parts(text: str, number: int) -> Sequence[str]:
    size = max(1, -(-len(text) // number))
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]
