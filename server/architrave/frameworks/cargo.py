"""Cargo packages and workspaces: `Cargo.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import Manifest
from architrave.facts.values import Mapping, Sequence, Value, text
from architrave.framework import File, Framework

framework = Framework("cargo", languages=("toml",))


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
    )


def _dependencies(root: Mapping) -> Iterator[str]:
    for keys in (("dependencies",), ("dev-dependencies",), ("build-dependencies",), ("workspace", "dependencies")):
        table = root.get(*keys)
        for entry in table.entries if isinstance(table, Mapping) else ():
            package = text(entry.value.get("package")) if isinstance(entry.value, Mapping) else None
            yield package or entry.key


def _texts(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        written = text(item)
        if written is not None:
            yield written
