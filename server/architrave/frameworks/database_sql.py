"""database/sql, sqlx and pgx: SQL in calls, and transactions."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import sql
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.data import Database, Query, Transaction
from architrave.facts.values import Boolean, Mapping, Name, Value, text, walk
from architrave.framework import File, Framework
from architrave.golang.queries import bound, is_over_rows, loop_of, placeholder_of, text_of
from architrave.golang.requests import page_size
from architrave.golang.settings import setting

framework = Framework("database/sql", languages=("go",))

_CALLS = (
    "Query",
    "QueryContext",
    "QueryRow",
    "QueryRowContext",
    "Exec",
    "ExecContext",
    "Queryx",
    "QueryxContext",
    "QueryRowx",
    "QueryRowxContext",
    "NamedExec",
    "NamedExecContext",
    "NamedQuery",
    "NamedQueryContext",
    "MustExec",
    "Get",
    "GetContext",
    "Select",
    "SelectContext",
    "Prepare",
    "PrepareContext",
)
_ONE = ("QueryRow", "Get")
_OPENERS = {
    "database/sql.Open": "database/sql",
    "github.com/jmoiron/sqlx.Open": "sqlx",
    "github.com/jmoiron/sqlx.Connect": "sqlx",
    "github.com/jmoiron/sqlx.MustConnect": "sqlx",
    "github.com/jackc/pgx/v5.Connect": "pgx",
    "github.com/jackc/pgx/v4.Connect": "pgx",
    "github.com/jackc/pgx/v5/pgxpool.New": "pgx",
    "github.com/jackc/pgx/v4/pgxpool.Connect": "pgx",
}
_ENGINES = {"postgres": "postgresql", "pgx": "postgresql", "mysql": "mysql", "sqlite3": "sqlite", "sqlite": "sqlite"}


@framework.call(*(f"*.{name}" for name in _CALLS))
def query(call: Call, file: File) -> Iterator[Fact]:
    if call.callee.startswith(("gorm.io/", "github.com/jinzhu/gorm", "net/", "github.com/gin-gonic")):
        return
    for index, argument in enumerate(call.arguments[:3]):
        found = text_of(argument.value, file, call.function)
        statement = sql.query(found.text) if found is not None else None
        if found is None or statement is None:
            continue
        name = call.callee.rpartition(".")[2]
        rest = call.arguments[index + 1 :]
        loop, keyed_by = loop_of(call, file, call.arguments)
        assignment = file.assigned(call)
        before = call.arguments[index - 1].value if index and name.startswith(("Get", "Select")) else None
        result = before.written if isinstance(before, Name) else assignment.target if assignment is not None else ""
        yield Query(
            call.span.until(call.name_span),
            call.function,
            statement.kind,
            _library(file),
            statement.tables,
            "",
            statement.columns,
            statement.written,
            statement.filters,
            statement.sorts,
            statement.has_limit,
            statement.is_many and not name.startswith(_ONE),
            loop,
            keyed_by,
            result,
            found.dynamic,
            found.is_from_input,
            placeholder_fix=bound(found, argument, len(rest), placeholder_of(file), file) if found.dynamic else (),
            is_over_rows=is_over_rows(loop, call, file),
            searched=statement.searched,
        )
        if statement.has_limit and statement.kind == "select":
            for value in rest:
                if isinstance(value.value, Name) and value.value.written.rpartition(".")[2].lower() in ("limit", "size", "pagesize"):
                    yield from page_size(value, call.function, file)
        return


def _library(file: File) -> str:
    if file.imports("github.com/jackc/pgx"):
        return "pgx"
    if file.imports("xorm.io/xorm"):
        return "xorm"
    return "sqlx" if file.imports("github.com/jmoiron/sqlx") else "database/sql"


@framework.call("*.Begin", "*.BeginTx", "*.Beginx", "*.BeginTxx")
def transaction(call: Call, file: File) -> Iterator[Fact]:
    """From the beginning to the last commit of the same function."""
    assignment = file.assigned(call)
    if assignment is None:
        return
    ends = [
        item
        for item in file.calls_in(call.function)
        if item.written == f"{assignment.target}.Commit" and item.span.chunk == call.span.chunk and item.span.start > call.span.end
    ]
    if ends:
        library = "gorm" if call.callee.startswith(("gorm.io/", "github.com/jinzhu")) else _library(file)
        yield Transaction(call.span.until(ends[-1].span), call.function, library, any(_only_reads(item.value) for item in call.arguments))


def _only_reads(options: Value) -> bool:
    """`&sql.TxOptions{ReadOnly: true}`, `pgx.TxOptions{AccessMode: pgx.ReadOnly}`."""
    for part in walk(options):
        if isinstance(part, Mapping):
            read_only, mode = part.get("ReadOnly"), part.get("AccessMode")
            if (isinstance(read_only, Boolean) and read_only.value) or (isinstance(mode, Name) and mode.written.endswith("ReadOnly")):
                return True
    return False


@framework.call(*_OPENERS)
def client(call: Call, file: File) -> Iterator[Fact]:
    library = _OPENERS[call.callee]
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else ""
    address = call.arguments[1].value if len(call.arguments) > 1 else None
    found = setting(address, file, call.function)
    yield Client(
        call.span.until(call.name_span), library, "database", name, call.function, call.in_loop, "", found.key if found else "",
        is_cached=file.is_kept(name, call.function),
    )  # fmt: skip
    driver = text(call.arguments[0].value) if call.arguments and library != "pgx" else "pgx"
    engine = _ENGINES.get(driver or "", "")
    if engine:
        yield Database(call.span, engine, setting=found.key if found else "")
