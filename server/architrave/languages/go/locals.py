"""What a function of Go binds: parameters, variables, and names for its function literals.

Functions may use what is bound below them, so this comes before the reading of facts. Only statements bind names: an expression is looked
into only where a function literal stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.go.bindings import RESULT, declared_targets
from architrave.languages.go.chains import written
from architrave.languages.go.types import element, function_name, literal_element, type_target
from architrave.names import Binding, Names
from architrave.syntax import Grammar, by_kind
from architrave.walk import Descent

_REQUEST = re.compile(r"\b(?:ResponseWriter|gin\.Context|echo\.Context|fiber\.Ctx|chi\.Router|gin\.RouterGroup|echo\.Group)\b")
_BINDING = ("function_declaration", "method_declaration", "var_declaration")


class Locals(Descent):
    """Goes through the statements of a chunk.

    `names` are those of the file with the local ones in front, `bound` the local ones; `literals` are the names of function literals, by
    where they start, "" for one without. `hidden` are the names of the file.
    """

    def __init__(self, chunk: Chunk, names: Names, hidden: frozenset[str]) -> None:
        is_binding = chunk.node.type in _BINDING
        has_literals = is_binding and chunk.text.find(b"func", chunk.node.start_byte + 4, chunk.end) >= 0
        super().__init__(_handlers(chunk.grammar, has_literals))
        self.chunk = chunk
        self.file_names = names
        self.function = ""
        self.is_local = False  # At the top of the file, what is bound is bound for the whole file.
        self.found: dict[tuple[str, str], Binding] = {}
        self.literals: dict[int, str] = {}
        self.elements: dict[tuple[str, str], str] = {}  # (function, variable) -> what the slice holds.
        self.returned: set[int] = set()  # Where the function literals start that a `return` hands out.
        self.counts: dict[str, int] = {}
        if is_binding:
            self.visit(chunk.node)
        # Most variables stand for nothing but themselves; of these only what hides a name of the file matters.
        self.bound = frozenset([name for (_, name), binding in self.found.items() if binding.target != name or name in hidden])
        self.names = names.inner([binding for binding in self.found.values() if binding.name in self.bound]) if self.bound else names

    def expression(self, node: Node) -> None:
        if self.chunk.text.find(b"func", node.start_byte, node.end_byte) >= 0:
            self.inside(node)

    def put(self, name: str, target: str, is_resolved: bool = False) -> None:
        if name == "_":
            return
        known = self.found.get((self.function, name))
        if known is not None and (not target or target == name or target.startswith((name + ".", name + "()"))):
            return  # `db = db.Where(…)` is of the same type as before.
        self.found[self.function, name] = Binding(self.function, name, target or name, is_resolved)

    # Functions

    def function_(self, node: Node) -> None:
        outer, self.function = self.function, function_name(self.chunk, node)
        self.is_local = True
        for child in node.children:
            if child.type == "parameter_list":  # The receiver, parameters and named results.
                self._parameters(child)
        body = node.child_by_field_name("body")
        if body is not None:
            self.inside(body)
        self.function = outer

    def _parameters(self, parameters: Node) -> None:
        for parameter in parameters.named_children:
            children = parameter.children
            type_node = children[-1] if children else parameter  # The names stand before the type.
            target = "" if parameter.type == "variadic_parameter_declaration" else type_target(self.chunk, type_node)
            for name in children[:-1]:
                if name.type == "identifier":
                    variable = self.chunk.source(name)
                    self._declare(variable, target)
                    self._note_element(variable, type_node)

    def literal(self, node: Node) -> None:
        start = node.start_byte
        name = self.literals.get(start, "")
        parameters = node.child_by_field_name("parameters")
        if not name and start not in self.returned and parameters is not None and _REQUEST.search(self.chunk.source(parameters)):
            count = self.counts[self.function] = self.counts.get(self.function, 0) + 1
            name = f"{self.function}.func{count}" if self.function else f"func{count}"
        self.literals[start] = name
        outer = self.function, self.is_local
        self.function, self.is_local = name or self.function, True
        if parameters is not None:
            self._parameters(parameters)
        body = node.child_by_field_name("body")
        if body is not None:
            self.inside(body)
        self.function, self.is_local = outer

    def _name_literal(self, node: Node, variable: str) -> str:
        name = self.literals[node.start_byte] = f"{self.function}.{variable}" if self.function else variable
        return name

    def return_(self, node: Node) -> None:
        """Note the function literals that are handed out, also in one conversion: `http.HandlerFunc(func…)`."""
        for given in node.named_children:
            for value in given.named_children if given.type == "expression_list" else ():
                if value.type == "func_literal":
                    self.returned.add(value.start_byte)
                elif value.type == "call_expression":
                    self.returned.update(item.start_byte for item in value.children[-1].named_children if item.type == "func_literal")
        self.inside(node)

    # Variables

    def variable(self, node: Node) -> None:
        if self.is_local:
            is_typed = node.child_by_field_name("type") is not None
            for name, target in declared_targets(self.chunk, node):
                if is_typed:
                    self._declare(name, target)
                else:
                    self._stand_for(name, target)
        names = [self.chunk.source(item) for item in node.children_by_field_name("name")]
        type_node, values = node.child_by_field_name("type"), node.child_by_field_name("value")
        if type_node is not None:
            for name in names:
                self._note_element(name, type_node)
        for name, value in zip(names, values.named_children if values is not None else (), strict=False):
            if value.type == "func_literal":
                self._name_literal(value, name)
        if values is not None:
            self.visit(values)

    def assignment(self, node: Node) -> None:
        children = node.children
        if len(children) < 3:
            return
        left, right = children[0], children[2]
        values = [right] if node.type == "receive_statement" else right.named_children
        for index, name in enumerate(left.named_children):
            if name.type != "identifier":
                continue
            variable = self.chunk.source(name)
            if index < len(values):
                self._assign(variable, values[index])
            elif node.type != "assignment_statement":
                self.put(variable, "")
        self.visit(right)

    def _assign(self, variable: str, value: Node) -> None:
        kind = value.type
        if kind == "func_literal":
            self.put(variable, self._name_literal(value, variable), True)
            return
        target = written(self.chunk, value)
        self._stand_for(variable, target)
        if target == "make()" or kind == "composite_literal":
            held = literal_element(self.chunk, value)
            if held:
                self.elements[self.function, variable] = held

    def _note_element(self, variable: str, type_node: Node) -> None:
        if type_node.type == "slice_type":
            self.elements[self.function, variable] = element(self.chunk, type_node)

    def _declare(self, variable: str, target: str) -> None:
        """Bind a variable to its type, whose names are those of the file, also in `user user.User`."""
        if target:
            self.put(variable, self.file_names.resolve(target), True)
        else:
            self.put(variable, "")

    def _stand_for(self, variable: str, target: str) -> None:
        """Bind a variable to the value that it is given; `Handler()` where it is one of the file's own functions: `NewHandler()`."""
        if target.endswith("()") and "." not in target:
            known = self.file_names.resolve(target[:-2], RESULT)
            if known.endswith("()"):
                self.put(variable, known, True)
                return
        self.put(variable, target)

    def range_(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        variables = [self.chunk.source(item) for item in left.named_children] if left is not None else []
        for variable in variables[:1]:
            self.put(variable, variable)
        for variable in variables[1:2]:
            source = written(self.chunk, right) if right is not None else ""
            self.put(variable, self.elements.get((self.function, source), "") or variable)
        self.inside(node)


_Handler = Callable[[Locals, Node], None]


@cache
def _handlers(grammar: Grammar, has_literals: bool) -> dict[int, _Handler]:
    statements = (
        *("block", "statement_list", "labeled_statement", "if_statement", "for_statement", "for_clause", "select_statement", "ERROR"),
        *("expression_switch_statement", "type_switch_statement", "expression_case", "type_case", "default_case", "communication_case"),
        *("var_declaration", "var_spec_list", "const_declaration"),
    )
    handlers: dict[str, _Handler] = {
        **dict.fromkeys(statements, Locals.inside),
        "function_declaration": Locals.function_,
        "method_declaration": Locals.function_,
        "short_var_declaration": Locals.assignment,
        "assignment_statement": Locals.assignment,
        "receive_statement": Locals.assignment,
        "var_spec": Locals.variable,
        "const_spec": Locals.variable,
        "range_clause": Locals.range_,
    }
    if has_literals:
        handlers |= {"func_literal": Locals.literal, "return_statement": Locals.return_}
    return by_kind(grammar, handlers, Locals.expression if has_literals else None)
