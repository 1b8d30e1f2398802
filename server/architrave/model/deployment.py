"""What runs where: the ports, probes and settings of each workload, and what settings lead to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from posixpath import basename, dirname, join, normpath
from typing import NamedTuple

from architrave.facts.api import Client, HttpCall
from architrave.facts.deployment import (
    ExposedPort,
    IngressRule,
    Listen,
    NetworkService,
    Probe,
    SettingDeclaration,
    SettingRead,
    SettingSource,
)
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.services import Running
from architrave.model.tools import is_test
from architrave.regexes import regex
from architrave.text import Location
from architrave.urls import LOCAL, host_and_port, split

# A port in a command, and the servers that listen without one.
_PORT = regex(
    r"(?:^|\s)(?:--(?:port|http-port|listen-port)[= ]|-p[= ]?|(?:--bind|-b|--addr|--listen|--address)[= ]\S*?:|runserver \S*?:?)(\d{2,5})\b"
)
_SERVERS = {"uvicorn": 8000, "gunicorn": 8000, "fastapi": 8000, "hypercorn": 8000, "flask": 5000, "granian": 8000, "runserver": 8000}
_SERVER_PORTS = ("PORT", "FLASK_RUN_PORT", "UVICORN_PORT", "HYPERCORN_PORT", "GRANIAN_PORT")
_SPRING = regex(r"(^|/)application[\w.-]*\.(ya?ml|properties)$")
_SPRING_PORTS = ("SERVER_PORT", "server.port")
_INTERPOLATED = regex(r"\$\{?(\w+)(?::?[?-][^}]*)?\}?")
_DEPTH = 4  # Compose services that extend others.
_OF_BALANCER = regex(r"^(tg|lb|alb)-|-(tg|lb|alb|target-group)$")
_CONFIGURED = regex(r"\$|\.(py|sh|toml|ya?ml|ini|conf)\b|\s-c\b")


class Declared(NamedTuple):
    """A setting that a deployment file declares."""

    path: str
    declaration: SettingDeclaration


class Settings(NamedTuple):
    """What is set for a service. `is_complete` is False when some of it comes from a file or object that is not in the workspace."""

    declared: Mapping[str, tuple[Declared, ...]]
    files: tuple[str, ...]
    is_complete: bool


class Deployment:
    """Workloads of compose and Kubernetes with all that belongs to them."""

    def __init__(self, model: Model) -> None:
        self._services = model.services
        self._files = model.files
        self._declarations = tuple(Declared(path, item) for path, item in model.each(SettingDeclaration))
        self._sources = tuple(model.each(SettingSource))
        self._reads = tuple(model.each(SettingRead))
        self._ports = tuple(model.each(ExposedPort))
        self._probes = tuple(model.each(Probe))
        self.listens = tuple(model.each(Listen))
        self.networks = tuple(model.each(NetworkService))
        self.ingress_rules = tuple(model.each(IngressRule))
        self._classes = model.classes
        self._clients: dict[str, list[Client]] = defaultdict(list)
        self._beans: dict[tuple[str, str], list[tuple[str, Client]]] = defaultdict(list)  # By service and name.
        self._proxies: dict[Place, tuple[str, Client]] = {}  # By the interface that they are made for.
        for path, client in model.each(Client):
            if client.library == "HttpExchange":
                interface = self._classes.find(path, client.name)
                if interface is not None:
                    self._proxies.setdefault(interface, (path, client))
            elif client.kind == "http" and (client.base_url or client.setting):
                self._clients[path].append(client)
                if client.name and self._is_bean(Place(path, client.function)):
                    self._beans[self._services.of(path), client.name].append((path, client))
        self._settings: dict[str, Settings] = {}
        self._known_owners: dict[tuple[str, str], tuple[set[tuple[str, str, str]], bool]] = {}

    # Ports and probes

    @cached_property
    def _ports_by_owner(self) -> Mapping[tuple[str, str], tuple[ExposedPort, ...]]:
        found: dict[tuple[str, str], list[ExposedPort]] = defaultdict(list)
        for path, port in self._ports:
            found[path, port.owner].append(port)
        return {key: tuple(ports) for key, ports in found.items()}

    def ports(self, path: str, owner: str, *kinds: str) -> tuple[ExposedPort, ...]:
        """Return the ports of a workload, Kubernetes Service, or ("" as owner) Dockerfile."""
        return tuple(port for port in self._ports_by_owner.get((path, owner), ()) if not kinds or port.kind in kinds)

    def container_ports(self, running: Running) -> tuple[ExposedPort, ...]:
        """Return the ports of one container."""
        ports = self.ports(running.path, running.workload.name, "container")
        if running.workload.kind == "compose":
            return ports
        return tuple(port for port in ports if not port.container or port.container == running.workload.container)

    def probes(self, running: Running) -> tuple[Probe, ...]:
        return tuple(
            probe
            for probe in self._probes_by_owner.get((running.path, running.workload.name), ())
            if (running.workload.kind == "compose" or not probe.container or probe.container == running.workload.container)
        )

    @cached_property
    def _probes_by_owner(self) -> Mapping[tuple[str, str], tuple[Probe, ...]]:
        found: dict[tuple[str, str], list[Probe]] = defaultdict(list)
        for path, probe in self._probes:
            if probe.kind != "balancer":
                found[path, probe.owner].append(probe)
        return {key: tuple(probes) for key, probes in found.items()}

    @cached_property
    def image_probes(self) -> tuple[tuple[str, Probe], ...]:
        """The health checks that Dockerfiles declare, by the path of the Dockerfile."""
        return tuple((path, probe) for path, probe in self._probes if not probe.owner and probe.kind != "balancer")

    @cached_property
    def balanced(self) -> tuple[tuple[str, Probe, str], ...]:
        """The health checks of load balancers that are called like a host or the folder of a service, and that service."""
        folders: dict[str, list[str]] = defaultdict(list)
        for folder in sorted(self._services.deployed):
            folders[basename(folder)].append(folder)
        found = []
        for path, probe in self._probes:
            if probe.kind != "balancer":
                continue
            name = _OF_BALANCER.sub("", probe.owner)
            named = folders.get(name, [])
            service = self._services.at_host(name) or (named[0] if len(named) == 1 else None)
            if service is not None:
                found.append((path, probe, service))
        return tuple(found)

    def listened(self, service: str) -> tuple[tuple[str, Listen], ...]:
        """Return where the code of a service listens."""
        return tuple((path, listen) for path, listen in self.listens if self._services.of(path) == service and not is_test(path))

    def listening(self, service: str, command: tuple[str, ...]) -> tuple[dict[int, Location | None], bool]:
        """Return the ports that a service is known to listen on when its container runs `command`, and where code says so.

        The second value is False when it may listen on others too. A server that the command starts goes before the code.
        """
        words = " ".join(command)
        given = _PORT.search(words)
        if given is not None:
            return {int(given[1]): None}, True
        server = next((name for name in _SERVERS if re.search(rf"(^|[\s/]){name}(\s|$)", words)), "")
        if server:
            settings = self.settings(service).declared
            chosen = {item.declaration.value for key in _SERVER_PORTS for item in settings.get(key, ())}
            if chosen or "GUNICORN_CMD_ARGS" in settings or _CONFIGURED.search(words):
                given_ports: dict[int, Location | None] = {int(value): None for value in chosen if value.isdecimal()}
                return given_ports, bool(chosen) and len(given_ports) == len(chosen)
            return {_SERVERS[server]: None}, True
        found: dict[int, Location | None] = {}
        # Of several images of one folder each runs another part of it.
        is_known = len([built for built in self._services.built if built.service == service]) < 2
        for path, listen in self.listened(service):
            values = set(self.values(service, listen.setting)) if listen.setting else set()
            ports = {int(value) for value in values if value.isdecimal()}
            if not values and listen.port is not None:
                ports = {listen.port}
            is_known &= bool(ports) and len(ports) == len(values or ports)
            if _SPRING.search(path):  # A workload may set the property from outside.
                outside = {self._interpolated(item) for key in _SPRING_PORTS for item in self.settings(service).declared.get(key, ())}
                is_known &= all(value.isdecimal() for value in outside)
                ports |= {int(value) for value in outside if value.isdecimal()}
            for port in ports - {0}:  # Any free port.
                found.setdefault(port, Location(path, listen.port_span or listen.span))
        return found, is_known and bool(found)

    # Settings

    def settings(self, service: str) -> Settings:
        """Return what is set for a service: by its workloads, its image, and the `.env` files beside and above it.

        Terraform and templates of Helm cannot be traced to a service, so what they set counts for all; CI counts for none. What Terraform
        sets and the only service reads is meant for it.
        """
        known = self._settings.get(service)
        if known is None:
            known = self._settings[service] = self._collected(service)
        return known

    def _collected(self, service: str) -> Settings:
        declared: dict[str, list[Declared]] = defaultdict(list)
        files: dict[str, None] = {}
        is_only = self._services.coded == {service}
        keys = {read.key for read in self._reads_by_service.get(service, ())}
        images = {built.path for built in self._services.built if built.service == service}
        for item in self._declarations:
            source = item.declaration.source
            if source == "dotenv":
                is_own = self._services.of(item.path) == service or _is_above(dirname(item.path), service)
            elif source == "dockerfile":
                is_own = item.path in images
            elif item.declaration.owner == "template:":
                is_own = True
            elif source in ("terraform", "serverless"):
                is_own = source == "terraform" or self._services.of(item.path) == service
            else:
                continue
            if is_own:
                declared[item.declaration.key].append(item)
                is_traced = source in ("dotenv", "serverless") and self._services.of(item.path) == service
                if is_traced or (source == "terraform" and is_only and item.declaration.key in keys):
                    files.setdefault(item.path)
        unknown = {item.source for path, item in self._sources if path in files or (is_only and item.source == "terraform")}
        is_complete = unknown.isdisjoint(("terraform", "serverless"))
        for running in self._services.workloads(service):
            owners, is_known = self._owners(running)
            is_complete &= is_known
            for item in self._declarations:
                if not owners.isdisjoint(self._keys(item.path, item.declaration.source, item.declaration.owner)):
                    declared[item.declaration.key].append(item)
                    files.setdefault(item.path)
        return Settings({key: tuple(dict.fromkeys(items)) for key, items in declared.items()}, tuple(files), is_complete)

    def _owners(self, running: Running) -> tuple[set[tuple[str, str, str]], bool]:
        """Return (source, owner, project) of all that declares settings for a workload, and whether all of it is in the workspace."""
        key = (running.path, running.workload.name)
        known = self._known_owners.get(key)
        if known is None:
            known = self._known_owners[key] = self._collected_owners(running)
        return known

    def _collected_owners(self, running: Running) -> tuple[set[tuple[str, str, str]], bool]:
        name = running.workload.name
        if running.workload.kind == "compose":
            return self._compose_owners(self._services.project(running.path), "", name, _DEPTH)
        owners = {("kubernetes", name, "")}
        mine = [(path, item) for path, item in self._sources if item.source == "kubernetes"]
        is_known = True
        for _, item in mine:
            if item.owner == name:
                owner = f"{item.kind}:{item.name}"
                owners.add(("kubernetes", owner, ""))
                # Kustomize makes ConfigMaps of files.
                files = [normpath(join(dirname(path), made.name)) for path, made in mine if made.owner == owner]
                owners.update(("dotenv", "", file) for file in files)
                is_declared = bool(files) or any(other.declaration.owner == owner for other in self._declarations)
                is_known &= is_declared and all(file in self._files for file in files)
        return owners, is_known

    def _compose_owners(self, project: str, file: str, name: str, depth: int) -> tuple[set[tuple[str, str, str]], bool]:
        """The same of a service of a compose project, or of one file of it."""
        owners = {("compose", name, file or project)}
        is_known = True
        for path, item in self._sources:
            if item.source != "compose" or item.owner != name or (path != file if file else self._services.project(path) != project):
                continue
            if item.kind == "service":
                other, _, extended = item.name.partition("#")
                other = normpath(join(dirname(path), other))
                if depth:
                    more, is_complete = self._compose_owners(project, other, extended, depth - 1)
                    owners |= more
                    is_known &= is_complete
                is_known &= other in self._files
            elif item.kind == "file":
                given = normpath(join(dirname(path), item.name))
                owners.add(("dotenv", "", given))
                is_known &= given in self._files
        return owners, is_known

    def owners(self, path: str, owner: str) -> tuple[str, ...]:
        """Return the services that a setting in a file is for: those that its workload or ConfigMap reaches, or the file's own."""
        if not owner:
            readers = [
                running.service
                for running in self._services.running
                if running.service is not None and ("dotenv", "", path) in self._owners(running)[0]
            ]
            return tuple(dict.fromkeys(readers)) or (self._services.of(path),)
        found = []
        for running in self._services.running:
            if running.service is None:
                continue
            kind = "compose" if running.workload.kind == "compose" else "kubernetes"
            if not self._owners(running)[0].isdisjoint(self._keys(path, kind, owner)):
                found.append(running.service)
        return tuple(dict.fromkeys(found))

    def _keys(self, path: str, source: str, owner: str) -> tuple[tuple[str, str, str], ...]:
        """Return what a declaration in a file may be called among the owners of a workload."""
        if source == "compose":
            return (source, owner, self._services.project(path)), (source, owner, path)
        return ((source, owner, path if source == "dotenv" else ""),)

    def network(self, path: str, host: str) -> str:
        """Return a host name that tells equal names of two compose projects apart."""
        folder = self._services.project(path)
        running = (
            item.workload
            for item in self._services.running
            if item.workload.kind == "compose" and self._services.project(item.path) == folder
        )
        names = {name for workload in running for name in (workload.name, *workload.depends_on)}
        return f"{folder}:{host}" if host in names else host

    # Where settings lead

    @cached_property
    def _reads_by_service(self) -> Mapping[str, tuple[SettingRead, ...]]:
        found: dict[str, list[SettingRead]] = defaultdict(list)
        for path, read in self._reads:
            found[self._services.of(path)].append(read)
        return {service: tuple(reads) for service, reads in found.items()}

    def key(self, service: str, setting: str) -> str:
        """Return the environment key of a setting, which code may know by the attribute that holds it (`app.settings.ordersUrl`)."""
        if not setting or "." not in setting:
            return setting
        reads = self._reads_by_service.get(service, ())
        for read in reads:
            if read.name and (setting == read.name or setting.endswith("." + read.name)):
                return read.key
        spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", setting.rpartition(".")[2]).replace("-", "_").upper()
        return spelled if any(read.key == spelled for read in reads) else setting

    def values(self, service: str, setting: str) -> Iterator[str]:
        """Yield the values that a setting has where a service is deployed; the default in the code when none is set."""
        key = self.key(service, setting)
        declared = self.settings(service).declared.get(key, ())
        found = [self._interpolated(item) for item in declared if item.declaration.value]
        if not found:
            found = [read.default for read in self._reads_by_service.get(service, ()) if read.key == key and read.default]
        yield from found

    def _interpolated(self, item: Declared) -> str:
        """Return a value of a compose file with the variables that the `.env` file beside it sets."""
        if item.declaration.source != "compose" or "$" not in item.declaration.value:
            return item.declaration.value
        file = join(dirname(item.path), ".env")
        known = {other.declaration.key: other.declaration.value for other in self._declarations if other.path == file}
        return _INTERPOLATED.sub(lambda match: known.get(match[1], match[0]), item.declaration.value)

    def addresses(self, path: str, call: HttpCall) -> tuple[str, ...]:
        """Return the base URLs that a call, or the client that it is made with, may have: `http://orders:8080/v1`, `orders:8080`."""
        if call.host:
            return (call.host,)
        if call.setting:
            return tuple(self.values(self._services.of(path), call.setting))
        found = self._client_of(path, call) if call.client else None
        if found is None:
            return ()
        where, client = found
        return (client.base_url,) if client.base_url else tuple(self.values(self._services.of(where), client.setting))

    def _is_bean(self, place: Place) -> bool:
        definition = self._classes.definition(place) if place.path.endswith(".java") else None
        return definition is not None and any(name.rpartition(".")[2] == "Bean" for name in definition.decorators)

    def _client_of(self, path: str, call: HttpCall) -> tuple[str, Client] | None:
        """Return what a call is made with: what its own file makes, a bean, or what its interface was given."""
        if call.library != "HttpExchange":
            return self._client(path, call.client) or self._bean(path, call.client)
        where, made = self._proxies.get(Place(path, call.client), (path, None))
        if made is None or not made.over:
            return (where, made) if made is not None else None
        return self._client(where, made.over) or self._bean(where, made.over)

    def _bean(self, path: str, name: str) -> tuple[str, Client] | None:
        """Return the bean of a name, which Spring hands to what is called like it."""
        found = self._beans.get((self._services.of(path), name), ()) if path.endswith(".java") else ()
        return found[0] if len(found) == 1 else None

    def _client(self, path: str, name: str) -> tuple[str, Client] | None:
        """Return the client of that name in a file, the only one there if none has a name, or the imported one."""
        place = self._classes.find(path, name)
        for where, bare in ((path, name), *(((place.path, place.name),) if place is not None else ())):
            own = self._clients.get(where, ())
            named = [client for client in own if client.name == bare] or [client for client in own if not client.name]
            if len(named) == 1:
                return where, named[0]
        return None

    def called(self, path: str, call: HttpCall) -> str | None:
        """Return the service of this workspace that a call is sent to, when all that is known of its host agrees on one."""
        hosts = {host_and_port(written) or (written.partition(":")[0], None) for written in self.addresses(path, call)}
        targets = {self._services.at_host(host) for host, _ in hosts if host not in LOCAL}
        return next(iter(targets)) if len(targets) == 1 else None

    def base(self, path: str, call: HttpCall) -> str:
        """Return the path that the address of a call brings along, before the call's own."""
        found = {url.path.rstrip("/") for written in self.addresses(path, call) if (url := split(written)) is not None}
        return next(iter(found)) if len(found) == 1 else ""


def _is_above(folder: str, service: str) -> bool:
    return not folder or service == folder or service.startswith(folder + "/")
