"""Where a fix declares a setting that it makes code read: in the file that shows what a service needs, else in that which sets the rest."""

from __future__ import annotations

from posixpath import dirname

from architrave.facts.deployment import SettingDeclaration
from architrave.facts.values import Replacement
from architrave.model.deployment import Declared, Settings
from architrave.model.graph import Model

_ENDINGS = (".example", ".sample", ".template")
_FILES = ("dotenv", "compose", "serverless")  # Where a new variable belongs, best first.


def declared(model: Model, path: str, key: str, value: str = "") -> tuple[str, Replacement] | None:
    """Return the file and the edit that declares a setting which `path` is to read; None where it is declared, or no file is for that."""
    settings = model.deployment.settings(model.services.of(path))
    if key in settings.declared:
        return None
    shown = _shown(model, path)
    if shown is None:
        return beside(settings, key, value) if settings.is_complete else None
    file, first = shown
    return file, Replacement(first.span, f"{key}={value}", "before")


def beside(settings: Settings, key: str, value: str = "") -> tuple[str, Replacement] | None:
    """Return the edit that puts a setting after the last that a file sets for the service; without a value, who deploys gives it."""
    last = last_setting(settings)
    if last is None:
        return None
    source = last.declaration.source
    if source == "dotenv":
        text = f"{key}={value}"
    elif source == "serverless":
        text = f"{key}: {value or f'${{env:{key}}}'}"
    else:  # In compose it stands in a mapping, or in a list.
        is_mapping = last.declaration.span.end - last.declaration.span.start == len(last.declaration.key)
        given = value or f"${{{key}}}"
        text = f"{key}: {given}" if is_mapping else f"- {key}={given}"
    return last.path, Replacement(last.declaration.span, text, "after")


def last_setting(settings: Settings) -> Declared | None:
    """Return the last variable of the file that a new one belongs in."""
    found = [item for items in settings.declared.values() for item in items if item.declaration.source in _FILES]
    found = [item for item in found if item.declaration.source == "dotenv" or item.declaration.value]
    if not found:
        return None
    best = min(found, key=lambda item: (_FILES.index(item.declaration.source), "example" not in item.path, item.path)).path
    return max((item for item in found if item.path == best), key=lambda item: item.declaration.span)


def _shown(model: Model, path: str) -> tuple[str, SettingDeclaration] | None:
    """Return the first setting that `.env.example` or its like shows of the service of `path`."""
    service = model.services.of(path)
    found = (
        (file, item)
        for file, item in model.each(SettingDeclaration)
        if item.source == "dotenv" and dirname(file) == service and file.endswith(_ENDINGS)
    )
    return next(found, None)
