"""What a written name stands for: imports, variables, parameters and fields followed to where they come from.

`router.get`, after `from fastapi import APIRouter` and `router = APIRouter()`, is `fastapi.APIRouter().get`. `X()` always reads
*an instance of X, or what calling X gives*. Names that nothing binds stay as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
_DEPTH = 12  # `a = b; b = a` must end.


class Binding(NamedTuple):
    """`name` means `target` in `scope`: a function's name, a class's name with `()` for its fields, "" for the file.

    `target` is as written in `scope` (to be resolved in turn), unless `is_resolved`, as for imports.
    """

    scope: str
    name: str
    target: str
    is_resolved: bool = False


_NOWHERE: dict[str, Binding] = {}


class Names:
    """The bindings of a file; looks names up from the inside out."""

    def __init__(self, bindings: Iterable[Binding] = (), parent: Names | None = None) -> None:
        self._bound: dict[str, dict[str, Binding]] = {}  # By name, then by scope: most names that are looked up are bound nowhere.
        for item in bindings:
            scopes = self._bound.get(item.name)
            if scopes is None:
                scopes = self._bound[item.name] = {}
            scopes[item.scope] = item
        self._parent = parent
        self._outer: dict[str, dict[str, Binding]] = parent._bound if parent is not None else {}
        self._memo: dict[tuple[str, str], str] = {}
        self._heads: dict[tuple[str, str], str] = {}
        self._views: dict[object, Any] = {}

    def inner(self, bindings: Iterable[Binding]) -> Names:
        """Return these names with the local ones of a chunk in front."""
        return Names(bindings, self)

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names at the top of the file that stand for something outside it."""
        return frozenset(binding.name for binding in self.of_file() if binding.is_resolved)

    def once(self, view: Callable[[Names], T]) -> T:
        """Return `view(self)`, worked out once."""
        if view not in self._views:
            self._views[view] = view(self)
        found: T = self._views[view]
        return found

    def of_file(self) -> Iterable[Binding]:
        """Return the bindings at the top of the file."""
        names = self
        while names._parent is not None:
            names = names._parent
        return [scopes[""] for scopes in names._bound.values() if "" in scopes]

    def resolve(self, written: str, function: str = "") -> str:
        """Return the full name of `written` as seen from inside `function`."""
        key = (function, written)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._resolve(written, function, _DEPTH)
        return known

    def _resolve(self, written: str, scope: str, depth: int) -> str:
        head, _, rest = written.partition(".")
        call = ""
        while head[-2:] == "()":
            head, call = head[:-2], call + "()"
        if head not in self._bound and head not in self._outer:
            return written
        if depth == _DEPTH:  # A function asks for many members of one variable; what lies deeper may have been cut off.
            key = (scope, head)
            target = self._heads.get(key)
            if target is None:
                target = self._heads[key] = self._target(head, scope, depth)
        else:
            target = self._target(head, scope, depth)
        if not target:
            return written
        return self._members(target + call, rest, depth) if rest else target + call

    def _target(self, head: str, scope: str, depth: int) -> str:
        """Return what the first name of a chain stands for, "" where it is left as it is written."""
        binding = self._visible(head, scope)
        if binding is None or depth <= 0:
            return ""
        target = binding.target
        if binding.is_resolved:
            return target
        if target == head or target.startswith((head + ".", head + "()")):  # `x = x.y`: an outer x, or itself.
            return ""
        return self._resolve(target, binding.scope.removesuffix("()"), depth - 1)

    def members(self, owner: str, rest: str) -> str:
        """Return the full name of `owner.rest`, where `owner` is one: `rest` goes through the types of fields."""
        return self._members(owner, rest, _DEPTH)

    def _members(self, owner: str, rest: str, depth: int) -> str:
        if "." not in rest and rest not in self._bound and rest not in self._outer and rest[-1:] != ")":
            return f"{owner}.{rest}"
        while rest:
            part, _, rest = rest.partition(".")
            owner = self._member(owner, part, depth)
        return owner

    def _member(self, owner: str, part: str, depth: int) -> str:
        """Return the name of `owner.part`, through the type of the field when a class of this file declares one."""
        bare = part
        call = ""
        while bare[-2:] == "()":
            bare, call = bare[:-2], call + "()"
        if bare not in self._bound and bare not in self._outer:
            return f"{owner}.{part}"
        binding = self._get(owner, bare)
        if binding is None or depth <= 0 or call:
            return f"{owner}.{part}"
        if binding.is_resolved:
            return binding.target
        return self._resolve(binding.target, owner.removesuffix("()"), depth - 1)

    def _visible(self, name: str, scope: str) -> Binding | None:
        inner, outer = self._bound.get(name, _NOWHERE), self._outer.get(name, _NOWHERE)
        while True:
            binding = inner.get(scope) or outer.get(scope)
            if binding is not None or not scope:
                return binding
            scope = scope.rpartition(".")[0]

    def _get(self, scope: str, name: str) -> Binding | None:
        return self._bound.get(name, _NOWHERE).get(scope) or self._outer.get(name, _NOWHERE).get(scope)
