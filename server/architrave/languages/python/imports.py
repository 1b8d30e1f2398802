"""Imports of Python: what a statement imports, which names it binds, and the file that it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import dirname

from tree_sitter import Node

from architrave.facts.code import Import
from architrave.language import Chunk
from architrave.names import Binding
from architrave.paths import Paths

Imported = tuple[str, str, str]  # module, name, alias


def imported(chunk: Chunk, node: Node) -> Iterator[Imported]:
    """Yield what an import statement imports."""
    if node.type == "import_statement":
        for item in node.named_children:
            if item.type == "aliased_import":
                name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                if name is not None and alias is not None:
                    yield chunk.source(name), "", chunk.source(alias)
            elif item.type == "dotted_name":
                written = chunk.source(item)
                yield written, "", written.partition(".")[0]
        return
    module_node = node.child_by_field_name("module_name")
    if module_node is None:
        return
    module = chunk.source(module_node).replace(" ", "")
    for item in node.children_by_field_name("name"):
        if item.type == "aliased_import":
            original, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
            if original is not None and alias is not None:
                yield module, chunk.source(original), chunk.source(alias)
        else:
            written = chunk.source(item)
            yield module, written, written
    if any(child.type == "wildcard_import" for child in node.named_children):
        yield module, "*", "*"


def bound(items: Iterable[Imported], scope: str = "") -> Iterator[Binding]:
    """Yield the names that imports bind in a scope."""
    for module, name, alias in items:
        if name == "*":
            continue
        if name:
            yield Binding(scope, alias, f"{module}{'' if module.endswith('.') else '.'}{name}", True)
        else:  # `import a.b` binds a; `import a.b as c` binds c to a.b.
            yield Binding(scope, alias, alias if module.startswith(alias + ".") else module, True)


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the file that an import leads to, or None for a library."""
    module, name = item.module, item.name
    if module.startswith("."):
        dots = len(module) - len(module.lstrip("."))
        folder = dirname(path)
        for _ in range(dots - 1):
            folder = dirname(folder)
        return _module_file(paths, folder, module[dots:], name)
    for root in _roots(path, paths):
        found = _module_file(paths, root, module, name)
        if found is not None:
            return found
    return None


def _roots(path: str, paths: Paths) -> Iterator[str]:
    """Yield the folders that absolute imports start from, nearest first: where the packages end, then projects and their `src`."""
    folder = dirname(path)
    while f"{folder}/__init__.py" in paths.files:
        folder = dirname(folder)
    yield folder
    for project in paths.projects(path):
        yield project
        yield f"{project}/src" if project else "src"
    yield ""


def _module_file(paths: Paths, root: str, module: str, name: str) -> str | None:
    base = "/".join(part for part in (root, *module.split(".")) if part)
    if name and name != "*":
        for candidate in (f"{base}/{name}.py", f"{base}/{name}/__init__.py"):
            if candidate.lstrip("/") in paths.files:
                return candidate.lstrip("/")
    for candidate in (f"{base}.py", f"{base}/__init__.py"):
        if candidate in paths.files:
            return candidate
    return None
