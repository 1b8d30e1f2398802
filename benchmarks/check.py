"""How long a check of a folder takes and what it needs, beside a bare parse of the same bytes and tools that match patterns."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import patterns, table, tools
from benchmarks.process import Run, run
from benchmarks.sources import Sources, copy_sources, counted
from benchmarks.table import Table

_COLUMNS = ("what", "median", "fastest", "runs", "MB/s", "peak memory", "memory/MLOC", "ours ÷ this", "version")
_LONG_RUN = 60.0
_PYTHON = frozenset({".py", ".pyi"})


@dataclass(frozen=True, slots=True)
class _Subject:
    """One line of the table: a command, and whether it finds the caches of the run before."""

    name: str
    tool: str
    arguments: tuple[str, ...]
    warm: bool = False
    python_only: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """A copy of the sources, a folder for caches outside it, and the files of rules."""

    sources: Path
    cache: Path
    scratch: Path

    def empty_caches(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)
        self.cache.mkdir()
        for leftover in (".architrave", ".architrave_cache", ".ruff_cache"):
            shutil.rmtree(self.sources / leftover, ignore_errors=True)


def check_table(folder: Path, runs: int) -> Table:
    with tempfile.TemporaryDirectory(prefix="architrave-bench-") as name:
        place = _Place(Path(name, "sources"), Path(name, "cache"), Path(name))
        place.sources.mkdir()
        copy_sources(folder, place.sources)
        return _measured(folder.resolve().name, place, runs)


def _measured(name: str, place: _Place, runs: int) -> Table:
    everything, python = counted(place.sources), counted(place.sources, _PYTHON)
    samples: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    failures: list[str] = []
    for subject in _subjects(place.scratch):
        seen = python if subject.python_only else everything
        path = tools.command(subject.tool)
        if path is None:
            rows.append(table.absent(subject.name, len(_COLUMNS)))
            continue
        if not seen.files:
            rows.append(table.absent(subject.name, len(_COLUMNS), "no files"))
            continue
        once = partial(_run, subject, path, place)
        if subject.warm:
            once()
        done = _runs(once, runs)
        failed = next((each for each in done if each.exit_code), None)
        if failed:
            rows.append(table.absent(subject.name, len(_COLUMNS), "failed"))
            failures.append(f"{subject.name}: exit {failed.exit_code}: {failed.last_error}")
            continue
        samples[subject.name] = table.median(each.seconds for each in done)
        ours = samples.get(_WARM if subject.warm and subject.tool != "architrave" else _COLD)
        rows.append(_row(subject.name, [each.seconds for each in done], done, seen, ours, tools.version(path)))
    rows.insert(3, _bare_parse(place, runs, everything, samples.get(_COLD), failures))
    title = f"check of {name}: {everything.files} files, {everything.size / 1e6:.1f} MB, {everything.lines:,} lines"
    note = f"Python only: {python.files} files, {python.size / 1e6:.1f} MB, {python.lines:,} lines."
    return Table(title, _COLUMNS, tuple(rows), (note,), tuple(failures))


def _runs(once: Callable[[], Run], runs: int) -> list[Run]:
    """Run `runs` times, or once when that alone takes long."""
    done = [once()]
    while len(done) < runs and done[0].seconds < _LONG_RUN and not done[0].exit_code:
        done.append(once())
    return done


def _run(subject: _Subject, path: str, place: _Place) -> Run:
    command = [path, *subject.arguments, "."]
    environment = {"XDG_CACHE_HOME": str(place.cache), "SEMGREP_SETTINGS_FILE": str(place.scratch / "semgrep-settings.yml")}
    if not subject.warm:
        place.empty_caches()
    return run(command, place.sources, environment)


def _bare_parse(place: _Place, runs: int, seen: Sources, ours: float | None, failures: list[str]) -> tuple[str, ...]:
    """Measure the parse in a process of its own; the seconds are those of reading and parsing, without the start of Python."""
    name = "bare tree-sitter parse, one process"
    version = tools.package_version("tree-sitter")
    if version is None:
        return table.absent(name, len(_COLUMNS))
    command = [sys.executable, "-m", "benchmarks.bare_parse", str(place.sources)]
    done = _runs(partial(run, command, Path(__file__).parent.parent, {}), runs)
    if done[0].exit_code:
        failures.append(f"{name}: {done[0].last_error}")
        return table.absent(name, len(_COLUMNS), "failed")
    reports = [json.loads(each.output) for each in done]
    return _row(name, [report["read"] + report["parse"] for report in reports], done, seen, ours, version)


def _row(name: str, seconds: Sequence[float], done: Sequence[Run], seen: Sources, ours: float | None, version: str) -> tuple[str, ...]:
    middle = table.median(seconds)
    peak = max(each.peak_bytes for each in done)
    return (
        name,
        table.seconds(middle),
        table.seconds(min(seconds)),
        str(len(done)),
        f"{seen.size / 1e6 / middle:.1f}",
        table.megabytes(peak),
        table.per_million_lines(peak, seen.lines),
        table.ratio(ours, middle),
        version,
    )


_COLD = "architrave check, no cache"
_WARM = "architrave check, warm"


def _subjects(scratch: Path) -> tuple[_Subject, ...]:
    semgrep, ast_grep = scratch / "semgrep.yml", scratch / "ast-grep.yml"
    semgrep.write_text(patterns.semgrep_rules())
    ast_grep.write_text(patterns.ast_grep_rules())
    ours = ("check", "--isolated", "--include-tests", "--exit-zero", "--format", "json")
    ruff = ("check", "--isolated", "--exit-zero", "--output-format", "json")
    offline = ("--metrics", "off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet")
    return (
        _Subject(_COLD, "architrave", (*ours, "--no-cache")),
        _Subject("architrave check, fills an empty cache", "architrave", ours),
        _Subject(_WARM, "architrave", ours, warm=True),
        _Subject("ast-grep, 40 rules", "ast-grep", ("scan", "--rule", str(ast_grep), "--json=compact")),
        _Subject("semgrep, 40 rules", "semgrep", ("scan", "--config", str(semgrep), *offline)),
        _Subject("ruff check, no cache (Python only)", "ruff", (*ruff, "--no-cache"), python_only=True),
        _Subject("ruff check, warm (Python only)", "ruff", ruff, warm=True, python_only=True),
    )
