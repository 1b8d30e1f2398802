"""Rules run over a model: each on its own, and again only when something that it read has changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from dataclasses import replace as replace_outcome
from operator import is_
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from architrave.analysis.moves import Move, moved
from architrave.findings import Finding, Severity
from architrave.model.graph import Model, Read
from architrave.rule import Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What one rule found, and what it read. Spans count from their chunks."""

    findings: tuple[Finding, ...]
    reads: frozenset[Read]
    failed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Selection:
    """Which rules run, how severe each is, and their options."""

    rules: tuple[Rule, ...]
    severities: Mapping[str, Severity]
    options: Mapping[str, Mapping[str, Any]]


def run(
    model: Model,
    selection: Selection,
    earlier: Mapping[str, Outcome],
    changed: frozenset[Read] | None,
    moves: Sequence[tuple[Move, Set[Read]]] = (),
) -> dict[str, Outcome]:
    """Return the outcome of each rule. `changed` is what differs from the model of `earlier`; None means all.

    `moves` are edits and the facts that they only moved: what was found with those is moved too.
    """
    outcomes = {}
    for rule in selection.rules:
        old = earlier.get(rule.id)
        if old is not None and changed is not None and not old.failed and old.reads.isdisjoint(changed):
            outcomes[rule.id] = _moved(old, moves) if moves else old
            continue
        outcomes[rule.id] = _run_one(model, rule, selection)
    return outcomes


def _moved(old: Outcome, moves: Sequence[tuple[Move, Set[Read]]]) -> Outcome:
    made = [move for move, kinds in moves if not old.reads.isdisjoint(kinds)]
    if not made or not old.findings:
        return old
    findings = tuple(moved(finding, made) for finding in old.findings)
    return old if all(map(is_, findings, old.findings)) else replace_outcome(old, findings=findings)


def _run_one(model: Model, rule: Rule, selection: Selection) -> Outcome:
    options = selection.options.get(rule.id, {})
    started = perf_counter()
    try:
        found, reads = model.traced(lambda: tuple(rule.check(model, **options)))
    except Exception:  # A bug in one rule costs that rule's findings, and nothing else.
        log.exception("rule `%s` failed; its findings are left out", rule.id)
        return Outcome((), frozenset(), failed=True)
    severity = selection.severities.get(rule.id, rule.severity)
    forced = rule.id in selection.severities
    return Outcome(
        tuple(replace(item, rule=rule.id, severity=severity if forced or item.severity is None else item.severity) for item in found),
        reads,
        seconds=perf_counter() - started,
    )
