"""Java.

What a reader could not guess:

- A constructor is the method `constructor` of its class, as in TypeScript. `new Order()` is a call of `Order`.
- `this.repo` is written `repo`; a method called without a receiver is one of the class: `OrderService().total`.
- A field with a type is an instance of it, so `repo.findAll()` is `com.shop.OrderRepository().findAll` whoever injects it.
- `List.of`, `Set.of`, `Arrays.asList` are a `Sequence`, `Map.of` a `Mapping`, `String.format` and `"…".formatted` a `Template`,
  `x != null ? x : y` a `Sequence` of value and default. A method reference is a `Name`, and a call where it is handed over.
- An annotation is a decorator; its `value` is the first positional argument. A nested annotation is an `Invocation`.
- The modifiers `static` and `transient` of a field are decorators too: neither is a column.
- Components of a record are fields. A final field with a value is also an assignment in its class, so that constants can be followed.
- A lambda given to `forEach` or to a step of a stream is a loop over what is streamed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from posixpath import commonprefix
from textwrap import dedent

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
from architrave.parts import Shape
from architrave.paths import Paths
from architrave.scopes import Scopes
from architrave.syntax import Grammar
from architrave.text import Span

_DEPTH = 12  # Deeper values say nothing more.
_LONGEST = 100  # A longer chain of calls fills a buffer or builds a test's data.
_METHOD = "#"  # In front of the name of a method in bindings: a field may have the same name.
_ELEMENT = "[]"  # Behind the name of a collection: what its elements are.
_ANY = "*"
_KINDS = {
    "class_declaration": "class",
    "record_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "annotation_type_declaration": "type",
}
# Types that say nothing of architecture: a variable of one stands for itself.
_PLAIN_TYPES = frozenset(
    """String Integer Long Short Byte Double Float Boolean Character Object Number BigDecimal BigInteger UUID Instant LocalDate
    LocalDateTime OffsetDateTime ZonedDateTime Duration Date CharSequence Void var""".split()  # noqa: SIM905
)
_COLLECTIONS = frozenset(
    """List ArrayList LinkedList Set HashSet LinkedHashSet TreeSet SortedSet Collection Iterable Queue Deque Stream Page Slice Flux
    Streamable Window""".split()  # noqa: SIM905
)
_EACH = frozenset({"forEach", "forEachOrdered", "removeIf", "replaceAll"})  # Loops over their receiver, stream or not.
_STEPS = frozenset(
    """map flatMap mapToInt mapToLong mapToDouble mapToObj filter peek anyMatch allMatch noneMatch takeWhile dropWhile reduce
    forEach forEachOrdered mapMulti collect toMap""".split()  # noqa: SIM905
)
_STREAMS = frozenset({"stream", "parallelStream"})
_SAME_ELEMENTS = frozenset({"stream", "parallelStream", "filter", "sorted", "distinct", "limit", "skip", "peek", "parallel", "sequential"})
_SEQUENCES = frozenset({"List.of", "Set.of", "Arrays.asList", "Stream.of", "Collections.singletonList", "Collections.singleton"})
_MAPPINGS = frozenset({"Map.of", "Collections.singletonMap"})
_DEFAULTS = frozenset({"orElse", "orElseGet", "getOrDefault", "requireNonNullElse", "requireNonNullElseGet", "defaultIfEmpty"})
_VERB = re.compile(r"%(?:\d+\$)?[-#+ 0,(]*\d*(?:\.\d+)?[a-zA-Z%]")
_ESCAPE = re.compile(r"\\(u+[0-9a-fA-F]{4}|[0-7]{1,3}|\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " ", "\n": ""}
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_INTEGERS = frozenset({"decimal_integer_literal", "hex_integer_literal", "octal_integer_literal", "binary_integer_literal"})
_FLOATS = frozenset({"decimal_floating_point_literal", "hex_floating_point_literal"})
_TYPES = frozenset({"type_identifier", "scoped_type_identifier", "generic_type"})


def _owner(node: Node, owner: str, text: bytes) -> str:
    name = node.child_by_field_name("name")
    own = text[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else "?"
    return f"{owner}.{own}" if owner else own


def bind(chunk: Chunk) -> Iterator[Binding]:
    """Yield what a chunk binds for the whole file: imports, the fields, methods and nested types of classes."""
    node = chunk.node
    kind = node.type
    if kind == "import_declaration":
        module, name, alias = _imported(chunk, node)
        if name == _ANY:
            if _is_static(node):
                yield Binding("", _METHOD + _ANY, module, True)
        elif module or name:
            yield Binding("", alias, f"{module}.{name}" if module else name, True)
            if "." in name and _is_static(node):
                yield Binding("", _METHOD + alias, f"{module}.{name}", True)
    elif kind in _KINDS:
        yield from _class_bindings(chunk, node)
    elif kind == "field_declaration" or kind == "constant_declaration":
        if chunk.owner:
            yield from _field_bindings(chunk, node, chunk.owner)
    elif kind == "method_declaration":
        if chunk.owner:
            name = _name(chunk, node)
            yield Binding(chunk.owner, _METHOD + name, f"{chunk.owner}().{name}", True)
    elif kind == "enum_body_declarations":
        for child in node.named_children:
            if child.type == "field_declaration":
                yield from _field_bindings(chunk, child, chunk.owner)
            elif child.type == "method_declaration":
                name = _name(chunk, child)
                yield Binding(chunk.owner, _METHOD + name, f"{chunk.owner}().{name}", True)


def _is_static(node: Node) -> bool:
    return node.child_count > 1 and node.children[1].type == "static"


def _class_bindings(chunk: Chunk, node: Node) -> Iterator[Binding]:
    own = _name(chunk, node)
    qualified = f"{chunk.owner}.{own}" if chunk.owner else own
    if chunk.owner:
        yield Binding(chunk.owner, own, qualified, True)
    yield Binding(qualified, "this", f"{qualified}()", True)
    for child in node.named_children:
        if child.type == "superclass" and child.named_children:
            yield Binding(qualified, "super", _type_target(chunk, child.named_children[0]) or "super")
        elif child.type == "formal_parameters":
            for parameter in child.named_children:
                type_node = parameter.child_by_field_name("type")
                if type_node is not None:
                    yield from _typed(chunk, qualified, _name(chunk, parameter), type_node)


def _field_bindings(chunk: Chunk, node: Node, owner: str) -> Iterator[Binding]:
    type_node: Node | None = None
    for child in node.named_children:
        if child.type == "variable_declarator":
            if type_node is not None:
                yield from _typed(chunk, owner, chunk.source(child.children[0]), type_node)
        elif child.type != "modifiers":
            type_node = child


def _typed(chunk: Chunk, owner: str, name: str, type_node: Node) -> Iterator[Binding]:
    target = _type_target(chunk, type_node)
    if target:
        yield Binding(f"{owner}()", name, target)
        yield Binding(owner, name, target)
        element = _element(chunk, type_node)
        if element:
            yield Binding(owner, name + _ELEMENT, element)


def read(chunk: Chunk, names: Names) -> Iterator[Fact]:
    if chunk.node.type == "import_declaration":
        module, name, alias = _imported(chunk, chunk.node)
        return iter((Import(chunk.span(chunk.node), module, name, alias),) if module or name else ())
    return _Reader(chunk, names).facts()


class _Reader:
    """Goes through the captures of a chunk once, with the scopes that are open at each."""

    def __init__(self, chunk: Chunk, names: Names) -> None:
        self.chunk = chunk
        self.span = chunk.span
        self.source = chunk.source
        self.scopes = Scopes(chunk.owner)
        self.file_names = names
        self.names = names
        self.local: dict[tuple[str, str], Binding] = {}
        self.discarded: set[tuple[int, int]] = set()
        self.defaulted: set[tuple[int, int]] = set()
        self.chains: dict[int, str] = {}
        self.arguments_read: dict[int, tuple[Argument, ...]] = {}
        self.lambdas: dict[int, tuple[bool, Node | None, Node | None]] = {}
        self.accessed_until = -1
        self.loop_variables: dict[str, int] = {}

    def facts(self) -> Iterator[Fact]:
        kind = self.chunk.node.type
        if kind == "package_declaration" or kind.endswith("comment"):
            return
        if kind != "class_declaration" and kind != "interface_declaration":
            self._bind_locals()
        discarded = self.discarded
        reach = self.scopes.reach
        for name, node in self.chunk.captures:
            if name == "statement":
                discarded.add((node.start_byte, node.end_byte - 1))
                continue
            handler = _HANDLERS.get(name)
            if handler is not None:
                reach(node.start_byte)
                yield from handler(self, node)

    # Names of the function

    def _bind_locals(self) -> None:
        """Bind parameters and local variables before anything is resolved: a lambda may use a name that is given a value below it."""
        scopes = Scopes(self.chunk.owner)
        for name, node in self.chunk.captures:
            if name == "local":
                scopes.reach(node.start_byte)
                type_node = _type_of(node)
                for declarator in node.named_children:
                    if declarator.type == "variable_declarator" and type_node is not None:
                        children = declarator.children
                        value = children[-1] if len(children) > 2 else None
                        self._put(scopes.function, self.source(children[0]), type_node, value)
            elif name == "function":
                scopes.reach(node.start_byte)
                qualified = scopes.qualified(_function_name(self.chunk, node))
                scopes.enter("function", node.start_byte, node.end_byte, qualified)
                parameters = node.child_by_field_name("parameters")
                for parameter in parameters.named_children if parameters is not None else ():
                    type_node = _type_of(parameter)
                    if type_node is not None:
                        self._put(qualified, _parameter_name(self.chunk, parameter), type_node, None)
            elif name == "class":
                scopes.reach(node.start_byte)
                if node.start_byte != self.chunk.node.start_byte:
                    scopes.enter("class", node.start_byte, node.end_byte, scopes.qualified(_name(self.chunk, node)))
            elif name == "loop":
                if node.type == "enhanced_for_statement":
                    scopes.reach(node.start_byte)
                    type_node, variable = node.child_by_field_name("type"), node.child_by_field_name("name")
                    if type_node is not None and variable is not None:
                        element = None
                        if self.source(type_node) == "var":
                            subject = node.child_by_field_name("value")
                            element = self._element_of(subject, scopes) if subject is not None else ""
                        self._put(scopes.function, self.source(variable), type_node, None, element)
            elif name == "lambda":
                scopes.reach(node.start_byte)
                self._bind_lambda(node, scopes)
            elif name == "catch":
                scopes.reach(node.start_byte)
                thrown = next((child for child in node.named_children if child.type == "catch_formal_parameter"), None)
                if thrown is not None:
                    caught = self.source(thrown.children[-1])
                    self.local[scopes.function, caught] = Binding(scopes.function, caught, caught, True)
            elif name == "try" and node.type == "try_with_resources_statement":
                scopes.reach(node.start_byte)
                for resource in _resources(node):
                    type_node, variable = resource.child_by_field_name("type"), resource.child_by_field_name("name")
                    if type_node is not None and variable is not None:
                        self._put(scopes.function, self.source(variable), type_node, resource.child_by_field_name("value"))
        if self.local:
            self.names = self.file_names.inner(self.local.values())

    def _put(self, function: str, name: str, type_node: Node, value: Node | None, element: str | None = None) -> None:
        target = _type_target(self.chunk, type_node)
        if element:
            target = element
        elif value is not None and type_node.type == "type_identifier" and self.source(type_node) == "var":
            while value.type == "parenthesized_expression" and value.named_children:
                value = value.named_children[0]
            target = self._written(value)
            if target and target[0].islower() and target.partition(".")[0].endswith("()"):
                target = ""
        self._bind(function, name, target)
        within = _element(self.chunk, type_node)
        if within:
            self._bind(function, name + _ELEMENT, within)

    def _bind(self, function: str, name: str, target: str) -> None:
        known = self.local.get((function, name))
        if known is not None and known.target != (target or name):
            target = ""  # Two variables of one name in one method: neither is known.
        self.local[function, name] = Binding(function, name, target or name, not target)

    def _bind_lambda(self, node: Node, scopes: Scopes) -> None:
        arguments = node.parent
        call = arguments.parent if arguments is not None and arguments.type == "argument_list" else None
        if call is None or call.type != "method_invocation":
            for variable in _lambda_variables(self.chunk, node):
                self._bind(scopes.function, variable, "")
            self.lambdas[node.id] = (False, None, call)
            return
        source = self._looped(call)
        self.lambdas[node.id] = (source is not None, source, call)
        variables = _lambda_variables(self.chunk, node)
        element = ""
        if source is not None and len(variables) == 1:
            element = self._element_of(call.child_by_field_name("object"), scopes)
        for variable in variables:
            self._bind(scopes.function, variable, element)

    def _looped(self, call: Node) -> Node | None:
        """Return what a call with a lambda goes through: the source of a stream, or the receiver of `forEach`; None for no loop."""
        name, node = call.child_by_field_name("name"), call.child_by_field_name("object")
        if name is None or node is None:
            return None
        method = self.source(name)
        if method not in _STEPS and method not in _EACH:
            return None
        first = node
        is_stream = False
        for _ in range(40):
            if node.type != "method_invocation":
                break
            name, inner = node.child_by_field_name("name"), node.child_by_field_name("object")
            link = self.source(name) if name is not None else ""
            if link in _STREAMS and inner is not None:
                return inner
            if inner is None:
                break
            if inner.type == "identifier" and self.source(inner) in ("Stream", "IntStream", "Arrays", "StreamSupport"):
                is_stream = True
                break
            if link not in _STEPS and link not in _SAME_ELEMENTS and link != "boxed":
                break
            node = inner
        if is_stream:
            return node
        return first if method in _EACH else None

    def _element_of(self, node: Node | None, scopes: Scopes) -> str:
        """Return what the elements of a collection or stream are, as a target to bind; "" when unknown."""
        while node is not None and node.type == "method_invocation":
            name = node.child_by_field_name("name")
            if name is None or self.source(name) not in _SAME_ELEMENTS:
                return ""
            node = node.child_by_field_name("object")
        written = _plain(self._written(node)) if node is not None else ""
        if not written or "." in written:
            return ""
        local = self.local.get((scopes.function, written + _ELEMENT))
        if local is not None:
            return local.target
        if (scopes.function, written) in self.local:
            return ""
        found = self.file_names.resolve(written + _ELEMENT, scopes.definition)
        return "" if found == written + _ELEMENT else found

    # Declarations

    def class_(self, node: Node) -> Iterator[Fact]:
        own = _name(self.chunk, node)
        qualified = self.scopes.qualified(own)
        decorators: tuple[Decorator, ...] = ()
        bases: list[str] = []
        fields: list[Parameter] = []
        header_end = node.end_byte
        name_span = self.span(node)
        is_exported = True
        for child in node.named_children:
            kind = child.type
            if kind == "modifiers":
                decorators = self._decorators(child)
                is_exported = not _has_modifier(child, "private")
            elif kind == "identifier":
                name_span = self.span(child)
            elif kind == "superclass":
                bases.extend(self._type(item) for item in child.named_children)
            elif kind in ("super_interfaces", "extends_interfaces"):
                for listed in child.named_children:
                    bases.extend(self._type(item) for item in listed.named_children)
            elif kind == "formal_parameters":
                fields = [self._parameter(item) for item in child.named_children if item.type.endswith("parameter")]
            elif kind.endswith("_body"):
                header_end = child.start_byte
        yield Definition(
            self._until(node.start_byte, header_end),
            name_span,
            qualified,
            _KINDS[node.type],  # type: ignore[arg-type]
            decorators,
            tuple(bases),
            is_exported=is_exported,
        )
        for item in fields:
            yield Field(item.span, qualified, item.name, item.type, None, item.decorators)
        if node.start_byte != self.chunk.node.start_byte or self.chunk.end == node.end_byte:
            self.scopes.enter("class", node.start_byte, node.end_byte, qualified)

    def _until(self, start: int, end: int) -> Span:
        return self.chunk.between(start, start + len(self.chunk.text[start:end].rstrip()))

    def function(self, node: Node) -> Iterator[Fact]:
        own = _function_name(self.chunk, node)
        qualified = self.scopes.qualified(own)
        decorators: tuple[Decorator, ...] = ()
        parameters: tuple[Parameter, ...] = ()
        type_node: Node | None = None
        name: Node | None = None
        end = node.end_byte
        is_exported = True
        is_method = bool(self.scopes.owning_class)
        modifiers: Node | None = None
        parameter_list: Node | None = None
        for child in node.named_children:
            kind = child.type
            if kind == "modifiers":
                modifiers = child
            elif kind == "identifier":
                name = child
            elif kind == "formal_parameters":
                parameter_list = child
            elif kind == "block" or kind == "constructor_body":
                end = child.start_byte
            elif name is None and kind != "type_parameters":
                type_node = child
        if modifiers is not None:
            decorators = self._decorators(modifiers)
            is_exported = not _has_modifier(modifiers, "private")
        self.scopes.enter("function", node.start_byte, node.end_byte, qualified)
        if parameter_list is not None and parameter_list.named_child_count:
            parameters = tuple(self._parameter(item) for item in parameter_list.named_children if item.type in _PARAMETERS)
        header = self._until(node.start_byte, end)
        yield Definition(
            header,
            self.span(name) if name is not None else header,
            qualified,
            "method" if is_method else "function",
            decorators,
            (),
            parameters,
            self._type(type_node) if type_node is not None and type_node.type != "void_type" else "",
            False,
            is_exported,
        )
        yield Block(self.span(node), "function", qualified)

    def _parameter(self, node: Node) -> Parameter:
        decorators: tuple[Decorator, ...] = ()
        declared = ""
        name = "?"
        for child in node.named_children:
            kind = child.type
            if kind == "modifiers":
                decorators = self._decorators(child)
            elif kind == "identifier":
                name = self.source(child)
            elif kind == "variable_declarator":
                name = self.source(child.children[0])
            elif not declared:
                declared = self._type(child)
        return Parameter(self.span(node), name, declared, None, decorators)

    def _decorators(self, modifiers: Node) -> tuple[Decorator, ...]:
        return tuple(self._decorator(child) for child in modifiers.named_children if child.type.endswith("annotation"))

    def _decorator(self, node: Node) -> Decorator:
        children = node.named_children
        written = self.source(children[0]) if children else "?"
        arguments = self._annotation_arguments(children[1]) if len(children) > 1 else ()
        return Decorator(self.span(node), self.names.resolve(written, self.scopes.definition), arguments, written)

    def _annotation_arguments(self, node: Node, depth: int = 0) -> tuple[Argument, ...]:
        found = []
        for child in node.named_children:
            if child.type == "element_value_pair":
                key, value = child.children[0], child.children[-1]
                name = self.source(key)
                found.append(Argument(self.span(child), self.value(value, depth + 1), "" if name == "value" else name))
            elif not child.type.endswith("comment"):
                found.append(Argument(self.span(child), self.value(child, depth + 1)))
        found.sort(key=lambda item: bool(item.name))  # `@Route(method = GET, value = "/x")`: the value counts as the first.
        return tuple(found)

    def field(self, node: Node) -> Iterator[Fact]:
        owner = self.scopes.owning_class
        decorators: tuple[Decorator, ...] = ()
        declared = ""
        is_final = node.type == "constant_declaration"
        span = self.span(node)
        declarators = []
        for child in node.named_children:
            kind = child.type
            if kind == "modifiers":
                decorators = self._decorators(child) + self._storage(child)
                is_final = is_final or _has_modifier(child, "final")
            elif kind == "variable_declarator":
                declarators.append(child)
            elif not declared and not kind.endswith("comment"):
                declared = self._type(child)
        for declarator in declarators:
            children = declarator.children
            name = self.source(children[0])
            value = self.value(children[-1]) if len(children) > 2 else None
            yield Field(span, owner, name, declared, value, decorators)
            if value is not None and (is_final or isinstance(value, Invocation)):
                yield Assignment(span, name, value, owner, declared)

    def _storage(self, modifiers: Node) -> tuple[Decorator, ...]:
        return tuple(
            Decorator(self.span(child), child.type, (), child.type) for child in modifiers.children if child.type in ("static", "transient")
        )

    def constant(self, node: Node) -> Iterator[Fact]:
        owner = self.scopes.owning_class
        name = node.child_by_field_name("name")
        arguments = node.child_by_field_name("arguments")
        if name is not None and owner:
            values = self._arguments(arguments) if arguments is not None else ()
            yield Field(self.span(node), owner, self.source(name), owner, values[0].value if values else None)

    # Statements

    def local_(self, node: Node) -> Iterator[Fact]:
        type_node = _type_of(node)
        declared = self._type(type_node) if type_node is not None else ""
        declared = "" if declared == "var" else declared
        span = self.span(node)
        function = self.scopes.function
        for declarator in node.named_children:
            if declarator.type == "variable_declarator":
                children = declarator.children
                if len(children) > 2:
                    yield Assignment(
                        span, self.source(children[0]), self.value(children[-1]), function, "" if declared == "var" else declared
                    )

    def assignment(self, node: Node) -> Iterator[Fact]:
        children = node.children
        if len(children) != 3 or children[1].type != "=":
            return
        target = _plain(self._written(children[0]))
        if target:
            yield Assignment(self.span(node), target, self.value(children[2]), self.scopes.function)
        place = (children[2].start_byte, children[2].end_byte)
        self.discarded.discard(place)

    def loop(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is None:
            return
        variables: tuple[str, ...] = ()
        subject: Value | None = None
        only: Span | None = None
        if node.type == "enhanced_for_statement":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            variables = (self.source(name),) if name is not None else ()
            subject = self.value(value) if value is not None else None
            if body.type == "block" and body.named_child_count == 1:
                only = self.span(body.named_children[0])
        elif node.type == "for_statement":
            init = node.child_by_field_name("init")
            if init is not None and init.type == "local_variable_declaration":
                variables = tuple(self.source(item.children[0]) for item in init.named_children if item.type == "variable_declarator")
        yield Block(self.span(body), "loop", self.scopes.function, subject, variables, only)
        self._enter_loop(body, variables)

    def _enter_loop(self, body: Node, variables: tuple[str, ...]) -> None:
        self.scopes.enter("loop", body.start_byte, body.end_byte)
        for variable in variables:
            self.loop_variables[variable] = body.end_byte

    def try_(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is None:
            return
        for resource in _resources(node):
            name, value = resource.child_by_field_name("name"), resource.child_by_field_name("value")
            subject = value or (resource.named_children[0] if resource.named_children else None)
            if subject is not None:
                variables = (self.source(name),) if name is not None else ()
                yield Block(self.span(body), "with", self.scopes.function, self.value(subject), variables)
                if name is not None:
                    yield Assignment(self.span(resource), self.source(name), self.value(subject), self.scopes.function)
        yield Block(self.span(body), "try", self.scopes.function)
        self.scopes.enter("try", node.start_byte, body.end_byte)

    def catch(self, node: Node) -> Iterator[Fact]:
        subject: Value | None = None
        for child in node.named_children:
            if child.type == "catch_formal_parameter":
                types = next((item for item in child.named_children if item.type == "catch_type"), None)
                if types is not None:
                    caught = [self._type_value(item) for item in types.named_children]
                    subject = caught[0] if len(caught) == 1 else Sequence(self.span(types), tuple(caught))
        yield Block(self.span(node), "catch", self.scopes.function, subject)
        self.scopes.enter("error", node.start_byte, node.end_byte)

    def _type_value(self, node: Node) -> Value:
        written = self.source(node)
        return Name(self.span(node), self.names.resolve(written, self.scopes.definition), written)

    def if_(self, node: Node) -> Iterator[Fact]:
        condition, consequence = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is not None and consequence is not None:
            yield Block(self.span(consequence), "branch", self.scopes.function, self.value(condition))

    def ternary(self, node: Node) -> Iterator[Fact]:
        known = _or_default(node)
        if known is not None:
            self.defaulted.add((known[0].start_byte, known[0].end_byte))
            condition = node.children[0]
            for child in condition.named_children:
                self.defaulted.add((child.start_byte, child.end_byte))
        return iter(())

    def return_(self, node: Node) -> Iterator[Fact]:
        children = node.named_children
        if children:
            yield Return(self.span(node), self.value(children[0]), self.scopes.function, self.scopes.within("error"))

    def comparison(self, node: Node) -> Iterator[Fact]:
        children = node.children
        if len(children) == 3 and children[1].type in _COMPARISONS:  # An operator in the query makes it slow for `a + b + c + …`.
            yield Comparison(self.span(node), self.value(children[0]), children[1].type, self.value(children[2]), self.scopes.function)

    # Expressions

    def call(self, node: Node) -> Iterator[Fact]:
        children = node.children
        arguments = children[-1]
        if len(children) < 2 or arguments.type != "argument_list":
            return
        name = children[-2]
        chain = self._written(node)
        if not chain:
            if len(children) > 2 and self.source(name) == "formatted":
                self._arguments(arguments)
            return
        written = chain[:-2]
        callee = self._resolved(written) if len(children) > 2 else self._method(written)
        scopes = self.scopes
        place = (node.start_byte, node.end_byte)
        start, end = arguments.start_byte, arguments.end_byte
        method = written.rpartition(".")[2]
        if method in _DEFAULTS:
            self._mark_defaulted(children[0], arguments)
        yield Call(
            self.span(node),
            self.span(name),
            self.chunk.between(start + 1, max(start + 1, end - 1)),
            callee,
            self._arguments(arguments),
            scopes.function,
            scopes.within("loop"),
            scopes.within("try"),
            scopes.within("error"),
            False,
            place in self.discarded,
            place in self.defaulted,
            _plain(written),
        )

    def _mark_defaulted(self, receiver: Node, arguments: Node) -> None:
        """`Optional.ofNullable(read()).orElse(x)`, `Objects.requireNonNullElse(read(), x)`: `read()` has a default."""
        self.defaulted.add((receiver.start_byte, receiver.end_byte))
        if receiver.type == "method_invocation":
            inner = receiver.child_by_field_name("arguments")
            for argument in inner.named_children if inner is not None else ():
                self.defaulted.add((argument.start_byte, argument.end_byte))
        elif arguments.named_child_count == 2:
            first = arguments.named_children[0]
            self.defaulted.add((first.start_byte, first.end_byte))

    def new(self, node: Node) -> Iterator[Fact]:
        type_node, arguments = node.child_by_field_name("type"), node.child_by_field_name("arguments")
        if type_node is None or arguments is None:
            return
        written = _type_name(self.chunk, type_node)
        if not written:
            return
        scopes = self.scopes
        place = (node.start_byte, node.end_byte)
        start, end = arguments.start_byte, arguments.end_byte
        yield Call(
            self.span(node),
            self.span(type_node),
            self.chunk.between(start + 1, max(start + 1, end - 1)),
            self.names.resolve(written, scopes.definition),
            self._arguments(arguments),
            scopes.function,
            scopes.within("loop"),
            scopes.within("try"),
            scopes.within("error"),
            False,
            place in self.discarded,
            place in self.defaulted,
            written,
        )

    def lambda_(self, node: Node) -> Iterator[Fact]:
        is_loop, source, call = self.lambdas.get(node.id, (False, None, None))
        body = node.child_by_field_name("body")
        if body is None:
            return
        variables = _lambda_variables(self.chunk, node)
        function = self.scopes.function
        if is_loop:
            yield Block(self.span(body), "loop", function, self.value(source) if source is not None else None, variables)
            self._enter_loop(body, variables)
            return
        subject: Value | None = None
        if call is not None and call.type == "method_invocation":
            written = self._written(call)[:-2]
            if written:
                subject = Name(self.span(call), self._resolved(written) if "." in written else self._method(written), _plain(written))
        elif call is not None and call.type == "object_creation_expression":
            type_node = call.child_by_field_name("type")
            subject = self._type_value(type_node) if type_node is not None else None
        yield Block(self.span(body), "callback", function, subject, variables)

    def reference(self, node: Node) -> Iterator[Fact]:
        value = self._reference(node)
        if not isinstance(value, Name):
            return
        parent = node.parent
        call = parent.parent if parent is not None and parent.type == "argument_list" else None
        in_loop = self.scopes.within("loop") or (call is not None and call.type == "method_invocation" and self._looped(call) is not None)
        end = self.chunk.between(node.end_byte, node.end_byte)
        yield Call(
            value.span, self.span(node.children[-1]), end, value.name, (), self.scopes.function, in_loop, self.scopes.within("try"),
            self.scopes.within("error"), written=value.written,
        )  # fmt: skip

    def _reference(self, node: Node) -> Value:
        """`this::total`, `repo::findById`, `Order::total`, `Order::new`."""
        children = node.children
        span = self.span(node)
        if len(children) < 3:
            return Unknown(span)
        first, last = children[0], children[-1]
        written = _type_name(self.chunk, first) if first.type in _TYPES else self._written(first)
        if not written:
            return Unknown(span)
        if last.type == "new":
            return Name(span, self.names.resolve(written, self.scopes.definition), written)
        written = f"{written}.{self.source(last)}"
        return Name(span, self._resolved(written), _plain(written))

    def access(self, node: Node) -> Iterator[Fact]:
        if node.end_byte <= self.accessed_until:
            return
        self.accessed_until = node.end_byte
        written = _plain(self._written(node))
        root = written.partition(".")[0]
        if not root or root.endswith(")"):
            return
        in_loop = self.loop_variables.get(root, -1) > node.start_byte
        if in_loop or root[0].isupper():
            scopes = self.scopes
            place = (node.start_byte, node.end_byte)
            yield Access(self.span(node), self._resolved(written), scopes.function, scopes.within("loop"), place in self.defaulted)

    def value(self, node: Node, depth: int = 0) -> Value:
        """Return what is known of an expression without running it."""
        span = self.span(node)
        kind = node.type
        if depth > _DEPTH:
            return Unknown(span)
        if kind == "string_literal":
            return String(span, self._text(node))
        if kind == "identifier" or kind == "field_access" or kind == "this":
            written = self._written(node)
            return Name(span, self._resolved(written), _plain(written)) if written else Unknown(span)
        if kind == "method_invocation":
            return self._invocation(node, span, depth)
        if kind == "object_creation_expression":
            type_node, arguments = node.child_by_field_name("type"), node.child_by_field_name("arguments")
            written = _type_name(self.chunk, type_node) if type_node is not None else ""
            if not written or arguments is None:
                return Unknown(span)
            return Invocation(span, self.names.resolve(written, self.scopes.definition), self._arguments(arguments, depth + 1))
        if kind in _INTEGERS or kind in _FLOATS:
            return _number(span, self.source(node), kind in _FLOATS)
        if kind == "true" or kind == "false":
            return Boolean(span, kind == "true")
        if kind == "null_literal":
            return Null(span)
        if kind == "binary_expression":
            return self._binary(node, span, depth)
        if kind == "parenthesized_expression" and node.named_children:
            return self.value(node.named_children[0], depth + 1)
        if kind == "cast_expression":
            return self.value(node.children[-1], depth + 1)
        if kind == "lambda_expression":
            return Function(span, "")
        if kind == "method_reference":
            return self._reference(node)
        if kind == "array_initializer" or kind == "element_value_array_initializer":
            return Sequence(span, tuple(self.value(item, depth + 1) for item in node.named_children if not item.type.endswith("comment")))
        if kind == "array_creation_expression":
            items = node.child_by_field_name("value")
            return self.value(items, depth + 1) if items is not None else Unknown(span)
        if kind == "class_literal" and node.named_children:
            return self._type_value(node.named_children[0])
        if kind == "annotation" or kind == "marker_annotation":
            decorator = self._decorator(node)
            return Invocation(span, decorator.name, decorator.arguments)
        if kind == "unary_expression":
            operand = self.value(node.children[-1], depth + 1)
            return Number(span, -operand.value) if isinstance(operand, Number) and node.children[0].type == "-" else Unknown(span)
        if kind == "ternary_expression":
            known = _or_default(node)
            return Sequence(span, tuple(self.value(item, depth + 1) for item in known)) if known is not None else Unknown(span)
        if kind == "character_literal":
            return String(span, _unescaped(self.source(node)[1:-1]))
        if kind == "assignment_expression":
            return self.value(node.children[-1], depth + 1)
        return Unknown(span)

    def _invocation(self, node: Node, span: Span, depth: int) -> Value:
        children = node.children
        arguments = children[-1]
        if arguments.type != "argument_list":
            return Unknown(span)
        chain = self._written(node)
        if not chain:
            if len(children) > 2 and self.source(children[-2]) == "formatted":  # "…".formatted(a, b)
                first = self.value(children[0], depth + 1)
                if isinstance(first, String):
                    return _formatted(span, first, [item.value for item in self._arguments(arguments, depth + 1)])
            return Unknown(span)
        written = chain[:-2]
        values = self._arguments(arguments, depth + 1)
        if len(children) == 2:
            return Invocation(span, self._method(written), values)
        if written in _SEQUENCES:
            return Sequence(span, tuple(item.value for item in values))
        if written in _MAPPINGS and len(values) % 2 == 0:
            return Mapping(span, tuple(_entry(key, item) for key, item in zip(values[::2], values[1::2], strict=True)))
        if written == "Map.ofEntries":
            pairs = [item.value.arguments for item in values if isinstance(item.value, Invocation) and len(item.value.arguments) == 2]
            return Mapping(span, tuple(_entry(key, item) for key, item in pairs))
        if written == "String.format" and values and isinstance(values[0].value, String):
            return _formatted(span, values[0].value, [item.value for item in values[1:]])
        if written.endswith(".formatted") and values:
            inner = self.value(children[0], depth + 1)
            if isinstance(inner, String):
                return _formatted(span, inner, [item.value for item in values])
        return Invocation(span, self._resolved(written), values)

    def _binary(self, node: Node, span: Span, depth: int) -> Value:
        operands: list[Node] = []
        while node.type == "binary_expression":  # `a + b + c` leans to the left.
            children = node.children
            if len(children) != 3:
                return Unknown(span)
            operator = children[1].type
            if operator != "+":
                if operands:
                    break
                return self._arithmetic(operator, children, span, depth)
            operands.append(children[2])
            node = children[0]
        operands.append(node)
        values = [self.value(item, depth + 1) for item in reversed(operands)]
        if all(isinstance(value, Number) for value in values):
            return Number(span, sum(value.value for value in values if isinstance(value, Number)))
        if not any(isinstance(value, String | Template) for value in values):
            return Unknown(span)
        return _joined(span, values)

    def _arithmetic(self, operator: str, children: list[Node], span: Span, depth: int) -> Value:
        if operator not in ("*", "-"):
            return Unknown(span)
        left, right = self.value(children[0], depth + 1), self.value(children[2], depth + 1)
        if isinstance(left, Number) and isinstance(right, Number):
            return Number(span, left.value * right.value if operator == "*" else left.value - right.value)
        return Unknown(span)

    def _text(self, node: Node) -> str:
        source = self.source(node)
        if source.startswith('"""'):
            body = source[3 : -3 if source.endswith('"""') else None]
            first, _, rest = body.partition("\n")
            return _unescaped(_block(rest) if not first.strip() else body)
        return _unescaped(source[1:-1] if len(source) > 1 and source.endswith('"') else source[1:])

    def _arguments(self, arguments: Node, depth: int = 0) -> tuple[Argument, ...]:
        """Return the arguments of a call; read once, though a call may be a fact, a value and part of another."""
        known = self.arguments_read.get(arguments.start_byte)
        if known is None:
            found = []
            if arguments.named_child_count:
                for node in arguments.named_children:
                    if not node.type.endswith("comment"):
                        value = self.value(node, depth + 1)
                        found.append(Argument(value.span, value))
            known = self.arguments_read[arguments.start_byte] = tuple(found)
        return known

    # Names

    def _written(self, node: Node) -> str:
        """Return a chain of names as written, calls as `()`: `orders.stream().map`, `this.repo`; "" for any other expression."""
        chains = self.chains
        links: list[tuple[int, str]] = []
        while True:
            id = node.id
            known = chains.get(id)
            if known is not None:
                break
            kind = node.type
            if kind == "identifier" or kind == "this" or kind == "super":
                known = self.source(node)
                break
            if kind == "method_invocation":
                children = node.children
                count = len(children)
                if count == 2:
                    known = chains[id] = self.source(children[0]) + "()"
                    break
                links.append((id, f".{self.source(children[-2])}()"))
                node = children[0]
            elif kind == "field_access":
                children = node.children
                links.append((id, f".{self.source(children[-1])}"))
                node = children[0]
            elif kind == "object_creation_expression":
                type_node = node.child_by_field_name("type")
                written = _type_name(self.chunk, type_node) if type_node is not None else ""
                known = f"{written}()" if written else ""
                break
            elif kind == "parenthesized_expression" and node.named_children:
                node = node.named_children[0]
            elif kind == "cast_expression":
                type_node = node.child_by_field_name("type")
                known = _type_target(self.chunk, type_node) if type_node is not None else ""
                break
            elif kind == "class_literal":
                known = self.source(node)
                break
            else:
                known = ""
                break
        if len(links) > _LONGEST:
            known = ""
        for id, link in reversed(links):
            known = known + link if known else ""
            chains[id] = known
        return known

    def _resolved(self, written: str) -> str:
        head, _, rest = written.partition(".")
        if head.endswith("()") and head[0].islower():  # A method of the class: `client().get`.
            return f"{self._method(head[:-2])}().{rest}" if rest else self._method(head[:-2]) + "()"
        return self.names.resolve(written, self.scopes.definition)

    def _method(self, name: str) -> str:
        """Return the full name of a method that is called without a receiver."""
        written = _METHOD + name
        scope = self.scopes.definition
        known = self.names.resolve(written, scope)
        if known != written:
            return known
        owner = self.scopes.owning_class
        if owner and self.names.resolve(_METHOD + _ANY) == _METHOD + _ANY:
            return f"{owner}().{name}"
        return name

    def _type(self, node: Node) -> str:
        """Return a type as written, its first name resolved: `java.util.List<Order>`."""
        written = self.source(node)
        if not (written.isalnum() or written.isidentifier()):
            written = " ".join(written.split())
        head, bracket, rest = written.partition("<")
        return self.names.resolve(head, self.scopes.definition) + bracket + rest


_HANDLERS: dict[str, Callable[[_Reader, Node], Iterator[Fact]]] = {
    "class": _Reader.class_,
    "function": _Reader.function,
    "field": _Reader.field,
    "constant": _Reader.constant,
    "local": _Reader.local_,
    "assignment": _Reader.assignment,
    "call": _Reader.call,
    "new": _Reader.new,
    "lambda": _Reader.lambda_,
    "reference": _Reader.reference,
    "access": _Reader.access,
    "loop": _Reader.loop,
    "try": _Reader.try_,
    "catch": _Reader.catch,
    "if": _Reader.if_,
    "ternary": _Reader.ternary,
    "return": _Reader.return_,
    "comparison": _Reader.comparison,
}
_PARAMETERS = frozenset({"formal_parameter", "spread_parameter"})


def _name(chunk: Chunk, node: Node) -> str:
    name = node.child_by_field_name("name")
    return chunk.source(name) if name is not None else "?"


def _function_name(chunk: Chunk, node: Node) -> str:
    return _name(chunk, node) if node.type == "method_declaration" else "constructor"


def _parameter_name(chunk: Chunk, node: Node) -> str:
    if node.type == "spread_parameter":
        declarator = node.named_children[-1]
        return chunk.source(declarator.children[0]) if declarator.children else chunk.source(declarator)
    return _name(chunk, node)


def _type_of(node: Node) -> Node | None:
    """Return the type of a declaration or parameter: the first named child that is no modifier."""
    return next((child for child in node.named_children if child.type != "modifiers" and not child.type.endswith("comment")), None)


def _has_modifier(modifiers: Node, name: str) -> bool:
    return any(child.type == name for child in modifiers.children)


def _resources(node: Node) -> Iterator[Node]:
    resources = node.child_by_field_name("resources")
    for child in resources.named_children if resources is not None else ():
        if child.type == "resource":
            yield child


def _lambda_variables(chunk: Chunk, node: Node) -> tuple[str, ...]:
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        return ()
    if parameters.type == "identifier":
        return (chunk.source(parameters),)
    if parameters.type == "inferred_parameters":
        return tuple(chunk.source(child) for child in parameters.named_children)
    return tuple(_parameter_name(chunk, child) for child in parameters.named_children if child.type in _PARAMETERS)


def _imported(chunk: Chunk, node: Node) -> tuple[str, str, str]:
    return _parsed_import(chunk.source(node))


@lru_cache(4096)  # Files of one project import much the same.
def _parsed_import(written: str) -> tuple[str, str, str]:
    """Return (module, name, alias): the package, and the class with what is taken from it (`HttpStatus.OK`), called by its last part."""
    path = written.removeprefix("import").partition(";")[0].strip()
    if path.startswith("static") and path[6:7].isspace():
        path = path[6:]
    full = "".join(path.split())
    if not full:
        return "", "", ""
    if full.endswith(".*"):
        return full[:-2], _ANY, _ANY
    parts = full.split(".")
    first = next((index for index, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return ".".join(parts[:first]), ".".join(parts[first:]), parts[-1]


def _type_name(chunk: Chunk, node: Node) -> str:
    """Return the name of a class type without its arguments, "" for arrays and primitives."""
    kind = node.type
    if kind == "type_identifier" or kind == "identifier":
        return chunk.source(node)
    if kind == "generic_type" and node.children:
        return _type_name(chunk, node.children[0])
    if kind == "scoped_type_identifier":
        return "".join(chunk.source(node).split())
    return ""


def _type_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for a type X, "" for types that say nothing."""
    name = _type_name(chunk, node)
    return "" if not name or name in _PLAIN_TYPES else f"{name}()"


def _element(chunk: Chunk, node: Node) -> str:
    """Return `X()` for the type of a collection of X, else ""."""
    if node.type == "array_type" and node.children:
        return _type_target(chunk, node.children[0])
    if node.type != "generic_type" or chunk.source(node.children[0]).rpartition(".")[2] not in _COLLECTIONS:
        return ""
    given = node.named_children[-1].named_children
    return _type_target(chunk, given[0]) if len(given) == 1 else ""


def _or_default(node: Node) -> tuple[Node, Node] | None:
    """Return value and default of `x != null ? x : y` and `x == null ? y : x`."""
    children = node.children
    if len(children) != 5:
        return None
    condition = children[0]
    while condition.type == "parenthesized_expression" and condition.named_children:
        condition = condition.named_children[0]
    if condition.type != "binary_expression" or len(condition.children) != 3 or condition.children[2].type != "null_literal":
        return None
    operator = condition.children[1].type
    return (children[2], children[4]) if operator == "!=" else (children[4], children[2]) if operator == "==" else None


def _plain(written: str) -> str:
    """`this.repo` is `repo`."""
    return written[5:] if written.startswith("this.") else written


def _entry(key: Argument, item: Argument) -> Entry:
    return Entry(key.span, key.value.value if isinstance(key.value, String) else "", item.value)


def _joined(span: Span, values: list[Value]) -> Value:
    if all(isinstance(value, String) for value in values):
        return String(span, "".join(value.value for value in values if isinstance(value, String)))
    parts: list[Value] = []
    for value in values:
        parts.extend(value.parts if isinstance(value, Template) else (value,))
    return Template(span, tuple(parts))


def _formatted(span: Span, pattern: String, values: list[Value]) -> Value:
    """`String.format("a %s", x)`: the texts and values in the order in which they are read."""
    parts: list[Value] = []
    at = taken = 0
    for match in _VERB.finditer(pattern.value):
        verb = match[0]
        before = pattern.value[at : match.start()]
        at = match.end()
        if verb[-1] in "%n":
            parts.append(String(pattern.span, before + ("%" if verb[-1] == "%" else "\n")))
            continue
        if before:
            parts.append(String(pattern.span, before))
        index = taken
        if "$" in verb:
            index = int(verb[1 : verb.index("$")]) - 1
        else:
            taken += 1
        parts.append(values[index] if 0 <= index < len(values) else Unknown(span))
    if at < len(pattern.value):
        parts.append(String(pattern.span, pattern.value[at:]))
    if all(isinstance(part, String) for part in parts):
        return _joined(span, parts)
    return Template(span, tuple(parts))


def _number(span: Span, source: str, is_float: bool) -> Value:
    written = source.replace("_", "").rstrip("lL")
    try:
        if is_float:
            return Number(span, float(written.rstrip("fFdD")))
        if written[:1] == "0" and written[1:].isdigit():
            return Number(span, float(int(written, 8)))
        return Number(span, float(int(written, 0)))
    except (ValueError, OverflowError):
        return Unknown(span)


def _block(text: str) -> str:
    """Take the common indentation from a text block; the line of its closing quotes counts."""
    lines = text.split("\n")
    marked = text if lines[-1].strip() else text + "\0"
    return dedent(marked).removesuffix("\0")


def _unescaped(content: str) -> str:
    return _ESCAPE.sub(_unescape, content) if "\\" in content else content


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "u" and len(code) > 4:
        return chr(int(code.lstrip("u"), 16))
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ESCAPED.get(code, code)


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the file that an import leads to, a folder for `import package.*`, or None for a library."""
    package = item.module.replace(".", "/")
    if item.name == _ANY:
        folder = _nearest(paths.folders_by_name.get(package.rpartition("/")[2], ()), package, path)
        if folder is not None:
            return f"{folder}/"
        name = package.rpartition("/")[2]  # import static package.Class.*
        return _nearest(paths.by_name.get(f"{name}.java", ()), f"{package}.java", path)
    name = item.name.partition(".")[0]
    ending = f"{package}/{name}.java" if package else f"{name}.java"
    return _nearest(paths.by_name.get(f"{name}.java", ()), ending, path)


def _nearest(candidates: tuple[str, ...], ending: str, path: str) -> str | None:
    """Return the candidate with this ending that shares the longest way with `path`: the same module of a build with several."""
    found = [item for item in candidates if item == ending or item.endswith("/" + ending)]
    return max(found, key=lambda item: len(commonprefix((item, path)))) if found else None


LANGUAGE = CodeLanguage(
    name="java",
    comment="//",
    suffixes=(".java",),
    # Up to 16 bytes each, so 256 MB; the most that was seen in the 9,000 files of a framework is 1.3 million, in tables of comments.
    grammars={"": Grammar("tree_sitter_java", most_angles=16_000_000)},
    query=(Path(__file__).with_suffix(".scm")).read_text(encoding="utf-8"),
    members={
        "class_declaration": "class_body",
        "record_declaration": "class_body",
        "interface_declaration": "interface_body",
        "enum_declaration": "enum_body",
        "annotation_type_declaration": "annotation_type_body",
    },
    alone={"import_declaration": "import", "package_declaration": "package"},
    owner=_owner,
    bind=bind,
    read=read,
    resolve=resolve,
    shape=Shape(
        start=r"(?:public|protected|private|abstract|final|sealed|static|class|interface|enum|record|import|package)\b|@",
        lead=r"@[\w.]+(?:\([^\n]*\))?[ \t\r]*$|@[\w.]+\([^)\n]*$",  # An annotation that has the line to itself.
        holder=r"(?:[a-z-]+[ \t]+)*?(?P<kind>class|interface)[ \t]+(?P<name>\w+)",
        member=r"[A-Za-z_<@]",
        filler="int _;",
        closing="}\n",
    ),
)
