"""Expressions of Go: each is visited once, which gives its value and reports the calls, accesses and comparisons in it."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Access, Block, Call, Comparison, Definition
from architrave.facts.values import (
    Argument,
    Boolean,
    Entry,
    Function,
    Invocation,
    Mapping,
    Name,
    Null,
    Number,
    Sequence,
    String,
    Value,
    is_text,
    joined,
)
from architrave.language import Chunk
from architrave.languages.go.chains import DOTTED, LONGEST, literal_key, made, written
from architrave.languages.go.literals import TEXTS, computed, formatted, number, text
from architrave.languages.go.signatures import Signatures
from architrave.languages.go.types import BUILTIN
from architrave.names import Names
from architrave.text import Span
from architrave.walk import Handler, Handlers

_SILENT = frozenset({"append", "cap", "close", "copy", "delete", "len", "make", "new", "print", "println", "recover", *BUILTIN})
_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!="})


class Expressions(Signatures):
    """What is open at the place that the reader has come to: a loop, the branch of an error."""

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, names, handlers, values)
        self.in_loop = self.in_error = False
        self.loop_variables: dict[str, int] = {}  # With the end of the loop.

    # Names

    def name(self, node: Node, depth: int) -> Value:
        name = self.source(node)
        return Name(self.span(node), self.resolve(name), name)

    def chain(self, node: Node, depth: int) -> Value | None:
        name = self.operand(node)
        return Name(self.span(node), self.resolve(name), name) if name else None

    def read_chain(self, node: Node, depth: int) -> None:
        self.operand(node)

    def operand(self, node: Node) -> str:
        """Visit what is read and return it as written; "" for what is no chain of names."""
        if node.type != "selector_expression":
            return self.linked(node)
        name = self.linked(node)
        root = node
        while root.type == "selector_expression":
            root = root.children[0]
        if root.type == "identifier":
            start = self.source(root)
            if start in self.roots or self.loop_variables.get(start, -1) > node.start_byte:
                self.out.append(Access(self.span(node), self.resolve(name), self.function, self.in_loop))
        return name

    def linked(self, node: Node) -> str:
        """Visit what a chain goes on from, which is no reading of its own, and return it as written."""
        kind = node.type
        if kind == "identifier":
            return self.source(node)
        if kind == "selector_expression":
            source = self.text[node.start_byte : node.end_byte]
            if DOTTED.fullmatch(source):
                return source.decode()
            children = node.children
            inner = self.linked(children[0])
            return f"{inner}.{self.source(children[-1])}" if inner and inner.count(".") < LONGEST else ""
        if kind == "call_expression":
            return self.called(node, 0)[0]
        if kind == "parenthesized_expression" or (kind == "unary_expression" and node.children[0].type in ("&", "*")):
            return self.operand(node.named_children[0]) if node.named_children else ""
        if kind == "index_expression":
            children = node.children
            inner, key = self.operand(children[0]), literal_key(self.chunk, node)
            for child in children[1:]:
                self.visit(child)
            return f"{inner}.{key}" if inner and key is not None else ""
        if kind == "type_assertion_expression":
            self.operand(node.children[0])
            return made(self.chunk, node)
        if kind == "qualified_type" or kind == "type_identifier":
            return self.source(node)
        self.visit(node)
        return made(self.chunk, node) if kind == "composite_literal" else ""

    # Calls

    def call(self, node: Node, depth: int) -> Value | None:
        return self.called(node, depth)[1]

    def called(self, node: Node, depth: int, is_discarded: bool = False) -> tuple[str, Value | None]:
        """Report a call; return it as written, and its value."""
        children = node.children
        function, arguments = children[0], children[-1]
        at = len(self.out)
        name = self.linked(function)
        if not name or arguments.type != "argument_list":
            for child in children[1:]:
                self.visit(child)
            return f"{name}()" if name else "", None
        callee = self.resolve(name)
        values = self.arguments(arguments, depth, callee, name)
        span = self.span(node)
        if name in _SILENT:
            return self._built_in(span, name, callee, values, arguments)
        inner = arguments.start_byte + 1 - self.base
        self.out.insert(
            at,
            Call(
                span,
                self.span(function.children[-1] if function.type == "selector_expression" else function),
                Span(inner, max(inner, span.end - 1), self.id),
                callee,
                values,
                self.function,
                self.in_loop,
                False,
                self.in_error,
                False,
                is_discarded,
                False,
                name,
            ),
        )
        if name == "fmt.Sprintf":
            return "fmt.Sprintf()", self._formatted(span, values)
        return f"{name}()", Invocation(span, callee, values)

    def _built_in(self, span: Span, name: str, callee: str, values: tuple[Argument, ...], arguments: Node) -> tuple[str, Value]:
        if name == "string" and values:
            return "string()", values[0].value
        if name == "new" and len(values) == 1:
            made = arguments.named_children[0]
            target = written(self.chunk, made)
            return f"{target}()" if target else "", Invocation(span, self.resolve(self.source(made)))
        return f"{name}()", Invocation(span, callee, values)

    def arguments(self, node: Node, depth: int, callee: str, name: str) -> tuple[Argument, ...]:
        found = []
        values = self.values
        for child in node.children:
            handler = values.get(child.kind_id)
            if handler is None:  # Punctuation, and comments.
                continue
            if handler is _LITERAL:
                self._callback(child, Name(self.span(node), callee, name))
            value = self.value(child, depth + 1)
            span = self.span(child) if handler in _PASSING else value.span
            found.append(Argument(span, value, "*" if handler is _VARIADIC else ""))
        return tuple(found)

    def _callback(self, node: Node, subject: Name) -> None:
        body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
        if body is not None:
            given = parameters.named_children if parameters is not None else ()
            variables = [self.source(item) for each in given for item in each.children_by_field_name("name")]
            self.out.append(Block(self.span(body), "callback", self.function, subject, tuple(variables)))

    def _formatted(self, span: Span, arguments: tuple[Argument, ...]) -> Value | None:
        if not arguments:
            return None
        first = arguments[0]
        source = self.text[first.span.start + self.base : first.span.end + self.base].decode("utf-8", "replace")
        return formatted(span, first, source, arguments[1:])

    def literal(self, node: Node, depth: int) -> Value:
        """Visit a function literal; one with a name is a function of its own."""
        body = node.child_by_field_name("body")
        span, name = self.span(node), self.local.literals.get(node.start_byte, "")
        outer = self.function, self.in_loop, self.in_error
        if name:
            self.function, self.in_loop, self.in_error = name, False, False
            header = self.header(node, body)
            parameters = self.parameters(node.child_by_field_name("parameters"))
            self.out.append(Definition(header, header, name, "function", (), (), parameters, self.returned(node), is_exported=False))
            self.out.append(Block(span, "function", name))
        if body is not None:
            self.inside(body)
        self.function, self.in_loop, self.in_error = outer
        return Function(span, name)

    # Composite literals

    def composite(self, node: Node, depth: int) -> Value | None:
        children = node.children
        type_node, body = children[0], children[-1]
        if body.type != "literal_value":
            self.inside(node)
            return None
        kind = type_node.type
        is_reported = kind == "type_identifier" or kind == "qualified_type"
        if kind == "generic_type":
            type_node = type_node.children[0]
        entries = [child for child in body.named_children if child.type != "comment"]
        if type_node.type not in ("type_identifier", "qualified_type") or any(_is_text_key(child) for child in entries):
            return self._elements(self.span(node), entries, depth)
        at = len(self.out)
        arguments = []
        for child in entries:
            key = self._key(child) if child.type == "keyed_element" else None
            given = child.named_children[-1] if key is not None else child
            arguments.append(Argument(self.span(child), self.value(given, depth + 1), self.source(key) if key is not None else ""))
        span, written = self.span(node), self.source(type_node)
        made = Invocation(span, self.resolve(written), tuple(arguments))
        if is_reported:
            self.out.insert(
                at,
                Call(
                    span,
                    self.span(type_node.children[-1] if kind == "qualified_type" else type_node),
                    self.chunk.between(body.start_byte + 1, max(body.start_byte + 1, body.end_byte - 1)),
                    made.callee,
                    made.arguments,
                    self.function,
                    self.in_loop,
                    False,
                    self.in_error,
                    written=written,
                ),
            )
        return made

    def elements(self, node: Node, depth: int) -> Value:
        return self._elements(self.span(node), [child for child in node.named_children if child.type != "comment"], depth)

    def _elements(self, span: Span, entries: list[Node], depth: int) -> Value:
        if not any(child.type == "keyed_element" for child in entries):
            return Sequence(span, tuple([self.value(child, depth + 1) for child in entries]))
        found = []
        for child in entries:
            key = self._key(child) if child.type == "keyed_element" else None
            if key is None:
                self.visit(child)
                continue
            name = text(self.source(key)) if key.type in TEXTS else self.source(key)
            found.append(Entry(self.span(key), name, self.value(child.named_children[-1], depth + 1)))
        return Mapping(span, tuple(found))

    def _key(self, element: Node) -> Node | None:
        """Visit the key of an element and return it."""
        key = _key(element)
        if key is not None:
            self.visit(key)
        return key

    def other(self, node: Node, depth: int) -> None:
        self.visit(node)

    # Operators

    def binary(self, node: Node, depth: int) -> Value | None:
        """Return the value of an operation; long ones are deep on their left, so that side is gone down without recursion."""
        operations = []
        left = node
        parts = operation(node)
        while parts is not None and parts[1] not in _COMPARED:
            operations.append((left, parts[1], parts[2]))
            left = parts[0]
            parts = operation(left)
        if not operations:
            return self._comparison(node, parts)
        value = self.value(left, depth + 1)
        for whole, operator, right in reversed(operations):
            value = self._operated(self.span(whole), value, operator, self.value(right, depth + 1))
        return value

    def _comparison(self, node: Node, parts: tuple[Node, str, Node] | None) -> Value | None:
        if parts is None:
            self.inside(node)
            return None
        at = len(self.out)
        left, right = self.value(parts[0]), self.value(parts[2])
        self.out.insert(at, Comparison(self.span(node), left, parts[1], right, self.function))
        return None

    def _operated(self, span: Span, first: Value, operator: str, second: Value) -> Value:
        if operator == "&&" or operator == "||":
            return Sequence(span, (first, second))
        if operator == "+" and (is_text(first) or is_text(second)):
            return joined(span, [first, second])
        return computed(span, operator, first, second)

    def unary(self, node: Node, depth: int) -> Value | None:
        children = node.children
        operand = self.value(children[-1], depth + 1)
        sign = children[0].type
        if sign == "-" and isinstance(operand, Number):
            return Number(self.span(node), -operand.value)
        return operand if sign in ("&", "*", "<-") else None

    def wrapped(self, node: Node, depth: int) -> Value | None:
        """Return the value of what stands in parentheses or in a literal."""
        children = node.named_children
        return self.value(children[0], depth + 1) if children else None

    def variadic(self, node: Node, depth: int) -> Value | None:
        return self.wrapped(node, depth)

    def converted(self, node: Node, depth: int) -> Value | None:
        children = node.named_children
        return self.value(children[-1], depth + 1) if children else None

    # Literals

    def string(self, node: Node, depth: int) -> Value:
        return String(self.span(node), text(self.source(node)))

    def number(self, node: Node, depth: int) -> Value:
        return number(self.span(node), self.source(node))

    def true(self, node: Node, depth: int) -> Value:
        return Boolean(self.span(node), True)

    def false(self, node: Node, depth: int) -> Value:
        return Boolean(self.span(node), False)

    def nil(self, node: Node, depth: int) -> Value:
        return Null(self.span(node))


_LITERAL, _VARIADIC = Expressions.literal, Expressions.variadic
# What may have the value of a part of it.
_PASSING = frozenset({Expressions.wrapped, Expressions.variadic, Expressions.unary, Expressions.converted, Expressions.call})


def operation(node: Node) -> tuple[Node, str, Node] | None:
    """Return the sides of `left + right` and what stands between them; None for all else."""
    if node.type != "binary_expression":
        return None
    parts = node.children
    if len(parts) != 3:
        parts = [part for part in parts if part.type != "comment"]
    return (parts[0], parts[1].type, parts[2]) if len(parts) == 3 else None


def _key(element: Node) -> Node | None:
    parts = element.named_children
    if not parts:  # Half-typed.
        return None
    return parts[0].named_children[0] if parts[0].type == "literal_element" and parts[0].named_children else parts[0]


def _is_text_key(node: Node) -> bool:
    key = _key(node) if node.type == "keyed_element" else None
    return key is not None and key.type in TEXTS


VALUES: dict[str, Handler] = {
    "identifier": Expressions.name,
    "type_identifier": Expressions.name,
    "qualified_type": Expressions.name,
    "selector_expression": Expressions.chain,
    "index_expression": Expressions.chain,
    "type_assertion_expression": Expressions.chain,
    "call_expression": Expressions.call,
    "func_literal": Expressions.literal,
    "composite_literal": Expressions.composite,
    "literal_value": Expressions.elements,
    "literal_element": Expressions.wrapped,
    "binary_expression": Expressions.binary,
    "unary_expression": Expressions.unary,
    "parenthesized_expression": Expressions.wrapped,
    "variadic_argument": Expressions.variadic,
    "type_conversion_expression": Expressions.converted,
    "interpreted_string_literal": Expressions.string,
    "raw_string_literal": Expressions.string,
    "int_literal": Expressions.number,
    "float_literal": Expressions.number,
    "true": Expressions.true,
    "false": Expressions.false,
    "nil": Expressions.nil,
}
HANDLERS: dict[str, Handler] = {
    "selector_expression": Expressions.read_chain,
    "index_expression": Expressions.read_chain,
    "type_assertion_expression": Expressions.read_chain,
    "call_expression": Expressions.call,
    "func_literal": Expressions.literal,
    "composite_literal": Expressions.composite,
    "binary_expression": Expressions.binary,
}
