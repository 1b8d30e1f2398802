"""`architrave check`: print the findings of a workspace."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "find what is about to hurt"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", default=["."], help="folders or files (default: the current folder)")
    parser.add_argument("--select", default="", help="only these rules: ids or prefixes, separated by commas")


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis.files import discover
    from architrave.analysis.workspace import Workspace
    from architrave.text import LineIndex

    count = 0
    wanted = tuple(arguments.select.split(",")) if arguments.select else ("",)
    for given in arguments.paths:
        root = Path(given)
        workspace = Workspace()
        for path in discover(root).files:
            workspace.put(path, (root / path).read_bytes())
        state = workspace.snapshot()
        for path, findings in state.by_path.items():
            lines = LineIndex((root / path).read_bytes())
            for finding in findings:
                if not finding.rule.startswith(wanted):
                    continue
                line, column = lines.position(finding.location.span.start)
                print(f"{root / path}:{line + 1}:{column + 1}: {finding.severity} {finding.rule}: {finding.message}")
                print("    " + lines.line(line).decode("utf-8", "replace").strip())
                for evidence in finding.evidence:
                    print(f"    = {evidence}")
                for related in finding.related:
                    other = LineIndex((root / related.location.path).read_bytes()).position(related.location.span.start)
                    print(f"    - {related.location.path}:{other[0] + 1}: {related.message}")
                count += 1
    print(f"{count} findings")
    return 1 if count else 0
