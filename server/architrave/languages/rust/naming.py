"""Names as Rust writes them, with a dot for `::`, and what calls leave of themselves in them."""

from __future__ import annotations

from architrave.regexes import regex

LONGEST = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
IN_CHAINS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."  # Most members: their text is what they are.
_SIMPLE = regex(r"\w+(?:::\w+)*")
# What has no trace in a chain of names: it opens, copies or borrows the value before it.
TRANSPARENT = frozenset(
    """unwrap expect context with_context map_err clone cloned copied as_ref as_mut as_deref borrow borrow_mut to_owned ok_or ok_or_else
    unwrap_or_default lock read write get_ref by_ref boxed instrument wrap_err wrap_err_with change_context""".split()  # noqa: SIM905
)
# What has no trace in a value, too: conversions of the same content.
CONVERSIONS = TRANSPARENT | frozenset(
    """to_string into into_response parse try_into as_str as_deref as_bytes trim into_owned to_vec into_boxed_str as_slice ok
    into_inner""".split()  # noqa: SIM905
)
HANDED_ON = frozenset({"String.from", "Box.new", "Arc.new", "Rc.new", "Cow.from", "Some", "std.sync.Arc.new", "Cow.Borrowed", "Box.pin"})


def plain(source: str) -> str:
    """Return a path without references, generic arguments and spaces: `db.Store` of `&'a mut db::Store<T>`."""
    if _SIMPLE.fullmatch(source):
        return source.replace("::", ".")
    source = source.strip()
    while source.startswith(("&", "'", "mut ", "dyn ", "impl ", "*")):
        source = source[1:].lstrip() if source[0] in "&*" else source.partition(" ")[2].lstrip()
    depth, kept = 0, []
    for sign in source:
        if sign == "<":
            depth += 1
        elif sign == ">":
            depth -= 1
        elif not depth and not sign.isspace():
            kept.append(sign)
    return "".join(kept).replace("::", ".").replace("..", ".").strip(".")


def built(receiver: str) -> str:
    """Return what `.build()` gives: `Client()` after `Client::builder()` or `ClientBuilder::new()`; "" when it is not known."""
    first = receiver.partition("().")[0].removesuffix("()")
    if first.endswith(".builder"):
        return f"{first[:-8]}()"
    last = first.rpartition(".")[2]
    return f"{first[:-7]}()" if last.endswith("Builder") and len(last) > 7 else ""
