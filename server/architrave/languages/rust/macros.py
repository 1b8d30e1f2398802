"""Macros: what the grammar leaves as tokens is parsed as the expressions that it mostly is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from tree_sitter import Node, Parser, Range

from architrave.facts.code import Call
from architrave.facts.values import (
    Argument,
    Boolean,
    Entry,
    Invocation,
    Mapping,
    Name,
    Null,
    Number,
    Sequence,
    String,
    Template,
    Unknown,
    Value,
)
from architrave.languages.rust.attributes import COMMENTS
from architrave.languages.rust.naming import plain
from architrave.languages.rust.reader import Reader
from architrave.languages.rust.values import formatted
from architrave.syntax import Grammar
from architrave.text import Span

_DEEPEST = 12  # Macros in one another that are read; each is parsed on its own.
_LOGGING = frozenset({"trace", "debug", "info", "warn", "error", "event", "span", "info_span", "debug_span", "error_span"})
_TEMPLATES = frozenset({"quote", "quote_spanned", "parse_quote"})  # Code that is written, not run.
_DECLARING = frozenset({"table", "joinable"})  # Macros with a syntax of their own give their text.
_LISTS = frozenset({"tuple_expression", "parenthesized_expression", "array_expression"})
_PATH = frozenset({"identifier", "self", "crate", "super", ".", "::", "integer_literal", "type_identifier"})
_PLAIN = frozenset({"identifier", "self", ".", "::"})


def invoked(reader: Reader, node: Node, depth: int, is_awaited: bool = False, is_discarded: bool = False) -> tuple[str, Value | None]:
    """Report a macro as the call of its name with `!`; return what it is in a chain of names, and its value."""
    path, tokens = node.child_by_field_name("macro"), node.children[-1]
    if path is None:
        return "", None
    written = plain(reader.source(path))
    if tokens.type != "token_tree":
        return f"{written}!()", None
    last = written.rpartition(".")[2]
    span = reader.span(node)
    begins = tokens.start_byte + 1 - reader.base
    inside = Span(begins, max(begins, tokens.end_byte - 1 - reader.base), reader.id)
    callee = f"{reader.resolve(written)}!"
    at = len(reader.out)
    arguments: tuple[Argument, ...] = ()
    value: Value | None = None
    if last == "json":
        values = [_json(reader, piece, depth) for piece in _pieces(tokens) if piece]
        value = values[0] if values else Null(span)
    elif last == "doc" and tokens.children[0].type == "{":  # Of MongoDB.
        value = _tree(reader, tokens, lambda piece: _json(reader, piece, depth))
    elif last in _DECLARING:
        arguments = (Argument(inside, String(inside, reader.source(tokens)[1:-1])),)
    elif last not in _TEMPLATES:
        arguments = _arguments(reader, tokens, last, depth)
    reader.out.insert(
        at,
        Call(
            span,
            reader.chunk.between(path.start_byte, path.end_byte + 1),
            inside,
            callee,
            arguments,
            reader.function,
            reader.in_loop,
            False,
            reader.in_error,
            is_awaited,
            is_discarded,
            False,
            f"{written}!",
        ),
    )
    return f"{written}!()", value or _value(reader, span, last, callee, arguments)


def invocation(reader: Reader, node: Node, depth: int) -> Value | None:
    return invoked(reader, node, depth)[1]


def _value(reader: Reader, span: Span, last: str, callee: str, arguments: tuple[Argument, ...]) -> Value:
    if last in ("format", "format_args"):
        return formatted(span, arguments, reader.resolve)
    if last == "concat":
        return Template(span, tuple([item.value for item in arguments]))
    if last == "vec":
        return Sequence(span, tuple([item.value for item in arguments]))
    return Invocation(span, callee, arguments)


def _arguments(reader: Reader, tokens: Node, last: str, depth: int) -> tuple[Argument, ...]:
    """Return the arguments of a macro; only where parentheses stand in them, there is something to parse."""
    if last in _LOGGING or not any(child.type == "token_tree" for child in tokens.children) or reader.macro_depth > _DEEPEST:
        return token_arguments(reader, tokens)
    found = []
    reader.macro_depth += 1
    for node in _parsed(reader, tokens):
        kind = node.type
        left = node.child_by_field_name("left") if kind == "assignment_expression" else None
        right = node.child_by_field_name("right") if left is not None else None
        if left is not None and right is not None:  # name = value
            found.append(Argument(reader.span(node), reader.value(right, depth + 1), reader.source(left)))
        elif kind == "ERROR":
            reader.visit(node)
        elif kind not in COMMENTS:
            found.append(Argument(reader.span(node), reader.value(node, depth + 1)))
    reader.macro_depth -= 1
    return tuple(found)


def _parsed(reader: Reader, first: Node, last: Node | None = None) -> list[Node]:
    """Parse a stretch of the file as expressions."""
    start, end = first.start_byte, (last or first).end_byte
    parser = _parser(reader.chunk.grammar)
    parser.included_ranges = [Range(first.start_point, (last or first).end_point, start, end)]
    root = parser.parse(reader.text).root_node
    if root.start_byte < start:
        return []
    inner = root.named_children
    if len(inner) == 1 and inner[0].type == "expression_statement":
        inner = inner[0].named_children
    if first.type == "token_tree" and len(inner) == 1 and inner[0].type in _LISTS and inner[0].start_byte == start:
        inner = inner[0].named_children
    return inner


@cache
def _parser(grammar: Grammar) -> Parser:
    return Parser(grammar.language)


def token_arguments(reader: Reader, tokens: Node) -> tuple[Argument, ...]:
    """Return the arguments of a macro or an attribute as far as their tokens tell."""
    found = []
    for piece in _pieces(tokens):
        if not piece:
            continue
        name = ""
        span = reader.chunk.between(piece[0].start_byte, piece[-1].end_byte)
        if len(piece) > 2 and piece[1].type == "=" and piece[0].type == "identifier":
            name, piece = reader.source(piece[0]), piece[2:]
        found.append(Argument(span, _token_value(reader, piece), name))
    return tuple(found)


def _pieces(tokens: Node) -> Iterator[list[Node]]:
    """Yield what commas separate in a token tree."""
    piece: list[Node] = []
    for token in tokens.children[1:-1]:
        if token.type == ",":
            yield piece
            piece = []
        elif token.type not in COMMENTS:
            piece.append(token)
    if piece:
        yield piece


def _token_value(reader: Reader, piece: list[Node]) -> Value:
    """Return the value of tokens that are a literal, a path, or a path with arguments (in attributes)."""
    span = reader.chunk.between(piece[0].start_byte, piece[-1].end_byte)
    while piece and piece[0].type in ("&", "*", "%", "?", "mutable_specifier", "mut"):
        piece = piece[1:]
    if not piece:
        return Unknown(span)
    if len(piece) == 2 and piece[0].type == "-" and piece[1].type in ("integer_literal", "float_literal"):
        negative = reader.value(piece[1])
        return Number(span, -negative.value) if isinstance(negative, Number) else negative
    if len(piece) == 1 and piece[0].type not in ("identifier", "self", "crate", "super", "token_tree"):
        return reader.value(piece[0])
    if len(piece) == 1 and piece[0].type == "token_tree":
        return _tree(reader, piece[0], lambda inner: _token_value(reader, inner))
    arguments: tuple[Argument, ...] | None = None
    if piece[-1].type == "token_tree":
        arguments, piece = token_arguments(reader, piece[-1]), piece[:-1]
    if any(token.type not in _PATH for token in piece):
        return Unknown(span)
    written = "".join(["." if token.type in (".", "::") else reader.source(token) for token in piece])
    if arguments is not None:
        return Invocation(span, reader.resolve(written), arguments)
    if written in ("true", "false"):
        return Boolean(span, written == "true")
    if written in ("null", "None"):
        return Null(span)
    return Name(span, reader.resolve(written), written)


def _json(reader: Reader, piece: list[Node], depth: int) -> Value:
    """Return the value of JSON; what is neither an object, a list nor a name is parsed as an expression."""
    if len(piece) == 1 and piece[0].type == "token_tree":
        return _tree(reader, piece[0], lambda inner: _json(reader, inner, depth))
    if len(piece) > 1 and reader.macro_depth <= _DEEPEST and any(token.type not in _PLAIN for token in piece):
        reader.macro_depth += 1
        values = [reader.value(node, depth + 1) for node in _parsed(reader, piece[0], piece[-1]) if node.type not in COMMENTS]
        reader.macro_depth -= 1
        if values:
            return values[0]
    return _token_value(reader, piece)


def _tree(reader: Reader, tokens: Node, value: Callable[[list[Node]], Value]) -> Value:
    """Return a list `[…]`, or an object `{"key": …}`."""
    span = reader.span(tokens)
    opening = tokens.children[0].type if tokens.children else ""
    if opening == "[":
        return Sequence(span, tuple([value(piece) for piece in _pieces(tokens) if piece]))
    entries = []
    for piece in _pieces(tokens):
        if len(piece) > 2 and piece[1].type == ":":
            key = _token_value(reader, piece[:1])
            shown = key.value if isinstance(key, String) else ""
            entries.append(Entry(reader.span(piece[0]), shown, value(piece[2:])))
    return Mapping(span, tuple(entries))
