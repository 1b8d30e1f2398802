"""What a text says of being a secret: the formats of known keys, texts that only chance can have made, values that stand for a real one.

The word "password" is no secret, nor is a short text beside it: a person may have made it up for a page of documentation.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from json import loads
from math import log2
from typing import Any

from architrave.regexes import regex

_KNOWN: tuple[tuple[str, str, str], ...] = (  # What it is, the setting that usually holds it, its format.
    ("an access key of AWS", "AWS_ACCESS_KEY_ID", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    ("a live key of Stripe", "STRIPE_SECRET_KEY", r"[sr]k_live_[0-9A-Za-z]{20,}"),
    ("a webhook secret of Stripe", "STRIPE_WEBHOOK_SECRET", r"whsec_[0-9A-Za-z+/]{32,}"),
    ("a token of GitHub", "GITHUB_TOKEN", r"gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{60,}"),
    ("a token of GitLab", "GITLAB_TOKEN", r"glpat-[\w-]{20,}"),
    ("a token of Slack", "SLACK_TOKEN", r"xox[abprs]-\d[\w-]{20,}"),
    ("a webhook of Slack", "SLACK_WEBHOOK_URL", r"https://hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{20,}"),
    ("a key of SendGrid", "SENDGRID_API_KEY", r"SG\.[\w-]{22}\.[\w-]{43}"),
    ("a token of npm", "NPM_TOKEN", r"npm_[0-9A-Za-z]{36}"),
    ("a token of PyPI", "PYPI_TOKEN", r"pypi-AgE[\w-]{50,}"),
    ("a key of Anthropic", "ANTHROPIC_API_KEY", r"sk-ant-[\w-]{80,}"),
    ("a key of OpenAI", "OPENAI_API_KEY", r"sk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}|sk-proj-[\w-]{40,}"),
    ("a client secret of Google", "GOOGLE_CLIENT_SECRET", r"GOCSPX-[\w-]{28}"),
    ("a token of DigitalOcean", "DIGITALOCEAN_TOKEN", r"do[opr]_v1_[0-9a-f]{64}"),
    ("a secret key of Supabase", "SUPABASE_SECRET_KEY", r"sb_secret_[\w-]{20,}"),
)
_FORMAT = regex("|".join(f"(?P<k{index}>{pattern})" for index, (_, _, pattern) in enumerate(_KNOWN)))
_TOKEN = regex(r"(?P<head>eyJ[\w-]{10,})\.(?P<claims>eyJ[\w-]{10,})\.[\w-]{20,}")
_PRIVATE_KEY = regex(r"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH) )?PRIVATE KEY-----(?P<body>[A-Za-z0-9+/=\s\\n]{100,})")
_SCHEME = regex(r"(?:Bearer|Basic|Token) ", re.IGNORECASE)
_SHOWN = regex(
    r"example|sample|dummy|placeholder|change.?(me|this|it)|replace|your|fake|xxx|test|demo|insert|1234567|abcdef|qwerty|<|>|\$|\{|\*\*",
    re.IGNORECASE,
)
_STANDS_FOR_ONE = regex(
    r"|change.?(me|this|it)\W*|(pass(word)?|passwd|secret|token|key|admin|root|postgres|user|guest|none|null|true|false|todo|tbd|foo|bar)\d*",
    re.IGNORECASE,
)
_WORDS = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_ENDS = (
    *("secret", "password", "passwd", "passphrase", "apikey", "token", "credential", "credentials"),
    *(
        "api_key",
        "access_key",
        "private_key",
        "secret_key",
        "signing_key",
        "encryption_key",
        "jwt_key",
        "auth_key",
        "master_key",
        "hmac_key",
    ),
)
# Meant to be seen, or only the trace of a secret.
_OPEN = frozenset(
    """public hash hashed digest checksum test tests dummy fake mock example examples sample samples placeholder
    anon publishable site page next previous sync csrf xsrf expected invalid pagination cursor continuation""".split()  # noqa: SIM905
)
# What the tools of front ends put into the pages that they build.
_IN_PAGES = regex(r"(NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|(NX_)?REACT_APP|NX_PUBLIC|VUE_APP|GATSBY|NG_APP|STORYBOOK)_")
_SHORTEST, _SHORTEST_HEX = 20, 32
_LONGEST = 512
_FLAT = regex(r"[A-Za-z0-9+/=_.~!@#%^&()-]+")
_HEX = regex(r"[0-9a-f]+|[0-9A-F]+")
_LASTS = 90 * 24 * 3600  # Seconds: a token that is good for less is dead before it is found.


def known(text: str) -> tuple[str, str] | None:
    """Return what a text is by its format, and the setting that usually holds such a thing; None where it is not known to be a secret."""
    if len(text) < _SHORTEST:
        return None
    if "PRIVATE KEY" in text:
        found = _PRIVATE_KEY.search(text)
        return ("a private key", "PRIVATE_KEY") if found is not None and not _SHOWN.search(found["body"]) else None
    bare = text[found.end() :] if (found := _SCHEME.match(text)) is not None else text
    match = _FORMAT.fullmatch(bare)
    if match is not None:
        return None if _is_for_show(bare) else _KNOWN[int((match.lastgroup or "k0")[1:])][:2]
    token = _TOKEN.fullmatch(bare)
    return _of_token(token["claims"]) if token is not None else None


def _is_for_show(text: str) -> bool:
    return _SHOWN.search(text) is not None or _bits(text) < 3.0


def _of_token(part: str) -> tuple[str, str] | None:
    """Return what a JSON Web Token is; None for one that is public, for show, or soon worth nothing."""
    try:
        claims: Any = loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
    if (
        not isinstance(claims, dict)
        or claims.get("role") == "anon"
        or "demo" in str(claims.get("iss"))
        or str(claims.get("sub")) in ("1234567890", "test")
    ):
        return None
    until, since = claims.get("exp"), claims.get("iat")
    if isinstance(until, int | float) and not (isinstance(since, int | float) and until - since > _LASTS):
        return None
    if claims.get("role") == "service_role":
        return "a service role key of Supabase", "SUPABASE_SERVICE_ROLE_KEY"
    return "a JSON Web Token", "TOKEN"


def is_random(text: str) -> bool:
    """Whether chance made a text: many different signs, of several kinds, in no order that words have."""
    if not _SHORTEST <= len(text) <= _LONGEST or not _FLAT.fullmatch(text):
        return False
    if _HEX.fullmatch(text):
        return len(text) >= _SHORTEST_HEX and _bits(text) >= 3.0 and not _SHOWN.search(text)
    if _only_reads(text):
        return False
    digits = sum(sign.isdigit() for sign in text)
    if digits < 2 or digits > len(text) * 0.7 or _bits(text) < 4.0 or _SHOWN.search(text):
        return False
    kinds = [0 if sign.isdigit() else 1 if sign.islower() else 2 if sign.isupper() else 3 for sign in text]
    turns = sum(one != other for one, other in pairwise(kinds))
    return turns >= (0.35 if any(sign.isupper() for sign in text) else 0.25) * len(text)


def _only_reads(text: str) -> bool:
    """Whether it is a token of Nx Cloud that says of itself that it may only read: those are meant to be shared."""
    try:
        return b64decode(text, validate=True).endswith(b"|read")
    except ValueError:
        return False


def is_stand_in(text: str) -> bool:
    """Whether a value stands where the real one is put later, or is one that everybody knows."""
    return _STANDS_FOR_ONE.fullmatch(text.strip()) is not None or _SHOWN.search(text) is not None


@lru_cache(maxsize=16384)
def names_secret(name: str) -> bool:
    """Whether what has a name is a secret itself: `JWT_SECRET`, `client.apiKey`; not `password_field` or `csrf_token`."""
    words = [word.lower() for word in _WORDS.findall(name.rpartition(".")[2])]
    return bool(words) and "_".join(words).endswith(_SECRET_ENDS) and not is_open(name)


def is_open(name: str) -> bool:
    """Whether what has a name is for all to see: made up for tests and examples, or built into pages (`NEXT_PUBLIC_API_KEY`)."""
    last = name.rpartition(".")[2]
    return _IN_PAGES.match(last) is not None or not _OPEN.isdisjoint(word.lower() for word in _WORDS.findall(last))


def setting(name: str) -> str:
    """Return the setting that a name would be read from: `jwtSecret` from `JWT_SECRET`."""
    return "_".join(word.upper() for word in _WORDS.findall(name.rpartition(".")[2])).removeprefix("X_")  # `X-Api-Key`


def _bits(text: str) -> float:
    """The entropy of a text, in bits for each sign (C. Shannon, 1948)."""
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())
