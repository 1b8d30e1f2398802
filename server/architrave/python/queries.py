"""What the data frameworks of Python share: queries in loops, loops over rows, and names pasted into the text of a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from architrave.facts.code import Access, Block, Call, Comparison, Definition
from architrave.facts.values import Invocation, Name, Null, Number, Replacement, Sequence, String, Template, Value, names, walk
from architrave.framework import File
from architrave.regexes import regex
from architrave.sql import expects_value
from architrave.text import Span

_DEPTH = 4  # Names assigned from names.
_BATCH = regex(r"(?:^|_)(?:batch|chunk|page|block|slice|group)(?:es|s|_ids|$)|^(?:attempt|retry|_)\w*$", re.IGNORECASE)
_WRAPPERS = frozenset({"enumerate", "list", "tuple", "set", "sorted", "reversed", "iter", "tqdm", "zip", "unique"})
# Parts of the names of calls that give rows.
_GIVES_ROWS = frozenset({"objects", "query", "select", "execute", "scalars", "fetchall", "fetch_all", "fetch", "all", "filter", "exec"})
_GIVES_ROWS |= {"filter_by", "exclude", "order_by", "select_related", "prefetch_related", "annotate", "values_list", "iterator"}
_COUNTERS = frozenset({"range", "itertools.count", "itertools.repeat"})
# What makes a value safe to paste: a number, a quoted identifier.
_SAFE = frozenset(
    {"int", "float", "bool", "len", "UUID", "Identifier", "Literal", "quote_ident", "quote_identifier", "quote_name", "quote", "escape"}
)
_SAFE |= {"adapt", "placeholder", "range", "hash", "hexdigest", "isoformat", "timestamp", "now", "time", "mogrify", "as_string"}
_PASSING = frozenset({"str", "strip", "lower", "upper", "replace", "title", "lstrip", "rstrip", "format", "unquote", "get", "getlist"})
_SAFE_TYPES = regex(r"\b(?:int|float|bool|UUID|uuid|Decimal|datetime|date|Literal|Enum|Composable|SQL|Identifier)\b")
_ROUTE = regex(r"\.(?:get|post|put|patch|delete|route|api_route|websocket)$|^api_view$")
_REQUEST = regex(r"(?:^|\.)(?:request|req)(?:\(\))?\.(?:args|form|json|values|GET|POST|query_params|data|cookies|headers|params|query)\b")


def loop_of(call: Call, file: File, values: Iterable[Value]) -> tuple[Span | None, str]:
    """Return the innermost loop round a call whose variable takes part in `values`, and that variable; (None, "") without one.

    A variable that is given in batches, counts, or runs over literals does not make a query for each row.
    """
    used = {name.partition(".")[0] for value in values for name in names(value)}
    used |= {
        name.partition(".")[0]
        for comparison in file.near(Comparison, call.span)
        if call.span.contains(comparison.span)
        for side in (comparison.left, comparison.right)
        for name in names(side)
    }
    for block in reversed(file.enclosing(call.span, "loop")):
        if not _may_be_rows(block, file):
            continue
        for variable in block.variables:
            if _BATCH.search(variable):
                continue
            if variable in used or any(name in used for name in _made_of(variable, block, file)):
                return block.span, variable
    return None, ""


def _may_be_rows(block: Block, file: File) -> bool:
    subject = file.constant(block.subject, block.function)
    if isinstance(subject, Invocation):
        return subject.callee not in _COUNTERS and not _BATCH.search(subject.callee.rpartition(".")[2])
    return subject is not None and not isinstance(subject, Sequence | String | Template | Null)


def is_over_rows(loop: Span | None, file: File) -> bool:
    """Whether a loop goes through what a query gave, as far as its function tells; other lists are mostly short."""
    block = next((item for item in file.near(Block, loop) if item.kind == "loop" and item.span == loop), None) if loop else None
    sources = [block.subject] if block is not None and block.subject is not None else []
    for _ in range(_DEPTH):
        parts = {part for source in sources for value in walk(source) for part in _parts(value)}
        if parts & _GIVES_ROWS:
            return True
        function = block.function if block is not None else ""
        sources = [item.value for source in sources for name in names(source) for item in file.assignments(name, function)]
    return False


def _parts(value: Value) -> list[str]:
    return value.callee.replace("()", "").split(".") if isinstance(value, Invocation) else []


def _made_of(variable: str, block: Block, file: File) -> Iterator[str]:
    """Yield the names that a loop's body assigns from its variable."""
    for item in file.assigned_in(block):
        if any(name.partition(".")[0] == variable for name in names(item.value)):
            yield item.target


def result_of(call: Call, file: File) -> str:
    """Return the variable that holds what a call gives."""
    assigned = file.assigned(call)
    if assigned is not None and assigned.value.span.start <= call.span.start:
        return assigned.target
    return ""


def loops_over(call: Call, variable: str, file: File) -> Iterator[tuple[Block, str]]:
    """Yield the loops over the rows that a call gives, in place or through `variable`, each with the variable of a row."""
    for block in file.near(Block, call.span):
        if block.kind != "loop" or block.function != call.function or block.subject is None or not block.variables:
            continue
        subject = block.subject
        row = block.variables[0]
        while isinstance(subject, Invocation) and subject.arguments and subject.span != call.span:
            last = subject.callee.rpartition(".")[2]
            if last not in _WRAPPERS:
                break
            if last == "enumerate" and len(block.variables) > 1:
                row = block.variables[1]
            subject = subject.arguments[0].value
        is_it = subject.span == call.span or (isinstance(subject, Name) and bool(variable) and subject.written == variable)
        if is_it and len(file.assignments(variable, call.function)) < 2:
            yield block, row


def relation_reads(block: Block, row: str, file: File) -> Iterator[tuple[Access, str]]:
    """Yield the reads of `row.relation…` in a loop, with the name after the row."""
    written = {(item.span.chunk, item.span.start) for item in file.assigned_in(block)}
    for access in file.near(Access, block.span):
        if (access.span.chunk, access.span.start) in written:
            continue
        head, _, rest = access.name.partition(".")
        if head == row and rest and access.function == block.function and block.span.contains(access.span):
            yield access, rest.partition(".")[0]


def text_of(value: Value | None, file: File, function: str) -> Value | None:
    """Return the text that a value stands for: a literal, a name assigned once, or one that text is put to (`sql += "…"`)."""
    if not isinstance(value, Name):
        return value
    assigned = [item for item in file.assignments(value.written, function) if item.function == function]
    more = [item.value.parts for item in assigned[1:] if isinstance(item.value, Template) and _is_named(item.value.parts[0], value)]
    if not more or len(more) < len(assigned) - 1:
        return file.constant(value, function)
    first = assigned[0].value
    if not isinstance(first, String | Template):
        return None
    parts = first.parts if isinstance(first, Template) else (first,)
    return Template(first.span, (*parts, *(part for added in more for part in added[1:])))


def _is_named(value: Value, name: Name) -> bool:
    return isinstance(value, Name) and value.written == name.written


class Pasted(NamedTuple):
    """What is pasted into a text. `names` are variables; `is_from_input` tells that one comes from a caller or the request."""

    names: tuple[str, ...] = ()
    is_from_input: bool = False


def pasted(value: Value | None, file: File, function: str) -> Pasted:
    """Return the variables that a template pastes, without those that are constants, numbers or checked against a list."""
    if not isinstance(value, Template):
        return Pasted()
    found: dict[str, bool] = {}
    before = ""
    for part in value.parts:
        if isinstance(part, String):
            before += part.value
            continue
        is_value = expects_value(before)
        before += "?"
        name = _shown(part)
        if name and _is_open(part, file, function):
            found[name] = found.get(name, False) or _is_input(part, file, function, is_value)
    return Pasted(tuple(found), any(found.values()))


def _shown(value: Value) -> str:
    if isinstance(value, Name):
        return value.written
    if isinstance(value, Invocation) and value.callee.rpartition(".")[2] in _PASSING:
        inner = [_shown(item.value) for item in value.arguments]
        return next((name for name in inner if name), value.callee.rpartition(".")[0])
    return ""


def _is_open(value: Value, file: File, function: str) -> bool:
    """Whether a pasted value may be any text."""
    if isinstance(value, Invocation):
        last = value.callee.rpartition(".")[2]
        return last in _PASSING
    if not isinstance(value, Name):
        return False
    constant = file.constant(value, function)
    if isinstance(constant, String | Number):
        return False
    return not _is_checked(value.written, file, function)


def _is_checked(name: str, file: File, function: str) -> bool:
    """Whether a function tests a name for being one of allowed ones, or looks it up in a table of them."""
    for comparison in file.all(Comparison):
        if comparison.function == function and comparison.operator == "in" and name in names(comparison.left):
            return True
    return False


def _is_input(value: Value, file: File, function: str, is_value: bool, depth: int = 0) -> bool:
    """Whether a value comes from the request, or from a parameter of the function.

    Names of tables and columns are mostly handed on inside a program, so a parameter is taken for input only where SQL expects a value,
    or where the function serves a route.
    """
    if depth > _DEPTH:
        return False
    if isinstance(value, Invocation):
        last = value.callee.rpartition(".")[2]
        if _REQUEST.search(value.callee):
            return True
        if last in _SAFE or last not in _PASSING:
            return False
        owner = value.callee.rpartition(".")[0]
        inner = [item.value for item in value.arguments]
        receiver = [Name(value.span, owner, owner)] if owner and not owner.endswith(")") else []
        return any(_is_input(item, file, function, is_value, depth + 1) for item in (*receiver, *inner))
    if isinstance(value, Template):
        return any(_is_input(part, file, function, is_value, depth + 1) for part in value.parts)
    if not isinstance(value, Name):
        return False
    if _REQUEST.search(value.name) or _REQUEST.search(value.written):
        return True
    head, _, rest = value.written.partition(".")
    if head in ("self", "cls") or _is_checked(value.written, file, function):
        return False
    assigned = file.assignments(value.written, function) if not rest else []
    local = [item for item in assigned if item.function == function]
    if local:
        return any(_is_input(item.value, file, function, is_value, depth + 1) for item in local)
    parameter = _parameter(head, file.definition(function))
    if parameter is None or not (is_value or _serves_route(function, file)):
        return False
    return not _SAFE_TYPES.search(parameter)


def _serves_route(function: str, file: File) -> bool:
    definition = file.definition(function)
    return definition is not None and any(_ROUTE.search(decorator.name) for decorator in definition.decorators)


def _parameter(name: str, definition: Definition | None) -> str | None:
    """Return the type of a parameter, "" when it has none written; None when there is no such parameter."""
    if definition is None:
        return None
    return next((item.type for item in definition.parameters if item.name == name), None)


def bound(value: Value | None, style: str) -> tuple[tuple[Replacement, ...], tuple[str, ...]]:
    """Return the edits that replace the holes of an f-string by placeholders, and the expressions to bind; empty when not sure.

    `style` is `?`, `%s`, `$` (numbered) or `:` (named). Every hole must stand where SQL expects a value, hold a plain name, and lie in one
    literal.
    """
    if not isinstance(value, Template) or not value.parts or not isinstance(value.parts[0], String):
        return (), ()
    opening = value.parts[0].span.start - value.span.start
    if opening not in (2, 4):
        return (), ()
    edits = [Replacement(Span(value.span.start, value.span.start + 1, value.span.chunk), "")]
    expressions: list[str] = []
    for index, part in enumerate(value.parts):
        if isinstance(part, String):
            doubtful = "{" in part.value or "}" in part.value or (style == "%s" and "%" in part.value)
            if doubtful or (index and isinstance(value.parts[index - 1], String)):
                return (), ()
            continue
        before = value.parts[index - 1]
        after = value.parts[index + 1] if index + 1 < len(value.parts) else None
        if not isinstance(part, Name) or not isinstance(before, String) or part.span.start != before.span.end + 1:
            return (), ()
        if after is not None and (not isinstance(after, String) or after.span.start != part.span.end + 1):
            return (), ()
        text_after = after.value if isinstance(after, String) else ""
        is_quoted = before.value.endswith("'") and text_after.startswith("'")
        lead = before.value[:-1] if is_quoted else before.value
        if not re.search(r"(?:[=<>(,]|\blike|\bilike|\blimit|\boffset)\s*$", lead, re.IGNORECASE):
            return (), ()
        if not is_quoted and text_after[:1] not in ("", " ", ")", ",", ";", "\n"):
            return (), ()
        widen = 1 if is_quoted else 0
        expressions.append(part.written)
        name = part.written.rpartition(".")[2]
        mark = {"?": "?", "%s": "%s", "$": f"${len(expressions)}", ":": f":{name}"}[style]
        edits.append(Replacement(Span(part.span.start - 1 - widen, part.span.end + 1 + widen, part.span.chunk), mark))
    if style == ":" and len({item.rpartition(".")[2] for item in expressions}) != len(set(expressions)):
        return (), ()
    return (tuple(edits), tuple(expressions)) if expressions else ((), ())
