"""Chains of calls and members: `orders.stream().map(…)`, taken apart, and what their steps go through."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from architrave.languages.java.reader import Reader

_EACH = frozenset({"forEach", "forEachOrdered", "removeIf", "replaceAll"})  # Loops over their receiver, stream or not.
_STEPS = frozenset(
    """map flatMap mapToInt mapToLong mapToDouble mapToObj filter peek anyMatch allMatch noneMatch takeWhile dropWhile reduce
    forEach forEachOrdered mapMulti collect toMap""".split()  # noqa: SIM905
)
_LOOPS = _STEPS | _EACH
_SPECIAL = _LOOPS | {"formatted"}
_STREAMS = frozenset({"stream", "parallelStream"})
_SAME_ELEMENTS = frozenset({"stream", "parallelStream", "filter", "sorted", "distinct", "limit", "skip", "peek", "parallel", "sequential"})
_ON_THE_WAY = _STEPS | _SAME_ELEMENTS | {"boxed"}
_MAKERS = frozenset({"Stream", "IntStream", "Arrays", "StreamSupport"})
_DEFAULTS = frozenset({"orElse", "orElseGet", "getOrDefault", "requireNonNullElse", "requireNonNullElseGet", "defaultIfEmpty"})


class Link(NamedTuple):
    """A call or a member in a chain; `name` is that of the method, "" for a member."""

    node: Node
    children: list[Node]
    name: str


class Chain(NamedTuple):
    """`links` are what comes after `root`, from the outside in: the last link is the first to be called.

    One that is special may go through a stream, or fill a text: then the values of its parts matter, too.
    """

    links: list[Link]
    root: Node
    is_special: bool = False

    def at(self, index: int) -> Node:
        return self.links[index].node if index < len(self.links) else self.root

    def sources(self, reader: Reader) -> dict[int, int]:
        """Return for each call that goes through something where in the chain that is: what is streamed, or its receiver."""
        found: dict[int, int] = {}
        for index, link in enumerate(self.links):
            source = self._streamed(reader, index) if link.name in _LOOPS else None
            if source is not None:
                found[index] = source
        return found

    def _streamed(self, reader: Reader, index: int) -> int | None:
        links, root = self.links, self.root
        at, count = index + 1, len(links)
        while at < count and links[at].name:
            name = links[at].name
            if name in _STREAMS:
                return at + 1
            if at + 1 == count and root.type == "identifier" and reader.source(root) in _MAKERS:
                return at
            if name not in _ON_THE_WAY:
                break
            at += 1
        return index + 1 if links[index].name in _EACH else None


def taken_apart(reader: Reader, node: Node) -> Chain:
    """Return the chain that an expression is, and note for which of its calls something else stands in."""
    links: list[Link] = []
    is_special = False
    while True:
        kind = node.type
        if kind == "method_invocation":
            children = node.children
            if len(children) < 3 or children[-1].type != "argument_list":
                break
            name = reader.source(children[-2])
            links.append(Link(node, children, name or "?"))
            if name in _SPECIAL:
                is_special = True
            elif name in _DEFAULTS:
                note_default(reader, children[0], children[-1])
            node = children[0]
        elif kind == "field_access":
            children = node.children
            links.append(Link(node, children, ""))
            node = children[0]
        elif kind == "parenthesized_expression" and node.named_child_count == 1:
            node = node.named_children[0]
        else:
            break
    return Chain(links, node, is_special)


def gives_default(method: str) -> bool:
    return method in _DEFAULTS


def note_default(reader: Reader, receiver: Node, arguments: Node) -> None:
    """`Optional.ofNullable(read()).orElse(x)`, `Objects.requireNonNullElse(read(), x)`: `read()` has a default."""
    noted = [receiver]
    if receiver.type == "method_invocation":
        inner = receiver.child_by_field_name("arguments")
        noted.extend(inner.named_children if inner is not None else ())
    elif arguments.named_child_count == 2:
        noted.append(arguments.named_children[0])
    reader.defaulted.update((node.start_byte, node.end_byte) for node in noted)


def elements(reader: Reader, node: Node) -> str:
    """Return what the elements of a collection or stream are, "" when unknown."""
    while node.type == "method_invocation":
        name, inner = node.child_by_field_name("name"), node.child_by_field_name("object")
        if name is None or inner is None or reader.source(name) not in _SAME_ELEMENTS:
            return ""
        node = inner
    if node.type == "identifier":
        return reader.element(reader.source(node))
    if node.type == "field_access" and node.children[0].type == "this":
        return reader.element(reader.source(node.children[-1]))
    return ""
