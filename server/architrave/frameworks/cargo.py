"""Cargo packages and workspaces: `Cargo.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import Manifest
from architrave.facts.values import Entry, Mapping, Sequence, Value, text
from architrave.framework import File, Framework

framework = Framework("cargo", languages=("toml",))

_KINDS = ("dependencies", "dev-dependencies", "build-dependencies")


@framework.every(Document)
def manifest(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if basename(file.path) != "Cargo.toml" or not isinstance(root, Mapping):
        return
    members = tuple(_texts(root.get("workspace", "members")))
    if root.get("package") is None and not members:
        return
    roots = dirname(text(root.get("lib", "path")) or "")
    yield Manifest(
        document.span,
        "cargo",
        text(root.get("package", "name")) or "",
        tuple(dict.fromkeys(_dependencies(root))),
        members,
        (roots,) if roots and roots != "src" else (),
        tuple(_aliases(root)),
    )


def _dependencies(root: Mapping) -> Iterator[str]:
    for entry in _listed(root):
        yield _package(entry) or entry.key


def _aliases(root: Mapping) -> Iterator[tuple[str, str]]:
    """The name of the library where it is not that of the package, and what dependencies are called here."""
    name = text(root.get("lib", "name"))
    if name:
        yield name, ""
    for entry in _listed(root):
        package = _package(entry)
        if package:
            yield entry.key, package


def _listed(root: Mapping) -> Iterator[Entry]:
    targets = root.get("target")
    tables = [root.get("workspace", "dependencies"), *(root.get(kind) for kind in _KINDS)]
    for target in targets.entries if isinstance(targets, Mapping) else ():  # [target.'cfg(unix)'.dependencies]
        tables.extend(target.value.get(kind) for kind in _KINDS if isinstance(target.value, Mapping))
    for table in tables:
        yield from table.entries if isinstance(table, Mapping) else ()


def _package(entry: Entry) -> str:
    return (text(entry.value.get("package")) or "") if isinstance(entry.value, Mapping) else ""


def _texts(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        written = text(item)
        if written is not None:
            yield written
