"""GORM's models: structs with `gorm` tags, as tables, columns, indexes and relations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call, Definition, Field
from architrave.facts.data import Column, ForeignKey, Index, Relation, Table
from architrave.facts.values import Invocation, Replacement, text
from architrave.framework import File, Framework
from architrave.golang.tables import column_name, table_name
from architrave.text import Span

framework = Framework("gorm-models", languages=("go",))

_BASES = frozenset({"gorm.io/gorm.Model", "github.com/jinzhu/gorm.Model"})
_SCALARS = frozenset(
    {"Time", "UUID", "JSON", "JSONMap", "RawMessage", "Decimal", "DeletedAt", "StringArray", "Int64Array", "Date", "IP", "ULID"}
)
_BUILTIN = frozenset(
    {"string", "bool", "byte", "rune", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "float32"}
    | {"float64", "any", "error"}
)
_MODEL_COLUMNS = (("id", "uint", True, False), ("created_at", "time.Time", False, False), ("updated_at", "time.Time", False, False))


class _Struct:
    """A struct of the file, with the parts of its gorm tags."""

    def __init__(self, definition: Definition, fields: list[Field], table: str) -> None:
        self.definition = definition
        self.fields = fields
        self.table = table
        self.names = {item.name for item in fields}


@framework.file
def models(file: File) -> Iterator[Fact]:
    fields: dict[str, list[Field]] = defaultdict(list)
    for item in file.all(Field):
        fields[item.owner].append(item)
    structs = {definition.name: definition for definition in file.all(Definition) if definition.kind == "struct"}
    for name in _models(structs, fields, file):
        definition, table = structs[name], table_name(name, file)
        if not table:
            continue
        yield Table(definition.span, table, "model", name, "gorm")
        if set(definition.bases) & _BASES:
            yield from _base_columns(definition, table)
        struct = _Struct(definition, [*_inherited(definition, fields, structs), *fields.get(name, ())], table)
        yield from _columns(struct, structs, fields)
        yield from _indexes(struct)


def _models(structs: dict[str, Definition], fields: dict[str, list[Field]], file: File) -> list[str]:
    """The structs of a file that are models, with those that their relations lead to; what only others embed has no table of its own."""
    migrated = _migrated(file)
    embedded = {base for definition in structs.values() for base in definition.bases}
    found = {
        name
        for name, definition in structs.items()
        if _is_model(definition, [*_inherited(definition, fields, structs), *fields.get(name, ())], migrated, file)
        and (name not in embedded or name in migrated or file.definition(f"{name}.TableName") is not None)
    }
    frontier = found
    while frontier:
        targets = {item.type.lstrip("*[]") for name in frontier for item in fields.get(name, ()) if not _is_embedded(item)}
        frontier = {name for name in targets & structs.keys() - embedded - found if any(item.name == "ID" for item in fields[name])}
        found = found | frontier
    return [name for name in structs if name in found]


def _is_embedded(item: Field) -> bool:
    options = _options(item)
    return "embedded" in options or "-" in options or "serializer" in options


def _migrated(file: File) -> set[str]:
    """The structs of this file that it hands to `AutoMigrate`."""
    return {
        argument.value.callee
        for call in file.all(Call)
        if call.callee.endswith(".AutoMigrate")
        for argument in call.arguments
        if isinstance(argument.value, Invocation)
    }


def _is_model(definition: Definition, fields: list[Field], migrated: set[str], file: File) -> bool:
    """A struct with a `gorm` tag that has a primary key, embeds `gorm.Model`, names its table, or is migrated: not any row of a query."""
    if set(definition.bases) & _BASES or definition.name in migrated:
        return True
    if not any(tag.name == "gorm" for item in fields for tag in item.decorators):
        return False
    if file.definition(f"{definition.name}.TableName") is not None:
        return True
    return any(item.name == "ID" or _is_primary(item) for item in fields)


def _options(item: Field) -> dict[str, str]:
    """Return the parts of a `gorm` tag, names in lower case: `{"column": "sku", "primarykey": ""}`."""
    tag = next((tag for tag in item.decorators if tag.name == "gorm"), None)
    written = (text(tag.arguments[0].value) or "") if tag is not None and tag.arguments else ""
    found = {}
    for part in written.split(";"):
        name, _, value = part.partition(":")
        if name.strip():
            found[name.strip().lower().replace("_", "")] = value.strip()
    return found


def _is_primary(item: Field) -> bool:
    return "primarykey" in _options(item)


def _base_columns(definition: Definition, table: str) -> Iterator[Fact]:
    for name, type, is_primary, is_indexed in (*_MODEL_COLUMNS, ("deleted_at", "gorm.DeletedAt", False, True)):
        yield Column(definition.span, table, name, "model", type, not is_primary, False, is_primary, is_primary, is_indexed or is_primary)


def _inherited(definition: Definition, fields: dict[str, list[Field]], structs: dict[str, Definition]) -> Iterator[Field]:
    for base in definition.bases:
        if base in structs:
            yield from (item for item in fields.get(base, ()) if item.name not in structs)


def _columns(struct: _Struct, structs: dict[str, Definition], fields: dict[str, list[Field]]) -> Iterator[Fact]:
    has_primary = any(_is_primary(item) for item in struct.fields)
    for item in struct.fields:
        options = _options(item)
        if "-" in options or item.type in _BASES or not item.name[:1].isupper() or item.name in struct.definition.bases:
            continue
        if _is_relation(item, options, struct, structs):
            yield from _relation(item, options, struct, fields)
            continue
        is_collection = item.type.lstrip("*").startswith(("[]", "map[", "func(", "chan "))
        if "embedded" in options and item.type.lstrip("*") in structs:
            yield from _embedded(item, options.get("embeddedprefix", ""), struct, fields[item.type.lstrip("*")])
        if "embedded" in options or (is_collection and not _is_stored(item, options)):
            continue
        is_primary = "primarykey" in options or (item.name == "ID" and not has_primary)
        is_unique = "unique" in options or ("uniqueindex" in options and "," not in options["uniqueindex"])
        is_indexed = is_primary or is_unique or "index" in options or "uniqueindex" in options
        yield Column(
            item.span, struct.table, options.get("column") or column_name(item.name), "model", options.get("type") or item.type,
            not (is_primary or "not null" in options or "notnull" in options), "default" in options, is_primary, is_unique, is_indexed,
            item.name, () if is_indexed else _index(item),
        )  # fmt: skip


def _embedded(item: Field, prefix: str, struct: _Struct, inner: list[Field]) -> Iterator[Fact]:
    """The columns of `Address Address `gorm:"embedded;embeddedPrefix:address_"``."""
    for field in inner:
        options = _options(field)
        if "-" not in options and field.name[:1].isupper():
            name = prefix + (options.get("column") or column_name(field.name))
            is_indexed = "index" in options or "uniqueindex" in options
            is_nullable = "not null" not in options and "notnull" not in options
            yield Column(
                field.span, struct.table, name, "model", options.get("type") or field.type, is_nullable, "default" in options,
                is_indexed=is_indexed, attribute=f"{item.name}.{field.name}",
            )  # fmt: skip


def _is_stored(item: Field, options: dict[str, str]) -> bool:
    return item.type == "[]byte" or "type" in options or "serializer" in options


def _is_relation(item: Field, options: dict[str, str], struct: _Struct, structs: dict[str, Definition]) -> bool:
    bare = item.type.lstrip("*[]")
    last = bare.rpartition(".")[2]
    if bare in _BUILTIN or last in _SCALARS or last.startswith("Null") or not last[:1].isupper() or _is_stored(item, options):
        return False
    if "embedded" in options:
        return False
    if "foreignkey" in options or "many2many" in options or "references" in options:
        return True
    if item.type.lstrip("*").startswith("[]"):
        return "." not in bare or bare.rpartition(".")[0].count("/") > 0
    return f"{item.name}ID" in struct.names or (bare in structs and f"{bare}ID" in struct.names)


def _relation(item: Field, options: dict[str, str], struct: _Struct, fields: dict[str, list[Field]]) -> Iterator[Fact]:
    target = item.type.lstrip("*[]")
    is_many = item.type.lstrip("*").startswith("[]")
    yield Relation(item.span, struct.definition.name, item.name, target, is_many, False, "gorm")
    keys = [key.strip() for key in options.get("foreignkey", "").split(",") if key.strip()] or [f"{item.name}ID"]
    if not is_many and "many2many" not in options and all(key in struct.names for key in keys):
        own = {each.name: each for each in struct.fields}
        columns = tuple(_options(own[key]).get("column") or column_name(key) for key in keys)
        yield ForeignKey(own[keys[0]].span, struct.table, columns, f"class:{target}", "model")


def _index(item: Field) -> tuple[Replacement, ...]:
    """Return what gives a column an index: `index` in its tag."""
    tags = item.decorators
    gorm = next((tag for tag in tags if tag.name == "gorm"), None)
    if gorm is not None and gorm.arguments:
        quoted = gorm.arguments[0].span
        end = Span(quoted.end - 1, quoted.end - 1, quoted.chunk)
        return (Replacement(end, ";index" if text(gorm.arguments[0].value) else "index"),)
    if tags:
        return (Replacement(tags[0].span.before, 'gorm:"index" '),)
    return (Replacement(item.span.after, ' `gorm:"index"`'),)


def _indexes(struct: _Struct) -> Iterator[Fact]:
    """Yield the indexes of several columns: `index:idx_orders_state,priority:1`."""
    named: dict[tuple[str, bool], list[tuple[int, str, Field]]] = defaultdict(list)
    for item in struct.fields:
        options = _options(item)
        for key in ("index", "uniqueindex"):
            name, *settings = options.get(key, "").split(",")
            if key not in options or not name.strip():
                continue
            priority = next((int(part.partition(":")[2]) for part in settings if part.startswith("priority:") and part[9:].isdigit()), 10)
            is_unique = key == "uniqueindex" or "unique" in settings
            named[name.strip(), is_unique].append((priority, options.get("column") or column_name(item.name), item))
    for (name, is_unique), parts in named.items():
        if len(parts) > 1:
            ordered = tuple(column for _, column, _ in sorted(parts, key=lambda part: part[0]))
            yield Index(parts[0][2].span, struct.table, ordered, "model", name, is_unique)
