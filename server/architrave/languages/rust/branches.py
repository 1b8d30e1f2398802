"""`if` and `match`: their branches, and which of them deal with an error."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block
from architrave.facts.values import Unknown, Value
from architrave.languages.rust.calls import linked, note_default
from architrave.languages.rust.patterns import lets, single, variables
from architrave.languages.rust.reader import Reader

Visit = Callable[[Reader, Node], None]  # What is done with each branch.


def if_(reader: Reader, node: Node, depth: int, visit: Visit = Reader.visit) -> None:
    condition, consequence, alternative = (node.child_by_field_name(part) for part in ("condition", "consequence", "alternative"))
    if condition is None or consequence is None:
        reader.inside(node)
        return
    at, since, outer = len(reader.out), len(reader.bound), reader.in_error
    is_err, is_ok = _begins(reader, condition)
    subject, bound, found = conditions(reader, condition, is_err, is_ok)
    found.append(Block(reader.span(consequence), "error" if is_err else "branch", reader.function, subject, bound))
    failed = alternative.named_children[-1] if alternative is not None and alternative.named_children else None
    if is_ok and failed is not None:
        found.append(Block(reader.span(failed), "error", reader.function, subject))
    reader.out[at:at] = found
    reader.in_error = outer or is_err
    visit(reader, consequence)
    reader.forget(since)
    reader.in_error = outer or is_ok
    if failed is not None:
        visit(reader, failed)
    reader.in_error = outer


def _begins(reader: Reader, condition: Node) -> tuple[bool, bool]:
    """Return whether a condition is of an error, `if let Err(e) = …`, or of none, `if let Ok(x) = …`."""
    words = [reader.text[each.start_byte : each.start_byte + 40].split(b"(")[0].split()[-1:] for each in lets(condition)]
    return [b"Err"] in words, [b"Ok"] in words


def conditions(
    reader: Reader, condition: Node, is_err: bool = False, is_ok: bool = False
) -> tuple[Value | None, tuple[str, ...], list[Fact]]:
    """Visit a condition and bind what its `let`s bind; return the last value that these open, and the facts of them."""
    bound: list[str] = []
    found: list[Fact] = []
    subject: Value | None = None
    if condition.type not in ("let_condition", "let_chain"):
        return reader.value(condition), (), found
    for each in [condition] if condition.type == "let_condition" else condition.named_children:
        pattern, value = (each.child_by_field_name(part) for part in ("pattern", "value"))
        if each.type != "let_condition" or pattern is None or value is None:
            reader.visit(each)
            continue
        if is_ok:
            note_default(reader, value)
        whole, known = linked(reader, value, 0, True)
        subject = known or Unknown(reader.span(value))
        name = single(pattern)
        if name is not None and not is_err:
            found.append(Assignment(reader.span(each), reader.source(name), subject, reader.function))
        bound.extend([reader.source(item) for item in variables(reader.text, pattern)])
        reader.bind_pattern(pattern, reader.resolve(whole) if whole else "")
    return subject, tuple(bound), found


def match(reader: Reader, node: Node, depth: int, visit: Visit = Reader.visit) -> None:
    value, body = node.child_by_field_name("value"), node.child_by_field_name("body")
    if value is None or body is None:
        reader.inside(node)
        return
    arms = [(arm, arm.child_by_field_name("pattern") if arm.type == "match_arm" else None) for arm in body.named_children]
    if any(pattern is not None and _is_err(reader, pattern) for _, pattern in arms):
        note_default(reader, value)
    whole = linked(reader, value, 0)[0]
    target = reader.resolve(whole) if whole else ""
    for arm, pattern in arms:
        if pattern is None:
            reader.visit(arm)
        else:
            _arm(reader, arm, pattern, target, visit)


def _is_err(reader: Reader, pattern: Node) -> bool:
    return reader.text.startswith((b"Err(", b"Err ("), pattern.start_byte)


def _arm(reader: Reader, node: Node, pattern: Node, target: str, visit: Visit) -> None:
    value = node.child_by_field_name("value")
    since, outer = len(reader.bound), reader.in_error
    inner = pattern.named_children[0] if pattern.named_children else None
    is_value = inner is not None and inner.type == "tuple_struct_pattern" and reader.source(inner.children[0]) in ("Ok", "Some")
    is_err = _is_err(reader, pattern)
    if value is not None and is_err:
        names = tuple([reader.source(item) for item in variables(reader.text, pattern)])
        reader.out.append(Block(reader.span(value), "error", reader.function, _caught(reader, inner), names))
    reader.bind_pattern(pattern, target if is_value else "")
    for guard in pattern.named_children[1:]:
        reader.visit(guard)
    reader.in_error = outer or is_err
    if value is not None:
        visit(reader, value)
    reader.in_error = outer
    reader.forget(since)


def _caught(reader: Reader, inner: Node | None) -> Value | None:
    """Return what an `Err(…)` pattern names: `sqlx::Error::RowNotFound`, or just the variable."""
    if inner is None or inner.type != "tuple_struct_pattern" or len(inner.named_children) < 2:
        return None
    found = inner.named_children[1]
    if found.type in ("tuple_struct_pattern", "struct_pattern") and found.named_children:
        found = found.named_children[0]
    return reader.value(found) if found.type in ("identifier", "scoped_identifier") else Unknown(reader.span(found))
