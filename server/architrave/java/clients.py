"""Clients that Java code constructs, and the statements and fields that fixes give them."""

from __future__ import annotations

from architrave.facts.code import Assignment, Call, Definition, Field, Return
from architrave.facts.values import Replacement
from architrave.framework import File
from architrave.java.names import owner
from architrave.text import Span

# Millis, because the setters that take a Duration are younger than Spring 6.1.
_FACTORY = """\
SimpleClientHttpRequestFactory {name} = new SimpleClientHttpRequestFactory();
{name}.setConnectTimeout({{milliseconds}});
{name}.setReadTimeout({{milliseconds}});"""
FACTORY = "org.springframework.http.client.SimpleClientHttpRequestFactory"


def hoisted(built: Call, type: str, file: File) -> tuple[Replacement, ...]:
    """Move the declaration of a local variable, made of constants, to a field of its class."""
    assignment = file.assigned(built)
    if assignment is None or not type or not all(file.is_constant(link) for link in (*file.chain(built), built)):
        return ()
    field = member(f"private final {type} {assignment.target} = {{}};", owner(built.function), file, assignment.value.span)
    return (field, Replacement(assignment.span, "", "whole")) if field is not None else ()


def member(text: str, holder: str, file: File, copied: Span | None = None) -> Replacement | None:
    """Return what adds a member to a class: below its last field, else above its first method."""
    fields = [item for item in file.all(Field) if item.owner == holder]
    if fields:
        return Replacement(fields[-1].span, text, "after", copied)
    method = next((item for item in file.all(Definition) if item.kind == "method" and owner(item) == holder), None)
    return Replacement(method.span, f"{text}\n", "before", copied) if method is not None else None


def request_factory(call: Call, file: File) -> tuple[str, Replacement] | None:
    """Return an expression for a factory of requests with timeouts, and the statements or the method that make it.

    A local variable where a statement declares or returns what `call` gives; a method of its own where a field does.
    """
    if file.enclosing(call.span, "callback"):
        return None
    assignment = file.assigned(call)
    if assignment is not None and not _is_field(assignment, file):
        return _before(assignment.span, call, file)
    if assignment is None:
        returned = next((item for item in file.near(Return, call.span) if item.value.span == call.span), None)
        return _before(returned.span, call, file) if returned is not None else None
    name = "requestFactory"
    if file.definition(f"{assignment.function}.{name}") is not None:
        return None
    body = "\n".join(f"    {line}" for line in _FACTORY.format(name="factory").splitlines())
    text = f"\nprivate static SimpleClientHttpRequestFactory {name}() {{\n{body}\n    return factory;\n}}"
    return f"{name}()", Replacement(assignment.span, text, "after")


def _before(statement: Span, call: Call, file: File) -> tuple[str, Replacement] | None:
    name = "requestFactory"
    is_taken = file.assignments(name, call.function) or any(item.name == name for item in file.parameters(call.function))
    return None if is_taken else (name, Replacement(statement, _FACTORY.format(name=name), "before"))


def _is_field(assignment: Assignment, file: File) -> bool:
    return any(item.span == assignment.span for item in file.near(Field, assignment.span))
