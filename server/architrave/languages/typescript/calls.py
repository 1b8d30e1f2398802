"""Calls, and the chains that they are part of: `orders.filter(…).map(…)`, `new Client()`, `require("x")`."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Call, Import
from architrave.facts.values import Argument, Invocation, Name, Unknown, Value
from architrave.languages.typescript.chains import IN_CHAINS, LONGEST_CHAIN, chain_of, literal_key, module_of, plain
from architrave.languages.typescript.naming import LOOPS
from architrave.languages.typescript.reader import Reader, Taker
from architrave.text import Span

Called = Call | Name | None  # The fact of a call; the module of a `require`; None for a call of what is no chain of names.


def call(reader: Reader, node: Node, depth: int) -> Value | None:
    return value_of(called(reader, node, depth))


def value_of(found: Called) -> Value | None:
    return Invocation(found.span, found.callee, found.arguments) if isinstance(found, Call) else found


def read_call(reader: Reader, node: Node, depth: int) -> None:
    called(reader, node, 0)


def called(reader: Reader, node: Node, depth: int, is_awaited: bool = False, is_discarded: bool = False) -> Called:
    """Report a call and what is in it."""
    out, kinds = reader.out, reader.kinds
    children = node.children
    first = 0
    if not children[0].is_named:  # new X(…)
        first = next((place for place, child in enumerate(children) if child.is_named and child.type != "ERROR"), 0)
    function, arguments = children[first], children[-1]
    at = len(out)
    callee_start, callee_end = function.start_byte, function.end_byte
    source = reader.text[callee_start:callee_end]
    kind = function.kind_id
    last = callee_start  # Where the last name starts.
    holder: Called | Value = None
    is_module = False
    if kind in kinds.identifiers:
        written = source.decode("utf-8", "replace")
        is_module = written == "require"
    elif kind in kinds.members:
        if source.translate(None, IN_CHAINS):
            written, holder = links(reader, function, is_callee=True)
            if function.children[-1].is_named:
                last = function.children[-1].start_byte
        else:
            written = plain(source)
            last += source.rfind(b".") + 1
            if callee_end > reader.accessed_until:
                reader.access(function, written, is_callee=True)
    elif kind in kinds.calls:
        written = _result(called(reader, function, 0))
    else:
        written = chain_of(reader.chunk, function)
        is_module = written == "import"
        reader.visit(function)
    if is_module:
        module = module_of(reader.chunk, node)
        if module is not None:
            span = reader.span(node)
            for name, alias in reader.required.get(node.id, (("", ""),)):
                out.append(Import(span, module, name, alias, False, False, reader.function))
            return Name(span, module.removeprefix("node:"), module)
    if len(children) > first + 2:  # f<T>(…)
        for child in children[first + 1 : -1]:
            reader.visit(child)
    callee = written
    if written and not source.startswith(b"require("):
        callee = reader.names.resolve(written, reader.definition)
    base, id = reader.base, reader.id
    start, end = node.start_byte - base, node.end_byte - base
    values: tuple[Argument, ...] = ()
    kind = arguments.kind_id
    if kind in kinds.arguments:
        opening = arguments.start_byte - base + 1
        inside = Span(opening, max(opening, end - 1), id)
        if opening + 1 < end:
            values = _arguments(reader, arguments, depth, function, callee, written, holder)
    elif kind in kinds.templates:  # sql`select …`
        inside = reader.span(arguments)
        values = (Argument(inside, reader.value(arguments, depth + 1)),)
    else:
        inside = Span(end, end, id)
        if len(children) > first + 1:
            reader.visit(arguments)
    if not written:
        return None
    found = Call(
        Span(start, end, id),
        Span(last - base, callee_end - base, id),
        inside,
        callee,
        values,
        reader.function,
        reader.in_loop,
        reader.in_try,
        reader.in_error,
        is_awaited,
        is_discarded,
        bool(reader.defaulted) and node.id in reader.defaulted,
        written,
    )
    out.insert(at, found)
    return found


def _arguments(
    reader: Reader, node: Node, depth: int, function: Node, callee: str, written: str, holder: Called | Value
) -> tuple[Argument, ...]:
    found: list[Argument] = []
    roles = reader.kinds.of_arguments
    handlers = reader.values if depth < reader.deepest else {}
    for child in node.children:
        if not child.is_named:
            continue
        kind = child.kind_id
        role = roles.get(kind)
        if role is None:
            handler = handlers.get(kind)
            if handler is None:
                reader.visit(child)
            value = handler(reader, child, depth + 1) if handler is not None else None
            if value is None:
                value = Unknown(reader.span(child))
            found.append(Argument(value.span, value))
            continue
        if role == "comment":
            continue
        if role == "taken":
            reader.taker = Taker(function, callee, written, holder, found[0].value if found else None)
        found.append(Argument(reader.span(child), reader.value(child, depth + 1), "*" if role == "spread" else ""))
    return tuple(found)


def links(reader: Reader, node: Node, is_callee: bool = False) -> tuple[str, Called | Value]:
    """Report what is in a chain that is more than plain names; return it as written, and what its last name is read of."""
    children, kinds = node.children, reader.kinds
    inner = bottom = children[0]
    while bottom.kind_id in kinds.members:
        bottom = bottom.children[0]
    if bottom.kind_id not in kinds.calls:
        written = chain_of(reader.chunk, node)
        if written and "()" not in written:
            reader.access(node, written, is_callee)
        holder: Called | Value = None
        if is_callee and reader.source(children[-1]) in LOOPS:
            holder = reader.value(inner)
        else:
            reader.visit(inner)
        for child in children[1:]:
            reader.visit(child)
        return written, holder
    # What a call gives is no name that could be accessed, so the links are read from the first to the last.
    if inner.kind_id in kinds.calls:
        holder = called(reader, inner, 0)
        written = _result(holder)
    else:
        written, _ = links(reader, inner)
        holder = Name(reader.span(inner), reader.names.resolve(written, reader.definition), written) if written else None
    if holder is None:
        holder = Unknown(reader.span(inner))
    key: str | None
    if children[-1].is_named:
        key = reader.source(children[-1])
        reader.between(children)
    else:
        key = literal_key(reader.chunk, node)
        for child in children[1:]:
            reader.visit(child)
    if not written or key is None or written.count(".") >= LONGEST_CHAIN - 1:
        return "", holder
    return f"{written}.{key}", holder


def _result(found: Called) -> str:
    """Return the name of what a call gives."""
    return f"{found.written}()" if isinstance(found, Call) else found.name if found is not None else ""
