"""SQLAlchemy, SQLModel and Flask-SQLAlchemy models: declarative classes of every style, and tables of the core."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Assignment, Call, Definition, Field, Import, Return
from architrave.facts.data import Column, ForeignKey, Index, Relation, Table
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Replacement, Sequence, String, Unknown, Value, text, walk
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.text import Span

framework = Framework("sqlalchemy-models", languages=("python",))
tables = Framework("sqlalchemy-tables", languages=("python",))
FRAMEWORKS = (tables,)

_COLUMNS = frozenset({"Column", "mapped_column"})
_RELATIONS = frozenset({"relationship", "Relationship", "relation", "dynamic_loader"})
_EAGER = frozenset({"joined", "selectin", "subquery", "immediate", "raise", "raise_on_sql", "noload", "write_only", "False"})
_MANY = regex(r"\b(?:[Ll]ist|[Ss]et|Sequence|Collection|Dynamic|WriteOnlyMapped|DynamicMapped|Iterable)\[")
_DECLARES = regex(r"(?:^|\.)declared_attr(?:\.directive)?$")
_QUOTED_NAME = regex(r"[A-Za-z_][\w.]*")
_WRAPPERS = frozenset(
    {"Mapped", "Optional", "List", "list", "Set", "set", "Sequence", "Collection", "None", "Union", "DynamicMapped", "WriteOnlyMapped"}
)


@framework.every(Definition)
def model(definition: Definition, file: File) -> Iterator[Fact]:
    """Report a class that is a model by its bases or by the names it uses."""
    if definition.kind == "class":
        fields = [*file.fields(definition.name), *file.once(_declared).get(definition.name, ())]
        if fields and not _is_migration(file):
            yield from _Class(definition, fields, file).facts()


def _declared(file: File) -> dict[str, list[Field]]:
    """The attributes that methods of a mixin give to each class, by the mixin: `@declared_attr`."""
    found: dict[str, list[Field]] = defaultdict(list)
    if not any(item.name == "declared_attr" for item in file.all(Import)):
        return found
    for definition in file.all(Definition):
        owner, _, name = definition.name.rpartition(".")
        if owner and any(_DECLARES.search(item.name) for item in definition.decorators):
            for returned in file.all(Return):
                if returned.function == definition.name and isinstance(returned.value, Invocation):
                    found[owner].append(Field(definition.name_span, owner, name, definition.returns, returned.value))
    return found


def _annotated(file: File) -> dict[str, Invocation]:
    """The columns that names of types stand for: `intpk = Annotated[int, mapped_column(primary_key=True)]`."""
    found: dict[str, Invocation] = {}
    for assignment in file.all(Assignment):
        if not assignment.function and isinstance(assignment.value, Unknown):
            for call in file.near(Call, assignment.span):
                if call.callee.rpartition(".")[2] == "mapped_column" and assignment.value.span.contains(call.span):
                    found[assignment.target] = Invocation(call.span, call.callee, call.arguments)
    return found


@tables.chunk(Call)
def core_tables(calls: list[Call], file: File) -> Iterator[Fact]:
    for call in calls:
        is_table = call.callee in _CORE_TABLES or call.callee.endswith("SQLAlchemy().Table")
        if is_table and not _is_migration(file):
            yield from _core_table(call, file)


@tables.chunk(Call)
def free_indexes(calls: list[Call], file: File) -> Iterator[Fact]:
    for call in calls:
        if call.callee.rpartition(".")[2] == "Index" and not call.function and len(call.arguments) > 1:
            yield from _free_index(call)


_CORE_TABLES = frozenset({"sqlalchemy.Table", "sqlalchemy.schema.Table", "db.Table", "sqlalchemy.sql.schema.Table"})


def _is_migration(file: File) -> bool:
    return bool(file.assignments("down_revision"))


class _Class:
    """A class with fields, some of which may be columns."""

    def __init__(self, definition: Definition, fields: list[Field], file: File) -> None:
        self.definition = definition
        self.fields = fields
        self.file = file
        self.is_sqlmodel = _leads_to_sqlmodel(definition, file)
        self.annotated = file.once(_annotated)
        declared = next((text(field.value) for field in fields if field.name == "__tablename__"), None)
        columns = [field for field in fields if self.column_call(field) is not None]
        is_flask = any(base.endswith("SQLAlchemy().Model") or base.rpartition(".")[2] == "Model" for base in definition.bases)
        is_abstract = any(field.name == "__abstract__" and _is_true(field.value) for field in fields)
        table = declared or ""
        if not table and not is_abstract and columns:
            if self.is_sqlmodel and any(self.is_table_field(field) for field in fields):
                table = definition.name.rpartition(".")[2].lower()
            elif is_flask:
                table = _snake(definition.name.rpartition(".")[2])
        self.table = table
        if self.is_sqlmodel and not table:  # A schema of requests, unless models stand on it.
            bases = {base for other in file.all(Definition) for base in other.bases}
            self.is_model = definition.name in bases or definition.name.endswith(("Base", "Mixin"))
        else:
            self.is_model = bool(table) or bool(columns)

    def is_table_field(self, field: Field) -> bool:
        value = field.value
        if not isinstance(value, Invocation):
            return False
        last = value.callee.rpartition(".")[2]
        named = {item.name for item in value.arguments}
        return last == "Relationship" or (last == "Field" and bool(named & {"primary_key", "foreign_key", "sa_column"}))

    def column_call(self, field: Field) -> Invocation | None:
        """Return the call that declares a column, or None."""
        value = field.value
        annotated = self.annotated.get(field.type.rpartition("[")[2].partition("]")[0].partition(" ")[0]) if self.annotated else None
        if not isinstance(value, Invocation):
            return annotated
        if annotated is not None:
            return Invocation(value.span, value.callee, (*annotated.arguments, *value.arguments))
        owner, _, last = value.callee.rpartition(".")
        if last in ("deferred", "column_property") and value.arguments and isinstance(value.arguments[0].value, Invocation):
            value = value.arguments[0].value
            owner, _, last = value.callee.rpartition(".")
        if last in _COLUMNS and not owner.startswith(("django", "peewee", "cassandra", "pony")):
            return value
        return value if self.is_sqlmodel and last == "Field" else None

    def facts(self) -> Iterator[Fact]:
        if not self.is_model:
            return
        name = self.definition.name
        library = "sqlmodel" if self.is_sqlmodel else "sqlalchemy"
        if self.table:
            yield Table(self.definition.name_span, self.table, "model", name, library)
        owner = self.table or f"class:{name}"
        for field in self.fields:
            if field.name.startswith("__"):
                continue
            yield from self.relation(field, library)
            call = self.column_call(field)
            if call is not None:
                yield from self.column(field, call, owner)
            elif self.is_bare_column(field):
                yield Column(
                    _name_span(field), owner, field.name, "model", _type_name(field.type), _may_be_none(field.type), attribute=field.name
                )
        for item in self.file.calls_in(f"{name}.__table_args__") if self.table else ():
            yield from _constraint(Invocation(item.span, item.callee, item.arguments), self.table)
        for field in self.fields:
            if field.name == "__table_args__" and field.value is not None and self.table:
                for value in walk(field.value):
                    if isinstance(value, Invocation):
                        yield from _constraint(value, self.table)

    def is_bare_column(self, field: Field) -> bool:
        """`name: Mapped[str]` without a call, or in SQLModel `name: str = "x"`."""
        head = field.type.partition("[")[0].rpartition(".")[2]
        if head == "Mapped":
            return field.value is None
        is_call = isinstance(field.value, Invocation)
        return self.is_sqlmodel and bool(field.type) and head != "ClassVar" and not is_call

    def relation(self, field: Field, library: str) -> Iterator[Relation]:
        value = field.value
        if not isinstance(value, Invocation) or value.callee.rpartition(".")[2] not in _RELATIONS:
            return
        positional = [item.value for item in value.arguments if not item.name]
        named = {item.name: item.value for item in value.arguments if item.name}
        target = _class_name(positional[0]) if positional else _class_name(named.get("argument"))
        target = target or _target_of_type(field.type)
        lazy = named.get("lazy")
        kept = named.get("sa_relationship_kwargs")
        if isinstance(kept, Mapping):
            lazy = kept.get("lazy") or lazy
        is_eager = (text(lazy) or str(isinstance(lazy, Boolean) and lazy.value)) in _EAGER if lazy is not None else False
        is_many = bool(_MANY.search(field.type))
        joined = lazy.span if isinstance(lazy, String) and lazy.value == "joined" else None
        other = (Replacement(joined, '"selectin"'),) if joined is not None else ()
        is_shared = named.get("secondary") is not None
        yield Relation(_name_span(field), self.definition.name, field.name, target, is_many, is_eager, library, joined, other, is_shared)
        back = named.get("backref")
        name = text(back.arguments[0].value) if isinstance(back, Invocation) and back.arguments else text(back)
        if name and target:
            given = {item.name: item.value for item in back.arguments} if isinstance(back, Invocation) else {}
            yield Relation(_name_span(field), target, name, self.definition.name, not is_many, text(given.get("lazy")) in _EAGER, library)

    def column(self, field: Field, call: Invocation, owner: str) -> Iterator[Fact]:
        inner = call
        named = {item.name: item.value for item in call.arguments if item.name}
        declared = named.get("sa_column")
        if isinstance(declared, Invocation):
            inner = declared
            named = {item.name: item.value for item in inner.arguments if item.name}
        positional = [item.value for item in inner.arguments if not item.name]
        is_sqlmodel_field = inner.callee.rpartition(".")[2] == "Field"
        given = _first_text(positional) or text(named.get("name")) or ""
        if is_sqlmodel_field:
            given = ""
            positional = []
        name = given or field.name
        span = _name_span(field)
        is_primary = _is_true(named.get("primary_key"))
        nullable = named.get("nullable")
        if isinstance(nullable, Boolean):
            is_nullable = nullable.value
        elif field.type:
            is_nullable = _may_be_none(field.type)
        else:
            is_nullable = not is_primary
        types = [item for item in positional if not isinstance(item, String) and not _is_key(item)]
        has_type = types and not is_sqlmodel_field
        has_default = any(key in named for key in ("default", "server_default", "default_factory", "insert_default"))
        keys = [item for item in positional if _is_key(item)]
        foreign = named.get("foreign_key")
        yield Column(
            span,
            owner,
            name,
            "model",
            _value_type(types[0]) if has_type else _type_name(field.type),
            is_nullable,
            has_default,
            is_primary,
            _is_true(named.get("unique")),
            _is_true(named.get("index")),
            field.name,
            _index(inner) if not {"index", "unique", "primary_key"} & set(named) and field.value is not None else (),
        )
        for key in keys:
            assert isinstance(key, Invocation)
            target, columns = _key_target(key.arguments[0].value) if key.arguments else ("", ())
            if target:
                yield ForeignKey(span, owner, (name,), target, "model", columns)
        written = text(foreign)
        if written:
            yield ForeignKey(span, owner, (name,), written.rpartition(".")[0], "model", (written.rpartition(".")[2],))


def _index(call: Invocation) -> tuple[Replacement, ...]:
    """Return what adds `index=True` to the call of a column."""
    if call.arguments:
        return (Replacement(call.arguments[-1].span.after, ", index=True"),)
    end = call.span.end - 1
    return (Replacement(Span(end, end, call.span.chunk), "index=True"),)


def _leads_to_sqlmodel(definition: Definition, file: File) -> bool:
    if not file.imports("sqlmodel"):
        return False
    seen: set[str] = set()
    frontier = [definition]
    while frontier:
        current = frontier.pop()
        seen.add(current.name)
        for base in current.bases:
            if base.startswith("sqlmodel."):
                return True
            parent = file.definition(base)
            if parent is not None and parent.name not in seen:
                frontier.append(parent)
    return False


def _name_span(field: Field) -> Span:
    return Span(field.span.start, field.span.start + len(field.name.encode()), field.span.chunk)


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Boolean) and value.value


def _is_key(value: Value) -> bool:
    return isinstance(value, Invocation) and value.callee.rpartition(".")[2] == "ForeignKey"


def _first_text(values: list[Value]) -> str | None:
    return text(values[0]) if values else None


def _key_target(value: Value) -> tuple[str, tuple[str, ...]]:
    """Return table and columns of `ForeignKey("customers.id")` or `ForeignKey(Customer.id)`."""
    written = text(value)
    if written is not None:
        return written.rpartition(".")[0], (written.rpartition(".")[2],)
    if isinstance(value, Name) and "." in value.name:
        owner, _, attribute = value.name.rpartition(".")
        return f"class:{owner}", (attribute,)
    return "", ()


def _class_name(value: Value | None) -> str:
    if isinstance(value, String):
        return value.value.rpartition(".")[2]
    return value.name if isinstance(value, Name) else ""


def _target_of_type(written: str) -> str:
    """Return `Customer` of `Mapped[list["Customer"]]`."""
    names = [name for name in _QUOTED_NAME.findall(written) if name.rpartition(".")[2] not in _WRAPPERS]
    return names[0] if names else ""


def _may_be_none(written: str) -> bool:
    return "Optional[" in written or re.search(r"\bNone\b", written) is not None


def _type_name(written: str) -> str:
    return _target_of_type(written).rpartition(".")[2].lower()


def _value_type(value: Value) -> str:
    if isinstance(value, Invocation):
        return value.callee.rpartition(".")[2].lower()
    return value.name.rpartition(".")[2].lower() if isinstance(value, Name) else ""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _constraint(value: Invocation, table: str) -> Iterator[Fact]:
    """Report an element of `__table_args__` or of a core table that is no column."""
    kind = value.callee.rpartition(".")[2]
    positional = [item.value for item in value.arguments if not item.name]
    named = {item.name: item.value for item in value.arguments if item.name}
    if kind == "Index" and len(positional) > 1:
        columns = tuple(_column_name(item) for item in positional[1:])
        is_partial = "postgresql_where" in named or "sqlite_where" in named
        yield Index(value.span, table, columns, "model", text(positional[0]) or "", _is_true(named.get("unique")), is_partial)
    elif kind == "UniqueConstraint":
        columns = tuple(_column_name(item) for item in positional)
        yield Index(value.span, table, columns, "model", text(named.get("name")) or "", True)
    elif kind == "PrimaryKeyConstraint":
        yield Index(value.span, table, tuple(_column_name(item) for item in positional), "model", "", True)
    elif kind == "ForeignKeyConstraint" and len(positional) > 1 and isinstance(positional[0], Sequence):
        columns = tuple(_column_name(item) for item in positional[0].items)
        first = positional[1].items[0] if isinstance(positional[1], Sequence) and positional[1].items else None
        target = _key_target(first)[0] if first is not None else ""
        if target:
            yield ForeignKey(positional[0].span, table, columns, target, "model")


def _column_name(value: Value) -> str:
    """Return the column of an index: a text, an attribute, or what such a call as `.desc()` or `text("a DESC")` is about."""
    if isinstance(value, String):
        return value.value.split()[0] if value.value.split() else ""
    if isinstance(value, Name):
        return value.written.rpartition(".")[2]
    if isinstance(value, Invocation):
        if value.callee.rpartition(".")[2] in ("desc", "asc", "nullslast", "nullsfirst") and not value.arguments:
            return value.callee.rpartition(".")[0].rpartition(".")[2]
        return _column_name(value.arguments[0].value) if value.arguments else ""
    return ""


def _core_table(call: Call, file: File) -> Iterator[Fact]:
    """Report `orders = Table("orders", metadata, Column(…), …)`."""
    positional = [item.value for item in call.arguments if not item.name]
    table = text(positional[0]) if positional else None
    if table is None or not any(_is_column(item) for item in positional):
        return
    assigned = file.assigned(call)
    yield Table(positional[0].span, table, "model", assigned.target if assigned is not None else "", "sqlalchemy")
    for item in positional[1:]:
        if not isinstance(item, Invocation):
            continue
        if not _is_column(item):
            yield from _constraint(item, table)
            continue
        inner = [argument.value for argument in item.arguments if not argument.name]
        named = {argument.name: argument.value for argument in item.arguments if argument.name}
        name = text(inner[0]) if inner else None
        if not name:
            continue
        nullable = named.get("nullable")
        is_primary = _is_true(named.get("primary_key"))
        keys = [value for value in inner if _is_key(value)]
        types = [value for value in inner[1:] if not _is_key(value)]
        yield Column(
            inner[0].span,
            table,
            name,
            "model",
            _value_type(types[0]) if types else "",
            nullable.value if isinstance(nullable, Boolean) else not is_primary,
            "default" in named or "server_default" in named,
            is_primary,
            _is_true(named.get("unique")),
            _is_true(named.get("index")),
            name,
            _index(item) if "index" not in named and keys else (),
        )
        for key in keys:
            assert isinstance(key, Invocation)
            target, columns = _key_target(key.arguments[0].value) if key.arguments else ("", ())
            if target:
                yield ForeignKey(inner[0].span, table, (name,), target, "model", columns)


def _is_column(value: Value) -> bool:
    return isinstance(value, Invocation) and value.callee.rpartition(".")[2] == "Column"


def _free_index(call: Call) -> Iterator[Fact]:
    """Report `Index("ix_orders_status", Order.status)` at the top of a file; the class stands for its table."""
    columns = [item.value for item in call.arguments[1:] if not item.name]
    owners = {column.written.rpartition(".")[0] for column in columns if isinstance(column, Name) and "." in column.written}
    if len(owners) == 1 and text(call.arguments[0].value):
        owner = owners.pop()
        yield Index(
            call.span, f"class:{owner}", tuple(_column_name(item) for item in columns), "model", text(call.arguments[0].value) or ""
        )
