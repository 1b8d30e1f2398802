"""Migrations folded into a schema, folder by folder, and every step of them as it meets the schema."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from posixpath import basename, dirname
from typing import NamedTuple

import msgspec

from architrave.facts.data import Migration, MigrationOperation
from architrave.facts.deployment import Manifest
from architrave.facts.values import Replacement
from architrave.model.engines import Engines, plain
from architrave.model.graph import Model
from architrave.model.schema import Reference, Schema, SchemaColumn, SchemaIndex, SchemaTable
from architrave.regexes import regex
from architrave.text import FILE_START, Location, Span

_OUTSIDE = (Replacement(FILE_START, "-- no-transaction\n"),)  # sqlx runs each file in a transaction, unless it begins so.
# Tools that send one statement at a time when they are told to leave out the transaction. To PostgreSQL several in one text are one
# transaction, whatever the tool says, so a lock taken by the first is held to the last.
_ONE_BY_ONE = frozenset({"alembic", "django", "goose", "liquibase", "sequelize", "sql", "sql-migrate", "typeorm"})
_RELEASE = regex(r"v?\d+([._]\d+)*")  # Folders of `1.4/` are followed by those of `1.5/`.


class MigrationFile(NamedTuple):
    """A migration with its steps and how many of its service come after it: of its folder, times the folders that share such a chain."""

    path: str
    migration: Migration
    operations: tuple[MigrationOperation, ...]
    age: int


class Step(NamedTuple):
    """A step of a migration as it meets the schema. `is_new_table`: the same migration makes its table.

    `before` is the column as it was, for a step that changes one; `table` the table, for a step of one that was seen. `has_check`
    tells that a validated CHECK already keeps NULL out of the column, `is_unique` that its columns are unique already.
    """

    file: MigrationFile
    operation: MigrationOperation
    is_new_table: bool
    before: SchemaColumn | None
    table: SchemaTable | None
    has_check: bool
    is_unique: bool

    @property
    def statement(self) -> Span:
        """Where the whole statement or call stands that the step is part of."""
        return self.operation.statement_span or self.operation.span

    @property
    def apart(self) -> tuple[Replacement, ...] | None:
        """Return the edits that make each statement of the migration commit by itself, if it does not; None where nothing does."""
        migration = self.file.migration
        if migration.tool not in _ONE_BY_ONE:
            return None
        if not migration.is_transactional or self.operation.is_transactional is False or migration.tool == "alembic":
            return ()
        return migration.transaction_fix or None

    def alone(self, lines: list[str]) -> list[str]:
        """Take steps out of the transaction that Alembic runs a migration in."""
        if self.file.migration.tool != "alembic":
            return lines
        return ["with op.get_context().autocommit_block():", *(f"    {line}" for line in lines)]

    def written(self, *statements: str) -> list[str]:
        """Return SQL as steps of the migration's own language; nothing where it has no way to write them."""
        if self.file.path.endswith(".sql"):
            return [f"{statement};" for statement in statements]
        quote = "'" if any('"' in statement for statement in statements) else '"'
        return [self.operation.writing.replace("{}", f"{quote}{statement}{quote}") for statement in statements if self.operation.writing]

    def followed_by(self, *lines: str) -> Replacement:
        """Return what adds lines, as the file writes its steps, after the statement."""
        if self.file.path.endswith(".sql"):  # The last of them ends with the semicolon that is there.
            return Replacement(self.statement.after, ";\n" + "\n".join(lines).removesuffix(";"))
        if self.file.migration.tool == "django":  # An item of a list, which may have no comma behind it.
            return Replacement(self.statement.after, f",\n        {lines[-1].removesuffix(',')}")
        return Replacement(self.statement, "\n".join(lines), "after")


class Migrations:
    """The schema after all migrations, and the steps to it; `engines` gives the engine of each file with a migration."""

    def __init__(self, model: Model) -> None:
        known = model.derived(Engines)
        operations: dict[str, list[MigrationOperation]] = defaultdict(list)
        for path, operation in model.each(MigrationOperation):
            operations[path].append(operation)
        groups: dict[str, list[tuple[str, Migration]]] = defaultdict(list)
        with_sqlx = {dirname(path) for path, manifest in model.each(Manifest) if "sqlx" in manifest.dependencies}
        for path, migration in model.each(Migration):
            if migration.tool in ("sql", "migrate") and model.services.of(path) in with_sqlx:
                migration = msgspec.structs.replace(migration, tool="sqlx", is_transactional=True, transaction_fix=_OUTSIDE)
            groups[folder(path, migration)].append((path, migration))
        chains = Counter((model.services.of(files[0][0]), files[0][1].tool) for files in groups.values())
        tables: list[SchemaTable] = []
        steps: list[Step] = []
        self.engines: dict[str, str] = {}
        for _, files in sorted(groups.items()):
            named = {migration.engine for _, migration in files if migration.engine}
            engine = named.pop() if len(named) == 1 else "" if named else known.of(files[0][0])
            fold = Fold(plain(engine))
            shared = chains[model.services.of(files[0][0]), files[0][1].tool]  # A Django project has a chain an app.
            for index, (path, migration) in enumerate(ordered(files)):
                age = (len(files) - 1 - index) * shared
                steps.extend(fold.apply(MigrationFile(path, migration, tuple(operations[path]), age)))
            tables.extend(fold.tables.values())
            self.engines.update({path: fold.engine for path, _ in files})
        self.schema = Schema(tables)
        self.steps = tuple(step for step in steps if step.file.migration.tool != "schema")


def folder(path: str, migration: Migration) -> str:
    """Return the folder whose migrations follow one another; Prisma and Diesel give each migration a folder of its own."""
    if migration.tool in ("prisma", "diesel"):
        return dirname(dirname(path))
    if migration.tool == "schema":
        return f"{dirname(path)}#{migration.tool}"
    return dirname(dirname(path)) if _RELEASE.fullmatch(basename(dirname(path))) else dirname(path)


def ordered(files: list[tuple[str, Migration]]) -> list[tuple[str, Migration]]:
    """Return the migrations of one folder in the order in which they run."""
    files = sorted(files, key=lambda item: _version(item[0], item[1]))
    if not any(migration.after for _, migration in files):
        return files
    known = {migration.id: index for index, (_, migration) in enumerate(files)}
    done: list[int] = []
    seen: set[int] = set()
    for start in range(len(files)):
        stack = [start]
        while stack:
            index = stack[-1]
            if index in seen:
                stack.pop()
                continue
            waiting = [known[name] for name in files[index][1].after if name in known and known[name] not in seen]
            waiting = [other for other in waiting if other not in stack]  # A circle of migrations must end.
            if waiting:
                stack.extend(waiting)
            else:
                seen.add(index)
                done.append(index)
                stack.pop()
    return [files[index] for index in done]


def _version(path: str, migration: Migration) -> tuple[object, ...]:
    name = basename(dirname(path)) if migration.tool in ("prisma", "diesel") else basename(path)
    if _RELEASE.fullmatch(basename(dirname(path))):
        name = f"{basename(dirname(path))}/{name}"
    is_repeatable = migration.tool == "flyway" and name.startswith("R")
    return (is_repeatable, [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)], path)


class Fold:
    """The schema after the migrations of one folder, built step by step."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.tables: dict[str, SchemaTable] = {}
        self.known_as: dict[str, str] = {}  # Django: the name in migrations -> the name in the database.

    def apply(self, file: MigrationFile) -> Iterator[Step]:
        """Take the steps of a migration into the schema, and yield each as it met it."""
        made: set[str] = set()
        for operation in file.operations:
            location = Location(file.path, operation.span)
            operation = self._named(operation, file.migration)
            name = operation.table.lower()
            if operation.kind == "create_table":
                made.add(name)
            elif operation.kind == "rename_table" and name in made:
                made.add(operation.to.lower())
            table = self.tables.get(name)
            before = table.column(operation.column) if table is not None and operation.column else None
            has_check = table is not None and any(column == operation.column.lower() and ok for column, ok in table.checks.values())
            if operation.kind == "drop_index" and not name:
                table = self._with_index(operation.name)
                name = table.name.lower() if table is not None else ""
            is_unique = table is not None and table.is_unique(operation.columns)
            yield Step(file, operation, name in made, before, table, has_check, is_unique)
            self._take(operation, location, table)
            if operation.kind == "add_foreign_key" and file.migration.tool == "django":  # It makes the index too.
                self.tables[name].indexes.append(SchemaIndex(operation.columns, location))

    def _named(self, operation: MigrationOperation, migration: Migration) -> MigrationOperation:
        """Return a step with the names that the database has for its table and column."""
        if operation.kind == "create_table" and operation.to:
            self.known_as[operation.table.lower()] = operation.to
        table = self.known_as.get(operation.table.lower(), operation.table)
        column, columns, to = operation.column, operation.columns, operation.to
        if migration.tool == "django" and operation.kind == "rename_table":
            if operation.definition == "given":  # The table is; the model keeps its name, and later steps name the model.
                self.known_as[operation.table.lower()] = to
            elif table != operation.table:  # The model is, and its table was given a name of its own.
                self.known_as[to.lower()] = self.known_as.pop(operation.table.lower())
                return msgspec.structs.replace(operation, kind="other", table=table)
        if operation.kind == "add_foreign_key":
            to = self.known_as.get(to.lower(), to)
        if migration.tool == "django" and operation.kind != "add_column":
            known = self.tables.get(table.lower())
            columns = tuple(_key(known, name) for name in columns)
            if column and operation.kind != "alter_type" and _key(known, column) != column:
                column = f"{column}_id"
                to = f"{to}_id" if operation.kind == "rename_column" else to
        if (table, column, columns, to) == (operation.table, operation.column, operation.columns, operation.to):
            return operation
        return msgspec.structs.replace(operation, table=table, column=column, columns=columns, to=to)

    def _take(self, operation: MigrationOperation, location: Location, table: SchemaTable | None) -> None:
        kind = operation.kind
        name = operation.table.lower()
        if kind == "create_table":
            if not (operation.if_exists and table is not None):
                self.tables[name] = SchemaTable(operation.table, location, "migration", engine=self.engine)
            return
        if kind == "drop_table":
            self.tables.pop(name, None)
            return
        if kind in ("other", "rows", "drop_index") and table is None:
            return
        if table is None:
            if not name:
                return
            table = self.tables[name] = SchemaTable(operation.table, location, "migration", is_complete=False, engine=self.engine)
        if kind == "rename_table":
            del self.tables[name]
            table.name = operation.to
            self.tables[operation.to.lower()] = table
            for other in self.tables.values():
                other.references = [
                    replace(item, target=operation.to) if item.target.lower() == name else item for item in other.references
                ]
        elif kind in _COLUMN_STEPS:
            self._take_column(operation, location, table)
        else:
            self._take_constraint(operation, location, table)

    def _take_column(self, operation: MigrationOperation, location: Location, table: SchemaTable) -> None:
        kind, key = operation.kind, operation.column.lower()
        column = table.columns.get(key)
        if kind == "alter_type" and column is None:  # A plain field of Django becomes a key, or a key a plain field.
            is_key = operation.definition in ("foreignkey", "onetoonefield")
            column = table.columns.pop(key.removesuffix("_id") if is_key else f"{key}_id", None)
            column = replace(column, name=operation.column) if column is not None else None
        if kind == "add_column":
            table.columns[key] = SchemaColumn(
                operation.column, location, operation.definition, operation.is_nullable, operation.has_default
            )
            if operation.is_primary_key:
                table.primary_key.append(operation.column)
            if operation.is_unique:
                table.indexes.append(SchemaIndex((operation.column,), location, "", True))
        elif kind == "drop_column":
            table.columns.pop(key, None)
            table.indexes = [item for item in table.indexes if key not in (name.lower() for name in item.columns)]
            table.references = [item for item in table.references if key not in (name.lower() for name in item.columns)]
        elif kind == "rename_column":
            if column is not None:
                del table.columns[key]
                table.columns[operation.to.lower()] = replace(column, name=operation.to)
            renamed = {key: operation.to}
            table.indexes = [
                replace(item, columns=tuple(renamed.get(name.lower(), name) for name in item.columns)) for item in table.indexes
            ]
            table.references = [
                replace(item, columns=tuple(renamed.get(name.lower(), name) for name in item.columns)) for item in table.references
            ]
        elif column is not None:
            if kind == "alter_type":
                column = replace(column, type=operation.definition or column.type)
            elif kind in ("set_not_null", "drop_not_null"):
                column = replace(column, is_nullable=kind == "drop_not_null")
            elif kind == "set_default":
                column = replace(column, has_default=operation.has_default)
            table.columns[key] = column

    def _take_constraint(self, operation: MigrationOperation, location: Location, table: SchemaTable) -> None:
        kind = operation.kind
        if kind == "add_primary_key":
            table.primary_key = list(operation.columns)
        elif kind in ("add_index", "add_unique"):
            if operation.columns:
                is_unique = kind != "add_index" or operation.is_unique
                table.indexes.append(SchemaIndex(operation.columns, location, operation.name, is_unique))
        elif kind == "add_foreign_key":
            statement = Location(location.path, operation.statement_span) if operation.statement_span is not None else None
            table.references.append(Reference(operation.columns, operation.to, location, operation.name, statement))
        elif kind == "add_check":
            if operation.column:
                table.checks[operation.name.lower()] = (operation.column.lower(), operation.is_valid)
        elif kind == "validate_constraint":
            known = table.checks.get(operation.name.lower())
            if known is not None:
                table.checks[operation.name.lower()] = (known[0], True)
        elif kind == "drop_index":
            table.indexes = [item for item in table.indexes if item.name.lower() != operation.name.lower().rpartition(".")[2]]
        elif kind == "drop_constraint":
            self._drop_constraint(operation.name.lower(), table)

    def _drop_constraint(self, name: str, table: SchemaTable) -> None:
        """Drop what has this name; a constraint without one has the name that PostgreSQL gives it."""
        table.checks.pop(name, None)
        own = table.name.lower()

        def is_it(given: str, columns: tuple[str, ...], suffix: str) -> bool:
            return (given.lower() or "_".join((own, *(column.lower() for column in columns), suffix))) == name

        table.references = [item for item in table.references if not is_it(item.name, item.columns, "fkey")]
        table.indexes = [item for item in table.indexes if not (item.is_unique and is_it(item.name, item.columns, "key"))]

    def _with_index(self, name: str) -> SchemaTable | None:
        wanted = name.lower().rpartition(".")[2]
        return next(
            (table for table in self.tables.values() if any(index.name.lower() == wanted for index in table.indexes)),
            None,
        )


def _key(table: SchemaTable | None, name: str) -> str:
    """Return the column of a field of Django: that of a key ends with `_id`."""
    is_key = table is not None and table.column(name) is None and table.column(f"{name}_id") is not None
    return f"{name}_id" if is_key else name


_COLUMN_STEPS = frozenset({"add_column", "drop_column", "rename_column", "alter_type", "set_not_null", "drop_not_null", "set_default"})
