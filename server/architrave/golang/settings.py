"""How Go reads environment variables, through the helpers that every code base writes for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts.code import Call, Comparison
from architrave.facts.values import Invocation, Name, Sequence, String, Template, Value, text
from architrave.framework import File

_READERS = frozenset({"os.Getenv", "os.LookupEnv", "syscall.Getenv"})
_PASSING = frozenset(
    {"strconv.Atoi", "strconv.ParseInt", "strings.TrimSpace", "strings.TrimSuffix", "strings.TrimRight", "strings.ToLower", "cmp.Or"}
)
_DEPTH = 5


class Setting(NamedTuple):
    """An environment variable and the default that the code gives it (None for none)."""

    key: str
    default: str | None = None


def setting(value: Value | None, file: File, function: str = "") -> Setting | None:
    """Return the environment variable that a value is read from, or None."""
    for _ in range(_DEPTH):
        if isinstance(value, Name):
            given = [*file.assignments(value.written, function), *(file.assignments(value.written) if function else ())]
            found = next((known for item in given if (known := _read(item.value, file))), None)
            if found is None:
                return None
            written = value.written
            literals = (text(file.constant(item.value, function)) for item in given if _is_other(item.value, written))
            literal = next((known for known in literals if known is not None), None)
            return Setting(found.key, found.default if found.default is not None else literal)
        known = _read(value, file)
        if known is not None:
            return known
        if isinstance(value, Invocation) and value.callee in _PASSING and value.arguments:
            value = value.arguments[0].value
        else:
            return None
    return None


def _is_other(value: Value, name: str) -> bool:
    return isinstance(value, String) or (isinstance(value, Name) and value.written != name)


def _read(value: Value | None, file: File) -> Setting | None:
    if not isinstance(value, Invocation) or not value.arguments:
        return None
    key = text(file.constant(value.arguments[0].value))
    if value.callee == "cmp.Or":
        inner = _read(value.arguments[0].value, file)
        return Setting(inner.key, text(value.arguments[-1].value)) if inner is not None and len(value.arguments) > 1 else inner
    if not key:
        return None
    if value.callee in _READERS:
        return Setting(key)
    if value.callee in helpers(file):
        return Setting(key, text(value.arguments[1].value) if len(value.arguments) > 1 else None)
    return None


def helpers(file: File) -> dict[str, bool]:
    """The file's own functions that read the variable their first parameter names, and whether each takes a default."""
    found = {}
    for call in file.all(Call):
        if call.callee not in _READERS or not call.function or not call.arguments:
            continue
        definition = file.definition(call.function)
        first = call.arguments[0].value
        if definition is not None and definition.parameters and isinstance(first, Name) and first.written == definition.parameters[0].name:
            found[definition.name] = len(definition.parameters) > 1 and definition.parameters[1].type == "string"
    return found


def has_default(call: Call, file: File) -> bool:
    """Whether what `os.Getenv` gives is checked for being empty, or is replaced where it is: the code then lives without it."""
    if call.callee == "os.LookupEnv":
        return True
    assignment = file.assigned(call)
    if assignment is None:
        return any(item.callee == "cmp.Or" and item.span.contains(call.span) for item in file.calls_in(call.function))
    for comparison in file.all(Comparison):
        if comparison.function == call.function and isinstance(comparison.left, Name) and comparison.left.written == assignment.target:
            return True
    return False


def address(value: Value | None, file: File, function: str) -> tuple[int | None, str] | None:
    """Return port and setting of an address to listen on: `":8080"`, `":" + os.Getenv("PORT")`; None when nothing is known."""
    known = file.constant(value, function)
    if isinstance(known, String):
        port = known.value.rpartition(":")[2]
        return (int(port), "") if port.isdigit() else ((80, "") if known.value == ":http" else None)
    if isinstance(known, Template):
        last = known.parts[-1] if known.parts else None
        if isinstance(last, String):
            port = last.value.rpartition(":")[2]
            return (int(port), "") if ":" in last.value and port.isdigit() else None
        return address_setting(last, file, function)
    if isinstance(known, Sequence):
        return None
    return address_setting(value, file, function)


def address_setting(value: Value | None, file: File, function: str) -> tuple[int | None, str] | None:
    found = setting(value, file, function)
    if found is None:
        literal = file.constant(value, function)
        if isinstance(literal, String) and literal.value.isdigit():
            return int(literal.value), ""
        return None
    port = (found.default or "").rpartition(":")[2]
    return (int(port) if port.isdigit() else None), found.key


def readers() -> Iterator[str]:
    yield from sorted(_READERS)
