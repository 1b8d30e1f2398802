"""HTTP clients of Java: RestTemplate, RestClient, WebClient, java.net.http and OkHttp."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from architrave.address import Address, literals
from architrave.facts import Fact
from architrave.facts.api import Client, Endpoint, HttpCall
from architrave.facts.code import Call, Definition, Field, Return
from architrave.facts.values import Function, Invocation, Name, Replacement, String, Template, Value, text
from architrave.framework import File, Framework
from architrave.java.addresses import located, setting_of
from architrave.java.clients import FACTORY, hoisted, request_factory
from architrave.java.imports import imported
from architrave.java.names import annotation, given, is_kept, items, positional, root, simple
from architrave.java.queries import links
from architrave.limits import MILLISECONDS, SECONDS, UNKNOWN, Limit, least, limit
from architrave.text import Span

framework = Framework("java-http-clients", languages=("java",))

Timeout = Literal["set", "none", "unknown"]
_TEMPLATE = {
    "getForObject": "GET",
    "getForEntity": "GET",
    "headForHeaders": "HEAD",
    "postForObject": "POST",
    "postForEntity": "POST",
    "postForLocation": "POST",
    "patchForObject": "PATCH",
    "put": "PUT",
    "delete": "DELETE",
    "optionsForAllow": "OPTIONS",
    "exchange": "*",
    "execute": "*",
}
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "method")
_TIMEOUTS = ("setConnectTimeout", "setReadTimeout", "connectTimeout", "readTimeout", "setConnectionRequestTimeout", "withReadTimeout")
_READING = (".setReadTimeout", ".readTimeout")
_TIME_UNITS = {"MILLISECONDS": MILLISECONDS, "SECONDS": SECONDS, "MINUTES": 60 * SECONDS}
_CLIENTS = {
    "org.springframework.web.client.RestTemplate": "RestTemplate",
    "org.springframework.web.client.RestClient.create": "RestClient",
    "org.springframework.web.reactive.function.client.WebClient.create": "WebClient",
    "java.net.http.HttpClient.newHttpClient": "java.net.http",
    "okhttp3.OkHttpClient": "OkHttp",
    "org.apache.hc.client5.http.impl.classic.HttpClients.createDefault": "Apache HttpClient",
    "org.apache.http.impl.client.HttpClients.createDefault": "Apache HttpClient",
}
_BUILDERS = {
    "org.springframework.web.client.RestClient.builder": "RestClient",
    "org.springframework.web.reactive.function.client.WebClient.builder": "WebClient",
    "java.net.http.HttpClient.newBuilder": "java.net.http",
    "okhttp3.OkHttpClient.Builder": "OkHttp",
    "org.apache.hc.client5.http.impl.classic.HttpClients.custom": "Apache HttpClient",
    "org.apache.http.impl.client.HttpClients.custom": "Apache HttpClient",
}


# What is declared to hold a client of a library.
_TYPES = {"java.net.http": "HttpClient", "OkHttp": "OkHttpClient", **{name: name for name in ("RestTemplate", "RestClient", "WebClient")}}


@framework.call(*(f"*.{method}" for method in _TEMPLATE))
def rest_template(call: Call, file: File) -> Iterator[Fact]:
    owner, _, method = call.callee.rpartition(".")
    if simple(owner) not in ("RestTemplate", "RestOperations", "TestRestTemplate") or not call.arguments:
        return
    verb = _TEMPLATE[method]
    if method in ("exchange", "execute"):
        named = positional(call, 1)
        verb = named.written.rpartition(".")[2] if isinstance(named, Name) and "HttpMethod." in named.written else "*"
    yield from _call(call, call.arguments[0].value, "RestTemplate", verb, "unknown", file)


@framework.call("*.uri")
def fluent(call: Call, file: File) -> Iterator[Fact]:
    """`client.get().uri("http://inventory/items/{id}", id)` of RestClient and WebClient."""
    owner = call.callee.rpartition(".")[0]
    before, _, verb = owner.removesuffix("()").rpartition(".")
    kind = simple(before.removesuffix(".build()").removesuffix(".mutate()"))
    kind = "WebClient" if kind in ("WebClient", "Builder") and "WebClient" in before else kind
    kind = "RestClient" if kind == "Builder" and "RestClient" in before else kind
    if kind not in ("RestClient", "WebClient", "WebTestClient") or verb not in _VERBS or not call.arguments or kind == "WebTestClient":
        return
    ending = [
        other
        for other in links(call, file)
        if other.callee.rpartition(".")[2] == "timeout" or (other.callee.endswith(".block") and other.arguments)
    ]
    timeout: Timeout = "set" if ending else "unknown"
    value = call.arguments[0].value
    if isinstance(value, Function):
        value = _built(call, file) or value
    if verb == "method":
        named = next((link for link in file.chain(call) if link.callee.endswith(".method")), None)
        method = positional(named, 0) if named is not None else None
        verb = method.written.rpartition(".")[2] if isinstance(method, Name) else "*"
    yield from _call(call, value, kind, verb.upper(), timeout, file, _limit(ending, file))


def _limit(setters: Iterable[Call], file: File) -> Limit | None:
    """Return the least of the limits that calls set: `timeout(Duration.ofSeconds(2))`, `readTimeout(2, TimeUnit.SECONDS)`,
    `setReadTimeout(2000)`; None where there are none."""
    found = []
    for setter in setters:
        unit = MILLISECONDS
        if len(setter.arguments) == 2:
            named = setter.arguments[1].value
            unit = _TIME_UNITS.get(named.written.rpartition(".")[2], UNKNOWN) if isinstance(named, Name) else UNKNOWN
        given = setter.arguments[0].value if setter.arguments else None
        found.append(limit(given, unit, lambda part, function=setter.function: file.constant(part, function)))  # type: ignore[misc]
    return least(*found) if found else None


def _built(call: Call, file: File) -> Value | None:
    """`uri(builder -> builder.path("/items/{id}").build(id))`."""
    inside = [other for other in file.calls_in(call.function) if call.arguments_span.contains(other.span)]
    path = next((other for other in inside if other.callee.endswith(".path") and other.arguments), None)
    return path.arguments[0].value if path is not None else None


def _call(call: Call, value: Value, library: str, method: str, timeout: Timeout, file: File, own: Limit | None = None) -> Iterator[Fact]:
    url = located(value, file, call.function)
    literal = file.constant(value, call.function)
    yield HttpCall(
        call.span.until(call.name_span),
        call.function,
        library,
        method,
        url.authority if url is not None and url.host else "",
        setting_of(url, file, call.function),
        url.path if url is not None else None,
        literals(value, call, file),
        timeout,
        own.change if own is not None else (),
        client=_qualified(root(call.written).removesuffix("()"), file),
        in_loop=call.in_loop,
        milliseconds=own.milliseconds if own is not None else None,
    )
    yield from _endpoint(url, literal, call.function)


def _endpoint(url: Address | None, value: Value | None, function: str) -> Iterator[Fact]:
    if url is None or not url.host or value is None:
        return
    while isinstance(value, Invocation) and value.arguments:
        value = value.arguments[0].value
    if not isinstance(value, String | Template):
        return
    key = f"{url.host.split('.')[0].replace('-', '_').upper()}_URL" if not url.host[0].isdigit() else "SERVICE_URL"
    shown = f"{url.scheme}://{url.authority}{url.path}"
    yield Endpoint(value.span, shown, url.host, url.port, function, "", _configured(key, url, value), key)


def _configured(key: str, url: Address, value: String | Template) -> tuple[Replacement, ...]:
    """Read scheme and host from the environment; the rest of the text stays as it is."""
    literal = url.literal(value)
    if literal is None or not literal.is_quoted or set(literal.rest) & set('"\\'):
        return ()
    rest = f' + "{literal.rest}"' if literal.rest else ""
    return (Replacement(literal.span, f'System.getenv("{key}"){rest}'),)


@framework.call("java.net.http.HttpRequest.newBuilder")
def request(call: Call, file: File) -> Iterator[Fact]:
    chain = list(links(call, file))
    named = {link.callee.rpartition(".")[2]: link for link in chain}
    uri = named.get("uri")
    value = call.arguments[0].value if call.arguments else uri.arguments[0].value if uri is not None and uri.arguments else None
    build = named.get("build")
    method = next((name for name in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH") if name in named), "GET")
    if "method" in named:
        method = text(positional(named["method"], 0)) or "*"
    url = located(value, file, call.function)
    timeout: Timeout = "set" if "timeout" in named else "none" if build is not None else "unknown"
    fix: tuple[Replacement, ...] = ()
    imports = imported(file, "java.time.Duration")
    if timeout == "none" and build is not None and imports is not None:
        fix = (Replacement(_before(build, chain, call), ".timeout(Duration.ofSeconds({seconds}))"), *imports)
    own = _limit([named["timeout"]], file) if "timeout" in named else None
    yield HttpCall(
        call.span.until(call.name_span), call.function, "java.net.http", method, url.authority if url is not None and url.host else "",
        setting_of(url, file, call.function), url.path if url is not None else None, literals(value, call, file), timeout,
        own.change if own is not None else fix, in_loop=call.in_loop, milliseconds=own.milliseconds if own is not None else None,
    )  # fmt: skip
    yield from _endpoint(url, file.constant(value, call.function), call.function)


def _before(build: Call, chain: list[Call], first: Call) -> Span:
    """Where the link before `build()` ends."""
    ends = [link.span for link in (first, *chain) if link.span.end < build.span.end]
    return max(ends, key=lambda span: span.end).after


@framework.call("*.url")
def okhttp(call: Call, file: File) -> Iterator[Fact]:
    if not call.callee.rpartition(".")[0].endswith("Request.Builder()") or not file.imports("okhttp3") or not call.arguments:
        return
    named = [link.callee.rpartition(".")[2] for link in links(call, file)]
    method = next((name.upper() for name in ("post", "put", "delete", "patch", "head") if name in named), "GET")
    yield from _call(call, call.arguments[0].value, "OkHttp", method, "set", file)  # Ten seconds by default.


@framework.call("java.net.URL().openConnection", "java.net.URI().toURL().openConnection")
def connection(call: Call, file: File) -> Iterator[Fact]:
    reading = [other for other in file.calls_in(call.function) if other.callee.rpartition(".")[2] == "setReadTimeout"]
    timeout: Timeout = "set" if reading else "none"
    own = _limit(reading, file)
    assignment = file.assigned(call)
    fix: tuple[Replacement, ...] = ()
    if timeout == "none" and assignment is not None and not file.enclosing(call.span, "callback", "with"):
        setters = (f"{assignment.target}.{name}({{milliseconds}});" for name in ("setConnectTimeout", "setReadTimeout"))
        fix = (Replacement(assignment.span, "\n".join(setters), "after"),)
    url = located(Name(call.span, call.receiver, call.receiver), file, call.function)
    yield HttpCall(
        call.span.until(call.name_span), call.function, "HttpURLConnection", "GET", url.authority if url is not None and url.host else "",
        "", url.path if url is not None and not url.base else None, timeout=timeout,
        timeout_fix=own.change if own is not None else fix, in_loop=call.in_loop,
        milliseconds=own.milliseconds if own is not None else None,
    )  # fmt: skip


@framework.call(*_CLIENTS)
def client(call: Call, file: File) -> Iterator[Fact]:
    library = _CLIENTS[call.callee]
    name = _name(call, file)
    timeout: Timeout = "unknown"
    if library == "OkHttp":
        timeout = "set"
    elif library == "RestTemplate" and not call.arguments:
        timeout = "unknown" if _is_changed(name, call, file) else "none"
    elif library == "RestClient":
        timeout = "none"
    base = call.arguments[0].value if call.arguments and library in ("RestClient", "WebClient") else None
    fix = _limited(call, library, file) if timeout == "none" else ()
    own = _limit(_of_factory(call, file), file)
    yield _client(call, call, library, name, timeout, fix, base, file, own)
    yield from _endpoint(located(base, file, call.function), file.constant(base, call.function), call.function)


def _of_factory(call: Call, file: File) -> list[Call]:
    """Return what sets how long answers may take, on the variable that a `RestTemplate` is given for its requests."""
    given = call.arguments[0].value if call.arguments else None
    if not isinstance(given, Name) or not call.callee.endswith("RestTemplate"):
        return []
    return [other for other in file.calls_in(call.function) if other.receiver == given.written and other.callee.endswith(_READING)]


@framework.call("*.build")
def template_builder(call: Call, file: File) -> Iterator[Fact]:
    """`builder.setReadTimeout(Duration.ofSeconds(5)).build()`."""
    if not call.callee.partition("()")[0].endswith(".RestTemplateBuilder"):
        return
    setters = [link for link in file.chain(call) if link.callee.endswith(_READING)]
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else ""
    yield _client(call, call, "RestTemplate", name, "set" if setters else "unknown", (), None, file, _limit(setters, file))


def _is_changed(name: str, call: Call, file: File) -> bool:
    """Whether the client is given another way to connect afterwards."""
    return any(
        other.callee.endswith((".setRequestFactory", "setConnectTimeout", "setReadTimeout")) and name in (root(other.written), "")
        for other in file.calls_in(call.function)
    )


@framework.call(*_BUILDERS)
def builder(call: Call, file: File) -> Iterator[Fact]:
    chain = list(links(call, file))
    build = next((link for link in reversed(chain) if link.callee.endswith(".build")), None)
    if build is None:
        return
    library = _BUILDERS[call.callee]
    named = {link.callee.rpartition(".")[2]: link for link in chain}
    timeout: Timeout = "unknown"
    if library == "OkHttp" or any(name in named for name in _TIMEOUTS):
        timeout = "set"
    elif library == "RestClient" and not ({"requestFactory", "requestInterceptor", "apply"} & set(named)):
        timeout = "none"
    base = positional(named["baseUrl"], 0) if "baseUrl" in named else None
    factory = request_factory(build, file) if timeout == "none" else None
    setters = [named[name] for name in ("callTimeout", "readTimeout", "responseTimeout") if name in named]
    own = _limit(setters, file)
    fix: tuple[Replacement, ...] = own.change if own is not None else ()
    if factory is not None:
        imports = imported(file, FACTORY) or ()
        fix = (Replacement(_before(build, chain, call), f".requestFactory({factory[0]})"), factory[1], *imports)
    yield _client(call, build, library, _name(build, file), timeout, fix, base, file, own)
    yield from _endpoint(located(base, file, call.function), file.constant(base, call.function), call.function)


@framework.call("*.baseUrl")
def handed_builder(call: Call, file: File) -> Iterator[Fact]:
    """`builder.baseUrl("http://inventory").build()` of a builder that Spring hands over, with what the application sets for all."""
    owner = call.callee.removesuffix(".baseUrl")
    library = next((name for name in ("RestClient", "WebClient") if owner.endswith(f"{name}.Builder()")), "")
    build = next((link for link in reversed(list(links(call, file))) if link.callee.endswith(".build")), None)
    if library and build is not None:
        base = positional(call, 0)
        yield _client(call, build, library, _name(build, file), "unknown", (), base, file)
        yield from _endpoint(located(base, file, call.function), file.constant(base, call.function), call.function)


def _name(built: Call, file: File) -> str:
    """Return what holds a client: a variable, or the name of the bean that a method returns."""
    assignment = file.assigned(built)
    if assignment is not None:
        return assignment.target
    definition = file.definition(built.function)
    mark = annotation(definition.decorators, "Bean") if definition is not None else None
    if definition is None or mark is None or not any(item.value.span == built.span for item in file.near(Return, built.span)):
        return ""
    named = next(iter(items(given(mark, "", "name"))), None)
    return text(named) or definition.name.rpartition(".")[2]


def _qualified(name: str, file: File) -> str:
    """Return the bean that a field or parameter of that name is told to be: `@Qualifier("inventory") RestClient client`."""
    fields = (item.decorators for item in file.all(Field) if item.name == name)
    taken = (item.decorators for method in file.all(Definition) for item in method.parameters if item.name == name)
    marks = (annotation(decorators, "Qualifier") for decorators in (*fields, *taken))
    return next((written for mark in marks if (written := text(given(mark, "")))), name)


def _limited(call: Call, library: str, file: File) -> tuple[Replacement, ...]:
    """Make `new RestTemplate()` or `RestClient.create()` with a factory of requests that has timeouts."""
    factory, imports = request_factory(call, file), imported(file, FACTORY)
    if factory is None or imports is None:
        return ()
    made, preparation = factory
    if library == "RestTemplate":
        return Replacement(call.arguments_span.before, made), preparation, *imports
    builder = Replacement(call.name_span, "builder")
    if not call.arguments:
        return builder, Replacement(call.span.after, f".requestFactory({made}).build()"), preparation, *imports
    rest = Span(call.name_span.end, call.span.end, call.span.chunk)
    based = Replacement(rest, f"().baseUrl({{}}).requestFactory({made}).build()", copied=call.arguments_span)
    return builder, based, preparation, *imports


def _client(
    call: Call,
    built: Call,
    library: str,
    name: str,
    timeout: Timeout,
    fix: tuple[Replacement, ...],
    base: Value | None,
    file: File,
    own: Limit | None = None,
) -> Client:
    url = located(base, file, call.function)
    return Client(
        call.span.until(call.name_span), library, "http", name, call.function, call.in_loop,
        f"{url.scheme}://{url.authority}{url.path}" if url is not None and url.host else "", setting_of(url, file, call.function), timeout,
        own.change if own is not None else fix, is_kept(file, name, call.function), hoisted(built, _TYPES.get(library, ""), file),
        own.milliseconds if own is not None else None,
    )  # fmt: skip
