"""Expressions as far as they can be known without running anything.

Languages turn the arguments, defaults and assigned values of code, and the documents of YAML, JSON, TOML and HCL, into these values.
What cannot be known is `Unknown`, and stays silent in every rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from architrave.text import Span


class String(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A string literal, unescaped. `span` includes the quotes."""

    span: Span
    value: str


class Template(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A string built of parts: f-string, template literal, concatenation, `format!`, `fmt.Sprintf`."""

    span: Span
    parts: tuple[Value, ...]


class Number(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    span: Span
    value: float


class Boolean(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    span: Span
    value: bool


class Null(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    span: Span


class Name(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A name or member chain, resolved through the file's imports: `settings.url`, `http.StatusOK`. `written` is as the code has it."""

    span: Span
    name: str
    written: str


class Invocation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A call used as a value."""

    span: Span
    callee: str
    arguments: tuple[Argument, ...] = ()


class Sequence(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A list, tuple, set or array literal."""

    span: Span
    items: tuple[Value, ...]


class Mapping(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A dict, object, struct literal or YAML mapping. Spread entries have the key `...`."""

    span: Span
    entries: tuple[Entry, ...]

    def get(self, *path: str) -> Value | None:
        """Return the value under nested keys, or None."""
        value: Value | None = self
        for key in path:
            if not isinstance(value, Mapping):
                return None
            value = next((entry.value for entry in value.entries if entry.key == key), None)
        return value

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key), None)


class Function(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A lambda, arrow function or closure; `name` is the name its definition has in the file."""

    span: Span
    name: str


class Operation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What is counted up or down from a name or a call: `account.balance - amount`, `count + 1`.

    A longer one has its first value, and `Unknown` for the second. `walk` does not go into it: a number is no text to be passed on.
    """

    span: Span
    left: Value
    operator: Literal["+", "-"]
    right: Value


class Unknown(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    span: Span


Value = String | Template | Number | Boolean | Null | Name | Invocation | Sequence | Mapping | Function | Operation | Unknown
_COUNTED = (Name, Invocation)


class Argument(Struct, frozen=True, array_like=True, gc=False):
    """An argument of a call. `name` is the keyword, or "" for a positional one; `*` and `**` for spread ones."""

    span: Span
    value: Value
    name: str = ""


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """A key and its value in a mapping; `span` is the key's."""

    span: Span
    key: str
    value: Value


class Replacement(Struct, frozen=True, array_like=True, gc=False):
    """One edit of a fix in the file of its fact: `text` is written where `span` is.

    `line` and `copied` are those of `findings.Edit`: how it is laid out, and whose text `{}` in `text` stands for.
    """

    span: Span
    text: str
    line: Literal["", "after", "before", "inside", "whole"] = ""
    copied: Span | None = None


def text(value: Value | None) -> str | None:
    """Return the text of a string literal, or None."""
    return value.value if isinstance(value, String) else None


def number(value: Value | None) -> float | None:
    return value.value if isinstance(value, Number) else None


def template(value: Value | None) -> str | None:
    """Return a string or template with every hole written `{}`, or None when the value is no text."""
    if isinstance(value, String):
        return value.value
    if isinstance(value, Template):
        return "".join(part.value if isinstance(part, String) else "{}" for part in value.parts)
    return None


def is_text(value: Value) -> bool:
    return isinstance(value, String | Template)


def joined(span: Span, values: list[Value]) -> Value:
    """Return the text that values make one after another."""
    if all(isinstance(value, String) for value in values):
        return String(span, "".join(value.value for value in values if isinstance(value, String)))
    parts: list[Value] = []
    for value in values:
        parts.extend(value.parts if isinstance(value, Template) else (value,))
    return Template(span, tuple(parts))


def counted(span: Span, first: Value, operator: str, second: Value) -> Operation | Unknown:
    """Return what `first + second` or `first - second` is, as far as that can be told."""
    if operator == "+" or operator == "-":
        if isinstance(first, Operation):
            return Operation(span, first.left, first.operator, Unknown(second.span))
        if isinstance(first, _COUNTED) or (isinstance(second, Name) and operator == "+"):
            return Operation(span, first, "+" if operator == "+" else "-", second)
    return Unknown(span)


def walk(value: Value) -> Iterator[Value]:
    """Yield a value and all values in it, outermost first."""
    stack = [value]
    while stack:
        value = stack.pop()
        yield value
        if isinstance(value, Template):
            stack.extend(reversed(value.parts))
        elif isinstance(value, Sequence):
            stack.extend(reversed(value.items))
        elif isinstance(value, Mapping):
            stack.extend(entry.value for entry in reversed(value.entries))
        elif isinstance(value, Invocation):
            stack.extend(argument.value for argument in reversed(value.arguments))


def names(value: Value) -> Iterator[str]:
    """Yield every name that takes part in a value, as written."""
    for part in walk(value):
        if isinstance(part, Name):
            yield part.written
