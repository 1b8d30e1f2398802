"""`architrave explain`: the page of a rule, or what is found on a line, in the words of this project where there is somebody to say it."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from architrave.cli.asking import add_agent_options
from architrave.cli.targets import project_of
from architrave.errors import ArchitraveError

if TYPE_CHECKING:
    from architrave.findings import Finding
    from architrave.rule import Rule

HELP = "show the page of a rule, or explain what is found on a line"

# What pages call their examples in a language; the others are called like the language.
_KINDS = {"javascript": "typescript", "tsx": "typescript", "containerfile": "dockerfile", "yaml": "kubernetes"}
_ALL = "all"
_PAGES = frozenset(["client", "frontend", "web", "www", "ui", "static", "public", "assets"])  # What runs in browsers says little here.


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="RULE | PATH:LINE", help="the id of a rule, or a place such as app/main.py:12")
    parser.add_argument("--language", metavar="NAME", help="show examples in this language, or `all` (default: that of most files here)")
    parser.add_argument("--isolated", action="store_true", help="use no configuration file")
    add_agent_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.suppressions import OWN_RULES
    from architrave.rule import find_rule

    place = re.match(r"(.+?):(\d+)(?::\d+)?$", arguments.subject)
    if place is not None:
        return _explain_line(Path(place[1]), int(place[2]), arguments)
    if Path(arguments.subject).is_file():
        raise ArchitraveError(f"Which line of `{arguments.subject}`? Write `{arguments.subject}:LINE`.")
    if arguments.subject in OWN_RULES:
        print(f"{arguments.subject} (hint)\n\n{OWN_RULES[arguments.subject]} See docs/suppressions.md.")
        return 0
    rule = find_rule(arguments.subject)
    show_page(rule, _asked_for(rule, arguments.language) if arguments.language else _used_here(rule))
    return 0


def show_page(rule: Rule, kind: str) -> None:
    """Print the page of a rule with its examples of one kind: laid out on a terminal, else as it is written."""
    heading = f"# {rule.id} ({rule.severity}{', fixable' if rule.is_fixable else ''})"
    options = f"\n\nSuppress it on one line with `architrave: ignore[{rule.id}] reason` in a comment."
    others = [other for other in rule.kinds if other != kind]
    example = f"architrave explain {rule.id} --language {others[0].lower()}" if others else ""
    more = f"Also with examples in {', '.join(others)}: `{example}`, or `--language {_ALL}`."
    page = f"{heading}\n\n{rule.with_examples_in(kind, more)}{options}\n"
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return
    from rich.markdown import Markdown

    from architrave.cli.reports.text import console_for

    console_for(sys.stdout).print(Markdown(page, code_theme="ansi_dark", hyperlinks=False), width=min(100, console_for(sys.stdout).width))


def _asked_for(rule: Rule, language: str) -> str:
    """Return the kind of examples that a person asks for; "" for all. A name that the page does not know raises `ArchitraveError`."""
    if language.lower() == _ALL:
        return ""
    kind = _of_language(rule, language.lower())
    if kind is None:
        raise ArchitraveError(f"`{rule.id}` has no examples in {language}; it has them in {', '.join(rule.kinds)}.")
    return kind


def _of_language(rule: Rule, language: str) -> str | None:
    wanted = (language, _KINDS.get(language, ""))
    return next((kind for kind in rule.kinds if kind.lower() in wanted), None)


def _used_here(rule: Rule) -> str:
    """Return the kind of examples in the language of most files of the workspace, of those that the page has."""
    from architrave.analysis.files import discover
    from architrave.language import language_for

    counts = Counter[str]()
    with suppress(ArchitraveError):  # Such as in `/`, which nobody wants to have gone through.
        for path in discover(project_of(Path("architrave.toml"))).files:
            if path.endswith((".tsx", ".jsx")) or _PAGES & set(path.split("/")):
                continue
            language = language_for(path)
            kind = _of_language(rule, language.name) if language is not None else None
            if kind is not None:
                counts[kind] += 1
    return counts.most_common(1)[0][0] if counts else rule.kinds[0] if rule.kinds else ""


def _explain_line(path: Path, line: int, arguments: argparse.Namespace) -> int:
    from architrave.analysis.check import Order, check
    from architrave.analysis.settings import Settings, load
    from architrave.cli.reports.text import console_for, print_finding
    from architrave.cli.sources import Sources
    from architrave.language import language_for
    from architrave.rule import find_rule

    if not path.is_file():
        raise ArchitraveError(f"There is no file `{path}`.")
    root = project_of(path)
    relative = path.resolve().relative_to(root).as_posix()
    settings = Settings() if arguments.isolated else load(root).checked()
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
        print_finding(finding, sources, console)
        if finding in report.judged.suppressed:
            console.print("   (suppressed by a comment)")
        console.print()
    standing = [finding for finding in report.judged.shown if finding in found and not finding.rule.startswith("suppression-")]
    if standing and not arguments.offline and not arguments.isolated and _has_key(root):
        return max(_explained(path, finding, arguments) for finding in standing)
    own = language_for(relative)
    for id in dict.fromkeys(finding.rule for finding in found):
        if not id.startswith("suppression-"):
            rule = find_rule(id)
            kind = _asked_for(rule, arguments.language) if arguments.language else _of_language(rule, own.name) if own is not None else None
            show_page(rule, kind if kind is not None else _used_here(rule))
    if standing and not arguments.offline:
        print("\nWith a key, an agent says what it means in this project: who comes here, when it hurts, what to do (docs/agents.md).")
    return 0


def _has_key(root: Path) -> bool:
    from architrave.analysis.agents import installed

    found = installed()
    return found is not None and found.status(root, {}).has_key


def _explained(path: Path, finding: Finding, arguments: argparse.Namespace) -> int:
    from architrave.analysis.agents import Explain
    from architrave.cli.asking import ask, state_of
    from architrave.cli.offering import answered

    state, within = state_of(path)
    arguments.output = None
    return answered(ask(Explain(within, finding.rule, finding.subject), state, arguments), arguments)
