"""Row level security of PostgreSQL in the text of migrations: where it is switched on or off, policies, and rights that are taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts.data import RowSecurity
from architrave.regexes import regex
from architrave.text import Span

_NAME = r"""((?:"[^"]+"|\w+)(?:\s*\.\s*(?:"[^"]+"|\w+))?)"""
_SWITCH = regex(rf"\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}\s+(enable|disable)\s+row\s+level\s+security", re.IGNORECASE)
_POLICY = regex(rf"""\bcreate\s+policy\s+(?:"[^"]+"|\w+)\s+on\s+{_NAME}""", re.IGNORECASE)
_REVOKED = regex(
    rf"\brevoke\s+[\w\s,]+?\s+on\s+(?:table\s+)?(all\s+tables\s+in\s+schema\s+\w+|{_NAME})\s+from\s+[^;]*\b(?:anon|public)\b", re.IGNORECASE
)
_MADE = regex(r"""(execute|format|'|\|\|)[^;]*enable\s+row\s+level\s+security""", re.IGNORECASE)  # For tables that are not named.
_COMMENT = regex(r"--[^\n]*")


def row_security(source: str) -> Iterator[RowSecurity]:
    """Yield what a text does to the security of rows. A table that is not named is ""."""
    if "policy" not in (small := source.lower()) and "row level security" not in " ".join(small.split()) and "revoke" not in small:
        return
    plain = _COMMENT.sub(lambda match: " " * len(match[0]), source)
    for match in _SWITCH.finditer(plain):
        yield RowSecurity(Span(*match.span()), _table(match[1]), "enabled" if match[2].lower() == "enable" else "disabled")
    for match in _POLICY.finditer(plain):
        yield RowSecurity(Span(*match.span()), _table(match[1]), "policy")
    for match in _REVOKED.finditer(plain):
        yield RowSecurity(Span(*match.span()), _table(match[2] or ""), "revoked")
    for match in _MADE.finditer(plain):
        yield RowSecurity(Span(*match.span()), "", "enabled")


def _table(written: str) -> str:
    return re.sub(r"\s+", "", written).replace('"', "")
