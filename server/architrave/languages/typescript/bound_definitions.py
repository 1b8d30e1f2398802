"""What classes and functions of JavaScript bind, and what function literals are called."""

from __future__ import annotations

from tree_sitter import Node

from architrave.languages.typescript.binder import Binder
from architrave.languages.typescript.bound_variables import declared_target
from architrave.languages.typescript.chains import owner_of, type_target
from architrave.languages.typescript.naming import INLINE, Held, Named, Passed, key_prefix
from architrave.languages.typescript.patterns import assigned, taken, variables_of
from architrave.names import Binding


def class_(binder: Binder, node: Node, held: Held) -> None:
    outer = binder.owner, binder.definition, binder.is_in_function
    binder.definition = own = owner_of(node, binder.definition, binder.text)
    binder.is_in_function = False
    this = Binding(own, "this", f"{own}()")
    if binder.is_inside:
        binder.local.append(this)
    else:
        binder.owner = own
        binder.of_file.append(this)
    for child in node.children:
        if child.start_byte < binder.chunk.end and (child.type != "class_body" or child.end_byte <= binder.chunk.end):
            binder.visit(child, "")
    binder.owner, binder.definition, binder.is_in_function = outer


def field(binder: Binder, node: Node, held: Held) -> None:
    children = node.children
    name = node.child_by_field_name("name")
    declared, value = assigned(children)
    if name is not None and binder.owner and not binder.is_inside:
        target = declared_target(binder, declared, value)
        if target:
            binder.of_file.append(Binding(f"{binder.owner}()", binder.chunk.source(name), target))
    if not binder.holds_something(node):
        return
    name = name or node.child_by_field_name("property")
    for child in children:
        binder.visit(child, binder.chunk.source(name) if name is not None and child is value else "")


def method(binder: Binder, node: Node, held: Held) -> None:
    name = node.child_by_field_name("name")
    own = binder.chunk.source(name).strip("\"'").replace(".", "_") if name is not None else "?"
    prefix = key_prefix(binder.chunk, held)
    _define(binder, node, Named("definition", binder.qualified(f"{prefix}.{own}" if prefix else own)), own == "constructor")


def function_declaration(binder: Binder, node: Node, held: Held) -> None:
    name = node.child_by_field_name("name")
    own = binder.chunk.source(name) if name is not None else "default"
    _define(binder, node, Named("definition", binder.qualified(own)))


def function(binder: Binder, node: Node, held: Held) -> None:
    if isinstance(held, Passed):
        named = binder.naming.of_argument(held, binder.is_in_function)
    else:
        name = held
        if not name and node.type != "arrow_function":
            own = node.child_by_field_name("name")
            name = binder.chunk.source(own) if own is not None else ""
        named = Named("definition", name) if name else INLINE
    if named.kind == "definition":
        named = Named("definition", binder.qualified(named.name))
    _define(binder, node, named)


def _define(binder: Binder, node: Node, named: Named, is_constructor: bool = False) -> None:
    binder.functions[node.start_byte] = named
    outer = binder.definition, binder.is_in_function, binder.is_inside
    if not binder.is_inside:
        binder.typed = {}
    if named.kind == "definition":
        binder.definition, binder.is_in_function = named.name, True
    is_constructor = is_constructor and bool(binder.owner) and not binder.is_inside
    binder.is_inside = True
    children, handlers = node.children, binder.handlers
    for child in children:
        kind = child.kind_id
        handler = handlers.get(kind)
        if handler is not None:
            handler(binder, child, "")
        elif kind in binder.kinds.parameters:
            _bind_parameters(binder, child, is_constructor)
        elif kind in binder.kinds.identifiers and child is not children[-1] and node.type == "arrow_function":  # x => …
            name = binder.chunk.source(child)
            binder.local.append(Binding(binder.definition, name, name))
    binder.definition, binder.is_in_function, binder.is_inside = outer


def _bind_parameters(binder: Binder, node: Node, is_constructor: bool) -> None:
    chunk, scope = binder.chunk, binder.definition
    for item in node.children:
        if not item.is_named:
            continue
        parameter = taken(item)
        pattern = parameter.pattern
        target = type_target(chunk, parameter.type) if parameter.type is not None else ""
        if pattern.type == "identifier":
            name = chunk.source(pattern)
            binder.local.append(Binding(scope, name, target or name))
        else:
            binder.local.extend(Binding(scope, variable, variable) for variable in variables_of(chunk, pattern))
        if is_constructor and target:
            name = chunk.source(pattern)
            binder.typed[name] = target
            if parameter.is_field:
                binder.of_file.append(Binding(f"{binder.owner}()", name, target))
        if parameter.default is not None or parameter.decorators or pattern.type != "identifier":
            binder.expression(item, "")
