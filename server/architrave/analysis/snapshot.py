"""One state of a workspace: immutable, so that a slow request may go on reading it while the next edit comes in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from architrave.analysis.filefacts import FileFacts
from architrave.analysis.judgement import Judged, Judgement
from architrave.analysis.runner import Outcome
from architrave.facts import Fact
from architrave.findings import Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.text import Location, Span


class Snapshot:
    """Facts, model and findings of one state. Everything it hands out has absolute spans. Any thread may read it."""

    def __init__(
        self,
        files: Mapping[str, FileFacts],
        model: Model,
        outcomes: Mapping[str, Outcome],
        judgement: Judgement,
        earlier: Snapshot | None = None,
    ) -> None:
        """What `earlier` had made absolute is taken over where its files are the same."""
        self.files = files
        self.model = model
        self.outcomes = outcomes
        self._judgement = judgement
        self._known: dict[int, _Known] = earlier._known if earlier is not None else {}

    @cached_property
    def judged(self) -> Judged:
        """The findings that are shown and those that are not."""
        known = {id(item): self._placed(item) for outcome in self.outcomes.values() for item in outcome.findings}
        self._known = known
        return self._judgement.over([item.absolute for item in known.values()], self.files, self.outcomes)

    def _placed(self, finding: Finding) -> _Known:
        known = self._known.get(id(finding))
        if known is not None and known.finding is finding and all(self.files.get(path) is file for path, file in known.files):
            return known
        paths = dict.fromkeys(location.path for location in _locations(finding))
        return _Known(finding, self._absolute(finding), tuple((path, self.files.get(path)) for path in paths))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings to show, by path, place and rule."""
        return self.judged.shown

    @cached_property
    def by_path(self) -> Mapping[str, tuple[Finding, ...]]:
        found: dict[str, list[Finding]] = defaultdict(list)
        for item in self.findings:
            found[item.location.path].append(item)
        return {path: tuple(items) for path, items in found.items()}

    def facts(self, path: str) -> tuple[Fact, ...]:
        """Return the facts of a file with absolute spans, in the order of the file."""
        file = self.files.get(path)
        return absolute_facts(file) if file is not None else ()

    def location(self, location: Location) -> Location:
        """Return a location of the model with its absolute span."""
        file = self.files.get(location.path)
        return location if file is None or not location.span.chunk else Location(location.path, file.absolute(location.span))

    def _absolute(self, finding: Finding) -> Finding:
        return replace(
            finding,
            location=self.location(finding.location),
            related=tuple(Related(self.location(item.location), item.message) for item in finding.related),
            fix=self._fix(finding.fix) if finding.fix is not None else None,
        )

    def _fix(self, fix: Fix) -> Fix:
        return replace(fix, edits=tuple(self._edit(edit) for edit in fix.edits))

    def _edit(self, edit: Edit) -> Edit:
        return replace(edit, location=self.location(edit.location), copied=self.location(edit.copied) if edit.copied is not None else None)


class _Known(NamedTuple):
    """A finding made absolute by the files that it speaks of, which are kept to see whether they are the same."""

    finding: Finding
    absolute: Finding
    files: tuple[tuple[str, FileFacts | None], ...]


def _locations(finding: Finding) -> Iterator[Location]:
    yield finding.location
    for related in finding.related:
        yield related.location
    for edit in finding.fix.edits if finding.fix is not None else ():
        yield edit.location
        if edit.copied is not None:
            yield edit.copied


def absolute_facts(file: FileFacts) -> tuple[Fact, ...]:
    """Return the facts of a file with absolute spans, in the order of the file."""
    return tuple(sorted((_moved(fact, file) for fact in file.facts), key=lambda fact: (fact.span, type(fact).__name__)))


def _moved(value: Any, file: FileFacts) -> Any:
    """Return a fact, or any part of one, with absolute spans."""
    if isinstance(value, Span):
        return file.absolute(value)
    if isinstance(value, tuple):
        return tuple(_moved(item, file) for item in value)
    if isinstance(value, Struct):
        return type(value)(*(_moved(getattr(value, name), file) for name in value.__struct_fields__))
    return value
