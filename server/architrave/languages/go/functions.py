"""Functions, methods and function literals."""

from __future__ import annotations

from tree_sitter import Node

from architrave.facts.code import Block, Definition
from architrave.facts.values import Function, Name, Value
from architrave.languages.go.reader import Reader
from architrave.languages.go.signatures import header, parameters, returned
from architrave.languages.go.types import function_name, is_exported
from architrave.regexes import regex

_REQUEST = regex(r"\b(?:ResponseWriter|gin\.Context|echo\.Context|fiber\.Ctx|chi\.Router|gin\.RouterGroup|echo\.Group)\b")


def function(reader: Reader, node: Node, depth: int) -> None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    is_method = node.type == "method_declaration"
    qualified = reader.function = function_name(reader.chunk, node)
    reader.is_local = True
    if is_method:
        parameters(reader, node.child_by_field_name("receiver"))
    whole = header(reader, node, body)
    reader.out.append(
        Definition(
            whole,
            reader.span(name) if name is not None else whole,
            qualified,
            "method" if is_method else "function",
            (),
            (),
            parameters(reader, node.child_by_field_name("parameters")),
            returned(reader, node),
            is_exported=is_exported(qualified),
        )
    )
    reader.out.append(Block(reader.span(node), "function", qualified))
    if body is not None:
        reader.inside(body)
    reader.function, reader.is_local = "", False


def literal(reader: Reader, node: Node, depth: int) -> Value:
    """Visit a function literal; one with a name is a function of its own."""
    taken, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    span, name = reader.span(node), _name(reader, node, taken)
    outer = reader.function, reader.is_local, reader.in_loop, reader.in_error, reader.variables, reader.held
    reader.is_local, reader.variables, reader.held = True, reader.variables.copy(), reader.held.copy()
    bound = parameters(reader, taken)
    result = returned(reader, node)
    if name:
        reader.function, reader.in_loop, reader.in_error = name, False, False
        whole = header(reader, node, body)
        reader.out.append(Definition(whole, whole, name, "function", (), (), bound, result, is_exported=False))
        reader.out.append(Block(span, "function", name))
    if body is not None:
        reader.inside(body)
    reader.function, reader.is_local, reader.in_loop, reader.in_error, reader.variables, reader.held = outer
    return Function(span, name)


def _name(reader: Reader, node: Node, parameters: Node | None) -> str:
    start = node.start_byte
    name = reader.literals.get(start)
    if name is not None or start in reader.returned or parameters is None or not _REQUEST.search(reader.source(parameters)):
        return name or ""
    count = reader.counts[reader.function] = reader.counts.get(reader.function, 0) + 1
    return f"{reader.function}.func{count}" if reader.function else f"func{count}"


def call_it(reader: Reader, node: Node, variable: str) -> None:
    """Give a function literal the name of its variable before it is read: it may call itself."""
    name = reader.literals[node.start_byte] = f"{reader.function}.{variable}" if reader.function else variable
    if reader.is_local:
        reader.variables[variable] = name


def note_returned(reader: Reader, node: Node) -> None:
    """Note the function literals that a value hands out, also in one conversion: `http.HandlerFunc(func…)`."""
    if node.type == "func_literal":
        reader.returned.add(node.start_byte)
    elif node.type == "call_expression":
        reader.returned.update([item.start_byte for item in node.children[-1].named_children if item.type == "func_literal"])


def callback(reader: Reader, node: Node, subject: Name) -> None:
    """Report a function literal as what the call `subject` takes."""
    body, taken = node.child_by_field_name("body"), node.child_by_field_name("parameters")
    if body is not None:
        given = taken.named_children if taken is not None else ()
        variables = [reader.source(item) for each in given for item in each.children_by_field_name("name")]
        reader.out.append(Block(reader.span(body), "callback", reader.function, subject, tuple(variables)))
