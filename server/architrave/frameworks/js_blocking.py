"""Calls of Node that hold its one thread until they are done: `readFileSync` and its like."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Call, Import, Return
from architrave.facts.values import Replacement
from architrave.framework import File, Framework
from architrave.node.imports import imported
from architrave.node.routers import LANGUAGES
from architrave.regexes import regex

framework = Framework("js-blocking", languages=LANGUAGES)

_FILES = ("readFile", "writeFile", "appendFile", "copyFile", "readdir", "rm", "cp", "truncate", "rename", "unlink")
_FS = {f"fs.{name}Sync": ("waits for the disk", f"await fs.promises.{name}") for name in _FILES}
_PROCESSES = {
    f"child_process.{name}": ("waits for a process", f"await promisify({name.removesuffix('Sync')})")
    for name in ("execSync", "execFileSync", "spawnSync")
}
_HASHES = {
    f"{module}.{name}Sync": ("computes a slow hash", f"await {module}.{name}")
    for module in ("bcrypt", "bcryptjs")
    for name in ("hash", "compare")
}
_CRYPTO = {f"crypto.{name}Sync": ("computes a slow hash", f"await promisify(crypto.{name})") for name in ("pbkdf2", "scrypt")}
_ZLIB = {
    f"zlib.{name}Sync": ("compresses", f"await promisify(zlib.{name})")
    for name in ("gzip", "gunzip", "deflate", "inflate", "brotliCompress", "brotliDecompress")
}
_BLOCKING: dict[str, tuple[str, str]] = {
    **_FS,
    **_PROCESSES,
    **_HASHES,
    **_CRYPTO,
    **_ZLIB,
    "sync-request": ("waits for HTTP", "await fetch(…)"),
}
# What builds, generates or migrates has nobody waiting.
_TOOLS = regex(r"(^|/)(\.[^/]+|scripts?|bin|tools|tooling|cli|build|generators?|seeds?|migrations?)/|\.config\.\w+$")
_ONCE = frozenset(
    {"main", "bootstrap", "start", "setup", "init", "initialize", "constructor", "onModuleInit", "run"}
)  # Before any request.


@framework.call(*_BLOCKING)
def blocking(call: Call, file: File) -> Iterator[Fact]:
    if _TOOLS.search(file.path) or not call.function or call.function.rpartition(".")[2] in _ONCE:
        return
    what, instead = _BLOCKING[call.callee]
    span = call.span.until(call.name_span)
    definition = file.definition(call.function)
    may_wait = definition is not None and definition.is_async and not file.enclosing(call.span, "callback", "loop")
    yield BlockingCall(span, call.callee, call.function, what, instead, _awaited(call, file) if may_wait else ())


def _awaited(call: Call, file: File) -> tuple[Replacement, ...]:
    """Wait for what gives a promise instead."""
    name = call.name_span
    known = _promised(call, file)
    if known is None:
        return ()
    callee, *rest = known
    opening, closing = ("", "") if _stands_alone(call, file) else ("(", ")")
    fix = (Replacement(call.span.until(name), f"{opening}await {callee.text}"), *rest)
    return (*fix, Replacement(call.span.after, closing)) if closing else fix


def _promised(call: Call, file: File) -> tuple[Replacement, ...] | None:
    """Return what to call instead, and the import that it needs."""
    name = call.callee.rpartition(".")[2].removesuffix("Sync")
    holder = call.receiver
    is_whole = any(item.alias == holder and item.name in ("", "default", "*") for item in file.all(Import))
    if holder and call.written.count(".") == 1 and is_whole:
        if call.callee in _FS:
            return (Replacement(call.name_span, f"{holder}.promises.{name}"),)
        if call.callee in _HASHES:
            return (Replacement(call.name_span, f"{holder}.{name}"),)
        imports = imported(file, "node:util", "promisify")
        if call.callee in (*_CRYPTO, *_ZLIB) and imports is not None:
            return Replacement(call.name_span, f"promisify({holder}.{name})"), *imports
    elif not holder and call.callee in _FS:  # import { readFileSync } from "node:fs"
        source = next((item for item in file.all(Import) if item.alias == call.written), None)
        imports = imported(file, f"{source.module}/promises", name) if source is not None else None
        if imports is not None:
            return Replacement(call.name_span, name), *imports
    return None


def _stands_alone(call: Call, file: File) -> bool:
    """Whether nothing goes on from the call's value, so that `await` may stand before it."""
    if call.is_discarded or file.assigned(call) is not None:
        return True
    if any(item.value.span == call.span for item in file.all(Return)):
        return True
    return any(argument.span == call.span for other in file.calls_in(call.function) for argument in other.arguments)
