"""Next.js: route handlers (`app/**/route.ts`) and API routes (`pages/api/**`), whose paths are those of their files."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from architrave.facts import Fact
from architrave.facts.api import Reply, RequestParameter, Route, Router
from architrave.facts.code import Assignment, Call, Definition, Import
from architrave.facts.values import Mapping, Number, Replacement
from architrave.framework import File, Framework
from architrave.node.routers import LANGUAGES, parameters_of
from architrave.regexes import regex
from architrave.text import FILE_START, Span

framework = Framework("nextjs", languages=LANGUAGES)

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ROUTE = regex(r"^route\.(ts|js|tsx|jsx|mjs)$")
_API = regex(r"(?:^|/)pages/(api/.+?)\.(?:ts|js|tsx|jsx)$")
_SEGMENT = regex(r"\[+(\.\.\.)?([^\]]+)\]+")


def _segments(folder: str) -> str:
    """Return the path that folders stand for: `api/(admin)/orders/[id]` is `/api/orders/{id}`."""
    kept = [part for part in folder.split("/") if part and not (part.startswith("(") and part.endswith(")")) and not part.startswith("@")]
    return "/" + "/".join(_SEGMENT.sub(lambda match: f"{{{match[2]}{'*' if match[1] else ''}}}", part) for part in kept)


@framework.file
def handlers(file: File) -> Iterator[Fact]:
    if _ROUTE.match(basename(file.path)):
        _, found, below = f"/{dirname(file.path)}/".partition("/app/")[0:3]
        if not found:
            return
        path = _segments(below)
        spans = {item.name: item.name_span for item in file.all(Definition) if item.name in _METHODS}
        for assignment in file.all(Assignment):
            if assignment.target in _METHODS and not assignment.function:
                spans.setdefault(assignment.target, assignment.span)
        for item in file.all(Import):
            if item.is_reexport and item.alias in _METHODS:
                spans.setdefault(item.alias, item.span)
        yield from _served(file, path, [(method, method, span) for method, span in spans.items()])
        return
    match = _API.search(file.path)
    if match is not None and not match[1].rpartition("/")[2].startswith("_"):
        handler = next((item for item in file.all(Import) if item.is_reexport and item.alias == "default"), None)
        definition = file.definition(handler.name if handler is not None else "default")
        if handler is None and definition is None:
            return
        path = _segments(match[1].removesuffix("/index"))
        span = definition.name_span if definition is not None else handler.span if handler is not None else FILE_START
        yield from _served(file, path, [("*", definition.name if definition is not None else "default", span)])


def _served(file: File, path: str, found: list[tuple[str, str, Span]]) -> Iterator[Fact]:
    if found:
        yield Router(found[0][2], "next", "application", "", (), "nextjs")
    for method, handler, span in found:
        parameters: tuple[RequestParameter, ...] = parameters_of(handler, path, file)
        yield Route(span, method, path, handler, "next", None, (), parameters, framework="nextjs")


@framework.call("next/server.NextResponse.json", "Response.json", "NextResponse.json")
def reply(call: Call, file: File) -> Iterator[Fact]:
    if not call.arguments or not call.function:
        return
    body = call.arguments[0].value
    options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
    keys = tuple(entry.key for entry in body.entries) if isinstance(body, Mapping) else ()
    span = call.span.until(call.name_span)
    if isinstance(options, Mapping) and options.get("status") is not None:
        status = options.get("status")
        number = int(status.value) if isinstance(status, Number) else None
        yield Reply(span, call.function, number, keys, call.in_error_branch, True)
    elif options is None:
        fix = Replacement(call.arguments[0].span.after, ", { status: 500 }")
        yield Reply(span, call.function, 200, keys, call.in_error_branch, False, (fix,))
