"""What handlers take from a request, and whether anything bounds a page size on its way to a query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from architrave.facts.api import PAGE_NAMES, PageFlow, PageSize, RequestParameter
from architrave.facts.code import Call, Comparison, Definition, Field
from architrave.facts.values import Argument, Invocation, Name, Number, Replacement, Sequence, String, Value, walk
from architrave.framework import File
from architrave.regexes import regex
from architrave.rust.values import head, inner, struct_fields

_SOURCES: dict[str, Literal["path", "query", "header", "cookie", "body", "form"]] = {
    "Path": "path",
    "Query": "query",
    "Json": "body",
    "Form": "form",
    "TypedHeader": "header",
    "CookieJar": "cookie",
}
_IDENTITY = regex(r"(?:Auth|User|Claims|Principal|Identity|Jwt|Credential|Admin|ApiKey|Bearer)", re.ASCII)
_KNOWN = frozenset(
    """State Path Query Json Form Extension HeaderMap Bytes String Request HttpRequest Data Multipart WebSocketUpgrade ConnectInfo Method
    Uri OriginalUri MatchedPath Host RawQuery Payload ReqData CookieJar""".split()  # noqa: SIM905
)
_CLAMPS = regex(r"(?:^|\.)(?:min|clamp)(?:\(\)|$|\.)")
_PAGE = regex(r"limit|size|per_?page|count|take|top|first|page_?len", re.IGNORECASE)
_DEPTH = 5


def parameters(definition: Definition, path: str, file: File) -> Iterator[RequestParameter]:
    """Yield what a handler takes from its request; the fields of a `Query<Page>` whose struct stands in the same file."""
    in_path = re.findall(r"\{(\w+)\*?\}", path)
    seen = set()
    for parameter in definition.parameters:
        kind = head(parameter.type)
        source = _SOURCES.get(kind)
        if source is None:
            continue
        of = inner(parameter.type)
        members = struct_fields(of, file)
        if source == "path" and in_path and not members:
            for name in in_path:
                seen.add(name)
                yield RequestParameter(parameter.span, name, "path", of, True)
        elif members and source in ("path", "query"):
            for member in members:
                seen.add(member.name)
                is_optional = head(member.type) == "Option" or any(
                    item.name == "serde" and _is_defaulted(item.arguments) for item in member.decorators
                )
                yield RequestParameter(member.span, member.name, source, member.type, not is_optional, _is_validated(member))
        else:
            yield RequestParameter(parameter.span, parameter.name, source, of, head(of) != "Option")
    for name in in_path:
        if name not in seen and not any(_SOURCES.get(head(item.type)) == "path" for item in definition.parameters):
            yield RequestParameter(definition.name_span, name, "path", "", True)


def _is_defaulted(arguments: tuple[Argument, ...]) -> bool:
    return any(item.name == "default" or (isinstance(item.value, Name) and item.value.written == "default") for item in arguments)


def guards(definition: Definition) -> Iterator[str]:
    """Yield the extractors that know who asks: `user: AuthUser`, `claims: Claims`."""
    for parameter in definition.parameters:
        name = head(parameter.type)
        of = inner(parameter.type).rpartition(".")[2] if name in ("Extension", "ReqData") else name
        if of and of not in _KNOWN and _IDENTITY.search(of):
            yield parameter.type.partition("<")[0] if of == name else inner(parameter.type)


def page_sizes(call: Call, file: File) -> Iterator[PageSize]:
    """Yield the page sizes that a call takes: `.limit(page.limit)`, `.bind(limit)` where the SQL says LIMIT."""
    definition = file.definition(call.function)
    if definition is None:
        return
    for argument in _taken(call, file):
        found = _source(argument.value, definition, file)
        if found is None:
            continue
        name, field, is_bounded = found
        value = argument.value
        may_wrap = isinstance(value, Name | Sequence) and value.span == argument.span
        yield PageSize(
            argument.span,
            name,
            call.function,
            is_bounded or (field is not None and _is_validated(field)) or _is_compared(value, call.function, file),
            None,
            (Replacement(argument.span, "{}.min(100)", copied=argument.span),) if may_wrap else (),
        )


def page_flows(call: Call, file: File) -> Iterator[PageFlow]:
    """Yield how a page size is handed on: `service.list(page.limit)`, and `.bind(limit)` of a parameter where the SQL says LIMIT."""
    definition = file.definition(call.function)
    if definition is None:
        return
    if any(head(parameter.type) == "Query" for parameter in definition.parameters):
        taken = {argument.span for argument in _taken(call, file)}
        for position, argument in enumerate(call.arguments):
            found = _source(argument.value, definition, file) if argument.span not in taken else None
            if found is not None and found[1] is not None:
                is_bounded = found[2] or _is_validated(found[1]) or _is_compared(argument.value, call.function, file)
                yield PageFlow(call.span, call.function, found[1].name, call.callee, position, "", False, is_bounded)
        return
    names = {parameter.name for parameter in definition.parameters} & PAGE_NAMES
    for argument in _taken(call, file) if names else ():
        if isinstance(argument.value, Name) and argument.value.written in names:
            name = argument.value.written
            yield PageFlow(call.span, call.function, name, call.callee, None, "", True, file.is_bounded(name, call.function))


def _taken(call: Call, file: File) -> Iterator[Argument]:
    """Yield the arguments that say how many rows are read."""
    method = call.callee.rpartition(".")[2]
    if method in ("limit", "take", "page_size") and len(call.arguments) == 1:
        if method != "take" or "find" in call.callee or "select" in call.callee:
            yield call.arguments[0]
    elif method == "paginate" and len(call.arguments) == 2:  # sea-orm
        yield call.arguments[1]
    elif method == "bind" and len(call.arguments) == 1:
        chain = file.chain(call)
        sql = next((item.value.value for item in chain[0].arguments[:2] if isinstance(item.value, String)), "") if chain else ""
        position = 1 + sum(1 for link in chain if link.callee.rpartition(".")[2] == "bind")
        if position in limit_positions(sql):
            yield call.arguments[0]
    elif method.startswith("query") and method.endswith("!"):
        at = next((index for index, item in enumerate(call.arguments[:2]) if isinstance(item.value, String)), None)
        if at is not None:
            literal = call.arguments[at].value
            for position in limit_positions(literal.value if isinstance(literal, String) else ""):
                if at + position < len(call.arguments):
                    yield call.arguments[at + position]


def limit_positions(sql: str) -> list[int]:
    """Return which of the bound values of a statement are limits, counted from 1."""
    found = [int(match[1]) for match in re.finditer(r"(?i)\blimit\s+\$(\d+)", sql)]
    for match in re.finditer(r"(?i)\blimit\s+\?", sql):
        found.append(sql.count("?", 0, match.end()))
    return found


def _source(value: Value, definition: Definition, file: File) -> tuple[str, Field | None, bool] | None:
    """Return the name of the page size in a value, the field that it comes from, and whether it met a greatest value on its way."""
    is_bounded = False
    name = ""
    for _ in range(_DEPTH):
        if isinstance(value, Invocation):
            is_bounded = is_bounded or _CLAMPS.search(value.callee) is not None
            found = _of_request(value.callee, definition, file)
            if found is not None:
                return name or found[0], found[1], is_bounded
            if not value.arguments:
                return None
            if value.callee.rpartition(".")[2] in ("min", "clamp") and any(isinstance(item.value, Number) for item in value.arguments):
                is_bounded = True
            value = value.arguments[0].value
        elif isinstance(value, Sequence) and value.items:
            value = value.items[0]
        elif isinstance(value, Name):
            found = _of_request(value.name, definition, file)
            if found is not None:
                return name or value.written, found[1], is_bounded or _CLAMPS.search(value.name) is not None
            taken = _destructured(value.written, definition, file)
            if taken is not None:
                return name or value.written, taken, is_bounded
            given = file.assignments(value.written, definition.name)
            if not given:
                return None
            name = name or value.written
            is_bounded = is_bounded or any(_mentions_clamp(item.value) for item in given)
            value = given[0].value
        else:
            return None
    return None


def _mentions_clamp(value: Value) -> bool:
    return any(isinstance(part, Invocation) and _CLAMPS.search(part.callee) for part in walk(value))


def _of_request(name: str, definition: Definition, file: File) -> tuple[str, Field | None] | None:
    """Whether a resolved name is a field of what `Query<Page>` or `Json<Page>` brings: `Page().limit`."""
    for parameter in definition.parameters:
        if head(parameter.type) not in ("Query", "Json", "Form", "Path"):
            continue
        of = inner(parameter.type)
        prefix = f"{of}()."
        if of and name.startswith(prefix):
            attribute = name[len(prefix) :].partition(".")[0]
            member = next((item for item in struct_fields(of, file) if item.name == attribute), None)
            return (attribute, member) if member is not None and _PAGE.search(attribute) else None  # Elsewhere it may be validated.
        if (of in ("i64", "u64", "u32", "i32", "usize") and name == parameter.name) and _PAGE.search(name):
            return name, None
    return None


def _destructured(written: str, definition: Definition, file: File) -> Field | None:
    """Return the field that `Query(Page { limit, .. }): Query<Page>` binds to a name."""
    if not _PAGE.search(written) or file.assignments(written, definition.name):
        return None
    for parameter in definition.parameters:
        if head(parameter.type) == "Query":
            return next((item for item in struct_fields(inner(parameter.type), file) if item.name == written), None)
    return None


def _is_compared(value: Value, function: str, file: File) -> bool:
    """Whether the function compares what it was given with something greater than one."""
    written = {part.written for part in walk(value) if isinstance(part, Name)}
    for comparison in file.all(Comparison):
        if comparison.function != function:
            continue
        sides = (comparison.left, comparison.right)
        if any(isinstance(part, Name) and part.written in written for side in sides for part in walk(side)) and not any(
            isinstance(side, Number) and side.value <= 1 for side in sides
        ):
            return True
    return False


def _is_validated(member: Field) -> bool:
    """`#[validate(range(max = 100))]`, `#[garde(range(max = 100))]`; a type of its own may check anything."""
    bare = inner(member.type) if head(member.type) == "Option" else member.type
    if bare and bare not in ("i64", "u64", "u32", "i32", "usize", "u16", "i16", "u128", "isize", "String"):
        return True
    for decorator in member.decorators:
        for argument in decorator.arguments:
            for part in walk(argument.value):
                if isinstance(part, Invocation) and any(item.name in ("max", "exclusive_max") for item in part.arguments):
                    return True
    return any(item.name in ("deserialize_with", "with") for decorator in member.decorators for item in decorator.arguments)


__all__ = ["guards", "limit_positions", "page_flows", "page_sizes", "parameters"]
