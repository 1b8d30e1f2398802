"""Schema and queries: tables folded from migrations and from ORM models, kept apart so that they may be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from posixpath import dirname

from architrave.facts.data import (
    Column,
    Database,
    ForeignKey,
    Index,
    Migration,
    MigrationOperation,
    Query,
    Relation,
    Repository,
    Table,
)
from architrave.facts.deployment import Manifest
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.schema import (
    Fold,
    MigrationFile,
    Reference,
    Schema,
    SchemaColumn,
    SchemaIndex,
    SchemaTable,
    Step,
    folder,
    ordered,
)
from architrave.text import Location

_CLASS = "class:"
_DEPTH = 6  # Classes that hand columns down.
# Distributions that speak to one engine only.
_DRIVERS = {
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "psycopg2-binary": "postgresql",
    "psycopg-binary": "postgresql",
    "asyncpg": "postgresql",
    "pg": "postgresql",
    "postgres": "postgresql",
    "pg-promise": "postgresql",
    "github.com/lib/pq": "postgresql",
    "github.com/jackc/pgx": "postgresql",
    "gorm.io/driver/postgres": "postgresql",
    "tokio-postgres": "postgresql",
    "org.postgresql:postgresql": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mysqlclient": "mysql",
    "pymysql": "mysql",
    "aiomysql": "mysql",
    "mysql-connector-python": "mysql",
    "github.com/go-sql-driver/mysql": "mysql",
    "gorm.io/driver/mysql": "mysql",
    "com.mysql:mysql-connector-j": "mysql",
    "mysql-connector-j": "mysql",
    "mysql:mysql-connector-java": "mysql",
    "mysql-connector-java": "mysql",
}
_ALIASES = {"postgres": "postgresql", "pg": "postgresql", "mariadb": "mysql", "sqlite3": "sqlite", "cockroachdb": "postgresql"}
_EMBEDDED = frozenset({"sqlite", "h2", "hsqldb"})  # Mostly for tests beside a server.


class Data:
    """Tables, migrations and queries of the workspace."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._services = model.services
        self._engines = _engines(model)
        self._engine_of_files: dict[str, str] = {}
        self._tables = tuple(model.each(Table))
        self._columns = tuple(model.each(Column))
        self._indexes = tuple(model.each(Index))
        self._keys = tuple(model.each(ForeignKey))
        self._relations = tuple(model.each(Relation))
        self._repositories = tuple(model.each(Repository))
        self.queries = tuple(model.each(Query))
        operations: dict[str, list[MigrationOperation]] = defaultdict(list)
        for path, operation in model.each(MigrationOperation):
            operations[path].append(operation)
        groups: dict[str, list[tuple[str, Migration]]] = defaultdict(list)
        for path, migration in model.each(Migration):
            groups[folder(path, migration)].append((path, migration))
        tables: list[SchemaTable] = []
        steps: list[Step] = []
        for _, files in sorted(groups.items()):
            named = {migration.engine for _, migration in files if migration.engine}
            engine = named.pop() if len(named) == 1 else "" if named else self.engine(files[0][0])
            fold = Fold(_ALIASES.get(engine, engine))
            for index, (path, migration) in enumerate(ordered(files)):
                steps.extend(fold.apply(MigrationFile(path, migration, tuple(operations[path]), len(files) - 1 - index)))
            tables.extend(fold.tables.values())
            self._engine_of_files.update({path: fold.engine for path, _ in files})
        self.migrated = Schema(tables)
        self.steps = tuple(step for step in steps if step.file.migration.tool != "schema")

    def engine(self, path: str) -> str:
        """Return the engine that a file's database runs on, "" when nothing says, or two things differ.

        A service that speaks to a server and to an embedded database uses the latter for tests.
        """
        known = self._engine_of_files.get(path)
        if known is not None:
            return known
        service = self._services.of(path)
        while True:
            engines = self._engines.get(service)
            if engines:
                return _one(engines)
            if not service:
                break
            service = dirname(service)
        return _one(set().union(*self._engines.values())) if self._engines else ""

    @cached_property
    def modelled(self) -> Schema:
        """The schema that the ORM models declare."""
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
                    engine=self.engine(path),
                )
        handed: dict[Place, list[tuple[str, Column]]] = defaultdict(list)
        for path, column in self._columns:
            if column.table.startswith(_CLASS):
                handed[Place(path, column.table.removeprefix(_CLASS))].append((path, column))
            elif (path, column.table.lower()) in found:
                _add_column(found[path, column.table.lower()], path, column)
        if handed:
            for schema_table in found.values():
                self._hand_down(schema_table, handed)
        by_name = {table.name.lower(): table for table in found.values()}
        for path, index in self._indexes:
            of_index = found.get((path, index.table.lower()))
            if index.table.startswith(_CLASS):
                of_index = by_name.get(self._target(path, index.table).lower())
            if of_index is not None and index.columns:
                of_index.indexes.append(SchemaIndex(index.columns, Location(path, index.span), index.name, index.is_unique))
        for path, key_fact in self._keys:
            of_key = found.get((path, key_fact.table.lower()))
            if of_key is not None:
                target = self._target(path, key_fact.target)
                of_key.references.append(Reference(key_fact.columns, target, Location(path, key_fact.span)))
        return Schema(found.values())

    def _hand_down(self, table: SchemaTable, handed: Mapping[Place, list[tuple[str, Column]]]) -> None:
        seen: set[Place] = set()
        frontier = [Place(*table.model)] if table.model is not None else []
        for _ in range(_DEPTH):
            following: list[Place] = []
            for place in frontier:
                definition = self._classes.definition(place)
                for base in definition.bases if definition is not None else ():
                    parent = self._classes.find(place.path, base.partition("[")[0])
                    if parent is not None and parent not in seen:
                        seen.add(parent)
                        following.append(parent)
                        for path, column in handed.get(parent, ()):
                            if table.column(column.name) is None:
                                _add_column(table, path, column)
            frontier = following

    def _target(self, path: str, target: str) -> str:
        if not target.startswith(_CLASS):
            return target
        table = self.table_of(path, target.removeprefix(_CLASS))
        return table.name if table is not None else ""

    @cached_property
    def _by_class(self) -> tuple[dict[Place, Table], dict[str, list[Table]]]:
        by_place = {Place(path, table.model): table for path, table in self._tables if table.model}
        by_name: dict[str, list[Table]] = defaultdict(list)
        for place, table in by_place.items():
            by_name[place.name.rpartition(".")[2]].append(table)
        return by_place, by_name

    def table_of(self, path: str, model: str) -> Table | None:
        """Return the table of an ORM class, or of what a repository keeps, named as in the file `path`."""
        by_place, by_name = self._by_class
        place = self._entity(path, model)
        if place is not None and place in by_place:
            return by_place[place]
        named = by_name.get(model.replace("()", "").rpartition(".")[2], [])
        return named[0] if len(named) == 1 else None

    def _entity(self, path: str, name: str) -> Place | None:
        place = self._classes.find(path, name)
        return self._kept.get(place, place) if place is not None else None

    @cached_property
    def _kept(self) -> Mapping[Place, Place]:
        """The class whose rows each repository keeps."""
        found = ((Place(path, repository.name), self._classes.find(path, repository.entity)) for path, repository in self._repositories)
        return {place: entity for place, entity in found if entity is not None}

    def tables(self, path: str, query: Query) -> tuple[str, ...]:
        """Return the tables that a query asks, by its text or through its model."""
        if query.tables or not query.model:
            return query.tables
        table = self.table_of(path, query.model)
        return (table.name,) if table is not None else ()

    @cached_property
    def _by_relation(self) -> dict[tuple[Place, str], tuple[str, Relation]]:
        return {(Place(path, relation.model), relation.name): (path, relation) for path, relation in self._relations}

    def relation(self, path: str, model: str, name: str) -> tuple[str, Relation] | None:
        """Return the relation `name` of a class (or of what a repository keeps), named as in the file `path`, or of a class above it."""
        place = self._entity(path, model)
        for _ in range(_DEPTH):
            if place is None:
                return None
            found = self._by_relation.get((place, name))
            if found is not None:
                return found
            definition = self._classes.definition(place)
            bases = definition.bases if definition is not None else ()
            place = next((parent for base in bases if (parent := self._classes.find(place.path, base)) is not None), None)
        return None


def _add_column(table: SchemaTable, path: str, column: Column) -> None:
    location = Location(path, column.span)
    table.columns[column.name.lower()] = SchemaColumn(
        column.name,
        location,
        column.type,
        column.is_nullable,
        column.has_default,
        column.attribute,
        column.fix_span,
        column.fix_text,
    )
    if column.is_primary_key:
        table.primary_key.append(column.name)
    if column.is_unique or column.is_indexed:
        table.indexes.append(SchemaIndex((column.name,), location, "", column.is_unique))


def _engines(model: Model) -> dict[str, set[str]]:
    """Return the engines that each service is seen to use."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, database in model.each(Database):
        if database.engine:
            found[model.services.of(path)].add(_ALIASES.get(database.engine, database.engine))
    for path, migration in model.each(Migration):
        if migration.engine:
            found[model.services.of(path)].add(_ALIASES.get(migration.engine, migration.engine))
    for path, manifest in model.each(Manifest):
        for dependency in manifest.dependencies:
            name = dependency.lower().partition("[")[0]
            engine = _DRIVERS.get(name) or _DRIVERS.get(name.rpartition(":")[2])
            if engine is None and name.startswith("github.com/jackc/pgx"):
                engine = "postgresql"
            if engine is not None:
                found[model.services.of(path)].add(engine)
    return dict(found)


def _one(engines: set[str]) -> str:
    if len(engines) > 1:
        engines = engines - _EMBEDDED
    return next(iter(engines)) if len(engines) == 1 else ""
