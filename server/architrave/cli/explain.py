"""`architrave explain`: the page of a rule, or of what is found on a line."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from architrave.errors import ArchitraveError

HELP = "show the page of a rule, or explain what is found on a line"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="RULE | PATH:LINE", help="the id of a rule, or a place such as app/main.py:12")
    parser.add_argument("--isolated", action="store_true", help="use no configuration file")


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.suppressions import OWN_RULES
    from architrave.rule import find_rule

    place = re.match(r"(.+?):(\d+)(?::\d+)?$", arguments.subject)
    if place is not None:
        return _explain_line(Path(place[1]), int(place[2]), isolated=arguments.isolated)
    if Path(arguments.subject).is_file():
        raise ArchitraveError(f"Which line of `{arguments.subject}`? Write `{arguments.subject}:LINE`.")
    if arguments.subject in OWN_RULES:
        print(f"{arguments.subject} (hint)\n\n{OWN_RULES[arguments.subject]} See docs/suppressions.md.")
        return 0
    show_page(find_rule(arguments.subject).id)
    return 0


def show_page(id: str) -> None:
    """Print the page of a rule: laid out on a terminal, else as it is written."""
    from architrave.rule import find_rule

    rule = find_rule(id)
    heading = f"# {rule.id} ({rule.severity}{', fixable' if rule.is_fixable else ''})"
    options = f"\n\nSuppress it on one line with `architrave: ignore[{rule.id}] reason` in a comment."
    page = f"{heading}\n\n{rule.doc}{options}\n"
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return
    from rich.markdown import Markdown

    from architrave.cli.reports.text import console_for

    console_for(sys.stdout).print(Markdown(page, code_theme="ansi_dark", hyperlinks=False), width=min(100, console_for(sys.stdout).width))


def _explain_line(path: Path, line: int, *, isolated: bool) -> int:
    from architrave.analysis.check import Order, check
    from architrave.analysis.settings import Settings, load
    from architrave.cli.reports.text import console_for, shown_finding
    from architrave.cli.sources import Sources
    from architrave.cli.targets import project_of

    if not path.is_file():
        raise ArchitraveError(f"There is no file `{path}`.")
    root = project_of(path)
    relative = path.resolve().relative_to(root).as_posix()
    settings = Settings() if isolated else load(root).checked()
    report = check(Order(root, settings, frozenset([relative])))
    sources = Sources(report.root)
    found = []
    for finding in (*report.judged.shown, *report.judged.suppressed):
        place = sources.place(finding.location)
        if finding.location.path == relative and place.line <= line <= place.end_line:
            found.append(finding)
    console = console_for(sys.stdout)
    if not found:
        console.print(f"Nothing is found on line {line} of {path}.")
        return 0
    for finding in found:
        for text in shown_finding(finding, sources):
            console.print(text, soft_wrap=True)
        if finding in report.judged.suppressed:
            console.print("   (suppressed by a comment)")
        console.print()
    for id in dict.fromkeys(finding.rule for finding in found):
        if not id.startswith("suppression-"):
            show_page(id)
    return 0
