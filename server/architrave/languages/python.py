"""Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from posixpath import dirname

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import (
    Access,
    Assignment,
    Block,
    Call,
    Comparison,
    Decorator,
    Definition,
    Field,
    Import,
    Parameter,
    Return,
)
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
)
from architrave.language import Chunk, CodeLanguage
from architrave.names import Binding, Names
from architrave.paths import Paths
from architrave.scopes import Scopes
from architrave.syntax import Grammar
from architrave.text import Span

_DEPTH = 12  # Deeper values say nothing more.
_LONGEST_CHAIN = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
_IDENTIFIER = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_LOOP_CALLS = frozenset({"map", "filter"})
_PERCENT_HOLE = re.compile(r"%%|%(?:\((?P<name>\w+)\))?[-#0 +]*\d*(?:\.\d+)?[sdrfiexXgG]")
_FORMAT_HOLE = re.compile(r"\{\{|\}\}|\{(?P<name>[\w.]*)[^{}]*\}")
_WRAPPING_TYPES = frozenset({"Annotated", "Optional", "Final", "ClassVar", "Required", "NotRequired", "Mapped"})


def _owner(node: Node, owner: str, text: bytes) -> str:
    name = node.child_by_field_name("name")
    own = text[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else "?"
    return f"{owner}.{own}" if owner else own


def bind(chunk: Chunk) -> Iterator[Binding]:
    """Yield what a chunk binds for the whole file: imports, variables at the top, and the fields of classes."""
    scopes = Scopes(chunk.owner)
    receivers: dict[str, str] = {}  # Function name -> its class, for functions whose first parameter is the instance.
    typed: dict[tuple[str, str], str] = {}
    for name, node in chunk.captures:
        scopes.reach(node.start_byte)
        if name == "import":
            if not scopes.is_in_function:
                yield from _import_bindings(chunk, node)
        elif name == "class":
            scopes.enter("class", node.start_byte, node.end_byte, scopes.qualified(_name(chunk, node)))
        elif name == "function":
            qualified = scopes.qualified(_name(chunk, node))
            owner = scopes.owning_class if qualified.count(".") and not scopes.is_in_function else ""
            scopes.enter("function", node.start_byte, node.end_byte, qualified)
            if owner:
                receivers[qualified] = owner
                parameters = node.child_by_field_name("parameters")
                for parameter in parameters.named_children if parameters is not None else ():
                    type_node = parameter.child_by_field_name("type")
                    if type_node is not None:
                        target = _type_target(chunk, type_node)
                        if target:
                            typed[qualified, _parameter_name(chunk, parameter)] = target
        elif name == "assignment":
            left = node.child_by_field_name("left")
            if left is None:
                continue
            target = _assigned_target(chunk, node)
            if left.type == "identifier" and not scopes.is_in_function:
                owner = scopes.owning_class
                if target:
                    yield Binding(f"{owner}()" if owner else "", chunk.source(left), target)
            elif left.type == "attribute" and scopes.function in receivers:
                root, _, attribute = chunk.source(left).partition(".")
                if root == "self" and "." not in attribute and target:
                    target = typed.get((scopes.function, target), target)
                    yield Binding(f"{receivers[scopes.function]}()", attribute, target)


def read(chunk: Chunk, names: Names) -> Iterator[Fact]:
    return _Reader(chunk, names).facts()


class _Reader:
    """Goes through the captures of a chunk once, with the scopes that are open at each."""

    def __init__(self, chunk: Chunk, names: Names) -> None:
        self.chunk = chunk
        self.scopes = Scopes(chunk.owner)
        self.local: list[Binding] = []
        self.file_names = names
        self.names = names
        self.decorators: tuple[Decorator, ...] = ()
        self.header_start: int | None = None
        self.awaited: set[tuple[int, int]] = set()
        self.discarded: set[tuple[int, int]] = set()
        self.defaulted: set[tuple[int, int]] = set()
        self.callbacks: dict[int, tuple[str, Value | None, tuple[str, ...]]] = {}
        self.accessed_until = -1
        self.arguments_read: dict[int, tuple[Argument, ...]] = {}
        self.loop_variables: dict[str, int] = {}
        self.roots = {binding.name for binding in names.of_file() if binding.is_resolved}

    def facts(self) -> Iterator[Fact]:
        self._bind_locals()
        handlers: dict[str, Callable[[Node], Iterator[Fact]]] = {
            "import": self.imports,
            "decorated": self.decorated,
            "function": self.function,
            "class": self.class_,
            "lambda": self.lambda_,
            "assignment": self.assignment,
            "augmented": self.augmented,
            "call": self.call,
            "access": self.access,
            "loop": self.loop,
            "comprehension": self.comprehension,
            "with": self.with_,
            "try": self.try_,
            "catch": self.catch,
            "if": self.if_,
            "await": self.await_,
            "alone": self.alone,
            "return": self.return_,
            "comparison": self.comparison,
            "boolean": self.boolean,
        }
        for name, node in self.chunk.captures:
            handler = handlers.get(name)
            if handler is not None:
                self.scopes.reach(node.start_byte)
                yield from handler(node)

    def _bind_locals(self) -> None:
        """Bind parameters and local variables first: a closure may use a name that is assigned below it."""
        scopes = Scopes(self.chunk.owner)
        for name, node in self.chunk.captures:
            scopes.reach(node.start_byte)
            if name == "class":
                scopes.enter("class", node.start_byte, node.end_byte, scopes.qualified(_name(self.chunk, node)))
            elif name == "function":
                owner = scopes.owning_class if not scopes.is_in_function else ""
                qualified = scopes.qualified(_name(self.chunk, node))
                scopes.enter("function", node.start_byte, node.end_byte, qualified)
                self._bind_parameters(node, qualified, owner)
            elif name == "import" and scopes.is_in_function:
                self.local.extend(
                    Binding(scopes.function, binding.name, binding.target, binding.is_resolved)
                    for binding in _import_bindings(self.chunk, node)
                )
            elif name == "assignment" and scopes.is_in_function:
                left = node.child_by_field_name("left")
                if left is not None and left.type == "identifier":
                    target = _assigned_target(self.chunk, node)
                    name_text = self.chunk.source(left)
                    self.local.append(Binding(scopes.function, name_text, target or name_text))
            elif name == "with":
                self._bind_with(node, scopes.function)
            elif name == "loop" and node.type == "for_statement":
                left = node.child_by_field_name("left")
                if left is not None and scopes.is_in_function:
                    self.local.extend(Binding(scopes.function, variable, variable) for variable in self._variables(left))
        self.names = self.file_names.inner(self.local) if self.local else self.file_names

    def _bind_parameters(self, node: Node, qualified: str, owner: str) -> None:
        parameters = node.child_by_field_name("parameters")
        for index, parameter in enumerate(parameters.named_children if parameters is not None else ()):
            name = _parameter_name(self.chunk, parameter)
            type_node = parameter.child_by_field_name("type")
            target = _type_target(self.chunk, type_node) if type_node is not None else ""
            if index == 0 and owner and name in ("self", "cls"):
                target = f"{owner}()" if name == "self" else owner
            self.local.append(Binding(qualified, name, target or name))

    def _bind_with(self, node: Node, function: str) -> None:
        clause = next((child for child in node.named_children if child.type == "with_clause"), None)
        for item in clause.named_children if clause is not None else ():
            value = item.child_by_field_name("value")
            if value is None or value.type != "as_pattern":
                continue
            alias = value.child_by_field_name("alias")
            subject = value.named_children[0] if value.named_children else None
            if alias is not None and subject is not None:
                written = _written(self.chunk, subject)
                name = self.chunk.source(alias)
                self.local.append(Binding(function, name, written or name))

    # Statements

    def imports(self, node: Node) -> Iterator[Fact]:
        span = self.chunk.span(node)
        function = self.scopes.function
        is_type_only = self.scopes.within("types")
        for module, name, alias in _imported(self.chunk, node):
            yield Import(span, module, name, alias, is_type_only, False, function)

    def decorated(self, node: Node) -> Iterator[Fact]:
        self.decorators = tuple(self._decorator(child) for child in node.named_children if child.type == "decorator")
        self.header_start = node.start_byte
        return iter(())

    def _decorator(self, node: Node) -> Decorator:
        expression = node.named_children[0] if node.named_children else node
        span = self.chunk.span(node)
        if expression.type == "call":
            function = expression.child_by_field_name("function")
            return Decorator(
                span, self._resolved(function), self._arguments(expression), _written(self.chunk, function) if function else ""
            )
        return Decorator(span, self._resolved(expression), (), _written(self.chunk, expression))

    def _header(self, node: Node) -> tuple[Span, tuple[Decorator, ...]]:
        body = node.child_by_field_name("body")
        start = self.header_start if self.header_start is not None else node.start_byte
        decorators, self.decorators, self.header_start = self.decorators, (), None
        end = body.start_byte if body is not None else node.end_byte
        return self.chunk.between(start, start + len(self.chunk.text[start:end].rstrip())), decorators

    def function(self, node: Node) -> Iterator[Fact]:
        header, decorators = self._header(node)
        qualified = self.scopes.qualified(_name(self.chunk, node))
        is_method = bool(self.scopes.owning_class) and not self.scopes.is_in_function
        name = node.child_by_field_name("name")
        returns = node.child_by_field_name("return_type")
        outer = self.scopes.function
        self.scopes.enter("function", node.start_byte, node.end_byte, qualified)
        parameters = node.child_by_field_name("parameters")
        yield Definition(
            header,
            self.chunk.span(name) if name is not None else header,
            qualified,
            "method" if is_method else "function",
            decorators,
            (),
            tuple(self._parameter(item) for item in parameters.named_children if item.type not in ("keyword_separator", "comment"))
            if parameters is not None
            else (),
            self._type(returns) if returns is not None else "",
            node.children[0].type == "async",
            not qualified.rpartition(".")[2].startswith("_") and not outer,
        )
        yield Block(self.chunk.span(node), "function", qualified)

    def _parameter(self, node: Node) -> Parameter:
        type_node = node.child_by_field_name("type")
        value = node.child_by_field_name("value")
        return Parameter(
            self.chunk.span(node),
            _parameter_name(self.chunk, node),
            self._type(type_node) if type_node is not None else "",
            self.value(value) if value is not None else None,
        )

    def class_(self, node: Node) -> Iterator[Fact]:
        header, decorators = self._header(node)
        qualified = self.scopes.qualified(_name(self.chunk, node))
        name = node.child_by_field_name("name")
        bases = node.child_by_field_name("superclasses")
        yield Definition(
            header,
            self.chunk.span(name) if name is not None else header,
            qualified,
            "class",
            decorators,
            tuple(
                self.names.resolve(self._type(base), self.scopes.function)
                for base in bases.named_children
                if base.type not in ("keyword_argument", "comment")
            )
            if bases is not None
            else (),
            is_exported=not qualified.startswith("_"),
        )
        self.scopes.enter("class", node.start_byte, node.end_byte, qualified)

    def lambda_(self, node: Node) -> Iterator[Fact]:
        found = self.callbacks.get(node.start_byte)
        body = node.child_by_field_name("body")
        if found and body is not None:
            kind, subject, variables = found
            yield Block(self.chunk.span(body), "loop" if kind == "loop" else "callback", self.scopes.function, subject, variables)
            if kind == "loop":
                self.scopes.enter("loop", body.start_byte, body.end_byte)

    def assignment(self, node: Node) -> Iterator[Fact]:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        type_node = node.child_by_field_name("type")
        if left is None:
            return
        span = self.chunk.span(node)
        value = self.value(right) if right is not None else None
        declared = self._type(type_node) if type_node is not None else ""
        owner = self.scopes.owning_class
        if left.type == "identifier" and owner and not self.scopes.is_in_function:
            yield Field(span, owner, self.chunk.source(left), declared, value)
            return
        target = _written(self.chunk, left)
        if left.type == "identifier" and right is not None and right.type == "subscript" and not self.scopes.is_in_function:
            aliased = _type_target(self.chunk, right).removesuffix("()")
            if aliased:  # Orders = Annotated[OrderService, Depends(…)]
                yield Definition(span, self.chunk.span(left), target, "type", (), (self.names.resolve(aliased),))
        if target and value is not None:
            yield Assignment(span, target, value, self.scopes.function, declared)

    def augmented(self, node: Node) -> Iterator[Fact]:
        """Report text that is put to the end of a variable: `sql += f" WHERE …"` is `sql = sql + f" WHERE …"`."""
        left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
        if left is None or right is None or operator is None or operator.type != "+=":
            return
        added, target = self.value(right), _written(self.chunk, left)
        if target and _is_text(added):
            span = self.chunk.span(node)
            own = Name(self.chunk.span(left), self.names.resolve(target, self.scopes.definition), target)
            yield Assignment(span, target, self._joined(span, [own, added]), self.scopes.function)

    def loop(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is None:
            return
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        variables = self._variables(left) if left is not None else ()
        subject = self.value(right) if right is not None else None
        yield Block(self.chunk.span(body), "loop", self.scopes.function, subject, variables)
        self._enter_loop(body.start_byte, body.end_byte, variables)

    def comprehension(self, node: Node) -> Iterator[Fact]:
        clause = next((child for child in node.named_children if child.type == "for_in_clause"), None)
        body = node.child_by_field_name("body")
        if clause is None or body is None:
            return
        left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
        variables = self._variables(left) if left is not None else ()
        subject = self.value(right) if right is not None else None
        yield Block(self.chunk.span(body), "loop", self.scopes.function, subject, variables)
        self._enter_loop(body.start_byte, body.end_byte, variables)

    def _enter_loop(self, start: int, end: int, variables: tuple[str, ...]) -> None:
        self.scopes.enter("loop", start, end)
        for variable in variables:
            self.loop_variables[variable] = end

    def with_(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        clause = next((child for child in node.named_children if child.type == "with_clause"), None)
        for item in clause.named_children if clause is not None and body is not None else ():
            value = item.child_by_field_name("value")
            if value is None:
                continue
            subject: Node = value
            variables: tuple[str, ...] = ()
            if value.type == "as_pattern" and value.named_children:
                alias = value.child_by_field_name("alias")
                subject = value.named_children[0]
                variables = (self.chunk.source(alias),) if alias is not None else ()
            assert body is not None
            yield Block(self.chunk.span(body), "with", self.scopes.function, self.value(subject), variables)

    def try_(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is not None:
            yield Block(self.chunk.span(body), "try", self.scopes.function)
            self.scopes.enter("try", body.start_byte, body.end_byte)

    def catch(self, node: Node) -> Iterator[Fact]:
        caught = node.named_children[0] if node.named_children and node.named_children[0].type != "block" else None
        yield Block(self.chunk.span(node), "catch", self.scopes.function, self.value(caught) if caught is not None else None)
        self.scopes.enter("error", node.start_byte, node.end_byte)

    def if_(self, node: Node) -> Iterator[Fact]:
        condition, consequence = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is None or consequence is None:
            return
        if self.chunk.source(condition) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            self.scopes.enter("types", consequence.start_byte, consequence.end_byte)
        else:
            yield Block(self.chunk.span(consequence), "branch", self.scopes.function, self.value(condition))

    def await_(self, node: Node) -> Iterator[Fact]:
        inner = node.named_children[0] if node.named_children else None
        if inner is not None:
            self.awaited.add((inner.start_byte, inner.end_byte))
            if (node.start_byte, node.end_byte) in self.discarded:
                self.discarded.add((inner.start_byte, inner.end_byte))
        return iter(())

    def alone(self, node: Node) -> Iterator[Fact]:
        if node.named_child_count == 1:
            self.discarded.add((node.start_byte, node.end_byte))
        return iter(())

    def return_(self, node: Node) -> Iterator[Fact]:
        value = node.named_children[0] if node.named_children else None
        if value is not None:
            yield Return(self.chunk.span(node), self.value(value), self.scopes.function, self.scopes.within("error"))

    def comparison(self, node: Node) -> Iterator[Fact]:
        children = node.children
        for left, operator, right in zip(children[::2], children[1::2], children[2::2], strict=False):
            if operator.type in ("<", "<=", ">", ">=", "==", "!=", "in", "not in"):
                sign = "in" if operator.type == "not in" else operator.type
                yield Comparison(self.chunk.span(node), self.value(left), sign, self.value(right), self.scopes.function)

    def boolean(self, node: Node) -> Iterator[Fact]:
        left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
        if left is not None and operator is not None and operator.type == "or":
            self.defaulted.add((left.start_byte, left.end_byte))
        return iter(())

    # Expressions

    def call(self, node: Node) -> Iterator[Fact]:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return
        place = (node.start_byte, node.end_byte)
        last = function.child_by_field_name("attribute") or function
        inside = self.chunk.between(arguments.start_byte + 1, max(arguments.start_byte + 1, arguments.end_byte - 1))
        written = _written(self.chunk, function)
        if not written:
            return
        callee = self.names.resolve(written, self.scopes.definition)
        values = self._arguments(node)
        yield Call(
            self.chunk.span(node),
            self.chunk.span(last),
            self.chunk.span(arguments) if arguments.type != "argument_list" else inside,
            callee,
            values,
            self.scopes.function,
            self.scopes.within("loop"),
            self.scopes.within("try"),
            self.scopes.within("error"),
            place in self.awaited,
            place in self.discarded,
            place in self.defaulted,
            written,
        )
        self._note_callbacks(callee, arguments, values)

    def _note_callbacks(self, callee: str, arguments: Node, values: tuple[Argument, ...]) -> None:
        for child in arguments.named_children:
            if child.type == "lambda":
                parameters = child.child_by_field_name("parameters")
                variables = tuple(_parameter_name(self.chunk, item) for item in parameters.named_children) if parameters is not None else ()
                if callee in _LOOP_CALLS:
                    subject = values[1].value if len(values) > 1 else None
                    self.callbacks[child.start_byte] = ("loop", subject, variables)
                else:
                    self.callbacks[child.start_byte] = ("callback", Name(self.chunk.span(arguments), callee, callee), variables)

    def access(self, node: Node) -> Iterator[Fact]:
        if node.type == "subscript":
            yield from self._slice(node)
        if node.end_byte <= self.accessed_until:
            return
        self.accessed_until = node.end_byte
        head = _IDENTIFIER.match(self.chunk.text, node.start_byte)
        root = head[0].decode("utf-8", "replace") if head else ""
        if not root or (self.loop_variables.get(root, -1) <= node.start_byte and root not in self.roots):
            return
        written = _written(self.chunk, node)
        if written:
            place = (node.start_byte, node.end_byte)
            yield Access(
                self.chunk.span(node),
                self.names.resolve(written, self.scopes.function),
                self.scopes.function,
                self.scopes.within("loop"),
                place in self.defaulted,
            )

    def _slice(self, node: Node) -> Iterator[Fact]:
        """Report `rows[a:b]` as the call that it is, of what says how far it goes: `rows.__getitem__(b)`."""
        value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if value is None or key is None or key.type != "slice":
            return
        written = _written(self.chunk, value)
        colons = [index for index, child in enumerate(key.children) if child.type == ":"]
        end = next((child for child in key.children[colons[0] + 1 : colons[0] + 2] if child.is_named), None) if colons else None
        if written and end is not None:
            span = self.chunk.span(node)
            items = (Argument(self.chunk.span(end), self._slice_end(end)),)
            yield Call(
                span,
                self.chunk.span(value),
                self.chunk.span(key),
                self.names.resolve(f"{written}.__getitem__", self.scopes.definition),
                items,
                self.scopes.function,
                self.scopes.within("loop"),
                written=f"{written}.__getitem__",
            )

    def _slice_end(self, node: Node) -> Value:
        """Return the end of a slice; of `offset + size` the part that says how many."""
        if node.type == "binary_operator":
            right = node.child_by_field_name("right")
            return self.value(right) if right is not None else Unknown(self.chunk.span(node))
        return self.value(node)

    def value(self, node: Node, depth: int = 0) -> Value:
        """Return what is known of an expression without running it."""
        span = self.chunk.span(node)
        kind = node.type
        if depth > _DEPTH:
            return Unknown(span)
        if kind == "string":
            return self._string(node, span, depth)
        if kind in ("identifier", "attribute"):
            written = _written(self.chunk, node)
            return Name(span, self.names.resolve(written, self.scopes.definition), written) if written else Unknown(span)
        if kind == "integer" or kind == "float":
            return _number(span, self.chunk.source(node))
        if kind == "call":
            function = node.child_by_field_name("function")
            if function is not None and function.type == "attribute" and function.children[-1].type == "identifier":
                inner = function.named_children[0]
                if inner.type in ("string", "concatenated_string") and self.chunk.source(function.named_children[-1]) == "format":
                    arguments = self._arguments(node, depth + 1)
                    return _filled(span, self.value(inner, depth + 1), _FORMAT_HOLE, [(item.name, item.value) for item in arguments])
            callee = self._resolved(function)
            return Invocation(span, callee, self._arguments(node, depth + 1)) if callee else Unknown(span)
        if kind in ("true", "false"):
            return Boolean(span, kind == "true")
        if kind == "none":
            return Null(span)
        if kind in ("list", "tuple", "set", "expression_list"):
            return Sequence(span, tuple(self.value(item, depth + 1) for item in node.named_children if item.type != "comment"))
        if kind == "dictionary":
            return Mapping(span, tuple(self._entries(node, depth)))
        if kind in ("parenthesized_expression", "await", "as_pattern") and node.named_children:
            return self.value(node.named_children[0], depth + 1)
        if kind == "concatenated_string":
            return self._joined(span, [self.value(item, depth + 1) for item in node.named_children if item.type == "string"])
        if kind == "binary_operator":
            return self._binary(node, span, depth)
        if kind == "lambda":
            return Function(span, "")
        if kind == "unary_operator":
            operand = self.value(node.named_children[-1], depth + 1)
            return Number(span, -operand.value) if isinstance(operand, Number) and node.children[0].type == "-" else Unknown(span)
        if kind == "subscript":
            written = _written(self.chunk, node)
            return Name(span, self.names.resolve(written, self.scopes.definition), written) if written else Unknown(span)
        if kind == "boolean_operator":
            return Sequence(span, tuple(self.value(item, depth + 1) for item in node.named_children[:2]))
        return Unknown(span)

    def _string(self, node: Node, span: Span, depth: int) -> Value:
        if any(child.type == "interpolation" for child in node.named_children):
            parts: list[Value] = []
            for child in node.named_children:
                if child.type == "string_content":
                    parts.append(String(self.chunk.span(child), _unescaped(self.chunk.source(child))))
                elif child.type == "interpolation":
                    expression = child.child_by_field_name("expression")
                    parts.append(self.value(expression, depth + 1) if expression is not None else Unknown(self.chunk.span(child)))
            return Template(span, tuple(parts))
        opening = self.chunk.source(node.children[0]) if node.children else ""
        content = "".join(self.chunk.source(child) for child in node.named_children if child.type == "string_content")
        return String(span, content if "r" in opening.lower() else _unescaped(content))

    def _binary(self, node: Node, span: Span, depth: int) -> Value:
        operator = node.child_by_field_name("operator")
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or operator is None:
            return Unknown(span)
        first, second = self.value(left, depth + 1), self.value(right, depth + 1)
        if operator.type == "+" and (_is_text(first) or _is_text(second)):
            return self._joined(span, [first, second])
        if operator.type == "%" and _is_text(first):
            return _filled(span, first, _PERCENT_HOLE, _percent_values(second))
        if isinstance(first, Number) and isinstance(second, Number) and operator.type in ("*", "+", "-"):
            a, b = first.value, second.value
            return Number(span, a * b if operator.type == "*" else a + b if operator.type == "+" else a - b)
        if operator.type == "|":  # `X | None` used as a value.
            return Sequence(span, (first, second))
        return Unknown(span)

    def _joined(self, span: Span, values: list[Value]) -> Value:
        if all(isinstance(value, String) for value in values):
            return String(span, "".join(value.value for value in values if isinstance(value, String)))
        parts: list[Value] = []
        for value in values:
            parts.extend(value.parts if isinstance(value, Template) else (value,))
        return Template(span, tuple(parts))

    def _entries(self, node: Node, depth: int) -> Iterator[Entry]:
        for pair in node.named_children:
            if pair.type == "pair":
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key is not None and value is not None:
                    known = self.value(key, depth + 1)
                    yield Entry(self.chunk.span(key), known.value if isinstance(known, String) else "", self.value(value, depth + 1))
            elif pair.type == "dictionary_splat" and pair.named_children:
                yield Entry(self.chunk.span(pair), "...", self.value(pair.named_children[0], depth + 1))

    def _arguments(self, call: Node, depth: int = 0) -> tuple[Argument, ...]:
        """Return the arguments of a call; read once, though a call may be a fact, a value and part of another."""
        arguments = call.child_by_field_name("arguments")
        if arguments is None:
            return ()
        known = self.arguments_read.get(arguments.start_byte)
        if known is None:
            known = self.arguments_read[arguments.start_byte] = self._read_arguments(arguments, depth)
        return known

    def _read_arguments(self, arguments: Node, depth: int) -> tuple[Argument, ...]:
        if arguments.type != "argument_list":  # A generator: f(x for x in y).
            return (Argument(self.chunk.span(arguments), Unknown(self.chunk.span(arguments))),)
        found = []
        for node in arguments.named_children:
            if node.type == "keyword_argument":
                name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
                if name is not None and value is not None:
                    found.append(Argument(self.chunk.span(node), self.value(value, depth + 1), self.chunk.source(name)))
            elif node.type in ("list_splat", "dictionary_splat") and node.named_children:
                star = "*" if node.type == "list_splat" else "**"
                found.append(Argument(self.chunk.span(node), self.value(node.named_children[0], depth + 1), star))
            elif node.type != "comment":
                found.append(Argument(self.chunk.span(node), self.value(node, depth + 1)))
        return tuple(found)

    def _resolved(self, node: Node | None) -> str:
        written = _written(self.chunk, node) if node is not None else ""
        return self.names.resolve(written, self.scopes.definition) if written else ""

    def _type(self, node: Node) -> str:
        """Return a type as written, its first name resolved: `sqlalchemy.orm.Mapped[int]`."""
        written = " ".join(self.chunk.source(node).split()).strip("\"'")
        head, bracket, rest = written.partition("[")
        return self.names.resolve(head, self.scopes.function) + bracket + rest

    def _variables(self, node: Node) -> tuple[str, ...]:
        if node.type == "identifier":
            return (self.chunk.source(node),)
        return tuple(self.chunk.source(child) for child in node.named_children if child.type == "identifier")


def _name(chunk: Chunk, node: Node) -> str:
    name = node.child_by_field_name("name")
    return chunk.source(name) if name is not None else "?"


def _parameter_name(chunk: Chunk, node: Node) -> str:
    if node.type == "identifier":
        return chunk.source(node)
    name = node.child_by_field_name("name") or next((child for child in node.named_children if child.type == "identifier"), None)
    if name is not None:
        return chunk.source(name)
    return chunk.source(node).lstrip("*").partition(":")[0]


def _imported(chunk: Chunk, node: Node) -> Iterator[tuple[str, str, str]]:
    """Yield (module, name, alias) of an import statement."""
    if node.type == "import_statement":
        for item in node.named_children:
            if item.type == "aliased_import":
                name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                if name is not None and alias is not None:
                    yield chunk.source(name), "", chunk.source(alias)
            elif item.type == "dotted_name":
                yield chunk.source(item), "", chunk.source(item).partition(".")[0]
        return
    module_node = node.child_by_field_name("module_name")
    if module_node is None:
        return
    module = chunk.source(module_node).replace(" ", "")
    for item in node.children_by_field_name("name"):
        if item.type == "aliased_import":
            imported, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
            if imported is not None and alias is not None:
                yield module, chunk.source(imported), chunk.source(alias)
        else:
            yield module, chunk.source(item), chunk.source(item)
    if any(child.type == "wildcard_import" for child in node.named_children):
        yield module, "*", "*"


def _import_bindings(chunk: Chunk, node: Node) -> Iterator[Binding]:
    for module, name, alias in _imported(chunk, node):
        if name == "*":
            continue
        if name:
            yield Binding("", alias, f"{module}{'' if module.endswith('.') else '.'}{name}", True)
        else:  # `import a.b` binds a; `import a.b as c` binds c to a.b.
            yield Binding("", alias, alias if module.startswith(alias + ".") else module, True)


def _assigned_target(chunk: Chunk, node: Node) -> str:
    """Return what an assignment makes its variable stand for: the call or name on the right, else its declared type."""
    right, type_node = node.child_by_field_name("right"), node.child_by_field_name("type")
    written = ""
    if right is not None:
        while right.type in ("await", "parenthesized_expression") and right.named_children:
            right = right.named_children[0]
        if right.type in ("call", "identifier", "attribute"):
            written = _written(chunk, right)
    if type_node is not None:
        return _type_target(chunk, type_node) or written
    return written


def _type_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for an annotation that names one class X, through `Annotated[X, …]`, `Optional[X]` and `X | None`; else ""."""
    inner = node.named_children[0] if node.type == "type" and node.named_children else node
    if inner.type in ("identifier", "attribute"):
        return f"{_written(chunk, inner)}()"
    if inner.type == "generic_type" and len(inner.named_children) == 2:
        head, parameters = inner.named_children
        name = chunk.source(head)
        if name in _WRAPPING_TYPES and parameters.named_children:
            return _type_target(chunk, parameters.named_children[0])
        return f"{name}()"
    if inner.type == "subscript":
        value = inner.child_by_field_name("value")
        first = inner.child_by_field_name("subscript")
        if value is not None and first is not None and chunk.source(value).rpartition(".")[2] in _WRAPPING_TYPES:
            return _type_target(chunk, first)
        return f"{_written(chunk, value)}()" if value is not None and _written(chunk, value) else ""
    if inner.type in ("binary_operator", "union_type"):
        kept = [child for child in inner.named_children if chunk.source(child) != "None"]
        return _type_target(chunk, kept[0]) if len(kept) == 1 else ""
    if inner.type == "string":
        content = chunk.source(inner).strip("\"'")
        return f"{content}()" if content.replace(".", "").isidentifier() else ""
    return ""


def _written(chunk: Chunk, node: Node) -> str:
    """Return a chain of names as written, calls as `()`, literal keys as members: `a.b().c`, `os.environ.PORT`; "" for any other."""
    parts: list[str] = []
    suffix = ""
    while len(parts) < _LONGEST_CHAIN:
        kind = node.type
        if kind == "identifier":
            parts.append(chunk.source(node) + suffix)
            return ".".join(reversed(parts))
        if kind == "attribute":
            attribute, inner = node.child_by_field_name("attribute"), node.child_by_field_name("object")
            if attribute is None or inner is None:
                return ""
            parts.append(chunk.source(attribute) + suffix)
            suffix, node = "", inner
        elif kind == "call":
            function = node.child_by_field_name("function")
            if function is None:
                return ""
            suffix, node = "()" + suffix, function
        elif kind == "subscript":
            value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
            if value is None or key is None or key.type != "string" or len(key.children) != 3:
                return ""
            parts.append(chunk.source(key.children[1]) + suffix)
            suffix, node = "", value
        elif kind in ("await", "parenthesized_expression") and node.named_children:
            node = node.named_children[0]
        else:
            return ""
    return ""


def _filled(span: Span, first: Value, hole: re.Pattern[str], values: list[tuple[str, Value]]) -> Value:
    """Return the template that `"…".format(…)` or `"…" % (…)` makes, every value where it goes."""
    if not isinstance(first, String):
        parts = first.parts if isinstance(first, Template) else (first,)
        return Template(span, (*parts, *(value for _, value in values)))
    named = dict(values)
    positional = [value for name, value in values if not name]
    found: list[Value] = []
    at = count = 0
    for match in hole.finditer(first.value):
        if match[0] in ("%%", "{{", "}}"):
            continue
        name = (match["name"] or "").partition(".")[0]
        index = int(name) if name.isdigit() else count
        count += 1
        found.append(String(first.span, first.value[at : match.start()]))
        value = named.get(name) if name and not name.isdigit() else positional[index] if index < len(positional) else None
        found.append(value if value is not None else Unknown(span))
        at = match.end()
    found.append(String(first.span, first.value[at:]))
    return Template(span, tuple(part for part in found if not (isinstance(part, String) and not part.value)))


def _percent_values(value: Value) -> list[tuple[str, Value]]:
    if isinstance(value, Mapping):
        return [(entry.key, entry.value) for entry in value.entries]
    return [("", item) for item in (value.items if isinstance(value, Sequence) else (value,))]


def _is_text(value: Value) -> bool:
    return isinstance(value, String | Template)


def _number(span: Span, source: str) -> Value:
    try:
        return Number(span, float(ast.literal_eval(source)))
    except (ValueError, SyntaxError, TypeError):
        return Unknown(span)


def _unescaped(content: str) -> str:
    if "\\" not in content:
        return content
    try:
        return str(ast.literal_eval('"""' + content.replace('"', '\\"').replace('\\\\"', '\\"') + '"""'))
    except (ValueError, SyntaxError):
        return content


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the file that an import leads to, or None for a library."""
    module, name = item.module, item.name
    if module.startswith("."):
        dots = len(module) - len(module.lstrip("."))
        folder = dirname(path)
        for _ in range(dots - 1):
            folder = dirname(folder)
        return _module_file(paths, folder, module[dots:], name)
    for root in _roots(path, paths):
        found = _module_file(paths, root, module, name)
        if found is not None:
            return found
    return None


def _roots(path: str, paths: Paths) -> Iterator[str]:
    """Yield the folders that absolute imports start from, nearest first: where the packages end, then projects and their `src`."""
    folder = dirname(path)
    while f"{folder}/__init__.py" in paths.files:
        folder = dirname(folder)
    yield folder
    for project in paths.projects(path):
        yield project
        yield f"{project}/src" if project else "src"
    yield ""


def _module_file(paths: Paths, root: str, module: str, name: str) -> str | None:
    base = "/".join(part for part in (root, *module.split(".")) if part)
    if name and name != "*":
        for candidate in (f"{base}/{name}.py", f"{base}/{name}/__init__.py"):
            if candidate.lstrip("/") in paths.files:
                return candidate.lstrip("/")
    for candidate in (f"{base}.py", f"{base}/__init__.py"):
        if candidate in paths.files:
            return candidate
    return None


LANGUAGE = CodeLanguage(
    name="python",
    comment="#",
    suffixes=(".py", ".pyi"),
    grammars={"": Grammar("tree_sitter_python")},
    query=(Path(__file__).with_suffix(".scm")).read_text(encoding="utf-8"),
    members={"class_definition": "block"},
    wrappers=frozenset({"decorated_definition"}),
    owner=_owner,
    bind=bind,
    read=read,
    resolve=resolve,
)
