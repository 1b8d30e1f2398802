"""Literals of Rust to values: numbers, escapes, and text that `format!` fills."""

from __future__ import annotations

import re
from collections.abc import Callable

from architrave.facts.values import Argument, Name, Number, String, Template, Unknown, Value
from architrave.regexes import regex
from architrave.text import Span

_HOLE = regex(r"\{\{|\}\}|\{([^{}:]*)(?::[^{}]*)?\}")
_ESCAPE = regex(r"\\(?:\r?\n\s*|x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]{1,8})\}|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_NUMBER = regex(r"^(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?)")


def number(span: Span, source: str) -> Value:
    match = _NUMBER.match(source)
    if match is None:
        return Unknown(span)
    digits = match[1].replace("_", "")
    try:
        return Number(span, float(int(digits, 0)) if digits[:2] in ("0x", "0o", "0b") else float(digits))
    except (ValueError, OverflowError):
        return Unknown(span)


def unescaped(content: str) -> str:
    if "\\" not in content:
        return content

    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            number = int(match[2].replace("_", "") or "0", 16)
            return chr(number) if number < 0x110000 else ""
        return _ESCAPES.get(match[3], match[3]) if match[3] else ""

    return _ESCAPE.sub(plain, content)


def formatted(span: Span, arguments: tuple[Argument, ...], resolve: Callable[[str], str]) -> Value:
    """Return the parts of `format!("{}/{id}?{0}", base, id = …)`."""
    first = arguments[0].value if arguments else None
    if not isinstance(first, String):
        return Unknown(span)
    named = {item.name: item.value for item in arguments[1:] if item.name}
    given = [item.value for item in arguments[1:] if not item.name]
    parts: list[Value] = []
    text, at, position = "", 0, 0
    for match in _HOLE.finditer(first.value):
        text += first.value[at : match.start()]
        at = match.end()
        if match[1] is None:
            text += match[0][0]
            continue
        if text:
            parts.append(String(first.span, text))
            text = ""
        hole = match[1].strip()
        if not hole:
            parts.append(given[position] if position < len(given) else Unknown(first.span))
            position += 1
        elif hole.isdigit():
            parts.append(given[int(hole)] if int(hole) < len(given) else Unknown(first.span))
        else:
            parts.append(named.get(hole) or Name(first.span, resolve(hole), hole))
    text += first.value[at:]
    if text:
        parts.append(String(first.span, text))
    if all(isinstance(part, String) for part in parts):
        return String(span, "".join(part.value for part in parts if isinstance(part, String)))
    return Template(span, tuple(parts))
