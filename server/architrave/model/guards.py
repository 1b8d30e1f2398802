"""Who may call an endpoint: what stands before it on all levels, and whether its handler looks at who asks by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from architrave.facts.api import Dependency, Guard, IdentityUse
from architrave.facts.code import Definition
from architrave.identity import asks_who, lets_all_in
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.routes import Endpoint

_DEPTH = 2  # Calls from a handler or a guard to what looks at who asks.
_PRINCIPALS = frozenset(
    {"Principal", "Authentication", "JwtAuthenticationToken", "OAuth2User", "OidcUser", "UserDetails", "SecurityContext"}
)

Access = Literal["guarded", "public", "handler", "open"]


class Guarding(NamedTuple):
    """How an endpoint is guarded: by what stands before it, which is `names`, as public on purpose, by its handler itself or by what
    guards all of its service or all that is registered below, or by nothing that is known."""

    access: Access
    names: tuple[str, ...] = ()


class Guards:
    """What stands before endpoints. What an answer stands on is read when it is asked for."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[tuple[str, str], bool] = {}

    def of(self, endpoint: Endpoint) -> Guarding:
        """Return how an endpoint is guarded."""
        handler = endpoint.handler
        definition = self._model.definition(handler)
        marks = tuple(item.name for item in definition.decorators) if definition is not None else ()
        owner = self._model.definition(Place(handler.path, handler.name.rpartition(".")[0])) if "." in handler.name else None
        marks += tuple(item.name for item in owner.decorators) if owner is not None else ()
        if any(lets_all_in(name) for name in (*endpoint.guards, *marks)):
            return Guarding("public")
        names = self.names(endpoint)
        if names:
            return Guarding("guarded", names)
        outer = self._model.derived(_standing)
        if any(asks_who(name) for name in endpoint.route.standing):
            return Guarding("handler")
        is_below = any((place.path, place.name) in outer for place in _routers(endpoint)) or ("", endpoint.service) in outer
        if is_below or any(asks_who(name) for name in marks) or (definition is not None and _takes_identity(definition)):
            return Guarding("handler")
        return Guarding("handler" if self._looks(handler) else "open")

    def names(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Return what stands before an endpoint and finds out who asks."""
        before = [(endpoint.file, name, name) for name in endpoint.guards if name not in endpoint.route.standing]
        before += self._asked(endpoint.handler)
        return tuple(dict.fromkeys(shown for path, name, shown in before if asks_who(name) or self._leads(path, name)))

    def _asked(self, place: Place) -> Iterator[tuple[str, str, str]]:
        """Yield the functions that fill a function's parameters, as named in a file, and what the parameter calls them."""
        definition = self._model.definition(place)
        for item in definition.parameters if definition is not None else ():
            for name in (item.type, *_called(item.default)):
                found = self._model.classes.find(place.path, name) if name else None
                filled = self._model.of_file(found.path, Dependency, _aliases).get(found.name) if found is not None else None
                if found is not None and filled is not None:
                    yield found.path, filled, name
                elif name is not item.type:
                    yield place.path, name, name

    def _leads(self, path: str, guard: str) -> bool:
        key = (path, guard)
        if key not in self._known:
            self._known[key] = self._leads_to_identity(path, guard)
        return self._known[key]

    def _leads_to_identity(self, path: str, guard: str, depth: int = _DEPTH) -> bool:
        """Whether a dependency asks for who asks in turn: `def orders(user: CurrentUser): …`."""
        place = self._model.classes.find(path, guard)
        definition = self._model.definition(place) if place is not None else None
        if place is None or definition is None or depth == 0:
            return False
        if definition.kind not in ("function", "method"):
            members = ("__init__", "__call__", "canActivate", "use", "from_request_parts", "from_request")
            return any(self._leads_to_identity(place.path, f"{place.name}.{member}", depth - 1) for member in members)
        if any(asks_who(name) or self._leads_to_identity(path, name, depth - 1) for path, name, _ in self._asked(place)):
            return True
        return any("Depends(get_current" in item.type for item in definition.parameters) or self._looks(place)

    def _looks(self, place: Place) -> bool:
        """Whether a function, or one that it calls, looks at who asks."""
        for reached, _ in self._model.calls.reached(place, _DEPTH):
            uses = self._model.of_file(reached.path, IdentityUse, _functions)
            if any(name == reached.name or name.startswith(reached.name + ".") for name in uses):
                return True
        return False


def _routers(endpoint: Endpoint) -> Iterator[Place]:
    yield Place(endpoint.file, endpoint.route.router)
    if endpoint.application is not None:
        yield endpoint.application


def _called(value: object) -> Iterator[str]:
    for argument in getattr(value, "arguments", ()):
        name = getattr(argument.value, "name", "")
        if name:
            yield name


def _takes_identity(definition: Definition) -> bool:
    """`Principal principal`, `@AuthenticationPrincipal User user`, `@CurrentUser() user`."""
    return any(
        item.type.rpartition(".")[2] in _PRINCIPALS or any(asks_who(mark.name) for mark in item.decorators)
        for item in definition.parameters
    )


def _aliases(path: str, dependencies: tuple[Dependency, ...]) -> Mapping[str, str]:
    return {item.name: item.function for item in dependencies}


def _functions(path: str, uses: tuple[IdentityUse, ...]) -> frozenset[str]:
    return frozenset(use.function for use in uses)


def _standing(model: Model) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The guards of whole services, under ("", service), and of routers, under their place."""
    services, classes = model.services, model.classes
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, guard in model.each(Guard):
        if not asks_who(guard.name) or lets_all_in(guard.name):
            continue
        if guard.router:
            place = classes.find(path, guard.router) or Place(path, guard.router)
            found[place.path, place.name].append(guard.name)
        else:
            found["", services.of(path)].append(guard.name)
    return {key: tuple(names) for key, names in found.items()}
