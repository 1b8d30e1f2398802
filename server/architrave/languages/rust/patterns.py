"""Patterns: the names that they bind."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

_OPEN = frozenset({"mut_pattern", "ref_pattern", "reference_pattern", "captured_pattern", "match_pattern"})


def variables(text: bytes, pattern: Node) -> list[Node]:
    """Return the names that a pattern binds."""
    found = []
    stack = [pattern]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_field_identifier"):
            if not text[node.start_byte : node.start_byte + 1].isupper():  # `None`, or a constant.
                found.append(node)
        elif kind in ("tuple_struct_pattern", "struct_pattern"):
            stack.extend(reversed(node.named_children[1:]))
        elif kind == "field_pattern":
            inner = node.child_by_field_name("pattern")
            if inner is not None or node.named_children:
                stack.append(inner if inner is not None else node.named_children[-1])
        elif kind == "parameter":
            inner = node.child_by_field_name("pattern")
            if inner is not None:
                stack.append(inner)
        elif kind == "match_pattern":  # `Some(x) if x > 2`
            stack.extend(node.named_children[:1])
        elif kind != "scoped_identifier" and node.named_children:
            stack.extend(reversed(node.named_children))
    return found


def single(pattern: Node) -> Node | None:
    """Return the one name of `x`, `mut x`, `Some(x)`, `Ok(x)`, or None."""
    while True:
        if pattern.type == "identifier":
            return pattern
        if pattern.type == "tuple_struct_pattern" and len(pattern.named_children) == 2:
            pattern = pattern.named_children[1]
        elif pattern.type in ("mut_pattern", "ref_pattern") and pattern.named_children:
            pattern = pattern.named_children[-1]
        else:
            return None


def opened(pattern: Node) -> Node:
    """Return the pattern in `mut x`, `&x`, `Some(x)`, `State(x)`."""
    while True:
        children = pattern.named_children
        if pattern.type == "tuple_struct_pattern" and len(children) == 2:
            pattern = children[1]
        elif pattern.type in _OPEN and children:
            pattern = children[0 if pattern.type == "match_pattern" else -1]
        else:
            return pattern


def lets(condition: Node | None) -> Iterator[Node]:
    """Yield the `let`s of a condition: `if let Some(x) = y && let …`."""
    if condition is None:
        return
    if condition.type == "let_condition":
        yield condition
    elif condition.type == "let_chain":
        yield from (child for child in condition.named_children if child.type == "let_condition")
