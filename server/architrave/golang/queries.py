"""What the database libraries of Go share: SQL that is pasted together, the types of variables, the loop that a query stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from architrave import pasted
from architrave.facts.code import Block, Call, Definition
from architrave.facts.values import Argument, Invocation, Name, Number, String, Template, Value, names
from architrave.framework import File
from architrave.golang.requests import is_request, source
from architrave.pasted import Text, text_of_template, with_placeholders
from architrave.text import Span

_DOLLAR = re.compile(r"\$\d")


def text_of(value: Value | None, file: File, function: str) -> Text | None:
    """Return the text that a value holds: a literal, a template, or a variable with several pieces added to it."""
    if isinstance(value, Name):
        given = file.assignments(value.written, function)
        texts = [item.value for item in given if isinstance(item.value, String | Template)]
        if not texts or len(texts) != len(given):
            return None
        known = [_text(item, file, function) for item in texts]
        first = known[0]
        dynamic = tuple(dict.fromkeys(name for item in known for name in item.dynamic if name != value.written))
        template = first.template if len(known) == 1 else None
        return Text(first.text, dynamic, any(item.is_from_input for item in known) and bool(dynamic), template, value)
    if isinstance(value, String | Template):
        found = _text(value, file, function)
        return found._replace(value=value)
    return None


def _text(value: Value, file: File, function: str) -> Text:
    if isinstance(value, String):
        return Text(value.value)
    assert isinstance(value, Template)
    return text_of_template(value, file, function, _is_harmless, _is_input)


def _is_harmless(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted cannot change the statement: placeholders joined, a number, a quoted identifier, a constant."""
    if isinstance(value, Number):
        return True
    if isinstance(value, Invocation):
        return value.callee.startswith(("strconv.", "strings.Repeat", "strings.Join")) or "uote" in value.callee or value.callee == "len"
    if isinstance(value, Name):
        if any(_checks(call, value.written) for call in file.calls_in(function)):
            return True
        declared = type_of(value.written, function, file)
        if declared in ("int", "int32", "int64", "uint", "uint32", "uint64", "float64", "bool"):
            return True
        return any(_is_harmless(item.value, file, function) for item in file.assignments(value.written, function) if item.function)
    return False


def _checks(call: Call, name: str) -> bool:
    """`slices.Contains(allowed, name)`"""
    is_test = ("contains" in call.callee.lower() and not call.callee.startswith("strings.")) or call.callee.rpartition(".")[
        2
    ].lower().startswith(("isvalid", "isallowed", "valid"))
    return is_test and any(isinstance(argument.value, Name) and argument.value.written == name for argument in call.arguments)


def _is_input(value: Value, file: File, function: str) -> bool:
    if source(value, file, function) is not None:
        return True
    for name in names(value):
        head = name.partition(".")[0]
        if any(head == parameter.name for parameter in file.parameters(function)):
            return True
        if any(isinstance(item.value, Invocation) and is_request(item.value.callee) for item in file.assignments(head, function)):
            return True
    return False


def type_of(written: str, function: str, file: File) -> str:
    """Return the declared type of a variable or parameter, "" when it is not written."""
    scope = function
    while scope:
        definition: Definition | None = file.definition(scope)
        for parameter in definition.parameters if definition is not None else ():
            if parameter.name == written:
                return parameter.type
        scope = scope.rpartition(".")[0]
    for assignment in file.assignments(written, function):
        if assignment.type:
            return assignment.type
        if isinstance(assignment.value, Invocation) and assignment.value.callee[:1].isupper():
            return assignment.value.callee
        if isinstance(assignment.value, Invocation) and assignment.value.callee.rpartition(".")[2][:1].isupper():
            return assignment.value.callee if not assignment.value.callee.endswith("()") else ""
    return ""


def loop_of(call: Call, file: File, arguments: Iterable[Argument]) -> tuple[Span | None, str]:
    """Return the loop that a call stands in, and its variable that the arguments use."""
    return pasted.loop_of(call, file, [argument.value for argument in arguments], lambda loop, file: loop.variables or _scanned(loop, file))


def _scanned(loop: Block, file: File) -> list[str]:
    """The variables that each turn of `for rows.Next()` fills: those of `rows.Scan(&id)`."""
    if not isinstance(loop.subject, Invocation) or not loop.subject.callee.endswith(".Next"):
        return []
    scans = [
        call for call in file.calls_in(loop.function) if call.callee.endswith((".Scan", ".StructScan")) and loop.span.contains(call.span)
    ]
    return [name.partition(".")[0] for call in scans for argument in call.arguments for name in names(argument.value)]


def bound(found: Text, argument: Argument, others: int, placeholder: str, file: File) -> tuple[tuple[Span, str], ...]:
    """Return the edits that put placeholders where values are pasted, and the values behind the text; none when a part is no value.

    `placeholder` is `?` or `$`; `others` is how many values are bound already.
    """
    template = found.template
    if template is None or others or not placeholder or _leaves_fmt_unused(template, file):
        return ()
    written = with_placeholders(template, placeholder)
    if written is None:
        return ()
    literal = _quoted(written[0])
    values = ", ".join(name.written for name in written[1])
    if found.value is template:
        return ((template.span, f"{literal}, {values}"),)
    return ((template.span, literal), (argument.span.after, f", {values}"))


def _leaves_fmt_unused(template: Template, file: File) -> bool:
    """Whether the file would import `fmt` for nothing without this `fmt.Sprintf`, which is an error in Go."""
    calls = [call for call in file.all(Call) if call.callee.startswith("fmt.")]
    is_formatted = any(call.span == template.span for call in calls)
    return is_formatted and all(call.callee == "fmt.Sprintf" for call in calls)


def _quoted(text: str) -> str:
    if "\n" in text or '"' in text or "\\" in text:
        return f"`{text}`"
    return f'"{text}"'


def placeholder_of(file: File) -> str:
    """Return how the driver of a file writes a placeholder: `$` or `?`; "" when nothing says."""
    if file.imports("github.com/jackc/pgx", "github.com/lib/pq"):
        return "$"
    if file.imports("github.com/go-sql-driver/mysql", "github.com/mattn/go-sqlite3"):
        return "?"
    texts = [argument.value.value for call in file.all(Call) for argument in call.arguments if isinstance(argument.value, String)]
    if any(_DOLLAR.search(text) for text in texts):
        return "$"
    return "?" if any(" = ?" in text or "(?" in text for text in texts) else ""
