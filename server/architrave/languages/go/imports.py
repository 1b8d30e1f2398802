"""Imports of Go: the package that one names, what it is called here, and the folder that it leads to."""

from __future__ import annotations

import re
from functools import lru_cache

from tree_sitter import Node

from architrave.facts.code import Import
from architrave.language import Chunk
from architrave.languages.go.values import text
from architrave.paths import Paths
from architrave.regexes import regex

_VERSION = regex(r"v\d+")


def imported(chunk: Chunk, node: Node) -> tuple[str, str]:
    """Return the path and the alias of an import."""
    path = node.children[-1]
    name = node.children[0] if len(node.children) > 1 else None
    module = text(chunk.source(path))
    return module, chunk.source(name) if name is not None else package_name(module)


def package_name(module: str) -> str:
    """Return what a package is called by custom: `redis` for `github.com/redis/go-redis/v9`."""
    parts = module.split("/")
    last = parts.pop()
    if _VERSION.fullmatch(last) and parts:
        last = parts.pop()
    last = re.sub(r"\.(?:v\d+|go)$", "", last)
    return last.removeprefix("go-").removesuffix("-go").replace("-", "_")


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the folder of an imported package with a final `/`, or None for a library."""
    module = item.module
    for name, folder in _modules(paths):
        if module == name or module.startswith(name + "/"):
            inner = "/".join(part for part in (folder, module[len(name) + 1 :]) if part)
            if any(file.endswith(".go") for file in paths.folders.get(inner, ())):
                return f"{inner}/"
    return None


@lru_cache(maxsize=4)
def _modules(paths: Paths) -> tuple[tuple[str, str], ...]:
    """The Go modules of the workspace as (path, folder), longer paths first: a module may lie in another."""
    found = [
        (manifest.name, folder)
        for folder, manifests in paths.manifests.items()
        for manifest in manifests
        if manifest.kind == "go" and manifest.name
    ]
    return tuple(sorted(found, key=lambda entry: (-len(entry[0]), entry[1])))
