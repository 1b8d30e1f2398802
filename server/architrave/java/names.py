"""Types, annotations and variables as the frameworks of Java read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from architrave.facts.code import Block, Call, Decorator, Definition, Field, Import
from architrave.facts.values import Invocation, Name, Sequence, Template, Value, text
from architrave.framework import File
from architrave.text import Span


def simple(name: str) -> str:
    """`com.shop.Order<Long>` is `Order`."""
    return name.partition("<")[0].rpartition(".")[2].removesuffix("()")


def generics(type: str) -> tuple[str, ...]:
    """Return what stands between the outermost angle brackets: `Map<String, List<Order>>` has `String` and `List<Order>`."""
    _, bracket, rest = type.partition("<")
    if not bracket:
        return ()
    found, depth, start = [], 0, 0
    inner = rest.rpartition(">")[0]
    for index, sign in enumerate(inner):
        if sign == "<":
            depth += 1
        elif sign == ">":
            depth -= 1
        elif sign == "," and not depth:
            found.append(inner[start:index].strip())
            start = index + 1
    found.append(inner[start:].strip())
    return tuple(found)


def resolved(file: File, name: str) -> str:
    """Return the full name of a class as the imports of the file have it."""
    head, dot, rest = name.partition("<")[0].partition(".")
    for item in file.all(Import):
        if item.alias == head:
            return f"{item.module}.{item.name}{dot}{rest}" if item.module else name
    return name.partition("<")[0]


def annotation(decorators: Iterable[Decorator], *names: str) -> Decorator | None:
    """Return the first annotation that has one of these simple names."""
    return next((item for item in decorators if item.name.rpartition(".")[2] in names), None)


def given(decorator: Decorator | None, *names: str) -> Value | None:
    """Return the argument of an annotation that has one of these names; "" is `value`."""
    for item in decorator.arguments if decorator is not None else ():
        if item.name in names:
            return item.value
    return None


def items(value: Value | None) -> tuple[Value, ...]:
    """Return the members of `{"a", "b"}`, or the one value given without braces."""
    if value is None:
        return ()
    return value.items if isinstance(value, Sequence) else (value,)


def owner(definition: Definition | str) -> str:
    """Return the class of a method."""
    name = definition if isinstance(definition, str) else definition.name
    return name.rpartition(".")[0]


def methods(file: File, of: str) -> Iterator[Definition]:
    """Yield the methods of a class."""
    yield from file.once(_methods).get(of, ())


def _methods(file: File) -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = defaultdict(list)
    for definition in file.all(Definition):
        if definition.kind == "method":
            found[owner(definition)].append(definition)
    return found


def type_of(file: File, name: str, function: str) -> str:
    """Return the declared type of a variable: a local one, a parameter, or a field of the class; "" when unknown."""
    for assignment in file.assignments(name, function):
        if assignment.function == function and assignment.type:
            return assignment.type
    definition = file.definition(function)
    for parameter in definition.parameters if definition is not None else ():
        if parameter.name == name:
            return parameter.type
    field = field_of(file, name, function)
    return field.type if field is not None else ""


def field_of(file: File, name: str, function: str) -> Field | None:
    """Return the field that a name means in a method."""
    fields = file.once(_fields)
    holder = owner(function)
    while holder:
        field = fields.get((holder, name))
        if field is not None:
            return field
        holder = owner(holder)
    return None


def _fields(file: File) -> dict[tuple[str, str], Field]:
    return {(field.owner, field.name): field for field in reversed(file.all(Field))}


def is_kept(file: File, name: str, function: str) -> bool:
    """Whether what `name` holds outlives the call: a field, a bean, or made where the object is made."""
    if file.is_kept(name, function) or not function:
        return True
    definition = file.definition(function)
    if definition is not None and annotation(definition.decorators, "Bean", "PostConstruct", "Produces", "BeforeAll"):
        return True
    is_local = any(item.function == function and item.type for item in file.assignments(name, function)) if name else False
    return bool(name) and not is_local and field_of(file, name, function) is not None


def call_at(file: File, value: Value | None) -> Call | None:
    """Return the call that a value is."""
    return file.once(_calls).get(value.span) if isinstance(value, Invocation) else None


def _calls(file: File) -> dict[Span, Call]:
    return {call.span: call for call in file.all(Call)}


def body(file: File, definition: Definition) -> Block | None:
    """Return the whole extent of a method; methods of one name are told apart by where they stand."""
    found = file.once(_bodies).get(definition.name, ())
    return next((block for block in found if block.span.contains(definition.name_span)), None)


def _bodies(file: File) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = defaultdict(list)
    for block in file.all(Block):
        if block.kind == "function":
            found[block.function].append(block)
    return found


def root(written: str) -> str:
    return written.partition(".")[0]


def uses(file: File, value: Value, variables: Iterable[str], function: str) -> str:
    """Return the first of these variables that takes part in a value, "" for none."""
    wanted = tuple(variables)
    if isinstance(value, Name) and root(value.written) in wanted:
        return root(value.written)
    for call in file.calls_in(function):
        if value.span.contains(call.span):
            if root(call.written) in wanted and "." in call.written:
                return root(call.written)
            for argument in call.arguments:
                if isinstance(argument.value, Name) and root(argument.value.written) in wanted:
                    return root(argument.value.written)
    return ""


def texts(value: Value | None, file: File, scope: str, *, named: bool = False) -> tuple[str, ...] | None:
    """Return the texts of an annotation's value; None when one of them is not known. `named`: see `constant_text`."""
    found = []
    for item in items(value):
        known = constant_text(item, file, scope, named=named)
        if known is None:
            return None
        found.append(known)
    return tuple(found)


def constant_text(value: Value | None, file: File, scope: str, *, named: bool = False) -> str | None:
    """Return the text of a literal, a constant of the file, or both joined.

    `named`: a constant of another class is its full name in braces, `{com.shop.Paths.ORDERS}/all`, and the model knows its text.
    """
    value = file.constant(value, scope)
    if isinstance(value, Template):
        known = [constant_text(part, file, scope, named=named) for part in value.parts]
        return "".join(part for part in known if part is not None) if None not in known else None
    if named and isinstance(value, Name) and "." in value.name:
        return f"{{{value.name}}}"
    return text(value)


def positional(call: Call, index: int) -> Value | None:
    return call.arguments[index].value if index < len(call.arguments) else None
