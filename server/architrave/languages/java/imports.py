"""Imports of Java: what they name, and the file that they lead to."""

from __future__ import annotations

from functools import lru_cache
from posixpath import commonprefix

from tree_sitter import Node

from architrave.facts.code import Import
from architrave.language import Chunk
from architrave.paths import Paths

ANY = "*"


def imported(chunk: Chunk, node: Node) -> tuple[str, str, str]:
    return _parsed(chunk.source(node))


@lru_cache(4096)  # Files of one project import much the same.
def _parsed(written: str) -> tuple[str, str, str]:
    """Return (module, name, alias): the package, and the class with what is taken from it (`HttpStatus.OK`), called by its last part."""
    path = written.removeprefix("import").partition(";")[0].strip()
    if path.startswith("static") and path[6:7].isspace():
        path = path[6:]
    full = "".join(path.split())
    if not full:
        return "", "", ""
    if full.endswith(".*"):
        return full[:-2], ANY, ANY
    parts = full.split(".")
    first = next((index for index, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return ".".join(parts[:first]), ".".join(parts[first:]), parts[-1]


def is_static(node: Node) -> bool:
    return node.child_count > 1 and node.children[1].type == "static"


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the file that an import leads to, a folder for `import package.*`, or None for a library."""
    package = item.module.replace(".", "/")
    if item.name == ANY:
        folder = _nearest(paths.folders_by_name.get(package.rpartition("/")[2], ()), package, path)
        if folder is not None:
            return f"{folder}/"
        name = package.rpartition("/")[2]  # import static package.Class.*
        return _nearest(paths.by_name.get(f"{name}.java", ()), f"{package}.java", path)
    name = item.name.partition(".")[0]
    ending = f"{package}/{name}.java" if package else f"{name}.java"
    return _nearest(paths.by_name.get(f"{name}.java", ()), ending, path)


def _nearest(candidates: tuple[str, ...], ending: str, path: str) -> str | None:
    """Return the candidate with this ending that shares the longest way with `path`: the same module of a build with several."""
    found = [item for item in candidates if item == ending or item.endswith("/" + ending)]
    return max(found, key=lambda item: len(commonprefix((item, path)))) if found else None
