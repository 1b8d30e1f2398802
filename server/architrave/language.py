"""A language: how the files of one kind become facts.

A programming language (`CodeLanguage`) is a grammar and two functions over the pieces of its tree: `bind` says which names a chunk binds
for the whole file, `read` gives the facts of one chunk with names resolved. A chunk is a top-level node, or a member of a class; after
an edit only the chunks that changed are read again. Every other kind of file (`Language`) is one function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from posixpath import basename
from sys import maxsize
from typing import Any, TypeVar

from msgspec import Struct
from tree_sitter import Node, Tree

from architrave import languages
from architrave.comments import MARKER
from architrave.facts import Fact
from architrave.facts.code import Import
from architrave.names import Binding, Names
from architrave.parts import Shape
from architrave.paths import Paths
from architrave.syntax import Grammar
from architrave.text import Span

_DEEPEST_CLASS = 16  # Classes in one another; those that lie deeper are read as one piece.
T = TypeVar("T")


@dataclass(frozen=True)
class Language:
    """Files of one kind. `facts` turns a file's path and bytes into facts whose spans are absolute. It never raises for any bytes."""

    name: str
    comment: str  # What starts a comment of one line.
    suffixes: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()  # Whole names, or a prefix that ends with `*`, such as `Dockerfile*`.
    facts: Callable[[str, bytes], Iterable[Fact]] | None = None
    other_comments: tuple[str, ...] = ()  # What also starts one; code languages see comments in their trees.

    def is_for(self, path: str) -> bool:
        name = basename(path)
        return name.endswith(self.suffixes) or any(
            name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1])) for wanted in self.filenames
        )


class Chunk(Struct, eq=False):
    """A piece of a tree that is read on its own: bytes `start` to `end` of `node`.

    A class whose members are chunks themselves is one too, and ends where its first member starts: its facts lie in its header.
    `owner` is the class that a member belongs to (nested: `Outer.Inner`), "" at the top of the file. `leads` are the nodes in front
    that belong to it, such as the decorators of a TypeScript method; the chunk starts with them. Its id is given to it once it is known
    which chunk of the file it is, before anything is asked of it.
    """

    id: int
    node: Node
    start: int
    end: int
    owner: str
    text: bytes  # Of the whole file.
    grammar: Grammar
    leads: tuple[Node, ...] = ()
    limit: int = maxsize  # Where the text of its part ends: what is put after it to parse it alone belongs to no fact.
    _views: dict[object, Any] = {}

    def span(self, node: Node) -> Span:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> Span:
        """The span of absolute bytes `start` to `end`."""
        base = self.start
        if end > self.limit:
            start, end = min(start, self.limit), self.limit
        return Span(start - base, end - base, self.id)

    def source(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def suppressing_comments(self) -> Iterator[Node]:
        """Yield the comments in the chunk, if any of them may suppress something."""
        if self.text.find(MARKER, self.start, self.end) < 0:
            return
        stack = [self.node]
        while stack:
            node = stack.pop()
            if node.start_byte >= self.end:
                continue
            if node.type.endswith("comment"):
                yield node
            else:
                stack.extend(reversed(node.children))

    def once(self, view: Callable[[Chunk], T]) -> T:
        """Return `view(self)`, worked out once. It must not hold on to the chunk: no collector runs in a scan to undo such a ring."""
        if view not in self._views:
            self._views[view] = view(self)
        found: T = self._views[view]
        return found


def nested_name(node: Node, owner: str, text: bytes) -> str:
    """Return the name of a class as most languages have it, in that of the class round it: `Outer.Inner`."""
    name = node.child_by_field_name("name")
    own = text[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else "?"
    return f"{owner}.{own}" if owner else own


@dataclass(frozen=True)
class CodeLanguage(Language):
    """A programming language.

    `members` maps the node type of a class-like node to the type of the child that holds its members; `wrappers` are node types that
    may stand round one (`export_statement`, `decorated_definition`), `leads` those that stand before what they belong to. `owner`
    names such a node for its members: it gets the node, the name of the class round it, and the file's text. `resolve` gives the file
    that an import leads to, or a folder with a final `/` where a package is a folder (Go), or None for a library.
    """

    grammars: Mapping[str, Grammar] = field(default_factory=dict)  # By suffix; "" for all others.
    members: Mapping[str, str] = field(default_factory=dict)
    wrappers: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    owner: Callable[[Node, str, bytes], str] = lambda node, owner, text: owner
    bind: Callable[[Chunk], Iterable[Binding]] = lambda chunk: ()
    read: Callable[[Chunk, Names], Iterable[Fact]] = lambda chunk, names: ()
    resolve: Callable[[Import, str, Paths], str | None] = lambda item, path, paths: None
    shape: Shape | None = None  # How its parts begin; without it a file is one part.

    def grammar(self, path: str) -> Grammar:
        return next((grammar for suffix, grammar in self.grammars.items() if suffix and path.endswith(suffix)), self.grammars[""])

    def chunks(self, tree: Tree, text: bytes, grammar: Grammar) -> Iterator[Chunk]:
        """Yield the chunks of a tree in document order, a class before its members, with id 0."""
        stack = [(leads, child, "", 0) for leads, child in reversed(self._led(tree.root_node.named_children))]
        while stack:
            leads, node, owner, depth = stack.pop()
            inner, members = self._members(node) if depth < _DEEPEST_CLASS else (node, [])
            start = leads[0].start_byte if leads else node.start_byte
            yield Chunk(0, node, start, members[0].start_byte if members else node.end_byte, owner, text, grammar, leads)
            if members:
                name = self.owner(inner, owner, text)
                stack.extend((before, member, name, depth + 1) for before, member in reversed(self._led(members)))

    def _led(self, nodes: list[Node]) -> list[tuple[tuple[Node, ...], Node]]:
        """Return nodes, each with the leads before it."""
        if not self.leads:
            return [((), node) for node in nodes]
        found: list[tuple[tuple[Node, ...], Node]] = []
        before: list[Node] = []
        for node in nodes:
            if node.type in self.leads:
                before.append(node)
            else:
                found.append((tuple(before), node))
                before = []
        found.extend(((), node) for node in before)  # Half-typed: nothing follows.
        return found

    def _members(self, node: Node) -> tuple[Node, list[Node]]:
        depth = 0
        while node.type in self.wrappers and depth < 4:
            inner = next((child for child in node.named_children if child.type in self.members or child.type in self.wrappers), None)
            if inner is None:
                return node, []
            node, depth = inner, depth + 1
        body_type = self.members.get(node.type)
        if body_type is None:
            return node, []
        body = next((child for child in node.children if child.type == body_type), None)
        return node, [] if body is None else body.named_children


@cache
def known_languages() -> tuple[Language, ...]:
    """Every language: each module of `architrave.languages` that has a `LANGUAGE` or `LANGUAGES`."""
    found: list[Language] = []
    for module in sorted(item.name for item in iter_modules(languages.__path__)):
        loaded = import_module(f"{languages.__name__}.{module}")
        if hasattr(loaded, "LANGUAGE"):
            found.append(loaded.LANGUAGE)
        found.extend(getattr(loaded, "LANGUAGES", ()))
    return tuple(found)


def language_for(path: str) -> Language | None:
    """Return the language of a file, a whole name before a suffix, a longer suffix before a shorter one."""
    name = basename(path)
    whole, beginnings = _special_names()
    if name not in whole and not name.startswith(beginnings):
        at = name.find(".")
        name = name[at:] if at >= 0 else ""  # All that can matter, so that few names are looked up.
    return _language_for(name)


@cache
def _special_names() -> tuple[frozenset[str], tuple[str, ...]]:
    names = [name for language in known_languages() for name in language.filenames]
    return frozenset(name for name in names if name[-1] != "*"), tuple(name[:-1] for name in names if name[-1] == "*")


@cache
def _language_for(name: str) -> Language | None:
    candidates = [language for language in known_languages() if language.is_for(name)]
    if not candidates:
        return None

    def fit(language: Language) -> tuple[bool, int]:
        return (
            name in language.filenames or any(wanted[-1] == "*" and name.startswith(wanted[:-1]) for wanted in language.filenames),
            max((len(suffix) for suffix in language.suffixes if name.endswith(suffix)), default=0),
        )

    return max(candidates, key=fit)
