"""What each service is known to serve, and whether that is all of it: the ground for saying that something is missing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache

from architrave.facts.api import Mount, Router
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.regexes import regex

_HOLE = regex(r"\{[^}]*\}")
_LIKE = 0.7


class Contracts:
    """The endpoints of each service. A service is closed when nothing is mounted in it that was not understood."""

    def __init__(self, model: Model) -> None:
        self._by_service = model.routes.by_service
        services = model.services
        routers = {Place(path, router.name) for path, router in model.each(Router)}
        self._open: set[str] = set()
        self._mounted: dict[str, list[str]] = defaultdict(list)
        for path, mount in model.each(Mount):
            found = model.classes.find(path, mount.child)
            if Place(path, mount.child) not in routers and (found is None or found not in routers):
                if mount.prefix.strip("/"):
                    self._mounted[services.of(path)].append(mount.prefix)
                else:
                    self._open.add(services.of(path))

    def endpoints(self, service: str) -> tuple[Endpoint, ...]:
        return self._by_service.get(service, ())

    def is_closed(self, service: str) -> bool:
        """Whether all endpoints of a service are known, with their full paths."""
        endpoints = self.endpoints(service)
        has_own = any(endpoint.route.framework != "spring-actuator" for endpoint in endpoints)
        return has_own and service not in self._open and all(endpoint.is_complete for endpoint in endpoints)

    def may_serve(self, service: str, path: str) -> bool:
        """Whether a path lies below something mounted in a service that was not understood, or is caught by a route for all paths.

        A Java service may be given a context path from outside, so there a path counts that is served but for its first part.
        """
        if any(path.startswith(prefix.rstrip("/")) for prefix in self._mounted.get(service, ())):
            return True
        first, _, rest = path.strip("/").partition("/")
        if rest and "{" not in first:
            java = [endpoint for endpoint in self.endpoints(service) if endpoint.file.endswith((".java", ".kt"))]
            if any(is_like(rest, endpoint.path) for endpoint in java):
                return True
        return any(_is_catch_all(endpoint) and is_like(path, endpoint.path) for endpoint in self.endpoints(service))

    def serving(self, service: str, method: str, path: str) -> tuple[Endpoint, ...]:
        """Return the endpoints that a request reaches; `*` is any method. Holes in `path` may be anything."""
        return tuple(
            endpoint
            for endpoint in self.endpoints(service)
            if (method == "*" or endpoint.method in (method, "*") or (method == "HEAD" and endpoint.method == "GET"))
            and is_like(path, endpoint.path)
        )

    def nearest(self, service: str, method: str, path: str) -> Endpoint | None:
        """Return the endpoint whose path is most like another one, of the same method if there is any."""
        return nearest(self.endpoints(service), method, path)


def nearest(endpoints: Iterable[Endpoint], method: str, path: str) -> Endpoint | None:
    wanted = _HOLE.sub("{}", path)
    scored = [
        (SequenceMatcher(None, wanted, _HOLE.sub("{}", endpoint.path)).ratio() + (0.1 if endpoint.method in (method, "*") else 0), endpoint)
        for endpoint in endpoints
    ]
    best = max(scored, key=lambda item: item[0], default=None)
    return best[1] if best is not None and best[0] >= _LIKE else None


def _is_catch_all(endpoint: Endpoint) -> bool:
    return endpoint.path.rstrip("/").endswith("*}") or endpoint.path.endswith("*")


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What a request's path must look like to reach a route. A hole in the request, `{}`, may stand for anything but a slash."""
    parts = []
    for segment in template.strip("/").split("/"):
        if segment == "{prefix}" or re.fullmatch(r"\{[^}]*\*\}|\*+", segment):  # A prefix that was not understood may be any.
            parts.append("(?:/.*)?")
            continue
        pieces = "[^/]+".join(re.escape(piece) for piece in _HOLE.split(segment))
        if "{" not in segment and segment:
            pieces = rf"(?:{pieces}|[^/]*\{{\}}[^/]*)"
        parts.append("/" + pieces)
    return re.compile("".join(parts) + "/?$" if template.strip("/") else "/?$")


def is_like(path: str, template: str) -> bool:
    """Whether a request for `path` reaches a route `template`. A final hole may also hold a query or further segments."""
    plain = "/" + _HOLE.sub("{}", path.partition("?")[0]).strip("/")
    if _pattern(template).match(plain):
        return True
    if plain.endswith("{}") and not plain.endswith("/{}"):  # /items{query}
        return bool(_pattern(template).match(plain[:-2])) or is_like(plain[:-2], template)
    return False
