"""Statements: loops, branches, what catches errors, and what leaves a function."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Block, Return
from architrave.facts.values import Value
from architrave.languages.typescript.calls import called
from architrave.languages.typescript.chains import first_of
from architrave.languages.typescript.operators import await_
from architrave.languages.typescript.patterns import variables_of
from architrave.languages.typescript.reader import Reader
from architrave.regexes import regex
from architrave.text import Span

_ERROR_NAME = regex(rb"\(\s*(?:e|ex|err|error|\w*(?:Err|Error))(?:\s*(?:\)|!==?\s*(?:null|undefined)|instanceof\b|&&))")


def expression(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    child = children[0]
    kind = child.kind_id
    if kind in reader.kinds.calls:
        called(reader, child, 0, is_discarded=True)
    elif kind in reader.kinds.awaits:
        await_(reader, child, 0, is_discarded=True)
    else:
        reader.visit(child)
    if len(children) > 1 and children[1].is_named:
        for rest in children[1:]:
            reader.visit(rest)


def loop(reader: Reader, node: Node, depth: int) -> None:
    """`for (const x of subject)`; `while` and the like bind nothing."""
    body = node.child_by_field_name("body")
    children = node.children
    body = next((child for child in reversed(children) if body is not None and child == body), None)
    if body is None:
        reader.inside(node)
        return
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None and node.type == "for_statement":
        left = node.child_by_field_name("initializer")
    variables = variables_of(reader.chunk, left) if left is not None else ()
    reader.loop_variables.update(dict.fromkeys(variables, body.end_byte))
    at = len(reader.out)
    subject: Value | None = None
    for child in children:
        if child is body:
            outer, reader.in_loop = reader.in_loop, True
            reader.visit(child)
            reader.in_loop = outer
        elif right is not None and child == right:
            subject = reader.value(child)
        else:
            reader.visit(child)
    reader.out.insert(at, Block(reader.span(body), "loop", reader.function, subject, variables, _only_statement(reader, children, body)))


def _only_statement(reader: Reader, children: list[Node], body: Node) -> Span | None:
    """Return the one statement of `for (const item of items) { … }`."""
    words = {child.type for child in children if not child.is_named}
    if "of" not in words or "await" in words or body.type != "statement_block" or body.named_child_count != 1:
        return None
    return reader.span(body.named_children[0])


def try_(reader: Reader, node: Node, depth: int) -> None:
    is_body = True
    for child in node.children:
        if is_body and child.type == "statement_block":
            is_body = False
            reader.out.append(Block(reader.span(child), "try", reader.function))
            outer, reader.in_try = reader.in_try, True
            reader.inside(child)
            reader.in_try = outer
        else:
            reader.visit(child)


def catch(reader: Reader, node: Node, depth: int) -> None:
    reader.out.append(Block(reader.span(node), "catch", reader.function))
    outer, reader.in_error = reader.in_error, True
    reader.inside(node)
    reader.in_error = outer


def if_(reader: Reader, node: Node, depth: int) -> None:
    """Long choices are deep in their last branch, so that is gone down without recursion."""
    branch: Node | None = node
    while branch is not None:
        children, branch = branch.children, None
        parts = [child for child in children if child.is_named and child.kind_id not in reader.kinds.comments]
        if len(parts) < 2 or parts[0].type != "parenthesized_expression":
            for child in children:
                reader.visit(child)
            return
        condition, consequence = parts[0], parts[1]
        is_error = _ERROR_NAME.match(reader.text, condition.start_byte, condition.end_byte) is not None
        at = len(reader.out)
        value = reader.value(condition)
        reader.out.insert(at, Block(reader.span(consequence), "error" if is_error else "branch", reader.function, value))
        outer, reader.in_error = reader.in_error, reader.in_error or is_error
        reader.visit(consequence)
        reader.in_error = outer
        for child in parts[2:]:
            if child.type != "else_clause":
                reader.visit(child)
                continue
            for inner in child.children:
                if inner.type == "if_statement":
                    branch = inner
                else:
                    reader.visit(inner)


def return_(reader: Reader, node: Node, depth: int) -> None:
    value = first_of(node)
    if value is None:
        return
    if reader.is_inline:
        reader.inside(node)
        return
    at = len(reader.out)
    known = reader.value(value)
    reader.out.insert(at, Return(reader.span(node), known, reader.function, reader.in_error))
    for child in node.children[2:]:
        reader.visit(child)
