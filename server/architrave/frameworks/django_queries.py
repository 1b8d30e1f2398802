"""Queries through Django's ORM: `Order.objects.filter(…)`, and relations read row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.code import Block, Call
from architrave.facts.data import Query, Relation, RelationAccess
from architrave.facts.values import Invocation, Name, Null, Replacement, String, text, walk
from architrave.framework import File, Framework
from architrave.python.queries import is_over_rows, loop_of, loops_over, relation_reads, result_of
from architrave.text import Span

framework = Framework("django-queries", languages=("python",))

Kind = Literal["select", "insert", "update", "delete", "other"]

_WRITES: dict[str, Kind] = {
    "create": "insert",
    "acreate": "insert",
    "bulk_create": "insert",
    "abulk_create": "insert",
    "get_or_create": "insert",
    "aget_or_create": "insert",
    "update_or_create": "insert",
    "aupdate_or_create": "insert",
    "update": "update",
    "aupdate": "update",
    "bulk_update": "update",
    "delete": "delete",
    "adelete": "delete",
}
_ONE = frozenset({"get", "first", "last", "earliest", "latest", "count", "exists", "aggregate", "contains", "in_bulk"})
_ONE |= {f"a{name}" for name in _ONE}
_BUILDING = frozenset(
    """all filter exclude order_by annotate values values_list distinct select_related prefetch_related only defer using reverse
    union select_for_update none extra alias dates datetimes iterator __getitem__ raw aiterator complex_filter""".split()  # noqa: SIM905
)
_FILTERS = frozenset({"filter", "exclude", "get", "aget", "get_or_create", "update_or_create"})
_SEARCHES = frozenset({"", "exact", "in", "gt", "gte", "lt", "lte", "range"})
_LOOKUPS = frozenset(
    """exact iexact contains icontains in gt gte lt lte startswith istartswith endswith iendswith range date year month day isnull regex
    iregex hour minute second week overlap has_key pk""".split()  # noqa: SIM905
)


_MANAGER_WRITES = frozenset(
    {"add", "set", "create", "remove", "clear", "get_or_create", "update_or_create", "bulk_create", "update", "delete"}
)
_NEW_QUERIES = frozenset(
    {"filter", "exclude", "get", "first", "last", "order_by", "values", "values_list", "annotate", "aggregate", "latest"}
)


@framework.chunk(Call)
def queries(found: list[Call], file: File) -> Iterator[Fact]:
    chains: dict[int, list[Call]] = {}
    for call in found:
        if ".objects." in f".{call.written}." or _manager(call):
            chains.setdefault(call.span.start, []).append(call)
    for calls in chains.values():
        calls.sort(key=lambda call: call.span.end)
        root = calls[0]
        model = _model(root)
        if model:
            yield from _reported(model, root, _grown(calls, file), file)


def _manager(call: Call) -> bool:
    return call.written.partition(".")[2].startswith(("all_objects.", "_default_manager."))


def _model(root: Call) -> str:
    head = root.callee.partition(".objects.")[0].partition(".all_objects.")[0].partition("._default_manager.")[0]
    last = head.rpartition(".")[2]
    return head if last[:1].isupper() and "(" not in last else ""


def _grown(calls: list[Call], file: File) -> list[Call]:
    """Return the calls of a query set, with those that are made on the variable that keeps it."""
    variable = result_of(calls[-1], file)
    if not variable or calls[-1].callee.rpartition(".")[2] not in _BUILDING:
        return calls
    more = [
        call
        for call in file.calls_in(calls[0].function)
        if call.written.startswith(f"{variable}.") and call.span.chunk == calls[0].span.chunk and call.span.start > calls[0].span.start
    ]
    return [*calls, *(call for call in more if call.callee.rpartition(".")[2] in _BUILDING or call.callee.rpartition(".")[2] in _ONE)]


def _reported(model: str, root: Call, calls: list[Call], file: File) -> Iterator[Fact]:
    last = next(call for call in reversed(calls) if call.span.start == root.span.start)
    methods = [call.callee.rpartition(".")[2] for call in calls]
    own = last.callee.rpartition(".")[2]
    if own == "none":  # It asks the database for nothing.
        return
    if own not in _WRITES and own not in _ONE and own not in _BUILDING:
        return
    kind = _WRITES.get(own, "select")
    result = result_of(last, file)
    sources = [call for call in calls if result_of(call, file) or call.span.start == root.span.start]
    loops = list({block.span: (block, row) for call in sources for block, row in loops_over(call, result_of(call, file), file)}.values())
    is_run = own in _ONE or own in _WRITES or bool(loops) or own == "__getitem__"
    values = [argument.value for call in calls for argument in call.arguments if not argument.name.endswith("__in")]
    loop, keyed_by = loop_of(last, file, values) if is_run and "select_for_update" not in methods else (None, "")
    filters = tuple(dict.fromkeys(_filters(calls)))
    if loop is not None and set(filters) <= {"id", "pk"} and _rows_of(loop, file) == model:
        loop, keyed_by = None, ""  # A row is read again, to see what has become of it.
    eager = tuple(dict.fromkeys(_eager(calls)))
    yield Query(
        last.span,
        last.function,
        kind,
        "django",
        model=model,
        columns=tuple(_columns(calls)) or ("*",),
        written=tuple(argument.name for argument in last.arguments if argument.name) if kind in ("insert", "update") else (),
        filters=filters,
        sorts=tuple(name.lstrip("-") for call in calls if call.callee.endswith(".order_by") for name in _texts(call)),
        has_limit="__getitem__" in methods or any(method in _ONE for method in methods),
        is_many=not any(method in _ONE for method in methods),
        loop=loop,
        keyed_by=keyed_by,
        result=result,
        eager=eager,
        is_awaited=last.is_awaited,
        is_over_rows=loop is None or is_over_rows(loop, file),
        searched=tuple(dict.fromkeys(_searched(calls))),
    )
    if kind != "select" or any(method in ("values", "values_list", "aggregate", "count", "exists") for method in methods):
        return
    relations = {item.name: item for item in file.all(Relation) if item.model == model}
    seen: set[Span] = set()
    for block, row in loops:
        for access, relation in relation_reads(block, row, file):
            after = access.name.split(".")[2:3]
            if relation in eager or access.span in seen or (after and after[0] in _MANAGER_WRITES):
                continue
            seen.add(access.span)
            is_new = bool(after) and after[0] in _NEW_QUERIES  # What is loaded with the rows does not answer it.
            yield _access(access.span, relation, row, model, last, "" if is_new else own, relations.get(relation))


def _rows_of(loop: Span, file: File) -> str:
    """Return the model whose rows a loop goes through, "" when it is not known."""
    for block in file.all(Block):
        if block.kind == "loop" and block.span == loop:
            subject = file.constant(block.subject, block.function)
            return subject.callee.partition(".objects.")[0] if isinstance(subject, Invocation) else ""
    return ""


def _access(span: Span, relation: str, row: str, model: str, last: Call, own: str, known: Relation | None) -> RelationAccess:
    """Report the read of a relation; where its kind is not known, `prefetch_related` loads both kinds."""
    method = "select_related" if known is not None and not known.is_many else "prefetch_related"
    is_fixable = own in _BUILDING and own not in ("raw", "iterator", "__getitem__", "values", "values_list")
    return RelationAccess(
        span,
        last.function,
        relation,
        row,
        model,
        last.span,
        (Replacement(last.span.after, f'.{method}("{relation}")'),) if is_fixable else (),
        "django",
    )


def _texts(call: Call) -> Iterator[str]:
    for argument in call.arguments:
        written = text(argument.value)
        if written:
            yield written


def _eager(calls: list[Call]) -> Iterator[str]:
    for call in calls:
        if call.callee.rpartition(".")[2] not in ("select_related", "prefetch_related"):
            continue
        for argument in call.arguments:
            for value in walk(argument.value):
                if isinstance(value, String):
                    yield value.value.partition("__")[0]
                elif isinstance(value, Invocation) and value.arguments and isinstance(value.arguments[0].value, String):
                    yield value.arguments[0].value.value.partition("__")[0]
                elif isinstance(value, Name):
                    yield value.written


def _filters(calls: list[Call]) -> Iterator[str]:
    for call in calls:
        if call.callee.rpartition(".")[2] in _FILTERS:
            for argument in call.arguments:
                if argument.name and argument.name not in ("*", "**", "defaults"):
                    yield argument.name.partition("__")[0]


def _searched(calls: list[Call]) -> Iterator[str]:
    """Yield the fields that are compared as they are; nothing where other conditions may be among them."""
    if any(not item.name or item.name == "**" for call in calls if call.callee.rpartition(".")[2] in _FILTERS for item in call.arguments):
        return
    for call in calls:
        if call.callee.rpartition(".")[2] in _FILTERS and not call.callee.endswith("exclude"):
            for argument in call.arguments:
                name, _, lookup = argument.name.partition("__")
                if name and lookup in _SEARCHES and name not in ("*", "**", "defaults") and not isinstance(argument.value, Null):
                    yield name


def _columns(calls: list[Call]) -> Iterator[str]:
    for call in calls:
        if call.callee.rpartition(".")[2] in ("values", "values_list", "only"):
            yield from (name.partition("__")[0] for name in _texts(call))
