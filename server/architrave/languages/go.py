"""Go.

What a reader could not guess:

- A struct literal `Order{ID: 1}` is a call of `Order` with keyword arguments (an `Invocation`, and a `Call` of its own); a literal
  whose keys are texts (`gin.H{"error": err}`) and a map are a `Mapping`; slices and arrays are a `Sequence`. `&x`, `*x` and `<-x` are `x`.
- Types are as written, with packages resolved: `*gorm.io/gorm.DB`, `[]Order`. Of several results the first one is the type of a function.
- `5 * time.Second` is a `Number`, in nanoseconds.
- Several values of one `return` are a `Sequence`. Of `rows, err := query()` only `rows` gets the value.
- A function literal belongs to the function round it, unless it has a name (`serve := func…` in `main` is `main.serve`) or it takes a
  request or a router and is handed to a call: then it is a function of its own, `main.func1`, as Go's runtime calls it.
- A method is `Type.Method`, with or without a pointer as its receiver.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import (
    Access,
    Assignment,
    Block,
    Call,
    Comparison,
    Decorator,
    Definition,
    Field,
    Import,
    Parameter,
    Return,
)
from architrave.facts.values import (
    Argument,
    Boolean,
    Entry,
    Function,
    Invocation,
    Mapping,
    Name,
    Null,
    Number,
    Sequence,
    String,
    Template,
    Unknown,
    Value,
)
from architrave.language import Chunk, CodeLanguage
from architrave.names import Binding, Names
from architrave.paths import Paths
from architrave.syntax import Grammar
from architrave.text import Span

_DEPTH = 12  # Deeper values say nothing more.
_LONGEST_CHAIN = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
_RESULT = "()"  # The scope in which the name of a function means what it returns.
_VERSION = re.compile(r"v\d+")
_TAG = re.compile(r'([\w.-]+):"((?:[^"\\]|\\.)*)"')
_VERB = re.compile(r"%[-+# 0]*(?:\[\d+\])?[\d*]*(?:\.[\d*]*)?(?:\[\d+\])?[a-zA-Z%]")
_QUALIFIED = re.compile(r"\b([A-Za-z_]\w*)\.([A-Z]\w*)")
_ERROR = re.compile(r"(?:^|[a-z_.])[eE]rr(?:or)?\d*$")
_REQUEST = re.compile(r"\b(?:ResponseWriter|gin\.Context|echo\.Context|fiber\.Ctx|chi\.Router|gin\.RouterGroup|echo\.Group)\b")
_NUMBERS = ("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "float32", "float64")
_BUILTIN = frozenset({"any", "bool", "byte", "comparable", "complex64", "complex128", "error", "rune", "string", *_NUMBERS})
_DURATIONS = {  # In nanoseconds, as Go counts them.
    "time.Nanosecond": 1.0,
    "time.Microsecond": 1e3,
    "time.Millisecond": 1e6,
    "time.Second": 1e9,
    "time.Minute": 60e9,
    "time.Hour": 3600e9,
}
_SILENT = frozenset({"append", "cap", "close", "copy", "delete", "len", "make", "new", "print", "println", "recover", *_BUILTIN})
_NAMES = frozenset({"identifier", "selector_expression", "type_identifier", "qualified_type", "package_identifier", "field_identifier"})
_BINDING = frozenset({"function", "closure", "return", "assignment", "variable", "loop"})  # Captures that may bind a name.
_TEXTS = frozenset({"interpreted_string_literal", "raw_string_literal"})


def bind(chunk: Chunk) -> Iterator[Binding]:
    """Yield what a chunk binds for the whole file: imports, variables at the top, fields of structs, and what functions return."""
    kind = chunk.node.type
    if kind in ("function_declaration", "method_declaration"):
        name, result = chunk.node.child_by_field_name("name"), chunk.node.child_by_field_name("result")
        if kind == "function_declaration" and name is not None and result is not None:
            target = _type_target(chunk, _first_result(result))
            if target:
                yield Binding(_RESULT, chunk.source(name), target)
        return
    for capture, node in chunk.captures:
        if capture == "import":
            module, alias = _imported(chunk, node)
            if alias not in ("_", "."):
                yield Binding("", alias, module, True)
        elif capture == "type":
            yield from _field_bindings(chunk, node)
        elif capture == "variable" and kind == "var_declaration" and node.type == "var_spec":
            for variable, target in _declared_targets(chunk, node):
                if target:
                    yield Binding("", variable, target)


def read(chunk: Chunk, names: Names) -> Iterator[Fact]:
    return _Reader(chunk, names).facts()


class _Reader:
    """Goes through the captures of a chunk once, with the functions, loops and error branches that are open at each."""

    def __init__(self, chunk: Chunk, names: Names) -> None:
        self.chunk = chunk
        self.base, self.chunk_id, self.text = chunk.start, chunk.id, chunk.text
        self.texts: dict[int, str] = {}  # Chains of names by node.
        self.file_names = names
        self.names = names
        self.function = ""
        self.at = 0
        self.open: list[tuple[int, str, list[tuple[int, int]], list[tuple[int, int]]]] = []  # End of a function and what is round it.
        self.loops: list[tuple[int, int]] = []
        self.errors: list[tuple[int, int]] = []
        self.closures: dict[int, str] = {}  # Start of a function literal -> its name, "" without one.
        self.elements: dict[tuple[str, str], str] = {}
        self.discarded: set[tuple[int, int]] = set()
        self.callees: set[int] = set()
        self.callbacks: dict[int, Name] = {}
        self.values: dict[int, Value] = {}
        self.types: dict[str, str] = {}
        self.accessed_until = -1
        self.loop_variables: dict[str, int] = {}
        self.roots = _file_names(names)
        self.locals: frozenset[str] = frozenset()

    def facts(self) -> Iterator[Fact]:
        kind = self.chunk.node.type
        if kind in ("function_declaration", "method_declaration", "var_declaration"):
            self._bind_locals()
        single: dict[str, Callable[[Node], Fact | None]] = {  # Most captures: a generator for each would cost more than its fact.
            "import": self.imports,
            "call": self.call,
            "literal": self.literal,
            "access": self.access,
            "alone": self.alone,
            "return": self.return_,
            "comparison": self.comparison,
        }
        several: dict[str, Callable[[Node], Iterator[Fact]]] = {
            "function": self.function_,
            "closure": self.closure,
            "type": self.type_,
            "variable": self.variable,
            "assignment": self.assignment,
            "loop": self.loop,
            "if": self.if_,
        }
        opened = self.open
        for name, node in self.chunk.captures:
            self.at = node.start_byte
            while opened and opened[-1][0] <= self.at:
                _, self.function, self.loops, self.errors = opened.pop()
            one = single.get(name)
            if one is not None:
                fact = one(node)
                if fact is not None:
                    yield fact
            elif name in several:
                yield from several[name](node)

    def span(self, node: Node) -> Span:
        base = self.base
        return Span(node.start_byte - base, node.end_byte - base, self.chunk_id)

    def source(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _enter(self, node: Node, name: str) -> None:
        self.open.append((node.end_byte, self.function, self.loops, self.errors))
        self.function, self.loops, self.errors = name, [], []

    def _within(self, stretches: list[tuple[int, int]]) -> bool:
        at = self.at
        return any(start <= at < end for start, end in stretches)

    # Names of the function

    def _bind_locals(self) -> None:
        """Bind parameters and local variables, and name the function literals, before anything is resolved."""
        local: dict[tuple[str, str], Binding] = {}
        opened: list[tuple[int, str]] = []
        function = ""
        returned: set[int] = set()
        counts: dict[str, int] = {}

        def put(name: str, target: str, is_resolved: bool = False) -> None:
            if name == "_":
                return
            known = local.get((function, name))
            if known is not None and (not target or target == name or target.startswith((name + ".", name + "()"))):
                return  # `db = db.Where(…)` is of the same type as before.
            local[function, name] = Binding(function, name, target or name, is_resolved)

        for capture, node in self.chunk.captures:
            if capture not in _BINDING:
                continue
            while opened and opened[-1][0] <= node.start_byte:
                function = opened.pop()[1]
            if capture == "function":
                opened.append((node.end_byte, function))
                function = self._function_name(node)
                receiver = node.child_by_field_name("receiver")
                for parameters in (receiver, node.child_by_field_name("parameters"), node.child_by_field_name("result")):
                    self._bind_parameters(parameters, function, put)
            elif capture == "closure":
                name = self.closures.get(node.start_byte, "")
                parameters = node.child_by_field_name("parameters")
                if not name and node.start_byte not in returned and parameters is not None and _REQUEST.search(self.source(parameters)):
                    counts[function] = counts.get(function, 0) + 1
                    name = f"{function}.func{counts[function]}" if function else f"func{counts[function]}"
                self.closures[node.start_byte] = name
                if name:
                    opened.append((node.end_byte, function))
                    function = name
                self._bind_parameters(parameters, function, put)
            elif capture == "return":
                returned.update(_returned_literals(node))
            elif capture == "assignment":
                self._bind_assignment(node, function, put)
            elif capture == "variable":
                if function:
                    for name, target in _declared_targets(self.chunk, node):
                        put(name, self._through_result(target))
                self._note_element(node, function)
                names = [self.source(item) for item in node.children_by_field_name("name")]
                self._name_literals(node.child_by_field_name("value"), names, function)
            elif capture == "loop":
                clause = _range_clause(node)
                if clause is not None:
                    left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
                    variables = [self.source(item) for item in left.named_children] if left is not None else []
                    for variable in variables[:1]:
                        put(variable, variable)
                    for variable in variables[1:2]:
                        written = self._written(right) if right is not None else ""
                        put(variable, self.elements.get((function, written), "") or variable)
        if local:
            self.names = self.file_names.inner(local.values())
            self.locals = frozenset(name for _, name in local)

    def _bind_parameters(self, parameters: Node | None, function: str, put: Callable[[str, str], None]) -> None:
        if parameters is None or parameters.type != "parameter_list":
            return
        for parameter in parameters.named_children:
            children = parameter.children
            type_node = children[-1] if children else parameter  # The names stand before the type.
            target = "" if parameter.type == "variadic_parameter_declaration" else _type_target(self.chunk, type_node)
            for name in children[:-1]:
                if name.type == "identifier":
                    written = self.source(name)
                    put(written, target)
                    if type_node.type == "slice_type":
                        self.elements[function, written] = _element(self.chunk, type_node)

    def _bind_assignment(self, node: Node, function: str, put: Callable[..., None]) -> None:
        children = node.children
        if len(children) < 3:
            return
        left, right = children[0], children[2]
        names, values = left.named_children, [right] if node.type == "receive_statement" else right.named_children
        is_new = node.type != "assignment_statement"
        for index, name in enumerate(names):
            if name.type != "identifier":
                continue
            written = self.source(name)
            value = values[index] if index < len(values) else None
            if value is None:
                if is_new:
                    put(written, "")
                continue
            if value.type == "func_literal":
                put(written, self._name_literal(value, written, function), True)
                continue
            put(written, self._through_result(self._written(value)))
            element = _literal_element(self.chunk, value)
            if element:
                self.elements[function, written] = element

    def _through_result(self, target: str) -> str:
        """Return what a call of one of the file's own functions gives: `Handler()` for `NewHandler()`."""
        if not target.endswith("()") or "." in target:
            return target
        known = self.file_names.resolve(target[:-2], _RESULT)
        return known if known.endswith("()") else target

    def _name_literals(self, values: Node | None, names: list[str], function: str) -> None:
        for name, value in zip(names, values.named_children if values is not None else (), strict=False):
            if value.type == "func_literal":
                self._name_literal(value, name, function)

    def _name_literal(self, value: Node, variable: str, function: str) -> str:
        name = self.closures[value.start_byte] = f"{function}.{variable}" if function else variable
        return name

    def _note_element(self, node: Node, function: str) -> None:
        type_node = node.child_by_field_name("type")
        if type_node is not None and type_node.type == "slice_type":
            for name in node.children_by_field_name("name"):
                self.elements[function, self.source(name)] = _element(self.chunk, type_node)

    # Declarations

    def imports(self, node: Node) -> Fact | None:
        module, alias = _imported(self.chunk, node)
        if module:
            return Import(self.span(node), module, "*" if alias == "." else "", "*" if alias == "." else alias)
        return None

    def _function_name(self, node: Node) -> str:
        name = node.child_by_field_name("name")
        own = self.source(name) if name is not None else "?"
        receiver = node.child_by_field_name("receiver")
        owner = _receiver(self.chunk, receiver) if receiver is not None else ""
        return f"{owner}.{own}" if owner else own

    def function_(self, node: Node) -> Iterator[Fact]:
        qualified = self._function_name(node)
        name = node.child_by_field_name("name")
        self._enter(node, qualified)
        header = self._header(node, node.child_by_field_name("body"))
        yield Definition(
            header,
            self.span(name) if name is not None else header,
            qualified,
            "method" if node.type == "method_declaration" else "function",
            (),
            (),
            self._parameters(node.child_by_field_name("parameters")),
            self._returns(node),
            is_exported=_is_exported(qualified),
        )
        yield Block(self.span(node), "function", qualified)

    def _header(self, node: Node, body: Node | None) -> Span:
        end = body.start_byte if body is not None else node.end_byte
        return self.chunk.between(node.start_byte, node.start_byte + len(self.chunk.text[node.start_byte : end].rstrip()))

    def _parameters(self, parameters: Node | None) -> tuple[Parameter, ...]:
        found: list[Parameter] = []
        for parameter in parameters.named_children if parameters is not None else ():
            children = parameter.children
            names = [child for child in children[:-1] if child.type == "identifier"]
            if not names:
                continue
            written = self._type(children[-1])
            if parameter.type == "variadic_parameter_declaration":
                written = f"[]{written}"
            span = self.span(parameter)
            found.extend(Parameter(span, self.source(name), written) for name in names)
        return tuple(found)

    def _returns(self, node: Node) -> str:
        result = node.child_by_field_name("result")
        return self._type(_first_result(result)) if result is not None else ""

    def closure(self, node: Node) -> Iterator[Fact]:
        name = self.closures.get(node.start_byte, "")
        body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
        subject = self.callbacks.get(node.start_byte)
        if subject is not None and body is not None:
            given = parameters.named_children if parameters is not None else ()
            variables = [self.source(item) for each in given for item in each.children_by_field_name("name")]
            yield Block(self.span(body), "callback", self.function, subject, tuple(variables))
        if name:
            header = self._header(node, body)
            self._enter(node, name)
            yield Definition(header, header, name, "function", (), (), self._parameters(parameters), self._returns(node), is_exported=False)
            yield Block(self.span(node), "function", name)

    def type_(self, node: Node) -> Iterator[Fact]:
        name_node, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name_node is None or type_node is None:
            return
        name = self.source(name_node)
        if type_node.type == "struct_type":
            fields = list(self._fields(name, type_node))
            header = self._header(node, next((child for child in type_node.children if child.type == "field_declaration_list"), None))
            bases = tuple(_bare(item.type) for item, is_embedded in fields if is_embedded)
            yield Definition(header, self.span(name_node), name, "struct", (), bases, is_exported=_is_exported(name))
            for item, _ in fields:
                yield item
        elif type_node.type == "interface_type":
            elements = type_node.named_children
            header = self._header(node, elements[0] if elements else None)
            bases = tuple(_bare(self._type(child)) for child in elements if child.type == "type_elem" and len(child.named_children) == 1)
            yield Definition(header, self.span(name_node), name, "interface", (), bases, is_exported=_is_exported(name))
            for method in elements:
                own = method.child_by_field_name("name") if method.type == "method_elem" else None
                if own is not None:
                    yield Definition(
                        self.span(method),
                        self.span(own),
                        f"{name}.{self.source(own)}",
                        "method",
                        (),
                        (),
                        self._parameters(method.child_by_field_name("parameters")),
                        self._returns(method),
                        is_exported=_is_exported(self.source(own)),
                    )
        else:
            bases = (_bare(self._type(type_node)),) if type_node.type in ("qualified_type", "type_identifier") else ()
            bases = tuple(base for base in bases if base not in _BUILTIN)
            yield Definition(self.span(node), self.span(name_node), name, "type", (), bases, is_exported=_is_exported(name))

    def _fields(self, owner: str, struct: Node) -> Iterator[tuple[Field, bool]]:
        members = next((child for child in struct.children if child.type == "field_declaration_list"), None)
        for member in members.named_children if members is not None else ():
            type_node = member.child_by_field_name("type") if member.type == "field_declaration" else None
            if type_node is None:
                continue
            written = self._type(type_node)
            tag = member.child_by_field_name("tag")
            decorators = self._tags(tag) if tag is not None else ()
            names = member.children_by_field_name("name")
            span = self.span(member)
            if names:
                for name in names:
                    yield Field(span, owner, self.source(name), written, None, decorators), False
            else:
                pointer = "*" if member.children[0].type == "*" else ""
                yield Field(span, owner, _bare(written).rpartition(".")[2], pointer + written, None, decorators), True

    def _tags(self, tag: Node) -> tuple[Decorator, ...]:
        content = self.source(tag)
        found = []
        for match in _TAG.finditer(content):
            start = tag.start_byte + len(content[: match.start()].encode())
            span = self.chunk.between(start, start + len(match[0].encode()))
            quoted = self.chunk.between(start + len(match[1].encode()) + 1, start + len(match[0].encode()))
            found.append(Decorator(span, match[1], (Argument(quoted, String(quoted, _unescaped(match[2]))),), match[1]))
        return tuple(found)

    def variable(self, node: Node) -> Iterator[Fact]:
        type_node, values = node.child_by_field_name("type"), node.child_by_field_name("value")
        declared = self._type(type_node) if type_node is not None else ""
        given = values.named_children if values is not None else []
        for index, name in enumerate(node.children_by_field_name("name")):
            if index < len(given):
                value = self.value(given[index])
            elif declared and not given:
                value = Unknown(self.span(node))
            else:
                continue
            yield Assignment(self.span(node), self.source(name), value, self.function, declared or _literal_type(value, given, index, self))

    # Statements

    def assignment(self, node: Node) -> Iterator[Fact]:
        children = node.children
        if len(children) < 3:
            return
        left, operator, right = children[0], children[1], children[2]
        targets, values = left.named_children, [right] if node.type == "receive_statement" else right.named_children
        for index, target in enumerate(targets):
            if index >= len(values):
                break
            written = self._written(target)
            if not written or written == "_":
                continue
            value = self.value(values[index])
            span = self.span(node)
            if operator.type == "+=":
                value = self._joined(span, [Name(self.span(target), self._resolve(written), written), value])
            elif operator.type not in (":=", "="):
                value = Unknown(span)
            yield Assignment(span, written, value, self.function, _literal_type(value, values, index, self))

    def loop(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is None:
            return
        clause = _range_clause(node)
        start = body.start_byte
        variables: tuple[str, ...] = ()
        subject: Value | None = None
        if clause is not None:
            left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
            if left is not None:
                variables = tuple(name for item in left.named_children if (name := self.source(item)) != "_")
            subject = self.value(right) if right is not None else None
        else:
            header = node.named_children[0]
            if header.type == "for_clause":
                initial = header.child_by_field_name("initializer")
                given = initial.child_by_field_name("left") if initial is not None else None
                variables = tuple(self.source(item) for item in given.named_children) if given is not None else ()
            elif header.type != "block":  # `for rows.Next()` is asked every time round.
                subject = self.value(header)
                start = header.start_byte
        yield Block(self.span(body), "loop", self.function, subject, variables)
        self.loops.append((start, body.end_byte))
        for variable in variables:
            self.loop_variables[variable] = body.end_byte

    def if_(self, node: Node) -> Iterator[Fact]:
        condition, consequence = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is None or consequence is None:
            return
        is_error = self._error(condition)
        alternative = node.child_by_field_name("alternative")
        if is_error is None:
            yield Block(self.span(consequence), "branch", self.function, self.value(condition))
            return
        if not is_error:
            yield Block(self.span(consequence), "branch", self.function, self.value(condition))
        failed = consequence if is_error else alternative
        if failed is not None:
            yield Block(self.span(failed), "error", self.function, self.value(condition))
            self.errors.append((failed.start_byte, failed.end_byte))

    def _error(self, condition: Node) -> bool | None:
        """Return whether a condition says that there is an error (True) or none (False); None when it says neither."""
        kind = condition.type
        if kind == "binary_expression":
            left, operator, right = condition.children[0], condition.children[1].type, condition.children[2]
            if operator in ("!=", "==") and right.type == "nil" and _ERROR.search(self.source(left)):
                return operator == "!="
            if operator in ("&&", "||"):
                return True if self._error(left) or self._error(right) else None
        elif kind == "call_expression" and self._written(condition.children[0]) in ("errors.Is", "errors.As", "os.IsNotExist"):
            return True
        elif kind == "parenthesized_expression" and condition.named_children:
            return self._error(condition.named_children[0])
        return None

    def alone(self, node: Node) -> Fact | None:
        inner = node.named_children[0] if node.named_children else None
        if inner is not None:
            self.discarded.add((inner.start_byte, inner.end_byte))
        return None

    def return_(self, node: Node) -> Fact | None:
        given = node.named_children
        if not given or given[0].type != "expression_list":
            return None
        values = [self.value(item) for item in given[0].named_children]
        value = values[0] if len(values) == 1 else Sequence(self.span(given[0]), tuple(values))
        return Return(self.span(node), value, self.function, self._within(self.errors))

    def comparison(self, node: Node) -> Fact | None:
        operator = node.children[1] if node.child_count == 3 else None
        # Filtered here: alternatives in the query make it quadratic on long concatenations.
        if operator is None or operator.type not in ("<", "<=", ">", ">=", "==", "!="):
            return None
        left, right = node.children[0], node.children[2]
        return Comparison(self.span(node), self.value(left), operator.type, self.value(right), self.function)

    # Expressions

    def call(self, node: Node) -> Fact | None:
        children = node.children
        function, arguments = children[0], children[-1]
        if arguments.type != "argument_list":
            return None
        written = self._written(function)
        if not written:
            return None
        callee = self._resolve(written)
        last = function.children[-1] if function.type == "selector_expression" else function
        if function.type == "selector_expression":
            self.callees.add(function.end_byte)
        for child in arguments.named_children:
            self._note_callback(child, arguments, callee, written)
        if written in _SILENT:
            return None
        return Call(
            self.span(node),
            self.span(last),
            self.chunk.between(arguments.start_byte + 1, max(arguments.start_byte + 1, arguments.end_byte - 1)),
            callee,
            self._arguments(arguments, 0),
            self.function,
            bool(self.loops) and self._within(self.loops),
            False,
            bool(self.errors) and self._within(self.errors),
            False,
            (node.start_byte, node.end_byte) in self.discarded,
            False,
            written,
        )

    def _note_callback(self, argument: Node, arguments: Node, callee: str, written: str) -> None:
        if argument.type == "func_literal":
            self.callbacks[argument.start_byte] = Name(self.span(arguments), callee, written)

    def literal(self, node: Node) -> Fact | None:
        type_node, body = node.children[0], node.children[-1]
        given = self.value(node)
        if not isinstance(given, Invocation) or body.type != "literal_value":
            return None
        return Call(
            self.span(node),
            self.span(type_node.children[-1] if type_node.type == "qualified_type" else type_node),
            self.chunk.between(body.start_byte + 1, max(body.start_byte + 1, body.end_byte - 1)),
            given.callee,
            given.arguments,
            self.function,
            bool(self.loops) and self._within(self.loops),
            False,
            bool(self.errors) and self._within(self.errors),
            written=self.source(type_node),
        )

    def access(self, node: Node) -> Fact | None:
        end = node.end_byte
        if end <= self.accessed_until:
            return None
        self.accessed_until = end
        root_node = node.children[0]
        if end in self.callees and not self.loop_variables and root_node.type == "identifier":
            return None
        while root_node.type == "selector_expression":
            root_node = root_node.children[0]
        if root_node.type != "identifier":
            self.accessed_until = -1
            return None
        root = self.source(root_node)
        in_loop = self.loop_variables.get(root, -1) > node.start_byte
        if in_loop or (root in self.roots and end not in self.callees):
            written = self._written(node)
            if written:
                return Access(self.span(node), self._resolve(written), self.function, bool(self.loops) and self._within(self.loops))
        return None

    def _resolve(self, written: str) -> str:
        head = written.partition(".")[0]
        while head.endswith("()"):
            head = head[:-2]
        if head in self.locals:
            return self.names.resolve(written, self.function)
        return self.file_names.resolve(written) if head in self.roots else written  # What one chunk asks, the next ones ask too.

    def _written(self, node: Node) -> str:
        if node.type == "identifier":
            return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")
        key = node.id
        known = self.texts.get(key)
        if known is None:
            known = self.texts[key] = _written(self.chunk, node)
        return known

    def value(self, node: Node, depth: int = 0) -> Value:
        """Return what is known of an expression without running it."""
        kind = node.type
        start, end, base = node.start_byte, node.end_byte, self.base
        span = Span(start - base, end - base, self.chunk_id)
        if depth > _DEPTH:
            return Unknown(span)
        if kind == "identifier":
            written = self.text[start:end].decode("utf-8", "replace")
            return Name(span, self._resolve(written), written)
        if kind in _NAMES:
            written = self._written(node)
            return Name(span, self._resolve(written), written) if written else Unknown(span)
        if kind in _TEXTS:
            return String(span, _text(self.source(node)))
        if kind == "nil":
            return Null(span)
        if kind == "int_literal" or kind == "float_literal":
            return _number(span, self.source(node))
        if kind == "true" or kind == "false":
            return Boolean(span, kind == "true")
        known = self.values.get(node.id)
        if known is None:
            known = self.values[node.id] = self._value(node, kind, span, depth)
        return known

    def _value(self, node: Node, kind: str, span: Span, depth: int) -> Value:
        if kind == "call_expression":
            return self._invocation(node, span, depth)
        if kind == "composite_literal":
            return self._composite(node, span, depth)
        if kind == "unary_expression":
            operand = self.value(node.children[-1], depth + 1)
            sign = node.children[0].type
            if sign == "-" and isinstance(operand, Number):
                return Number(span, -operand.value)
            return operand if sign in ("&", "*", "<-") else Unknown(span)
        if kind == "binary_expression":
            return self._binary(node, span, depth)
        if kind in ("parenthesized_expression", "literal_element", "variadic_argument") and node.named_children:
            return self.value(node.named_children[0], depth + 1)
        if kind == "literal_value":
            return self._elements(node, span, depth)
        if kind == "func_literal":
            return Function(span, self.closures.get(node.start_byte, ""))
        if kind == "type_conversion_expression" and node.named_children:
            return self.value(node.named_children[-1], depth + 1)
        if kind in ("index_expression", "type_assertion_expression"):
            written = self._written(node)
            return Name(span, self._resolve(written), written) if written else Unknown(span)
        return Unknown(span)

    def _invocation(self, node: Node, span: Span, depth: int) -> Value:
        function, arguments = node.children[0], node.children[-1]
        written = self._written(function)
        if not written or arguments.type != "argument_list":
            return Unknown(span)
        if written == "fmt.Sprintf":
            return self._formatted(arguments, span, depth)
        if written == "string" and arguments.named_children:
            return self.value(arguments.named_children[0], depth + 1)
        if written == "new" and arguments.named_children:
            return Invocation(span, self._resolve(self.source(arguments.named_children[0])))
        return Invocation(span, self._resolve(written), self._arguments(arguments, depth + 1))

    def _arguments(self, arguments: Node, depth: int) -> tuple[Argument, ...]:
        return tuple(
            [
                Argument(self.span(child), self.value(child, depth), "*" if child.type == "variadic_argument" else "")
                for child in arguments.named_children
                if child.type != "comment"
            ]
        )

    def _formatted(self, arguments: Node, span: Span, depth: int) -> Value:
        """Return `fmt.Sprintf("a %s b", x)` as a template."""
        given = [child for child in arguments.named_children if child.type != "comment"]
        if not given or given[0].type not in _TEXTS:
            return Unknown(span)
        literal = self.source(given[0])
        content, is_plain = literal[1:-1], literal.startswith("`") or "\\" not in literal
        inserted = iter([self.value(child, depth + 1) for child in given[1:]])
        whole = self.span(given[0])
        parts: list[Value] = []

        def text(start: int, end: int) -> None:
            piece = content[start:end].replace("%%", "%")
            at = given[0].start_byte + 1 + len(content[:start].encode())
            place = self.chunk.between(at, at + len(content[start:end].encode())) if is_plain else whole
            parts.append(String(place, piece if literal.startswith("`") else _unescaped(piece)))

        at = 0
        for match in _VERB.finditer(content):
            if match[0].endswith("%"):
                continue
            if match.start() > at:
                text(at, match.start())
            part = next(inserted, Unknown(span))
            if match[0][-1] in "dft" and isinstance(part, Name):  # A number or truth value, whatever it holds.
                part = Invocation(part.span, "strconv.Itoa", (Argument(part.span, part),))
            parts.append(part)
            at = match.end()
        if at < len(content):
            text(at, len(content))
        return Template(span, tuple(parts))

    def _composite(self, node: Node, span: Span, depth: int) -> Value:
        type_node, body = node.children[0], node.children[-1]
        if body.type != "literal_value":
            return Unknown(span)
        kind = type_node.type
        if kind == "generic_type":
            type_node = type_node.children[0]
            kind = type_node.type
        if kind not in ("type_identifier", "qualified_type"):
            return self._elements(body, span, depth)
        entries = [child for child in body.named_children if child.type != "comment"]
        if any(child.type == "keyed_element" and _key(child).type in _TEXTS for child in entries):
            return self._elements(body, span, depth)
        arguments = []
        for child in entries:
            if child.type == "keyed_element":
                key, value = _key(child), child.named_children[-1]
                arguments.append(Argument(self.span(child), self.value(value, depth + 1), self.source(key)))
            else:
                arguments.append(Argument(self.span(child), self.value(child, depth + 1)))
        return Invocation(span, self._resolve(self.source(type_node)), tuple(arguments))

    def _elements(self, body: Node, span: Span, depth: int) -> Value:
        entries = [child for child in body.named_children if child.type != "comment"]
        if not any(child.type == "keyed_element" for child in entries):
            return Sequence(span, tuple([self.value(child, depth + 1) for child in entries]))
        found = []
        for child in entries:
            if child.type == "keyed_element":
                key = _key(child)
                name = _text(self.source(key)) if key.type in _TEXTS else self.source(key)
                found.append(Entry(self.span(key), name, self.value(child.named_children[-1], depth + 1)))
        return Mapping(span, tuple(found))

    def _binary(self, node: Node, span: Span, depth: int) -> Value:
        children = node.children
        left, operator, right = children[0], children[1].type, children[-1]
        if operator not in ("+", "-", "*", "/", "<<", "&&", "||"):
            return Unknown(span)
        first, second = self.value(left, depth + 1), self.value(right, depth + 1)
        if operator in ("&&", "||"):
            return Sequence(span, (first, second))
        if operator == "+" and (isinstance(first, String | Template) or isinstance(second, String | Template)):
            return self._joined(span, [first, second])
        first, second = _duration(first), _duration(second)
        if isinstance(first, Number) and isinstance(second, Number):
            return _computed(span, operator, first.value, second.value)
        return Unknown(span)

    def _joined(self, span: Span, values: list[Value]) -> Value:
        if all(isinstance(value, String) for value in values):
            return String(span, "".join(value.value for value in values if isinstance(value, String)))
        parts: list[Value] = []
        for value in values:
            parts.extend(value.parts if isinstance(value, Template) else (value,))
        return Template(span, tuple(parts))

    def _type(self, node: Node) -> str:
        """Return a type as written, its packages resolved: `*gorm.io/gorm.DB`."""
        written = self.source(node)
        known = self.types.get(written)
        if known is None:
            plain = " ".join(written.split())
            known = self.types[written] = _QUALIFIED.sub(lambda match: self.file_names.resolve(match[0]), plain) if "." in plain else plain
        return known


@lru_cache(maxsize=2)
def _file_names(names: Names) -> frozenset[str]:
    """The names bound at the top of a file; asked for by every chunk of it in turn."""
    return frozenset(binding.name for binding in names.of_file())


def _literal_type(value: Value, values: list[Node], index: int, reader: _Reader) -> str:
    """Return `[]Order` for a variable that is given `[]Order{…}` or `make([]Order, n)`."""
    node = values[index] if index < len(values) else None
    if node is not None and node.type == "call_expression" and isinstance(value, Invocation) and value.callee == "make":
        kinds = node.children[-1].named_children
        return reader._type(kinds[0]) if kinds else ""
    if isinstance(value, Sequence | Mapping) and node is not None and node.type == "composite_literal":
        return reader._type(node.children[0])
    return ""


def _imported(chunk: Chunk, node: Node) -> tuple[str, str]:
    """Return the path and the alias of an import."""
    path = node.children[-1]
    name = node.children[0] if len(node.children) > 1 else None
    module = _text(chunk.source(path))
    return module, chunk.source(name) if name is not None else package_name(module)


def package_name(module: str) -> str:
    """Return what a package is called by custom: `redis` for `github.com/redis/go-redis/v9`."""
    parts = module.split("/")
    last = parts.pop()
    if _VERSION.fullmatch(last) and parts:
        last = parts.pop()
    last = re.sub(r"\.(?:v\d+|go)$", "", last)
    return last.removeprefix("go-").removesuffix("-go").replace("-", "_")


def _field_bindings(chunk: Chunk, node: Node) -> Iterator[Binding]:
    name, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
    if name is None or type_node is None or type_node.type != "struct_type":
        return
    owner = f"{chunk.source(name)}()"
    members = next((child for child in type_node.children if child.type == "field_declaration_list"), None)
    for member in members.named_children if members is not None else ():
        declared = member.child_by_field_name("type") if member.type == "field_declaration" else None
        target = _type_target(chunk, declared) if declared is not None else ""
        if not target:
            continue
        names = [chunk.source(item) for item in member.children_by_field_name("name")]
        for field in names or [target.removesuffix("()").rpartition(".")[2]]:
            yield Binding(owner, field, target)


def _declared_targets(chunk: Chunk, node: Node) -> Iterator[tuple[str, str]]:
    """Yield (name, what it stands for) of a `var`."""
    type_node, values = node.child_by_field_name("type"), node.child_by_field_name("value")
    given = values.named_children if values is not None else []
    for index, name in enumerate(node.children_by_field_name("name")):
        target = _type_target(chunk, type_node) if type_node is not None else ""
        if not target and index < len(given):
            target = _written(chunk, given[index])
        yield chunk.source(name), target


def _first_result(result: Node) -> Node:
    """Return the first type of a function's results."""
    if result.type != "parameter_list":
        return result
    first = result.named_children[0] if result.named_children else None
    return (first.child_by_field_name("type") if first is not None else None) or result


def _type_target(chunk: Chunk, node: Node) -> str:
    """Return `T()` for `T`, `*T`, `pkg.T` and `T[X]`; "" for slices, maps, functions and built-in types."""
    while node.type in ("pointer_type", "parenthesized_type") and node.named_children:
        node = node.named_children[0]
    if node.type == "generic_type":
        node = node.children[0]
    if node.type == "qualified_type":
        return f"{chunk.source(node)}()"
    if node.type == "type_identifier":
        name = chunk.source(node)
        return "" if name in _BUILTIN else f"{name}()"
    return ""


def _element(chunk: Chunk, node: Node) -> str:
    return _type_target(chunk, node.named_children[-1]) if node.named_children else ""


def _literal_element(chunk: Chunk, node: Node) -> str:
    """Return the element type of `[]T{…}` and `make([]T, n)`."""
    if node.type == "composite_literal":
        kind = node.children[0]
    elif node.type == "call_expression" and chunk.source(node.children[0]) == "make" and node.children[-1].named_children:
        kind = node.children[-1].named_children[0]
    else:
        return ""
    return _element(chunk, kind) if kind.type == "slice_type" else ""


def _receiver(chunk: Chunk, receiver: Node) -> str:
    parameter = receiver.named_children[0] if receiver.named_children else None
    type_node = parameter.child_by_field_name("type") if parameter is not None else None
    return _type_target(chunk, type_node).removesuffix("()") if type_node is not None else ""


def _returned_literals(node: Node) -> Iterator[int]:
    """Yield where the function literals start that a `return` hands out, also in one conversion: `http.HandlerFunc(func…)`."""
    for given in node.named_children:
        for value in given.named_children if given.type == "expression_list" else ():
            if value.type == "func_literal":
                yield value.start_byte
            elif value.type == "call_expression":
                yield from (item.start_byte for item in value.children[-1].named_children if item.type == "func_literal")


def _range_clause(node: Node) -> Node | None:
    return next((child for child in node.named_children if child.type == "range_clause"), None)


def _key(element: Node) -> Node:
    key = element.named_children[0]
    return key.named_children[0] if key.type == "literal_element" and key.named_children else key


def _bare(written: str) -> str:
    return written.lstrip("*&[]").partition("[")[0]


def _is_exported(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()


def _written(chunk: Chunk, node: Node) -> str:
    """Return a chain of names as written, calls as `()`, a literal, conversion or assertion as its type: `a.b().c`, `Client().Do`."""
    text = chunk.text
    parts: list[str] = []
    suffix = ""
    while len(parts) < _LONGEST_CHAIN:
        kind = node.type
        if kind == "identifier" or kind == "type_identifier" or kind == "field_identifier" or kind == "package_identifier":
            parts.append(text[node.start_byte : node.end_byte].decode("utf-8", "replace") + suffix)
            break
        if kind == "selector_expression":
            children = node.children
            last = children[-1]
            parts.append(text[last.start_byte : last.end_byte].decode("utf-8", "replace") + suffix)
            suffix, node = "", children[0]
        elif kind == "call_expression":
            function, arguments = node.children[0], node.children[-1]
            if function.end_byte - function.start_byte == 3 and arguments.named_child_count == 1 and chunk.source(function) == "new":
                node = arguments.named_children[0]
            else:
                node = function
            suffix = "()" + suffix
        elif kind == "parenthesized_expression" or kind == "unary_expression":
            if not node.named_children or (kind == "unary_expression" and node.children[0].type not in ("&", "*")):
                return ""
            node = node.named_children[0]
        elif kind == "composite_literal" or kind == "type_assertion_expression":
            type_node = node.children[0] if kind == "composite_literal" else node.child_by_field_name("type")
            target = _type_target(chunk, type_node) if type_node is not None else ""
            if not target:
                return ""
            parts.append(target + suffix)
            break
        elif kind == "qualified_type":
            parts.append(text[node.start_byte : node.end_byte].decode("utf-8", "replace") + suffix)
            break
        elif kind == "index_expression":
            operand, key = node.children[0], node.child_by_field_name("index")
            if key is None or key.type not in _TEXTS:
                return ""
            parts.append(_text(chunk.source(key)) + suffix)
            suffix, node = "", operand
        else:
            return ""
    else:
        return ""
    if len(parts) == 1:
        return parts[0]
    parts.reverse()
    return ".".join(parts)


def _duration(value: Value) -> Value:
    known = _DURATIONS.get(value.name) if isinstance(value, Name) else None
    return Number(value.span, known) if known is not None else value


def _computed(span: Span, operator: str, first: float, second: float) -> Value:
    if operator == "+":
        return Number(span, first + second)
    if operator == "-":
        return Number(span, first - second)
    if operator == "*":
        return Number(span, first * second)
    if operator == "<<" and 0 <= second < 64:
        return Number(span, first * 2**second)
    return Unknown(span)


def _number(span: Span, source: str) -> Value:
    plain = source.replace("_", "")
    if len(plain) > 1 and plain[0] == "0" and plain[1].isdigit() and plain.isdigit():
        plain = "0o" + plain[1:]
    try:
        return Number(span, float(ast.literal_eval(plain)))
    except (ValueError, SyntaxError, TypeError, OverflowError):
        return Unknown(span)


def _text(literal: str) -> str:
    """Return the text of a string literal with its quotes."""
    return literal[1:-1] if literal.startswith("`") else _unescaped(literal[1:-1])


def _unescaped(content: str) -> str:
    if "\\" not in content:
        return content
    try:
        return str(ast.literal_eval(f'"{content}"'))
    except (ValueError, SyntaxError):
        return content


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the folder of an imported package with a final `/`, or None for a library."""
    module = item.module
    for name, folder in _modules(paths):
        if module == name or module.startswith(name + "/"):
            inner = "/".join(part for part in (folder, module[len(name) + 1 :]) if part)
            if any(file.endswith(".go") for file in paths.folders.get(inner, ())):
                return f"{inner}/"
    return None


@lru_cache(maxsize=4)
def _modules(paths: Paths) -> tuple[tuple[str, str], ...]:
    """The Go modules of the workspace as (path, folder), longer paths first: a module may lie in another."""
    found = [
        (manifest.name, folder)
        for folder, manifests in paths.manifests.items()
        for manifest in manifests
        if manifest.kind == "go" and manifest.name
    ]
    return tuple(sorted(found, key=lambda entry: (-len(entry[0]), entry[1])))


LANGUAGE = CodeLanguage(
    name="go",
    comment="//",
    suffixes=(".go",),
    grammars={"": Grammar("tree_sitter_go")},
    query=(Path(__file__).with_suffix(".scm")).read_text(encoding="utf-8"),
    bind=bind,
    read=read,
    resolve=resolve,
)
