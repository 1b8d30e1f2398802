"""Schema and queries: tables folded from migrations and from ORM models, kept apart so that they may be compared."""

from __future__ import annotations

from collections.abc import Mapping

from architrave.facts.data import Query, Relation, Table
from architrave.model.classes import Place
from architrave.model.engines import Engines
from architrave.model.entities import Entities
from architrave.model.graph import Model
from architrave.model.migrations import Migrations, Step
from architrave.model.schema import Schema

_DEPTH = 6  # Classes that hand relations down.


class Data:
    """Tables, migrations and queries of the workspace: a front of views, so that who asks for one depends on that one alone."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def migrated(self) -> Schema:
        return self._model.derived(Migrations).schema

    @property
    def modelled(self) -> Schema:
        return self._model.derived(Entities).schema

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._model.derived(Migrations).steps

    @property
    def queries(self) -> tuple[tuple[str, Query], ...]:
        return tuple(self._model.each(Query))

    def engine(self, path: str) -> str:
        """Return the engine that a file's database runs on, "" when nothing says, or two things differ."""
        known = self._model.derived(Migrations).engines.get(path)
        return self._model.derived(Engines).of(path) if known is None else known

    def table_of(self, path: str, model: str) -> Table | None:
        """Return the table of an ORM class, named as in the file `path`."""
        return self._model.derived(Entities).table_of(path, model)

    def tables(self, path: str, query: Query) -> tuple[str, ...]:
        """Return the tables that a query asks, by its text or through its model."""
        table = self.table_of(path, query.model) if query.model else None
        return (table.name,) if table is not None else query.tables  # What is not found is called by the custom of its library.

    def relation(self, path: str, model: str, name: str) -> tuple[str, Relation] | None:
        """Return the relation `name` of a class (or of what a repository keeps), named as in the file `path`, or of a class above it."""
        relations = self._model.derived(_relations)
        entities = self._model.derived(Entities)
        place = entities.place_of(path, model) or entities.named(path, model)
        classes = self._model.classes
        for _ in range(_DEPTH):
            if place is None:
                return None
            found = relations.get((place, name))
            if found is not None:
                return found
            definition = classes.definition(place)
            bases = definition.bases if definition is not None else ()
            place = next((parent for base in bases if (parent := classes.find(place.path, base)) is not None), None)
        return None


def _relations(model: Model) -> Mapping[tuple[Place, str], tuple[str, Relation]]:
    entities = model.derived(Entities)
    found: dict[tuple[Place, str], tuple[str, Relation]] = {}
    for path, relation in model.each(Relation):
        place = entities.named(path, relation.model)
        if place is not None:
            found.setdefault((place, relation.name), (path, relation))
    return found
