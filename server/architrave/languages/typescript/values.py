"""Literals of JavaScript to values: numbers and escapes."""

from __future__ import annotations

import re

from architrave.facts.values import Number, Unknown, Value
from architrave.regexes import regex
from architrave.text import Span

_ESCAPE = regex(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.|\n))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


def number(span: Span, source: str) -> Value:
    try:
        plain = source.replace("_", "").rstrip("n")
        return Number(span, float(int(plain, 0)) if plain[:2].lower() in ("0x", "0o", "0b") else float(plain))
    except (ValueError, OverflowError):
        return Unknown(span)


def unescaped(content: str) -> str:
    if "\\" not in content:
        return content
    return _ESCAPE.sub(_character, content).encode("utf-8", "replace").decode()


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        found = int(code, 16)
        return chr(found) if found < 0x110000 else "\ufffd"
    return _ESCAPED.get(match[4], match[4])
