"""Arguments of calls, which JavaScript knows by position only."""

from __future__ import annotations

from architrave.facts.code import Call
from architrave.facts.values import Value


def given(call: Call, position: int) -> Value | None:
    """Return the argument at a position, None when there is none or a spread comes before it."""
    if position >= len(call.arguments) or any(item.name for item in call.arguments[: position + 1]):
        return None
    return call.arguments[position].value
