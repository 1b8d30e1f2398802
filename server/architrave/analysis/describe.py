"""What the model knows of a place: routes, tables, topics, settings, outgoing calls. Plain values, for whoever shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from architrave.analysis.snapshot import Snapshot
from architrave.facts.api import HttpCall, Route
from architrave.facts.data import Column, MigrationOperation, Query, Table
from architrave.facts.deployment import SettingDeclaration, SettingRead
from architrave.facts.messaging import Publish, Subscribe
from architrave.model.classes import Place
from architrave.model.contracts import Contracts
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.text import Location, Span

_DEPTH = 6  # Calls from a handler to what it touches.
MOST = 12  # Places that a row names.


@dataclass(frozen=True)
class Mention:
    """Something that takes part, and where it is."""

    text: str
    location: Location | None = None


@dataclass(frozen=True)
class Row:
    """One thing known. `label` and `nothing` are ours, `mentions` are words of the workspace. `left_out` more were found.

    `nothing` is what to say when there are no mentions.
    """

    label: str
    mentions: tuple[Mention, ...]
    left_out: int = 0
    nothing: str = ""


@dataclass(frozen=True)
class Description:
    """What is known of one place. `kind` is ours (`Route`, `Table` …), `name` a word of the workspace; the span is absolute."""

    kind: str
    name: str
    location: Location
    rows: tuple[Row, ...]


def describe(snapshot: Snapshot, path: str, offset: int) -> Description | None:
    """Return what is known of the smallest thing at a byte of a file, or None when there is nothing that the model knows."""
    file = snapshot.files.get(path)
    if file is None:
        return None
    found: list[tuple[int, int, Any, Span]] = []
    for order, kind in enumerate(_DESCRIBERS):
        facts: tuple[Any, ...] = snapshot.model.of(path, kind)
        for fact in facts:
            span = file.absolute(fact.span)
            if span.start <= offset <= span.end:
                found.append((span.end - span.start, order, fact, span))
    for _, _, fact, span in sorted(found, key=lambda item: item[:2]):
        described = _DESCRIBERS[fact.__class__](snapshot, path, fact)
        if described is not None:
            name, rows = described
            return Description(_KINDS[fact.__class__], name, Location(path, span), tuple(rows))
    return None


@dataclass(frozen=True)
class RouteSummary:
    """A route for a line of its own: how many callers are known in this workspace, and the tables that it touches."""

    name: str
    location: Location
    callers: tuple[Mention, ...]
    tables: tuple[str, ...]


def routes_in(snapshot: Snapshot, path: str) -> tuple[Location, ...]:
    """Return the places of a file's routes, which is quickly known."""
    file = snapshot.files.get(path)
    return tuple(dict.fromkeys(Location(path, file.absolute(route.span)) for route in file.of(Route))) if file is not None else ()


def summary(snapshot: Snapshot, location: Location) -> RouteSummary | None:
    """Return what is known of the route at a place, as `routes_in` gave it."""
    file = snapshot.files.get(location.path)
    for route in file.of(Route) if file is not None else ():
        if file is not None and file.absolute(route.span) == location.span:
            found = summary_of(snapshot, location.path, route)
            if found is not None:
                return found
    return None


def summary_of(snapshot: Snapshot, path: str, route: Route) -> RouteSummary | None:
    """Return what is known of a route of a file; None for one that was only assumed and is not there."""
    endpoints = _endpoints(snapshot.model, path, route)
    if route.is_assumed and not endpoints:
        return None
    name = f"{route.method} {endpoints[0].path if endpoints else route.path}"
    callers = [mention for endpoint in endpoints for mention in _callers(snapshot, endpoint)]
    location = snapshot.location(Location(path, route.span))
    return RouteSummary(name, location, tuple(dict.fromkeys(callers)), _touched(snapshot, endpoints).tables)


# Kinds of fact


def _route(snapshot: Snapshot, path: str, route: Route) -> tuple[str, Iterator[Row]]:
    endpoints = _endpoints(snapshot.model, path, route)
    name = f"{route.method} {endpoints[0].path if endpoints else route.path}"

    def rows() -> Iterator[Row]:
        if len(endpoints) > 1:
            yield _row("Also served as", (Mention(f"{item.method} {item.path}") for item in endpoints[1:]))
        if endpoints and endpoints[0].service:
            yield _row("Service", [Mention(endpoints[0].service)])
        handlers = dict.fromkeys(endpoint.handler for endpoint in endpoints)
        yield _row("Handler", (Mention(item.name, _definition(snapshot, item)) for item in handlers if item.name))
        yield _row("Guarded by", (Mention(guard) for endpoint in endpoints[:1] for guard in endpoint.guards), "nothing that was recognised")
        yield _row("Called by", (mention for endpoint in endpoints for mention in _callers(snapshot, endpoint)), "nobody in this workspace")
        touched = _touched(snapshot, endpoints)
        yield _row("Tables", (Mention(name) for name in touched.tables))
        yield _row("Publishes to", touched.topics)
        yield _row("Calls", touched.calls)

    return name, _filled(rows())


def _http_call(snapshot: Snapshot, path: str, call: HttpCall) -> tuple[str, Iterator[Row]]:
    model = snapshot.model
    service = model.deployment.called(path, call)
    name = f"{call.method} {call.host or ('{' + call.setting + '}' if call.setting else '')}{call.path or ''}".strip()

    def rows() -> Iterator[Row]:
        if service is not None:
            yield _row("Leads to the service", [Mention(service or "of this workspace")])
            serving = model.derived(Contracts).serving(service, call.method, call.path) if call.path is not None else ()
            yield _row("Served by", (Mention(f"{item.method} {item.path}", _of_route(snapshot, item)) for item in serving))
        yield _row("Host from the setting", [Mention(call.setting)] if call.setting else ())
        yield _row("Made with", [Mention(call.library)])
        yield _row("Timeout", [Mention({"set": "is set", "none": "none", "unknown": "not known"}[call.timeout])])
        if call.in_loop:
            yield _row("Stands", [Mention("in a loop")])

    return name, _filled(rows())


def _table(snapshot: Snapshot, path: str, name: str) -> tuple[str, Iterator[Row]] | None:
    data = snapshot.model.data
    tables = [table for schema in (data.migrated, data.modelled) if (table := schema.find(name, path)) is not None]
    if not tables:
        return None

    def rows() -> Iterator[Row]:
        for table in tables:
            label = "Columns by the migrations" if table.source == "migration" else "Columns by the model"
            yield _row(
                label, (Mention(f"{item.name} {item.type}".strip(), snapshot.location(item.location)) for item in table.columns.values())
            )
            references = (
                Mention(f"{', '.join(item.columns)} → {item.target}", snapshot.location(item.location)) for item in table.references
            )
            yield _row("Refers to", references)
        yield _row("Indexes", (Mention(", ".join(item.columns)) for table in tables for item in table.indexes))
        others = {item.name: item for schema in (data.migrated, data.modelled) for item in schema.tables}
        pointing = (
            Mention(other.name, snapshot.location(item.location))
            for other in others.values()
            for item in other.references
            if item.target.lower() == name.lower()
        )
        yield _row("Referred to by", pointing)
        yield _row("Read in", _queries(snapshot, name, ("select", "other")))
        yield _row("Written in", _queries(snapshot, name, ("insert", "update", "delete")))

    return name, _filled(rows())


def _query(snapshot: Snapshot, path: str, query: Query) -> tuple[str, Iterator[Row]] | None:
    tables = snapshot.model.data.tables(path, query)
    return _table(snapshot, path, tables[0]) if tables else None


def _topic(snapshot: Snapshot, path: str, fact: Publish | Subscribe) -> tuple[str, Iterator[Row]] | None:
    if not fact.topic:
        return None
    messaging = snapshot.model.messaging

    def rows() -> Iterator[Row]:
        yield _row("Broker", [Mention(fact.broker)])
        published = messaging.publishers.get(fact.topic, ())
        yield _row("Published by", (_in(snapshot, file, item) for file, item in published), "nobody in this workspace")
        received = messaging.subscribers.get(fact.topic, ())
        yield _row("Received by", (_in(snapshot, file, item) for file, item in received), "nobody in this workspace")

    return fact.topic, _filled(rows())


def _setting(snapshot: Snapshot, path: str, fact: SettingRead | SettingDeclaration) -> tuple[str, Iterator[Row]]:
    model = snapshot.model

    def rows() -> Iterator[Row]:
        reads = [(file, read) for file, read in model.each(SettingRead) if read.key == fact.key]
        yield _row("Read by", (_in(snapshot, file, read) for file, read in reads), "nobody in this workspace")
        # Values stay where they are: one of them may be a secret.
        declared = (
            Mention(f"{item.source}{' of ' + item.owner if item.owner else ''}, {file}", _at(snapshot, file, item.span))
            for file, item in model.each(SettingDeclaration)
            if item.key == fact.key
        )
        yield _row("Set in", declared, "nothing that was read")
        yield _row("Has a default in", (_in(snapshot, file, read) for file, read in reads if read.has_default))

    return fact.key, _filled(rows())


def _named_table(snapshot: Snapshot, path: str, fact: Table) -> tuple[str, Iterator[Row]] | None:
    return _table(snapshot, path, fact.name)


def _of_column(snapshot: Snapshot, path: str, fact: Column | MigrationOperation) -> tuple[str, Iterator[Row]] | None:
    return _table(snapshot, path, fact.table) if fact.table else None


_DESCRIBERS: dict[type, Callable[[Snapshot, str, Any], tuple[str, Iterator[Row]] | None]] = {
    SettingRead: _setting,
    SettingDeclaration: _setting,
    Publish: _topic,
    Subscribe: _topic,
    HttpCall: _http_call,
    Query: _query,
    Route: _route,
    Column: _of_column,
    Table: _named_table,
    MigrationOperation: _of_column,
}
_KINDS: dict[type, str] = {
    SettingRead: "Setting",
    SettingDeclaration: "Setting",
    Publish: "Topic",
    Subscribe: "Topic",
    HttpCall: "Outgoing call",
    Query: "Table",
    Route: "Route",
    Column: "Table",
    Table: "Table",
    MigrationOperation: "Table",
}


# What leads where


@dataclass(frozen=True)
class _Touched:
    tables: tuple[str, ...]
    topics: tuple[Mention, ...]
    calls: tuple[Mention, ...]


class _Inside:
    """What stands in each function."""

    def __init__(self, model: Model) -> None:
        self.queries: dict[Place, list[Query]] = defaultdict(list)
        self.publishes: dict[Place, list[Publish]] = defaultdict(list)
        self.calls: dict[Place, list[HttpCall]] = defaultdict(list)
        for path, query in model.each(Query):
            self.queries[Place(path, query.function)].append(query)
        for path, publish in model.each(Publish):
            self.publishes[Place(path, publish.function)].append(publish)
        for path, call in model.each(HttpCall):
            self.calls[Place(path, call.function)].append(call)


class _Incoming:
    """The calls of this workspace that reach each endpoint."""

    def __init__(self, model: Model) -> None:
        self.callers: dict[tuple[str, str, str], list[tuple[str, HttpCall]]] = defaultdict(list)
        for path, call in model.each(HttpCall):
            service = model.deployment.called(path, call) if call.path is not None else None
            if service is not None and call.path is not None:
                for endpoint in model.derived(Contracts).serving(service, call.method, call.path):
                    self.callers[endpoint.file, endpoint.method, endpoint.path].append((path, call))


def _touched(snapshot: Snapshot, endpoints: Iterable[Endpoint]) -> _Touched:
    model = snapshot.model
    inside = model.derived(_Inside)
    tables: dict[str, None] = {}
    topics: dict[Mention, None] = {}
    calls: dict[Mention, None] = {}
    for handler in dict.fromkeys(endpoint.handler for endpoint in endpoints):
        for place, _ in model.calls.reached(handler, _DEPTH):
            for query in inside.queries.get(place, ()):
                tables.update(dict.fromkeys(model.data.tables(place.path, query)))
            for publish in inside.publishes.get(place, ()):
                if publish.topic:
                    topics[Mention(publish.topic, _at(snapshot, place.path, publish.span))] = None
            for call in inside.calls.get(place, ()):
                host = call.host or ("{" + call.setting + "}" if call.setting else "")
                calls[Mention(f"{call.method} {host}{call.path or ''}", _at(snapshot, place.path, call.span))] = None
    return _Touched(tuple(sorted(tables)), tuple(topics), tuple(calls))


def _callers(snapshot: Snapshot, endpoint: Endpoint) -> Iterator[Mention]:
    found = snapshot.model.derived(_Incoming).callers.get((endpoint.file, endpoint.method, endpoint.path), ())
    return (_in(snapshot, path, call) for path, call in found)


def _endpoints(model: Model, path: str, route: Route) -> list[Endpoint]:
    return [item for item in model.routes.endpoints if item.file == path and item.route == route]


def _queries(snapshot: Snapshot, table: str, kinds: tuple[str, ...]) -> Iterator[Mention]:
    data = snapshot.model.data
    for path, query in data.queries:
        if query.kind in kinds and table.lower() in (name.lower() for name in data.tables(path, query)):
            yield _in(snapshot, path, query)


def _definition(snapshot: Snapshot, place: Place) -> Location | None:
    definition = snapshot.model.definition(place)
    return _at(snapshot, place.path, definition.name_span) if definition is not None else None


def _of_route(snapshot: Snapshot, endpoint: Endpoint) -> Location:
    return _at(snapshot, endpoint.file, endpoint.route.span)


def _in(snapshot: Snapshot, path: str, fact: Any) -> Mention:
    """Return a fact by the function that it stands in, and the file."""
    function = getattr(fact, "function", "")
    return Mention(f"{function} in {path}" if function else path, _at(snapshot, path, fact.span))


def _at(snapshot: Snapshot, path: str, span: Span) -> Location:
    return snapshot.location(Location(path, span))


def _row(label: str, mentions: Iterable[Mention], nothing: str = "") -> Row:
    """Return a row; one without mentions is left out when it has `nothing` to say."""
    found = tuple(dict.fromkeys(mentions))
    return Row(label, found[:MOST], max(0, len(found) - MOST), nothing)


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if row.mentions or row.nothing)
