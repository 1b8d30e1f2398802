"""A chunk of Go to facts: which kinds of node ask for what."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from architrave.facts import Fact
from architrave.language import Chunk
from architrave.languages.go import assignments, calls, declarations, functions, literals, operators, statements
from architrave.languages.go.reader import Reader
from architrave.names import Names
from architrave.syntax import Grammar, by_kind
from architrave.walk import Handler, Handlers, Walk

_LEAVES = (
    *("identifier", "field_identifier", "package_identifier", "type_identifier", "label_name", "blank_identifier", "dot", "comment"),
    *("int_literal", "float_literal", "imaginary_literal", "rune_literal", "true", "false", "nil", "iota"),
    *("interpreted_string_literal", "raw_string_literal", "package_clause", "break_statement", "continue_statement", "goto_statement"),
    *("fallthrough_statement", "empty_statement", "qualified_type", "generic_type", "pointer_type", "slice_type", "map_type"),
    *("channel_type", "function_type", "struct_type", "interface_type", "type_arguments", "parameter_list"),
)
_VALUES: dict[str, Handler] = {
    "identifier": calls.name,
    "type_identifier": calls.name,
    "qualified_type": calls.name,
    "selector_expression": calls.chain,
    "index_expression": calls.chain,
    "type_assertion_expression": calls.chain,
    "call_expression": calls.call,
    "func_literal": functions.literal,
    "composite_literal": literals.composite,
    "literal_value": literals.elements,
    "literal_element": operators.wrapped,
    "binary_expression": operators.binary,
    "unary_expression": operators.unary,
    "parenthesized_expression": operators.wrapped,
    "variadic_argument": operators.wrapped,
    "type_conversion_expression": operators.converted,
    "interpreted_string_literal": literals.string,
    "raw_string_literal": literals.string,
    "int_literal": literals.number,
    "float_literal": literals.number,
    "true": literals.true,
    "false": literals.false,
    "nil": literals.nil,
}
_HANDLERS: dict[str, Handler] = {
    "import_spec": declarations.import_,
    "type_spec": declarations.type_,
    "type_alias": declarations.type_,
    "function_declaration": functions.function,
    "method_declaration": functions.function,
    "func_literal": functions.literal,
    "var_spec": assignments.variable,
    "const_spec": assignments.variable,
    "short_var_declaration": assignments.assignment,
    "assignment_statement": assignments.assignment,
    "receive_statement": assignments.receive,
    "inc_statement": assignments.counted,
    "dec_statement": assignments.counted,
    "for_statement": statements.loop,
    "if_statement": statements.if_,
    "type_switch_statement": statements.type_switch,
    "expression_statement": statements.alone,
    "go_statement": statements.alone,
    "defer_statement": statements.alone,
    "return_statement": statements.return_,
    "selector_expression": calls.read_chain,
    "index_expression": calls.read_chain,
    "type_assertion_expression": calls.read_chain,
    "call_expression": calls.call,
    "composite_literal": literals.composite,
    "binary_expression": operators.binary,
}


def read(chunk: Chunk, names: Names) -> Iterable[Fact]:
    handlers = _handlers(chunk.grammar)
    if chunk.node.kind_id not in handlers:  # Most often a comment.
        return ()
    reader = Reader(chunk, names, handlers, _values(chunk.grammar))
    reader.visit(chunk.node)
    return reader.out


@cache
def _handlers(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _HANDLERS, Walk.inside, _LEAVES)


@cache
def _values(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _VALUES, operators.other, ("comment",))
