"""Names, members and calls: a chain is gone down to where it begins, and each call in it is reported."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Access, Call
from architrave.facts.values import Argument, Invocation, Name, Value
from architrave.languages.go import functions
from architrave.languages.go.chains import IN_CHAINS, LONGEST, literal_key, made, written
from architrave.languages.go.reader import Reader
from architrave.languages.go.types import BUILTIN
from architrave.languages.go.values import formatted
from architrave.text import Span

_SILENT = frozenset({"append", "cap", "close", "copy", "delete", "len", "make", "new", "print", "println", "recover", *BUILTIN})


def name(reader: Reader, node: Node, depth: int) -> Value:
    own = reader.source(node)
    return Name(reader.span(node), reader.resolve(own), own)


def chain(reader: Reader, node: Node, depth: int) -> Value | None:
    whole = operand(reader, node)
    return Name(reader.span(node), reader.resolve(whole), whole) if whole else None


def read_chain(reader: Reader, node: Node, depth: int) -> None:
    operand(reader, node)


def operand(reader: Reader, node: Node) -> str:
    """Visit what is read and return it as written; "" for what is no chain of names."""
    if node.type != "selector_expression":
        return _link(reader, node)
    start = node.start_byte
    source = reader.text[start : node.end_byte]
    if source.translate(None, IN_CHAINS):
        whole, root = _link(reader, node), _root(reader, node)
    else:
        whole = source.decode()
        root = whole.partition(".")[0]
    if root in reader.roots or reader.loop_variables.get(root, -1) > start:
        reader.out.append(Access(reader.span(node), reader.resolve(whole), reader.function, reader.in_loop))
    return whole


def _root(reader: Reader, node: Node) -> str:
    """Return the variable that members are read of, "" where it is another expression."""
    while node.type == "selector_expression":
        node = node.children[0]
    return reader.source(node) if node.type == "identifier" else ""


def _link(reader: Reader, node: Node) -> str:
    """Visit what a chain goes on from, which is no reading of its own, and return it as written."""
    kind = node.type
    if kind == "identifier":
        return reader.source(node)
    if kind == "selector_expression":
        source = reader.text[node.start_byte : node.end_byte]
        if not source.translate(None, IN_CHAINS):
            return source.decode()
        children = node.children
        inner = _link(reader, children[0])
        return f"{inner}.{reader.source(children[-1])}" if inner and inner.count(".") < LONGEST else ""
    if kind == "call_expression":
        return called(reader, node, 0)[0]
    if kind == "parenthesized_expression" or (kind == "unary_expression" and node.children[0].type in ("&", "*")):
        return operand(reader, node.named_children[0]) if node.named_children else ""
    if kind == "index_expression":
        children = node.children
        inner, key = operand(reader, children[0]), literal_key(reader.chunk, node)
        for child in children[1:]:
            reader.visit(child)
        return f"{inner}.{key}" if inner and key is not None else ""
    if kind == "type_assertion_expression":
        operand(reader, node.children[0])
        return made(reader.chunk, node)
    if kind == "qualified_type" or kind == "type_identifier":
        return reader.source(node)
    reader.visit(node)
    return made(reader.chunk, node) if kind == "composite_literal" else ""


def call(reader: Reader, node: Node, depth: int) -> Value | None:
    return called(reader, node, depth)[1]


def called(reader: Reader, node: Node, depth: int, is_discarded: bool = False) -> tuple[str, Value | None]:
    """Report a call; return it as written, and its value."""
    children = node.children
    function, arguments = children[0], children[-1]
    at = len(reader.out)
    whole = _link(reader, function)
    if not whole or arguments.type != "argument_list":
        for child in children[1:]:
            reader.visit(child)
        return f"{whole}()" if whole else "", None
    callee = reader.resolve(whole)
    values = _arguments(reader, arguments, depth, callee, whole)
    span = reader.span(node)
    if whole in _SILENT:
        return _built_in(reader, span, whole, callee, values, arguments)
    inner = arguments.start_byte + 1 - reader.base
    reader.out.insert(
        at,
        Call(
            span,
            reader.span(function.children[-1] if function.type == "selector_expression" else function),
            Span(inner, max(inner, span.end - 1), reader.id),
            callee,
            values,
            reader.function,
            reader.in_loop,
            False,
            reader.in_error,
            False,
            is_discarded,
            False,
            whole,
        ),
    )
    if whole == "fmt.Sprintf":
        return "fmt.Sprintf()", _formatted(reader, span, values)
    return f"{whole}()", Invocation(span, callee, values)


def _built_in(
    reader: Reader, span: Span, whole: str, callee: str, values: tuple[Argument, ...], arguments: Node
) -> tuple[str, Value | None]:
    if whole == "string" and values:
        return "string()", values[0].value
    if whole == "new" and len(values) == 1:
        type_node = arguments.named_children[0]
        target = written(reader.chunk, type_node)
        return f"{target}()" if target else "", Invocation(span, reader.resolve(reader.source(type_node)))
    return f"{whole}()", Invocation(span, callee, values)


def _arguments(reader: Reader, node: Node, depth: int, callee: str, whole: str) -> tuple[Argument, ...]:
    found = []
    values = reader.values
    for child in node.children:
        handler = values.get(child.kind_id)
        if handler is None:  # Punctuation, and comments.
            continue
        if handler is functions.literal:
            functions.callback(reader, child, Name(reader.span(node), callee, whole))
        value = reader.value(child, depth + 1)
        # Most values are where their node is; some are that of a part, as in a conversion.
        span = value.span if handler in _WHOLE else reader.span(child)
        found.append(Argument(span, value, "*" if child.type == "variadic_argument" else ""))
    return tuple(found)


def _formatted(reader: Reader, span: Span, arguments: tuple[Argument, ...]) -> Value | None:
    if not arguments:
        return None
    first = arguments[0]
    source = reader.text[first.span.start + reader.base : first.span.end + reader.base].decode("utf-8", "replace")
    return formatted(span, first, source, arguments[1:])


_WHOLE = frozenset({name, chain})
