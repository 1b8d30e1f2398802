"""What a walk through Go knows of names and types: what they stand for where it is, and what functions take and give."""

from __future__ import annotations

import re
from functools import lru_cache

from tree_sitter import Node

from architrave.facts.code import Parameter
from architrave.language import Chunk
from architrave.languages.go.locals import Locals
from architrave.languages.go.types import first_result
from architrave.names import Names
from architrave.text import Span
from architrave.walk import Handlers, Walk

_QUALIFIED = re.compile(r"\b([A-Za-z_]\w*)\.([A-Z]\w*)")


class Signatures(Walk):
    """`function` is the innermost function that has a name, `roots` are the names that are bound at the top of the file."""

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, handlers, values)
        self.roots, self.types = _of_file(names)
        self.local = Locals(chunk, names, self.roots)
        self.file_names, self.names, self.bound = names, self.local.names, self.local.bound
        self.function = ""

    def resolve(self, written: str) -> str:
        head = written.partition(".")[0]
        while head[-2:] == "()":
            head = head[:-2]
        if head in self.bound:
            return self.names.resolve(written, self.function)
        return self.file_names.resolve(written) if head in self.roots else written  # What one chunk asks, the next ones ask too.

    def type(self, node: Node) -> str:
        """Return a type as written, its packages resolved: `*gorm.io/gorm.DB`."""
        written = self.source(node)
        known = self.types.get(written)
        if known is None:
            plain = " ".join(written.split())
            known = _QUALIFIED.sub(lambda match: self.file_names.resolve(match[0]), plain) if "." in plain else plain
            self.types[written] = known
        return known

    def parameters(self, node: Node | None) -> tuple[Parameter, ...]:
        found: list[Parameter] = []
        for parameter in node.named_children if node is not None else ():
            children = parameter.children
            names = [child for child in children[:-1] if child.type == "identifier"]
            if not names:
                continue
            written = self.type(children[-1])
            if parameter.type == "variadic_parameter_declaration":
                written = f"[]{written}"
            span = self.span(parameter)
            found.extend([Parameter(span, self.source(name), written) for name in names])
        return tuple(found)

    def returned(self, node: Node) -> str:
        result = node.child_by_field_name("result")
        return self.type(first_result(result)) if result is not None else ""

    def header(self, node: Node, body: Node | None) -> Span:
        start = node.start_byte
        end = body.start_byte if body is not None else node.end_byte
        return self.chunk.between(start, start + len(self.text[start:end].rstrip()))


@lru_cache(maxsize=2)
def _of_file(names: Names) -> tuple[frozenset[str], dict[str, str]]:
    """Return the names bound at the top of a file, and room for the types in it: every chunk asks for them in turn."""
    return frozenset(binding.name for binding in names.of_file()), {}
