"""Answers of handlers: `res.status(404).json(body)`, `reply.code(404).send(body)`."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import Reply
from architrave.facts.code import Assignment, Call
from architrave.facts.values import Mapping, Number, Replacement, Value
from architrave.framework import File
from architrave.text import Span


def answered(call: Call, file: File, head: str, setter: str) -> Iterator[Reply]:
    """Yield the answer that `res.status(…).json(body)` gives."""
    body = call.arguments[0].value if call.arguments else None
    span = call.span.until(call.name_span)
    if call.callee.endswith(".sendStatus"):
        yield Reply(span, call.function, _number(body), (), call.in_error_branch, True)
        return
    keys = tuple(entry.key for entry in body.entries) if isinstance(body, Mapping) else ()
    setting = [item for item in file.chain(call) if item.callee.rpartition(".")[2] in ("status", "code")]
    if setting:
        given = setting[-1].arguments[0].value if setting[-1].arguments else None
        yield Reply(span, call.function, _number(file.constant(given, call.function)), keys, call.in_error_branch, True)
        return
    if call.written.count(".") > 1 or _has_status_before(call, file, head):
        yield Reply(span, call.function, None, keys, call.in_error_branch)
        return
    at = call.name_span.start - 1
    fix = Replacement(Span(at, at, call.span.chunk), f"{setter}(500)")
    yield Reply(span, call.function, 200, keys, call.in_error_branch, False, (fix,))


def _number(value: Value | None) -> int | None:
    return int(value.value) if isinstance(value, Number) else None


def _has_status_before(call: Call, file: File, head: str) -> bool:
    """Whether a statement of its own sets the status: `res.status(404);`, `res.statusCode = 404`."""
    for other in file.calls_in(call.function):
        if (
            other.written in (f"{head}.status", f"{head}.code", f"{head}.writeHead")
            and other.is_discarded
            and other.span.chunk == call.span.chunk
        ):
            return True
    return any(item.target in (f"{head}.statusCode", f"{head}.status") for item in file.all(Assignment) if item.function == call.function)
