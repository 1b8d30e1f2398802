"""JSON Web Tokens in Java: jjwt, Auth0's java-jwt, Nimbus."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import JwtOperation
from architrave.facts.code import Call
from architrave.facts.values import Replacement, Value
from architrave.framework import File, Framework
from architrave.java.queries import links

framework = Framework("java-jwt", languages=("java",))

_KEYS = ("setSigningKey", "setSigningKeyResolver", "verifyWith", "keyLocator", "decryptWith")
_SIGNED = ("parseClaimsJws", "parseSignedClaims", "parseSignedContent", "parsePlaintextJws")
_UNSIGNED = ("parseClaimsJwt", "parseUnsecuredClaims", "parsePlaintextJwt", "parseUnsecuredContent")


@framework.call("io.jsonwebtoken.Jwts.parser", "io.jsonwebtoken.Jwts.parserBuilder")
def parser(call: Call, file: File) -> Iterator[Fact]:
    """`Jwts.parser().verifyWith(key).build().parseSignedClaims(token)` in one chain; the pieces of a split one are not joined."""
    chain = list(links(call, file))
    named = {link.callee.rpartition(".")[2]: link for link in chain}
    last = next((named[name] for name in (*_UNSIGNED, *_SIGNED, "parse") if name in named), None)
    if last is None:
        return
    method = last.callee.rpartition(".")[2]
    has_key = any(name in named for name in _KEYS)
    span = last.name_span
    if method in _UNSIGNED:
        fixed = {"parseClaimsJwt": "parseClaimsJws", "parseUnsecuredClaims": "parseSignedClaims"}.get(method, "") if has_key else ""
        yield JwtOperation(
            span,
            "decode",
            "jjwt",
            call.function,
            False,
            f"{method}()",
            (Replacement(span, fixed),) if fixed else (),
            "Verify the signature" if fixed else "",
        )
    elif "unsecured" in named and not has_key:
        yield JwtOperation(span, "decode", "jjwt", call.function, False, "unsecured()")
    elif method == "parse":
        # Takes whatever comes: a token without a signature passes although a key is set.
        reason = "parse() takes unsigned tokens too" if has_key else "no key is set"
        yield JwtOperation(
            span, "decode", "jjwt", call.function, None if has_key and "build" in named else False, reason,
            (Replacement(span, "parseClaimsJws"),) if has_key else (), "Accept signed tokens only" if has_key else "",
        )  # fmt: skip
    else:
        yield JwtOperation(span, "decode", "jjwt", call.function, True if has_key else None)


@framework.call("com.auth0.jwt.JWT.decode", "com.auth0.jwt.JWT().decodeJwt")
def decode(call: Call, file: File) -> Iterator[Fact]:
    """Reading is no harm where the same function verifies the token too, for instance to choose a key."""
    if _verifies(call, file):
        return
    fix = _verified(call, file)
    yield JwtOperation(
        call.span.until(call.name_span), "decode", "java-jwt", call.function, False, "JWT.decode()",
        (Replacement(call.span.until(call.name_span), fix),) if fix else (), "Verify it as the rest of the file does" if fix else "",
    )  # fmt: skip


def _verifies(call: Call, file: File) -> bool:
    if any(other.callee.endswith((".verify", ".process", ".parseClaimsJws")) for other in file.calls_in(call.function)):
        return True
    checking = {other.function for other in file.all(Call) if other.callee.endswith(".verify") and "Algorithm" in other.callee}
    own = call.function.rpartition(".")[0]
    return any(f"{own}.{other.written}" in checking for other in file.calls_in(call.function))


def _verified(call: Call, file: File) -> str:
    """The verifier that the file keeps in a field: `verifier.verify`."""
    found = {
        other.written
        for other in file.all(Call)
        if other.callee.endswith(".verify") and other.receiver and "." not in other.receiver and "JWTVerifier()" in other.callee
    }
    return found.pop() if len(found) == 1 else ""


@framework.call("com.auth0.jwt.JWT.require")
def require(call: Call, file: File) -> Iterator[Fact]:
    first: Value | None = call.arguments[0].value if call.arguments else None
    is_none = getattr(first, "callee", "").endswith("Algorithm.none")
    yield JwtOperation(
        call.span.until(call.name_span), "decode", "java-jwt", call.function, not is_none, "Algorithm.none()" if is_none else ""
    )


@framework.call("com.nimbusds.jwt.SignedJWT.parse", "com.nimbusds.jwt.JWTParser.parse", "com.nimbusds.jwt.PlainJWT.parse")
def nimbus(call: Call, file: File) -> Iterator[Fact]:
    calls = file.calls_in(call.function)
    if any(other.callee.endswith((".verify", ".process", ".decode")) for other in calls):
        return
    if any(other.callee.endswith((".getJWTClaimsSet", ".getPayload")) for other in calls):
        name = ".".join(call.written.split(".")[-2:])
        yield JwtOperation(call.span.until(call.name_span), "decode", "nimbus", call.function, False, f"{name}() without verify()")


@framework.call("io.jsonwebtoken.Jwts.builder", "com.auth0.jwt.JWT.create")
def sign(call: Call, file: File) -> Iterator[Fact]:
    if any(link.callee.endswith((".compact", ".sign")) for link in links(call, file)):
        library = "jjwt" if call.callee.startswith("io.") else "java-jwt"
        given = [item.value for link in links(call, file) if link.callee.endswith(".sign") for item in link.arguments]
        is_none = any(getattr(value, "callee", "").endswith("Algorithm.none") for value in given)
        span, reason = call.span.until(call.name_span), "Algorithm.none()" if is_none else ""
        yield JwtOperation(span, "sign", library, call.function, False if is_none else None, reason)
