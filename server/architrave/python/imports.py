"""Imports that a fix of Python adds, where `isort` and `ruff` want them."""

from __future__ import annotations

import sys

from architrave.facts.code import Import
from architrave.facts.values import Replacement
from architrave.framework import File

_LONGEST = 88  # Black's length of a line.


def imported(file: File, module: str, name: str = "") -> tuple[Replacement, ...] | None:
    """Return what makes `import module`, or `from module import name`, part of the file; None where there is no place to put it."""
    return file.once(_imported, module, name)


def _imported(file: File, module: str, name: str) -> tuple[Replacement, ...] | None:
    known = file.all(Import)
    wanted = (module, name, name or module)
    usable = [item for item in known if not item.function and not item.is_type_only]
    if any((item.module, item.name, item.alias) == wanted for item in usable):
        return ()
    if not name and any(item.alias == module and not item.name and item.module.startswith(f"{module}.") for item in usable):
        return ()  # `import os.path` binds `os`.
    top = [item for item in known if item.span.start == 0 and not item.function]  # What stands in a `try` or `if` is another matter.
    if not top or any(item.alias == (name or module.partition(".")[0]) for item in known):
        return None
    return _joined(module, name, top) or (_line(module, name, top),)


def _joined(module: str, name: str, top: list[Import]) -> tuple[Replacement, ...]:
    """Name it in a `from module import …` that is there, when that is written in the usual way."""
    beside = [item for item in top if name and item.module == module and item.name and item.name == item.alias]
    for span in dict.fromkeys(item.span for item in beside):
        names = [item.name for item in beside if item.span == span]
        text = f"from {module} import {', '.join(sorted([*names, name], key=_by_kind))}"
        if span.end - span.start == len(f"from {module} import {', '.join(names)}") and len(text) <= _LONGEST:
            return (Replacement(span, text),)
    return ()


def _by_kind(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def _line(module: str, name: str, top: list[Import]) -> Replacement:
    text = f"from {module} import {name}" if name else f"import {module}"
    section = _section(module)
    siblings = [item for item in top if _section(item.module) == section]
    later = [item for item in top if _section(item.module) > section]
    if siblings:
        after = next((item for item in siblings if (bool(item.name), item.module) > (bool(name), module)), None)
        return Replacement((after or siblings[-1]).span, text, "before" if after is not None else "after")
    if later:
        return Replacement(later[0].span, f"{text}\n", "before")
    return Replacement(top[-1].span, f"\n{text}", "after")


def _section(module: str) -> int:
    if module == "__future__":
        return 0
    if module.startswith("."):
        return 3
    return 1 if module.partition(".")[0] in sys.stdlib_module_names else 2
