"""What names and texts say of code that nobody else is in at the same time: it holds a lock, or runs in serialisable transactions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from architrave.regexes import regex

# `lock`, `FOR UPDATE`, `acquire`, `serializable`; neither a block nor a clock, nor an account that is locked out.
_ALONE = regex(
    r"(?<![cb])lock(?!out|ed|er\b)|\bfor_?(no_?key_?)?update|(?-i:ForUpdate|_for_update)|for\s+(no\s+key\s+)?update|mutex|semaphore"
    r"|seriali[sz]able|isolation|synchroni[sz]ed|acquire",
    re.IGNORECASE,
)


def says_alone(words: Iterable[str]) -> bool:
    return _ALONE.search("\n".join(words)) is not None
