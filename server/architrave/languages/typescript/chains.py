"""Names as JavaScript writes them: chains of members, calls and literal keys, and the class that a type names."""

from __future__ import annotations

import string

from tree_sitter import Node

from architrave.language import Chunk
from architrave.regexes import regex

LONGEST_CHAIN = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
CHAIN = regex(rb"[A-Za-z_$][\w$]*(?:!?\??\.#?[A-Za-z_$][\w$]*)*!?")  # Most chains: their text is what they are.
IN_CHAINS = (string.ascii_letters + string.digits + "_$.?!#").encode()  # A member expression of these alone is a `CHAIN`.
TRANSPARENT = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression"})
_NAMED = frozenset({"call_expression", "identifier", "member_expression", "new_expression", "subscript_expression"})


def plain(source: bytes) -> str:
    """Return the text of a `CHAIN` without `?` and `!`."""
    written = source.decode("ascii", "replace")
    if "?" in written or "!" in written:
        return written.replace("?.", ".").replace("!", "")
    return written


def chain_of(chunk: Chunk, node: Node) -> str:
    """Return a chain of names as written, calls as `()`, literal keys as members: `a.b().c`, `process.env.PORT`; "" for any other."""
    source = chunk.text[node.start_byte : node.end_byte]
    if CHAIN.fullmatch(source):
        return plain(source)
    parts: list[str] = []
    suffix = ""
    while len(parts) < LONGEST_CHAIN:
        kind = node.type
        if kind in ("identifier", "this", "super", "import"):
            parts.append(chunk.source(node) + suffix)
            return ".".join(reversed(parts))
        if kind == "member_expression":
            children = node.children
            parts.append(chunk.source(children[-1]) + suffix)
            suffix, node = "", children[0]
        elif kind in ("call_expression", "new_expression"):
            function = callee_of(node)
            if function is None:
                return ""
            module = module_of(chunk, node)
            if module is not None:
                parts.append(module.removeprefix("node:") + suffix)
                return ".".join(reversed(parts))
            suffix, node = "()" + suffix, function
        elif kind == "subscript_expression":
            key = literal_key(chunk, node)
            if key is None:
                return ""
            parts.append(key + suffix)
            suffix, node = "", node.children[0]
        elif kind == "meta_property":
            parts.append("import.meta" + suffix)
            return ".".join(reversed(parts))
        elif kind in TRANSPARENT:
            inner = first_of(node)
            if inner is None:
                return ""
            node = inner
        else:
            return ""
    return ""


def literal_key(chunk: Chunk, node: Node) -> str | None:
    """Return the key of `value["key"]`, None for a computed one."""
    children = node.children
    if len(children) < 4 or children[-2].type != "string":
        return None
    return chunk.source(children[-2])[1:-1]


def callee_of(call: Node) -> Node | None:
    children = call.children
    if call.type == "call_expression":
        return children[0]
    return children[1] if len(children) > 1 else None


def arguments_of(call: Node) -> Node | None:
    last = call.children[-1]
    return last if last.type in ("arguments", "template_string") and len(call.children) > 1 else None


def first_of(node: Node) -> Node | None:
    """Return the first named child that is no comment."""
    for child in node.children:
        if child.is_named and child.type != "comment":
            return child
    return None


def bare(node: Node) -> Node:
    """Return an expression without parentheses, `await`, `as X` and `!`."""
    while node.type in TRANSPARENT:
        inner = first_of(node)
        if inner is None:
            break
        node = inner
    return node


def target_of(chunk: Chunk, node: Node) -> str:
    """Return the call or name that a value is, as written; "" for any other."""
    node = bare(node)
    return chain_of(chunk, node) if node.type in _NAMED else ""


def module_of(chunk: Chunk, call: Node) -> str | None:
    """Return the literal module of a `require` or `import()` call."""
    if call.type != "call_expression":
        return None
    function = call.children[0]
    if chunk.text[function.start_byte : function.end_byte] not in (b"require", b"import"):
        return None
    arguments = arguments_of(call)
    first = first_of(arguments) if arguments is not None else None
    return chunk.source(first)[1:-1] if first is not None and first.type == "string" else None


def required_module(chunk: Chunk, node: Node) -> str | None:
    """Return the module of `require("x")` and `await import("x")`, with `.y` for a member of it; None for any other value."""
    if not chunk.text.startswith((b"require(", b"await import(", b"(await import("), node.start_byte):
        return None
    node = bare(node)
    members = ""
    while node.type == "member_expression":
        members = f".{chunk.source(node.children[-1])}{members}"
        node = bare(node.children[0])
    module = module_of(chunk, node)
    return None if module is None else module.removeprefix("node:") + members


def type_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for a type that names one class X, through `X | null`; else ""."""
    inner = first_of(node) if node.type == "type_annotation" else node
    kind = inner.type if inner is not None else ""
    if inner is None or kind == "predefined_type":
        return ""
    if kind in ("type_identifier", "nested_type_identifier"):
        return f"{chunk.source(inner)}()"
    if kind == "generic_type":
        return f"{chunk.source(inner.children[0])}()"
    if kind == "union_type":
        kept = [child for child in inner.children if child.is_named and chunk.source(child) not in ("null", "undefined")]
        return type_target(chunk, kept[0]) if len(kept) == 1 else ""
    return ""


def owner_of(node: Node, owner: str, text: bytes) -> str:
    name = node.child_by_field_name("name")
    own = text[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else "default"
    return f"{owner}.{own}" if owner else own
