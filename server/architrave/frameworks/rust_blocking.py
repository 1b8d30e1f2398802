"""Rust calls that hold the thread of an asynchronous runtime until they are done."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Call, Definition
from architrave.facts.values import Invocation, Name, Number, Replacement
from architrave.framework import File, Framework

framework = Framework("rust-blocking", languages=("rust",))

_DATABASE = "waits for the database"
_DISK = "waits for the disk"
_FILES = (
    "read", "read_to_string", "write", "copy", "rename", "remove_file", "remove_dir_all", "create_dir", "create_dir_all", "read_dir",
    "metadata", "canonicalize",
)  # fmt: skip
_HTTP = ("get", "post", "put", "patch", "delete", "head", "request", "execute")
_UREQ = ("get", "post", "put", "patch", "delete", "head")
# Name -> (what it waits for, what to use instead).
_BLOCKING: dict[str, tuple[str, str]] = {
    "std.thread.sleep": ("sleeps", "tokio::time::sleep"),
    "thread.sleep": ("sleeps", "tokio::time::sleep"),
    **{f"std.fs.{name}": (_DISK, f"tokio::fs::{name}") for name in _FILES},
    "std.fs.File.open": (_DISK, "tokio::fs::File::open"),
    "std.fs.File.create": (_DISK, "tokio::fs::File::create"),
    "reqwest.blocking.get": ("waits for HTTP", "reqwest::Client"),
    **{f"reqwest.blocking.Client().{name}": ("waits for HTTP", "reqwest::Client") for name in _HTTP},
    **{f"ureq.{name}": ("waits for HTTP", "reqwest::Client") for name in _UREQ},
    **{f"std.process.Command().{name}": ("waits for a process", "tokio::process::Command") for name in ("output", "status")},
    "bcrypt.hash": ("computes a slow hash", "tokio::task::spawn_blocking"),
    "bcrypt.verify": ("computes a slow hash", "tokio::task::spawn_blocking"),
    "argon2.Argon2().hash_password": ("computes a slow hash", "tokio::task::spawn_blocking"),
    "argon2.Argon2().verify_password": ("computes a slow hash", "tokio::task::spawn_blocking"),
    "argon2.hash_encoded": ("computes a slow hash", "tokio::task::spawn_blocking"),
    "argon2.verify_encoded": ("computes a slow hash", "tokio::task::spawn_blocking"),
    "std.net.TcpStream.connect": ("waits for the network", "tokio::net::TcpStream"),
    "diesel.PgConnection.establish": (_DATABASE, "diesel_async"),
    "diesel.pg.PgConnection.establish": (_DATABASE, "diesel_async"),
}
_SPAWN = "tokio::task::spawn_blocking"
_ASYNC_FILES = frozenset(_FILES) - {"read_dir"}  # With the same results as those of the standard library.
_SLEEPS = ("std.thread.sleep", "thread.sleep")


@framework.call(*_BLOCKING)
def blocking(call: Call, file: File) -> Iterator[Fact]:
    if call.is_awaited or not call.function:
        return
    what, instead = _BLOCKING[call.callee]
    definition = file.definition(call.function)
    is_async = definition is not None and definition.is_async
    if call.function == "main" or (what in (_DISK, _DATABASE) and not is_async):  # What is done once, at the start, keeps nobody waiting.
        return
    span = call.span.until(call.name_span)
    shown = call.written.replace(".", "::") if "()" not in call.written else call.callee.replace(".", "::")
    duration = _duration(call, file) if call.callee in _SLEEPS and is_async else ""
    has_tokio = duration and (file.imports("tokio", "axum", "tonic") or _is_tokio(file))
    if has_tokio and not file.enclosing(call.span, "callback"):  # In a closure `.await` may not stand.
        fix = Replacement(call.span, f"tokio::time::sleep({duration}).await")
        yield BlockingCall(span, shown, call.function, what, instead, (fix,))
    elif what == _DISK and call.callee.rpartition(".")[2] in _ASYNC_FILES and _may_wait(call, file):
        fix = Replacement(span, instead)
        yield BlockingCall(span, shown, call.function, what, instead, (fix, Replacement(call.span.after, ".await")))
    elif instead == _SPAWN and _may_wait(call, file) and _is_owned(call, file):
        opening = Replacement(call.span.before, f"{_SPAWN}(move || ")
        fix = Replacement(call.span.after, ').await.expect("hashing does not panic")')
        yield BlockingCall(span, shown, call.function, what, instead, (opening, fix))
    else:
        yield BlockingCall(span, shown, call.function, what, instead)


def _may_wait(call: Call, file: File) -> bool:
    """Whether `.await` may stand after a call: straight in a function of tokio's."""
    definition = file.definition(call.function)
    if definition is None or not definition.is_async or file.enclosing(call.span, "callback"):
        return False
    return file.imports("tokio", "axum", "tonic", "actix_web") or _is_tokio(file)


def _is_owned(call: Call, file: File) -> bool:
    """Whether all arguments may move to another thread: numbers, constants, and parameters that are strings of their own."""
    owned = {item.name for item in file.parameters(call.function) if item.type in ("String", "u32", "Vec<u8>")}
    return all(
        isinstance(item.value, Number) or (isinstance(item.value, Name) and (item.value.written in owned or item.value.written.isupper()))
        for item in call.arguments
    )


def _is_tokio(file: File) -> bool:
    return any(item.name.startswith("tokio.") for definition in file.all(Definition) for item in definition.decorators)


def _duration(call: Call, file: File) -> str:
    """Return the argument of a sleep as it is written, when it is a variable or a duration made of a whole number."""
    value = call.arguments[0].value if len(call.arguments) == 1 else None
    if isinstance(value, Name) and "." not in value.written and value.span == call.arguments[0].span:
        return value.written
    if isinstance(value, Invocation) and len(value.arguments) == 1:
        made = next((other for other in file.calls_in(call.function) if other.span == value.span), None)
        amount = value.arguments[0].value
        if (
            made is not None
            and isinstance(amount, Number)
            and amount.value == int(amount.value)
            and ".Duration.from_" in f".{made.written}"
        ):
            return f"{made.written.replace('.', '::')}({int(amount.value)})"
    return ""
