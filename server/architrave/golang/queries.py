"""What the database libraries of Go share: SQL that is pasted together, the types of variables, the loop that a query stands in."""

from __future__ import annotations

from collections.abc import Iterable

from architrave import pasted
from architrave.facts.code import Block, Call, Definition
from architrave.facts.values import Argument, Invocation, Name, Number, Replacement, String, Template, Value, names
from architrave.framework import File
from architrave.golang.requests import is_request, source
from architrave.pasted import Tests, Text, is_always_constant, is_checked, text_of_template, with_placeholders
from architrave.regexes import regex
from architrave.text import Span

_GIVES_ROWS = regex(r"(?i)(?:repo\w*|store|dao|db|tx|queries|conn|pool)(?:\(\))?\.\w+$|\.(?:query|find|select|list)\w*$")
_FILLS = frozenset({"Find", "Scan", "Select", "SelectContext", "Pluck", "All", "Get", "Raw", "ScanStructs", "Rows"})
_DOLLAR = regex(r"\$\d")


def text_of(value: Value | None, file: File, function: str, before: str = "") -> Text | None:
    """Return the text that a value holds: a literal, a template, or a variable with several pieces added to it.

    `before` is what a library writes in front of it: `WHERE `.
    """
    if isinstance(value, Name):
        given = file.assignments(value.written, function)
        texts = [item.value for item in given if isinstance(item.value, String | Template)]
        if not texts or len(texts) != len(given):
            return None
        known: list[Text] = []
        for item in texts:
            known.append(_text(item, file, function, before))
            before += known[-1].text
        first = known[0]
        dynamic = tuple(dict.fromkeys(name for item in known for name in item.dynamic if name != value.written))
        template = first.template if len(known) == 1 else None
        return Text(first.text, dynamic, any(item.is_from_input for item in known) and bool(dynamic), template, value)
    if isinstance(value, String | Template):
        found = _text(value, file, function, before)
        return found._replace(value=value)
    return None


def _text(value: Value, file: File, function: str, before: str) -> Text:
    if isinstance(value, String):
        return Text(value.value)
    assert isinstance(value, Template)
    return text_of_template(value, file, function, Tests(_is_harmless, _is_given, _is_requested), before)


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
        if is_checked(value.written, function, file):
            return True
        given = [item.value for item in file.assignments(value.written, function) if item.function]
        return any(not isinstance(item, Name) and _is_harmless(item, file, function) for item in given)
    return False


def _checks(call: Call, name: str) -> bool:
    """`slices.Contains(allowed, name)`"""
    is_test = ("contains" in call.callee.lower() and not call.callee.startswith("strings.")) or call.callee.rpartition(".")[
        2
    ].lower().startswith(("isvalid", "isallowed", "valid"))
    return is_test and any(isinstance(argument.value, Name) and argument.value.written == name for argument in call.arguments)


def _is_given(value: Value, file: File, function: str) -> bool:
    heads = {name.partition(".")[0] for name in names(value)}
    given = {parameter.name for parameter in file.parameters(function)}
    return any(head in given and not is_always_constant(head, function, file) for head in heads)


def _is_requested(value: Value, file: File, function: str) -> bool:
    if source(value, file, function) is not None:
        return True
    heads = {name.partition(".")[0] for name in names(value)}
    return any(
        isinstance(item.value, Invocation) and is_request(item.value.callee) for head in heads for item in file.assignments(head, function)
    )


def is_sorted_by_request(value: Value, file: File, function: str) -> bool:
    """`db.Order(c.Query("sort"))`: the whole text is the request's."""
    return source(value, file, function) is not None and not _is_harmless(value, file, function)


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


def is_over_rows(loop: Span | None, call: Call, file: File) -> bool:
    """Whether a loop goes through what a query gave, as far as its function tells; a list handed in is mostly short."""
    block = next((item for item in file.enclosing(call.span, "loop") if item.span == loop), None)
    if block is None or block.subject is None:
        return loop is None
    if isinstance(block.subject, Invocation) and block.subject.callee.endswith(".Next"):
        return True
    heads = {name.partition(".")[0] for name in names(block.subject)}
    made = [block.subject, *(item.value for head in heads for item in file.assignments(head, call.function) if item.function)]
    if any(isinstance(item, Invocation) and _GIVES_ROWS.search(item.callee) for item in made):
        return True
    return any(
        other.callee.rpartition(".")[2] in _FILLS
        and any(isinstance(item.value, Name) and item.value.written in heads for item in other.arguments)
        for other in file.calls_in(call.function)
        if other.span.chunk == call.span.chunk
    )


def _scanned(loop: Block, file: File) -> list[str]:
    """The variables that each turn of `for rows.Next()` fills: those of `rows.Scan(&id)`."""
    if not isinstance(loop.subject, Invocation) or not loop.subject.callee.endswith(".Next"):
        return []
    scans = [
        call for call in file.calls_in(loop.function) if call.callee.endswith((".Scan", ".StructScan")) and loop.span.contains(call.span)
    ]
    return [name.partition(".")[0] for call in scans for argument in call.arguments for name in names(argument.value)]


def bound(found: Text, argument: Argument, others: int, placeholder: str, file: File) -> tuple[Replacement, ...]:
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
        return (Replacement(template.span, f"{literal}, {values}"),)
    return Replacement(template.span, literal), Replacement(argument.span.after, f", {values}")


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
