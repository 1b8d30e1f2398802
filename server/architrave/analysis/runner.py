"""Rules run over a model: each on its own, and again only when something that it read has changed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from dataclasses import replace as with_values
from functools import cached_property
from itertools import chain
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from architrave.analysis.causes import one_of_each
from architrave.analysis.moves import Move, moved
from architrave.findings import Finding, Severity
from architrave.model.graph import Model, Read
from architrave.rule import Rule
from architrave.text import Location

log = logging.getLogger(__name__)

Moves = Sequence[tuple[Move, Set[Read]]]


@dataclass(frozen=True)
class Outcome:
    """What one rule found, by path, and what it read. Spans count from their chunks."""

    by_path: Mapping[str, tuple[Finding, ...]]
    reads: frozenset[Read]
    failed: bool = False
    seconds: float = 0.0
    told: tuple[Finding, ...] = field(default=(), repr=False)  # As the rule gave them, one a cause, in the order of `findings`.

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(chain.from_iterable(self.by_path.values()))

    @cached_property
    def mentions(self) -> Mapping[str, frozenset[str]]:
        """For a path, the others with findings that speak of it too."""
        found: dict[str, set[str]] = defaultdict(set)
        for path, findings in self.by_path.items():
            for finding in findings:
                for location in locations(finding):
                    if location.path != path:
                        found[location.path].add(path)
        return {path: frozenset(others) for path, others in found.items()}

    def about(self, path: str) -> Iterator[str]:
        """Yield the paths with findings that speak of a file."""
        if path in self.by_path:
            yield path
        yield from self.mentions.get(path, ())


@dataclass(frozen=True)
class Selection:
    """Which rules run, how severe each is, and their options."""

    rules: tuple[Rule, ...]
    severities: Mapping[str, Severity]
    options: Mapping[str, Mapping[str, Any]]


def locations(finding: Finding) -> Iterator[Location]:
    """Yield every place that a finding speaks of."""
    yield finding.location
    for related in finding.related:
        yield related.location
    for edit in finding.fix.edits if finding.fix is not None else ():
        yield edit.location
        if edit.copied is not None:
            yield edit.copied


def run(
    model: Model, selection: Selection, earlier: Mapping[str, Outcome], changed: Set[Read] | None, moves: Moves = ()
) -> dict[str, Outcome]:
    """Return the outcome of each rule. `changed` is what differs from the model of `earlier`; None means all.

    `moves` are edits and the facts that they only moved: what was found with those is moved too.
    """
    outcomes = {}
    for rule in selection.rules:
        old = earlier.get(rule.id)
        if old is not None and changed is not None and not old.failed and old.reads.isdisjoint(changed):
            outcomes[rule.id] = _moved(old, moves) if moves else old
        else:
            outcomes[rule.id] = _run_one(model, rule, selection, old)
    return outcomes


def differing(one: Mapping[str, Outcome], other: Mapping[str, Outcome]) -> Iterator[str]:
    """Yield the paths with other findings in one than in the other."""
    for id in {**one, **other}:
        old, new = one.get(id, _NOTHING), other.get(id, _NOTHING)
        if old is not new:
            yield from (path for path in {**old.by_path, **new.by_path} if old.by_path.get(path) is not new.by_path.get(path))


_NOTHING = Outcome({}, frozenset())


def _moved(old: Outcome, moves: Moves) -> Outcome:
    made = [move for move, reads in moves if not old.reads.isdisjoint(reads)]
    again: dict[str, tuple[Finding, ...]] = {}
    for path in {path for move in made for path in old.about(move.path)}:
        before = old.by_path[path]
        after = tuple(moved(finding, made) for finding in before)
        if any(one is not other for one, other in zip(before, after, strict=True)):
            again[path] = after
    return with_values(old, by_path={**old.by_path, **again}) if again else old


def _run_one(model: Model, rule: Rule, selection: Selection, old: Outcome | None) -> Outcome:
    options = selection.options.get(rule.id, {})
    started = perf_counter()
    try:
        told, reads = model.traced(lambda: one_of_each(rule.check(model, **options), rule.severity))
    except Exception:  # A bug in one rule costs that rule's findings, and nothing else.
        log.exception("rule `%s` failed; its findings are left out", rule.id)
        return Outcome({}, frozenset(), failed=True)
    severity = selection.severities.get(rule.id, rule.severity)
    forced = rule.id in selection.severities
    known = {id(item): finding for item, finding in zip(old.told, old.findings, strict=True)} if old is not None and old.told else {}
    found: dict[str, list[tuple[Finding, Finding]]] = defaultdict(list)
    for item in told:
        finding = known.get(id(item)) or replace(
            item, rule=rule.id, severity=severity if forced or item.severity is None else item.severity
        )
        found[item.location.path].append((item, finding))
    by_path = {path: tuple(finding for _, finding in items) for path, items in found.items()}
    if old is not None:
        by_path = {path: _same(old.by_path.get(path), findings) for path, findings in by_path.items()}
    in_order = tuple(item for items in found.values() for item, _ in items)
    return Outcome(by_path, reads, seconds=perf_counter() - started, told=in_order)


def _same(old: tuple[Finding, ...] | None, new: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return old if old == new else new
