"""`architrave check`: print the findings of a workspace."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from architrave.analysis.check import Report, check
from architrave.cli.progress import shown_progress
from architrave.cli.reports import FORMATS, writer
from architrave.cli.sources import at_least, counted
from architrave.cli.targets import add_workspace_options, orders, wanted
from architrave.errors import ArchitraveError
from architrave.findings import SEVERITIES

HELP = "find what is about to hurt"
EPILOG = "Exit status: 0 nothing was found, 1 something was, 2 it could not run."


def register(parser: argparse.ArgumentParser) -> None:
    add_workspace_options(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print the findings (default: text)")
    parser.add_argument("--output", metavar="FILE", help="write them to a file")
    parser.add_argument(
        "--severity", choices=SEVERITIES, metavar="LEVEL", help="only findings at least this severe: " + ", ".join(SEVERITIES)
    )
    parser.add_argument("--baseline", metavar="FILE", help="hide the findings that this file knows")
    parser.add_argument("--stats", action="store_true", help="say how long each part took")
    parser.add_argument("--exit-zero", action="store_true", help="exit 0 even with findings")


def run(arguments: argparse.Namespace) -> int:
    reports = []
    for order in orders(arguments, baseline=arguments.baseline):
        with shown_progress() as progress:
            report = check(replace(order, progress=progress))
        judged = wanted(report.judged, order)
        report.judged = replace(judged, shown=at_least(judged.shown, arguments.severity))
        for problem in report.problems:
            print(f"architrave: {problem}", file=sys.stderr)
        reports.append(report)
    _write(reports, arguments.format, arguments.output)
    if arguments.stats:
        for report in reports:
            print_statistics(report, sys.stderr)
    return 1 if any(report.findings for report in reports) and not arguments.exit_zero else 0


def _write(reports: list[Report], format: str, output: str | None) -> None:
    if output is None:
        writer(format)(reports, sys.stdout)
        return
    try:
        with Path(output).open("w", encoding="utf-8") as out:
            writer(format)(reports, out)
    except OSError as error:
        raise ArchitraveError(f"`{output}` cannot be written: {error.strerror}") from None


def print_statistics(report: Report, out: TextIO) -> None:
    kind = "findings taken over" if report.is_taken_over else f"{report.from_cache:,} from the cache"
    read = f"{counted(report.files, 'file')}, {counted(report.lines, 'line')}, {report.size / 1e6:.1f} MB"
    print(f"\n{read}; {kind}; processes: {report.processes}", file=out)
    for name, seconds in report.seconds.items():
        print(f"  {seconds:8.3f} s  {name}", file=out)
    for name, seconds in sorted(report.rule_seconds.items(), key=lambda item: -item[1]):
        print(f"  {seconds:8.3f} s    rule {name}", file=out)
