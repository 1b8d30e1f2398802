"""Who calls whom inside the workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from architrave.facts.code import Call
from architrave.model.classes import Classes, Place
from architrave.model.graph import Model


class Caller(NamedTuple):
    """A call and the function that it stands in."""

    place: Place
    call: Call


class Calls:
    """The calls of each function, and the workspace's own functions that they lead to: a front, so that who asks for the calls of one
    file, or of one name, depends on those alone."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._callers: dict[str, dict[Place, list[Caller]]] = {}

    def inside(self, place: Place) -> tuple[Call, ...]:
        """Return the calls that stand directly in a function."""
        return self._model.inside(place, Call)

    def target(self, place: Place, call: Call) -> Place | None:
        """Return the workspace's own function that a call in `place` leads to."""
        classes = self._model.classes
        found = classes.find(place.path, call.callee)
        if found is None or classes.definition(found) is None:
            return None
        return classes.served_by(found)

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

    def named(self, name: str) -> Iterator[Caller]:
        """Yield all calls of what has this last name, wherever it leads."""
        for callers in self._model.under(Call, _by_last_name, name, by_last_name=True):
            yield from callers

    def callers(self, place: Place) -> tuple[Caller, ...]:
        """Return the calls that lead to a function of the workspace."""
        name = place.name.rpartition(".")[2]
        found = tuple(self.named(name))
        known = self._callers.get(name)
        if known is None:  # Once for all functions of this name: there may be hundreds called `list`.
            known = self._callers[name] = defaultdict(list)
            for caller in found:
                target = self.target(caller.place, caller.call)
                if target is not None:
                    known[target].append(caller)
        elif found:
            self._model.derived(Classes)  # The targets were found with it.
        return tuple(known.get(place, ()))


def _by_last_name(path: str, calls: tuple[Call, ...]) -> Mapping[str, list[Caller]]:
    """Return calls by the last part of their resolved name, which a function keeps whatever it is imported as."""
    found: dict[str, list[Caller]] = {}
    places: dict[str, Place] = {}
    for call in calls:
        place = places.get(call.function)
        if place is None:
            place = places[call.function] = Place(path, call.function)
        found.setdefault(call.callee.rpartition(".")[2], []).append(Caller(place, call))
    return found
