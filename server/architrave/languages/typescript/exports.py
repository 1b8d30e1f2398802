"""Imports, and what leaves a file: `export { a as b }`, `export default router`, `module.exports = { list: findAll }`."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Assignment, Import
from architrave.languages.typescript.chains import bare, first_of, target_of
from architrave.languages.typescript.imports import imported
from architrave.languages.typescript.patterns import assigned
from architrave.languages.typescript.reader import Reader
from architrave.text import Span

_HEADED = frozenset({"function_declaration", "generator_function_declaration", "class_declaration", "abstract_class_declaration"})
_KNOWN = frozenset({"call_expression", "object", "await_expression"})


def imports(reader: Reader, node: Node, depth: int) -> None:
    span = reader.span(node)
    found = reader.bound.imported.get(node.start_byte)
    for item in found if found is not None else imported(reader.chunk, node):
        reader.out.append(Import(span, item.module, item.name, item.alias, item.is_type_only, False, reader.function))


def export(reader: Reader, node: Node, depth: int) -> None:
    span = reader.span(node)
    is_type_only = is_default = False
    source = clause = None
    rest: list[Node] = []
    for child in node.children:
        kind = child.type
        if kind == "type":
            is_type_only = True
        elif kind == "default":
            is_default = True
        elif kind == "string":
            source = child
        elif kind in ("export_clause", "namespace_export"):
            clause = child
        elif child.is_named and kind not in ("decorator", "comment"):
            rest.append(child)
    if source is not None:
        reader.out.extend(_reexports(reader, span, clause, reader.source(source).strip("\"'`"), is_type_only))
    elif clause is not None:
        for specifier in clause.children:
            name, alias = _specified(specifier)
            if name is not None:
                reader.out.extend(_exported(reader, span, reader.source(alias or name), name, alias is not None))
    for child in rest:
        _declared(reader, node, span, child, is_default)


def _declared(reader: Reader, node: Node, span: Span, child: Node, is_default: bool) -> None:
    """Report the declaration or the value that is exported."""
    kind = child.type
    if kind == "ambient_declaration":  # export declare class X
        for inner in child.children:
            _declared(reader, node, span, inner, False)
    elif kind in _HEADED:
        name = child.child_by_field_name("name")
        if is_default and name is not None:
            reader.out.append(Import(reader.span(name), "", reader.source(name), "default", False, True))
        reader.export = node
        reader.visit(child)
        reader.export = None
    elif is_default:
        reader.out.extend(_exported(reader, span, "default", child))
        if kind in _KNOWN:
            at = len(reader.out)
            known = reader.value(child)
            reader.out.insert(at, Assignment(span, "default", known, reader.function))
        else:
            reader.visit(child)
    else:
        if kind == "lexical_declaration":  # export const orders = new OrderService()
            for item in child.children:
                value = assigned(item.children)[1] if item.type == "variable_declarator" else None
                if value is not None and bare(value).type == "new_expression":
                    reader.out.extend(_exported(reader, span, reader.source(item.children[0]), value))
        reader.visit(child)


def _specified(specifier: Node) -> tuple[Node | None, Node | None]:
    """Return the name and the alias of `name as alias`."""
    if specifier.type != "export_specifier":
        return None, None
    return specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")


def _reexports(reader: Reader, span: Span, clause: Node | None, module: str, is_type_only: bool) -> Iterator[Fact]:
    if clause is None:
        yield Import(span, module, "*", "*", is_type_only, True)
    elif clause.type == "namespace_export":
        yield Import(span, module, "", reader.source(first_of(clause) or clause), is_type_only, True)
    else:
        for specifier in clause.children:
            name, alias = _specified(specifier)
            if name is not None:
                yield Import(span, module, reader.source(name), reader.source(alias or name), is_type_only, True)


def exported_by_assignment(reader: Reader, span: Span, target: str, right: Node) -> Iterator[Fact]:
    """Yield what `module.exports = …` and `exports.x = …` say of the file's own names."""
    if target != "module.exports":
        yield from _exported(reader, span, target.removeprefix("module.").removeprefix("exports."), right)
        return
    yield from _exported(reader, span, "default", right)
    for pair in right.children if right.type == "object" else ():
        if pair.type == "pair":
            yield from _exported(reader, span, reader.source(pair.children[0]).strip("\"'"), pair.children[-1])
        elif pair.type == "shorthand_property_identifier":
            yield from _exported(reader, span, reader.source(pair), pair, False)


def _exported(reader: Reader, span: Span, alias: str, value: Node, is_renamed: bool = True) -> Iterator[Fact]:
    """Say which of the file's own names leaves it as `alias`."""
    target = target_of(reader.chunk, value)
    is_made = target.endswith("()")
    if not target or "()." in target or (is_made and bare(value).type != "new_expression"):
        return  # What a call gives has no name here.
    head = target.partition(".")[0].replace("()", "")
    name = target
    if reader.is_rooted(head) or is_made:
        name = reader.names.resolve(target, "").replace("()", "")
        if is_made and "." in name and not name.startswith((".", "@/", "~/", "src/")):
            return  # new Pool(): nothing of this workspace.
    if name != alias and (is_renamed or name != target):
        yield Import(span, "", name, alias, False, True)
