"""Literals of Python to values: numbers, escapes, and text that `%` and `format` fill."""

from __future__ import annotations

import ast
import re

from architrave.facts.values import Argument, Mapping, Number, Sequence, String, Template, Unknown, Value
from architrave.regexes import regex
from architrave.text import Span

_PERCENT_HOLE = regex(r"%%|%(?:\((?P<name>\w+)\))?[-#0 +]*\d*(?:\.\d+)?[sdrfiexXgG]")
_FORMAT_HOLE = regex(r"\{\{|\}\}|\{(?P<name>[\w.]*)[^{}]*\}")


def number(span: Span, source: str) -> Value:
    if source.isdigit() and (source[0] != "0" or len(source) == 1):
        return Number(span, float(source))
    try:
        return Number(span, float(ast.literal_eval(source)))
    except (ValueError, SyntaxError, TypeError, OverflowError):
        return Unknown(span)


def unescaped(content: str) -> str:
    if "\\" not in content:
        return content
    try:
        return str(ast.literal_eval('"""' + content.replace('"', '\\"').replace('\\\\"', '\\"') + '"""'))
    except (ValueError, SyntaxError):
        return content


def formatted(span: Span, text: Value, arguments: tuple[Argument, ...]) -> Value:
    """Return what `"…".format(…)` makes."""
    return _filled(span, text, _FORMAT_HOLE, [(item.name, item.value) for item in arguments])


def interpolated(span: Span, text: Value, given: Value) -> Value:
    """Return what `"…" % given` makes."""
    if isinstance(given, Mapping):
        return _filled(span, text, _PERCENT_HOLE, [(entry.key, entry.value) for entry in given.entries])
    return _filled(span, text, _PERCENT_HOLE, [("", item) for item in (given.items if isinstance(given, Sequence) else (given,))])


def _filled(span: Span, first: Value, hole: re.Pattern[str], values: list[tuple[str, Value]]) -> Value:
    """Return the template of a text with every value where it goes."""
    if not isinstance(first, String):
        parts = first.parts if isinstance(first, Template) else (first,)
        return Template(span, (*parts, *(value for _, value in values)))
    named = dict(values)
    positional = [value for name, value in values if not name]
    found: list[Value] = []
    at = count = 0
    for match in hole.finditer(first.value):
        if match[0] in ("%%", "{{", "}}"):
            continue
        name = (match["name"] or "").partition(".")[0]
        index = int(name) if name.isdigit() else count
        count += 1
        found.append(String(first.span, first.value[at : match.start()]))
        value = named.get(name) if name and not name.isdigit() else positional[index] if index < len(positional) else None
        found.append(value if value is not None else Unknown(span))
        at = match.end()
    found.append(String(first.span, first.value[at:]))
    return Template(span, tuple(part for part in found if not (isinstance(part, String) and not part.value)))
