"""Schemas of GraphQL: the fields of their object types, read off the tokens. What is half typed costs no more than itself."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple

from architrave.facts.api import GraphqlField
from architrave.regexes import regex
from architrave.text import Span

_TOKEN = regex(
    rb'"""(?:[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|(?P<name>[A-Za-z_]\w*)|(?P<sign>\.\.\.|[{}()\[\]:!=@|&$,])|-?\d[\w.]*'
)
# Arguments that say how many are wanted.
LIMITS = frozenset(
    ["first", "last", "limit", "take", "size", "pageSize", "page_size", "perPage", "per_page", "count", "max", "pagination", "page"]
)


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def fields(text: bytes) -> Iterator[GraphqlField]:
    """Yield the fields of the object types and interfaces of a schema."""
    tokens = [
        _Token(match[0].decode("utf-8", "replace"), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup is not None
    ]
    at = 0
    while at < len(tokens):
        if tokens[at].text in ("type", "interface") and at + 1 < len(tokens) and tokens[at + 1].text[:1].isalpha():
            owner = tokens[at + 1].text
            at = _opened(tokens, at + 2)
            if at < len(tokens) and tokens[at].text == "{":
                at = yield from _body(tokens, at + 1, owner)
        elif tokens[at].text == "{":
            at = _closed(tokens, at)
        else:
            at += 1


def _opened(tokens: list[_Token], at: int) -> int:
    """Return where the body of a type begins, or what else follows its head: interfaces and directives stand between."""
    while at < len(tokens) and tokens[at].text not in ("{", "type", "interface", "enum", "input", "scalar", "union", "extend", "schema"):
        at = _closed(tokens, at) if tokens[at].text == "(" else at + 1
    return at


def _closed(tokens: list[_Token], at: int) -> int:
    """Return what follows the bracket that closes the one at a place."""
    depth = 0
    while at < len(tokens):
        depth += (tokens[at].text in "({[") - (tokens[at].text in ")}]")
        at += 1
        if depth == 0:
            break
    return at


def _body(tokens: list[_Token], at: int, owner: str) -> Generator[GraphqlField, None, int]:
    """Yield the fields of a body and return what follows it."""
    while at < len(tokens) and tokens[at].text != "}":
        name = tokens[at]
        if not (name.text[:1].isalpha() or name.text[:1] == "_"):
            at = _closed(tokens, at) if name.text in ("(", "{", "[") else at + 1
            continue
        at += 1
        arguments: set[str] = set()
        if at < len(tokens) and tokens[at].text == "(":
            end = _closed(tokens, at)
            arguments = {tokens[place].text for place in range(at, end - 1) if tokens[place + 1].text == ":"}
            at = end
        if at < len(tokens) and tokens[at].text == ":":
            at, is_list = at + 1, False
            while at < len(tokens) and tokens[at].text == "[":
                at, is_list = at + 1, True
            if at < len(tokens) and tokens[at].text[:1].isalpha():
                yield GraphqlField(Span(name.start, name.end), owner, name.text, tokens[at].text, is_list, not LIMITS.isdisjoint(arguments))
                at += 1
                while at < len(tokens) and tokens[at].text in ("!", "]", ","):
                    at += 1
        elif at < len(tokens) and tokens[at].text == "@":
            at += 2
        if at < len(tokens) and tokens[at].text == "@":
            at += 2
    return at + 1
