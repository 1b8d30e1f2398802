"""Where the whole body of a request becomes a row of the database, in Python, JavaScript, Go and Java."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import BodyBinding
from architrave.facts.code import Assignment, Call, Definition, Parameter
from architrave.facts.values import Argument, Invocation, Mapping, Name, Value
from architrave.framework import File, Framework
from architrave.regexes import regex

node = Framework("node-whole-bodies", languages=("javascript", "typescript", "tsx"))
python = Framework("python-whole-bodies", languages=("python",))
go = Framework("go-whole-bodies", languages=("go",))
typed = Framework("typed-whole-bodies", languages=("java", "python", "typescript", "tsx"))
FRAMEWORKS = (node, python, go, typed)

_NODE_BODY = regex(r"^(?:req|request|ctx\.request|c\.req|event|this\.req)\.body$")
_PYTHON_BODY = regex(r"(?:^|\.)[Rr]equest(?:\(\))?\.(?:json|form|data|POST|values|get_json)(?:\(\))?$")
_WRITES = frozenset(
    """create build insert insertOne insertMany update updateOne updateMany findByIdAndUpdate findOneAndUpdate findOneAndReplace replaceOne
    upsert bulkCreate save merge""".split()  # noqa: SIM905
)
_DATA = frozenset({"data", "create", "update", "$set", "values"})
_BINDS = frozenset({"ShouldBindJSON", "BindJSON", "ShouldBind", "Bind", "BodyParser", "ShouldBindBodyWith", "ReadJSON"})
_SAVES = regex(r"^(save|saveAll|saveAndFlush|add|persist|merge|create|insert|update|store|put|values|set)(_?[A-Z]\w*)?$")
_MODEL = regex(r"^(?:.*?[./])?[A-Z]\w*(?=\.|$)")
_PLAIN = regex(r"^(int|str|float|bool|dict|list|string|number|boolean|String|Integer|Long|UUID)\b")


@node.call(*(f"*.{name}" for name in (*sorted(_WRITES), "assign")))
def written(call: Call, file: File) -> Iterator[Fact]:
    """`User.create(req.body)`, `prisma.user.update({ where, data: { ...req.body } })`, `Object.assign(user, req.body)`."""
    if call.callee == "Object.assign":
        target = call.arguments[0].value if len(call.arguments) == 2 else None
        yield from _node(call, call.arguments[1:], _model(target.name) if isinstance(target, Name) else "", file)
    else:
        yield from _node(call, call.arguments, _model(call.callee.rpartition(".")[0]), file)


@node.every(Call)
def constructed(call: Call, file: File) -> Iterator[Fact]:
    """`new User(req.body)`."""
    last = call.callee.rpartition(".")[2]
    if len(call.arguments) == 1 and last[:1].isupper() and not call.callee.startswith(("express", "Object", "Error")):
        yield from _node(call, call.arguments, call.callee, file)


def _model(name: str) -> str:
    match = _MODEL.match(name.replace("()", ""))
    return match[0] if match is not None else ""


def _node(call: Call, arguments: tuple[Argument, ...], model: str, file: File) -> Iterator[Fact]:
    for argument in arguments:
        found = _body(argument.value, call.function, file)
        if found is not None:
            at, body, later = found
            yield BodyBinding(call.span, call.function, model, (*later, *_set_later(call, file)), at.span if at is not None else None, body)
            return


def _body(value: Value, function: str, file: File, depth: int = 3) -> tuple[Value | None, str, tuple[str, ...]] | None:
    """Return what stands for the body and nothing else, if anything does, how the body is written, and the keys that are set after it."""
    if isinstance(value, Name):
        if _NODE_BODY.match(value.written):
            return value, value.written, ()
        known = file.constant(value, function)
        if isinstance(known, Name) and known is not value and _NODE_BODY.match(known.written):
            return None, value.written, ()
    if isinstance(value, Mapping) and depth:
        for index, entry in enumerate(value.entries):
            if entry.key == "..." and isinstance(entry.value, Name):
                spread = _body(entry.value, function, file)
                if spread is not None:
                    is_all = len(value.entries) == 1 and spread[0] is not None
                    return value if is_all else None, spread[1], tuple(item.key for item in value.entries[index + 1 :])
            if entry.key in _DATA:
                inner = _body(entry.value, function, file, depth - 1)
                if inner is not None:
                    return inner
    return None


def _set_later(call: Call, file: File) -> Iterator[str]:
    """Yield the fields that are assigned in the same function: `user.role = "customer"`, `delete req.body.role`."""
    for item in file.near(Assignment, call.span):
        if item.function == call.function and "." in item.target:
            yield item.target.rpartition(".")[2]


@python.every(Call)
def unpacked(call: Call, file: File) -> Iterator[Fact]:
    """`User(**request.json)`, `User.objects.create(**request.data)`."""
    if not call.function or not call.callee:
        return
    for argument in call.arguments:
        if argument.name == "**" and isinstance(argument.value, Name) and _is_body(argument.value, call.function, file):
            kept = (*(item.name for item in call.arguments if item.name not in ("", "*", "**")), *_set_later(call, file))
            yield BodyBinding(call.span, call.function, _model(call.callee), kept)


def _is_body(value: Name, function: str, file: File) -> bool:
    if _PYTHON_BODY.search(value.name):
        return True
    given = next((item for item in file.parameters(function) if item.name == value.written), None)
    definition = file.definition(function)
    is_handler = definition is not None and any(item.name.rpartition(".")[2] in ("post", "put", "patch") for item in definition.decorators)
    return is_handler and given is not None and given.type.partition("[")[0] in ("dict", "Dict", "typing.Dict")


@go.call(*(f"*.{name}" for name in sorted(_BINDS)), "encoding/json.NewDecoder().Decode")
def bound(call: Call, file: File) -> Iterator[Fact]:
    """`c.ShouldBindJSON(&user)`, `json.NewDecoder(r.Body).Decode(&user)`."""
    given = call.arguments[0].value if call.arguments else None
    if not isinstance(given, Name) or not given.name.endswith("()"):
        return
    if call.callee.endswith(".Decode"):
        opened = next((item for item in file.chain(call) if item.callee.endswith("NewDecoder") and item.arguments), None)
        source = opened.arguments[0].value if opened is not None else None
        if not isinstance(source, Name) or not source.written.endswith(".Body") or source.written.startswith(("resp", "res.")):
            return
    yield BodyBinding(call.span, call.function, given.name.removesuffix("()"), tuple(_set_later(call, file)))


@typed.every(Definition)
def taken(definition: Definition, file: File) -> Iterator[Fact]:
    """`create(@RequestBody User user)`, `def create(user: User)`, `create(@Body() user: User)`, where what is taken is saved."""
    if definition.kind not in ("function", "method") or not definition.parameters:
        return
    for parameter in definition.parameters:
        model = _taken(parameter, definition, file)
        if model and any(_saves(call, parameter.name) for call in file.calls_in(definition.name)):
            setters = [call.callee.rpartition(".")[2][3:] for call in file.calls_in(definition.name) if ".set" in call.callee]
            assigned = [
                item.target.rpartition(".")[2]
                for item in file.near(Assignment, definition.span)
                if item.function == definition.name and item.target.startswith(f"{parameter.name}.")
            ]
            yield BodyBinding(parameter.span, definition.name, model, (*assigned, *(name[:1].lower() + name[1:] for name in setters)))


def _taken(parameter: Parameter, definition: Definition, file: File) -> str:
    """Return the class that a handler takes from the body of a request."""
    marks = {item.name.rpartition(".")[2] for item in parameter.decorators}
    if file.language == "java":
        return parameter.type if not marks.isdisjoint(("RequestBody", "ModelAttribute")) else ""
    if file.language == "python":
        verbs = {item.name.rpartition(".")[2] for item in definition.decorators}
        bare = parameter.type.partition("[")[2].partition(",")[0] if "Body(" in parameter.type else parameter.type
        if verbs.isdisjoint(("post", "put", "patch")) or "Depends(" in parameter.type or isinstance(parameter.default, Invocation):
            return ""
        return bare if bare.rpartition(".")[2][:1].isupper() and not _PLAIN.match(bare) else ""
    return parameter.type if "Body" in marks and not any(item.arguments for item in parameter.decorators) else ""


def _saves(call: Call, name: str) -> bool:
    if _SAVES.match(call.callee.rpartition(".")[2]) is None:
        return False
    return any(isinstance(item.value, Name) and item.value.written.removesuffix(".0") == name for item in call.arguments)
