"""OpenAPI 3 and Swagger 2 descriptions, in YAML and JSON.

A path that is kept in another file (`$ref`) is an operation of any method, `*`. A description is taken for generated where a generator
says so, or by the place that swaggo writes it to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.api import ApiDocument, ApiOperation
from architrave.facts.code import Document
from architrave.facts.values import Entry, Mapping, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.text import Span
from architrave.urls import split

framework = Framework("openapi", languages=("yaml", "json"))

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_GENERATED_PLACE = re.compile(r"(^|/)docs/(\w+_)?swagger\.(ya?ml|json)$|(^|/)(target|build|dist|generated)/")


@framework.every(Document)
def description(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not isinstance(root, Mapping):
        return
    sign = root.entry("openapi") or root.entry("swagger")
    paths = root.entry("paths")
    if sign is None or paths is None or not re.match(r"[23]", scalar(sign.value) or ""):
        return
    title = root.get("info", "title")
    yield ApiDocument(
        title.span if title is not None else sign.span,
        text(title) or "",
        scalar(root.get("info", "version")) or "",
        tuple(dict.fromkeys(_bases(root))),
        _is_generated(root, file.path),
    )
    is_secured = _secured(root.get("security"))
    has_commas = file.language == "json"
    for path in paths.value.entries if isinstance(paths.value, Mapping) else ():
        if path.key.startswith("/") and isinstance(path.value, Mapping):
            whole = _whole(path, paths.value, has_commas)
            yield from _operations(path, path.value, whole, is_secured, has_commas)


def _whole(entry: Entry, around: Value, has_commas: bool) -> Span:
    """Return what a fix would delete of an entry: in JSON with the comma before it, or after it where it is the first."""
    at = around.entries.index(entry) if isinstance(around, Mapping) and has_commas else -1
    if at > 0 and isinstance(around, Mapping):
        return Span(around.entries[at - 1].value.span.end, entry.value.span.end, entry.span.chunk)
    if at == 0 and isinstance(around, Mapping) and len(around.entries) > 1:
        return Span(entry.span.start, around.entries[1].span.start, entry.span.chunk)
    return entry.span.until(entry.value.span)


def _operations(path: Entry, item: Mapping, whole_path: Span, is_secured: bool | None, has_commas: bool) -> Iterator[Fact]:
    if item.entry("$ref") is not None:
        yield ApiOperation(path.span, "*", path.key, whole_span=whole_path, path_span=path.span)
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
            (*_parameters(item.get("parameters")), *_parameters(get("parameters"))),
            is_secured if own is None else own,
            whole,
            path.span,
        )


def _parameters(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        name = text(item.get("name")) if isinstance(item, Mapping) else None
        if name:
            yield name


def _secured(value: Value | None) -> bool | None:
    return any(isinstance(item, Mapping) and item.entries for item in value.items) if isinstance(value, Sequence) else None


def _bases(root: Mapping) -> Iterator[str]:
    servers = root.get("servers")
    for server in servers.items if isinstance(servers, Sequence) else ():
        url = text(server.get("url")) if isinstance(server, Mapping) else None
        if url is not None:
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
