"""Alembic: the steps of a migration's `upgrade`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from architrave import additions
from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Call, Import
from architrave.facts.data import Migration, MigrationOperation
from architrave.facts.values import Boolean, Invocation, Name, Null, Replacement, Sequence, String, Value, template, text
from architrave.framework import File, Framework
from architrave.sql import engine, operations
from architrave.text import FILE_START, Span

framework = Framework("alembic", languages=("python",))

# Functions that give one value for a whole statement.
_STABLE = frozenset({"now", "current_timestamp", "true", "false", "null", "func.now"})
_WRITING = "op.execute({})"
_STEPS: dict[str, Callable[[_Step], Iterator[MigrationOperation]]]


class _Step:
    """A call of `op` (or of the `batch_op` of one table), and what its arguments say."""

    def __init__(self, call: Call, file: File, table: str) -> None:
        self.call = call
        self.file = file
        self.batch_table = table
        self.shift = 1 if table else 0  # `batch_op.add_column(column)`, but `op.add_column(table, column)`.

    def value(self, name: str, position: int | None = None) -> Value | None:
        return self.file.constant(self.call.argument(name, position), self.call.function)

    def text(self, name: str, position: int | None = None) -> str:
        return _name(self.value(name, position)) or ""

    def table(self, position: int = 0, name: str = "table_name") -> str:
        return self.batch_table or self.text(name, position)

    def made(self, kind: Any, table: str, **values: Any) -> MigrationOperation:
        return MigrationOperation(self.call.span, kind, table, statement_span=self.call.span, **values)


def _name(value: Value | None) -> str | None:
    """Return a name, also through `op.f("ix_orders_status")`."""
    if isinstance(value, Invocation) and value.callee.rpartition(".")[2] == "f" and value.arguments:
        return text(value.arguments[0].value)
    return text(value)


def _names(value: Value | None) -> tuple[str, ...]:
    if not isinstance(value, Sequence):
        return ()
    return tuple(_name(item) or _expression(item) for item in value.items)


def _expression(value: Value) -> str:
    """Return an indexed expression such as `sa.text("lower(email)")`."""
    first = value.arguments[0].value if isinstance(value, Invocation) and value.arguments else None
    return text(first) or "?"


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Boolean) and value.value


def _is_false(value: Value | None) -> bool:
    return isinstance(value, Boolean) and not value.value


@framework.file
def migration(file: File) -> Iterator[Fact]:
    """Report a file that assigns `revision` and `down_revision` at its top; one that merges two others imports nothing."""
    revision, down = _assigned(file, "revision"), _assigned(file, "down_revision")
    if revision is None or down is None or text(revision.value) is None:
        return
    steps = [step for call in file.all(Call) for step in _steps(call, file)]
    yield Migration(
        FILE_START,
        text(revision.value) or "",
        "alembic",
        tuple(_revisions(down.value)),
        engine="postgresql" if _speaks_postgresql(file) else "",
    )
    yield from steps


def _assigned(file: File, name: str) -> Assignment | None:
    found = file.assignments(name)
    return found[0] if found else None


def _revisions(value: Value) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else (value,):
        if isinstance(item, String):
            yield item.value


def _speaks_postgresql(file: File) -> bool:
    if file.imports("sqlalchemy.dialects.postgresql") or any(item.name == "postgresql" for item in file.all(Import)):
        return True
    return any(
        argument.name.startswith("postgresql_")
        or (call.callee == "alembic.op.execute" and engine(template(argument.value) or "") == "postgresql")
        for call in file.all(Call)
        for argument in call.arguments
        if call.callee.startswith("alembic.op.")
    )


def _steps(call: Call, file: File) -> Iterator[MigrationOperation]:
    function = call.function.partition(".")[0]
    if not function or function.startswith(("downgrade", "_downgrade")):
        return
    owner, _, method = call.callee.rpartition(".")
    table = ""
    if owner.endswith("batch_alter_table()") or call.receiver in _batches(file, call):
        table = _batch_table(file, call)
        if not table:
            return
    elif owner != "alembic.op":
        return
    reader = _STEPS.get(method)
    if reader is not None:
        yield from reader(_Step(call, file, table))


def _batches(file: File, call: Call) -> set[str]:
    return {name for block in file.enclosing(call.span, "with") if _is_batch(block) for name in block.variables}


def _is_batch(block: Block) -> bool:
    return isinstance(block.subject, Invocation) and block.subject.callee == "alembic.op.batch_alter_table"


def _batch_table(file: File, call: Call) -> str:
    for block in reversed(file.enclosing(call.span, "with")):
        if _is_batch(block) and isinstance(block.subject, Invocation) and block.subject.arguments:
            return text(file.constant(block.subject.arguments[0].value, call.function)) or ""
    return ""


def _create_table(step: _Step) -> Iterator[MigrationOperation]:
    table = step.text("table_name", 0) or step.text("name", 0)
    if not table:
        return
    yield step.made("create_table", table, if_exists=_is_true(step.value("if_not_exists")))
    for argument in step.call.arguments[1:]:
        if isinstance(argument.value, Invocation) and not argument.name:
            yield from _element(step, table, argument.value)


def _element(step: _Step, table: str, element: Invocation) -> Iterator[MigrationOperation]:
    """Read a part of `create_table`: a column or a constraint."""
    kind = element.callee.rpartition(".")[2]
    positional = [item.value for item in element.arguments if not item.name]
    named = {item.name: item.value for item in element.arguments if item.name}
    name = _name(named.get("name")) or ""
    if kind == "Column":
        yield from _column(step, table, element, element.span)
    elif kind == "ForeignKeyConstraint" and len(positional) > 1:
        columns, targets = _names(positional[0]), _names(positional[1])
        target = targets[0].rpartition(".")[0] if targets else ""
        span = positional[0].items[0].span if isinstance(positional[0], Sequence) and positional[0].items else element.span
        yield MigrationOperation(
            span,
            "add_foreign_key",
            table,
            column=columns[0] if len(columns) == 1 else "",
            columns=columns,
            name=name,
            to=target,
            to_columns=tuple(item.rpartition(".")[2] for item in targets),
            statement_span=step.call.span,
        )
    elif kind in ("PrimaryKeyConstraint", "UniqueConstraint"):
        yield step.made(
            "add_primary_key" if kind == "PrimaryKeyConstraint" else "add_unique",
            table,
            columns=tuple(item for item in map(_name, positional) if item),
            name=name,
            is_unique=True,
        )
    elif kind == "Index" and positional:
        columns = tuple(item for item in map(_name, positional[1:]) if item)
        yield step.made("add_index", table, columns=columns, name=_name(positional[0]) or "", is_unique=_is_true(named.get("unique")))


def _column(step: _Step, table: str, column: Invocation, span: Span) -> Iterator[MigrationOperation]:
    positional = [item.value for item in column.arguments if not item.name]
    named = {item.name: item.value for item in column.arguments if item.name}
    name = _name(positional[0]) if positional else _name(named.get("name"))
    if not name:
        return
    is_primary, nullable = _is_true(named.get("primary_key")), named.get("nullable")
    default = named.get("server_default")
    has_default = default is not None and not isinstance(default, Null)
    is_generated = any(isinstance(item, Invocation) and item.callee.rpartition(".")[2] in ("Identity", "Computed") for item in positional)
    yield MigrationOperation(
        span,
        "add_column",
        table,
        column=name,
        columns=(name,),
        definition=_type(positional[1]) if len(positional) > 1 else "",
        is_nullable=not is_primary and not _is_false(nullable),
        has_default=has_default or is_generated or (is_primary and _is_true(named.get("autoincrement"))),
        default_is_constant=_is_constant(default) and not is_generated,
        is_unique=_is_true(named.get("unique")),
        is_primary_key=is_primary,
        statement_span=step.call.span,
        fix=(Replacement(nullable.span, "True"),) if isinstance(nullable, Boolean) and not nullable.value and not is_primary else (),
        writing=_WRITING,
    )
    if _is_true(named.get("index")):
        yield step.made("add_index", table, columns=(name,), column=name)
    for item in positional[1:]:
        if isinstance(item, Invocation) and item.callee.rpartition(".")[2] == "ForeignKey" and item.arguments:
            target = text(item.arguments[0].value) or ""
            yield MigrationOperation(
                item.span,
                "add_foreign_key",
                table,
                column=name,
                columns=(name,),
                to=target.rpartition(".")[0],
                to_columns=(target.rpartition(".")[2],),
                statement_span=step.call.span,
            )


def _type(value: Value) -> str:
    if isinstance(value, Invocation):
        return value.callee.rpartition(".")[2].lower()
    return value.name.rpartition(".")[2].lower() if isinstance(value, Name) else ""


def _is_constant(value: Value | None) -> bool:
    """Whether a server default is the same for every row."""
    if isinstance(value, Invocation):
        last = value.callee.rpartition(".")[2]
        if last in ("text", "literal"):
            inner = text(value.arguments[0].value) if value.arguments else None
            return inner is not None and ("(" not in inner or inner.partition("(")[0].strip().lower() in _STABLE)
        return last in _STABLE or last in ("false", "true", "null", "now", "current_timestamp")
    return True


def _add_column(step: _Step) -> Iterator[MigrationOperation]:
    column = step.value("column", 1 - step.shift)
    table = step.table()
    if table and isinstance(column, Invocation):
        yield from _column(step, table, column, step.call.span)


def _drop_column(step: _Step) -> Iterator[MigrationOperation]:
    table, column = step.table(), step.text("column_name", 1 - step.shift)
    if table and column:
        yield step.made("drop_column", table, column=column, columns=(column,))


def _alter_column(step: _Step) -> Iterator[MigrationOperation]:
    table, column = step.table(), step.text("column_name", 1 - step.shift)
    if not table or not column:
        return
    values = {"column": column, "columns": (column,)}
    nullable = step.value("nullable")
    if _is_false(nullable):
        yield step.made("set_not_null", table, is_nullable=False, writing="" if step.batch_table else _WRITING, **values)
    elif _is_true(nullable):
        yield step.made("drop_not_null", table, **values)
    type_ = step.value("type_")
    if type_ is not None and not isinstance(type_, Null):
        yield step.made("alter_type", table, definition=_type(type_), **values)
    default = step.value("server_default")
    if default is not None:
        yield step.made("set_default", table, has_default=not isinstance(default, Null), **values)
    new = step.text("new_column_name")
    if new:
        yield step.made("rename_column", table, to=new, **values)


def _drop_table(step: _Step) -> Iterator[MigrationOperation]:
    table = step.text("table_name", 0)
    if table:
        yield step.made("drop_table", table)


def _rename_table(step: _Step) -> Iterator[MigrationOperation]:
    table, new = step.text("old_table_name", 0), step.text("new_table_name", 1)
    if table and new:
        yield step.made("rename_table", table, to=new)


def _create_index(step: _Step) -> Iterator[MigrationOperation]:
    table = step.table(1)
    if not table:
        return
    columns = _names(step.value("columns", 2 - step.shift))
    is_concurrent = _is_true(step.value("postgresql_concurrently"))
    yield step.made(
        "add_index",
        table,
        name=step.text("index_name", 0),
        column=columns[0] if len(columns) == 1 else "",
        columns=columns,
        is_unique=_is_true(step.value("unique")),
        is_partial=step.value("postgresql_where") is not None,
        is_concurrent=is_concurrent,
        is_transactional=False if _is_in_autocommit(step) else None,
        **_concurrent_fix(step, is_concurrent),
    )


def _drop_index(step: _Step) -> Iterator[MigrationOperation]:
    is_concurrent = _is_true(step.value("postgresql_concurrently"))
    yield step.made(
        "drop_index",
        step.table(1),
        name=step.text("index_name", 0),
        is_concurrent=is_concurrent,
        is_transactional=False if _is_in_autocommit(step) else None,
        **_concurrent_fix(step, is_concurrent),
    )


def _is_in_autocommit(step: _Step) -> bool:
    return any(
        isinstance(block.subject, Invocation) and block.subject.callee.endswith("autocommit_block")
        for block in step.file.enclosing(step.call.span, "with")
    )


def _concurrent_fix(step: _Step, is_concurrent: bool) -> dict[str, Any]:
    """Return the edits that build or drop an index beside running writes, for a step straight in the body of its function."""
    if is_concurrent or not _is_plain(step):
        return {}
    block = Replacement(step.call.span.before, "with op.get_context().autocommit_block():\n        ")
    return {"fix": (block, additions.keyword(step.call, "postgresql_concurrently=True")), "is_fixed_outside": True}


def _create_foreign_key(step: _Step) -> Iterator[MigrationOperation]:
    table = step.table(1, "source_table")
    columns = _names(step.value("local_cols", 3 - step.shift))
    target = step.text("referent_table", 2 - step.shift)
    if table and columns:
        yield step.made(
            "add_foreign_key",
            table,
            name=step.text("constraint_name", 0),
            column=columns[0] if len(columns) == 1 else "",
            columns=columns,
            to=target,
            to_columns=_names(step.value("remote_cols", 4 - step.shift)),
            **_validated(step),
        )


def _validated(step: _Step) -> dict[str, Any]:
    """Say whether a constraint is checked at once, and what has it checked later, for a step straight in the body of its function."""
    if _is_true(step.value("postgresql_not_valid")):
        return {"is_valid": False}
    if not _is_plain(step):
        return {}
    return {"fix": (additions.keyword(step.call, "postgresql_not_valid=True"),), "writing": _WRITING}


def _is_plain(step: _Step) -> bool:
    blocks = step.file.enclosing(step.call.span)
    return not step.batch_table and bool(step.call.arguments) and all(block.kind == "function" for block in blocks)


def _create_unique(step: _Step) -> Iterator[MigrationOperation]:
    table = step.table(1)
    if table:
        columns = _names(step.value("columns", 2 - step.shift))
        name = step.text("constraint_name", 0)
        has_options = any(item.name not in ("", "constraint_name", "table_name", "columns") for item in step.call.arguments)
        writing = _WRITING if _is_plain(step) and not has_options else ""
        yield step.made("add_unique", table, name=name, columns=columns, is_unique=True, writing=writing)


def _create_primary_key(step: _Step) -> Iterator[MigrationOperation]:
    table = step.table(1)
    if table:
        yield step.made("add_primary_key", table, columns=_names(step.value("columns", 2 - step.shift)))


def _create_check(step: _Step) -> Iterator[MigrationOperation]:
    table = step.table(1)
    condition = step.text("condition", 2 - step.shift)
    if table:
        words = condition.lower().split()
        column = words[0].strip('"(') if len(words) == 4 and words[1:] == ["is", "not", "null"] else ""
        yield step.made(
            "add_check",
            table,
            name=step.text("constraint_name", 0),
            column=column,
            definition=condition,
            **_validated(step),
        )


def _drop_constraint(step: _Step) -> Iterator[MigrationOperation]:
    table = step.table(1)
    if table:
        yield step.made("drop_constraint", table, name=step.text("constraint_name", 0))


def _execute(step: _Step) -> Iterator[MigrationOperation]:
    value = step.value("sqltext", 0)
    if isinstance(value, Invocation) and value.callee.rpartition(".")[2] == "text" and value.arguments:
        value = step.file.constant(value.arguments[0].value, step.call.function)
    found = template(value)
    if found is None:
        yield step.made("other", "")
        return
    for item in operations(found, at=step.call.span):
        yield _with_transaction(item, step)


def _with_transaction(item: MigrationOperation, step: _Step) -> MigrationOperation:
    return replace(item, is_transactional=False) if _is_in_autocommit(step) else item


def _rows(step: _Step) -> Iterator[MigrationOperation]:
    yield step.made("rows", "")


_STEPS = {
    "create_table": _create_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_foreign_key": _create_foreign_key,
    "create_unique_constraint": _create_unique,
    "create_primary_key": _create_primary_key,
    "create_check_constraint": _create_check,
    "drop_constraint": _drop_constraint,
    "execute": _execute,
    "bulk_insert": _rows,
}
