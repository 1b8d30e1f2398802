"""Statements of Python to facts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Change, Decorator, Definition, Field, Import, Parameter, Return, Wait
from architrave.facts.values import Invocation, Name, Operation, Value, is_text, joined
from architrave.language import Chunk
from architrave.languages.python.bindings import imports_at
from architrave.languages.python.chains import defined_name, parameter_name, type_target, variables, written
from architrave.languages.python.expressions import HANDLERS, VALUES, Expressions
from architrave.names import Names
from architrave.syntax import Grammar, by_kind
from architrave.text import Span
from architrave.walk import Handler, Handlers

_LEAVES = (
    *("identifier", "integer", "float", "true", "false", "none", "comment", "ellipsis", "string_start", "string_content", "string_end"),
    *("pass_statement", "break_statement", "continue_statement", "global_statement", "nonlocal_statement", "future_import_statement"),
    *("dotted_name", "keyword_separator", "positional_separator", "escape_sequence", "type_conversion", "line_continuation"),
)


def read(chunk: Chunk, names: Names) -> Iterable[Fact]:
    reader = _Reader(chunk, names)
    reader.visit(chunk.node)
    return reader.out


class _Reader(Expressions):
    """Goes through a chunk once, from the outside in and from the top down."""

    def __init__(self, chunk: Chunk, names: Names) -> None:
        super().__init__(chunk, names, _handlers(chunk.grammar), _values(chunk.grammar))
        self.decorators: tuple[Decorator, ...] = ()
        self.header_start: int | None = None

    def imports(self, node: Node, depth: int) -> None:
        span = self.span(node)
        for module, name, alias in imports_at(self.chunk, node):
            self.out.append(Import(span, module, name, alias, self.in_types, False, self.function))

    # Definitions

    def decorated(self, node: Node, depth: int) -> None:
        found = []
        for child in node.named_children:
            if child.type == "decorator":
                found.append(self._decorator(child))
            else:
                self.decorators, self.header_start = tuple(found), node.start_byte
                self.visit(child)
        self.decorators, self.header_start = (), None

    def _decorator(self, node: Node) -> Decorator:
        expression = node.named_children[0] if node.named_children else node
        span = self.span(node)
        if expression.type != "call":
            self.visit(expression)
            return Decorator(span, self.resolved(expression), (), written(self.chunk, expression))
        function = expression.child_by_field_name("function")
        value = self.value(expression)
        name = written(self.chunk, function) if function is not None else ""
        if isinstance(value, Invocation):
            return Decorator(span, value.callee, value.arguments, name)
        return Decorator(span, self.resolved(function), (), name)

    def _header(self, node: Node) -> tuple[Span, tuple[Decorator, ...]]:
        body = node.child_by_field_name("body")
        start = self.header_start if self.header_start is not None else node.start_byte
        decorators, self.decorators, self.header_start = self.decorators, (), None
        end = body.start_byte if body is not None else node.end_byte
        return Span(start - self.base, start + len(self.text[start:end].rstrip()) - self.base, self.id), decorators

    def function_(self, node: Node, depth: int) -> None:
        header, decorators = self._header(node)
        name = defined_name(self.chunk, node)
        qualified = f"{self.definition}.{name}" if self.definition else name
        is_inner = bool(self.function)
        is_method = bool(self.owner) and not is_inner
        outer = self.function, self.definition, self.in_loop, self.in_try, self.in_error, self.in_types
        self.function = self.definition = qualified
        self.in_loop = self.in_try = self.in_error = self.in_types = False
        at = len(self.out)
        parameters, returns = node.child_by_field_name("parameters"), node.child_by_field_name("return_type")
        body, name_node = node.child_by_field_name("body"), node.child_by_field_name("name")
        taken = []
        for item in parameters.named_children if parameters is not None else ():
            if item.type not in ("keyword_separator", "comment"):
                taken.append(self._parameter(item))
        returned = ""
        if returns is not None:
            returned = self.type(returns)
            self.visit(returns)
        self.out[at:at] = (
            Definition(
                header,
                self.span(name_node) if name_node is not None else header,
                qualified,
                "method" if is_method else "function",
                decorators,
                (),
                tuple(taken),
                returned,
                node.children[0].type == "async",
                not name.startswith("_") and not is_inner,
            ),
            Block(self.span(node), "function", qualified),
        )
        if body is not None:
            self.inside(body)
        self.function, self.definition, self.in_loop, self.in_try, self.in_error, self.in_types = outer

    def _parameter(self, node: Node) -> Parameter:
        if node.type == "identifier":
            return Parameter(self.span(node), self.source(node))
        annotation, default = node.child_by_field_name("type"), node.child_by_field_name("value")
        name = parameter_name(self.chunk, node)
        declared = ""
        if annotation is not None:
            declared = self.type(annotation)
            self.visit(annotation)
        return Parameter(self.span(node), name, declared, self.value(default) if default is not None else None)

    def class_(self, node: Node, depth: int) -> None:
        header, decorators = self._header(node)
        name = defined_name(self.chunk, node)
        qualified = f"{self.definition}.{name}" if self.definition else name
        name_node, superclasses = node.child_by_field_name("name"), node.child_by_field_name("superclasses")
        body = node.child_by_field_name("body")
        bases: list[str] = []
        for base in superclasses.named_children if superclasses is not None else ():
            if base.type not in ("keyword_argument", "comment"):
                bases.append(self.names.resolve(self.type(base), self.function))
        self.out.append(
            Definition(
                header,
                self.span(name_node) if name_node is not None else header,
                qualified,
                "class",
                decorators,
                tuple(bases),
                is_exported=not qualified.startswith("_"),
            )
        )
        outer = self.owner, self.definition
        self.owner = self.definition = qualified
        if superclasses is not None:
            self.inside(superclasses)
        if body is not None and body.start_byte < self.chunk.end:
            self.inside(body)
        self.owner, self.definition = outer

    # Assignments

    def assignment(self, node: Node, depth: int) -> None:
        parts = node.children
        left: Node | None
        right: Node | None
        annotation: Node | None
        if len(parts) == 3 and parts[1].type == "=":
            left, _, right = parts
            annotation = None
        else:
            left, right, annotation = (node.child_by_field_name(name) for name in ("left", "right", "type"))
        if left is None:
            self.inside(node)
            return
        declared = self.type(annotation) if annotation is not None else ""
        at = len(self.out)
        kind = left.type
        target = written(self.chunk, left)
        if kind == "attribute":
            self.visit_chain(left, target)
        elif kind != "identifier":
            self.visit(left)
        if annotation is not None:
            self.visit(annotation)
        value = self.value(right) if right is not None else None
        span = self.span(node)
        if kind == "identifier" and self.owner and not self.function:
            self.out.insert(at, Field(span, self.owner, self.source(left), declared, value))
            return
        found: list[Fact] = []
        if kind == "subscript" and not target and self.function:
            self.changed(node, left.children[0], at)
        if kind == "identifier" and right is not None and right.type == "subscript" and not self.function:
            aliased = type_target(self.chunk, right).removesuffix("()")
            if aliased:  # Orders = Annotated[OrderService, Depends(…)]
                found.append(Definition(span, self.span(left), target, "type", (), (self.names.resolve(aliased),)))
        if target and value is not None:
            found.append(Assignment(span, target, value, self.function, declared))
            if right is not None and right.type == "await":
                found.extend(self._waited(node))
        self.out[at:at] = found

    def _waited(self, node: Node) -> Iterable[Wait]:
        """Return that an assignment waits right after another that does."""
        statement = node.parent
        before = statement.prev_named_sibling if statement is not None else None
        other = before.named_children[0] if before is not None and before.type == "expression_statement" else None
        given = other.child_by_field_name("right") if other is not None and other.type == "assignment" else None
        if other is not None and given is not None and given.type == "await":
            yield Wait(self.span(node), self.span(other), self.function)

    def augmented(self, node: Node, depth: int) -> None:
        """Report text that is put to the end of a variable, `sql += f" WHERE …"`, and a member that is counted: `row.count += 1`."""
        left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
        sign = operator.type if operator is not None else ""
        if left is None or right is None or sign not in ("+=", "-="):
            self.inside(node)
            return
        if self.function and right.type in ("integer", "float"):
            self.changed(node, left.children[0] if left.type == "subscript" else left, len(self.out))
        at = len(self.out)
        self.visit(left)
        added, target = self.value(right), written(self.chunk, left)
        is_added_text = sign == "+=" and is_text(added)
        if target and (is_added_text or left.type != "identifier"):
            span = self.span(node)
            own = Name(self.span(left), self.names.resolve(target, self.definition), target)
            value = joined(span, [own, added]) if is_added_text else Operation(span, own, "+" if sign == "+=" else "-", added)
            self.out.insert(at, Assignment(span, target, value, self.function))

    def changed(self, node: Node, holder: Node, at: int) -> None:
        name = written(self.chunk, holder)
        if name:
            self.out.insert(at, Change(self.span(node), name, self.function))

    # Control flow

    def loop(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        if body is None:
            self.inside(node)
            return
        at = len(self.out)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        bound = variables(self.chunk, left) if left is not None else ()
        self.loop_variables.update(dict.fromkeys(bound, body.end_byte))
        subject: Value | None = None
        for child in node.named_children:
            if child == body:
                only = self.span(body.named_children[0]) if body.named_child_count == 1 and node.children[-1] == body else None
                self.out.insert(at, Block(self.span(body), "loop", self.function, subject, bound, only))
                outer, self.in_loop = self.in_loop, True
                self.inside(body)
                self.in_loop = outer
            elif right is not None and child == right:
                subject = self.value(right)
            else:
                self.visit(child)

    def with_(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        at = len(self.out)
        found: list[Fact] = []
        for child in node.named_children:
            if child.type != "with_clause" or body is None:
                if child != body:
                    self.visit(child)
                continue
            for item in child.named_children:
                value = item.child_by_field_name("value")
                if value is None:
                    self.visit(item)
                    continue
                subject: Node = value
                bound: tuple[str, ...] = ()
                if value.type == "as_pattern" and value.named_children:
                    alias = value.child_by_field_name("alias")
                    subject = value.named_children[0]
                    bound = (self.source(alias),) if alias is not None else ()
                found.append(Block(self.span(body), "with", self.function, self.value(subject), bound))
        self.out[at:at] = found
        if body is not None:
            self.inside(body)

    def try_(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        for child in node.named_children:
            if body is not None and child == body:
                self.out.append(Block(self.span(body), "try", self.function))
                outer, self.in_try = self.in_try, True
                self.inside(body)
                self.in_try = outer
            else:
                self.visit(child)

    def catch(self, node: Node, depth: int) -> None:
        children = node.named_children
        outer, self.in_error = self.in_error, True
        at = len(self.out)
        caught: Value | None = None
        rest = children
        if children and children[0].type != "block":
            caught = self.value(children[0])
            rest = children[1:]
        self.out.insert(at, Block(self.span(node), "catch", self.function, caught))
        for child in rest:
            self.visit(child)
        self.in_error = outer

    def if_(self, node: Node, depth: int) -> None:
        condition, consequence = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is None or consequence is None:
            self.inside(node)
            return
        outer = self.in_types
        if self.source(condition).removesuffix(" is True") in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            self.visit(condition)
            self.in_types = True
        else:
            at = len(self.out)
            value = self.value(condition)
            self.out.insert(at, Block(self.span(consequence), "branch", self.function, value))
        self.inside(consequence)
        self.in_types = outer
        is_after = False
        for child in node.named_children:
            if is_after:
                self.visit(child)
            elif child == consequence:
                is_after = True

    def expression(self, node: Node, depth: int) -> None:
        children = node.named_children
        if len(children) == 1:
            child = children[0]
            if child.type == "call":
                self.called(child, 0, is_discarded=True)
                return
            if child.type == "await":
                self.await_(child, 0, is_discarded=True)
                return
        self.inside(node)

    def return_(self, node: Node, depth: int) -> None:
        children = node.named_children
        if children:
            at = len(self.out)
            value = self.value(children[0])
            self.out.insert(at, Return(self.span(node), value, self.function, self.in_error))


@cache
def _handlers(grammar: Grammar) -> Handlers:
    statements: dict[str, Handler] = {
        "import_statement": _Reader.imports,
        "import_from_statement": _Reader.imports,
        "decorated_definition": _Reader.decorated,
        "function_definition": _Reader.function_,
        "class_definition": _Reader.class_,
        "assignment": _Reader.assignment,
        "augmented_assignment": _Reader.augmented,
        "for_statement": _Reader.loop,
        "while_statement": _Reader.loop,
        "with_statement": _Reader.with_,
        "try_statement": _Reader.try_,
        "except_clause": _Reader.catch,
        "if_statement": _Reader.if_,
        "expression_statement": _Reader.expression,
        "return_statement": _Reader.return_,
    }
    return by_kind(grammar, {**HANDLERS, **statements}, _Reader.inside, _LEAVES)


@cache
def _values(grammar: Grammar) -> Handlers:
    return by_kind(grammar, VALUES)
