"""Names as Go writes them: chains of members, calls and literal keys."""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.go.types import type_target
from architrave.languages.go.values import TEXTS, text

LONGEST = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
IN_CHAINS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."  # Most members: their text is what they are.
_NAMES = frozenset({"identifier", "type_identifier", "field_identifier", "package_identifier", "qualified_type"})


def written(chunk: Chunk, node: Node) -> str:
    """Return a chain of names as written, calls as `()`, a literal, conversion or assertion as its type: `a.b().c`, `Client().Do`."""
    parts: list[str] = []
    suffix = ""
    while len(parts) < LONGEST:
        kind = node.type
        if kind == "selector_expression":
            source = chunk.text[node.start_byte : node.end_byte]
            if not source.translate(None, IN_CHAINS):
                parts.append(source.decode() + suffix)
                break
            children = node.children
            parts.append(chunk.source(children[-1]) + suffix)
            suffix, node = "", children[0]
        elif kind in _NAMES:
            parts.append(chunk.source(node) + suffix)
            break
        elif kind == "call_expression":
            node, suffix = called(chunk, node), "()" + suffix
        elif kind == "parenthesized_expression" or kind == "unary_expression":
            if not node.named_children or (kind == "unary_expression" and node.children[0].type not in ("&", "*")):
                return ""
            node = node.named_children[0]
        elif kind == "composite_literal" or kind == "type_assertion_expression":
            target = made(chunk, node)
            if not target:
                return ""
            parts.append(target + suffix)
            break
        elif kind == "index_expression":
            key = literal_key(chunk, node)
            if key is None:
                return ""
            parts.append(key + suffix)
            suffix, node = "", node.children[0]
        else:
            return ""
    else:
        return ""
    parts.reverse()
    return ".".join(parts)


def called(chunk: Chunk, node: Node) -> Node:
    """Return what a call names: its function, and for `new(T)` the type."""
    function, arguments = node.children[0], node.children[-1]
    if function.end_byte - function.start_byte == 3 and arguments.named_child_count == 1 and chunk.source(function) == "new":
        return arguments.named_children[0]
    return function


def made(chunk: Chunk, node: Node) -> str:
    """Return `T()` for what a literal, `T{…}`, or an assertion, `x.(T)`, is of."""
    type_node = node.children[0] if node.type == "composite_literal" else node.child_by_field_name("type")
    return type_target(chunk.source(type_node)) if type_node is not None else ""


def literal_key(chunk: Chunk, node: Node) -> str | None:
    """Return the key of `x["key"]`, None for any other."""
    key = node.child_by_field_name("index")
    return text(chunk.source(key)) if key is not None and key.type in TEXTS else None
