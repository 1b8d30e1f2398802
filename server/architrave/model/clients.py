"""Clients that other files use than those that construct them: `from app.cache import redis`.

What a file does through a name that it does not bind itself is read as if that were a client (`through`). Here, where all files are known,
what goes through anything else is left out.
"""

from __future__ import annotations

from posixpath import dirname
from typing import Any

from msgspec.structs import replace

from architrave.facts.api import Client, HttpCall
from architrave.facts.data import Query
from architrave.facts.messaging import CacheOperation, Publish, Subscribe
from architrave.model.classes import Place
from architrave.model.graph import Model

TASK = "task"  # What a message goes through that a definition sends, not a client.

_KINDS: dict[type, tuple[str, ...]] = {
    CacheOperation: ("redis",),
    HttpCall: ("http",),
    Publish: ("queue", "redis"),
    Query: ("database", "mongo"),
    Subscribe: ("queue", "redis"),
}


class Clients:
    """The clients of the workspace by the place that holds them; in Go, by the folder of the package instead of the file."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._imports = model.imports
        self._files = model.files
        self._held: dict[Place, Client] = {}
        for path, client in model.each(Client):
            is_go = self._files.get(path) == "go"
            if client.name and (client.is_cached or not client.function or is_go):
                self._held.setdefault(Place(dirname(path) if is_go else path, client.name), client)

    def named(self, path: str, name: str) -> Client | None:
        """Return the client that a resolved name of a file leads to."""
        if self._files.get(path) != "go":
            place = self._classes.find(path, name)
            return self._held.get(place) if place is not None else None
        for item, target in self._imports.get(path, ()):
            if name.startswith(f"{item.module}."):
                return self._held.get(Place(target.rstrip("/"), name[len(item.module) + 1 :]))
        return self._held.get(Place(dirname(path), name))

    def declared(self, path: str, name: str) -> str:
        """Return the type of the field that a resolved name leads to, "" when that is none: `gorm.io/gorm.DB` of `Server().db`."""
        owner, _, attribute = name.rpartition(".")
        place = self._classes.find(path, owner) if owner else None
        field = self._classes.field(place, attribute) if place is not None else None
        return field.type.lstrip("*&") if field is not None else ""


class Tasks:
    """What queues of tasks run, by the definition that is sent to them: `send_invoice.delay(1)`."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._topics = {Place(path, item.handler): item.topic for path, item in model.each(Subscribe) if item.handler}

    def topic(self, path: str, name: str) -> str | None:
        place = self._classes.find(path, name)
        return self._topics.get(place) if place is not None else None


def known(model: Model, path: str, fact: Any) -> Any:
    """Return a fact that goes through a name of another file as what it is known to be, or None."""
    name, _, wanted = fact.through.partition(":")
    if wanted == TASK:
        topic = model.derived(Tasks).topic(path, name)
        return replace(fact, topic=topic) if topic is not None else None
    clients = model.derived(Clients)
    client = clients.named(path, name)
    if client is None:
        return fact if wanted and clients.declared(path, name).startswith(wanted) else None
    is_it = client.kind in _KINDS[type(fact)] and (
        _is_of_broker(fact, client) if isinstance(fact, Publish | Subscribe) else fact.library in ("", client.library)
    )
    return replace(fact, library=fact.library or client.library) if is_it else None


def _is_of_broker(fact: Publish | Subscribe, client: Client) -> bool:
    return fact.broker in (client.kind, "unknown") or fact.broker in client.library.lower() or fact.library == client.library
