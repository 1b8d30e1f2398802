"""Findings as JSON: `{"findings": […]}`, lines and columns from 1."""

from __future__ import annotations

import json
from typing import Any, TextIO

from architrave.analysis.check import Report
from architrave.cli.sources import Place, Sources, severity_of
from architrave.findings import Finding


def write(reports: list[Report], out: TextIO) -> None:
    found = [_finding(finding, sources) for report in reports for sources in (Sources(report.root),) for finding in report.findings]
    json.dump({"findings": found}, out, indent=2, ensure_ascii=False)
    out.write("\n")


def _finding(finding: Finding, sources: Sources) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": severity_of(finding),
        "message": finding.message,
        "path": sources.shown(finding.location.path),
        **_ends(sources.place(finding.location)),
        "evidence": list(finding.evidence),
        "related": [
            {"path": sources.shown(item.location.path), **_ends(sources.place(item.location)), "message": item.message}
            for item in finding.related
        ],
        "fix": None
        if finding.fix is None
        else {
            "title": finding.fix.title,
            "is_safe": finding.fix.is_safe,
            "edits": [
                {"path": sources.shown(item.path), **_ends(item.place), "text": item.text}
                for item in sources.replacements(finding.fix.edits)
            ],
        },
    }


def _ends(place: Place) -> dict[str, Any]:
    return {
        "start": {"line": place.line, "column": place.column},
        "end": {"line": place.end_line, "column": place.end_column},
    }
