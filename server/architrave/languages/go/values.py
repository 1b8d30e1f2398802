"""Literals of Go to values: numbers, durations, escapes, and text that `fmt.Sprintf` fills."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from architrave.facts.values import Argument, Invocation, Name, Number, String, Template, Unknown, Value, counted
from architrave.facts.values import text as text_of
from architrave.regexes import regex
from architrave.text import Span

TEXTS = frozenset({"interpreted_string_literal", "raw_string_literal"})
_VERB = regex(r"%[-+# 0]*(?:\[\d+\])?[\d*]*(?:\.[\d*]*)?(?:\[\d+\])?[a-zA-Z%]")
_ONE_LITERAL = regex(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_DURATIONS = {  # In nanoseconds, as Go counts them.
    "time.Nanosecond": 1.0,
    "time.Microsecond": 1e3,
    "time.Millisecond": 1e6,
    "time.Second": 1e9,
    "time.Minute": 60e9,
    "time.Hour": 3600e9,
}


def text(literal: str) -> str:
    """Return the text of a string literal with its quotes."""
    return literal[1:-1] if literal.startswith("`") else unescaped(literal[1:-1])


def unescaped(content: str) -> str:
    if "\\" not in content:
        return content
    try:
        return str(ast.literal_eval(f'"{content}"'))
    except (ValueError, SyntaxError):
        return content


def number(span: Span, source: str) -> Value:
    if source.isdigit() and (source[0] != "0" or len(source) == 1):
        return Number(span, float(source))
    plain = source.replace("_", "")
    if len(plain) > 1 and plain[0] == "0" and plain[1].isdigit() and plain.isdigit():
        plain = "0o" + plain[1:]
    try:
        return Number(span, float(ast.literal_eval(plain)))
    except (ValueError, SyntaxError, TypeError, OverflowError):
        return Unknown(span)


def computed(span: Span, operator: str, first: Value, second: Value) -> Value:
    """Return what an operation on two numbers or durations gives."""
    first, second = _duration(first), _duration(second)
    if not isinstance(first, Number) or not isinstance(second, Number):
        return counted(span, first, operator, second)
    a, b = first.value, second.value
    if operator == "+":
        return Number(span, a + b)
    if operator == "-":
        return Number(span, a - b)
    if operator == "*":
        return Number(span, a * b)
    if operator == "<<" and 0 <= b < 64:
        return Number(span, a * 2**b)
    return Unknown(span)


def _duration(value: Value) -> Value:
    known = _DURATIONS.get(value.name) if isinstance(value, Name) else None
    return Number(value.span, known) if known is not None else value


def formatted(span: Span, format: Argument, source: str, rest: Iterable[Argument]) -> Value:
    """Return `fmt.Sprintf("a %s b", x)` as a template; `source` is how the format is written."""
    whole, known = format.span, text_of(format.value)
    if known is None:
        return Unknown(span)
    is_one = _ONE_LITERAL.fullmatch(source) is not None
    is_raw = source.startswith("`") or not is_one  # What is put together of several literals is unescaped already.
    content = source[1:-1] if is_one else known
    is_plain = is_one and (is_raw or "\\" not in content)
    inserted = iter([argument.value for argument in rest])
    parts: list[Value] = []

    def put(start: int, end: int) -> None:
        piece = content[start:end].replace("%%", "%")
        at = whole.start + 1 + len(content[:start].encode())
        place = Span(at, at + len(content[start:end].encode()), whole.chunk) if is_plain else whole
        parts.append(String(place, piece if is_raw else unescaped(piece)))

    at = 0
    for match in _VERB.finditer(content):
        if match[0].endswith("%"):
            continue
        if match.start() > at:
            put(at, match.start())
        part = next(inserted, Unknown(span))
        if match[0][-1] in "dft" and isinstance(part, Name):  # A number or truth value, whatever it holds.
            part = Invocation(part.span, "strconv.Itoa", (Argument(part.span, part),))
        parts.append(part)
        at = match.end()
    if at < len(content):
        put(at, len(content))
    return Template(span, tuple(parts))
