"""`architrave doctor`: whether everything that Architrave needs is there."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from architrave import __version__

HELP = "look whether everything that is needed is there"


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="the workspace (default: the current folder)")


def run(arguments: argparse.Namespace) -> int:
    from rich.text import Text

    from architrave.cli.reports.text import console_for

    console = console_for(sys.stdout)
    is_well = True
    for is_good, what, detail in _checks(Path(arguments.path)):
        is_well = is_well and is_good is not False
        mark, style = {True: ("ok", "green"), False: ("!!", "bright_red"), None: ("--", "dim")}[is_good]
        console.print(Text.assemble((mark, style), "  ", (f"{what:<14}", "bold"), detail), soft_wrap=True)
    return 0 if is_well else 1


def _checks(root: Path) -> Iterator[tuple[bool | None, str, str]]:
    """Yield (good, bad or neither; what; details)."""
    is_new = sys.version_info >= (3, 11)
    yield is_new, "Architrave", f"{__version__}, {Path(__file__).parent.parent}"
    yield is_new, "Python", f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}"
    yield from _grammars()
    yield from _rules()
    yield from _configuration(root)
    yield from _cache(root)
    yield from _agents(root)


def _agents(root: Path) -> Iterator[tuple[bool | None, str, str]]:
    from architrave.analysis.agents import installed

    found = installed()
    if found is None:
        yield None, "Agents", "not installed; everything else works without them"
        return
    status = found.status(root, {})
    yield None, "Key", f"{'set' if status.has_key else 'not set'}; only the agents use it"
    yield None, "Agents", f"{status.model} at {status.host}. {status.why_not}".strip()
    yield from ((False, "Agents", problem) for problem in status.problems)


def _grammars() -> Iterator[tuple[bool, str, str]]:
    from architrave.language import CodeLanguage, known_languages

    good, bad = [], []
    for language in known_languages():
        if not isinstance(language, CodeLanguage):
            good.append(language.name)
            continue
        try:
            for grammar in language.grammars.values():
                grammar.parse(b"")
            good.append(language.name)
        except Exception as error:  # Whatever keeps a grammar from loading is what the user wants to read here.
            bad.append(f"{language.name}: {error}")
    try:
        library = version("tree-sitter")
    except PackageNotFoundError:
        library = "of unknown version"
    yield not bad, "Languages", "; ".join(bad) if bad else f"{', '.join(good)} (tree-sitter {library})"


def _rules() -> Iterator[tuple[bool, str, str]]:
    from architrave.reporters import known_frameworks
    from architrave.rule import known_rules

    yield bool(known_rules()), "Rules", f"{len(known_rules())} rules, {len(known_frameworks())} frameworks"


def _configuration(root: Path) -> Iterator[tuple[bool, str, str]]:
    from architrave.analysis.settings import load

    settings = load(root)
    if settings.mistakes:
        for mistake in settings.mistakes:
            yield False, "Configuration", mistake
    else:
        yield True, "Configuration", str(settings.file) if settings.file else "none; the defaults are used"
    baseline = settings.baseline(root)
    if baseline is not None:
        yield baseline.is_file(), "Baseline", str(baseline) if baseline.is_file() else f"{baseline} is not there"


def _cache(root: Path) -> Iterator[tuple[bool, str, str]]:
    from architrave.analysis.cache import Cache, path_for
    from architrave.analysis.version import extractor_version

    path = path_for(root)
    cache = Cache(path, extractor_version())
    problem = cache.problem
    cache.close()
    size = path.stat().st_size / 1e6 if path.is_file() else 0.0
    yield not problem, "Cache", problem or f"{path}, {size:.1f} MB"
