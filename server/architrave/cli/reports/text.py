"""Findings for people: the line, what is meant in it, the evidence, the other places; a summary at the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from architrave.analysis.check import Report
from architrave.cli.sources import Place, Sources, counted, severity_of
from architrave.findings import SEVERITIES, Finding, Related

SEVERITY_COLORS = {"error": "bright_red", "warning": "yellow", "information": "cyan", "hint": "blue"}
_WIDEST = 160  # Characters of a source line; what is longer is cut round the span, to the width of a terminal when there is one.
_MARGIN = 12  # Of a terminal, for line numbers and the marks of what is cut.
_MOST_LINES = 4  # Of a span that has more, the first are shown.


def write(reports: list[Report], out: TextIO) -> None:
    console = console_for(out)
    for report in reports:
        sources = Sources(report.root)
        for finding in report.findings:
            print_finding(finding, sources, console)
            console.print()
    for line in _wrapped(summary(reports), console.width if console.is_terminal else None, 0):
        console.print(line, soft_wrap=True)


def console_for(out: TextIO, *, markup: bool = False) -> Console:
    return Console(file=out, highlight=False, emoji=False, markup=markup)


def print_finding(finding: Finding, sources: Sources, console: Console) -> None:
    """Print one finding, laid out for the width of a terminal when there is one."""
    for line in shown_finding(finding, sources, console.width if console.is_terminal else None):
        console.print(line, soft_wrap=True)


def shown_finding(finding: Finding, sources: Sources, columns: int | None = None) -> Iterator[Text]:
    """Yield the lines of one finding. With `columns`, sentences are broken between words, and source lines cut to fit."""
    severity = severity_of(finding)
    color = SEVERITY_COLORS[severity]
    place = sources.place(finding.location)
    width = max(len(str(place.end_line)), 2)
    indent = width + 3
    title = Text.assemble((severity, f"bold {color}"), (f"[{finding.rule}]", color), ": ", *_marked(_plain(finding.message)))
    yield from _wrapped(title, columns, indent)
    yield Text.assemble((" " * width + " ┌─ ", "blue"), (f"{sources.shown(finding.location.path)}:{place.line}:{place.column}", "bold"))
    if not finding.is_masked:
        widest = max(columns - _MARGIN, 40) if columns else _WIDEST
        yield from _excerpt(finding.location.path, place, sources, width, color, widest)
    for evidence in finding.evidence:
        yield from _wrapped(Text.assemble((" " * width + " = ", "blue"), *_marked(_plain(evidence))), columns, indent)
    for related in finding.related:
        yield from _wrapped(_related(related, sources, width), columns, indent)
    if finding.fix is not None:
        kind = "fix" if finding.fix.is_safe else "fix, to be looked at"
        fix = Text.assemble((" " * width + " + ", "blue"), (kind, "green"), ": ", *_marked(_plain(finding.fix.title)))
        yield from _wrapped(fix, columns, indent)


def _wrapped(line: Text, columns: int | None, indent: int) -> Iterator[Text]:
    """Break a line between words; a word that is too long stays whole, for it may be a path to click on."""
    if columns is None or cell_len(line.plain) <= columns:
        yield line
        return
    breaks: list[int] = []
    used = len(line.plain) - len(line.plain.lstrip())
    for word in re.finditer(r"\S+\s*", line.plain):
        size = cell_len(word[0].rstrip())
        if used + size > columns and line.plain[: word.start()].strip():
            breaks.append(word.start())
            used = indent
        used += cell_len(word[0])
    for number, part in enumerate(line.divide(breaks)):
        part.rstrip()
        yield part if number == 0 else Text(" " * indent).append_text(part)


def _excerpt(path: str, place: Place, sources: Sources, width: int, color: str, widest: int) -> Iterator[Text]:
    last = place.end_line - 1 if place.end_column == 1 and place.end_line > place.line else place.end_line
    for line in range(place.line, min(last, place.line + _MOST_LINES - 1) + 1):
        source = sources.line(path, line)
        first = place.column - 1 if line == place.line else len(source) - len(source.lstrip())
        until = place.end_column - 1 if line == place.end_line else len(source)
        source, first, until = _cut(source, first, max(until, first), widest)
        before, meant = _plain(source[:first]), _plain(source[first:until])
        yield Text.assemble((f"{line:>{width}} │ ", "blue"), before, (meant, ""), _plain(source[until:]))
        yield Text.assemble((" " * width + " │ ", "blue"), " " * cell_len(before), ("^" * max(1, cell_len(meant)), f"bold {color}"))
    if last >= place.line + _MOST_LINES:
        yield Text.assemble((" " * width + " │ ", "blue"), (f"… and {last - place.line - _MOST_LINES + 1} more lines", "dim"))


def _cut(source: str, first: int, until: int, widest: int) -> tuple[str, int, int]:
    """Cut a long line round what is meant in it."""
    source = source.replace("\t", " ")  # One for one, so that columns hold.
    if len(source) <= widest:
        return source, first, until
    start = max(0, min(first - 20, len(source) - widest))
    head, tail = "… " if start else "", " …" if start + widest < len(source) else ""
    moved = len(head) - start
    until = min(until, start + widest)
    return head + source[start : start + widest] + tail, first + moved, until + moved


def _related(related: Related, sources: Sources, width: int) -> Text:
    place = sources.place(related.location)
    where = f"{sources.shown(related.location.path)}:{place.line}:{place.column}"
    return Text.assemble((" " * width + " · ", "blue"), (where, "bold"), ": ", *_marked(_plain(related.message)))


def _marked(text: str) -> list[str | tuple[str, str]]:
    """Show the names in backticks in bold."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [text]
    return [(f"`{part}`", "bold") if index % 2 else part for index, part in enumerate(parts)]


def _plain(text: str) -> str:
    """Return a text that cannot steer a terminal."""
    return "".join(character if character.isprintable() or character == " " else "\ufffd" for character in text)


def summary(reports: list[Report]) -> Text:
    findings = [finding for report in reports for finding in report.findings]
    files = sum(report.files for report in reports)
    counts = Counter(severity_of(finding) for finding in findings)
    listed = [_counted_severity(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
    if not findings:
        line = Text.assemble(("Nothing found", "bold green"), f" in {counted(files, 'file')}.")
    else:
        line = Text.assemble((counted(len(findings), "finding"), "bold"), f" in {counted(files, 'file')}: {', '.join(listed)}.")
    fixable = sum(1 for finding in findings if finding.fix is not None)
    safe = sum(1 for finding in findings if finding.fix is not None and finding.fix.is_safe)
    if safe:
        line.append(f" `architrave fix` mends {safe}.")
    if fixable > safe:
        line.append(f" `architrave fix --unsafe` mends {fixable}; look at what it does with `--diff`.")
    for what, count in (
        ("suppressed", sum(len(report.judged.suppressed) for report in reports)),
        ("in the baseline", sum(len(report.judged.known) for report in reports)),
        ("in tests, examples or generated code", sum(len(report.judged.elsewhere) for report in reports)),
    ):
        if count:
            line.append(f" {count} {what}.", style="dim")
    uncovered = sum(report.uncovered for report in reports)
    if uncovered:
        line.append(f" {counted(uncovered, 'file')} of tests, examples or the like not read.", style="dim")
    return line


def _counted_severity(count: int, severity: str) -> str:
    return f"{count:,} {severity}" if severity == "information" else counted(count, severity)
