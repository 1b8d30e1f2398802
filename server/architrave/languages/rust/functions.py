"""Functions and methods, and what the last expression of a body gives back."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Block, Definition, Return
from architrave.languages.rust.attributes import COMMENTS
from architrave.languages.rust.branches import if_, match
from architrave.languages.rust.headers import header, is_public, parameters
from architrave.languages.rust.reader import Reader

_BLOCKS = frozenset({"block", "unsafe_block", "async_block"})
_NOTHING = frozenset({"return_expression", "for_expression", "while_expression", "loop_expression", "break_expression"})


def function(reader: Reader, node: Node, depth: int) -> None:
    name, returns, body = (node.child_by_field_name(part) for part in ("name", "return_type", "body"))
    qualified = reader.qualified(node)
    is_member = reader.is_in_type and not reader.function
    modifiers = next((child for child in node.children[:3] if child.type == "function_modifiers"), None)
    outer = reader.function, reader.in_loop, reader.in_error, reader.variables, reader.bound
    whole, decorators = header(reader, node, body)
    reader.function, reader.in_loop, reader.in_error, reader.variables, reader.bound = qualified, False, False, {}, []
    if reader.owner:
        reader.bind("Self", reader.names.resolve(reader.owner, reader.owner))
    reader.out.append(
        Definition(
            whole,
            reader.span(name) if name is not None else whole,
            qualified,
            "method" if is_member else "function",
            decorators,
            (),
            parameters(reader, node.child_by_field_name("parameters")),
            reader.type(returns) if returns is not None else "",
            modifiers is not None and b"async" in reader.text[modifiers.start_byte : modifiers.end_byte],
            is_public(node) or (is_member and node.type == "function_signature_item"),
        )
    )
    reader.out.append(Block(reader.span(node), "function", qualified))
    if body is not None:
        last(reader, body)
    reader.function, reader.in_loop, reader.in_error, reader.variables, reader.bound = outer


def last(reader: Reader, node: Node) -> None:
    """Visit the last expression of a body, and report what it gives back in each of its branches."""
    kind = node.type
    if kind in _BLOCKS:
        _block(reader, node)
    elif kind == "match_expression":
        match(reader, node, 0, last)
    elif kind == "if_expression":
        if_(reader, node, 0, last)
    elif kind == "parenthesized_expression" and node.named_children:
        last(reader, node.named_children[0])
    elif kind in _NOTHING:
        reader.visit(node)
    else:
        at = len(reader.out)
        value = reader.value(node)
        reader.out.insert(at, Return(reader.span(node), value, reader.function, reader.in_error))


def _block(reader: Reader, node: Node) -> None:
    since = len(reader.bound)
    children = [child for child in node.named_children if child.type not in COMMENTS]
    for child in children[:-1]:
        reader.visit(child)
    for child in children[-1:]:
        is_statement = child.type == "expression_statement"
        is_closed = is_statement and child.children[-1].type == ";"
        if is_closed or child.type in ("let_declaration", "empty_statement") or child.type.endswith("_item"):
            reader.visit(child)
        else:
            last(reader, child.named_children[0] if is_statement else child)
    reader.forget(since)
