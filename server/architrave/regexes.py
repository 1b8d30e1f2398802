"""Regular expressions that are compiled when they are first used: a start has hundreds at hand, and most files need few of them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, cast


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` does, compiled when something is first asked of it. The functions of `re` do not take it for a pattern."""
    return cast("re.Pattern[AnyStr]", _Regex(source, flags))


class _Regex:
    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self._source, self._flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._compiled, name)
        self.__dict__[name] = found  # From now on nothing stands between.
        return found
