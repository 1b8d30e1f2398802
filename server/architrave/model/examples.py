"""Where a service shows which settings it needs: `.env.example` and its like."""

from __future__ import annotations

from posixpath import dirname

from architrave.facts.deployment import SettingDeclaration
from architrave.model.graph import Model

_ENDINGS = (".example", ".sample", ".template")


def shown_settings(model: Model, path: str) -> tuple[tuple[str, SettingDeclaration], ...]:
    """Return the settings of the first file that shows those of the service of `path`."""
    service = model.services.of(path)
    found = [
        (file, item)
        for file, item in model.each(SettingDeclaration)
        if item.source == "dotenv" and dirname(file) == service and file.endswith(_ENDINGS)
    ]
    return tuple(item for item in found if item[0] == found[0][0])
