"""What the database libraries of JavaScript share: SQL that is pasted together, and the loop that a query stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.code import Call
from architrave.facts.values import Argument, Invocation, Mapping, Name, Replacement, String, Template, Value, names, walk
from architrave.framework import File
from architrave.node.requests import is_input, source
from architrave.pasted import Tests, Text, is_always_constant, is_checked, text_of_template, with_placeholders
from architrave.regexes import regex
from architrave.text import Span

_HARMLESS = frozenset({"Number", "parseInt", "parseFloat", "Number.parseInt", "Math.min", "Math.max", "Boolean", "BigInt"})
_TEXTUAL = regex(r"\b(?:string|any|unknown|String|object)\b|[{<\[]")  # Other types are numbers, enums and unions of literals.
_GIVES_ROWS = regex(
    r"(?i)\.(?:find\w*|query\w*|\$queryRaw\w*|select\w*|execute|getMany|getRawMany|aggregate|raw|all|toArray|list\w*)$"
    r"|(?:repo|repository|dao|model|knex|prisma)(?:\(\))?\.\w+$|^knex\(\)"
)
_QUOTING = ("escape", "escapeId", "escapeIdentifier", "escapeLiteral", "format", "quoteIdentifier", "join", "toISOString", "identifier")


def text_of(value: Value | None, file: File, function: str, before: str = "") -> Text | None:
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
    return text_of_template(value, file, function, Tests(_is_harmless, _is_given, _is_requested), before)._replace(value=value)


def _is_harmless(value: Value, file: File, function: str) -> bool:
    """Whether what is pasted cannot change the statement: a number, a quoted name, placeholders joined."""
    if isinstance(value, Invocation):
        return value.callee in _HARMLESS or value.callee.rpartition(".")[2] in _QUOTING
    if isinstance(value, Name):
        declared = _declared(value.written, function, file)
        if declared.strip("?") and not _TEXTUAL.search(declared):
            return True
        if value.written.rpartition(".")[2].isupper() or is_checked(value.written, function, file):
            return True
        given = file.assignments(value.written, function)
        return bool(given) and all(not isinstance(item.value, Name) and _is_harmless(item.value, file, function) for item in given)
    return False


def _declared(written: str, function: str, file: File) -> str:
    return next((parameter.type for parameter in file.parameters(function) if parameter.name == written), "")


def _is_given(value: Value, file: File, function: str) -> bool:
    heads = {name.partition(".")[0] for name in names(value)}
    return any(is_parameter(head, function, file) and not is_always_constant(head, function, file) for head in heads)


def _is_requested(value: Value, file: File, function: str) -> bool:
    if source(value, file, function) is not None:
        return True
    for name in names(value):
        if is_input(name) or any(is_input(part) for item in file.assignments(name, function) for part in names(item.value)):
            return True
    return False


def is_parameter(name: str, function: str, file: File) -> bool:
    """Whether a name is a parameter, or one of those that `{ id, name }` takes out of one."""
    return any(name in re.findall(r"[\w$]+", parameter.name) for parameter in file.parameters(function))


def bound(found: Text, argument: Argument, others: int, placeholder: str) -> tuple[Replacement, ...]:
    """Return the edits that put placeholders where values are pasted, and the values behind the text; none when a part is no value.

    `placeholder` is `?` or `$`; `others` is how many arguments follow already.
    """
    template = found.template
    if template is None or others or not placeholder:
        return ()
    written = with_placeholders(template, placeholder)
    if written is None:
        return ()
    literal = _quoted(written[0])
    given = f"[{', '.join(name.written for name in written[1])}]"
    if argument.value is template:
        return (Replacement(template.span, f"{literal}, {given}"),)
    return Replacement(template.span, literal), Replacement(argument.span.after, f", {given}")


def _quoted(text: str) -> str:
    if "\n" in text or '"' in text or "\\" in text:
        return f"`{text}`"
    return f'"{text}"'


def is_over_rows(loop: Span | None, call: Call, file: File) -> bool:
    """Whether a loop goes through what a query gave, as far as its function tells; a list handed in is mostly short."""
    block = next((item for item in file.enclosing(call.span, "loop") if item.span == loop), None)
    if block is None or block.subject is None:
        return loop is None
    made = list(walk(block.subject))
    for head in {name.partition(".")[0] for name in names(block.subject)}:
        for item in file.assignments(head, call.function) or file.assignments(f"[{head}]", call.function):
            made.extend(walk(item.value) if item.function else ())
    return any(isinstance(item, Invocation) and _GIVES_ROWS.search(item.callee) for item in made)


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
