"""How Go reads environment variables, through the helpers that every code base writes for itself."""

from __future__ import annotations

from typing import NamedTuple

from architrave.facts.code import Block, Call, Comparison, Return
from architrave.facts.values import Invocation, Name, Sequence, String, Template, Value, names, text, walk
from architrave.framework import File

READERS = frozenset({"os.Getenv", "os.LookupEnv", "syscall.Getenv"})
_PASSING = frozenset(
    {"strconv.Atoi", "strconv.ParseInt", "strings.TrimSpace", "strings.TrimSuffix", "strings.TrimRight", "strings.ToLower", "cmp.Or"}
)
_DEPTH = 5
_ENDS = frozenset(
    {"panic", "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "github.com/sirupsen/logrus.Fatal"}
    | {"github.com/sirupsen/logrus.Fatalf"}
)


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
    if value.callee == "cmp.Or":
        inner = _read(value.arguments[0].value, file)
        return Setting(inner.key, text(value.arguments[-1].value)) if inner is not None and len(value.arguments) > 1 else inner
    at = 0 if value.callee in READERS else helpers(file).get(value.callee)
    if at is None or at >= len(value.arguments):
        return None
    key = text(file.constant(value.arguments[at].value))
    if not key:
        return None
    if value.callee in READERS:
        return Setting(key)
    given = value.arguments[at + 1].value if at + 1 < len(value.arguments) else None
    return Setting(key, text(given) if text(given) is not None else "" if given is not None else None)


def helpers(file: File) -> dict[str, int]:
    """The file's own functions that read the variable that a parameter names, with its position; a default stands behind it."""
    return file.once(_helpers)


def _helpers(file: File) -> dict[str, int]:
    known = {}
    for call in file.all(Call):
        if call.callee not in READERS or not call.function or not call.arguments:
            continue
        definition = file.definition(call.function)
        first = call.arguments[0].value
        for index, parameter in enumerate(definition.parameters if definition is not None else ()):
            if isinstance(first, Name) and first.written == parameter.name and definition is not None:
                known[definition.name] = index
    return known


def use(call: Call, name: str, file: File) -> tuple[bool, bool]:
    """Return (has a default, is required) of what a call reads, which `name` keeps: a variable, or a field with a dot in front.

    `if port == "" { port = "8080" }` is a default, `if url == "" { log.Fatal(…) }` a demand.
    """
    if call.callee == "os.LookupEnv" and not name:
        return True, False
    comparisons = [item for item in file.all(Comparison) if "." in name or item.function == call.function]
    if not name:
        is_flag = any(item.span.contains(call.span) for item in comparisons)  # `len(os.Getenv("X")) > 0`
        return is_flag or any(item.span.contains(call.span) and _copes(item, file) for item in file.calls_in(call.function)), False
    field = f".{name.rpartition('.')[2]}" if "." in name else name
    asked = [item for item in comparisons if any(_is_called(part, field) for part in names(item.left))]
    if any(_fails(item, file) for item in asked):
        return False, True
    return bool(asked) or call.callee == "os.LookupEnv", False


def _copes(outer: Call, file: File) -> bool:
    """Whether a call that gets the value may live without it: `cmp.Or`, or a function of the file's own."""
    return outer.callee == "cmp.Or" or (file.definition(outer.callee) is not None and outer.callee[:1].islower())


def _is_called(written: str, name: str) -> bool:
    return written.endswith(name) if name.startswith(".") else written == name


def _fails(comparison: Comparison, file: File) -> bool:
    """Whether the branch of `if x == ""` ends the program or returns an error."""
    if comparison.operator != "==" or text(comparison.right) != "":
        return False
    span = comparison.span
    after = [
        block
        for block in file.all(Block)
        if block.kind in ("branch", "error") and block.function == comparison.function
        if block.span.chunk == span.chunk and block.span.start >= span.end
    ]
    branch = min(after, key=lambda block: block.span.start, default=None)
    if branch is None:
        return False
    if any(branch.span.contains(call.span) and call.callee in _ENDS for call in file.calls_in(branch.function)):
        return True
    return any(
        isinstance(part, Invocation) and part.callee in ("errors.New", "fmt.Errorf")
        for item in file.all(Return)
        if branch.span.contains(item.span)
        for part in walk(item.value)
    )


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
