"""SQL in Node: pg, mysql2, postgres.js, better-sqlite3, knex; transactions of all libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave import sql
from architrave.facts import Fact
from architrave.facts.code import Block, Call
from architrave.facts.data import Query, Transaction
from architrave.facts.values import Mapping, Name, Sequence, String, Template, Value, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed, database_of
from architrave.node.queries import bound, following, is_over_rows, result_of, text_of
from architrave.node.requests import page_size
from architrave.node.routers import LANGUAGES
from architrave.pasted import loop_of
from architrave.regexes import regex

framework = Framework("js-sql", languages=LANGUAGES)

_CALLS = (
    "query",
    "execute",
    "raw",
    "$queryRaw",
    "$executeRaw",
    "$queryRawUnsafe",
    "$executeRawUnsafe",
    "prepare",
    "unsafe",
    "all",
    "get",
    "run",
    "exec",
    "any",
    "oneOrNone",
    "none",
)
_UNTYPED = frozenset({"all", "get", "run", "any", "none", "exec"})  # Too common: only with a text that is surely SQL.
_LIBRARIES = {
    "pg": "pg", "pg-promise": "pg-promise", "mysql2": "mysql2", "mysql": "mysql", "postgres": "postgres",
    "better-sqlite3": "better-sqlite3", "sqlite3": "sqlite3", "knex": "knex", "typeorm": "typeorm", "sequelize": "sequelize",
    "@prisma/client": "prisma", "drizzle-orm": "drizzle",
}  # fmt: skip
_POOLS = {
    "pg.Pool": ("pg", "postgresql"),
    "pg.Client": ("pg", "postgresql"),
    "pg-promise()": ("pg-promise", "postgresql"),
    "postgres": ("postgres", "postgresql"),
    "mysql2.createPool": ("mysql2", "mysql"),
    "mysql2.createConnection": ("mysql2", "mysql"),
    "mysql2/promise.createPool": ("mysql2", "mysql"),
    "mysql2/promise.createConnection": ("mysql2", "mysql"),
    "mysql.createPool": ("mysql", "mysql"),
    "mysql.createConnection": ("mysql", "mysql"),
}
_NAMED_KNEX = regex(r"(?i)(?:^|\.)(?:\w*knex\w*|db|database|trx?|qb)$")
_KNEX_METHODS = frozenset({"where", "whereIn", "andWhere", "select", "first", "insert", "update", "del", "join", "leftJoin", "orderBy"})
_DOLLAR = regex(r"\$\d")


@framework.call(*(f"*.{name}" for name in _CALLS), "sql", "postgres()", "*.sql")
def query(call: Call, file: File) -> Iterator[Fact]:
    if not call.arguments:
        return
    first = call.arguments[0]
    if first.name or not isinstance(first.value, String | Template | Name | Mapping):
        return
    last = call.callee.rpartition(".")[2]
    is_tagged = first.span.end == call.span.end
    if not is_tagged and (last in ("sql", "$queryRaw", "$executeRaw") or "." not in call.callee):
        return
    found = text_of(first.value, file, call.function)
    statement = sql.query(found.text) if found is not None and " " in found.text else None
    if found is None or statement is None or (statement.kind == "other" and (last in _UNTYPED or not statement.tables)):
        return
    if last in _UNTYPED and not statement.tables:
        return
    library = "typeorm" if "queryRunner" in call.written else "prisma" if last.startswith("$") else _library(file)
    loop, keyed_by = loop_of(call, file, [item.value for item in call.arguments])
    others = len(call.arguments) - 1
    dynamic = () if is_tagged else found.dynamic
    is_one = last in ("get", "oneOrNone")
    yield Query(
        call.span.until(call.name_span),
        call.function,
        statement.kind,
        library,
        statement.tables,
        "",
        statement.columns,
        statement.written,
        statement.filters,
        statement.sorts,
        statement.has_limit,
        statement.is_many and not is_one,
        loop,
        keyed_by,
        result_of(call, file),
        dynamic,
        found.is_from_input and bool(dynamic),
        is_awaited=call.is_awaited,
        placeholder_fix=bound(found, first, others, _placeholder(file, last)) if dynamic else (),
        is_over_rows=is_over_rows(loop, call, file),
        searched=statement.searched,
    )
    if statement.has_limit and statement.kind == "select" and others:
        values = call.arguments[1].value
        for item in values.items if isinstance(values, Sequence) else ():
            if _is_page_name(item):
                yield from page_size(item, file, call.function)


def _is_page_name(value: Value) -> bool:
    return isinstance(value, Name) and any(word in value.written.rpartition(".")[2].lower() for word in ("limit", "size", "take"))


def _library(file: File) -> str:
    return next((name for module, name in _LIBRARIES.items() if file.imports(module)), "sql")


def _placeholder(file: File, last: str) -> str:
    if last == "raw":
        return "?"
    if file.imports("pg", "pg-promise", "typeorm") or last.startswith("$"):
        return "$" if not last.startswith("$") else ""
    if file.imports("mysql2", "mysql", "sqlite3"):
        return "?"
    texts = [item.value.value for call in file.all(Call) for item in call.arguments if isinstance(item.value, String)]
    return "$" if any(_DOLLAR.search(known) for known in texts) else ""


@framework.call("knex()", "knex()()", "knex().from", "knex().table")
def knex(call: Call, file: File) -> Iterator[Fact]:
    """`knex("orders").where({ id }).first()`: the calls that follow say what it does."""
    return _knex(call, file)


@framework.chunk(Call)
def imported_knex(calls: list[Call], file: File) -> Iterator[Fact]:
    """`db("orders").where({ id })` where `db` is imported."""
    for call in calls:
        if len(call.arguments) == 1 and isinstance(call.arguments[0].value, String) and _NAMED_KNEX.search(call.written):
            full = call.callee
            if file.is_imported(call.written) and "()" not in full and full != "knex":
                names = {item.callee[item.callee.rfind(".") + 1 :] for item in following(call, file)}
                if names & _KNEX_METHODS:
                    yield from _knex(call, file, full)


def _knex(call: Call, file: File, through: str = "") -> Iterator[Fact]:
    table = text(file.constant(given(call, 0), call.function))
    if table is None:
        return
    links = list(following(call, file))
    names = [item.callee.rpartition(".")[2] for item in links]
    kind = next((_WRITES[name] for name in names if name in _WRITES), "select")
    filters = [key for item in links if item.callee.rpartition(".")[2] in ("where", "andWhere", "whereIn") for key in _keys(item)]
    values = [item.value for link in links for item in link.arguments]
    whole = links[-1] if links else call
    loop, keyed_by = loop_of(whole, file, values)
    yield Query(
        call.span, call.function, kind, "knex", (table.partition(" ")[0],), filters=tuple(filters),  # type: ignore[arg-type]
        has_limit=bool({"limit", "first", "paginate"} & set(names)), is_many="first" not in names, loop=loop, keyed_by=keyed_by,
        result=result_of(whole, file), is_awaited=whole.is_awaited, is_over_rows=is_over_rows(loop, whole, file), through=through,
    )  # fmt: skip
    for item in links:
        if item.callee.endswith(".limit") and item.arguments:
            yield from page_size(item.arguments[0].value, file, call.function)


_WRITES = {
    "insert": "insert",
    "update": "update",
    "del": "delete",
    "delete": "delete",
    "truncate": "delete",
    "increment": "update",
    "decrement": "update",
}


def _keys(call: Call) -> Iterator[str]:
    first = given(call, 0)
    if isinstance(first, Mapping):
        yield from (entry.key for entry in first.entries if entry.key not in ("", "..."))
    elif isinstance(first, String):
        yield first.value


@framework.call(*_POOLS)
def pool(call: Call, file: File) -> Iterator[Fact]:
    library, engine = _POOLS[call.callee]
    yield from constructed(call, file, library, "database", given(call, 0))
    yield from database_of(call, file, engine, given(call, 0))


@framework.call("knex", "knex.knex", "knex.default")
def knex_client(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    if not isinstance(options, Mapping):
        return
    engine = {"pg": "postgresql", "postgres": "postgresql", "mysql2": "mysql", "mysql": "mysql"}.get(text(options.get("client")) or "", "")
    yield from constructed(call, file, "knex", "database", options)
    yield from database_of(call, file, engine, options)


@framework.every(Block)
def transaction(block: Block, file: File) -> Iterator[Fact]:
    """`db.transaction(async (tx) => { … })` of any library: what the callback does."""
    if block.kind != "callback" or not isinstance(block.subject, Name):
        return
    last = block.subject.written.rpartition(".")[2]
    if last in ("transaction", "$transaction", "withTransaction", "runInTransaction"):
        yield Transaction(block.span, block.function, _library(file))


@framework.call("*.query", "*.execute", "*.startTransaction")
def begun(call: Call, file: File) -> Iterator[Fact]:
    """`await client.query("BEGIN")` up to the last `COMMIT`; `queryRunner.startTransaction()` up to `commitTransaction()`."""
    is_runner = call.callee.endswith(".startTransaction")
    if not is_runner and not re.match(r"\s*(BEGIN|START TRANSACTION)\b", text(given(call, 0)) or "", re.IGNORECASE):
        return
    for other in reversed(file.calls_in(call.function)):
        ends = other.callee.endswith(".commitTransaction") or (text(given(other, 0)) or "").strip().upper().startswith("COMMIT")
        if ends and other.span.chunk == call.span.chunk and other.span.start > call.span.end:
            yield Transaction(
                call.span.until(other.span), call.function, _library(file), "READ ONLY" in (text(given(call, 0)) or "").upper()
            )
            return
