"""A whole check: settings, files, facts, findings. The command line's way in; an editor keeps a `Workspace` instead.

When nothing has changed since an earlier run, its findings are taken over without loading rules, languages or facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from xxhash import xxh3_128

from architrave.analysis import baseline as baselines
from architrave.analysis import git
from architrave.analysis.cache import Cache, path_for
from architrave.analysis.files import Listing, Names, Reach, discover, known_names, purposes_of_folder
from architrave.analysis.judgement import Judged
from architrave.analysis.settings import Settings
from architrave.analysis.statistics import Statistics
from architrave.analysis.version import extractor_version, full_version
from architrave.errors import ArchitraveError
from architrave.findings import Finding

if TYPE_CHECKING:
    from architrave.analysis.workspace import Workspace


@dataclass(frozen=True)
class Order:
    """What is to be checked.

    Only the findings in `explicit`, files that were named one by one, or in the folder `within` are wanted. Both are relative to `root`.
    """

    root: Path
    settings: Settings
    explicit: frozenset[str] = frozenset()
    baseline: Path | None = None
    jobs: int = 0
    has_cache: bool = True
    progress: Callable[[int, int], None] = lambda done, total: None
    within: str = ""

    def wants(self, finding: Finding) -> bool:
        """Whether a finding has a place in what was named."""
        return any(self._has(place.path) for place in finding.places)

    def _has(self, path: str) -> bool:
        if self.explicit:
            return path in self.explicit
        return not self.within or path.startswith(f"{self.within}/")

    @cached_property
    def reach(self) -> Reach:
        """What counts: who names a folder of tests wants its findings."""
        return Reach(self.settings.config.include_tests, self.explicit, purposes_of_folder(self.root / self.within))


class _Found(msgspec.Struct, array_like=True):
    shown: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    known: tuple[Finding, ...]
    elsewhere: tuple[Finding, ...]
    lines: int
    failed: tuple[str, ...]
    rules: int


@dataclass
class Report:
    """What a check found, and what it did."""

    root: Path
    judged: Judged
    files: int = 0
    size: int = 0
    lines: int = 0
    from_cache: int = 0
    processes: int = 1
    rules: int = 0
    failed: tuple[str, ...] = ()  # Rules that raised.
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    rule_seconds: dict[str, float] = field(default_factory=dict)
    is_taken_over: bool = False
    uncovered: int = 0  # Files of code that were not read: tests and the like.

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.judged.shown


def read_baseline(path: Path | None) -> baselines.Baseline:
    """Return the baseline of a file; None is an empty one."""
    if path is None:
        return baselines.Baseline()
    try:
        return baselines.read(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ArchitraveError(f"The baseline `{path}` cannot be read: {error}") from None


def check(order: Order) -> Report:
    """Return the findings of a workspace on disk."""
    config = order.settings.config
    statistics = Statistics()
    baseline = read_baseline(order.baseline)
    cache = Cache(path_for(order.root), extractor_version()) if order.has_cache else None
    try:
        with statistics.phase("discover"):
            listing = discover(order.root, config.exclude, order.reach, names=_names(cache))
        with statistics.phase("base"):
            commit = git.base_of(listing.root)
        if cache is not None:
            with statistics.phase("cache"):
                keys = cache.unchanged(listing.files)
                if len(keys) == len(listing.files):
                    key = _result_key(order, keys, baseline, commit)
                    found = _decoded(cache.result(key))
                    if found is not None:
                        return _taken_over(listing, found, statistics.seconds)
        return _read(order, listing, commit, baseline, cache, statistics.seconds)
    finally:
        if cache is not None:
            cache.close()


def loaded(order: Order) -> tuple[Workspace, Path]:
    """Return the workspace of an order with all its files, for who wants more of it than a report, and its folder."""
    from architrave.analysis.base import Base
    from architrave.analysis.scan import scan, without_collector
    from architrave.analysis.workspace import Workspace

    config = order.settings.config
    listing = discover(order.root, config.exclude, order.reach)
    workspace = Workspace(config, read_baseline(order.baseline), order.reach)
    cache = Cache(path_for(order.root), extractor_version()) if order.has_cache else None
    try:
        with without_collector():
            scan(workspace, listing, cache=cache, jobs=order.jobs, version=extractor_version(), progress=order.progress)
    finally:
        if cache is not None:
            cache.close()
    commit = git.base_of(listing.root)
    if commit:
        workspace.compare_with(Base(listing.root, commit, config.exclude, order.reach).differing)
    return workspace, listing.root


def _read(
    order: Order, listing: Listing, commit: str, baseline: baselines.Baseline, cache: Cache | None, seconds: dict[str, float]
) -> Report:
    from architrave.analysis.base import Base
    from architrave.analysis.scan import scan, without_collector
    from architrave.analysis.workspace import Workspace

    statistics = Statistics(seconds=seconds)
    workspace = Workspace(order.settings.config, baseline, order.reach)
    with without_collector():
        did = scan(workspace, listing, cache=cache, jobs=order.jobs, version=extractor_version(), progress=order.progress)
        for name, took in did.seconds.items():
            seconds[name] = seconds.get(name, 0.0) + took
        with statistics.phase("model and rules"):
            if commit:
                workspace.compare_with(Base(listing.root, commit, order.settings.config.exclude, order.reach, cache).differing)
            state = workspace.snapshot()
        with statistics.phase("judge"):
            judged = state.judged
    seconds["import resolution"] = workspace.resolution_seconds
    failed = tuple(id for id, outcome in state.outcomes.items() if outcome.failed)
    lines = sum(file.lines for file in state.files.values())
    report = Report(
        listing.root,
        judged,
        len(listing.files),
        did.size,
        lines,
        did.from_cache,
        did.processes,
        len(state.outcomes),
        failed,
        listing.problems,
        seconds,
        {id: outcome.seconds for id, outcome in state.outcomes.items()},
        uncovered=len(listing.uncovered),
    )
    if cache is not None and not failed and not listing.problems and len(workspace.keys) == len(listing.files):
        value = _Found(judged.shown, judged.suppressed, judged.known, judged.elsewhere, lines, failed, len(state.outcomes))
        cache.store_result(_result_key(order, workspace.keys, baseline, commit), msgspec.msgpack.encode(value))
        cache.note("names", msgspec.msgpack.encode(known_names()))
    return report


def _taken_over(listing: Listing, found: _Found, seconds: dict[str, float]) -> Report:
    return Report(
        listing.root,
        Judged(found.shown, found.suppressed, found.known, found.elsewhere),
        len(listing.files),
        sum(stat.size for stat in listing.files.values()),
        found.lines,
        len(listing.files),
        rules=found.rules,
        problems=listing.problems,
        seconds=seconds,
        is_taken_over=True,
        uncovered=len(listing.uncovered),
    )


def _decoded(value: bytes | None) -> _Found | None:
    if value is None:
        return None
    try:
        return msgspec.msgpack.decode(value, type=_Found)
    except msgspec.MsgspecError:
        return None


def _result_key(order: Order, keys: Mapping[str, bytes], baseline: baselines.Baseline, commit: str) -> bytes:
    reach = order.reach
    options = (order.settings.config, sorted(reach.explicit), sorted(reach.exempt), date.today(), commit)
    digest = xxh3_128(full_version() + repr(options).encode())
    digest.update(baselines.written(baseline).encode("utf-8", "surrogatepass"))
    for path, key in sorted(keys.items()):
        digest.update(path.encode("utf-8", "surrogateescape") + b"\0" + key)
    return digest.digest()


def _names(cache: Cache | None) -> Names | None:
    """Return the names of files that languages read, as noted by an earlier run, so that they need not be loaded to know."""
    noted = cache.note("names") if cache is not None else None
    if noted is None:
        return None
    try:
        return msgspec.msgpack.decode(noted, type=Names)
    except msgspec.MsgspecError:
        return None
