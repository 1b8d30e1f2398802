"""Spring Boot's configuration: `application.yml` and `application.properties`: port, database, placeholders, actuator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave import urls
from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.api import CorsPolicy, Mount, Route, Router
from architrave.facts.code import Document
from architrave.facts.data import Database
from architrave.facts.deployment import Drain, Listen, Manifest, Server, SettingRead
from architrave.facts.messaging import AcknowledgeMode
from architrave.facts.values import Entry, Mapping, Replacement, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.java.settings import environment_key, is_environment_key, placeholders, with_defaults
from architrave.regexes import regex
from architrave.text import Span

_NAME = regex(r"(application|bootstrap)[\w.-]*\.(ya?ml|properties)")
_DATABASES = (
    "spring.datasource.url",
    "spring.datasource.jdbc-url",
    "spring.r2dbc.url",
    "spring.data.mongodb.uri",
    "spring.datasource.hikari.jdbc-url",
    "spring.flyway.url",
)
_RABBIT_MODES = tuple(f"spring.rabbitmq.listener.{kind}.acknowledgemode" for kind in ("simple", "direct"))
_KAFKA_COMMITS = ("spring.kafka.consumer.enableautocommit", "spring.kafka.properties.enable.auto.commit")
_ADDRESS = regex(r"https?://[^\s]+|[a-zA-Z][\w.-]*:\d{2,5}")
_DEPTH = 12
CONTEXT = "spring-context"  # A prefix of all routes of the service; the controllers are in other files.

_WITH_ROUTES = frozenset(
    {
        "spring-cloud-starter-gateway",
        "spring-cloud-starter-gateway-mvc",
        "spring-cloud-starter-gateway-server-webflux",
        "spring-cloud-starter-gateway-server-webmvc",
        "spring-boot-starter-data-rest",
        "spring-cloud-starter-netflix-eureka-server",
        "spring-cloud-config-server",
        "spring-boot-admin-starter-server",
        "spring-boot-starter-oauth2-authorization-server",
        "spring-boot-starter-graphql",
        "spring-boot-starter-jersey",
    }
)

configuration = Framework("spring-config", languages=("yaml", "properties"))
builds = Framework("spring-actuator", languages=("maven", "gradle"))
FRAMEWORKS = (configuration, builds)


def properties(document: Document) -> Iterator[tuple[str, Entry]]:
    """Yield every property of a document with its dotted key."""
    stack: list[tuple[str, Value, int]] = [("", document.value, 0)]
    while stack:
        before, value, depth = stack.pop()
        if not isinstance(value, Mapping) or depth > _DEPTH:
            continue
        inner = []
        for entry in value.entries:
            key = f"{before}.{entry.key}" if before else entry.key
            if isinstance(entry.value, Mapping):
                inner.append((key, entry.value, depth + 1))
            else:
                yield key, entry
        stack.extend(reversed(inner))


@configuration.every(Document)
def document(document: Document, file: File) -> Iterator[Fact]:
    if not _NAME.fullmatch(basename(file.path)):
        return
    known = dict(properties(document))
    is_profile = "-" in basename(file.path) or any(key.startswith(("spring.config.activate", "spring.profiles")) for key in known)
    yield from _settings(known, is_profile)
    yield from _ports(known)
    yield from _shutdown(known, is_profile, file.path.endswith(".properties"))
    yield from _databases(known)
    yield from _actuator(known)
    yield from _cors(known)
    if not is_profile:
        yield from _acknowledging(known)
    for key in ("server.servlet.context-path", "spring.webflux.base-path", "server.servlet.contextPath"):
        entry = known.get(key)
        prefix = with_defaults(scalar(entry.value) or "") if entry is not None else ""
        if entry is not None and prefix.startswith("/") and len(prefix) > 1 and "$" not in prefix:
            yield Router(entry.span, "", "application", prefix, framework=CONTEXT)


def _settings(known: dict[str, Entry], is_profile: bool) -> Iterator[Fact]:
    for key, entry in known.items():
        values = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
        for value in values:
            written = text(value)
            if written is None:
                continue
            found = placeholders(written)
            for item in found:
                if is_environment_key(item.key):
                    is_whole = item.start == 0 and item.end == len(written)
                    yield SettingRead(
                        entry.span,
                        item.key,
                        "",
                        item.default is not None,
                        item.default or "",
                        key if is_whole else "",
                        value.span,
                        item.default is None and not is_profile,
                    )
            if not found and _ADDRESS.fullmatch(written) and not key.startswith("spring.config"):
                yield SettingRead(entry.span, environment_key(key), "", True, written, key, value.span)


def _ports(known: dict[str, Entry]) -> Iterator[Fact]:
    for key in ("server.port", "management.server.port"):
        entry = known.get(key)
        written = scalar(entry.value) if entry is not None else None
        if entry is None or written is None:
            continue
        found = [item for item in placeholders(written) if is_environment_key(item.key)]
        port = with_defaults(written)
        if port != "0":  # Any free port.
            yield Listen(entry.span, int(port) if port.isdigit() else None, found[0].key if found else "", "", entry.value.span)


def _shutdown(known: dict[str, Entry], is_profile: bool, is_flat: bool) -> Iterator[Fact]:
    """`server.shutdown`, which goes beside the port; before Spring Boot 3.4 nothing is waited for without it."""
    entry = known.get("server.shutdown")
    port = known.get("server.port")
    if entry is not None and scalar(entry.value) != "immediate":
        yield Drain(entry.span, "server.shutdown")
    elif port is not None and not is_profile:
        written = "server.shutdown=graceful" if is_flat else "shutdown: graceful"
        at = entry.value.span if entry is not None else port.span
        is_nested = is_flat or port.key == "port"
        replacement = Replacement(at, "graceful") if entry is not None else Replacement(at, written, "after")
        yield Server(at, "spring", fix=(replacement,) if is_nested else ())


def _databases(known: dict[str, Entry]) -> Iterator[Fact]:
    for key in _DATABASES:
        entry = known.get(key)
        written = scalar(entry.value) if entry is not None else None
        if entry is None or written is None:
            continue
        found = placeholders(written)
        engine = urls.database(with_defaults(written).removeprefix("r2dbc:").removeprefix("pool:"))
        setting = found[0].key if found and is_environment_key(found[0].key) else ""
        if engine is None:
            match = re.match(r"(?:jdbc:|r2dbc:)(\w+)", written)
            engine = (
                (
                    {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "h2": "h2", "hsqldb": "hsqldb"}.get(match[1], ""),
                    "",
                    "",
                )
                if match
                else ("", "", "")
            )
        if engine[0] or setting:
            yield Database(entry.span, engine[0], engine[1], engine[2], setting)


def _actuator(known: dict[str, Entry]) -> Iterator[Fact]:
    """The health endpoints below a path of their own; the usual one is known from the build."""
    entry = known.get("management.endpoints.web.base-path")
    base = scalar(entry.value) if entry is not None else None
    if entry is not None and base is not None:
        health = known.get("management.endpoints.web.path-mapping.health")
        name = (text(health.value) or "health") if health is not None else "health"
        yield from _health(base, name, entry.span)


def _health(base: str, name: str, span: Span) -> Iterator[Fact]:
    yield Router(span, "actuator", "application", framework="spring-actuator")
    root = "/" + base.strip("/") if base.strip("/") else ""
    for path in (f"{root}/{name}", f"{root}/{name}/liveness", f"{root}/{name}/readiness"):
        yield Route(span, "GET", path, "actuator", "actuator", framework="spring-actuator", is_documented=True)


def _cors(known: dict[str, Entry]) -> Iterator[Fact]:
    """`spring.graphql.cors`, `management.endpoints.web.cors`, `spring.cloud.gateway.globalcors`."""
    for key, entry in known.items():
        before, _, last = key.rpartition(".")
        if (
            last not in ("allowed-origins", "allowedOrigins", "allowed-origin-patterns", "allowedOriginPatterns")
            or "cors" not in before.lower()
        ):
            continue
        values = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
        origins = tuple(part.strip() for value in values for part in (scalar(value) or "").split(",") if part.strip())
        credentials = known.get(f"{before}.allow-credentials") or known.get(f"{before}.allowCredentials")
        is_granted = credentials is not None and scalar(credentials.value) == "true"
        is_pattern = "attern" in last
        named = key.removesuffix(last) if entry.key == key else ""  # Properties have the whole key in a line.
        plain = named + ("allowed-origins" if "-" in last else "allowedOrigins")
        if isinstance(entry.value, Sequence):
            fix: tuple[Replacement, ...] = (Replacement(entry.span.until(entry.value.span), f"{plain}: ${{CORS_ORIGINS}}"),)
        else:
            fix = (Replacement(entry.span, plain), Replacement(entry.value.span, "${CORS_ORIGINS}"))
        yield CorsPolicy(entry.span, () if is_pattern else origins, is_pattern and "*" in origins, is_granted, fix)


def _acknowledging(known: dict[str, Entry]) -> Iterator[Fact]:
    """How the listeners of Spring AMQP and Spring for Kafka acknowledge, where they do not say it themselves."""
    for key, entry in known.items():
        plain, value = key.replace("-", "").lower(), (scalar(entry.value) or "").lower()
        if plain in _RABBIT_MODES and value in ("none", "auto", "manual"):
            fix = (Replacement(entry.value.span, "auto"),) if value == "none" else ()
            yield AcknowledgeMode(entry.span, "spring-amqp", "auto" if value == "none" else "manual", f"{key}={value}", fix)
        elif plain in _KAFKA_COMMITS and value in ("true", "false"):
            fix = (Replacement(entry.value.span, "false"),) if value == "true" else ()
            yield AcknowledgeMode(entry.span, "spring-kafka", "auto" if value == "true" else "manual", f"{key}={value}", fix)


@builds.every(Manifest)
def build(manifest: Manifest, file: File) -> Iterator[Fact]:
    names = {name.rpartition(":")[2] for name in manifest.dependencies}
    if "spring-boot-starter-actuator" in names:
        yield from _health("/actuator", "health", manifest.span)
    for name in sorted(names & _WITH_ROUTES):  # Routes that no code of the service shows.
        yield Mount(manifest.span, "actuator", name, "/graphql" if name.endswith("graphql") else "")
