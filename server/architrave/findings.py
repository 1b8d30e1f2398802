"""What a rule has found, and how to mend it."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from architrave.text import Location

Severity = Literal["error", "warning", "information", "hint"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # Most severe first.
ALSO_HERE = "and here"  # What is said of the other places of one cause.


class Related(Struct, frozen=True):
    """Another place that takes part in a finding."""

    location: Location
    message: str


class Edit(Struct, frozen=True):
    """Replace the text of a span; an edit of a path that does not exist creates the file.

    `line` says how the text is laid out: "" writes it as it is; "after" and "before" make it one or more whole lines after or before
    the lines that hold the span, each indented like the first of them; "inside" after the last line of the span, indented like the least
    indented line in it (the end of a function's body); "whole" replaces all lines that the span touches, and removes them
    when `text` is "". `copied` is a place of the same file whose text stands in for `{}` in `text`, for fixes that move code.
    """

    location: Location
    text: str
    line: Literal["", "after", "before", "inside", "whole"] = ""
    copied: Location | None = None


class Fix(Struct, frozen=True):
    """A deterministic change. `is_safe` promises that the program's behaviour stays as intended, so that it may be applied unseen."""

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool = False


class Finding(Struct, frozen=True):
    """One cause of harm at one place.

    `subject` is what the finding is about in words that outlive edits (`GET /orders`, `orders.customer_id`): baselines and
    fingerprints are made of rule, path and subject, never of lines. `message` and each line of `evidence` are one line of text, names in
    backticks. `rule` and `severity` are filled in by `analysis`;
    a rule sets `severity` only to differ from its default. Of one that `is_masked` no report shows the text at its place.
    A rule that yields one finding a place names in `cause` what is mended by one decision: those of one cause become one finding, of which
    the others are related places.
    """

    location: Location
    message: str
    subject: str
    evidence: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None
    rule: str = ""
    is_masked: bool = False
    cause: str = ""

    @property
    def places(self) -> tuple[Location, ...]:
        """Where it is found, its own place first."""
        return (self.location, *(item.location for item in self.related if item.message == ALSO_HERE))
