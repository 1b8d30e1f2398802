"""Which chunks an edit may have given another meaning to: those in which a name stands that is bound otherwise now.

Names are looked up by the words that they are written with, and then by those of what they are bound to; so a text without any of these
words is not concerned. Words in strings and comments count too: it is a little work too much and never too little.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from architrave.names import Binding
from architrave.regexes import regex

_WORD = regex(r"\w+")
EVERYTHING = regex(b"")


def meant_otherwise(before: Iterable[Binding], after: Iterable[Binding], everything: Collection[Binding]) -> re.Pattern[bytes] | None:
    """Return what finds the names that may mean something else when the bindings `before` have become those `after`; None for no name."""
    old = {(binding.scope, binding.name): binding for binding in before}
    new = {(binding.scope, binding.name): binding for binding in after}
    alone: set[str] = set()
    behind: set[str] = set()  # A dot: what is bound in the scope `X()` is a member of what an X is.
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    while changed:
        fresh: tuple[set[str], set[str]] = set(), set()
        for scope, name in changed:
            words = _WORD.findall(name)
            if not words or name.startswith("__"):  # It stands for more than is written.
                return EVERYTHING
            fresh[scope.endswith("()")].update(words)
        fresh = fresh[0] - alone, fresh[1] - behind
        alone |= fresh[0]
        behind |= fresh[1]
        pattern = _pattern(*fresh)
        targets = [(binding, binding.target.encode()) for binding in everything] if pattern is not None else []
        changed = [(binding.scope, binding.name) for binding, target in targets if pattern is not None and pattern.search(target)]
    return _pattern(alone, behind)


def either(*patterns: re.Pattern[bytes] | None) -> re.Pattern[bytes] | None:
    """Return what finds all that any of some patterns does."""
    found = [pattern.pattern for pattern in patterns if pattern is not None]
    return re.compile(b"" if b"" in found else b"|".join(found)) if found else None


def _pattern(alone: set[str], behind: set[str]) -> re.Pattern[bytes] | None:
    parts = [_one_of(r"(?<!\w)", alone), _one_of(r"[.:>]\s*", behind)]
    return re.compile("|".join(filter(None, parts)).encode()) if any(parts) else None


def _one_of(before: str, words: set[str]) -> str:
    return rf"{before}(?:{'|'.join(map(re.escape, sorted(words)))})(?!\w)" if words else ""
