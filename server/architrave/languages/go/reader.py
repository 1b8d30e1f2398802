"""What is open at the place that the reading of a chunk has come to, and what names and types stand for there.

Go declares before it uses, so what a function binds is known by the time it is asked for; only the file needs a pass of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.go.bindings import RESULT
from architrave.languages.go.types import held, type_target
from architrave.names import Names
from architrave.regexes import regex
from architrave.walk import Handlers, Walk

_QUALIFIED = regex(r"\b([A-Za-z_]\w*)\.([A-Z]\w*)")


class Type(NamedTuple):
    """`text` is a type as written, its packages resolved: `*gorm.io/gorm.DB`; `target` is what a variable of it stands for."""

    text: str
    target: str
    held: str = ""  # What a variable stands for that takes what the slice holds.


class Reader(Walk):
    """`function` is the innermost function that has a name, `roots` are the names that are bound at the top of the file.

    `variables` have the full name of what each stands for: itself where nothing is known. `held` is the same for what slices hold.
    """

    function = ""
    is_local = False  # At the top of the file, what is bound is bound for the whole file: see `bindings`.
    in_loop = in_error = False

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, handlers, values)
        self.names = names
        self.roots, self.types = _of_file(names)
        self.variables: dict[str, str] = {}
        self.held: dict[str, str] = {}
        self.loop_variables: dict[str, int] = {}  # With the end of the loop.
        self.literals: dict[int, str] = {}  # Where the function literal starts that a variable is given -> its name.
        self.returned: set[int] = set()  # Where the function literals start that are handed out.
        self.counts: dict[str, int] = {}  # Of function literals that have a number for a name.

    def resolve(self, written: str) -> str:
        head, _, rest = written.partition(".")
        call = ""
        while head[-2:] == "()":
            head, call = head[:-2], call + "()"
        target = self.variables.get(head)
        if target is None:
            return self.names.resolve(written) if head in self.roots else written
        if target == head:
            return written
        return self.names.members(target + call, rest) if rest else target + call

    def type(self, node: Node) -> Type:
        return self.typed(self.source(node))

    def typed(self, written: str) -> Type:
        known = self.types.get(written)
        if known is None:
            known = self.types[written] = self._type(" ".join(written.split()))
        return known

    def _type(self, written: str) -> Type:
        names = self.names
        target, inner = type_target(written), held(written)
        return Type(
            _QUALIFIED.sub(lambda match: names.resolve(match[0]), written) if "." in written else written,
            names.resolve(target) if target else "",
            names.resolve(inner) if inner else "",
        )

    def declare(self, name: str, type: Type) -> None:
        """Bind a variable to its type. That is looked up in the file: in `user user.User` the package is meant."""
        self.variables[name] = type.target or name
        self._hold(name, type.held)

    def give(self, name: str, target: str, holds: str = "") -> None:
        """Bind a new variable to the full name of what it is given, "" where that has none."""
        self.variables[name] = self._result(target) or name
        self._hold(name, holds)

    def give_again(self, name: str, target: str, holds: str = "") -> None:
        """Bind a variable that may have a value already: `db = db.Where(…)` is of the same type as before."""
        known = self.variables.get(name)
        if known is None or (target and target != known and not target.startswith((known + ".", known + "()"))):
            self.give(name, target, holds or self.held.get(name, ""))

    def _result(self, target: str) -> str:
        """Return what a function of the file gives: `Handler()` for `NewHandler()`."""
        if target[-2:] != "()" or "." in target:
            return target
        known = self.names.resolve(target[:-2], RESULT)
        return known if known[-2:] == "()" else target

    def _hold(self, name: str, target: str) -> None:
        if target:
            self.held[name] = target
        elif name in self.held:
            del self.held[name]


@lru_cache(maxsize=2)
def _of_file(names: Names) -> tuple[frozenset[str], dict[str, Type]]:
    """Return the names bound at the top of a file, and room for the types in it: every chunk asks for them in turn."""
    return frozenset(binding.name for binding in names.of_file()), {}
