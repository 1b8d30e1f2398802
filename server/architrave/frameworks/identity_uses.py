"""Where code looks at who asks, in all languages: `request.user`, `c.MustGet("user")`, `SecurityContextHolder.getContext()`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from architrave.facts import Fact
from architrave.facts.api import IdentityUse
from architrave.facts.code import Access, Assignment, Block, Call, Comparison, Return
from architrave.facts.values import Boolean, Invocation, Name, Null, Number, String, Unknown, Value, walk
from architrave.framework import File, Framework
from architrave.identity import asks_who
from architrave.regexes import regex

framework = Framework("identity-uses", languages=("python", "javascript", "typescript", "tsx", "go", "java", "rust"))

# What a request, a context or a view keeps of the one who asks: `req.user.id`, `request.auth`, `ctx.state.user`, `g.user`.
_KEPT = regex(
    r"(?:^|\.)(?:req|\w*request|ctx|context|c|res|locals|state|session|g|self|this|info|event|r)\."
    r"(?:user|userid|user_id|auth|account|accountid|principal|identity|claims|session|currentuser|current_user|token|member|viewer|admin|jwt"
    r"|userinfo|customer|headers\.authorization|headers\.x-api-key)(?:\.|$)",
    re.IGNORECASE,
)
_HEADERS = frozenset({"authorization", "x-api-key", "x-auth-token", "x-signature", "x-hub-signature-256", "stripe-signature"})
# What compares secrets: of callers that are other programs.
_SECRETS = frozenset({"compare_digest", "timingSafeEqual", "ConstantTimeCompare", "constant_time_compare", "verify_slices_are_equal"})
_READING = frozenset({"Get", "MustGet", "GetString", "GetInt", "GetInt64", "GetUint", "Value", "Locals", "get"})
_ALONE = frozenset({"current_user", "currentUser", "g.user", "SecurityContextHolder", "request.user", "request.auth"})


@framework.chunk(Call)
def called(calls: list[Call], file: File) -> Iterator[Fact]:
    seen: set[str] = set()
    for call in calls:
        if call.function and call.function not in seen and _asks(call):
            seen.add(call.function)
            yield IdentityUse(call.name_span, call.function)


def _asks(call: Call) -> bool:
    if asks_who(call.callee) or call.callee.rpartition(".")[2] in _SECRETS or "SecurityContextHolder." in call.callee:
        return True
    if _is_kept(call.written):
        return True
    for argument in call.arguments:
        given = argument.value.value if isinstance(argument.value, String) else None
        if given is not None and (given.lower() in _HEADERS or _is_key(call, given)):
            return True
        if given is None and _shows(argument.value):
            return True
    return False


def _is_key(call: Call, given: str) -> bool:
    """`c.MustGet("user")`, `ctx.Value("claims")`: what a middleware has put there."""
    is_read = call.callee.rpartition(".")[2] in _READING
    return is_read and (asks_who(f"get_{given}") or given.lower() in ("user", "userid", "user_id", "uid", "username", "email"))


@framework.chunk(Assignment)
def assigned(assignments: list[Assignment], file: File) -> Iterator[Fact]:
    yield from (IdentityUse(item.span, item.function) for item in assignments if item.function and _shows(item.value))


@framework.chunk(Return)
def returned(returns: list[Return], file: File) -> Iterator[Fact]:
    yield from (IdentityUse(item.span, item.function) for item in returns if item.function and _shows(item.value))


@framework.chunk(Comparison)
def compared(comparisons: list[Comparison], file: File) -> Iterator[Fact]:
    for item in comparisons:
        if item.function and (_shows(item.left) or _shows(item.right)):
            yield IdentityUse(item.span, item.function)


@framework.chunk(Block)
def branched(blocks: list[Block], file: File) -> Iterator[Fact]:
    for block in blocks:
        if block.kind == "branch" and block.function and block.subject is not None and _shows(block.subject):
            yield IdentityUse(block.subject.span, block.function)


@framework.chunk(Access)
def read(accesses: list[Access], file: File) -> Iterator[Fact]:
    for access in accesses:
        if access.function and (access.name in _ALONE or _is_kept(access.name.replace("()", ""))):
            yield IdentityUse(access.span, access.function)


_OTHERS = (Number, Boolean, Null, Unknown, Invocation)  # A call is looked at for itself.


def _shows(value: Value) -> bool:
    if isinstance(value, Name):
        return value.written in _ALONE or _is_kept(value.written)
    if isinstance(value, String):
        return value.value.lower() in _HEADERS
    if isinstance(value, _OTHERS):
        return False
    for part in walk(value):
        if isinstance(part, Name):
            if part.written in _ALONE or _is_kept(part.written):
                return True
        elif isinstance(part, String) and part.value.lower() in _HEADERS:
            return True
    return False


def _is_kept(written: str) -> bool:
    return "." in written and _matches(written)


@lru_cache(maxsize=8192)
def _matches(written: str) -> bool:
    return _KEPT.search(written) is not None
