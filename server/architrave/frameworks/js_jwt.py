"""JSON Web Tokens in Node: jsonwebtoken, jose, @nestjs/jwt, jwt-simple."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.claims import is_shared, only_peeks
from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Call
from architrave.facts.values import Boolean, Mapping, Name, Replacement, Sequence, text
from architrave.framework import File, Framework
from architrave.node.calls import given
from architrave.node.routers import LANGUAGES

framework = Framework("js-jwt", languages=LANGUAGES)

_VERIFYING = {
    "jsonwebtoken.verify": "jsonwebtoken",
    "jose.jwtVerify": "jose",
    "@nestjs/jwt.JwtService().verify": "@nestjs/jwt",
    "@nestjs/jwt.JwtService().verifyAsync": "@nestjs/jwt",
}
_READING = {"jsonwebtoken.decode": "jsonwebtoken", "jose.decodeJwt": "jose", "@nestjs/jwt.JwtService().decode": "@nestjs/jwt"}
_SIGNING = {
    "jsonwebtoken.sign": "jsonwebtoken",
    "jose.SignJWT": "jose",
    "@nestjs/jwt.JwtService().sign": "@nestjs/jwt",
    "@nestjs/jwt.JwtService().signAsync": "@nestjs/jwt",
}


@framework.call(*_VERIFYING)
def verify(call: Call, file: File) -> Iterator[Fact]:
    span = call.span.until(call.name_span)
    options = file.constant(given(call, 1 if "nestjs" in call.callee else 2), call.function)
    algorithms = options.get("algorithms") if isinstance(options, Mapping) else None
    if isinstance(algorithms, Sequence) and any((text(item) or "").lower() == "none" for item in algorithms.items):
        yield JwtOperation(span, "decode", _VERIFYING[call.callee], call.function, False, 'algorithms contains "none"')
        return
    yield JwtOperation(span, "decode", _VERIFYING[call.callee], call.function, True)


@framework.call(*_READING)
def decode(call: Call, file: File) -> Iterator[Fact]:
    library = _READING[call.callee]
    span = call.span.until(call.name_span)
    verified = [other for other in file.all(Call) if other.callee in _VERIFYING]
    if any(other.function == call.function for other in verified):  # The header says which key to verify with.
        yield JwtOperation(span, "decode", library, call.function, None)
        return
    options = given(call, 1)
    complete = options.get("complete") if isinstance(options, Mapping) else None
    if (isinstance(complete, Boolean) and complete.value) or only_peeks(call, file):
        yield JwtOperation(span, "decode", library, call.function, None)
        return
    reason = f"{call.callee.rpartition('.')[2]}()"
    fix = _verified(call, verified, file)
    yield JwtOperation(span, "decode", library, call.function, False, reason, fix, "Verify it as the rest of the file does" if fix else "")


def _verified(call: Call, verified: list[Call], file: File) -> tuple[Replacement, ...]:
    """Return what makes `decode(token` a `verify(token, key` of the same library."""
    token = given(call, 0)
    for other in verified:
        rest = other.arguments[1:]
        if other.receiver != call.receiver or not isinstance(token, Name) or other.callee != "jsonwebtoken.verify":
            continue
        if not all(is_shared(item.value, other.function, call.function, file) for item in rest):
            continue
        shown = [item.value.written for item in rest if isinstance(item.value, Name)]
        options = [_options(item.value) for item in rest if isinstance(item.value, Mapping)]
        if len(shown) + len(options) == len(rest) and all(options):
            written = f"verify({', '.join([token.written, *shown, *options])}"
            return (Replacement(call.name_span.until(call.arguments_span), written),)
    return ()


def _options(value: Mapping) -> str:
    """`{ algorithms: ["RS256"] }` written again; "" for any other options."""
    algorithms = value.get("algorithms")
    if len(value.entries) != 1 or not isinstance(algorithms, Sequence):
        return ""
    names = [text(item) for item in algorithms.items]
    return "{ algorithms: [" + ", ".join(f'"{name}"' for name in names) + "] }" if all(names) else ""


@framework.call(*_SIGNING)
def sign(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 1 if "nestjs" in call.callee else 2), call.function)
    is_none = isinstance(options, Mapping) and (text(options.get("algorithm")) or "").lower() == "none"
    reason = 'algorithm is "none"' if is_none else ""
    yield JwtOperation(call.span.until(call.name_span), "sign", _SIGNING[call.callee], call.function, False if is_none else None, reason)


@framework.call("jwt-simple.decode")
def simple(call: Call, file: File) -> Iterator[Fact]:
    skip = given(call, 2)
    if isinstance(skip, Boolean) and skip.value:
        fix = (Replacement(skip.span, "false"),)
        yield JwtOperation(call.span.until(call.name_span), "decode", "jwt-simple", call.function, False, "noVerify is true", fix)
    else:
        yield JwtOperation(call.span.until(call.name_span), "decode", "jwt-simple", call.function, True)


@framework.call("jwt-simple.encode")
def encode(call: Call, file: File) -> Iterator[Fact]:
    yield JwtOperation(call.span.until(call.name_span), "sign", "jwt-simple", call.function)
