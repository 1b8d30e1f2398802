"""TypeORM: entities, repositories, query builders, migrations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from msgspec.structs import replace

from architrave import additions, sql
from architrave.facts import Fact
from architrave.facts.code import Call, Decorator, Definition, Field
from architrave.facts.data import Column, ForeignKey, Index, Migration, MigrationOperation, Query, Relation, Repository, Table
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Replacement, Sequence, String, Template, Value, template, text
from architrave.framework import Decorated, File, Framework
from architrave.node.calls import given
from architrave.node.clients import constructed, database_of
from architrave.node.imports import imported
from architrave.node.orm import Kind, asked, held_type, keys, relations_read, searched
from architrave.node.queries import following
from architrave.node.requests import page_size
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex
from architrave.text import FILE_START, Span

framework = Framework("typeorm", languages=LANGUAGES)

_REPOSITORIES = ("typeorm.Repository()", "typeorm.TreeRepository()", "typeorm.MongoRepository()")
_METHODS: dict[str, Kind] = {
    "find": "select", "findBy": "select", "findOne": "select", "findOneBy": "select", "findOneOrFail": "select",
    "findOneByOrFail": "select",
    "findAndCount": "select", "findAndCountBy": "select", "count": "select", "countBy": "select", "exists": "select", "existsBy": "select",
    "save": "insert", "insert": "insert", "upsert": "insert", "update": "update", "increment": "update", "decrement": "update",
    "delete": "delete", "remove": "delete", "softDelete": "update", "softRemove": "update",
}  # fmt: skip
_COLUMNS = frozenset(
    {"Column", "PrimaryColumn", "PrimaryGeneratedColumn", "CreateDateColumn", "UpdateDateColumn", "DeleteDateColumn", "VersionColumn"}
)
_RELATIONS = frozenset({"ManyToOne", "OneToOne", "OneToMany", "ManyToMany"})
_MANAGER = regex(r"(?:^|\.)(?:manager|entityManager|EntityManager\(\))$")
_GENERIC = regex(r"<\s*([^<>\[\]|,\s]+)")
_ENGINES = {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql", "better-sqlite3": "sqlite", "sqlite": "sqlite"}


# Queries


@framework.file
def queries(file: File) -> Iterator[Fact]:
    found: list[Query] = []
    for call in file.all(Call):
        owner, _, method = call.callee.rpartition(".")
        if method == "createQueryBuilder":
            fact, sizes = _built(call, file)
            if fact is not None:
                found.append(fact)
                yield fact
                for size in sizes:
                    yield from page_size(size, file, call.function)
        elif method in _METHODS and _is_repository(owner):
            fact = _asked(call, file, method, _entity(call.receiver, call.function, file))
            found.append(fact)
            yield fact
            options = file.constant(given(call, 0), call.function)
            if isinstance(options, Mapping) and options.get("take") is not None:
                yield from page_size(options.get("take"), file, call.function)
        elif method in _METHODS and call.arguments and (_MANAGER.search(owner) or _is_given(call, file)):
            first = call.arguments[0].value
            if isinstance(first, Name):
                fact = _asked(call, file, method, first.name, 1)
                found.append(fact)
                yield fact
    yield from relations_read(file, found)


def _is_given(call: Call, file: File) -> bool:
    """Whether a call is one of the manager that a transaction hands to its callback: `transaction(async (manager) => …)`."""
    return any(
        call.receiver in block.variables and isinstance(block.subject, Name) and block.subject.written.endswith(".transaction")
        for block in file.enclosing(call.span, "callback")
    )


def _is_repository(owner: str) -> bool:
    return owner in _REPOSITORIES or owner.endswith(".getRepository()")


def _entity(receiver: str, function: str, file: File) -> str:
    """Return the entity of the repository that a variable or field holds."""
    found = held_type(receiver, function, file)
    if found:
        return found
    if receiver.endswith(".getRepository()"):  # AppDataSource.getRepository(Order).find(…)
        made = next((call for call in file.calls_in(function) if f"{call.written}()" == receiver and call.arguments), None)
        first = made.arguments[0].value if made is not None else None
        return first.name if isinstance(first, Name) and first.name.rpartition(".")[2][:1].isupper() else ""
    for assignment in file.assignments(receiver, function):
        value = assignment.value
        if isinstance(value, Invocation) and value.callee.endswith("getRepository") and value.arguments:
            first = value.arguments[0].value
            if isinstance(first, Name):
                return first.name
    return ""


def _asked(call: Call, file: File, method: str, entity: str, at: int = 0) -> Query:
    options = file.constant(given(call, at), call.function)
    known = options if isinstance(options, Mapping) else None
    has_where = known is not None and known.get("where") is not None
    where = (
        file.constant(known.get("where"), call.function) if known is not None and has_where else known if method.endswith("By") else None
    )
    kind = _METHODS[method]
    return asked(
        call,
        file,
        "typeorm",
        kind,
        entity,
        filters=keys(where),
        searched=searched(where),
        written=keys(known) if kind == "insert" else keys(file.constant(given(call, at + 1), call.function)) if kind == "update" else (),
        sorts=keys(known.get("order")) if known is not None else (),
        has_limit=known is not None and known.get("take") is not None,
        is_many=method in ("find", "findBy", "findAndCount", "findAndCountBy"),
        eager=keys(known.get("relations")) if known is not None else (),
    )


def _built(call: Call, file: File) -> tuple[Query | None, list[Value]]:
    """`repository.createQueryBuilder("o").where(…).take(limit).getMany()`."""
    owner = call.callee.rpartition(".")[0]
    links = list(following(call, file))
    names = [item.callee.rpartition(".")[2] for item in links]
    entity = _entity(call.receiver, call.function, file) if _is_repository(owner) else ""
    for item in links:
        if (
            item.callee.rpartition(".")[2] in ("from", "update", "into", "delete")
            and item.arguments
            and isinstance(item.arguments[0].value, Name)
        ):
            entity = item.arguments[0].value.name
    if not entity:
        return None, []
    kind: Kind = "insert" if "insert" in names else "update" if "update" in names else "delete" if "delete" in names else "select"
    joined = [text(given(item, 0)) for item in links if item.callee.endswith("AndSelect")]
    sizes = [item.arguments[0].value for item in links if item.callee.rpartition(".")[2] in ("take", "limit") and item.arguments]
    whole = links[-1] if links else call
    fact = asked(
        call,
        file,
        "typeorm",
        kind,
        entity,
        has_limit=bool(sizes),
        is_many=not {"getOne", "getOneOrFail", "getCount", "getRawOne"} & set(names),
        eager=(name.rpartition(".")[2] for name in joined if name),
        whole=whole,
        values=[item.value for link in links for item in link.arguments],
    )
    return fact, sizes


@framework.base("typeorm.Repository", "typeorm.AbstractRepository")
def repository(definition: Definition, file: File) -> Iterator[Fact]:
    for base in definition.bases:
        match = _GENERIC.search(base)
        if base.startswith("typeorm.") and match:
            yield Repository(definition.name_span, definition.name, match[1], "typeorm")


@framework.call("typeorm.DataSource", "typeorm.createConnection")
def data_source(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    yield from constructed(call, file, "typeorm", "database", options)
    engine = _ENGINES.get(text(options.get("type")) or "", "") if isinstance(options, Mapping) else ""
    yield from database_of(call, file, engine, options)


@framework.call("@nestjs/typeorm.TypeOrmModule.forRoot")
def nest_module(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 0), call.function)
    engine = _ENGINES.get(text(options.get("type")) or "", "") if isinstance(options, Mapping) else ""
    yield from database_of(call, file, engine, options)


# Entities


@framework.decorator("typeorm.Entity", "typeorm.ViewEntity")
def entity(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    first = decorator.arguments[0].value if decorator.arguments else None
    options = next((item.value for item in decorator.arguments if isinstance(item.value, Mapping)), None)
    name = text(first) or (text(options.get("name")) if options is not None else None) or _snake(definition.name)
    yield Table(definition.name_span, name, "model", definition.name, "typeorm", not decorator.name.endswith("ViewEntity"))
    yield from _columns(definition.name, name, file)
    for item in definition.decorators:
        if item.name in ("typeorm.Index", "typeorm.Unique"):
            columns = next((keys(argument.value) for argument in item.arguments if isinstance(argument.value, Sequence)), ())
            unique = next((argument.value.get("unique") for argument in item.arguments if isinstance(argument.value, Mapping)), None)
            if columns:
                named = text(item.arguments[0].value) or ""
                is_unique = item.name == "typeorm.Unique" or (isinstance(unique, Boolean) and unique.value)
                yield Index(item.span, name, columns, "model", named, is_unique)


@framework.every(Definition)
def mixin(definition: Definition, file: File) -> Iterator[Fact]:
    """A class without `@Entity` that has columns hands them down."""
    if (
        definition.kind == "class"
        and file.imports("typeorm")
        and not any(item.name.startswith("typeorm.") for item in definition.decorators)
    ):
        yield from (fact for fact in _columns(definition.name, f"class:{definition.name}", file) if isinstance(fact, Column))


def _columns(model: str, table: str, file: File) -> Iterator[Fact]:
    for item in file.all(Field):
        if item.owner != model:
            continue
        named = {
            decorator.name.removeprefix("typeorm."): decorator for decorator in item.decorators if decorator.name.startswith("typeorm.")
        }
        relation = next((name for name in named if name in _RELATIONS), "")
        if relation:
            yield from _relation(item, relation, named, model, table, file)
            continue
        kind = next((name for name in named if name in _COLUMNS), "")
        if not kind:
            continue
        decorator = named[kind]
        options = next((argument.value for argument in decorator.arguments if isinstance(argument.value, Mapping)), None)
        given_type = text(decorator.arguments[0].value) if decorator.arguments else None
        type_ = given_type or (text(options.get("type")) if options is not None else None) or item.type
        is_unique = kind.startswith("Primary") or _flag(options, "primary") or _flag(options, "unique") or "Index" in named
        imports = None if is_unique else imported(file, "typeorm", "Index")
        is_generated = kind in ("PrimaryGeneratedColumn", "CreateDateColumn", "UpdateDateColumn", "VersionColumn")
        yield Column(
            _name_span(item),
            table,
            (text(options.get("name")) if options is not None else None) or item.name,
            "model",
            type_.lower(),
            _flag(options, "nullable") or kind == "DeleteDateColumn",
            is_generated or (options is not None and options.get("default") is not None),
            kind.startswith("Primary") or _flag(options, "primary"),
            _flag(options, "unique"),
            "Index" in named,
            item.name,
            (Replacement(item.decorators[0].span, "@Index()", "before"), *imports) if imports is not None else (),
        )


def _relation(item: Field, kind: str, named: dict[str, Decorator], model: str, table: str, file: File) -> Iterator[Fact]:
    decorator = named[kind]
    options = next((argument.value for argument in decorator.arguments if isinstance(argument.value, Mapping)), None)
    inner = re.sub(r"^(?:Promise|Relation|typeorm\.Relation)<(.*)>$", r"\1", item.type.partition(" |")[0])
    is_lazy = item.type.startswith("Promise<") or _flag(options, "lazy")
    target = re.sub(r"^(?:Relation|typeorm\.Relation|Array)<(.*)>$", r"\1", inner).removesuffix("[]")
    # What is neither lazy nor asked for is not there at all: reading it runs no query.
    eager = options.get("eager") if options is not None else None
    joined = eager.span if isinstance(eager, Boolean) and eager.value else None
    other = (Replacement(joined, "false"),) if joined is not None else ()
    yield Relation(
        _name_span(item), model, item.name, target, kind.endswith("ToMany"), not is_lazy, "typeorm", joined, other, kind == "ManyToMany"
    )
    if kind != "ManyToOne" and not (kind == "OneToOne" and "JoinColumn" in named):
        return
    if table.startswith("class:") or not target:
        return
    join = named.get("JoinColumn")
    given_options = join.arguments[0].value if join is not None and join.arguments else None
    name = (text(given_options.get("name")) if isinstance(given_options, Mapping) else None) or f"{item.name}Id"
    span = _name_span(item)
    is_indexed = "Index" in named or kind == "OneToOne"  # OneToOne makes a unique constraint.
    imports = imported(file, "typeorm", "Index")
    fix: tuple[Replacement, ...] = ()
    if not is_indexed and item.decorators and imports is not None:
        fix = (Replacement(item.decorators[0].span, "@Index()", "before"), *imports)
    yield Column(
        span, table, name, "model", "", _flag(options, "nullable", True),
        is_unique=kind == "OneToOne", is_indexed=is_indexed,
        attribute=item.name,
        fix=fix,
    )  # fmt: skip
    yield ForeignKey(span, table, (name,), f"class:{target}", "model")


def _flag(options: Mapping | None, key: str, default: bool = False) -> bool:
    value = options.get(key) if options is not None else None
    return value.value if isinstance(value, Boolean) else default


def _name_span(item: Field) -> Span:
    """Where a field's own declaration begins, after its decorators."""
    if item.decorators:
        start = item.decorators[-1].span.end
        return Span(min(start + 1, item.span.end), item.span.end, item.span.chunk)
    return item.span


def _snake(name: str) -> str:
    """TypeORM's own way to name a table: `OrderItem` is `order_item`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name.rpartition(".")[2]).lower()


# Migrations


@framework.base("typeorm.MigrationInterface")
def migration(definition: Definition, file: File) -> Iterator[Fact]:
    operations: list[MigrationOperation] = []
    function = f"{definition.name}.up"
    for call in file.calls_in(function):
        first = given(call, 0)
        writing = f"await {call.receiver}.query({{}});"
        if call.callee.endswith(".query") and isinstance(first, String | Template):
            if "\n" in (text(first) or ""):  # A line of code would land in the middle of it.
                writing = ""
            operations.extend(replace(item, writing=writing) for item in _written(first, file, function))
        else:
            operations.extend(replace(item, writing=writing, statement_span=call.span) for item in _operation(call, file))
    is_transactional = True
    for item in file.all(Field):
        if item.owner == definition.name and item.name == "transaction" and isinstance(item.value, Boolean):
            is_transactional = item.value.value
    method = file.definition(function)
    at = method.span.before if method is not None and is_transactional else None
    engine = sql.engine(" ".join(_texts(file, function)))
    outside = (Replacement(at, "transaction = false;\n\n  "),) if at is not None else ()
    yield Migration(FILE_START, basename(file.path).rpartition(".")[0], "typeorm", (), is_transactional, engine, outside)
    yield from operations


def _texts(file: File, function: str) -> Iterator[str]:
    for call in file.calls_in(function):
        yield text(given(call, 0)) or ""


def _written(value: String | Template, file: File, function: str) -> list[MigrationOperation]:
    """Return the steps of SQL in a string, each at its own place when the string is written without escapes."""
    if not isinstance(value, String) or value.span.end - value.span.start != len(value.value) + 2 or not value.value.isascii():
        return sql.operations(template(value) or "", at=value.span)
    start = value.span.start + 1

    def moved(span: Span | None) -> Span | None:
        return None if span is None else Span(span.start + start, span.end + start, value.span.chunk)

    return [
        replace(
            item,
            span=moved(item.span) or value.span,
            statement_span=moved(item.statement_span),
            fix=tuple(replace(part, span=moved(part.span) or part.span) for part in item.fix),
        )
        for item in sql.operations(value.value)
    ]


def _operation(call: Call, file: File) -> Iterator[MigrationOperation]:
    """`queryRunner.addColumn("orders", new TableColumn({ … }))`."""
    name = call.callee.rpartition(".")[2]
    table = text(given(call, 0)) or ""
    second = file.constant(given(call, 1), call.function)
    options = second.arguments[0].value if isinstance(second, Invocation) and second.arguments else None
    span = call.span
    if name == "createTable":
        made = file.constant(given(call, 0), call.function)
        known = made.arguments[0].value if isinstance(made, Invocation) and made.arguments else None
        if isinstance(known, Mapping):
            yield from _created(known, span)
    elif name == "dropTable" and table:
        yield MigrationOperation(span, "drop_table", table)
    elif name == "renameTable" and table:
        yield MigrationOperation(span, "rename_table", table, to=text(second) or "")
    elif name == "addColumn" and table and isinstance(options, Mapping):
        yield _added(options, table, span)
    elif name == "dropColumn" and table and text(second):
        yield MigrationOperation(span, "drop_column", table, text(second) or "")
    elif name == "renameColumn" and table and text(second):
        yield MigrationOperation(span, "rename_column", table, text(second) or "", to=text(given(call, 2)) or "")
    elif name == "createIndex" and table and isinstance(options, Mapping):
        is_concurrent = _flag(options, "isConcurrent")
        yield MigrationOperation(
            span, "add_index", table, columns=keys(options.get("columnNames")), name=text(options.get("name")) or "",
            is_unique=_flag(options, "isUnique"), is_concurrent=is_concurrent,
            fix=() if is_concurrent else (additions.entry(options, "isConcurrent: true"),),
        )  # fmt: skip
    elif name == "dropIndex" and table:
        yield MigrationOperation(span, "drop_index", table, name=text(second) or "")
    elif name == "createForeignKey" and table and isinstance(options, Mapping):
        yield MigrationOperation(
            span, "add_foreign_key", table, columns=keys(options.get("columnNames")), to=text(options.get("referencedTableName")) or "",
            to_columns=keys(options.get("referencedColumnNames")), name=text(options.get("name")) or "",
        )  # fmt: skip
    elif name == "createUniqueConstraint" and table and isinstance(options, Mapping):
        columns = keys(options.get("columnNames"))
        yield MigrationOperation(span, "add_unique", table, columns=columns, name=text(options.get("name")) or "", is_unique=True)
    elif name == "createCheckConstraint" and table and isinstance(options, Mapping):
        yield MigrationOperation(span, "add_check", table, name=text(options.get("name")) or "")


def _created(options: Mapping, span: Span) -> Iterator[MigrationOperation]:
    table = text(options.get("name"))
    if not table:
        return
    yield MigrationOperation(span, "create_table", table)
    columns = options.get("columns")
    for item in columns.items if isinstance(columns, Sequence) else ():
        if isinstance(item, Mapping):
            yield _added(item, table, span)
            if _flag(item, "isPrimary"):
                yield MigrationOperation(span, "add_primary_key", table, columns=(text(item.get("name")) or "",))
    for key, kind in (("indices", "add_index"), ("foreignKeys", "add_foreign_key"), ("uniques", "add_unique")):
        listed = options.get(key)
        for item in listed.items if isinstance(listed, Sequence) else ():
            if isinstance(item, Mapping):
                yield MigrationOperation(
                    span, kind, table, columns=keys(item.get("columnNames")), to=text(item.get("referencedTableName")) or "",  # type: ignore[arg-type]
                )  # fmt: skip


def _added(options: Mapping, table: str, span: Span) -> MigrationOperation:
    nullable = options.get("isNullable")
    return MigrationOperation(
        span, "add_column", table, text(options.get("name")) or "", definition=text(options.get("type")) or "",
        is_nullable=_flag(options, "isNullable") , has_default=options.get("default") is not None, is_unique=_flag(options, "isUnique"),
        is_primary_key=_flag(options, "isPrimary"), 
        fix=(Replacement(nullable.span, "true") if nullable is not None else additions.entry(options, "isNullable: true"),),
    )  # fmt: skip
