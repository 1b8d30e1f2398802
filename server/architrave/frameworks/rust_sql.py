"""sqlx, tokio-postgres and rusqlite: SQL in calls and macros, transactions, pools."""

from __future__ import annotations

from collections.abc import Iterator

from architrave import environment, sql, urls
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.data import Database, Query, Transaction
from architrave.facts.values import Argument, Name, Replacement, String, Value, text
from architrave.framework import File, Framework
from architrave.pasted import Text
from architrave.rust.queries import bound, is_over_rows, links_of, loop_of, placeholder_of, result_of, text_of
from architrave.rust.values import kept, known

sqlx = Framework("sqlx", languages=("rust",), modules=("sqlx",))
drivers = Framework(
    "rust-sql",
    languages=("rust",),
    modules=(
        "tokio_postgres",
        "postgres",
        "deadpool_postgres",
        "bb8_postgres",
        "rusqlite",
        "tokio_rusqlite",
        "mysql_async",
        "mysql",
        "sqlx",
    ),
)
pools = Framework("rust-pools", languages=("rust",))
FRAMEWORKS = (sqlx, drivers, pools)

_FUNCTIONS = ("query", "query_as", "query_scalar", "query_with", "query_as_with", "raw_sql")
_MACROS = ("query!", "query_as!", "query_scalar!", "query_unchecked!", "query_as_unchecked!", "query_scalar_unchecked!")
_ONE = ("fetch_one", "fetch_optional", "query_one", "query_opt", "query_row", "first")
_CALLS = (
    "query", "query_one", "query_opt", "query_raw", "query_row", "query_map", "query_typed", "execute", "execute_batch", "batch_execute",
    "simple_query", "prepare", "prepare_cached", "fetch_all", "fetch_one", "fetch_optional", "exec", "exec_first", "exec_drop",
    "query_drop", "query_first", "prep_exec",
)  # fmt: skip


@sqlx.call(*(f"sqlx.{name}" for name in (*_FUNCTIONS, *_MACROS)))
def query(call: Call, file: File) -> Iterator[Fact]:
    is_macro = call.callee.endswith("!")
    at = next((index for index, item in enumerate(call.arguments[:2]) if not is_macro or isinstance(item.value, String)), None)
    if at is None:
        return
    written = text_of(call.arguments[at].value, file, call.function)
    links = links_of(call, file)
    values = [*call.arguments[at + 1 :], *(item for link in links if link.callee.endswith(".bind") for item in link.arguments)]
    fix: tuple[Replacement, ...] = ()
    if written is not None and written.template is not None and not is_macro and len(values) == 0:
        found = bound(written, file, call.function, placeholder_of(file))
        literal = call.arguments[at]
        if found is not None and not (isinstance(literal.value, Name) or len(call.arguments) > 1):
            binds = "".join(f".bind({value})" for value in found[1])
            fix = (Replacement(literal.span, found[0]), Replacement(call.span.after, binds))
    model = call.arguments[0].value.name if is_macro and at == 1 and isinstance(call.arguments[0].value, Name) else ""
    yield from _query(call, written, values, links, "sqlx", file, fix, model)


def _query(
    call: Call, written: Text | None, values: list[Argument], links: list[Call], library: str, file: File,
    fix: tuple[Replacement, ...] = (), model: str = "",
) -> Iterator[Fact]:  # fmt: skip
    if written is None:
        return
    statement = sql.query(written.text)
    if statement is None:
        return
    loop, keyed = loop_of(call, file, values)
    methods = {link.callee.rpartition(".")[2] for link in (call, *links)}
    yield Query(
        call.span.until(call.name_span), call.function, statement.kind, library, statement.tables, "", statement.columns,
        statement.written, statement.filters, statement.sorts, statement.has_limit, statement.is_many and not methods & set(_ONE), loop,
        keyed, result_of(call, file), written.dynamic, written.is_from_input, (), any(link.is_awaited for link in (call, *links)), fix,
        is_over_rows(loop, call, file), searched=statement.searched,
    )  # fmt: skip


@drivers.call(*(f"*.{name}" for name in _CALLS))
def plain(call: Call, file: File) -> Iterator[Fact]:
    """`client.query("SELECT …", &[&id])`, `conn.execute("…", params![id])`, `pool.execute("…")`."""
    if not call.arguments or "." not in call.callee or call.callee.startswith("sqlx.query"):
        return
    written = text_of(call.arguments[0].value, file, call.function)
    if written is not None:
        yield from _query(call, written, list(call.arguments[1:]), links_of(call, file), _library(file), file)


def _library(file: File) -> str:
    return next((name for name in drivers.modules if file.imports(name)), "sql").replace("_", "-")


@sqlx.call("*.begin", "*.transaction")
@drivers.call("*.begin", "*.transaction")
def transaction(call: Call, file: File) -> Iterator[Fact]:
    """From `let tx = pool.begin().await?` until `tx.commit()`, or the end of the block round it."""
    links = links_of(call, file)
    name = result_of(call, file)
    if call.arguments or not name:
        return
    end = next((link for link in links if link.written == f"{name}.commit"), None)
    around = next(iter(reversed(file.enclosing(call.span, "function", "loop", "branch", "error", "callback"))), None)
    if end is not None:
        yield Transaction(call.span.until(end.span), call.function, _library(file))
    elif around is not None:
        yield Transaction(call.span.until(around.span), call.function, _library(file))


_POOLS = {
    **{
        f"sqlx{module}.{name}Pool.{make}": engine
        for name, module_name, engine in (("Pg", "postgres", "postgresql"), ("MySql", "mysql", "mysql"), ("Sqlite", "sqlite", "sqlite"))
        for module in ("", f".{module_name}")
        for make in ("connect", "connect_lazy", "connect_with", "connect_lazy_with")
    },
    "tokio_postgres.connect": "postgresql",
    "postgres.Client.connect": "postgresql",
    "sea_orm.Database.connect": "",
    "diesel.PgConnection.establish": "postgresql",
    "diesel.pg.PgConnection.establish": "postgresql",
    "diesel.MysqlConnection.establish": "mysql",
    "diesel_async.AsyncPgConnection.establish": "postgresql",
    "rusqlite.Connection.open": "sqlite",
}
_OPTIONS = {"Pg": "postgresql", "MySql": "mysql", "Sqlite": "sqlite"}


@pools.call(*_POOLS)
def pool(call: Call, file: File) -> Iterator[Fact]:
    yield from _pool(call, _POOLS[call.callee], file)


@sqlx.call("*.connect", "*.connect_lazy", "*.connect_with", "*.connect_lazy_with")
def from_options(call: Call, file: File) -> Iterator[Fact]:
    """`PgPoolOptions::new().max_connections(5).connect(&url)`."""
    root = next((part for part in call.callee.split(".") if part.endswith("PoolOptions()")), "")
    engine = next((engine for prefix, engine in _OPTIONS.items() if root.startswith(prefix)), "")
    if root:
        yield from _pool(call, engine, file)


def _pool(call: Call, engine: str, file: File) -> Iterator[Fact]:
    name, is_kept = kept(call, file)
    library = call.callee.partition(".")[0].replace("_", "-")
    given = known(call.arguments[0].value, file, call.function) if call.arguments else None
    setting = _setting(given)
    yield Client(
        call.span.until(call.name_span), library, "database", name, call.function, call.in_loop, "", setting,
        is_cached=is_kept,
    )  # fmt: skip
    found = urls.database(text(given) or text(environment.default(given)) or "")
    if found is not None:
        yield Database(call.span, found[0], found[1], found[2], setting)
    elif engine:
        yield Database(call.span, engine, setting=setting)


def _setting(value: Value | None) -> str:
    return environment.key(value) or (value.name if isinstance(value, Name) and "." in value.name else "")
