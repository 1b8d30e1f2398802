"""The paths of a command line as workspaces: a folder is one, or a part of the one whose configuration it falls under; so is a file."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from architrave.analysis.check import Order
from architrave.analysis.judgement import Judged
from architrave.analysis.project import find
from architrave.analysis.settings import Settings, load, with_patterns
from architrave.errors import ArchitraveError
from architrave.findings import Finding


def add_workspace_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that analyses."""
    parser.add_argument("paths", nargs="*", metavar="PATH", default=["."], help="folders or files (default: the current folder)")
    parser.add_argument("--select", metavar="IDS", action="append", help="run only these rules: ids or prefixes, separated by commas")
    parser.add_argument("--ignore", metavar="IDS", action="append", help="do not run these rules: ids or prefixes, separated by commas")
    parser.add_argument("--isolated", action="store_true", help="use no configuration file and no baseline but what is given here")
    parser.add_argument(
        "--include-tests", action="store_true", help="also read and judge tests, fixtures, examples, vendored and generated code"
    )
    parser.add_argument("--jobs", metavar="N", type=_number, default=0, help="processes to read files with (default: one a core)")
    parser.add_argument("--no-cache", action="store_true", help="neither use nor write the cache")


def orders(arguments: argparse.Namespace, *, baseline: str | None = None, has_baseline: bool = True) -> list[Order]:
    """Return what is to be checked for the paths of a command line; a mistake in any of them raises `ArchitraveError`."""
    found = []
    for root, explicit, within in _workspaces(arguments.paths, is_isolated=arguments.isolated):
        settings = Settings() if arguments.isolated else load(root).checked()
        config = settings.config
        if arguments.select or arguments.ignore:
            config = with_patterns(config, _split(arguments.select), _split(arguments.ignore))
        if arguments.include_tests:
            config = replace(config, include_tests=True)
        settings = replace(settings, config=config)
        file = None
        if has_baseline:
            file = Path(baseline) if baseline else None if arguments.isolated else settings.baseline(root)
        found.append(Order(root, settings, frozenset(explicit), file, arguments.jobs, not arguments.no_cache, within=within))
    return found


def _workspaces(paths: Iterable[str], *, is_isolated: bool) -> list[tuple[Path, list[str], str]]:
    """Return root, files named one by one, and folder below the root that is meant."""
    folders: list[tuple[Path, list[str], str]] = []
    files: dict[Path, list[str]] = defaultdict(list)
    for given in paths:
        path = Path(given)
        if path.is_dir():
            config = None if is_isolated else find(path)
            within = path.resolve().relative_to(config.parent).as_posix() if config is not None else "."
            folders.append((path, [], "") if config is None or within == "." else (config.parent, [], within))
        elif path.exists():
            root = project_of(path)
            files[root].append(path.resolve().relative_to(root).as_posix())
        else:
            raise ArchitraveError(f"There is no file or folder `{given}`.")
    return folders + [(root, explicit, "") for root, explicit in files.items()]


def project_of(file: Path) -> Path:
    """Return the folder that a single file is judged in: of the nearest configuration, or repository, or its own."""
    folder = file.resolve().parent
    config = find(folder)
    if config is not None:
        return config.parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def wanted(judged: Judged, order: Order) -> Judged:
    """Return what was found in the paths that were named."""

    def of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(finding for finding in findings if order.wants(finding))

    return replace(judged, shown=of(judged.shown), suppressed=of(judged.suppressed), known=of(judged.known), elsewhere=of(judged.elsewhere))


def _split(given: list[str] | None) -> tuple[str, ...]:
    return tuple(part.strip() for text in given or () for part in text.split(",") if part.strip())


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("it must not be negative")
    return number
