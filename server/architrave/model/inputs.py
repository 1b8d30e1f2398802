"""What handlers take from the query of a request through a class: `@Query() query: ListOrders`, `page: Annotated[Page, Query()]`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from architrave.facts.api import InputField
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.routes import Endpoint

_DEPTH = 4  # Classes that a class is derived from.


class Inputs:
    """The fields of the classes that requests are read into."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._fields: dict[Place, list[tuple[str, InputField]]] = defaultdict(list)
        for path, field in model.each(InputField):
            self._fields[Place(path, field.owner)].append((path, field))

    def of(self, endpoint: Endpoint) -> Iterator[tuple[str, InputField]]:
        """Yield (path, field) for each field that the handler of an endpoint may take from the query, also inherited ones."""
        if not self._fields:
            return
        for parameter in endpoint.route.parameters:
            if parameter.is_object and parameter.source == "query":
                yield from self._of_class(endpoint.handler.path, parameter.type)

    def _of_class(self, path: str, name: str, depth: int = _DEPTH) -> Iterator[tuple[str, InputField]]:
        place = self._classes.find(path, name)
        if place is None or not depth:
            return
        yield from self._fields.get(place, ())
        definition = self._classes.definition(place)
        for base in definition.bases if definition is not None else ():
            yield from self._of_class(place.path, base.partition("[")[0].partition("<")[0], depth - 1)
