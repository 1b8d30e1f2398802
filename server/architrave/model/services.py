"""Services: the deployables of the workspace, found from what deploys them and from package manifests.

A service is a folder: that of a manifest, of a Dockerfile, or of what compose builds. A Dockerfile in a folder kept for such files
(`docker/`, `deploy/`) is about the folder that it is built from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from posixpath import basename, dirname, join, normpath
from typing import NamedTuple

from architrave.facts.deployment import Inclusion, Manifest, NetworkService, Stage, Workload
from architrave.model.graph import Model
from architrave.regexes import regex

_KEPT_FOR_DEPLOYMENT = regex(
    r"\.?docker(files)?|deploy(ments?)?|infra|ops|\.?ci|\.devcontainer|build|containers|images|k8s|kubernetes|compose|config|docs"
    r"|tools|scripts|hack|contrib"
)
_CODE = frozenset(["python", "javascript", "typescript", "tsx", "go", "java", "rust"])
_IN_CLUSTER = regex(r"\.svc(\.cluster\.local)?\.?$")


class Running(NamedTuple):
    """A workload, the file that declares it, and the service that it runs; None for what is not of this workspace."""

    path: str
    workload: Workload
    service: str | None


class Built(NamedTuple):
    """A Dockerfile's final stage, and the service that it is the image of."""

    path: str
    stage: Stage
    service: str


class Services:
    """Which service a file belongs to, and what runs it. A service's name is its folder ("" for the workspace itself)."""

    def __init__(self, model: Model) -> None:
        self._manifests = tuple(model.each(Manifest))
        # A Dockerfile that copies nothing only sets up what others have written: it is no service.
        stages = tuple(model.each(Stage))
        with_code = {path for path, stage in stages if stage.copies}
        self._without_code = frozenset(path for path, _ in stages if path not in with_code)
        self._stages = tuple((path, stage) for path, stage in stages if stage.is_final and path in with_code)
        self._workloads = tuple(model.each(Workload))
        self._networks = tuple(model.each(NetworkService))
        self._files = model.files
        self._including = {normpath(join(dirname(path), item.path)): path for path, item in model.each(Inclusion)}
        roots = {dirname(path) for path, _ in self._manifests}
        roots |= {dirname(path) for path, _ in self._stages if not _is_kept_for_deployment(dirname(path))}
        for path, workload in self._workloads:
            built = self._built_from(path, workload)
            if built is not None and not _is_kept_for_deployment(built):
                roots.add(built)
        # What the configuration declares: (name, root, hosts).
        self._declared = {_folder(item.root): (item.name, *item.hosts) for item in model.declared.get("services", ())}
        roots |= set(self._declared)
        self.roots = tuple(sorted(roots))
        self._root_set = frozenset(roots)
        self._memo: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the folder of the service that a file belongs to: the nearest root above it."""
        return self._of_folder(dirname(path))

    def _of_folder(self, folder: str) -> str:
        known = self._memo.get(folder)
        if known is None:
            known = folder
            while known and known not in self._root_set:
                known = dirname(known)
            self._memo[folder] = known
        return known

    def _built_from(self, path: str, workload: Workload) -> str | None:
        """Return the folder that a compose service is built from: its context, or the folder of its Dockerfile where that lies deeper."""
        if not workload.build or "://" in workload.build or "$" in workload.build + workload.dockerfile:
            return None
        if _dockerfile(path, workload) in self._without_code:
            return None
        context = _folder(join(dirname(path), workload.build))
        deeper = _folder(join(context, dirname(workload.dockerfile)))
        return deeper if dirname(workload.dockerfile) and not _is_kept_for_deployment(deeper) else context

    def project(self, path: str) -> str:
        """Return the folder that a compose file's project is named for: its own, or that of the file that includes it."""
        seen = {path}
        while (outer := self._including.get(path)) is not None and outer not in seen:
            seen.add(outer)
            path = outer
        return dirname(path)

    @cached_property
    def running(self) -> tuple[Running, ...]:
        """Every workload with the service that it runs. The files of one compose project complete one another."""
        found = []
        by_project = self._compose_builds
        for path, workload in self._workloads:
            service: str | None
            if workload.kind == "compose":
                service = by_project.get((self.project(path), workload.name))
                if service is None and "$" in workload.build + workload.dockerfile:
                    service = self._named(workload.name)
                elif service is None and workload.image:
                    service = self._of_image(workload.image, (workload.name,))
            else:
                service = self._of_image(workload.image, (workload.name, workload.container))
            found.append(Running(path, workload, service))
        return tuple(found)

    @cached_property
    def _compose_builds(self) -> Mapping[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for path, workload in self._workloads:
            folder = self._built_from(path, workload) if workload.kind == "compose" else None
            if folder is not None:
                found.setdefault((self.project(path), workload.name), self._of_folder(folder))
        by_place = {(path, workload.name): workload for path, workload in self._workloads if workload.kind == "compose"}
        for path, workload in self._workloads:  # What is built like a service of another file.
            file, _, name = workload.extends.partition("#")
            other = normpath(join(dirname(path), file))
            extended = by_place.get((other, name)) if name and not workload.build else None
            folder = self._built_from(other, extended) if extended is not None else None
            if folder is not None:
                found.setdefault((self.project(path), workload.name), self._of_folder(folder))
        return found

    def _of_image(self, image: str, names: Iterable[str]) -> str | None:
        """Return the service of an image: one that compose builds under that name, or whose folder or manifest has that name."""
        own = _image_name(image)
        if not own or "$" in own:
            return None
        known = self._by_image.get(own)
        if known is not None:
            return known
        for image_name in (own, _unversioned(own)):
            if _plain(image_name) in self._by_name:
                return self._named(image_name)
        # `shop-orders-v2`, deployed as `orders`.
        plain = (_unversioned(name) for name in names if name)
        return next((self._named(name) for name in plain if _ends_with(_unversioned(own), name)), None)

    def _named(self, name: str) -> str | None:
        """Return the one service whose folder or manifest has a name."""
        found = self._by_name.get(_plain(name), ())
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_image(self) -> Mapping[str, str]:
        found: dict[str, set[str]] = defaultdict(set)
        for path, workload in self._workloads:
            service = self._compose_builds.get((self.project(path), workload.name)) if workload.kind == "compose" else None
            if service is not None:
                found[_image_name(workload.image) or workload.name].add(service)
        return {name: next(iter(services)) for name, services in found.items() if len(services) == 1}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for root in self.roots:
            if root:
                # A folder named for its content says nothing: `orders/src`, `orders/app`.
                named = dirname(root) if basename(root) in ("src", "app", "server", "service") and dirname(root) else root
                found[_plain(basename(named))].add(root)
        for path, manifest in self._manifests:
            name = manifest.name.rpartition("/")[2]
            if name:
                found[_plain(name)].add(dirname(path))
        return {name: tuple(sorted(services)) for name, services in found.items()}

    @cached_property
    def built(self) -> tuple[Built, ...]:
        """Every Dockerfile with the service that it is the image of."""
        contexts: dict[str, str] = {}
        for path, workload in self._workloads:
            folder = self._built_from(path, workload)
            if folder is not None:
                contexts.setdefault(_dockerfile(path, workload), folder)
        return tuple(Built(path, stage, self._of_folder(contexts.get(path, dirname(path)))) for path, stage in self._stages)

    @cached_property
    def _contexts(self) -> Mapping[str, str]:
        return {
            _dockerfile(path, workload): _folder(join(dirname(path), workload.build))
            for path, workload in self._workloads
            if workload.build and "://" not in workload.build and "$" not in workload.build + workload.dockerfile
        }

    def context(self, path: str) -> str | None:
        """Return the folder that the image of a Dockerfile is built in: what compose says, or its own; None when that says nothing."""
        known = self._contexts.get(path)
        return known if known is not None or _is_kept_for_deployment(dirname(path)) else dirname(path)

    @cached_property
    def _running_by_service(self) -> Mapping[str, tuple[Running, ...]]:
        found: dict[str, list[Running]] = defaultdict(list)
        for item in self.running:
            if item.service is not None:
                found[item.service].append(item)
        return {service: tuple(items) for service, items in found.items()}

    def workloads(self, service: str) -> tuple[Running, ...]:
        """Return the workloads that run a service."""
        return self._running_by_service.get(service, ())

    @cached_property
    def coded(self) -> frozenset[str]:
        """The services that have code which can be read."""
        return frozenset(self.of(path) for path, language in self._files.items() if language in _CODE)

    @cached_property
    def deployed(self) -> frozenset[str]:
        """The services that a Dockerfile, compose file or Kubernetes object deploys, and that have code which can be read."""
        return frozenset(self.coded & ({item.service for item in self.built} | set(self._running_by_service)))

    @cached_property
    def hosts(self) -> Mapping[str, str]:
        """Host names (of compose services and Kubernetes Services) and the service behind each. A name for two services is left out."""
        found: dict[str, set[str | None]] = defaultdict(set)
        for running in self.running:
            if running.workload.kind == "compose" and (running.workload.image or running.workload.build):
                for name in (running.workload.name, running.workload.container):
                    found[name.lower()].add(running.service)
        for _, network in self._networks:
            behind = {item.service for item in self.behind(network)}
            for name in (network.name, f"{network.name}.{network.namespace}" if network.namespace else network.name):
                found[name.lower()] |= behind
        for root, names in self._declared.items():
            for name in names:
                found[name.lower()] = {root}
        return {
            name: service
            for name, services in found.items()
            if name and len(services) == 1 and (service := next(iter(services))) is not None
        }

    def behind(self, network: NetworkService) -> tuple[Running, ...]:
        """Return the workloads that a Kubernetes Service selects."""
        return tuple(item for item in self.running if _is_selected(item.workload, network))

    def at_host(self, host: str) -> str | None:
        """Return the service that answers at a host name as code or a setting writes it, with or without a port; None when unknown."""
        name = _IN_CLUSTER.sub("", host.lower().partition(":")[0])
        found = self.hosts.get(name)
        if found is None and "." in name:
            first, _, rest = name.partition(".")
            spaces = {network.namespace for _, network in self._networks if network.name.lower() == first}
            if _IN_CLUSTER.search(host.lower().partition(":")[0]) or rest in spaces:
                found = self.hosts.get(first)
        return found


def _is_kept_for_deployment(folder: str) -> bool:
    return _KEPT_FOR_DEPLOYMENT.fullmatch(basename(folder)) is not None


def _dockerfile(path: str, workload: Workload) -> str:
    return normpath(join(dirname(path), workload.build, workload.dockerfile or "Dockerfile"))


def _folder(path: str) -> str:
    """Return a path as the workspace writes it; what lies outside of it counts as the workspace itself."""
    plain = normpath(path)
    return "" if plain in (".", "/") or plain.startswith("..") else plain


def _image_name(image: str) -> str:
    """`gcr.io/shop/orders:1.2@sha256:…` is `orders`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()


def _unversioned(name: str) -> str:
    return re.sub(r"[-_.]v\d+$", "", name)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]", "", name.lower())


def _ends_with(image: str, name: str) -> bool:
    return re.search(rf"(^|[-_.]){re.escape(name.lower())}$", image) is not None


def _is_selected(workload: Workload, network: NetworkService) -> bool:
    return (
        bool(network.selector)
        and workload.kind not in ("compose", "job", "cronjob")
        and set(network.selector) <= set(workload.labels)
        and (not network.namespace or not workload.namespace or network.namespace == workload.namespace)
    )
