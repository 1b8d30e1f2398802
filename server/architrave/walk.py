"""One walk down the tree of a chunk, which the readers of programming languages share.

Each node is visited once. Facts come in the order of the text, what is outside before what is inside; as an outer fact needs the values
of what it holds, it is put in front of theirs when they are known: `at = len(self.out)`, visit, `self.out.insert(at, …)`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.values import Unknown, Value
from architrave.language import Chunk
from architrave.text import Span

Handler = Callable[[Any, Node, int], Value | None]
Handlers = dict[int, Handler]  # By the number of the kind of node; see `syntax.by_kind`.


class Descent:
    """Goes down a tree, and does with each node what its kind asks for; kinds without a handler are not looked into."""

    def __init__(self, handlers: dict[int, Callable[[Any, Node], None]]) -> None:
        self.handlers = handlers

    def visit(self, node: Node) -> None:
        handler = self.handlers.get(node.kind_id)
        if handler is not None:
            handler(self, node)

    def inside(self, node: Node) -> None:
        handlers = self.handlers
        for child in node.children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child)


class Walk:
    """Goes through a chunk from the outside in and from the top down; `out` are the facts so far.

    `handlers` have what a kind of node asks for where its value does not matter, `values` where it does: they give it, or None where
    nothing is known of it. Kinds that are in neither have nothing in them.
    """

    deepest: ClassVar[int] = 24  # Deeper values say nothing more.

    def __init__(self, chunk: Chunk, handlers: Handlers, values: Handlers) -> None:
        self.chunk = chunk
        self.text = chunk.text
        self.base = chunk.start
        self.id = chunk.id
        self.limit = chunk.limit
        self.handlers = handlers
        self.values = values
        self.out: list[Fact] = []

    def span(self, node: Node) -> Span:
        start, end, base = node.start_byte, node.end_byte, self.base
        if end > self.limit:
            start, end = min(start, self.limit), self.limit
        return Span(start - base, end - base, self.id)

    def source(self, node: Node) -> str:
        source = self.text[node.start_byte : node.end_byte]
        try:
            return source.decode()
        except UnicodeDecodeError:
            return source.decode("utf-8", "replace")

    def visit(self, node: Node) -> None:
        handler = self.handlers.get(node.kind_id)
        if handler is not None:
            handler(self, node, 0)

    def inside(self, node: Node, depth: int = 0) -> None:
        """Visit what is in a node whose own kind says nothing."""
        handlers = self.handlers
        for child in node.children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child, 0)

    def value(self, node: Node, depth: int = 0) -> Value:
        """Visit an expression and return what is known of it without running it."""
        handler = self.values.get(node.kind_id)
        if handler is None or depth > self.deepest:
            self.visit(node)
            return Unknown(self.span(node))
        return handler(self, node, depth) or Unknown(self.span(node))

    def each(self, node: Node, depth: int = 0) -> list[Value]:
        """Visit what is in a node, and return the values of the kinds that may have one."""
        values = self.values
        return [self.value(child, depth) for child in node.children if child.kind_id in values]


def operation(node: Node, comments: Collection[str]) -> tuple[Node, str, Node] | None:
    """Return the sides of `left + right` and what stands between them; None for all else."""
    if node.type != "binary_expression":
        return None
    parts = node.children
    if len(parts) != 3:
        parts = [part for part in parts if part.type not in comments]
    return (parts[0], parts[1].type, parts[2]) if len(parts) == 3 else None
