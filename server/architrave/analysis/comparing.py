"""What other texts would do to a workspace: which findings go and come, and what of it would not hold together any more."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname

from architrave.analysis.baseline import entry_of
from architrave.analysis.fixing import errors
from architrave.analysis.snapshot import Snapshot
from architrave.facts.code import Call, Definition, Import
from architrave.facts.data import Migration
from architrave.findings import Finding
from architrave.model.classes import Place
from architrave.model.migrations import folder, ordered
from architrave.text import Location

_NO_MIGRATIONS = ("env.py", "__init__.py", "migration_lock.toml")


@dataclass(frozen=True)
class LostName:
    """Something that was defined in `path` and is not any more, while `user` still uses it."""

    name: str
    path: str
    user: Location


@dataclass(frozen=True)
class Difference:
    """What is different after a change.

    `hidden` are findings that nobody sees only because of the change: suppressed, moved into tests, marked as generated. `worse` are
    files that parse worse than before. `lost` are names, `unserved` routes. `rewritten` are migrations with another text than before,
    `misplaced` new ones that would not run last.
    """

    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]
    hidden: tuple[Finding, ...]
    worse: tuple[str, ...]
    lost: tuple[LostName, ...]
    unserved: tuple[str, ...]
    rewritten: tuple[str, ...]
    misplaced: tuple[str, ...]
    failed: tuple[str, ...]  # Rules that raised, and did not before.


Users = Callable[[Collection[str]], tuple[Snapshot, Snapshot]]


def compare(
    before: Snapshot, after: Snapshot, old: Mapping[str, bytes | None], new: Mapping[str, bytes], users: Users | None = None
) -> Difference:
    """Return what changes from one state to the other; `old` and `new` are the texts of the files that differ.

    `users` gives both states with the files that are left out of them, such as tests, and mention some names (`Frozen.with_users`).
    """
    hidden_before = (*before.judged.suppressed, *before.judged.known, *before.judged.elsewhere)
    hidden_after = (*after.judged.suppressed, *after.judged.known, *after.judged.elsewhere)
    return Difference(
        gone=_more(after.findings, before.findings),
        new=_more(before.findings, after.findings),
        hidden=_more(hidden_before, hidden_after),
        worse=tuple(path for path, text in new.items() if errors(path, text) > errors(path, old.get(path) or b"")),
        lost=tuple(_lost(before, after, new, users)),
        unserved=tuple(sorted(_served(before) - _served(after))),
        rewritten=tuple(path for path, text in new.items() if old.get(path) not in (None, text) and is_migration(before, path)),
        misplaced=tuple(_misplaced(before, after, new)),
        failed=tuple(
            id for id, outcome in after.outcomes.items() if outcome.failed and not (id in before.outcomes and before.outcomes[id].failed)
        ),
    )


def _more(some: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of `others` that are not among `some`."""
    left = Counter(map(entry_of, some))
    found = []
    for finding in others:
        left[entry_of(finding)] -= 1
        if left[entry_of(finding)] < 0:
            found.append(finding)
    return tuple(found)


def _lost(before: Snapshot, after: Snapshot, texts: Mapping[str, bytes], users: Users | None) -> Iterator[LostName]:
    removed = {
        Place(path, item.name)
        for path in texts
        for item in before.model.of(path, Definition)
        if Place(path, item.name) not in _defined(after, path) and not _is_given_otherwise(after, path, item.name, texts[path])
    }
    if removed:
        lost = list(_used(removed, before, after))
        yield from lost
        left = removed - {Place(item.path, item.name) for item in lost}
        if left and users is not None:
            yield from _used(left, *users({place.name.rpartition(".")[2] for place in left}))


def _used(removed: set[Place], before: Snapshot, after: Snapshot) -> Iterator[LostName]:
    told: set[Place] = set()
    for user, resolved in after.model.imports.items():
        for item, target in resolved:
            place = Place(target, item.name)
            if place in removed and place not in told and user != target:
                told.add(place)
                yield LostName(place.name, place.path, after.location(Location(user, item.span)))
    for place in sorted(removed - told):
        for caller in before.model.calls.callers(place):
            call = _unresolved(after, caller.place.path, caller.call.callee)
            if call is not None:
                yield LostName(place.name, place.path, after.location(Location(caller.place.path, call.span)))
                break


def _defined(snapshot: Snapshot, path: str) -> set[Place]:
    return {Place(path, item.name) for item in snapshot.model.of(path, Definition)}


def _is_given_otherwise(snapshot: Snapshot, path: str, name: str, text: bytes) -> bool:
    """Whether a file still has a name that it does not define: by an import, or as what looks like a variable."""
    if any(item.alias == name for item in snapshot.model.of(path, Import)):
        return True
    return re.search(rb"\b" + re.escape(name.rpartition(".")[2].encode()) + rb"\s*(:?=(?!=)|:\s)", text) is not None


def _unresolved(snapshot: Snapshot, path: str, callee: str) -> Call | None:
    """Return a call of a file that still names `callee`, which leads nowhere any more."""
    for call in snapshot.model.of(path, Call):
        if call.callee == callee:
            return call if snapshot.model.classes.find(path, callee) is None else None
    return None


def _served(snapshot: Snapshot) -> set[str]:
    return {f"{item.method} {item.shape}" for item in snapshot.model.routes.endpoints if item.is_complete}


def is_migration(snapshot: Snapshot, path: str) -> bool:
    """Whether a file is a migration, or the way back of one, which lies beside it."""
    file = snapshot.files.get(path)
    if file is not None and any(item.tool != "schema" for item in file.of(Migration)):
        return True
    if basename(path) in _NO_MIGRATIONS:
        return False
    here = dirname(path)
    suffix = basename(path).rpartition(".")[2]
    return any(
        dirname(other) == here and other.endswith(f".{suffix}") and item.tool != "schema" for other, item in snapshot.model.each(Migration)
    )


def _misplaced(before: Snapshot, after: Snapshot, texts: Mapping[str, bytes]) -> Iterator[str]:
    chains: dict[str, list[tuple[str, Migration]]] = defaultdict(list)
    for path, migration in after.model.each(Migration):
        if migration.tool != "schema":
            chains[folder(path, migration)].append((path, migration))
    for chain in chains.values():
        is_old = [path in before.files for path, _ in ordered(chain)]
        last = max((index for index, old in enumerate(is_old) if old), default=-1)
        yield from (path for (path, _), old in zip(ordered(chain)[:last], is_old, strict=False) if not old and path in texts)
