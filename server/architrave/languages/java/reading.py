"""A chunk of Java to facts: which kinds of node ask for what."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from architrave.facts import Fact
from architrave.facts.code import Import
from architrave.language import Chunk
from architrave.languages.java import calls, declarations, headers, lambdas, literals, operators, statements
from architrave.languages.java.bindings import KINDS
from architrave.languages.java.imports import imported
from architrave.languages.java.reader import Reader
from architrave.names import Names
from architrave.syntax import Grammar, by_kind
from architrave.walk import Handler, Handlers, Walk

_COMMENTS = ("line_comment", "block_comment")
_LEAVES = (
    *("identifier", "this", "super", "class_literal", "package_declaration", "import_declaration", "module_declaration", *_COMMENTS),
    *("string_literal", "character_literal", "true", "false", "null_literal", "hex_integer_literal", "octal_integer_literal"),
    *("decimal_integer_literal", "binary_integer_literal", "decimal_floating_point_literal", "hex_floating_point_literal"),
    *("type_identifier", "scoped_type_identifier", "generic_type", "array_type", "annotated_type", "integral_type", "boolean_type"),
    *("floating_point_type", "void_type", "type_arguments", "type_parameters", "dimensions", "asterisk", "catch_formal_parameter"),
    *("modifiers", "formal_parameters", "receiver_parameter", "throws", "superclass", "super_interfaces", "extends_interfaces"),
    *("break_statement", "continue_statement", "scoped_identifier", "escape_sequence", "string_fragment"),
)
_VALUES: dict[str, Handler] = {
    "identifier": calls.name,
    "this": calls.name,
    "field_access": calls.chain,
    "method_invocation": calls.chain,
    "object_creation_expression": calls.chain,
    "method_reference": calls.reference,
    "class_literal": calls.class_,
    "lambda_expression": lambdas.lambda_,
    "parenthesized_expression": operators.wrapped,
    "cast_expression": operators.wrapped,
    "binary_expression": operators.binary,
    "unary_expression": operators.unary,
    "ternary_expression": operators.ternary,
    "assignment_expression": statements.assignment,
    "array_initializer": literals.sequence,
    "element_value_array_initializer": literals.sequence,
    "array_creation_expression": literals.array,
    "annotation": headers.annotation,
    "marker_annotation": headers.annotation,
    "string_literal": literals.string,
    "character_literal": literals.character,
    "decimal_integer_literal": literals.integer,
    "hex_integer_literal": literals.integer,
    "octal_integer_literal": literals.integer,
    "binary_integer_literal": literals.integer,
    "decimal_floating_point_literal": literals.floating,
    "hex_floating_point_literal": literals.floating,
    "true": literals.true,
    "false": literals.false,
    "null_literal": literals.null,
}
_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(KINDS, declarations.class_),
    "method_declaration": declarations.function,
    "constructor_declaration": declarations.function,
    "compact_constructor_declaration": declarations.function,
    "field_declaration": declarations.field,
    "constant_declaration": declarations.field,
    "enum_constant": declarations.constant,
    "local_variable_declaration": statements.local,
    "assignment_expression": statements.assignment,
    "update_expression": statements.counted,
    "expression_statement": statements.alone,
    "return_statement": statements.return_,
    "block": statements.block,
    "switch_block": statements.block,
    "enhanced_for_statement": statements.each,
    "for_statement": statements.loop,
    "while_statement": statements.loop,
    "do_statement": statements.loop,
    "if_statement": statements.if_,
    "try_statement": statements.try_,
    "try_with_resources_statement": statements.try_,
    "catch_clause": statements.catch,
    "field_access": calls.read_chain,
    "method_invocation": calls.read_chain,
    "object_creation_expression": calls.read_chain,
    "method_reference": calls.reference,
    "lambda_expression": lambdas.lambda_,
    "binary_expression": operators.read_binary,
    "ternary_expression": operators.read_ternary,
}


def read(chunk: Chunk, names: Names) -> Iterable[Fact]:
    node = chunk.node
    if node.type == "import_declaration":
        module, name, alias = imported(chunk, node)
        return (Import(chunk.span(node), module, name, alias),) if module or name else ()
    handlers = _handlers(chunk.grammar)
    if node.kind_id not in handlers:  # Most often a comment.
        return ()
    reader = Reader(chunk, names, handlers, _values(chunk.grammar))
    reader.visit(node)
    return reader.out


@cache
def _handlers(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _HANDLERS, Walk.inside, _LEAVES)


@cache
def _values(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _VALUES, operators.other, (*_COMMENTS, "type_arguments"))
