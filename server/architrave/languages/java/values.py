"""Literals of Java to values: numbers, escapes, text blocks, and text that `String.format` fills."""

from __future__ import annotations

import re
from textwrap import dedent

from architrave.facts.values import Argument, Entry, Number, String, Template, Unknown, Value, joined
from architrave.regexes import regex
from architrave.text import Span

_VERB = regex(r"%(?:\d+\$)?[-#+ 0,(]*\d*(?:\.\d+)?[a-zA-Z%]")
_ESCAPE = regex(r"\\(u+[0-9a-fA-F]{4}|[0-7]{1,3}|\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " ", "\n": ""}


def number(span: Span, source: str, is_float: bool) -> Value:
    written = source.replace("_", "").rstrip("lL")
    try:
        if is_float:
            return Number(span, float(written.rstrip("fFdD")))
        if written[:1] == "0" and written[1:].isdigit():
            return Number(span, float(int(written, 8)))
        return Number(span, float(int(written, 0)))
    except (ValueError, OverflowError):
        return Unknown(span)


def text(source: str) -> str:
    """Return what a literal says, its quotes and the indentation of a text block taken away."""
    if source.startswith('"""'):
        body = source[3 : -3 if source.endswith('"""') else None]
        first, _, rest = body.partition("\n")
        return unescaped(_block(rest) if not first.strip() else body)
    return unescaped(source[1:-1] if len(source) > 1 and source.endswith('"') else source[1:])


def _block(body: str) -> str:
    """Take the common indentation from a text block; the line of its closing quotes counts."""
    lines = body.split("\n")
    marked = body if lines[-1].strip() else body + "\0"
    return dedent(marked).removesuffix("\0")


def unescaped(content: str) -> str:
    return _ESCAPE.sub(_unescape, content) if "\\" in content else content


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "u" and len(code) > 4:
        return chr(int(code.lstrip("u"), 16))
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ESCAPED.get(code, code)


def entry(key: Argument, item: Argument) -> Entry:
    return Entry(key.span, key.value.value if isinstance(key.value, String) else "", item.value)


def formatted(span: Span, pattern: String, values: list[Value]) -> Value:
    """`String.format("a %s", x)`: the texts and values in the order in which they are read."""
    parts: list[Value] = []
    at = taken = 0
    for match in _VERB.finditer(pattern.value):
        verb = match[0]
        before = pattern.value[at : match.start()]
        at = match.end()
        if verb[-1] in "%n":
            parts.append(String(pattern.span, before + ("%" if verb[-1] == "%" else "\n")))
            continue
        if before:
            parts.append(String(pattern.span, before))
        index = taken
        if "$" in verb:
            index = int(verb[1 : verb.index("$")]) - 1
        else:
            taken += 1
        parts.append(values[index] if 0 <= index < len(values) else Unknown(span))
    if at < len(pattern.value):
        parts.append(String(pattern.span, pattern.value[at:]))
    return joined(span, parts) if all(isinstance(part, String) for part in parts) else Template(span, tuple(parts))
