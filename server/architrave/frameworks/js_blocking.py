"""Calls of Node that hold its one thread until they are done: `readFileSync` and its like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Call, Import, Return
from architrave.facts.values import Replacement
from architrave.framework import File, Framework
from architrave.node.routers import LANGUAGES

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
_TOOLS = re.compile(r"(^|/)(\.[^/]+|scripts?|bin|tools|tooling|cli|build|generators?|seeds?|migrations?)/|\.config\.\w+$")
_ONCE = frozenset(
    {"main", "bootstrap", "start", "setup", "init", "initialize", "constructor", "onModuleInit", "run"}
)  # Before any request.


@framework.call(*_BLOCKING)
def blocking(call: Call, file: File) -> Iterator[Fact]:
    if _TOOLS.search(file.path) or not call.function or call.function.rpartition(".")[2] in _ONCE:
        return
    what, instead = _BLOCKING[call.callee]
    span = call.span.until(call.name_span)
    name = call.callee.rpartition(".")[2]
    fix = ""
    if call.written.count(".") == 1 and _stands_alone(call, file):
        holder = call.receiver
        is_whole = any(item.alias == holder and item.name in ("", "default") for item in file.all(Import))
        if is_whole and call.callee in _FS:
            fix = f"await {holder}.promises.{name.removesuffix('Sync')}"
        elif is_whole and call.callee in _HASHES:
            fix = f"await {holder}.{name.removesuffix('Sync')}"
    definition = file.definition(call.function)
    is_async = definition is not None and definition.is_async
    is_direct = not file.enclosing(call.span, "callback", "loop") or not fix
    has_fix = bool(fix) and is_async and is_direct
    yield BlockingCall(span, call.callee, call.function, what, instead, (Replacement(span, fix),) if has_fix else ())


def _stands_alone(call: Call, file: File) -> bool:
    """Whether nothing goes on from the call's value, so that `await` may stand before it."""
    if call.is_discarded or file.assigned(call) is not None:
        return True
    if any(item.value.span == call.span for item in file.all(Return)):
        return True
    return any(argument.span == call.span for other in file.calls_in(call.function) for argument in other.arguments)
