"""Endpoints: routes with everything that they are mounted under."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from posixpath import dirname
from typing import NamedTuple

from architrave.facts.api import Answer, Mount, PathConstant, Responder, Route, Router
from architrave.facts.code import Definition
from architrave.facts.deployment import SettingRead
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.regexes import regex

_NAMED = regex(r"\{([^{}:*\s]*\.[\w$.()]+)\}")  # No parameter has a dot in its name.
_UNKNOWN = "/…"
_VERSION = regex(r"v\d+([a-z]+\d*)?|v\d+\.\d+|\d{4}-\d{2}-\d{2}")
_HOLE = regex(r"\{[^}]*\}")
_DEPTH = 8  # Routers in routers.


class Endpoint(NamedTuple):
    """A route as a client sees it. `path` is full; `is_complete` is False when a prefix on the way could not be known."""

    file: str
    route: Route
    method: str
    path: str
    handler: Place
    service: str
    guards: tuple[str, ...]
    is_complete: bool
    application: Place | None  # The router at the root of what it is mounted under.

    @property
    def shape(self) -> str:
        """The path with its parameters nameless: `/orders/{}`."""
        return shape(self.path)


def shape(path: str) -> str:
    """Return a path with nameless parameters, one leading and no trailing slash, so that equal endpoints compare equal."""
    plain = _HOLE.sub("{}", path.partition("?")[0])
    plain = re.sub(r"/{2,}", "/", "/" + plain).rstrip("/")
    return plain or "/"


def is_version(segment: str) -> bool:
    """Whether a segment of a path is a version: `v1`, `v2beta1`, `2024-01-31`."""
    return _VERSION.fullmatch(segment) is not None


def joined(prefix: str, path: str) -> str:
    if not prefix:
        return path
    if not path:
        return prefix
    return prefix.rstrip("/") + "/" + path.lstrip("/") if path != "/" else prefix.rstrip("/") + "/"


def _is_excluded(path: str, pattern: str) -> bool:
    start, _, rest = pattern.partition("{")
    if rest or pattern.endswith(("*", "(.*)")):
        return path.startswith(start.removesuffix("*").removesuffix("(.").rstrip("/"))
    return shape(path) == shape(pattern)


class _Prefix(NamedTuple):
    path: str
    guards: tuple[str, ...]
    is_complete: bool
    application: Place | None


def _boot(model: Model, path: str, definition: Definition) -> Iterator[str]:
    """Yield the file of a class that starts a Spring application."""
    names = ("SpringBootApplication", "EnableAutoConfiguration")
    if path.endswith(".java") and any(decorator.name.endswith(names) for decorator in definition.decorators):
        yield path


def _default(model: Model, path: str, read: SettingRead) -> Iterator[tuple[Place, str]]:
    if read.has_default and read.name:
        yield Place(path, read.name), read.default


def _named_text(model: Model, path: str, item: PathConstant) -> Iterator[tuple[Place, str]]:
    yield Place(path, item.name), item.text


def _owner(place: Place | None) -> Place | None:
    owner = place.name.rpartition(".")[0] if place is not None else ""
    return Place(place.path, owner) if place is not None and owner else None


def _started_by(path: str, boots: list[str]) -> str:
    """Return the folder of the application that scans a controller, where the code holds several: each scans its own package."""
    if len(boots) < 2:
        return ""
    folders = [folder for boot in boots if (folder := dirname(boot)) and path.startswith(f"{folder}/")]
    return max(folders, key=len, default="")


class _Served(NamedTuple):
    method: str
    handler: Place
    path: str
    guards: tuple[str, ...]


class Routes:
    """All endpoints of the workspace."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._routers: dict[Place, Router] = {Place(path, router.name): router for path, router in model.each(Router)}
        self._mounts: dict[Place, list[tuple[Place, Mount]]] = defaultdict(list)
        for path, mount in model.each(Mount):
            child = self._place(path, mount.child)
            if child is not None:
                self._mounts[child].append((self._place(path, mount.parent) or Place(path, mount.parent), mount))
        self._defaults: dict[Place, str] = dict(model.in_each(SettingRead, _default))
        self._constants: dict[Place, str] = dict(model.in_each(PathConstant, _named_text))
        self._responders = {Place(path, responder.name): responder for path, responder in model.each(Responder)}
        services = model.services
        boots = list(dict.fromkeys(model.in_each(Definition, _boot)))
        contexts = {services.of(path): router.prefix for path, router in model.each(Router) if router.framework == "spring-context"}
        found = []
        for path, route in model.each(Route):
            router = self._place(path, route.router) or Place(path, route.router)
            if route.is_assumed and (router not in self._routers or self._routers[router].framework != route.framework):
                continue
            for prefix in dict.fromkeys(self._prefixes(router, _DEPTH)):  # Modules that are imported twice serve once.
                if route.framework.startswith("spring"):  # The controllers of a service are one application, below one path.
                    service = services.of(path)
                    context = joined(contexts.get(service, ""), prefix.path)
                    prefix = prefix._replace(path=context, application=Place(_started_by(path, boots) or service, "spring"))
                handler = self._classes.find(path, route.handler) or Place(path, route.handler)
                own = self._filled(path, route.path, _DEPTH)
                for served in self._served(route, handler):
                    full = joined(prefix.path, own + served.path) or "/"
                    found.append(
                        Endpoint(
                            path,
                            route,
                            served.method,
                            self._versioned(full, route, router, prefix) if route.framework == "nestjs" else full,
                            served.handler,
                            services.of(path),
                            (*prefix.guards, *route.standing, *route.guards, *served.guards),
                            prefix.is_complete and _UNKNOWN not in own,
                            prefix.application,
                        )
                    )
        self.endpoints: tuple[Endpoint, ...] = tuple(found)

    def _versioned(self, path: str, route: Route, router: Place, prefix: _Prefix) -> str:
        """Return a path of NestJS with its version, and without the prefix of the application where that leaves it out."""
        own = self._routers.get(router)
        version = route.version or (own.version if own is not None else None)
        application = self._routers.get(prefix.application) if prefix.application is not None else None
        if application is None or application is own:
            return joined(f"/v{version}", path) if version else path
        below = path.removeprefix(application.prefix) or "/"
        is_excluded = any(_is_excluded(below, pattern) for pattern in application.excluded)
        if application.version is not None:
            version = application.version if version is None else version
            below = joined(f"/v{version}", below) if version else below
        return below if is_excluded else joined(application.prefix, below)

    def _served(self, route: Route, handler: Place) -> Iterator[_Served]:
        """Yield what a route serves: what its handler answers where the handler itself says that, or else what the route says."""
        responder = self._responders.get(handler) if route.method == "*" else None
        if responder is None:
            yield _Served(route.method, handler, "", ())
            return
        answers, guards, is_complete = self._answers(handler, _DEPTH)
        wanted = [answer for answer in answers if not answer.path and (not route.part or answer.is_item == (route.part == "item"))]
        if not is_complete or (not wanted and not route.part):
            yield _Served("*", handler, "", guards)
            wanted = []
        if route.part == "collection":
            wanted = [*wanted, *(answer for answer in answers if answer.path and not answer.is_item)]
        elif route.part == "item":
            wanted = [*wanted, *(answer for answer in answers if answer.path and answer.is_item)]
        else:  # A view answers a method once, however many of its members could.
            wanted = list({answer.method: answer for answer in reversed(wanted)}.values())[::-1]
        for answer in dict.fromkeys(wanted):
            yield _Served(answer.method, self._member(handler, answer), answer.path, guards)

    def _answers(self, handler: Place, depth: int) -> tuple[tuple[Answer, ...], tuple[str, ...], bool]:
        """Return what a class answers, itself and through its bases, its guards, and whether that is all."""
        responder = self._responders.get(handler)
        if responder is None or depth == 0:
            return (), (), False
        answers = {(answer.method, answer.is_item, answer.path): answer for answer in responder.answers}
        guards, is_complete = responder.guards, True
        for base in responder.bases:
            place = self._classes.find(handler.path, base)
            inherited, more, is_known = self._answers(place, depth - 1) if place is not None else ((), (), False)
            for answer in inherited:
                answers.setdefault((answer.method, answer.is_item, answer.path), answer)
            guards += tuple(guard for guard in more if guard not in guards)
            is_complete = is_complete and is_known
        return tuple(answers.values()), guards, is_complete

    def _member(self, handler: Place, answer: Answer) -> Place:
        found = self._classes.find(handler.path, f"{handler.name}.{answer.member}") if answer.member else None
        return found if found is not None and self._classes.definition(found) is not None else handler

    def _literal(self, path: str, prefix: str) -> tuple[str, bool]:
        """Return a prefix with the constants and defaults of the settings that it names, and whether it is fully known."""
        prefix = self._filled(path, prefix, _DEPTH)
        if _HOLE.fullmatch(prefix):
            prefix = _UNKNOWN
        return prefix, _UNKNOWN not in prefix

    def _filled(self, path: str, written: str, depth: int) -> str:
        if "{" not in written or _NAMED.search(written) is None:
            return written
        filled = _NAMED.sub(lambda match: self._default(path, match[1], depth), written)
        return re.sub("/{2,}", "/", filled)

    def _default(self, path: str, name: str, depth: int) -> str:
        """Return the text of a constant or the default of a setting: of a variable, of a field of a class or of what a function gives:
        `get_settings().prefix`."""
        place = self._classes.find(path, name)
        constant = self._constant(self._classes.find(path, name.rpartition(".")[0]), name) or self._constant(_owner(place), name)
        for here in (place, Place(path, name)):
            if constant is None and here in self._constants:
                constant = here, self._constants[here]
        if constant is not None:
            holder, text = constant
            return self._filled(holder.path, text, depth - 1) if depth else _UNKNOWN
        if place is None:
            return _UNKNOWN
        attribute = place.name.rpartition(".")[2]
        return self._defaults.get(place, self._defaults_of_fields.get(Place(place.path, attribute), _UNKNOWN))

    def _constant(self, holder: Place | None, name: str) -> tuple[Place, str] | None:
        """Return the text of a constant and what has it: the class `holder`, one that it is nested in, or their file."""
        attribute, path = name.rpartition(".")[2], holder.path if holder is not None else ""
        while holder is not None:
            field = self._classes.field(holder, attribute)
            if field is not None and field.text is not None:
                return holder, field.text
            holder = _owner(holder)
        of_file = Place(path, attribute)
        return (of_file, self._constants[of_file]) if of_file in self._constants else None

    @cached_property
    def _defaults_of_fields(self) -> Mapping[Place, str]:
        """The defaults of the settings of each file by the name of their field, where no two fields of that name differ."""
        found: dict[Place, set[str]] = defaultdict(set)
        for place, default in self._defaults.items():
            found[Place(place.path, place.name.rpartition(".")[2])].add(default)
        return {place: defaults.pop() for place, defaults in found.items() if len(defaults) == 1}

    def _place(self, path: str, name: str) -> Place | None:
        if not name:
            return None
        here = Place(path, name)
        if here in self._routers:
            return here
        return self._classes.find(path, name) or self._by_module(name)

    def _by_module(self, name: str) -> Place | None:
        """Return the router that a dotted path in a string names: `include("shop.urls")` in Django."""
        module, _, variable = name.rpartition(".")
        ending = "/" + module.replace(".", "/") + ".py"
        found = [router for router in self._routers if router.name == variable and ("/" + router.path).endswith(ending)]
        return found[0] if len(found) == 1 else None

    def _prefixes(self, router: Place, depth: int) -> Iterator[_Prefix]:
        own = self._routers.get(router)
        guards = own.guards if own is not None else ()
        prefix, is_literal = self._literal(router.path, own.prefix) if own is not None else ("", True)
        mounts = self._mounts.get(router, [])
        if own is not None and own.kind == "application":  # What a function returns is mounted where the function is, if anywhere.
            maker = Place(router.path, router.name.rpartition(".")[0])
            mounts = [item for item in mounts if item[0] != maker or item[1].prefix or maker in self._mounts]
        if not mounts or depth == 0:
            # A router that nothing mounts may be mounted by code that was not understood.
            is_complete = own is not None and own.kind == "application" and is_literal
            yield _Prefix(prefix, guards, is_complete, router if own else None)
            return
        for parent, mount in mounts:
            for outer in self._prefixes(parent, depth - 1):
                mounted, is_known = self._literal(parent.path, mount.prefix)
                path = joined(joined(outer.path, mounted), "" if mount.is_instead else prefix)
                yield _Prefix(
                    path, (*outer.guards, *mount.guards, *guards), outer.is_complete and is_known and is_literal, outer.application
                )

    @cached_property
    def by_service(self) -> Mapping[str, tuple[Endpoint, ...]]:
        found: dict[str, list[Endpoint]] = defaultdict(list)
        for endpoint in self.endpoints:
            found[endpoint.service].append(endpoint)
        return {service: tuple(items) for service, items in found.items()}

    @cached_property
    def by_handler(self) -> Mapping[Place, tuple[Endpoint, ...]]:
        found: dict[Place, list[Endpoint]] = defaultdict(list)
        for endpoint in self.endpoints:
            found[endpoint.handler].append(endpoint)
            if endpoint.method == "*" and endpoint.handler in self._responders:
                for answer in self._responders[endpoint.handler].answers:
                    found[self._member(endpoint.handler, answer)].append(endpoint)
        return {handler: tuple(items) for handler, items in found.items()}
