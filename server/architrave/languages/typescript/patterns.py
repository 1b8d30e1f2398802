"""What the patterns of JavaScript bind: `{ a, b: { c = 1 }, ...rest }`, `[first]`, and the parameters of functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from architrave.language import Chunk

_DEEPEST = 12  # Patterns in one another.
_PATTERNS = frozenset(
    {"object_pattern", "array_pattern", "assignment_pattern", "rest_pattern", "object_assignment_pattern", "pair_pattern"}
)
_DECLARATIONS = frozenset({"lexical_declaration", "variable_declaration", "variable_declarator"})
_MODIFIERS = frozenset({"accessibility_modifier", "readonly", "override_modifier"})


class Destructured(NamedTuple):
    """A variable that an object pattern binds; keys of nested patterns are joined by dots."""

    key: str
    variable: str
    default: Node | None = None


def destructured(chunk: Chunk, pattern: Node, depth: int = 0) -> Iterator[Destructured]:
    """Yield what an object pattern binds, but for its rest, which has no key."""
    for item in pattern.children:
        kind = item.type
        if kind == "shorthand_property_identifier_pattern":
            name = chunk.source(item)
            yield Destructured(name, name)
        elif kind == "object_assignment_pattern":
            left, right = item.children[0], item.children[-1]
            if left.type == "shorthand_property_identifier_pattern":
                yield Destructured(chunk.source(left), chunk.source(left), right)
        elif kind == "pair_pattern":
            key, value = item.children[0], item.children[-1]
            name, default = chunk.source(key).strip("\"'"), None
            if value.type == "assignment_pattern":
                default = value.children[-1]
                value = value.children[0]
            if value.type == "identifier":
                yield Destructured(name, chunk.source(value), default)
            elif value.type == "object_pattern" and depth < _DEEPEST:
                for inner in destructured(chunk, value, depth + 1):
                    yield inner._replace(key=f"{name}.{inner.key}")


def variables_of(chunk: Chunk, node: Node, depth: int = 0) -> tuple[str, ...]:
    """Return the variables that a pattern or a declaration binds."""
    kind = node.type
    if kind == "identifier":
        return (chunk.source(node),)
    if depth > _DEEPEST:
        return ()
    if kind in _PATTERNS:
        found: list[str] = []
        for child in node.children:
            if kind == "assignment_pattern" and found:
                break
            if child.type == "shorthand_property_identifier_pattern":
                found.append(chunk.source(child))
            elif child.type == "pair_pattern":
                found.extend(variables_of(chunk, child.children[-1], depth + 1))
            elif child.is_named:
                found.extend(variables_of(chunk, child, depth + 1))
        return tuple(found)
    if kind == "variable_declarator":
        return variables_of(chunk, node.children[0], depth + 1)
    if kind in _DECLARATIONS:
        return tuple(variable for child in node.children if child.is_named for variable in variables_of(chunk, child, depth + 1))
    return ()


class Taken(NamedTuple):
    """A parameter by its parts."""

    pattern: Node
    type: Node | None = None
    default: Node | None = None
    decorators: tuple[Node, ...] = ()
    is_field: bool = False  # constructor(private http: HttpService)


def taken(item: Node) -> Taken:
    """Return the parts of a parameter, which is a bare pattern in JavaScript."""
    kind = item.type
    if kind == "assignment_pattern":
        return Taken(item.children[0], None, item.children[-1])
    if kind not in ("required_parameter", "optional_parameter"):
        return Taken(item)
    pattern = declared = default = None
    decorators = []
    is_field = is_assigned = False
    for child in item.children:
        kind = child.type
        if kind == "type_annotation":
            declared = child
        elif kind == "=":
            is_assigned = True
        elif kind == "decorator":
            decorators.append(child)
        elif kind in _MODIFIERS:
            is_field = True
        elif child.is_named and kind != "comment":
            if is_assigned:
                default = child
            elif pattern is None:
                pattern = child
    return Taken(pattern or item, declared, default, tuple(decorators), is_field)


def assigned(children: list[Node]) -> tuple[Node | None, Node | None]:
    """Return the type and the value of `name: type = value`, from the children of a declarator or field."""
    declared = value = None
    if len(children) == 3 and children[1].type == "=":
        return None, children[2]
    is_assigned = False
    for child in children[1:]:
        kind = child.type
        if kind == "type_annotation":
            declared = child
        elif kind == "=":
            is_assigned = True
        elif is_assigned and child.is_named and kind != "comment":
            value = child
    return declared, value
