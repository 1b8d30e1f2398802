"""A chunk of JavaScript or TypeScript to facts: which kinds of node ask for what."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from architrave.facts import Fact
from architrave.language import Chunk
from architrave.languages.typescript import calls, classes, declarations, exports, functions, literals, members, operators, statements
from architrave.languages.typescript.headers import leading
from architrave.languages.typescript.reader import Reader
from architrave.languages.typescript.uses import used
from architrave.names import Names
from architrave.syntax import Grammar, by_kind
from architrave.walk import Handler, Handlers, Walk

_NOTHING = (  # Kinds in which nothing is read: leaves, and types.
    *("identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier", "this", "super", "import"),
    *("shorthand_property_identifier_pattern", "meta_property", "number", "string", "regex", "true", "false", "null", "undefined"),
    *("comment", "html_comment", "jsx_text", "string_fragment", "escape_sequence", "type_identifier", "predefined_type", "hash_bang_line"),
    *("accessibility_modifier", "override_modifier", "optional_chain", "empty_statement", "break_statement", "continue_statement"),
    *("statement_identifier", "debugger_statement", "html_character_reference", "import_alias"),
    *("type_annotation", "type_arguments", "type_parameters", "asserts_annotation", "type_predicate_annotation", "implements_clause"),
    *("function_type", "generic_type", "object_type", "union_type", "intersection_type", "array_type", "type_query"),
    *("conditional_type", "literal_type", "lookup_type", "tuple_type", "readonly_type", "nested_type_identifier", "index_type_query"),
    *("template_literal_type", "parenthesized_type", "index_signature"),
)
_FUNCTIONS: dict[str, Handler] = dict.fromkeys(
    (
        *("arrow_function", "function_expression", "generator_function", "function_declaration", "generator_function_declaration"),
        *("method_definition", "abstract_method_signature"),
    ),
    functions.function,
)
_VALUES: dict[str, Handler] = {
    **_FUNCTIONS,
    "identifier": members.name,
    "this": members.name,
    "shorthand_property_identifier": members.name,
    "member_expression": members.member,
    "subscript_expression": members.member,
    "call_expression": calls.call,
    "new_expression": calls.call,
    "string": literals.string,
    "template_string": literals.template,
    "number": literals.number,
    "true": literals.true,
    "false": literals.false,
    "null": literals.null,
    "undefined": literals.null,
    "array": literals.array,
    "object": literals.object_,
    "binary_expression": operators.binary,
    "ternary_expression": operators.ternary,
    "unary_expression": operators.unary,
    "await_expression": operators.await_,
    "augmented_assignment_expression": declarations.augmented,
    "update_expression": declarations.updated,
    "parenthesized_expression": operators.wrapped,
    "as_expression": operators.wrapped,
    "satisfies_expression": operators.wrapped,
    "non_null_expression": operators.wrapped,
    "spread_element": operators.wrapped,
    "type_assertion": operators.asserted,
}
_HANDLERS: dict[str, Handler] = {
    **_FUNCTIONS,
    "member_expression": members.read_member,
    "subscript_expression": members.read_member,
    "call_expression": calls.read_call,
    "new_expression": calls.read_call,
    "binary_expression": operators.read_binary,
    "ternary_expression": operators.read_ternary,
    "await_expression": operators.await_,
    "import_statement": exports.imports,
    "export_statement": exports.export,
    "class_declaration": classes.class_,
    "abstract_class_declaration": classes.class_,
    "class": classes.class_,
    "public_field_definition": classes.field,
    "field_definition": classes.field,
    "interface_declaration": classes.shape,
    "enum_declaration": classes.shape,
    "type_alias_declaration": classes.shape,
    "variable_declarator": declarations.declarator,
    "assignment_expression": declarations.assignment,
    "augmented_assignment_expression": declarations.augmented,
    "update_expression": declarations.updated,
    "expression_statement": statements.expression,
    "for_in_statement": statements.loop,
    "for_statement": statements.loop,
    "while_statement": statements.loop,
    "do_statement": statements.loop,
    "try_statement": statements.try_,
    "catch_clause": statements.catch,
    "if_statement": statements.if_,
    "return_statement": statements.return_,
}


def read(chunk: Chunk, names: Names) -> Iterable[Fact]:
    handlers = _handlers(chunk.grammar)
    if chunk.node.kind_id not in handlers:  # Most often a comment.
        return ()
    reader = Reader(chunk, names, handlers, _values(chunk.grammar))
    if chunk.leads:
        reader.leads = (chunk.leads[0].start_byte, leading(reader, chunk.leads))
    reader.visit(chunk.node)
    return reader.out


def read_typed(chunk: Chunk, names: Names) -> Iterable[Fact]:
    """Return the facts of a chunk of TypeScript, in which a name may be used as nothing but a type."""
    return (*read(chunk, names), *used(chunk, names))


@cache
def _handlers(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _HANDLERS, Walk.inside, _NOTHING)


@cache
def _values(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _VALUES)
