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
    folder = dirname(path)
    if module.startswith("."):
        dots = len(module) - len(module.lstrip("."))
        for _ in range(dots - 1):
            folder = dirname(folder)
        return _module_file(paths, folder, module[dots:], name)
    known: dict[tuple[str, str, str], str | None] = paths.known(resolve)
    key = (folder, module, name)
    if key not in known:
        candidates = (_module_file(paths, root, module, name) for root in _roots(folder, paths))
        known[key] = next((file for file in candidates if file is not None), None)
    return known[key]


def _roots(folder: str, paths: Paths) -> tuple[str, ...]:
    """Return the folders that absolute imports start from, nearest first: where the packages end, then projects and what they depend on."""
    known: dict[str, tuple[str, ...]] = paths.known(_roots)
    if folder not in known:
        top = folder
        while f"{top}/__init__.py" in paths.files:
            top = dirname(top)
        above = tuple(paths.projects(f"{folder}/" if folder else ""))
        own = [root for project in above for root in _sources(project, paths)]
        names = [name for project in above for item in paths.manifests.get(project, ()) for name in item.dependencies]
        others = [root for name in names for root in _projects(paths).get(_plain(name), ())]
        known[folder] = tuple(dict.fromkeys((top, *own, "", *others)))
    return known[folder]


def _sources(project: str, paths: Paths) -> tuple[str, ...]:
    """The folders of a project that its packages may lie in."""
    declared = [root for item in paths.manifests.get(project, ()) if item.kind == "python" for root in item.source_roots]
    return project, *(f"{project}/{root}".lstrip("/") for root in ("src", *declared))


def _projects(paths: Paths) -> dict[str, tuple[str, ...]]:
    """The sources of each named project of the workspace."""
    known: dict[str, tuple[str, ...]] = paths.known(_projects)
    if not known:
        known[""] = ()
        for project, manifests in paths.manifests.items():
            known.update((_plain(item.name), _sources(project, paths)) for item in manifests if item.kind == "python" and item.name)
    return known


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _module_file(paths: Paths, root: str, module: str, name: str) -> str | None:
    base = f"{root}/{module.replace('.', '/')}".strip("/")
    if name and name != "*":
        inside = f"{base}/{name}" if base else name
        for candidate in (f"{inside}.py", f"{inside}/__init__.py"):
            if candidate in paths.files:
                return candidate
    for candidate in (f"{base}.py", f"{base}/__init__.py") if base else ("__init__.py",):
        if candidate in paths.files:
            return candidate
    return None
