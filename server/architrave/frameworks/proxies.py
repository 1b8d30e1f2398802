"""What stands before services: limits of an Ingress or a gateway, and objects of Kubernetes whose limits lie elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import Proxy
from architrave.facts.values import Mapping, String, Value, text, walk
from architrave.framework import File, Framework
from architrave.regexes import regex

framework = Framework("proxies", languages=("yaml",))

_LIMITS = regex(
    r"rate-?_?limit|limit-(rps|rpm|connections|req)|throttl|RequestRateLimiter|waf|security-policy|backend-config|router\.middlewares"
    r"|konghq\.com/plugins|server-snippet|configuration-snippet",
    re.IGNORECASE,
)
_UNREAD_KINDS = frozenset(
    {"Gateway", "HTTPRoute", "VirtualService", "IngressRoute", "EnvoyFilter", "Middleware", "KongPlugin", "Mapping", "Route"}
)
_NGINX = ("nginx", "")


@framework.every(Document)
def proxies(document: Document, file: File) -> Iterator[Fact]:
    value = document.value
    if not isinstance(value, Mapping):
        return
    kind = text(value.get("kind")) or ""
    if value.entry("apiVersion") is not None and kind in _UNREAD_KINDS:
        yield Proxy(value.span, kind)
    if kind == "Ingress":
        classes = (value.get("spec", "ingressClassName"), value.get("metadata", "annotations", "kubernetes.io/ingress.class"))
        if any((text(name) or "") not in _NGINX for name in classes):
            yield Proxy(value.span, kind)
        yield from _limits(value.get("metadata", "annotations"))
    elif value.entry("spring") is not None or value.entry("routes") is not None:
        yield from _limits(value)


def _limits(value: Value | None) -> Iterator[Proxy]:
    for part in walk(value) if value is not None else ():
        if isinstance(part, Mapping):
            yield from (Proxy(entry.span, entry.key) for entry in part.entries if _LIMITS.search(entry.key))
        elif isinstance(part, String) and part.value.startswith("RequestRateLimiter"):
            yield Proxy(part.span, part.value)
