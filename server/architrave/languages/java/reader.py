"""What is open at the place that the reading of a chunk has come to, and what names and types stand for there.

Java declares variables before it uses them, and each ends with the block round it, so they are bound and forgotten on the way. What
stands in a lambda or an anonymous class sees those round it.
"""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.java.bindings import ELEMENT, METHOD
from architrave.languages.java.imports import ANY
from architrave.languages.java.types import element_target, type_target
from architrave.names import Names
from architrave.text import Span
from architrave.walk import Handlers, Walk

_UNBOUND = "", ""


class Reader(Walk):
    """`function` is the innermost method, `owner` the innermost class, `scope` the innermost of both.

    `variables` have the full name of what each stands for, itself where nothing is known, and of what its elements are.
    """

    deepest = 12
    function = ""
    in_loop = in_try = in_error = False

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, handlers, values)
        self.names = names
        self.owner = self.scope = chunk.owner
        self.variables: dict[str, tuple[str, str]] = {}
        self.bound: list[tuple[str, tuple[str, str]]] = []  # Variables, and what they stood for before.
        self.loop_variables: dict[str, int] = {}  # With the end of the loop.
        self.defaulted: set[tuple[int, int]] = set()  # Expressions for which something else stands in.

    # Names

    def resolve(self, written: str) -> str:
        head, dot, rest = written.partition(".")
        variable = self.variables.get(head)
        if variable is not None:
            target = variable[0]
            return self.names.members(target, rest) if rest and target != head else target + dot + rest
        if head[-2:] == "()" and head[0].islower():  # A method of the class: `client().get`.
            return f"{self.method(head[:-2])}(){dot}{rest}"
        return self.names.resolve(written, self.owner)

    def method(self, name: str) -> str:
        """Return the full name of a method that is called without a receiver."""
        written = METHOD + name
        known = self.names.resolve(written, self.owner)
        if known != written:
            return known
        if self.owner and self.names.resolve(METHOD + ANY) == METHOD + ANY:
            return f"{self.owner}().{name}"
        return name

    def type(self, node: Node) -> str:
        """Return a type as written, its first name resolved: `java.util.List<Order>`."""
        written = self.source(node)
        if not (written.isalnum() or written.isidentifier()):
            written = " ".join(written.split())
        head, bracket, rest = written.partition("<")
        return self.names.resolve(head, self.owner) + bracket + rest

    def qualified(self, name: str) -> str:
        """Return the nested name of something defined here: `Outer.name`."""
        return f"{self.scope}.{name}" if self.scope else name

    # Variables

    def bind(self, name: str, target: str = "", element: str = "") -> None:
        self.bound.append((name, self.variables.get(name, _UNBOUND)))
        self.variables[name] = (target or name, element)

    def bind_typed(self, name: str, type_node: Node, given: str = "") -> None:
        """Bind a variable to its type, or with `var` to the full name of what it is given."""
        target, element = type_target(self.chunk, type_node), element_target(self.chunk, type_node)
        known = self.names.resolve(target, self.owner) if target else given if self.source(type_node) == "var" else ""
        self.bind(name, known, self.names.resolve(element, self.owner) if element else "")

    def element(self, name: str) -> str:
        """Return what the elements of a variable or field are, "" where that is not known."""
        if name in self.variables:
            return self.variables[name][1]
        written = name + ELEMENT
        found = self.names.resolve(written, self.owner)
        return "" if found == written else found

    def forget(self, since: int) -> None:
        """Forget what was bound since `bound` had that length."""
        bound, known = self.bound, self.variables
        while len(bound) > since:
            name, before = bound.pop()
            if before is _UNBOUND:
                known.pop(name, None)
            else:
                known[name] = before

    # Places

    def until(self, start: int, end: int) -> Span:
        return self.chunk.between(start, start + len(self.text[start:end].rstrip()))

    def has_default(self, node: Node) -> bool:
        return bool(self.defaulted) and (node.start_byte, node.end_byte) in self.defaulted
