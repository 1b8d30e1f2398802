"""What is open at the place that the reading of a chunk has come to."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from architrave.facts.code import Access, Call, Decorator
from architrave.facts.values import Value
from architrave.language import Chunk
from architrave.languages.typescript.bindings import bound
from architrave.languages.typescript.kinds import kinds
from architrave.names import Names
from architrave.regexes import regex
from architrave.walk import Handlers, Walk

_GLOBAL = frozenset({"process", "import", "req", "request", "ctx"})  # What can be read without an import.
_IDENTIFIER = regex(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_BASIC_TYPES = frozenset(
    {"string", "number", "boolean", "any", "unknown", "void", "never", "null", "undefined", "object", "symbol", "bigint", "readonly",
     "keyof", "typeof", "extends", "infer", "Promise", "Array", "Record", "Partial", "Date", "Map", "Set", "true", "false", "in", "is"}
)  # fmt: skip


class Taker(NamedTuple):
    """The call that takes a function literal."""

    function: Node
    callee: str
    written: str
    holder: Call | Value | None  # What the callee is read of, where that is no plain name.
    first: Value | None  # The first argument, unless the literal is that.


class Reader(Walk):
    """`function` is the innermost function with a name, `owner` the innermost class round it, `definition` the innermost of both."""

    function = ""
    in_loop = in_try = in_error = False
    is_inline = False  # Inside a function literal without a name of its own.
    accessed_until = -1
    taker: Taker | None = None
    export: Node | None = None  # The statement whose declaration comes next.
    leads: tuple[int, list[Decorator]] | None = None  # Where the decorators of the method that comes next start, and these.

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, handlers, values)
        self.kinds = kinds(chunk.grammar)
        self.bound = chunk.once(bound)
        self.functions = self.bound.functions
        self.names = names.inner(self.bound.local) if self.bound.local else names
        self.imported = names.imported
        self.owner = self.definition = chunk.owner
        self.loop_variables: dict[str, int] = {}  # Name -> where the body of its loop ends.
        self.defaulted: set[int] = set()  # Left sides of `x || y` and `x ?? y`, and conditions of `x ? x : y`.
        self.required: dict[int, list[tuple[str, str]]] = {}  # A `require` in a declaration -> (name, alias) that it brings in.

    def is_rooted(self, name: str) -> bool:
        """Whether a name is imported, or can be read without that."""
        return name in self.imported or name in _GLOBAL

    def access(self, node: Node, written: str, is_callee: bool = False) -> None:
        """Report the longest chain that begins with a loop variable, an imported or a global name."""
        start, end = node.start_byte, node.end_byte
        if end <= self.accessed_until:
            return
        self.accessed_until = end
        if is_callee and not self.loop_variables:
            return  # The call says it all.
        root = written.partition(".")[0]
        is_known = not is_callee and (root in self.imported or root in _GLOBAL)
        if not is_known and self.loop_variables.get(root, -1) <= start:
            return
        has_default = bool(self.defaulted) and node.id in self.defaulted
        self.out.append(Access(self.span(node), self.names.resolve(written, self.definition), self.function, self.in_loop, has_default))

    def between(self, children: list[Node]) -> None:
        """Visit what stands between the first and the last part of a node, where there is more than a sign."""
        if len(children) > 3:
            for child in children[1:-1]:
                self.visit(child)

    def broken(self, children: list[Node]) -> None:
        """Visit what could not be parsed among the parts of a node."""
        for child in children:
            if child.type == "ERROR":
                self.visit(child)

    def silently(self, node: Node) -> Value:
        """Return a value without reporting what is in it."""
        at, until = len(self.out), self.accessed_until
        value = self.value(node)
        del self.out[at:]
        self.accessed_until = until
        return value

    def type(self, node: Node, function: str) -> str:
        """Return a type as written, its names resolved: `typeorm.Repository<./user.User>`."""
        source = self.source(node)
        if node.kind_id in self.kinds.annotations:
            source = source[1:].lstrip()  # ": string"
        return self.type_text(source, function)

    def type_text(self, written: str, function: str) -> str:
        if written in _BASIC_TYPES:
            return written
        if "{" in written or "=>" in written or len(written) > 200:
            return " ".join(written.split())[:200]
        resolve = self.names.resolve
        if written.isidentifier():
            return resolve(written, function)
        return _IDENTIFIER.sub(
            lambda match: match[0] if match[0] in _BASIC_TYPES else resolve(match[0], function), " ".join(written.split())
        )
