"""Expressions of Python: each is visited once, which gives its value and reports the calls, accesses and comparisons in it."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Access, Block, Call, Comparison
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
    Template,
    Unknown,
    Value,
    counted,
    is_text,
    joined,
)
from architrave.language import Chunk
from architrave.languages.python.bindings import local_bindings
from architrave.languages.python.chains import parameter_name, variables, written
from architrave.languages.python.values import formatted, interpolated, number, unescaped
from architrave.names import Names
from architrave.regexes import regex
from architrave.text import Span
from architrave.walk import Handler, Handlers, Walk

_LOOP_CALLS = frozenset({"map", "filter"})
_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!=", "in", "not in"})
_OPENING = regex(rb"([A-Za-z]*)(\"\"\"|'''|\"|')")

# What frameworks call the request that a function is given: who asks is read off it in conditions, too.
_REQUESTS = frozenset({"request", "req"})


class Expressions(Walk):
    """What is open at the place that the reader has come to.

    `function` is the innermost function, `owner` the innermost class round it, `definition` the innermost of both.
    """

    def __init__(self, chunk: Chunk, names: Names, handlers: Handlers, values: Handlers) -> None:
        super().__init__(chunk, handlers, values)
        local = local_bindings(chunk)
        self.names = names.inner(local) if local else names
        self.roots = names.imported
        self.function = ""
        self.owner = self.definition = chunk.owner
        self.in_loop = self.in_try = self.in_error = self.in_types = False
        self.accessed_until = -1
        self.loop_variables: dict[str, int] = {}
        self.defaulted: set[tuple[int, int]] = set()

    def resolved(self, node: Node | None) -> str:
        name = written(self.chunk, node) if node is not None else ""
        return self.names.resolve(name, self.definition) if name else ""

    def type(self, node: Node) -> str:
        """Return a type as written, its first name resolved: `sqlalchemy.orm.Mapped[int]`."""
        name = " ".join(self.source(node).split()).strip("\"'")
        head, bracket, rest = name.partition("[")
        return self.names.resolve(head, self.function) + bracket + rest

    # Names

    def name(self, node: Node, depth: int) -> Value:
        name = self.source(node)
        return Name(self.span(node), self.names.resolve(name, self.definition), name)

    def attribute(self, node: Node, depth: int) -> Value | None:
        name = self._chain(node)
        return Name(self.span(node), self.names.resolve(name, self.definition), name) if name else None

    def read_attribute(self, node: Node, depth: int) -> None:
        """Visit a chain whose value does not matter: only the root of most need be looked at."""
        if node.end_byte <= self.accessed_until and self.text.find(b"(", node.start_byte, node.end_byte) < 0:
            return
        self._chain(node)

    def _chain(self, node: Node) -> str:
        name = written(self.chunk, node)
        self.visit_chain(node, name)
        return name

    def visit_chain(self, node: Node, name: str) -> None:
        """Visit an attribute that is written so; only one with calls in it, or with something else than names, is gone into."""
        self._access(node, name)
        if "(" in name or not name or self.text.find(b"(", node.start_byte, node.end_byte) >= 0:
            self.inside(node)

    def subscript(self, node: Node, depth: int) -> Value | None:
        self._slice(node)
        name = written(self.chunk, node)
        self._access(node, name)
        self.inside(node)
        return Name(self.span(node), self.names.resolve(name, self.definition), name) if name else None

    def _access(self, node: Node, name: str) -> None:
        """Report the longest chain that begins with a loop variable, an imported name or a request."""
        start, end = node.start_byte, node.end_byte
        if end <= self.accessed_until:
            return
        self.accessed_until = end
        root = name.partition(".")[0].rstrip("()")
        is_known = root in self.roots or root in _REQUESTS or self.loop_variables.get(root, -1) > start
        if not root or not is_known or self.text[start] == 40:  # "("
            return
        has_default = bool(self.defaulted) and (start, end) in self.defaulted
        self.out.append(Access(self.span(node), self.names.resolve(name, self.function), self.function, self.in_loop, has_default))

    def _slice(self, node: Node) -> None:
        """Report `rows[a:b]` as the call that it is, of what says how far it goes: `rows.__getitem__(b)`."""
        value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if value is None or key is None or key.type != "slice":
            return
        name = written(self.chunk, value)
        colons = [index for index, child in enumerate(key.children) if child.type == ":"]
        end = next((child for child in key.children[colons[0] + 1 : colons[0] + 2] if child.is_named), None) if colons else None
        if not name or end is None:
            return
        how_many: Node | None = end
        if end.type == "binary_operator":  # `offset + size`: the part that says how many.
            how_many = end.child_by_field_name("right")
        self.out.append(
            Call(
                self.span(node),
                self.span(value),
                self.span(key),
                self.names.resolve(f"{name}.__getitem__", self.definition),
                (Argument(self.span(end), self._silent_value(how_many, end)),),
                self.function,
                self.in_loop,
                written=f"{name}.__getitem__",
            )
        )

    def _silent_value(self, node: Node | None, whole: Node) -> Value:
        """Return a value without reporting what is in it, which is visited later."""
        if node is None:
            return Unknown(self.span(whole))
        at, until = len(self.out), self.accessed_until
        value = self.value(node)
        del self.out[at:]
        self.accessed_until = until
        return value

    # Calls

    def call(self, node: Node, depth: int) -> Value | None:
        return self.called(node, depth)

    def called(self, node: Node, depth: int, is_awaited: bool = False, is_discarded: bool = False) -> Value | None:
        children = node.children
        if len(children) == 2:
            function, arguments = children
        else:
            callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            if callee is None or given is None:
                self.inside(node)
                return None
            function, arguments = callee, given
        at = len(self.out)
        name = written(self.chunk, function)
        if not name:
            return self._computed(node, function, arguments, depth)
        if function.type == "attribute":
            self.visit_chain(function, name)
            last = name.rpartition(".")[2]
            end = function.end_byte - self.base
            name_span = Span(end - (len(last) if last.isascii() else len(last.encode())), end, self.id)
        else:
            self.visit(function)
            name_span = self.span(function)
        span = self.span(node)
        resolved = self.names.resolve(name, self.definition)
        values = self.arguments(arguments, depth, resolved)
        if arguments.type == "argument_list":
            inner = arguments.start_byte + 1
            inside = Span(inner - self.base, max(inner, arguments.end_byte - 1) - self.base, self.id)
        else:
            inside = self.span(arguments)
        self.out.insert(
            at,
            Call(
                span,
                name_span,
                inside,
                resolved,
                values,
                self.function,
                self.in_loop,
                self.in_try,
                self.in_error,
                is_awaited,
                is_discarded,
                bool(self.defaulted) and (node.start_byte, node.end_byte) in self.defaulted,
                name,
            ),
        )
        return Invocation(span, resolved, values)

    def _computed(self, node: Node, function: Node, arguments: Node, depth: int) -> Value | None:
        """Visit a call of what is no chain of names; `"…".format(…)` has a value."""
        if function.type == "attribute" and function.children[-1].type == "identifier":
            inner = function.named_children[0]
            if inner.type in ("string", "concatenated_string") and self.source(function.named_children[-1]) == "format":
                text = self.value(inner, depth + 1)
                return formatted(self.span(node), text, self.arguments(arguments, depth))
        self.visit(function)
        self.arguments(arguments, depth)
        return None

    def arguments(self, node: Node, depth: int, callee: str = "") -> tuple[Argument, ...]:
        if node.type != "argument_list":  # A generator: f(x for x in y).
            self.visit(node)
            return (Argument(self.span(node), Unknown(self.span(node))),)
        found = []
        callbacks: list[tuple[int, Node, tuple[str, ...]]] = []
        for child in node.named_children:
            kind = child.type
            if kind == "keyword_argument":
                parts = child.children
                if len(parts) == 3:  # name = value
                    found.append(Argument(self.span(child), self.value(parts[2], depth + 2), self.source(parts[0])))
            elif kind in ("list_splat", "dictionary_splat") and child.named_children:
                star = "*" if kind == "list_splat" else "**"
                found.append(Argument(self.span(child), self.value(child.named_children[0], depth + 2), star))
            elif kind == "lambda" and callee:
                callbacks.append((len(self.out), child, self._lambda_variables(child)))
                self._lambda_body(child, callee in _LOOP_CALLS)
                span = self.span(child)
                found.append(Argument(span, Function(span, "")))
            elif kind != "comment":
                found.append(Argument(self.span(child), self.value(child, depth + 2)))
        for at, child, bound in reversed(callbacks):
            self._report_callback(at, child, bound, callee, found, node)
        return tuple(found)

    def _report_callback(self, at: int, node: Node, bound: tuple[str, ...], callee: str, found: list[Argument], arguments: Node) -> None:
        body = node.child_by_field_name("body")
        if body is None:
            return
        if callee in _LOOP_CALLS:
            subject = found[1].value if len(found) > 1 else None
            self.out.insert(at, Block(self.span(body), "loop", self.function, subject, bound))
        else:
            self.out.insert(at, Block(self.span(body), "callback", self.function, Name(self.span(arguments), callee, callee), bound))

    def _lambda_variables(self, node: Node) -> tuple[str, ...]:
        parameters = node.child_by_field_name("parameters")
        return tuple(parameter_name(self.chunk, item) for item in parameters.named_children) if parameters is not None else ()

    def lambda_(self, node: Node, depth: int) -> Value:
        self._lambda_body(node, False)
        return Function(self.span(node), "")

    def _lambda_body(self, node: Node, is_loop: bool) -> None:
        parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
        if parameters is not None:
            self.inside(parameters)
        if body is not None:
            outer, self.in_loop = self.in_loop, self.in_loop or is_loop
            self.visit(body)
            self.in_loop = outer

    def await_(self, node: Node, depth: int, is_discarded: bool = False) -> Value | None:
        if not node.named_children:
            return None
        inner = node.named_children[0]
        if inner.type == "call":
            return self.called(inner, depth, True, is_discarded)
        return self.value(inner, depth + 1)

    # Operators

    def comparison(self, node: Node, depth: int) -> None:
        at = len(self.out)
        values: list[Value] = []
        operators: list[str] = []
        for child in node.children:
            if not child.is_named:
                operators.append(child.type)
            elif child.type != "comment":
                values.append(self.value(child))
        span = self.span(node)
        self.out[at:at] = [
            Comparison(span, left, "in" if operator == "not in" else operator, right, self.function)
            for left, operator, right in zip(values, operators, values[1:], strict=False)
            if operator in _COMPARED
        ]

    def boolean(self, node: Node, depth: int) -> Value:
        operands = [child for child in node.named_children if child.type != "comment"]
        operator = node.child_by_field_name("operator")
        if operands and operator is not None and operator.type == "or":
            self.defaulted.add((operands[0].start_byte, operands[0].end_byte))
        return Sequence(self.span(node), tuple(self.value(item, depth + 1) for item in operands))

    def binary(self, node: Node, depth: int) -> Value | None:
        """Return the value of an operation; long ones are deep on their left, so that side is gone down without recursion."""
        operations = [node]
        left = node.child_by_field_name("left")
        while left is not None and left.type == "binary_operator":
            operations.append(left)
            left = left.child_by_field_name("left")
        value = self.value(left, depth + 1) if left is not None else Unknown(self.span(node))
        for operation in reversed(operations):
            operator, right = operation.child_by_field_name("operator"), operation.child_by_field_name("right")
            if right is None or operator is None:
                self.inside(operation)
                value = Unknown(self.span(operation))
            else:
                value = self._operated(self.span(operation), value, operator.type, self.value(right, depth + 1))
        return value

    def _operated(self, span: Span, first: Value, operator: str, second: Value) -> Value:
        if operator == "+" and (is_text(first) or is_text(second)):
            return joined(span, [first, second])
        if operator == "%" and is_text(first):
            return interpolated(span, first, second)
        if isinstance(first, Number) and isinstance(second, Number) and operator in ("*", "+", "-"):
            a, b = first.value, second.value
            return Number(span, a * b if operator == "*" else a + b if operator == "+" else a - b)
        if operator == "|":  # `X | None` used as a value.
            return Sequence(span, (first, second))
        return counted(span, first, operator, second)

    def unary(self, node: Node, depth: int) -> Value | None:
        operand = self.value(node.named_children[-1], depth + 1)
        return Number(self.span(node), -operand.value) if isinstance(operand, Number) and node.children[0].type == "-" else None

    def wrapped(self, node: Node, depth: int) -> Value | None:
        """Return the value of what stands in parentheses, or before `as`."""
        children = [child for child in node.named_children if child.type != "comment"]
        if not children:
            return None
        value = self.value(children[0], depth + 1)
        for child in children[1:]:
            self.visit(child)
        return value

    # Literals

    def string(self, node: Node, depth: int) -> Value:
        source = self.text[node.start_byte : node.end_byte]
        opening = _OPENING.match(source)
        prefix = opening[1].lower() if opening is not None else b""
        if opening is None or b"f" in prefix or b"t" in prefix or node.has_error:
            return self._template(node, depth)
        quotes = len(opening[2])
        content = source[opening.end() : len(source) - quotes].decode("utf-8", "replace")
        return String(self.span(node), content if b"r" in prefix else unescaped(content))

    def _template(self, node: Node, depth: int) -> Value:
        parts: list[Value] = []
        is_template = False
        for child in node.named_children:
            if child.type == "string_content":
                parts.append(String(self.span(child), unescaped(self.source(child))))
            elif child.type == "interpolation":
                is_template = True
                expression = child.child_by_field_name("expression")
                parts.append(self.value(expression, depth + 1) if expression is not None else Unknown(self.span(child)))
                for specifier in child.named_children:
                    if specifier.type == "format_specifier":
                        self.inside(specifier)
        if is_template:
            return Template(self.span(node), tuple(parts))
        opening = self.source(node.children[0]) if node.children else ""
        content = "".join(self.source(child) for child in node.named_children if child.type == "string_content")
        return String(self.span(node), content if "r" in opening.lower() else unescaped(content))

    def read_string(self, node: Node, depth: int) -> None:
        """Visit a string whose value does not matter: only one with holes has something in it."""
        first = self.text[node.start_byte]
        if first not in b"\"'" and b"{" in self.text[node.start_byte : node.end_byte]:
            self._template(node, depth)

    def strings(self, node: Node, depth: int) -> Value:
        return joined(self.span(node), [self.value(item, depth + 1) for item in node.named_children if item.type == "string"])

    def number(self, node: Node, depth: int) -> Value:
        return number(self.span(node), self.source(node))

    def true(self, node: Node, depth: int) -> Value:
        return Boolean(self.span(node), True)

    def false(self, node: Node, depth: int) -> Value:
        return Boolean(self.span(node), False)

    def none(self, node: Node, depth: int) -> Value:
        return Null(self.span(node))

    def sequence(self, node: Node, depth: int) -> Value:
        return Sequence(self.span(node), tuple(self.value(item, depth + 1) for item in node.named_children if item.type != "comment"))

    def dictionary(self, node: Node, depth: int) -> Value:
        entries = []
        for pair in node.named_children:
            if pair.type == "pair":
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key is not None and value is not None:
                    known = self.value(key, depth + 1)
                    text = known.value if isinstance(known, String) else ""
                    entries.append(Entry(self.span(key), text, self.value(value, depth + 1)))
            elif pair.type == "dictionary_splat" and pair.named_children:
                entries.append(Entry(self.span(pair), "...", self.value(pair.named_children[0], depth + 1)))
        return Mapping(self.span(node), tuple(entries))

    def comprehension(self, node: Node, depth: int) -> None:
        clause = next((child for child in node.named_children if child.type == "for_in_clause"), None)
        body = node.child_by_field_name("body")
        if clause is None or body is None:
            self.inside(node)
            return
        at = len(self.out)
        left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
        bound = variables(self.chunk, left) if left is not None else ()
        self.loop_variables.update(dict.fromkeys(bound, body.end_byte))
        outer, self.in_loop = self.in_loop, True
        self.visit(body)
        self.in_loop = outer
        subject: Value | None = None
        for child in node.named_children:
            if child == clause:
                subject = self.value(right) if right is not None else None
            elif child != body:
                self.visit(child)
        self.out.insert(at, Block(self.span(body), "loop", self.function, subject, bound))


VALUES: dict[str, Handler] = {
    "identifier": Expressions.name,
    "attribute": Expressions.attribute,
    "subscript": Expressions.subscript,
    "call": Expressions.call,
    "await": Expressions.await_,
    "string": Expressions.string,
    "concatenated_string": Expressions.strings,
    "integer": Expressions.number,
    "float": Expressions.number,
    "true": Expressions.true,
    "false": Expressions.false,
    "none": Expressions.none,
    "list": Expressions.sequence,
    "tuple": Expressions.sequence,
    "set": Expressions.sequence,
    "expression_list": Expressions.sequence,
    "dictionary": Expressions.dictionary,
    "parenthesized_expression": Expressions.wrapped,
    "as_pattern": Expressions.wrapped,
    "binary_operator": Expressions.binary,
    "boolean_operator": Expressions.boolean,
    "unary_operator": Expressions.unary,
    "lambda": Expressions.lambda_,
}
HANDLERS: dict[str, Handler] = {
    "attribute": Expressions.read_attribute,
    "subscript": Expressions.subscript,
    "call": Expressions.call,
    "await": Expressions.await_,
    "string": Expressions.read_string,
    "lambda": Expressions.lambda_,
    "comparison_operator": Expressions.comparison,
    "boolean_operator": Expressions.boolean,
    "list_comprehension": Expressions.comprehension,
    "set_comprehension": Expressions.comprehension,
    "dictionary_comprehension": Expressions.comprehension,
    "generator_expression": Expressions.comprehension,
}
