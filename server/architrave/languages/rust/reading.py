"""A chunk of Rust to facts: which kinds of node ask for what."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tree_sitter import Node

from architrave.comments import suppression
from architrave.facts import Fact
from architrave.facts.code import Import, Suppression
from architrave.language import Chunk
from architrave.languages.rust import branches, calls, closures, functions, headers, items, literals, operators, statements
from architrave.languages.rust.attributes import COMMENTS, TESTS, is_test
from architrave.languages.rust.reader import Reader
from architrave.names import Names
from architrave.syntax import Grammar, by_kind
from architrave.walk import Handler, Handlers, Walk

_LEAVES = (
    *("identifier", "self", "crate", "super", "field_identifier", "shorthand_field_identifier", "scoped_identifier", "metavariable"),
    *("integer_literal", "float_literal", "boolean_literal", "char_literal", "string_literal", "raw_string_literal", "label"),
    *("line_comment", "block_comment", "shebang", "empty_statement", "unit_expression", "continue_expression", "token_tree"),
    *("macro_definition", "inner_attribute_item", "visibility_modifier", "function_modifiers", "mutable_specifier", "where_clause"),
    *("type_identifier", "primitive_type", "scoped_type_identifier", "generic_type", "reference_type", "pointer_type", "tuple_type"),
    *("function_type", "dynamic_type", "abstract_type", "bounded_type", "type_arguments", "type_parameters", "lifetime", "unit_type"),
    *("never_type", "array_type", "qualified_type", "trait_bounds", "parameters", "associated_type"),
)
_VALUES: dict[str, Handler] = {
    "identifier": calls.name,
    "self": calls.name,
    "scoped_identifier": calls.path,
    "field_expression": calls.chain,
    "index_expression": calls.chain,
    "call_expression": calls.chain,
    "await_expression": calls.chain,
    "try_expression": calls.chain,
    "parenthesized_expression": calls.chain,
    "reference_expression": calls.chain,
    "type_cast_expression": calls.chain,
    "unary_expression": calls.chain,
    "struct_expression": calls.chain,
    "macro_invocation": calls.chain,
    "string_literal": literals.string,
    "raw_string_literal": literals.string,
    "integer_literal": literals.number,
    "float_literal": literals.number,
    "boolean_literal": literals.boolean,
    "char_literal": literals.character,
    "tuple_expression": literals.sequence,
    "array_expression": literals.sequence,
    "closure_expression": closures.closure,
    "binary_expression": operators.binary,
    "block": operators.block,
}
_CHAINS = ("field_expression", "index_expression", "call_expression", "await_expression", "struct_expression", "macro_invocation")
_HANDLERS: dict[str, Handler] = {
    "use_declaration": items.use,
    "mod_item": items.module,
    "impl_item": items.inside,
    "trait_item": items.trait,
    "struct_item": items.struct,
    "enum_item": items.enum,
    "type_item": items.alias,
    "const_item": items.constant,
    "static_item": items.constant,
    "attribute_item": headers.attribute,
    "function_item": functions.function,
    "function_signature_item": functions.function,
    "let_declaration": statements.let,
    "assignment_expression": statements.assignment,
    "compound_assignment_expr": statements.assignment,
    "expression_statement": statements.statement,
    "return_expression": statements.return_,
    "for_expression": statements.loop,
    "while_expression": statements.loop,
    "loop_expression": statements.loop,
    "if_expression": branches.if_,
    "match_expression": branches.match,
    "closure_expression": closures.closure,
    "binary_expression": operators.binary,
    "block": operators.block,
    **dict.fromkeys(_CHAINS, calls.read_chain),
}


def read(chunk: Chunk, names: Names) -> Iterable[Fact]:
    found = [fact for lead in chunk.leads for fact in _suppressions(chunk, lead)]
    handlers = _handlers(chunk.grammar)
    is_silent = chunk.owner.startswith(TESTS) or any(is_test(chunk.text, lead) for lead in chunk.leads)
    if is_silent or chunk.node.kind_id not in handlers:
        return found
    reader = Reader(chunk, names, handlers, _values(chunk.grammar))
    reader.visit(chunk.node)
    return [*found, *reader.out, *_paths(reader)]


def _suppressions(chunk: Chunk, lead: Node) -> Iterable[Fact]:
    """Yield what a comment says that stands before what the chunk is about."""
    found = suppression(chunk.source(lead)) if lead.type in COMMENTS else None
    if found is not None:
        yield Suppression(chunk.span(lead), *found)


def _paths(reader: Reader) -> Iterable[Fact]:
    """Yield the imports that paths from the crate's root are."""
    if not reader.paths:
        return
    node = reader.chunk.node
    where = reader.qualified(node) if node.type == "function_item" else reader.owner or "?"
    for written, place in reader.paths.items():
        module, _, name = written.rpartition(".")
        if module:
            yield Import(reader.span(place), items.seen_from_file(reader, module), name, "", function=where)


@cache
def _handlers(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _HANDLERS, Walk.inside, _LEAVES)


@cache
def _values(grammar: Grammar) -> Handlers:
    return by_kind(grammar, _VALUES, operators.other, (*COMMENTS, "attribute_item"))
