"""Python calls that hold their thread until they are done."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BlockingCall
from architrave.facts.code import Assignment, Call, Return
from architrave.facts.values import Function, Invocation, Name, Replacement, walk
from architrave.framework import File, Framework
from architrave.python.imports import imported
from architrave.text import Span

framework = Framework("python-blocking", languages=("python",))

_HTTP = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_PROCESS = ("run", "call", "check_call", "check_output")
_REDIS = ("get", "set", "delete", "hgetall", "hset", "incr", "publish")
_MORE_REDIS = ("mget", "mset", "hget", "lpush", "rpush", "lpop", "rpop", "expire", "exists", "ping", "setex")
_REDIS_CLIENTS = ("redis.Redis", "redis.StrictRedis", "redis.from_url", "redis.Redis.from_url")
_URLLIB3 = ("urllib3.PoolManager().request", "urllib3.request", "urllib3.ProxyManager().request", "urllib3.HTTPConnectionPool().request")
_SENT = ("sendmail", "send_message", "login", "starttls")
_CURSOR = ("execute", "executemany", "fetchone", "fetchall", "fetchmany")
_DRIVERS = ("psycopg2", "psycopg", "pymysql", "mysql.connector", "MySQLdb", "pyodbc", "cx_Oracle", "oracledb")
_DATABASE = ("waits for the database", "an asynchronous driver")
_MONGO = ("find_one", "insert_one", "insert_many", "update_one", "update_many", "delete_one", "delete_many", "aggregate", "count_documents")
# What hands work to other threads: what stands in a function given to it does not hold the loop.
_THREADS = ("to_thread", "run_in_executor", "run_sync", "run_in_threadpool", "sync_to_async", "submit", "Thread", "map")
_SESSION = ("query", "execute", "scalars", "scalar", "commit", "flush", "refresh", "get", "merge")
_AWS = (
    *("put_object", "get_object", "delete_object", "list_objects_v2", "head_object", "upload_file", "upload_fileobj", "download_file"),
    *("send_message", "receive_message", "delete_message", "publish", "invoke", "get_secret_value", "get_parameter", "send_email"),
    *("put_item", "get_item", "update_item", "delete_item", "query", "scan", "start_execution", "put_events"),
)
# What threads may share, and what is done with one call.
_FOR_THREADS = frozenset(
    {"waits for HTTP", "waits for a process", "computes a slow hash", "waits for Redis", "waits for AWS", "waits for MongoDB"}
)
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
    **{f"{client}().{name}": ("waits for Redis", "redis.asyncio.Redis") for client in _REDIS_CLIENTS for name in (*_REDIS, *_MORE_REDIS)},
    **{f"{name}.connect": _DATABASE for name in _DRIVERS[3:]},
    **{f"{name}.connect().{method}": _DATABASE for name in _DRIVERS for method in ("execute", "commit")},
    **{f"{name}.connect().cursor().{method}": _DATABASE for name in _DRIVERS for method in _CURSOR},
    **{f"requests.session().{method}": ("waits for HTTP", "httpx.AsyncClient") for method in _HTTP},
    **dict.fromkeys(_URLLIB3, ("waits for HTTP", "httpx.AsyncClient")),
    "urllib.request.urlretrieve": ("waits for HTTP", "httpx.AsyncClient"),
    "httpx.stream": ("waits for HTTP", "httpx.AsyncClient"),
    **{f"smtplib.{kind}().{name}": ("waits for a mail server", "aiosmtplib") for kind in ("SMTP", "SMTP_SSL") for name in _SENT},
    "smtplib.SMTP": ("waits for a mail server", "aiosmtplib"),
    "smtplib.SMTP_SSL": ("waits for a mail server", "aiosmtplib"),
    "subprocess.getoutput": ("waits for a process", "asyncio.create_subprocess_shell"),
    "subprocess.Popen().wait": ("waits for a process", "asyncio.create_subprocess_exec"),
    "subprocess.Popen().communicate": ("waits for a process", "asyncio.create_subprocess_exec"),
    "socket.create_connection": ("waits for the network", "asyncio.open_connection"),
    "bcrypt.hashpw": ("computes a slow hash", "await asyncio.to_thread(…)"),
    "bcrypt.checkpw": ("computes a slow hash", "await asyncio.to_thread(…)"),
}  # fmt: skip


@framework.call(*_BLOCKING)
def blocking(call: Call, file: File) -> Iterator[Fact]:
    if call.is_awaited or not call.function or _is_elsewhere(call, file):
        return
    what, instead = _BLOCKING[call.callee]
    span = call.span.until(call.name_span)
    if call.callee == "time.sleep":
        imports = imported(file, "asyncio")
        fix = (Replacement(span, "await asyncio.sleep"), *imports) if imports is not None else ()
        yield BlockingCall(span, call.callee, call.function, what, "asyncio.sleep", fix)
        return
    yield _report(call, call.callee, what, instead, file)


def _report(call: Call, shown: str, what: str, instead: str, file: File) -> BlockingCall:
    """Report a call; what threads may share it hands to one."""
    imports = imported(file, "asyncio")
    is_plain = "()" not in call.written and not file.enclosing(call.span, "callback") and not _is_in_lambda(call, file)
    fix: tuple[Replacement, ...] = ()
    if what in _FOR_THREADS and is_plain and imports is not None:
        opening, closing = ("", "") if _stands_alone(call, file) else ("(", ")")
        rest = call.arguments_span.start if call.arguments else call.span.end
        fix = (
            Replacement(call.span.before, f"{opening}await asyncio.to_thread("),
            Replacement(Span(call.name_span.end, rest, call.span.chunk), ", " if call.arguments else f"){closing}"),
            *((Replacement(call.span.after, closing),) if closing and call.arguments else ()),
            *imports,
        )
    title = "Run it in a thread" if fix else ""
    return BlockingCall(call.span.until(call.name_span), shown, call.function, what, instead, fix, title)


def _stands_alone(call: Call, file: File) -> bool:
    """Whether nothing goes on from the call's value, so that `await` may stand before it."""
    if call.is_discarded or file.assigned(call) is not None:
        return True
    if any(item.value.span == call.span for item in file.near(Return, call.span)):
        return True
    return any(argument.value.span == call.span for other in file.calls_in(call.function) for argument in other.arguments)


def _is_in_lambda(call: Call, file: File) -> bool:
    """Whether a call stands in a lambda, in which nothing may be awaited."""
    given = [argument.value for other in file.calls_in(call.function) for argument in other.arguments]
    given += [item.value for item in file.near(Assignment, call.span)]
    return any(isinstance(part, Function) and part.span.contains(call.span) for value in given for part in walk(value))


def _is_elsewhere(call: Call, file: File) -> bool:
    """Whether a call stands in a function literal that another thread runs: `await to_thread(lambda: requests.get(url))`."""
    return any(
        isinstance(block.subject, Name | Invocation) and _called(block.subject).rpartition(".")[2] in _THREADS
        for block in file.enclosing(call.span, "callback")
    )


def _called(subject: Name | Invocation) -> str:
    return subject.name if isinstance(subject, Name) else subject.callee


@framework.call("*.find_one", *(f"*.{name}" for name in _MONGO[1:]))
def mongo(call: Call, file: File) -> Iterator[Fact]:
    if call.callee.startswith(("pymongo.MongoClient().", "pymongo.MongoClient()[")) and not call.is_awaited and call.function:
        yield _report(call, call.written, "waits for MongoDB", "pymongo.AsyncMongoClient", file)


@framework.call(*(f"*.{name}" for name in _AWS))
def aws(call: Call, file: File) -> Iterator[Fact]:
    """What a client of boto3 asks of AWS."""
    is_boto = call.callee.startswith(
        ("boto3.client().", "boto3.resource().", "boto3.session.Session().client().", "boto3.Session().client().")
    )
    if is_boto and not call.is_awaited and call.function and not _is_elsewhere(call, file):
        yield _report(call, f"boto3 {call.written}", "waits for AWS", "aioboto3", file)
