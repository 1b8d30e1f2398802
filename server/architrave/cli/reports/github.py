"""Findings as workflow commands, which GitHub shows as annotations of the lines."""

from __future__ import annotations

from typing import TextIO

from architrave.analysis.check import Report
from architrave.cli.sources import Sources, severity_of

_COMMANDS = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}


def write(reports: list[Report], out: TextIO) -> None:
    for report in reports:
        sources = Sources(report.root)
        for finding in report.findings:
            place = sources.place(finding.location)
            properties = {
                "title": f"Architrave: {finding.rule}",
                "file": sources.shown(finding.location.path),
                "line": str(place.line),
                "endLine": str(place.end_line),
                "col": str(place.column),
                "endColumn": str(place.end_column),
            }
            if place.line != place.end_line:  # GitHub takes columns only on one line.
                del properties["col"], properties["endColumn"]
            message = "\n".join((finding.message, *finding.evidence))
            listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
            out.write(f"::{_COMMANDS[severity_of(finding)]} {listed}::{_data(message)}\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
