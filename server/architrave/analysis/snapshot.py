"""One state of a workspace: immutable, so that a slow request may go on reading it while the next edit comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from architrave.analysis.filefacts import FileFacts
from architrave.analysis.judgement import Judged, Judgement, Part
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
        touched: Iterable[str] = (),
    ) -> None:
        """What `earlier` says of the files that were not `touched` since, in themselves or by what is found in them, holds still."""
        self.files = files
        self.model = model
        self.outcomes = outcomes
        self._judgement = judgement
        self._ran = frozenset(id for id, outcome in outcomes.items() if not outcome.failed)
        # What an earlier one says of each file, and the files that were touched since. One value, as another thread may put it aside.
        self._since: tuple[Mapping[str, Part] | None, frozenset[str]] = (None, frozenset())
        if earlier is not None and earlier._judgement is judgement and earlier._ran == self._ran:
            base, before = earlier._since
            parts = earlier.__dict__.get("_parts")
            self._since = (parts, frozenset(touched)) if parts is not None else (base, before.union(touched))

    @cached_property
    def _parts(self) -> Mapping[str, Part]:
        """What is said of each file of which something is."""
        base, touched = self._since
        parts = dict(base) if base is not None else {}
        paths: Iterable[str] = touched
        if base is None:
            paths = {*(path for outcome in self.outcomes.values() for path in outcome.by_path), *self._covered()}
        for path in paths:
            found = [finding for outcome in self.outcomes.values() for finding in outcome.by_path.get(path, ())]
            file = self.files.get(path)
            if found or (file is not None and file.covers):
                parts[path] = self._judgement.over(path, map(self._absolute, found), self.files, self._ran)
            else:
                parts.pop(path, None)
        self._since = (None, frozenset())
        return parts

    def _covered(self) -> Iterator[str]:
        return (path for path, file in self.files.items() if file.covers)

    @cached_property
    def _judged(self) -> Mapping[str, Part]:
        return self._judgement.together(self._parts)

    @cached_property
    def judged(self) -> Judged:
        """The findings that are shown and those that are not."""
        parts = [part for _, part in sorted(self._judged.items())]
        return Judged(
            tuple(finding for part in parts for finding in part.shown),
            tuple(finding for part in parts for finding in part.suppressed),
            tuple(finding for part in parts for finding in part.known),
            tuple(finding for part in parts for finding in part.elsewhere),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings to show, by path, place and rule."""
        return self.judged.shown

    @cached_property
    def by_path(self) -> Mapping[str, tuple[Finding, ...]]:
        """The findings to show; of a file of which the same is said as before, the same object."""
        return {path: part.shown for path, part in self._judged.items() if part.shown}

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
