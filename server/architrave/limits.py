"""How long a client waits, as far as that is written: `10`, `Duration.ofSeconds(10)`, `10 * time.Second`, `AbortSignal.timeout(5000)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from architrave.documents import scalar
from architrave.facts.values import Invocation, Number, Replacement, Value
from architrave.regexes import regex
from architrave.text import Span

UNKNOWN = 0  # Milliseconds of a limit that is no literal.
SECONDS = 1000.0
MILLISECONDS = 1.0
NANOSECONDS = 1e-6
_UNITS = {
    **dict.fromkeys(("from_millis", "ofMillis"), MILLISECONDS),
    **dict.fromkeys(("from_secs", "from_secs_f32", "from_secs_f64", "ofSeconds"), SECONDS),
    **dict.fromkeys(("from_mins", "ofMinutes"), 60 * SECONDS),
}
# How another number of them is written; whole minutes would be too coarse, and some functions take no whole number.
_WRITTEN = {SECONDS: "{seconds}", MILLISECONDS: "{milliseconds}", NANOSECONDS: "{seconds} * time.Second"}
_FRACTIONS = frozenset({"from_secs_f32", "from_secs_f64"})


class Limit(NamedTuple):
    """`change` writes another one, of `{seconds}` or `{milliseconds}`, where it stands in place."""

    milliseconds: int
    change: tuple[Replacement, ...] = ()


def limit(given: Value | None, unit: float, constant: Callable[[Value], Value | None]) -> Limit:
    """Return the limit that a value gives; a number counts in `unit`. `constant` follows names to what they stand for."""
    value = constant(given) if given is not None else None
    written = _WRITTEN.get(unit)
    if isinstance(value, Invocation) and len(value.arguments) == 1:
        last = value.callee.rpartition(".")[2]
        unit = MILLISECONDS if value.callee == "AbortSignal.timeout" else _UNITS.get(last, UNKNOWN)
        written = _WRITTEN.get(unit) if last not in _FRACTIONS else None
        number = constant(value.arguments[0].value)
        in_place = value is given and number is value.arguments[0].value
    else:
        number, in_place = value, value is given
    if not isinstance(number, Number) or not unit or number.value <= 0:
        return Limit(UNKNOWN)
    change = (Replacement(number.span, written),) if in_place and written else ()
    return Limit(round(number.value * unit), change)


_PART = regex(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SIZES = {"ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}


def duration(value: Value | None, unit: float = UNKNOWN) -> Limit | None:
    """Return the limit that a document writes as `5s` or `1m30s`, or as a number that counts in `unit`; None for what is neither."""
    written = scalar(value)
    if written is None or value is None:
        return None
    quotes = value.span.end - value.span.start - len(written.encode())
    at = Span(value.span.start + quotes // 2, value.span.end - quotes // 2, value.span.chunk)
    if re.fullmatch(r"\d+(\.\d+)?", written):
        text = _WRITTEN.get(unit)
        milliseconds = round(float(written) * unit)
    else:
        text = "{seconds}s"
        milliseconds = round(sum(float(size) * _SIZES[name] for size, name in _PART.findall(written)))
        if _PART.sub("", written):
            return None
    change = (Replacement(at, text),) if text is not None and quotes in (0, 2) else ()
    return Limit(milliseconds, change) if milliseconds else None


def least(*limits: Limit) -> Limit:
    """Return the one that ends first; what is not known may be the least."""
    return min(limits, key=lambda item: item.milliseconds)
