"""What a chunk of JavaScript binds, for the whole file and in its functions, and what its function literals are called.

A closure may use what is bound below it, so this comes before the reading of facts. Only what can hold a function, a class or an
assignment is looked into: that has a `{` or a `=` in its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.typescript.chains import (
    owner_of,
    required_module,
    target_of,
    type_target,
)
from architrave.languages.typescript.imports import Imported, imported
from architrave.languages.typescript.kinds import FUNCTION_LITERALS, kinds
from architrave.languages.typescript.naming import INLINE, Held, Named, Naming, Passed, held_by_left, key_prefix
from architrave.languages.typescript.patterns import assigned, destructured, taken, variables_of
from architrave.names import Binding
from architrave.syntax import Grammar, by_kind

_BRACE, _EQUALS = b"{="  # A number is found in bytes in a tenth of the time that bytes are.


class Bound(NamedTuple):
    of_file: list[Binding]
    local: list[Binding]  # Of functions: parameters, variables, `this` of the classes in them.
    functions: dict[int, Named]  # By where they start.
    imported: dict[int, list[Imported]]  # By where the statement starts.


def bind(chunk: Chunk) -> Iterable[Binding]:
    """Return what a chunk binds for the whole file: imports, variables at the top, and the fields of classes."""
    return chunk.once(bound).of_file


def bound(chunk: Chunk) -> Bound:
    found = _Bindings(chunk)
    return Bound(found.of_file, found.local, found.functions, found.imported)


class _Bindings:
    """Goes through a chunk. `definition` is the innermost function or class that has a name, `owner` the class for whose fields
    assignments to `this` count."""

    is_in_function = False  # Whether `definition` is one, and
    is_inside = False  # … whether a function is open, be it one without a name.

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.text = chunk.text
        self.of_file: list[Binding] = []
        self.local: list[Binding] = []
        self.functions: dict[int, Named] = {}
        self.imported: dict[int, list[Imported]] = {}
        self.owner = self.definition = chunk.owner
        self.typed: dict[str, str] = {}  # Parameter of the constructor -> what its type names.
        self.naming = Naming(chunk)
        self.handlers = _handlers(chunk.grammar)
        self.kinds = kinds(chunk.grammar)
        try:
            self._broken(chunk.node)
        except RecursionError:  # No person wrote it; `read` says so.
            self.of_file, self.local = [], []

    def visit(self, node: Node, held: Held) -> None:
        handler = self.handlers.get(node.kind_id)
        if handler is not None:
            handler(self, node, held)

    def inside(self, node: Node, held: Held = "") -> None:
        handlers = self.handlers
        for child in node.children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child, "")

    def between(self, children: list[Node]) -> None:
        """Look into what stands between the first and the last part of a node, where there is more than a sign."""
        if len(children) > 3:
            for child in children[1:-1]:
                self.visit(child, "")

    def expression(self, node: Node, held: Held) -> None:
        source = self.text[node.start_byte : node.end_byte]
        if _BRACE in source or _EQUALS in source:
            handlers = self.handlers
            for child in node.children:
                handler = handlers.get(child.kind_id)
                if handler is not None:
                    handler(self, child, "")

    def _holds_something(self, node: Node) -> bool:
        source = self.text[node.start_byte : node.end_byte]
        return _BRACE in source or _EQUALS in source

    def wrapped(self, node: Node, held: Held) -> None:
        """Pass on what holds `(x)`, `x as T` and `x satisfies T`."""
        if self._holds_something(node):
            handlers = self.handlers
            for child in node.children:
                handler = handlers.get(child.kind_id)
                if handler is not None:
                    handler(self, child, held)

    def binary(self, node: Node, held: Held) -> None:
        """Look into an operation; long ones are deep on their left, so that side is gone down without recursion."""
        if not self._holds_something(node):
            return
        kind = node.kind_id
        operations = [node]
        left = node.children[0]
        while left.kind_id == kind:
            operations.append(left)
            left = left.children[0]
        self.visit(left, "")
        for operation in reversed(operations):
            for child in operation.children[1:]:
                self.visit(child, "")

    def broken(self, node: Node, held: Held) -> None:
        """Look into what could not be parsed: a function in it may be what the file exports."""
        for child in node.children:
            self._broken(child)

    def _broken(self, node: Node) -> None:
        self.visit(node, "default" if node.type in FUNCTION_LITERALS and node.child_by_field_name("name") is None else "")

    # Modules

    def imports(self, node: Node, held: Held) -> None:
        found = self.imported[node.start_byte] = list(imported(self.chunk, node))
        self.of_file.extend(Binding("", item.alias, item.target, True) for item in found if item.target)

    def export(self, node: Node, held: Held) -> None:
        for child in node.children:
            self.visit(child, "default")

    # Definitions

    def class_(self, node: Node, held: Held) -> None:
        outer = self.owner, self.definition, self.is_in_function
        self.definition = own = owner_of(node, self.definition, self.text)
        self.is_in_function = False
        this = Binding(own, "this", f"{own}()")
        if self.is_inside:
            self.local.append(this)
        else:
            self.owner = own
            self.of_file.append(this)
        for child in node.children:
            if child.start_byte < self.chunk.end and (child.type != "class_body" or child.end_byte <= self.chunk.end):
                self.visit(child, "")
        self.owner, self.definition, self.is_in_function = outer

    def field(self, node: Node, held: Held) -> None:
        children = node.children
        name = node.child_by_field_name("name")
        declared, value = assigned(children)
        if name is not None and self.owner and not self.is_inside:
            target = self._declared_target(declared, value)
            if target:
                self.of_file.append(Binding(f"{self.owner}()", self.chunk.source(name), target))
        if not self._holds_something(node):
            return
        name = name or node.child_by_field_name("property")
        for child in children:
            self.visit(child, self.chunk.source(name) if name is not None and child is value else "")

    def method(self, node: Node, held: Held) -> None:
        name = node.child_by_field_name("name")
        own = self.chunk.source(name).strip("\"'").replace(".", "_") if name is not None else "?"
        prefix = key_prefix(self.chunk, held)
        self._definition(node, Named("definition", self._qualified(f"{prefix}.{own}" if prefix else own)), own == "constructor")

    def function_declaration(self, node: Node, held: Held) -> None:
        name = node.child_by_field_name("name")
        own = self.chunk.source(name) if name is not None else "default"
        self._definition(node, Named("definition", self._qualified(own)))

    def function(self, node: Node, held: Held) -> None:
        if isinstance(held, Passed):
            named = self.naming.of_argument(held, self.is_in_function)
        else:
            name = held
            if not name and node.type != "arrow_function":
                own = node.child_by_field_name("name")
                name = self.chunk.source(own) if own is not None else ""
            named = Named("definition", name) if name else INLINE
        if named.kind == "definition":
            named = Named("definition", self._qualified(named.name))
        self._definition(node, named)

    def _qualified(self, name: str) -> str:
        return f"{self.definition}.{name}" if self.definition else name

    def _definition(self, node: Node, named: Named, is_constructor: bool = False) -> None:
        self.functions[node.start_byte] = named
        outer = self.definition, self.is_in_function, self.is_inside
        if not self.is_inside:
            self.typed = {}
        if named.kind == "definition":
            self.definition, self.is_in_function = named.name, True
        is_constructor = is_constructor and bool(self.owner) and not self.is_inside
        self.is_inside = True
        children, handlers = node.children, self.handlers
        for child in children:
            kind = child.kind_id
            handler = handlers.get(kind)
            if handler is not None:
                handler(self, child, "")
            elif kind in self.kinds.parameters:
                self._parameters(child, is_constructor)
            elif kind in self.kinds.identifiers and child is not children[-1] and node.type == "arrow_function":  # x => …
                name = self.chunk.source(child)
                self.local.append(Binding(self.definition, name, name))
        self.definition, self.is_in_function, self.is_inside = outer

    def _parameters(self, node: Node, is_constructor: bool) -> None:
        chunk, scope = self.chunk, self.definition
        for item in node.children:
            if not item.is_named:
                continue
            parameter = taken(item)
            pattern = parameter.pattern
            target = type_target(chunk, parameter.type) if parameter.type is not None else ""
            if pattern.type == "identifier":
                name = chunk.source(pattern)
                self.local.append(Binding(scope, name, target or name))
            else:
                self.local.extend(Binding(scope, variable, variable) for variable in variables_of(chunk, pattern))
            if is_constructor and target:
                name = chunk.source(pattern)
                self.typed[name] = target
                if parameter.is_field:
                    self.of_file.append(Binding(f"{self.owner}()", name, target))
            if parameter.default is not None or parameter.decorators or pattern.type != "identifier":
                self.expression(item, "")

    # Variables

    def declarator(self, node: Node, held: Held) -> None:
        children = node.children
        name = children[0]
        declared, value = assigned(children)
        if self.is_in_function or self.definition != self.chunk.owner:
            self._declared(name, declared, value, self.definition, self.local)
        if not self.is_inside:
            self._declared(name, declared, value, "", self.of_file)
        is_plain = name.type == "identifier"
        if not is_plain:
            self.expression(name, "")
        self.between(children)
        if value is not None:
            self.visit(value, self.chunk.source(name) if is_plain else "")

    def _declared(self, name: Node, declared: Node | None, value: Node | None, scope: str, bindings: list[Binding]) -> None:
        """Bind what `name = value` of a variable declaration does in a scope."""
        chunk = self.chunk
        module = required_module(chunk, value) if value is not None else None
        if name.type == "identifier":
            written = chunk.source(name)
            if module is not None:
                bindings.append(Binding(scope, written, module, True))
                return
            target = self._declared_target(declared, value)
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

    def _declared_target(self, declared: Node | None, value: Node | None) -> str:
        """Return what a variable stands for: its declared type, else the call or name that is its value."""
        target = type_target(self.chunk, declared) if declared is not None else ""
        return target or (target_of(self.chunk, value) if value is not None else "")

    def assignment(self, node: Node, held: Held) -> None:
        children = node.children
        left, right = children[0], children[-1]
        kind = left.type
        if self.owner and self.is_inside and kind == "member_expression":
            root, _, attribute = self.chunk.source(left).partition(".")
            if root == "this" and attribute.isidentifier():
                target = target_of(self.chunk, right)
                if target:
                    self.of_file.append(Binding(f"{self.owner}()", attribute, self.typed.get(target, target)))
        if self._holds_something(right):
            self.visit(right, held_by_left(self.chunk, left, right))
        if kind != "identifier":
            self.expression(left, "")
        self.between(children)

    def if_(self, node: Node, held: Held) -> None:
        """Long choices are deep in their last branch, so that is gone down without recursion."""
        branch: Node | None = node
        while branch is not None:
            children, branch = branch.children, None
            for child in children:
                for inner in child.children if child.type == "else_clause" else (child,):
                    if inner.type == "if_statement" and inner is not child:
                        branch = inner
                    else:
                        self.visit(inner, "")

    def loop(self, node: Node, held: Held) -> None:
        left = node.child_by_field_name("left")
        if left is not None and self.definition:
            self.local.extend(Binding(self.definition, variable, variable) for variable in variables_of(self.chunk, left))
        self.inside(node)

    # Expressions

    def call(self, node: Node, held: Held) -> None:
        if not self._holds_something(node):
            return
        handlers, children = self.handlers, node.children
        for child in children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child, "")
        arguments = children[-1]
        if arguments.kind_id not in self.kinds.arguments or not self._holds_something(arguments):
            return
        function = children[0] if children[0].is_named else children[1]
        comments = self.kinds.comments
        items = [child for child in arguments.children if child.is_named and child.kind_id not in comments]
        for place, child in enumerate(items):
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child, Passed(function, items, place, held))

    def object_(self, node: Node, held: Held) -> None:
        if not self._holds_something(node):
            return
        prefix = key_prefix(self.chunk, held)
        handlers = self.handlers
        for child in node.children:
            handler = handlers.get(child.kind_id)
            if handler is not None:
                handler(self, child, prefix)

    def pair(self, node: Node, held: Held) -> None:
        if not self._holds_something(node):
            return
        key, value = node.children[0], node.children[-1]
        if key.type == "computed_property_name":
            self.inside(key)
        self.between(node.children)
        own = self.chunk.source(key).strip("\"'`").replace(".", "_").replace("()", "")
        self.visit(value, f"{held}.{own}" if held else own)


_Handler = Callable[[_Bindings, Node, Held], None]


@cache
def _handlers(grammar: Grammar) -> dict[int, _Handler]:
    statements = (
        *("program", "statement_block", "else_clause", "for_statement", "while_statement"),
        *("do_statement", "try_statement", "catch_clause", "finally_clause", "switch_statement", "switch_body", "switch_case"),
        *("switch_default", "labeled_statement", "with_statement", "lexical_declaration", "variable_declaration", "using_declaration"),
        *("internal_module", "module", "ambient_declaration", "class_body", "class_static_block"),
    )
    nothing = (
        *("identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier", "this", "super", "import"),
        *("shorthand_property_identifier_pattern", "meta_property", "number", "string", "regex", "true", "false", "null", "undefined"),
        *("comment", "html_comment", "jsx_text", "type_annotation", "type_arguments", "type_parameters", "interface_declaration"),
        *("type_alias_declaration", "function_signature", "method_signature", "index_signature", "property_signature", "type_identifier"),
        *("predefined_type", "accessibility_modifier", "override_modifier", "implements_clause", "optional_chain", "empty_statement"),
        *("break_statement", "continue_statement", "string_fragment", "escape_sequence", "import_alias", "statement_identifier"),
        *("jsx_closing_element", "html_character_reference", "hash_bang_line", "debugger_statement", "arguments", "formal_parameters"),
    )
    handlers: dict[str, _Handler] = {
        **dict.fromkeys(statements, _Bindings.inside),
        "ERROR": _Bindings.broken,
        "import_statement": _Bindings.imports,
        "export_statement": _Bindings.export,
        "class_declaration": _Bindings.class_,
        "abstract_class_declaration": _Bindings.class_,
        "class": _Bindings.class_,
        "public_field_definition": _Bindings.field,
        "field_definition": _Bindings.field,
        "method_definition": _Bindings.method,
        "abstract_method_signature": _Bindings.method,
        "function_declaration": _Bindings.function_declaration,
        "generator_function_declaration": _Bindings.function_declaration,
        **dict.fromkeys(FUNCTION_LITERALS, _Bindings.function),
        "variable_declarator": _Bindings.declarator,
        "assignment_expression": _Bindings.assignment,
        "for_in_statement": _Bindings.loop,
        "if_statement": _Bindings.if_,
        "call_expression": _Bindings.call,
        "new_expression": _Bindings.call,
        "object": _Bindings.object_,
        "pair": _Bindings.pair,
        "parenthesized_expression": _Bindings.wrapped,
        "as_expression": _Bindings.wrapped,
        "satisfies_expression": _Bindings.wrapped,
        "binary_expression": _Bindings.binary,
    }
    return by_kind(grammar, handlers, _Bindings.expression, nothing)
