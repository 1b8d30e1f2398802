"""Django models: tables, columns, keys, indexes and relations."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from architrave.facts import Fact
from architrave.facts.code import Definition, Field
from architrave.facts.data import Column, ForeignKey, Index, Relation, Table
from architrave.facts.values import Boolean, Invocation, Name, Replacement, Sequence, String, Value, text, walk
from architrave.framework import File, Framework
from architrave.text import Span

framework = Framework("django-models", languages=("python",), modules=("django.db", "django.contrib"))

_KEYS = frozenset({"ForeignKey", "OneToOneField", "ParentalKey", "TreeForeignKey"})
_RELATIONS = _KEYS | {"ManyToManyField", "GenericRelation", "ParentalManyToManyField", "TreeManyToManyField"}


@framework.every(Definition)
def model(definition: Definition, file: File) -> Iterator[Fact]:
    if definition.kind == "class" and "/migrations/" not in f"/{file.path}":
        fields = file.fields(definition.name)
        if _is_model(definition, fields):
            yield from _model(definition, fields, file.fields(f"{definition.name}.Meta"), file)


def _is_model(definition: Definition, fields: list[Field]) -> bool:
    if not definition.bases or any(base.endswith(("Migration", "Form", "Serializer", "FilterSet", "Factory")) for base in definition.bases):
        return False
    return any(base.startswith("django.db.models") for base in definition.bases) or any(_is_column(field) for field in fields)


def _is_column(field: Field) -> bool:
    value = field.value
    if not isinstance(value, Invocation):
        return False
    owner, _, last = value.callee.rpartition(".")
    return last in _KEYS or (last.endswith("Field") and last != "ManyToManyField" and owner.startswith("django.db.models"))


def _app(path: str, meta: dict[str, Value | None]) -> str:
    declared = text(meta.get("app_label"))
    if declared:
        return declared
    folder = dirname(path)
    if basename(folder) == "models":
        folder = dirname(folder)
    return basename(folder)


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Boolean) and value.value


def _model(definition: Definition, fields: list[Field], meta_fields: list[Field], file: File) -> Iterator[Fact]:
    meta = {field.name: field.value for field in meta_fields}
    is_abstract = _is_true(meta.get("abstract"))
    is_proxy = _is_true(meta.get("proxy"))
    name = definition.name
    app = _app(file.path, meta)
    if is_proxy or (not is_abstract and not app and not text(meta.get("db_table"))):
        return
    table = f"class:{name}" if is_abstract else (text(meta.get("db_table")) or f"{app}_{name.rpartition('.')[2].lower()}").strip('"')
    managed = meta.get("managed")
    if not is_abstract:
        yield Table(definition.name_span, table, "model", name, "django", not (isinstance(managed, Boolean) and not managed.value))
    columns: dict[str, str] = {}  # Attribute -> column.
    for field in fields:
        value = field.value
        if not isinstance(value, Invocation):
            continue
        if value.callee.rpartition(".")[2] in _RELATIONS:
            yield from _relation(field, value, name)
        if _is_column(field):
            columns[field.name] = _column_name(field.name, value)
            yield from _column(field, value, table, columns[field.name], app)
    if not is_abstract:
        yield from _of_meta(meta, table, columns)


def _named(value: Invocation) -> dict[str, Value]:
    return {item.name: item.value for item in value.arguments if item.name}


def _column_name(attribute: str, value: Invocation) -> str:
    given = text(_named(value).get("db_column"))
    return given or (f"{attribute}_id" if value.callee.rpartition(".")[2] in _KEYS else attribute)


def _column(field: Field, value: Invocation, table: str, column: str, app: str) -> Iterator[Fact]:
    named = _named(value)
    last = value.callee.rpartition(".")[2]
    span = Span(field.span.start, field.span.start + len(field.name.encode()), field.span.chunk)
    is_key = last in _KEYS
    indexed = named.get("db_index")
    has_index = (is_key and not (isinstance(indexed, Boolean) and not indexed.value)) or _is_true(indexed) or last == "SlugField"
    fix = () if has_index or {"unique", "primary_key"} & set(named) or last == "OneToOneField" else _index(value, indexed)
    yield Column(
        span,
        table,
        column,
        "model",
        last.lower(),
        _is_true(named.get("null")),
        "default" in named or "db_default" in named,
        _is_true(named.get("primary_key")),
        _is_true(named.get("unique")) or last == "OneToOneField",
        has_index,
        field.name,
        fix,
    )
    if is_key and not _is_false(named.get("db_constraint")) and not table.startswith("class:"):
        target = _target(value)
        if target:
            yield ForeignKey(span, table, (column,), f"class:{target}", "model")


def _index(value: Invocation, indexed: Value | None) -> tuple[Replacement, ...]:
    """Return what makes a field `db_index=True`."""
    if indexed is not None:
        return (Replacement(indexed.span, "True"),)
    if value.arguments:
        return (Replacement(value.arguments[-1].span.after, ", db_index=True"),)
    return (Replacement(Span(value.span.end - 1, value.span.end - 1, value.span.chunk), "db_index=True"),)


def _is_false(value: Value | None) -> bool:
    return isinstance(value, Boolean) and not value.value


def _target(value: Invocation) -> str:
    """Return the class of `ForeignKey(Customer)`, `ForeignKey("shop.Customer")` or `to="Customer"`."""
    given = next((item.value for item in value.arguments if not item.name), None) or _named(value).get("to")
    if isinstance(given, String):
        return given.value.rpartition(".")[2]
    return given.name if isinstance(given, Name) and given.name.rpartition(".")[2][:1].isupper() else ""


def _relation(field: Field, value: Invocation, owner: str) -> Iterator[Fact]:
    """Report the relation, and the one back where it has a name."""
    target = _target(value)
    span = Span(field.span.start, field.span.start + len(field.name.encode()), field.span.chunk)
    target = owner if target == "self" else target
    is_many = "Many" in value.callee.rpartition(".")[2] or value.callee.endswith("GenericRelation")
    yield Relation(span, owner, field.name, target, is_many, False, "django")
    named = _named(value)
    is_one = value.callee.endswith("OneToOneField")
    back = text(named.get("related_name")) if "related_name" in named else f"{owner.lower()}{'' if is_one else '_set'}"
    if target and back and back.isidentifier() and not back.endswith("+"):
        yield Relation(span, target, back, owner, not is_one, False, "django")


def _of_meta(meta: dict[str, Value | None], table: str, columns: dict[str, str]) -> Iterator[Fact]:
    """Report `indexes`, `constraints`, `unique_together` and `index_together`."""
    for key in ("indexes", "constraints"):
        declared = meta.get(key)
        for value in walk(declared) if declared is not None else ():
            if not isinstance(value, Invocation):
                continue
            named = _named(value)
            listed = named.get("fields")
            last = value.callee.rpartition(".")[2]
            if not isinstance(listed, Sequence) or not (last.endswith("Index") or last == "UniqueConstraint"):
                continue
            names = tuple(columns.get(name.lstrip("-"), name.lstrip("-")) for item in listed.items if (name := text(item)))
            is_unique = last == "UniqueConstraint"
            yield Index(value.span, table, names, "model", text(named.get("name")) or "", is_unique, "condition" in named)
    for key in ("unique_together", "index_together"):
        listed = meta.get(key)
        if not isinstance(listed, Sequence):
            continue
        groups = listed.items if any(isinstance(item, Sequence) for item in listed.items) else (listed,)
        for group in groups:
            if isinstance(group, Sequence):
                names = tuple(columns.get(name, name) for item in group.items if (name := text(item)))
                yield Index(group.span, table, names, "model", "", key == "unique_together")
