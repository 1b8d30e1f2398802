"""Who calls whom inside the workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from architrave.facts.code import Call
from architrave.model.classes import Place
from architrave.model.graph import Model


class Caller(NamedTuple):
    """A call and the function that it stands in."""

    place: Place
    call: Call


class Calls:
    """The calls of each function, and the workspace's own functions that they lead to."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._by_file = model.by_file(Call, _calls_of)
        self._callers: dict[str, dict[Place, list[Caller]]] = {}

    def inside(self, place: Place) -> tuple[Call, ...]:
        """Return the calls that stand directly in a function."""
        file = self._by_file.get(place.path)
        return tuple(file.by_function.get(place.name, ())) if file is not None else ()

    def target(self, place: Place, call: Call) -> Place | None:
        """Return the workspace's own function that a call in `place` leads to."""
        found = self._classes.find(place.path, call.callee)
        if found is None or self._classes.definition(found) is None:
            return None
        return self._classes.served_by(found)

    def reached(self, place: Place, depth: int) -> Iterator[tuple[Place, tuple[Caller, ...]]]:
        """Yield the functions that a call of `place` reaches within `depth` calls, with the calls on the way; `place` first with none."""
        seen = {place}
        frontier: list[tuple[Place, tuple[Caller, ...]]] = [(place, ())]
        while frontier:
            following = []
            for current, way in frontier:
                yield current, way
                if len(way) == depth:
                    continue
                for call in self.inside(current):
                    target = self.target(current, call)
                    if target is not None and target not in seen:
                        seen.add(target)
                        following.append((target, (*way, Caller(current, call))))
            frontier = following

    def way_to(self, place: Place, is_start: Callable[[Place], bool], depth: int) -> tuple[Caller, ...] | None:
        """Return the shortest way of at most `depth` calls from a function that `is_start` to `place`, the first call first."""
        frontier: list[tuple[Place, tuple[Caller, ...]]] = [(place, ())]
        seen = {place}
        for _ in range(depth):
            following = []
            for current, way in frontier:
                for caller in self.callers(current):
                    if caller.place in seen:
                        continue
                    seen.add(caller.place)
                    if is_start(caller.place):
                        return (caller, *way)
                    following.append((caller.place, (caller, *way)))
            frontier = following
        return None

    def callers(self, place: Place) -> tuple[Caller, ...]:
        """Return the calls that lead to a function of the workspace."""
        name = place.name.rpartition(".")[2]
        known = self._callers.get(name)
        if known is None:  # Once for all functions of this name: there may be hundreds called `list`.
            known = self._callers[name] = defaultdict(list)
            for callers in self._by_last_name.get(name, ()):
                for caller in callers:
                    target = self.target(caller.place, caller.call)
                    if target is not None:
                        known[target].append(caller)
        return tuple(known.get(place, ()))

    @cached_property
    def _by_last_name(self) -> Mapping[str, list[list[Caller]]]:
        """Calls by the last part of their resolved name, which a function keeps whatever it is imported as; a list for each file."""
        found: dict[str, list[list[Caller]]] = defaultdict(list)
        for file in self._by_file.values():
            for name, callers in file.by_last_name.items():
                found[name].append(callers)
        return found


class _FileCalls(NamedTuple):
    """The calls of one file."""

    by_function: dict[str, list[Call]]
    by_last_name: dict[str, list[Caller]]


def _calls_of(path: str, calls: tuple[Call, ...]) -> _FileCalls:
    by_function: dict[str, list[Call]] = {}
    by_last_name: dict[str, list[Caller]] = {}
    for call in calls:
        by_function.setdefault(call.function, []).append(call)
    for function, inside in by_function.items():
        place = Place(path, function)
        for call in inside:
            by_last_name.setdefault(call.callee.rpartition(".")[2], []).append(Caller(place, call))
    return _FileCalls(by_function, by_last_name)
