"""The names that the crate `http` and actix-web give to statuses, and the statuses that answers in a branch should have."""

from __future__ import annotations

from http import HTTPStatus

from architrave.facts.values import Invocation, Name, Number, Value, names
from architrave.framework import File
from architrave.text import Span

STATUSES = {status.name: int(status) for status in HTTPStatus} | {"PAYLOAD_TOO_LARGE": 413, "UNPROCESSABLE_ENTITY": 422, "IM_A_TEAPOT": 418}
RESPONSES = {"".join(word.capitalize() for word in name.split("_")): number for name, number in STATUSES.items()} | {"Ok": 200}
_NAMES = {400: "BAD_REQUEST", 404: "NOT_FOUND", 500: "INTERNAL_SERVER_ERROR"}


def status(value: Value | None) -> int | None:
    """Return the status that a value is: `StatusCode::NOT_FOUND`, `404`, `StatusCode::from_u16(404)`."""
    if isinstance(value, Number):
        return int(value.value)
    if isinstance(value, Name):
        owner, _, name = value.name.rpartition(".")
        if owner.rpartition(".")[2] in ("StatusCode", "Status"):
            return STATUSES.get(name) or RESPONSES.get(name)
    if isinstance(value, Invocation) and value.callee.endswith("StatusCode.from_u16") and value.arguments:
        return status(value.arguments[0].value)
    return None


def fitting(span: Span, file: File) -> int:
    """Return the status that fits the error branch round a place: 404 where nothing was found, else 500."""
    block = next(iter(reversed(file.enclosing(span, "error"))), None)
    subject = block.subject if block is not None else None
    if subject is not None and any(word in name for name in names(subject) for word in ("NotFound", "NOT_FOUND", "Missing")):
        return 404
    return 500


def constant(number: int) -> str:
    return f"StatusCode::{_NAMES[number]}"


def builder(number: int) -> str:
    """How actix-web names the start of an answer: `InternalServerError`."""
    return "".join(word.capitalize() for word in _NAMES[number].split("_"))
