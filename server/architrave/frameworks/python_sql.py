"""SQL text handed to a driver in Python: DB-API drivers, asyncpg, databases, SQLAlchemy's `text`, Django's `raw` and cursors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Block, Call, Definition
from architrave.facts.data import Query, Transaction
from architrave.facts.values import Argument, Boolean, Invocation, Name, Replacement, Template, Value, template, text
from architrave.framework import File, Framework
from architrave.python.queries import Pasted, bound, is_over_rows, loop_of, pasted, result_of, text_of
from architrave.regexes import regex
from architrave.sql import Statement, query
from architrave.text import Span

framework = Framework("python-sql", languages=("python",))

_REPLICA = regex(r"replica|read_?only|reader|slave|follower", re.IGNORECASE)

# Method -> whether several rows may come back.
_METHODS = {
    "execute": True,
    "executemany": True,
    "executescript": True,
    "exec_driver_sql": True,
    "scalar": False,
    "scalars": True,
    "fetch": True,
    "fetchrow": False,
    "fetchval": False,
    "fetch_all": True,
    "fetch_one": False,
    "fetch_val": False,
    "iterate": True,
    "raw": True,
    "mogrify": True,
    "read_sql": True,
    "read_sql_query": True,
    "from_statement": True,
    "exec": True,
    "cursor": True,
    "stream": True,
}
_TEXTS = frozenset({"text", "TextClause", "RawSQL", "SQL"})
_STYLES = (
    ("asyncpg", "$"),
    ("sqlite3", "?"),
    ("aiosqlite", "?"),
    ("psycopg", "%s"),
    ("psycopg2", "%s"),
    ("pymysql", "%s"),
    ("MySQLdb", "%s"),
    ("mysql.connector", "%s"),
    ("aiomysql", "%s"),
    ("aiopg", "%s"),
    ("django.db", "%s"),
)


@framework.every(Call)
def statement(call: Call, file: File) -> Iterator[Fact]:
    """Report a call whose text is SQL; what is no SQL is some other `execute`."""
    method = call.callee.rpartition(".")[2]
    if method not in _METHODS or not call.arguments or "." not in call.written:
        return
    index = 1 if method == "cursor" else 0
    positional = [item for item in call.arguments if not item.name]
    if len(positional) <= index and not any(item.name in ("query", "sql", "statement", "operation") for item in call.arguments):
        return
    given = positional[index] if len(positional) > index else next(item for item in call.arguments if item.name)
    value, is_text_clause = _unwrapped(text_of(given.value, file, call.function), file, call.function)
    written = template(value)
    found = query(written) if written else None
    if found is None or (found.kind == "other" and not isinstance(value, Template)):
        return
    yield _query(call, file, given, value, found, is_text_clause, _METHODS[method])


def _unwrapped(value: Value | None, file: File, function: str) -> tuple[Value | None, bool]:
    """Return the text inside `text("…")`, and whether it stood in one."""
    if isinstance(value, Invocation) and value.callee.rpartition(".")[2] in _TEXTS and value.arguments:
        return text_of(value.arguments[0].value, file, function), True
    return value, False


def _query(call: Call, file: File, given: Argument, value: Value | None, found: Statement, is_text_clause: bool, is_many: bool) -> Query:
    paste = pasted(value, file, call.function)
    loop, keyed_by = loop_of(call, file, (item.value for item in call.arguments))
    return Query(
        _span(call, value, paste),
        call.function,
        found.kind,
        _library(file, is_text_clause),
        found.tables,
        "",
        found.columns,
        found.written,
        found.filters,
        found.sorts,
        found.has_limit,
        found.is_many and is_many,
        loop,
        keyed_by,
        result_of(call, file),
        paste.names,
        paste.is_from_input,
        is_awaited=call.is_awaited,
        is_over_rows=loop is None or is_over_rows(loop, file),
        searched=found.searched,
        placeholder_fix=_fix(call, file, given, value, is_text_clause) if paste.is_from_input else (),
    )


def _span(call: Call, value: Value | None, paste: Pasted) -> Span:
    """The text itself where a name is pasted into it and it stands in the call, else the call."""
    if paste.names and value is not None and call.span.contains(value.span):
        return value.span
    return call.span


def _library(file: File, is_text_clause: bool) -> str:
    if is_text_clause:
        return "sqlalchemy"
    return next((module.partition(".")[0] for module, _ in _STYLES if file.imports(module)), "sql")


def _fix(call: Call, file: File, given: Argument, value: Value | None, is_text_clause: bool) -> tuple[Replacement, ...]:
    """Return the edits that bind what is pasted, for an f-string in a call that binds nothing yet."""
    if value is None or not call.span.contains(value.span) or call.arguments != (given,):
        return ()
    style = ":" if is_text_clause else next((style for module, style in _STYLES if file.imports(module)), "")
    if not style:
        return ()
    edits, expressions = bound(value, style)
    if not edits:
        return ()
    if style == "$":
        arguments = "".join(f", {item}" for item in expressions)
    elif style == ":":
        arguments = ", {" + ", ".join(f'"{item.rpartition(".")[2]}": {item}' for item in dict.fromkeys(expressions)) + "}"
    else:
        arguments = f", ({', '.join(expressions)}{',' if len(expressions) == 1 else ''})"
    return *edits, Replacement(given.span.after, arguments)


_TRANSACTIONS = {
    "transaction": "asyncpg",
    "atomic": "django",
    "begin": "sqlalchemy",
    "begin_nested": "sqlalchemy",
}


@framework.every(Block)
def transaction(block: Block, file: File) -> Iterator[Fact]:
    """Report `with session.begin():`, `with transaction.atomic():`, `async with connection.transaction():`."""
    if block.kind == "with" and isinstance(block.subject, Invocation):
        owner, _, last = block.subject.callee.rpartition(".")
        if last in _TRANSACTIONS and owner:
            yield Transaction(block.span, block.function, _TRANSACTIONS[last], _only_reads(block.subject.arguments))


@framework.every(Definition)
def atomic(definition: Definition, file: File) -> Iterator[Fact]:
    """Report `@transaction.atomic`."""
    mark = next((item for item in definition.decorators if item.name.endswith("transaction.atomic")), None)
    if mark is not None:
        for block in file.near(Block, definition.span):
            if block.kind == "function" and block.function == definition.name:
                yield Transaction(block.span, definition.name, "django", _only_reads(mark.arguments))


def _only_reads(arguments: tuple[Argument, ...]) -> bool:
    """Whether a transaction is asked for as one that reads: `readonly=True`, `using="replica"`."""
    for argument in arguments:
        if argument.name == "readonly" and isinstance(argument.value, Boolean):
            return argument.value.value
        named = argument.value.written if isinstance(argument.value, Name) else text(argument.value)
        if argument.name in ("", "using") and named is not None and _REPLICA.search(named):
            return True
    return False
