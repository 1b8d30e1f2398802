"""What a chunk of JavaScript binds, for the whole file and in its functions, and what its function literals are called.

A closure may use what is bound below it, so this comes before the reading of facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from tree_sitter import Node

from architrave.language import Chunk
from architrave.languages.typescript import bound_definitions, bound_expressions, bound_variables
from architrave.languages.typescript.binder import Binder, Handler
from architrave.languages.typescript.imports import Imported, imported
from architrave.languages.typescript.kinds import FUNCTION_LITERALS
from architrave.languages.typescript.naming import Held, Named
from architrave.names import Binding
from architrave.syntax import Grammar, by_kind


class Bound(NamedTuple):
    of_file: list[Binding]
    local: list[Binding]  # Of functions: parameters, variables, `this` of the classes in them.
    functions: dict[int, Named]  # By where they start.
    imported: dict[int, list[Imported]]  # By where the statement starts.


def bind(chunk: Chunk) -> Iterable[Binding]:
    """Return what a chunk binds for the whole file: imports, variables at the top, and the fields of classes."""
    return chunk.once(bound).of_file


def bound(chunk: Chunk) -> Bound:
    found = Binder(chunk, _handlers(chunk.grammar))
    try:
        _part(found, chunk.node)
    except RecursionError:  # No person wrote it; `read` says so.
        found.of_file, found.local = [], []
    return Bound(found.of_file, found.local, found.functions, found.imported)


def broken(binder: Binder, node: Node, held: Held) -> None:
    """Look into what could not be parsed: a function in it may be what the file exports."""
    for child in node.children:
        _part(binder, child)


def _part(binder: Binder, node: Node) -> None:
    binder.visit(node, "default" if node.type in FUNCTION_LITERALS and node.child_by_field_name("name") is None else "")


def imports(binder: Binder, node: Node, held: Held) -> None:
    found = binder.imported[node.start_byte] = list(imported(binder.chunk, node))
    binder.of_file.extend(Binding("", item.alias, item.target, True) for item in found if item.target)


def export(binder: Binder, node: Node, held: Held) -> None:
    for child in node.children:
        binder.visit(child, "default")


@cache
def _handlers(grammar: Grammar) -> dict[int, Handler]:
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
    handlers: dict[str, Handler] = {
        **dict.fromkeys(statements, Binder.inside),
        "ERROR": broken,
        "import_statement": imports,
        "export_statement": export,
        "class_declaration": bound_definitions.class_,
        "abstract_class_declaration": bound_definitions.class_,
        "class": bound_definitions.class_,
        "public_field_definition": bound_definitions.field,
        "field_definition": bound_definitions.field,
        "method_definition": bound_definitions.method,
        "abstract_method_signature": bound_definitions.method,
        "function_declaration": bound_definitions.function_declaration,
        "generator_function_declaration": bound_definitions.function_declaration,
        **dict.fromkeys(FUNCTION_LITERALS, bound_definitions.function),
        "variable_declarator": bound_variables.declarator,
        "assignment_expression": bound_variables.assignment,
        "for_in_statement": bound_variables.loop,
        "if_statement": bound_expressions.if_,
        "call_expression": bound_expressions.call,
        "new_expression": bound_expressions.call,
        "object": bound_expressions.object_,
        "pair": bound_expressions.pair,
        "parenthesized_expression": bound_expressions.wrapped,
        "as_expression": bound_expressions.wrapped,
        "satisfies_expression": bound_expressions.wrapped,
        "binary_expression": bound_expressions.binary,
    }
    return by_kind(grammar, handlers, Binder.expression, nothing)
