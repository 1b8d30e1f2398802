"""Schema and queries: tables folded from migrations and from ORM models, kept apart so that they may be compared."""

from __future__ import annotations

from architrave.facts.data import Query, Relation, Table
from architrave.model.classes import Place
from architrave.model.engines import Engines
from architrave.model.entities import Entities
from architrave.model.graph import Model
from architrave.model.migrations import Migrations

_DEPTH = 6  # Classes that hand relations down.


class Data:
    """Tables, migrations and queries of the workspace. Its parts are views of their own: an edit of a query folds no migration again."""

    def __init__(self, model: Model) -> None:
        self._classes = model.classes
        self._engines = model.derived(Engines)
        self._migrations = model.derived(Migrations)
        self._entities = model.derived(Entities)
        self.migrated = self._migrations.schema
        self.modelled = self._entities.schema
        self.steps = self._migrations.steps
        self.queries = tuple(model.each(Query))
        self._relations: dict[tuple[Place, str], tuple[str, Relation]] = {}
        for path, relation in model.each(Relation):
            place = self._entities.named(path, relation.model)
            if place is not None:
                self._relations.setdefault((place, relation.name), (path, relation))

    def engine(self, path: str) -> str:
        """Return the engine that a file's database runs on, "" when nothing says, or two things differ."""
        known = self._migrations.engines.get(path)
        return self._engines.of(path) if known is None else known

    def table_of(self, path: str, model: str) -> Table | None:
        """Return the table of an ORM class, named as in the file `path`."""
        return self._entities.table_of(path, model)

    def tables(self, path: str, query: Query) -> tuple[str, ...]:
        """Return the tables that a query asks, by its text or through its model."""
        table = self.table_of(path, query.model) if query.model else None
        return (table.name,) if table is not None else query.tables  # What is not found is called by the custom of its library.

    def relation(self, path: str, model: str, name: str) -> tuple[str, Relation] | None:
        """Return the relation `name` of a class (or of what a repository keeps), named as in the file `path`, or of a class above it."""
        place = self._entities.place_of(path, model) or self._entities.named(path, model)
        for _ in range(_DEPTH):
            if place is None:
                return None
            found = self._relations.get((place, name))
            if found is not None:
                return found
            definition = self._classes.definition(place)
            bases = definition.bases if definition is not None else ()
            place = next((parent for base in bases if (parent := self._classes.find(place.path, base)) is not None), None)
        return None
