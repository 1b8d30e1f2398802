"""HTTP clients of Go: net/http and resty; and connections of gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave import additions
from architrave.address import literals
from architrave.facts import Fact
from architrave.facts.api import Client, HttpCall
from architrave.facts.code import Assignment, Call
from architrave.facts.values import Invocation, Name, Null, Replacement, text
from architrave.framework import File, Framework
from architrave.golang.clients import endpoint, hoisted, holder, is_kept, named, url
from architrave.golang.imports import imported
from architrave.limits import NANOSECONDS, UNKNOWN, Limit, limit
from architrave.text import Span

framework = Framework("go-clients", languages=("go",))

Timeout = Literal["set", "none", "unknown"]
_TIMED = frozenset({"context.WithTimeout", "context.WithDeadline", "context.WithTimeoutCause", "context.WithDeadlineCause"})
_METHODS = {"Get": "GET", "Head": "HEAD", "Post": "POST", "PostForm": "POST"}
_RESTY = {name: name.upper() for name in ("Get", "Post", "Put", "Patch", "Delete", "Head", "Options")}
_RESTY_PACKAGES = ("github.com/go-resty/resty/v2", "github.com/go-resty/resty", "resty.dev/v3", "gopkg.in/resty.v1")


@framework.call(*(f"net/http{owner}.{name}" for owner in ("", ".DefaultClient", ".Client()") for name in _METHODS))
def request(call: Call, file: File) -> Iterator[Fact]:
    owner, _, name = call.callee.rpartition(".")
    if not call.arguments:
        return
    is_default = owner != "net/http.Client()"
    yield from _sent(
        call,
        _METHODS[name],
        0,
        file,
        timeout="none" if is_default and not _is_set_globally(file) else "unknown",
        client="" if is_default else named(call.receiver, call.function, file),
        fix=_client_fix(call, file) if is_default else (),
    )


@framework.call("net/http.NewRequest", "net/http.NewRequestWithContext")
def new_request(call: Call, file: File) -> Iterator[Fact]:
    """The request itself; the client that sends it in the same function says more."""
    has_context = call.callee.endswith("WithContext")
    at = 1 if has_context else 0
    if len(call.arguments) < at + 2:
        return
    given = file.constant(call.arguments[at].value, call.function)
    method = text(given) or "*"
    if isinstance(given, Name) and given.name.startswith("net/http.Method"):
        method = given.name.removeprefix("net/http.Method").upper()
    sender = _sender(call, file)
    timeout: Timeout = "unknown"
    client = ""
    if sender is not None:
        is_default = sender.callee.startswith("net/http.DefaultClient")
        client = "" if is_default else named(sender.receiver, sender.function, file)
        if is_default and not has_context and not _is_set_globally(file):
            timeout = "none"
    elif "_test.go" in file.path:
        return
    yield from _sent(call, method.upper(), at + 1, file, timeout, client, (), _ended(call, file) if has_context else None)


def _ended(call: Call, file: File) -> Limit | None:
    """Return how long the context of a request lasts, where it is made in this function; None where it is the caller's."""
    value = call.arguments[0].value
    made = [item for item in file.assignments(value.written, call.function) if item.function] if isinstance(value, Name) else []
    timed = [item.value for item in made if isinstance(item.value, Invocation) and item.value.callee in _TIMED]
    if len(timed) != 1 or timed[0].callee != "context.WithTimeout" or len(timed[0].arguments) != 2:
        return Limit(UNKNOWN) if timed else None
    return limit(timed[0].arguments[1].value, NANOSECONDS, lambda part: file.constant(part, call.function))


def _sender(call: Call, file: File) -> Call | None:
    """Return the `client.Do(request)` of a request that is made here."""
    assignment = file.assigned(call)
    if assignment is None:
        return None
    for other in file.calls_in(call.function):
        if other.callee.endswith(".Do") and other.arguments:
            value = other.arguments[0].value
            if isinstance(value, Name) and value.written == assignment.target:
                return other
    return None


def _sent(
    call: Call,
    method: str,
    at: int,
    file: File,
    timeout: Timeout,
    client: str,
    fix: tuple[Replacement, ...],
    own: Limit | None = None,
) -> Iterator[Fact]:
    value = call.arguments[at].value
    found, setting = url(value, file, call.function)
    yield HttpCall(
        call.span.until(call.name_span),
        call.function,
        "net/http",
        method,
        found.authority if found is not None and found.host else "",
        setting,
        (found.path or ("/" if found.host else None)) if found is not None else None,
        literals(value, call, file),
        timeout,
        fix if timeout == "none" else own.change if own is not None else (),
        client,
        call.in_loop,
        milliseconds=own.milliseconds if own is not None else None,
    )
    yield from endpoint(found, value, call.function, file)


def _is_set_globally(file: File) -> bool:
    """Whether the file gives `http.DefaultClient` a timeout."""
    return any(item.target.startswith("http.DefaultClient") for item in file.all(Assignment))


def _client_fix(call: Call, file: File) -> tuple[Replacement, ...]:
    """`http.Get(…)` becomes `(&http.Client{Timeout: …}).Get(…)`: such a client shares the connections of the default one."""
    imports = imported(file, "time")
    if imports is None or call.written.count(".") not in (1, 2):
        return ()
    owner = Span(call.span.start, call.name_span.start - 1, call.span.chunk)
    package = call.written.partition(".")[0]
    return Replacement(owner, f"(&{package}.Client{{Timeout: {{seconds}} * time.Second}})"), *imports


@framework.call("net/http.Client")
def client(call: Call, file: File) -> Iterator[Fact]:
    name = holder(call, file)
    timeout = _timeout(call, name, file)
    fix: tuple[Replacement, ...] = ()
    imports = imported(file, "time")
    own = limit(call.argument("Timeout"), NANOSECONDS, lambda part: file.constant(part, call.function)) if timeout == "set" else None
    if timeout == "none" and imports is not None:
        fix = (additions.keyword(call, "Timeout: {seconds} * time.Second"), *imports)
    elif own is not None and imports == ():
        fix = own.change
    yield Client(
        call.span,
        "net/http",
        "http",
        name,
        call.function,
        call.in_loop,
        timeout=timeout,
        timeout_fix=fix,
        # Without a transport of its own it shares the pool of the default one, and costs nothing to make.
        is_cached=call.argument("Transport") is None or is_kept(name, call.function, file),
        hoist=hoisted(call, file),
        milliseconds=own.milliseconds if own is not None else None,
    )


def _timeout(call: Call, name: str, file: File) -> Timeout:
    given = call.argument("Timeout")
    if given is not None:
        return "none" if isinstance(given, Null) else "set"
    if call.arguments and not any(argument.name for argument in call.arguments):
        return "unknown"
    last = name.rpartition(".")[2]
    if last and any(item.target.endswith(f"{last}.Timeout") for item in file.all(Assignment)):
        return "set"
    if any(other.callee == "net/http.NewRequestWithContext" for other in file.all(Call)) or call.argument("Transport") is not None:
        return "unknown"  # The context, or the transport, may bound each call.
    return "none"


@framework.call(*(f"{package}.{name}" for package in _RESTY_PACKAGES for name in ("New", "NewWithClient")))
def resty(call: Call, file: File) -> Iterator[Fact]:
    links = [other for other in file.calls_in(call.function) if call in file.chain(other)]
    name = next((known for item in (call, *links) if (known := holder(item, file))), "")
    setters = [item for item in file.all(Call) if item.callee.startswith(call.callee + "()") and item.callee.endswith(".SetTimeout")]
    is_set = bool(setters)
    base = next((other.arguments[0].value for other in _based(call, name, links, file)), None)
    found, setting = url(base, file, call.function)
    timeout: Timeout = "set" if is_set else "unknown" if call.callee.endswith("WithClient") else "none"
    imports = imported(file, "time")
    fix: tuple[Replacement, ...] = ()
    own: Limit | None = None
    if is_set:
        own = Limit(UNKNOWN)
        if len(setters) == 1 and setters[0].arguments:
            own = limit(setters[0].arguments[0].value, NANOSECONDS, lambda part: file.constant(part, call.function))
        fix = own.change if imports == () else ()
    elif timeout == "none" and imports is not None:
        fix = (Replacement(call.span.after, ".SetTimeout({seconds} * time.Second)"), *imports)
    yield Client(
        call.span.until(call.name_span),
        "resty",
        "http",
        name,
        call.function,
        call.in_loop,
        f"{found.scheme}://{found.authority}{found.path}" if found is not None and found.host else "",
        setting,
        timeout,
        timeout_fix=fix,
        is_cached=is_kept(name, call.function, file),
        hoist=hoisted(call, file),
        milliseconds=own.milliseconds if own is not None else None,
    )
    yield from endpoint(found, base, call.function, file)


def _based(call: Call, name: str, links: list[Call], file: File) -> Iterator[Call]:
    """The calls that set the base of a client: in its own chain, or on what holds it."""
    for other in (*links, *(item for item in file.calls_in(call.function) if name and item.receiver == name)):
        if other.callee.endswith((".SetBaseURL", ".SetHostURL")) and other.arguments:
            yield other


@framework.call(*(f"*.{name}" for name in _RESTY))
def resty_request(call: Call, file: File) -> Iterator[Fact]:
    if not call.callee.startswith(_RESTY_PACKAGES) or ".R()" not in call.callee or not call.arguments:
        return
    value = call.arguments[0].value
    found, setting = url(value, file, call.function)
    receiver = call.written.partition(".R()")[0]
    yield HttpCall(
        call.span.until(call.name_span),
        call.function,
        "resty",
        _RESTY[call.callee.rpartition(".")[2]],
        found.authority if found is not None and found.host else "",
        setting,
        found.path or None if found is not None else None,
        literals(value, call, file),
        client=named(receiver, call.function, file) if "()" not in receiver else "",
        in_loop=call.in_loop,
    )
    yield from endpoint(found, value, call.function, file)


@framework.call("google.golang.org/grpc.Dial", "google.golang.org/grpc.DialContext", "google.golang.org/grpc.NewClient")
def grpc(call: Call, file: File) -> Iterator[Fact]:
    value = next((item.value for item in call.arguments if not isinstance(item.value, Invocation) and url(item.value, file, "")[0]), None)
    found, setting = url(value, file, call.function)
    name = holder(call, file)
    yield Client(
        call.span.until(call.name_span), "grpc", "sdk", name, call.function, call.in_loop, found.authority if found and found.host else "",
        setting, is_cached=is_kept(name, call.function, file),
    )  # fmt: skip
    yield from endpoint(found, value, call.function, file)
