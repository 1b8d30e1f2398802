"""HTTP clients of Rust: reqwest, ureq, hyper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.address import Address, address, literals
from architrave.facts import Fact
from architrave.facts.api import Client, Endpoint, HttpCall
from architrave.facts.code import Assignment, Block, Call, Import
from architrave.facts.values import Name, Replacement, String, Template, Value
from architrave.framework import File, Framework
from architrave.limits import UNKNOWN, Limit, least, limit
from architrave.rust.values import follower, kept
from architrave.text import Span

framework = Framework("rust-http-clients", languages=("rust",))

Timeout = Literal["set", "none", "unknown"]
_METHODS = ("get", "post", "put", "patch", "delete", "head", "request")
# The client of reqwest waits for ever unless told otherwise, its blocking client 30 s; ureq 2 waits for ever for an answer.
_CLIENTS: dict[str, tuple[str, Timeout]] = {
    "reqwest.Client": ("reqwest", "none"),
    "reqwest.blocking.Client": ("reqwest", "set"),
    "reqwest_middleware.ClientWithMiddleware": ("reqwest", "unknown"),
}
_FUNCTIONS: dict[str, tuple[str, Timeout]] = {
    "reqwest.get": ("reqwest", "none"),
    "reqwest.blocking.get": ("reqwest", "set"),
    **{f"ureq.{method}": ("ureq", "none") for method in _METHODS},
}


_LIMITERS = frozenset({"tokio.time.timeout", "tokio.time.timeout_at"})
_LIMIT = ".timeout(std::time::Duration::from_secs({seconds}))"
_STATIC = "CLIENT"  # The client that fixes keep for all calls.


@framework.call(*(f"{owner}().{method}" for owner in _CLIENTS for method in _METHODS))
def request(call: Call, file: File) -> Iterator[Fact]:
    owner, _, method = call.callee.rpartition(".")
    library, _ = _CLIENTS[owner.removesuffix("()")]
    is_generic = method == "request"
    if len(call.arguments) != (2 if is_generic else 1):
        return
    if is_generic:
        named = call.arguments[0].value
        method = named.name.rpartition(".")[2] if isinstance(named, Name) and ".Method." in f".{named.name}" else "*"
    yield from _call(call, library, method.upper(), call.arguments[-1].value, "unknown", call.receiver, file)


@framework.call(*_FUNCTIONS)
def plain(call: Call, file: File) -> Iterator[Fact]:
    library, timeout = _FUNCTIONS[call.callee]
    fix = _shared(call, file) if call.callee == "reqwest.get" else ()
    if call.arguments:
        yield from _call(call, library, call.callee.rpartition(".")[2].upper(), call.arguments[0].value, timeout, "", file, fix)


def _call(
    call: Call, library: str, method: str, value: Value, timeout: Timeout, client: str, file: File, fix: tuple[Replacement, ...] = ()
) -> Iterator[Fact]:
    url = address(value, follower(file, call.function))
    sent = _links(call, file)
    if any(link.callee.endswith(".timeout") for link in sent) or _is_limited(call, file):
        timeout = "set"
    own = _limit([*(link for link in sent if link.callee.endswith(".timeout")), *_limiting(call, file)], file)
    yield HttpCall(
        call.span.until(call.name_span), call.function, library, method, url.authority if url and url.host else "",
        _setting(url), url.path if url else None, _literals(value, call, file), timeout,
        fix if timeout == "none" else own.change if own is not None else (), client, call.in_loop,
        any(link.is_awaited for link in (call, *sent)), milliseconds=own.milliseconds if own is not None else None,
    )  # fmt: skip
    yield from _endpoint(url, value, call, file)


def _literals(value: Value, call: Call, file: File) -> tuple[String, ...]:
    """Return the texts of an address; those of `format!` one after the other in the literal that holds them all."""
    followed = file.constant(value, call.function)
    whole = _format(followed)
    if whole is None or not isinstance(followed, Template):
        return literals(value, call, file)
    if followed.span.chunk != call.span.chunk or not _is_as_written(followed):
        return ()
    found, at = [], whole.start + len('"')
    for part in followed.parts:
        size = _size(part, whole)
        if isinstance(part, String):
            found.append(String(Span(at, at + size, part.span.chunk), part.value))
        at += size
    return tuple(found)


def _format(value: Value | None) -> Span | None:
    """Return the literal of a `format!`: all texts in it, and what it names inside, have its span."""
    return next((part.span for part in value.parts if isinstance(part, String)), None) if isinstance(value, Template) else None


def _is_as_written(value: Template) -> bool:
    """Whether the literal of a `format!` says no more of its holes than their names, and has no escapes."""
    whole = _format(value)
    return whole is not None and whole.end - whole.start == len('""') + sum(_size(part, whole) for part in value.parts)


def _size(part: Value, whole: Span) -> int:
    if isinstance(part, String):
        return len(part.value.encode())
    is_inside = isinstance(part, Name) and part.span == whole  # `{sku}`, and not `{}`.
    return len("{}") + (len(part.written) if isinstance(part, Name) and is_inside else 0)


def _setting(url: Address | None) -> str:
    """Return the setting that holds the base of an address; a bare parameter says nothing outside its function."""
    setting = url.setting if url is not None else ""
    return setting if setting.isupper() or "." in setting else ""


def _links(call: Call, file: File) -> list[Call]:
    """Return what is called on a request: in the same chain, or on the variable that holds it."""
    found = [
        other
        for other in file.calls_in(call.function)
        if other.span.chunk == call.span.chunk and other.span.start == call.span.start and other.span.end > call.span.end
    ]
    assignment = file.assigned(found[-1] if found else call) or next((item for link in found if (item := file.assigned(link))), None)
    if assignment is not None:
        found += [other for other in file.calls_in(call.function) if other.written.startswith(f"{assignment.target}.")]
    return found


def _limiting(call: Call, file: File) -> list[Call]:
    """Return each `tokio::time::timeout(limit, request)` round a request."""
    return [other for other in file.calls_in(call.function) if other.callee in _LIMITERS and other.span.contains(call.span)]


def _is_limited(call: Call, file: File) -> bool:
    return bool(_limiting(call, file))


def _limit(setters: list[Call], file: File) -> Limit | None:
    """Return the least of the limits that calls set; None where there are none."""
    found = []
    for setter in setters:
        given = setter.arguments[0].value if setter.arguments and not setter.callee.endswith("timeout_at") else None
        found.append(limit(given, UNKNOWN, lambda part, function=setter.function: file.constant(part, function)))  # type: ignore[misc]
    return least(*found) if found else None


def _endpoint(url: Address | None, value: Value, call: Call, file: File) -> Iterator[Fact]:
    if url is None or not url.host:
        return
    at = file.constant(value, call.function) or value
    shown = f"{url.scheme}://{url.authority}{url.path}"
    key = f"{url.host.split('.')[0].replace('-', '_').upper()}_URL" if not url.host[0].isdigit() else "SERVICE_URL"
    is_declared = at is not value and not call.function  # `const` and `static` are made before anything can be read.
    fix = () if is_declared or _is_constant(at, file) else _configured(key, url, at)
    yield Endpoint(at.span, shown, url.host, url.port, call.function, "", fix, key)


def _is_constant(value: Value, file: File) -> bool:
    return any(not item.function and item.value is value for item in file.near(Assignment, value.span))


def _configured(key: str, url: Address, value: Value) -> tuple[Replacement, ...]:
    """Read scheme and host from the environment; the rest of the text stays as it is."""
    read = f'std::env::var("{key}").expect("{key}")'
    if isinstance(value, Template):
        return _formatted(value, f"{url.scheme}://{url.authority}", read)
    literal = url.literal(value)
    if literal is None or set(literal.rest) & set('"\\{}'):
        return ()
    return (Replacement(value.span, f'format!("{{}}{literal.rest}", {read})' if literal.rest else read),)


def _formatted(value: Template, base: str, read: str) -> tuple[Replacement, ...]:
    """Let `format!("http://inventory/items/{}", sku)` write the base first: `format!("{}/items/{}", base, sku)`."""
    if not _is_as_written(value):
        return ()
    first = value.parts[0].span
    start = first.start + len('"')
    return Replacement(Span(start, start + len(base), first.chunk), "{}"), Replacement(first.after, f", {read}")


@framework.call(*(f"{owner}.{maker}" for owner in _CLIENTS for maker in ("new", "default", "builder")))
@framework.call("reqwest.ClientBuilder.new", "reqwest.blocking.ClientBuilder.new", "ureq.agent", "ureq.AgentBuilder.new")
def client(call: Call, file: File) -> Iterator[Fact]:
    owner, _, maker = call.callee.rpartition(".")
    library, timeout = _CLIENTS.get(owner.removesuffix("Builder"), ("ureq", "none"))
    links = [
        other
        for other in file.calls_in(call.function)
        if other.span.chunk == call.span.chunk and other.span.start == call.span.start and other is not call
    ]
    is_builder = maker == "builder" or owner.endswith("Builder")
    built = call
    own: Limit | None = None
    if is_builder:
        last = next((link for link in links if link.callee.endswith(".build")), None)
        if last is None:  # Built elsewhere, by what else is called on the builder.
            return
        built = last
        setters = [link for link in links if link.callee.endswith((".timeout", ".read_timeout", ".timeout_read", ".timeout_global"))]
        if setters:
            timeout, own = "set", _limit(setters, file)
    name, is_kept = kept(built, file)
    if timeout == "none" and _are_limited(name, call.function, links, file):
        timeout = "set"
    fix: tuple[Replacement, ...] = own.change if own is not None else ()
    if timeout == "none" and library == "reqwest":
        if is_builder:
            fix = (Replacement(call.span.after, _LIMIT),)
        elif maker == "new":
            fix = (Replacement(call.span, f'{call.written[:-4].replace(".", "::")}::builder(){_LIMIT}.build().expect("HTTP client")'),)
    hoist = _hoisted(built, is_builder, name, file) if owner.startswith("reqwest.Client") and not is_kept else ()
    yield Client(
        call.span.until(call.name_span), library, "http", name, call.function, call.in_loop, "", "", timeout, fix, is_kept, hoist,
        own.milliseconds if own is not None else None,
    )  # fmt: skip


def _are_limited(name: str, function: str, links: list[Call], file: File) -> bool:
    """Whether every request that the file makes with a client has a timeout of its own."""
    requests = [
        call
        for call in file.all(Call)
        if name
        and call.receiver == name
        and (call.function == function or name.startswith("self."))
        and call.callee.rpartition(".")[2] in _METHODS
        and "reqwest" in call.callee
    ]
    requests += [link for link in links if link.callee.rpartition(".")[2] in _METHODS]
    return bool(requests) and all(
        any(link.callee.endswith(".timeout") for link in _links(call, file)) or _is_limited(call, file) for call in requests
    )


def _shared(call: Call, file: File) -> tuple[Replacement, ...]:
    """Let `reqwest::get(url)` ask through a client that is made once, with a timeout."""
    kept = _static(f'reqwest::Client::builder(){_LIMIT}.build().expect("HTTP client")', call, file)
    if kept is None:
        return ()
    return Replacement(call.span.until(call.name_span), f"{_STATIC}.get"), Replacement(call.span.after, ".send()"), kept


def _hoisted(built: Call, may_fail: bool, name: str, file: File) -> tuple[Replacement, ...]:
    """Make the client of `let client = …` once, and clone it there, which shares its connections."""
    assignment = file.assigned(built)
    if assignment is None or not all(file.is_constant(link) for link in (*file.chain(built), built)):
        return ()
    kept = _static('{}.expect("HTTP client")' if may_fail else "{}", built, file, built.span)
    value = Span(built.span.start, assignment.span.end - len(";"), built.span.chunk)
    return (Replacement(value, f"{_STATIC}.clone()"), kept) if kept is not None else ()


def _static(text: str, call: Call, file: File, copied: Span | None = None) -> Replacement | None:
    """Return the edit that adds a static client below the imports, or else below the function of `call`."""
    if any(item.target == _STATIC and not item.function for item in file.all(Assignment)):
        return None
    text = f"\nstatic {_STATIC}: std::sync::LazyLock<reqwest::Client> =\n    std::sync::LazyLock::new(|| {text});"
    top = [item.span for item in file.all(Import) if item.span.start == 0 and not item.function]
    if top:
        return Replacement(top[-1], text, "after", copied)
    block = next((item for item in file.near(Block, call.span) if item.kind == "function" and item.function == call.function), None)
    return Replacement(block.span, text, "after", copied) if block is not None and "." not in call.function else None
