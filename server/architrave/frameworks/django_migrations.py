"""Django migrations: the steps that reach the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import basename, dirname
from typing import Any

from msgspec.structs import replace

from architrave.facts import Fact
from architrave.facts.code import Field
from architrave.facts.data import Migration, MigrationOperation
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.python.imports import imported
from architrave.sql import operations
from architrave.text import FILE_START, Span

framework = Framework("django-migrations", languages=("python",), modules=("django.db", "django.contrib"))

_KEYS = frozenset({"ForeignKey", "OneToOneField"})
_WITHOUT_COLUMN = frozenset({"ManyToManyField", "GenericRelation"})
_DEPTH = 3
_WRITING = "migrations.RunSQL({}, migrations.RunSQL.noop),"


@framework.file
def migration(file: File) -> Iterator[Fact]:
    folder = dirname(file.path)
    if basename(folder) != "migrations":
        return
    definition = file.definition("Migration")
    if definition is None or not any(base.endswith("migrations.Migration") for base in definition.bases):
        return
    app = basename(dirname(folder))
    fields = {field.name: field for field in file.all(Field) if field.owner == "Migration"}
    listed = fields["operations"].value if "operations" in fields else None
    steps = [step for value in _items(listed, file) for step in _Reader(app, file).steps(value)]
    after = tuple(_after(fields["dependencies"].value)) if "dependencies" in fields else ()
    atomic = fields["atomic"].value if "atomic" in fields else None
    is_transactional = not (isinstance(atomic, Boolean) and not atomic.value)
    place = next((field.span.before for field in file.all(Field) if field.owner == "Migration"), None)
    yield Migration(
        FILE_START,
        f"{app}.{basename(file.path).removesuffix('.py')}",
        "django",
        after,
        is_transactional,
        "postgresql" if file.imports("django.contrib.postgres") else "",
        (Replacement(place, "atomic = False\n\n    "),) if is_transactional and place is not None else (),
    )
    yield from steps


def _items(value: Value | None, file: File) -> Iterator[Value]:
    if isinstance(value, Sequence):
        yield from value.items


def _after(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, Sequence) and len(item.items) == 2:
            app, name = text(item.items[0]), text(item.items[1])
            if app and name:
                yield f"{app}.{name}"


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Boolean) and value.value


class _Step:
    """An operation with its arguments by name; `positions` names the positional ones."""

    def __init__(self, value: Invocation, positions: tuple[str, ...]) -> None:
        self.value = value
        self.named = {item.name: item.value for item in value.arguments if item.name}
        plain = [item.value for item in value.arguments if not item.name]
        self.named.update(zip(positions, plain, strict=False))

    def text(self, name: str) -> str:
        return text(self.named.get(name)) or ""

    def get(self, name: str) -> Value | None:
        return self.named.get(name)


class _Reader:
    """Reads the operations of one migration; tables are `app_model`."""

    def __init__(self, app: str, file: File) -> None:
        self.app = app
        self.file = file

    def table(self, model: str) -> str:
        return f"{self.app}_{model.lower()}"

    def steps(self, value: Value, depth: int = 0) -> Iterator[MigrationOperation]:
        if not isinstance(value, Invocation) or depth > _DEPTH:
            return
        kind = value.callee.rpartition(".")[2]
        if kind == "SeparateDatabaseAndState":
            step = _Step(value, ("database_operations", "state_operations"))
            for inner in _items(step.get("database_operations"), self.file):
                yield from self.steps(inner, depth + 1)
            return
        found = _KINDS.get(kind)
        if found is not None:
            positions, read = found
            yield from read(self, _Step(value, positions))

    def made(self, step: _Step, kind: Any, table: str, **values: Any) -> MigrationOperation:
        return MigrationOperation(step.value.span, kind, table, statement_span=step.value.span, **values)

    def create_model(self, step: _Step) -> Iterator[MigrationOperation]:
        name = step.text("name")
        if not name:
            return
        table = self.table(name)
        options = step.get("options")
        given = text(options.get("db_table")) if isinstance(options, Mapping) else None
        if isinstance(options, Mapping) and (_is_true(options.get("proxy")) or _is_managed_elsewhere(options)):
            return
        yield self.made(step, "create_table", table, to=given or "")
        for item in _items(step.get("fields"), self.file):
            if isinstance(item, Sequence) and len(item.items) == 2:
                column, field = text(item.items[0]), item.items[1]
                if column and isinstance(field, Invocation):
                    yield from self.column(step, table, column, field, field.span)
        if isinstance(options, Mapping):
            yield from self.together(step, table, options.get("unique_together"), "add_unique")
            yield from self.together(step, table, options.get("index_together"), "add_index")
            for listed in (options.get("indexes"), options.get("constraints")):
                for item in _items(listed, self.file):
                    yield from self.index(step, table, item)

    def together(self, step: _Step, table: str, listed: Value | None, kind: str) -> Iterator[MigrationOperation]:
        if isinstance(listed, Invocation) and listed.callee == "set" and listed.arguments:  # As older versions write it.
            listed = listed.arguments[0].value
        if not isinstance(listed, Sequence):
            return
        groups = listed.items if any(isinstance(item, Sequence) for item in listed.items) else (listed,)
        for group in groups:
            columns = tuple(name for item in _items(group, self.file) if (name := text(item)))
            if columns:
                yield self.made(step, kind, table, columns=columns, is_unique=kind == "add_unique", definition="together")

    def column(self, step: _Step, table: str, name: str, field: Invocation, span: Span) -> Iterator[MigrationOperation]:
        named = {item.name: item.value for item in field.arguments if item.name}
        kind = field.callee.rpartition(".")[2]
        if kind in _WITHOUT_COLUMN:
            return
        column = text(named.get("db_column")) or (f"{name}_id" if kind in _KEYS else name)
        is_primary = _is_true(named.get("primary_key"))
        # Django fills the rows with `default`, or with the answer given to `makemigrations`: a column always has one.
        yield MigrationOperation(
            span,
            "add_column",
            table,
            column=column,
            columns=(column,),
            definition=kind.lower(),
            is_nullable=_is_true(named.get("null")) and not is_primary,
            has_default=True,
            is_unique=_is_true(named.get("unique")) or kind == "OneToOneField",
            is_primary_key=is_primary,
            statement_span=step.value.span,
        )
        if kind in _KEYS:
            given = next((item.value for item in field.arguments if not item.name), None) or named.get("to")
            yield MigrationOperation(
                span,
                "add_foreign_key",
                table,
                column=column,
                columns=(column,),
                to=self.target(given),
                statement_span=step.value.span,
            )
        elif _is_true(named.get("db_index")) or kind == "SlugField":
            yield MigrationOperation(span, "add_index", table, column=column, columns=(column,), statement_span=step.value.span)

    def target(self, value: Value | None) -> str:
        written = value.value if isinstance(value, String) else value.written if isinstance(value, Name) else ""
        app, _, model = written.rpartition(".")
        if written.endswith("AUTH_USER_MODEL"):
            return "auth_user"
        return f"{app or self.app}_{model.lower()}" if model else ""

    def add_field(self, step: _Step) -> Iterator[MigrationOperation]:
        field = step.get("field")
        if isinstance(field, Invocation) and step.text("name"):
            yield from self.column(step, self.table(step.text("model_name")), step.text("name"), field, step.value.span)

    def remove_field(self, step: _Step) -> Iterator[MigrationOperation]:
        name = step.text("name")
        yield self.made(step, "drop_column", self.table(step.text("model_name")), column=name, columns=(name,))

    def alter_field(self, step: _Step) -> Iterator[MigrationOperation]:
        field = step.get("field")
        if not isinstance(field, Invocation) or field.callee.rpartition(".")[2] in _WITHOUT_COLUMN:
            return
        named = {item.name: item.value for item in field.arguments if item.name}
        kind = field.callee.rpartition(".")[2]
        table, name = self.table(step.text("model_name")), step.text("name")
        name = f"{name}_id" if kind in _KEYS else name
        yield self.made(step, "alter_type", table, column=name, columns=(name,), definition=kind.lower())
        is_nullable = _is_true(named.get("null"))
        yield self.made(
            step,
            "drop_not_null" if is_nullable else "set_not_null",
            table,
            column=name,
            columns=(name,),
            is_nullable=is_nullable,
            writing=_WRITING,
        )
        if _is_true(named.get("unique")):
            yield self.made(step, "add_unique", table, columns=(name,), is_unique=True, definition="altered")

    def rename_field(self, step: _Step) -> Iterator[MigrationOperation]:
        old, new = step.text("old_name"), step.text("new_name")
        yield self.made(step, "rename_column", self.table(step.text("model_name")), column=old, columns=(old,), to=new)

    def rename_model(self, step: _Step) -> Iterator[MigrationOperation]:
        yield self.made(step, "rename_table", self.table(step.text("old_name")), to=self.table(step.text("new_name")))

    def alter_model_table(self, step: _Step) -> Iterator[MigrationOperation]:
        if step.text("table"):
            yield self.made(step, "rename_table", self.table(step.text("name")), to=step.text("table"), definition="given")

    def delete_model(self, step: _Step) -> Iterator[MigrationOperation]:
        yield self.made(step, "drop_table", self.table(step.text("name")))

    def add_index(self, step: _Step) -> Iterator[MigrationOperation]:
        item = step.get("index") or step.get("constraint")
        if item is not None:
            yield from self.index(step, self.table(step.text("model_name")), item)

    def index(self, step: _Step, table: str, item: Value) -> Iterator[MigrationOperation]:
        if not isinstance(item, Invocation):
            return
        inner = _Step(item, ("fields",))
        kind = item.callee.rpartition(".")[2]
        columns = tuple(name.lstrip("-") for field in _items(inner.get("fields"), self.file) if (name := text(field)))
        name = inner.text("name")
        if kind == "UniqueConstraint":
            is_partial = "condition" in inner.named
            yield self.made(step, "add_unique", table, columns=columns, name=name, is_unique=True, is_partial=is_partial)
        elif kind == "CheckConstraint":
            is_valid = not step.value.callee.endswith("NotValid")
            edits = self.renaming(step, "AddConstraint", "AddConstraintNotValid") if is_valid else ()
            yield self.made(step, "add_check", table, name=name, is_valid=is_valid, fix=edits, writing=_WRITING)
        elif kind.endswith("Index"):
            is_concurrent = step.value.callee.endswith("Concurrently")
            yield self.made(
                step,
                "add_index",
                table,
                columns=columns,
                column=columns[0] if len(columns) == 1 else "",
                name=name,
                is_partial="condition" in inner.named,
                is_concurrent=is_concurrent,
                **self.concurrent_fix(step, is_concurrent, "AddIndexConcurrently"),
            )

    def remove_index(self, step: _Step) -> Iterator[MigrationOperation]:
        is_concurrent = step.value.callee.endswith("Concurrently")
        yield self.made(
            step,
            "drop_index",
            self.table(step.text("model_name")),
            name=step.text("name"),
            is_concurrent=is_concurrent,
            **self.concurrent_fix(step, is_concurrent, "RemoveIndexConcurrently"),
        )

    def concurrent_fix(self, step: _Step, is_concurrent: bool, name: str) -> dict[str, Any]:
        """Return the edit that names the concurrent operation in place of `migrations.AddIndex`."""
        return {} if is_concurrent else {"fix": self.renaming(step, name.removesuffix("Concurrently"), name)}

    def renaming(self, step: _Step, old: str, new: str) -> tuple[Replacement, ...]:
        """Return the edits that name an operation of PostgreSQL in place of `migrations.…`."""
        imports = imported(self.file, "django.contrib.postgres.operations", new)
        if imports is None or step.value.callee != f"django.db.migrations.{old}":
            return ()
        start = step.value.span.start
        return (Replacement(Span(start, start + len(f"migrations.{old}"), step.value.span.chunk), new), *imports)

    def remove_constraint(self, step: _Step) -> Iterator[MigrationOperation]:
        yield self.made(step, "drop_constraint", self.table(step.text("model_name")), name=step.text("name"))

    def validate_constraint(self, step: _Step) -> Iterator[MigrationOperation]:
        yield self.made(step, "validate_constraint", self.table(step.text("model_name")), name=step.text("name"))

    def unique_together(self, step: _Step) -> Iterator[MigrationOperation]:
        yield from self.together(step, self.table(step.text("name")), step.get("unique_together"), "add_unique")

    def run_sql(self, step: _Step) -> Iterator[MigrationOperation]:
        given = step.get("sql")
        for item in given.items if isinstance(given, Sequence) else (given,):
            value = self.file.constant(item)
            if isinstance(value, Sequence) and value.items:  # ("UPDATE …", [parameters])
                value = value.items[0]
            written = text(value)
            for operation in operations(written, at=step.value.span) if written else ():
                yield replace(operation, statement_span=step.value.span)

    def run_python(self, step: _Step) -> Iterator[MigrationOperation]:
        yield self.made(step, "rows", "")


def _is_managed_elsewhere(options: Mapping) -> bool:
    managed = options.get("managed")
    return isinstance(managed, Boolean) and not managed.value


_Read = Callable[[_Reader, _Step], Iterator[MigrationOperation]]
_KINDS: dict[str, tuple[tuple[str, ...], _Read]] = {
    "CreateModel": (("name", "fields", "options"), _Reader.create_model),
    "DeleteModel": (("name",), _Reader.delete_model),
    "AddField": (("model_name", "name", "field"), _Reader.add_field),
    "RemoveField": (("model_name", "name"), _Reader.remove_field),
    "AlterField": (("model_name", "name", "field"), _Reader.alter_field),
    "RenameField": (("model_name", "old_name", "new_name"), _Reader.rename_field),
    "RenameModel": (("old_name", "new_name"), _Reader.rename_model),
    "AlterModelTable": (("name", "table"), _Reader.alter_model_table),
    "AddIndex": (("model_name", "index"), _Reader.add_index),
    "AddIndexConcurrently": (("model_name", "index"), _Reader.add_index),
    "RemoveIndex": (("model_name", "name"), _Reader.remove_index),
    "RemoveIndexConcurrently": (("model_name", "name"), _Reader.remove_index),
    "AddConstraint": (("model_name", "constraint"), _Reader.add_index),
    "AddConstraintNotValid": (("model_name", "constraint"), _Reader.add_index),
    "ValidateConstraint": (("model_name", "name"), _Reader.validate_constraint),
    "RemoveConstraint": (("model_name", "name"), _Reader.remove_constraint),
    "AlterUniqueTogether": (("name", "unique_together"), _Reader.unique_together),
    "RunSQL": (("sql", "reverse_sql"), _Reader.run_sql),
    "RunPython": (("code", "reverse_code"), _Reader.run_python),
}
