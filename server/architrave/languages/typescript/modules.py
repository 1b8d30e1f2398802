"""The files that imports of JavaScript and TypeScript lead to."""

from __future__ import annotations

from functools import lru_cache
from posixpath import dirname, normpath

from architrave.facts.code import Import
from architrave.paths import Paths

_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ".json")
_DEPTH = 4  # Configurations that extend others.
_COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the file that an import leads to, or None for a library."""
    module = item.module
    if not module:  # The file's own name, exported under another.
        return path
    if module.startswith("."):
        return _file(paths, normpath(f"{dirname(path)}/{module}"))
    for project in paths.projects(path, "npm"):
        found = _configured(paths, project, module, _DEPTH)
        if found is not None:
            return found
    return _workspace_file(paths, module)


def _configured(paths: Paths, folder: str, module: str, depth: int) -> str | None:
    """Return the file under an alias of the configurations in a folder, or of those that they extend."""
    manifests = [manifest for manifest in paths.manifests.get(folder, ()) if manifest.kind == "npm"]
    for manifest in manifests:
        for pattern, target in manifest.aliases:
            found = _aliased(paths, folder, pattern, target, module)
            if found is not None:
                return found
    for manifest in manifests if depth else ():
        for extended in manifest.extends:
            above = dirname(normpath(f"{folder}/{extended}" if folder else extended))
            found = _configured(paths, above, module, depth - 1) if above != folder else None
            if found is not None:
                return found
    return None


def _aliased(paths: Paths, project: str, pattern: str, folder: str, module: str) -> str | None:
    """Return the file under an alias of tsconfig's `paths`: `@/*` is `src/*`."""
    head, star, tail = pattern.partition("*")
    if not star:
        return _file(paths, normpath(f"{project}/{folder}")) if module == pattern else None
    if not module.startswith(head) or not module.endswith(tail):
        return None
    rest = module[len(head) : len(module) - len(tail)]
    return _file(paths, normpath(f"{project}/{folder.replace('*', rest)}"))


def _workspace_file(paths: Paths, module: str) -> str | None:
    """Return the file of a package of the same workspace, by the package's name."""
    parts = module.split("/")
    name = "/".join(parts[:2]) if module.startswith("@") else parts[0]
    folder = _packages(paths).get(name)
    if folder is None:
        return None
    for manifest in paths.manifests.get(folder, ()):  # What the package exports.
        for pattern, target in manifest.aliases:
            found = _aliased(paths, folder, pattern, target, module) if pattern.startswith(name) else None
            if found is not None:
                return found
    rest = module[len(name) :].strip("/")
    for base in (f"{folder}/{rest}", f"{folder}/src/{rest}", f"{folder}/lib/{rest}"):
        found = _file(paths, normpath(base))
        if found is not None:
            return found
    return None


@lru_cache(maxsize=2)
def _packages(paths: Paths) -> dict[str, str]:
    return {
        manifest.name: folder
        for folder, manifests in paths.manifests.items()
        for manifest in manifests
        if manifest.kind == "npm" and manifest.name
    }


def _file(paths: Paths, base: str) -> str | None:
    """Return the file of a module path: itself, with a suffix, its TypeScript source, or the index of a folder."""
    base = base.strip("/")
    if base == ".":
        base = ""
    if base in paths.files:
        return base
    for written, sources in _COMPILED.items():
        if base.endswith(written):
            for source in sources:
                if base.removesuffix(written) + source in paths.files:
                    return base.removesuffix(written) + source
    for suffix in _SUFFIXES:
        if base + suffix in paths.files:
            return base + suffix
    for suffix in _SUFFIXES:
        index = f"{base}/index{suffix}".lstrip("/")
        if index in paths.files:
            return index
    return None
