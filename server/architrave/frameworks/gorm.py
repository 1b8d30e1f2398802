"""GORM: queries, transactions, clients."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from architrave import sql
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Block, Call
from architrave.facts.data import Database, Query, Transaction
from architrave.facts.values import Argument, Function, Invocation, Mapping, Name, Replacement, Value, text
from architrave.framework import File, Framework
from architrave.golang.clients import elsewhere
from architrave.golang.queries import bound, is_over_rows, is_sorted_by_request, loop_of, text_of, type_of
from architrave.golang.requests import page_size
from architrave.golang.settings import setting
from architrave.golang.tables import column_name, table_name
from architrave.regexes import regex
from architrave.text import Span

_MODULES = ("gorm.io/gorm", "github.com/jinzhu/gorm")

framework = Framework("gorm", languages=("go",), modules=_MODULES)
imported = Framework("gorm-imported", languages=("go",))
FRAMEWORKS = (imported,)

Kind = Literal["select", "insert", "update", "delete", "other"]
_SELECTS = ("Find", "First", "Last", "Take", "Scan", "Pluck", "Count", "Rows", "Row", "FindInBatches", "FirstOrInit")
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(_SELECTS, "select"),
    "Create": "insert",
    "CreateInBatches": "insert",
    "FirstOrCreate": "insert",
    "Save": "update",
    "Update": "update",
    "Updates": "update",
    "UpdateColumn": "update",
    "UpdateColumns": "update",
    "Delete": "delete",
    "Exec": "other",
}
_ONE = ("First", "Last", "Take", "Count", "Row", "FirstOrInit", "FirstOrCreate")
_TEXTS = ("Where", "Or", "Not", "Having", "Order", "Select", "Group", "Joins", "Raw", "Table")
# What GORM writes in front of the text that these are given.
_BEFORE = {"Order": "ORDER BY ", "Select": "SELECT ", "Group": "GROUP BY ", "Joins": "FROM ", "Raw": "", "Table": "FROM "}
_CONDITION = regex(
    r"[\"`]?(?:\w+[\"`]?\.[\"`]?)?(\w+)[\"`]?\s*(?:=|<|>|!=|\bIN\b|\bLIKE\b|\bILIKE\b|\bIS\b|\bBETWEEN\b|\bNOT\b)", re.IGNORECASE
)
_NAMED = regex(r"(?:^|\.)(?:db|DB|tx|gormDB|orm)$")
_OTHERS = ("database/sql.", "github.com/jmoiron/sqlx.", "github.com/jackc/pgx")
_DRIVERS = {"gorm.io/driver/postgres": "postgresql", "gorm.io/driver/mysql": "mysql", "gorm.io/driver/sqlite": "sqlite"}


def _is_gorm(call: Call) -> bool:
    if call.callee.startswith(("gorm.io/gorm.", "github.com/jinzhu/gorm.")):
        return True
    return _is_named(call) and not call.callee.startswith(_OTHERS)


def _is_named(call: Call) -> bool:
    root = call.written.partition("()")[0]
    root = root.rpartition(".")[0] if "()" in call.written else call.receiver
    return bool(_NAMED.search(root))


@framework.call(*(f"*.{name}" for name in _KINDS))
def query(call: Call, file: File) -> Iterator[Fact]:
    if _is_gorm(call):
        yield from _queries(call, file)


@imported.call(*(f"*.{name}" for name in _KINDS))
def query_elsewhere(call: Call, file: File) -> Iterator[Fact]:
    """`db.DB.Find(&orders)`, `s.db.Find(&orders)` in a file that does not say what `DB` is."""
    if file.imports(*_MODULES) or not _is_named(call):
        return
    through = elsewhere(call, file, "gorm.io/gorm.")
    for fact in _queries(call, file) if through else ():
        yield replace(fact, through=through) if isinstance(fact, Query) else fact


def _queries(call: Call, file: File) -> Iterator[Fact]:
    name = call.callee.rpartition(".")[2]
    chain = [*_earlier(call, file), *file.chain(call)]
    links: dict[str, list[Call]] = {}
    for link in chain:
        links.setdefault(link.callee.rpartition(".")[2], []).append(link)
    raw = links.get("Raw", [])
    if name == "Exec":
        yield from _raw(call, call, file)
    elif raw:
        yield from _raw(raw[-1], call, file)
    else:
        yield _built(call, name, chain, links, file)
    for link in links.get("Limit", ()):
        if link.arguments:
            yield from page_size(link.arguments[0], call.function, file)


def _earlier(call: Call, file: File) -> list[Call]:
    """The calls that made the variable that a chain starts with: `query = query.Where(…)`."""
    root = call.written.partition("()")[0].partition(".")[0]
    found: list[Call] = []
    for assignment in file.assignments(root, call.function):
        if not assignment.function or assignment.span.end > call.span.start or assignment.span.chunk != call.span.chunk:
            continue
        for link in file.calls_in(assignment.function):
            if link.span == assignment.value.span:
                found.extend((*file.chain(link), link))
    return found


def _raw(source: Call, finisher: Call, file: File) -> Iterator[Fact]:
    if not source.arguments:
        return
    found = text_of(source.arguments[0].value, file, source.function)
    statement = sql.query(found.text) if found is not None else None
    if found is None or statement is None:
        return
    loop, keyed_by = loop_of(source, file, source.arguments)
    target = finisher.arguments[0].value if finisher is not source and finisher.arguments else None
    yield Query(
        source.span.until(source.name_span) if source is finisher else source.name_span,
        source.function,
        statement.kind,
        "gorm",
        statement.tables,
        "",
        statement.columns,
        statement.written,
        statement.filters,
        statement.sorts,
        statement.has_limit,
        statement.is_many,
        loop,
        keyed_by,
        target.written if isinstance(target, Name) else "",
        found.dynamic,
        found.is_from_input,
        placeholder_fix=bound(found, source.arguments[0], len(source.arguments) - 1, "?", file) if found.dynamic else (),
        is_over_rows=is_over_rows(loop, source, file),
        searched=statement.searched,
    )


def _built(call: Call, name: str, chain: list[Call], links: dict[str, list[Call]], file: File) -> Query:
    own = call.arguments
    model = _model(links.get("Model", [call])[-1].arguments[:1] or own[:1], call.function, file)
    if not model and "Model" in links:
        model = _model(own[:1], call.function, file)
    named = next((found for link in links.get("Table", ()) if link.arguments and (found := text(link.arguments[0].value))), "")
    table = named.split(" ")[0] if named else table_name(model, file) if model else ""
    every = [
        argument
        for link in (*chain, call)
        for argument in link.arguments
        if link.name_span != call.name_span or argument is not own[0] or name not in _SELECTS  # What rows are read into asks for nothing.
    ]
    loop, keyed_by = loop_of(call, file, every)
    dynamic, is_from_input, edits = _pasted(call, chain, file)
    filters = [column for link in (*links.get("Where", ()), *links.get("Or", ())) for column in _columns(link.arguments)]
    if name in ("First", "Find", "Last", "Take", "Delete") and len(own) > 1:
        filters.extend(_columns(own[1:]) or ["id"])
    target = own[0].value if own and name in _SELECTS else None
    return Query(
        call.span.until(call.name_span),
        call.function,
        _KINDS[name],
        "gorm",
        (table,) if table else (),
        "" if named else model,
        tuple(_selected(links)) or (("*",) if name in ("Find", "First", "Last", "Take") else ()),
        tuple(_written(name, own)),
        tuple(dict.fromkeys(filters)),
        tuple(dict.fromkeys(_sorted(links))),
        "Limit" in links,
        name not in _ONE,
        loop,
        keyed_by,
        target.written if isinstance(target, Name) else "",
        dynamic,
        is_from_input,
        tuple(eager for link in links.get("Preload", ()) if link.arguments and (eager := text(link.arguments[0].value))),
        placeholder_fix=edits,
        is_over_rows=is_over_rows(loop, call, file),
        eager_fix=_preloaded(call, target, loop, file),
    )


def _preloaded(call: Call, target: Value | None, loop: Span | None, file: File) -> tuple[Replacement, ...]:
    """Load with the rows what a loop does nothing but load: `for _, order := range orders { db.Where(…).Find(&order.Lines) }`."""
    block = next((item for item in file.enclosing(call.span, "loop") if item.span == loop), None)
    variable, _, field = target.written.partition(".") if isinstance(target, Name) else ("", "", "")
    rows = block.subject.written if block is not None and isinstance(block.subject, Name) else ""
    if block is None or not field.isidentifier() or variable not in block.variables or not rows or not _is_all(call, block, file):
        return ()
    for other in reversed(file.calls_in(call.function)):
        asked = other.arguments[0].value if other.arguments else None
        if other.span.end < block.span.start and isinstance(asked, Name) and asked.written == rows and other.callee.endswith(".Find"):
            dot = other.name_span.start - 1
            preload = Replacement(Span(dot, dot, other.span.chunk), f'.Preload("{field}")')
            return preload, Replacement(block.span, "", "whole")
    return ()


def _is_all(call: Call, block: Block, file: File) -> bool:
    """Whether a block does nothing but make a call, and give its error back."""
    calls = [item for item in file.calls_in(call.function) if block.span.contains(item.span)]
    inner = [item for item in file.near(Block, call.span) if item != block and block.span.contains(item.span)]
    return (
        all(item.span.start == call.span.start or call.span.contains(item.span) for item in calls)
        and all(item.target == "err" for item in file.assigned_in(block))
        and all(item.kind == "error" for item in inner)
    )


def _model(arguments: tuple[Argument, ...], function: str, file: File) -> str:
    """Return the class of `&orders`, `&Order{}` or `orders`."""
    value: Value | None = arguments[0].value if arguments else None
    if isinstance(value, Invocation):
        return value.callee if value.callee.rpartition(".")[2][:1].isupper() else ""
    if not isinstance(value, Name):
        return ""
    declared = type_of(value.written, function, file).lstrip("*[]")
    return declared if declared.rpartition(".")[2][:1].isupper() else ""


def _columns(arguments: tuple[Argument, ...]) -> list[str]:
    """Return the columns of `"a = ? AND b > ?"`, of `map[string]any{"a": 1}` and of `&Order{CustomerID: 1}`."""
    value = arguments[0].value if arguments else None
    known = text(value)
    if known is not None:
        return [match[1] for match in _CONDITION.finditer(known)]
    if isinstance(value, Mapping):
        return [entry.key for entry in value.entries]
    if isinstance(value, Invocation):
        return [column_name(argument.name) for argument in value.arguments if argument.name]
    return []


def _selected(links: dict[str, list[Call]]) -> Iterator[str]:
    for link in links.get("Select", ()):
        for argument in link.arguments:
            for part in (text(argument.value) or "").split(","):
                if part.strip().isidentifier():
                    yield part.strip()


def _sorted(links: dict[str, list[Call]]) -> Iterator[str]:
    for link in links.get("Order", ()):
        for part in ((text(link.arguments[0].value) or "") if link.arguments else "").split(","):
            if part.split():
                yield part.split()[0].rpartition(".")[2]


def _written(name: str, own: tuple[Argument, ...]) -> Iterator[str]:
    value = own[0].value if own else None
    if name in ("Update", "UpdateColumn") and text(value):
        yield column_name(text(value) or "")
    elif name in ("Updates", "UpdateColumns") or (name in ("Create", "Save") and isinstance(value, Invocation)):
        yield from _columns(own)


def _pasted(call: Call, chain: list[Call], file: File) -> tuple[tuple[str, ...], bool, tuple[Replacement, ...]]:
    """Return the names pasted into the texts of a chain, whether one is input, and the edits that bind them."""
    names: list[str] = []
    edits: list[Replacement] = []
    is_from_input = False
    is_whole = True
    for link in (*chain, call):
        at = 0 if link is not call else 1
        if (link is not call and link.callee.rpartition(".")[2] not in _TEXTS) or len(link.arguments) <= at:
            continue
        last, value = link.callee.rpartition(".")[2], link.arguments[at].value
        found = text_of(value, file, link.function, _BEFORE.get(last, "WHERE "))
        if found is None and last == "Order" and is_sorted_by_request(value, file, link.function):
            names.append(value.written if isinstance(value, Name) else "sort")
            is_from_input, is_whole = True, False
        if found is None or not found.dynamic:
            continue
        names.extend(found.dynamic)
        is_from_input = is_from_input or found.is_from_input
        fix = bound(found, link.arguments[at], len(link.arguments) - at - 1, "?", file)
        is_whole = is_whole and bool(fix)
        edits.extend(fix)
    return tuple(dict.fromkeys(names)), is_from_input, tuple(edits) if is_whole else ()


@framework.call("*.Transaction")
def transaction(call: Call, file: File) -> Iterator[Fact]:
    if _is_gorm(call) and call.arguments and isinstance(call.arguments[0].value, Function):
        yield Transaction(call.arguments[0].span, call.function, "gorm")


@framework.call("gorm.io/gorm.Open", "github.com/jinzhu/gorm.Open")
def client(call: Call, file: File) -> Iterator[Fact]:
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else ""
    dialect = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    engine, address = "", None
    if isinstance(dialect, Invocation):
        engine = _DRIVERS.get(dialect.callee.rpartition(".")[0], "")
        address = dialect.arguments[0].value if dialect.arguments else None
    found = setting(address, file, call.function)
    key = found.key if found is not None else ""
    yield Client(
        call.span.until(call.name_span), "gorm", "database", name, call.function, call.in_loop, "", key,
        is_cached=file.is_kept(name, call.function),
    )  # fmt: skip
    if engine:
        yield Database(call.span, engine, setting=key)
