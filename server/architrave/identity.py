"""What names say of authentication: which guard asks who somebody is, and which lets everybody in."""

from __future__ import annotations

from functools import lru_cache

from architrave.regexes import regex

_WORD = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ASKS = frozenset(
    """auth authn authz authenticate authenticated authentication authenticator authorise authorised authorize authorized authorization
    authorisation authorizer login logged signin signed jwt bearer oauth oauth2 oidc principal identity identities permission permissions
    role roles rbac acl admin staff superuser protect protected secured credential credentials passport clerk apikey policy policies
    member membership ownership owner scopes session""".split()  # noqa: SIM905
)
_ASKED = frozenset("user account token claims claim subject key access guard customer actor caller uid userid".split())  # noqa: SIM905
_RIGHTS = frozenset(
    """role roles rbac acl admin admins administrator staff superuser permission permissions perm perms scope scopes policy policies
    privilege privileges authority authorities authorize authorise authorized authorised authorization secured grant grants can ability
    abilities allowed owner owners ownership owns moderator manager casbin enforce access capability capabilities entitled""".split()  # noqa: SIM905
)
_VERBS = frozenset(
    """require required requires must ensure check verify validate current authenticated active get with is has need needs
    validated parse extract load resolve""".split()  # noqa: SIM905
)
_STRICT = frozenset(["require", "required", "requires", "ensure", "verify", "validate", "auth", "guard"])
_ALL = frozenset(
    "public anonymous allowany anyone everyone permitall optional skip noauth unauthenticated guest open unprotected exempt".split()  # noqa: SIM905
)
_NOT = frozenset("router routers routes route service services repository repo client clients db database csrf limiter cors".split())  # noqa: SIM905


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """Return the words of the last part of a name: `deps.get_current_user` is get, current, user."""
    last = name.replace("()", "").rpartition(".")[2]
    return tuple(word.lower() for word in _WORD.findall(last))


@lru_cache(maxsize=16384)
def asks_who(name: str) -> bool:
    """Whether something of this name, where it stands before an endpoint, finds out who asks or whether they may."""
    found = words(name)
    if not found or not _NOT.isdisjoint(found):
        return False
    if "session" in found:  # Most are of a database.
        return not _STRICT.isdisjoint(found)
    if not _ASKS.isdisjoint(found):
        return True
    return not _ASKED.isdisjoint(found) and not (_VERBS | {"guard", "access", "claims"}).isdisjoint(found)


@lru_cache(maxsize=16384)
def asks_rights(name: str) -> bool:
    """Whether something of this name, where it stands before an endpoint, finds out what the one who asks may do."""
    return not _RIGHTS.isdisjoint(words(name))


@lru_cache(maxsize=16384)
def lets_all_in(name: str) -> bool:
    """Whether something of this name says that an endpoint is for everybody: `@Public`, `AllowAny`, `optionalAuth`."""
    found = words(name)
    return not _ALL.isdisjoint(found) or {"allow", "any"} <= set(found) or {"permit", "all"} <= set(found)
