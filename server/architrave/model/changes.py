"""What a change takes away from those who call: the descriptions and endpoints of the base against those of now.

What is described is held against its description; of endpoints that no description has, what their code says counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from architrave.facts.api import ApiDocument, ApiOperation, ApiProperty, ApiSchema, Route, Router
from architrave.facts.values import Replacement
from architrave.model.classes import Place
from architrave.model.contracts import Contracts
from architrave.model.descriptions import Descriptions
from architrave.model.graph import Model
from architrave.model.routes import Endpoint, is_version, shape
from architrave.model.shapes import Shape, answered, is_demanded, json_type, taken
from architrave.text import FILE_START, Span

_NO_CONTRACT = ("HEAD", "OPTIONS", "TRACE", "*")
_WIDER = {("integer", "number")}  # What a request may bring after such a change, it could bring before.

Side = Literal["request", "answer"]
Operation = tuple[str, str]  # Method and shape of the path.


class Broken(NamedTuple):
    """Something that whoever calls may count on, and cannot any more. `version` is that of the description, "" in code."""

    path: str
    span: Span
    message: str
    subject: str
    version: str = ""
    next_major: tuple[Replacement, ...] = ()


def broken(model: Model, base: Model) -> Iterator[Broken]:
    for document in _documents(model, base):
        for found in _Described(model, base, document).broken():
            yield found._replace(version=document.new.version, next_major=document.new.next_major)
    described = {item for path, document in base.each(ApiDocument) for item in _described(base, path, document)}
    yield from _gone(model, base, described)
    yield from _changed(model, base, described)


# Descriptions


class _Document(NamedTuple):
    """A description at the base and now."""

    before: str
    path: str
    old: ApiDocument
    new: ApiDocument


def _documents(model: Model, base: Model) -> Iterator[_Document]:
    """Yield the descriptions that were there and say now that they are the same version."""
    now, before = dict(model.each(ApiDocument)), dict(base.each(ApiDocument))
    for path, old in before.items():
        moved = [other for other, item in now.items() if other not in before and item.title == old.title]
        at = path if path in now else moved[0] if len(moved) == 1 else ""
        new = now.get(at)
        if new is None or old.is_generated or new.is_generated or set(old.bases) != set(new.bases):
            continue
        if _major(old.version) == _major(new.version):
            yield _Document(path, at, old, new)


def _major(version: str) -> tuple[str, ...]:
    """Return what a change that breaks must raise: the first number, below 1.0.0 the second. https://semver.org"""
    parts = version.lstrip("v").split(".")
    if not parts[0].isdigit():
        return (version,)
    return tuple(parts[:2]) if parts[0] == "0" else (parts[0],)


def _described(model: Model, path: str, document: ApiDocument) -> Iterator[Operation]:
    for operation in model.derived(Descriptions).operations(path) if not document.is_generated else ():
        for prefix in {*document.bases, ""}:
            yield operation.method, shape(prefix + operation.path)


class _Described:
    """One description, at the base and now."""

    def __init__(self, model: Model, base: Model, document: _Document) -> None:
        before, now, _, self._document = document
        self._path = now
        self._old = _by_operation(base.derived(Descriptions).operations(before))
        self._new = _by_operation(model.derived(Descriptions).operations(now))
        self._properties = _by_schema(base.of(before, ApiProperty)), _by_schema(model.of(now, ApiProperty))
        self._whole = {item.name for item in base.of(before, ApiSchema)}, {item.name: item for item in model.of(now, ApiSchema)}

    def broken(self) -> Iterator[Broken]:
        is_known = not any(operation.method == "*" for operation in self._new.values())  # A path in a file that is not read.
        for key, old in self._old.items():
            new = self._new.get(key)
            if new is not None:
                demanded = [name for name in new.required if name not in old.required]
                for name in demanded:
                    what = "a body" if name == "body" else f"`{name}`"
                    message = f"`{new.method} {new.path}` demands {what}, which it did not"
                    yield Broken(self._path, new.span, message, f"{new.method} {shape(new.path)} {name}")
            elif is_known and old.method not in _NO_CONTRACT and not old.is_deprecated:
                yield self._without(old)
        yield from self._schemas()

    def _without(self, old: ApiOperation) -> Broken:
        subject = f"{old.method} {shape(old.path)}"
        fresh = [item for key, item in self._new.items() if key not in self._old and item.method == old.method]
        renamed = [item for item in fresh if old.operation and item.operation == old.operation]
        if len(renamed) == 1:
            message = f"`{_named(old)}` is `{renamed[0].path}` now"
            return Broken(self._path, renamed[0].path_span or renamed[0].span, message, subject)
        beside = next((item for item in self._new.values() if shape(item.path) == shape(old.path) and item.path_span), None)
        at = beside.path_span if beside is not None and beside.path_span is not None else self._document.span
        return Broken(self._path, at, f"`{_named(old)}` is described no more", subject)

    def _schemas(self) -> Iterator[Broken]:
        """Hold the schemas against each other that stand in the same places of the same operations, one in the other."""
        waiting: list[tuple[str, str, Side]] = []
        for key, old in self._old.items():
            new = self._new.get(key)
            if new is not None:
                waiting.append((old.request, new.request, "request"))
                waiting.append((old.response, new.response, "answer"))
        seen: set[tuple[str, str, Side]] = set()
        while waiting:
            pair = waiting.pop(0)
            if pair in seen or not pair[0] or not pair[1]:
                continue
            seen.add(pair)
            before, after = self._properties[0].get(pair[0], {}), self._properties[1].get(pair[1], {})
            waiting += ((before[name].ref, after[name].ref, pair[2]) for name in before.keys() & after.keys())
            yield from self._properties_of(pair[1], pair[2], before, after, pair[0] in self._whole[0])

    def _properties_of(
        self, schema: str, side: Side, before: Mapping[str, ApiProperty], after: Mapping[str, ApiProperty], was_whole: bool
    ) -> Iterator[Broken]:
        whole = self._whole[1].get(schema)
        for name, old in before.items():
            subject, new = f"{schema}.{name}", after.get(name)
            if new is None:
                fresh = [item for item in after.values() if item.name not in before and item.type == old.type]
                lost = [item for item in before.values() if item.name not in after]
                if side == "request" or whole is None or not was_whole:
                    continue
                if len(fresh) == 1 and len(lost) == 1:
                    yield Broken(self._path, fresh[0].span, f"`{subject}` is answered as `{fresh[0].name}` now", subject)
                else:
                    yield Broken(self._path, whole.span, f"`{subject}` is answered no more", subject)
                continue
            if _is_narrower(old.type, new.type, side):
                yield Broken(self._path, new.span, f"`{subject}` was `{old.type}` and is `{new.type}` now", subject)
            lost_values = [value for value in old.values if value not in new.values] if new.values else []
            has_fresh = any(value not in old.values for value in new.values)
            if lost_values and (side == "request" or has_fresh):
                shown = ", ".join(f"`{value}`" for value in lost_values[:4])
                yield Broken(self._path, new.span, f"`{subject}` {'takes' if side == 'request' else 'has'} {shown} no more", subject)
        for name, new in after.items():
            known = before.get(name)
            if side == "request" and before and new.is_required and not (known is not None and known.is_required):
                yield Broken(self._path, new.span, f"A request must have `{schema}.{name}` now", f"{schema}.{name}")


def _named(operation: ApiOperation) -> str:
    return f"{operation.method} {operation.path}"


def _by_operation(operations: Iterable[ApiOperation]) -> dict[Operation, ApiOperation]:
    return {(item.method, shape(item.path)): item for item in operations}


def _by_schema(properties: Iterable[ApiProperty]) -> dict[str, dict[str, ApiProperty]]:
    found: dict[str, dict[str, ApiProperty]] = defaultdict(dict)
    for item in properties:
        found[item.schema][item.name] = item
    return found


def _is_narrower(old: str, new: str, side: Side) -> bool:
    return bool(old and new) and old != new and ((old, new) if side == "request" else (new, old)) not in _WIDER


# Endpoints


def _gone(model: Model, base: Model, described: set[Operation]) -> Iterator[Broken]:
    """Yield the endpoints that nothing serves any more, one for each place where that is told."""
    if model.routes is base.routes:
        return
    contracts = model.derived(Contracts)
    served = {(item.method, item.shape) for item in model.routes.endpoints}
    was_served = {(item.method, item.shape) for item in base.routes.endpoints}
    later = {(method, _unversioned(path)) for method, path in served - was_served if _unversioned(path) != path}
    lost: dict[tuple[str, Span], list[Endpoint]] = defaultdict(list)
    for service, endpoints in base.routes.by_service.items():
        for item in endpoints:
            key = (item.method, item.shape)
            if item.method in _NO_CONTRACT or key in described or key in served or item.route.framework == "spring-actuator":
                continue
            if contracts.serving(service, item.method, item.path) or contracts.may_serve(service, item.path):
                continue
            if any(method in (item.method, "*") and path == _unversioned(item.shape) for method, path in later):
                continue
            renamed = [
                now
                for now in contracts.endpoints(service)
                if now.handler.name == item.handler.name and (now.method, now.shape) not in was_served
            ]
            if len(renamed) == 1:
                now = renamed[0]
                if _versions(now.shape) != _versions(item.shape):
                    continue
                message = f"`{item.method} {item.path}` is `{now.method} {now.path}` now"
                yield Broken(now.file, now.route.path_span or now.route.span, message, f"{item.method} {item.shape}")
            elif _is_lost(model, contracts, item) and (place := _place(model, item)) is not None:
                lost[place].append(item)
    for (path, span), items in lost.items():
        first, *others = sorted(items, key=lambda item: (item.path, item.method))
        more = f" and {len(others)} more {'endpoint is' if len(others) == 1 else 'endpoints are'}" if others else " is"
        yield Broken(path, span, f"`{first.method} {first.path}`{more} served no more", f"{first.method} {first.shape}")


def _is_lost(model: Model, contracts: Contracts, item: Endpoint) -> bool:
    """Whether nothing serves an endpoint for sure: all endpoints of its service are known, or what served it is gone, too.

    What served it and serves nothing now may be registered in a way that is not understood.
    """
    if model.definition(item.handler) is not None and item.handler not in model.routes.by_handler:
        return False
    if contracts.is_closed(item.service) and item.is_complete:
        return True
    return item.file in model.files and item.handler.path in model.files and model.definition(item.handler) is None


def _place(model: Model, item: Endpoint) -> tuple[str, Span] | None:
    """Return where to say that an endpoint is gone: beside its neighbours, or at the application that it was mounted in."""
    for route in model.of(item.file, Route):
        if route.router == item.route.router:
            return item.file, route.span
    for router in model.of(item.file, Router):
        return item.file, router.span
    if item.file in model.files:
        return item.file, FILE_START
    for router in model.of(item.application.path, Router) if item.application is not None else ():
        if item.application is not None and router.name == item.application.name:
            return item.application.path, router.span
    return None


def _versions(path: str) -> list[str]:
    return [part for part in path.split("/") if is_version(part)]


def _unversioned(path: str) -> str:
    return "/".join(part for part in path.split("/") if not is_version(part))


class _Wire(NamedTuple):
    """What the handler of a route takes, demands and answers, by the names on the wire."""

    handler: Place
    route: Operation
    taken: Shape | None
    answered: Shape | None
    demanded: frozenset[str]
    span: Span


def _wires(model: Model, path: str, route: Route) -> Iterator[_Wire]:
    if route.method not in _NO_CONTRACT:
        handler = model.classes.find(path, route.handler) or Place(path, route.handler)
        endpoint = Endpoint(path, route, route.method, route.path, handler, "", (), True, None)
        demanded = frozenset(item.name for item in route.parameters if item.is_required and item.source in ("query", "header", "cookie"))
        key = (route.method, endpoint.shape)
        yield _Wire(handler, key, taken(model, endpoint), answered(model, endpoint), demanded, route.span)


def _changed(model: Model, base: Model, described: set[Operation]) -> Iterator[Broken]:
    """Yield what is demanded of those who call the same endpoint of the same handler, or answered to them no more."""
    before = {(item.handler, item.route): item for item in base.in_each(Route, _wires)}
    told: set[Broken] = set()
    for now in model.in_each(Route, _wires):
        old = before.get((now.handler, now.route))
        if old is None or (old.taken, old.answered, old.demanded) == (now.taken, now.answered, now.demanded):
            continue
        were = {(item.method, item.shape) for item in base.routes.by_handler.get(now.handler, ())}
        same = [item for item in model.routes.by_handler.get(now.handler, ()) if (item.method, item.shape) in were - described]
        for endpoint in same[:1]:
            shown = f"{endpoint.method} {endpoint.path}"
            for name in sorted(now.demanded - old.demanded):
                yield Broken(endpoint.file, now.span, f"`{shown}` demands `{name}`, which it did not", f"{shown} {name}")
            for found in _fields(shown, old, now):
                if found not in told:
                    told.add(found)
                    yield found


def _fields(shown: str, old: _Wire, now: _Wire) -> Iterator[Broken]:
    if old.answered is not None and now.answered is not None:
        lost = [name for name in old.answered.fields if name not in now.answered.fields]
        for name, (_, was) in old.answered.fields.items():
            subject = f"{now.answered.place.name}.{name}"
            if name in now.answered.fields:
                path, field = now.answered.fields[name]
                if _is_narrower(json_type(was.type), json_type(field.type), "answer"):
                    message = f"`{subject}` was `{json_type(was.type)}` and is `{json_type(field.type)}` now"
                    yield Broken(path, field.span, f"{message}, and `{shown}` answers it", subject)
                continue
            fresh = [
                (other, place)
                for other, place in now.answered.fields.items()
                if other not in old.answered.fields and place[1].type == was.type
            ]
            if len(fresh) == 1 and len(lost) == 1:
                (other, (path, field)) = fresh[0]
                yield Broken(path, field.span, f"`{shown}` answers `{subject}` as `{other}` now", subject)
            else:
                path, field = next(iter(now.answered.fields.values()))
                yield Broken(path, field.span, f"`{shown}` answers `{subject}` no more", subject)
    if old.taken is not None and now.taken is not None:
        for name, (path, field) in now.taken.fields.items():
            known = old.taken.fields.get(name)
            if is_demanded(path, field) and not (known is not None and is_demanded(*known)):
                subject = f"{now.taken.place.name}.{name}"
                yield Broken(path, field.span, f"`{shown}` demands `{subject}`, which it did not", subject)
