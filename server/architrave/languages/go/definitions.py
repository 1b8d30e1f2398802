"""Definitions of Go to facts: functions, types and their fields, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from architrave.facts.code import Assignment, Block, Decorator, Definition, Field, Import
from architrave.facts.values import Argument, Invocation, Mapping, Sequence, String, Unknown, Value
from architrave.languages.go.expressions import Expressions
from architrave.languages.go.imports import imported
from architrave.languages.go.literals import unescaped
from architrave.languages.go.types import BUILTIN, bare, function_name, is_exported, members

_TAG = re.compile(r'([\w.-]+):"((?:[^"\\]|\\.)*)"')


class Definitions(Expressions):
    def imports(self, node: Node, depth: int) -> None:
        module, alias = imported(self.chunk, node)
        if module:
            self.out.append(Import(self.span(node), module, "*" if alias == "." else "", "*" if alias == "." else alias))

    def function_(self, node: Node, depth: int) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        qualified = function_name(self.chunk, node)
        outer = self.function, self.in_loop, self.in_error
        self.function, self.in_loop, self.in_error = qualified, False, False
        header = self.header(node, body)
        self.out.append(
            Definition(
                header,
                self.span(name) if name is not None else header,
                qualified,
                "method" if node.type == "method_declaration" else "function",
                (),
                (),
                self.parameters(node.child_by_field_name("parameters")),
                self.returned(node),
                is_exported=is_exported(qualified),
            )
        )
        self.out.append(Block(self.span(node), "function", qualified))
        if body is not None:
            self.inside(body)
        self.function, self.in_loop, self.in_error = outer

    # Types

    def type_(self, node: Node, depth: int) -> None:
        name_node, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name_node is None or type_node is None:
            return
        name, kind = self.source(name_node), type_node.type
        if kind == "struct_type":
            self._struct(node, name_node, type_node)
        elif kind == "interface_type":
            self._interface(node, name_node, type_node)
        else:
            base = bare(self.type(type_node)) if kind in ("qualified_type", "type_identifier") else ""
            bases = (base,) if base and base not in BUILTIN else ()
            self.out.append(Definition(self.span(node), self.span(name_node), name, "type", (), bases, is_exported=is_exported(name)))

    def _struct(self, node: Node, name_node: Node, struct: Node) -> None:
        name, body = self.source(name_node), members(struct)
        fields = list(self._fields(name, body)) if body is not None else []
        bases = tuple([bare(item.type) for item, is_embedded in fields if is_embedded])
        header = self.header(node, body)
        self.out.append(Definition(header, self.span(name_node), name, "struct", (), bases, is_exported=is_exported(name)))
        self.out.extend([item for item, _ in fields])

    def _fields(self, owner: str, body: Node) -> Iterator[tuple[Field, bool]]:
        """Yield the fields of a struct, and whether each is embedded."""
        for member in body.named_children:
            type_node = member.child_by_field_name("type") if member.type == "field_declaration" else None
            if type_node is None:
                continue
            written = self.type(type_node)
            tag = member.child_by_field_name("tag")
            decorators = self._tags(tag) if tag is not None else ()
            names = member.children_by_field_name("name")
            span = self.span(member)
            for name in names:
                yield Field(span, owner, self.source(name), written, None, decorators), False
            if not names:
                pointer = "*" if member.children[0].type == "*" else ""
                yield Field(span, owner, bare(written).rpartition(".")[2], pointer + written, None, decorators), True

    def _tags(self, tag: Node) -> tuple[Decorator, ...]:
        content = self.source(tag)
        found = []
        for match in _TAG.finditer(content):
            start = tag.start_byte + len(content[: match.start()].encode())
            end = start + len(match[0].encode())
            quoted = self.chunk.between(start + len(match[1].encode()) + 1, end)
            value = Argument(quoted, String(quoted, unescaped(match[2])))
            found.append(Decorator(self.chunk.between(start, end), match[1], (value,), match[1]))
        return tuple(found)

    def _interface(self, node: Node, name_node: Node, interface: Node) -> None:
        name, elements = self.source(name_node), interface.named_children
        header = self.header(node, elements[0] if elements else None)
        embedded = [child for child in elements if child.type == "type_elem" and len(child.named_children) == 1]
        bases = tuple([bare(self.type(child)) for child in embedded])
        self.out.append(Definition(header, self.span(name_node), name, "interface", (), bases, is_exported=is_exported(name)))
        for method in elements:
            own = method.child_by_field_name("name") if method.type == "method_elem" else None
            if own is None:
                continue
            self.out.append(
                Definition(
                    self.span(method),
                    self.span(own),
                    f"{name}.{self.source(own)}",
                    "method",
                    (),
                    (),
                    self.parameters(method.child_by_field_name("parameters")),
                    self.returned(method),
                    is_exported=is_exported(self.source(own)),
                )
            )

    # Variables

    def variable(self, node: Node, depth: int) -> None:
        type_node, values = node.child_by_field_name("type"), node.child_by_field_name("value")
        declared = self.type(type_node) if type_node is not None else ""
        at = len(self.out)
        given = values.named_children if values is not None else []
        known = [self.value(item) for item in given]
        found = []
        span = self.span(node)
        for index, name in enumerate(node.children_by_field_name("name")):
            if index < len(known):
                declared_or_made = declared or self.made_type(known[index], given[index])
                found.append(Assignment(span, self.source(name), known[index], self.function, declared_or_made))
            elif declared and not given:
                found.append(Assignment(span, self.source(name), Unknown(span), self.function, declared))
        self.out[at:at] = found

    def made_type(self, value: Value, node: Node) -> str:
        """Return `[]Order` for a variable that is given `[]Order{…}` or `make([]Order, n)`."""
        if isinstance(value, Invocation):
            if value.callee == "make" and node.type == "call_expression":
                kinds = node.children[-1].named_children
                return self.type(kinds[0]) if kinds else ""
        elif isinstance(value, Sequence | Mapping) and node.type == "composite_literal":
            return self.type(node.children[0])
        return ""
