"""What the readers of YAML, JSON, TOML and HCL share: which files are worth reading, and values as text.

Lock files say nothing of the architecture and are large, so they are not read; nor is any other large file that is no API
description. A value nested deeper than `DEEPEST` is `Unknown`.
"""

from __future__ import annotations

import re
from posixpath import basename

from architrave.facts.values import Boolean, Number, String, Value, walk
from architrave.regexes import regex
from architrave.text import Span

DEEPEST = 64
_LARGEST = 256 * 1024  # Bytes; larger ones are data: fixtures, translations, recordings.
_LOCKS = regex(r"(package-lock|npm-shrinkwrap)\.json|(pnpm-lock|conda-lock)\.ya?ml|.+\.lock(\.(hcl|json|ya?ml|toml))?")
_API = regex(rb"""(?m)^[ \t{]*["']?(?:openapi|swagger)["']?[ \t]*:""")


def is_worth_reading(path: str, text: bytes) -> bool:
    """Whether a document may say something of the architecture."""
    if _LOCKS.fullmatch(basename(path)):
        return False
    return len(text) <= _LARGEST or _API.search(text) is not None


def place_of_path(value: Value | None, path: str) -> Span | None:
    """Return where the texts of a value hold a path behind a host, if they do just once: `/health` of `curl http://localhost/health`."""
    found = []
    for part in walk(value) if value is not None else ():
        quotes = part.span.end - part.span.start - len(part.value.encode()) if isinstance(part, String) else 1
        if isinstance(part, String) and quotes in (0, 2):
            for match in re.finditer(rf"(?<=[\w\]]){re.escape(path)}(?![\w/.-])", part.value):
                start = part.span.start + quotes // 2 + len(part.value[: match.start()].encode())
                found.append(Span(start, start + len(path.encode()), part.span.chunk))
    return found[0] if len(found) == 1 else None


def scalar(value: Value | None) -> str | None:
    """Return a string, number or boolean as an environment variable would hold it, or None."""
    if isinstance(value, String):
        return value.value
    if isinstance(value, Boolean):
        return "true" if value.value else "false"
    if isinstance(value, Number):
        return str(int(value.value)) if value.value == int(value.value) else repr(value.value)
    return None
