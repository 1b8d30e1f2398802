"""What the database libraries of Java share: SQL that is pasted together, and the loop that a query stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.code import Block, Call
from architrave.facts.values import Argument, Invocation, Name, Sequence, String, Template, Value, names
from architrave.framework import File
from architrave.java.names import annotation, call_at, root, simple, type_of, uses
from architrave.pasted import VALUE_BEFORE, Tests, Text, is_always_constant, is_checked, text_of_template
from architrave.regexes import regex
from architrave.text import Span

_TEXTUAL = frozenset({"String", "Object", "CharSequence", "StringBuilder", "StringBuffer", "Optional", "var"})  # Other types are no text.
_HARMLESS_CALLS = frozenset(
    {
        "repeat",
        "size",
        "length",
        "nCopies",
        "ordinal",
        "name",
        "parseInt",
        "parseLong",
        "parseDouble",
        "fromString",
        "intValue",
        "longValue",
    }
)
_REQUEST = ("RequestParam", "PathVariable", "RequestHeader", "CookieValue", "RequestBody", "ModelAttribute", "QueryParam", "PathParam")


_BATCH = regex(r"(?i)batch|chunk|partition|page$")
_GIVES_ROWS = frozenset({"getResultList", "getResultStream", "queryForList", "queryForStream", "findAll"})
_REPOSITORIES = ("Repository", "Dao", "DAO", "Repo")
_DEPTH = 4
_ORDER = regex(r"(?i)\b(FROM|JOIN|UPDATE|INTO|,)(\s+)(Order|Group|User|Table|Key)\b(?!\s+BY\b)")


def jpql(text: str) -> str:
    """Return a query in JPQL as SQL: an entity may be called like a keyword."""
    return _ORDER.sub(r'\1\2"\3"', text)


def text_of(value: Value | None, file: File, function: str) -> Text | None:
    """Return the text that a value holds: a literal, a template, or a variable given one."""
    if isinstance(value, Name):
        value = file.constant(value, function)
    if isinstance(value, String):
        return Text(value.value)
    if not isinstance(value, Template):
        return None
    return text_of_template(value, file, function, Tests(_is_harmless, _is_given, _is_requested))


def _is_harmless(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted cannot change the statement: a number, a constant of a class, placeholders joined."""
    if isinstance(value, Name):
        last = value.written.rpartition(".")[2]
        declared = simple(type_of(file, value.written, function))
        if (
            last.isupper()
            or (declared and declared not in _TEXTUAL and "." not in value.written)
            or is_checked(value.written, function, file)
        ):
            return True
        given = [item.value for item in file.assignments(value.written, function) if item.function == function]
        return bool(given) and all(isinstance(item, Invocation) and _is_harmless(item, file, function) for item in given)
    if isinstance(value, Invocation):
        last = value.callee.rpartition(".")[2]
        if last in _HARMLESS_CALLS or (last == "valueOf" and not value.callee.endswith("String.valueOf")):
            return True
        if last in ("get", "getOrDefault") and "Map" in value.callee:
            call = call_at(file, value)
            return call is not None and call.receiver.rpartition(".")[2].isupper()
        return value.callee in ("String.join", "Collections.nCopies")
    return False


def _is_given(value: Value, file: File, function: str) -> bool:
    definition = file.definition(function)
    given = {parameter.name for parameter in definition.parameters} if definition is not None else set()
    return _uses(value, {name for name in given if not is_always_constant(name, function, file)}, file, function)


def _is_requested(value: Value, file: File, function: str) -> bool:
    definition = file.definition(function)
    parameters = definition.parameters if definition is not None else ()
    asked = {item.name for item in parameters if annotation(item.decorators, *_REQUEST)}
    return _uses(value, asked, file, function) or (isinstance(value, Invocation) and "HttpServletRequest().getParameter" in value.callee)


def _uses(value: Value, given: set[str], file: File, function: str) -> bool:
    if any(root(name) in given for name in names(value)):
        return True
    return isinstance(value, Invocation) and bool(uses(file, value, given, function))


def bound(found: Text, argument: Argument, named: bool) -> tuple[tuple[str, ...], str] | None:
    """Return the values pasted into a text and the literal with placeholders for them; None when a part is no value.

    Placeholders are `?`, or `:name` where they are `named`. `'" + prefix + "%'` binds `prefix + "%"`.
    """
    template = found.template
    if template is None or argument.value is not template:
        return None
    pieces: list[str] = []
    values: list[str] = []
    parts = template.parts
    pending = ""  # What stands between the quote and the value: `'%`.
    is_quoted = False
    for index, part in enumerate(parts):
        if isinstance(part, String):
            piece = part.value
            if is_quoted:
                before, quote, piece = piece.partition("'")
                if not quote or before not in ("", "%"):
                    return None
                shown = ([f'"{pending}"'] if pending else []) + [values[-1]] + ([f'"{before}"'] if before else [])
                values[-1] = " + ".join(shown)
                is_quoted = False
            if index + 1 < len(parts):
                match = re.search(r"'(%?)$", piece)
                if match:
                    piece, pending, is_quoted = piece[: match.start()], match[1], True
                if not VALUE_BEFORE.search(piece):
                    return None
            pieces.append(piece)
        elif isinstance(part, Name) and pieces and "." not in part.written:
            values.append(part.written)
            pieces.append(f":{part.written}" if named else "?")
        else:
            return None
    literal = "".join(pieces)
    if is_quoted or not values or any(sign in literal for sign in '\n"\\'):
        return None
    return tuple(values), f'"{literal}"'


def loop_of(call: Call, file: File) -> tuple[Span | None, str]:
    """Return the loop that a call stands in, and its variable that the arguments use."""
    if not call.in_loop:
        return None, ""
    loops: list[Block] = file.enclosing(call.span, "loop")
    for loop in reversed(loops):
        if loop.subject is None or isinstance(file.constant(loop.subject, call.function), Sequence):
            continue  # `for (int i = 0; …)` counts: pages and retries, mostly; a literal list is short.
        if any(_BATCH.search(variable) for variable in loop.variables):
            continue
        for argument in call.arguments:
            keyed = uses(file, argument.value, loop.variables, call.function) or _derived(argument.value, loop, call, file)
            if keyed:
                return loop.span, keyed
        if not call.arguments and call.span.end - call.name_span.end == 0 and "::" not in call.written:
            return loop.span, loop.variables[0] if loop.variables else ""
    return (loops[-1].span, "") if loops else (None, "")


def _derived(value: Value, loop: Block, call: Call, file: File) -> str:
    """`Long id = item.getId()` in the loop, then `id`."""
    if not isinstance(value, Name):
        return ""
    for assignment in file.assignments(value.written, call.function):
        if loop.span.contains(assignment.span):
            found = uses(file, assignment.value, loop.variables, call.function)
            if found:
                return found
    return ""


def is_over_rows(loop: Span | None, file: File) -> bool:
    """Whether a loop goes through what a query gave, as far as its function tells; other lists are mostly short."""
    block = file.once(_loops).get(loop) if loop is not None else None
    value = block.subject if block is not None else None
    for _ in range(_DEPTH):
        function = block.function if block is not None else ""
        value = file.constant(value, function)
        if not isinstance(value, Invocation):
            return False
        parts = value.callee.split(".")
        if parts[-1] in _GIVES_ROWS or any(part.removesuffix("()").endswith(_REPOSITORIES) for part in parts):
            return True
        call = call_at(file, value)  # `page.getContent()`
        held = file.assignments(root(call.written), function) if call is not None else []
        value = held[0].value if len(held) == 1 else None
    return False


def _loops(file: File) -> dict[Span, Block]:
    return {block.span: block for block in file.all(Block) if block.kind == "loop"}


def links(call: Call, file: File) -> Iterator[Call]:
    """Yield the calls of the same chain after this one: `.setMaxResults(50)` and `.getResultList()` of `createQuery(…)`."""
    for other in file.calls_in(call.function):
        if other.span.chunk == call.span.chunk and other.span.start == call.span.start and other.span.end > call.span.end:
            yield other
