"""Whether messages that a queue hands out are deleted there before the work on them is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from architrave.facts.code import Assignment, Block, Call
from architrave.facts.values import Replacement, Value, names
from architrave.framework import File

# Calls that are no work: they say or measure something.
_TELLS = frozenset(
    {"print", "println", "printf", "log", "debug", "info", "warn", "warning", "error", "exception", "len", "String", "append", "push"}
)
_ENDINGS = {"python": "", "go": "", "java": ";", "javascript": ";", "typescript": ";"}  # What a statement ends with.
_DEPTH = 4  # Variables made of variables.
_PARTS = frozenset({"branch", "catch", "error", "callback"})  # A delete in one of these is not followed by what stands after it.


Acknowledged = tuple[Literal["auto", "manual", "unknown"], str, tuple[Replacement, ...]]


def acknowledged(receive: Call, is_delete: Callable[[Call], bool], file: File) -> Acknowledged:
    """Return how messages are acknowledged that `receive` gives, the calls that say so (`delete_message before handle`), and what mends it.

    Those are forgotten early that are deleted, and only then handed to another call of the same block.
    """
    calls = file.calls_in(receive.function)
    deletes = [call for call in calls if call.span.chunk == receive.span.chunk and is_delete(call)]
    if not deletes:
        return ("manual" if any(is_delete(call) for call in file.all(Call)) else "unknown"), "", ()
    messages = _messages(receive, file)
    for delete in deletes:
        loop = next(iter(file.enclosing(delete.span, "loop")[::-1]), None)
        inside = [block for block in file.enclosing(delete.span) if block.kind in _PARTS]
        if loop is not None:
            inside = [loop, *(block for block in inside if loop.span.contains(block.span))]
        for call in calls:
            is_later = call.span.chunk == delete.span.chunk and call.span.start >= delete.span.end and not call.in_error_branch
            if (
                is_later
                and all(block.span.contains(call.span) for block in inside)
                and not is_delete(call)
                and _works(call, messages, file)
            ):
                return "auto", f"{_last(delete)} before {_last(call)}", _moved(delete, calls, file)
    return "manual", "", ()


def _moved(delete: Call, calls: list[Call], file: File) -> tuple[Replacement, ...]:
    """Move the statement that deletes below the last one of its block, where both are calls and nothing else."""
    ending = _ENDINGS.get(file.language)
    statement = next((call for call in calls if call.is_discarded and call.span.contains(delete.span)), None)
    if ending is None or statement is None:
        return ()
    block = file.enclosing(statement.span)[-1:]
    beside = [call for call in calls if block and block[0].span.contains(call.span)]
    last = max(beside, key=lambda call: call.span.end, default=statement)
    if last is statement or not last.is_discarded or file.enclosing(last.span)[-1:] != block:
        return ()
    text = f"{'await ' if statement.is_awaited else ''}{{}}{ending}"
    return Replacement(statement.span, "", "whole"), Replacement(last.span, text, "after", statement.span)


def _messages(receive: Call, file: File) -> frozenset[str]:
    """The variables that hold what was received, or are made of it."""
    assignments = [item for item in file.near(Assignment, receive.span) if item.function == receive.function]
    loops = [block for block in file.near(Block, receive.span) if block.kind == "loop" and block.function == receive.function]
    found: set[str] = set()
    for _ in range(_DEPTH):
        before = len(found)
        found.update(_bare(item.target) for item in assignments if _is_of(item.value, found, file, receive))
        for loop in loops:
            if loop.subject is not None and _is_of(loop.subject, found, file, receive):
                found.update(loop.variables)
        if len(found) == before:
            break
    return frozenset(found)


def _is_of(value: Value, known: Iterable[str], file: File, receive: Call | None = None) -> bool:
    if receive is not None and value.span.contains(receive.span):
        return True
    heads = {name.partition(".")[0] for name in names(value)}
    heads |= {call.written.partition(".")[0] for call in file.near(Call, value.span) if value.span.contains(call.span)}
    return not heads.isdisjoint(known)


def _works(call: Call, messages: frozenset[str], file: File) -> bool:
    return _last(call) not in _TELLS and any(_is_of(item.value, messages, file) for item in call.arguments)


def _last(call: Call) -> str:
    return (call.written or call.callee).rpartition(".")[2]


def _bare(target: str) -> str:
    return target.strip("[]{} ").partition(":")[0].partition(",")[0].strip().lstrip("*&")
