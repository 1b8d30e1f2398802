"""What is open at the place that the reading of a chunk has come to, and what names and types stand for there.

Rust declares variables before it uses them, and each ends with the block round it, so both are bound and forgotten on the way.
"""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.rust.bindings import of_file
from architrave.languages.rust.naming import plain
from architrave.languages.rust.patterns import opened, variables
from architrave.languages.rust.types import PRIMITIVE, type_target
from architrave.names import Names
from architrave.regexes import regex
from architrave.walk import Handlers, Walk

_PATH = regex(r"(?<!['\w:.])[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*")


class Reader(Walk):
    """`function` is the innermost function, `owner` the type or module that the chunk is a member of.

    `variables` have the full name of what each stands for: itself where nothing is known.
    """

    function = ""
    in_loop = in_error = False
    macro_depth = 0

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, handlers, values)
        self.names = names
        self.owner = chunk.owner
        self.constants, self.traits = of_file(names)
        self.variables: dict[str, str] = {}
        self.bound: list[tuple[str, str | None]] = []  # Variables, and what they stood for before.
        self.attributes: list[Node] = [lead for lead in chunk.leads if lead.type == "attribute_item"]  # Of what comes next.
        self.loop_variables: dict[str, int] = {}  # With the end of the loop.
        self.defaulted: set[tuple[int, int]] = set()  # Calls whose failure has a value.
        self.counts: dict[str, int] = {}  # Of closures that have a number for a name.
        self.paths: dict[str, Node] = {}  # Paths from the crate's root that stand in the code, without `use`.
        self.types: dict[str, str] = {}

    # Names

    def resolve(self, written: str) -> str:
        head, _, rest = written.partition(".")
        call = ""
        while head[-2:] == "()":
            head, call = head[:-2], call + "()"
        target = self.variables.get(head)
        if target is None:
            return self.names.resolve(written, self.owner)
        if target == head:
            return written
        return self.names.members(target + call, rest) if rest else target + call

    def path(self, node: Node) -> str:
        """Return `crate::db::pool` as `crate.db.pool`; `orders::table` is no part of a variable `orders`."""
        written = plain(self.source(node))
        head = written.partition(".")[0]
        if head in ("crate", "super"):
            self.paths.setdefault(written, node)
        if head in self.variables and head not in ("self", "Self"):
            return self.names.resolve(written, self.owner)
        return written

    def type(self, node: Node) -> str:
        """Return a type with its paths resolved: `axum.extract.State<sqlx.PgPool>`."""
        source = self.source(node)
        if source.isidentifier():
            return self._type_name(source, node)
        known = self.types.get(source)
        if known is None:
            known = self.types[source] = _PATH.sub(lambda match: self._type_name(match[0], node), " ".join(source.split()))
        return known

    def _type_name(self, path: str, node: Node) -> str:
        if path in PRIMITIVE:
            return path
        written = path.replace(" ", "").replace("::", ".") if ":" in path else path
        if written.startswith(("crate.", "super.")):
            self.paths.setdefault(written, node)
        if self.owner and (written == "Self" or written.startswith("Self.")):
            written = f"{self.owner}{written[4:]}"
        return self.names.resolve(written, self.owner)

    def typed(self, node: Node | None) -> str:
        """Return the full name of what a variable of a type stands for, "" where that is no one class."""
        target = type_target(self.chunk, node, self.owner) if node is not None else ""
        if target.startswith("Self.") and self.owner:
            target = f"{self.owner}{target[4:]}"
        return self.names.resolve(target, self.owner) if target else ""

    # Variables

    def bind(self, name: str, target: str = "") -> None:
        known = self.variables.get(name)
        if known is not None and target and (target == known or target.startswith((known + ".", known + "()"))):
            return  # `query = query.bind(…)` is of the same type as before.
        self.bound.append((name, known))
        self.variables[name] = target or name

    def bind_pattern(self, pattern: Node, target: str = "") -> None:
        """Bind the one name of `x`, `mut x`, `&x`, `Some(x)`, `State(x)` to a target, and those of any other pattern to themselves."""
        inner = opened(pattern)
        if inner.type == "identifier":
            self.bind(self.source(inner), target)
            return
        for name in variables(self.text, inner):
            self.bind(self.source(name))

    def forget(self, since: int) -> None:
        """Forget what was bound since `bound` had that length."""
        bound, known = self.bound, self.variables
        while len(bound) > since:
            name, before = bound.pop()
            if before is None:
                del known[name]
            else:
                known[name] = before

    @property
    def is_in_type(self) -> bool:
        """Whether the chunk is a member of a type, and not of a module."""
        return self.owner.rpartition(".")[2][:1].isupper()

    def qualified(self, node: Node) -> str:
        name = node.child_by_field_name("name")
        own = self.source(name) if name is not None else "?"
        outer = self.function or self.owner
        return f"{outer}.{own}" if outer else own
