"""The arithmetic in a text worked out again: `2,000,000 users × 12 requests / 86,400 s ≈ 278/s`.

A result may be off by a power of 1,000 or 1,024 where units change on the way. What cannot be read as arithmetic is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"(?:\$\s?)?(\d[\d,_]*(?:\.\d+)?)(?:\s?(k|K|M|million|B|billion|G|T|%)(?![A-Za-z]))?"
_UNIT = r"[^\d=≈~×*/÷+\-−|()]{0,40}?"
_SUM = re.compile(rf"{_NUMBER}{_UNIT}(?:\s*[×x*/÷+\-−]\s*{_NUMBER}{_UNIT})+\s*[=≈~]+\s*{_NUMBER}")
_STEP = re.compile(rf"([×x*/÷+\-−=≈~]+)?\s*{_NUMBER}")
_SCALE = {"k": 1e3, "K": 1e3, "M": 1e6, "million": 1e6, "B": 1e9, "billion": 1e9, "G": 1e9, "T": 1e12, "%": 0.01, "": 1.0}


@dataclass(frozen=True)
class WrongSum:
    written: str
    result: float


def wrong_sums(text: str) -> Iterator[WrongSum]:
    """Yield the calculations whose result is not what comes out."""
    for match in _SUM.finditer(text.replace("**", "")):
        terms = [(sign, _value(number, scale)) for sign, number, scale in _STEP.findall(match[0])]
        *steps, (equals, said) = terms
        result = _worked_out(steps)
        if result is not None and said and not _is_near(result, said, 0.02 if equals.strip() == "=" else 0.15):
            yield WrongSum(" ".join(match[0].split()), result)


def _value(number: str, scale: str) -> float:
    return float(number.replace(",", "").replace("_", "")) * _SCALE[scale]


def _worked_out(steps: list[tuple[str, float]]) -> float | None:
    """Return the result; products before sums."""
    total, product, sign = 0.0, steps[0][1], 1.0
    for operator, value in steps[1:]:
        if operator in ("×", "x", "*"):
            product *= value
        elif operator in ("/", "÷"):
            if not value:
                return None
            product /= value
        elif operator in ("+", "-", "−"):
            total += sign * product
            product, sign = value, 1.0 if operator == "+" else -1.0
        else:
            return None
    return total + sign * product


def _is_near(result: float, said: float, tolerance: float) -> bool:
    if not result:
        return not said
    scales = [base**power for base in (1000.0, 1024.0) for power in range(-4, 5)]
    return any(abs(result * scale - said) <= tolerance * abs(said) for scale in scales)
