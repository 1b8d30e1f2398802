"""HTTP clients of Python: requests, httpx, aiohttp, urllib."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave import additions
from architrave.address import Address, address, literals
from architrave.facts import Fact
from architrave.facts.api import Client, Endpoint, HttpCall
from architrave.facts.code import Call, Definition
from architrave.facts.values import Invocation, Name, Null, Number, Replacement, Sequence, String, Value
from architrave.framework import File, Framework
from architrave.limits import SECONDS, UNKNOWN, Limit, least, limit
from architrave.python.clients import hoisted
from architrave.python.imports import imported

framework = Framework("python-http-clients", languages=("python",))

Timeout = Literal["set", "none", "unknown"]
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
# Who waits for ever by default, and who does not: requests and urllib do; httpx waits 5 s, aiohttp 300 s.
_REQUESTS = {"requests": "none", "requests.Session()": "none", "requests.sessions.Session()": "none", "requests.session()": "none"}
_HTTPX = {"httpx": "set", "httpx.Client()": "set", "httpx.AsyncClient()": "set"}
_AIOHTTP = {"aiohttp.ClientSession()": "set"}
_URLLIB3 = {"urllib3": "none", "urllib3.PoolManager()": "none", "urllib3.ProxyManager()": "none"}
_DEFAULTS: dict[str, Timeout] = {**_REQUESTS, **_HTTPX, **_AIOHTTP, **_URLLIB3}  # type: ignore[dict-item]
_CLIENTS = (
    *("requests.Session", "requests.session", "httpx.Client", "httpx.AsyncClient", "aiohttp.ClientSession"),
    *("urllib3.PoolManager", "urllib3.ProxyManager"),
)
_PARTS = {"httpx.Timeout": ("", "timeout", "read"), "aiohttp.ClientTimeout": ("total", "sock_read"), "urllib3.Timeout": ("total", "read")}
_PARTS_OF_TIMEOUT = ("total", "sock_read", "timeout", "read", "")


@framework.call(*(f"{owner}.{method}" for owner in _DEFAULTS for method in _METHODS))
def request(call: Call, file: File) -> Iterator[Fact]:
    owner, _, method = call.callee.rpartition(".")
    url_at = 1 if method == "request" else 0
    value = call.argument("url", url_at)
    url = address(value, lambda part: file.constant(part, call.function))
    if method == "request":
        named = file.constant(call.argument("method", 0), call.function)
        method = getattr(named, "value", "*") if named is not None else "*"
    timeout = _timeout(call, _DEFAULTS[owner])
    if timeout == "none" and owner.endswith("()") and call.argument("timeout") is None and _is_patched(call.receiver, file):
        timeout = "unknown"
    made_with = call.receiver if owner.endswith("()") else ""
    span = call.span.until(call.name_span)
    own = _limit(call, file)
    yield HttpCall(
        span,
        call.function,
        owner.partition(".")[0],
        str(method).upper(),
        url.authority if url and url.host else "",
        url.setting if url else "",
        url.path if url else None,
        literals(value, call, file),
        timeout,
        _ended(call) if timeout == "none" else own.change if own is not None else (),
        made_with,
        call.in_loop,
        call.is_awaited,
        milliseconds=own.milliseconds if own is not None else None,
    )
    yield from _endpoint(url, value, call, file)


def _ended(call: Call) -> tuple[Replacement, ...]:
    """Give a call a timeout, as its last argument, or in the place of one that is None."""
    given = next((item for item in call.arguments if item.name == "timeout"), None)
    if given is not None:
        return (Replacement(given.value.span, "{seconds}"),) if isinstance(given.value, Null) else ()
    return (additions.keyword(call, "timeout={seconds}"),)


def _timeout(call: Call, default: Timeout) -> Timeout:
    given = call.argument("timeout")
    if given is not None:
        return "none" if isinstance(given, Null) or _is_endless(given) else "set"
    return "unknown" if any(item.name == "**" for item in call.arguments) else default


def _limit(call: Call, file: File) -> Limit | None:
    """Return how long a call, or what is asked through a client, may keep silent; None where nothing is said."""
    given = call.argument("timeout")
    if given is None:
        return Limit(UNKNOWN) if any(item.name == "**" for item in call.arguments) else None
    value = file.constant(given, call.function)
    if isinstance(value, Sequence) and len(value.items) == 2 and all(isinstance(item, Number) for item in value.items):
        found = value.items[1]  # `(connect, read)`
        return limit(found, SECONDS, lambda part: part) if value is given else Limit(limit(found, SECONDS, lambda part: part).milliseconds)
    if isinstance(value, Invocation):
        return _of_parts(value, call, file)
    return limit(given, SECONDS, lambda part: file.constant(part, call.function))


def _of_parts(value: Invocation, call: Call, file: File) -> Limit:
    """`httpx.Timeout(10, connect=5)`, `aiohttp.ClientTimeout(total=10)`."""
    names = _PARTS.get(value.callee, ())
    parts: list[Value] = [item.value for item in value.arguments if item.name in names and not isinstance(item.value, Null)]
    if value.callee == "httpx.Timeout" and len(parts) > 1:
        parts = [item.value for item in value.arguments if item.name == "read"]
    return least(*(limit(part, SECONDS, lambda part: file.constant(part, call.function)) for part in parts)) if parts else Limit(UNKNOWN)


def _is_endless(given: Value) -> bool:
    """`httpx.Timeout(None)`, `aiohttp.ClientTimeout(total=None)`: all that it says is None."""
    if not isinstance(given, Invocation) or given.callee not in ("httpx.Timeout", "aiohttp.ClientTimeout"):
        return False
    parts = [item for item in given.arguments if item.name in _PARTS_OF_TIMEOUT]
    return bool(parts) and all(isinstance(item.value, Null) for item in parts)


def _is_patched(session: str, file: File) -> bool:
    """Whether a session has its own adapter, or its method is replaced: either may set a timeout."""
    if file.assignments(f"{session}.request") or file.assignments(f"{session}.send"):
        return True
    mounts = [call for call in file.all(Call) if call.written == f"{session}.mount"]
    return any(_adapter(call, file) != "requests.adapters.HTTPAdapter" for call in mounts)


def _adapter(call: Call, file: File) -> str:
    adapter = file.constant(call.argument("adapter", 1), call.function)
    return adapter.callee if isinstance(adapter, Invocation) else ""


def _endpoint(url: Address | None, value: Value | None, call: Call, file: File) -> Iterator[Fact]:
    if url is None or not url.host or value is None:
        return
    key = f"{url.host.split('.')[0].replace('-', '_').upper()}_URL" if not url.host[0].isdigit() else "SERVICE_URL"
    shown = f"{url.scheme}://{url.authority}{url.path}"
    at = file.constant(value, call.function) or value
    yield Endpoint(at.span, shown, url.host, url.port, call.function, "", _configured(key, url, at, file), key)


def _configured(key: str, url: Address, value: Value, file: File) -> tuple[Replacement, ...]:
    """Read scheme and host from the environment; the rest of the text stays as it is."""
    imports, literal = imported(file, "os"), url.literal(value)
    if imports is None or literal is None or set(literal.rest) & set('"\\{}'):
        return ()
    if not literal.is_quoted:
        text = _rewritten(value, f"{{os.environ['{key}']}}{literal.rest}")
        return (Replacement(value.span, text), *imports) if text else ()
    text = f'os.environ["{key}"]'
    if literal.rest:
        text = f"f\"{{os.environ['{key}']}}{literal.rest}\"" if isinstance(value, String) else f'{text} + "{literal.rest}"'
    return Replacement(literal.span, text), *imports


def _rewritten(value: Value, first: str) -> str:
    """Return an f-string with another first part; "" when it says more of its holes than their names."""
    parts = [part.value if isinstance(part, String) else f"{{{getattr(part, 'written', '')}}}" for part in getattr(value, "parts", ())]
    written = "".join(parts)
    if '"' in written or len(written.encode()) + len('f""') != value.span.end - value.span.start:
        return ""
    return f'f"{first}{"".join(parts[1:])}"'


@framework.call(*(f"*.{method}" for method in _METHODS[:-1]))
def of_another_file(call: Call, file: File) -> Iterator[Fact]:
    """`inventory.get("/items")` where `inventory` is imported."""
    owner = file.through(call)
    if not owner or owner in _DEFAULTS or call.callee != f"{owner}.{call.callee.rpartition('.')[2]}":
        return
    value = call.argument("url", 0)
    url = address(value, lambda part: file.constant(part, call.function))
    if url is None or isinstance(value, Name) or (call.span.chunk, call.span.start) in file.once(_decorators):
        return
    own = _limit(call, file)
    yield HttpCall(
        call.span.until(call.name_span), call.function, "", call.callee.rpartition(".")[2].upper(), url.authority if url.host else "",
        url.setting, url.path, literals(value, call, file), "set" if _timeout(call, "unknown") == "set" else "unknown",
        client=owner, in_loop=call.in_loop, is_awaited=call.is_awaited, through=owner,
        milliseconds=own.milliseconds if own is not None else None,
    )  # fmt: skip


def _decorators(file: File) -> frozenset[tuple[int, int]]:
    return frozenset((item.span.chunk, item.span.start) for definition in file.all(Definition) for item in definition.decorators)


@framework.call("urllib.request.urlopen")
def urlopen(call: Call, file: File) -> Iterator[Fact]:
    value = file.constant(call.argument("url", 0), call.function)
    if isinstance(value, Invocation) and value.callee == "urllib.request.Request" and value.arguments:
        value = value.arguments[0].value
    url = address(value, lambda part: file.constant(part, call.function))
    if url is None or url.scheme == "file":
        return
    timeout = _timeout(call, "set" if len([item for item in call.arguments if not item.name]) > 2 else "none")
    own = _limit(call, file)
    yield HttpCall(
        call.span.until(call.name_span), call.function, "urllib", "GET", url.authority if url.host else "", url.setting, url.path,
        literals(value, call, file), timeout, _ended(call) if timeout == "none" else own.change if own is not None else (),
        milliseconds=own.milliseconds if own is not None else UNKNOWN if timeout == "set" else None,
    )  # fmt: skip
    yield from _endpoint(url, value, call, file)


@framework.call(*_CLIENTS)
def client(call: Call, file: File) -> Iterator[Fact]:
    library = call.callee.partition(".")[0]
    timeout: Timeout = _timeout(call, "set") if library in ("httpx", "aiohttp") else "unknown"
    if library == "urllib3" and call.argument("timeout") is not None:
        timeout = _timeout(call, "set")
    value = call.argument("base_url")
    url = address(value, lambda part: file.constant(part, call.function))
    assignment = file.assigned(call)
    name = assignment.target if assignment else file.bound_by_with(call)
    base = f"{url.scheme}://{url.authority}{url.path}" if url and url.host else ""
    own = _limit(call, file) if library != "requests" else None
    yield Client(
        call.span.until(call.name_span), library, "http", name, call.function, call.in_loop, base,
        url.setting if url else "", timeout, own.change if own is not None and timeout == "set" else (),
        file.is_kept(name, call.function), hoisted(call, file), own.milliseconds if own is not None else None,
    )  # fmt: skip
    yield from _endpoint(url, value, call, file)
