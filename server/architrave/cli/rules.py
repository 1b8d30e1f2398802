"""`architrave rules`: list the rules, for people, for tools, or as their page in the manual."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, get_args

HELP = "list the rules"
_HEADINGS = {"api": "API", "devops": "DevOps"}


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="how to print them (default: text)")


def run(arguments: argparse.Namespace) -> int:
    from architrave.rule import known_rules

    if arguments.format == "json":
        json.dump([described(rule) for rule in known_rules().values()], sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return 0
    if arguments.format == "markdown":
        sys.stdout.write(markdown())
        return 0
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from architrave.cli.reports.text import SEVERITY_COLORS, console_for

    console = console_for(sys.stdout, markup=True)
    table = Table("rule", "severity", "fix", "what it finds", box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns[:3]:
        column.no_wrap = True
        column.overflow = "ignore"
    for rule in known_rules().values():
        color = SEVERITY_COLORS[rule.severity]
        table.add_row(
            f"[bold]{rule.id}", f"[{color}]{rule.severity}", "[green]yes" if rule.is_fixable else "", rule.summary.replace("[", r"\[")
        )
    console.print(table)
    console.print(f"{len(known_rules())} rules. `architrave explain RULE` shows the page of one.")
    return 0


def described(rule: Any) -> dict[str, Any]:
    """Return what a tool wants to know of a rule."""
    return {
        "id": rule.id,
        "summary": rule.summary,
        "severity": rule.severity,
        "languages": list(rule.languages),
        "fixable": rule.is_fixable,
        "options": [
            {"name": item.name, "type": type_name(item.type), "default": item.default, "description": item.doc} for item in rule.options
        ],
        "references": list(rule.references),
    }


def markdown() -> str:
    """Return `docs/rules.md`."""
    from architrave.rule import known_rules

    lines = [
        "# Rules",
        "",
        "<!-- Made by `architrave rules --format markdown`; do not edit. -->",
        "",
        "`architrave explain RULE` shows the page of a rule: why it matters, examples, options, what its fix writes, and references.",
        "",
    ]
    for responsibility in dict.fromkeys(rule.responsibility for rule in known_rules().values()):
        lines += [
            f"## {_HEADINGS.get(responsibility, responsibility.capitalize())}",
            "",
            "| rule | what it finds | severity | fix | examples in |",
            "|---|---|---|---|---|",
        ]
        for rule in known_rules().values():
            if rule.responsibility == responsibility:
                fix = "yes" if rule.is_fixable else ""
                lines.append(f"| `{rule.id}` | {rule.summary} | {rule.severity} | {fix} | {', '.join(rule.kinds)} |")
        lines.append("")
    return "\n".join(lines)


def type_name(option_type: Any) -> str:
    """Return the name of a type as Python writes it."""
    is_plain = isinstance(option_type, type) and not get_args(option_type)
    return option_type.__name__ if is_plain else str(option_type).replace("typing.", "")
