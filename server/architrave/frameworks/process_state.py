"""Variables of modules, and fields of objects that live as long as the process, which functions change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from architrave.facts import Fact
from architrave.facts.code import Assignment, Call, Change, Comparison, Field
from architrave.facts.deployment import ProcessState
from architrave.facts.values import Invocation, Mapping, Number, Sequence, Value, names
from architrave.framework import File, Framework
from architrave.regexes import regex
from architrave.text import Span

framework = Framework("process-state", languages=("python", "javascript", "typescript", "go", "java", "rust"))

_CONTAINERS = frozenset(
    {"dict", "list", "set", "defaultdict", "OrderedDict", "deque", "Counter", "Map", "Set", "Array", "HashMap", "ConcurrentHashMap"}
    | {"LinkedHashMap", "TreeMap", "ArrayList", "LinkedList", "HashSet", "ConcurrentLinkedQueue", "CopyOnWriteArrayList"}
)
_NUMBERS = frozenset({"AtomicLong", "AtomicInteger", "AtomicU64", "AtomicU32", "AtomicUsize", "AtomicI64", "AtomicI32"})
_TYPES = regex(r"^(map\[|\[\]|\*?sync\.Map)|(HashMap|BTreeMap|HashSet|DashMap|Vec)<")
_WRITING = frozenset(
    {"append", "add", "set", "push", "put", "insert", "Store", "setdefault", "update", "putIfAbsent", "addLast", "offer", "push_back"}
    | {"unshift", "appendleft", "extend", "merge", "LoadOrStore", "incrementAndGet", "getAndIncrement", "addAndGet", "fetch_add"}
)
_READING = frozenset(
    {"get", "has", "Load", "contains_key", "containsKey", "getOrDefault", "values", "items", "keys", "entries", "find", "pop", "includes"}
)
_SINGLETONS = frozenset({"RestController", "Controller", "Service", "Component", "Repository", "Injectable"})


class _Variable(NamedTuple):
    """Something that begins empty, or with a number. A field has an `owner`."""

    name: str
    span: Span
    is_number: bool
    owner: str = ""


@framework.file
def states(file: File) -> Iterator[Fact]:
    changed = {item.name for item in file.all(Change)}
    changed |= {call.receiver for call in file.all(Call) if call.function and call.callee.rpartition(".")[2] in _WRITING}
    changed |= {item.target for item in file.all(Assignment) if item.function and _is_appended(item)}
    changed.discard("")
    if not changed:
        return
    for variable in (*_of_module(file), *_of_singletons(file)):
        if changed.isdisjoint(_spoken(variable)):
            continue
        writes = sorted(_writes(file, variable), key=lambda item: (item[1].chunk, item[1].start))
        if writes:
            writers, spans = zip(*writes, strict=True)
            readers = tuple(sorted(_readers(file, variable)))
            yield ProcessState(variable.span, variable.name, variable.owner, writers, spans, readers, variable.is_number)


def _of_module(file: File) -> Iterator[_Variable]:
    seen: set[str] = set()
    for item in file.all(Assignment):
        if item.function or "." in item.target or item.target in seen:
            continue
        seen.add(item.target)
        kind = _kind(item.value, item.type)
        if kind:
            yield _Variable(item.target, item.span, kind == "number")


def _of_singletons(file: File) -> Iterator[_Variable]:
    for field in file.all(Field):
        kind = _kind(field.value, field.type) if field.value is not None else ""
        owner = file.definition(field.owner) if kind else None
        if owner is not None and any(item.name.rpartition(".")[2] in _SINGLETONS for item in owner.decorators):
            yield _Variable(field.name, field.span, kind == "number", field.owner)


def _kind(value: Value | None, type: str) -> str:
    """Return whether a first value is an empty container or a number, "" for all else."""
    if isinstance(value, Invocation):
        owner, _, last = value.callee.rpartition(".")
        if last in _CONTAINERS and not any(isinstance(item.value, Mapping | Sequence) for item in value.arguments):
            return "container"
        if last in _NUMBERS or (last == "new" and owner.rpartition(".")[2] in _NUMBERS):
            return "number"
    if isinstance(value, Mapping):
        return "" if value.entries else "container"
    if isinstance(value, Sequence):
        return "" if value.items else "container"
    if isinstance(value, Number):
        return "number"
    return "container" if _TYPES.search(type) else "number" if type in ("int", "int64", "uint64") else ""


def _writes(file: File, variable: _Variable) -> Iterator[tuple[str, Span]]:
    spoken = _spoken(variable)
    given = [item for item in file.all(Assignment) if item.function and item.target == variable.name and item.function != variable.owner]
    local = {item.function for item in given if not _is_appended(item)}  # A variable of the same name, or the whole is set anew.
    found = [(item.function, item.span) for item in file.all(Change) if item.name in spoken]
    found += [
        (call.function, call.span.until(call.name_span))
        for call in file.all(Call)
        if call.function and call.receiver in spoken and call.callee.rpartition(".")[2] in _WRITING
    ]
    if not variable.owner:
        found += [(item.function, item.span) for item in given if _is_appended(item)]
    for function, span in found:
        is_of = function.startswith(f"{variable.owner}.") if variable.owner else bool(function)
        if is_of and function not in local:
            yield function, span


def _spoken(variable: _Variable) -> frozenset[str]:
    return frozenset({variable.name, f"this.{variable.name}"}) if variable.owner else frozenset({variable.name})


def _is_appended(item: Assignment) -> bool:
    """`jobs = append(jobs, job)`."""
    value = item.value
    is_append = isinstance(value, Invocation) and value.callee == "append" and bool(value.arguments)
    return is_append and item.target in names(value.arguments[0].value)  # type: ignore[union-attr]


def _readers(file: File, variable: _Variable) -> Iterator[str]:
    spoken = _spoken(variable)
    for call in file.all(Call):
        if call.function and call.receiver in spoken and call.callee.rpartition(".")[2] in _READING:
            yield call.function
    for item in file.all(Comparison):
        if item.function and not spoken.isdisjoint(name for side in (item.left, item.right) for name in names(side)):
            yield item.function
