"""`architrave baseline`: write down what is found now, so that only new findings are shown."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from architrave.cli.sources import counted
from architrave.cli.targets import add_workspace_options, orders
from architrave.errors import ArchitraveError

HELP = "write the known findings down, so that only new ones are shown"


def register(parser: argparse.ArgumentParser) -> None:
    add_workspace_options(parser)
    parser.add_argument(
        "--output", metavar="FILE", help="the file to write (default: that of the configuration, or architrave-baseline.json)"
    )
    parser.add_argument("--add", action="store_true", help="also write down findings that an existing baseline does not know")


def run(arguments: argparse.Namespace) -> int:
    from architrave.analysis import baseline as baselines
    from architrave.analysis.check import check, read_baseline
    from architrave.analysis.settings import BASELINE
    from architrave.cli.progress import shown_progress

    wanted = orders(arguments, has_baseline=False)
    if len(wanted) != 1:
        raise ArchitraveError("A baseline is of one folder; give one PATH.")
    order = wanted[0]
    if order.within:
        raise ArchitraveError(f"A baseline is of the whole project, and `{order.within}` is a part of `{order.root}`.")
    usual = None if arguments.isolated else order.settings.baseline(order.root)
    file = Path(arguments.output) if arguments.output else usual or order.root / BASELINE
    with shown_progress() as progress:
        report = check(replace(order, progress=progress))
    for rule in report.failed:
        raise ArchitraveError(f"The rule `{rule}` failed, so the baseline would be wrong; leave it out with `--ignore {rule}`.")
    now = baselines.of(item for item in report.findings if not item.rule.startswith("suppression-"))
    old = read_baseline(file) if file.exists() else None
    new, left_out = (now, 0) if old is None or arguments.add else baselines.shrunk(old, report.findings)
    try:
        file.write_text(baselines.written(new), encoding="utf-8")
    except OSError as error:
        raise ArchitraveError(f"`{file}` cannot be written: {error.strerror}") from None
    total = sum(new.entries.values())
    gone = max(0, sum(old.entries.values()) - total) if old is not None else 0
    print(f"{file}: {counted(total, 'known finding')}" + (f", {gone} fewer than before" if gone else ""))
    if left_out:
        print(
            f"{left_out} new {'finding is' if left_out == 1 else 'findings are'} not in it; `--add` writes them down too.", file=sys.stderr
        )
    return 0
