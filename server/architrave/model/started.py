"""What a clock or a retry starts: a function that it is handed, or a stretch of the one that it stands in, and what that calls."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import RetryPolicy
from architrave.facts.deployment import ScheduledJob
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.text import Span


def started(model: Model, path: str, by: ScheduledJob | RetryPolicy, depth: int) -> Iterator[tuple[Place, Span | None]]:
    """Yield the functions that are run within `depth` calls; with the stretch that is, where that is not the whole function."""
    place = Place(path, by.function)
    if by.body is None:
        if not by.handler:
            return
        named = model.classes.find(path, by.handler)
        place = model.classes.served_by(named) if named is not None else Place(path, by.handler)
    for reached, way in model.calls.reached(place, depth):
        if not way:
            yield reached, by.body
        elif by.body is None or by.body.contains(way[0].call.span):
            yield reached, None
