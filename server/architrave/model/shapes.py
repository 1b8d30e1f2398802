"""What classes look like as JSON: their fields by the name on the wire, and which class an endpoint takes and answers."""

from __future__ import annotations

import re
from typing import NamedTuple

from architrave.facts.api import BodyBinding, RowReply
from architrave.facts.code import Decorator, Definition, Field
from architrave.facts.values import Boolean, Invocation, Name, text
from architrave.model.classes import Place
from architrave.model.graph import Model
from architrave.model.routes import Endpoint
from architrave.regexes import regex

_WRAPPERS = regex(
    r"^(?:[\w.]*\.)?(?:ResponseEntity|List|Page|Slice|Optional|Mono|Flux|Promise|Observable|Json|Result|Vec|Option|Collection|Set|Iterable"
    r"|Sequence|list|Array|CompletableFuture|HttpEntity|Valid)[<\[](.*)[>\]]$"
)
_PLAIN_BASES = ("BaseModel", "SQLModel", "object", "Serializable", "ABC", "Record")
_NAMED_BY_A_RULE = ("JsonNaming", "JsonUnwrapped", "JsonAnyGetter", "JsonTypeInfo")
_LEFT_OUT = ("JsonIgnore", "Exclude", "Transient", "static")
_TYPES = (
    (regex(r"^(\*|Option<|Optional\[)?(i\d+|u\d+|u?int\d*|long|Integer|Long|short|BigInteger)\b", re.IGNORECASE), "integer"),
    (regex(r"^(\*|Option<|Optional\[)?(f\d+|float\d*|double|number|BigDecimal|Decimal|decimal.Decimal)\b", re.IGNORECASE), "number"),
    (regex(r"^(\*|Option<|Optional\[)?(bool|boolean)\b", re.IGNORECASE), "boolean"),
    (regex(r"^(\[\]|list\b|List\b|Vec\b|Set\b|Sequence\b|Array\b)|\[\]$"), "array"),
    (regex(r"^(\*|Option<|Optional\[)?&?(str|string)\b", re.IGNORECASE), "string"),
)
_DEPTH = 4  # Wrappers round a type, classes above a class.


class Shape(NamedTuple):
    """A class as JSON. `fields` are its fields and where each is declared, by the name on the wire."""

    place: Place
    fields: dict[str, tuple[str, Field]]


def unwrapped(written: str) -> str:
    """Return the class in the wrappers of a declared type, "" where it is no plain class: `Result<Json<Vec<User>>, Error>` is `User`."""
    for _ in range(_DEPTH):
        match = _WRAPPERS.match(written.strip())
        if match is None:
            break
        written = first_of(match[1])
    bare = written.strip().removesuffix("[]").partition(" | ")[0]
    return bare if re.fullmatch(r"[\w./@-]+", bare) else ""


def json_type(written: str) -> str:
    """Return what a declared type is in JSON, "" where that is not known."""
    return next((known for pattern, known in _TYPES if pattern.search(written)), "")


def is_demanded(path: str, item: Field) -> bool:
    """Whether a request is refused without a field, as far as its declaration says so."""
    marks = {mark.name.rpartition(".")[2]: mark for mark in item.decorators}
    if path.endswith(".py"):
        return item.value is None and not re.search(r"\bOptional\b|\bNone\b", item.type)
    if path.endswith(".java"):
        return not marks.keys().isdisjoint(("NotNull", "NotBlank", "NotEmpty"))
    if path.endswith(".go"):
        rules = [text(part.value) or "" for name in ("binding", "validate") if name in marks for part in marks[name].arguments]
        return any("required" in rule.split(",") for rule in rules)
    if path.endswith(".rs"):
        named = {part.value.written for mark in item.decorators for part in mark.arguments if isinstance(part.value, Name)}
        return not item.type.startswith("Option") and "default" not in named
    is_checked = any(name.startswith(("Is", "Validate", "Min", "Max", "Length", "Matches")) for name in marks)
    return is_checked and marks.keys().isdisjoint(("IsOptional", "ValidateIf"))


def first_of(written: str) -> str:
    """Return the first of several types in a row: `Json<User>` of `Json<User>, Error`."""
    depth = 0
    for index, sign in enumerate(written):
        depth += (sign in "<[(") - (sign in ">])")
        if sign == "," and depth == 0:
            return written[:index]
    return written


def taken(model: Model, endpoint: Endpoint) -> Shape | None:
    """Return what an endpoint reads its body into."""
    handler, definition = endpoint.handler, model.definition(endpoint.handler)
    names = {item.model for item in model.inside(handler, BodyBinding)} if handler.path.endswith(".go") else set()
    for item in definition.parameters if definition is not None else ():
        marks = {mark.name.rpartition(".")[2] for mark in item.decorators}
        if handler.path.endswith(".java"):
            is_body = "RequestBody" in marks
        elif endpoint.route.framework == "fastapi":
            is_body = item.default is None and "(" not in item.type
        elif handler.path.endswith(".rs"):
            is_body = re.match(r"(?:[\w.]*\.)?Json<", item.type) is not None
        else:
            is_body = "Body" in marks and not any(mark.arguments for mark in item.decorators)
        if is_body and unwrapped(item.type):
            names.add(unwrapped(item.type))
    return _only(model, handler.path, names, is_answer=False)


def answered(model: Model, endpoint: Endpoint) -> Shape | None:
    """Return what an endpoint answers, or many of it."""
    handler, definition = endpoint.handler, model.definition(endpoint.handler)
    if handler.path.endswith(".go"):
        names = {item.model for item in model.inside(handler, RowReply)}
        return _only(model, handler.path, names, is_answer=True) if "" not in names else None
    if definition is None:
        return None
    name = unwrapped(definition.returns)
    if endpoint.route.framework == "fastapi":
        for mark in definition.decorators:
            given = {item.name: item.value for item in mark.arguments} if mark.span == endpoint.route.span else {}
            if any(key.startswith("response_model_") for key in given):
                return None
            if "response_model" in given:
                value = given["response_model"]
                name = value.name if isinstance(value, Name) else ""
    return _only(model, handler.path, {name} if name else set(), is_answer=True)


def _only(model: Model, path: str, names: set[str], *, is_answer: bool) -> Shape | None:
    found = [shape for name in sorted(names) if (shape := shape_of(model, path, name, is_answer=is_answer)) is not None]
    return found[0] if len(found) == 1 else None


def shape_of(model: Model, path: str, name: str, *, is_answer: bool) -> Shape | None:
    """Return what a class looks like as JSON; None where not all of it is known."""
    place = model.classes.find(path, name)
    fields = _fields(model, place, is_answer, _DEPTH) if place is not None else None
    return Shape(place, fields) if place is not None and fields else None


def _fields(model: Model, place: Place, is_answer: bool, depth: int) -> dict[str, tuple[str, Field]] | None:
    definition = model.definition(place)
    if definition is None or definition.kind not in ("class", "struct", "interface", "type") or depth == 0:
        return None
    found: dict[str, tuple[str, Field]] = {}
    for base in definition.bases:
        bare = base.partition("[")[0].partition("<")[0]
        if bare.rpartition(".")[2] in _PLAIN_BASES:
            continue
        above = model.classes.find(place.path, bare)
        inherited = _fields(model, above, is_answer, depth - 1) if above is not None else None
        if inherited is None:
            return None
        found.update(inherited)
    if any(mark.name.rpartition(".")[2] in _NAMED_BY_A_RULE for mark in definition.decorators):
        return None
    own = [item for item in model.of(place.path, Field) if item.owner == place.name]
    rename = _renaming(definition)
    if rename is None or any(_is_of_many(mark) for item in own for mark in item.decorators):
        return None
    getters = {item.name.rpartition(".")[2] for item in model.of(place.path, Definition) if item.name.startswith(f"{place.name}.get")}
    for item in own:
        if item.name == "model_config" or item.name in ("Config", "Meta"):
            if isinstance(item.value, Invocation) and any(part.name in ("alias_generator", "extra") for part in item.value.arguments):
                return None
            continue
        if _is_left_out(item, place, is_answer, getters):
            continue
        found[_wire(item, rename, place.path)] = (place.path, item)
    return found


def _is_left_out(item: Field, place: Place, is_answer: bool, getters: set[str]) -> bool:
    if not item.type or item.name.startswith("_") or "ClassVar" in item.type:
        return True
    if place.path.endswith(".go") and not item.name[:1].isupper():
        return True
    if place.path.endswith(".java") and is_answer and getters and f"get{item.name[:1].upper()}{item.name[1:]}" not in getters:
        return True
    if isinstance(item.value, Invocation) and any(
        part.name == "exclude" and isinstance(part.value, Boolean) for part in item.value.arguments
    ):
        return True
    for mark in item.decorators:
        last = mark.name.rpartition(".")[2]
        named = {part.value.written.rpartition(".")[2] for part in mark.arguments if isinstance(part.value, Name)}
        if last in _LEFT_OUT or (last == "json" and any(text(part.value) == "-" for part in mark.arguments)):
            return True
        if last == "serde" and not named.isdisjoint(("skip", "skip_serializing" if is_answer else "skip_deserializing")):
            return True
        if ("WRITE_ONLY" in named and is_answer) or ("READ_ONLY" in named and not is_answer):
            return True
    return False


def _is_of_many(mark: Decorator) -> bool:
    """Whether a field stands for many: `#[serde(flatten)]`, `@JsonUnwrapped`."""
    named = {part.value.written for part in mark.arguments if isinstance(part.value, Name)}
    return (
        mark.name.rpartition(".")[2] in _NAMED_BY_A_RULE
        or "flatten" in named
        or any(text(part.value) == ",inline" for part in mark.arguments)
    )


def _renaming(definition: Definition) -> str | None:
    """Return how `rename_all` spells the fields of a struct, "" as they are, None where that is not known."""
    for mark in definition.decorators:
        for item in mark.arguments if mark.name.rpartition(".")[2] == "serde" else ():
            if item.name == "rename_all":
                known = text(item.value)
                return known if known in ("camelCase", "snake_case") else None
    return ""


def _wire(item: Field, rename: str, path: str) -> str:
    for mark in item.decorators:
        last = mark.name.rpartition(".")[2]
        for part in mark.arguments:
            known = text(part.value)
            is_name = (last == "json" and not part.name) or (last == "serde" and part.name == "rename")
            if known and (is_name or (last == "JsonProperty" and part.name in ("", "value"))):
                return known.partition(",")[0] or item.name
    if isinstance(item.value, Invocation):
        for part in item.value.arguments:
            known = text(part.value)
            if part.name in ("alias", "serialization_alias") and known:
                return known
    if rename == "camelCase":
        return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), item.name)
    return item.name
