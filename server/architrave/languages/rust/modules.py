"""Modules of Rust: the file that an import leads to."""

from __future__ import annotations

from functools import lru_cache
from posixpath import dirname

from architrave.facts.code import Import
from architrave.paths import Paths


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the deepest module file on the way that an import names, or None for a library."""
    parts = item.module.split(".")
    if item.name and item.name != "*":
        parts.append(item.name)
    crate = _crate(path, paths)
    folder = _own_folder(path, crate)
    head = parts[0]
    if head == "crate":
        return _deepest(crate, parts[1:], crate, paths, path)
    if head in ("self", "super"):
        while parts and parts[0] in ("self", "super"):
            if parts[0] == "super":
                if folder == crate:
                    return None
                folder = dirname(folder)
            parts = parts[1:]
        return _deepest(folder, parts, crate, paths, path)
    if f"{folder}/{head}.rs".lstrip("/") in paths.files or f"{folder}/{head}/mod.rs".lstrip("/") in paths.files:
        return _deepest(folder, parts, crate, paths, path)
    other = _crates(paths).get(_renamed(head, path, paths))
    if other is None:
        return None
    return _deepest(other, parts[1:], other, paths, "")


def _deepest(folder: str, parts: list[str], crate: str, paths: Paths, path: str) -> str | None:
    for part in parts:
        inner = f"{folder}/{part}" if folder else part
        if f"{inner}.rs" not in paths.files and f"{inner}/mod.rs" not in paths.files:
            break
        folder = inner
    if folder == crate:
        candidates = [f"{folder}/{name}".lstrip("/") for name in ("lib.rs", "main.rs", "mod.rs")]
        if dirname(path) == folder and path.endswith("main.rs"):
            return path
    else:
        candidates = [f"{folder}.rs", f"{folder}/mod.rs"]
    found = next((candidate for candidate in candidates if candidate in paths.files), None)
    if found is None and folder == _own_folder(path, crate):
        return path
    return found


def _own_folder(path: str, crate: str) -> str:
    """Return the folder that holds the modules below a file."""
    folder, _, name = path.rpartition("/")
    if name in ("mod.rs", "main.rs", "lib.rs") or (folder == crate and _is_root(path)):
        return folder
    return path.removesuffix(".rs")


def _is_root(path: str) -> bool:
    """Whether a file is a crate of its own by its place: `src/bin/x.rs`, `tests/x.rs`, `examples/x.rs`."""
    folder = dirname(path)
    return folder.endswith(("src/bin", "tests", "examples", "benches")) or folder in ("tests", "examples", "benches")


def _crate(path: str, paths: Paths) -> str:
    """Return the folder of the root module of the crate that a file belongs to."""
    project = next(paths.projects(path, "cargo"), None)
    if project is not None:
        prefix = f"{project}/" if project else ""
        below = path[len(prefix) :].split("/")
        if below[0] in ("tests", "examples", "benches"):
            return f"{prefix}{below[0]}" if len(below) < 3 else f"{prefix}{below[0]}/{below[1]}"
        if below[:2] == ["src", "bin"]:
            return f"{prefix}src/bin" if len(below) < 4 else f"{prefix}src/bin/{below[2]}"
        if below[0] == "src":
            return f"{prefix}src"
    folder = dirname(path)
    while True:
        prefix = f"{folder}/" if folder else ""
        if f"{prefix}lib.rs" in paths.files or f"{prefix}main.rs" in paths.files:
            return folder
        if not folder:
            return dirname(path)
        folder = dirname(folder)


@lru_cache(maxsize=4)
def _crates(paths: Paths) -> dict[str, str]:
    """Return the folder of the library crate of each package of the workspace, by the name that code uses."""
    found = {}
    for folder, manifests in paths.manifests.items():
        for manifest in manifests:
            if manifest.kind == "cargo" and manifest.name:
                root = manifest.source_roots[0] if manifest.source_roots else "src"
                source = f"{folder}/{root}" if folder else root
                if f"{source}/lib.rs" in paths.files or (manifest.source_roots and f"{source}/mod.rs" in paths.files):
                    name = next((alias for alias, package in manifest.aliases if not package), manifest.name)  # [lib] name = "shop"
                    found[name.replace("-", "_")] = found[manifest.name.replace("-", "_")] = source
    return found


def _renamed(name: str, path: str, paths: Paths) -> str:
    """Return the package of a dependency that the crate of a file calls otherwise: `b = { package = "shop-b", … }`."""
    project = next(paths.projects(path, "cargo"), None)
    manifests = paths.manifests.get(project, ()) if project is not None else ()
    renamed = (package for item in manifests for alias, package in item.aliases if package and alias.replace("-", "_") == name)
    return next(renamed, name).replace("-", "_")
