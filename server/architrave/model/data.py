"""Schema and queries: tables folded from migrations and from ORM models, kept apart so that they may be compared."""

from __future__ import annotations

from architrave.model.graph import Model


class Data:
    """Tables, migrations and queries of the workspace."""

    def __init__(self, model: Model) -> None:
        self._model = model
