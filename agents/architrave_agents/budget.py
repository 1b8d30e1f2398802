"""How much a run may use: turns, tokens, seconds and money, and the money of a day."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from architrave.analysis.agents import Limit, Usage
from architrave_agents.models import Model
from architrave_agents.settings import Settings

LONGEST_OUTPUT = 32_000
_LEAST_OUTPUT = 256  # Tokens; with fewer nothing can be said.


class ExceededError(Exception):
    """A limit was reached."""

    def __init__(self, limit: Limit, spent: float, allowed: float) -> None:
        super().__init__(limit)
        self.limit: Limit = limit
        self.spent = spent
        self.allowed = allowed


@dataclass(frozen=True)
class TurnUsage:
    """The tokens of one request."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write


@dataclass
class Budget:
    """What a run has used of what it may. `day` is what was spent today before it."""

    settings: Settings
    model: Model
    day: float = 0.0
    used: Usage = field(default_factory=Usage)
    started: float = field(default_factory=time.monotonic)

    def note(self, turn: TurnUsage) -> float:
        """Count a request, and return what it cost."""
        cost = self.model.cost(turn.input, turn.output, turn.cache_read, turn.cache_write)
        used = self.used
        self.used = Usage(
            used.turns + 1,
            used.input + turn.input,
            used.output + turn.output,
            used.cache_read + turn.cache_read,
            used.cache_write + turn.cache_write,
            self.seconds,
            used.cost + cost,
        )
        return cost

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def seconds_left(self) -> float:
        return self.settings.limits.seconds - self.seconds

    @property
    def tokens(self) -> int:
        return self.used.input + self.used.output + self.used.cache_read + self.used.cache_write

    def longest_output(self, prompt: int) -> int:
        """Return how many tokens the next answer may have, for a prompt of so many; a limit that leaves none raises `ExceededError`."""
        limits, settings = self.settings.limits, self.settings
        if self.used.turns >= limits.turns:
            raise ExceededError("turns", self.used.turns, limits.turns)
        if self.seconds_left <= 0:
            raise ExceededError("seconds", self.seconds, limits.seconds)
        left = limits.tokens - self.tokens - prompt
        if left < _LEAST_OUTPUT:
            raise ExceededError("tokens", self.tokens, limits.tokens)
        # What was sent before is most likely read from the cache, so the least that the prompt can cost is taken for its price.
        least = self.model.cost(0, 0, cache_read=prompt) if settings.caching and self.used.turns else self.model.cost(prompt, 0)
        price = self.model.cost(prompt, 1_000_000) - self.model.cost(prompt, 0)
        for limit, spent, allowed in (
            ("money", self.used.cost, limits.money),
            ("day", self.day + self.used.cost, settings.day_money),
        ):
            if price:
                affordable = int((allowed - spent - least) / price * 1_000_000)
                if affordable < _LEAST_OUTPUT:
                    raise ExceededError(limit, spent, allowed)  # type: ignore[arg-type]
                left = min(left, affordable)
        return min(left, LONGEST_OUTPUT, self.model.longest_output)
