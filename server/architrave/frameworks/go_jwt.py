"""JSON Web Tokens in Go: golang-jwt and its older names."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.claims import is_shared
from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Call, Return
from architrave.facts.values import Function, Name, Replacement, Value, names, walk
from architrave.framework import File, Framework
from architrave.text import Span

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
    title = "Verify it as the rest of the file does"
    span, fix = call.span.until(call.name_span), _verified(call, file)
    yield JwtOperation(span, "decode", "golang-jwt", call.function, False, "ParseUnverified", fix, title if fix else "")


def _verified(call: Call, file: File) -> tuple[Replacement, ...]:
    """Make it `ParseWithClaims`, which gives one value less, with the key function at hand."""
    key, second = _key(call, file), _second_target(call, file)
    if not key or second is None or len(call.arguments) != 2:
        return ()
    return Replacement(second, ""), Replacement(call.name_span, "ParseWithClaims"), Replacement(call.arguments_span.after, f", {key}")


def _key(call: Call, file: File) -> str:
    """Return the key function of this function's parameters, or of a call that verifies elsewhere in the file."""
    for parameter in file.parameters(call.function):
        if parameter.type.rpartition(".")[2] == "Keyfunc":
            return parameter.name
    for other in file.all(Call):
        at = {"Parse": 1, "ParseWithClaims": 2}.get(other.callee.rpartition(".")[2])
        if at is None or not other.callee.startswith(_PACKAGES) or len(other.arguments) <= at:
            continue
        key = other.arguments[at].value
        if isinstance(key, Name) and not _allows_none(key, file) and is_shared(key, other.function, call.function, file):
            return key.written
    return ""


def _second_target(call: Call, file: File) -> Span | None:
    """Return where `, _` stands before the call, in `claims, _, err := …` and `if _, _, err := …; err != nil`."""
    after = [item for item in file.comparisons_in(call.function) if item.span.chunk == call.span.chunk and item.span.start >= call.span.end]
    error = after[0].left if after else None
    if not isinstance(error, Name):
        return None
    end = call.span.start - len(f", {error.written} := ")
    assignment = file.assigned(call)
    is_in_condition = after[0].span.start == call.span.end + len("; ")
    if not is_in_condition and (assignment is None or assignment.span.start + len(f"{assignment.target}, _") != end):
        return None
    return Span(end - len(", _"), end, call.span.chunk)


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
        key = call.arguments[0].value if call.arguments else None
        is_none = isinstance(key, Name) and key.name.endswith(_NONE)
        reason = key.name.rpartition(".")[2] if isinstance(key, Name) and is_none else ""
        yield JwtOperation(call.span.until(call.name_span), "sign", "golang-jwt", call.function, False if is_none else None, reason)
