"""What this copy of Architrave would find: a hash over its own sources, so that a cache of another one is not believed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from sys import version_info

from xxhash import xxh3_128

_SOURCES = os.path.dirname(os.path.dirname(__file__))
_SHOW = ("lsp/", "cli/", "testing.py")  # These show what is found,
_JUDGE = ("rules/", "model/")  # and these judge the facts.
_LIBRARIES = (
    *("msgspec", "tree_sitter", "tree_sitter_containerfile", "tree_sitter_go", "tree_sitter_hcl", "tree_sitter_java"),
    *("tree_sitter_javascript", "tree_sitter_json", "tree_sitter_python", "tree_sitter_rust", "tree_sitter_toml"),
    *("tree_sitter_typescript", "tree_sitter_yaml"),
)


def extractor_version() -> bytes:
    """Return what the facts of a file depend on besides its path and text."""
    return _hashes()[0]


def full_version() -> bytes:
    """Return what the findings of a workspace depend on besides its files and settings."""
    return _hashes()[1]


@cache
def _hashes() -> tuple[bytes, bytes]:
    facts, findings = (xxh3_128(repr((version_info[:2], _versions())).encode()) for _ in range(2))
    for name, path in sorted(_sources(_SOURCES, "")):
        if name.startswith(_SHOW):
            continue
        with open(path, "rb") as file:
            text = name.encode() + b"\0" + file.read() + b"\0"
        findings.update(text)
        if not name.startswith(_JUDGE):
            facts.update(text)
    return facts.digest(), findings.digest()


def _sources(folder: str, within: str) -> Iterator[tuple[str, str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield f"{within}{entry.name}", entry.path
            elif "." not in entry.name and entry.is_dir():
                yield from _sources(entry.path, f"{within}{entry.name}/")


def _versions() -> tuple[str, ...]:
    """Return the names of the folders that installers keep beside each library, `msgspec-0.20.0.dist-info`.

    The standard library would read the files in them, and import what parses mail for that: an eighth of a run with a full cache.
    """
    found: list[str] = []
    beside: dict[str, list[str]] = {}
    for library in _LIBRARIES:
        spec = find_spec(library)
        folder = os.path.dirname(os.path.dirname(spec.origin)) if spec is not None and spec.origin else ""
        if folder and folder not in beside:
            beside[folder] = os.listdir(folder)
        found.extend(sorted(name for name in beside.get(folder, ()) if name.startswith(f"{library}-") and name.endswith("-info")))
    return tuple(found)
