"""Models: what their short names stand for, what they cost, how much they take in. Dated data; the user's settings come before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec

AS_OF = date(2026, 11, 1)
INHERIT = "inherit"

_MILLION = 1_000_000
# Of the price of input: a write to the cache for five minutes, and a read from it.
_CACHE_WRITE, _CACHE_READ = 1.25, 0.1


@dataclass(frozen=True)
class Model:
    """Prices are dollars for a million tokens; those of `long` hold when the prompt has more tokens than `long_from`."""

    name: str
    input: float
    output: float
    window: int = 1_000_000
    longest_output: int = 128_000
    long_from: int = 0
    long_input: float = 0.0
    long_output: float = 0.0
    is_priced: bool = True

    def cost(self, input: int, output: int, cache_read: int = 0, cache_write: int = 0) -> float:
        """Return what one request costs."""
        is_long = 0 < self.long_from < input + cache_read + cache_write
        into, out = (self.long_input, self.long_output) if is_long else (self.input, self.output)
        return (into * (input + _CACHE_READ * cache_read + _CACHE_WRITE * cache_write) + out * output) / _MILLION


ALIASES: Mapping[str, str] = {
    "sonnet": "claude-sonnet-5-5",
    "opus": "claude-opus-5-5",
    "haiku": "claude-haiku-5-5",
}
KNOWN: Mapping[str, Model] = {
    model.name: model
    for model in (
        Model("claude-sonnet-5-5", 2.0, 10.0),
        Model("claude-opus-5-5", 4.0, 20.0),
        Model("claude-haiku-5-5", 0.1, 0.5, long_from=100_000, long_input=0.5, long_output=2.5),
    )
}
# A model without a known price counts as the dearest, so that a limit of money still limits.
_DEAREST = max(KNOWN.values(), key=lambda model: model.output)


class Override(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """What a user sets of a model: `[models.my-model]` with its prices and sizes, or what an alias stands for with `is`."""

    is_: str = msgspec.field(default="", name="is")
    input: float | None = None
    output: float | None = None
    window: int | None = None
    longest_output: int | None = None


def model_named(wanted: str, usual: str, overrides: Mapping[str, Override]) -> Model:
    """Return the model that a card or a user names; `usual` is what `inherit`, or no name, stands for."""
    name = usual if wanted in ("", INHERIT) else wanted
    if name in ("", INHERIT):
        name = "sonnet"
    seen = {name}
    while (target := overrides[name].is_ if name in overrides else "") and target not in seen:
        seen.add(target)
        name = target
    name = ALIASES.get(name, name) if name not in overrides else name
    known = KNOWN.get(name) or replace(_DEAREST, name=name, is_priced=False)
    override = overrides.get(name)
    if override is None:
        return known
    changes: dict[str, Any] = {
        key: value for key in ("input", "output", "window", "longest_output") if (value := getattr(override, key)) is not None
    }
    if changes.keys() & {"input", "output"}:
        changes |= {"is_priced": True, "long_from": 0}
    return replace(known, **changes)
