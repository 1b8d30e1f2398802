"""Gateways in front of services: what they answer to browsers of other origins (ingress-nginx, Istio)."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.api import CorsPolicy
from architrave.facts.code import Document
from architrave.facts.values import Mapping, Sequence, String, Value, walk
from architrave.framework import File, Framework
from architrave.regexes import regex

framework = Framework("gateways", languages=("yaml",))

_NGINX = "nginx.ingress.kubernetes.io/"
_ANYTHING = regex(r"\^?\.[*+]\$?")


@framework.every(Document)
def policies(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    for item in root.items if isinstance(root, Sequence) else (root,):
        if not isinstance(item, Mapping):
            continue
        kind = scalar(item.get("kind"))
        if kind == "Ingress":
            yield from _ingress(item)
        elif kind == "VirtualService" and (scalar(item.get("apiVersion")) or "").startswith("networking.istio.io/"):
            for part in walk(item):
                policy = part.get("corsPolicy") if isinstance(part, Mapping) else None
                if isinstance(policy, Mapping):
                    yield from _istio(policy)


def _ingress(item: Mapping) -> Iterator[Fact]:
    annotations = item.get("metadata", "annotations")
    if not isinstance(annotations, Mapping) or scalar(annotations.get(f"{_NGINX}enable-cors")) != "true":
        return
    allowed = annotations.get(f"{_NGINX}cors-allow-origin")
    origins = tuple(part.strip() for part in (scalar(allowed) or "*").split(","))  # All are, and with credentials, where nothing is said.
    credentials = scalar(annotations.get(f"{_NGINX}cors-allow-credentials")) or "true"
    place = allowed if allowed is not None else annotations.get(f"{_NGINX}enable-cors")
    if place is not None:
        yield CorsPolicy(place.span, origins, False, credentials == "true")


def _istio(policy: Mapping) -> Iterator[Fact]:
    listed = policy.get("allowOrigins")
    matches = [item for item in listed.items if isinstance(item, Mapping)] if isinstance(listed, Sequence) else []
    exact = tuple(value.value for item in matches if isinstance(value := item.get("exact"), String))
    reflects = any(_matches_all(item.get("regex")) or scalar(item.get("prefix")) == "" for item in matches)
    if listed is not None:
        yield CorsPolicy(listed.span, exact, reflects, scalar(policy.get("allowCredentials")) == "true")


def _matches_all(value: Value | None) -> bool:
    return isinstance(value, String) and _ANYTHING.fullmatch(value.value) is not None
