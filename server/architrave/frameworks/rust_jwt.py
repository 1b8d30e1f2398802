"""JSON Web Tokens in Rust: jsonwebtoken."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.claims import is_shared
from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Assignment, Call
from architrave.facts.values import Boolean, Invocation, Name, Replacement
from architrave.framework import File, Framework
from architrave.text import Span

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
    yield JwtOperation(span, "decode", "jsonwebtoken", call.function, False, reason, _switched_on(call, file))


def _switched_on(call: Call, file: File) -> tuple[Replacement, ...]:
    """Leave out the statement that turns the check off; then nothing may change the validation any more."""
    name = getattr(call.arguments[2].value, "written", "")
    calls = [other for other in file.calls_in(call.function) if other.receiver == name]
    off = [other for other in calls if other.callee.endswith(".insecure_disable_signature_validation") and other.is_discarded]
    declared = file.assignments(name, call.function)
    if len(off) != 1 or len(declared) != 1:
        return ()
    fix = (Replacement(off[0].span, "", "whole"),)
    start, mutable = declared[0].span.start + len("let "), f"mut {name} = "
    is_changed = len(calls) > 1 or any(item.target.startswith(f"{name}.") for item in file.near(Assignment, call.span))
    if is_changed or declared[0].value.span.start != start + len(mutable):
        return fix
    return *fix, Replacement(Span(start, start + len("mut "), call.span.chunk), "")


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
    fix = _verified(call, file)
    title = "Verify it as the rest of the file does" if fix else ""
    yield JwtOperation(call.span.until(call.name_span), "decode", "jsonwebtoken", call.function, False, f"{name}()", fix, title)


def _verified(call: Call, file: File) -> tuple[Replacement, ...]:
    """Call `decode` with the key and validation of a call that verifies elsewhere in the file."""
    for other in file.all(Call):
        if other.callee != "jsonwebtoken.decode" or len(other.arguments) != 3 or len(call.arguments) != 1 or _switched_off(other, file):
            continue
        rest = other.arguments[1:]
        if all(is_shared(item.value, other.function, call.function, file) for item in rest):
            given = Replacement(call.arguments_span.after, ", {}", copied=rest[0].span.until(rest[1].span))
            return Replacement(call.span.until(call.name_span), other.written.replace(".", "::")), given
    return ()


@framework.call("jsonwebtoken.encode")
def encode(call: Call, file: File) -> Iterator[Fact]:
    yield JwtOperation(call.span.until(call.name_span), "sign", "jsonwebtoken", call.function)
