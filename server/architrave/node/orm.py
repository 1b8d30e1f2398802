"""What the ORMs of JavaScript share: the query that a call makes, and relations that are read in loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from architrave import additions
from architrave.facts.code import Access, Block, Call, Field
from architrave.facts.data import Query, RelationAccess
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Null, Replacement, Sequence, String, Value
from architrave.framework import File
from architrave.node.queries import is_over_rows, result_of
from architrave.pasted import loop_of
from architrave.regexes import regex

Kind = Literal["select", "insert", "update", "delete", "other"]


_SEARCHES = frozenset({"equals", "in", "gt", "gte", "lt", "lte"})
_LOOSE = frozenset({"Like", "ILike", "Not", "IsNull", "Raw", "ArrayContains", "ArrayContainedBy", "ArrayOverlap", "JsonContains"})
_GENERIC = regex(r"<\s*([^<>\[\]|,\s]+)")


def held_type(receiver: str, function: str, file: File) -> str:
    """Return X of `Repository<X>` or `Model<X>`, the declared type of a variable, parameter or field."""
    head, _, rest = receiver.partition(".")
    if head == "this" and rest:
        owner = function
        while owner:
            owner = owner.rpartition(".")[0]
            for item in file.all(Field):
                if item.owner == owner and item.name == rest and (match := _GENERIC.search(item.type)):
                    return match[1]
    definition = file.definition(function)
    for parameter in definition.parameters if definition is not None else ():
        if parameter.name == receiver and (match := _GENERIC.search(parameter.type)):
            return match[1]
    for assignment in file.assignments(receiver, function):
        if match := _GENERIC.search(assignment.type):
            return match[1]
    return ""


def keys(value: Value | None) -> tuple[str, ...]:
    """Return the keys of an object, or the texts of an array."""
    if isinstance(value, Mapping):
        return tuple(entry.key for entry in value.entries if entry.key not in ("", "...") and not entry.key.startswith("$"))
    if isinstance(value, Sequence):
        return tuple(item.value for item in value.items if isinstance(item, String))
    return ()


def searched(value: Value | None) -> tuple[str, ...]:
    """Return the keys of a condition that compare a column as it is: `{ email }`, `{ total: { gte: 5 } }`, `{ id: In(ids) }`."""
    entries = value.entries if isinstance(value, Mapping) else ()
    return tuple(entry.key for entry in entries if entry.key in keys(value) and _is_search(entry.value))


def _is_search(value: Value) -> bool:
    if isinstance(value, Mapping):
        return bool(value.entries) and all(entry.key in _SEARCHES for entry in value.entries)
    if isinstance(value, Invocation):
        return value.callee.rpartition(".")[2] not in _LOOSE
    return not isinstance(value, Null | Boolean)


def asked(
    call: Call,
    file: File,
    library: str,
    kind: Kind,
    model: str,
    *,
    filters: Iterable[str] = (),
    written: Iterable[str] = (),
    sorts: Iterable[str] = (),
    columns: Iterable[str] = (),
    has_limit: bool = False,
    is_many: bool = True,
    eager: Iterable[str] = (),
    whole: Call | None = None,
    values: Iterable[Value] | None = None,
    tables: tuple[str, ...] = (),
    searched: Iterable[str] = (),
) -> Query:
    """Return the query of a call. `whole` is the end of its chain; `values` are what it is asked with, when not its arguments."""
    whole = whole or call
    used = list(values) if values is not None else [item.value for item in call.arguments]
    loop, keyed_by = loop_of(whole, file, used)
    return Query(
        call.span.until(call.name_span),
        call.function,
        kind,
        library,
        tables,
        model,
        tuple(columns),
        tuple(written),
        tuple(filters),
        tuple(sorts),
        has_limit,
        is_many,
        loop,
        keyed_by,
        result_of(whole, file),
        eager=tuple(eager),
        is_awaited=whole.is_awaited or call.is_awaited,
        is_over_rows=is_over_rows(loop, whole, file),
        searched=tuple(searched),
    )


def relations_read(file: File, queries: Iterable[Query]) -> Iterator[RelationAccess]:
    """Yield what is read of the rows of a query in a loop over them, one relation deep."""
    by_result = {(query.function, query.result): query for query in queries if query.result and query.is_many}
    if not by_result:
        return
    loops: list[tuple[Block, Query]] = []
    for block in file.all(Block):
        if block.kind == "loop" and isinstance(block.subject, Name) and block.variables:
            found = by_result.get((block.function, block.subject.written))
            if found is not None:
                loops.append((block, found))
    for block, query in loops:
        variable = block.variables[0]
        for access in file.all(Access):
            head, _, rest = access.name.partition(".")
            if head != variable or not rest or not block.span.contains(access.span):
                continue
            relation = rest.partition(".")[0]
            if relation not in query.eager:
                yield RelationAccess(
                    access.span, access.function, relation, variable, query.model, query.span, _eager(query, relation, file), query.library
                )


def _eager(query: Query, relation: str, file: File) -> tuple[Replacement, ...]:
    """Name the relation in the options of `find` of TypeORM: `{ relations: { customer: true } }`."""
    call = next((item for item in file.calls_in(query.function) if item.span.until(item.name_span) == query.span), None)
    if call is None or query.library != "typeorm" or call.callee.rpartition(".")[2] != "find" or len(call.arguments) > 1:
        return ()
    if not call.arguments:
        return (Replacement(call.arguments_span.before, f"{{ relations: {{ {relation}: true }} }}"),)
    options = call.arguments[0].value
    if not isinstance(options, Mapping) or any(entry.key in ("...", "") for entry in options.entries):
        return ()
    known = options.get("relations")
    if known is None:
        return (additions.entry(options, f"relations: {{ {relation}: true }}"),)
    return (additions.entry(known, f"{relation}: true"),) if isinstance(known, Mapping) else ()
