"""Queries through SQLAlchemy's ORM: `session.query(Order)`, `select(Order)`, Flask-SQLAlchemy's `Order.query`, `session.get(Order, 1)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from architrave.facts import Fact
from architrave.facts.code import Call, Comparison
from architrave.facts.data import Query, RelationAccess
from architrave.facts.values import Boolean, Invocation, Name, Null, Replacement, String, Value, walk
from architrave.framework import File, Framework
from architrave.python.imports import imported
from architrave.python.queries import is_over_rows, loop_of, loops_over, relation_reads, result_of
from architrave.text import Span

framework = Framework("sqlalchemy-queries", languages=("python",))

Kind = Literal["select", "insert", "update", "delete", "other"]

_STATEMENTS: dict[str, Kind] = {"select": "select", "delete": "delete", "update": "update", "insert": "insert"}
_RUNNERS = frozenset({"execute", "scalars", "scalar", "exec", "stream", "stream_scalars", "scalar_one", "fetch_all", "fetch_one"})
_ONE = frozenset({"first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none", "get", "count", "exists", "first_or_404"})
_ONE |= {"get_or_404", "one_or_404", "get_one", "exec_one"}
_ENDS = _ONE | {"all", "fetchall", "scalars", "paginate", "yield_per", "partitions", "unique", "mappings", "fetchone", "delete", "update"}
_EAGER = frozenset({"joinedload", "selectinload", "subqueryload", "contains_eager", "immediateload", "raiseload", "noload"})


class _Statement(NamedTuple):
    """A statement as it is built: the call that names the model, and the calls that add to it."""

    root: Call
    kind: Kind
    model: str
    calls: tuple[Call, ...]

    @property
    def last(self) -> Call:
        return self.calls[-1]


@framework.chunk(Call)
def queries(found: list[Call], file: File) -> Iterator[Fact]:
    for calls in _chains(found).values():
        for call in calls:
            root = _root(call, file)
            if root is not None:
                kind, model = root
                after = tuple(item for item in calls if item.span.end >= call.span.end and item.span.start == call.span.start)
                statement = _Statement(call, kind, model, _grown(call, after, file))
                yield from _reported(statement, file)
                break


@framework.chunk(Call)
def gets(found: list[Call], file: File) -> Iterator[Fact]:
    for call in found:
        yield from _got(call, file)


def _chains(calls: list[Call]) -> dict[int, list[Call]]:
    """The calls of a chunk by where they start, innermost first."""
    found: dict[int, list[Call]] = {}
    for call in calls:
        found.setdefault(call.span.start, []).append(call)
    for chain in found.values():
        if len(chain) > 1:
            chain.sort(key=lambda call: call.span.end)
    return found


def _root(call: Call, file: File) -> tuple[Kind, str] | None:
    """Return what a call begins to ask, and of which model."""
    owner, _, last = call.callee.rpartition(".")
    if last in _STATEMENTS and owner.startswith(("sqlalchemy", "sqlmodel")) and "()" not in owner:
        model = _first_model(call)
        return (_STATEMENTS[last], model) if model else None
    if last == "query" and owner and not owner.startswith("django"):
        model = _first_model(call)
        return ("select", model) if model and ("session" in call.written.lower() or "sqlalchemy" in owner or "db" in owner) else None
    head, middle, rest = call.written.partition(".query.")
    if middle and "." not in rest and "(" not in head and _is_class(head):
        return "select", call.callee.removesuffix(f".query.{rest}")
    return None


def _first_model(call: Call) -> str:
    """Return the class that a statement is about: `Order` of `select(Order)` and `select(func.count(Order.id))`."""
    for argument in call.arguments:
        for value in walk(argument.value):
            if isinstance(value, Name):
                parts = value.name.split(".")
                for index in range(len(parts) - 1, -1, -1):
                    if _is_class(parts[index]):
                        return ".".join(parts[: index + 1])
    return ""


def _is_class(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()


def _is_whole(call: Call) -> bool:
    """Whether rows are instances of the model, not single columns."""
    if ".query." in call.written:
        return True
    first = call.arguments[0].value if call.arguments else None
    return not call.arguments or (isinstance(first, Name) and _is_class(first.name))


def _grown(root: Call, chain: tuple[Call, ...], file: File) -> tuple[Call, ...]:
    """Return the calls of a statement, with those that are made on the variable that keeps it."""
    found = list(chain)
    variable = result_of(chain[-1], file)
    if not variable or chain[-1].callee.rpartition(".")[2] in _ENDS:
        return tuple(found)
    for call in file.calls_in(root.function):
        if call.written.startswith(variable + ".") and call.span.chunk == root.span.chunk and call.span.start > root.span.start:
            found.append(call)
    return tuple(found)


def _reported(statement: _Statement, file: File) -> Iterator[Fact]:
    run = _runner(statement, file)
    calls = (*statement.calls, *((run,) if run is not None else ()), *(_after(run, file) if run is not None else ()))
    last = _last(statement, run, file)
    methods = [call.callee.rpartition(".")[2] for call in calls]
    kind = statement.kind
    if kind == "select" and methods[-1] in ("delete", "update") and statement.root.callee.rpartition(".")[2] == "query":
        kind = "delete" if methods[-1] == "delete" else "update"
    is_run = run is not None or any(method in _ENDS for method in methods) or _is_looped(statement, last, file)
    values = [argument.value for call in calls for argument in call.arguments]
    is_run = is_run and not _is_batched(values) and "with_for_update" not in methods
    loop, keyed_by = loop_of(last, file, values) if is_run else (None, "")
    if not keyed_by and is_run:
        loop, keyed_by = loop_of(statement.last, file, values)
    eager = tuple(_eager(calls, file))
    limits = [call for call, method in zip(calls, methods, strict=True) if method in ("limit", "fetch", "slice", "paginate", "first")]
    result = result_of(last, file)
    yield Query(
        last.span,
        last.function,
        kind,
        "sqlalchemy",
        model=statement.model,
        columns=("*",) if _is_whole(statement.root) else tuple(_columns(statement.root, statement.model)),
        filters=tuple(_filters(calls, file, statement.model)),
        searched=_searched(calls, file, statement.model),
        sorts=tuple(_sorts(calls)),
        has_limit=bool(limits),
        is_many=not any(method in _ONE for method in methods),
        loop=loop if keyed_by else None,
        keyed_by=keyed_by,
        result=result,
        eager=eager,
        is_awaited=last.is_awaited,
        is_over_rows=loop is None or is_over_rows(loop, file),
    )
    if kind != "select" or not _is_whole(statement.root):
        return
    seen: set[tuple[Span, str]] = set()
    for call in _sources(statement, run, last, file):
        for block, row in loops_over(call, result_of(call, file), file):
            for access, relation in relation_reads(block, row, file):
                if relation in eager or (access.span, relation) in seen:
                    continue
                seen.add((access.span, relation))
                yield _access(access.span, relation, row, statement, last, file)


def _access(span: Span, relation: str, row: str, statement: _Statement, last: Call, file: File) -> RelationAccess:
    written = _written_model(statement)
    imports = imported(file, "sqlalchemy.orm", "selectinload")
    fix: tuple[Replacement, ...] = ()
    if written and imports is not None:
        fix = (Replacement(statement.root.span.after, f".options(selectinload({written}.{relation}))"), *imports)
    return RelationAccess(
        span,
        last.function,
        relation,
        row,
        statement.model,
        last.span,
        fix,
        "sqlalchemy",
    )


def _written_model(statement: _Statement) -> str:
    if ".query." in statement.root.written:
        return statement.root.written.partition(".query.")[0]
    first = statement.root.arguments[0].value if statement.root.arguments else None
    return first.written if isinstance(first, Name) else ""


def _runner(statement: _Statement, file: File) -> Call | None:
    """Return the call that hands a statement of `select(…)` to a session."""
    if statement.root.callee.rpartition(".")[2] not in _STATEMENTS:
        return None
    variable = result_of(statement.calls[-1], file) or result_of(statement.root, file)
    for call in file.calls_in(statement.root.function):
        if call.callee.rpartition(".")[2] not in _RUNNERS:
            continue
        for argument in call.arguments[:1]:
            value = argument.value
            if value.span.chunk == statement.root.span.chunk and value.span.contains(statement.root.span):
                return call
            if isinstance(value, Name) and variable and value.written == variable and call.span.start > statement.root.span.start:
                return call
    return None


def _after(run: Call, file: File) -> list[Call]:
    """Return the calls on what a session gives: `.scalars().all()`, also through a variable."""
    chain = [call for call in file.near(Call, run.span) if call.span.contains(run.span) and call.written.startswith(f"{run.written}().")]
    found = sorted(chain, key=lambda call: call.span.end)
    variable = result_of(found[-1] if found else run, file)
    if variable and not found:
        found = [
            call
            for call in file.calls_in(run.function)
            if call.written.startswith(f"{variable}.") and call.callee.rpartition(".")[2] in _ENDS and call.span.chunk == run.span.chunk
        ]
    return found


def _last(statement: _Statement, run: Call | None, file: File) -> Call:
    if run is None:
        return statement.last
    after = _after(run, file)
    return after[-1] if after else run


def _sources(statement: _Statement, run: Call | None, last: Call, file: File) -> list[Call]:
    """Return the calls whose rows may be looped over."""
    if run is None:
        return list({call.span: call for call in (*statement.calls, last)}.values())
    return list({call.span: call for call in (run, *_after(run, file))}.values())


def _is_looped(statement: _Statement, last: Call, file: File) -> bool:
    return statement.kind == "select" and next(loops_over(last, result_of(last, file), file), None) is not None


def _is_batched(values: Iterable[Value]) -> bool:
    return any(
        isinstance(part, Invocation) and part.callee.rpartition(".")[2] in ("in_", "any_") for value in values for part in walk(value)
    )


def _eager(calls: Iterable[Call], file: File) -> Iterator[str]:
    """Yield the relations that `.options(joinedload(Order.customer).load_only(…))` loads with the rows."""
    options = [call.arguments_span for call in calls if call.callee.rpartition(".")[2] == "options"]
    for call in (item for span in options[:1] for item in file.near(Call, span)):
        if call.callee.rpartition(".")[2] in _EAGER and any(span.contains(call.span) for span in options):
            for argument in call.arguments:
                if isinstance(argument.value, Name):
                    yield argument.value.name.rpartition(".")[2]
                elif isinstance(argument.value, String):
                    yield from argument.value.value.split(".")


def _filters(calls: Iterable[Call], file: File, model: str) -> Iterator[str]:
    owner = model.rpartition(".")[2]
    found: dict[str, None] = {}
    for call in calls:
        method = call.callee.rpartition(".")[2]
        if method == "filter_by":
            found.update(dict.fromkeys(argument.name for argument in call.arguments if argument.name and argument.name != "**"))
        if method not in ("filter", "where", "having"):
            continue
        for comparison in file.near(Comparison, call.span):
            if call.span.contains(comparison.span) and call.arguments_span.contains(comparison.span):
                for side in (comparison.left, comparison.right):
                    if isinstance(side, Name) and _is_column(side.written) and (side.written.count(".") == 1 or _owner(side) == owner):
                        found[side.written.rpartition(".")[2]] = None
        for argument in call.arguments:
            for value in walk(argument.value):
                if isinstance(value, Invocation):
                    parts = value.callee.split(".")
                    if len(parts) > 2 and _is_class(parts[-3]):
                        found[parts[-2]] = None
    yield from found


def _searched(calls: Iterable[Call], file: File, model: str) -> tuple[str, ...]:
    """Return the columns that are compared as they are: `Order.reference == reference`, `.in_(references)`, `filter_by(reference=…)`.

    Nothing where columns of another table are compared too: an index of that may narrow the rows.
    """
    found: dict[str, None] = {}
    for call in calls:
        method = call.callee.rpartition(".")[2]
        if method in ("join", "outerjoin"):
            return ()
        if method == "filter_by":
            found.update((item.name, None) for item in call.arguments if item.name not in ("", "**") and not isinstance(item.value, Null))
        if method not in ("filter", "where"):
            continue
        for comparison in file.near(Comparison, call.span):
            side = comparison.left
            if call.arguments_span.contains(comparison.span) and isinstance(side, Name) and _is_column(side.written):
                if _owner(side) not in (model.rpartition(".")[2], "cls"):
                    return ()
                if comparison.operator in ("==", "<", "<=", ">", ">=") and not isinstance(comparison.right, Null | Boolean):
                    found[side.written.rpartition(".")[2]] = None
        for argument in call.arguments:
            for value in walk(argument.value):
                parts = value.callee.split(".") if isinstance(value, Invocation) else []
                if len(parts) > 2 and parts[-1] in ("in_", "between") and _is_class(parts[-3]):
                    found[parts[-2]] = None
    return tuple(found)


def _owner(column: Name) -> str:
    """`Order` of `models.Order.reference`."""
    return column.name.split(".")[-2]


def _is_column(written: str) -> bool:
    """`Order.reference`, `models.Order.reference`."""
    return "." in written and _is_class(written.split(".")[-2])


def _sorts(calls: Iterable[Call]) -> Iterator[str]:
    for call in calls:
        if call.callee.rpartition(".")[2] != "order_by":
            continue
        for argument in call.arguments:
            for value in walk(argument.value):
                if isinstance(value, Name) and "." in value.name:
                    yield value.name.rpartition(".")[2]
                elif isinstance(value, Invocation) and value.callee.endswith((".desc", ".asc")):
                    yield value.callee.split(".")[-2]


def _columns(root: Call, model: str) -> Iterator[str]:
    for argument in root.arguments:
        for value in walk(argument.value):
            if isinstance(value, Name) and value.name.startswith(f"{model}."):
                yield value.name[len(model) + 1 :].partition(".")[0]


def _got(call: Call, file: File) -> Iterator[Fact]:
    """Report `session.get(Order, id)`."""
    if call.callee.rpartition(".")[2] not in ("get", "get_one") or len(call.arguments) < 2:
        return
    owner = call.receiver.lower()
    if "session" not in owner and "sqlalchemy" not in call.callee and "sqlmodel" not in call.callee and owner != "db":
        return
    first = call.arguments[0].value
    if not isinstance(first, Name) or not _is_class(first.name):
        return
    loop, keyed_by = loop_of(call, file, [item.value for item in call.arguments[1:]])
    yield Query(
        call.span,
        call.function,
        "select",
        "sqlalchemy",
        model=first.name,
        columns=("*",),
        filters=("id",),
        has_limit=True,
        is_many=False,
        loop=loop,
        keyed_by=keyed_by,
        result=result_of(call, file),
        is_awaited=call.is_awaited,
        is_over_rows=loop is None or is_over_rows(loop, file),
    )
