"""Statements of Go to facts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Return
from architrave.facts.values import Name, Sequence, Unknown, Value, joined
from architrave.language import Chunk
from architrave.languages.go.chains import written
from architrave.languages.go.definitions import Definitions
from architrave.languages.go.expressions import HANDLERS, VALUES, operation
from architrave.names import Names
from architrave.syntax import Grammar, by_kind
from architrave.walk import Handler, Handlers

_ERROR = re.compile(r"(?:^|[a-z_.])[eE]rr(?:or)?\d*$")
_LEAVES = (
    *("identifier", "field_identifier", "package_identifier", "type_identifier", "label_name", "blank_identifier", "dot", "comment"),
    *("int_literal", "float_literal", "imaginary_literal", "rune_literal", "true", "false", "nil", "iota"),
    *("interpreted_string_literal", "raw_string_literal", "package_clause", "break_statement", "continue_statement", "goto_statement"),
    *("fallthrough_statement", "empty_statement", "qualified_type", "generic_type", "pointer_type", "slice_type", "map_type"),
    *("channel_type", "function_type", "struct_type", "interface_type", "type_arguments", "parameter_list"),
)


def read(chunk: Chunk, names: Names) -> Iterable[Fact]:
    handlers = _handlers(chunk.grammar)
    if chunk.node.kind_id not in handlers:  # Most often a comment.
        return ()
    reader = _Reader(chunk, names, handlers, _values(chunk.grammar))
    reader.visit(chunk.node)
    return reader.out


class _Reader(Definitions):
    def assignment(self, node: Node, depth: int) -> None:
        children = node.children
        if len(children) < 3:
            self.inside(node)
            return
        left, operator, right = children[0], children[1].type, children[2]
        at = len(self.out)
        targets, given = left.named_children, [right] if node.type == "receive_statement" else right.named_children
        names = [self.source(target) if target.type == "identifier" else self._target(target) for target in targets]
        values = [self.value(item) for item in given]
        span = self.span(node)
        found: list[Fact] = []
        for name, target, value, item in zip(names, targets, values, given, strict=False):
            if not name or name == "_":
                continue
            if operator == "+=":
                value = joined(span, [Name(self.span(target), self.resolve(name), name), value])
            elif operator not in (":=", "="):
                value = Unknown(span)
            found.append(Assignment(span, name, value, self.function, self.made_type(value, item)))
        self.out[at:at] = found
        for child in children[3:]:  # Half-typed.
            self.visit(child)

    def receive(self, node: Node, depth: int) -> None:
        if node.children[0].type == "expression_list":
            self.assignment(node, depth)
        else:  # Nothing gets what is received.
            self.inside(node)

    def _target(self, node: Node) -> str:
        self.visit(node)
        return written(self.chunk, node)

    # Control flow

    def loop(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        if body is None:
            self.inside(node)
            return
        at = len(self.out)
        outer = self.in_loop
        subject: Value | None = None
        variables: tuple[str, ...] = ()
        for child in node.named_children:
            kind = child.type
            if child == body:
                self.out.insert(at, Block(self.span(body), "loop", self.function, subject, variables))
                self.in_loop = True
                self.inside(body)
            elif kind == "range_clause":
                variables = self._loop_variables(child.child_by_field_name("left"), body)
                subject = self._range(child)
            elif kind == "for_clause":
                initial = child.child_by_field_name("initializer")
                variables = self._loop_variables(initial.child_by_field_name("left") if initial is not None else None, body)
                self.inside(child)
            else:  # `for rows.Next()` is asked every time round.
                self.in_loop = True
                subject = self.value(child)
        self.in_loop = outer

    def _loop_variables(self, node: Node | None, body: Node) -> tuple[str, ...]:
        names = [self.source(item) for item in node.named_children] if node is not None else []
        found = tuple([name for name in names if name != "_"])
        self.loop_variables.update(dict.fromkeys(found, body.end_byte))
        return found

    def _range(self, node: Node) -> Value | None:
        right = node.child_by_field_name("right")
        subject: Value | None = None
        for child in node.named_children:
            if child == right:
                subject = self.value(child)
            else:
                self.visit(child)
        return subject

    def if_(self, node: Node, depth: int) -> None:
        parts = [child for child in node.named_children if child.type != "comment"]
        place = next((index for index, child in enumerate(parts) if child.type == "block"), 0)
        if place == 0:
            self.inside(node)
            return
        condition, consequence = parts[place - 1 : place + 1]
        at = len(self.out)
        for child in parts[: place - 1]:
            self.visit(child)
        is_error = self._error(condition)
        self.out[at:at] = self._branches(self.value(condition), consequence, parts[-1] if len(parts) > place + 1 else None, is_error)
        outer = self.in_error
        self.in_error = outer or is_error is True
        self.inside(consequence)
        self.in_error = outer or is_error is False
        for child in parts[place + 1 :]:
            self.visit(child)
        self.in_error = outer

    def _branches(self, condition: Value, consequence: Node, alternative: Node | None, is_error: bool | None) -> list[Fact]:
        found: list[Fact] = []
        if not is_error:
            found.append(Block(self.span(consequence), "branch", self.function, condition))
        failed = None if is_error is None else consequence if is_error else alternative
        if failed is not None:
            found.append(Block(self.span(failed), "error", self.function, condition))
        return found

    def _error(self, condition: Node) -> bool | None:
        """Return whether a condition says that there is an error (True) or none (False); None when it says neither."""
        kind = condition.type
        if kind == "parenthesized_expression" and condition.named_children:
            return self._error(condition.named_children[0])
        if kind == "call_expression":
            return written(self.chunk, condition.children[0]) in ("errors.Is", "errors.As", "os.IsNotExist") or None
        parts = operation(condition)
        if parts is None:
            return None
        left, operator, right = parts
        if operator in ("!=", "==") and right.type == "nil" and _ERROR.search(self.source(left)):
            return operator == "!="
        while parts is not None and parts[1] in ("&&", "||"):  # Either says that there is one; that there is none takes both.
            left, _, right = parts
            if self._error(right):
                return True
            parts = operation(left)
        return (self._error(left) or None) if operator in ("&&", "||") else None

    # Other statements

    def alone(self, node: Node, depth: int) -> None:
        """Visit a statement that is a call, whose result is not used."""
        for child in node.named_children:
            if child.type == "call_expression":
                self.called(child, 0, is_discarded=True)
            else:
                self.visit(child)

    def return_(self, node: Node, depth: int) -> None:
        given = node.named_children
        if not given or given[0].type != "expression_list":
            self.inside(node)
            return
        at = len(self.out)
        values = [self.value(item) for item in given[0].named_children]
        value = values[0] if len(values) == 1 else Sequence(self.span(given[0]), tuple(values))
        self.out.insert(at, Return(self.span(node), value, self.function, self.in_error))


@cache
def _handlers(grammar: Grammar) -> Handlers:
    statements: dict[str, Handler] = {
        "import_spec": _Reader.imports,
        "function_declaration": _Reader.function_,
        "method_declaration": _Reader.function_,
        "type_spec": _Reader.type_,
        "type_alias": _Reader.type_,
        "var_spec": _Reader.variable,
        "const_spec": _Reader.variable,
        "short_var_declaration": _Reader.assignment,
        "assignment_statement": _Reader.assignment,
        "receive_statement": _Reader.receive,
        "for_statement": _Reader.loop,
        "if_statement": _Reader.if_,
        "expression_statement": _Reader.alone,
        "go_statement": _Reader.alone,
        "defer_statement": _Reader.alone,
        "return_statement": _Reader.return_,
    }
    return by_kind(grammar, {**HANDLERS, **statements}, _Reader.inside, _LEAVES)


@cache
def _values(grammar: Grammar) -> Handlers:
    return by_kind(grammar, VALUES, _Reader.other, ("comment",))
