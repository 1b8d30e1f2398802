"""Imports that a fix of Go adds, where `gofmt` and `goimports` want them."""

from __future__ import annotations

from architrave.facts.code import Import
from architrave.facts.values import Replacement
from architrave.framework import File

_ALONE = len("import ")  # Where the path of `import "fmt"` begins in its chunk; in `import (` it is further on.


def imported(file: File, *packages: str) -> tuple[Replacement, ...] | None:
    """Return what imports packages of the standard library, as far as the file does not yet; None where it has no imports at all."""
    known = file.all(Import)
    missing = [package for package in packages if not any(item.module == package for item in known)]
    standard = [item for item in known if "." not in item.module.partition("/")[0]]
    if not known:
        return None
    if missing and not standard:  # A group of their own, above the others.
        return (_spec(known[0], *missing, "", is_before=True),)
    return tuple(_beside(package, standard) for package in missing)


def _beside(package: str, standard: list[Import]) -> Replacement:
    after = next((item for item in standard if item.module > package), None)
    return _spec(after or standard[-1], package, is_before=after is not None)


def _spec(place: Import, *packages: str, is_before: bool) -> Replacement:
    word = "import " if place.span.start == _ALONE else ""
    lines = "\n".join(f'{word}"{package}"' if package else "" for package in packages)
    return Replacement(place.span, lines, "before" if is_before else "after")
