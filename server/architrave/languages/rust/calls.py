"""Names, members and calls: a chain is gone down to where it begins, and each call in it is reported."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Access, Call
from architrave.facts.values import Argument, Function, Invocation, Name, Null, Sequence, Unknown, Value
from architrave.languages.rust import closures, literals, macros
from architrave.languages.rust.attributes import COMMENTS
from architrave.languages.rust.bindings import RESULT
from architrave.languages.rust.literals import text_of
from architrave.languages.rust.naming import CONVERSIONS, HANDED_ON, IN_CHAINS, LONGEST, TRANSPARENT, built
from architrave.languages.rust.reader import Reader
from architrave.text import Span

OPENING = frozenset({"await_expression", "try_expression", "parenthesized_expression"})
_THROUGH = frozenset({*OPENING, "reference_expression", "type_cast_expression", "unary_expression"})
_ASIDE = frozenset({*COMMENTS, "mutable_specifier"})
_OPTIONAL = frozenset({"unwrap_or_default", "ok", "is_ok", "is_err"})
_DEFAULTS = frozenset({"unwrap_or", "unwrap_or_else", "or", "or_else"})
_VARIANTS = frozenset({"Ok", "Err", "Some"})  # Values, not calls.
_VALUED = CONVERSIONS | _DEFAULTS | closures.ADAPTERS  # Of their receiver, its value is asked for.

Linked = tuple[str, Value | None]  # A chain of names as written, "" for any other expression, and its value if asked for.


def name(reader: Reader, node: Node, depth: int) -> Value:
    own = reader.source(node)
    return Null(reader.span(node)) if own == "None" else Name(reader.span(node), reader.resolve(own), own)


def path(reader: Reader, node: Node, depth: int) -> Value | None:
    return _named(reader, node, reader.path(node))


def chain(reader: Reader, node: Node, depth: int) -> Value | None:
    return linked(reader, node, depth, True)[1]


def read_chain(reader: Reader, node: Node, depth: int) -> None:
    linked(reader, node, depth)


def linked(reader: Reader, node: Node, depth: int, is_asked: bool = False, is_awaited: bool = False, is_discarded: bool = False) -> Linked:
    """Visit an expression and return what it is as a chain of names, and as a value if that is asked for."""
    kind = node.type
    if kind == "call_expression":
        return called(reader, node, depth, is_asked, is_awaited, is_discarded)
    if kind == "identifier" or kind == "self":
        return reader.source(node), name(reader, node, depth) if is_asked else None
    if kind == "field_expression":
        whole = _member(reader, node, depth, False)[0]
        return whole, _named(reader, node, whole) if is_asked else None
    if kind in _THROUGH:
        return _through(reader, node, kind, depth, is_asked, is_discarded)
    if kind == "scoped_identifier" or kind == "generic_type":
        whole = reader.path(node)
        return whole, _named(reader, node, whole) if is_asked else None
    if kind == "macro_invocation":
        return macros.invoked(reader, node, depth, is_awaited, is_discarded)
    if kind == "struct_expression":
        return literals.struct(reader, node, depth)
    if kind == "index_expression":
        whole = _index(reader, node, depth)
        return whole, _named(reader, node, whole) if is_asked else None
    if kind == "generic_function":
        return linked(reader, node.children[0], depth, is_asked)
    if is_asked:
        return "", reader.value(node, depth)
    reader.visit(node)
    return "", None


def _named(reader: Reader, node: Node, whole: str) -> Value | None:
    return Name(reader.span(node), reader.resolve(whole), whole) if whole else None


def _through(reader: Reader, node: Node, kind: str, depth: int, is_asked: bool, is_discarded: bool) -> Linked:
    """Visit what a `?`, `.await`, `&`, `*`, cast or pair of parentheses is about."""
    children = [child for child in node.children if child.is_named and child.type not in _ASIDE]
    if not children:
        return "", None
    inner = children[-1 if kind in ("reference_expression", "unary_expression") else 0]
    depth = depth + 1 if is_asked else 0
    whole, value = linked(reader, inner, depth, is_asked, kind == "await_expression", is_discarded and kind in OPENING)
    if kind == "unary_expression" and is_asked:
        value = literals.signed(reader.span(node), node.children[0].type, value)
    return whole, value


def _member(reader: Reader, node: Node, depth: int, is_asked: bool, is_inner: bool = False) -> Linked:
    """Visit `a.b.c`; return it as written, and if asked for, the value of what is before the last name."""
    start = node.start_byte
    source = reader.text[start : node.end_byte]
    value: Value | None = None
    if not source.translate(None, IN_CHAINS) and source[0] > 57 and b".await" not in source:  # 57 is "9".
        whole = source.decode()
        if is_asked:
            before = whole.rpartition(".")[0]
            value = Name(Span(start - reader.base, start - reader.base + len(before), reader.id), reader.resolve(before), before)
        if not is_inner:
            _access(reader, node, whole, whole.partition(".")[0], len(reader.out))
        return whole, value
    at = len(reader.out)
    inner, field = node.children[0], node.children[-1]
    if inner.type == "field_expression":
        before = _member(reader, inner, depth, False, True)[0]
        value = _named(reader, inner, before) if is_asked else None
    else:
        before, value = linked(reader, inner, depth + 1 if is_asked else 0, is_asked)
    whole = f"{before}.{reader.source(field)}" if before and before.count(".") < LONGEST else ""
    if not is_inner and whole:
        _access(reader, node, whole, _root(reader, node), at)
    return whole, value


def _access(reader: Reader, node: Node, whole: str, root: str, at: int) -> None:
    """Report the longest chain of members that begins with a loop variable or a constant of the file."""
    if reader.loop_variables.get(root, -1) > node.start_byte or root in reader.constants:
        reader.out.insert(at, Access(reader.span(node), reader.resolve(whole), reader.function, reader.in_loop))


def _root(reader: Reader, node: Node) -> str:
    while node.type == "field_expression":
        node = node.children[0]
    return reader.source(node) if node.type == "identifier" else ""


def _index(reader: Reader, node: Node, depth: int) -> str:
    children = node.named_children
    whole = linked(reader, children[0], depth + 1)[0] if children else ""
    for child in children[1:]:
        reader.visit(child)
    if not whole or len(children) != 2 or children[1].type != "string_literal":
        return ""
    return f"{whole}.{text_of(reader, children[1])}"


def called(reader: Reader, node: Node, depth: int, is_asked: bool, is_awaited: bool = False, is_discarded: bool = False) -> Linked:
    """Report a call, unless it makes a variant: `Ok(x)`."""
    is_asked = is_asked and depth <= reader.deepest
    children = node.children
    function, arguments = children[0], children[-1]
    if arguments.type != "arguments":
        reader.inside(node)
        return "", None
    if function.type == "generic_function":
        function = function.children[0]
    at = len(reader.out)
    is_method = function.type == "field_expression"
    method = reader.source(function.children[-1]) if is_method else ""
    if is_method:
        if method in _DEFAULTS or method in _OPTIONAL:
            note_default(reader, function.children[0])
        whole, receiver = _member(reader, function, depth, method in _VALUED)
    else:
        whole, receiver = linked(reader, function, depth)[0], None
    is_reported = bool(whole) and whole not in _VARIANTS
    callee = reader.resolve(whole) if whole else ""
    taker = closures.Taker(function, whole, callee, receiver) if is_reported else None
    values, inner, last = _arguments(reader, arguments, depth, taker)
    span = reader.span(node)
    if is_reported:
        begins = arguments.start_byte + 1 - reader.base
        reader.out.insert(
            at,
            Call(
                span,
                reader.span(function.children[-1] if is_method or function.type == "scoped_identifier" else function),
                Span(begins, max(begins, span.end - 1), reader.id),
                callee,
                values,
                reader.function,
                reader.in_loop,
                False,
                reader.in_error,
                is_awaited,
                is_discarded,
                (node.start_byte, node.end_byte) in reader.defaulted,
                whole,
            ),
        )
    value: Value | None = None
    if is_asked:
        value = _value(span, method, whole, callee, receiver, values, last)
    return _given(reader, is_method, method, whole, inner, len(values)), value


def _value(
    span: Span, method: str, whole: str, callee: str, receiver: Value | None, values: tuple[Argument, ...], last: Value | None
) -> Value | None:
    if method in CONVERSIONS and receiver is not None and not isinstance(receiver, Unknown):
        return receiver
    if method in _DEFAULTS and last is not None:
        return Sequence(span, (receiver or Unknown(span), last))
    if not whole:
        return None
    if whole in HANDED_ON and len(values) == 1:
        return values[0].value
    return Invocation(span, callee, values)


def _given(reader: Reader, is_method: bool, method: str, whole: str, inner: str, count: int) -> str:
    """Return what a call is in a chain of names."""
    if not whole:
        return ""
    if is_method:
        if method in TRANSPARENT:
            return whole.rpartition(".")[0]
        return (built(whole.rpartition(".")[0]) if method == "build" else "") or f"{whole}()"
    if whole in HANDED_ON or whole in ("Ok", "Err"):
        return inner if count == 1 else ""
    return _made(reader, whole)


def _made(reader: Reader, written: str) -> str:
    """Return what the call of a path gives: `Client()` for `Client::new()`, else the declared result of a function of this file."""
    if written.startswith("Self.") and reader.owner:
        written = f"{reader.owner}{written[4:]}"
    declared = reader.names.resolve(written.replace(".", "/"), RESULT)
    if declared.endswith("()"):
        return declared
    owner, _, own = written.rpartition(".")
    if declared == "?":  # Of this file, and its result is no type to follow.
        return f"{written}()"
    if own == "builder" or not owner.rpartition(".")[2][:1].isupper() or own[:1].isupper():
        return f"{written}()"
    return f"{owner}()"


def _arguments(reader: Reader, node: Node, depth: int, taker: closures.Taker | None) -> tuple[tuple[Argument, ...], str, Value | None]:
    """Visit the arguments of a call; return them, and the last one as a chain of names and as the value that it gives."""
    found = []
    whole, last = "", None
    values = reader.values
    for child in node.children:
        handler = values.get(child.kind_id)
        if handler is None:  # Punctuation, and comments.
            continue
        span = reader.span(child)
        if child.type == "closure_expression":
            last = closures.taken(reader, child, taker, depth + 1)
            found.append(Argument(span, Function(span, "")))
            continue
        whole, value = linked(reader, child, depth + 1, True)
        last = value or Unknown(span)
        found.append(Argument(span, last))
    return tuple(found), whole, last


def note_default(reader: Reader, node: Node) -> None:
    """Remember that the call which a value comes from has a default: `env::var("X").context("…").unwrap_or(…)`."""
    inner: Node | None = node
    while inner is not None:
        node, inner = inner, None
        if node.type == "call_expression":
            reader.defaulted.add((node.start_byte, node.end_byte))
            function = node.children[0]
            inner = function.children[0] if function.type == "field_expression" else None
        elif node.type in OPENING and node.named_children:
            inner = node.named_children[0]
