"""What is open while a chunk of JavaScript is gone through for what it binds.

Only what can hold a function, a class or an assignment is looked into: that has a `{` or a `=` in its text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.typescript.imports import Imported
from architrave.languages.typescript.kinds import kinds
from architrave.languages.typescript.naming import Held, Named, Naming
from architrave.names import Binding

_BRACE, _EQUALS = b"{="  # A number is found in bytes in a tenth of the time that bytes are.
Handler = Callable[[Any, Node, Held], None]


class Binder:
    """Goes through a chunk. `definition` is the innermost function or class that has a name, `owner` the class for whose fields
    assignments to `this` count."""

    is_in_function = False  # Whether `definition` is one, and
    is_inside = False  # … whether a function is open, be it one without a name.

    def __init__(self, chunk: Chunk, handlers: dict[int, Handler]) -> None:
        self.chunk = chunk
        self.text = chunk.text
        self.of_file: list[Binding] = []
        self.local: list[Binding] = []
        self.functions: dict[int, Named] = {}
        self.imported: dict[int, list[Imported]] = {}
        self.owner = self.definition = chunk.owner
        self.typed: dict[str, str] = {}  # Parameter of the constructor -> what its type names.
        self.naming = Naming(chunk)
        self.handlers = handlers
        self.kinds = kinds(chunk.grammar)

    def visit(self, node: Node, held: Held) -> None:
        handler = self.handlers.get(node.kind_id)
        if handler is not None:
            handler(self, node, held)

    def inside(self, node: Node, held: Held = "") -> None:
        handlers = self.handlers
        for child in node.children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child, "")

    def between(self, children: list[Node]) -> None:
        """Look into what stands between the first and the last part of a node, where there is more than a sign."""
        if len(children) > 3:
            for child in children[1:-1]:
                self.visit(child, "")

    def expression(self, node: Node, held: Held) -> None:
        source = self.text[node.start_byte : node.end_byte]
        if _BRACE in source or _EQUALS in source:
            handlers = self.handlers
            for child in node.children:
                handler = handlers.get(child.kind_id)
                if handler is not None:
                    handler(self, child, "")

    def holds_something(self, node: Node) -> bool:
        source = self.text[node.start_byte : node.end_byte]
        return _BRACE in source or _EQUALS in source

    def qualified(self, name: str) -> str:
        return f"{self.definition}.{name}" if self.definition else name
