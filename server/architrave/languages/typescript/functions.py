"""Functions and methods, and function literals that a call takes: its callbacks, and the bodies of its loops."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tree_sitter import Node

from architrave.facts import Fact
from architrave.facts.code import Block, Call, Decorator, Definition, Field, Parameter, Return
from architrave.facts.values import Function, Name, Value
from architrave.languages.typescript.calls import value_of
from architrave.languages.typescript.headers import decorator, decorators, header
from architrave.languages.typescript.naming import INLINE, Named, is_collection
from architrave.languages.typescript.patterns import taken, variables_of
from architrave.languages.typescript.reader import Reader, Taker

_METHODS = frozenset({"method_definition", "abstract_method_signature"})
_RETURNS = frozenset({"type_annotation", "asserts_annotation", "type_predicate_annotation"})
_NAMES = frozenset({"identifier", "property_identifier", "private_property_identifier", "string", "number", "computed_property_name"})
_ERROR_PARAMETERS = frozenset({"err", "error", "_err", "_error"})


class _Parts(NamedTuple):
    name: Node | None
    parameters: Node | None  # A lone identifier in `x => …`.
    returns: Node | None
    body: Node | None


def _parts(node: Node) -> _Parts:
    name = parameters = returns = body = None
    children = node.children
    if node.type == "arrow_function":
        body = children[-1]
        for child in children[:-1]:
            kind = child.type
            if kind in ("formal_parameters", "identifier"):
                parameters = child
            elif kind in _RETURNS:
                returns = child
        return _Parts(None, parameters, returns, body)
    for child in children:
        kind = child.type
        if kind == "formal_parameters":
            parameters = child
        elif kind == "statement_block":
            body = child
        elif kind in _RETURNS:
            returns = child
        elif kind in _NAMES and parameters is None:
            name = child
    return _Parts(name, parameters, returns, body)


def function(reader: Reader, node: Node, depth: int) -> Value:
    """Report a function literal as what it is: a definition, or a part of the function round it."""
    named = reader.functions.get(node.start_byte, INLINE)
    if named.kind == "definition":
        _define(reader, node, named.name)
    else:
        _literal(reader, node, named)
    return Function(reader.span(node), named.name)


def _define(reader: Reader, node: Node, name: str) -> None:
    own, parameters, returns, body = _parts(node)
    start, leads, node_start = node.start_byte, reader.leads, node.start_byte
    is_method = bool(reader.owner) and not reader.function and node.type in _METHODS
    found: list[Decorator] = []
    if is_method:
        if leads is not None:
            start, found = leads
        found.extend(decorators(reader, node.children))
    elif reader.export is not None:
        start = reader.export.start_byte
    reader.leads = reader.export = None
    before_parameters = reader.text[node_start : parameters.start_byte] if parameters is not None else b""
    is_exported = reader.definition == reader.chunk.owner and reader.chunk.node.type in ("export_statement", "method_definition")
    at = len(reader.out)
    outer = reader.function, reader.definition, reader.in_loop, reader.in_try, reader.in_error, reader.is_inline
    reader.function = reader.definition = name
    reader.in_loop = reader.in_try = reader.in_error = reader.is_inline = False
    given, fields = _parameters(reader, parameters, name)
    span = header(reader, start, body, node.end_byte)
    facts: list[Fact] = [
        Definition(
            span,
            reader.span(own) if own is not None else span,
            name,
            "method" if is_method else "function",
            tuple(found),
            (),
            given,
            reader.type(returns, outer[0]) if returns is not None else "",
            b"async" in before_parameters.split(),
            is_exported,
        ),
        *fields,
    ]
    if own is not None and own.type == "computed_property_name":
        reader.inside(own)
    if node.has_error:
        reader.broken(node.children)
    if body is not None:
        facts.append(Block(reader.span(node), "function", name))
        reader.in_error = len(given) == 4 and given[0].name in _ERROR_PARAMETERS  # Express: what this handler answers is an error.
        if body.type == "statement_block":
            reader.out[at:at] = facts
            reader.inside(body)
        else:  # (x) => value
            value = reader.value(body)
            reader.out[at:at] = [*facts, Return(reader.span(body), value, name)]
    else:
        reader.out[at:at] = facts
    reader.function, reader.definition, reader.in_loop, reader.in_try, reader.in_error, reader.is_inline = outer


def _parameters(reader: Reader, node: Node | None, function: str) -> tuple[tuple[Parameter, ...], list[Field]]:
    """Return the parameters, and the fields that a constructor's parameters declare."""
    if node is None:
        return (), []
    if node.type == "identifier":
        return (Parameter(reader.span(node), reader.source(node)),), []
    given: list[Parameter] = []
    fields: list[Field] = []
    for item in node.children:
        if not item.is_named or item.kind_id in reader.kinds.comments:
            continue
        span = reader.span(item)
        if item.kind_id in reader.kinds.identifiers:
            given.append(Parameter(span, reader.source(item)))
            continue
        parameter = taken(item)
        pattern = parameter.pattern
        found = tuple([decorator(reader, child) for child in parameter.decorators])
        name = reader.source(pattern)
        if pattern.kind_id not in reader.kinds.identifiers:
            name = " ".join(name.split())
            reader.inside(pattern)
        declared = reader.type(parameter.type, function) if parameter.type is not None else ""
        default = reader.value(parameter.default) if parameter.default is not None else None
        given.append(Parameter(span, name.removeprefix("..."), declared, default, found))
        if parameter.is_field and function.endswith("constructor"):
            fields.append(Field(span, function.rpartition(".")[0], name, declared, None, found))
    return tuple(given), fields


def _literal(reader: Reader, node: Node, named: Named) -> None:
    """A function literal without a name: a callback, or the body of a loop."""
    _, parameters, _, body = _parts(node)
    taker, reader.taker = reader.taker, None
    outer = reader.in_loop, reader.in_error, reader.is_inline
    reader.is_inline = True
    is_loop, is_error = named.kind == "loop", named.kind == "error"
    if named.kind != "inline" and taker is not None and body is not None:
        variables = _variables(reader, parameters)
        subject: Value | None
        if is_loop:
            subject = _gone_over(reader, taker)
            reader.loop_variables.update(dict.fromkeys(variables, body.end_byte))
        else:
            subject = Name(reader.span(taker.function), taker.callee, taker.written)
        kind: Literal["loop", "error", "callback"] = "loop" if is_loop else "error" if is_error else "callback"
        reader.out.append(Block(reader.span(body), kind, reader.function, subject, variables))
    if parameters is not None:
        reader.inside(parameters)
    if node.has_error:
        reader.broken(node.children)
    if body is not None:
        reader.in_loop, reader.in_error = reader.in_loop or is_loop, reader.in_error or is_error
        reader.visit(body)
    reader.in_loop, reader.in_error, reader.is_inline = outer


def _variables(reader: Reader, parameters: Node | None) -> tuple[str, ...]:
    if parameters is None:
        return ()
    if parameters.type == "identifier":
        return (reader.source(parameters),)
    return tuple([name for item in parameters.children if item.is_named for name in variables_of(reader.chunk, taken(item).pattern)])


def _gone_over(reader: Reader, taker: Taker) -> Value | None:
    """Return what a call such as `orders.map(…)` goes over."""
    if is_collection(reader.chunk, taker.function):
        return taker.first
    if taker.function.type != "member_expression":
        return None
    if taker.holder is not None:
        return value_of(taker.holder) if isinstance(taker.holder, Call) else taker.holder
    return reader.value(taker.function.children[0])
