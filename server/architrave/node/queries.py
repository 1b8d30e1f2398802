"""What the database libraries of JavaScript share: SQL that is pasted together, and the loop that a query stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from architrave.facts.code import Block, Call
from architrave.facts.values import Argument, Invocation, Mapping, Name, Number, String, Template, Value, names
from architrave.framework import File
from architrave.node.requests import is_input
from architrave.text import Span

_VALUE_BEFORE = re.compile(r"(?:=|<|>|\(|,|\bLIKE|\bILIKE|\bLIMIT|\bOFFSET|\bAND|\bBETWEEN)\s*$", re.IGNORECASE)
_HARMLESS = frozenset({"Number", "parseInt", "parseFloat", "Number.parseInt", "Math.min", "Math.max", "Boolean", "BigInt"})
_QUOTING = ("escape", "escapeId", "escapeIdentifier", "escapeLiteral", "format", "quoteIdentifier", "join", "toISOString", "identifier")


class Text(NamedTuple):
    """SQL text with its holes written `{}`, and the names that are pasted in."""

    text: str
    dynamic: tuple[str, ...] = ()
    is_from_input: bool = False
    template: Template | None = None
    value: Value | None = None


def text_of(value: Value | None, file: File, function: str) -> Text | None:
    """Return the SQL that a value holds: a literal, a template, a variable with one of these, or `{ text: … }`."""
    if isinstance(value, Name):
        given = file.assignments(value.written, function)
        if len(given) != 1:
            return None
        value = given[0].value
    if isinstance(value, Mapping):
        value = value.get("text") or value.get("sql") or value.get("query")
    if isinstance(value, String):
        return Text(value.value, value=value)
    if not isinstance(value, Template):
        return None
    parts: list[str] = []
    dynamic: list[Value] = []
    for part in value.parts:
        known = file.constant(part, function)
        if isinstance(known, String):
            parts.append(known.value)
        elif isinstance(known, Number):
            parts.append("0")
        else:
            parts.append("{}")
            if not _is_harmless(part, file, function):
                dynamic.append(part)
    named = tuple(dict.fromkeys(name for part in dynamic for name in _named(part)))
    from_input = any(_is_input(part, file, function) for part in dynamic)
    return Text("".join(parts), named, from_input, value if dynamic else None, value)


def _named(value: Value) -> Iterable[str]:
    if isinstance(value, Invocation):
        return list(names(value)) or [value.callee]
    return list(names(value))


def _is_harmless(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted cannot change the statement: a number, a quoted name, placeholders joined."""
    if isinstance(value, Invocation):
        return value.callee in _HARMLESS or value.callee.rpartition(".")[2] in _QUOTING
    if isinstance(value, Name):
        if _declared(value.written, function, file) in ("number", "bigint", "boolean"):
            return True
        given = file.assignments(value.written, function)
        return bool(given) and all(not isinstance(item.value, Name) and _is_harmless(item.value, file, function) for item in given)
    return False


def _declared(written: str, function: str, file: File) -> str:
    while function:
        definition = file.definition(function)
        for parameter in definition.parameters if definition is not None else ():
            if parameter.name == written:
                return parameter.type
        function = function.rpartition(".")[0]
    return ""


def _is_input(value: Value, file: File, function: str) -> bool:
    for name in names(value):
        if is_input(name) or is_parameter(name.partition(".")[0], function, file):
            return True
        if any(is_input(part) for item in file.assignments(name, function) for part in names(item.value)):
            return True
    return False


def is_parameter(name: str, function: str, file: File) -> bool:
    while function:
        definition = file.definition(function)
        if definition is not None and any(name in re.findall(r"[\w$]+", parameter.name) for parameter in definition.parameters):
            return True
        function = function.rpartition(".")[0]
    return False


def loop_of(call: Call, file: File, values: Iterable[Value]) -> tuple[Span | None, str]:
    """Return the loop that a call stands in, and its variable that the values use."""
    if not call.in_loop:
        return None, ""
    loops: list[Block] = file.enclosing(call.span, "loop")
    used = {name.partition(".")[0] for value in values for name in names(value)}
    used |= _derived(used, call, file)
    for loop in reversed(loops):
        if loop.subject is None:  # `for (let i = 0; …)` and `while` count pages and retries, mostly.
            continue
        keyed = next((variable for variable in loop.variables if variable in used), "")
        if keyed:
            return loop.span, keyed
    return (loops[-1].span, "") if loops else (None, "")


def _derived(used: set[str], call: Call, file: File) -> set[str]:
    """The variables that those used are made of: `const id = item.id`."""
    return {
        name.partition(".")[0]
        for variable in used
        for assignment in file.assignments(variable, call.function)
        if assignment.span.chunk == call.span.chunk and assignment.span.end <= call.span.start
        for name in names(assignment.value)
    }


def bound(found: Text, argument: Argument, others: int, placeholder: str) -> tuple[tuple[Span, str], ...]:
    """Return the edits that put placeholders where values are pasted, and the values behind the text; none when a part is no value.

    `placeholder` is `?` or `$`; `others` is how many arguments follow already.
    """
    template = found.template
    if template is None or others or not placeholder:
        return ()
    pieces: list[str] = []
    values: list[str] = []
    is_quoted = False
    for index, part in enumerate(template.parts):
        if isinstance(part, String):
            piece = part.value
            if is_quoted:
                if not piece.startswith("'"):
                    return ()
                piece, is_quoted = piece[1:], False
            following = template.parts[index + 1] if index + 1 < len(template.parts) else None
            if following is not None and piece.endswith("'"):
                piece, is_quoted = piece[:-1], True
            if following is not None and not _VALUE_BEFORE.search(piece):
                return ()
            pieces.append(piece)
        elif isinstance(part, Name) and pieces:
            values.append(part.written)
            pieces.append("?" if placeholder == "?" else f"${len(values)}")
        else:
            return ()
    if is_quoted:
        return ()
    literal = _quoted("".join(pieces))
    given = f"[{', '.join(values)}]"
    if argument.value is template:
        return ((template.span, f"{literal}, {given}"),)
    return ((template.span, literal), (argument.span.after, f", {given}"))


def _quoted(text: str) -> str:
    if "\n" in text or '"' in text or "\\" in text:
        return f"`{text}`"
    return f'"{text}"'


def result_of(call: Call, file: File) -> str:
    """Return the variable that holds what a call gives."""
    assignment = file.assigned(call)
    return assignment.target if assignment is not None else ""


def following(call: Call, file: File) -> Iterator[Call]:
    """Yield the calls that go on from this one: `.where(…)` and `.limit(…)` of `knex("orders").where(…).limit(…)`, innermost first."""
    links = [
        item
        for item in file.calls_in(call.function)
        if item.span.chunk == call.span.chunk and item.span.start == call.span.start and item.span.end > call.span.end
    ]
    yield from sorted(links, key=lambda item: item.span.end)
