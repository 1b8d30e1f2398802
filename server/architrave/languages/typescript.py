"""TypeScript and JavaScript.

What a reader could not guess:

- A default import of a package is the package itself (`axios.get`); of a file it is `./orders.default`. `node:fs` is `fs`.
- `new X()` is a call of `X`. Of `const [rows] = f()` the name `rows` gets the whole value; of `const { a } = f()` the name `f().a`.
- A function literal has the name of what holds it: a variable, a field, a key of an object (`handlers.list`; `run.eachMessage` in the
  arguments of `run`), an exported name (`default`). One that is registered by a call is named after that call and its first argument:
  `get /orders`, `consume orders.paid`, `use@1`. Every other one belongs to the function round it, as a callback or the body of a loop.
- What a file exports under another name than it has inside (`export default router`, `module.exports = { list: findAll }`,
  `export const orders = new OrderService()`) is a re-export from the module "", which is the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

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
from architrave.node.modules import resolve
from architrave.node.names import (
    CHAIN,
    DEPTH,
    TRANSPARENT,
    bare,
    bind,
    chain_of,
    declared_bindings,
    destructured,
    first_of,
    imported,
    is_property,
    module_of,
    owner_of,
    pattern_names,
    target_of,
    type_target,
)
from architrave.parts import Shape
from architrave.syntax import Grammar
from architrave.text import Span

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_ERROR_NAME = re.compile(rb"\(\s*(?:e|ex|err|error|\w*(?:Err|Error))(?:\s*(?:\)|!==?\s*(?:null|undefined)|instanceof\b|&&))")
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "===", "!=="})
_ERROR_PARAMETERS = frozenset({"err", "error", "_err", "_error"})
# Methods whose callback runs once for each element.
_LOOPS = frozenset(
    {"map", "forEach", "filter", "flatMap", "reduce", "some", "every", "find", "findIndex", "each", "eachSeries", "mapSeries"}
)
_COLLECTIONS = frozenset({"_", "lodash", "async", "Bluebird", "P"})  # Take the collection as their first argument.
_PROMISES = frozenset({"then", "catch", "finally"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "del", "all", "head", "options"})
_REGISTERING = _VERBS | {
    "use", "on", "once", "addListener", "route", "consume", "subscribe", "addHook", "setErrorHandler", "setNotFoundHandler", "handle",
    "process", "schedule", "command", "register", "param", "scheduleJob", "createServer",
}  # fmt: skip
_HANDLER_LIKE = frozenset({"arrow_function", "function_expression", "call_expression"})
_BASIC_TYPES = frozenset(
    {"string", "number", "boolean", "any", "unknown", "void", "never", "null", "undefined", "object", "symbol", "bigint", "readonly",
     "keyof", "typeof", "extends", "infer", "Promise", "Array", "Record", "Partial", "Date", "Map", "Set", "true", "false", "in", "is"}
)  # fmt: skip
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.|\n))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


class _Frame(NamedTuple):
    """A scope: what is true of the code in it."""

    end: int
    function: str
    definition: str
    owner: str
    in_loop: bool = False
    in_try: bool = False
    in_error: bool = False
    is_inline: bool = False  # Inside a function literal without a name of its own.


class _Named(NamedTuple):
    """What a function literal is: definition, loop, callback or error, by name or by the call that takes it."""

    kind: str
    name: str
    call: Node | None = None


def read(chunk: Chunk, names: Names) -> Iterator[Fact]:
    return _Reader(chunk, names).facts()


class _Reader:
    """Goes through the captures of a chunk twice: for local names and the names of function literals, then for facts."""

    def __init__(self, chunk: Chunk, names: Names) -> None:
        self.chunk = chunk
        self.text = chunk.text
        self.base = chunk.start
        self.names = names
        self.frames = [_Frame(1 << 60, "", chunk.owner, chunk.owner)]
        self.pending: list[tuple[int, int, str, str]] = []
        self.functions: dict[int, _Named] = {}
        self.counts: dict[str, int] = {}
        self.values: dict[int, Value] = {}
        self.awaited: set[int] = set()
        self.discarded: set[int] = set()
        self.defaulted: set[int] = set()
        self.required: dict[int, list[tuple[str, str]]] = {}
        self.callees: set[int] = set()
        self.accessed_until = -1
        self.fields_until = -1
        self.loop_variables: dict[str, int] = {}
        self.roots = _roots(names)

    # Scopes

    def reach(self, start: int) -> _Frame:
        """Close the scopes that end before `start`, open those that begin there, and return the innermost."""
        frames = self.frames
        while frames[-1].end <= start:
            frames.pop()
        while self.pending and self.pending[0][0] <= start:
            _, end, kind, name = self.pending.pop(0)
            top = frames[-1]
            if end <= start:
                continue
            if kind == "function":
                frames.append(_Frame(end, name, name, top.owner))
            elif kind == "class":
                frames.append(top._replace(end=end, definition=name, owner=name))
            elif kind == "loop":
                frames.append(top._replace(end=end, in_loop=True))
            elif kind == "try":
                frames.append(top._replace(end=end, in_try=True))
            elif kind == "error":
                frames.append(top._replace(end=end, in_error=True))
            else:
                frames.append(top._replace(end=end, is_inline=True))
        return frames[-1]

    def enter(self, kind: str, start: int, end: int, name: str = "") -> None:
        """Open a scope when `start` is reached."""
        entry = (start, end, kind, name)
        if not self.pending or self.pending[-1][0] <= start:
            self.pending.append(entry)
        else:
            self.pending.append(entry)
            self.pending.sort(key=lambda item: (item[0], -item[1]))

    def span(self, node: Node) -> Span:
        base = self.base
        return Span(node.start_byte - base, node.end_byte - base, self.chunk.id)

    # First pass

    def prepare(self) -> None:
        """Name the function literals, and bind parameters and local variables: a closure may use a name that is assigned below it."""
        local: list[Binding] = []
        open_: list[tuple[int, str, bool]] = [(1 << 60, self.chunk.owner, False)]  # End, name, whether a function.
        for name, node in self.chunk.captures:
            if name not in _PREPARED:
                continue
            start = node.start_byte
            while open_[-1][0] <= start:
                open_.pop()
            _, outer, in_function = open_[-1]
            if name == "statement":
                inner = first_of(node)
                if inner is not None:
                    self.discarded.add(inner.id)
                continue
            if name == "await":
                self._note_await(node)
                continue
            if name == "binary":
                self._note_default(node)
                continue
            if name == "ternary":  # process.env.PORT ? Number(process.env.PORT) : 3000
                condition = node.child_by_field_name("condition")
                if condition is not None:
                    self.defaulted.add(condition.id)
                continue
            if name == "function":
                named = self.functions[node.id] = self._named(node, outer, in_function)
                if named.kind == "definition":
                    open_.append((node.end_byte, named.name, True))
                self._bind_parameters(node, named.name if named.kind == "definition" else outer, local)
            elif name == "class":
                own = owner_of(node, outer, self.text)
                local.append(Binding(own, "this", f"{own}()"))
                open_.append((node.end_byte, own, False))
            elif name == "declarator":
                if in_function or outer != self.chunk.owner:
                    local.extend(declared_bindings(self.chunk, node, outer))
            elif name == "loop":
                left = node.child_by_field_name("left")
                if left is not None and outer:
                    local.extend(Binding(outer, variable, variable) for variable in pattern_names(self.chunk, left))
        if local:
            self.names = self.names.inner(local)

    def _note_await(self, node: Node) -> None:
        """Note what is awaited; what is true of the whole is true of it."""
        inner = first_of(node)
        if inner is not None:
            self.awaited.add(inner.id)
            if node.id in self.discarded:
                self.discarded.add(inner.id)
            if node.id in self.defaulted:
                self.defaulted.add(inner.id)

    def _note_default(self, node: Node) -> None:
        """Note the left side of `x || y` and `x ?? y`."""
        operator, left = node.child_by_field_name("operator"), node.child_by_field_name("left")
        if operator is not None and left is not None and operator.type in ("||", "??"):
            self.defaulted.add(left.id)
            if left.type in TRANSPARENT:
                self.defaulted.add(bare(left).id)

    def _bind_parameters(self, node: Node, scope: str, local: list[Binding]) -> None:
        single = node.child_by_field_name("parameter")
        if single is not None:
            name = self.chunk.source(single)
            local.append(Binding(scope, name, name))
            return
        parameters = node.child_by_field_name("parameters")
        for parameter in parameters.named_children if parameters is not None else ():
            pattern = parameter.child_by_field_name("pattern") or parameter
            declared = parameter.child_by_field_name("type")
            target = type_target(self.chunk, declared) if declared is not None else ""
            for variable in pattern_names(self.chunk, pattern):
                local.append(Binding(scope, variable, target if target and pattern.type == "identifier" else variable))

    def _named(self, node: Node, outer: str, in_function: bool) -> _Named:
        """Return what a function is called, by what holds it."""

        def qualified(name: str) -> _Named:
            return _Named("definition", f"{outer}.{name}" if outer else name)

        own = node.child_by_field_name("name")
        kind = node.type
        if own is not None and kind != "function_expression":
            name = self.chunk.source(own).strip("\"'").replace(".", "_")
            if kind != "method_definition":
                return qualified(name)
            holder = node.parent
            if holder is None or holder.type != "object":
                return qualified(name)
            return qualified(self._key_path(holder, name))
        child, parent = node, node.parent
        while parent is not None and parent.type in TRANSPARENT:
            child, parent = parent, parent.parent
        if parent is None:
            return _Named("inline", "")
        if parent.type == "arguments":
            return self._argument(node, child, parent, outer, in_function)
        held = self._holder(child, parent)
        if held:
            return qualified(held)
        if own is not None:
            return qualified(self.chunk.source(own))
        if parent.type in ("ERROR", "program"):
            return qualified("default")
        return _Named("inline", "")

    def _holder(self, child: Node, parent: Node) -> str:
        """Return the name that `parent` gives to the value `child`, "" when it gives none."""
        kind = parent.type
        if kind == "variable_declarator":
            name = parent.child_by_field_name("name")
            return self.chunk.source(name) if name is not None and name.type == "identifier" else ""
        if kind == "assignment_expression":
            left = parent.child_by_field_name("left")
            written = chain_of(self.chunk, left) if left is not None else ""
            if written in ("module.exports", "exports.default", "exports"):
                return "default"
            for prefix in ("module.exports.", "exports.", "this."):
                written = written.removeprefix(prefix)
            return written.replace(".prototype.", ".").replace("()", "")
        if kind == "pair":
            key, holder = parent.child_by_field_name("key"), parent.parent
            if key is None or holder is None:
                return ""
            return self._key_path(holder, self.chunk.source(key).strip("\"'`").replace(".", "_").replace("()", ""))
        if kind in ("public_field_definition", "field_definition"):
            name = parent.child_by_field_name("name") or parent.child_by_field_name("property")
            return self.chunk.source(name) if name is not None else ""
        return "default" if kind == "export_statement" else ""

    def _key_path(self, holder: Node, name: str, depth: int = 0) -> str:
        """Return the name of a key of an object, with what holds the object in front: `handlers.list`."""
        child, parent = holder, holder.parent
        while parent is not None and parent.type in TRANSPARENT:
            child, parent = parent, parent.parent
        if parent is None or depth > 4:
            return name
        if parent.type == "arguments" and parent.parent is not None:
            function = parent.parent.child_by_field_name("function") or parent.parent.child_by_field_name("constructor")
            written = chain_of(self.chunk, function) if function is not None else ""
            last = written.rpartition(".")[2].replace("()", "")
            outer = self._holder(parent.parent, parent.parent.parent) if parent.parent.parent is not None else ""
            held = outer or last
            return f"{held}.{name}" if held else name
        if parent.type == "assignment_expression":
            left = parent.child_by_field_name("left")
            if left is not None and self.chunk.source(left) in ("module.exports", "exports"):
                return name
        held = self._holder(child, parent)
        return f"{held}.{name}" if held else name

    def _argument(self, node: Node, child: Node, arguments: Node, outer: str, in_function: bool) -> _Named:
        """Return what a function literal among the arguments of a call is."""
        call = arguments.parent
        function = call.child_by_field_name("function") or call.child_by_field_name("constructor") if call is not None else None
        if call is None or function is None:
            return _Named("inline", "")
        prefix = f"{outer}." if outer else ""
        last_node = function.child_by_field_name("property") or function
        last = self.chunk.source(last_node)
        is_member = last_node is not function
        place = next((index for index, item in enumerate(arguments.named_children) if item.start_byte == child.start_byte), 0)
        if last in _LOOPS and (place == 0 or self._is_collection(function)):
            return _Named("loop", "", call)
        if is_member and last in _PROMISES:
            return _Named("error" if last == "catch" else "callback", "", call)
        if is_member and last in _REGISTERING:
            words = self._registered(last, arguments, place)
            if words:
                return _Named("definition", prefix + words)
        # asyncHandler(async (req, res) => …): named by what holds the call, or registers it.
        wrapped, parent = call, call.parent
        while parent is not None and parent.type in ("parenthesized_expression", "as_expression", "satisfies_expression"):
            wrapped, parent = parent, parent.parent
        if parent is not None:
            if parent.type == "arguments" and parent.parent is not None:
                registering = parent.parent.child_by_field_name("function")
                key = registering.child_by_field_name("property") if registering is not None else None
                if key is not None and self.chunk.source(key) in _REGISTERING:
                    at = next((i for i, item in enumerate(parent.named_children) if item.start_byte == wrapped.start_byte), 0)
                    words = self._registered(self.chunk.source(key), parent, at)
                    if words:
                        return _Named("definition", prefix + words)
            elif not in_function or last in ("useCallback", "asyncHandler", "catchAsync"):
                held = self._holder(wrapped, parent)
                if held:
                    return _Named("definition", prefix + held)
        return _Named("callback", "", call)

    def _is_collection(self, function: Node) -> bool:
        holder = function.child_by_field_name("object")
        return holder is not None and self.chunk.source(holder) in _COLLECTIONS

    def _registered(self, last: str, arguments: Node, place: int) -> str:
        """Return the name of a function that a call registers: `get /orders`, `use@1`."""
        first = arguments.named_children[0]
        said = ""
        if first.type == "string":
            said = self.chunk.source(first)[1:-1]
            if last in _VERBS and not said.startswith(("/", "*", ":")) and said:
                return ""
        elif first.type in ("identifier", "member_expression") and place:
            said = self.chunk.source(first).rpartition(".")[2]
        elif last in _VERBS and (place == 0 or first.type not in ("template_string", "regex", "array")):
            return ""
        elif first.type == "template_string":
            said = self.chunk.source(first)[1:-1]
        words = f"{last} {said}".strip().replace(".", "_").replace("()", "")
        functions = [
            item for item in arguments.named_children[1:] if item.type in ("arrow_function", "function_expression", "call_expression")
        ]
        if not said or (len(functions) > 1 and place < len(arguments.named_children) - 1):
            number = self.counts[words] = self.counts.get(words, 0) + 1
            return f"{words}@{number}"
        return words

    # Second pass

    def facts(self) -> Iterator[Fact]:
        self.prepare()
        handlers: dict[str, Callable[[Node, _Frame], Iterator[Fact]]] = {
            "import": self.imports,
            "export": self.export,
            "class": self.class_,
            "shape": self.shape,
            "field": self.field,
            "function": self.function,
            "declarator": self.declarator,
            "assignment": self.assignment,
            "call": self.call,
            "access": self.access,
            "loop": self.loop,
            "try": self.try_,
            "catch": self.catch,
            "if": self.if_,
            "return": self.return_,
            "binary": self.comparison,
        }
        for name, node in self.chunk.captures:
            handler = handlers.get(name)
            if handler is not None:
                yield from handler(node, self.reach(node.start_byte))

    def imports(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        span = self.span(node)
        for module, name, alias, is_type_only, _ in imported(self.chunk, node):
            yield Import(span, module, name, alias, is_type_only, False, frame.function)

    def export(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        source = node.child_by_field_name("source")
        span = self.span(node)
        is_type_only = any(child.type == "type" for child in node.children[:2])
        if source is not None:
            yield from self._reexports(node, span, self.chunk.source(source).strip("\"'`"), is_type_only)
            return
        value, declaration = node.child_by_field_name("value"), node.child_by_field_name("declaration")
        if value is not None:
            yield from self._exported(span, "default", value)
            if value.type in ("call_expression", "object", "await_expression"):
                yield Assignment(span, "default", self.value(value), frame.function)
        elif declaration is not None:
            yield from self._exported_declaration(node, span, declaration)
        else:
            clause = next((child for child in node.named_children if child.type == "export_clause"), None)
            for specifier in clause.named_children if clause is not None else ():
                name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
                if name is not None:
                    yield from self._exported(span, self.chunk.source(alias or name), name, alias is not None)

    def _exported_declaration(self, node: Node, span: Span, declaration: Node) -> Iterator[Fact]:
        is_default = any(child.type == "default" for child in node.children)
        if is_default:
            name = declaration.child_by_field_name("name")
            if name is not None:
                yield Import(self.span(name), "", self.chunk.source(name), "default", False, True)
        elif declaration.type == "lexical_declaration":  # export const orders = new OrderService()
            for declarator in declaration.named_children:
                name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
                if name is not None and value is not None and bare(value).type == "new_expression":
                    yield from self._exported(span, self.chunk.source(name), value)

    def _reexports(self, node: Node, span: Span, module: str, is_type_only: bool) -> Iterator[Fact]:
        clauses = [child for child in node.named_children if child.type in ("export_clause", "namespace_export")]
        if not clauses:
            yield Import(span, module, "*", "*", is_type_only, True)
        for clause in clauses:
            if clause.type == "namespace_export":
                yield Import(span, module, "", self.chunk.source(clause.named_children[0]), is_type_only, True)
                continue
            for specifier in clause.named_children:
                name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
                if name is not None:
                    written = self.chunk.source(name)
                    yield Import(span, module, written, self.chunk.source(alias) if alias else written, is_type_only, True)

    def _exported(self, span: Span, alias: str, value: Node, is_renamed: bool = True) -> Iterator[Fact]:
        """Say which of the file's own names leaves it as `alias`."""
        target = target_of(self.chunk, value)
        if not target or "()." in target or (target.endswith("()") and bare(value).type != "new_expression"):
            return  # What a call gives has no name here.
        head = target.partition(".")[0].replace("()", "")
        if head in self.roots or target.endswith("()"):
            name = self.names.resolve(target, "").replace("()", "")
            if target.endswith("()") and "." in name and not name.startswith((".", "@/", "~/", "src/")):
                return  # new Pool(): nothing of this workspace.
        else:
            name = target
        if name != alias and (is_renamed or name != target):
            yield Import(span, "", name, alias, False, True)

    # Definitions

    def _header(self, start: int, body: Node | None, end: int) -> Span:
        stop = body.start_byte if body is not None else end
        base = self.base
        return Span(start - base, start - base + len(self.text[start:stop].rstrip()), self.chunk.id)

    def _decorators(self, nodes: list[Node], function: str) -> tuple[Decorator, ...]:
        found = []
        for node in nodes:
            expression = node.named_children[0] if node.named_children else node
            if expression.type == "call_expression":
                callee = expression.child_by_field_name("function")
                written = chain_of(self.chunk, callee) if callee is not None else ""
                found.append(Decorator(self.span(node), self.names.resolve(written, function), self._arguments(expression), written))
            else:
                written = chain_of(self.chunk, expression)
                found.append(Decorator(self.span(node), self.names.resolve(written, function), (), written))
        return tuple(found)

    def class_(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        qualified = owner_of(node, frame.definition, self.text)
        decorators = [child for child in node.children if child.type == "decorator"]
        outer = self.chunk.node
        start = node.start_byte
        is_exported = False
        if outer.type == "export_statement" and outer.start_byte <= start < outer.end_byte:
            decorators = [child for child in outer.children if child.type == "decorator"] + decorators
            start, is_exported = outer.start_byte, True
        header = self._header(start, body, node.end_byte)
        bases: list[str] = []
        for child in node.children:
            if child.type == "class_heritage":
                clauses = [inner for inner in child.named_children if inner.type in ("extends_clause", "implements_clause")]
                for clause in clauses or [child]:
                    bases.extend(self._bases(clause, frame.function))
        yield Definition(
            header,
            self.span(name) if name is not None else header,
            qualified,
            "class",
            self._decorators(decorators, frame.function),
            tuple(bases),
            is_exported=is_exported,
        )
        self.enter("class", (body or node).start_byte, node.end_byte, qualified)

    def _bases(self, clause: Node, function: str) -> Iterator[str]:
        written = ""
        for child in clause.named_children:
            if child.type == "type_arguments":
                if written:
                    yield written + self._type_text(self.chunk.source(child), function)
                written = ""
                continue
            if written:
                yield written
            if child.type == "generic_type":
                written = self._type_text(self.chunk.source(child), function)
            else:
                name = chain_of(self.chunk, child) or (self.chunk.source(child) if child.type == "type_identifier" else "")
                written = self.names.resolve(name, function) if name else ""
        if written:
            yield written

    def shape(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        """An interface, an enum or a type."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body") or node.child_by_field_name("value")
        if name is None:
            return
        written = self.chunk.source(name)
        qualified = f"{frame.definition}.{written}" if frame.definition else written
        bases: list[str] = []
        for child in node.named_children:
            if child.type == "extends_type_clause":
                bases.extend(self._bases(child, frame.function))
        kind = node.type
        header = self._header(node.start_byte, body, node.end_byte)
        is_exported = self.chunk.node.type == "export_statement"
        if kind == "enum_declaration":
            yield Definition(header, self.span(name), qualified, "enum", is_exported=is_exported)
            return
        yield Definition(
            header,
            self.span(name),
            qualified,
            "interface" if kind == "interface_declaration" else "type",
            bases=tuple(bases),
            is_exported=is_exported,
        )
        if body is not None and body.type in ("interface_body", "object_type"):
            self.enter("class", body.start_byte, body.end_byte, qualified)
        else:
            self.fields_until = node.end_byte

    def field(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        if name is None or not frame.owner or node.start_byte < self.fields_until:
            return
        if node.type == "property_signature":
            self.fields_until = node.end_byte  # What an inner object type has is no field of this one.
        elif frame.function:
            return
        declared, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        decorators = [child for child in node.children if child.type == "decorator"]
        yield Field(
            self.span(node),
            frame.owner,
            self.chunk.source(name),
            self._type(declared, frame.function) if declared is not None else "",
            self.value(value) if value is not None else None,
            self._decorators(decorators, frame.function),
        )

    def function(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        named = self.functions[node.id]
        body = node.child_by_field_name("body")
        parameters = node.child_by_field_name("parameters")
        if named.kind != "definition":
            yield from self._literal(node, named, body, frame)
            return
        start = node.start_byte
        kind = node.type
        is_method = kind in ("method_definition", "abstract_method_signature") and bool(frame.owner) and not frame.function
        own = node.child_by_field_name("name")
        leads: list[Node] = []
        if is_method:
            if node.id == self.chunk.node.id:
                leads = list(self.chunk.leads)
            elif kind == "method_definition":
                before = node.prev_named_sibling
                while before is not None and before.type == "decorator":
                    leads.insert(0, before)
                    before = before.prev_named_sibling
            leads.extend(child for child in node.children if child.type == "decorator")
            if leads:
                start = min(start, leads[0].start_byte)
        elif self.chunk.node.type == "export_statement" and self.chunk.node.child_by_field_name("declaration") == node:
            start = self.chunk.node.start_byte
        header = self._header(start, body, node.end_byte)
        returns = node.child_by_field_name("return_type")
        before_parameters = self.text[node.start_byte : parameters.start_byte] if parameters is not None else self.text[start : start + 6]
        fields, given = self._parameters(node, parameters, named.name)
        yield Definition(
            header,
            self.span(own) if own is not None else header,
            named.name,
            "method" if is_method else "function",
            self._decorators(leads, frame.function),
            (),
            given,
            self._type(returns, frame.function) if returns is not None else "",
            b"async" in before_parameters.split(),
            frame.definition == self.chunk.owner and self.chunk.node.type in ("export_statement", "method_definition"),
        )
        yield from fields
        if body is None:
            return
        yield Block(self.span(node), "function", named.name)
        self.enter("function", start if is_method else node.start_byte, node.end_byte, named.name)
        if len(given) == 4 and given[0].name in _ERROR_PARAMETERS:  # Express: what this handler answers is an error.
            self.enter("error", body.start_byte, body.end_byte)
        if body.type != "statement_block":
            # (x) => value
            yield Return(self.span(body), self.value(body), named.name)

    def _parameters(self, node: Node, parameters: Node | None, name: str) -> tuple[list[Fact], tuple[Parameter, ...]]:
        """Return the parameters, and the fields that a constructor's parameters declare."""
        single = node.child_by_field_name("parameter")
        if single is not None:
            return [], (Parameter(self.span(single), self.chunk.source(single)),)
        given: list[Parameter] = []
        fields: list[Fact] = []
        for item in parameters.named_children if parameters is not None else ():
            if item.type in ("comment", "this_type"):
                continue
            pattern = item.child_by_field_name("pattern") or item
            value = item.child_by_field_name("value")
            if item.type == "assignment_pattern":
                pattern, value = item.child_by_field_name("left") or item, item.child_by_field_name("right")
            declared = item.child_by_field_name("type")
            decorators = self._decorators([child for child in item.children if child.type == "decorator"], name)
            written = " ".join(self.chunk.source(pattern).split())
            type_ = self._type(declared, name) if declared is not None else ""
            given.append(
                Parameter(self.span(item), written.removeprefix("..."), type_, self.value(value) if value is not None else None, decorators)
            )
            if name.endswith("constructor") and is_property(self.chunk, item, pattern):
                fields.append(Field(self.span(item), name.rpartition(".")[0], written, type_, None, decorators))
        return fields, tuple(given)

    def _literal(self, node: Node, named: _Named, body: Node | None, frame: _Frame) -> Iterator[Fact]:
        """A function literal without a name: a callback, or the body of a loop."""
        if body is None:
            return
        self.enter("inline", node.start_byte, node.end_byte)
        call = named.call
        if call is None:
            return
        single, parameters = node.child_by_field_name("parameter"), node.child_by_field_name("parameters")
        variables: tuple[str, ...] = ()
        if single is not None:
            variables = (self.chunk.source(single),)
        elif parameters is not None:
            variables = tuple(
                variable
                for item in parameters.named_children
                for variable in pattern_names(self.chunk, item.child_by_field_name("pattern") or item)
            )
        function = call.child_by_field_name("function") or call.child_by_field_name("constructor")
        if function is None:
            return
        if named.kind == "loop":
            holder = function.child_by_field_name("object")
            arguments = call.child_by_field_name("arguments")
            subject: Value | None = None
            if holder is not None and arguments is not None:
                subject = self.value(arguments.named_children[0] if self._is_collection(function) else holder)
            yield Block(self.span(body), "loop", frame.function, subject, variables)
            self._enter_loop(body, variables)
            return
        written = chain_of(self.chunk, function)
        callee = self.names.resolve(written, frame.definition) if written else ""
        yield Block(
            self.span(body),
            "error" if named.kind == "error" else "callback",
            frame.function,
            Name(self.span(function), callee, written),
            variables,
        )
        if named.kind == "error":
            self.enter("error", body.start_byte, body.end_byte)

    # Statements

    def declarator(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or value is None:
            return
        if self.text.startswith((b"require(", b"await import("), value.start_byte):
            self._note_required(name, value)
        declared = node.child_by_field_name("type")
        span = self._statement(node)
        if name.type == "identifier":
            type_ = self._type(declared, frame.function) if declared is not None else ""
            yield Assignment(span, self.chunk.source(name), self.value(value), frame.function, type_)
        elif name.type == "object_pattern":
            written = target_of(self.chunk, value)
            for key, alias, default in destructured(self.chunk, name):
                if not written:
                    continue
                full = f"{written}.{key}"
                resolved = self.names.resolve(full, frame.definition)
                found: Value = Name(span, resolved, full)
                if default is not None:
                    found = Sequence(span, (found, self.value(default)))
                yield Assignment(span, alias, found, frame.function)
                if resolved.startswith(("process.env.", "import.meta.env.")):
                    yield Access(span, resolved, frame.function, frame.in_loop, default is not None)
        elif name.type == "array_pattern":
            yield from self._array_assignment(name, value, span, frame)

    def _statement(self, node: Node) -> Span:
        """Return the span of `const name = value;`, or of `name = value` in a declaration of several."""
        start, end, text = node.start_byte, node.end_byte, self.text
        if text[end : end + 1] == b";" or text[end : end + 1] in (b"\n", b"\r"):
            keyword = next((word for word in (b"const ", b"let ", b"var ") if text[max(0, start - len(word)) : start] == word), b"")
            if keyword:
                start -= len(keyword)
                end += text[end : end + 1] == b";"
        return Span(start - self.base, end - self.base, self.chunk.id)

    def _array_assignment(self, name: Node, value: Node, span: Span, frame: _Frame) -> Iterator[Fact]:
        """`const [rows] = f()` and `const [a, b] = await Promise.all([f(), g()])`."""
        known = self.value(value)
        targets = [child for child in name.named_children if child.type == "identifier"]
        if isinstance(known, Invocation) and known.callee in ("Promise.all", "Promise.allSettled") and known.arguments:
            known = known.arguments[0].value
        if isinstance(known, Sequence):
            for target, item in zip(targets, known.items, strict=False):
                yield Assignment(span, self.chunk.source(target), item, frame.function)
        elif targets and name.named_children[0].type == "identifier":
            yield Assignment(span, self.chunk.source(targets[0]), known, frame.function)

    def _note_required(self, name: Node, value: Node) -> None:
        """Note which names a `require` in a declaration brings in, for the call that comes next."""
        call, member = bare(value), ""
        while call.type == "member_expression":
            key, inner = call.child_by_field_name("property"), call.child_by_field_name("object")
            if inner is None or key is None:
                return
            call, member = bare(inner), self.chunk.source(key)
        if name.type == "identifier":
            self.required[call.id] = [(member, self.chunk.source(name))]
        elif name.type == "object_pattern":
            self.required[call.id] = [(key, alias) for key, alias, _ in destructured(self.chunk, name)]

    def assignment(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        target = chain_of(self.chunk, left)
        if not target:
            return
        span = self.span(node)
        if not frame.function and target.startswith(("module.exports", "exports")):
            yield from self._common_exports(span, target, right)
        yield Assignment(span, target, self.value(right), frame.function)

    def _common_exports(self, span: Span, target: str, right: Node) -> Iterator[Fact]:
        if target == "module.exports":
            yield from self._exported(span, "default", right)
            if right.type == "object":
                for pair in right.named_children:
                    key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                    if pair.type == "pair" and key is not None and value is not None:
                        yield from self._exported(span, self.chunk.source(key).strip("\"'"), value)
                    elif pair.type == "shorthand_property_identifier":
                        yield from self._exported(span, self.chunk.source(pair), pair, False)
        else:
            yield from self._exported(span, target.removeprefix("module.").removeprefix("exports."), right)

    def loop(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is None:
            return
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None and node.type == "for_statement":
            left = node.child_by_field_name("initializer")
        variables = pattern_names(self.chunk, left) if left is not None else ()
        subject = self.value(right) if right is not None else None
        yield Block(self.span(body), "loop", frame.function, subject, variables)
        self._enter_loop(body, variables)

    def _enter_loop(self, body: Node, variables: tuple[str, ...]) -> None:
        self.enter("loop", body.start_byte, body.end_byte)
        for variable in variables:
            self.loop_variables[variable] = body.end_byte

    def try_(self, body: Node, frame: _Frame) -> Iterator[Fact]:
        yield Block(self.span(body), "try", frame.function)
        self.enter("try", body.start_byte, body.end_byte)

    def catch(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        yield Block(self.span(node), "catch", frame.function)
        self.enter("error", node.start_byte, node.end_byte)

    def if_(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        condition, consequence = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is None or consequence is None:
            return
        if _ERROR_NAME.match(self.text, condition.start_byte, condition.end_byte):
            yield Block(self.span(consequence), "error", frame.function, self.value(condition))
            self.enter("error", consequence.start_byte, consequence.end_byte)
        else:
            yield Block(self.span(consequence), "branch", frame.function, self.value(condition))

    def return_(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        value = first_of(node)
        if value is not None and not frame.is_inline:
            yield Return(self.span(node), self.value(value), frame.function, frame.in_error)

    def comparison(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        operator = node.child_by_field_name("operator")
        sign = operator.type if operator is not None else ""
        if sign not in _COMPARISONS:
            return
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            yield Comparison(
                self.span(node), self.value(left), sign[:2] if sign in ("===", "!==") else sign, self.value(right), frame.function
            )

    # Expressions

    def call(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        if function is None:
            return
        source = self.text[function.start_byte : function.end_byte]
        if source in (b"require", b"import"):
            module = module_of(self.chunk, node)
            if module is not None:
                span = self.span(node)
                for name, alias in self.required.get(node.id, [("", "")]):
                    yield Import(span, module, name, alias, False, False, frame.function)
                return
        is_chain = CHAIN.fullmatch(source) is not None
        written = source.decode("ascii", "replace").replace("?.", ".").replace("!", "") if is_chain else chain_of(self.chunk, function)
        if not written:
            return
        self.callees.add(function.id)
        arguments = node.child_by_field_name("arguments")
        base, id = self.base, self.chunk.id
        start, end = node.start_byte - base, node.end_byte - base
        if is_chain:
            last_length = len(source) - max(source.rfind(b"."), -1) - 1
            last = Span(function.end_byte - base - last_length, function.end_byte - base, id)
        else:
            last = self.span(function.child_by_field_name("property") or function)
        if arguments is None:
            inside = Span(end, end, id)
        elif arguments.type == "arguments":
            opening = arguments.start_byte - base + 1
            inside = Span(opening, max(opening, arguments.end_byte - base - 1), id)
        else:
            inside = self.span(arguments)
        key = node.id
        yield Call(
            Span(start, end, id),
            last,
            inside,
            written if source.startswith(b"require(") else self.names.resolve(written, frame.definition),
            self._arguments(node),
            frame.function,
            frame.in_loop,
            frame.in_try,
            frame.in_error,
            key in self.awaited,
            key in self.discarded,
            key in self.defaulted,
            written,
        )

    def access(self, node: Node, frame: _Frame) -> Iterator[Fact]:
        end = node.end_byte
        if end <= self.accessed_until:
            return
        source = self.text[node.start_byte : end]
        if CHAIN.fullmatch(source):
            self.accessed_until = end
            root = source.partition(b".")[0].rstrip(b"?!").decode()
            in_loop = self.loop_variables.get(root, -1) > node.start_byte
            if not in_loop and root not in self.roots:
                return
            written = source.decode().replace("?.", ".").replace("!", "")
        else:
            written = chain_of(self.chunk, node)
            root = written.partition(".")[0]
            in_loop = self.loop_variables.get(root, -1) > node.start_byte
            if not written or "()" in written or (not in_loop and root not in self.roots):
                return
            self.accessed_until = end
        if not in_loop and node.id in self.callees:
            return  # The call says it all.
        yield Access(
            self.span(node), self.names.resolve(written, frame.definition), frame.function, frame.in_loop, node.id in self.defaulted
        )

    def value(self, node: Node, depth: int = 0) -> Value:
        """Return what is known of an expression without running it."""
        key = node.id
        known = self.values.get(key)
        if known is None:
            known = self.values[key] = self._value(node, depth)
        return known

    def _value(self, node: Node, depth: int) -> Value:
        span = self.span(node)
        if depth > DEPTH:
            return Unknown(span)
        kind = node.type
        if kind in ("identifier", "member_expression", "this", "shorthand_property_identifier", "subscript_expression"):
            written = self.chunk.source(node) if kind == "shorthand_property_identifier" else chain_of(self.chunk, node)
            return Name(span, self.names.resolve(written, self.frames[-1].definition), written) if written else Unknown(span)
        if kind == "string":
            return String(span, _unescaped(self.chunk.source(node)[1:-1]))
        if kind in ("call_expression", "new_expression"):
            function = node.child_by_field_name("function" if kind == "call_expression" else "constructor")
            written = chain_of(self.chunk, function) if function is not None else ""
            if not written:
                return Unknown(span)
            if written in ("require", "import"):
                module = module_of(self.chunk, node)
                if module is not None:
                    return Name(span, module.removeprefix("node:"), module)
            return Invocation(span, self.names.resolve(written, self.frames[-1].definition), self._arguments(node, depth + 1))
        if kind == "object":
            return Mapping(span, tuple(self._entries(node, depth)))
        if kind == "number":
            return _number(span, self.chunk.source(node))
        if kind in ("true", "false"):
            return Boolean(span, kind == "true")
        if kind in ("null", "undefined"):
            return Null(span)
        if kind == "array":
            return Sequence(span, tuple(self.value(item, depth + 1) for item in node.named_children if item.type != "comment"))
        if kind == "template_string":
            return self._template(node, span, depth)
        if kind in ("arrow_function", "function_expression", "generator_function"):
            named = self.functions.get(node.id)
            return Function(span, named.name if named is not None else "")
        if kind in TRANSPARENT and node.named_child_count:
            return self.value(node.named_children[0], depth + 1)
        if kind == "type_assertion" and node.named_child_count:
            return self.value(node.named_children[-1], depth + 1)
        if kind == "spread_element" and node.named_child_count:
            return self.value(node.named_children[0], depth + 1)
        if kind == "binary_expression":
            return self._binary(node, span, depth)
        if kind == "ternary_expression":
            branches = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
            return Sequence(span, tuple(self.value(item, depth + 1) for item in branches if item is not None))
        if kind == "unary_expression" and node.named_child_count:
            operand = self.value(node.named_children[-1], depth + 1)
            sign = node.children[0].type
            if sign == "-":
                return Number(span, -operand.value) if isinstance(operand, Number) else Unknown(span)
            return operand if sign == "+" else Unknown(span)
        return Unknown(span)

    def _template(self, node: Node, span: Span, depth: int) -> Value:
        parts: list[Value] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                parts.append(self.value(child.named_children[0], depth + 1) if child.named_child_count else Unknown(self.span(child)))
            elif parts and isinstance(parts[-1], String):  # An escape sequence splits the text.
                last = parts.pop()
                assert isinstance(last, String)
                parts.append(String(last.span.until(self.span(child)), last.value + _unescaped(self.chunk.source(child))))
            else:
                parts.append(String(self.span(child), _unescaped(self.chunk.source(child))))
        if all(isinstance(part, String) for part in parts):
            return String(span, "".join(part.value for part in parts if isinstance(part, String)))
        return Template(span, tuple(parts))

    def _binary(self, node: Node, span: Span, depth: int) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return Unknown(span)
        sign = operator.type
        if sign in ("||", "??", "&&"):
            return Sequence(span, (self.value(left, depth + 1), self.value(right, depth + 1)))
        if sign not in ("+", "-", "*"):
            return Unknown(span)
        first, second = self.value(left, depth + 1), self.value(right, depth + 1)
        if isinstance(first, Number) and isinstance(second, Number):
            a, b = first.value, second.value
            return Number(span, a * b if sign == "*" else a + b if sign == "+" else a - b)
        if sign == "+" and (isinstance(first, String | Template) or isinstance(second, String | Template)):
            if isinstance(first, String) and isinstance(second, String):
                return String(span, first.value + second.value)
            parts: list[Value] = []
            for value in (first, second):
                parts.extend(value.parts if isinstance(value, Template) else (value,))
            return Template(span, tuple(parts))
        return Unknown(span)

    def _entries(self, node: Node, depth: int) -> Iterator[Entry]:
        for pair in node.named_children:
            kind = pair.type
            if kind == "pair":
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key is not None and value is not None:
                    text = self.chunk.source(key)
                    written = "" if key.type == "computed_property_name" else _unescaped(text.strip("\"'"))
                    yield Entry(self.span(key), written, self.value(value, depth + 1))
            elif kind == "shorthand_property_identifier":
                yield Entry(self.span(pair), self.chunk.source(pair), self.value(pair, depth + 1))
            elif kind == "spread_element":
                yield Entry(self.span(pair), "...", self.value(pair, depth + 1))
            elif kind == "method_definition":
                name = pair.child_by_field_name("name")
                named = self.functions.get(pair.id)
                if name is not None:
                    yield Entry(self.span(name), self.chunk.source(name), Function(self.span(pair), named.name if named else ""))

    def _arguments(self, call: Node, depth: int = 0) -> tuple[Argument, ...]:
        arguments = call.child_by_field_name("arguments")
        if arguments is None:
            return ()
        if arguments.type != "arguments":  # sql`select …`
            return (Argument(self.span(arguments), self.value(arguments, depth + 1)),)
        return tuple(
            Argument(self.span(node), self.value(node, depth + 1), "*" if node.type == "spread_element" else "")
            for node in arguments.named_children
            if node.type != "comment"
        )

    # Types

    def _type(self, node: Node, function: str) -> str:
        inner = node.named_children[0] if node.type == "type_annotation" and node.named_child_count else node
        return self._type_text(self.chunk.source(inner), function)

    def _type_text(self, written: str, function: str) -> str:
        """Return a type as written, its names resolved: `typeorm.Repository<./user.User>`."""
        if "{" in written or "=>" in written or len(written) > 200:
            return " ".join(written.split())[:200]
        if written in _BASIC_TYPES:
            return written
        return _IDENTIFIER.sub(
            lambda match: match[0] if match[0] in _BASIC_TYPES else self.names.resolve(match[0], function), " ".join(written.split())
        )


_PREPARED = frozenset({"function", "class", "declarator", "loop", "binary", "ternary", "statement", "await"})


@lru_cache(maxsize=4)
def _roots(names: Names) -> frozenset[str]:
    """The names that imports bind in a file, and those that need none."""
    return frozenset(binding.name for binding in names.of_file() if binding.is_resolved) | {"process", "import", "req", "request", "ctx"}


def _number(span: Span, source: str) -> Value:
    try:
        plain = source.replace("_", "").rstrip("n")
        return Number(span, float(int(plain, 0)) if plain[:2].lower() in ("0x", "0o", "0b") else float(plain))
    except (ValueError, OverflowError):
        return Unknown(span)


def _unescaped(content: str) -> str:
    if "\\" not in content:
        return content
    return _ESCAPE.sub(_character, content).encode("utf-8", "replace").decode()


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    return _ESCAPED.get(match[4], match[4])


_COMMON = Path(__file__).with_name("javascript.scm").read_text(encoding="utf-8")
_TYPED = Path(__file__).with_suffix(".scm").read_text(encoding="utf-8")

_SHAPE = Shape(
    start=r"(?:export|import|async|function|abstract|class|const|let|var|interface|type|enum|declare|namespace|module)\b|@",
    lead=r"@[\w.]+(?:\([^\n]*\))?[ \t\r]*$|@[\w.]+\([^)\n]*$",  # A decorator that has the line to itself.
    holder=r"(?:export[ \t]+)?(?:default[ \t]+)?(?P<kind>(?:abstract[ \t]+)?class)[ \t]+(?P<name>[\w$]+)",
    member=r"[A-Za-z_$#*\[@]",
    filler="_;",
    closing="}\n",
)
LANGUAGES = (
    CodeLanguage(
        name="typescript",
        comment="//",
        suffixes=(".ts", ".tsx", ".mts", ".cts"),
        grammars={"": Grammar("tree_sitter_typescript", "language_typescript"), ".tsx": Grammar("tree_sitter_typescript", "language_tsx")},
        query=_COMMON + _TYPED,
        members={"class_declaration": "class_body", "abstract_class_declaration": "class_body"},
        wrappers=frozenset({"export_statement"}),
        leads=frozenset({"decorator"}),
        owner=owner_of,
        bind=bind,
        read=read,
        resolve=resolve,
        shape=_SHAPE,
    ),
    CodeLanguage(
        name="javascript",
        comment="//",
        suffixes=(".js", ".jsx", ".mjs", ".cjs"),
        grammars={"": Grammar("tree_sitter_javascript")},
        query=_COMMON + "(field_definition) @field\n",
        members={"class_declaration": "class_body"},
        wrappers=frozenset({"export_statement"}),
        leads=frozenset({"decorator"}),
        owner=owner_of,
        bind=bind,
        read=read,
        resolve=resolve,
        shape=_SHAPE,
    ),
)
