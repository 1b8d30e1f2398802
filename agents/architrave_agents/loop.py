"""A conversation with a model: its turns, the tools that it calls, and the limits that it is held to.

The history is only ever appended to, for what a model has thought is bound to it; so everything is redacted before it goes in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from architrave_agents import audit
from architrave_agents.bench import Workbench
from architrave_agents.budget import Budget, ExceededError, TurnUsage
from architrave_agents.client import Client, Listener, Reply
from architrave_agents.granting import Granted, call
from architrave_agents.trouble import TroubleError

JSON = dict[str, Any]
_CHARACTERS = 3.2  # A token, at the least, in code.
_WORTH_COUNTING = 0.5  # Of what is left: from there on it is worth asking how many tokens a prompt really has.
_STEP = {
    "Read": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "Write": "file_path",
    "NotebookEdit": "notebook_path",
    "LS": "path",
    "Glob": "pattern",
    "Grep": "pattern",
    "Bash": "command",
    "Facts": "about",
    "Callers": "name",
    "Dependencies": "path",
}


@dataclass
class Conversation:
    """`on_text` gets the text of the answer as it comes, `on_again` is told that what came so far is void."""

    client: Client
    budget: Budget
    bench: Workbench
    tools: Granted
    system: str
    run: str
    on_text: Callable[[str], None] = lambda text: None
    on_thought: Callable[[str], None] = lambda text: None
    on_step: Callable[[str], None] = lambda text: None
    on_again: Callable[[str], None] = lambda reason: None
    _messages: list[JSON] = field(default_factory=list)
    _last_prompt: int = 0  # Tokens.
    _unsent: int = 0  # Characters that were added since.
    _digest: str = ""  # Of all that was said to the model so far.

    async def say(self, text: str) -> Reply:
        """Say something, let the model use its tools, and return its last answer."""
        self._append("user", [{"type": "text", "text": self.bench.redact(text)}])
        while True:
            reply = await self._turn()
            if reply.stop == "tool_use" and reply.uses:
                if reply.text:
                    self.on_again("")  # It was said on the way to a tool, and is no part of the answer.
                self._append("assistant", list(reply.content))
                self._append("user", [await self._used(use.id, use.name, use.input) for use in reply.uses])
            elif reply.stop == "pause_turn" and reply.content:
                self._append("assistant", list(reply.content))  # The server goes on with it where it is sent back.
            else:
                self._append("assistant", list(reply.content))
                return reply

    async def _used(self, id: str, name: str, given: Any) -> JSON:
        self.on_step(_step(name, given))
        result = await asyncio.to_thread(call, self.bench, self.tools, name, given)
        block: JSON = {"type": "tool_result", "tool_use_id": id, "content": result.text}
        return {**block, "is_error": True} if result.is_error else block

    def _append(self, role: str, content: list[Any]) -> None:
        if not content:
            return
        if role == "user":
            self._digest = audit.hash_of([self._digest, content])
            self._unsent += sum(len(str(block)) for block in content)
        last = self._messages[-1] if self._messages else None
        if last is not None and last["role"] == role:
            last["content"] += content
        else:
            self._messages.append({"role": role, "content": content})

    async def _turn(self) -> Reply:
        settings, model = self.budget.settings, self.budget.model
        request: JSON = {"model": model.name, "system": self._system(), "messages": self._marked()}
        if self.tools.definitions:
            request["tools"] = self.tools.definitions
        prompt = await self._prompt_tokens(request)
        request["max_tokens"] = self.budget.longest_output(prompt)
        if settings.thinking:
            request["thinking"] = {"type": "adaptive", "display": "summarized"}
        if settings.effort:
            request["output_config"] = {"effort": settings.effort}
        listener = Listener(self.on_text, self.on_thought, self.on_again, lambda usage: self._note(usage, "broken"))
        try:
            async with asyncio.timeout(max(0.0, self.budget.seconds_left)):
                reply = await self.client.turn(request, listener)
        except TimeoutError:
            limits = settings.limits
            raise ExceededError("seconds", self.budget.seconds, limits.seconds) from None
        self._note(reply.usage, reply.stop, reply.text)
        self._last_prompt, self._unsent = reply.usage.prompt + reply.usage.output, 0
        return reply

    async def _prompt_tokens(self, request: JSON) -> int:
        """Return how many tokens a request has: guessed, and asked for where the guess comes near a limit."""
        guess = self._last_prompt + int(self._unsent / _CHARACTERS)
        if not self._last_prompt:
            guess = int((len(str(request["system"])) + len(str(request.get("tools", ""))) + self._unsent) / _CHARACTERS)
        window = self.budget.model.window
        left = min(window, self.budget.settings.limits.tokens - self.budget.tokens)
        if guess > left * _WORTH_COUNTING:
            guess = await self.client.count(request) or guess
        if guess > window:
            raise TroubleError("full", f"this is more than {self.budget.model.name} can take in: about {guess:,} of {window:,} tokens")
        return guess

    def _note(self, usage: TurnUsage, stop: str, text: str = "") -> None:
        cost = self.budget.note(usage)
        audit.note(
            "turn",
            run=self.run,
            model=self.budget.model.name,
            host=self.budget.settings.host,
            request=self._digest,
            response=audit.hash_of(text),
            stop=stop,
            input=usage.input,
            output=usage.output,
            cache_read=usage.cache_read,
            cache_write=usage.cache_write,
            cost=round(cost, 6),
        )

    def _system(self) -> list[JSON]:
        block: JSON = {"type": "text", "text": self.system}
        return [{**block, "cache_control": {"type": "ephemeral"}}] if self.budget.settings.caching else [block]

    def _marked(self) -> list[JSON]:
        """Return the history with its last block marked to be cached; the mark moves along with it and is no part of it."""
        if not self.budget.settings.caching or self._messages[-1]["role"] != "user":
            return list(self._messages)
        *earlier, last = self._messages
        *blocks, final = last["content"]
        return [*earlier, {**last, "content": [*blocks, {**final, "cache_control": {"type": "ephemeral"}}]}]


def _step(name: str, given: Any) -> str:
    """Return what a tool is about to do, on one line."""
    subject = given.get(_STEP.get(name, "")) if isinstance(given, dict) else None
    return " ".join(f"{name} {subject if isinstance(subject, str) else ''}".split())[:160]
