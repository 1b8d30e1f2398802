"""Whether a token that is read unverified decides anything."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.code import Assignment, Call, Import, Return
from architrave.facts.values import Boolean, Invocation, Name, Value, names, walk
from architrave.framework import File

# Claims that tell which key, tenant or time a token is of, and nothing of who bears it.
_HEADER_LIKE = frozenset({"iss", "kid", "exp", "iat", "nbf", "aud", "alg", "typ", "jti", "azp", "tid", "client_id", "header"})
_ADMITTED = ("unverified", "untrusted", "unchecked", "peek")
_FROM_CLIENTS = frozenset({"body", "query", "headers", "cookies", "req", "request", "ctx"})

# Answers of the provider, over a connection whose certificate was checked.
_ANSWERS = frozenset({"response", "resp", "res", "tokenResponse", "token_response", "Response", "requests", "httpx", "fetch", "axios"})


def only_peeks(call: Call, file: File) -> bool:
    """Whether a token that `call` decodes is only looked into: for the key that it needs, or whose it is, or where it cannot be forged."""
    first = call.arguments[0].value if call.arguments else None
    parts = first.written.replace("?", "").split(".") if isinstance(first, Name) else []
    if len(parts) > 1 and parts[-1] in ("id_token", "idToken") and not _FROM_CLIENTS & set(parts):
        return True  # What the token endpoint itself answers needs no signature: OpenID Connect Core, 3.1.3.7.
    roots = [name.partition(".")[0] for name in names(first)] if first is not None else []
    sources = [item.value for name in roots for item in file.assignments(name, call.function)] + ([first] if first is not None else [])
    if any(_ANSWERS & set(name.partition("()")[0].replace("/", ".").split(".")) for value in sources for name in _called(value)):
        return True
    kept = [item.target for item in file.all(Assignment) if item.function == call.function and item.value.span.contains(call.span)]
    target = kept[-1] if kept else ""
    written = first.written if isinstance(first, Name) else ""
    if any(word in f"{target} {written} {call.function.rpartition('.')[2]}".lower() for word in _ADMITTED):
        return True
    returned = [item.value for item in file.all(Return) if item.function == call.function]
    if returned and all(isinstance(value, Boolean) for value in returned):
        return True
    if not target:
        return False
    values = [argument.value for other in file.calls_in(call.function) for argument in other.arguments]
    values += [item.value for item in file.all(Assignment) if item.function == call.function] + returned
    read = {name.replace("?", "") for value in values for name in names(value)}
    claims = {name.removeprefix(target) for name in read if name == target or name.startswith(f"{target}.")}
    return bool(claims) and all(claim.split(".")[1] in _HEADER_LIKE if claim else False for claim in claims)


def is_shared(value: Value, there: str, here: str, file: File) -> bool:
    """Whether what a value names in the function `there` is the same in `here`: imports, what stands at the top, fields of their class."""
    return there == here or all(_is_known(name.partition(".")[0], there, here, file) for name in names(value))


def _is_known(root: str, there: str, here: str, file: File) -> bool:
    if any(parameter.name == root for parameter in file.parameters(there)):
        return False
    given = file.assignments(root, there)
    if given:
        return all(not item.function for item in given)
    if file.definition(root) is not None or any(item.alias == root for item in file.all(Import)):
        return True
    owner = there.rpartition(".")[0]
    return bool(owner) and owner == here.rpartition(".")[0]  # `self`, `this`, the receiver of a method.


def _called(value: Value) -> Iterator[str]:
    """The names in a value, and what its calls are called on."""
    for part in walk(value):
        if isinstance(part, Name):
            yield part.written
        elif isinstance(part, Invocation):
            yield part.callee
