"""How long code waits for what it asks: the timeouts of calls and of their clients, and how often calls are tried again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from posixpath import dirname
from typing import NamedTuple

from msgspec.structs import replace

from architrave.facts.api import Client, HttpCall, RetryPolicy
from architrave.facts.code import Block
from architrave.facts.values import Replacement
from architrave.model.calls import Caller
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.text import Location, Span

# What ends a wait in ways that are not numbers of a call: a function with one of these is not judged.
_LIMITERS = frozenset(
    {"WithTimeout", "WithDeadline", "WithTimeoutCause", "WithDeadlineCause", "wait_for", "timeout_at", "fail_after", "move_on_after"}
    | {"race", "orTimeout", "completeOnTimeout", "TimeoutHandler", "AbortController", "executeWithTimeout"}
)
# What is handed to these is not waited for.
_ASIDE = frozenset(
    {"spawn", "create_task", "ensure_future", "submit", "runAsync", "supplyAsync", "execute", "add_task", "setTimeout", "setImmediate"}
    | {"nextTick", "waitUntil", "after", "on_commit", "start_soon", "spawn_local", "subscribe"}
)
_AWAITED = frozenset({"python", "typescript", "javascript", "tsx", "rust"})


class Wait(NamedTuple):
    """A request, the longest that it may take, and how often it is tried. `client` is what has the timeout, where the call has none."""

    path: str
    call: HttpCall
    milliseconds: int
    attempts: int
    policies: tuple[Location, ...]
    client: tuple[str, Client] | None

    @property
    def longest(self) -> int:
        return self.milliseconds * self.attempts


class Retries:
    """What is tried again: functions, stretches of them, and the requests of clients."""

    def __init__(self, model: Model) -> None:
        self._functions: dict[Place, list[tuple[str, RetryPolicy]]] = defaultdict(list)
        self._bodies: dict[Place, list[tuple[str, RetryPolicy]]] = defaultdict(list)
        self._clients: dict[str, list[RetryPolicy]] = defaultdict(list)
        for path, policy in model.each(RetryPolicy):
            if policy.client:
                self._clients[path].append(policy)
            elif policy.body is not None:
                self._bodies[Place(path, policy.function)].append((path, policy))
            elif policy.handler:
                named = model.classes.find(path, policy.handler)
                self._functions[model.classes.served_by(named) if named is not None else Place(path, policy.handler)].append((path, policy))

    def of_function(self, place: Place, span: Span) -> Iterator[tuple[str, RetryPolicy]]:
        """Yield what has a call in a function tried again."""
        yield from self._functions.get(place, ())
        for path, policy in self._bodies.get(place, ()):
            if policy.body is not None and policy.body.contains(span):
                yield path, policy

    def of_client(self, path: str, name: str) -> Iterator[tuple[str, RetryPolicy]]:
        """Yield what has the requests of a client tried again, as a file calls it."""
        own = _own(name)
        for policy in self._clients.get(path, ()):
            if _own(policy.client) == own:
                yield path, policy


def wait(model: Model, path: str, call: HttpCall, way: tuple[Caller, ...] = ()) -> Wait | None:
    """Return how long a request may take when it is reached by a way of calls; None where a number of it is no literal."""
    client = _client(model, path, call)
    limit = call.milliseconds if call.milliseconds is not None else client[1].milliseconds if client is not None else None
    if limit and model.files.get(path) == "go" and client is not None and client[1].milliseconds is not None:
        limit = min(limit, client[1].milliseconds)  # Both hold: that of the context and that of the client.
    if not limit:
        return None
    found = list(_policies(model, path, call, client, way))
    attempts = 1
    for _, policy in found:
        if policy.attempts is None:
            return None
        attempts *= policy.attempts
    places = tuple(Location(where, policy.span) for where, policy in found)
    return Wait(path, call, limit, attempts, places, client if call.milliseconds is None else None)


def tries(model: Model, path: str, call: HttpCall, depth: int) -> tuple[int, tuple[Location, ...]]:
    """Return how often code sends a request at most, as far as the numbers are literals, and what has it tried again."""
    place = Place(path, call.function)
    client = _client(model, path, call)
    best = _product(list(_policies(model, path, call, client, ())))
    frontier: list[tuple[Place, tuple[Caller, ...]]] = [(place, ())]
    seen = {place}
    for _ in range(depth):
        following = []
        for current, way in frontier:
            for caller in model.calls.callers(current):
                if caller.place not in seen:
                    seen.add(caller.place)
                    following.append((caller.place, (caller, *way)))
                    best = max(best, _product(list(_policies(model, path, call, client, (caller, *way)))), key=lambda item: item[0])
        frontier = following
    return best


def _product(policies: list[tuple[str, RetryPolicy]]) -> tuple[int, tuple[Location, ...]]:
    attempts = 1
    for _, policy in policies:
        attempts *= policy.attempts or 1
    return attempts, tuple(Location(where, policy.span) for where, policy in policies if policy.attempts)


def _policies(
    model: Model, path: str, call: HttpCall, client: tuple[str, Client] | None, way: tuple[Caller, ...]
) -> Iterator[tuple[str, RetryPolicy]]:
    retries = model.derived(Retries)
    for caller in way:
        yield from retries.of_function(caller.place, caller.call.span)
    yield from retries.of_function(Place(path, call.function), call.span)
    if call.client:
        yield from retries.of_client(path, call.client)
    if client is not None and client[0] != path:
        yield from retries.of_client(client[0], client[1].name)


def _client(model: Model, path: str, call: HttpCall) -> tuple[str, Client] | None:
    """Return the client that a call is made with; in Java, where Spring hands it in, the one of its library in the service."""
    clients = model.derived(_clients)
    if call.client:
        place = model.classes.find(path, call.client)
        for where, name in ((path, call.client), *(((place.path, place.name),) if place is not None else ())):
            around = dirname(where) if model.files.get(where) == "go" else where  # A package of Go is a folder.
            named = clients.get(Place(around, _own(name)), [])
            named = [item for item in named if item[0] == where and item[1].function == call.function] or named
            if named:
                return named[0] if len(named) == 1 else None
    if model.files.get(path) != "java":
        return None
    service = model.services.of(path)
    same = [(where, client) for where, client in model.each(Client) if client.library == call.library and client.kind == "http"]
    own = [(where, client) for where, client in same if model.services.of(where) == service]
    return own[0] if len(own) == 1 else None


def _clients(model: Model) -> dict[Place, list[tuple[str, Client]]]:
    """The clients for HTTP by what holds them, in its file or package."""
    found: dict[Place, list[tuple[str, Client]]] = defaultdict(list)
    for path, client in model.each(Client):
        if client.kind == "http" and client.name:
            around = dirname(path) if model.files.get(path) == "go" else path
            found[Place(around, _own(client.name))].append((path, client))
    return found


def waits(model: Model, place: Place, depth: int) -> Iterator[Wait]:
    """Yield the requests that a function waits for, its own and those of what it calls, as far as all numbers are known."""
    language = model.files.get(place.path, "")
    for reached, way in model.calls.reached(place, depth):
        if any(not _is_waited_for(model, caller.place, caller.call.span, caller.call.function) for caller in way):
            continue
        if any(not _is_finished(model, caller, target, language) for caller, target in zip(way, (*_places(way), reached), strict=False)):
            continue
        if any(_limits(model, caller.place) for caller in way):
            continue
        is_limited = _limits(model, reached)
        for call in model.inside(reached, HttpCall):
            if is_limited and (language != "go" or call.milliseconds is None):  # Go's `context.WithTimeout` is looked into there.
                continue
            if _is_waited_for(model, reached, call.span, call.function):
                found = wait(model, reached.path, call, way)
                if found is not None:
                    yield found


def _places(way: tuple[Caller, ...]) -> Iterator[Place]:
    """The functions that the calls of a way lead to, but for the last."""
    for caller in way[1:]:
        yield caller.place


def _is_finished(model: Model, caller: Caller, target: Place, language: str) -> bool:
    """Whether a function waits for the end of another that it calls: one that is asynchronous has to be awaited, or handed on."""
    outline = model.classes.definition(target)
    if outline is None or not outline.is_async or language not in _AWAITED:
        return True
    return caller.call.is_awaited or not caller.call.is_discarded


def _limits(model: Model, place: Place) -> bool:
    """Whether something in a function ends what it waits for, in a way that is not looked into."""
    return any(call.callee.rpartition(".")[2] in _LIMITERS for call in model.calls.inside(place))


def _is_waited_for(model: Model, place: Place, span: Span, function: str) -> bool:
    """Whether a function waits for what stands at a span in it, which it may hand to something that runs it later."""
    if any(policy.body is not None for _, policy in model.derived(Retries).of_function(place, span)):
        return True
    for block in model.of(place.path, Block):
        if block.kind == "callback" and block.function == function and block.span.chunk == span.chunk and block.span.contains(span):
            return False
    for call in model.calls.inside(place):
        if call.callee.rpartition(".")[2] in _ASIDE and call.arguments_span.chunk == span.chunk and call.arguments_span.contains(span):
            return False
    return True


def with_timeout(replacements: Iterable[Replacement], seconds: int) -> list[Replacement]:
    """Return what a fact says about writing a timeout with the number in it."""
    return [
        replace(item, text=item.text.replace("{seconds}", str(seconds)).replace("{milliseconds}", str(seconds * 1000)))
        for item in replacements
    ]


def _own(name: str) -> str:
    """The name of a field, however it is reached."""
    return name.removeprefix("this.").removeprefix("self.")
