"""JSON Web Tokens in Rust: jsonwebtoken."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Call
from architrave.facts.values import Boolean, Invocation, Name
from architrave.framework import File, Framework

framework = Framework("rust-jwt", languages=("rust",), modules=("jsonwebtoken",))

_UNVERIFIED = (
    "jsonwebtoken.dangerous.insecure_decode", "jsonwebtoken.dangerous_insecure_decode", "jsonwebtoken.insecure_decode",
    "jsonwebtoken.dangerous_insecure_decode_with_validation", "jsonwebtoken.dangerous_unsafe_decode",
)  # fmt: skip


@framework.call("jsonwebtoken.decode")
def decode(call: Call, file: File) -> Iterator[Fact]:
    span = call.span.until(call.name_span)
    if len(call.arguments) != 3:
        return
    reason = _switched_off(call, file)
    if not reason:
        validation = call.arguments[2].value
        is_known = isinstance(validation, Invocation) or (
            isinstance(validation, Name) and bool(file.assignments(validation.written, call.function))
        )
        yield JwtOperation(span, "decode", "jsonwebtoken", call.function, True if is_known else None)
        return
    yield JwtOperation(span, "decode", "jsonwebtoken", call.function, False, reason)


def _switched_off(call: Call, file: File) -> str:
    """Return what turns the check of the signature off for the validation that a call uses, as it reads; "" for nothing."""
    validation = call.arguments[2].value
    if not isinstance(validation, Name):
        return ""
    for other in file.calls_in(call.function):
        if other.written == f"{validation.written}.insecure_disable_signature_validation":
            return "insecure_disable_signature_validation()"
    for assignment in file.assignments(f"{validation.written}.validate_signature", call.function):
        if isinstance(assignment.value, Boolean) and not assignment.value.value:
            return "validate_signature = false"
    return ""


@framework.call(*_UNVERIFIED)
def unverified(call: Call, file: File) -> Iterator[Fact]:
    name = call.callee.rpartition(".")[2]
    yield JwtOperation(call.span.until(call.name_span), "decode", "jsonwebtoken", call.function, False, f"{name}()")


@framework.call("jsonwebtoken.encode")
def encode(call: Call, file: File) -> Iterator[Fact]:
    yield JwtOperation(call.span.until(call.name_span), "sign", "jsonwebtoken", call.function)
