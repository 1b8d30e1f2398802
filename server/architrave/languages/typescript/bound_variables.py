"""What variables, assignments and loops of JavaScript bind."""

from __future__ import annotations

from tree_sitter import Node

from architrave.languages.typescript.binder import Binder
from architrave.languages.typescript.chains import required_module, target_of, type_target
from architrave.languages.typescript.naming import Held, held_by_left
from architrave.languages.typescript.patterns import assigned, destructured, variables_of
from architrave.names import Binding


def declarator(binder: Binder, node: Node, held: Held) -> None:
    children = node.children
    name = children[0]
    declared, value = assigned(children)
    if binder.is_in_function or binder.definition != binder.chunk.owner:
        _declare(binder, name, declared, value, binder.definition, binder.local)
    if not binder.is_inside:
        _declare(binder, name, declared, value, "", binder.of_file)
    is_plain = name.type == "identifier"
    if not is_plain:
        binder.expression(name, "")
    binder.between(children)
    if value is not None:
        binder.visit(value, binder.chunk.source(name) if is_plain else "")


def _declare(binder: Binder, name: Node, declared: Node | None, value: Node | None, scope: str, bindings: list[Binding]) -> None:
    """Bind what `name = value` of a variable declaration does in a scope."""
    chunk = binder.chunk
    module = required_module(chunk, value) if value is not None else None
    if name.type == "identifier":
        written = chunk.source(name)
        if module is not None:
            bindings.append(Binding(scope, written, module, True))
            return
        target = declared_target(binder, declared, value)
        if target or scope:
            # const knex = require("knex")({ … })
            is_itself = target.startswith(f"{written}()") and value is not None and chunk.source(value).startswith("require(")
            bindings.append(Binding(scope, written, target or written, is_itself))
    elif name.type == "object_pattern":
        base = module if module is not None else target_of(chunk, value) if value is not None else ""
        for item in destructured(chunk, name):
            if base:
                bindings.append(Binding(scope, item.variable, f"{base}.{item.key}", module is not None))
            elif scope:
                bindings.append(Binding(scope, item.variable, item.variable))
    elif scope:
        for index, variable in enumerate(variables_of(chunk, name)):
            target = target_of(chunk, value) if value is not None and not index else ""
            bindings.append(Binding(scope, variable, target or variable))


def declared_target(binder: Binder, declared: Node | None, value: Node | None) -> str:
    """Return what a variable stands for: its declared type, else the call or name that is its value."""
    target = type_target(binder.chunk, declared) if declared is not None else ""
    return target or (target_of(binder.chunk, value) if value is not None else "")


def assignment(binder: Binder, node: Node, held: Held) -> None:
    children = node.children
    left, right = children[0], children[-1]
    kind = left.type
    if binder.owner and binder.is_inside and kind == "member_expression":
        root, _, attribute = binder.chunk.source(left).partition(".")
        if root == "this" and attribute.isidentifier():
            target = target_of(binder.chunk, right)
            if target:
                binder.of_file.append(Binding(f"{binder.owner}()", attribute, binder.typed.get(target, target)))
    if binder.holds_something(right):
        binder.visit(right, held_by_left(binder.chunk, left, right))
    if kind != "identifier":
        binder.expression(left, "")
    binder.between(children)


def loop(binder: Binder, node: Node, held: Held) -> None:
    left = node.child_by_field_name("left")
    if left is not None and binder.definition:
        binder.local.extend(Binding(binder.definition, variable, variable) for variable in variables_of(binder.chunk, left))
    binder.inside(node)
