"""Topics and queues: who publishes to them and who listens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from architrave.facts.messaging import Publish, Subscribe
from architrave.model.graph import Model


class Messaging:
    """Publishers and subscribers by topic."""

    def __init__(self, model: Model) -> None:
        self.publishes = tuple(model.each(Publish))
        self.subscribes = tuple(model.each(Subscribe))

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
