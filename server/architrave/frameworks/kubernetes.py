"""Kubernetes objects: workloads and their containers, Services, Ingresses and routes, ConfigMaps and Secrets, also those of Kustomize.

A container without an image is a patch of Kustomize: its environment counts, but it is no workload of its own. A list of objects
(`kind: List`) is read object by object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename
from typing import Literal

from architrave.documents import place_of_path, scalar
from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.data import Database
from architrave.facts.deployment import (
    Autoscaler,
    DisruptionBudget,
    ExposedPort,
    IngressRule,
    NetworkService,
    Probe,
    Rollout,
    SettingDeclaration,
    SettingSource,
    Workload,
)
from architrave.facts.values import Mapping, Sequence, String, Value, walk
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.text import Span
from architrave.urls import database, databases, probed, sends_headers

framework = Framework("kubernetes", languages=("yaml", "json"))

Kind = Literal["deployment", "statefulset", "daemonset", "job", "cronjob", "pod"]
_KINDS: dict[str, Kind] = {
    "Deployment": "deployment",
    "ReplicaSet": "deployment",
    "Rollout": "deployment",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "Job": "job",
    "CronJob": "cronjob",
    "Pod": "pod",
}
_PROBES: dict[str, Literal["liveness", "readiness", "startup"]] = {
    "livenessProbe": "liveness",
    "readinessProbe": "readiness",
    "startupProbe": "startup",
}
_SECRET = regex(r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|API_?KEY|CREDENTIAL", re.IGNORECASE)


@framework.every(Document)
def objects(document: Document, file: File) -> Iterator[Fact]:
    if isinstance(document.value, Mapping) and basename(file.path) in ("kustomization.yaml", "kustomization.yml"):
        yield from _generators(document.value)
    elif isinstance(document.value, Mapping) and document.value.entry("apiVersion") and document.value.entry("$patch") is None:
        yield from _object(document.value)


def _object(item: Mapping) -> Iterator[Fact]:
    kind = _text(item.get("kind"))
    if kind in _KINDS:
        yield from _workload(item, _KINDS[kind])
        if kind == "Deployment":
            yield _rollout(item)
    elif kind == "Service" and _text(item.get("apiVersion")).startswith("serving.knative.dev/"):
        yield from _workload(item, "deployment")
        yield NetworkService(_name_span(item), _text(item.get("metadata", "name")), (), _text(item.get("metadata", "namespace")))
    elif kind == "HorizontalPodAutoscaler":
        target, most = item.get("spec", "scaleTargetRef"), item.get("spec", "maxReplicas")
        if isinstance(target, Mapping) and most is not None:
            name, namespace = _text(target.get("name")), _text(item.get("metadata", "namespace"))
            yield Autoscaler(most.span, _text(target.get("kind")).lower(), name, _number(most), namespace)
    elif kind == "PodDisruptionBudget":
        yield _budget(item)
    elif kind == "Service":
        yield from _service(item)
    elif kind == "Ingress":
        yield from _ingress(item)
    elif kind == "HTTPRoute":
        yield from _http_route(item)
    elif kind in ("ConfigMap", "Secret"):
        owner = f"{kind.lower()}:{_text(item.get('metadata', 'name'))}"
        for key in ("data", "stringData"):
            data = item.get(key)
            given: dict[str, tuple[Span, str]] = {}
            for entry in data.entries if isinstance(data, Mapping) else ():
                value = _text(entry.value) if kind == "ConfigMap" or key == "stringData" else ""
                yield SettingDeclaration(entry.span, entry.key, "kubernetes", owner, value, kind == "Secret")
                yield from _database(entry.span, value, entry.key, owner)
                given[entry.key] = (entry.span, value)
            yield from _databases(given, owner)
    elif kind == "List":
        listed = item.get("items")
        for inner in listed.items if isinstance(listed, Sequence) else ():
            if isinstance(inner, Mapping) and _text(inner.get("kind")) != "List":
                yield from _object(inner)


def _workload(item: Mapping, kind: Kind) -> Iterator[Fact]:
    name, span = _text(item.get("metadata", "name")), _name_span(item)
    template: Value | None = item if kind == "pod" else item.get("spec", "template")
    if kind == "cronjob":
        template = item.get("spec", "jobTemplate", "spec", "template")
    if not isinstance(template, Mapping):
        return
    labels = template.get("metadata", "labels")
    pairs = _pairs(labels)
    replicas = _number(item.get("spec", "replicas"))
    for key in ("containers", "initContainers"):
        containers = template.get("spec", key)
        for container in containers.items if isinstance(containers, Sequence) else ():
            if not isinstance(container, Mapping):
                continue
            own = _text(container.get("name"))
            image = _text(container.get("image"))
            if image and key == "containers":
                yield Workload(
                    container.entry("name").span if container.get("name") and container.entry("name") else span,  # type: ignore[union-attr]
                    name,
                    kind,
                    own,
                    image,
                    labels=pairs,
                    namespace=_text(item.get("metadata", "namespace")),
                    replicas=replicas,
                    user=_text(_security(container, template, "runAsUser")),
                    runs_as_non_root=_text(_security(container, template, "runAsNonRoot")) == "true",
                    command=(*_words(container.get("command")), *_words(container.get("args"))),
                    image_span=written.span if (written := container.get("image")) is not None else None,
                    probes=tuple(entry.key for entry in container.entries if entry.key in _PROBES),
                    probe_at=next((entry.span for entry in container.entries[1:] if isinstance(entry.value, String)), None),
                    has_volume=_has_volume(item, template, container),
                )
            yield from _container(name, own, container, is_running=bool(image) and key == "containers")


def _rollout(item: Mapping) -> Rollout:
    spec = item.get("spec")
    replicas, strategy, unavailable = (
        item.get("spec", *path) for path in (("replicas",), ("strategy", "type"), ("strategy", "rollingUpdate", "maxUnavailable"))
    )
    volumes = item.get("spec", "template", "spec", "volumes")
    return Rollout(
        _name_span(item),
        _text(item.get("metadata", "name")),
        _text(item.get("metadata", "namespace")),
        _number(replicas),
        replicas.span if replicas is not None else None,
        _text(strategy),
        strategy.span if strategy is not None else None,
        _text(unavailable),
        unavailable.span if unavailable is not None else None,
        any(volume.get("persistentVolumeClaim") is not None for volume in _items(volumes)),
        item.entries[0].span if isinstance(spec, Mapping) else None,
        _pairs(item.get("spec", "template", "metadata", "labels")),
    )


def _budget(item: Mapping) -> DisruptionBudget:
    least, most = item.get("spec", "minAvailable"), item.get("spec", "maxUnavailable")
    limit = least if least is not None else most
    return DisruptionBudget(
        _name_span(item),
        _text(item.get("metadata", "name")),
        _text(item.get("metadata", "namespace")),
        _pairs(item.get("spec", "selector", "matchLabels")),
        _text(least),
        _text(most),
        limit.span if limit is not None else None,
    )


def _pairs(value: Value | None) -> tuple[tuple[str, str], ...]:
    return tuple((entry.key, _text(entry.value)) for entry in value.entries) if isinstance(value, Mapping) else ()


def _has_volume(item: Mapping, template: Mapping, container: Mapping) -> bool:
    """Whether a container mounts something that outlives it."""
    volumes = template.get("spec", "volumes")
    lost = {
        _text(volume.get("name"))
        for volume in (volumes.items if isinstance(volumes, Sequence) else ())
        if isinstance(volume, Mapping) and any(volume.entry(kind) for kind in ("emptyDir", "configMap", "secret", "downwardAPI"))
    }
    mounts = container.get("volumeMounts")
    named = [_text(mount.get("name")) for mount in (mounts.items if isinstance(mounts, Sequence) else ()) if isinstance(mount, Mapping)]
    return any(name not in lost for name in named) or item.get("spec", "volumeClaimTemplates") is not None


def _container(owner: str, name: str, container: Mapping, is_running: bool) -> Iterator[Fact]:
    ports = container.get("ports")
    for port in ports.items if isinstance(ports, Sequence) and is_running else ():
        number = port.get("containerPort") if isinstance(port, Mapping) else None
        if isinstance(port, Mapping) and number is not None:
            yield ExposedPort(number.span, owner, "container", _number(number), _text(port.get("name")), name)
    for key, kind in _PROBES.items():
        request = container.get(key, "httpGet")
        if isinstance(request, Mapping):
            path, port_value = request.get("path"), request.get("port")
            span = path.span if path is not None else request.span
            port_name = _text(port_value) if isinstance(port_value, String) else ""
            at, port_at = (path.span if path is not None else None), (port_value.span if port_value is not None else None)
            has_headers = request.get("httpHeaders") is not None
            yield Probe(span, owner, kind, _text(path) or "/", _number(port_value), port_name, name, at, port_at, has_headers)
        url = probed(" ".join(_words(container.get(key, "exec", "command"))))
        if url is not None:
            command = container.get(key, "exec", "command")
            at = place_of_path(command, url.path)
            has_headers = sends_headers(" ".join(_words(command)))
            yield Probe(
                container.get(key).span, owner, kind, url.path or "/", url.port or 80, "", name, at, None, has_headers  # type: ignore[union-attr]
            )  # fmt: skip
    given: dict[str, tuple[Span, str]] = {}
    environment = container.get("env")
    for item in environment.items if isinstance(environment, Sequence) else ():
        variable = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(variable, String):
            value = _text(item.get("value"))
            is_secret = item.get("valueFrom", "secretKeyRef") is not None or _SECRET.search(variable.value) is not None
            yield SettingDeclaration(variable.span, variable.value, "kubernetes", owner, value, is_secret)
            yield from _database(variable.span, value, variable.value, owner)
            given[variable.value] = (variable.span, value)
    yield from _databases(given, owner)
    sources = container.get("envFrom")
    for item in sources.items if isinstance(sources, Sequence) else ():
        for reference, source in (("configMapRef", "configmap"), ("secretRef", "secret")):
            named = item.get(reference, "name") if isinstance(item, Mapping) else None
            if isinstance(named, String) and named.value:
                kind_of: Literal["configmap", "secret"] = "configmap" if source == "configmap" else "secret"
                yield SettingSource(named.span, owner, kind_of, named.value, "kubernetes")


def _security(container: Mapping, template: Mapping, key: str) -> Value | None:
    """Return a setting of a container's security context, or else of its pod's."""
    own = container.get("securityContext", key)
    return own if own is not None else template.get("spec", "securityContext", key)


def _service(item: Mapping) -> Iterator[Fact]:
    name = _text(item.get("metadata", "name"))
    selector = item.get("spec", "selector")
    pairs = _pairs(selector)
    span = selector.span if selector is not None else None
    labels = tuple(entry.value.span for entry in selector.entries) if isinstance(selector, Mapping) else ()
    yield NetworkService(_name_span(item), name, pairs, _text(item.get("metadata", "namespace")), span, labels)
    yield from _balancer(item, name)
    ports = item.get("spec", "ports")
    for port in ports.items if isinstance(ports, Sequence) else ():
        if not isinstance(port, Mapping):
            continue
        number, target = port.get("port"), port.get("targetPort")
        if number is not None:
            yield ExposedPort(number.span, name, "service", _number(number), _text(port.get("name")))
        known = target if target is not None else number
        if known is not None:
            yield ExposedPort(known.span, name, "target", _number(known), _text(known) if isinstance(known, String) else "")


def _ingress(item: Mapping) -> Iterator[Fact]:
    namespace = _text(item.get("metadata", "namespace"))
    rules = item.get("spec", "rules")
    for rule in rules.items if isinstance(rules, Sequence) else ():
        paths = rule.get("http", "paths") if isinstance(rule, Mapping) else None
        for path in paths.items if isinstance(paths, Sequence) else ():
            if isinstance(path, Mapping):
                yield from _backend(path.get("backend"), _text(path.get("path")) or "/", namespace)
    yield from _backend(item.get("spec", "defaultBackend"), "/", namespace)
    names = {_text(backend) for backend in _backends(item)}
    if len(names) == 1:
        yield from _balancer(item, names.pop())


def _backends(item: Mapping) -> Iterator[Value]:
    for part in walk(item.get("spec") or item):
        if isinstance(part, Mapping):
            name = part.get("backend", "service", "name") or part.get("defaultBackend", "service", "name")
            if name is not None:
                yield name


def _balancer(item: Mapping, owner: str) -> Iterator[Fact]:
    """The path that a load balancer of AWS asks for, as an annotation, unless other answers than 200 are good ones too."""
    path = item.get("metadata", "annotations", "alb.ingress.kubernetes.io/healthcheck-path")
    good = item.get("metadata", "annotations", "alb.ingress.kubernetes.io/success-codes")
    if isinstance(path, String) and (good is None or scalar(good) == "200"):
        yield Probe(path.span, owner, "balancer", path.value, path_span=path.span)


def _backend(backend: Value | None, path: str, namespace: str) -> Iterator[Fact]:
    if not isinstance(backend, Mapping):
        return
    name = backend.get("service", "name") or backend.get("serviceName")  # The latter until 1.18.
    if isinstance(name, String):
        port = backend.get("service", "port", "number") or backend.get("servicePort")
        port_name = backend.get("service", "port", "name")
        written = port or port_name
        at = written.span if written is not None else None
        yield IngressRule(name.span, name.value, path, _number(port), _text(port_name), namespace, at)


def _http_route(item: Mapping) -> Iterator[Fact]:
    """A route of the Gateway API: the paths that it matches lead to each of its backends."""
    namespace = _text(item.get("metadata", "namespace"))
    for rule in _items(item.get("spec", "rules")):
        paths = [_text(match.get("path", "value")) or "/" for match in _items(rule.get("matches"))] or ["/"]
        for backend in _items(rule.get("backendRefs")):
            name = backend.get("name")
            if isinstance(name, String) and _text(backend.get("kind")) in ("", "Service"):
                for path in paths:
                    yield IngressRule(name.span, name.value, path, _number(backend.get("port")), "", namespace)


def _generators(root: Mapping) -> Iterator[Fact]:
    """The ConfigMaps and Secrets that Kustomize makes of literals and of files of variables, and how many copies it asks for."""
    for scaled in _items(root.get("replicas")):
        count = scaled.get("count")
        if count is not None:
            yield Rollout(count.span, _text(scaled.get("name")), replicas=_number(count), replicas_span=count.span)
    for key, owner in (("configMapGenerator", "configmap"), ("secretGenerator", "secret")):
        for generator in _items(root.get(key)):
            name = f"{owner}:{_text(generator.get('name'))}"
            for literal in _values(generator.get("literals")):
                variable, _, value = _text(literal).partition("=")
                shown = value.strip("\"'") if owner == "configmap" else ""
                yield SettingDeclaration(literal.span, variable, "kubernetes", name, shown, owner == "secret")
            for given in (*_values(generator.get("envs")), *_values(generator.get("env"))):
                yield SettingSource(given.span, name, "file", _text(given), "kubernetes")


def _items(value: Value | None) -> Iterator[Mapping]:
    yield from (item for item in _values(value) if isinstance(item, Mapping))


def _values(value: Value | None) -> tuple[Value, ...]:
    return value.items if isinstance(value, Sequence) else (value,) if value is not None else ()


def _database(span: Span, value: str, key: str, owner: str) -> Iterator[Fact]:
    found = database(value)
    if found is not None:
        yield Database(span, *found, key, owner)


def _databases(given: dict[str, tuple[Span, str]], owner: str) -> Iterator[Fact]:
    for key, engine, host, name in databases({key: value for key, (_, value) in given.items()}):
        yield Database(given[key][0], engine, host, name, key, owner)


def _name_span(item: Mapping) -> Span:
    name = item.get("metadata", "name")
    return name.span if name is not None else item.span


def _number(value: Value | None) -> int | None:
    written = _text(value)
    return int(written) if written.isdecimal() else None


def _words(value: Value | None) -> tuple[str, ...]:
    return tuple(_text(item) for item in value.items) if isinstance(value, Sequence) else ()


def _text(value: Value | None) -> str:
    return scalar(value) or ""
