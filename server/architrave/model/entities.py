"""The schema that ORM models declare."""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from architrave.facts.data import Column, Embedding, ForeignKey, Index, Repository, Table
from architrave.model.classes import Place
from architrave.model.engines import Engines
from architrave.model.graph import Model
from architrave.model.schema import Reference, Schema, SchemaColumn, SchemaIndex, SchemaTable
from architrave.text import Location

_Handed = dict[Place, list[tuple[str, Column | ForeignKey]]]
_Embedded = dict[Place, list[tuple[Place, Embedding]]]
_CLASS = "class:"
_DEPTH = 6  # Classes that hand columns down.
_WITHOUT_COLUMNS = frozenset(
    """ABC AsyncAttrs Base BaseModel DeclarativeBase DeclarativeBaseNoMeta
    Generic MappedAsDataclass Model Protocol SQLModel object""".split()  # noqa: SIM905
)


class Entities:
    """The tables of ORM models, and the table of each class."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._tables = tuple(model.each(Table))
        self._by_place = {Place(path, table.model): table for path, table in self._tables if table.model}
        self._by_name: dict[str, list[Table]] = defaultdict(list)
        for place, table in self._by_place.items():
            self._by_name[place.name.rpartition(".")[2]].append(table)
        kept = ((Place(path, item.name), self._classes.find(path, item.entity)) for path, item in model.each(Repository))
        self._kept = {place: entity for place, entity in kept if entity is not None}
        self.schema = self._schema(model, model.derived(Engines))

    def _schema(self, model: Model, engines: Engines) -> Schema:
        found: dict[tuple[str, str], SchemaTable] = {}
        for path, table in self._tables:
            key = (path, table.name.lower())
            if key not in found:
                found[key] = SchemaTable(
                    table.name,
                    Location(path, table.span),
                    table.source,
                    model=(path, table.model) if table.model else None,
                    library=table.library,
                    is_managed=table.is_managed,
                    engine=engines.of(path),
                )
        handed: _Handed = defaultdict(list)
        for path, column in model.each(Column):
            if column.table.startswith(_CLASS):
                handed[Place(path, column.table.removeprefix(_CLASS))].append((path, column))
            elif (path, column.table.lower()) in found:
                _add_column(found[path, column.table.lower()], path, column)
        for path, key_fact in model.each(ForeignKey):
            if key_fact.table.startswith(_CLASS):
                handed[Place(path, key_fact.table.removeprefix(_CLASS))].append((path, key_fact))
        embedded: _Embedded = defaultdict(list)
        for path, item in model.each(Embedding):
            target = self._classes.find(path, item.target)
            if target is not None:
                embedded[Place(path, item.model)].append((target, item))
        for schema_table in found.values():
            self._hand_down(schema_table, handed, embedded)
        by_name = {table.name.lower(): table for table in found.values()}
        for path, index in model.each(Index):
            of_index = found.get((path, index.table.lower()))
            if index.table.startswith(_CLASS):
                of_index = by_name.get(self._target(path, index.table).lower())
            if of_index is not None and index.columns:
                of_index.indexes.append(SchemaIndex(index.columns, Location(path, index.span), index.name, index.is_unique))
        for path, key_fact in model.each(ForeignKey):
            of_key = found.get((path, key_fact.table.lower()))
            if of_key is not None:
                self._add_key(of_key, path, key_fact)
        return Schema(found.values())

    def _add_key(self, table: SchemaTable, path: str, key: ForeignKey) -> None:
        table.references.append(Reference(key.columns, self._target(path, key.target), Location(path, key.span)))

    def _hand_down(self, table: SchemaTable, handed: _Handed, embedded: _Embedded) -> None:
        seen: set[Place] = set()
        frontier = [Place(*table.model)] if table.model is not None else []
        for _ in range(_DEPTH):
            following: list[Place] = []
            for place in frontier:
                self._embed(table, place, handed, embedded, _DEPTH)
                definition = self._classes.definition(place)
                for base in definition.bases if definition is not None else ():
                    parent = self._classes.find(place.path, base.partition("[")[0])
                    if place.path.endswith(".py") and not self._is_known(parent, base):
                        table.is_complete = False
                    if parent is not None and parent not in seen:
                        seen.add(parent)
                        following.append(parent)
                        for path, fact in handed.get(parent, ()):
                            if isinstance(fact, ForeignKey):
                                self._add_key(table, path, fact)
                            elif table.column(fact.name) is None:
                                _add_column(table, path, fact)
            frontier = following

    def _is_known(self, parent: Place | None, base: str) -> bool:
        """Whether all columns that a base class brings are seen: it is of the workspace, or of a library and has none."""
        if parent is not None and self._classes.definition(parent) is not None:
            return True
        return base.partition("[")[0].replace("()", "").rpartition(".")[2] in _WITHOUT_COLUMNS

    def _embed(self, table: SchemaTable, place: Place, handed: _Handed, embedded: _Embedded, depth: int) -> None:
        """Add the columns of the classes that a class embeds."""
        for target, item in embedded.get(place, ()) if depth else ():
            names = dict(item.columns)
            if item.instead_of and (target not in handed or table.columns.pop(item.instead_of.lower(), None) is None):
                continue
            for path, fact in handed.get(target, ()):
                if isinstance(fact, ForeignKey):
                    self._add_key(table, path, fact)
                    continue
                name = names.get(fact.attribute, fact.name)
                if table.column(name) is None:
                    column = replace(fact, name=name)
                    if item.is_primary_key:
                        column = replace(column, is_primary_key=True, is_nullable=False)
                    _add_column(table, path, column)
            self._embed(table, target, handed, embedded, depth - 1)

    def _target(self, path: str, target: str) -> str:
        if not target.startswith(_CLASS):
            return target
        table = self.table_of(path, target.removeprefix(_CLASS))
        return table.name if table is not None else ""

    def table_of(self, path: str, model: str) -> Table | None:
        """Return the table of an ORM class, or of what a repository keeps, named as in the file `path`."""
        place = self.place_of(path, model)
        if place is not None and place in self._by_place:
            return self._by_place[place]
        named = self._by_name.get(model.replace("()", "").rpartition(".")[2], [])
        return named[0] if len(named) == 1 else None

    def named(self, path: str, name: str) -> Place | None:
        """Return the class of a name, by its last part where the file does not tell and only one model has it."""
        place = self._classes.find(path, name)
        if place is not None:
            return place
        found = [item for item in self._by_place if item.name.rpartition(".")[2] == name.rpartition(".")[2]]
        return found[0] if len(found) == 1 else None

    def place_of(self, path: str, name: str) -> Place | None:
        """Return the class that a name stands for, a repository for the class whose rows it keeps."""
        place = self._classes.find(path, name)
        return self._kept.get(place, place) if place is not None else None


def _add_column(table: SchemaTable, path: str, column: Column) -> None:
    location = Location(path, column.span)
    table.columns[column.name.lower()] = SchemaColumn(
        column.name,
        location,
        column.type,
        column.is_nullable,
        column.has_default,
        column.attribute,
        column.fix,
    )
    if column.is_primary_key:
        table.primary_key.append(column.name)
    if column.is_unique or column.is_indexed:
        table.indexes.append(SchemaIndex((column.name,), location, "", column.is_unique))
