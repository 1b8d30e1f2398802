"""Names, members and calls: a chain is gone down to where it begins, and then up again; each call in it is reported."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Access, Call
from architrave.facts.values import Argument, Invocation, Mapping, Name, Sequence, String, Unknown, Value
from architrave.languages.java.chains import Link, gives_default, note_default, taken_apart
from architrave.languages.java.lambdas import Taker, taken
from architrave.languages.java.reader import Reader
from architrave.languages.java.types import TYPES, type_name, type_target
from architrave.languages.java.values import entry, formatted
from architrave.text import Span

_LONGEST = 100  # A longer chain of calls fills a buffer or builds a test's data.
_IN_CHAINS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$"  # Most members: their text is what they are.
_NAMES = frozenset({"identifier", "this", "super"})
_COMMENTS = frozenset({"line_comment", "block_comment"})
_SEQUENCES = frozenset({"List.of", "Set.of", "Arrays.asList", "Stream.of", "Collections.singletonList", "Collections.singleton"})
_MAPPINGS = frozenset({"Map.of", "Collections.singletonMap"})


Step = tuple[Value, Node]  # What a call of a stream goes through, and its receiver.
Taking = tuple[Span, str, str] | tuple[Span, str, str, Value, Node]  # What a `Taker` is made of.
Linked = tuple[str, Value | None]  # A chain of names as written, "" for any other expression, and its value if that is asked for.


def plain(written: str) -> str:
    """`this.repo` is `repo`."""
    return written[5:] if written.startswith("this.") else written


def name(reader: Reader, node: Node, depth: int) -> Value:
    return named(reader, node, reader.source(node))


def chain(reader: Reader, node: Node, depth: int) -> Value | None:
    return linked(reader, node, depth, True)[1]


def read_chain(reader: Reader, node: Node, depth: int) -> None:
    linked(reader, node, depth)


def linked(reader: Reader, node: Node, depth: int, is_asked: bool = False, is_discarded: bool = False) -> Linked:
    """Visit an expression; return it as a chain of names, and its value if that is asked for."""
    kind = node.type
    if kind in _NAMES:
        own = reader.source(node)
        return own, named(reader, node, own) if is_asked and kind != "super" else None
    if kind == "field_access":
        source = reader.text[node.start_byte : node.end_byte]
        if not source.translate(None, _IN_CHAINS):
            whole = source.decode()
            _access(reader, node, whole, len(reader.out))
            return whole, named(reader, node, whole) if is_asked else None
        return _chain(reader, node, depth, is_asked, False)
    if kind == "method_invocation":
        return _chain(reader, node, depth, is_asked, is_discarded)
    if kind == "object_creation_expression":
        return new(reader, node, depth, is_asked, is_discarded)
    if kind == "parenthesized_expression" or kind == "cast_expression":
        return _through(reader, node, kind, depth, is_asked)
    if kind == "class_literal":
        return reader.source(node), class_(reader, node, depth) if is_asked else None
    if is_asked:
        return "", reader.value(node, depth)
    reader.visit(node)
    return "", None


def named(reader: Reader, node: Node, whole: str) -> Value:
    return Name(reader.span(node), reader.resolve(whole), plain(whole))


def type_value(reader: Reader, node: Node) -> Value:
    written = reader.source(node)
    return Name(reader.span(node), reader.names.resolve(written, reader.owner), written)


def class_(reader: Reader, node: Node, depth: int) -> Value | None:
    return type_value(reader, node.named_children[0]) if node.named_children else None


def _through(reader: Reader, node: Node, kind: str, depth: int, is_asked: bool) -> Linked:
    """Visit what stands in parentheses, or is cast: that is an instance of the type."""
    inner = next((child for child in reversed(node.named_children) if child.type not in _COMMENTS), None)
    if inner is None:
        return "", None
    whole, value = linked(reader, inner, depth + 1, is_asked)
    if kind == "cast_expression":
        type_node = node.child_by_field_name("type")
        whole = type_target(reader.chunk, type_node) if type_node is not None else ""
    return whole, value


def _chain(reader: Reader, node: Node, depth: int, is_asked: bool, is_discarded: bool) -> Linked:
    chain = taken_apart(reader, node)
    links, root = chain.links, chain.root
    if not links:
        return _own_call(reader, root, depth, is_asked, is_discarded)
    if len(links) == 1 and links[0].name and not chain.is_special:  # As most chains are.
        at = len(reader.out)
        whole = linked(reader, root, depth + 1 if is_asked else 0)[0]
        return _called(reader, links[0], whole, None, depth, at, None, is_asked, is_discarded)
    sources = chain.sources(reader) if chain.is_special else {}
    wanted = {*sources.values()}
    if is_asked:
        wanted.add(0)
    count = len(links)
    if chain.is_special and any(link.name == "formatted" for link in links):  # "…".formatted(a, b)
        wanted.add(count)
    at = len(reader.out)
    whole, value = linked(reader, root, depth + 1 if is_asked else 0, count in wanted)
    values = {count: value}
    if count > _LONGEST:
        whole = ""
    members = next((index for index, link in enumerate(links) if not link.name), -1)  # The longest chain of them is an access.
    for index in range(count - 1, -1, -1):
        link = links[index]
        if link.name:
            looped = sources.get(index)
            step: Step | None = None
            if looped is not None:
                step = values.get(looped) or Unknown(reader.span(chain.at(looped))), chain.at(index + 1)
            is_statement = is_discarded and not index
            whole, value = _called(reader, link, whole, values.get(index + 1), depth, at, step, index in wanted, is_statement)
        else:
            whole = f"{whole}.{reader.source(link.children[-1])}" if whole else ""
            value = named(reader, link.node, whole) if whole and index in wanted else None
            if index == members:
                _access(reader, link.node, whole, at)
        values[index] = value
    return whole, value


def _access(reader: Reader, node: Node, whole: str, at: int) -> None:
    """Report a chain of members that begins with a loop variable or a class."""
    whole = plain(whole)
    root = whole.partition(".")[0]
    if not root or root[-1] == ")":
        return
    if root[0].isupper() or reader.loop_variables.get(root, -1) > node.start_byte:
        fact = Access(reader.span(node), reader.resolve(whole), reader.function, reader.in_loop, reader.has_default(node))
        reader.out.insert(at, fact)


def _own_call(reader: Reader, node: Node, depth: int, is_asked: bool, is_discarded: bool) -> Linked:
    """Report the call of a method without a receiver."""
    children = node.children
    if len(children) != 2 or children[1].type != "argument_list":
        reader.inside(node)
        return "", None
    name, arguments = children
    own = reader.source(name)
    if gives_default(own):
        note_default(reader, name, arguments)
    callee = reader.method(own)
    values = _reported(reader, node, name, arguments, own, callee, depth, len(reader.out), None, is_discarded)
    return f"{own}()", Invocation(reader.span(node), callee, values) if is_asked else None


def _called(
    reader: Reader,
    link: Link,
    whole: str,
    receiver: Value | None,
    depth: int,
    at: int,
    step: Step | None,
    is_asked: bool,
    is_discarded: bool,
) -> Linked:
    """Report the call of a method of what a chain is so far."""
    node, name, arguments = link.node, link.children[-2], link.children[-1]
    if not whole:
        values = arguments_of(reader, arguments, depth, None)
        if link.name == "formatted" and isinstance(receiver, String):
            return "", formatted(reader.span(node), receiver, [item.value for item in values])
        return "", None
    written = f"{whole}.{link.name}"
    callee = reader.resolve(written)
    values = _reported(reader, node, name, arguments, written, callee, depth, at, step, is_discarded)
    return f"{written}()", _value(reader.span(node), written, callee, values) if is_asked else None


def _reported(
    reader: Reader,
    node: Node,
    name: Node,
    arguments: Node,
    written: str,
    callee: str,
    depth: int,
    at: int,
    step: Step | None = None,
    is_discarded: bool = False,
) -> tuple[Argument, ...]:
    """Report a call in front of what is in it, and return its arguments."""
    span, shown = reader.span(node), plain(written)
    values = arguments_of(reader, arguments, depth, (span, callee, shown, *step) if step is not None else (span, callee, shown))
    start = arguments.start_byte + 1
    reader.out.insert(
        at,
        Call(
            span,
            reader.span(name),
            reader.chunk.between(start, max(start, arguments.end_byte - 1)),
            callee,
            values,
            reader.function,
            reader.in_loop,
            reader.in_try,
            reader.in_error,
            False,
            is_discarded,
            reader.has_default(node),
            shown,
        ),
    )
    return values


def arguments_of(reader: Reader, arguments: Node, depth: int, call: Taking | None) -> tuple[Argument, ...]:
    """Visit the arguments of a call and return them; `call` is what makes a `Taker` of it, which few arguments ask for."""
    found = []
    handlers = reader.values
    depth = depth + 2 if depth else 1
    for child in arguments.children:
        if child.kind_id not in handlers:  # Punctuation, and comments.
            continue
        kind = child.type
        if kind == "lambda_expression":
            value = taken(reader, child, Taker(*call) if call is not None else None)
        elif kind == "method_reference":
            value = reference(reader, child, depth, call is not None and len(call) > 3) or Unknown(reader.span(child))
        else:
            value = reader.value(child, depth)
        found.append(Argument(value.span, value))
    return tuple(found)


def _value(span: Span, written: str, callee: str, values: tuple[Argument, ...]) -> Value:
    if written in _SEQUENCES:
        return Sequence(span, tuple([item.value for item in values]))
    if written in _MAPPINGS and len(values) % 2 == 0:
        return Mapping(span, tuple([entry(key, item) for key, item in zip(values[::2], values[1::2], strict=True)]))
    if written == "Map.ofEntries":
        pairs = [item.value.arguments for item in values if isinstance(item.value, Invocation) and len(item.value.arguments) == 2]
        return Mapping(span, tuple([entry(key, item) for key, item in pairs]))
    if written == "String.format" and values and isinstance(values[0].value, String):
        return formatted(span, values[0].value, [item.value for item in values[1:]])
    return Invocation(span, callee, values)


def new(reader: Reader, node: Node, depth: int, is_asked: bool = False, is_discarded: bool = False) -> Linked:
    """Report `new Order(…)` as a call of the class."""
    type_node, arguments = node.child_by_field_name("type"), node.child_by_field_name("arguments")
    written = type_name(reader.chunk, type_node) if type_node is not None else ""
    if type_node is None or arguments is None or not written:
        reader.inside(node)
        return f"{written}()" if written else "", None
    at = len(reader.out)
    outer, body = node.children[0], node.children[-1]
    if outer.type != "new":  # outer.new Inner()
        reader.visit(outer)
    callee = reader.names.resolve(written, reader.owner)
    values = _reported(reader, node, type_node, arguments, written, callee, depth, at, None, is_discarded)
    if body.type == "class_body":
        reader.inside(body)
    return f"{written}()", Invocation(reader.span(node), callee, values) if is_asked else None


def reference(reader: Reader, node: Node, depth: int, is_looped: bool = False) -> Value | None:
    """Report `this::total`, `repo::findById`, `Order::total`, `Order::new` as a call of what it names."""
    children = node.children
    if len(children) < 3:
        reader.inside(node)
        return None
    at = len(reader.out)
    first, last = children[0], children[-1]
    written = type_name(reader.chunk, first) if first.type in TYPES else linked(reader, first, 0)[0]
    if not written:
        return None
    span = reader.span(node)
    if last.type == "new":
        callee = reader.names.resolve(written, reader.owner)
    else:
        written = f"{written}.{reader.source(last)}"
        callee, written = reader.resolve(written), plain(written)
    reader.out.insert(
        at,
        Call(
            span,
            reader.span(last),
            reader.chunk.between(node.end_byte, node.end_byte),
            callee,
            (),
            reader.function,
            reader.in_loop or is_looped,
            reader.in_try,
            reader.in_error,
            written=written,
        ),
    )
    return Name(span, callee, written)
