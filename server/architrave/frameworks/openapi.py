"""OpenAPI 3 and Swagger 2 descriptions, in YAML and JSON.

A path that is kept in another file (`$ref`) is an operation of any method, `*`; the files that hold such paths have them as operations
too, and the model puts both together (`model.descriptions`). A description is taken for generated where a generator
says so, or by the place that swaggo writes it to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from architrave import additions
from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.api import ApiDocument, ApiNumber, ApiOperation, ApiProperty, ApiSchema
from architrave.facts.code import Document
from architrave.facts.values import Entry, Mapping, Replacement, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.text import Span
from architrave.urls import split

framework = Framework("openapi", languages=("yaml", "json"))

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_VARIABLE = regex(r"\{(\w+)\}")
_DEPTH = 4  # References to references.
_GENERATED_PLACE = regex(r"(^|/)docs/(\w+_)?swagger\.(ya?ml|json)$|(^|/)(target|build|dist|generated)/")


@framework.every(Document)
def description(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not isinstance(root, Mapping):
        return
    sign = root.entry("openapi") or root.entry("swagger")
    paths = root.entry("paths")
    if sign is None or paths is None or not re.match(r"[23]", scalar(sign.value) or ""):
        yield from _fragments(root, file)
        return
    title = root.get("info", "title")
    yield ApiDocument(
        title.span if title is not None else sign.span,
        text(title) or "",
        scalar(root.get("info", "version")) or "",
        tuple(dict.fromkeys(_bases(root))),
        _is_generated(root, file.path),
        tuple(_next_major(root.get("info", "version"))),
    )
    is_secured = _secured(root.get("security"))
    has_commas = file.language == "json"
    if isinstance(paths.value, Mapping):
        reference = text(paths.value.get("$ref"))
        if reference is not None:  # All paths are kept in another file.
            yield ApiOperation(paths.span, "*", "", path_span=paths.span, ref=reference)
        for path in paths.value.entries:
            item = _local(path.value, root)
            if path.key.startswith("/") and item is not None:
                shared = root.get("components", "parameters") or root.get("parameters")
                yield from _operations(path, item, _whole(path, paths.value, has_commas), is_secured, has_commas, root)
                yield from _numbers(path.key, item, shared, has_commas)
    yield from _properties(root.get("components", "schemas") or root.get("definitions"), has_commas)


def _local(value: Value, root: Mapping) -> Mapping | None:
    """Return a path item, also one that `#/components/pathItems/Order` leads to."""
    for _ in range(_DEPTH):
        reference = text(value.get("$ref")) if isinstance(value, Mapping) else None
        if reference is None or not reference.startswith("#/"):
            break
        found = root.get(*(_key(part) for part in reference[2:].split("/")))
        if found is None:
            break
        value = found
    return value if isinstance(value, Mapping) else None


def _key(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _fragments(root: Mapping, file: File) -> Iterator[Fact]:
    """The path items of a file that is no description: one of them, or several under their paths or names."""
    has_commas = file.language == "json"
    if _is_item(root):
        for fact in _operations(Entry(root.span, "", root), root, root.span, None, has_commas):
            yield fact
    for entry in root.entries:
        item = entry.value
        if isinstance(item, Mapping) and (_is_item(item) or (entry.key.startswith("/") and item.entry("$ref") is not None)):
            pointer = "/" + entry.key.replace("~", "~0").replace("/", "~1")
            path = Entry(entry.span, entry.key if entry.key.startswith("/") else "", item)
            for fact in _operations(path, item, _whole(entry, root, has_commas), None, has_commas):
                yield replace(fact, pointer=pointer)


def _is_item(value: Mapping) -> bool:
    """Whether a mapping is a path item: methods with answers."""
    return any(
        entry.key in _METHODS and isinstance(entry.value, Mapping) and entry.value.entry("responses") is not None for entry in value.entries
    )


def _numbers(path: str, item: Mapping, shared: Value | None, has_commas: bool) -> Iterator[Fact]:
    for entry in item.entries:
        if entry.key.lower() in _METHODS and isinstance(entry.value, Mapping):
            listed = [item.get("parameters"), entry.value.get("parameters")]
            for parameter in (found for value in listed for found in _listed(value, shared)):
                if text(parameter.get("in")) != "query":
                    continue
                schema = parameter.get("schema") or parameter  # The latter in Swagger 2.
                if isinstance(schema, Mapping) and text(schema.get("type")) in ("integer", "number"):
                    has_maximum = schema.entry("maximum") is not None or schema.entry("exclusiveMaximum") is not None
                    name, fix = text(parameter.get("name")) or "", () if has_maximum else (_bounded(schema, has_commas),)
                    yield ApiNumber(schema.span, entry.key.upper(), path, name, has_maximum, fix)


def _listed(parameters: Value | None, shared: Value | None) -> Iterator[Mapping]:
    """Yield the parameters of a list, also those that `#/components/parameters/Limit` leads to."""
    for parameter in parameters.items if isinstance(parameters, Sequence) else ():
        reference = text(parameter.get("$ref")) if isinstance(parameter, Mapping) else None
        if reference is not None and isinstance(shared, Mapping):
            parameter = shared.get(reference.rpartition("/")[2]) or parameter
        if isinstance(parameter, Mapping):
            yield parameter


def _required(item: Mapping, operation: Value, shared: Value | None) -> Iterator[str]:
    """Yield what a request must have beside its path."""
    given = operation if isinstance(operation, Mapping) else Mapping(item.span, ())
    found: dict[str, bool] = {}
    for parameters in (item.get("parameters"), given.get("parameters")):
        for parameter in _listed(parameters, shared):
            kind = text(parameter.get("in"))
            name = "body" if kind == "body" else text(parameter.get("name"))
            if name and kind != "path":
                found[name] = scalar(parameter.get("required")) == "true"  # That of the operation stands instead of that of the path.
    found["body"] = found.get("body", False) or scalar(given.get("requestBody", "required")) == "true"
    yield from (name for name, is_required in found.items() if is_required)


def _next_major(version: Value | None) -> Iterator[Replacement]:
    written = text(version)
    if version is not None and written is not None and re.fullmatch(r"\d+(\.\d+)+", written):
        first, *others = written.split(".")
        quotes = version.span.end - version.span.start - len(written)
        inside = Span(version.span.start + quotes // 2, version.span.end - quotes // 2, version.span.chunk)
        yield Replacement(inside, ".".join([str(int(first) + 1), *("0" for _ in others)]))


def _bounded(schema: Mapping, has_commas: bool) -> Replacement:
    last = schema.entries[-1]
    if has_commas:
        return additions.entry(schema, '"maximum": 100')
    if schema.span.end > last.value.span.end:  # {type: integer}
        return Replacement(last.value.span.after, ", maximum: 100")
    return Replacement(last.span, "maximum: 100", "after")


def _properties(schemas: Value | None, has_commas: bool) -> Iterator[Fact]:
    for schema in schemas.entries if isinstance(schemas, Mapping) else ():
        properties = schema.value.get("properties") if isinstance(schema.value, Mapping) else None
        if not isinstance(schema.value, Mapping) or not isinstance(properties, Mapping) or not properties.entries:
            continue
        required = schema.value.get("required")
        named = tuple(known for item in required.items if (known := text(item))) if isinstance(required, Sequence) else ()
        for entry in properties.entries:
            may_go = entry.key not in named and len(properties.entries) > 1 and (has_commas or _is_block(properties))
            fix = (Replacement(_whole(entry, properties, has_commas), "", "" if has_commas else "whole"),) if may_go else ()
            kind, values, ref = _kind(entry.value)
            yield ApiProperty(entry.span, schema.key, entry.key, fix, kind, values, ref, entry.key in named)
        if not any(schema.value.entry(key) for key in ("allOf", "oneOf", "anyOf", "additionalProperties", "discriminator", "not")):
            listed = tuple(entry.key for entry in properties.entries)
            yield ApiSchema(schema.span, schema.key, listed, named, tuple(_addition(properties, has_commas)))


def _kind(value: Value) -> tuple[str, tuple[str, ...], str]:
    """Return the type of a property, what it may be where that is listed, and the schema that it refers to."""
    if not isinstance(value, Mapping):
        return "", (), ""
    listed, items = value.get("enum"), value.get("items")
    values = tuple(known for item in listed.items if (known := scalar(item))) if isinstance(listed, Sequence) else ()
    reference = text(value.get("$ref")) or (text(items.get("$ref")) if isinstance(items, Mapping) else None) or ""
    return text(value.get("type")) or "", values, reference.rpartition("/")[2] if reference.startswith("#/") else ""


def _is_block(mapping: Mapping) -> bool:
    """Whether a mapping of YAML has its keys on lines of their own."""
    return mapping.span.start == mapping.entries[0].span.start


def _addition(properties: Mapping, has_commas: bool) -> Iterator[Replacement]:
    if has_commas:
        yield additions.entry(properties, '"{name}": { "type": "{type}" }')
    elif _is_block(properties):
        yield Replacement(properties.entries[0].span, "{name}: { type: {type} }", "before")


def _answered(responses: Value | None) -> str:
    """Return the schema of the first answer of success, or of its items."""
    for entry in responses.entries if isinstance(responses, Mapping) else ():
        if entry.key.startswith("2") and isinstance(entry.value, Mapping):
            return _referred(entry.value)
    return ""


def _is_list(responses: Value | None) -> bool:
    """Whether the first answer of success is a list by its own schema."""
    for entry in responses.entries if isinstance(responses, Mapping) else ():
        if entry.key.startswith("2") and isinstance(entry.value, Mapping):
            schema = _schema(entry.value)
            return isinstance(schema, Mapping) and text(schema.get("type")) == "array" and schema.entry("maxItems") is None
    return False


def _errors(responses: Value | None, root: Mapping | None) -> Iterator[str]:
    """Yield the schemas of answers that say that something went wrong."""
    for entry in responses.entries if isinstance(responses, Mapping) else ():
        item = _local(entry.value, root) if root is not None else entry.value
        if entry.key[:1] in ("4", "5") and isinstance(item, Mapping) and (name := _referred(item)):
            yield name


def _schema(value: Mapping) -> Value | None:
    content = value.get("content")
    kinds = [entry.value for entry in content.entries if "json" in entry.key] if isinstance(content, Mapping) else [value]
    return kinds[0].get("schema") if kinds and isinstance(kinds[0], Mapping) else None


def _referred(value: Mapping) -> str:
    schema = _schema(value)
    if isinstance(schema, Mapping) and isinstance(schema.get("items"), Mapping):
        schema = schema.get("items")
    reference = text(schema.get("$ref")) if isinstance(schema, Mapping) else None
    return reference.rpartition("/")[2] if reference is not None and reference.startswith("#/") else ""


def _taken(operation: Value) -> str:
    """Return the schema of the body of a request, in OpenAPI or Swagger."""
    body = operation.get("requestBody") if isinstance(operation, Mapping) else None
    if isinstance(body, Mapping):
        return _referred(body)
    parameters = operation.get("parameters") if isinstance(operation, Mapping) else None
    for item in parameters.items if isinstance(parameters, Sequence) else ():
        if isinstance(item, Mapping) and text(item.get("in")) == "body":
            return _referred(item)
    return ""


def _whole(entry: Entry, around: Value, has_commas: bool) -> Span:
    """Return what a fix would delete of an entry: in JSON with the comma before it, or after it where it is the first."""
    at = around.entries.index(entry) if isinstance(around, Mapping) and has_commas else -1
    if at > 0 and isinstance(around, Mapping):
        return Span(around.entries[at - 1].value.span.end, entry.value.span.end, entry.span.chunk)
    if at == 0 and isinstance(around, Mapping) and len(around.entries) > 1:
        return Span(entry.span.start, around.entries[1].span.start, entry.span.chunk)
    return entry.span.until(entry.value.span)


def _operations(
    path: Entry, item: Mapping, whole_path: Span, is_secured: bool | None, has_commas: bool, around: Mapping | None = None
) -> Iterator[ApiOperation]:
    shared = around.get("components", "parameters") or around.get("parameters") if around is not None else None
    reference = text(item.get("$ref"))
    if reference is not None:
        yield ApiOperation(path.span, "*", path.key, whole_span=whole_path, path_span=path.span, ref=reference)
    found = [entry for entry in item.entries if entry.key.lower() in _METHODS]
    for entry in found:
        operation = entry.value
        get = operation.get if isinstance(operation, Mapping) else Mapping(entry.span, ()).get
        responses, own = get("responses"), _secured(get("security"))
        whole = whole_path if len(found) == 1 else _whole(entry, item, has_commas)
        yield ApiOperation(
            entry.span,
            entry.key.upper(),
            path.key,
            text(get("operationId")) or "",
            tuple(status.key for status in responses.entries) if isinstance(responses, Mapping) else (),
            (*_parameters(item.get("parameters"), shared), *_parameters(get("parameters"), shared)),
            is_secured if own is None else own,
            whole,
            path.span,
            request=_taken(operation),
            response=_answered(responses),
            required=tuple(_required(item, operation, shared)),
            is_deprecated=scalar(get("deprecated")) == "true",
            is_list=_is_list(responses),
            errors=tuple(dict.fromkeys(_errors(responses, around))),
        )


def _parameters(value: Value | None, shared: Value | None) -> Iterator[str]:
    for item in _listed(value, shared):
        name = text(item.get("name"))
        if name:
            yield name


def _secured(value: Value | None) -> bool | None:
    return any(isinstance(item, Mapping) and item.entries for item in value.items) if isinstance(value, Sequence) else None


def _bases(root: Mapping) -> Iterator[str]:
    servers = root.get("servers")
    for server in servers.items if isinstance(servers, Sequence) else ():
        url = text(server.get("url")) if isinstance(server, Mapping) else None
        if isinstance(server, Mapping) and url is not None:
            for name in _VARIABLE.findall(url):
                default = text(server.get("variables", name, "default"))
                url = url.replace(f"{{{name}}}", default) if default is not None else url
            whole = split(url)
            base = whole.path if whole is not None else url
            if base.startswith("/") and "{" not in base:
                yield base.rstrip("/")
    base_path = text(root.get("basePath"))
    if base_path is not None:
        yield base_path.rstrip("/")


def _is_generated(root: Mapping, path: str) -> bool:
    if _GENERATED_PLACE.search(path) or root.entry("x-generator") is not None:
        return True
    said = " ".join(text(root.get("info", key)) or "" for key in ("description", "x-generator", "x-generated-by"))
    return re.search(r"\b(auto-?)?generated (by|from|with)\b", said, re.IGNORECASE) is not None
