"""Drizzle: tables, their columns, keys and indexes, relations, and queries of its builder."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call, Return
from architrave.facts.data import Column, ForeignKey, Index, Query, Relation, Table
from architrave.facts.values import Argument, Entry, Function, Invocation, Mapping, Name, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed, database_of
from architrave.node.orm import Kind, asked, keys
from architrave.node.queries import following
from architrave.node.requests import page_size
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex

framework = Framework("drizzle", languages=LANGUAGES)

_ENGINES = {"pg": "postgresql", "mysql": "mysql", "sqlite": "sqlite"}
_TABLE = regex(r"drizzle-orm/(pg|mysql|sqlite|singlestore)-core\.(?:\w+Table|\w+(?:Schema|TableCreator)\(\)(?:\.table)?)$")
_DRIVER = regex(r"drizzle-orm/([\w-]+)(?:/\w+)?\.drizzle$")
_SERVERS = {
    "node-postgres": "postgresql", "postgres-js": "postgresql", "neon-http": "postgresql", "neon-serverless": "postgresql",
    "vercel-postgres": "postgresql", "aws-data-api": "postgresql", "mysql2": "mysql", "planetscale-serverless": "mysql",
    "better-sqlite3": "sqlite", "libsql": "sqlite", "bun-sqlite": "sqlite", "d1": "sqlite",
}  # fmt: skip
_COUNTS = frozenset({"serial", "bigserial", "smallserial"})
_KINDS: dict[str, Kind] = {"insert": "insert", "update": "update", "delete": "delete"}
_FINDERS = ("findMany", "findFirst")


@framework.every(Call)
def table(call: Call, file: File) -> Iterator[Fact]:
    """`export const orders = pgTable("orders", { id: serial("id").primaryKey() }, (t) => [index("i").on(t.status)])`."""
    match = _TABLE.match(call.callee)
    name, columns = text(given(call, 0)), given(call, 1)
    if match is None or name is None or not isinstance(columns, Mapping):
        return
    assigned = file.assigned(call)
    model = assigned.target if assigned is not None else ""
    yield Table(call.span.until(call.name_span), name, "model", model, "drizzle")
    names: dict[str, str] = {}
    for entry in columns.entries:
        links = _links(entry.value, file)
        if links:
            column = _column(entry, links, name)
            names[entry.key] = column.name
            yield column
            yield from _reference(column, links, file)
    for argument in call.arguments[2:]:
        yield from _extras(argument, name, names, file)


def _links(value: Value, file: File) -> list[Call]:
    """The calls of `integer("customer_id").notNull().references(…)`, innermost first."""
    if not isinstance(value, Invocation):
        return []
    whole = next((call for call in file.near(Call, value.span) if call.span == value.span), None)
    return [*file.chain(whole), whole] if whole is not None else []


def _column(entry: Entry, links: list[Call], owner: str) -> Column:
    methods = [_last(link) for link in links]
    first = given(links[0], 0)
    kind = methods[0]
    is_primary = "primaryKey" in methods
    has_default = kind in _COUNTS or any(method.startswith(("default", "$default", "generated")) for method in methods[1:])
    return Column(
        entry.span, owner, text(first) or entry.key, "model", kind.lower(), not (is_primary or "notNull" in methods or kind in _COUNTS),
        has_default, is_primary, "unique" in methods, False, entry.key,
    )  # fmt: skip


def _reference(column: Column, links: list[Call], file: File) -> Iterator[ForeignKey]:
    """`.references(() => customers.id)`."""
    for link in links:
        target = _returned(given(link, 0), file) if _last(link) == "references" else None
        if isinstance(target, Name) and "." in target.written:
            owner, _, attribute = _full(target, file).rpartition(".")
            yield ForeignKey(column.span, column.table, (column.name,), f"class:{owner}", "model", (attribute,))


def _full(value: Name, file: File) -> str:
    """The name of a table: its variable, or the full name of one that is imported."""
    return value.name if file.is_imported(value.written) else value.written


def _returned(value: Value | None, file: File) -> Value | None:
    if not isinstance(value, Function):
        return None
    return next((item.value for item in file.near(Return, value.span) if value.span.contains(item.span)), None)


def _extras(argument: Argument, owner: str, names: dict[str, str], file: File) -> Iterator[Fact]:
    """Indexes, keys and constraints of several columns: the function that is given last."""
    for call in file.near(Call, argument.span):
        if not argument.span.contains(call.span):
            continue
        last = _last(call)
        if last == "on":
            root = next(iter(file.chain(call)), call)
            if _last(root) in ("index", "uniqueIndex", "unique"):
                columns = tuple(_named(item.value, names) for item in call.arguments)
                yield Index(call.span, owner, columns, "model", text(given(root, 0)) or "", _last(root) != "index")
        elif last in ("primaryKey", "foreignKey") and isinstance(options := given(call, 0), Mapping):
            columns = _listed(options.get("columns"), names)
            if last == "primaryKey":
                yield Index(call.span, owner, columns, "model", "", True)
            elif isinstance(foreign := options.get("foreignColumns"), Sequence) and foreign.items and isinstance(foreign.items[0], Name):
                yield ForeignKey(call.span, owner, columns, f"class:{_full(foreign.items[0], file).rpartition('.')[0]}", "model")


def _listed(value: Value | None, names: dict[str, str]) -> tuple[str, ...]:
    return tuple(_named(item, names) for item in value.items) if isinstance(value, Sequence) else ()


def _named(value: Value, names: dict[str, str]) -> str:
    """The column of `t.status`, also of `t.status.desc()`."""
    written = value.written if isinstance(value, Name) else value.callee.rpartition(".")[0] if isinstance(value, Invocation) else ""
    attribute = written.rpartition(".")[2]
    return names.get(attribute, attribute)


@framework.call("drizzle-orm.relations")
def relations(call: Call, file: File) -> Iterator[Fact]:
    """`relations(orders, ({ one, many }) => ({ customer: one(customers, …) }))`: loaded where a query asks for them, never later."""
    owner, made = given(call, 0), _returned(given(call, 1), file)
    if not isinstance(owner, Name) or not isinstance(made, Mapping):
        return
    for entry in made.entries:
        value = entry.value
        target = value.arguments[0].value if isinstance(value, Invocation) and value.arguments else None
        if isinstance(value, Invocation) and value.callee in ("one", "many") and isinstance(target, Name):
            yield Relation(entry.span, owner.written, entry.key, _full(target, file), value.callee == "many", True, "drizzle")


@framework.every(Call)
def client(call: Call, file: File) -> Iterator[Fact]:
    match = _DRIVER.match(call.callee)
    if match is not None:
        yield from constructed(call, file, "drizzle", "database", given(call, 0))
        yield from database_of(call, file, _SERVERS.get(match[1], ""), given(call, 0))


# Queries


@framework.call("*.from", "*.insert", "*.update", "*.delete")
def built(call: Call, file: File) -> Iterator[Fact]:
    """`db.select().from(orders).where(…).limit(10)`, `db.update(orders).set({ … }).where(…)`."""
    target, last = given(call, 0), _last(call)
    if not isinstance(target, Name) or len(call.arguments) != 1 or "createQueryBuilder" in call.callee:
        return
    links = list(following(call, file))
    methods = {_last(link) for link in links}
    chain = file.chain(call)
    if last == "from" and (not chain or _last(chain[-1]) not in ("select", "selectDistinct", "selectDistinctOn")):
        return
    if last != "from" and not methods & {"values", "set", "where", "returning", "onConflictDoUpdate"}:
        return
    if not (file.imports("drizzle-orm") or file.is_imported(target.written)):
        return
    inside = [link.arguments_span for link in links]
    conditions = [item for item in file.near(Call, call.span) if any(span.contains(item.span) for span in inside)]
    written = next((given(link, 0) for link in links if _last(link) in ("values", "set")), None)
    yield asked(
        call,
        file,
        "drizzle",
        _KINDS.get(last, "select"),
        _full(target, file),
        filters=tuple(dict.fromkeys(_compared(conditions, target.written))),
        written=keys(file.constant(written, call.function)),
        has_limit="limit" in methods,
        is_many=last == "from",
        whole=links[-1] if links else None,
        values=[item.value for link in (call, *links, *conditions) for item in link.arguments],
    )
    for link in links:
        if _last(link) == "limit" and link.arguments:
            yield from page_size(link.arguments[0].value, file, call.function)


def _compared(conditions: list[Call], table: str) -> Iterator[str]:
    """The columns that `eq(orders.id, id)` and its like compare."""
    for item in conditions:
        first = given(item, 0)
        if isinstance(first, Name) and first.written.startswith(f"{table}."):
            yield first.written.removeprefix(f"{table}.")


@framework.call(*(f"*.{name}" for name in _FINDERS))
def found(call: Call, file: File) -> Iterator[Fact]:
    """`db.query.orders.findMany({ with: { lines: true }, limit: 10 })`."""
    parts = call.written.split(".")
    if len(parts) < 4 or parts[-3] != "query":
        return
    options = file.constant(given(call, 0), call.function)
    known = options if isinstance(options, Mapping) else None
    limit = known.get("limit") if known is not None else None
    conditions = [item for item in file.near(Call, call.span) if call.arguments_span.contains(item.span)]
    query: Query = asked(
        call,
        file,
        "drizzle",
        "select",
        parts[-2],
        filters=tuple(dict.fromkeys(_compared(conditions, parts[-2]))),
        has_limit=limit is not None or _last(call) == "findFirst",
        is_many=_last(call) == "findMany",
        eager=keys(known.get("with")) if known is not None else (),
        values=[item.value for link in (call, *conditions) for item in link.arguments],
    )
    yield query
    if limit is not None:
        yield from page_size(limit, file, call.function)


def _last(call: Call) -> str:
    return call.callee[call.callee.rfind(".") + 1 :]
