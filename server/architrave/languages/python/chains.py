"""Names as Python writes them: chains of attributes, calls and literal keys, and the class that an annotation names."""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk
from architrave.regexes import regex

_LONGEST_CHAIN = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
_DOTTED = regex(rb"[^\W\d]\w*(?:\.[^\W\d]\w*)*")  # Most chains: their text is what they are.
_LINKS = frozenset({"call", "subscript", "await", "parenthesized_expression"})
_WRAPPING_TYPES = frozenset({"Annotated", "Optional", "Final", "ClassVar", "Required", "NotRequired", "Mapped"})


def written(chunk: Chunk, node: Node) -> str:
    """Return a chain of names as written, calls as `()`, literal keys as members: `a.b().c`, `os.environ.PORT`; "" for any other."""
    kind = node.type
    if kind == "identifier":
        return chunk.source(node)
    if kind == "attribute":
        source = chunk.text[node.start_byte : node.end_byte]
        if _DOTTED.fullmatch(source):
            return source.decode()
    elif kind not in _LINKS:
        return ""
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


def type_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for an annotation that names one class X, through `Annotated[X, …]`, `Optional[X]` and `X | None`; else ""."""
    inner = node.named_children[0] if node.type == "type" and node.named_children else node
    kind = inner.type
    if kind in ("identifier", "attribute"):
        return f"{written(chunk, inner)}()"
    if kind == "generic_type" and len(inner.named_children) == 2:
        head, parameters = inner.named_children
        name = chunk.source(head)
        if name in _WRAPPING_TYPES and parameters.named_children:
            return type_target(chunk, parameters.named_children[0])
        return f"{name}()"
    if kind == "subscript":
        value = inner.child_by_field_name("value")
        first = inner.child_by_field_name("subscript")
        if value is not None and first is not None and chunk.source(value).rpartition(".")[2] in _WRAPPING_TYPES:
            return type_target(chunk, first)
        name = written(chunk, value) if value is not None else ""
        return f"{name}()" if name else ""
    if kind in ("binary_operator", "union_type"):
        kept = [child for child in inner.named_children if chunk.source(child) != "None"]
        return type_target(chunk, kept[0]) if len(kept) == 1 else ""
    if kind == "string":
        content = chunk.source(inner).strip("\"'")
        return f"{content}()" if content.replace(".", "").isidentifier() else ""
    return ""


def parameter_name(chunk: Chunk, node: Node) -> str:
    if node.type == "identifier":
        return chunk.source(node)
    name = node.child_by_field_name("name") or next((child for child in node.named_children if child.type == "identifier"), None)
    if name is not None:
        return chunk.source(name)
    return chunk.source(node).lstrip("*").partition(":")[0]


def variables(chunk: Chunk, node: Node) -> tuple[str, ...]:
    """Return the names that the target of a loop binds."""
    if node.type == "identifier":
        return (chunk.source(node),)
    return tuple(chunk.source(child) for child in node.named_children if child.type == "identifier")


def defined_name(chunk: Chunk, node: Node) -> str:
    name = node.child_by_field_name("name")
    return chunk.source(name) if name is not None else "?"
