"""SQL that code pastes together: its text with holes, the names in them, the same with placeholders, and the loop that it runs in.

What is harmless in a text and what comes from a caller differs by language: who asks brings it along.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from architrave.facts.code import Block, Call
from architrave.facts.values import Function, Invocation, Name, Number, String, Template, Unknown, Value, names, walk
from architrave.framework import File
from architrave.regexes import regex
from architrave.sql import takes_input
from architrave.text import Span

_EQUALITIES = frozenset({"==", "!=", "===", "!==", "in"})
_MEMBERSHIP = frozenset({"includes", "has", "contains", "Contains", "containsKey", "hasOwnProperty", "hasOwn"})
VALUE_BEFORE = regex(r"(?:=|<|>|\(|,|\bLIKE|\bILIKE|\bLIMIT|\bOFFSET|\bAND|\bBETWEEN)\s*$", re.IGNORECASE)


class Text(NamedTuple):
    """SQL text with its holes written `{}`, and the names that are pasted in."""

    text: str
    dynamic: tuple[str, ...] = ()
    is_from_input: bool = False
    template: Template | None = None
    value: Value | None = None


Test = Callable[[Value, File, str], bool]


class Tests(NamedTuple):
    """What a language knows of a value: it cannot change a statement, a caller gives it, it is taken from the request."""

    is_harmless: Test
    is_given: Test
    is_requested: Test


def text_of_template(template: Template, file: File, function: str, tests: Tests, before: str = "") -> Text:
    """Return the text of a template; constants are written out, and what is harmless is a hole without a name.

    What a caller gives is input where SQL takes a value or an order: names of tables and columns are mostly handed on inside a program.
    `before` is the text that the template goes on from.
    """
    parts: list[str] = []
    dynamic: list[Value] = []
    is_from_input = False
    for part in template.parts:
        known = file.constant(part, function)
        if isinstance(known, String):
            parts.append(known.value)
        elif isinstance(known, Number):
            parts.append("0")
        else:
            is_usual = takes_input(before + "".join(parts))
            parts.append("{}")
            if not tests.is_harmless(part, file, function):
                dynamic.append(part)
                is_from_input |= tests.is_requested(part, file, function) or (is_usual and tests.is_given(part, file, function))
    named = tuple(dict.fromkeys(name for part in dynamic for name in _named(part)))
    return Text("".join(parts), named, is_from_input, template if dynamic else None)


def is_checked(name: str, function: str, file: File) -> bool:
    """Whether a function holds a text against known ones: `sort == "name"`, `allowed.includes(sort)`, a switch that gives a default."""
    is_empty_checked = False
    for item in file.comparisons_in(function):
        sides = (item.left, item.right)
        if not any(isinstance(side, Name) and side.written == name for side in sides) or item.operator not in _EQUALITIES:
            continue
        if item.operator == "in" or any(isinstance(side, String) and side.value for side in sides):
            return True
        is_empty_checked = True
    for call in file.calls_in(function):
        is_list = call.callee.rpartition(".")[2] in _MEMBERSHIP and not call.callee.startswith("strings.")
        if is_list and any(isinstance(item.value, Name) and item.value.written == name for item in call.arguments):
            return True
    defaults = [item for item in file.assignments(name, function) if item.function and isinstance(item.value, String)]
    return bool(defaults) and not is_empty_checked


def is_always_constant(name: str, function: str, file: File, depth: int = 3) -> bool:
    """Whether every call of a function that only this file sees gives a literal or a constant for a parameter."""
    definition = file.definition(function)
    if definition is None or definition.is_exported or depth == 0:
        return False
    position = next((index for index, parameter in enumerate(definition.parameters) if parameter.name == name), None)
    calls = file.once(_calls_by_name).get(function, [])
    if position is None or not calls:
        return False
    return all(_is_constant_at(call, position, file, depth) for call in calls)


def _calls_by_name(file: File) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for call in file.all(Call):
        found[call.callee.replace("()", "")].append(call)
    return found


def _is_constant_at(call: Call, position: int, file: File, depth: int) -> bool:
    if position >= len(call.arguments):
        return False
    for part in walk(call.arguments[position].value):
        if isinstance(part, Unknown | Invocation | Function):
            return False
        if isinstance(part, Name) and not part.written.rpartition(".")[2].isupper():
            known = file.constant(part, call.function)
            if not isinstance(known, String | Number) and not is_always_constant(part.written, call.function, file, depth - 1):
                return False
    return True


def _named(value: Value) -> list[str]:
    return list(names(value)) or ([value.callee] if isinstance(value, Invocation) else [])


def with_placeholders(template: Template, placeholder: str) -> tuple[str, tuple[Name, ...]] | None:
    """Return the text with a placeholder (`?`, or `$` for numbered ones) for each name, and the names; None when a part is no value."""
    pieces: list[str] = []
    values: list[Name] = []
    is_quoted = False
    for index, part in enumerate(template.parts):
        if isinstance(part, String):
            piece = part.value
            if is_quoted:
                if not piece.startswith("'"):
                    return None
                piece, is_quoted = piece[1:], False
            if index + 1 < len(template.parts):
                if piece.endswith("'"):
                    piece, is_quoted = piece[:-1], True
                if not VALUE_BEFORE.search(piece):
                    return None
            pieces.append(piece)
        elif isinstance(part, Name) and pieces:
            values.append(part)
            pieces.append("?" if placeholder == "?" else f"${len(values)}")
        else:
            return None
    return None if is_quoted else ("".join(pieces), tuple(values))


def loop_of(
    call: Call,
    file: File,
    values: Iterable[Value],
    variables: Callable[[Block, File], Iterable[str]] = lambda loop, file: loop.variables,
    is_passed: Callable[[Value], bool] = lambda subject: False,
) -> tuple[Span | None, str]:
    """Return the loop that a call stands in, and its variable that the values use; else the innermost loop.

    A loop with no subject counts pages or retries, mostly; so it is passed, as is one whose subject `is_passed`.
    """
    if not call.in_loop:
        return None, ""
    loops = file.enclosing(call.span, "loop")
    used = {name.partition(".")[0] for value in values for name in names(value)}
    used |= _made_of(used, call, file)
    for loop in reversed(loops):
        if loop.subject is None or is_passed(loop.subject):
            continue
        keyed = next((variable for variable in variables(loop, file) if variable in used), "")
        if keyed:
            return loop.span, keyed
    return (loops[-1].span, "") if loops else (None, "")


def _made_of(used: set[str], call: Call, file: File) -> set[str]:
    """The variables that those used are made of: `id = item.id`."""
    return {
        name.partition(".")[0]
        for variable in used
        for assignment in file.assignments(variable, call.function)
        if assignment.span.chunk == call.span.chunk and assignment.span.end <= call.span.start
        for name in names(assignment.value)
    }
