"""Addresses of other services in files of configuration that are shipped with the code, by their number on the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Endpoint
from architrave.facts.code import Document
from architrave.facts.values import Mapping, Replacement, String, Value, walk
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.urls import split

framework = Framework("configured-endpoints", languages=("yaml", "json", "toml", "properties"))

_SPRING = regex(r"(^|/)(application|bootstrap)\.(ya?ml|properties)$")
_FILE = regex(r"(^|/)(config|conf|configuration|settings)/[^/]+$|(^|/)(appsettings|config|settings)\.(ya?ml|json|toml)$")
# Of a developer's machine, a test, or somebody's deployment, which is where addresses belong.
_ELSEWHERE = regex(
    r"(^|[/._-])(dev|develop|development|local|tests?|e2e|ci|examples?|samples?|k8s|kubernetes|helm|charts?|deploy(ment)?|nginx|\.\w+)([/._-]|$)"
)
_KEY = regex(r"(url|uri|endpoint|address|host|base)s?$", re.IGNORECASE)
_NUMBER = regex(r"\d{1,3}(\.\d{1,3}){3}$")
_OWN = regex(r"127\.|0\.0\.0\.0$|255\.")
_SCHEMES = ("http", "https", "ws", "wss", "grpc")


@framework.every(Document)
def endpoints(document: Document, file: File) -> Iterator[Fact]:
    is_spring = _SPRING.search(file.path) is not None
    if not (is_spring or _FILE.search(file.path)) or _ELSEWHERE.search(file.path):
        return
    for path, value in _strings(document.value):
        url = split(value.value) if _KEY.search(path[-1]) else None
        if url is None or url.scheme not in _SCHEMES or not _NUMBER.match(url.host) or _OWN.match(url.host):
            continue
        setting = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[.-]", "_", "_".join(path[-2:])).upper() if is_spring else ""
        quotes = value.span.end - value.span.start - len(value.value.encode())
        base = f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port is not None else "")
        fix: tuple[Replacement, ...] = ()
        if setting and quotes in (0, 2) and value.value.startswith(base):
            mark = '"' if quotes else ""
            fix = (Replacement(value.span, f"{mark}${{{setting}}}{value.value.removeprefix(base)}{mark}"),)
        yield Endpoint(value.span, value.value, url.host, url.port, "", "", fix, setting)


def _strings(root: Value) -> Iterator[tuple[tuple[str, ...], String]]:
    """Yield every text with the keys that lead to it."""
    around: dict[int, tuple[str, ...]] = {id(root): ()}
    for part in walk(root):
        keys = around.get(id(part), ())
        for entry in part.entries if isinstance(part, Mapping) else ():
            around[id(entry.value)] = (*keys, *entry.key.split("."))
            if isinstance(entry.value, String):
                yield around[id(entry.value)], entry.value
