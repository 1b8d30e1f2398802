"""What is known of a workspace, one answer a question, in lines of plain text: for agents, which ask and read as people do.

Each line names its place as `path:line`, so that what is said of it can be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from architrave.analysis.describe import Description, Mention, describe
from architrave.analysis.review import metrics as metrics_of
from architrave.analysis.review import section as section_of
from architrave.analysis.snapshot import Snapshot
from architrave.facts.api import ApiDocument, Client, HttpCall
from architrave.facts.code import Definition
from architrave.facts.data import Column, Migration, MigrationOperation, Table
from architrave.facts.messaging import Publish, Subscribe
from architrave.findings import Finding
from architrave.model.classes import Place
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model
from architrave.text import Location

Where = Callable[[Location], str]  # `path:line` of a place.


@dataclass(frozen=True)
class Inventory:
    """What a workspace has to build on."""

    languages: tuple[str, ...]
    services: tuple[str, ...]
    routes: int
    guarded: int
    tables: tuple[str, ...]
    engines: tuple[str, ...]
    brokers: tuple[str, ...]
    topics: tuple[str, ...]
    clients: tuple[str, ...]
    calls: int
    descriptions: tuple[str, ...]


def findings(snapshot: Snapshot, where: Where, scope: str = "", rule: str = "") -> Iterator[str]:
    """Tell what is found in a file or folder, perhaps by one rule."""
    for finding in snapshot.findings:
        if _is_in(finding.location.path, scope) and rule in ("", finding.rule):
            yield finding_line(finding, where)


def finding_line(finding: Finding, where: Where) -> str:
    return f"{where(finding.location)} {finding.severity} {finding.rule} (subject: {finding.subject}): {finding.message}"


def section(snapshot: Snapshot, where: Where, heading: str, scope: str = "") -> Iterator[str]:
    """Tell one section of a review: `Routes`, `Tables`, `Outgoing calls`, `Topics and queues`, `Settings read`, `Most coupled modules`."""
    for line in section_of(snapshot, heading, scope).lines:
        place = f"{where(line.mention.location)} " if line.mention.location is not None else ""
        yield f"{place}{line.mention.text}" + (f": {line.remark}" if line.remark else "")


def metrics(snapshot: Snapshot, scope: str = "") -> Iterator[str]:
    yield from (f"{label}: {value}" for label, value in metrics_of(snapshot, scope))


def table(snapshot: Snapshot, where: Where, name: str) -> Iterator[str]:
    """Tell all that is known of a table: columns, keys, indexes, who reads and who writes it."""
    places = [
        *((path, item.span) for path, item in snapshot.model.each(Table) if item.name.lower() == name.lower()),
        *((path, item.span) for path, item in snapshot.model.each(Column) if item.table.lower() == name.lower()),
        *((path, item.span) for path, item in snapshot.model.each(MigrationOperation) if item.table.lower() == name.lower()),
    ]
    for path, span in places:
        found = describe(snapshot, path, snapshot.location(Location(path, span)).span.start)
        if found is not None and found.kind == "Table":
            yield from described(found, where)
            return


def described(found: Description, where: Where) -> Iterator[str]:
    yield f"{found.kind} {found.name} ({where(found.location)})"
    for row in found.rows:
        more = f" and {row.left_out} more" if row.left_out else ""
        yield f"  {row.label}: {', '.join(_mention(item, where) for item in row.mentions) or row.nothing}{more}"


def _mention(mention: Mention, where: Where) -> str:
    return f"{mention.text} ({where(mention.location)})" if mention.location is not None else mention.text


def callers(snapshot: Snapshot, where: Where, name: str, path: str = "") -> Iterator[str]:
    """Tell who calls a function, by its name (`total`, `Order.total`) and perhaps the file that defines it."""
    model = snapshot.model
    for place, definition in sorted(model.classes.all(), key=lambda item: item[0]):
        if (place.name == name or place.name.endswith(f".{name}")) and path in ("", place.path):
            yield f"{_at(snapshot, place, where)} defines {definition.kind} {place.name}"
            for caller in model.calls.callers(place):
                at = snapshot.location(Location(caller.place.path, caller.call.span))
                yield f"  {where(at)} calls it in {caller.place.name or 'the file itself'}"


def _at(snapshot: Snapshot, place: Place, where: Where) -> str:
    definition = snapshot.model.definition(place)
    assert definition is not None
    return where(snapshot.location(Location(place.path, definition.name_span)))


def dependencies(snapshot: Snapshot, where: Where, path: str) -> Iterator[str]:
    """Tell what a file imports of the workspace, and who imports it."""
    modules = snapshot.model.modules
    for dependency in modules.of.get(path, ()):
        yield f"{where(snapshot.location(Location(path, dependency.imports[0].span)))} imports {dependency.target}"
    for dependency in modules.on.get(path, ()):
        at = snapshot.location(Location(dependency.source, dependency.imports[0].span))
        yield f"{where(at)} imports this file" + (" (types only)" if dependency.is_type_only else "")
    for item in snapshot.model.of(path, Definition):
        yield f"{where(snapshot.location(Location(path, item.name_span)))} defines {item.kind} {item.name}"


def _is_in(path: str, scope: str) -> bool:
    return not scope or path == scope or path.startswith(scope.rstrip("/") + "/")


def operations(snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Return the operations that an API description has."""
    return tuple(f"{item.method} {item.path}" for item in snapshot.model.derived(Descriptions).operations(path))


def tables_made(snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Return the tables that a file of SQL or a migration makes."""
    made = [item.table for item in snapshot.model.of(path, MigrationOperation) if item.kind == "create_table"]
    return tuple(dict.fromkeys([*made, *(item.name for item in snapshot.model.of(path, Table))]))


def inventory(snapshot: Snapshot) -> Inventory:
    """Return what there is to build on, in a few numbers and names."""
    model = snapshot.model
    return Inventory(
        languages=tuple(sorted({file.language for file in snapshot.files.values() if file.language and file.of(Definition)})),
        services=tuple(sorted({name for path in snapshot.files if (name := model.services.of(path))})),
        routes=len({(item.method, item.shape, item.service) for item in model.routes.endpoints}),
        guarded=len({(item.method, item.shape, item.service) for item in model.routes.endpoints if item.guards}),
        tables=tuple(sorted({item.name for schema in (model.data.migrated, model.data.modelled) for item in schema.tables})),
        engines=tuple(sorted({name for path, _ in model.each(Migration) if (name := model.data.engine(path))})),
        brokers=tuple(sorted(_brokers(model))),
        topics=tuple(sorted({*model.messaging.publishers, *model.messaging.subscribers} - {""})),
        clients=tuple(sorted({f"{item.library} ({item.kind})" for _, item in model.each(Client)})),
        calls=sum(1 for _ in model.each(HttpCall)),
        descriptions=tuple(sorted(path for path, _ in model.each(ApiDocument))),
    )


def _brokers(model: Model) -> set[str]:
    return {item.broker for _, item in model.each(Publish)} | {item.broker for _, item in model.each(Subscribe)} - {""}
