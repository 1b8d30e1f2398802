"""Where in the code a capture stands, while a language goes through the captures of a chunk in document order."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """Bytes `start` to `end` of the file. kinds: function, class, loop, try, error, types (code for type checkers only)."""

    kind: str
    start: int
    end: int
    name: str = ""


class Scopes:
    """The scopes that are open at a place. Enter them as they are met, call `reach` with the start of every capture."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._open: list[Scope] = []
        self._at = 0

    def reach(self, start: int) -> None:
        self._at = start
        while self._open and self._open[-1].end <= start:
            self._open.pop()

    def enter(self, kind: str, start: int, end: int, name: str = "") -> None:
        """Open a scope. `start` may lie ahead: the body of a loop begins after its header."""
        self._open.append(Scope(kind, start, end, name))
        self._open.sort(key=_end_first)

    def qualified(self, name: str) -> str:
        """Return the nested name of something defined here: `Outer.name`."""
        outer = self.definition
        return f"{outer}.{name}" if outer else name

    @property
    def definition(self) -> str:
        """The innermost function or class, "" at the top of the file."""
        for scope in reversed(self._open):
            if scope.kind in ("function", "class") and scope.start <= self._at < scope.end:
                return scope.name
        return self.owner

    @property
    def function(self) -> str:
        """The innermost function, "" outside any."""
        for scope in reversed(self._open):
            if scope.kind == "function" and scope.start <= self._at < scope.end:
                return scope.name
        return ""

    @property
    def owning_class(self) -> str:
        """The innermost class round the innermost function, or the class whose body this is, "" outside any."""
        for scope in reversed(self._open):
            if scope.kind == "class" and scope.start <= self._at < scope.end:
                return scope.name
        return self.owner

    @property
    def is_in_function(self) -> bool:
        return bool(self.function)

    def within(self, kind: str) -> bool:
        """Whether this place lies in a scope of a kind without a function in between."""
        for scope in reversed(self._open):
            if not scope.start <= self._at < scope.end:
                continue
            if scope.kind == kind:
                return True
            if scope.kind == "function":
                return False
        return False


def _end_first(scope: Scope) -> tuple[int, int]:
    return (-scope.end, scope.start)
