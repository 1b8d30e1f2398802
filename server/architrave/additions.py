"""What a fix adds to a call or a mapping: on a line of its own where the others have theirs, else beside the last of them.

Facts have places and no text, so lines are told by distance: between a bracket and what follows it on its line stands one space at most.
"""

from __future__ import annotations

from architrave.facts.code import Call
from architrave.facts.values import Mapping, Replacement


def keyword(call: Call, text: str) -> Replacement:
    """Add `name=value` to a call of Python, or `Name: value` to a struct of Go: its order among its likes means nothing."""
    if not call.arguments:
        return Replacement(call.arguments_span.before, text)
    named = next((index for index, item in enumerate(call.arguments) if item.name), None)
    if named is not None:
        before = call.arguments[named - 1].span.after if named else call.arguments_span.before
        if call.arguments[named].span.start - before.start > len(", " if named else " "):
            return Replacement(call.arguments[named].span, f"{text},", "before")
    return Replacement(call.arguments[-1].span.after, f", {text}")


def entry(mapping: Mapping, text: str) -> Replacement:
    """Add `key: value` to an object of JavaScript."""
    if not mapping.entries:
        return Replacement(mapping.span, f"{{ {text} }}")
    if mapping.entries[0].span.start - mapping.span.start > len("{ "):
        return Replacement(mapping.entries[0].span, f"{text},", "before")
    return Replacement(mapping.entries[-1].value.span.after, f", {text}")
