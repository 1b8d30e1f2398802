"""HTTP clients of Node: fetch, axios, got, undici, superagent, ky, @nestjs/axios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave import additions
from architrave.address import Address, address, literals
from architrave.facts import Fact
from architrave.facts.api import Client, Endpoint, HttpCall
from architrave.facts.code import Call
from architrave.facts.values import Function, Invocation, Mapping, Name, Null, Number, Replacement, String, Template, Value, text
from architrave.framework import File, Framework
from architrave.limits import MILLISECONDS, UNKNOWN, Limit, least, limit
from architrave.node.calls import given
from architrave.node.clients import held, hoisted
from architrave.node.routers import LANGUAGES
from architrave.node.settings import named
from architrave.text import Span

framework = Framework("js-http-clients", languages=LANGUAGES)

Timeout = Literal["set", "none", "unknown"]
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_WITH_BODY = frozenset({"post", "put", "patch", "postForm", "putForm", "patchForm"})
_AXIOS = ("axios", "axios.default", "axios.create()", "axios.AxiosInstance()", "axios.Axios()", "axios.default.create()")
_NEST = ("@nestjs/axios.HttpService()", "@nestjs/axios.HttpService().axiosRef")
_FETCHES = (
    "fetch",
    "node-fetch",
    "node-fetch.default",
    "cross-fetch",
    "isomorphic-fetch",
    "undici.fetch",
    "globalThis.fetch",
    "window.fetch",
)
_GOT = ("got", "got.default", "got.extend()")
_BROWSER = (
    "react",
    "react-dom",
    "vue",
    "svelte",
    "@angular/core",
    "@angular/common/http",
    "solid-js",
    "preact",
    "next/link",
    "next/navigation",
    "react-native",
    "@tanstack/react-query",
    "@tanstack/vue-query",
    "@reduxjs/toolkit",
    "mobx-react",
    "jquery",
    "alpinejs",
    "prosemirror-state",
    "prosemirror-view",
    "@tiptap/core",
)
# What only a page has.
_GLOBALS = (
    "document.createElement", "document.querySelector", "document.getElement", "document.body", "document.cookie", "window.",
    "localStorage.", "document.addEventListener", "sessionStorage.", "navigator.", "URL.createObjectURL", "FileReader",
)  # fmt: skip

_PAGES = frozenset({"client", "frontend", "front-end", "ui", "webapp", "www", "public", "static", "browser", "website"})


def _is_browser(file: File) -> bool:
    """Whether a file runs in a browser, where a request ends with its page."""
    if file.path.endswith((".tsx", ".jsx")) or file.imports(*_BROWSER):
        return True
    if any(part in _PAGES for part in file.path.partition("/src/")[0].split("/")[:3]):
        return True
    if any("react-native" in part or part in ("components", "composables") for part in file.path.split("/")):
        return True
    return any(call.callee.startswith(_GLOBALS) or _asks_own_host(call) for call in file.all(Call))


def _asks_own_host(call: Call) -> bool:
    first = given(call, 0) if call.callee in ("fetch", "window.fetch") else None
    return isinstance(first, String) and first.value.startswith(("/", "./"))


def _is_relative(url: Value | None) -> bool:
    """Whether a URL has no host of its own: only a page, or a client with a base, can ask for it."""
    first = url.parts[0] if isinstance(url, Template) and url.parts else url
    return isinstance(first, String) and "://" not in first.value


@framework.call(*(f"{owner}.{method}" for owner in (*_AXIOS, *_NEST) for method in _METHODS))
def axios(call: Call, file: File) -> Iterator[Fact]:
    owner, _, method = call.callee.rpartition(".")
    at = 2 if method in _WITH_BODY else 1
    yield from _axios_call(call, file, method, given(call, 0), given(call, at), owner, at)


@framework.call(*_AXIOS, *(f"{owner}.request" for owner in (*_AXIOS, *_NEST)))
def axios_request(call: Call, file: File) -> Iterator[Fact]:
    first = given(call, 0)
    owner = call.callee.removesuffix(".request")
    if call.callee.endswith("()") and not call.callee.startswith("axios"):
        return
    options = file.constant(first, call.function)
    if isinstance(options, Mapping):
        method = (text(options.get("method")) or "get").lower()
        yield from _axios_call(call, file, method, options.get("url"), first, owner, 0)
    elif isinstance(first, String | Template):
        options = file.constant(given(call, 1), call.function)
        method = (text(options.get("method")) or "get").lower() if isinstance(options, Mapping) else "get"
        yield from _axios_call(call, file, method, first, given(call, 1), owner, 1)


def _axios_call(call: Call, file: File, method: str, url: Value | None, options: Value | None, owner: str, at: int) -> Iterator[Fact]:
    library = "@nestjs/axios" if owner.startswith("@nestjs") else "axios"
    is_made = owner.endswith("()") and library == "axios"
    is_chained = is_made and call.receiver.endswith("()")  # `axios.create().get(url)`: the client is what lacks one.
    timeout, fix = _given(call, file, options, at, "timeout", "timeout: {milliseconds}", ("timeout", "signal", "cancelToken"))
    if library == "@nestjs/axios":
        # `HttpModule.register({ timeout })` may stand in another file.
        timeout, fix = ("set" if timeout == "set" else "unknown"), ()
    if is_chained and timeout == "none":
        timeout, fix = "unknown", ()
    own = _limit(call, file, options)
    yield from _call(call, file, library, method, url, timeout, fix, call.receiver if is_made or library == "@nestjs/axios" else "", own)


def _given(
    call: Call, file: File, options: Value | None, at: int, key: str, entry: str, ending: tuple[str, ...]
) -> tuple[Timeout, tuple[Replacement, ...]]:
    """Return whether options, the argument at `at`, set a timeout, and what adds one."""
    positional = len(call.arguments)
    if any(item.name for item in call.arguments):
        return "unknown", ()
    if options is None:
        if positional == at and positional:
            return "none", (Replacement(call.arguments[-1].span.after, f", {{ {entry} }}"),)
        if positional == at - 1 and positional:
            return "none", (Replacement(call.arguments[-1].span.after, f", undefined, {{ {entry} }}"),)
        return "none", ()
    known = file.constant(options, call.function)
    if isinstance(known, Null):
        return "none", (Replacement(options.span, f"{{ {entry} }}"),) if known is options else ()
    if not isinstance(known, Mapping):
        return "unknown", ()
    if any(item.key in ending for item in known.entries):
        value = known.get(key)
        return ("none" if isinstance(value, Number) and not value.value else "set"), ()
    if any(item.key in ("...", "") for item in known.entries):
        return "unknown", ()
    if known is not options:
        return "none", ()
    return "none", (additions.entry(known, entry),)


def _limit(call: Call, file: File, options: Value | None, is_whole: bool = True) -> Limit | None:
    """Return how long options let a call take; None where they say nothing, or for those of a client, which is not `is_whole`."""
    known = file.constant(options, call.function)
    if options is None or isinstance(known, Null):
        return None
    if not isinstance(known, Mapping):
        return Limit(UNKNOWN)
    found = []
    for item in known.entries:
        value = item.value
        if item.key == "timeout" and isinstance(value, Mapping):  # { request: 5000 } of got.
            value = value.get("request") or value
        if item.key == "signal" and not _is_timer(file.constant(value, call.function)):
            found.append(Limit(UNKNOWN))
        elif item.key in ("timeout", "signal"):
            found.append(limit(value, MILLISECONDS, lambda part: file.constant(part, call.function)))
        elif (item.key in ("...", "") and is_whole) or item.key in ("cancelToken", "dispatcher"):
            found.append(Limit(UNKNOWN))
    if not found:
        return None
    best = least(*found)
    return best if known is options else Limit(best.milliseconds)


def _is_timer(value: Value | None) -> bool:
    return isinstance(value, Invocation) and value.callee == "AbortSignal.timeout"


@framework.call(*_FETCHES)
def fetch(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(given(call, 1), call.function)
    method = text(options.get("method")) if isinstance(options, Mapping) else "GET"
    timeout, fix = _given(
        call, file, given(call, 1), 1, "signal", "signal: AbortSignal.timeout({milliseconds})", ("signal", "timeout", "dispatcher")
    )
    library = "undici" if call.callee.startswith("undici") else "fetch" if "." in call.callee or call.callee == "fetch" else call.callee
    url = given(call, 0)
    if isinstance(url, Invocation) and url.callee == "URL" and url.arguments:
        url = url.arguments[0].value
    yield from _call(call, file, library, method or "GET", url, timeout, fix, "", _limit(call, file, given(call, 1)))


@framework.call(*_GOT, *(f"{owner}.{method}" for owner in _GOT for method in _METHODS))
def got(call: Call, file: File) -> Iterator[Fact]:
    last = call.callee.rpartition(".")[2]
    options = file.constant(given(call, 1), call.function)
    method = last if last in _METHODS else (text(options.get("method")) if isinstance(options, Mapping) else None) or "get"
    timeout, fix = _given(call, file, given(call, 1), 1, "timeout", "timeout: { request: {milliseconds} }", ("timeout", "signal"))
    is_made = "extend()" in call.callee
    own = _limit(call, file, given(call, 1))
    yield from _call(call, file, "got", method, given(call, 0), timeout, fix, call.receiver or call.written if is_made else "", own)


@framework.call("undici.request", *(f"ky.{method}" for method in _METHODS), "ky", *(f"ky.create().{method}" for method in _METHODS))
def with_default(call: Call, file: File) -> Iterator[Fact]:
    """undici gives up after 300 s, ky after 10 s."""
    library, _, last = call.callee.partition(".")
    options = file.constant(given(call, 1), call.function)
    method = last if last in _METHODS else (text(options.get("method")) if isinstance(options, Mapping) else None) or "get"
    value = options.get("timeout") if isinstance(options, Mapping) else None
    timeout: Timeout = "none" if value is not None and getattr(value, "value", None) is False else "set"
    own = _limit(call, file, given(call, 1)) if library == "ky" else Limit(UNKNOWN)
    yield from _call(call, file, library, method, given(call, 0), timeout, (), "", own)


@framework.call(*(f"superagent.{method}" for method in (*_METHODS, "del")))
def superagent(call: Call, file: File) -> Iterator[Fact]:
    links = {
        item.callee.rpartition(".")[2]: item
        for item in file.calls_in(call.function)
        if item.span.chunk == call.span.chunk and item.span.start == call.span.start and item.span.end > call.span.end
    }
    timeout: Timeout = "set" if "timeout" in links else "none"
    own = limit(given(links["timeout"], 0), MILLISECONDS, lambda part: file.constant(part, call.function)) if "timeout" in links else None
    method = call.callee.rpartition(".")[2].replace("del", "delete") if call.callee.endswith(".del") else call.callee.rpartition(".")[2]
    fix = (Replacement(call.span.after, ".timeout({milliseconds})"),) if timeout == "none" else ()
    yield from _call(call, file, "superagent", method, given(call, 0), timeout, fix, "", own)


@framework.call(*(f"*.{method}" for method in _METHODS))
def of_another_file(call: Call, file: File) -> Iterator[Fact]:
    """`inventory.get("/items")` where `inventory` is imported; a route has a function behind its path."""
    owner, url = file.through(call), given(call, 0)
    method = call.callee[len(owner) + 1 :]
    if method not in _METHODS or not isinstance(url, String | Template) or "/" not in owner:
        return
    if any(isinstance(item.value, Function) for item in call.arguments) or _is_browser(file):
        return
    known = address(url, lambda part: named(file.constant(part, call.function)))
    own = _limit(call, file, given(call, 2 if method in _WITH_BODY else 1))
    if known is not None and (known.path or known.host):
        yield HttpCall(
            call.span.until(call.name_span), call.function, "", method.upper(), known.authority if known.host else "",
            known.setting if not known.host else "", known.path, literals(url, call, file), "unknown", (), owner,
            call.in_loop, call.is_awaited, owner, own.milliseconds if own is not None else None,
        )  # fmt: skip


def _call(
    call: Call,
    file: File,
    library: str,
    method: str,
    url: Value | None,
    timeout: Timeout,
    fix: tuple[Replacement, ...],
    client: str,
    own: Limit | None,
) -> Iterator[Fact]:
    known = address(url, lambda part: named(file.constant(part, call.function)))
    if known is not None and known.scheme and not known.scheme.startswith("http"):
        return
    is_page = _is_browser(file) or (_is_relative(url) and not client)
    if is_page or (known is not None and known.setting.startswith("import.meta")):
        timeout, fix = ("set" if timeout == "set" else "unknown"), ()
    if not isinstance(url, String | Template | Name | None) and not isinstance(url, Invocation):
        return
    yield HttpCall(
        call.span.until(call.name_span),
        call.function,
        library,
        method.upper(),
        known.authority if known is not None and known.host else "",
        known.setting if known is not None and not known.host else "",
        known.path if known is not None else None,
        literals(url, call, file),
        timeout,
        own.change if own is not None and timeout == "set" else fix,
        client,
        call.in_loop,
        call.is_awaited,
        milliseconds=own.milliseconds if own is not None else None,
    )
    yield from _endpoint(known, url, call, file)


def _endpoint(known: Address | None, url: Value | None, call: Call, file: File) -> Iterator[Endpoint]:
    if known is None or not known.host or url is None:
        return
    at = file.constant(url, call.function) or url
    host = known.host
    key = "SERVICE_URL" if host[0].isdigit() or host == "localhost" else f"{host.split('.')[0].replace('-', '_').upper()}_URL"
    shown = f"{known.scheme}://{known.authority}{known.path}" if known.scheme else known.authority
    yield Endpoint(at.span, shown, host, known.port, call.function, "", _configured(key, at, known), key)


def _configured(key: str, value: Value, known: Address) -> tuple[Replacement, ...]:
    """Read scheme and host from the environment; the rest of the text stays as it is."""
    literal = known.literal(value)
    if literal is None:
        return ()
    read = f"${{process.env.{key}}}"
    if not literal.is_quoted:
        start, end = literal.span.start, literal.span.end - len(literal.rest.encode())
        return (Replacement(Span(start, end, literal.span.chunk), read),)
    if "`" in literal.rest or "${" in literal.rest:
        return ()
    return (Replacement(literal.span, f"`{read}{literal.rest}`" if literal.rest else f"process.env.{key}"),)


@framework.call("axios.create", "axios.default.create", "got.extend", "ky.create", "undici.Pool", "undici.Client")
def client(call: Call, file: File) -> Iterator[Fact]:
    library = call.callee.partition(".")[0]
    is_undici = library == "undici"
    options = file.constant(given(call, 1 if is_undici else 0), call.function)
    url = given(call, 0) if is_undici else options.get("baseURL") or options.get("prefixUrl") if isinstance(options, Mapping) else None
    known = address(url, lambda part: named(file.constant(part, call.function)))
    name = held(call, file)
    timeout: Timeout = "set"
    fix: tuple[Replacement, ...] = ()
    if library in ("axios", "got"):
        entry = "timeout: {milliseconds}" if library == "axios" else "timeout: { request: {milliseconds} }"
        timeout, fix = _given(call, file, given(call, 0), 0, "timeout", entry, ("timeout",))
        if not call.arguments:
            timeout, fix = "none", (Replacement(call.arguments_span.before, f"{{ {entry} }}"),)
    sends_cookies = any(entry.key == "withCredentials" for item in call.arguments for entry in getattr(item.value, "entries", ()))
    if (
        sends_cookies
        or _is_browser(file)
        or (url is not None and _is_relative(url))
        or (known is not None and known.setting.startswith("import.meta"))
    ):
        timeout, fix = ("set" if timeout == "set" else "unknown"), ()
    base = f"{known.scheme}://{known.authority}{known.path}" if known is not None and known.host else ""
    own = _limit(call, file, given(call, 0), is_whole=False) if not is_undici else None
    yield Client(
        call.span.until(call.name_span), library, "http", name, call.function, call.in_loop, base,
        known.setting if known is not None and not known.host else "", timeout,
        own.change if own is not None and timeout == "set" else fix, file.is_kept(name, call.function), hoisted(call, file),
        own.milliseconds if own is not None else None,
    )  # fmt: skip
    if url is not None:
        yield from _endpoint(known, url, call, file)
