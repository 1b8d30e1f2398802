"""Topics and queues: who publishes to them and who listens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from architrave.facts.messaging import AcknowledgeMode, Publish, Subscribe
from architrave.model.graph import Model
from architrave.model.tools import is_test


class Messaging:
    """Publishers and subscribers by topic."""

    def __init__(self, model: Model) -> None:
        self.publishes = tuple(model.each(Publish))
        self.subscribes = tuple(model.each(Subscribe))
        self._services = model.services
        self._modes = tuple((path, mode) for path, mode in model.each(AcknowledgeMode) if not is_test(path))

    @cached_property
    def publishers(self) -> Mapping[str, tuple[tuple[str, Publish], ...]]:
        found: dict[str, list[tuple[str, Publish]]] = defaultdict(list)
        for path, publish in self.publishes:
            found[publish.topic].append((path, publish))
        return {topic: tuple(items) for topic, items in found.items()}

    @cached_property
    def subscribers(self) -> Mapping[str, tuple[tuple[str, Subscribe], ...]]:
        found: dict[str, list[tuple[str, Subscribe]]] = defaultdict(list)
        for path, subscribe in self.subscribes:
            found[subscribe.topic].append((path, subscribe))
        return {topic: tuple(items) for topic, items in found.items()}

    @cached_property
    def modes(self) -> Mapping[tuple[str, AcknowledgeMode], tuple[tuple[str, Subscribe], ...]]:
        """The consumers that a mode speaks for: those of its library in its service that say nothing themselves."""
        found: dict[tuple[str, AcknowledgeMode], tuple[tuple[str, Subscribe], ...]] = {}
        for where, mode in self._modes:
            service = self._services.of(where)
            found[where, mode] = tuple(
                (path, item)
                for path, item in self.subscribes
                if item.acknowledge == "unknown" and item.library == mode.library and self._services.of(path) == service
            )
        return found
