"""A framework: what the names of one library or family mean.

    framework = Framework("fastapi", languages=("python",), modules=("fastapi",))

    @framework.call("fastapi.APIRouter().get")
    def route(call: Call, file: File) -> Iterator[Fact]: ...

Names are full names (see `architrave.facts.code`): exact (`requests.get`), or by the last part (`*.execute`) when the type of the
receiver is seldom known; the latter only fire in files that import one of the framework's modules. Frameworks never see a tree, nor
any file but their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from architrave.facts import Fact
from architrave.facts.code import Access, Assignment, Block, Call, Comparison, Decorator, Definition, Field, Import, Parameter
from architrave.facts.values import Argument, Function, Mapping, Name, Number, Unknown, Value, names, walk
from architrave.text import Span

T = TypeVar("T")
Facts = Iterable[Fact] | None
Reporter = Callable[[Any, "File"], Facts]
OWN = ("self.", "this.")  # What a method calls the attributes of its object by.
_CONSTANT_DEPTH = 4
_CLAMPS = frozenset({"min", "Min", "clamp", "minOf", "coerceAtMost"})
# Names that set how many rows are read, of query builders and drivers of all languages.
_PAGE_CALLS = frozenset({"limit", "Limit", "take", "setMaxResults", "fetchmany", "__getitem__", "setLimit", "PageRequest.of"})
_FINDERS = frozenset({"findMany", "find", "findAll", "findAndCount", "findAndCountAll"})
_PAGE_ARGUMENTS = frozenset({"limit", "take", "page_size", "per_page", "pageSize"})


@dataclass(frozen=True)
class File:
    """The facts of one file, with the look-ups that frameworks need. `path` is relative to the workspace root."""

    path: str
    language: str
    facts: tuple[Fact, ...]

    @cached_property
    def _by_kind(self) -> dict[type, list[Any]]:
        found: dict[type, list[Any]] = defaultdict(list)
        for fact in self.facts:
            found[type(fact)].append(fact)
        return found

    def all(self, kind: type[T]) -> list[T]:
        """Return the facts of a kind in the order of the file."""
        return self._all(kind)

    def _all(self, kind: type[T]) -> list[T]:
        return self._by_kind.get(kind, [])

    def near(self, kind: type[T], span: Span) -> list[T]:
        """Return the facts of a kind in the chunk of a span: all that stands in the same function is there."""
        found: list[T] = self.by_chunk(kind).get(span.chunk, [])
        return found

    def by_chunk(self, kind: type[Any]) -> dict[int, list[Any]]:
        """Return the facts of a kind by chunk."""
        chunks = self._chunked.get(kind)
        if chunks is None:
            chunks = self._chunked[kind] = defaultdict(list)
            for fact in self._all(kind):
                chunks[fact.span.chunk].append(fact)
        return chunks

    @cached_property
    def _chunked(self) -> dict[type, dict[int, list[Any]]]:
        return {}

    @cached_property
    def _modules(self) -> frozenset[str]:
        """What the file imports, and all that this lies in: `a.b.c`, `a.b`, `a`."""
        found: set[str] = set()
        for module in {item.module for item in self._all(Import)}:
            found.add(module)
            found.update(module[:at] for at, sign in enumerate(module) if sign in "./")
        return frozenset(found)

    def imports(self, *modules: str) -> bool:
        """Whether the file imports one of `modules` or something below it."""
        return not self._modules.isdisjoint(modules)

    @cached_property
    def _definitions(self) -> dict[str, Definition]:
        return {definition.name: definition for definition in self._all(Definition)}

    def definition(self, name: str) -> Definition | None:
        return self._definitions.get(name)

    @cached_property
    def _assignments(self) -> dict[tuple[str, str], list[Assignment]]:
        found: dict[tuple[str, str], list[Assignment]] = defaultdict(list)
        for assignment in self._all(Assignment):
            found[assignment.function, assignment.target].append(assignment)
        return found

    @cached_property
    def _attributes(self) -> dict[tuple[str, str], list[Assignment]]:
        """What the methods of each class give its attributes, by class and target."""
        found: dict[tuple[str, str], list[Assignment]] = defaultdict(list)
        for assignment in self._all(Assignment):
            if assignment.function and assignment.target.startswith(OWN):
                found[assignment.function.rpartition(".")[0], assignment.target].append(assignment)
        return found

    def assignments(self, target: str, function: str = "") -> list[Assignment]:
        """Return what gives `target` its values in `function`, or else in a function or the file round it.

        An attribute (`self.base`, `this.base`) has its values from all methods of its class.
        """
        while True:
            found = self._assigned_to(target, function)
            if not found and target.startswith(OWN):
                found = self._given(target, function)
            if found or not function:
                return found
            function = function.rpartition(".")[0]

    def _assigned_to(self, target: str, function: str) -> list[Assignment]:
        return self._assignments.get((function, target), [])

    def _given(self, attribute: str, owner: str) -> list[Assignment]:
        """Return what the methods of a class give an attribute."""
        return self._attributes.get((owner, attribute), [])

    def holder(self, written: str, resolved: str) -> str:
        """Return the receiver of a call or decorator: as written, or its full name where it is imported."""
        full = resolved.rpartition(".")[0]
        return full if "()" not in full and self.is_imported(written) else written.rpartition(".")[0]

    def through(self, call: Call) -> str:
        """Return the full name of what a call, or the chain that it ends, is made on, when the file imports it; else "".

        What it is, another file tells: see `through` of the facts, and `model.clients`.
        """
        start = next(iter(self.chain(call)), call)
        owner = start.callee.rpartition(".")[0]
        return owner if "()" not in owner and self.is_imported(start.written) else ""

    def full_name(self, written: str) -> str:
        """Return what a chain of names stands for, when the file imports its first: for names that types are written with."""
        head, dot, rest = written.partition(".")
        item = next((item for item in self.imported_as(head) if not item.is_reexport), None)
        if item is None:
            return written
        full = f"{item.module}{'' if item.module.endswith('.') or not item.name else '.'}{item.name}"
        return f"{full}{dot}{rest}"

    def is_imported(self, written: str) -> bool:
        """Whether a name or chain of names starts with what the file imports."""
        return bool(self.imported_as(written.partition(".")[0]))

    def imported_as(self, alias: str) -> list[Import]:
        """Return the imports that bring in something under a name."""
        return self._imported.get(alias, [])

    @cached_property
    def _imported(self) -> dict[str, list[Import]]:
        found: dict[str, list[Import]] = defaultdict(list)
        for item in self._all(Import):
            found[item.alias].append(item)
        return found

    def _is_assigned(self, target: str, function: str) -> bool:
        return bool(self._assigned_to(target, function))

    def constant(self, value: Value | None, function: str = "") -> Value | None:
        """Follow names that are assigned exactly once in this file to their value; return `value` itself when it is no such name."""
        for _ in range(_CONSTANT_DEPTH):
            if not isinstance(value, Name):
                break
            assigned = self.assignments(value.written, function)
            if len(assigned) != 1:
                break
            value, function = assigned[0].value, assigned[0].function
        return value

    @cached_property
    def _blocks(self) -> dict[int, list[Block]]:
        found: dict[int, list[Block]] = defaultdict(list)
        for block in self._all(Block):
            found[block.span.chunk].append(block)
        return found

    def enclosing(self, span: Span, *kinds: str) -> list[Block]:
        """Return the blocks (of these kinds) that contain a span, outermost first."""
        return [block for block in self._blocks.get(span.chunk, ()) if block.span.contains(span) and (not kinds or block.kind in kinds)]

    def is_written(self, access: Access) -> bool:
        """Whether an access is the target of an assignment that does not read it."""
        given = (item for item in self.near(Assignment, access.span) if item.target == access.name)
        return any(item.span.start == access.span.start and all(part.span != access.span for part in walk(item.value)) for item in given)

    def assigned(self, call: Call) -> Assignment | None:
        """Return the assignment whose whole value is this call, awaited or not."""
        return self._assigned.get((call.span.chunk, call.span.end))

    @cached_property
    def _assigned(self) -> dict[tuple[int, int], Assignment]:
        return {(item.value.span.chunk, item.value.span.end): item for item in self._all(Assignment)}

    def assigned_in(self, block: Block) -> list[Assignment]:
        """Return the assignments that stand in a block."""
        return [item for item in self._assignments_of.get(block.span.chunk, ()) if block.span.contains(item.span)]

    @cached_property
    def _assignments_of(self) -> dict[int, list[Assignment]]:
        found: dict[int, list[Assignment]] = defaultdict(list)
        for assignment in self._all(Assignment):
            found[assignment.span.chunk].append(assignment)
        return found

    def bound_by_with(self, call: Call) -> str:
        """Return the variable of `with call() as variable`, or ""."""
        for block in self._blocks.get(call.span.chunk, ()):
            if block.kind == "with" and block.subject is not None and block.subject.span.end == call.span.end and block.variables:
                return block.variables[0]
        return ""

    def is_constant(self, call: Call) -> bool:
        """Whether the arguments of a call are literals, settings and names of the top of the file, so that it may move there."""
        parameters = {parameter.name for parameter in self.parameters(call.function)}
        for argument in call.arguments:
            for name in names(argument.value):
                head = name.partition(".")[0]
                if head in parameters or head in ("self", "this") or self._is_assigned(head, call.function):
                    return False
            if any(isinstance(part, Unknown | Function) for part in walk(argument.value)):
                return False
        return True

    def parameters(self, function: str) -> Iterator[Parameter]:
        """Yield the parameters of a function and of the functions round it."""
        while function:
            definition = self.definition(function)
            if definition is not None:
                yield from definition.parameters
            function = function.rpartition(".")[0]

    def is_kept(self, name: str, function: str) -> bool:
        """Whether what `name` holds outlives the function: a field, a global, or the function itself runs once."""
        if not function or "." in name:
            return True
        if function.rpartition(".")[2] in ("__init__", "lifespan", "constructor", "startup", "main", "init"):
            return True
        definition = self.definition(function)
        return definition is not None and any(
            decorator.name.rpartition(".")[2] in ("lru_cache", "cache", "cached_property", "on_event", "asynccontextmanager", "Bean")
            for decorator in definition.decorators
        )

    def is_set_up(self, assignment: Assignment) -> bool:
        """Whether attributes of what a variable holds are given values: `session.verify = False`."""
        return any(item.target.startswith(f"{assignment.target}.") for item in self.near(Assignment, assignment.span))

    def is_bounded(self, name: str, function: str) -> bool:
        """Whether a number held by `name` meets a greatest value in a function: `min(name, …)`, `if name > 100`."""
        for call in self.calls_in(function):
            if call.callee.rpartition(".")[2].rpartition("::")[2] in _CLAMPS and any(
                name in names(argument.value) or name == call.receiver for argument in call.arguments
            ):
                return True
        for item in self.comparisons_in(function):
            if item.operator not in ("<", "<=", ">", ">="):
                continue
            left, right = item.left, item.right
            if isinstance(right, Name) and right.written == name:  # 100 < name
                left, right = right, left
                operator = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[item.operator]
            else:
                operator = item.operator
            if not (isinstance(left, Name) and left.written == name):
                continue
            # `name < 1` only rules out senseless values; `name <= 100` as a condition of going on is a greatest value.
            if operator.startswith(">") or not isinstance(right, Number) or right.value > 1:
                return True
        return False

    def comparisons_in(self, function: str) -> list[Comparison]:
        """Return the comparisons that stand directly in a definition."""
        return self._comparisons.get(function, [])

    @cached_property
    def _comparisons(self) -> dict[str, list[Comparison]]:
        found: dict[str, list[Comparison]] = defaultdict(list)
        for item in self._all(Comparison):
            found[item.function].append(item)
        return found

    def page_uses(self, name: str, function: str) -> list[Call]:
        """Return the calls of a function that take `name` as the number of rows to read."""
        found: list[Call] = []
        for call in self.calls_in(function):
            for argument in call.arguments:
                if isinstance(argument.value, Mapping):
                    entries = argument.value.entries
                    keys = [entry.key for entry in entries if isinstance(entry.value, Name) and entry.value.written == name]
                    found.extend(call for key in keys if self.takes_rows(call, argument, key))
                elif isinstance(argument.value, Name) and argument.value.written == name and self.takes_rows(call, argument):
                    found.append(call)
        return found

    @staticmethod
    def takes_rows(call: Call, argument: Argument, key: str = "") -> bool:
        """Whether an argument of a call, or what it has under a key, is a number of rows to read: `limit(5)`, `findMany({ take: 5 })`."""
        parts = call.callee.rsplit(".", 2)
        last = "PageRequest.of" if parts[-2:] == ["PageRequest", "of"] else parts[-1]
        if key:
            return last in _FINDERS and key in _PAGE_ARGUMENTS
        return argument.name in _PAGE_ARGUMENTS or (not argument.name and last in _PAGE_CALLS)

    @cached_property
    def last_import(self) -> Span | None:
        """The last import at the top of the file."""
        return next((item.span for item in reversed(self._all(Import)) if not item.function and not item.is_reexport), None)

    @cached_property
    def _calls(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self._all(Call):
            found[call.function].append(call)
        return found

    @cached_property
    def _views(self) -> dict[object, Any]:
        return {}

    def once(self, view: Callable[..., T], *arguments: Any) -> T:
        """Return `view(self, *arguments)`, worked out once."""
        key = (view, *arguments)
        if key not in self._views:
            self._views[key] = view(self, *arguments)
        found: T = self._views[key]
        return found

    @cached_property
    def _chains(self) -> dict[tuple[int, int], list[Call]]:
        found: dict[tuple[int, int], list[Call]] = defaultdict(list)
        for call in self._all(Call):
            found[call.span.chunk, call.span.start].append(call)
        return found

    def chain(self, call: Call) -> list[Call]:
        """Return the calls that the receiver of a call is made of, innermost first: `db.where(…)` of `db.where(…).first()`."""
        links = self._chains.get((call.span.chunk, call.span.start), ())
        end = call.name_span.start
        return sorted((link for link in links if link.span.end <= end), key=lambda link: link.span.end)

    @cached_property
    def _calls_to(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self._all(Call):
            found[call.callee].append(call)
        return found

    def calls_to(self, *callees: str) -> list[Call]:
        """Return the calls of these full names."""
        return [call for callee in callees for call in self._calls_to.get(callee, ())]

    def fields(self, owner: str) -> list[Field]:
        """Return the fields of a class of this file."""
        return self._fields.get(owner, [])

    @cached_property
    def _fields(self) -> dict[str, list[Field]]:
        found: dict[str, list[Field]] = defaultdict(list)
        for item in self._all(Field):
            found[item.owner].append(item)
        return found

    def members(self, owner: str) -> list[Definition]:
        """Return what is defined directly in a class or function of this file."""
        return self._members.get(owner, [])

    @cached_property
    def _members(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = defaultdict(list)
        for item in self._all(Definition):
            found[item.name.rpartition(".")[0]].append(item)
        return found

    def calls_in(self, function: str) -> list[Call]:
        """Return the calls that stand directly in a definition ("" for the top of the file)."""
        return self._calls.get(function, [])


class Framework:
    """The knowledge of one library. `modules` are what a file imports to use it; without them, only exact names fire."""

    def __init__(self, name: str, *, languages: tuple[str, ...], modules: tuple[str, ...] = ()) -> None:
        self.name = name
        self.languages = languages
        self.modules = modules
        self.exact: dict[str, list[tuple[str, Reporter]]] = defaultdict(list)
        self.last: dict[str, list[tuple[str, Reporter]]] = defaultdict(list)
        self.kinds: list[tuple[type, Reporter, bool]] = []
        self.files: list[Callable[[File], Facts]] = []

    def call(self, *names: str) -> Callable[[Reporter], Reporter]:
        """Register a reporter `(Call, File)` for calls of these names."""
        return self._register("call", names)

    def decorator(self, *names: str) -> Callable[[Reporter], Reporter]:
        """Register a reporter `((Decorator, Definition), File)` for what these decorate."""
        return self._register("decorator", names)

    def base(self, *names: str) -> Callable[[Reporter], Reporter]:
        """Register a reporter `(Definition, File)` for classes with one of these bases (generic arguments are not part of the name)."""
        return self._register("base", names)

    def every(self, kind: type) -> Callable[[Reporter], Reporter]:
        """Register a reporter `(fact, File)` for every fact of a kind, in files that import one of `modules` (all files without any)."""

        def register(reporter: Reporter) -> Reporter:
            self.kinds.append((kind, reporter, False))
            return reporter

        return register

    def chunk(self, kind: type) -> Callable[[Reporter], Reporter]:
        """Register a reporter `(facts, File)` for the facts of a kind in each chunk: after an edit it runs for few of them only."""

        def register(reporter: Reporter) -> Reporter:
            self.kinds.append((kind, reporter, True))
            return reporter

        return register

    def file(self, reporter: Callable[[File], Facts]) -> Callable[[File], Facts]:
        """Register a reporter for a whole file, in files that import one of `modules` (all files without any)."""
        self.files.append(reporter)
        return reporter

    def _register(self, role: str, names: tuple[str, ...]) -> Callable[[Reporter], Reporter]:
        def register(reporter: Reporter) -> Reporter:
            for name in names:
                if name.startswith("*."):
                    self.last[name[2:]].append((role, reporter))
                else:
                    self.exact[name].append((role, reporter))
            return reporter

        return register


Decorated = tuple[Decorator, Definition]
