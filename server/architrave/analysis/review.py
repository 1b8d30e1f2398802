"""A review of a part of the workspace, made of what the model knows: nothing in it is guessed, and the same state gives the same text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from architrave.analysis.describe import Mention, summary_of
from architrave.analysis.snapshot import Snapshot
from architrave.facts.api import HttpCall, Route
from architrave.facts.data import Table
from architrave.facts.deployment import SettingRead
from architrave.facts.messaging import Publish, Subscribe
from architrave.findings import Finding
from architrave.rule import known_rules
from architrave.text import Location

_MOST_COUPLED = 10


@dataclass(frozen=True)
class Line:
    """One line of a review: words of the workspace with where they are, and a remark of ours."""

    mention: Mention
    remark: str = ""


@dataclass(frozen=True)
class Section:
    """`heading` is ours."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Review:
    """`scope` is a path below the workspace, "" for all of it."""

    scope: str
    metrics: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    findings: tuple[tuple[str, tuple[Finding, ...]], ...]  # By responsibility.


def review(snapshot: Snapshot, scope: str = "", only: Container[str] | None = None) -> Review:
    """Return the review of a file or folder, or of the whole workspace; perhaps `only` of some files there."""
    paths = [path for path in sorted(snapshot.files) if _is_in(path, scope) and (only is None or path in only)]
    inside = frozenset(paths)
    sections = (Section(heading, tuple(tell(snapshot, inside))) for heading, tell in _SECTIONS.items())
    return Review(
        scope, tuple(_metrics(snapshot, paths)), tuple(item for item in sections if item.lines), tuple(_by_responsibility(snapshot, inside))
    )


def section(snapshot: Snapshot, heading: str, scope: str = "") -> Section:
    """Return one section of a review."""
    return Section(heading, tuple(_SECTIONS[heading](snapshot, frozenset(path for path in snapshot.files if _is_in(path, scope)))))


def metrics(snapshot: Snapshot, scope: str = "") -> tuple[tuple[str, str], ...]:
    return tuple(_metrics(snapshot, [path for path in sorted(snapshot.files) if _is_in(path, scope)]))


def _is_in(path: str, scope: str) -> bool:
    return not scope or path == scope or path.startswith(scope.rstrip("/") + "/")


def _metrics(snapshot: Snapshot, paths: list[str]) -> Iterator[tuple[str, str]]:
    files = [snapshot.files[path] for path in paths]
    languages = Counter(file.language for file in files if file.language)
    yield "Files", f"{len(files):,}"
    yield "Lines", f"{sum(file.lines for file in files):,}"
    yield "Languages", ", ".join(f"{name} {count}" for name, count in sorted(languages.items(), key=lambda item: (-item[1], item[0])))
    inside = frozenset(paths)
    modules = snapshot.model.modules
    outward = {item.target for item in modules.dependencies if item.source in inside and item.target not in inside}
    inward = {item.source for item in modules.dependencies if item.target in inside and item.source not in inside}
    yield "Depends on (modules outside)", str(len(outward))
    yield "Used by (modules outside)", str(len(inward))
    if outward or inward:
        # Instability, R. Martin, 1994.
        yield "Instability", f"{len(outward) / (len(outward) + len(inward)):.2f}"


def _routes(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[Line]:
    for path, route in snapshot.model.each(Route):
        if path not in inside:
            continue
        known = summary_of(snapshot, path, route)
        if known is None:
            continue
        remarks = [f"{len(known.callers)} {'caller' if len(known.callers) == 1 else 'callers'} in this workspace"]
        if known.tables:
            remarks.append("touches " + ", ".join(known.tables))
        remarks.append("guarded" if route.guards else "no guard of its own")
        yield Line(Mention(known.name, known.location), "; ".join(remarks))


def _tables(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[Line]:
    data = snapshot.model.data
    declared = {table.name: (path, table) for path, table in snapshot.model.each(Table) if path in inside}
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    for path, query in data.queries:
        if path in inside:
            for name in data.tables(path, query):
                asked[name]["read" if query.kind in ("select", "other") else "written"] += 1
    for name in sorted({*declared, *asked}):
        place = declared.get(name)
        location = snapshot.location(Location(place[0], place[1].span)) if place is not None else None
        counts = [f"{what} {count} {'time' if count == 1 else 'times'}" for what, count in sorted(asked[name].items())]
        yield Line(Mention(name, location), "; ".join((["declared here"] if place is not None else []) + counts))


def _calls(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[Line]:
    model = snapshot.model
    for path, call in model.each(HttpCall):
        if path in inside:
            host = call.host or ("{" + call.setting + "}" if call.setting else "")
            service = model.deployment.called(path, call)
            remarks = [f"to the service {service}"] if service else []
            if call.timeout == "none":
                remarks.append("no timeout")
            if call.in_loop:
                remarks.append("in a loop")
            text = f"{call.method} {host}{call.path or ''}".strip()
            yield Line(Mention(text, snapshot.location(Location(path, call.span))), "; ".join(remarks))


def _topics(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[Line]:
    for path, publish in snapshot.model.each(Publish):
        if path in inside and publish.topic:
            yield Line(Mention(publish.topic, snapshot.location(Location(path, publish.span))), f"published ({publish.broker})")
    for path, subscribe in snapshot.model.each(Subscribe):
        if path in inside and subscribe.topic:
            yield Line(Mention(subscribe.topic, snapshot.location(Location(path, subscribe.span))), f"received ({subscribe.broker})")


def _settings(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[Line]:
    found: dict[str, tuple[str, SettingRead]] = {}
    for path, read in snapshot.model.each(SettingRead):
        if path in inside and read.key:
            found.setdefault(read.key, (path, read))
    for key, (path, read) in sorted(found.items()):
        yield Line(Mention(key, snapshot.location(Location(path, read.span))), "has a default" if read.has_default else "")


def _coupled(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[Line]:
    modules = snapshot.model.modules
    counts = [(len(modules.on.get(path, ())), len(modules.of.get(path, ())), path) for path in inside]
    for inward, outward, path in sorted(counts, key=lambda item: (-(item[0] + item[1]), item[2]))[:_MOST_COUPLED]:
        if inward + outward:
            yield Line(Mention(path), f"used by {inward}, depends on {outward}")


_SECTIONS: Mapping[str, Callable[[Snapshot, frozenset[str]], Iterator[Line]]] = {
    "Routes": _routes,
    "Tables": _tables,
    "Outgoing calls": _calls,
    "Topics and queues": _topics,
    "Settings read": _settings,
    "Most coupled modules": _coupled,
}


def _by_responsibility(snapshot: Snapshot, inside: frozenset[str]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    rules = known_rules()
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in _within(snapshot.findings, inside):
        found[rules[finding.rule].responsibility if finding.rule in rules else "suppressions"].append(finding)
    yield from ((responsibility, tuple(items)) for responsibility, items in sorted(found.items()))


def _within(findings: Iterable[Finding], inside: frozenset[str]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.location.path in inside)
