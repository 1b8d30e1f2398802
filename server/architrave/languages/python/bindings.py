"""What a chunk of Python binds: for the whole file, and in its functions.

Only statements bind names, so no expression is looked into but the value of an assignment. Functions may use what is bound below them,
so this comes before the reading of facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.python.chains import defined_name, parameter_name, type_target, variables, written
from architrave.languages.python.imports import Imported, bound, imported
from architrave.names import Binding
from architrave.syntax import Grammar, by_kind
from architrave.walk import Descent


class _Bound(NamedTuple):
    of_file: list[Binding]
    local: list[Binding]
    imported: dict[int, list[Imported]]  # By where the statement starts.


def bind(chunk: Chunk) -> Iterable[Binding]:
    """Return what a chunk binds for the whole file: imports, variables at the top, and the fields of classes."""
    return chunk.once(_bound).of_file


def local_bindings(chunk: Chunk) -> list[Binding]:
    """Return what the functions of a chunk bind: parameters, variables, imports."""
    return chunk.once(_bound).local


def imports_at(chunk: Chunk, node: Node) -> list[Imported]:
    """Return what a statement imports."""
    found = chunk.once(_bound).imported.get(node.start_byte)
    return found if found is not None else list(imported(chunk, node))


def _bound(chunk: Chunk) -> _Bound:
    bindings = _Bindings(chunk)
    return _Bound(bindings.of_file, bindings.local, bindings.imported)


class _Bindings(Descent):
    """Goes through the statements of a chunk; function, class and definition are where it is."""

    def __init__(self, chunk: Chunk) -> None:
        super().__init__(_handlers(chunk.grammar))
        self.chunk = chunk
        self.of_file: list[Binding] = []
        self.local: list[Binding] = []
        self.function = ""
        self.owner = self.definition = chunk.owner
        self.receivers: dict[str, str] = {}  # Function name -> its class, for functions whose first parameter is the instance.
        self.imported: dict[int, list[Imported]] = {}
        self.typed: dict[tuple[str, str], str] = {}  # (function, parameter) -> what its annotation names.
        try:
            self.visit(chunk.node)
        except RecursionError:  # No person wrote it; `read` says so.
            self.of_file, self.local = [], []

    def imports(self, node: Node) -> None:
        found = self.imported[node.start_byte] = list(imported(self.chunk, node))
        (self.local if self.function else self.of_file).extend(bound(found, self.function))

    def class_(self, node: Node) -> None:
        outer = self.owner, self.definition
        name = defined_name(self.chunk, node)
        self.owner = self.definition = f"{self.definition}.{name}" if self.definition else name
        body = node.child_by_field_name("body")
        if body is not None and body.start_byte < self.chunk.end:
            self.inside(body)
        self.owner, self.definition = outer

    def function_(self, node: Node) -> None:
        outer = self.function, self.definition
        name = defined_name(self.chunk, node)
        qualified = f"{self.definition}.{name}" if self.definition else name
        owner = "" if self.function else self.owner
        self.function = self.definition = qualified
        parameters = node.child_by_field_name("parameters")
        for index, parameter in enumerate(parameters.named_children if parameters is not None else ()):
            self._parameter(parameter, index, qualified, owner)
        if owner and "." in qualified:
            self.receivers[qualified] = owner
        body = node.child_by_field_name("body")
        if body is not None:
            self.inside(body)
        self.function, self.definition = outer

    def _parameter(self, node: Node, index: int, function: str, owner: str) -> None:
        name = parameter_name(self.chunk, node)
        annotation = node.child_by_field_name("type") if node.type != "identifier" else None
        target = type_target(self.chunk, annotation) if annotation is not None else ""
        if target and owner:
            self.typed[function, name] = target
        if index == 0 and owner and name in ("self", "cls"):
            target = f"{owner}()" if name == "self" else owner
        self.local.append(Binding(function, name, target or name))

    def assignment(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None:
            return
        kind = left.type
        if kind == "identifier":
            target = self._target(node, right)
            name = self.chunk.source(left)
            if self.function:
                self.local.append(Binding(self.function, name, target or name))
            elif target:
                self.of_file.append(Binding(f"{self.owner}()" if self.owner else "", name, target))
        elif kind == "attribute" and self.function in self.receivers:
            root, _, attribute = self.chunk.source(left).partition(".")
            if root == "self" and "." not in attribute:
                target = self._target(node, right)
                if target:
                    target = self.typed.get((self.function, target), target)
                    self.of_file.append(Binding(f"{self.receivers[self.function]}()", attribute, target))
        if right is not None and right.type == "assignment":  # a = b = c
            self.assignment(right)

    def _target(self, node: Node, right: Node | None) -> str:
        """Return what an assignment makes its variable stand for: its declared type, else the call or name on the right."""
        annotation = node.child_by_field_name("type")
        if annotation is not None:
            target = type_target(self.chunk, annotation)
            if target:
                return target
        while right is not None and right.type in ("await", "parenthesized_expression") and right.named_children:
            right = right.named_children[0]
        return written(self.chunk, right) if right is not None and right.type in ("call", "identifier", "attribute") else ""

    def with_(self, node: Node) -> None:
        for child in node.named_children:
            if child.type != "with_clause":
                self.visit(child)
                continue
            for item in child.named_children:
                value = item.child_by_field_name("value")
                if value is None or value.type != "as_pattern":
                    continue
                alias = value.child_by_field_name("alias")
                if alias is not None and value.named_children:
                    name = self.chunk.source(alias)
                    self.local.append(Binding(self.function, name, written(self.chunk, value.named_children[0]) or name))

    def for_(self, node: Node) -> None:
        left = node.child_by_field_name("left")
        if left is not None and self.function:
            self.local.extend(Binding(self.function, variable, variable) for variable in variables(self.chunk, left))
        self.inside(node)


_Handler = Callable[[_Bindings, Node], None]


@cache
def _handlers(grammar: Grammar) -> dict[int, _Handler]:
    statements = (
        *("block", "decorated_definition", "expression_statement", "if_statement", "elif_clause", "else_clause", "while_statement"),
        *("try_statement", "except_clause", "finally_clause", "match_statement", "case_clause", "ERROR"),
    )
    handlers: dict[str, _Handler] = {
        "import_statement": _Bindings.imports,
        "import_from_statement": _Bindings.imports,
        "class_definition": _Bindings.class_,
        "function_definition": _Bindings.function_,
        "assignment": _Bindings.assignment,
        "with_statement": _Bindings.with_,
        "for_statement": _Bindings.for_,
        **dict.fromkeys(statements, _Bindings.inside),
    }
    return by_kind(grammar, handlers)
