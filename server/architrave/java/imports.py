"""Imports that a fix of Java adds."""

from __future__ import annotations

from architrave.facts.code import Import
from architrave.facts.values import Replacement
from architrave.framework import File


def imported(file: File, name: str) -> tuple[Replacement, ...] | None:
    """Return what imports a class by its full name, as far as the file does not yet; None where there is no place to put it."""
    package, _, simple = name.rpartition(".")
    known = [item for item in file.all(Import) if item.module]
    if any(item.module == package and item.name in (simple, "*") for item in known):
        return ()
    if not known or any(item.alias == simple for item in known):
        return None
    after = next((item for item in known if f"{item.module}.{item.name}" > name and _is_sorted(known)), None)
    return (Replacement((after or known[-1]).span, f"import {name};", "before" if after is not None else "after"),)


def _is_sorted(known: list[Import]) -> bool:
    names = [f"{item.module}.{item.name}" for item in known]
    return names == sorted(names)
