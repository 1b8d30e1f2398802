"""Definitions of the whole workspace: what a name in one file means in another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from posixpath import dirname
from typing import NamedTuple

from msgspec.structs import replace

from architrave.facts.code import Definition, Field, Import
from architrave.facts.values import Name, String, Template, Value
from architrave.model.graph import Model
from architrave.regexes import regex

_WRAPPED = regex(
    r"(?:[\w.]+\.)?(?:Arc|Rc|Box|Pin|Option|Result|Mutex|RwLock|Data|State|Extension)<([^<>,]*(?:<[^<>]*(?:<[^<>]*>)?[^<>]*>)?)(?:,.*)?>"
)
_BY_FOLDER = frozenset({"go", "java"})  # What a file of theirs defines, all of its folder knows.
_DEPTH = 6  # Re-exports of re-exports.


class Place(NamedTuple):
    """Something with a nested name (`OrderService.create`, `router`) in a file."""

    path: str
    name: str


class Outline(NamedTuple):
    """What a definition is to the rest of the workspace; `model.definition` knows more of it. Decorators are full names."""

    kind: str
    bases: tuple[str, ...]
    returns: str
    decorators: tuple[str, ...]
    is_async: bool


class Typed(NamedTuple):
    """The type of a field, and its first value where that is a text, in which other constants are their names in braces."""

    type: str
    text: str | None


class Classes:
    """Definitions by file and name, and the way from a resolved name to its definition."""

    def __init__(self, model: Model) -> None:
        self._imports = model.imports
        self._files = model.files
        self._definitions: dict[Place, Outline] = {}
        self._by_folder: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for place, outline in model.in_each(Definition, _outline):
            self._definitions.setdefault(place, outline)
            if self._files.get(place.path) in _BY_FOLDER:
                self._by_folder[dirname(place.path), place.name].append(place)
        self._fields: dict[Place, dict[str, Typed]] = defaultdict(dict)
        for place, name, typed in model.in_each(Field, _typed):
            self._fields[place].setdefault(name, typed)
        self._memo: dict[tuple[str, str], Place | None] = {}
        self._sought: dict[tuple[str, str, int], Place | None] = {}
        self._only_types: dict[tuple[str, str], tuple[str, str] | None] = {}
        self._import_index: dict[str, dict[str, list[tuple[Import, str]]]] = {}

    def definition(self, place: Place) -> Outline | None:
        return self._definitions.get(place)

    def all(self) -> Iterator[tuple[Place, Outline]]:
        yield from self._definitions.items()

    def field(self, place: Place, name: str) -> Typed | None:
        """Return a field of a class."""
        return self._fields.get(place, _NO_FIELDS).get(name)

    def find(self, path: str, name: str) -> Place | None:
        """Return where a resolved name, as it stands in a fact of the file `path`, is defined; None for what is not of the workspace.

        Instances count as their class: `OrderService().create` is the method `OrderService.create`. Names of variables (routers,
        clients) lead to the file that assigns them: `app.api.orders.router` to `Place("app/api/orders.py", "router")`.
        """
        key = (path, name)
        if key not in self._memo:
            self._memo[key] = self._find(path, name.replace("()", ""), _DEPTH)
        return self._memo[key]

    def _find(self, path: str, name: str, depth: int) -> Place | None:
        place = Place(path, name)
        if place in self._definitions:
            return place
        if depth <= 0:
            return None
        key = (path, name, depth)  # Files that list others are come through again and again.
        if key not in self._sought:
            self._sought[key] = self._found(path, name, depth)
        return self._sought[key]

    def _found(self, path: str, name: str, depth: int) -> Place | None:
        for item, target in self._imports_for(path, name):
            candidates = list(_below(item, name, target))
            for rest in candidates:
                found = self._in(target, rest, depth - 1)
                if found is not None:
                    return found
            if candidates and item.name != "*" and target in self._files:
                return Place(target, candidates[0])  # A variable, or something that its language does not report as a definition.
        # A package of Go or Java sees the other files of its folder without an import.
        if self._files.get(path) in _BY_FOLDER:
            neighbours = self._by_folder.get((dirname(path), name))
            if neighbours:
                return neighbours[0]
        return self._inherited(path, name, depth) or self._through_type(path, name, depth)

    def _imports_for(self, path: str, name: str) -> list[tuple[Import, str]]:
        """Return the imports of a file that may bring in a name: those whose own name it begins with, and those that bring in many."""
        index = self._import_index.get(path)
        if index is None:
            index = self._import_index[path] = defaultdict(list)
            for item, target in self._imports.get(path, ()):
                index[_indexed_name(item)].append((item, target))
                if self._files.get(path) == "python" and item.name not in ("", "*") and not item.function:
                    # What a module of Python imports, others may import from it.
                    index[item.alias].append((replace(item, is_reexport=True), target))
        if not index:
            return []
        found: list[tuple[Import, str]] = []
        end = len(name)
        while end > 0:  # What names more of it goes first: `./db.pool` before the default of `./db`.
            found.extend(index.get(name[:end], ()))
            end = name.rfind(".", 0, end)
        found.extend(index.get("*", ()))
        return found

    def _in(self, target: str, name: str, depth: int) -> Place | None:
        if target.endswith("/"):
            found = self._by_folder.get((target.rstrip("/"), name))
            return found[0] if found else None
        found_here = self._find(target, name, depth)
        if found_here is None and self._files.get(target) == "rust":  # A module of the module: `mod items;` in it.
            return self._find(target, f"self.{name}", depth)
        return found_here

    def _through_type(self, path: str, name: str, depth: int) -> Place | None:
        """Follow the type of a field or the result of a function: `Handler.store.save`, `new_store.save` of `new_store().save`."""
        owner, dot, member = name.rpartition(".")
        if not dot or depth <= 0:
            return None
        found = self._find(path, owner, depth - 1)
        definition = self._definitions.get(found) if found is not None else None
        if found is None or definition is None:
            found, declared = self._field(path, owner, depth)
        elif definition.kind in ("function", "method"):
            declared = definition.returns
        elif found.path != path and self.field(found, member) is not None:
            return Place(found.path, f"{found.name}.{member}")  # A field stands for what is kept in it: a router, a client.
        else:
            return None
        bare = _bare(declared)
        return self._find(found.path, f"{bare}.{member}", depth - 1) if found is not None and bare else None

    def _field(self, path: str, name: str, depth: int) -> tuple[Place | None, str]:
        """Return the class that declares a field, and the field's type."""
        owner, dot, attribute = name.rpartition(".")
        place = self._find(path, owner, depth - 1) if dot else None
        if place is None:
            return None, ""
        field = self.field(place, attribute)
        return place, field.type if field is not None else ""

    def _inherited(self, path: str, name: str, depth: int) -> Place | None:
        owner, _, method = name.rpartition(".")
        definition = self._definitions.get(Place(path, owner)) if owner else None
        for base in definition.bases if definition else ():
            found = self._find(path, base.partition("[")[0].partition("<")[0], depth - 1)
            if found is not None:
                inherited = self._find(found.path, f"{found.name}.{method}", depth - 1)
                if inherited is not None and inherited in self._definitions:
                    return inherited
        return None

    def served_by(self, place: Place) -> Place:
        """Return the one method that serves one of an interface: of the only class that says so, or, in Go, that has all it asks for."""
        owner, _, method = place.name.rpartition(".")
        interface = self._definitions.get(Place(place.path, owner)) if owner else None
        if interface is None or interface.kind != "interface":
            return place
        if self._files.get(place.path) != "go":
            return self._implemented(Place(place.path, owner), method) or place
        key = (dirname(place.path), owner)
        if key not in self._only_types:
            self._only_types[key] = self._only_type(key)
        only = self._only_types[key]
        return self._methods[only].get(method, place) if only is not None else place

    def _implemented(self, interface: Place, method: str) -> Place | None:
        found = [
            serving
            for place in self.subclasses.get(interface, ())
            if (serving := Place(place.path, f"{place.name}.{method}")) in self._definitions
            and not _is_double(place.name)
            and "/test/" not in place.path
            and not self._is_of_interface(serving)
        ]
        return found[0] if len(found) == 1 else None

    def _only_type(self, interface: tuple[str, str]) -> tuple[str, str] | None:
        asked = self._methods.get(interface, {}).keys()
        types = [key for key, own in self._methods.items() if asked and own.keys() >= asked and key != interface and not _is_double(key[1])]
        types = [key for key in types if not any(self._is_of_interface(place) for place in self._methods[key].values())]
        return types[0] if len(types) == 1 else None

    def _is_of_interface(self, place: Place) -> bool:
        owner = self._definitions.get(Place(place.path, place.name.rpartition(".")[0]))
        return owner is not None and owner.kind == "interface"

    @cached_property
    def _methods(self) -> Mapping[tuple[str, str], Mapping[str, Place]]:
        """The methods of each type of Go, by the folder and name of the type."""
        found: dict[tuple[str, str], dict[str, Place]] = defaultdict(dict)
        for place, definition in self._definitions.items():
            if definition.kind == "method" and self._files.get(place.path) == "go" and not place.path.endswith("_test.go"):
                owner, _, method = place.name.rpartition(".")
                found[dirname(place.path), owner][method] = place
        return found

    @cached_property
    def subclasses(self) -> Mapping[Place, tuple[Place, ...]]:
        """The direct subclasses and implementations of each class or interface."""
        found: dict[Place, list[Place]] = defaultdict(list)
        for place, definition in self._definitions.items():
            for base in definition.bases:
                parent = self.find(place.path, base.partition("[")[0].partition("<")[0])
                if parent is not None:
                    found[parent].append(place)
        return {place: tuple(items) for place, items in found.items()}


def _outline(model: Model, path: str, definition: Definition) -> Iterator[tuple[Place, Outline]]:
    decorators = tuple(decorator.name for decorator in definition.decorators)
    yield Place(path, definition.name), Outline(definition.kind, definition.bases, definition.returns, decorators, definition.is_async)


def _typed(model: Model, path: str, item: Field) -> Iterator[tuple[Place, str, Typed]]:
    yield Place(path, item.owner), item.name, Typed(item.type, _text(item.value, item.owner))


def _text(value: Value | None, owner: str) -> str | None:
    if isinstance(value, Template):
        known = [_text(part, owner) for part in value.parts]
        return "".join(part for part in known if part is not None) if None not in known else None
    if isinstance(value, Name):
        return f"{{{value.name if '.' in value.name else f'{owner}.{value.name}'}}}"
    return value.value if isinstance(value, String) else None


_NO_FIELDS: Mapping[str, Typed] = {}


def _bare(written: str) -> str:
    """Return the class that a declared type names: `orders.Store` of `*orders.Store`; "" for collections and unions."""
    bare = written.strip("*& ")
    while (wrapped := _WRAPPED.fullmatch(bare)) is not None:  # Arc<dyn Store>, Result<Store, Error> of Rust
        bare = wrapped[1].strip("& ").removeprefix("mut ").removeprefix("dyn ")
    return bare if bare and not set(bare) & set("[]<>|(), ") else ""


def _is_double(name: str) -> bool:
    """Whether a type stands in for another one in tests."""
    return name.lower().startswith(("mock", "fake", "stub")) or name.lower().endswith(("mock", "fake", "stub"))


def _indexed_name(item: Import) -> str:
    """Return what a name must be, or begin with, for `_below` to yield anything; `*` when that is not one text."""
    if item.is_reexport:
        return item.alias
    if item.name == "*":
        return "*"
    if item.name in ("", "default"):
        return item.module
    return f"{item.module}{'' if item.module.endswith('.') else '.'}{item.name}"


def _below(item: Import, name: str, target: str) -> Iterator[str]:
    """Yield what a resolved name may be called in the file that an import leads to."""
    if item.is_reexport:  # Seen from the files that import this one: `export { find as list } from "./orders"`.
        if item.alias == "*":
            yield name
        elif name == item.alias or name.startswith(item.alias + "."):
            rest = name[len(item.alias) + 1 :]
            if rest and item.name and _is_module(target, item):
                yield rest
            yield ".".join(part for part in (item.name, rest) if part) or "default"
        return
    if item.name == "*":
        full = item.module
        yield name  # Brought in bare.
    elif item.name == "default" and (name == item.module or name.startswith(item.module + ".")):
        full = item.module  # A package's default is named like the package: `axios.get`.
        if name == full + ".default" or name.startswith(full + ".default."):
            full += ".default"
    else:
        full = f"{item.module}{'' if item.module.endswith('.') else '.'}{item.name}" if item.name else item.module
    if name != full and not name.startswith(full + "."):
        return
    rest = name[len(full) + 1 :]
    if item.name in ("", "*"):
        yield rest or "default"  # module.exports = router
    elif item.name == "default":
        yield f"default.{rest}" if rest else "default"
        yield rest
    else:
        inside = f"{item.name}.{rest}" if rest else item.name
        if rest and _is_module(target, item):
            yield rest  # `from package import module`: the import leads to the module itself.
            yield inside
        else:
            yield inside


def _is_module(target: str, item: Import) -> bool:
    """Whether the file that `from module import name` leads to is `name` itself, rather than `module`."""
    parts = [part for part in re.split(r"[./]", target.rpartition(".")[0]) if part not in ("__init__", "index", "mod")]
    module = [part for part in re.split(r"[./]", item.module) if part]
    return bool(parts) and parts[-1] == item.name and (not module or parts[-len(module) :] != module)
