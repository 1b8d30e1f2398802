"""`python -m benchmarks`: print what is measured, ours, peers, ratio and versions. See `benchmarks/README.md` for how to read it."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.check import check_table
from benchmarks.corpus import write_workspace
from benchmarks.fixes import fixes_table
from benchmarks.latency import latency_table
from benchmarks.memory import memory_table
from benchmarks.precision import precision_table, read_labels
from benchmarks.table import Table, rendered


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}\n")
    if not options.smoke and not options.what:
        parser.error("say what to measure: check, latency, memory, fixes, precision or all")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # With it every start compiles all modules anew, which no installation does.
    failures = 0
    for measured in _smoke() if options.smoke else _tables(options):
        print(rendered(measured), flush=True)
        failures += len(measured.failures)
    return 1 if failures else 0


def _tables(options: argparse.Namespace) -> Iterator[Table]:
    if options.what in ("check", "all"):
        for folder in options.folder:
            yield check_table(folder, options.runs)
    if options.what in ("latency", "all"):
        yield latency_table(options.files, options.lines, options.keys, options.starts)
    if options.what in ("memory", "all"):
        for folder in options.folder:
            yield memory_table(folder, options.watch)
    if options.what == "fixes":
        yield fixes_table(options.folder)
    if options.what == "precision":
        yield precision_table(options.folder, read_labels())


def _smoke() -> Iterator[Table]:
    """Go through every part once, on a workspace so small that nothing of it says anything about speed."""
    with tempfile.TemporaryDirectory(prefix="architrave-bench-") as name:
        write_workspace(Path(name), files=20, long_lines=100)
        yield check_table(Path(name), runs=1)
        yield latency_table(files=20, lines=100, keys=5, starts=1)
        yield memory_table(Path(name), watch=0.2)
        yield fixes_table([Path(name)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Architrave beside its peers.")
    parser.add_argument("--smoke", action="store_true", help="try every part on a tiny workspace, in seconds")
    commands = parser.add_subparsers(dest="what", metavar="check | latency | memory | fixes | precision | all")
    for name, does in (
        ("check", "time and peak memory of a check of each folder"),
        ("latency", "time from a key to its diagnostics in a generated workspace"),
        ("memory", "memory and idle load of the servers with each folder open"),
        ("fixes", "what the fixes of the findings in each folder do"),
        ("all", "all of these that measure time or memory"),
    ):
        command = commands.add_parser(name, help=does, description=does)
        if name != "latency":
            command.add_argument("folder", nargs="+", type=_folder)
        if name in ("check", "all"):
            command.add_argument("--runs", type=int, default=3, help="the median of so many runs (default: 3)")
        if name in ("latency", "all"):
            command.add_argument("--files", type=int, default=1000, help="Python files in the workspace (default: 1000)")
            command.add_argument("--lines", type=int, default=2000, help="lines of the file that is edited (default: 2000)")
            command.add_argument("--keys", type=int, default=200, help="keys that are typed (default: 200)")
            command.add_argument("--starts", type=int, default=5, help="starts of each server (default: 5)")
        if name in ("memory", "all"):
            command.add_argument("--watch", type=float, default=5.0, help="seconds to watch an idle server (default: 5)")
    command = commands.add_parser("precision", help="the share of findings that is right, in checkouts of the labelled repositories")
    command.add_argument("folder", type=_folder, help="a folder with the checkouts")
    return parser


def _folder(name: str) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is no folder")
    return folder


if __name__ == "__main__":
    sys.exit(main())
