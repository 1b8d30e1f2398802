"""Python projects: `pyproject.toml`, `setup.cfg`, `setup.py` and requirements files."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from architrave.facts import Fact
from architrave.facts.code import Call, Document
from architrave.facts.deployment import Manifest
from architrave.facts.values import Mapping, Sequence, Value, text
from architrave.framework import File, Framework
from architrave.regexes import regex

framework = Framework("python-project", languages=("toml", "ini", "requirements", "python"))

_DISTRIBUTION = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@framework.every(Document)
def manifest(document: Document, file: File) -> Iterator[Fact]:
    root, name = document.value, basename(file.path)
    if file.language == "requirements" and isinstance(root, Sequence):
        yield Manifest(document.span, "python", "", tuple(_distributions(root)))
    elif name == "setup.cfg" and isinstance(root, Mapping) and root.get("metadata") is not None:
        listed = (text(root.get("options", "install_requires")) or "").split("\n")
        where = text(root.get("options.packages.find", "where"))
        own = text(root.get("metadata", "name")) or ""
        yield Manifest(document.span, "python", own, tuple(_named(listed)), source_roots=(where.strip(),) if where else ())
    elif name == "pyproject.toml" and isinstance(root, Mapping):
        yield from _pyproject(document, root)


def _pyproject(document: Document, root: Mapping) -> Iterator[Fact]:
    if not any(root.get(*keys) is not None for keys in (("project",), ("build-system",), ("tool", "poetry"), ("tool", "uv"))):
        return  # Settings of tools only: no package.
    dependencies = list(_distributions(root.get("project", "dependencies")))
    for keys in (("project", "optional-dependencies"), ("dependency-groups",)):
        groups = root.get(*keys)
        for entry in groups.entries if isinstance(groups, Mapping) else ():
            dependencies.extend(_distributions(entry.value))
    poetry = root.get("tool", "poetry", "dependencies")
    dependencies.extend(entry.key for entry in poetry.entries if entry.key != "python") if isinstance(poetry, Mapping) else None
    yield Manifest(
        document.span,
        "python",
        text(root.get("project", "name")) or text(root.get("tool", "poetry", "name")) or "",
        tuple(dict.fromkeys(dependencies)),
        tuple(_texts(root.get("tool", "uv", "workspace", "members"))),
        tuple(dict.fromkeys(_source_roots(root))),
    )


def _source_roots(root: Mapping) -> Iterator[str]:
    """Yield the folders that packages are imported from, below the project's own."""
    yield from _texts(root.get("tool", "setuptools", "packages", "find", "where"))
    package_dir = root.get("tool", "setuptools", "package-dir", "")
    if text(package_dir):
        yield text(package_dir) or ""
    for path in _texts(root.get("tool", "hatch", "build", "targets", "wheel", "packages")):
        if dirname(path):
            yield dirname(path)
    packages = root.get("tool", "poetry", "packages")
    for item in packages.items if isinstance(packages, Sequence) else ():
        source = text(item.get("from")) if isinstance(item, Mapping) else None
        if source:
            yield source
    for path in _texts(root.get("tool", "pytest", "ini_options", "pythonpath")):
        if path not in (".", ""):
            yield path


@framework.call("setuptools.setup", "distutils.core.setup")
def setup(call: Call, file: File) -> Iterator[Fact]:
    if basename(file.path) == "setup.py":
        listed = file.constant(call.argument("install_requires"), call.function)
        yield Manifest(call.span, "python", text(call.argument("name")) or "", tuple(_distributions(listed)))


def _distributions(value: Value | None) -> Iterator[str]:
    yield from _named(_texts(value))


def _named(requirements: Iterator[str] | list[str]) -> Iterator[str]:
    for requirement in requirements:
        match = _DISTRIBUTION.match(requirement.strip())
        if match is not None:
            yield match[0]


def _texts(value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, Sequence) else ():
        written = text(item)
        if written is not None:
            yield written
