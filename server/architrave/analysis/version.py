"""What this copy of Architrave would find: a hash over its own sources, so that a cache of another one is not believed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from sys import version_info

from xxhash import xxh3_128

_SOURCES = Path(__file__).parent.parent
_NO_MATTER = ("lsp/", "cli/", "testing.py")  # They show what is found.
_LIBRARIES = (
    *("msgspec", "tree-sitter", "tree-sitter-containerfile", "tree-sitter-go", "tree-sitter-hcl", "tree-sitter-java"),
    *("tree-sitter-javascript", "tree-sitter-json", "tree-sitter-python", "tree-sitter-rust", "tree-sitter-toml"),
    *("tree-sitter-typescript", "tree-sitter-yaml"),
)


@cache
def extractor_version() -> bytes:
    """Return what the facts of a file depend on besides its path and text."""
    return _hash(("rules/", "model/"))


@cache
def full_version() -> bytes:
    """Return what the findings of a workspace depend on besides its files and settings."""
    return _hash(())


def _hash(without: tuple[str, ...]) -> bytes:
    digest = xxh3_128(repr((version_info[:2], _versions())).encode())
    for path in sorted(_SOURCES.rglob("*")):
        name = path.relative_to(_SOURCES).as_posix()
        if path.suffix == ".py" and not name.startswith((*_NO_MATTER, *without)):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


@cache
def _versions() -> tuple[str, ...]:
    return tuple(_version(name) for name in _LIBRARIES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
