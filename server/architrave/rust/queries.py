"""What the database libraries of Rust share: SQL that is pasted together, and the loop that a query stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from architrave import pasted
from architrave.facts.code import Call, Import
from architrave.facts.values import Argument, Invocation, Name, Number, String, Template, Unknown, Value, names, walk
from architrave.framework import File
from architrave.pasted import Text, with_placeholders
from architrave.regexes import regex
from architrave.rust.routers import chain_at
from architrave.rust.values import head, inner, struct_fields
from architrave.sql import takes_input
from architrave.text import Span

_HARMLESS = frozenset({"join", "len", "count", "repeat", "quote_identifier", "escape_identifier", "quote_literal", "escape_literal"})
_GIVES_ROWS = regex(r"\.(?:fetch\w*|load\w*|get_results|query\w*|all|stream|exec)$")
_COPIED = frozenset("i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 bool Uuid DateTime NaiveDate NaiveDateTime".split())  # noqa: SIM905
_EXTRACTORS = frozenset({"Path", "Query", "Json", "Form"})
_TEXTUAL = ("str", "String", "Cow")


def text_of(value: Value | None, file: File, function: str) -> Text | None:
    """Return the text that a value holds: a literal, `format!`, or a variable with several pieces pushed to it."""
    known = file.constant(value, function)
    if isinstance(known, Name):
        given = [item.value for item in file.assignments(known.written, function) if isinstance(item.value, String | Template)]
        known = given[0] if given else None
    if not isinstance(known, String | Template):
        return None
    found = _text(known, file, function)
    if isinstance(value, Name):
        for call in file.calls_in(function):
            if call.written in (f"{value.written}.push_str", f"{value.written}.push") and call.arguments:
                pushed = file.constant(call.arguments[0].value, function)
                more = _text(pushed, file, function) if isinstance(pushed, String | Template) else Text("{}")
                found = Text(
                    found.text + more.text, tuple(dict.fromkeys((*found.dynamic, *more.dynamic))), found.is_from_input or more.is_from_input
                )
    return found


def _text(value: String | Template, file: File, function: str) -> Text:
    if isinstance(value, String):
        return Text(value.value)
    parts: list[str] = []
    dynamic: list[Value] = []
    from_input = False
    for part in value.parts:
        known = file.constant(part, function)
        if isinstance(known, String):
            parts.append(known.value)
        elif isinstance(known, Number):
            parts.append("0")
        else:
            is_usual = takes_input("".join(parts))
            parts.append("{}")
            if not _is_harmless(part, file, function):
                dynamic.append(part)
                # Names of tables and columns are mostly handed on inside a program.
                from_input |= (is_usual or _is_extracted(part, file, function)) and _is_input(part, file, function)
    named = tuple(dict.fromkeys(name for part in dynamic for name in names(part)))
    return Text("".join(parts), named, from_input, value if dynamic else None)


def _is_extracted(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted is taken from the request: `Query(sort): Query<String>`, `params.sort`."""
    roots = {name.partition(".")[0] for name in names(value)}
    kinds = {head(parameter.type) for parameter in file.parameters(function)}
    return any(parameter.name in roots and head(parameter.type) in _EXTRACTORS for parameter in file.parameters(function)) or bool(
        kinds & _EXTRACTORS and roots - {parameter.name for parameter in file.parameters(function)}
    )


def _is_harmless(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted cannot change the statement: a number, placeholders joined, a constant, an identifier that was quoted."""
    if isinstance(value, Invocation):
        return value.callee.rpartition(".")[2] in _HARMLESS or value.callee.rpartition(".")[2].isupper()
    if isinstance(value, Name):
        last = value.written.rpartition(".")[2]
        if last.isupper() or head(type_of(value, file, function)) in _COPIED:
            return True
        given = file.assignments(value.written, function)
        return bool(given) and all(_is_harmless(item.value, file, function) or isinstance(item.value, String | Number) for item in given)
    return isinstance(value, Number)


def type_of(value: Name, file: File, function: str) -> str:
    """Return the declared type of a parameter, a variable or a field of this file, "" when it is not known."""
    for parameter in file.parameters(function):
        if parameter.name == value.written:
            kind = head(parameter.type)
            return inner(parameter.type) if kind in ("Path", "Query", "Json", "Form") else parameter.type
    for assignment in file.assignments(value.written, function):
        if assignment.type:
            return assignment.type
    owner, _, attribute = value.name.replace("()", "").rpartition(".")
    return next((item.type for item in struct_fields(owner, file) if item.name == attribute), "") if owner else ""


def _is_input(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted is text that the caller gives."""
    for name in names(value):
        first = name.partition(".")[0]
        if any(parameter.name == first for parameter in file.parameters(function)):
            if head_of(name, value, file, function) and not _is_always_literal(first, function, file):
                return True
            continue
        for assignment in file.assignments(first, function):
            if assignment.function and any(other.partition(".")[0] != first for other in names(assignment.value)):
                heads = {other.partition(".")[0] for other in names(assignment.value)}
                if any(parameter.name in heads for parameter in file.parameters(function)):
                    return True
    return False


def _is_always_literal(name: str, function: str, file: File, depth: int = 3) -> bool:
    """Whether every call of a function that only this file sees gives a literal or a constant for a parameter."""
    definition = file.definition(function)
    if definition is None or definition.is_exported or "." in function or depth == 0:
        return False
    position = next((index for index, parameter in enumerate(definition.parameters) if parameter.name == name), None)
    calls = [call for call in file.all(Call) if call.callee == function]
    if position is None or not calls:
        return False
    for call in calls:
        if position >= len(call.arguments):
            return False
        for part in walk(call.arguments[position].value):
            if isinstance(part, Name) and not part.written.rpartition(".")[2].isupper():
                if not _is_always_literal(part.written, call.function, file, depth - 1):
                    return False
            elif isinstance(part, Unknown | Invocation):
                return False
    return True


def head_of(name: str, value: Value, file: File, function: str) -> bool:
    """Whether a pasted name may be text; a bare type that is no text says it is not."""
    if not isinstance(value, Name):
        return True
    declared = head(type_of(value, file, function))
    return declared in _TEXTUAL or declared in ("", "Option") or "." in name


def placeholder_of(file: File) -> str:
    """Return how the database of a file writes a placeholder: `$` or `?`; "" when nothing says."""
    texts = [argument.value.value for call in file.all(Call) for argument in call.arguments if isinstance(argument.value, String)]
    if any(re.search(r"\$\d", text) for text in texts) or _mentions(file, "Pg", "postgres"):
        return "$"
    return "?" if _mentions(file, "MySql", "Sqlite", "mysql", "sqlite") else ""


def _mentions(file: File, *words: str) -> bool:
    return any(item.name.startswith(words) or any(word in item.module for word in words) for item in file.all(Import))


def bound(found: Text, file: File, function: str, placeholder: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the text with placeholders where values are pasted, and the values as they are to be written; None when a part is no value."""
    written = with_placeholders(found.template, placeholder) if found.template is not None and placeholder else None
    if written is None or "\n" in written[0] or "\\" in written[0]:
        return None
    text, values = written
    return (f'r#"{text}"#' if '"' in text else f'"{text}"'), tuple(_borrowed(value, file, function) for value in values)


def _borrowed(value: Name, file: File, function: str) -> str:
    declared = type_of(value, file, function)
    return value.written if declared.startswith("&") or head(declared) in _COPIED else f"&{value.written}"


def loop_of(call: Call, file: File, arguments: Iterable[Argument]) -> tuple[Span | None, str]:
    """Return the loop that a call stands in, and its variable that the arguments use; `ids.chunks(100)` asks for many at once."""
    return pasted.loop_of(call, file, [argument.value for argument in arguments], is_passed=_is_batch)


def _is_batch(subject: Value) -> bool:
    return any(isinstance(part, Invocation) and "chunks" in part.callee for part in walk(subject))


def is_over_rows(loop: Span | None, call: Call, file: File) -> bool:
    """Whether a loop goes through what a query, or another call that is awaited, gave; not through a list handed in."""
    if loop is None:
        return True
    block = next((block for block in file.enclosing(call.span, "loop") if block.span == loop), None)
    if block is None or block.subject is None:
        return False
    heads = {name.partition(".")[0] for name in names(block.subject)}
    calls = [other for other in file.calls_in(call.function) if block.subject.span.contains(other.span)]
    heads |= {other.written.partition(".")[0].partition("(")[0] for other in calls}
    given = [item.value for head in heads for item in file.assignments(head, call.function) if item.function]
    made = [other for other in file.calls_in(call.function) if any(value.span.contains(other.span) for value in given)]
    return any(other.is_awaited or _GIVES_ROWS.search(other.callee) for other in (*calls, *made))


def links_of(call: Call, file: File) -> list[Call]:
    """Return what is called on the result of a call: in the same chain, or on the variable that holds it."""
    chain = chain_at(call.span, file)
    found = [link for link in chain.calls if link.span.end > call.span.end] if chain is not None else []
    assignment = next((item for link in (*reversed(found), call) if (item := file.assigned(link)) is not None), None)
    if assignment is not None:
        found += [
            other
            for other in file.calls_in(call.function)
            if other.written.startswith(f"{assignment.target}.")
            and other.span.chunk == call.span.chunk
            and other.span.start > call.span.end
        ]
    return found


def result_of(call: Call, file: File) -> str:
    """Return the variable that holds what a chain gives."""
    return next((found.target for item in (call, *links_of(call, file)) if (found := file.assigned(item)) is not None), "")
