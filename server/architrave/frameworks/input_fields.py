"""Fields of what requests are read into, where they are named like a page size, with what validators say of them.

class-validator and zod of Node, pydantic, Bean Validation. A handler may stand in another file: the model joins them (`model.inputs`).
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import PAGE_NAMES, InputField
from architrave.facts.code import Call, Decorator, Definition, Field
from architrave.facts.values import Invocation, Number, Replacement, Value
from architrave.framework import File, Framework
from architrave.node import imports as node
from architrave.python import imports as python
from architrave.regexes import regex

framework = Framework("input-fields", languages=("python", "typescript", "java"))

_NUMBER = regex(r"(?:\w+\.)*(?:Annotated\[|Optional\[)*(?:int|long|Integer|Long|number)\b")
_BOUNDS = frozenset({"Max", "Range", "DecimalMax", "Length", "IsIn", "IsEnum", "In", "max", "le", "lt"})
_TABLES = ("sqlalchemy", "sqlmodel", "django.db", "jakarta.persistence", "javax.persistence", "typeorm", "mongoose")
_CALLS = frozenset({"Field", "Query", "field"})


@framework.every(Field)
def field(item: Field, file: File) -> Iterator[Fact]:
    is_number = bool(_NUMBER.match(item.type)) or (not item.type and isinstance(item.value, Number))
    if item.name not in PAGE_NAMES or not is_number or (file.imports(*_TABLES) and not _is_validated(item, file)):
        return
    if isinstance(item.value, Invocation) and item.value.callee.rpartition(".")[2] not in _CALLS:
        return
    is_bounded = _is_bounded_type(item.type) or _is_bounded_value(item.value) or any(_bounds(mark, file) for mark in item.decorators)
    yield InputField(item.span, item.owner, item.name, is_bounded, () if is_bounded else _bound(item, file))


def _is_validated(item: Field, file: File) -> bool:
    """Whether a field beside the models of tables belongs to no table."""
    owner = file.definition(item.owner)
    bases = owner.bases if owner is not None else ()
    return any(base.endswith("BaseModel") for base in bases) or any(mark.name.startswith("class-validator.") for mark in item.decorators)


@framework.every(Definition)
def constructor(definition: Definition, file: File) -> Iterator[Fact]:
    """`def __init__(self, limit: int = Query(20, le=100))` of a class that FastAPI calls for a handler."""
    owner, _, name = definition.name.rpartition(".")
    if name != "__init__" or not file.imports("fastapi"):
        return
    for parameter in definition.parameters:
        if parameter.name in PAGE_NAMES and _NUMBER.match(parameter.type):
            is_bounded = _is_bounded_type(parameter.type) or _is_bounded_value(parameter.default)
            yield InputField(parameter.span, owner, parameter.name, is_bounded or file.is_bounded(parameter.name, definition.name))


def _is_bounded_type(written: str) -> bool:
    return any(word in written.replace(" ", "") for word in ("le=", "lt=", "Literal[", "conint("))


def _is_bounded_value(value: Value | None) -> bool:
    return isinstance(value, Invocation) and any(item.name in ("le", "lt") for item in value.arguments)


def _bounds(mark: Decorator, file: File) -> bool:
    """`@Max(100)`, and `@Transform(({ value }) => Math.min(value, 100))`."""
    last = mark.name.rpartition(".")[2]
    if last in _BOUNDS:
        return last != "Range" or any(item.name == "max" for item in mark.arguments)
    return last == "Transform" and any(
        call.callee.rpartition(".")[2] in ("min", "clamp") and mark.span.contains(call.span) for call in file.near(Call, mark.span)
    )


def _bound(item: Field, file: File) -> tuple[Replacement, ...]:
    """Give a field a greatest value."""
    if file.language == "python":
        value = item.value
        if isinstance(value, Invocation):
            return (Replacement(value.arguments[-1].span.after, ", le=100"),) if value.arguments else ()
        imports = python.imported(file, "pydantic", "Field") if file.imports("pydantic") else None
        if isinstance(value, Number) and imports is not None:
            return Replacement(value.span, "Field({}, le=100)", copied=value.span), *imports
    elif file.imports("class-validator") and item.decorators:
        imports = node.imported(file, "class-validator", "Max")
        return (Replacement(item.decorators[0].span, "@Max(100)", "before"), *imports) if imports is not None else ()
    return ()
