"""Annotations, and what else stands before a declaration."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Decorator, Parameter
from architrave.facts.values import Argument, Invocation, Value
from architrave.languages.java.reader import Reader


def decorators(reader: Reader, modifiers: Node) -> tuple[Decorator, ...]:
    return tuple([_decorator(reader, child, 0) for child in modifiers.named_children if child.type.endswith("annotation")])


def _decorator(reader: Reader, node: Node, depth: int) -> Decorator:
    children = node.named_children
    written = reader.source(children[0]) if children else "?"
    arguments = _arguments(reader, children[1], depth) if len(children) > 1 else ()
    return Decorator(reader.span(node), reader.names.resolve(written, reader.owner), arguments, written)


def annotation(reader: Reader, node: Node, depth: int) -> Value:
    """An annotation that is the value of another."""
    decorator = _decorator(reader, node, depth)
    return Invocation(decorator.span, decorator.name, decorator.arguments)


def _arguments(reader: Reader, node: Node, depth: int) -> tuple[Argument, ...]:
    found = []
    for child in node.named_children:
        if child.type == "element_value_pair":
            name = reader.source(child.children[0])
            found.append(Argument(reader.span(child), reader.value(child.children[-1], depth + 1), "" if name == "value" else name))
        elif not child.type.endswith("comment"):
            found.append(Argument(reader.span(child), reader.value(child, depth + 1)))
    found.sort(key=_is_named)  # `@Route(method = GET, value = "/x")`: the value counts as the first.
    return tuple(found)


def _is_named(argument: Argument) -> bool:
    return bool(argument.name)


def storage(reader: Reader, modifiers: Node) -> tuple[Decorator, ...]:
    """`static` and `transient`: neither is a column."""
    found = [child for child in modifiers.children if child.type in ("static", "transient")]
    return tuple([Decorator(reader.span(child), child.type, (), child.type) for child in found])


def has_modifier(modifiers: Node, name: str) -> bool:
    return any(child.type == name for child in modifiers.children)


def parameter(reader: Reader, node: Node) -> Parameter:
    found: tuple[Decorator, ...] = ()
    declared = ""
    name = "?"
    for child in node.named_children:
        kind = child.type
        if kind == "modifiers":
            found = decorators(reader, child)
        elif kind == "identifier":
            name = reader.source(child)
        elif kind == "variable_declarator":
            name = reader.source(child.children[0])
        elif not declared:
            declared = reader.type(child)
    return Parameter(reader.span(node), name, declared, None, found)
