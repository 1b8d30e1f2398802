"""Closures: what the call that takes one does with it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tree_sitter import Node

from architrave.facts.code import Block, Definition
from architrave.facts.values import Function, Name, Unknown, Value
from architrave.languages.rust.patterns import variables
from architrave.languages.rust.reader import Reader
from architrave.regexes import regex
from architrave.text import Span

_ERRORS = frozenset({"map_err", "unwrap_or_else", "or_else", "ok_or_else", "inspect_err"})
_ELSEWHERE = frozenset({"spawn_blocking", "spawn_blocking_with_tracing", "block_in_place", "unblock", "interact"})
_LOOPS = frozenset({"for_each", "try_for_each", "for_each_concurrent", "try_for_each_concurrent", "flat_map"})
Role = Literal["", "callback", "loop", "error", "elsewhere"]  # The last runs on a thread of its own, and may block there.
ADAPTERS = _LOOPS | frozenset({"map", "filter_map", "filter", "then", "and_then", "fold", "try_fold", "any", "all", "find", "inspect"})
_ITERATORS = regex(
    r"\b(?:iter|into_iter|iter_mut|drain|chars|lines|split|split_whitespace|keys|values|enumerate|windows|chunks|bytes|zip|rev|stream|par_iter"
    r"|into_par_iter|stream\.iter|FuturesUnordered|fetch|buffered|buffer_unordered)\(\)"
)


class Taker(NamedTuple):
    """The call that takes a closure: its function, that as written and by its full name, and the value that it is a method of."""

    function: Node
    whole: str
    callee: str
    receiver: Value | None


def _role(reader: Reader, taker: Taker | None) -> tuple[Role, Value | None]:
    """Return what a closure is to the call that takes it, and what that is about."""
    if taker is None:
        return "", None
    before, _, method = taker.whole.rpartition(".")
    if method in _ELSEWHERE or taker.whole.endswith(("thread.spawn", "rayon.spawn", "web.block")):
        return "elsewhere", None
    is_method = taker.function.type == "field_expression"
    if is_method and (method in _LOOPS or (method in ADAPTERS and _ITERATORS.search(before))):
        return "loop", taker.receiver or Unknown(reader.span(taker.function.children[0]))
    subject = Name(reader.span(taker.function), taker.callee, taker.whole)
    return ("error" if is_method and method in _ERRORS else "callback"), subject


def closure(reader: Reader, node: Node, depth: int) -> Value:
    taken(reader, node, None, depth)
    return Function(reader.span(node), "")


def taken(reader: Reader, node: Node, taker: Taker | None, depth: int) -> Value | None:
    """Visit a closure, and return what it gives."""
    body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
    if body is None:
        reader.inside(node)
        return None
    outer = reader.function, reader.in_loop, reader.in_error
    since = len(reader.bound)
    bound = _bind(reader, parameters)
    role, subject = _role(reader, taker)
    if role == "elsewhere":
        _enter(reader, node, reader.chunk.between(node.start_byte, body.start_byte))
    elif role:
        reader.out.append(Block(reader.span(body), role, reader.function, subject, bound))
    if role == "loop":
        reader.in_loop = True
        reader.loop_variables.update(dict.fromkeys(bound, body.end_byte))
    elif role == "error":
        reader.in_error = True
    value = reader.value(body, depth)
    reader.function, reader.in_loop, reader.in_error = outer
    reader.forget(since)
    return value


def _enter(reader: Reader, node: Node, header: Span) -> None:
    count = reader.counts[reader.function] = reader.counts.get(reader.function, 0) + 1
    name = f"{reader.function}.closure{count}" if reader.function else f"closure{count}"
    reader.function, reader.in_loop, reader.in_error = name, False, False
    reader.out.append(Definition(header, header, name, "function", is_exported=False))
    reader.out.append(Block(reader.span(node), "function", name))


def _bind(reader: Reader, parameters: Node | None) -> tuple[str, ...]:
    """Bind what a closure takes, and return the names; one without a type that is called like a variable mostly is that, handed on."""
    found: list[str] = []
    for item in parameters.named_children if parameters is not None else ():
        names = [reader.source(name) for name in variables(reader.text, item)]
        pattern = item.child_by_field_name("pattern") if item.type == "parameter" else None
        if pattern is not None:
            reader.bind_pattern(pattern, reader.typed(item.child_by_field_name("type")))
        else:
            for name in names:
                if name not in reader.variables:
                    reader.bind(name)
        found.extend(names)
    return tuple(found)
