"""What holds a client in Go, and the addresses that clients are given."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.address import Address, address
from architrave.facts.api import Endpoint
from architrave.facts.code import Assignment, Block, Call, Field
from architrave.facts.values import Name, Replacement, String, Template, Value
from architrave.framework import File
from architrave.golang.imports import imported
from architrave.golang.settings import setting
from architrave.regexes import regex
from architrave.text import Span

_WORD = regex(r"\W+")


def holder(call: Call, file: File) -> str:
    """Return what holds the thing that a call makes: a variable, or a field as `Alerts.client`; "" when nothing does."""
    assignment = file.assigned(call)
    if assignment is not None:
        return named(assignment.target, assignment.function, file)
    for outer in file.calls_in(call.function):
        if outer.span.chunk == call.span.chunk and outer.span.start < call.span.start and call.span.end <= outer.span.end:
            for argument in outer.arguments:
                if argument.name and argument.value.span.end == call.span.end and argument.span.contains(call.span):
                    return f"{outer.callee}.{argument.name}"
    return ""


def named(written: str, function: str, file: File) -> str:
    """Return `Alerts.client` for `a.client` inside a method of `Alerts`; variables keep their names."""
    head, dot, rest = written.partition(".")
    if not dot or "." not in function or _is_variable(head, function, file):
        return written
    return f"{function.partition('.')[0]}.{rest}"


def elsewhere(call: Call, file: File, wanted: str) -> str:
    """Return what a call, or the chain that it ends, is made on, when only another file tells what that is; else "".

    `wanted` is how its type must begin: `db.DB:gorm.io/gorm.` of an imported package, `Server().db:…` of a struct of the same package.
    """
    start = next(iter(file.chain(call)), call)
    owner = start.callee.rpartition(".")[0]
    head = start.written.partition(".")[0]
    if "()" in owner:  # A field: of a struct that stands in another file.
        struct, _, attribute = owner.rpartition(".")
        is_known = not struct.endswith("()") or any(field.owner == struct[:-2] and field.name == attribute for field in file.all(Field))
        return "" if is_known else f"{owner}:{wanted}"
    if not file.is_imported(head) and (not owner or "." in owner or _is_variable(head, call.function, file)):
        return ""
    return f"{owner}:{wanted}"


def _is_variable(name: str, function: str, file: File) -> bool:
    """Whether a name is a parameter or a variable of a function or of the file, and so not the receiver of the method."""
    return any(parameter.name == name for parameter in file.parameters(function)) or bool(file.assignments(name, function))


def is_kept(name: str, function: str, file: File) -> bool:
    """Whether what `name` holds outlives the function: a field, a global, or a constructor or `main` makes it."""
    last = function.rpartition(".")[2]
    if (
        not function
        or last in ("main", "init", "run", "Run", "setup", "Setup", "wire")
        or last.lower().startswith(("new", "init", "setup"))
    ):
        return True
    return "." in name or bool(name and any(not item.function for item in file.assignments(name)))


def url(value: Value | None, file: File, function: str) -> tuple[Address | None, str]:
    """Return the address that a value holds, and the setting that its base is read from."""
    found = address(value, lambda part: file.constant(part, function))
    if found is None:
        return None, ""
    base = found.base
    known = file.constant(value, function)
    if base is None and not found.host and isinstance(known, Template) and len(known.parts) > 1:
        first = known.parts[0]
        if isinstance(first, String) and first.value.endswith("://"):  # fmt.Sprintf("http://%s/items", addr)
            base = known.parts[1]
    read = setting(base, file, function)
    if read is not None:
        return found, read.key
    return found, base.name if isinstance(base, Name) and "." in base.name else ""


def endpoint(found: Address | None, value: Value | None, function: str, file: File) -> Iterator[Endpoint]:
    """Yield the literal address in a value, with the text that reads it from the environment."""
    if found is None or not found.host or value is None:
        return
    at = file.constant(value, function) or value
    is_declared = at is not value and not _is_variable_of_function(at, file)
    key = f"{_WORD.sub('_', found.host.split('.')[0]).upper()}_URL" if not found.host[0].isdigit() else "SERVICE_URL"
    fix = () if is_declared else _configured(key, found, at, file)
    shown = f"{found.scheme}://{found.authority}{found.path}" if found.scheme else found.authority
    yield Endpoint(at.span, shown, found.host, found.port, function, "", fix, key)


def _is_variable_of_function(value: Value, file: File) -> bool:
    """Whether `name := value` gives a value its name; a constant could not take what is read at run time."""
    return any(
        item.value is value and item.function and value.span.start == item.span.start + len(f"{item.target} := ")
        for item in file.near(Assignment, value.span)
    )


def _configured(key: str, found: Address, value: Value, file: File) -> tuple[Replacement, ...]:
    """Read scheme and host from the environment; the rest of the text stays as it is."""
    imports, literal = imported(file, "os"), found.literal(value)
    if imports is None or literal is None or set(literal.rest) & set('"\\'):
        return ()
    read = f'os.Getenv("{key}")'
    if literal.is_quoted:
        return Replacement(literal.span, read + (f' + "{literal.rest}"' if literal.rest else "")), *imports
    # fmt.Sprintf("http://inventory/items/%s", sku)
    first = next((part for part in value.parts if not isinstance(part, String)), None) if isinstance(value, Template) else None
    if first is None:
        return ()
    base = Span(literal.span.start, literal.span.end - len(literal.rest.encode()), literal.span.chunk)
    return Replacement(base, "%s"), Replacement(first.span.before, f"{read}, "), *imports


def hoisted(call: Call, file: File) -> tuple[Replacement, ...]:
    """Make the variable `name := call`, of constants only, one of the package, below its function."""
    assignment = file.assigned(call)
    if assignment is None or not file.is_constant(call) or file.is_set_up(assignment):
        return ()
    value = Span(assignment.span.start + len(f"{assignment.target} := "), assignment.span.end, assignment.span.chunk)
    block = next((item for item in file.near(Block, call.span) if item.kind == "function" and item.function == call.function), None)
    if block is None or call.span.start - value.start not in (0, 1):  # `name, err := …`; `&http.Client{…}` begins before its name.
        return ()
    moved = Replacement(block.span, f"\nvar {assignment.target} = {{}}", "after", value)
    return moved, Replacement(assignment.span, "", "whole")
