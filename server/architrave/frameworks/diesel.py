"""Diesel: `schema.rs`, queries through its builder, transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from architrave import sql
from architrave.facts import Fact
from architrave.facts.code import Call, Import
from architrave.facts.data import Column, Query, Table, Transaction
from architrave.facts.values import Invocation, Name, Value, text, walk
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.rust.queries import is_over_rows, links_of, loop_of, result_of, text_of
from architrave.rust.routers import chain_at
from architrave.text import Span

framework = Framework("diesel", languages=("rust",), modules=("diesel", "diesel_async"))
schemas = Framework("diesel-schema", languages=("rust",))
FRAMEWORKS = (framework, schemas)

_TABLE = regex(
    r"(?:#\[sql_name\s*=\s*\"(?P<alias>[^\"]+)\"\]\s*)?(?:(?P<schema>\w+)\.)?(?P<name>\w+)\s*(?:\((?P<keys>[^)]*)\))?\s*\{(?P<body>.*)\}",
    re.DOTALL,
)
_COLUMN = regex(r"(?:#\[sql_name\s*=\s*\"(?P<alias>[^\"]+)\"\]\s*)?(?P<name>\b\w+)\s*->\s*(?P<type>[^,]+)")
_EXECUTES: dict[str, bool] = {  # Whether several rows come back.
    "load": True, "get_results": True, "load_stream": True, "load_iter": True, "first": False, "get_result": False, "execute": False,
}  # fmt: skip
_WRITES: dict[str, Literal["insert", "update", "delete"]] = {
    "insert_into": "insert",
    "insert_or_ignore_into": "insert",
    "replace_into": "insert",
    "update": "update",
    "delete": "delete",
}


@schemas.call("diesel.table!", "table!")
def table(call: Call, file: File) -> Iterator[Fact]:
    given = call.arguments[0].value if call.arguments else None
    source = re.sub(r"\A(?:\s*use [^;]+;)+", lambda match: " " * len(match[0]), text(given) or "")
    match = _TABLE.search(source)
    if match is None or given is None:
        return
    start, chunk = given.span.start, given.span.chunk
    name = match["alias"] or match["name"]
    yield Table(Span(start + match.start("name"), start + match.end("name"), chunk), name, "model", f"{match['name']}.table", "diesel")
    keys = [part.strip() for part in (match["keys"] or "id").split(",")]
    at = start + match.start("body")
    for column in _COLUMN.finditer(re.sub(r"#\[max_length[^\]]*\]|//[^\n]*", lambda found: " " * len(found[0]), match["body"])):
        written = column["type"].strip()
        own = column["alias"] or column["name"]
        yield Column(
            Span(at + column.start("name"), at + column.end("name"), chunk), name, own, "model",
            written.removeprefix("Nullable<").rstrip(">"),
            written.startswith("Nullable<"), is_primary_key=column["name"] in keys, attribute=column["name"],
        )  # fmt: skip


@framework.call(*(f"*.{name}" for name in _EXECUTES))
def query(call: Call, file: File) -> Iterator[Fact]:
    chain = chain_at(call.span, file)
    if chain is None or len(call.arguments) != 1:  # The connection.
        return
    first = chain.first
    verb = first.callee.rpartition(".")[2]
    if first.callee in ("diesel.sql_query", "diesel.dsl.sql_query") and first.arguments:
        yield from _sql(call, first, file)
        return
    kind: Literal["select", "insert", "update", "delete"] = "select"
    if first.callee.startswith("diesel.") and verb in _WRITES and first.arguments:
        kind = _WRITES[verb]
        name = _named(first.arguments[0].value, file)
    else:
        name = _table(first.callee, file)
    if not name:
        return
    links = [link for link in chain.calls if link.span.end <= call.span.end]
    arguments = [item for link in links if link is not call for item in link.arguments]
    methods = {link.callee.rpartition(".")[2] for link in links}
    loop, keyed = loop_of(call, file, arguments)
    filters = tuple(dict.fromkeys(_columns(links, ("filter", "find", "or_filter"))))
    is_many = _EXECUTES[call.callee.rpartition(".")[2]] and not methods & {"find"}
    yield Query(
        first.span.until(first.name_span) if first is not call else call.span.until(call.name_span), call.function, kind, "diesel", (name,),
        "", ("*",) if kind == "select" and "select" not in methods else tuple(_columns(links, ("select",))), (),
        filters,
        tuple(dict.fromkeys(_columns(links, ("order", "order_by", "then_order_by")))), "limit" in methods or not is_many, is_many, loop,
        keyed,
        result_of(call, file), is_awaited=call.is_awaited, is_over_rows=is_over_rows(loop, call, file),
    )  # fmt: skip


def _sql(call: Call, first: Call, file: File) -> Iterator[Fact]:
    written = text_of(first.arguments[0].value, file, call.function)
    statement = sql.query(written.text) if written is not None else None
    if written is None or statement is None:
        return
    arguments = [item for link in links_of(first, file) if link.callee.endswith(".bind") for item in link.arguments]
    loop, keyed = loop_of(call, file, arguments)
    yield Query(
        first.span.until(first.name_span), call.function, statement.kind, "diesel", statement.tables, "", statement.columns,
        statement.written, statement.filters, statement.sorts, statement.has_limit, statement.is_many, loop, keyed, result_of(call, file),
        written.dynamic, written.is_from_input, is_awaited=call.is_awaited, is_over_rows=is_over_rows(loop, call, file),
        searched=statement.searched,
    )  # fmt: skip


def _table(callee: str, file: File) -> str:
    """Return the table that `users::table.filter`, or after `use schema::users::dsl::*` just `users.filter`, begins with."""
    before, found, _ = f"{callee}.".partition(".table.")
    if found:
        return before.rpartition(".")[2]
    root = callee.partition(".")[0] if callee.count(".") == 1 else callee.rpartition(".")[0].rpartition(".")[2]
    return root if root in _dsl(file) and "()" not in root else ""


def _dsl(file: File) -> set[str]:
    found = set()
    for item in file.all(Import):
        parts = item.module.split(".")
        if parts[-1] == "dsl" and len(parts) > 1 and parts[-2] != "diesel":
            found.add(parts[-2])
    return found


def _named(value: Value, file: File) -> str:
    for part in walk(value):
        if isinstance(part, Name):
            name = _table(f"{part.name}.x" if part.name.endswith(".table") or part.name.rpartition(".")[2] in _dsl(file) else "", file)
            if name:
                return name
    if isinstance(value, Invocation):  # diesel::update(users::table.find(id))
        return _table(value.callee, file)
    return ""


def _columns(links: list[Call], methods: tuple[str, ...]) -> Iterator[str]:
    """Yield the columns in the arguments of some calls: `users::email.eq(email)`, `users::id.desc()`, `users::name`."""
    for link in links:
        if link.callee.rpartition(".")[2] not in methods:
            continue
        if link.callee.endswith(".find"):
            yield "id"
        for argument in link.arguments:
            for part in walk(argument.value):
                if isinstance(part, Invocation):
                    column = part.callee.split("()")[0].rpartition(".")[0]
                    if column and column.rpartition(".")[2].islower():
                        yield column.rpartition(".")[2]
                elif isinstance(part, Name) and "." in part.written and methods[0] in ("select", "order"):
                    yield part.written.rpartition(".")[2]


@framework.call("*.transaction", "*.build_transaction")
def transaction(call: Call, file: File) -> Iterator[Fact]:
    """`conn.transaction(|conn| { … })`."""
    if call.arguments:
        yield Transaction(call.arguments_span, call.function, "diesel")
