"""Variables get values: `const x = y`, `const { a, b: c = 1 } = settings`, `this.x = y`."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Access, Assignment, Change, Wait
from architrave.facts.values import Invocation, Name, Number, Operation, Sequence, Value, is_text
from architrave.languages.typescript.chains import bare, chain_of, first_of, target_of
from architrave.languages.typescript.exports import exported_by_assignment
from architrave.languages.typescript.patterns import assigned, destructured
from architrave.languages.typescript.reader import Reader
from architrave.text import Span

_KEYWORDS = (b"const ", b"let ", b"var ")
_SIGNS = frozenset({"+=", "-="})


def declarator(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    name = children[0]
    declared, value = assigned(children)
    if value is None:
        reader.inside(node)
        return
    if reader.text.startswith((b"require(", b"await import("), value.start_byte):
        _note_required(reader, name, value)
    at = len(reader.out)
    kind = name.type
    type_ = reader.type(declared, reader.function) if declared is not None else ""
    if node.has_error:
        reader.broken(children)
    if value.kind_id in reader.kinds.awaits:
        _note_wait(reader, node)
        at = len(reader.out)
    if kind == "identifier":
        span = _statement(reader, node)
        known = reader.value(value)
        reader.out.insert(at, Assignment(span, reader.source(name), known, reader.function, type_))
        return
    found: list[Fact] = []
    if kind == "object_pattern":
        found = _taken_apart(reader, name, value, _statement(reader, node))
        reader.visit(name)
        reader.visit(value)
    else:
        reader.visit(name)
        known = reader.value(value)
        if kind == "array_pattern":
            found = _in_order(reader, name, known, _statement(reader, node))
    reader.out[at:at] = found


def _note_wait(reader: Reader, node: Node) -> None:
    """Report that a declaration waits right after another that does."""
    statement = node.parent
    before = statement.prev_named_sibling if statement is not None and statement.type == "lexical_declaration" else None
    if statement is None or before is None or before.type != "lexical_declaration" or before.named_child_count != 1:
        return
    _, value = assigned(before.named_children[0].children)
    if value is not None and value.kind_id in reader.kinds.awaits and statement.named_child_count == 1:
        reader.out.append(Wait(reader.span(statement), reader.span(before), reader.function))


def _statement(reader: Reader, node: Node) -> Span:
    """Return the span of `const name = value;`, or of `name = value` in a declaration of several."""
    start, end, text = node.start_byte, node.end_byte, reader.text
    after = text[end : end + 1]
    if after in (b";", b"\n", b"\r"):
        before = text[start - 6 if start > 6 else 0 : start]
        if before.endswith(_KEYWORDS):
            start -= 6 if before == b"const " else 4
            end += after == b";"
    return Span(start - reader.base, end - reader.base, reader.id)


def _taken_apart(reader: Reader, pattern: Node, value: Node, span: Span) -> list[Fact]:
    """Return what `const { a, b: c = 1 } = settings` assigns."""
    found: list[Fact] = []
    written = target_of(reader.chunk, value)
    for item in destructured(reader.chunk, pattern) if written else ():
        full = f"{written}.{item.key}"
        resolved = reader.names.resolve(full, reader.definition)
        known: Value = Name(span, resolved, full)
        if item.default is not None:
            known = Sequence(span, (known, reader.silently(item.default)))
        found.append(Assignment(span, item.variable, known, reader.function))
        if resolved.startswith(("process.env.", "import.meta.env.")):
            found.append(Access(span, resolved, reader.function, reader.in_loop, item.default is not None))
    return found


def _in_order(reader: Reader, pattern: Node, known: Value, span: Span) -> list[Fact]:
    """Return what `const [rows] = f()` and `const [a, b] = await Promise.all([f(), g()])` assign."""
    names = [child for child in pattern.children if child.is_named]
    targets = [child for child in names if child.type == "identifier"]
    if isinstance(known, Invocation) and known.callee in ("Promise.all", "Promise.allSettled") and known.arguments:
        known = known.arguments[0].value
    if isinstance(known, Sequence):
        return [Assignment(span, reader.source(target), item, reader.function) for target, item in zip(targets, known.items, strict=False)]
    if targets and names[0].type == "identifier":
        return [Assignment(span, reader.source(targets[0]), known, reader.function)]
    return []


def _note_required(reader: Reader, name: Node, value: Node) -> None:
    """Note which names a `require` in a declaration brings in, for the call that comes next."""
    call, member = bare(value), ""
    while call.type == "member_expression":
        member = reader.source(call.children[-1])
        call = bare(call.children[0])
    if name.type == "identifier":
        reader.required[call.id] = [(member, reader.source(name))]
    elif name.type == "object_pattern":
        reader.required[call.id] = [(item.key, item.variable) for item in destructured(reader.chunk, name)]


def assignment(reader: Reader, node: Node, depth: int) -> None:
    children = node.children
    left, right = children[0], children[-1]
    target = chain_of(reader.chunk, left)
    at = len(reader.out)
    reader.visit(left)
    reader.between(children)
    if not target:
        reader.visit(right)
        if left.type == "subscript_expression":
            reader.out[at:at] = _changed(reader, node, left)
        return
    known = reader.value(right)
    span = reader.span(node)
    found: list[Fact] = []
    if not reader.function and target.startswith(("module.exports", "exports")):
        found.extend(exported_by_assignment(reader, span, target, right))
    reader.out[at:at] = [*found, Assignment(span, target, known, reader.function)]


def augmented(reader: Reader, node: Node, depth: int) -> None:
    """`account.balance -= amount`"""
    children = node.children
    left, right = children[0], children[-1]
    at = len(reader.out)
    reader.visit(left)
    reader.between(children)
    sign = children[1].type
    if left.kind_id not in reader.kinds.members or sign not in _SIGNS:
        reader.visit(right)
        reader.out[at:at] = _changed(reader, node, left)
        return
    by = reader.value(right)
    if not is_text(by):
        _count(reader, node, left, sign, by, at)


def updated(reader: Reader, node: Node, depth: int) -> None:
    """`stock.count++`"""
    at = len(reader.out)
    reader.inside(node)
    inner, sign = first_of(node), next((child for child in node.children if not child.is_named), None)
    if inner is not None and sign is not None and inner.kind_id in reader.kinds.members:
        _count(reader, node, inner, sign.type, Number(reader.span(sign), 1), at)
    elif inner is not None:
        reader.out[at:at] = _changed(reader, node, inner)


def _count(reader: Reader, node: Node, target: Node, sign: str, by: Value, at: int) -> None:
    """Report a member that is counted from its own value, in front of what has been found since `at`."""
    written = chain_of(reader.chunk, target)
    if not written:
        reader.out[at:at] = _changed(reader, node, target)
    else:
        span = reader.span(node)
        own = Name(reader.span(target), reader.names.resolve(written, reader.definition), written)
        reader.out.insert(at, Assignment(span, written, Operation(span, own, "+" if sign[0] == "+" else "-", by), reader.function))


def _changed(reader: Reader, node: Node, target: Node) -> list[Fact]:
    name = chain_of(reader.chunk, target.children[0] if target.type == "subscript_expression" else target)
    return [Change(reader.span(node), name, reader.function)] if name and reader.function else []
