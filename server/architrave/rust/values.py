"""Values of Rust followed through variables, constants and the fields that a struct literal of the same file fills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from architrave.facts.code import Block, Call, Definition, Field, Return
from architrave.facts.values import Invocation, Name, Sequence, Value, names, walk
from architrave.framework import File

_DEPTH = 5
_KEPT_IN = ("get_or_init", "get_or_try_init", "call_once", "force")
_ONCE = ("main", "new", "default", "build", "run", "start", "serve", "setup", "startup", "init", "spawn_app", "from_env", "connect")


def fields(file: File) -> dict[str, list[Value]]:
    """Return what the struct literals of a file give to each field, `Client.url`."""
    return file.once(_fields)


def _fields(file: File) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = defaultdict(list)
    owners = {item.name for item in file.all(Definition) if item.kind == "struct"}
    for call in file.all(Call):
        if call.callee in owners:
            for argument in call.arguments:
                if argument.name:
                    found[f"{call.callee}.{argument.name}"].append(_through(argument.value, file, call.function))
    return found


def _through(value: Value, file: File, function: str) -> Value:
    """Follow a shorthand `Self { url }` to what the variable holds."""
    known = file.constant(value, function)
    return known if known is not None else value


def known(value: Value | None, file: File, function: str) -> Value | None:
    """Follow a value to where it is literal, read from a setting, or a field of a struct of another file."""
    for _ in range(_DEPTH):
        if not isinstance(value, Name):
            break
        followed = file.constant(value, function)
        if followed is None or followed is value:
            given = fields(file).get(value.name.replace("()", ""), ())
            if len(given) != 1:
                break
            followed = given[0]
        if isinstance(followed, Sequence) or (isinstance(followed, Invocation) and not _is_read(followed)):
            return value if not _is_literal(followed) else followed
        value = followed
    return value


def _is_read(value: Invocation) -> bool:
    return value.callee in ("std.env.var", "env.var", "dotenvy.var", "std.env.var_os")


def _is_literal(value: Value) -> bool:
    return isinstance(value, Sequence) or not any(isinstance(part, Name) for part in walk(value))


def follower(file: File, function: str) -> Callable[[Value], Value | None]:
    return lambda value: known(value, file, function)


def kept(call: Call, file: File) -> tuple[str, bool]:
    """Return the name of what holds what a call makes (`client`, `self.http`), and whether that outlives the function."""
    function = call.function
    last = function.rpartition(".")[2]
    if not function:
        assignment = file.assigned(call)
        return (assignment.target if assignment else ""), True
    is_once = last in _ONCE or last.startswith(("new_", "build_", "create_", "make_", "with_", "init_", "setup_"))
    for other in file.calls_in(function):  # Self { http: Client::new() }
        for argument in other.arguments:
            if argument.name and argument.value.span.end == call.span.end and argument.value.span.chunk == call.span.chunk:
                return f"self.{argument.name}", True
    for block in file.enclosing(call.span, "callback"):
        name = block.subject.name if isinstance(block.subject, Name) else ""
        method = name.rpartition(".")[2]
        if method in _KEPT_IN or name.startswith(("actix_web.HttpServer", "HttpServer")) or "Lazy" in name or "Once" in name:
            return "", True
    assignment = file.assigned(call)
    if assignment is None:
        returned = any(item.function == function and item.value.span.end == call.span.end for item in file.all(Return))
        return "", is_once or returned
    name = assignment.target
    for other in file.calls_in(function):
        for argument in other.arguments:
            if argument.name and name in names(argument.value):
                return f"self.{argument.name}", True
    handed = any(item.function == function and name in names(item.value) for item in file.all(Return) if not _calls_on(item.value, name))
    return name, is_once or handed or "." in name


def _calls_on(value: Value, name: str) -> bool:
    """Whether a value only uses a variable to call its methods."""
    return isinstance(value, Invocation) and not any(
        isinstance(argument.value, Name) and argument.value.written == name for argument in value.arguments
    )


def struct_fields(owner: str, file: File) -> list[Field]:
    return [item for item in file.all(Field) if item.owner == owner]


def inner(written: str) -> str:
    """Return what stands in the angle brackets of a type: `Page` of `axum.extract.Query<Page>`."""
    return written.partition("<")[2].rpartition(">")[0].strip()


def head(written: str) -> str:
    """Return the last name of a type before its angle brackets: `Query` of `web::Query<Page>`."""
    return written.partition("<")[0].strip("& ").rpartition(".")[2]


def in_loop(call: Call, file: File) -> Block | None:
    """Return the innermost loop round a call."""
    found = file.enclosing(call.span, "loop")
    return found[-1] if found else None
