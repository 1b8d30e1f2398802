"""Gateways and meshes (ingress-nginx, Istio, Gateway API, Linkerd, Envoy, Spring): how long they wait, and how often they try."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import GatewayRule
from architrave.facts.values import Mapping, Number, Replacement, Sequence, String, Value, number, walk
from architrave.framework import File, Framework
from architrave.limits import MILLISECONDS, SECONDS, duration
from architrave.regexes import regex
from architrave.text import Span
from architrave.urls import split

framework = Framework("gateway-rules", languages=("yaml", "json"))

_NGINX = "nginx.ingress.kubernetes.io/"
_SPRING = regex(r"(^|/)(application|bootstrap)[\w.-]*\.ya?ml$")
_LITERAL_PATH = regex(r"/[\w./-]*")


@framework.every(Document)
def rules(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    for item in root.items if isinstance(root, Sequence) else (root,):
        if not isinstance(item, Mapping):
            continue
        kind, version = scalar(item.get("kind")), scalar(item.get("apiVersion")) or ""
        if kind == "Ingress":
            yield from _ingress(item)
        elif kind == "VirtualService" and version.startswith("networking.istio.io/"):
            yield from _istio(item)
        elif kind == "HTTPRoute" and version.startswith("gateway.networking.k8s.io/"):
            yield from _http_route(item)
        elif kind == "Service" and version == "v1":
            yield from _linkerd(item)
        elif item.entry("static_resources") is not None:
            yield from _envoy(item)
        elif _SPRING.search(file.path):
            yield from _spring(item)


def _host(name: str, namespace: str) -> str:
    return f"{name}.{namespace}" if namespace and name and "." not in name else name


def _items(value: Value | None) -> Iterator[Mapping]:
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, Mapping):
            yield item


def _ingress(item: Mapping) -> Iterator[Fact]:
    annotations = item.get("metadata", "annotations")
    timeout = annotations.get(f"{_NGINX}proxy-read-timeout") if isinstance(annotations, Mapping) else None
    found = duration(timeout, SECONDS)
    if found is None or timeout is None or not isinstance(annotations, Mapping):
        return
    namespace = scalar(item.get("metadata", "namespace")) or ""
    is_rewritten = any(annotations.get(_NGINX + key) is not None for key in ("rewrite-target", "configuration-snippet", "server-snippet"))
    for rule in _items(item.get("spec", "rules")):
        for path in _items(rule.get("http", "paths")):
            name = scalar(path.get("backend", "service", "name")) or ""
            prefix = (scalar(path.get("path")) or "/").rstrip("/")
            if name and not is_rewritten and (not prefix or _LITERAL_PATH.fullmatch(prefix)):
                yield GatewayRule(timeout.span, "nginx", _host(name, namespace), prefix, found.milliseconds, found.change)


def _istio(item: Mapping) -> Iterator[Fact]:
    namespace = scalar(item.get("metadata", "namespace")) or ""
    for route in _items(item.get("spec", "http")):
        hosts = {scalar(part.get("destination", "host")) or "" for part in _items(route.get("route"))}
        prefix = _prefix([part.get("uri") for part in _items(route.get("match"))])
        if len(hosts) != 1 or prefix is None or route.entry("rewrite") is not None or route.entry("redirect") is not None:
            continue
        retries = route.get("retries")
        more = number(retries.get("attempts")) if isinstance(retries, Mapping) else None
        yield from _rule("Istio", _host(hosts.pop(), namespace), prefix, route.get("timeout"), more, retries, "attempts")


def _prefix(matches: list[Value | None]) -> str | None:
    """Return what all paths of a route begin with, "" for any; None where that is no literal."""
    if len(matches) > 1:
        return None
    match = matches[0] if matches else None
    if match is None:
        return ""
    if not isinstance(match, Mapping):
        return None
    written = scalar(match.get("prefix")) or scalar(match.get("exact"))
    return written.rstrip("/") if written is not None else None


def _rule(kind: str, host: str, path: str, timeout: Value | None, more: float | None, retries: Value | None, key: str) -> Iterator[Fact]:
    found = duration(timeout)
    place = retries if retries is not None else timeout
    if place is None or not host or (found is None and more is None):
        return
    count = retries.get(key) if isinstance(retries, Mapping) else None
    fix = (Replacement(count.span, "0"),) if isinstance(count, Number) else ()
    yield GatewayRule(
        timeout.span if found is not None and timeout is not None else place.span, kind, host, path,  # type: ignore[arg-type]
        found.milliseconds if found is not None else None, found.change if found is not None else (),
        int(more) + 1 if more is not None else None, count.span if count is not None and more is not None else None, fix,
    )  # fmt: skip


def _http_route(item: Mapping) -> Iterator[Fact]:
    namespace = scalar(item.get("metadata", "namespace")) or ""
    for rule in _items(item.get("spec", "rules")):
        hosts = {scalar(part.get("name")) or "" for part in _items(rule.get("backendRefs"))}
        matches = [part.get("path") for part in _items(rule.get("matches"))]
        first = matches[0] if len(matches) == 1 else None
        path = scalar(first.get("value")) if isinstance(first, Mapping) else ""
        if len(hosts) == 1 and len(matches) < 2 and path is not None and rule.entry("filters") is None:
            retry = rule.get("retry")
            more = number(retry.get("attempts")) if isinstance(retry, Mapping) else None
            host = _host(hosts.pop(), namespace)
            yield from _rule("Gateway API", host, path.rstrip("/"), rule.get("timeouts", "request"), more, retry, "attempts")


def _linkerd(item: Mapping) -> Iterator[Fact]:
    annotations = item.get("metadata", "annotations")
    if not isinstance(annotations, Mapping):
        return
    host = _host(scalar(item.get("metadata", "name")) or "", scalar(item.get("metadata", "namespace")) or "")
    retries = annotations.get("retry.linkerd.io/http") is not None
    limit, timeout = annotations.get("retry.linkerd.io/limit"), annotations.get("timeout.linkerd.io/request")
    found = duration(timeout)
    written = scalar(limit)
    more = int(written) if retries and written is not None and written.isdigit() else None
    place = timeout or limit
    if place is not None and (found is not None or more is not None):
        fix = (Replacement(limit.span, '"0"'),) if isinstance(limit, String) and more is not None else ()
        yield GatewayRule(
            place.span, "Linkerd", host, "", found.milliseconds if found is not None else None, found.change if found is not None else (),
            more + 1 if more is not None else None, limit.span if limit is not None and more is not None else None, fix,
        )  # fmt: skip


def _envoy(item: Mapping) -> Iterator[Fact]:
    hosts: dict[str, set[str]] = {}
    for cluster in _items(item.get("static_resources", "clusters")):
        addresses = (part.get("socket_address", "address") for part in walk(cluster) if isinstance(part, Mapping))
        hosts[scalar(cluster.get("name")) or ""] = {found for value in addresses if (found := scalar(value))}
    for part in walk(item):
        route = part.get("route") if isinstance(part, Mapping) else None
        if not isinstance(part, Mapping) or not isinstance(route, Mapping):
            continue
        targets = hosts.get(scalar(route.get("cluster")) or "", set())
        prefix = _prefix([match] if (match := part.get("match")) is not None else [])
        if len(targets) != 1 or prefix is None or route.entry("prefix_rewrite") is not None or route.entry("regex_rewrite") is not None:
            continue
        retries = route.get("retry_policy")
        more = number(retries.get("num_retries")) if isinstance(retries, Mapping) else None
        yield from _rule("Envoy", next(iter(targets)), prefix, route.get("timeout"), more, retries, "num_retries")


def _spring(item: Mapping) -> Iterator[Fact]:
    for gateway in (item.get("spring", "cloud", "gateway", *more) for more in ((), ("server", "webflux"), ("server", "webmvc"))):
        if not isinstance(gateway, Mapping):
            continue
        shared = [part for part in _items(gateway.get("default-filters")) if _is_retry(part)]
        everywhere = gateway.get("httpclient", "response-timeout")
        for route in _items(gateway.get("routes")):
            url = split((scalar(route.get("uri")) or "").replace("lb://", "http://"))
            retry = next((part for part in (*_items(route.get("filters")), *shared) if _is_retry(part)), None)
            own = route.get("metadata", "response-timeout")
            path, is_changed = _spring_path(route)
            timeout = None if is_changed else own if own is not None else everywhere
            found = duration(timeout, MILLISECONDS)
            if url is None or not url.host or (found is None and retry is None):
                continue
            args = retry.get("args") if retry is not None else None
            count = args.get("retries") if isinstance(args, Mapping) else None
            written = number(count)
            more = int(written) if written is not None else None
            place: Span = timeout.span if found is not None and timeout is not None else retry.span if retry is not None else route.span
            yield GatewayRule(
                place, "Spring Cloud Gateway", url.host, path, found.milliseconds if found is not None else None,
                found.change if found is not None else (), more + 1 if more is not None else None,
                count.span if count is not None and more is not None else None,
                (Replacement(count.span, "0"),) if count is not None and more is not None else (),
            )  # fmt: skip


def _spring_path(route: Mapping) -> tuple[str, bool]:
    """Return what the paths of a route begin with, "" where that is no literal, and whether the service sees other ones."""
    listed = route.get("predicates")
    written = [scalar(item) or "" for item in (listed.items if isinstance(listed, Sequence) else ())]
    paths = [item.partition("=")[2].removesuffix("/**") for item in written if item.startswith("Path=")]
    filters = route.get("filters")
    names = [scalar(item) or scalar(getattr(item, "get", lambda _: None)("name")) or "" for item in getattr(filters, "items", ())]
    is_changed = any(name.startswith(("StripPrefix", "RewritePath", "SetPath", "PrefixPath")) for name in names)
    is_plain = len(paths) == 1 and _LITERAL_PATH.fullmatch(paths[0]) is not None
    return (paths[0].rstrip("/") if is_plain else ""), is_changed or (bool(paths) and not is_plain)


def _is_retry(part: Mapping) -> bool:
    return scalar(part.get("name")) == "Retry"
