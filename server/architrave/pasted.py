"""SQL that code pastes together: its text with holes, the names in them, the same with placeholders, and the loop that it runs in.

What is harmless in a text and what comes from a caller differs by language: who asks brings it along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from architrave.facts.code import Block, Call
from architrave.facts.values import Invocation, Name, Number, String, Template, Value, names
from architrave.framework import File
from architrave.text import Span

VALUE_BEFORE = re.compile(r"(?:=|<|>|\(|,|\bLIKE|\bILIKE|\bLIMIT|\bOFFSET|\bAND|\bBETWEEN)\s*$", re.IGNORECASE)


class Text(NamedTuple):
    """SQL text with its holes written `{}`, and the names that are pasted in."""

    text: str
    dynamic: tuple[str, ...] = ()
    is_from_input: bool = False
    template: Template | None = None
    value: Value | None = None


Test = Callable[[Value, File, str], bool]


def text_of_template(template: Template, file: File, function: str, is_harmless: Test, is_input: Test) -> Text:
    """Return the text of a template; constants are written out, and what is harmless is a hole without a name."""
    parts: list[str] = []
    dynamic: list[Value] = []
    for part in template.parts:
        known = file.constant(part, function)
        if isinstance(known, String):
            parts.append(known.value)
        elif isinstance(known, Number):
            parts.append("0")
        else:
            parts.append("{}")
            if not is_harmless(part, file, function):
                dynamic.append(part)
    named = tuple(dict.fromkeys(name for part in dynamic for name in _named(part)))
    return Text("".join(parts), named, any(is_input(part, file, function) for part in dynamic), template if dynamic else None)


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
