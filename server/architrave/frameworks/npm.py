"""npm packages: `package.json`, and the aliases that `tsconfig.json` gives to folders."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, normpath

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import Manifest
from architrave.facts.values import Mapping, Sequence, String, Value, text
from architrave.framework import File, Framework

framework = Framework("npm", languages=("json", "yaml"))

_GROUPS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


@framework.every(Document)
def manifest(document: Document, file: File) -> Iterator[Fact]:
    root, name = document.value, basename(file.path)
    if not isinstance(root, Mapping):
        return
    if name == "package.json":
        yield from _package(document, root)
    elif name in ("tsconfig.json", "jsconfig.json", "tsconfig.base.json", "tsconfig.app.json"):
        aliases = tuple(_aliases(root))
        if aliases:
            yield Manifest(document.span, "npm", "", aliases=aliases)


def _package(document: Document, root: Mapping) -> Iterator[Manifest]:
    dependencies = [entry.key for group in _GROUPS if isinstance(known := root.get(group), Mapping) for entry in known.entries]
    workspaces = root.get("workspaces")
    if isinstance(workspaces, Mapping):
        workspaces = workspaces.get("packages")
    aliases = []
    imports = root.get("imports")
    for entry in imports.entries if isinstance(imports, Mapping) else ():
        target = text(entry.value) or (text(entry.value.get("default")) if isinstance(entry.value, Mapping) else None)
        if target:
            aliases.append((entry.key, normpath(target)))
    yield Manifest(
        document.span,
        "npm",
        text(root.get("name")) or "",
        tuple(dict.fromkeys(dependencies)),
        tuple(_texts(workspaces)),
        aliases=tuple(aliases),
    )


def _aliases(root: Mapping) -> Iterator[tuple[str, str]]:
    """Yield (pattern, folder) of `paths`, and everything below `baseUrl`."""
    base = text(root.get("compilerOptions", "baseUrl"))
    paths = root.get("compilerOptions", "paths")
    for entry in paths.entries if isinstance(paths, Mapping) else ():
        for folder in _texts(entry.value):
            yield entry.key, normpath(f"{base or '.'}/{folder}")
    if base is not None:
        yield "*", normpath(f"{base}/*")


def _texts(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, String):
            yield item.value
