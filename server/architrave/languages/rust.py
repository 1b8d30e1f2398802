"""Rust.

What a reader could not guess:

- `::` is written as a dot: `sqlx::query` is `sqlx.query`, the path `crate::db::pool` the module `crate.db` and the name `pool`.
- `Type::new(…)`, as every associated function whose result is not declared in the file, gives `Type()`; so does a chain from
  `Type::builder()` to `.build()`, and `TypeBuilder::new()….build()`. A function of the file gives what it declares.
- `?`, `.await`, references and what opens or copies a value (`.unwrap()`, `.context(…)`, `.clone()`, `.map_err(…)`) leave no trace in
  the chain before a name: `pool.get().await?.query(…)` is `pool.get().query`. As a value, `env::var("X").context("…")?` is the call of
  `env::var`, and what `.unwrap_or(…)` has before it and in it a `Sequence` of the two, like `a or b` of Python.
- A type stands for what is in it where the wrapper has no methods of its own that matter: `Arc<Client>`, `Option<Client>`,
  `Result<Client, E>`, and the extractors `State<AppState>`, `web::Data<PgPool>`, `Query<Page>` all bind `Client()`, `AppState()`, ….
- A struct literal `Order { id }` is an `Invocation` of `Order` with keyword arguments, and a `Call` of its own; `json!({…})` is a
  `Mapping`, `vec![…]` a `Sequence`, `format!` a `Template`. Every macro is a `Call` of its name with `!`: `sqlx.query!`.
  What stands in a macro's parentheses is parsed as the expressions that it mostly is.
- Methods are `Type.method` from every `impl` block; the traits that a file implements for a type are its bases.
- A closure belongs to the function round it. What an iterator's adapter is given is a loop, else it is a callback. One that runs on a
  thread of its own (`spawn_blocking(move || …)`) is a function for itself, `main.closure1`.
- `mod x;` is an import of its file. Code of `#[cfg(test)]` modules and `#[test]` functions gives no facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from posixpath import dirname

from tree_sitter import Node, Parser, Range

from architrave.comments import suppression
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
    Suppression,
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
from architrave.syntax import Grammar, captures
from architrave.text import Span

_DEPTH = 12  # Deeper values say nothing more.
_RESULT = "()"  # The scope in which the name of a function means what it returns.
_TESTS = "#"  # The owner of what stands in a module of tests.
_GRAMMAR = Grammar("tree_sitter_rust")
_PATH = re.compile(r"(?<!['\w:.])[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*")
_SIMPLE = re.compile(r"\w+(?:::\w+)*")
_HOLE = re.compile(r"\{\{|\}\}|\{([^{}:]*)(?::[^{}]*)?\}")
_TEST_ATTRIBUTE = re.compile(rb"#\[\s*(?:cfg\s*\(\s*(?:all\s*\(\s*)?test\b|(?:\w+\s*::\s*)*(?:test|rstest|test_case|bench)\b\s*[\](])")
_ESCAPE = re.compile(r"\\(?:\r?\n\s*|x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]{1,8})\}|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_NUMBER = re.compile(r"^(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?)")
# What has no trace in a chain of names: it opens, copies or borrows the value before it.
_TRANSPARENT = frozenset(
    """unwrap expect context with_context map_err clone cloned copied as_ref as_mut as_deref borrow borrow_mut to_owned ok_or ok_or_else
    unwrap_or_default lock read write get_ref by_ref boxed instrument wrap_err wrap_err_with change_context""".split()  # noqa: SIM905
)
# What has no trace in a value, too: conversions of the same content.
_CONVERSIONS = _TRANSPARENT | frozenset(
    """to_string into into_response parse try_into as_str as_deref as_bytes trim into_owned to_vec into_boxed_str as_slice ok
    into_inner""".split()  # noqa: SIM905
)
_OPTIONAL = frozenset({"unwrap_or_default", "ok", "is_ok", "is_err"})
_DEFAULTS = frozenset({"unwrap_or", "unwrap_or_else", "or", "or_else"})
_HANDED_ON = frozenset({"String.from", "Box.new", "Arc.new", "Rc.new", "Cow.from", "Some", "std.sync.Arc.new", "Cow.Borrowed", "Box.pin"})
_VARIANTS = frozenset({"Ok", "Err", "Some"})  # Values, not calls.
_ERROR_CLOSURES = frozenset({"map_err", "unwrap_or_else", "or_else", "ok_or_else", "inspect_err"})
_ELSEWHERE = frozenset({"spawn_blocking", "spawn_blocking_with_tracing", "block_in_place", "unblock", "interact"})
_LOOP_CLOSURES = frozenset({"for_each", "try_for_each", "for_each_concurrent", "try_for_each_concurrent", "flat_map"})
_ADAPTERS = _LOOP_CLOSURES | frozenset(
    {"map", "filter_map", "filter", "then", "and_then", "fold", "try_fold", "any", "all", "find", "inspect"}
)
_ITERATORS = re.compile(
    r"\b(?:iter|into_iter|iter_mut|drain|chars|lines|split|split_whitespace|keys|values|enumerate|windows|chunks|bytes|zip|rev|stream|par_iter"
    r"|into_par_iter|stream\.iter|FuturesUnordered|fetch|buffered|buffer_unordered)\(\)"
)
_WRAPPERS = frozenset(
    """State Data Extension Json Query Form Path Arc Rc Box Option Result Mutex RwLock Pin Cow Lazy LazyLock LazyCell OnceCell OnceLock
    RefCell Cell ReqData TypedHeader Ref RefMut MutexGuard Weak Valid ValidatedJson""".split()  # noqa: SIM905
)
_PRIMITIVE = frozenset(
    "bool char str String i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64".split()  # noqa: SIM905
)
_DEEPEST_MACRO = 12  # Macros in one another that are read; each is parsed on its own.
_LOGGING = frozenset({"trace", "debug", "info", "warn", "error", "event", "span", "info_span", "debug_span", "error_span"})
_TEMPLATES = frozenset({"quote", "quote_spanned", "parse_quote"})  # Code that is written, not run.
_DECLARING = frozenset({"table", "joinable"})  # Macros with a syntax of their own give their text.
_TEXTS = frozenset({"string_literal", "raw_string_literal"})
_COMMENTS = frozenset({"line_comment", "block_comment"})
_PATH_TOKENS = frozenset({"identifier", "self", "crate", "super", ".", "::", "integer_literal", "type_identifier"})
_PATTERNS = frozenset({"mut_pattern", "ref_pattern", "reference_pattern", "captured_pattern", "match_pattern"})
_OPENING = frozenset({"await_expression", "try_expression", "parenthesized_expression"})


def _owner(node: Node, owner: str, text: bytes) -> str:
    """Name an impl block after its type, a trait or module after itself, a module of tests `#`."""
    if owner.startswith(_TESTS):
        return owner
    name = node.child_by_field_name("type" if node.type == "impl_item" else "name")
    own = _plain(text[name.start_byte : name.end_byte].decode("utf-8", "replace")) if name is not None else "?"
    if node.type == "mod_item":
        before = node.prev_sibling
        while before is not None and before.type in ("attribute_item", *_COMMENTS):
            if before.type == "attribute_item" and _TEST_ATTRIBUTE.match(text, before.start_byte, before.end_byte):
                return _TESTS
            before = before.prev_sibling
    elif "." in own:  # impl crate::Shape
        own = own.rpartition(".")[2]
    return f"{owner}.{own}" if owner else own


def _plain(source: str) -> str:
    """Return a path without references, generic arguments and spaces: `db.Store` of `&'a mut db::Store<T>`."""
    if _SIMPLE.fullmatch(source):
        return source.replace("::", ".")
    source = source.strip()
    while source.startswith(("&", "'", "mut ", "dyn ", "impl ", "*")):
        source = source[1:].lstrip() if source[0] in "&*" else source.partition(" ")[2].lstrip()
    depth, kept = 0, []
    for sign in source:
        if sign == "<":
            depth += 1
        elif sign == ">":
            depth -= 1
        elif not depth and not sign.isspace():
            kept.append(sign)
    return "".join(kept).replace("::", ".").replace("..", ".").strip(".")


def bind(chunk: Chunk) -> Iterator[Binding]:
    """Yield what a chunk binds for the whole file: imports, constants, fields of structs, traits of types, what functions return."""
    node, owner = chunk.node, chunk.owner
    if owner.startswith(_TESTS):
        return
    kind = node.type
    if kind in ("function_item", "function_signature_item"):
        name, result = node.child_by_field_name("name"), node.child_by_field_name("return_type")
        if name is not None and result is not None:
            own = chunk.source(name)
            target = _type_target(chunk, result, owner)
            yield Binding(_RESULT, f"{owner}.{own}".replace(".", "/") if owner else own, target or "?")
    elif kind == "use_declaration":
        for module, name_, alias in _imported(chunk, node):
            if name_ != "*" and alias != "_":
                yield Binding(owner, alias, f"{module}.{name_}" if name_ else module, True)
    elif kind == "mod_item":
        name = node.child_by_field_name("name")
        if name is not None and node.child_by_field_name("body") is None:
            yield Binding(owner, chunk.source(name), f"self.{chunk.source(name)}", True)
    elif kind == "struct_item":
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        scope = f"{owner}.{chunk.source(name)}()" if owner else f"{chunk.source(name)}()"
        for member in body.named_children if body.type == "field_declaration_list" else ():
            if member.type != "field_declaration":
                continue
            own_node, type_node = member.child_by_field_name("name"), member.child_by_field_name("type")
            target = _type_target(chunk, type_node, "") if type_node is not None else ""
            if own_node is not None and target:
                yield Binding(scope, chunk.source(own_node), target)
    elif kind == "impl_item":
        trait, type_node = node.child_by_field_name("trait"), node.child_by_field_name("type")
        if trait is not None and type_node is not None:
            written = _plain(chunk.source(trait))
            yield Binding("", f"impl {_plain(chunk.source(type_node))} {written}", written)
    elif kind in ("static_item", "const_item"):
        name, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name is not None and type_node is not None:
            target = _type_target(chunk, type_node, owner)
            yield Binding(owner, chunk.source(name), target or chunk.source(name))


def read(chunk: Chunk, names: Names) -> Iterator[Fact]:
    for lead in chunk.leads:
        if lead.type in _COMMENTS:
            found = suppression(chunk.source(lead))
            if found is not None:
                yield Suppression(chunk.span(lead), *found)
    if chunk.owner.startswith(_TESTS) or any(_is_test(chunk, lead) for lead in chunk.leads):
        return
    yield from _Reader(chunk, names).facts()


def _is_test(chunk: Chunk, node: Node) -> bool:
    return node.type == "attribute_item" and _TEST_ATTRIBUTE.match(chunk.text, node.start_byte, node.end_byte) is not None


@lru_cache(maxsize=2)
def _of_file(names: Names) -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Return the constants of a file, and the traits that it implements for each type."""
    constants: set[str] = set()
    traits: dict[str, tuple[str, ...]] = {}
    for binding in names.of_file():
        if binding.name.startswith("impl "):
            _, owner, trait = binding.name.split(" ", 2)
            traits[owner] = (*traits.get(owner, ()), trait)
        elif not binding.is_resolved:
            constants.add(binding.name)
    return frozenset(constants), traits


class _Reader:
    """Goes through the captures of a chunk once, with the functions, loops and error branches that are open at each."""

    def __init__(self, chunk: Chunk, names: Names) -> None:
        self.chunk = chunk
        self.start = chunk.start
        self.id = chunk.id
        self.source = chunk.source
        self.owner = chunk.owner
        self.file_names = names
        self.names = names
        self.function = ""
        self.at = 0
        self.open: list[tuple[int, str, list[tuple[int, int]], list[tuple[int, int]]]] = []  # End of a function and what is round it.
        self.loops: list[tuple[int, int]] = []
        self.errors: list[tuple[int, int]] = []
        self.attributes: list[Node] = [lead for lead in chunk.leads if lead.type == "attribute_item"]
        self.has_leads = bool(self.attributes)
        self.awaited: set[tuple[int, int]] = set()
        self.discarded: set[tuple[int, int]] = set()
        self.defaulted: set[tuple[int, int]] = set()
        self.closures: dict[int, tuple[str, Value]] = {}
        self.elsewhere: dict[str, int] = {}
        self.parsed: dict[int, list[Node]] = {}  # Start of a macro's arguments -> the expressions in them.
        self.values: dict[tuple[int, int], Value] = {}
        self.chains: dict[tuple[int, int], str] = {}
        self.types: dict[str, str] = {}
        self.variables: set[str] = set()
        self.paths: dict[str, Node] = {}  # Paths from the crate's root that stand in the code, without `use`.
        self.accessed_until = -1
        self.loop_variables: dict[str, int] = {}
        self.constants, self.traits = _of_file(names)

    def facts(self) -> Iterator[Fact]:
        found = self.chunk.captures
        if self.chunk.node.type == "use_declaration":
            yield from self.imports(self.chunk.node)
            return
        if any(name == "macro" for name, _ in found):
            found = list(self._expanded(found))
        self._bind_locals(found)
        handlers = _HANDLERS
        opened = self.open
        for name, node in found:
            handler = handlers.get(name)
            if handler is not None:
                self.at = node.start_byte
                while opened and opened[-1][0] <= self.at:
                    _, self.function, self.loops, self.errors = opened.pop()
                yield from handler(self, node)
        for written, node in self.paths.items():
            module, _, name = written.rpartition(".")
            if module:
                yield Import(self.span(node), self._module(module), name, "", function=self._function_of_chunk())

    def span(self, node: Node) -> Span:
        start = self.start
        return Span(node.start_byte - start, node.end_byte - start, self.id)

    def _function_of_chunk(self) -> str:
        node = self.chunk.node
        if node.type != "function_item":
            return self.owner or "?"
        name = node.child_by_field_name("name")
        own = self.source(name) if name is not None else "?"
        return f"{self.owner}.{own}" if self.owner else own

    def _qualified(self, node: Node) -> str:
        name = node.child_by_field_name("name")
        own = self.source(name) if name is not None else "?"
        outer = self.function or self.owner
        return f"{outer}.{own}" if outer else own

    def _enter(self, node: Node, name: str) -> None:
        self.open.append((node.end_byte, self.function, self.loops, self.errors))
        self.function, self.loops, self.errors = name, [], []

    def _within(self, stretches: list[tuple[int, int]]) -> bool:
        at = self.at
        return any(start <= at < end for start, end in stretches)

    # Macros

    def _expanded(self, found: list[tuple[str, Node]], depth: int = 0) -> Iterator[tuple[str, Node]]:
        """Yield captures with those of the expressions in macros, which the grammar leaves as tokens."""
        if depth > _DEEPEST_MACRO:
            yield from found
            return
        for name, node in found:
            yield name, node
            if name == "macro":
                tokens = node.children[-1] if node.children else node
                if tokens.type != "token_tree":
                    continue
                last = self.source(node.children[0]).rpartition("::")[2].strip()
                if last in _LOGGING or last in _DECLARING or last in _TEMPLATES:
                    continue
                if last == "json":
                    yield from self._expanded_json(tokens, depth)
                elif any(child.type == "token_tree" for child in tokens.children):
                    yield from self._expanded(self._parse(tokens, tokens.start_byte, tokens.end_byte), depth + 1)

    def _expanded_json(self, tokens: Node, depth: int) -> Iterator[tuple[str, Node]]:
        for piece in _pieces(tokens):
            if len(piece) > 2 and piece[1].type == ":":
                piece = piece[2:]
            if len(piece) == 1:
                if piece[0].type == "token_tree":
                    yield from self._expanded_json(piece[0], depth)
            elif piece and any(token.type not in ("identifier", "self", ".", "::") for token in piece):
                yield from self._expanded(self._parse(piece[0], piece[0].start_byte, piece[-1].end_byte, piece[-1]), depth + 1)

    def _parse(self, first: Node, start: int, end: int, last: Node | None = None) -> list[tuple[str, Node]]:
        """Parse a stretch of the file as expressions, remember them, and return their captures."""
        parser = _macro_parser()
        parser.included_ranges = [Range(first.start_point, (last or first).end_point, start, end)]
        root = parser.parse(self.chunk.text).root_node
        inner = root.named_children
        if len(inner) == 1 and inner[0].type == "expression_statement":
            inner = inner[0].named_children
        if first.type == "token_tree" and len(inner) == 1 and inner[0].type in _LISTS and inner[0].start_byte == start:
            inner = inner[0].named_children
        self.parsed[start] = inner
        return captures(LANGUAGE.compiled(_GRAMMAR), root, end) if root.start_byte >= start else []

    def _macro_arguments(self, tokens: Node, depth: int = 0) -> tuple[Argument, ...]:
        nodes = self.parsed.get(tokens.start_byte)
        found = []
        if nodes is not None:
            for node in nodes:
                if node.type in _COMMENTS or node.type == "ERROR":
                    continue
                if node.type == "assignment_expression":
                    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                    if left is not None and right is not None:
                        found.append(Argument(self.span(node), self.value(right, depth + 1), self.source(left)))
                        continue
                found.append(Argument(self.span(node), self.value(node, depth + 1)))
            return tuple(found)
        for piece in _pieces(tokens):
            if not piece:
                continue
            name = ""
            span = self.chunk.between(piece[0].start_byte, piece[-1].end_byte)
            if len(piece) > 2 and piece[1].type == "=" and piece[0].type == "identifier":
                name, piece = self.source(piece[0]), piece[2:]
            found.append(Argument(span, self._token_value(piece), name))
        return tuple(found)

    def _token_value(self, piece: list[Node]) -> Value:
        """Return the value of tokens that are a literal, a path, a path with arguments (in attributes), or a JSON object or array."""
        span = self.chunk.between(piece[0].start_byte, piece[-1].end_byte)
        nodes = self.parsed.get(piece[0].start_byte)
        if nodes is not None and nodes and piece[0].type != "token_tree":
            return self.value(nodes[0])
        while piece and piece[0].type in ("&", "*", "%", "?", "mutable_specifier", "mut"):
            piece = piece[1:]
        if not piece:
            return Unknown(span)
        if len(piece) == 2 and piece[0].type == "-" and piece[1].type in ("integer_literal", "float_literal"):
            negative = self.value(piece[1])
            return Number(span, -negative.value) if isinstance(negative, Number) else negative
        if len(piece) == 1 and piece[0].type not in ("identifier", "self", "crate", "super", "token_tree"):
            return self.value(piece[0])
        if len(piece) == 1 and piece[0].type == "token_tree":
            return self._json(piece[0])
        arguments: tuple[Argument, ...] | None = None
        if piece[-1].type == "token_tree":
            arguments, piece = self._macro_arguments(piece[-1]), piece[:-1]
        if any(
            token.type not in ("identifier", "self", "crate", "super", ".", "::", "integer_literal", "type_identifier") for token in piece
        ):
            return Unknown(span)
        written = "".join("." if token.type in (".", "::") else self.source(token) for token in piece)
        if arguments is not None:
            return Invocation(span, self._resolve(written), arguments)
        if written in ("true", "false"):
            return Boolean(span, written == "true")
        if written in ("null", "None"):
            return Null(span)
        return Name(span, self._resolve(written), written)

    def _json(self, tokens: Node) -> Value:
        span = self.span(tokens)
        opening = tokens.children[0].type if tokens.children else ""
        if opening == "[":
            return Sequence(span, tuple(self._token_value(piece) for piece in _pieces(tokens) if piece))
        entries = []
        for piece in _pieces(tokens):
            if len(piece) > 2 and piece[1].type == ":":
                key = self._token_value(piece[:1])
                shown = key.value if isinstance(key, String) else ""
                entries.append(Entry(self.span(piece[0]), shown, self._token_value(piece[2:])))
        return Mapping(span, tuple(entries))

    # Names of the function

    def _bind_locals(self, found: list[tuple[str, Node]]) -> None:
        """Bind parameters and local variables before anything is resolved."""
        local: dict[tuple[str, str], Binding] = {}
        opened: list[tuple[int, str]] = []
        function = ""
        owner = self.owner

        def put(name: str, target: str, is_weak: bool = False) -> None:
            known = local.get((function, name))
            if known is not None and (is_weak or not target or target == name or target.startswith((name + ".", name + "()"))):
                return  # `query = query.bind(…)` is of the same type as before.
            local[function, name] = Binding(function, name, target or name)

        for capture, node in found:
            while opened and opened[-1][0] <= node.start_byte:
                function = opened.pop()[1]
            if capture in ("function", "signature"):
                opened.append((node.end_byte, function))
                name = node.child_by_field_name("name")
                own = self.source(name) if name is not None else "?"
                outer = function or owner
                function = f"{outer}.{own}" if outer else own
                if owner:
                    put("Self", owner)
                self._bind_parameters(node.child_by_field_name("parameters"), put)
            elif capture == "closure":
                parameters = node.child_by_field_name("parameters")
                for parameter in parameters.named_children if parameters is not None else ():
                    if parameter.type == "parameter":
                        self._bind_parameter(parameter, put)
                    else:
                        for name_node in _variables(parameter):
                            put(self.source(name_node), "", True)
            elif capture == "let":
                pattern, value, type_node = (node.child_by_field_name(part) for part in ("pattern", "value", "type"))
                if pattern is not None:
                    target = _type_target(self.chunk, type_node, owner) if type_node is not None else ""
                    if not target and value is not None:
                        target = self._target(value)
                    self._bind_pattern(pattern, target, put)
            elif capture == "if" or (capture == "loop" and node.type == "while_expression"):
                condition = node.child_by_field_name("condition")
                for each in _let_conditions(condition):
                    pattern, value = each.child_by_field_name("pattern"), each.child_by_field_name("value")
                    if pattern is not None and value is not None:
                        self._bind_pattern(pattern, self._target(value), put)
            elif capture == "loop" and node.type == "for_expression":
                pattern = node.child_by_field_name("pattern")
                for name_node in _variables(pattern) if pattern is not None else ():
                    put(self.source(name_node), "", True)
            elif capture == "arm":
                pattern = node.child_by_field_name("pattern")
                inner = pattern.named_children[0] if pattern is not None and pattern.named_children else None
                if inner is not None and inner.type == "tuple_struct_pattern":
                    match = node.parent.parent if node.parent is not None else None
                    value = match.child_by_field_name("value") if match is not None else None
                    variant = self.source(inner.children[0])
                    is_value = variant in ("Ok", "Some")
                    if variant == "Err" and value is not None:
                        self._note_default(value)
                    self._bind_pattern(inner, self._target(value) if is_value and value is not None else "", put, True)
        if local:
            self.names = self.file_names.inner(local.values())
            self.variables = {name for _, name in local} - {"self", "Self"}
            self.chains.clear()  # Read before it was known which names are variables.

    def _bind_parameters(self, parameters: Node | None, put: Callable[..., None]) -> None:
        for parameter in parameters.named_children if parameters is not None else ():
            if parameter.type == "self_parameter":
                put("self", f"{self.owner}()" if self.owner else "self")
            elif parameter.type == "parameter":
                self._bind_parameter(parameter, put)

    def _bind_parameter(self, parameter: Node, put: Callable[..., None]) -> None:
        pattern, type_node = parameter.child_by_field_name("pattern"), parameter.child_by_field_name("type")
        if pattern is None:
            return
        target = _type_target(self.chunk, type_node, self.owner) if type_node is not None else ""
        self._bind_pattern(pattern, target, put)

    def _bind_pattern(self, pattern: Node, target: str, put: Callable[..., None], is_weak: bool = False) -> None:
        """Bind the one name of `x`, `mut x`, `&x`, `Some(x)`, `State(x)` to a target, and those of any other pattern to nothing."""
        while True:
            kind = pattern.type
            if kind == "identifier":
                put(self.source(pattern), target, is_weak)
                return
            if kind == "tuple_struct_pattern" and len(pattern.named_children) == 2:
                pattern = pattern.named_children[1]
            elif kind in _PATTERNS and pattern.named_children:
                pattern = pattern.named_children[-1]
            else:
                break
        for name in _variables(pattern):
            put(self.source(name), "", True)

    def _target(self, value: Node) -> str:
        """Return what a value makes its variable stand for: a chain of names, or the type that an associated function gives."""
        if value.type == "struct_expression":
            name = value.child_by_field_name("name")
            return f"{_plain(self.source(name))}()" if name is not None else ""
        while value.type == "block" and value.named_children:
            value = value.named_children[-1]
        return self._chain(value)

    # Declarations

    def _header(self, node: Node, body: Node | None) -> tuple[Span, tuple[Decorator, ...]]:
        attributes, self.attributes = self.attributes, []
        end = body.start_byte if body is not None else node.end_byte
        text = self.chunk.text
        if body is not None and body.type == "ordered_field_declaration_list":
            end = node.end_byte
        start = attributes[0].start_byte if attributes else node.start_byte
        decorators = tuple(self._decorator(item) for item in attributes)
        return self.chunk.between(start, start + len(text[start:end].rstrip())), decorators

    def attribute(self, node: Node) -> Iterator[Fact]:
        self.attributes.append(node)
        return iter(())

    def _decorator(self, node: Node) -> Decorator:
        attribute = next((child for child in node.named_children if child.type == "attribute"), None)
        if attribute is None or not attribute.named_children:
            return Decorator(self.span(node), "")
        path = _plain(self.source(attribute.named_children[0]))
        tokens, value = attribute.child_by_field_name("arguments"), attribute.child_by_field_name("value")
        arguments: tuple[Argument, ...] = ()
        if tokens is not None:
            arguments = self._macro_arguments(tokens)
        elif value is not None:
            arguments = (Argument(self.span(value), self.value(value)),)
        return Decorator(self.span(node), self._resolve(path), arguments, path)

    def imports(self, node: Node) -> Iterator[Fact]:
        self.attributes = []
        span, is_reexport = self.span(node), _is_public(node)
        for module, name, alias in _imported(self.chunk, node):
            module = self._module(module)
            yield Import(span, module, name, alias, False, False, self.function or self.owner)
            if is_reexport:  # The name also is one of this module, for the files that import it.
                yield Import(span, module, name, alias, False, True, self.function or self.owner)

    def _module(self, module: str) -> str:
        """Return a module as seen from the file: `super` in a module inside the file is the file itself."""
        depth = self.owner.count(".") + 1 if self.owner and self.chunk.node.type != "function_item" else 0
        while depth and module.partition(".")[0] == "super":
            module = f"self{module[5:]}"
            depth -= 1
            if module.startswith("self.super"):
                module = module[5:]
        return module

    def module(self, node: Node) -> Iterator[Fact]:
        is_test = any(_is_test(self.chunk, item) for item in self.attributes)
        self.attributes = []
        name = node.child_by_field_name("name")
        if name is not None and not is_test:
            own = self.source(name)
            yield Import(self.span(node), "self", own, own, function=self.owner)

    def function_(self, node: Node) -> Iterator[Fact]:
        qualified = self._qualified(node)
        name, returns, body = (node.child_by_field_name(part) for part in ("name", "return_type", "body"))
        is_public = _is_public(node) or (not self.function and self._is_type() and node.type == "function_signature_item")
        modifiers = next((child for child in node.children[:3] if child.type == "function_modifiers"), None)
        self._enter(node, qualified)
        header, decorators = self._header(node, body)
        yield Definition(
            header,
            self.span(name) if name is not None else header,
            qualified,
            "method" if self._is_type() and qualified.count(".") == self.owner.count(".") + 1 else "function",
            decorators,
            (),
            self._parameters(node.child_by_field_name("parameters")),
            self._type(returns) if returns is not None else "",
            modifiers is not None and b"async" in self.chunk.text[modifiers.start_byte : modifiers.end_byte],
            is_public,
        )
        yield Block(self.span(node), "function", qualified)
        if body is not None:
            yield from self._tail(body, False, 0)

    def _is_type(self) -> bool:
        return self.owner.rpartition(".")[2][:1].isupper()

    def _tail(self, node: Node, in_error: bool, depth: int) -> Iterator[Fact]:
        """Yield what the last expression of a body gives back, in each of its branches."""
        kind = node.type
        if depth > _DEPTH:
            return
        if kind in ("block", "unsafe_block", "async_block"):
            inner = node.named_children[-1] if node.named_children else None
            while inner is not None and inner.type in _COMMENTS:
                inner = inner.prev_named_sibling
            if inner is None or inner.type in ("let_declaration", "empty_statement") or inner.type.endswith("_item"):
                return
            if inner.type == "expression_statement":
                if inner.children[-1].type == ";":
                    return
                inner = inner.named_children[0]
            yield from self._tail(inner, in_error, depth + 1)
        elif kind == "match_expression":
            body = node.child_by_field_name("body")
            for arm in body.named_children if body is not None else ():
                value = arm.child_by_field_name("value") if arm.type == "match_arm" else None
                if value is not None:
                    yield from self._tail(value, in_error or self._is_error_arm(arm), depth + 1)
        elif kind == "if_expression":
            consequence, alternative = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
            first, second = self._error_branches(node)
            if consequence is not None:
                yield from self._tail(consequence, in_error or first, depth + 1)
            if alternative is not None and alternative.named_children:
                yield from self._tail(alternative.named_children[-1], in_error or second, depth + 1)
        elif kind == "parenthesized_expression" and node.named_children:
            yield from self._tail(node.named_children[0], in_error, depth + 1)
        elif kind not in ("return_expression", "for_expression", "while_expression", "loop_expression", "break_expression"):
            yield Return(self.span(node), self.value(node), self.function, in_error)

    def _parameters(self, parameters: Node | None) -> tuple[Parameter, ...]:
        found = []
        for parameter in parameters.named_children if parameters is not None else ():
            if parameter.type != "parameter":
                continue
            pattern, type_node = parameter.child_by_field_name("pattern"), parameter.child_by_field_name("type")
            if pattern is None:
                continue
            variables = _variables(pattern)
            name = self.source(variables[0]) if variables else self.source(pattern)
            found.append(Parameter(self.span(parameter), name, self._type(type_node) if type_node is not None else ""))
        return tuple(found)

    def struct(self, node: Node) -> Iterator[Fact]:
        qualified = self._qualified(node)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        header, decorators = self._header(node, body)
        yield Definition(
            header, self.span(name) if name is not None else header, qualified, "struct", decorators, self._bases(qualified),
            is_exported=_is_public(node),
        )  # fmt: skip
        if body is not None and body.type == "field_declaration_list":
            yield from self._fields(qualified, body)
        elif body is not None:
            types = [child for child in body.named_children if child.type not in ("visibility_modifier", "attribute_item", *_COMMENTS)]
            for index, type_node in enumerate(types):
                yield Field(self.span(type_node), qualified, str(index), self._type(type_node))
        if body is not None:
            self.attributes = []

    def _bases(self, qualified: str) -> tuple[str, ...]:
        return tuple(self.names.resolve(trait) for trait in self.traits.get(qualified, ()))

    def _fields(self, owner: str, body: Node) -> Iterator[Fact]:
        attributes: list[Node] = []
        for member in body.named_children:
            if member.type == "attribute_item":
                attributes.append(member)
            elif member.type in ("field_declaration", "enum_variant"):
                name, type_node = member.child_by_field_name("name"), member.child_by_field_name("type")
                inner = member.child_by_field_name("body")
                declared = type_node or (inner.named_children[0] if inner is not None and len(inner.named_children) == 1 else None)
                start = attributes[0].start_byte if attributes else member.start_byte
                yield Field(
                    self.chunk.between(start, member.end_byte),
                    owner,
                    self.source(name) if name is not None else "?",
                    self._type(declared) if declared is not None else "",
                    None,
                    tuple(self._decorator(item) for item in attributes),
                )
                attributes = []

    def enum(self, node: Node) -> Iterator[Fact]:
        qualified = self._qualified(node)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        header, decorators = self._header(node, body)
        yield Definition(
            header, self.span(name) if name is not None else header, qualified, "enum", decorators, self._bases(qualified),
            is_exported=_is_public(node),
        )  # fmt: skip
        if body is not None:
            yield from self._fields(qualified, body)

    def trait(self, node: Node) -> Iterator[Fact]:
        qualified = self._qualified(node)
        name = node.child_by_field_name("name")
        header, decorators = self._header(node, node.child_by_field_name("body"))
        bounds = node.child_by_field_name("bounds")
        bases = tuple(self._type(item) for item in bounds.named_children if item.type != "lifetime") if bounds is not None else ()
        yield Definition(
            header, self.span(name) if name is not None else header, qualified, "trait", decorators, bases, is_exported=_is_public(node),
        )  # fmt: skip

    def alias(self, node: Node) -> Iterator[Fact]:
        name, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
        header, decorators = self._header(node, None)
        if name is not None and type_node is not None and not (self.owner and self._is_type()):
            yield Definition(
                header, self.span(name), self._qualified(node), "type", decorators, (self._type(type_node),), is_exported=_is_public(node)
            )

    def constant(self, node: Node) -> Iterator[Fact]:
        self.attributes = []
        name, value, type_node = (node.child_by_field_name(part) for part in ("name", "value", "type"))
        if name is not None and value is not None:
            target = self.source(name)
            if self._is_type() and not self.function:
                target = f"{self.owner}.{target}"
            declared = self._type(type_node) if type_node is not None else ""
            yield Assignment(self.span(node), target, self.value(value), self.function, declared)

    # Statements

    def let(self, node: Node) -> Iterator[Fact]:
        self.attributes = []
        pattern, value, type_node, alternative = (node.child_by_field_name(part) for part in ("pattern", "value", "type", "alternative"))
        if pattern is None or value is None:
            return
        name = _single(pattern)
        if name is not None:
            declared = self._type(type_node) if type_node is not None else ""
            yield Assignment(self.span(node), self.source(name), self.value(value), self.function, declared)
        if alternative is not None and pattern.type == "tuple_struct_pattern" and self.source(pattern.children[0]) == "Ok":
            self._note_default(value)
            yield from self._error(alternative, self.value(value), ())

    def assignment(self, node: Node) -> Iterator[Fact]:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        target = self._chain(left)
        if target:
            value = self.value(right) if node.type == "assignment_expression" else Unknown(self.span(right))
            yield Assignment(self.span(node), target, value, self.function)

    def statement(self, node: Node) -> Iterator[Fact]:
        if node.named_child_count == 1 and node.children[-1].type == ";":
            inner = node.named_children[0]
            while inner.type in _OPENING and inner.named_children:
                inner = inner.named_children[0]
            self.discarded.add((inner.start_byte, inner.end_byte))
        return iter(())

    def await_(self, node: Node) -> Iterator[Fact]:
        if node.named_children:
            inner = node.named_children[0]
            self.awaited.add((inner.start_byte, inner.end_byte))
        return iter(())

    def return_(self, node: Node) -> Iterator[Fact]:
        if node.named_children:
            yield Return(self.span(node), self.value(node.named_children[0]), self.function, self._within(self.errors))

    def comparison(self, node: Node) -> Iterator[Fact]:
        left, operator, right = (node.child_by_field_name(part) for part in ("left", "operator", "right"))
        # Filtered here: alternatives in the query make it quadratic on long concatenations.
        if left is not None and operator is not None and right is not None and operator.type in ("<", "<=", ">", ">="):
            yield Comparison(self.span(node), self.value(left), operator.type, self.value(right), self.function)

    def loop(self, node: Node) -> Iterator[Fact]:
        body = node.child_by_field_name("body")
        if body is None:
            return
        subject: Value | None = None
        variables: tuple[str, ...] = ()
        if node.type == "for_expression":
            pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
            variables = tuple(self.source(name) for name in _variables(pattern)) if pattern is not None else ()
            subject = self.value(value) if value is not None else None
        elif node.type == "while_expression":
            for each in _let_conditions(node.child_by_field_name("condition")):
                pattern, value = each.child_by_field_name("pattern"), each.child_by_field_name("value")
                if pattern is not None and value is not None:
                    variables = tuple(self.source(name) for name in _variables(pattern))
                    subject = self.value(value)
        yield from self._loop(body, subject, variables)

    def _loop(self, body: Node, subject: Value | None, variables: tuple[str, ...]) -> Iterator[Fact]:
        yield Block(self.span(body), "loop", self.function, subject, variables)
        self.loops.append((body.start_byte, body.end_byte))
        for variable in variables:
            self.loop_variables[variable] = body.end_byte

    def arm(self, node: Node) -> Iterator[Fact]:
        value = node.child_by_field_name("value")
        if value is not None and self._is_error_arm(node):
            pattern = node.child_by_field_name("pattern")
            yield from self._error(value, self._caught(pattern), _variables(pattern) if pattern is not None else ())

    def _caught(self, pattern: Node | None) -> Value | None:
        """Return what an `Err(…)` pattern names: `sqlx::Error::RowNotFound`, or just the variable."""
        inner = pattern.named_children[0] if pattern is not None and pattern.named_children else None
        if inner is None or inner.type != "tuple_struct_pattern" or len(inner.named_children) < 2:
            return None
        found = inner.named_children[1]
        if found.type in ("tuple_struct_pattern", "struct_pattern") and found.named_children:
            found = found.named_children[0]
        return self.value(found) if found.type in ("identifier", "scoped_identifier") else Unknown(self.span(found))

    def _is_error_arm(self, arm: Node) -> bool:
        pattern = arm.child_by_field_name("pattern")
        return pattern is not None and self.chunk.text.startswith((b"Err(", b"Err ("), pattern.start_byte)

    def _error_branches(self, node: Node) -> tuple[bool, bool]:
        """Return whether the first or second branch of an `if` deals with an error: `if let Err(e) = …`, `if let Ok(x) = … {} else {}`."""
        lets = list(_let_conditions(node.child_by_field_name("condition")))
        starts = [self.chunk.text[each.start_byte : each.start_byte + 40].split(b"(")[0].split() for each in lets]
        return any(words[-1:] == [b"Err"] for words in starts), any(words[-1:] == [b"Ok"] for words in starts)

    def if_(self, node: Node) -> Iterator[Fact]:
        condition, consequence, alternative = (node.child_by_field_name(part) for part in ("condition", "consequence", "alternative"))
        if condition is None or consequence is None:
            return
        first, second = self._error_branches(node)
        subject: Value | None = None
        variables: list[Node] = []
        for each in _let_conditions(condition):
            pattern, value = each.child_by_field_name("pattern"), each.child_by_field_name("value")
            if pattern is not None and value is not None:
                variables.extend(_variables(pattern))
                subject = self.value(value)
                name = _single(pattern)
                if name is not None and not first:
                    yield Assignment(self.span(each), self.source(name), subject, self.function)
                if second:
                    self._note_default(value)
        if first:
            yield from self._error(consequence, subject, variables)
        else:
            subject = subject if subject is not None else self.value(condition)
            yield Block(self.span(consequence), "branch", self.function, subject, tuple(self.source(name) for name in variables))
        if second and alternative is not None and alternative.named_children:
            yield from self._error(alternative.named_children[-1], subject, ())

    def _error(self, body: Node, subject: Value | None, variables: list[Node] | tuple[()]) -> Iterator[Fact]:
        yield Block(self.span(body), "error", self.function, subject, tuple(self.source(name) for name in variables))
        self.errors.append((body.start_byte, body.end_byte))

    # Expressions

    def call(self, node: Node) -> Iterator[Fact]:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return
        if function.type == "generic_function":
            function = function.child_by_field_name("function") or function
        written = self._chain(function)
        if not written or written in _VARIANTS:
            return
        place = (node.start_byte, node.end_byte)
        last = function.child_by_field_name("field") or function.child_by_field_name("name") or function
        method = written.rpartition(".")[2]
        values = self._arguments(node)
        if function.type == "field_expression" and (method in _DEFAULTS or method in _OPTIONAL):
            inner = function.child_by_field_name("value")
            if inner is not None:
                self._note_default(inner)
        yield Call(
            self.span(node),
            self.span(last),
            self.chunk.between(arguments.start_byte + 1, max(arguments.start_byte + 1, arguments.end_byte - 1)),
            self._resolve(written),
            values,
            self.function,
            bool(self.loops) and self._within(self.loops),
            False,
            bool(self.errors) and self._within(self.errors),
            place in self.awaited,
            place in self.discarded,
            place in self.defaulted,
            written,
        )
        if any(type(item.value) is Function for item in values):
            self._note_closures(function, written, arguments)

    def _note_default(self, node: Node) -> None:
        """Remember that the call which a value comes from has a default: `env::var("X").context("…").unwrap_or(…)`."""
        while True:
            if node.type == "call_expression":
                self.defaulted.add((node.start_byte, node.end_byte))
                function = node.child_by_field_name("function")
                inner = function.child_by_field_name("value") if function is not None and function.type == "field_expression" else None
            elif node.type in _OPENING and node.named_children:
                inner = node.named_children[0]
            else:
                return
            if inner is None:
                return
            node = inner

    def _note_closures(self, function: Node, written: str, arguments: Node) -> None:
        for child in arguments.named_children:
            if child.type != "closure_expression":
                continue
            receiver, _, method = written.rpartition(".")
            kind = "elsewhere" if method in _ELSEWHERE or written.endswith(("thread.spawn", "rayon.spawn", "web.block")) else "callback"
            subject: Value = Name(self.span(function), self._resolve(written), written)
            if function.type == "field_expression":
                if method in _ERROR_CLOSURES:
                    kind = "error"
                elif method in _LOOP_CLOSURES or (method in _ADAPTERS and _ITERATORS.search(receiver)):
                    kind = "loop"
                    value = function.child_by_field_name("value")
                    subject = self.value(value) if value is not None else subject
            self.closures[child.start_byte] = (kind, subject)

    def closure(self, node: Node) -> Iterator[Fact]:
        body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
        found = self.closures.get(node.start_byte)
        if found is None or body is None:
            return
        kind, subject = found
        variables = [name for item in parameters.named_children for name in _variables(item)] if parameters is not None else []
        if kind == "elsewhere":  # It runs on a thread of its own, and may block there: a function for itself.
            count = self.elsewhere[self.function] = self.elsewhere.get(self.function, 0) + 1
            name = f"{self.function}.closure{count}" if self.function else f"closure{count}"
            header = self.chunk.between(node.start_byte, body.start_byte)
            self._enter(node, name)
            yield Definition(header, header, name, "function", is_exported=False)
            yield Block(self.span(node), "function", name)
        elif kind == "loop":
            yield from self._loop(body, subject, tuple(self.source(name) for name in variables))
        elif kind == "error":
            yield from self._error(body, subject, variables)
        else:
            yield Block(self.span(body), "callback", self.function, subject, tuple(self.source(name) for name in variables))

    def macro(self, node: Node) -> Iterator[Fact]:
        path, tokens = node.child_by_field_name("macro"), node.children[-1]
        if path is None or tokens.type != "token_tree":
            return
        written = _plain(self.source(path)) + "!"
        place = (node.start_byte, node.end_byte)
        yield Call(
            self.span(node),
            self.chunk.between(path.start_byte, path.end_byte + 1),
            self.chunk.between(tokens.start_byte + 1, max(tokens.start_byte + 1, tokens.end_byte - 1)),
            self._resolve_macro(written),
            self._given(written, tokens),
            self.function,
            bool(self.loops) and self._within(self.loops),
            False,
            bool(self.errors) and self._within(self.errors),
            place in self.awaited,
            place in self.discarded,
            False,
            written,
        )

    def _given(self, written: str, tokens: Node) -> tuple[Argument, ...]:
        last = written[:-1].rpartition(".")[2]
        if last == "json":
            return ()
        if last in _TEMPLATES:
            return ()
        if last in _DECLARING:
            span = self.chunk.between(tokens.start_byte + 1, max(tokens.start_byte + 1, tokens.end_byte - 1))
            return (Argument(span, String(span, self.source(tokens)[1:-1])),)
        return self._macro_arguments(tokens)

    def _resolve_macro(self, written: str) -> str:
        return f"{self._resolve(written[:-1])}!"

    def literal(self, node: Node) -> Iterator[Fact]:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        written = _plain(self.source(name))
        yield Call(
            self.span(node),
            self.span(name),
            self.chunk.between(body.start_byte + 1, max(body.start_byte + 1, body.end_byte - 1)),
            self._resolve(written),
            self._initializers(body, 0),
            self.function,
            bool(self.loops) and self._within(self.loops),
            False,
            bool(self.errors) and self._within(self.errors),
            written=written,
        )

    def _initializers(self, body: Node, depth: int) -> tuple[Argument, ...]:
        found = []
        for item in body.named_children:
            if item.type == "field_initializer":
                field, value = item.child_by_field_name("field"), item.child_by_field_name("value")
                if field is not None and value is not None:
                    found.append(Argument(self.span(item), self.value(value, depth + 1), self.source(field)))
            elif item.type == "shorthand_field_initializer" and item.named_children:
                name = item.named_children[-1]
                found.append(Argument(self.span(item), self.value(name, depth + 1), self.source(name)))
            elif item.type == "base_field_initializer" and item.named_children:
                found.append(Argument(self.span(item), self.value(item.named_children[0], depth + 1), "**"))
        return tuple(found)

    def access(self, node: Node) -> Iterator[Fact]:
        start, end = node.start_byte, node.end_byte
        if end <= self.accessed_until or not (self.loop_variables or self.constants):
            return
        root = node
        while root.type == "field_expression":
            inner = root.child_by_field_name("value")
            if inner is None:
                return
            root = inner
        if root.type != "identifier":
            return
        self.accessed_until = end
        name = self.source(root)
        if self.loop_variables.get(name, -1) > start or name in self.constants:
            written = self._chain(node)
            if written:
                in_loop = bool(self.loops) and self._within(self.loops)
                yield Access(self.span(node), self._resolve(written), self.function, in_loop, (start, end) in self.defaulted)

    def value(self, node: Node, depth: int = 0) -> Value:
        """Return what is known of an expression without running it; read once, though it may be part of several facts."""
        place = (node.start_byte, node.end_byte)
        known = self.values.get(place)
        if known is None:
            known = self._value(node, depth)
            self.values[place] = known
        return known

    def _value(self, node: Node, depth: int) -> Value:
        kind = node.type
        if depth > _DEPTH:
            return Unknown(self.span(node))
        if kind == "identifier":
            written = self.source(node)
            if written == "None":
                return Null(self.span(node))
            return Name(self.span(node), self._resolve(written), written)
        if kind in ("field_expression", "scoped_identifier", "self", "index_expression"):
            written = self._chain(node)
            return Name(self.span(node), self._resolve(written), written) if written else Unknown(self.span(node))
        if kind in _TEXTS:
            return String(self.span(node), self._text(node))
        if kind in ("integer_literal", "float_literal"):
            return _number(self.span(node), self.source(node))
        if kind == "call_expression":
            return self._called(node, depth)
        if kind in ("reference_expression", "await_expression", "try_expression", "parenthesized_expression", "type_cast_expression"):
            inner = node.child_by_field_name("value") or (node.named_children[0] if node.named_children else None)
            return self.value(inner, depth + 1) if inner is not None else Unknown(self.span(node))
        if kind == "macro_invocation":
            return self._macro_value(node, depth)
        if kind == "struct_expression":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and body is not None:
                return Invocation(self.span(node), self._resolve(_plain(self.source(name))), self._initializers(body, depth))
        if kind == "boolean_literal":
            return Boolean(self.span(node), self.source(node) == "true")
        if kind == "tuple_expression" or (kind == "array_expression" and node.child_by_field_name("length") is None):
            return Sequence(
                self.span(node), tuple(self.value(item, depth + 1) for item in node.named_children if item.type not in _COMMENTS)
            )
        if kind == "closure_expression":
            return Function(self.span(node), "")
        if kind == "unary_expression" and node.named_children:
            inner_value = self.value(node.named_children[-1], depth + 1)
            if node.children[0].type == "*":
                return inner_value
            if node.children[0].type == "-" and isinstance(inner_value, Number):
                return Number(self.span(node), -inner_value.value)
            return Unknown(self.span(node))
        if kind == "binary_expression":
            return self._binary(node, depth)
        if kind == "block" and len(node.named_children) == 1:
            return self.value(node.named_children[0], depth + 1)
        if kind == "char_literal":
            return String(self.span(node), _unescaped(self.source(node)[1:-1]))
        return Unknown(self.span(node))

    def _called(self, node: Node, depth: int) -> Value:
        function = node.child_by_field_name("function")
        if function is None:
            return Unknown(self.span(node))
        if function.type == "generic_function":
            function = function.child_by_field_name("function") or function
        if function.type == "field_expression":
            field, receiver = function.child_by_field_name("field"), function.child_by_field_name("value")
            method = self.source(field) if field is not None else ""
            if receiver is not None and method in _CONVERSIONS:
                inner = self.value(receiver, depth + 1)
                if not isinstance(inner, Unknown):
                    return inner
            if receiver is not None and method in _DEFAULTS:
                arguments = node.child_by_field_name("arguments")
                given = arguments.named_children[0] if arguments is not None and arguments.named_children else None
                if given is not None and given.type == "closure_expression":
                    given = given.child_by_field_name("body") or given
                if given is not None:
                    return Sequence(self.span(node), (self.value(receiver, depth + 1), self.value(given, depth + 1)))
        written = self._chain(function)
        if not written:
            return Unknown(self.span(node))
        if written in _HANDED_ON:
            arguments = node.child_by_field_name("arguments")
            if arguments is not None and len(arguments.named_children) == 1:
                return self.value(arguments.named_children[0], depth + 1)
        return Invocation(self.span(node), self._resolve(written), self._arguments(node, depth))

    def _macro_value(self, node: Node, depth: int) -> Value:
        path, tokens = node.child_by_field_name("macro"), node.children[-1]
        span = self.span(node)
        if path is None or tokens.type != "token_tree":
            return Unknown(span)
        written = _plain(self.source(path))
        last = written.rpartition(".")[2]
        if last == "json":
            piece = next(_pieces(tokens), [])
            return self._token_value(piece) if piece else Null(span)
        arguments = self._macro_arguments(tokens, depth)
        if last in ("format", "concat", "format_args"):
            return self._formatted(span, arguments) if last != "concat" else Template(span, tuple(item.value for item in arguments))
        if last == "vec":
            return Sequence(span, tuple(item.value for item in arguments))
        return Invocation(span, self._resolve_macro(written + "!"), arguments)

    def _formatted(self, span: Span, arguments: tuple[Argument, ...]) -> Value:
        """Return the parts of `format!("{}/{id}?{0}", base, id = …)`."""
        first = arguments[0].value if arguments else None
        if not isinstance(first, String):
            return Unknown(span)
        named = {item.name: item.value for item in arguments[1:] if item.name}
        given = [item.value for item in arguments[1:] if not item.name]
        parts: list[Value] = []
        text, at, position = "", 0, 0
        for match in _HOLE.finditer(first.value):
            text += first.value[at : match.start()]
            at = match.end()
            if match[1] is None:
                text += match[0][0]
                continue
            if text:
                parts.append(String(first.span, text))
                text = ""
            hole = match[1].strip()
            if not hole:
                parts.append(given[position] if position < len(given) else Unknown(first.span))
                position += 1
            elif hole.isdigit():
                parts.append(given[int(hole)] if int(hole) < len(given) else Unknown(first.span))
            else:
                parts.append(named.get(hole) or Name(first.span, self._resolve(hole), hole))
        text += first.value[at:]
        if text:
            parts.append(String(first.span, text))
        if all(isinstance(part, String) for part in parts):
            return String(span, "".join(part.value for part in parts if isinstance(part, String)))
        return Template(span, tuple(parts))

    def _binary(self, node: Node, depth: int) -> Value:
        left, operator, right = (node.child_by_field_name(part) for part in ("left", "operator", "right"))
        span = self.span(node)
        if left is None or right is None or operator is None or operator.type not in ("+", "*", "-"):
            return Unknown(span)
        first, second = self.value(left, depth + 1), self.value(right, depth + 1)
        if operator.type == "+" and (isinstance(first, String | Template) or isinstance(second, String | Template)):
            parts: list[Value] = []
            for value in (first, second):
                parts.extend(value.parts if isinstance(value, Template) else (value,))
            if all(isinstance(part, String) for part in parts):
                return String(span, "".join(part.value for part in parts if isinstance(part, String)))
            return Template(span, tuple(parts))
        if isinstance(first, Number) and isinstance(second, Number):
            a, b = first.value, second.value
            return Number(span, a * b if operator.type == "*" else a + b if operator.type == "+" else a - b)
        return Unknown(span)

    def _text(self, node: Node) -> str:
        content = "".join(self.source(child) for child in node.named_children if child.type != "ERROR")
        return content if node.type == "raw_string_literal" else _unescaped(content)

    def _arguments(self, call: Node, depth: int = 0) -> tuple[Argument, ...]:
        arguments = call.child_by_field_name("arguments")
        if arguments is None:
            return ()
        return tuple(
            Argument(self.span(node), self.value(node, depth + 1))
            for node in arguments.named_children
            if node.type not in _COMMENTS and node.type != "attribute_item"
        )

    def _resolve(self, written: str) -> str:
        return self.names.resolve(written, self.function or self.owner)

    def _type(self, node: Node) -> str:
        """Return a type with its paths resolved: `axum.extract.State<sqlx.PgPool>`."""
        source = self.source(node)
        known = self.types.get(source)
        if known is None:
            known = self.types[source] = _PATH.sub(lambda match: self._type_name(match[0], node), " ".join(source.split()))
        return known

    def _type_name(self, path: str, node: Node) -> str:
        if path in _PRIMITIVE:
            return path
        written = path.replace(" ", "").replace("::", ".")
        if written.startswith(("crate.", "super.")):
            self.paths.setdefault(written, node)
        if written == "Self" and self.owner:
            return self.owner
        return self.names.resolve(written, self.function or self.owner)

    def _chain(self, node: Node) -> str:
        """Return a chain of names as described at the top of this module; "" for any other expression."""
        place = (node.start_byte, node.end_byte)
        known = self.chains.get(place)
        if known is None:
            known = self.chains[place] = self._chained(node)
        return known

    def _chained(self, node: Node) -> str:
        kind = node.type
        if kind == "identifier" or kind == "self":
            return self.source(node)
        if kind == "scoped_identifier" or kind == "generic_type":
            written = _plain(self.source(node))
            if written.startswith(("crate.", "super.")):
                self.paths.setdefault(written, node)
            if written.partition(".")[0] in self.variables:  # `orders::table` is no part of a variable `orders`.
                return self.file_names.resolve(written, self.owner)
            return written
        if kind == "field_expression":
            inner, field = node.child_by_field_name("value"), node.child_by_field_name("field")
            if inner is None or field is None:
                return ""
            before = self._chain(inner)
            return f"{before}.{self.source(field)}" if before else ""
        if kind == "call_expression":
            function = node.child_by_field_name("function")
            if function is None:
                return ""
            if function.type == "generic_function":
                function = function.child_by_field_name("function") or function
            written = self._chain(function)
            if not written:
                return ""
            if function.type == "field_expression":
                receiver, _, method = written.rpartition(".")
                if method in _TRANSPARENT:
                    return receiver
                if method == "build":
                    return _built(receiver) or f"{written}()"
                return f"{written}()"
            if written in _HANDED_ON or written in ("Ok", "Err"):
                arguments = node.child_by_field_name("arguments")
                return self._chain(arguments.named_children[0]) if arguments is not None and len(arguments.named_children) == 1 else ""
            return self._made(written)
        if kind in ("await_expression", "try_expression", "parenthesized_expression", "unary_expression", "type_cast_expression"):
            return self._chain(node.named_children[0]) if node.named_children else ""
        if kind == "reference_expression":
            inner = node.child_by_field_name("value")
            return self._chain(inner) if inner is not None else ""
        if kind == "macro_invocation":
            path = node.child_by_field_name("macro")
            return f"{_plain(self.source(path))}!()" if path is not None else ""
        if kind == "generic_function":
            function = node.child_by_field_name("function")
            return self._chain(function) if function is not None else ""
        if kind == "index_expression" and len(node.named_children) == 2 and node.named_children[1].type == "string_literal":
            before = self._chain(node.named_children[0])
            return f"{before}.{self._text(node.named_children[1])}" if before else ""
        if kind == "struct_expression":
            name = node.child_by_field_name("name")
            return f"{_plain(self.source(name))}()" if name is not None else ""
        return ""

    def _made(self, written: str) -> str:
        """Return what the call of a path gives: `Client()` for `Client::new()`, else the declared result of a function of this file."""
        if written.startswith("Self.") and self.owner:
            written = f"{self.owner}{written[4:]}"
        declared = self.file_names.resolve(written.replace(".", "/"), _RESULT)
        if declared.endswith("()"):
            return declared
        owner, _, own = written.rpartition(".")
        if declared == "?":  # Of this file, and its result is no type to follow.
            return f"{written}()"
        if own == "builder" or not owner.rpartition(".")[2][:1].isupper() or own[:1].isupper():
            return f"{written}()"
        return f"{owner}()"


_HANDLERS: dict[str, Callable[[_Reader, Node], Iterator[Fact]]] = {
    "import": _Reader.imports,
    "module": _Reader.module,
    "function": _Reader.function_,
    "signature": _Reader.function_,
    "struct": _Reader.struct,
    "enum": _Reader.enum,
    "trait": _Reader.trait,
    "alias": _Reader.alias,
    "constant": _Reader.constant,
    "attribute": _Reader.attribute,
    "let": _Reader.let,
    "assignment": _Reader.assignment,
    "call": _Reader.call,
    "macro": _Reader.macro,
    "literal": _Reader.literal,
    "access": _Reader.access,
    "closure": _Reader.closure,
    "loop": _Reader.loop,
    "arm": _Reader.arm,
    "if": _Reader.if_,
    "await": _Reader.await_,
    "statement": _Reader.statement,
    "return": _Reader.return_,
    "comparison": _Reader.comparison,
}
_LISTS = frozenset({"tuple_expression", "parenthesized_expression", "array_expression"})


@lru_cache(maxsize=1)
def _macro_parser() -> Parser:
    return Parser(_GRAMMAR.language)


def _built(receiver: str) -> str:
    """Return what `.build()` gives: `Client()` after `Client::builder()` or `ClientBuilder::new()`; "" when it is not known."""
    first = receiver.partition("().")[0].removesuffix("()")
    if first.endswith(".builder"):
        return f"{first[:-8]}()"
    last = first.rpartition(".")[2]
    return f"{first[:-7]}()" if last.endswith("Builder") and len(last) > 7 else ""


def _pieces(tokens: Node) -> Iterator[list[Node]]:
    """Yield what commas separate in a token tree."""
    piece: list[Node] = []
    for token in tokens.children[1:-1]:
        if token.type == ",":
            yield piece
            piece = []
        elif token.type not in _COMMENTS:
            piece.append(token)
    if piece:
        yield piece


def _is_public(node: Node) -> bool:
    return bool(node.children) and node.children[0].type == "visibility_modifier"


def _let_conditions(condition: Node | None) -> Iterator[Node]:
    if condition is None:
        return
    if condition.type == "let_condition":
        yield condition
    elif condition.type == "let_chain":
        yield from (child for child in condition.named_children if child.type == "let_condition")


def _variables(pattern: Node) -> list[Node]:
    """Return the names that a pattern binds."""
    found = []
    stack = [pattern]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_field_identifier"):
            if not node.text or not node.text[:1].isupper():
                found.append(node)
        elif kind in ("tuple_struct_pattern", "struct_pattern"):
            stack.extend(reversed(node.named_children[1:]))
        elif kind == "field_pattern":
            inner = node.child_by_field_name("pattern")
            stack.append(inner if inner is not None else node.named_children[-1])
        elif kind == "parameter":
            inner = node.child_by_field_name("pattern")
            if inner is not None:
                stack.append(inner)
        elif kind not in ("scoped_identifier", "remaining_field_pattern") and node.named_children:
            stack.extend(reversed(node.named_children))
    return found


def _single(pattern: Node) -> Node | None:
    """Return the one name of `x`, `mut x`, `Some(x)`, `Ok(x)`, or None."""
    while True:
        if pattern.type == "identifier":
            return pattern
        if pattern.type == "tuple_struct_pattern" and len(pattern.named_children) == 2:
            pattern = pattern.named_children[1]
        elif pattern.type in ("mut_pattern", "ref_pattern") and pattern.named_children:
            pattern = pattern.named_children[-1]
        else:
            return None


def _imported(chunk: Chunk, node: Node) -> Iterator[tuple[str, str, str]]:
    """Yield (module, name, alias) of a `use`: each leaf of its tree."""
    argument = node.child_by_field_name("argument")
    if argument is not None:
        yield from _leaves(chunk, argument, "", 0)


def _leaves(chunk: Chunk, node: Node, prefix: str, depth: int) -> Iterator[tuple[str, str, str]]:
    kind = node.type
    if depth > _DEPTH:
        return
    if kind in ("identifier", "self", "crate", "super", "scoped_identifier"):
        written = _plain(chunk.source(node))
        if written == "self" and prefix:  # use a::b::{self}
            module, _, name = prefix.rpartition(".")
            yield (module, name, name) if module else (prefix, "", prefix)
            return
        full = f"{prefix}.{written}" if prefix else written
        module, _, name = full.rpartition(".")
        yield (module, name, name) if module else (full, "", full)
    elif kind == "use_as_clause":
        path, alias = node.child_by_field_name("path"), node.child_by_field_name("alias")
        if path is not None and alias is not None:
            for module, name, _ in _leaves(chunk, path, prefix, depth + 1):
                yield module, name, chunk.source(alias)
    elif kind == "use_wildcard":
        written = _plain(chunk.source(node).removesuffix("*"))
        full = ".".join(part for part in (prefix, written) if part)
        yield full or "self", "*", "*"
    elif kind == "scoped_use_list":
        path, items = node.child_by_field_name("path"), node.child_by_field_name("list")
        written = _plain(chunk.source(path)) if path is not None else ""
        full = ".".join(part for part in (prefix, written) if part)
        for item in items.named_children if items is not None else ():
            yield from _leaves(chunk, item, full, depth + 1)
    elif kind == "use_list":
        for item in node.named_children:
            yield from _leaves(chunk, item, prefix, depth + 1)


def _type_target(chunk: Chunk, node: Node, owner: str) -> str:
    """Return `X()` for a type that is, or wraps, one named type X; else ""."""
    for _ in range(_DEPTH):
        kind = node.type
        if kind in ("type_identifier", "scoped_type_identifier"):
            written = _plain(chunk.source(node))
            if written == "Self":
                written = owner
            return f"{written}()" if written and written not in _PRIMITIVE else ""
        if kind == "generic_type":
            head, arguments = node.child_by_field_name("type"), node.child_by_field_name("type_arguments")
            if head is None:
                return ""
            written = _plain(chunk.source(head))
            if written.rpartition(".")[2] not in _WRAPPERS or arguments is None:
                return f"{written}()"
            inner = next((child for child in arguments.named_children if child.type not in ("lifetime", "type_binding")), None)
        elif kind in ("reference_type", "pointer_type"):
            inner = node.child_by_field_name("type")
        elif kind in ("dynamic_type", "abstract_type"):
            inner = node.child_by_field_name("trait")
        elif kind == "bounded_type":
            inner = node.named_children[0] if node.named_children else None
        else:
            return ""
        if inner is None:
            return ""
        node = inner
    return ""


def _number(span: Span, source: str) -> Value:
    match = _NUMBER.match(source)
    if match is None:
        return Unknown(span)
    digits = match[1].replace("_", "")
    try:
        return Number(span, float(int(digits, 0)) if digits[:2] in ("0x", "0o", "0b") else float(digits))
    except (ValueError, OverflowError):
        return Unknown(span)


def _unescaped(content: str) -> str:
    if "\\" not in content:
        return content

    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            number = int(match[2].replace("_", "") or "0", 16)
            return chr(number) if number < 0x110000 else ""
        return _ESCAPES.get(match[3], match[3]) if match[3] else ""

    return _ESCAPE.sub(plain, content)


# Files


def resolve(item: Import, path: str, paths: Paths) -> str | None:
    """Return the deepest module file on the way that an import names, or None for a library."""
    parts = item.module.split(".")
    if item.name and item.name != "*":
        parts.append(item.name)
    crate = _crate(path, paths)
    folder = _own_folder(path, crate)
    head = parts[0]
    if head == "crate":
        return _deepest(crate, parts[1:], crate, paths, path)
    if head in ("self", "super"):
        while parts and parts[0] in ("self", "super"):
            if parts[0] == "super":
                if folder == crate:
                    return None
                folder = dirname(folder)
            parts = parts[1:]
        return _deepest(folder, parts, crate, paths, path)
    if f"{folder}/{head}.rs".lstrip("/") in paths.files or f"{folder}/{head}/mod.rs".lstrip("/") in paths.files:
        return _deepest(folder, parts, crate, paths, path)
    other = _crates(paths).get(_renamed(head, path, paths))
    if other is None:
        return None
    return _deepest(other, parts[1:], other, paths, "")


def _deepest(folder: str, parts: list[str], crate: str, paths: Paths, path: str) -> str | None:
    for part in parts:
        inner = f"{folder}/{part}" if folder else part
        if f"{inner}.rs" not in paths.files and f"{inner}/mod.rs" not in paths.files:
            break
        folder = inner
    if folder == crate:
        candidates = [f"{folder}/{name}".lstrip("/") for name in ("lib.rs", "main.rs", "mod.rs")]
        if dirname(path) == folder and path.endswith("main.rs"):
            return path
    else:
        candidates = [f"{folder}.rs", f"{folder}/mod.rs"]
    found = next((candidate for candidate in candidates if candidate in paths.files), None)
    if found is None and folder == _own_folder(path, crate):
        return path
    return found


def _own_folder(path: str, crate: str) -> str:
    """Return the folder that holds the modules below a file."""
    folder, _, name = path.rpartition("/")
    if name in ("mod.rs", "main.rs", "lib.rs") or (folder == crate and _is_root(path)):
        return folder
    return path.removesuffix(".rs")


def _is_root(path: str) -> bool:
    """Whether a file is a crate of its own by its place: `src/bin/x.rs`, `tests/x.rs`, `examples/x.rs`."""
    folder = dirname(path)
    return folder.endswith(("src/bin", "tests", "examples", "benches")) or folder in ("tests", "examples", "benches")


def _crate(path: str, paths: Paths) -> str:
    """Return the folder of the root module of the crate that a file belongs to."""
    project = next(paths.projects(path, "cargo"), None)
    if project is not None:
        prefix = f"{project}/" if project else ""
        below = path[len(prefix) :].split("/")
        if below[0] in ("tests", "examples", "benches"):
            return f"{prefix}{below[0]}" if len(below) < 3 else f"{prefix}{below[0]}/{below[1]}"
        if below[:2] == ["src", "bin"]:
            return f"{prefix}src/bin" if len(below) < 4 else f"{prefix}src/bin/{below[2]}"
        if below[0] == "src":
            return f"{prefix}src"
    folder = dirname(path)
    while True:
        prefix = f"{folder}/" if folder else ""
        if f"{prefix}lib.rs" in paths.files or f"{prefix}main.rs" in paths.files:
            return folder
        if not folder:
            return dirname(path)
        folder = dirname(folder)


@lru_cache(maxsize=4)
def _crates(paths: Paths) -> dict[str, str]:
    """Return the folder of the library crate of each package of the workspace, by the name that code uses."""
    found = {}
    for folder, manifests in paths.manifests.items():
        for manifest in manifests:
            if manifest.kind == "cargo" and manifest.name:
                root = manifest.source_roots[0] if manifest.source_roots else "src"
                source = f"{folder}/{root}" if folder else root
                if f"{source}/lib.rs" in paths.files or (manifest.source_roots and f"{source}/mod.rs" in paths.files):
                    name = next((alias for alias, package in manifest.aliases if not package), manifest.name)  # [lib] name = "shop"
                    found[name.replace("-", "_")] = found[manifest.name.replace("-", "_")] = source
    return found


def _renamed(name: str, path: str, paths: Paths) -> str:
    """Return the package of a dependency that the crate of a file calls otherwise: `b = { package = "shop-b", … }`."""
    project = next(paths.projects(path, "cargo"), None)
    manifests = paths.manifests.get(project, ()) if project is not None else ()
    renamed = (package for item in manifests for alias, package in item.aliases if package and alias.replace("-", "_") == name)
    return next(renamed, name).replace("-", "_")


LANGUAGE = CodeLanguage(
    name="rust",
    comment="//",
    suffixes=(".rs",),
    grammars={"": _GRAMMAR},
    query=(Path(__file__).with_suffix(".scm")).read_text(encoding="utf-8"),
    members={"impl_item": "declaration_list", "trait_item": "declaration_list", "mod_item": "declaration_list"},
    leads=frozenset({"attribute_item", *_COMMENTS}),
    owner=_owner,
    bind=bind,
    read=read,
    resolve=resolve,
    shape=Shape(
        start=r"(?:pub|fn|async|unsafe|impl|struct|enum|trait|mod|use|const|static|type|extern|union)\b|[a-z_]\w*!",
        lead=r"#\[|//|/\*",
        holder=r"(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:unsafe[ \t]+)?(?:impl|trait|mod)\b",
        member=r"(?:pub|fn|async|unsafe|const|type|extern|impl|struct|enum|trait|mod|use|static)\b",
        filler="fn _f() {}",
        closing="}\n",
    ),
)
