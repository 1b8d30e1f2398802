"""Jakarta Persistence and Spring Data JDBC: entities as tables, with Spring's names in snake case."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Decorator, Definition, Field
from architrave.facts.data import Column, Embedding, ForeignKey, Index, Relation, Table
from architrave.facts.values import Boolean, Invocation, Replacement, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.java.imports import imported
from architrave.java.names import annotation, generics, given, items, methods, resolved, simple
from architrave.regexes import regex

framework = Framework(
    "jpa",
    languages=("java",),
    modules=("jakarta.persistence", "javax.persistence", "org.springframework.data.relational", "org.springframework.data.annotation"),
)

_PRIMITIVES = frozenset({"int", "long", "short", "byte", "boolean", "double", "float", "char"})
_RELATIONS = {"ManyToOne": False, "OneToOne": False, "OneToMany": True, "ManyToMany": True}
_NO_COLUMN = ("Transient", "ElementCollection", "Formula", "static", "transient", "MappedCollection")
_ONE_COLUMN = ("Column", "Enumerated", "Convert", "Lob", "Type", "Temporal", "Version", "Id", "Basic", "JdbcTypeCode")
_OF_JAVA = frozenset({"String", "Long", "Integer", "Boolean", "Double", "Float", "Short", "Byte", "Character", "Object", "Number"})
_NOT_NULL = ("NotNull", "NotBlank", "NotEmpty", "NonNull")
_GETTER = regex(r"\.(?:get|is)([A-Z]\w*)$")
_WORD = regex(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """Return a name as Spring's CamelCaseToUnderscoresNamingStrategy has it, which also changes names that are given."""
    return _WORD.sub("_", name.replace(".", "_")).lower().strip('`"')


@framework.file
def entities(file: File) -> Iterator[Fact]:
    fields: dict[str, list[Field]] = {}
    for field in file.all(Field):
        fields.setdefault(field.owner, []).append(field)
    relational = file.imports("org.springframework.data.relational")
    for definition in file.all(Definition):
        if definition.kind != "class":
            continue
        mark = annotation(definition.decorators, "Entity")
        table_mark = annotation(definition.decorators, "Table")
        if mark is not None or (table_mark is not None and relational):
            written = text(given(table_mark, "name")) or (text(given(table_mark, "")) if relational else "") or text(given(mark, "name"))
            name = snake(written or definition.name.rpartition(".")[2])
            library = "jpa" if mark is not None else "spring-data-jdbc"
            yield Table(definition.name_span, name, "model", definition.name, library)
            yield from _indexes(table_mark, name)
        elif annotation(definition.decorators, "MappedSuperclass", "Embeddable"):
            name = f"class:{definition.name}"
        else:
            continue
        for field in _properties(definition, file) or fields.get(definition.name, []):
            yield from _columns(field, name, definition, file)


def _properties(definition: Definition, file: File) -> list[Field]:
    """Return what the getters of a class give, as fields, when its annotations stand there: where that of the key does."""
    getters = [(match[1], method) for method in methods(file, definition.name) if (match := _GETTER.search(method.name)) is not None]
    if not any(annotation(method.decorators, "Id", "EmbeddedId") is not None for _, method in getters):
        return []
    return [
        Field(method.span, definition.name, name[:1].lower() + name[1:], method.returns, None, method.decorators)
        for name, method in getters
        if not method.parameters and method.returns
    ]


def _index(column: str, definition: Definition, file: File) -> tuple[Replacement, ...]:
    """Name the index in `@Table(indexes = …)` of the entity."""
    entity, table = annotation(definition.decorators, "Entity"), annotation(definition.decorators, "Table")
    package = entity.name.rpartition(".")[0] if entity is not None else ""
    imports = imported(file, f"{package}.Index") if package else None
    written = f'@Index(columnList = "{column}")'
    if entity is None or imports is None:
        return ()
    if table is None:
        more = imported(file, f"{package}.Table")
        return (Replacement(entity.span, f"@Table(indexes = {written})", "after"), *more, *imports) if more is not None else ()
    return _index_beside(table, package, column, file)


def _index_beside(table: Decorator, package: str, column: str, file: File) -> tuple[Replacement, ...]:
    """Name the index among the arguments of `@Table` or `@JoinTable`."""
    imports = imported(file, f"{package}.Index") if package else None
    if imports is None:
        return ()
    written = f'@Index(columnList = "{column}")'
    known = given(table, "indexes")
    if isinstance(known, Sequence) and known.items:
        return Replacement(known.items[-1].span.after, f", {written}"), *imports
    if known is not None:
        return Replacement(known.span, f"{{{{}}, {written}}}", copied=known.span), *imports
    if not table.arguments:
        return Replacement(table.span, f"@Table(indexes = {written})"), *imports
    return Replacement(table.arguments[-1].span.after, f", indexes = {written}"), *imports


def _columns(field: Field, table: str, definition: Definition, file: File) -> Iterator[Fact]:
    if annotation(field.decorators, *_NO_COLUMN) is not None:
        return
    embedded = annotation(field.decorators, "Embedded", "EmbeddedId")
    if embedded is not None:
        yield Embedding(field.span, definition.name, field.type, tuple(_overrides(field)), embedded.name.endswith("Id"))
        return
    relation = annotation(field.decorators, *_RELATIONS)
    if relation is not None:
        yield from _relation(field, relation, table, definition, file)
        return
    inner = generics(field.type)
    if inner and simple(field.type) in ("List", "Set", "Collection", "Map"):
        return
    mark = annotation(field.decorators, "Column")
    if _may_be_embedded(field):
        yield Embedding(field.span, definition.name, field.type, tuple(_overrides(field)), instead_of=snake(field.name))
    is_id = annotation(field.decorators, "Id") is not None
    column = snake(text(given(mark, "name", "")) or field.name)
    yield Column(
        field.span,
        table,
        column,
        "model",
        simple(field.type),
        not (is_id or field.type in _PRIMITIVES or _is(mark, "nullable", False) or annotation(field.decorators, *_NOT_NULL) is not None),
        False,
        is_id,
        _is(mark, "unique", True),
        attribute=field.name,
        fix=() if is_id or table.startswith("class:") else _index(column, definition, file),
    )


def _may_be_embedded(field: Field) -> bool:
    """Whether a field's class may say that it is embedded wherever it is used: it is none of Java, and nothing speaks of one column."""
    is_own = "." in field.type or simple(field.type) not in _OF_JAVA
    if not is_own or generics(field.type) or not simple(field.type)[:1].isupper() or field.type.startswith(("java.", "javax.", "jakarta.")):
        return False
    return annotation(field.decorators, *_ONE_COLUMN) is None


def _overrides(field: Field) -> Iterator[tuple[str, str]]:
    """`@AttributeOverride(name = "city", column = @Column(name = "ship_city"))`, also in a list of them."""
    for mark in field.decorators:
        kind = mark.name.rpartition(".")[2]
        if kind == "AttributeOverride":
            name, column = text(given(mark, "name")), text(_argument(given(mark, "column"), "name"))
            if name and column:
                yield name, snake(column)
        elif kind == "AttributeOverrides":
            for item in items(given(mark, "")):
                name, column = text(_argument(item, "name")), text(_argument(_argument(item, "column"), "name"))
                if name and column:
                    yield name, snake(column)


def _relation(field: Field, mark: Decorator, table: str, definition: Definition, file: File) -> Iterator[Fact]:
    is_many = _RELATIONS[mark.name.rpartition(".")[2]]
    inner = generics(field.type)
    target = resolved(file, inner[-1]) if is_many and inner else field.type
    fetch = given(mark, "fetch")
    fetched = getattr(fetch, "written", "").rpartition(".")[2]
    is_eager = fetched == "EAGER" or (not is_many and fetched != "LAZY")
    joined = fetch.span if fetch is not None and fetched == "EAGER" else None
    written = getattr(fetch, "written", "").removesuffix("EAGER")
    lazy = (Replacement(joined, f"{written}LAZY"),) if joined is not None and written else ()
    is_shared = mark.name.endswith("ManyToMany")
    yield Relation(field.span, definition.name, field.name, target, is_many, is_eager, "jpa", joined, lazy, is_shared)
    join_table = annotation(field.decorators, "JoinTable")
    if join_table is not None and is_many and not table.startswith("class:"):
        yield from _join_table(field, join_table, definition.name, target, file)
    if is_many or given(mark, "mappedBy") is not None:
        return
    join = annotation(field.decorators, "JoinColumn")
    column = snake(text(given(join, "name")) or f"{field.name}_id")
    is_nullable = not (_is(join, "nullable", False) or _is(mark, "optional", False) or annotation(field.decorators, *_NOT_NULL) is not None)
    is_unique = mark.name.endswith("OneToOne") or _is(join, "unique", True)
    yield Column(
        field.span, table, column, "model", "", is_nullable, is_unique=is_unique, attribute=field.name,
        fix=_index(column, definition, file),
    )  # fmt: skip
    referenced = text(given(join, "referencedColumnName"))
    yield ForeignKey(field.span, table, (column,), f"class:{target}", "model", (snake(referenced),) if referenced else ())


def _join_table(field: Field, mark: Decorator, owner: str, target: str, file: File) -> Iterator[Fact]:
    """A table of pairs, where all of its names are written: those that are left out hang on tables and keys of other files."""
    name = text(given(mark, "name"))
    sides = [[text(_argument(item, "name")) for item in items(given(mark, side))] for side in ("joinColumns", "inverseJoinColumns")]
    if not name or not all(column for side in sides for column in side) or not all(sides):
        return
    table = snake(name)
    yield Table(mark.span, table, "model", "", "jpa")
    yield from _indexes(mark, table)
    is_set = simple(field.type) in ("Set", "SortedSet")  # A list may hold a pair twice.
    for side, other in zip(sides, (owner, target), strict=True):
        columns = tuple(snake(column) for column in side if column)
        for column in columns:
            yield Column(
                mark.span, table, column, "model", is_nullable=False, is_primary_key=is_set,
                fix=_index_beside(mark, mark.name.rpartition(".")[0], column, file),
            )  # fmt: skip
        yield ForeignKey(mark.span, table, columns, f"class:{other}", "model")


def _is(mark: Decorator | None, name: str, value: bool) -> bool:
    found = given(mark, name)
    return isinstance(found, Boolean) and found.value is value


def _indexes(mark: Decorator | None, table: str) -> Iterator[Fact]:
    for item in items(given(mark, "indexes")):
        listed = text(_argument(item, "columnList"))
        if listed:
            columns = tuple(snake(part.split()[0]) for part in listed.split(",") if part.strip())
            unique = _argument(item, "unique")
            is_unique = isinstance(unique, Boolean) and unique.value
            yield Index(item.span, table, columns, "model", text(_argument(item, "name")) or "", is_unique)
    for item in items(given(mark, "uniqueConstraints")):
        names = tuple(snake(name) for part in items(_argument(item, "columnNames")) if (name := text(part)))
        if names:
            yield Index(item.span, table, names, "model", text(_argument(item, "name")) or "", True)


def _argument(value: Value | None, name: str) -> Value | None:
    arguments = value.arguments if isinstance(value, Invocation) else ()
    return next((item.value for item in arguments if item.name == name), None)
