"""Control flow, calls that stand alone, and returns."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Block, Return
from architrave.facts.values import Name, Sequence, Value
from architrave.languages.go.calls import called
from architrave.languages.go.chains import written
from architrave.languages.go.functions import note_returned
from architrave.languages.go.operators import COMMENTS
from architrave.languages.go.reader import Reader
from architrave.regexes import regex
from architrave.walk import operation

_ERROR = regex(r"(?:^|[a-z_.])[eE]rr(?:or)?\d*$")


def loop(reader: Reader, node: Node, depth: int) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        reader.inside(node)
        return
    at = len(reader.out)
    outer = reader.in_loop
    subject: Value | None = None
    variables: tuple[str, ...] = ()
    for child in node.named_children:
        kind = child.type
        if child == body:
            reader.out.insert(at, Block(reader.span(body), "loop", reader.function, subject, variables))
            reader.in_loop = True
            reader.inside(body)
        elif kind == "range_clause":
            variables = _loop_variables(reader, child.child_by_field_name("left"), body)
            subject = _range(reader, child)
        elif kind == "for_clause":
            initial = child.child_by_field_name("initializer")
            variables = _loop_variables(reader, initial.child_by_field_name("left") if initial is not None else None, body)
            reader.inside(child)
        elif kind != "comment":  # `for rows.Next()` is asked every time round.
            reader.in_loop = True
            subject = reader.value(child)
    reader.in_loop = outer


def _loop_variables(reader: Reader, node: Node | None, body: Node) -> tuple[str, ...]:
    names = [reader.source(item) for item in node.named_children] if node is not None else []
    found = tuple([name for name in names if name != "_"])
    reader.loop_variables.update(dict.fromkeys(found, body.end_byte))
    return found


def _range(reader: Reader, node: Node) -> Value | None:
    right = node.child_by_field_name("right")
    subject: Value | None = None
    for child in node.named_children:
        if child == right:
            subject = reader.value(child)
        else:
            reader.visit(child)
    left = node.child_by_field_name("left")
    names = [reader.source(item) for item in left.named_children if item.type == "identifier"] if left is not None else []
    for index, name in enumerate(names):
        held = reader.held.get(subject.written, "") if index == 1 and isinstance(subject, Name) else ""
        reader.variables[name] = held or name
    return subject


def if_(reader: Reader, node: Node, depth: int) -> None:
    parts = [child for child in node.named_children if child.type != "comment"]
    place = next((index for index, child in enumerate(parts) if child.type == "block"), 0)
    if place == 0:
        reader.inside(node)
        return
    condition, consequence = parts[place - 1 : place + 1]
    at = len(reader.out)
    for child in parts[: place - 1]:
        reader.visit(child)
    is_error = _error(reader, condition)
    reader.out[at:at] = _branches(reader, reader.value(condition), consequence, parts[-1] if len(parts) > place + 1 else None, is_error)
    outer = reader.in_error
    reader.in_error = outer or is_error is True
    reader.inside(consequence)
    reader.in_error = outer or is_error is False
    for child in parts[place + 1 :]:
        reader.visit(child)
    reader.in_error = outer


def _branches(reader: Reader, condition: Value, consequence: Node, alternative: Node | None, is_error: bool | None) -> list[Fact]:
    found: list[Fact] = []
    if not is_error:
        found.append(Block(reader.span(consequence), "branch", reader.function, condition))
    failed = None if is_error is None else consequence if is_error else alternative
    if failed is not None:
        found.append(Block(reader.span(failed), "error", reader.function, condition))
    return found


def _error(reader: Reader, condition: Node) -> bool | None:
    """Return whether a condition says that there is an error (True) or none (False); None when it says neither."""
    kind = condition.type
    if kind == "parenthesized_expression" and condition.named_children:
        return _error(reader, condition.named_children[0])
    if kind == "call_expression":
        return written(reader.chunk, condition.children[0]) in ("errors.Is", "errors.As", "os.IsNotExist") or None
    parts = operation(condition, COMMENTS)
    if parts is None:
        return None
    left, operator, right = parts
    if operator in ("!=", "==") and right.type == "nil" and _ERROR.search(reader.source(left)):
        return operator == "!="
    while parts is not None and parts[1] in ("&&", "||"):  # Either says that there is one; that there is none takes both.
        left, _, right = parts
        if _error(reader, right):
            return True
        parts = operation(left, COMMENTS)
    return (_error(reader, left) or None) if operator in ("&&", "||") else None


def alone(reader: Reader, node: Node, depth: int) -> None:
    """Visit a statement that is a call, whose result is not used. What `go` starts is as if handed to something that runs it."""
    for child in node.children:
        if child.type == "call_expression":
            if node.type == "go_statement":
                reader.out.append(Block(reader.span(child), "callback", reader.function, Name(reader.span(node.children[0]), "go", "go")))
            called(reader, child, 0, is_discarded=True)
        else:
            reader.visit(child)


def return_(reader: Reader, node: Node, depth: int) -> None:
    given = node.named_children
    if not given or given[0].type != "expression_list":
        reader.inside(node)
        return
    at = len(reader.out)
    values = []
    for item in given[0].named_children:
        note_returned(reader, item)
        values.append(reader.value(item))
    value = values[0] if len(values) == 1 else Sequence(reader.span(given[0]), tuple(values))
    reader.out.insert(at, Return(reader.span(node), value, reader.function, reader.in_error))


def type_switch(reader: Reader, node: Node, depth: int) -> None:
    alias = node.child_by_field_name("alias")
    for item in alias.named_children if alias is not None else ():
        name = reader.source(item)
        reader.variables[name] = name
    reader.inside(node)
