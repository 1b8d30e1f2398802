"""Literals: text, numbers, and lists of values."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.values import Boolean, Null, Sequence, String, Value
from architrave.languages.java.reader import Reader
from architrave.languages.java.values import number as number_of
from architrave.languages.java.values import text, unescaped


def string(reader: Reader, node: Node, depth: int) -> Value:
    return String(reader.span(node), text(reader.source(node)))


def character(reader: Reader, node: Node, depth: int) -> Value:
    return String(reader.span(node), unescaped(reader.source(node)[1:-1]))


def integer(reader: Reader, node: Node, depth: int) -> Value:
    return number_of(reader.span(node), reader.source(node), False)


def floating(reader: Reader, node: Node, depth: int) -> Value:
    return number_of(reader.span(node), reader.source(node), True)


def true(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), True)


def false(reader: Reader, node: Node, depth: int) -> Value:
    return Boolean(reader.span(node), False)


def null(reader: Reader, node: Node, depth: int) -> Value:
    return Null(reader.span(node))


def sequence(reader: Reader, node: Node, depth: int) -> Value:
    return Sequence(reader.span(node), tuple(reader.each(node, depth + 1)))


def array(reader: Reader, node: Node, depth: int) -> Value | None:
    """`new int[] { 1, 2 }`"""
    value: Value | None = None
    for child in node.named_children:
        if child.type == "array_initializer":
            value = reader.value(child, depth + 1)
        else:
            reader.visit(child)
    return value
