"""What names stand for in JavaScript and TypeScript: chains of names as written, and what files, classes and functions bind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from architrave.language import Chunk
from architrave.names import Binding

DEPTH = 12  # Deeper values say nothing more.
_LONGEST_CHAIN = 64  # Names; a longer chain is generated, and reading each of its calls anew would cost its square.
CHAIN = re.compile(rb"[A-Za-z_$][\w$]*(?:!?\??\.#?[A-Za-z_$][\w$]*)*!?")
TRANSPARENT = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression"})


def owner_of(node: Node, owner: str, text: bytes) -> str:
    name = node.child_by_field_name("name")
    own = text[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else "default"
    return f"{owner}.{own}" if owner else own


def bind(chunk: Chunk) -> Iterator[Binding]:
    """Yield what a chunk binds for the whole file: imports, variables at the top, and the fields of classes."""
    inside = -1  # End of the function that is being passed.
    constructor: dict[str, str] = {}
    owner = chunk.owner
    class_end = chunk.end if owner else -1
    for name, node in chunk.captures:
        start = node.start_byte
        if start >= class_end:
            owner = ""
        if name == "import":
            yield from (binding for *_, binding in imported(chunk, node) if binding is not None)
        elif name == "class":
            if start >= inside:
                owner = owner_of(node, chunk.owner, chunk.text)
                class_end = node.end_byte
                yield Binding(owner, "this", f"{owner}()")
        elif name == "function":
            if start >= inside:
                inside = node.end_byte
                constructor = {}
                if owner and node.type == "method_definition":
                    yield from _constructor_bindings(chunk, node, owner, constructor)
        elif name == "field":
            if owner and start >= inside and node.type != "property_signature":
                key = node.child_by_field_name("name")
                target = _declared_target(chunk, node, node.child_by_field_name("value"))
                if key is not None and target:
                    yield Binding(f"{owner}()", chunk.source(key), target)
        elif name == "declarator":
            if start >= inside:
                yield from declared_bindings(chunk, node, "")
        elif name == "assignment" and owner and start < inside:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is None or right is None:
                continue
            root, _, attribute = chunk.source(left).partition(".")
            if root == "this" and attribute.isidentifier():
                target = target_of(chunk, right)
                if target:
                    yield Binding(f"{owner}()", attribute, constructor.get(target, target))


def _constructor_bindings(chunk: Chunk, node: Node, owner: str, typed: dict[str, str]) -> Iterator[Binding]:
    """Yield a field for each parameter such as `private readonly http: HttpService`; note the types of the others in `typed`."""
    name = node.child_by_field_name("name")
    if name is None or chunk.text[name.start_byte : name.end_byte] != b"constructor":
        return
    parameters = node.child_by_field_name("parameters")
    for parameter in parameters.named_children if parameters is not None else ():
        pattern, declared = parameter.child_by_field_name("pattern"), parameter.child_by_field_name("type")
        if pattern is None or declared is None:
            continue
        target = type_target(chunk, declared)
        if not target:
            continue
        typed[chunk.source(pattern)] = target
        if is_property(chunk, parameter, pattern):
            yield Binding(f"{owner}()", chunk.source(pattern), target)


def is_property(chunk: Chunk, parameter: Node, pattern: Node) -> bool:
    return any(child.type in ("accessibility_modifier", "readonly", "override_modifier") for child in parameter.children)


def declared_bindings(chunk: Chunk, node: Node, scope: str) -> Iterator[Binding]:
    """Yield what `name = value` of a variable declaration binds in a scope."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None:
        return
    module = required_module(chunk, value) if value is not None else None
    if name.type == "identifier":
        written = chunk.source(name)
        if module is not None:
            yield Binding(scope, written, module, True)
            return
        target = _declared_target(chunk, node, value)
        if target or scope:
            # const knex = require("knex")({ … })
            is_itself = target.startswith(f"{written}()") and value is not None and chunk.source(value).startswith("require(")
            yield Binding(scope, written, target or written, is_itself)
        return
    if name.type == "object_pattern":
        base = module if module is not None else target_of(chunk, value) if value is not None else ""
        for key, alias, _ in destructured(chunk, name):
            if base:
                yield Binding(scope, alias, f"{base}.{key}", module is not None)
            elif scope:
                yield Binding(scope, alias, alias)
    elif scope:
        for index, variable in enumerate(pattern_names(chunk, name)):
            target = target_of(chunk, value) if value is not None and not index else ""
            yield Binding(scope, variable, target or variable)


def _declared_target(chunk: Chunk, node: Node, value: Node | None) -> str:
    declared = node.child_by_field_name("type")
    target = type_target(chunk, declared) if declared is not None else ""
    return target or (target_of(chunk, value) if value is not None else "")


def target_of(chunk: Chunk, node: Node) -> str:
    """Return the call or name that a value is, as written; "" for any other."""
    node = bare(node)
    if node.type in ("call_expression", "identifier", "member_expression", "new_expression", "subscript_expression"):
        return chain_of(chunk, node)
    return ""


def bare(node: Node) -> Node:
    """Return an expression without parentheses, `await`, `as X` and `!`."""
    while node.type in TRANSPARENT and node.named_child_count:
        inner = node.named_child(0)
        if inner is None:
            break
        node = inner
    return node


def first_of(node: Node) -> Node | None:
    return node.named_child(0) if node.named_child_count else None


def required_module(chunk: Chunk, node: Node | None) -> str | None:
    """Return the module of `require("x")` and `await import("x")`, with `.y` for a member of it; None for any other value."""
    if node is None:
        return None
    text = chunk.text[node.start_byte : node.end_byte]
    if not text.startswith((b"require(", b"await import(", b"(await import(")):
        return None
    node = bare(node)
    members = ""
    while node.type == "member_expression":
        inner, key = node.child_by_field_name("object"), node.child_by_field_name("property")
        if inner is None or key is None:
            return None
        members = f".{chunk.source(key)}{members}"
        node = bare(inner)
    module = module_of(chunk, node)
    return None if module is None else module.removeprefix("node:") + members


def module_of(chunk: Chunk, call: Node) -> str | None:
    """Return the literal module of a `require` or `import()` call."""
    if call.type != "call_expression":
        return None
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.named_child_count == 0:
        return None
    if chunk.text[function.start_byte : function.end_byte] not in (b"require", b"import"):
        return None
    first = arguments.named_children[0]
    if first.type != "string":
        return None
    return chunk.source(first)[1:-1]


def type_target(chunk: Chunk, node: Node) -> str:
    """Return `X()` for a type that names one class X, through `X | null`; else ""."""
    inner = node.named_children[0] if node.type == "type_annotation" and node.named_children else node
    kind = inner.type
    if kind in ("type_identifier", "nested_type_identifier"):
        return f"{chunk.source(inner)}()"
    if kind == "generic_type":
        name = inner.named_children[0]
        return f"{chunk.source(name)}()"
    if kind == "union_type":
        kept = [child for child in inner.named_children if chunk.source(child) not in ("null", "undefined")]
        return type_target(chunk, kept[0]) if len(kept) == 1 else ""
    return ""


def chain_of(chunk: Chunk, node: Node) -> str:
    """Return a chain of names as written, calls as `()`, literal keys as members: `a.b().c`, `process.env.PORT`; "" for any other."""
    text = chunk.text[node.start_byte : node.end_byte]
    if CHAIN.fullmatch(text):
        return text.decode("ascii", "replace").replace("?.", ".").replace("!", "")
    parts: list[str] = []
    suffix = ""
    while len(parts) < _LONGEST_CHAIN:
        kind = node.type
        if kind in ("identifier", "this", "super", "import"):
            parts.append(chunk.source(node) + suffix)
            return ".".join(reversed(parts))
        if kind == "member_expression":
            key, inner = node.child_by_field_name("property"), node.child_by_field_name("object")
            if key is None or inner is None:
                return ""
            parts.append(chunk.source(key) + suffix)
            suffix, node = "", inner
        elif kind in ("call_expression", "new_expression"):
            function = node.child_by_field_name("function" if kind == "call_expression" else "constructor")
            if function is None:
                return ""
            module = module_of(chunk, node)
            if module is not None:
                parts.append(module.removeprefix("node:") + suffix)
                return ".".join(reversed(parts))
            suffix, node = "()" + suffix, function
        elif kind == "subscript_expression":
            value, index = node.child_by_field_name("object"), node.child_by_field_name("index")
            if value is None or index is None or index.type != "string":
                return ""
            parts.append(chunk.source(index)[1:-1] + suffix)
            suffix, node = "", value
        elif kind == "meta_property":
            parts.append("import.meta" + suffix)
            return ".".join(reversed(parts))
        elif kind in TRANSPARENT and node.named_child_count:
            node = node.named_children[0]
        else:
            return ""
    return ""


def destructured(chunk: Chunk, pattern: Node, depth: int = 0) -> Iterator[tuple[str, str, Node | None]]:
    """Yield (key, variable, default) of an object pattern; keys of nested patterns joined by dots. A rest has no key."""
    for item in pattern.named_children:
        kind = item.type
        if kind == "shorthand_property_identifier_pattern":
            name = chunk.source(item)
            yield name, name, None
        elif kind == "object_assignment_pattern":
            left, right = item.child_by_field_name("left"), item.child_by_field_name("right")
            if left is not None and left.type == "shorthand_property_identifier_pattern":
                yield chunk.source(left), chunk.source(left), right
        elif kind == "pair_pattern":
            key, value = item.child_by_field_name("key"), item.child_by_field_name("value")
            if key is None or value is None:
                continue
            name, default = chunk.source(key).strip("\"'"), None
            if value.type == "assignment_pattern":
                default = value.child_by_field_name("right")
                value = value.child_by_field_name("left") or value
            if value.type == "identifier":
                yield name, chunk.source(value), default
            elif value.type == "object_pattern" and depth < DEPTH:
                for inner, alias, given in destructured(chunk, value, depth + 1):
                    yield f"{name}.{inner}", alias, given


def pattern_names(chunk: Chunk, node: Node, depth: int = 0) -> tuple[str, ...]:
    """Return the variables that a pattern binds."""
    if node.type == "identifier":
        return (chunk.source(node),)
    if depth > DEPTH:
        return ()
    if node.type in ("object_pattern", "array_pattern", "assignment_pattern", "rest_pattern", "object_assignment_pattern", "pair_pattern"):
        found: list[str] = []
        for child in node.named_children:
            if node.type == "assignment_pattern" and found:
                break
            if child.type == "shorthand_property_identifier_pattern":
                found.append(chunk.source(child))
            elif child.type == "pair_pattern":
                value = child.child_by_field_name("value")
                found.extend(pattern_names(chunk, value, depth + 1) if value is not None else ())
            else:
                found.extend(pattern_names(chunk, child, depth + 1))
        return tuple(found)
    if node.type in ("lexical_declaration", "variable_declaration", "variable_declarator"):
        name = node.child_by_field_name("name")
        if name is not None:
            return pattern_names(chunk, name)
        return tuple(variable for child in node.named_children for variable in pattern_names(chunk, child))
    return ()


# Imports


def imported(chunk: Chunk, node: Node) -> Iterator[tuple[str, str, str, bool, Binding | None]]:
    """Yield (module, name, alias, is type only, binding) of an import statement."""
    source = node.child_by_field_name("source")
    clause = next((child for child in node.named_children if child.type in ("import_clause", "import_require_clause")), None)
    if source is None and clause is not None:
        source = clause.child_by_field_name("source")
    if source is None:
        return
    module = chunk.source(source).strip("\"'`")
    plain = module.removeprefix("node:")
    is_type_only = any(child.type == "type" for child in node.children)
    if clause is None:
        yield module, "", "", is_type_only, None
        return
    for item in clause.named_children:
        if item.type == "identifier":
            alias = chunk.source(item)
            if clause.type == "import_require_clause":
                yield module, "", alias, is_type_only, Binding("", alias, plain, True)
            else:
                target = f"{plain}.default" if plain.startswith(".") else plain
                yield module, "default", alias, is_type_only, Binding("", alias, target, True)
        elif item.type == "namespace_import" and item.named_children:
            alias = chunk.source(item.named_children[0])
            yield module, "", alias, is_type_only, Binding("", alias, plain, True)
        elif item.type == "named_imports":
            for specifier in item.named_children:
                name = specifier.child_by_field_name("name")
                if name is None:
                    continue
                renamed = specifier.child_by_field_name("alias")
                written = chunk.source(name).strip("\"'")
                alias = chunk.source(renamed) if renamed is not None else written
                is_type = is_type_only or any(child.type == "type" for child in specifier.children)
                target = plain if written == "default" and not plain.startswith(".") else f"{plain}.{written}"
                yield module, written, alias, is_type, Binding("", alias, target, True)
