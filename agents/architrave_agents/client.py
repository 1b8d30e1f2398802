"""One turn with a model through the `anthropic` package: a request goes out, a whole message comes in, or one clear trouble.

The package's own retries are off, for they obey any `retry-after`; what is worth another try is decided here. Everything is streamed.
`anthropic` is imported when the first turn is taken, in a thread, for that takes more than a second.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from architrave.analysis.agents import FailureKind
from architrave_agents.budget import TurnUsage
from architrave_agents.settings import Settings
from architrave_agents.trouble import TroubleError, of_connection, of_status

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_TRIES = 3
_FIRST_WAIT = 0.5
_CONNECT = 10.0
# Another try may help at once; the others want a person.
_WORTH_A_TRY: frozenset[FailureKind] = frozenset(["rate-limit", "overloaded", "server", "cut", "stalled", "network", "malformed"])


@dataclass(frozen=True)
class ToolUse:
    id: str
    name: str
    input: Any


@dataclass(frozen=True)
class Reply:
    """A whole message. `content` are its blocks, to be sent back as they are."""

    content: tuple[Any, ...]
    text: str
    uses: tuple[ToolUse, ...]
    stop: str
    usage: TurnUsage


@dataclass
class Listener:
    """Who is told what comes in, while it comes. `again` says that the text so far is void."""

    text: Callable[[str], None] = lambda text: None
    thought: Callable[[str], None] = lambda text: None
    again: Callable[[str], None] = lambda reason: None
    used: Callable[[TurnUsage], None] = lambda usage: None


@dataclass
class Client:
    """A connection to where the user's settings lead. Belongs to one event loop."""

    settings: Settings
    _api: AsyncAnthropic | None = field(default=None, repr=False)

    async def turn(self, request: Mapping[str, Any], listener: Listener) -> Reply:
        """Return the answer to a request, tried again where that is worth it; `TroubleError` when it comes to nothing."""
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._once(request, listener)
            except TroubleError as trouble:
                if trouble.usage is not None and trouble.usage.prompt:
                    listener.used(trouble.usage)
                wait = trouble.wait if trouble.wait is not None else _FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
                if trouble.kind not in _WORTH_A_TRY or attempt == _TRIES or wait > self.settings.longest_wait:
                    raise
                listener.again(trouble.message)
                await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def count(self, request: Mapping[str, Any]) -> int | None:
        """Return how many tokens a request has, or None where the server does not say."""
        api = await self._opened()
        import anthropic

        wanted = {key: request[key] for key in ("model", "system", "messages", "tools") if key in request}
        try:
            return (await api.messages.count_tokens(**wanted)).input_tokens
        except (anthropic.AnthropicError, OSError, ValueError):
            return None

    async def close(self) -> None:
        if self._api is not None:
            await self._api.close()
            self._api = None

    async def _opened(self) -> AsyncAnthropic:
        if self._api is None:
            self._api = await asyncio.to_thread(_open, self.settings)
        return self._api

    async def _once(self, request: Mapping[str, Any], listener: Listener) -> Reply:
        api = await self._opened()
        import anthropic
        import httpx2

        state = _Coming()
        try:
            async with api.messages.stream(**request) as stream:
                async for event in stream:
                    state.take(event, listener)
                message = stream.current_message_snapshot if state.has_begun else None
        except anthropic.APIStatusError as error:
            raise of_status(error, self.settings, state.usage) from error
        except anthropic.APITimeoutError as error:
            kind: FailureKind = "stalled" if isinstance(error.__cause__, httpx2.ReadTimeout) else "network"
            raise TroubleError(kind, f"{self.settings.host} did not answer in time") from error
        except anthropic.APIConnectionError as error:
            raise of_connection(error, self.settings) from error
        except (httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.PoolTimeout) as error:
            seconds = f"{self.settings.patience:g} seconds"
            raise TroubleError("stalled", f"nothing came from {self.settings.host} for {seconds}", None, state.usage) from error
        except (httpx2.TransportError, anthropic.APIError) as error:
            raise TroubleError("cut", f"the answer of {self.settings.host} broke off", None, state.usage) from error
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError) as error:
            raise TroubleError("malformed", f"the answer of {self.settings.host} cannot be read", None, state.usage) from error
        if message is None or not state.has_ended:
            raise TroubleError("cut", f"the answer of {self.settings.host} ended before it was done", None, state.usage)
        reply = _reply(message, state.usage)
        if any(not isinstance(use.input, dict) for use in reply.uses):  # It could not be sent back.
            raise TroubleError("malformed", f"the answer of {self.settings.host} has a tool call without an object", None, state.usage)
        return reply


@dataclass
class _Coming:
    """What is known of a message that is still coming in."""

    has_begun: bool = False
    has_ended: bool = False
    usage: TurnUsage = field(default_factory=TurnUsage)

    def take(self, event: Any, listener: Listener) -> None:
        if event.type == "message_start":
            self.has_begun = True
            self.usage = _usage(event.message.usage, self.usage)
        elif event.type == "message_delta":
            self.usage = _usage(event.usage, self.usage)
        elif event.type == "message_stop":
            self.has_ended = True
        elif event.type == "text":
            listener.text(event.text)
        elif event.type == "thinking":
            listener.thought(event.thinking)


def _usage(given: Any, before: TurnUsage) -> TurnUsage:
    """Return the usage so far; the end of a message tells only what has changed."""

    def value(name: str, old: int) -> int:
        found = getattr(given, name, None)
        return found if isinstance(found, int) else old

    return TurnUsage(
        value("input_tokens", before.input),
        value("output_tokens", before.output),
        value("cache_read_input_tokens", before.cache_read),
        value("cache_creation_input_tokens", before.cache_write),
    )


def _reply(message: Any, usage: TurnUsage) -> Reply:
    uses = tuple(ToolUse(block.id, block.name, block.input) for block in message.content if block.type == "tool_use")
    text = "".join(block.text for block in message.content if block.type == "text")
    return Reply(tuple(message.content), text, uses, message.stop_reason or "", usage)


def _open(settings: Settings) -> AsyncAnthropic:
    """Return a client of the package, in whose settings nothing is left to what it might find by itself."""
    anthropic = import_module("anthropic")
    httpx2 = import_module("httpx2")
    http = httpx2.AsyncClient(
        timeout=httpx2.Timeout(connect=_CONNECT, read=settings.patience, write=30.0, pool=10.0),
        follow_redirects=False,  # The user has agreed to this host and to no other.
        trust_env=True,  # The proxies of the environment are the user's.
    )
    credentials = {"auth_token": settings.token} if settings.token and not settings.key else {"api_key": settings.key or "none"}
    api: AsyncAnthropic = anthropic.AsyncAnthropic(
        base_url=settings.base_url, max_retries=0, http_client=http, open_telemetry=False, **credentials
    )
    return api
