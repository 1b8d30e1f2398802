"""A finding as a diagnostic, as plain JSON: lists are long, and every key waits for them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from architrave.findings import Finding
from architrave.lsp.client import Client
from architrave.lsp.positions import Lines
from architrave.text import Location

SOURCE = "architrave"
SEVERITIES = {"error": 1, "warning": 2, "information": 3, "hint": 4}
_UNNECESSARY = 1
_TAGS = {"suppression-unused": [_UNNECESSARY]}

JSON = dict[str, Any]
Place = Callable[[Location], JSON]  # A location as `{"uri": …, "range": …}`.


def diagnostic(finding: Finding, lines: Lines, client: Client, place: Place, page: Callable[[str], str | None]) -> JSON:
    """Return a finding as the client can show it. `page` gives the URI of a rule's page."""
    found: JSON = {
        "range": lines.range(finding.location.span),
        "severity": SEVERITIES.get(finding.severity or "warning", 2),
        "code": finding.rule,
        "source": SOURCE,
        "message": finding.message,
    }
    if client.sees_code_description and (uri := page(finding.rule)) is not None:
        found["codeDescription"] = {"href": uri}
    if client.sees_related and finding.related:
        found["relatedInformation"] = [{"location": place(item.location), "message": item.message} for item in finding.related]
    if client.sees_tags and finding.rule in _TAGS:
        found["tags"] = _TAGS[finding.rule]
    if client.sees_data:
        found["data"] = {"rule": finding.rule, "subject": finding.subject, "fixable": finding.fix is not None}
    return found


def result_id(items: list[JSON]) -> str:
    """Return what tells two lists apart."""
    return blake2b(repr(items).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
