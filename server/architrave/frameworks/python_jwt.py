"""JSON Web Tokens in Python: PyJWT, python-jose, authlib."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.claims import is_shared, only_peeks
from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Call
from architrave.facts.values import Boolean, Invocation, Mapping, Name, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework

framework = Framework("python-jwt", languages=("python",))

_DECODES = ("jwt.decode", "jwt.decode_complete", "jwt.PyJWT().decode", "jose.jwt.decode", "jwt.api_jwt.decode")


@framework.call(*_DECODES)
def decode(call: Call, file: File) -> Iterator[Fact]:
    library = "python-jose" if call.callee.startswith("jose") else "PyJWT"
    span = call.span.until(call.name_span)
    off, reason = _switched_off(call, file)
    if off is None:
        has_key = call.argument("key", 1) is not None
        yield JwtOperation(span, "decode", library, call.function, True if has_key else None)
        return
    if only_peeks(call, file):
        yield JwtOperation(span, "decode", library, call.function, None)
        return
    verified = [other for other in file.all(Call) if other.callee == call.callee and _switched_off(other, file)[0] is None]
    arguments = next((written for other in verified if (written := _verified_arguments(other, call, file))), "")
    if arguments:
        fix = (Replacement(call.arguments_span, arguments),)
        yield JwtOperation(span, "decode", library, call.function, False, reason, fix, "Verify it as the rest of the file does")
    elif call.argument("key", 1) is not None and isinstance(off, Boolean):
        yield JwtOperation(span, "decode", library, call.function, False, reason, (Replacement(off.span, "True"),), "Verify the signature")
    else:
        yield JwtOperation(span, "decode", library, call.function, False, reason)


def _switched_off(call: Call, file: File) -> tuple[Value | None, str]:
    """Return the value that turns verification off, and how it reads."""
    verify = call.argument("verify")
    if isinstance(verify, Boolean) and not verify.value:
        return verify, "verify=False"
    options = file.constant(call.argument("options", 3), call.function)
    if isinstance(options, Invocation) and options.callee == "dict":
        given = next((item.value for item in options.arguments if item.name == "verify_signature"), None)
        if isinstance(given, Boolean) and not given.value:
            return given, "verify_signature=False"
    if isinstance(options, Mapping):
        signature = options.get("verify_signature")
        if isinstance(signature, Boolean) and not signature.value:
            return signature, '"verify_signature": False'
    algorithms = call.argument("algorithms", 2)
    if isinstance(algorithms, Sequence) and any((text(item) or "").lower() == "none" for item in algorithms.items):
        return algorithms, 'algorithms contains "none"'
    return None, ""


def _verified_arguments(verified: Call, call: Call, file: File) -> str:
    """The arguments of a verified call, written for the token of `call`; "" when they cannot be written again."""
    token = call.argument("jwt", 0) or call.argument("token", 0)
    key, algorithms = verified.argument("key", 1), verified.argument("algorithms", 2)
    if not isinstance(token, Name) or not isinstance(key, Name):
        return ""
    if not all(is_shared(value, verified.function, call.function, file) for value in (key, algorithms) if value is not None):
        return ""
    if isinstance(algorithms, Name):
        return f"{token.written}, {key.written}, algorithms={algorithms.written}"
    if isinstance(algorithms, Sequence) and all(isinstance(item, String) for item in algorithms.items):
        shown = ", ".join(f'"{text(item)}"' for item in algorithms.items)
        return f"{token.written}, {key.written}, algorithms=[{shown}]"
    return ""


@framework.call("jose.jwt.get_unverified_claims", "jwt.get_unverified_claims")
def unverified(call: Call, file: File) -> Iterator[Fact]:
    name = call.callee.rpartition(".")[2]
    yield JwtOperation(call.span.until(call.name_span), "decode", "python-jose", call.function, False, f"{name}()")


@framework.call("jwt.encode", "jose.jwt.encode")
def encode(call: Call, file: File) -> Iterator[Fact]:
    library = "python-jose" if call.callee.startswith("jose") else "PyJWT"
    is_none = (text(file.constant(call.argument("algorithm", 2), call.function)) or "").lower() == "none"
    reason = 'algorithm is "none"' if is_none else ""
    yield JwtOperation(call.span.until(call.name_span), "sign", library, call.function, False if is_none else None, reason)


@framework.call("authlib.jose.jwt.decode", "authlib.jose.JsonWebToken().decode", "joserfc.jwt.decode", "flask_jwt_extended.decode_token")
def always_verified(call: Call, file: File) -> Iterator[Fact]:
    yield JwtOperation(call.span.until(call.name_span), "decode", call.callee.partition(".")[0], call.function, True)


@framework.call("authlib.jose.jwt.encode", "joserfc.jwt.encode")
def signed(call: Call, file: File) -> Iterator[Fact]:
    yield JwtOperation(call.span.until(call.name_span), "sign", call.callee.partition(".")[0], call.function)
