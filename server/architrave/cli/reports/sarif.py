"""Findings as SARIF 2.1.0, for code scanning of GitHub, GitLab, Azure and others."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from xxhash import xxh3_64_hexdigest

from architrave import __version__
from architrave.analysis.check import Report
from architrave.analysis.suppressions import OWN_RULES
from architrave.cli.sources import Place, Sources, severity_of
from architrave.findings import Finding
from architrave.rule import Rule, known_rules
from architrave.text import Location

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "information": "note", "hint": "note"}


def write(reports: list[Report], out: TextIO) -> None:
    found = [(finding, sources) for report in reports for sources in (Sources(report.root),) for finding in report.findings]
    ids = sorted({finding.rule for finding, _ in found} | set(known_rules()))
    seen: Counter[str] = Counter()
    run = {
        "tool": {
            "driver": {
                "name": "Architrave",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(id, known_rules().get(id)) for id in ids],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"uri": Path.cwd().as_uri() + "/"}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": text}} for report in reports for text in _problems(report)
                ],
            }
        ],
        "results": [_result(finding, sources, ids.index(finding.rule), seen) for finding, sources in found],
    }
    json.dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, out, indent=2, ensure_ascii=False)
    out.write("\n")


def _problems(report: Report) -> list[str]:
    return report.problems + [f"The rule `{id}` failed; its findings are left out." for id in report.failed]


def _rule(id: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": id, "shortDescription": {"text": OWN_RULES.get(id, id)}, "defaultConfiguration": {"level": "note"}}
    return {
        "id": id,
        "name": "".join(part.capitalize() for part in id.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": " ".join(rule.sections.get("Why it matters", rule.summary).split())},
        "help": {"text": rule.doc, "markdown": rule.doc},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.responsibility, *rule.languages]},
    }


def _result(finding: Finding, sources: Sources, index: int, seen: Counter[str]) -> dict[str, Any]:
    print_ = xxh3_64_hexdigest("\0".join((finding.rule, finding.location.path, finding.subject)).encode("utf-8", "replace"))
    seen[print_] += 1
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[severity_of(finding)],
        "message": {"text": "\n".join((finding.message, *finding.evidence))},
        "locations": [_location(finding.location, sources)],
        "partialFingerprints": {"architrave/v1": f"{print_}:{seen[print_]}"},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(item.location, sources), "message": {"text": item.message}}
            for number, item in enumerate(finding.related)
        ]
    if finding.fix is not None:
        result["fixes"] = [_fix(finding, sources)]
    return result


def _fix(finding: Finding, sources: Sources) -> dict[str, Any]:
    assert finding.fix is not None
    changes: dict[str, list[dict[str, Any]]] = {}
    for item in sources.replacements(finding.fix.edits):
        replacement = {"deletedRegion": _region(item.place), "insertedContent": {"text": item.text}}
        changes.setdefault(item.path, []).append(replacement)
    return {
        "description": {"text": finding.fix.title},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, sources), "replacements": replacements} for path, replacements in changes.items()
        ],
    }


def _location(location: Location, sources: Sources) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(location.path, sources), "region": _region(sources.place(location))}}


def _artifact(path: str, sources: Sources) -> dict[str, Any]:
    shown = sources.shown(path)
    if Path(shown).is_absolute():
        return {"uri": Path(shown).as_uri()}
    return {"uri": quote(shown), "uriBaseId": "%SRCROOT%"}


def _region(place: Place) -> dict[str, int]:
    return {"startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column}
