"""Guards as other endpoints have them, written for one more: as decorators, as arguments of the route, as parameters of the handler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from architrave.facts.code import Call, Definition, Parameter
from architrave.facts.values import Argument, Replacement
from architrave.model.graph import Model
from architrave.model.routes import Endpoint


def copied(
    model: Model, endpoint: Endpoint, siblings: Iterable[tuple[Endpoint, tuple[str, ...]]], is_meant: Callable[[str], bool]
) -> tuple[Replacement, ...]:
    """Write the guard that most siblings have, as the first of them has it. Each comes with the names of its guards; `is_meant` says
    which decorators are guards of the kind that is asked for."""
    ways: dict[object, list[tuple[Replacement, ...]]] = defaultdict(list)
    for sibling, names in siblings:
        if sibling.file == endpoint.file and sibling.route.framework == endpoint.route.framework:
            for found in (
                _decorated(model, endpoint, sibling, is_meant),
                _given(model, endpoint, sibling, names),
                _taken(model, endpoint, sibling, names),
            ):
                for key, replacements in found:
                    ways[key].append(replacements)
    return max(ways.values(), key=len, default=[()])[0]


_Way = tuple[object, tuple[Replacement, ...]]


def _decorated(model: Model, endpoint: Endpoint, sibling: Endpoint, is_meant: Callable[[str], bool]) -> Iterator[_Way]:
    """`@login_required`, `@UseGuards(AuthGuard)`, `@PreAuthorize("…")`, and `dependencies=[…]` among the arguments of a route."""
    here, there = _handler(model, endpoint), _handler(model, sibling)
    for decorator in there.decorators if here is not None and there is not None else ():
        if decorator.span == sibling.route.span:
            own = next((item for item in here.decorators if item.span == endpoint.route.span), None) if here is not None else None
            for argument in decorator.arguments:
                if (
                    own is not None
                    and argument.name == "dependencies"
                    and own.arguments
                    and not any(item.name == argument.name for item in own.arguments)
                ):
                    yield ("argument", _key(argument)), (Replacement(own.arguments[-1].span.after, ", {}", copied=argument.span),)
        elif is_meant(decorator.name):
            key = ("decorator", decorator.name, tuple(_key(argument) for argument in decorator.arguments))
            yield key, (Replacement(endpoint.route.span, "{}", "after", copied=decorator.span),)


def _given(model: Model, endpoint: Endpoint, sibling: Endpoint, names: tuple[str, ...]) -> Iterator[_Way]:
    """`router.get("/orders", requireUser, list)`: after the guards that are there, before the handler."""
    here, there = _registering(model, endpoint), _registering(model, sibling)
    if here is None or there is None or endpoint.route.path_span is None:
        return
    for argument in there.arguments[1:-1]:
        if (getattr(argument.value, "callee", "") or getattr(argument.value, "name", "")) in names:
            yield ("call", _key(argument)), (Replacement(here.arguments[-2].span.after, ", {}", copied=argument.span),)


def _taken(model: Model, endpoint: Endpoint, sibling: Endpoint, names: tuple[str, ...]) -> Iterator[_Way]:
    """`user: CurrentUser`, a parameter that whoever serves the request must fill."""
    here, there = _handler(model, endpoint), _handler(model, sibling)
    if here is None or there is None or not here.parameters:
        return
    first, last = here.parameters[0], here.parameters[-1]
    for parameter in there.parameters:
        name = _dependency(parameter)
        if name not in names or parameter.name in {item.name for item in here.parameters}:
            continue
        if parameter.default is None:
            yield ("parameter", name, parameter.type), (Replacement(first.span.before, "{}, ", copied=parameter.span),)
        elif last.default is not None and not last.name.startswith("*"):
            yield ("parameter", name, parameter.type), (Replacement(last.span.after, ", {}", copied=parameter.span),)


def _dependency(parameter: Parameter) -> str:
    """Return what a parameter asks for: `CurrentUser`, `get_user` of `Depends(get_user)`."""
    given = getattr(parameter.default, "arguments", ())
    if given:
        return str(getattr(given[0].value, "name", ""))
    for marker in ("Depends(", "Security("):
        if marker in parameter.type:
            return parameter.type.partition(marker)[2].partition(")")[0].partition(",")[0].strip()
    return parameter.type.partition("<")[0]


def _key(argument: Argument) -> object:
    """What tells an argument from another, wherever they stand."""
    value = argument.value
    items = getattr(value, "arguments", None) or getattr(value, "items", None) or ()
    named = getattr(value, "callee", None) or getattr(value, "name", None) or getattr(value, "value", None) or type(value).__name__
    return argument.name, named, tuple(_key(item if isinstance(item, Argument) else Argument(item.span, item)) for item in items)


def _handler(model: Model, endpoint: Endpoint) -> Definition | None:
    return model.definition(endpoint.handler) if endpoint.handler.path == endpoint.file else None


def _registering(model: Model, endpoint: Endpoint) -> Call | None:
    calls = model.of(endpoint.file, Call)
    return next((call for call in calls if call.span.until(call.name_span) == endpoint.route.span and len(call.arguments) > 1), None)
