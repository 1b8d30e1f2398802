"""The names that net/http gives to statuses, and the statuses that answers in a branch should have."""

from __future__ import annotations

from http import HTTPStatus

from architrave.facts.code import Call
from architrave.facts.values import Name, Number, Value, names
from architrave.framework import File
from architrave.text import Span

_INITIALISMS = {"URI": "URI", "HTTP": "HTTP", "OK": "OK"}
_DIFFERENT = {"StatusRequestEntityTooLarge": 413, "StatusRequestURITooLong": 414, "StatusTeapot": 418, "StatusNonAuthoritativeInfo": 203}


def _name(status: HTTPStatus) -> str:
    words = status.name.split("_")
    return "Status" + "".join(_INITIALISMS.get(word, word.capitalize()) for word in words)


STATUSES = {**{_name(status): int(status) for status in HTTPStatus}, **_DIFFERENT}
_BY_NUMBER = {400: "StatusBadRequest", 404: "StatusNotFound", 500: "StatusInternalServerError"}
_READS = ("Bind", "ShouldBind", "Decode", "Atoi", "Parse", "Unmarshal", "Validate")


def status(value: Value | None) -> int | None:
    """Return the status that a value is: a number or `http.StatusOK`."""
    if isinstance(value, Number):
        return int(value.value)
    if isinstance(value, Name) and value.name.startswith("net/http."):
        return STATUSES.get(value.name.rpartition(".")[2])
    return None


def fitting(span: Span, function: str, file: File) -> int:
    """Return the status that fits the error branch round a place: 404, 400 after reading the request, else 500."""
    block = next(iter(reversed(file.enclosing(span, "error"))), None)
    if block is None:
        return 500
    if block.subject is not None and any("NotFound" in name or "ErrNoRows" in name for name in names(block.subject)):
        return 404
    before: list[Call] = [call for call in file.calls_in(function) if call.span.chunk == span.chunk and call.span.end <= block.span.start]
    last = max(before, key=lambda call: call.span.end, default=None)
    name = last.callee.rpartition(".")[2] if last is not None else ""
    return 400 if name.startswith(_READS) else 500


def written(number: int, file: File) -> str:
    """Return how a file writes a status: by name when it imports net/http."""
    return f"http.{_BY_NUMBER[number]}" if file.imports("net/http") else str(number)
