"""Sequelize: models, associations, queries, migrations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave import additions
from architrave.facts import Fact
from architrave.facts.code import Call, Definition
from architrave.facts.data import Column, Database, ForeignKey, Index, Migration, MigrationOperation, Query, Relation, RelationAccess, Table
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Number, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed, setting_of
from architrave.node.orm import Kind, asked, keys
from architrave.node.requests import page_size
from architrave.node.routers import LANGUAGES
from architrave.text import FILE_START
from architrave.urls import database

framework = Framework("sequelize", languages=LANGUAGES)

_METHODS: dict[str, Kind] = {
    "findAll": "select", "findAndCountAll": "select", "findByPk": "select", "findOrCreate": "select", "bulkCreate": "insert",
    "destroy": "delete", "findOne": "select", "create": "insert", "update": "update", "count": "select",
}  # fmt: skip
_SURE = frozenset({"findAll", "findAndCountAll", "findByPk", "findOrCreate", "bulkCreate"})  # No other library has these.
_RELATIONS = ("belongsTo", "hasMany", "hasOne", "belongsToMany")


@framework.file
def queries(file: File) -> Iterator[Fact]:
    is_used = file.imports("sequelize", "sequelize-typescript")
    found: list[Query] = []
    for call in file.all(Call):
        owner, _, method = call.callee.rpartition(".")
        if method not in _METHODS:
            continue
        if owner.endswith(".define()"):
            owner = call.receiver
        if "()" in owner:
            continue
        last = owner.rpartition(".")[2]
        if not last[:1].isupper() or (method not in _SURE and not is_used):
            continue
        fact, size = _asked(call, file, method, owner)
        found.append(fact)
        yield fact
        if size is not None:
            yield from page_size(size, file, call.function)
    yield from _read_lazily(file, found)


def _asked(call: Call, file: File, method: str, model: str) -> tuple[Query, Value | None]:
    at = 1 if method in ("update", "findByPk", "create", "bulkCreate") else 0
    options = file.constant(given(call, at), call.function)
    known = options if isinstance(options, Mapping) else None
    where = file.constant(known.get("where"), call.function) if known is not None else None
    include = known.get("include") if known is not None else None
    limit = known.get("limit") if known is not None else None
    kind = _METHODS[method]
    fact = asked(
        call,
        file,
        "sequelize",
        kind,
        model,
        filters=keys(where),
        written=keys(file.constant(given(call, 0), call.function)) if kind in ("insert", "update") else (),
        columns=keys(known.get("attributes")) if known is not None else (),
        has_limit=limit is not None,
        is_many=method in ("findAll", "findAndCountAll", "bulkCreate", "update", "destroy"),
        eager=tuple(_included(include)),
    )
    return fact, limit


def _included(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else () if value is None else (value,):
        if isinstance(item, Mapping):
            as_name, model = text(item.get("as")), item.get("model")
            if as_name:
                yield as_name
            elif isinstance(model, Name):
                yield _attribute(model.name.rpartition(".")[2])
        elif isinstance(item, Name):
            yield _attribute(item.name.rpartition(".")[2])
        elif isinstance(item, String):
            yield item.value


def _attribute(name: str) -> str:
    return name[:1].lower() + name[1:]


def _read_lazily(file: File, queries: list[Query]) -> Iterator[RelationAccess]:
    """`await order.getCustomer()` for every `order` of a query."""
    for block in (
        block for call in file.all(Call) if ".get" in call.written and call.in_loop for block in file.enclosing(call.span, "loop")
    ):
        query = next(
            (
                item
                for item in queries
                if item.result
                and isinstance(block.subject, Name)
                and block.subject.written == item.result
                and item.function == block.function
            ),
            None,
        )
        if query is None or not block.variables:
            continue
        for call in file.all(Call):
            head, _, method = call.written.rpartition(".")
            if head == block.variables[0] and re.match(r"get[A-Z]", method) and block.span.contains(call.span):
                relation = _attribute(method[3:])
                if relation not in query.eager and relation.removesuffix("s") not in query.eager:
                    yield RelationAccess(
                        call.span.until(call.name_span), call.function, relation, head, query.model, query.span,
                        _with_include(query, relation, call, head, file), "sequelize",
                    )  # fmt: skip


def _with_include(query: Query, relation: str, call: Call, row: str, file: File) -> tuple[Replacement, ...]:
    """Include the relation in `findAll`, and read it where it was asked for: `order.customer` for `order.getCustomer()`."""
    source = next((item for item in file.calls_in(query.function) if item.span.until(item.name_span) == query.span), None)
    if source is None or not source.callee.endswith(".findAll") or call.arguments or len(source.arguments) > 1:
        return ()
    read = Replacement(call.span, f"{row}.{relation}")
    if not source.arguments:
        return Replacement(source.arguments_span.before, f'{{ include: ["{relation}"] }}'), read
    options = source.arguments[0].value
    if (
        not isinstance(options, Mapping)
        or options.entry("include") is not None
        or any(entry.key in ("...", "") for entry in options.entries)
    ):
        return ()
    return additions.entry(options, f'include: ["{relation}"]'), read


# Models


@framework.call("*.define", "*.init")
def model(call: Call, file: File) -> Iterator[Fact]:
    """`sequelize.define("Order", { … }, { tableName })`, `Order.init({ … }, { sequelize })`."""
    is_define = call.callee.endswith(".define")
    fields = file.constant(given(call, 1 if is_define else 0), call.function)
    options = file.constant(given(call, 2 if is_define else 1), call.function)
    if not isinstance(fields, Mapping) or not _is_sequelize(call, fields, options):
        return
    name = (text(given(call, 0)) if is_define else call.receiver) or ""
    known = options if isinstance(options, Mapping) else None
    if not name:
        return
    if known is not None and text(known.get("tableName")):
        table = text(known.get("tableName")) or ""
    else:
        frozen = known.get("freezeTableName") if known is not None else None
        table = name if isinstance(frozen, Boolean) and frozen.value else _plural(name)
    assignment = file.assigned(call)
    held = assignment.target if assignment is not None and is_define else name
    underscored = known.get("underscored") if known is not None else None
    is_snake = isinstance(underscored, Boolean) and underscored.value
    span = call.span.until(call.name_span)
    yield Table(span, table, "model", held, "sequelize")
    if not any(_is_true(_get(entry.value, "primaryKey")) for entry in fields.entries):
        yield Column(span, table, "id", "model", "integer", False, True, True, attribute="id")
    for entry in fields.entries:
        if entry.key in ("", "..."):
            continue
        column = text(_get(entry.value, "field")) or (_snake(entry.key) if is_snake else entry.key)
        type_ = _get(entry.value, "type") or entry.value
        shown = type_.name if isinstance(type_, Name) else type_.callee if isinstance(type_, Invocation) else ""
        allow = _get(entry.value, "allowNull")
        yield Column(
            entry.span, table, column, "model", shown.rpartition(".")[2].lower(), not (isinstance(allow, Boolean) and not allow.value),
            _get(entry.value, "defaultValue") is not None or _is_true(_get(entry.value, "autoIncrement")),
            _is_true(_get(entry.value, "primaryKey")), _get(entry.value, "unique") is not None, False, entry.key,
        )  # fmt: skip
        references = _get(entry.value, "references")
        target = _get(references, "model")
        if isinstance(references, Mapping) and target is not None:
            named = text(target) or text(_get(target, "tableName"))
            if named or isinstance(target, Name):
                yield ForeignKey(
                    entry.span,
                    table,
                    (column,),
                    named or f"class:{getattr(target, 'name', '')}",
                    "model",
                    (text(references.get("key")) or "id",),
                )
    indexes = known.get("indexes") if known is not None else None
    for item in indexes.items if isinstance(indexes, Sequence) else ():
        if isinstance(item, Mapping) and keys(item.get("fields")):
            yield Index(item.span, table, keys(item.get("fields")), "model", text(item.get("name")) or "", _is_true(item.get("unique")))


def _is_sequelize(call: Call, fields: Mapping, options: Value | None) -> bool:
    if "equelize" in call.callee or (isinstance(options, Mapping) and options.entry("sequelize") is not None):
        return True
    return any("DataTypes." in getattr(_get(entry.value, "type") or entry.value, "name", "") for entry in fields.entries)


def _get(value: Value | None, key: str) -> Value | None:
    return value.get(key) if isinstance(value, Mapping) else None


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Boolean) and value.value


def _plural(name: str) -> str:
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if re.search(r"(s|x|z|ch|sh)$", name) else "s")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


@framework.call(*(f"*.{name}" for name in _RELATIONS))
def relation(call: Call, file: File) -> Iterator[Fact]:
    target, kind = given(call, 0), call.callee.rpartition(".")[2]
    if not isinstance(target, Name) or not call.receiver.rpartition(".")[2][:1].isupper():
        return
    options = given(call, 1)
    own = target.written.rpartition(".")[2]
    is_many = kind.endswith("Many")
    name = text(_get(options, "as")) or _attribute(_plural(own) if is_many else own)
    owner = call.callee.rpartition(".")[0]
    yield Relation(
        call.span.until(call.name_span),
        call.receiver if "()" in owner else owner,
        name,
        target.written if "()" in target.name else target.name,
        is_many,
        False,
        "sequelize",
    )


@framework.call("sequelize.Sequelize", "sequelize", "sequelize-typescript.Sequelize")
def client(call: Call, file: File) -> Iterator[Fact]:
    first = file.constant(given(call, 0), call.function)
    yield from constructed(call, file, "sequelize", "database", first)
    setting = setting_of(first, file, call.function)
    known = database(first.value) if isinstance(first, String) else None
    engine = {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}.get(
        next((found for item in call.arguments if (found := text(_get(item.value, "dialect")))), ""), ""
    )
    if known is not None:
        yield Database(call.span, known[0], known[1], known[2])
    elif setting or engine:
        yield Database(call.span, engine, setting=setting)


# Migrations


@framework.every(Definition)
def migration(definition: Definition, file: File) -> Iterator[Fact]:
    """`module.exports = { async up(queryInterface, Sequelize) { … } }`."""
    if definition.name.rpartition(".")[2] != "up" or not definition.parameters:
        return
    holder = definition.parameters[0].name
    operations = [item for call in file.calls_in(definition.name) if call.receiver == holder for item in _operation(call, file)]
    if holder != "queryInterface" and not operations:
        return
    yield Migration(FILE_START, basename(file.path).rpartition(".")[0], "sequelize", (), False)
    yield from operations


def _operation(call: Call, file: File) -> Iterator[MigrationOperation]:
    name = call.callee.rpartition(".")[2]
    first = file.constant(given(call, 0), call.function)
    table = text(first) or text(_get(first, "tableName")) or ""
    second = file.constant(given(call, 1), call.function)
    third = file.constant(given(call, 2), call.function)
    span = call.span
    if not table:
        return
    if name == "createTable" and isinstance(second, Mapping):
        yield MigrationOperation(span, "create_table", table)
        for entry in second.entries:
            yield _added(table, entry.key, entry.value, call)
    elif name == "dropTable":
        yield MigrationOperation(span, "drop_table", table)
    elif name == "addColumn" and third is not None:
        yield _added(table, text(second) or "", third, call)
    elif name == "removeColumn" and text(second):
        yield MigrationOperation(span, "drop_column", table, text(second) or "")
    elif name == "renameColumn" and text(second):
        yield MigrationOperation(span, "rename_column", table, text(second) or "", to=text(third) or "")
    elif name == "renameTable":
        yield MigrationOperation(span, "rename_table", table, to=text(second) or "")
    elif name == "changeColumn" and text(second):
        yield MigrationOperation(span, "alter_type", table, text(second) or "", definition=_type(third))
    elif name == "addIndex":
        columns = keys(second) or keys(_get(second, "fields"))
        options = third if third is not None else second
        is_concurrent = _is_true(_get(options, "concurrently"))
        yield MigrationOperation(
            span, "add_index", table, columns=columns, name=text(_get(options, "name")) or "", is_unique=_is_true(_get(options, "unique")),
            is_concurrent=is_concurrent, is_partial=_get(options, "where") is not None, fix=() if is_concurrent else _concurrently(call),
        )  # fmt: skip
    elif name == "removeIndex":
        yield MigrationOperation(span, "drop_index", table, name=text(second) or "", is_concurrent=_is_true(_get(third, "concurrently")))


def _concurrently(call: Call) -> tuple[Replacement, ...]:
    """Add `concurrently: true` to the options of an index."""
    last = call.arguments[-1].value
    if isinstance(last, Mapping):
        return (additions.entry(last, "concurrently: true"),)
    return (Replacement(last.span.after, ", { concurrently: true }"),) if len(call.arguments) == 2 else ()


def _type(value: Value | None) -> str:
    type_ = _get(value, "type") or value
    if isinstance(type_, Name):
        return type_.name.rpartition(".")[2].lower()
    return type_.callee.rpartition(".")[2].lower() if isinstance(type_, Invocation) else ""


def _added(table: str, column: str, value: Value, call: Call) -> MigrationOperation:
    allow = _get(value, "allowNull")
    default = _get(value, "defaultValue")
    return MigrationOperation(
        call.span, "add_column", table, column, definition=_type(value), is_nullable=not (isinstance(allow, Boolean) and not allow.value),
        has_default=default is not None, default_is_constant=default is None or isinstance(default, String | Number | Boolean),
        is_unique=_is_true(_get(value, "unique")), is_primary_key=_is_true(_get(value, "primaryKey")), statement_span=call.span,
        fix=(Replacement(allow.span, "true"),) if isinstance(allow, Boolean) else (),
        writing=f"await {call.receiver}.sequelize.query({{}});",
    )  # fmt: skip
