"""Compose files: services, their ports, environment and health checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave.documents import place_of_path, scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.data import Database
from architrave.facts.deployment import ExposedPort, Inclusion, Probe, SettingDeclaration, SettingSource, Workload
from architrave.facts.values import Entry, Mapping, Sequence, String, Value
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.text import Span
from architrave.urls import database, databases, probed, sends_headers, with_defaults

framework = Framework("compose", languages=("yaml",))

_FILE = regex(r"(docker-|podman-)?compose([.-].*)?\.ya?ml|.+[.-]compose\.ya?ml")
_SECRET = regex(r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|API_?KEY|CREDENTIAL", re.IGNORECASE)
_CONFIG = regex(r"\.(h?json|json5|toml|ya?ml|conf|cfg|ini|properties|env|xml)$|/config$")


# What the services of a compose file have, whatever the file is called; other documents have `services` too.
_KEYS = frozenset(
    {"image", "build", "environment", "env_file", "ports", "volumes", "depends_on", "command", "healthcheck", "restart", "extends"}
)
_JOINED = frozenset({"ports", "expose", "env_file", "volumes"})  # What a service adds to what it extends.
_DEPTH = 4  # Services that extend services.


@framework.every(Document)
def services(document: Document, file: File) -> Iterator[Fact]:
    listed = document.value.get("services") if isinstance(document.value, Mapping) else None
    if not isinstance(document.value, Mapping):
        return
    is_named = _FILE.fullmatch(basename(file.path)) is not None
    if isinstance(listed, Mapping) and (is_named or _is_compose(document.value, listed)):
        for entry in listed.entries:
            if isinstance(entry.value, Mapping):
                service = _extended(entry.value, listed, _DEPTH)
                # A file that others extend holds services that nothing runs by themselves.
                if is_named or service.entry("image") is not None or service.entry("build") is not None:
                    yield _workload(entry, service)
                yield from _service(entry, service)
    if is_named:
        yield from _inclusions(document.value.get("include"))


def _is_compose(root: Mapping, services: Mapping) -> bool:
    if root.entry("apiVersion") is not None or not services.entries:
        return False
    return all(isinstance(entry.value, Mapping) and any(item.key in _KEYS for item in entry.value.entries) for entry in services.entries)


def _inclusions(value: Value | None) -> Iterator[Inclusion]:
    """`include: [infra.yml, { path: [more.yml], env_file: more.env }]`."""
    for span, item in _listed_values(value):
        for _, path in _listed_values(item.get("path")) if isinstance(item, Mapping) else ((span, item),):
            if _text(path):
                yield Inclusion(span, _text(path))


def _extended(service: Mapping, services: Mapping, depth: int) -> Mapping:
    """Return a service with what it has from the service of the same file that it extends."""
    extended = service.get("extends")
    name = _text(extended) or (_text(extended.get("service")) if isinstance(extended, Mapping) and extended.entry("file") is None else "")
    base = services.get(name) if name and depth else None
    if not isinstance(base, Mapping) or base is service:
        return service
    base = _extended(base, services, depth - 1)
    own = {entry.key: entry for entry in service.entries if entry.key != "extends"}
    merged = [_merged(entry, own.pop(entry.key, None)) for entry in base.entries]
    return Mapping(service.span, (*merged, *own.values()))


def _merged(base: Entry, own: Entry | None) -> Entry:
    if own is None:
        return base
    if base.key == "environment":
        given = {key: Entry(span, key, value) for part in (base.value, own.value) for key, span, value in _variables(part)}
        return Entry(own.span, own.key, Mapping(own.value.span, tuple(given.values())))
    if base.key in _JOINED:
        items = [item for part in (base.value, own.value) for _, item in _listed_values(part)]
        return Entry(own.span, own.key, Sequence(own.value.span, tuple(items)))
    return own


def _workload(entry: Entry, service: Mapping) -> Workload:
    build, dockerfile = _build(service.get("build"))
    replicas = scalar(service.get("deploy", "replicas")) or ""
    return Workload(
        entry.span,
        entry.key,
        "compose",
        container=_text(service.get("container_name")),
        image=with_defaults(_text(service.get("image"))),
        build=build,
        dockerfile=dockerfile,
        replicas=int(replicas) if replicas.isdecimal() else None,
        user=_text(service.get("user")),
        depends_on=tuple(key for key, _ in _listed(service.get("depends_on"))),
        command=_words(service.get("command")),
        extends=_of_another_file(service.get("extends")),
        is_configured=any(_is_config(item) for _, item in _listed_values(service.get("volumes"))) or service.get("configs") is not None,
        image_span=image.span if (image := service.get("image")) is not None else None,
        has_volume=any(not _is_config(item) for _, item in _listed_values(service.get("volumes"))),
    )


def _of_another_file(extended: Value | None) -> str:
    """Return `base.yml#web` of `extends: { file: base.yml, service: web }`."""
    file = _text(extended.get("file")) if isinstance(extended, Mapping) else ""
    return f"{file}#{_text(extended.get('service'))}" if file and isinstance(extended, Mapping) else ""


def _service(entry: Entry, service: Mapping) -> Iterator[Fact]:
    name = entry.key
    for key in ("ports", "expose"):
        for span, item in _listed_values(service.get(key)):
            yield from _port(name, span, item)
    environment = {key: (span, value) for key, span, value in _environment(service.get("environment"))}
    for key, engine, host, database_name in databases({key: value for key, (_, value) in environment.items()}):
        yield Database(environment[key][0], engine, host, database_name, key, name)
    for key, (span, value) in environment.items():
        yield SettingDeclaration(span, key, "compose", name, value, _SECRET.search(key) is not None)
        found = database(value)
        if found is not None:
            yield Database(span, *found, key, name)
    extended = service.get("extends")
    if extended is not None and _of_another_file(extended):
        yield SettingSource(extended.span, name, "service", _of_another_file(extended), "compose")
    for span, item in _listed_values(service.get("env_file")):
        path = _text(item.get("path") if isinstance(item, Mapping) else item)
        if path:
            yield SettingSource(span, name, "file", path, "compose")
    check = service.get("healthcheck", "test")
    url = probed(with_defaults(" ".join(_words(check)))) if check is not None else None
    if url is not None and check is not None:
        at, has_headers = place_of_path(check, url.path), sends_headers(" ".join(_words(check)))
        yield Probe(check.span, name, "healthcheck", url.path or "/", url.port or 80, "", name, at, None, has_headers)


def _is_config(volume: Value) -> bool:
    target = _text(volume.get("target")) if isinstance(volume, Mapping) else _text(volume).removesuffix(":ro").removesuffix(":Z")
    return _CONFIG.search(target) is not None


def _build(value: Value | None) -> tuple[str, str]:
    """Return the folder and the Dockerfile that an image is built from."""
    if isinstance(value, Mapping):
        return _text(value.get("context")) or ".", _text(value.get("dockerfile"))
    return _text(value), ""


def _port(owner: str, span: Span, item: Value) -> Iterator[Fact]:
    if isinstance(item, Mapping):
        target, published = scalar(item.get("target")) or "", scalar(item.get("published")) or ""
    else:
        # 127.0.0.1:8080:80/tcp
        *outer, target = (with_defaults(scalar(item) or "")).partition("/")[0].split(":")
        published = outer[-1] if outer else ""
    if target.isdecimal():
        yield ExposedPort(span, owner, "container", int(target))
    if published.isdecimal():
        yield ExposedPort(span, owner, "published", int(published))


def _environment(value: Value | None) -> Iterator[tuple[str, Span, str]]:
    for key, span, given in _variables(value):
        yield key, span, with_defaults(scalar(given) or "")


def _variables(value: Value | None) -> Iterator[tuple[str, Span, Value]]:
    if isinstance(value, Mapping):
        yield from ((entry.key, entry.span, entry.value) for entry in value.entries)
    elif isinstance(value, Sequence):
        for item in value.items:
            key, _, written = _text(item).partition("=")
            if key:
                yield key.strip(), item.span, String(item.span, written)


def _listed(value: Value | None) -> Iterator[tuple[str, Span]]:
    """Yield the texts of a list, or the keys of a mapping."""
    if isinstance(value, Mapping):
        yield from ((entry.key, entry.span) for entry in value.entries)
    elif isinstance(value, Sequence):
        yield from ((item.value, item.span) for item in value.items if isinstance(item, String))


def _listed_values(value: Value | None) -> Iterator[tuple[Span, Value]]:
    items = value.items if isinstance(value, Sequence) else (value,) if value is not None else ()
    yield from ((item.span, item) for item in items)


def _words(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, Sequence):
        return tuple(scalar(item) or "" for item in value.items)
    return tuple(_text(value).split())


def _text(value: Value | None) -> str:
    return scalar(value) or ""
