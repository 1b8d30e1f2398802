"""What stands in expressions and choices of JavaScript is looked into for what it binds."""

from __future__ import annotations

from tree_sitter import Node

from architrave.languages.typescript.binder import Binder
from architrave.languages.typescript.naming import Held, Passed, key_prefix


def wrapped(binder: Binder, node: Node, held: Held) -> None:
    """Pass on what holds `(x)`, `x as T` and `x satisfies T`."""
    if binder.holds_something(node):
        handlers = binder.handlers
        for child in node.children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(binder, child, held)


def binary(binder: Binder, node: Node, held: Held) -> None:
    """Look into an operation; long ones are deep on their left, so that side is gone down without recursion."""
    if not binder.holds_something(node):
        return
    kind = node.kind_id
    operations = [node]
    left = node.children[0]
    while left.kind_id == kind:
        operations.append(left)
        left = left.children[0]
    binder.visit(left, "")
    for operation in reversed(operations):
        for child in operation.children[1:]:
            binder.visit(child, "")


def if_(binder: Binder, node: Node, held: Held) -> None:
    """Long choices are deep in their last branch, so that is gone down without recursion."""
    branch: Node | None = node
    while branch is not None:
        children, branch = branch.children, None
        for child in children:
            for inner in child.children if child.type == "else_clause" else (child,):
                if inner.type == "if_statement" and inner is not child:
                    branch = inner
                else:
                    binder.visit(inner, "")


def call(binder: Binder, node: Node, held: Held) -> None:
    if not binder.holds_something(node):
        return
    handlers, children = binder.handlers, node.children
    for child in children:
        handler = handlers.get(child.kind_id)
        if handler is not None:
            handler(binder, child, "")
    arguments = children[-1]
    if arguments.kind_id not in binder.kinds.arguments or not binder.holds_something(arguments):
        return
    function = children[0] if children[0].is_named else children[1]
    comments = binder.kinds.comments
    items = [child for child in arguments.children if child.is_named and child.kind_id not in comments]
    for place, child in enumerate(items):
        handler = handlers.get(child.kind_id)
        if handler is not None:
            handler(binder, child, Passed(function, items, place, held))


def object_(binder: Binder, node: Node, held: Held) -> None:
    if not binder.holds_something(node):
        return
    prefix = key_prefix(binder.chunk, held)
    handlers = binder.handlers
    for child in node.children:
        handler = handlers.get(child.kind_id)
        if handler is not None:
            handler(binder, child, prefix)


def pair(binder: Binder, node: Node, held: Held) -> None:
    if not binder.holds_something(node):
        return
    key, value = node.children[0], node.children[-1]
    if key.type == "computed_property_name":
        binder.inside(key)
    binder.between(node.children)
    own = binder.chunk.source(key).strip("\"'`").replace(".", "_").replace("()", "")
    binder.visit(value, f"{held}.{own}" if held else own)
