"""Secrets taken out of text before it is sent, each span by a placeholder that says of what kind it was.

One pass of the patterns of providers, and of assignments to names that say `password` or `token` and the like whose value looks like
one. The same secret has the same number throughout a run, so that the model can tell two of them apart; lines stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import log2

PLACEHOLDER = re.compile(r"\[REDACTED:[a-z-]+:\d+\]")

_KINDS: tuple[tuple[str, str], ...] = (
    (
        "private-key",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\Z)",
    ),
    ("anthropic", r"\bsk-ant-[\w-]{10,}"),
    ("openai", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}"),
    ("aws-key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("github", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    ("gitlab", r"\bgl(?:pat|ptt|dt|rt|soat|cbt)-[\w-]{20,}"),
    ("slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
    ("stripe", r"\b(?:sk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,}"),
    ("google", r"\bAIza[\w-]{35}\b|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}"),
    ("npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("pypi", r"\bpypi-[\w-]{50,}"),
    ("sendgrid", r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    ("twilio", r"\bSK[0-9a-f]{32}\b"),
    ("telegram", r"\b\d{8,10}:AA[\w-]{33}\b"),
    ("azure", r"(?<=AccountKey=)[A-Za-z0-9+/]{60,}={0,2}|(?<=SharedAccessKey=)[A-Za-z0-9+/]{40,}={0,2}"),
    ("digitalocean", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("hashicorp", r"\bhvs\.[\w-]{24,}|\b[\w]{14}\.atlasv1\.[\w-]{60,}"),
    ("jwt", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    ("url-password", r"(?<=://)[^\s:/@'\"]*:(?P<inner>[^\s/@'\"{}$<]{3,})(?=@[\w.-])"),
    ("basic-auth", r"(?i:(?<=basic )|(?<=bearer ))[A-Za-z0-9+/_=.-]{24,}"),
)
_ONE = re.compile("|".join(f"(?P<k{index}>{pattern})" for index, (_, pattern) in enumerate(_KINDS)))
# Quick to look for: a text with none of these has none of the above.
_HINT = re.compile(
    r"PRIVATE KEY|sk-|AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl(?:pat|ptt|dt|rt|soat|cbt)-|xox[abeoprs]-|hooks\.slack|[sr]k_|whsec_|"
    r"AIza|ya29\.|GOCSPX|npm_|pypi-|SG\.|SK[0-9a-f]|:AA|AccessKey=|AccountKey=|do[opr]_v1|hvs\.|atlasv1|eyJ|://[^\s/@]*:[^\s/@]*@|"
    r"(?i:basic |bearer )"
)
_NAMED = re.compile(
    r"(?ix) (?:passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|"
    r"access[_-]?token|refresh[_-]?token|client[_-]?secret|credentials?) [\w-]{0,40} [\"']? \s* (?::=|=>|=|:) \s* "
    r"(?: (?P<quote>[\"'`])(?P<quoted>[^\"'`\n]{6,200})(?P=quote) | (?P<bare>[^\s\"'`,;(){}\[\]<>$]{8,200}) (?=\s|$|,|;) )"
)
_NO_SECRET = re.compile(
    r"(?ix) ^(?: change[_-]?me.* | example.* | .*example | your[_-].* | <.*> | \$.* | \{.*\} | %.* | xxx+ | \*+ | \.+ | none | null | "
    r"nil | true | false | undefined | required | optional | string | str | password | secret | test(?:ing)? | dummy.* | placeholder.* | "
    r"env[.:(].* | process\.env.* | os\.(?:environ|getenv).* | [a-z][\w]*(?:\.[a-z_]\w*)+ | [\w.]*\(.* | /[\w./-]*)$"
)
_LEAST_BITS = 3.0  # A character; words have fewer.
_MOST_KNOWN = 128  # Texts: a file is read, searched and shown again and again.


class Redactor:
    """What has been redacted in one run. Not safe for threads."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._known = lru_cache(maxsize=_MOST_KNOWN)(self._redacted)

    def __call__(self, text: str) -> str:
        return self._known(text)

    def _redacted(self, text: str) -> str:
        parts: list[str] = []
        at = 0
        for start, end, kind in spans(text):
            parts += (text[at:start], self._placeholder(text[start:end], kind))
            at = end
        parts.append(text[at:])
        return "".join(parts)

    def _placeholder(self, secret: str, kind: str) -> str:
        known = self._numbers.get(secret)
        if known is None:
            known = self._numbers[secret] = f"[REDACTED:{kind}:{len(self._numbers) + 1}]"
        return known + "\n" * secret.count("\n")  # Lines after a key of many lines keep their numbers.


def spans(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, kind) of the secrets of a text, in order, none in another."""
    found: list[tuple[int, int, str]] = []
    at = 0
    for start, end, kind in sorted([*_known(text), *_named(text)], key=lambda item: (item[0], -item[1])):
        if start >= at and end > start and not PLACEHOLDER.fullmatch(text[start:end]):
            found.append((start, end, kind))
            at = end
    return found


def secrets(text: str) -> list[str]:
    """Return the secrets of a text."""
    return [text[start:end] for start, end, _ in spans(text)]


def _known(text: str) -> Iterator[tuple[int, int, str]]:
    if _HINT.search(text) is None:
        return
    for match in _ONE.finditer(text):
        kind = _KINDS[int((match.lastgroup or "k0")[1:])][0]
        group = "inner" if match["inner"] is not None else 0
        is_secret = {"url-password": lambda value: not _NO_SECRET.match(value), "basic-auth": _is_random}.get(kind, bool)
        if is_secret(match[group]):
            yield match.start(group), match.end(group), kind


def _named(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _NAMED.finditer(text):
        group = "quoted" if match["quoted"] is not None else "bare"
        value = match[group]
        if not _NO_SECRET.match(value) and _is_random(value):
            yield match.start(group), match.end(group), "named"


def _is_random(value: str) -> bool:
    """Whether a value looks made by a machine or a careful person, and not like a word, a path or a sentence."""
    if " " in value.strip() or len(value) < 6:
        return False
    kinds = sum((any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value)), not value.isalnum()))
    counts = [value.count(sign) for sign in set(value)]
    bits = -sum(count / len(value) * log2(count / len(value)) for count in counts)
    return (kinds >= 3 and len(value) >= 6) or (kinds >= 2 and bits >= _LEAST_BITS and any(map(str.isdigit, value)) and len(value) >= 8)
