"""Names, members and items: `order`, `this.orders`, `process.env["PORT"]`."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.values import Name, Value
from architrave.languages.typescript.calls import links
from architrave.languages.typescript.chains import IN_CHAINS, plain
from architrave.languages.typescript.reader import Reader


def name(reader: Reader, node: Node, depth: int) -> Value | None:
    written = reader.source(node)
    if not written:  # The parser made it up.
        return None
    return Name(reader.span(node), reader.names.resolve(written, reader.definition), written)


def member(reader: Reader, node: Node, depth: int) -> Value | None:
    source = reader.text[node.start_byte : node.end_byte]
    if not source.translate(None, IN_CHAINS):
        written = plain(source)
        if node.end_byte > reader.accessed_until:
            reader.access(node, written)
    else:
        written, _ = links(reader, node)
    return Name(reader.span(node), reader.names.resolve(written, reader.definition), written) if written else None


def read_member(reader: Reader, node: Node, depth: int) -> None:
    """Visit a chain whose value does not matter."""
    source = reader.text[node.start_byte : node.end_byte]
    if source.translate(None, IN_CHAINS):
        links(reader, node)
    elif node.end_byte > reader.accessed_until:
        reader.access(node, plain(source))
