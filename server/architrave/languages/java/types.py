"""Types as Java writes them: the class that one is, and what a collection holds."""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk

TYPES = frozenset({"type_identifier", "scoped_type_identifier", "generic_type"})
# Types that say nothing of architecture: a variable of one stands for itself.
_PLAIN = frozenset(
    """String Integer Long Short Byte Double Float Boolean Character Object Number BigDecimal BigInteger UUID Instant LocalDate
    LocalDateTime OffsetDateTime ZonedDateTime Duration Date CharSequence Void var""".split()  # noqa: SIM905
)
_COLLECTIONS = frozenset(
    """List ArrayList LinkedList Set HashSet LinkedHashSet TreeSet SortedSet Collection Iterable Queue Deque Stream Page Slice Flux
    Streamable Window""".split()  # noqa: SIM905
)


def type_name(chunk: Chunk, node: Node) -> str:
    """Return the name of a class type without its arguments, "" for arrays and primitives."""
    kind = node.type
    if kind == "generic_type" and node.children:
        node = node.children[0]
        kind = node.type
    if kind == "type_identifier" or kind == "identifier":
        return chunk.source(node)
    if kind == "scoped_type_identifier":
        return "".join(chunk.source(node).split())
    return ""


def type_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for a type X, "" for types that say nothing."""
    name = type_name(chunk, node)
    return "" if not name or name in _PLAIN else f"{name}()"


def element_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for the type of a collection of X, else ""."""
    if node.type == "array_type" and node.children:
        return type_target(chunk, node.children[0])
    if node.type != "generic_type" or chunk.source(node.children[0]).rpartition(".")[2] not in _COLLECTIONS:
        return ""
    given = node.named_children[-1].named_children
    return type_target(chunk, given[0]) if len(given) == 1 else ""


def type_of(node: Node) -> Node | None:
    """Return the type of a declaration or parameter: the first named child that is no modifier."""
    return next((child for child in node.named_children if child.type != "modifiers" and not child.type.endswith("comment")), None)
