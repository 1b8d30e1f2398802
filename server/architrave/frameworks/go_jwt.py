"""JSON Web Tokens in Go: golang-jwt and its older names."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Call, Return
from architrave.facts.values import Function, Name, Value, names, walk
from architrave.framework import File, Framework

_PACKAGES = (
    "github.com/golang-jwt/jwt/v5",
    "github.com/golang-jwt/jwt/v4",
    "github.com/golang-jwt/jwt",
    "github.com/dgrijalva/jwt-go",
    "github.com/form3tech-oss/jwt-go",
)
_PARSES = ("Parse", "ParseWithClaims")
_NONE = ("UnsafeAllowNoneSignatureType", "SigningMethodNone")

framework = Framework("golang-jwt", languages=("go",), modules=_PACKAGES)


@framework.call("*.ParseUnverified")
def unverified(call: Call, file: File) -> Iterator[Fact]:
    yield JwtOperation(call.span.until(call.name_span), "decode", "golang-jwt", call.function, False, "ParseUnverified")


@framework.call(*(f"{package}{owner}.{name}" for package in _PACKAGES for owner in ("", ".NewParser()", ".Parser()") for name in _PARSES))
def parse(call: Call, file: File) -> Iterator[Fact]:
    at = 1 if call.callee.endswith(".Parse") else 2
    key = call.arguments[at].value if len(call.arguments) > at else None
    reason = "the key function allows tokens without a signature" if _allows_none(key, file) else ""
    span = call.span.until(call.name_span)
    yield JwtOperation(span, "decode", "golang-jwt", call.function, not reason if key is not None else None, reason)


def _allows_none(key: Value | None, file: File) -> bool:
    """Whether a key function returns the constant that lets unsigned tokens through."""
    for returned in file.all(Return):
        is_of_key = (isinstance(key, Function) and key.span.contains(returned.span)) or (
            isinstance(key, Name) and returned.function == key.name.replace("()", "")
        )
        if is_of_key and any(name.endswith(_NONE) for part in walk(returned.value) for name in names(part)):
            return True
    return False


@framework.call("*.SignedString")
def sign(call: Call, file: File) -> Iterator[Fact]:
    if call.callee.startswith(_PACKAGES):
        yield JwtOperation(call.span.until(call.name_span), "sign", "golang-jwt", call.function)
