"""What SQL expects at a place in its text."""

from __future__ import annotations

import re

from architrave.regexes import regex

_CLAUSE = regex(
    r"\b(select|from|join|into|table|update|by|where|having|on|values|set|limit|offset|in|between|and|or|like|ilike|returning|column|index)\b",
    re.IGNORECASE,
)
_OF_VALUES = frozenset({"where", "having", "on", "values", "set", "limit", "offset", "in", "between", "and", "or", "like", "ilike"})
_BEFORE_VALUE = regex(r"(?:[=<>(,]|\b(?:i?like|limit|offset|and|between)\s)\s*'?%*$", re.IGNORECASE)
_ORDER = regex(r"\border\s+by\s[^();]*$", re.IGNORECASE)


def expects_value(before: str) -> bool:
    """Whether SQL expects a value after a text, and not the name of a table or column."""
    words = _CLAUSE.findall(before)
    return bool(words) and words[-1].lower() in _OF_VALUES and _BEFORE_VALUE.search(before) is not None


def takes_input(before: str) -> bool:
    """Whether what a program pastes after a text mostly comes from outside: a value, or what rows are sorted by."""
    return expects_value(before) or _ORDER.search(before) is not None
