"""npm packages: `package.json`, and the aliases that `tsconfig.json` gives to folders."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, normpath

from architrave.facts import Fact
from architrave.facts.code import Document, KeptImports
from architrave.facts.deployment import Manifest
from architrave.facts.values import Boolean, Mapping, Sequence, String, Value, text
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
    elif name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json"):
        aliases, given = tuple(_aliases(root)), root.get("extends")
        extends = tuple(path for path in (*_texts(given), text(given) or "") if path.startswith("."))
        if aliases or extends:
            yield Manifest(document.span, "npm", "", aliases=aliases, extends=extends)
        if any(_is_set(root, option) for option in ("verbatimModuleSyntax", "preserveValueImports")):
            yield KeptImports(document.span)


def _package(document: Document, root: Mapping) -> Iterator[Manifest]:
    dependencies = [entry.key for group in _GROUPS if isinstance(known := root.get(group), Mapping) for entry in known.entries]
    workspaces = root.get("workspaces")
    if isinstance(workspaces, Mapping):
        workspaces = workspaces.get("packages")
    name = text(root.get("name")) or ""
    aliases = [*_entries(root.get("imports"), "")]
    if name:
        aliases.extend(_entries(root.get("exports"), name))
    yield Manifest(
        document.span,
        "npm",
        name,
        tuple(dict.fromkeys(dependencies)),
        tuple(_texts(workspaces)),
        aliases=tuple(aliases),
    )


def _entries(value: Value | None, name: str) -> Iterator[tuple[str, str]]:
    """Yield (pattern, file) of `imports` (`#db`) and `exports` (`./orders/*` of the package `name`), the sources before what is built."""
    entries = value.entries if isinstance(value, Mapping) else ()
    for entry in entries:
        if entry.key.startswith("#") or (name and entry.key.startswith(".")):
            for target in _targets(entry.value):
                yield (f"{name}{entry.key[1:]}" if name else entry.key), normpath(target)


def _targets(value: Value, depth: int = 3) -> Iterator[str]:
    if isinstance(value, String):
        yield value.value
    elif isinstance(value, Mapping) and depth:
        for entry in value.entries:
            yield from _targets(entry.value, depth - 1)


def _aliases(root: Mapping) -> Iterator[tuple[str, str]]:
    """Yield (pattern, folder) of `paths`, and everything below `baseUrl`."""
    base = text(root.get("compilerOptions", "baseUrl"))
    paths = root.get("compilerOptions", "paths")
    for entry in paths.entries if isinstance(paths, Mapping) else ():
        for folder in _texts(entry.value):
            yield entry.key, normpath(f"{base or '.'}/{folder}")
    if base is not None:
        yield "*", normpath(f"{base}/*")


def _is_set(root: Mapping, option: str) -> bool:
    value = root.get("compilerOptions", option)
    return isinstance(value, Boolean) and value.value


def _texts(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, String):
            yield item.value
