"""Where work enters the system: handlers of routes, of messages and of the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from architrave.facts.deployment import ScheduledJob
from architrave.facts.messaging import Subscribe
from architrave.model.classes import Place
from architrave.model.graph import Model, by_value
from architrave.model.routes import Endpoint


@by_value
def entries(model: Model) -> frozenset[Place]:
    """The functions that run because somebody asked, a message came, or it is time."""
    return frozenset((*model.derived(asked), *_others(model)))


def asked(model: Model) -> Mapping[Place, tuple[Endpoint, ...]]:
    """What runs for each request, with the endpoints: handlers, and what is called before them, such as the providers of FastAPI."""
    found = dict(model.routes.by_handler)
    for endpoint in model.routes.endpoints:
        for guard in endpoint.route.guards:
            place = model.classes.find(endpoint.file, guard)
            definition = model.classes.definition(place) if place is not None else None
            if place is not None and definition is not None and definition.kind in ("function", "method"):
                found.setdefault(place, (endpoint,))
    return found


def is_reached(model: Model, place: Place, depth: int = 3) -> bool:
    """Whether a function is one of the entries, or is called from one in at most `depth` calls that could be followed."""
    known = model.derived(entries)
    return place in known or model.calls.way_to(place, known.__contains__, depth) is not None


def _others(model: Model) -> Iterator[Place]:
    given: Iterator[tuple[str, Subscribe | ScheduledJob]] = chain(model.each(Subscribe), model.each(ScheduledJob))
    for path, fact in given:
        place = model.classes.find(path, fact.handler) if fact.handler else None
        yield place or Place(path, fact.handler or fact.function)
