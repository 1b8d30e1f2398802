"""The editor's own settings over those of the configuration file: the fields of `Config`, in `camelCase` or `kebab-case`."""

from __future__ import annotations

import logging
import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from architrave.config import Config

log = logging.getLogger(__name__)

PLAIN = ("select", "ignore", "exclude", "include_tests", "baseline", "rules")


def overlaid(config: Config, settings: Any) -> Config:
    """Return the settings of the file with those of the editor on top. What the editor has not set, or set wrongly, stays."""
    import msgspec

    if not isinstance(settings, dict):
        return config
    known = {item.name for item in fields(config)} & set(PLAIN)
    values: dict[str, Any] = {}
    for key, value in settings.items():
        name = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", str(key)).lower().replace("-", "_")
        if name not in known or value is None or value in ("", [], {}):
            continue
        current = getattr(config, name)
        try:
            if isinstance(current, bool):
                values[name] = msgspec.convert(value, bool)
            elif isinstance(current, str):
                values[name] = msgspec.convert(value, str)
            elif isinstance(current, tuple):
                values[name] = (
                    (*msgspec.convert(value, tuple[str, ...]),)
                    if name == "select"
                    else (*current, *msgspec.convert(value, tuple[str, ...]))
                )
            else:
                values[name] = {**current, **msgspec.convert(value, dict[str, dict[str, Any]])}
        except msgspec.ValidationError as error:
            log.warning("the editor's setting `%s` is not right: %s", key, error)
    return replace(config, **values)
