"""HTTP interfaces of Spring: Feign's clients and `@HttpExchange`, and what the latter send their requests through."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.address import Address, address
from architrave.facts import Fact
from architrave.facts.api import Client, Endpoint, HttpCall
from architrave.facts.code import Call, Definition
from architrave.facts.values import Invocation, Name, String, Value, text
from architrave.framework import File, Framework
from architrave.java.addresses import VARIABLE, located, setting_of
from architrave.java.names import annotation, call_at, given, items, methods, positional
from architrave.java.settings import placeholders, with_defaults
from architrave.text import Span

framework = Framework("java-http-interfaces", languages=("java",))

_MAPPINGS = {"GetMapping": "GET", "PostMapping": "POST", "PutMapping": "PUT", "PatchMapping": "PATCH", "DeleteMapping": "DELETE"}
_EXCHANGES = {"GetExchange": "GET", "PostExchange": "POST", "PutExchange": "PUT", "PatchExchange": "PATCH", "DeleteExchange": "DELETE"}
_ADAPTERS = ("RestClientAdapter", "WebClientAdapter", "RestTemplateAdapter")


@framework.every(Definition)
def feign(definition: Definition, file: File) -> Iterator[Fact]:
    """`@FeignClient(name = "inventory", url = "${inventory.url}")`, and interfaces with `@HttpExchange`."""
    if definition.kind != "interface":
        return
    mark = annotation(definition.decorators, "FeignClient")
    exchange = annotation(definition.decorators, "HttpExchange")
    if mark is None and exchange is None and not file.imports("org.springframework.web.service.annotation"):
        return
    library = "Feign" if mark is not None else "HttpExchange"
    host, setting, prefix = _target(text(given(mark, "url")) or "", text(given(mark, "name", "", "serviceId")) or "")
    if exchange is not None:
        host, setting, prefix = _target(text(given(exchange, "", "url")) or "", "")
    yield from _written(given(mark, "url") or given(exchange, "", "url"), definition.name)
    mapping = annotation(definition.decorators, "RequestMapping")
    prefix += text(given(mark, "path")) or text(given(mapping, "", "path")) or ""
    for method in methods(file, definition.name):
        for decorator in method.decorators:
            kind = decorator.name.rpartition(".")[2]
            verb = _MAPPINGS.get(kind) or _EXCHANGES.get(kind)
            value = given(decorator, "", "path", "url")
            if kind == "RequestMapping":
                named = [item.written.rpartition(".")[2] for item in items(given(decorator, "method")) if isinstance(item, Name)]
                verb = named[0] if named else "*"
            if verb is None:
                continue
            first = next(iter(items(value)), None)
            written = text(first) if first is not None else ""
            path = None
            if written is not None:
                path = "".join(f"/{part.strip('/')}" for part in (prefix, written) if part.strip("/")) or "/"
                path = VARIABLE.sub("{}", path)
            texts: tuple[String, ...] = ()
            if first is not None and written:
                texts = (String(Span(first.span.start + 1, first.span.end - 1, first.span.chunk), written),)
            yield HttpCall(
                decorator.span, method.name, library, verb, host, setting, path, texts,
                timeout="set" if library == "Feign" else "unknown", client=definition.name,
            )  # fmt: skip


def _target(url: str, name: str) -> tuple[str, str, str]:
    """Return (host, setting, path) of the url or the name of a client."""
    found = placeholders(url)
    if found and found[0].start == 0:
        known = address(String(Span(0, 0), with_defaults(url)))
        return (known.authority if known is not None and known.host else ""), found[0].key, url[found[0].end :].rstrip("/")
    if url.startswith("/"):  # The rest is said where the interface is given its client.
        return "", "", url.rstrip("/")
    known = address(String(Span(0, 0), url)) if url else None
    if known is not None and known.host:
        return known.authority, "", known.path.rstrip("/")
    return ("" if placeholders(name) else name), "", ""


def _written(value: Value | None, holder: str) -> Iterator[Fact]:
    known = address(value) if isinstance(value, String) and not placeholders(value.value) else None
    if value is not None and known is not None and known.host:
        key = "SERVICE_URL" if known.host[0].isdigit() else f"{known.host.split('.')[0].replace('-', '_').upper()}_URL"
        yield Endpoint(value.span, f"{known.scheme}://{known.authority}{known.path}", known.host, known.port, holder, "", (), key)


@framework.call("*.createClient")
def proxy(call: Call, file: File) -> Iterator[Fact]:
    """`HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client)).build().createClient(Items.class)`, in one function."""
    made = positional(call, 0)
    adapters = [item for item in file.calls_in(call.function) if item.callee.rpartition(".")[0].endswith(_ADAPTERS) and item.arguments]
    if "HttpServiceProxyFactory" not in call.callee or not isinstance(made, Name) or len(adapters) != 1:
        return
    through = adapters[0].arguments[0].value
    over = through.written.removeprefix("this.") if isinstance(through, Name) else ""
    url = _base(through, call.function, file)
    if over or url is not None:
        yield Client(
            call.span.until(call.name_span), "HttpExchange", "http", made.name.removesuffix(".class"), call.function, call.in_loop,
            f"{url.scheme}://{url.authority}{url.path}" if url is not None and url.host else "", setting_of(url, file, call.function),
            is_cached=True, over=over,
        )  # fmt: skip


def _base(value: Value, function: str, file: File) -> Address | None:
    """Return the base URL of a client that is made where it is handed over."""
    call = call_at(file, value) if isinstance(value, Invocation) else None
    chain = [*file.chain(call), call] if call is not None else []
    given = next((link for link in chain if link.callee.endswith((".baseUrl", "Client.create")) and link.arguments), None)
    return located(given.arguments[0].value, file, function) if given is not None else None
