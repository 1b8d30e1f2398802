"""SQL text to tokens, and tokens to statements. Offsets are those of the text handed in; `latin1` makes them offsets of bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from architrave.regexes import regex

# Bytes above 127 are letters of names, also in `latin1` text. What is not closed ends with its line, so that it costs no more.
_TOKEN = regex(
    r"""
      (?P<space>\s+|--[^\n]*|/\*.*?\*/|/\*[^\n]*)
    | (?P<string>[eE]'(?:[^'\\]|''|\\.)*' | (?:[bBnNxX]|[uU]&)?'[^']*(?:''[^']*)*' | '[^\n;]*)
    | (?P<body>(\$(?:[A-Za-z_]\w*)?\$).*?\4)
    | (?P<hole>(?:[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)?(?:\{[\w.]*\}[\w$]*)+)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
    | (?P<quoted>"[^"]*(?:""[^"]*)*"|`[^`]*`|"[^\n;]*|`[^\n;]*)
    | (?P<cast>::)
    | (?P<parameter>%\(\w+\)s|%[sdb]\b|[#$]\{[^}]*\}|\$\d+|\?\d*|:[A-Za-z_]\w*|@\w+)
    | (?P<number>\d[\w.]*)
    | (?P<mark>:=|<=|>=|<>|!=|\|\||->>?|\S)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_TAG = regex(r"\$(?:[A-Za-z_]\w*)?\$", re.ASCII)
_MANY_DOLLARS = 400
_ESCAPED_STRING = regex(r"'(?:[^'\\]|''|\\.)*(?:'|\Z)", re.DOTALL)
_COPY = regex(r"^[ \t]*copy\b[^;]*\bfrom\s+stdin\b[^;]*;.*?(?:^\\\.[ \t\r]*$|\Z)", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_COMMAND = regex(r"^\\[^\n]*", re.MULTILINE)
_BODIES = frozenset({"trigger", "procedure", "function", "event"})


class Token(NamedTuple):
    """A piece of SQL: a string, body (`$$…$$`), hole (with `{}`), word, quoted name, parameter, number or mark.

    `text` is lower case for words, without quotes for quoted names.
    """

    kind: str
    text: str
    start: int
    end: int


def latin1(text: bytes) -> str:
    """Return text in which the offset of every character is the offset of its byte; `decoded` gives names back."""
    return text.decode("latin-1")


def decoded(name: str) -> str:
    """Return a name of a `latin1` text as it was meant."""
    if name.isascii():
        return name
    try:
        return name.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text without space and comments. Any text has some."""
    if "\n\\" in text or text.startswith("\\"):  # psql's own commands, and the rows of a dump.
        text = _COMMAND.sub(_blank, _COPY.sub(_blank, text))
    if "\\'" in text and "`" in text:  # MySQL escapes quotes by a backslash.
        text = _ESCAPED_STRING.sub(_blank_inside, text)
    if text.count("$") > _MANY_DOLLARS:  # A body that is not closed is looked for up to the end, so each tag must occur twice.
        counts = Counter(_TAG.findall(text))
        text = _TAG.sub(lambda match: match[0] if counts[match[0]] > 1 else _blank(match), text)
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            continue
        written = match[0]
        if kind == "word":
            written = written.lower() if written.isascii() else written
        elif kind == "quoted":
            written = written[1:].removesuffix(written[0]).replace(written[0] * 2, written[0])
        elif kind == "cast":
            kind = "mark"
        found.append(Token(str(kind), written, match.start(), match.end()))
    return found


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _blank_inside(match: re.Match[str]) -> str:
    return "'" + "x" * (len(match[0]) - 2) + "'" if len(match[0]) > 1 else match[0]


def statements(text: str) -> Iterator[list[Token]]:
    """Yield the tokens of each statement, without its `;`. The body of a trigger or procedure stays in its statement."""
    statement: list[Token] = []
    depth = 0
    has_body = False
    previous = ""
    for token in tokens(text):
        if token.kind == "mark" and token.text == ";" and depth <= 0:
            if statement:
                yield statement
            statement, depth, has_body, previous = [], 0, False, ""
            continue
        statement.append(token)
        if token.kind != "word":
            previous = ""
            continue
        if len(statement) <= 8 and token.text in _BODIES and statement[0].text == "create":
            has_body = True
        if has_body:
            if token.text in ("begin", "case"):
                depth += previous != "end"
            elif token.text == "end":
                depth -= 1
            elif previous == "end" and token.text in ("if", "loop", "while", "repeat"):
                depth += 1
        previous = token.text
    if statement:
        yield statement
