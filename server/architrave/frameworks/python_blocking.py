"""Python calls that hold their thread until they are done."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Call, Import
from architrave.framework import File, Framework

framework = Framework("python-blocking", languages=("python",))

_HTTP = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_PROCESS = ("run", "call", "check_call", "check_output")
_REDIS = ("get", "set", "delete", "hgetall", "hset", "incr", "publish")
_SESSION = ("query", "execute", "scalars", "scalar", "commit", "flush", "refresh", "get", "merge")
# Name -> (what it waits for, what to use instead).
_BLOCKING: dict[str, tuple[str, str]] = {
    "time.sleep": ("sleeps", "await asyncio.sleep(…)"),
    **{f"requests.{method}": ("waits for HTTP", "httpx.AsyncClient") for method in _HTTP},
    **{f"requests.Session().{method}": ("waits for HTTP", "httpx.AsyncClient") for method in _HTTP},
    **{f"httpx.{method}": ("waits for HTTP", "httpx.AsyncClient") for method in _HTTP},
    **{f"httpx.Client().{method}": ("waits for HTTP", "httpx.AsyncClient") for method in _HTTP},
    "urllib.request.urlopen": ("waits for HTTP", "httpx.AsyncClient"),
    **{f"subprocess.{name}": ("waits for a process", "asyncio.create_subprocess_exec") for name in _PROCESS},
    "os.system": ("waits for a process", "asyncio.create_subprocess_shell"),
    **{f"sqlalchemy.orm.Session().{name}": ("waits for the database", "AsyncSession") for name in _SESSION},
    **{f"sqlmodel.Session().{name}": ("waits for the database", "AsyncSession") for name in (*_SESSION, "exec")},
    "psycopg2.connect": ("waits for the database", "psycopg.AsyncConnection"),
    "psycopg.connect": ("waits for the database", "psycopg.AsyncConnection"),
    "pymysql.connect": ("waits for the database", "aiomysql"),
    **{f"redis.Redis().{name}": ("waits for Redis", "redis.asyncio.Redis") for name in _REDIS},
    **{f"redis.StrictRedis().{name}": ("waits for Redis", "redis.asyncio.Redis") for name in _REDIS},
    "bcrypt.hashpw": ("computes a slow hash", "await asyncio.to_thread(…)"),
    "bcrypt.checkpw": ("computes a slow hash", "await asyncio.to_thread(…)"),
}  # fmt: skip


@framework.call(*_BLOCKING)
def blocking(call: Call, file: File) -> Iterator[Fact]:
    if call.is_awaited or not call.function:
        return
    what, instead = _BLOCKING[call.callee]
    span = call.span.until(call.name_span)
    if call.callee == "time.sleep":
        can_import = file.last_import is not None
        has_asyncio = any(item.module == "asyncio" and not item.name and item.alias == "asyncio" for item in file.all(Import))
        yield BlockingCall(
            span, call.callee, call.function, what, "asyncio.sleep", span if has_asyncio or can_import else None, "await asyncio.sleep",
            "" if has_asyncio else "import asyncio", None if has_asyncio else file.last_import,
        )  # fmt: skip
        return
    yield BlockingCall(span, call.callee, call.function, what, instead)
