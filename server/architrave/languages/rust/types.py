"""Types as Rust writes them: the one class that a type is or wraps."""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.rust.naming import plain

PRIMITIVE = frozenset(
    "_ bool char str String i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64".split()  # noqa: SIM905
)
_WRAPPERS = frozenset(
    """State Data Extension Json Query Form Path Arc Rc Box Option Result Mutex RwLock Pin Cow Lazy LazyLock LazyCell OnceCell OnceLock
    RefCell Cell ReqData TypedHeader Ref RefMut MutexGuard Weak Valid ValidatedJson""".split()  # noqa: SIM905
)
_DEEPEST = 12


def type_target(chunk: Chunk, node: Node, owner: str) -> str:
    """Return `X()` for a type that is, or wraps, one named type X; else ""."""
    for _ in range(_DEEPEST):
        kind = node.type
        if kind in ("type_identifier", "scoped_type_identifier"):
            written = plain(chunk.source(node))
            if written == "Self":
                written = owner
            return f"{written}()" if written and written not in PRIMITIVE else ""
        if kind == "generic_type":
            head, arguments = node.child_by_field_name("type"), node.child_by_field_name("type_arguments")
            if head is None:
                return ""
            written = plain(chunk.source(head))
            if written.rpartition(".")[2] not in _WRAPPERS or arguments is None:
                return f"{written}()"
            inner = next((child for child in arguments.named_children if child.type not in ("lifetime", "type_binding")), None)
        elif kind in ("reference_type", "pointer_type"):
            inner = node.child_by_field_name("type")
        elif kind in ("dynamic_type", "abstract_type"):
            inner = node.child_by_field_name("trait")
        elif kind == "bounded_type":
            inner = node.named_children[0] if node.named_children else None
        else:
            return ""
        if inner is None:
            return ""
        node = inner
    return ""
