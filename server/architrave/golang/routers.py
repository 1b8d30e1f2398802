"""Routers of Go: they live in variables, parameters, fields and results of functions, and get a name that is theirs alone in the file.

r := gin.Default()          in `main`                `main.r`
func Routes(api *gin.RouterGroup)                    `Routes`, which every call `orders.Routes(v1)` mounts on `main.v1`
func Routes(api, admin *gin.RouterGroup)             `Routes` and `Routes.1`
func (s *Server) x() { s.router.Get(…) }             `Server.router`
func NewRouter() chi.Router { …; return r }          `NewRouter`, with `NewRouter.r` mounted on it
r.Route("/v1", func(r chi.Router) { … })             `main.func1`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from architrave.facts import Fact
from architrave.facts.api import Mount, Router
from architrave.facts.code import Assignment, Call, Definition, Field, Return
from architrave.facts.values import Argument, Function, Invocation, Name, Sequence, Value, text
from architrave.framework import File
from architrave.golang.settings import setting

Kind = Literal["application", "router"]
_DEPTH = 6


@dataclass(frozen=True)
class Library:
    """`packages` are import paths, `types` the types of routers in them, `makers` the functions that make one."""

    name: str
    packages: tuple[str, ...]
    types: Mapping[str, Kind]
    makers: frozenset[str]
    groups: frozenset[str] = frozenset()  # Methods that give a router below: `Group`.
    guards: frozenset[str] = frozenset({"Use"})
    path: Callable[[str], str] = lambda path: path
    plain: frozenset[str] = frozenset()  # Those of `groups` whose arguments are no path.

    def is_router(self, name: str) -> bool:
        """Whether a resolved name is a router of this library."""
        package = next((package for package in self.packages if name.startswith(package + ".")), None)
        if package is None:
            return False
        first, *rest = name[len(package) + 1 :].split(".")
        bare = first.removesuffix("()")
        return first.endswith("()") and (bare in self.types or bare in self.makers) and all(self._is_link(part) for part in rest)

    def _is_link(self, part: str) -> bool:
        return part.removesuffix("()") in self.groups

    def kind_of_type(self, written: str) -> Kind | None:
        """Return what a declared type, such as `*github.com/gin-gonic/gin.Engine`, is to this library."""
        package, _, name = written.lstrip("*").rpartition(".")
        return self.types.get(name) if package in self.packages else None

    def is_made_by(self, callee: str) -> bool:
        package, _, name = callee.rpartition(".")
        return package in self.packages and name in self.makers


class Held(NamedTuple):
    """The router that an expression holds: its name, and the path and guards that a chain of calls adds to it (None: unknown)."""

    name: str
    prefix: str | None = ""
    guards: tuple[str, ...] = ()


@dataclass
class Routers:
    """The routers of a file, found while its routes are read."""

    file: File
    library: Library

    def facts(self) -> Iterator[Fact]:
        """Yield the routers and mounts that stand on their own: typed parameters, fields, results, and calls that hand a router on."""
        guards = self._guards()
        for definition in self.file.all(Definition):
            handed = self._handed_to(definition)
            for name, kind in handed.values():
                yield Router(definition.name_span, name, kind, "", guards.get(name, ()), self.library.name)
            if not handed and self.library.kind_of_type(definition.returns) and definition.kind in ("function", "method"):
                yield Router(definition.name_span, definition.name, "application", "", (), self.library.name)
        for item in self.file.all(Field):
            if self.library.kind_of_type(item.type):
                name = f"{item.owner}.{item.name}"
                yield Router(item.span, name, "application", "", guards.get(name, ()), self.library.name)
        for returned in self.file.all(Return):
            yield from self._returned(returned)
        for assignment in self.file.all(Assignment):
            yield from self._assigned(assignment, guards)
        for call in self.file.all(Call):
            yield from self._handed_on(call)

    def _handed_to(self, definition: Definition) -> dict[str, tuple[str, Kind]]:
        """Return the name and kind of each parameter that is a router. The first has that of its function, as most have one."""
        found: dict[str, tuple[str, Kind]] = {}
        for number, item in enumerate(definition.parameters):
            kind = self.library.kind_of_type(item.type)
            if kind is not None:
                found[item.name] = f"{definition.name}.{number}" if found else definition.name, kind
        return found

    def _guards(self) -> dict[str, tuple[str, ...]]:
        """The guards that `r.Use(…)` gives each router."""
        found: dict[str, tuple[str, ...]] = {}
        for call in self.file.all(Call):
            owner, _, method = call.callee.rpartition(".")
            if method in self.library.guards and self.library.is_router(owner):
                held = self.held(call)
                found[held.name] = (*found.get(held.name, ()), *names_of(argument.value for argument in call.arguments))
        return found

    def _returned(self, returned: Return) -> Iterator[Fact]:
        definition = self.file.definition(returned.function)
        value = returned.value.items[0] if isinstance(returned.value, Sequence) and returned.value.items else returned.value
        if definition is None or not isinstance(value, Name) or "." in value.written:
            return
        is_declared = self.library.kind_of_type(definition.returns) is not None
        name = self._variable(value.written, returned.function)
        if name == returned.function or not (is_declared or self.library.is_router(value.name)):
            return
        if not is_declared:  # `func Routes() http.Handler`
            yield Router(definition.name_span, definition.name, "application", "", (), self.library.name)
        yield Mount(returned.span, returned.function, name)

    def _assigned(self, assignment: Assignment, guards: Mapping[str, tuple[str, ...]]) -> Iterator[Fact]:
        value = assignment.value
        if not isinstance(value, Invocation):
            return
        name = self._variable(assignment.target, assignment.function)
        if self.library.is_made_by(value.callee):
            if "." not in assignment.target:  # A field of a router's type is reported where it is declared.
                yield Router(assignment.span, name, "application", "", guards.get(name, ()), self.library.name)
            return
        owner, _, method = value.callee.rpartition(".")
        if method in self.library.groups and self.library.is_router(owner):
            call = next((call for call in self.file.calls_in(assignment.function) if call.span == value.span), None)
            if call is None:
                return
            held = self.held(call)
            prefix, more = self._group(call)
            yield Router(assignment.span, name, "router", "", (*guards.get(name, ()), *more), self.library.name)
            if held.prefix is not None and prefix is not None:
                yield Mount(assignment.span, held.name, name, joined(held.prefix, prefix), held.guards)
        elif self.library.is_router(f"{value.callee}()"):
            yield Router(assignment.span, name, "router", "", guards.get(name, ()), self.library.name)
            yield Mount(assignment.span, value.callee, name)

    def _group(self, call: Call) -> tuple[str | None, tuple[str, ...]]:
        """Return the path and the guards that `r.Group("/v1", auth)` adds; a path that could not be known is None."""
        if call.callee.endswith(".With"):
            return "", names_of(argument.value for argument in call.arguments)
        if not call.arguments or isinstance(call.arguments[0].value, Function) or call.callee.rpartition(".")[2] in self.library.plain:
            return "", ()
        known = path_of(call.arguments[0].value, self.file, call.function)
        return (self.library.path(known) if known is not None else None), names_of(argument.value for argument in call.arguments[1:])

    def _handed_on(self, call: Call) -> Iterator[Fact]:
        """`orders.Register(v1)` mounts whatever `orders.Register` registers on `v1`."""
        if any(call.callee.startswith(package + ".") for package in self.library.packages) or self._is_standard(call):
            return
        is_first = True
        for number, argument in enumerate(call.arguments):
            value = argument.value
            if isinstance(value, Name) and self.library.is_router(value.name):
                held = self.of_name(value.written, call.function)
            elif (
                isinstance(value, Invocation) and self.library.is_router(f"{value.callee}()") and not self.library.is_made_by(value.callee)
            ):
                inner = next((item for item in self.file.calls_in(call.function) if item.span == value.span), None)
                if inner is None:
                    continue
                outer = self.held(inner)
                prefix, guards = self._group(inner)
                known = None if outer.prefix is None or prefix is None else joined(outer.prefix, prefix)
                held = Held(outer.name, known, (*outer.guards, *guards))
            else:
                continue
            if held.prefix is not None and held.name != call.callee:
                own = call.callee.replace("()", "")
                yield Mount(call.span, held.name, own if is_first else f"{own}.{number}", held.prefix, held.guards)
            is_first = False

    def _is_standard(self, call: Call) -> bool:
        """Whether a call is of Go's own library, which registers nothing: its paths have no host in front."""
        folder, slash, rest = call.callee.rpartition("/")
        package = f"{folder}{slash}{rest.partition('.')[0]}"
        return "." not in package.partition("/")[0] and self.file.imports(package)

    def held(self, call: Call) -> Held:
        """Return the router that a call is made on."""
        chain = self.file.chain(call)
        root = call.written.split("()")[0].rpartition(".")[0] if chain else call.receiver
        if chain and self.library.is_made_by(chain[0].callee):
            return Held("", None)
        found = self.of_name(root, call.function)
        for link in chain:
            if link.callee.rpartition(".")[2] in self.library.groups:
                prefix, guards = self._group(link)
                known = None if prefix is None or found.prefix is None else joined(found.prefix, prefix)
                found = Held(found.name, known, (*found.guards, *guards))
        return found

    def of_name(self, written: str, function: str) -> Held:
        return Held(self._variable(written, function))

    def _variable(self, written: str, function: str) -> str:
        """Return the name of the router that a variable, parameter or field holds."""
        head, dot, rest = written.partition(".")
        scope = function
        while scope:
            definition = self.file.definition(scope)
            parameter = next((item for item in definition.parameters if item.name == head), None) if definition is not None else None
            if parameter is not None:
                kind = self.library.kind_of_type(parameter.type)
                if kind is None or definition is None:
                    return f"{_bare(parameter.type)}.{rest}" if rest else written
                return self._handed_to(definition)[head][0]
            found = [item for item in self.file.assignments(head, scope) if item.function == scope]
            if found and not dot:
                return f"{scope}.{head}"
            if found:
                made = found[0].value
                return f"{made.callee}.{rest}" if isinstance(made, Invocation) else written
            scope = scope.rpartition(".")[0]
        if dot and "." in function:  # The receiver of a method has no assignment and is no parameter.
            return f"{function.partition('.')[0]}.{rest}"
        return written


def joined(prefix: str, path: str) -> str:
    if not prefix or not path:
        return prefix or path
    return prefix.rstrip("/") + "/" + path.lstrip("/")


def names_of(values: Iterator[Value] | list[Value]) -> tuple[str, ...]:
    """Return the names of guards: `auth`, and what `auth.Required()` calls."""
    found = []
    for value in values:
        if isinstance(value, Name):
            found.append(value.name)
        elif isinstance(value, Invocation):
            found.append(value.callee)
    return tuple(found)


def method_of(value: Value | None) -> str:
    """Return the method of `"GET"` and `http.MethodGet`; `*` for what is not known."""
    name = value.name if isinstance(value, Name) else ""
    written = text(value) or (name.removeprefix("net/http.Method") if name.startswith("net/http.Method") else "*")
    return written.upper()


def handler_of(value: Value, function: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of the handler that a value is, and the guards that wrap it: `auth(h.Read)`, `http.HandlerFunc(read)`."""
    guards: tuple[str, ...] = ()
    for _ in range(_DEPTH):
        if isinstance(value, Name):
            return value.name, guards
        if isinstance(value, Function):
            return value.name or function, guards
        if not isinstance(value, Invocation):
            break
        inner = [argument.value for argument in value.arguments if isinstance(argument.value, Name | Function | Invocation)]
        if not inner or not _wraps(value, inner[-1]):
            return value.callee, guards
        if not value.callee.endswith(".HandlerFunc"):
            guards = (*guards, value.callee)
        value = inner[-1]
    return "", guards


def _wraps(outer: Invocation, inner: Value) -> bool:
    """Whether a call gets a handler: a function literal, an exported method or function, or another wrapped one."""
    if outer.callee.endswith(".HandlerFunc") or isinstance(inner, Function):
        return True
    if isinstance(inner, Name):
        return "()." in inner.name and not inner.name.endswith(("()", ".db", ".DB")) and inner.written.count(".") == 1
    if not isinstance(inner, Invocation):
        return False
    return inner.callee.endswith(".HandlerFunc") or any(isinstance(item.value, Function) for item in inner.arguments)


def path_of(value: Value | None, file: File, function: str) -> str | None:
    """Return a path that is literal, a constant, or a literal behind constants."""
    known = file.constant(value, function)
    return text(known) if text(known) is not None else _folded(known, file, function)


def _folded(value: Value | None, file: File, function: str) -> str | None:
    parts = getattr(value, "parts", None)
    if parts is None:
        return None
    known = [text(file.constant(part, function)) for part in parts]
    if known and known[0] is None:  # `baseURL + "/orders"`, where the base is "" unless a variable says otherwise.
        base = setting(parts[0], file, function)
        known[0] = base.default if base is not None else None
    return "".join(part for part in known if part is not None) if all(part is not None for part in known) else None


def _bare(written: str) -> str:
    return written.lstrip("*[]")


__all__ = ["Held", "Library", "Routers", "handler_of", "joined", "names_of", "path_of"]


def verbs(call: Call, method: str) -> tuple[tuple[str, ...], tuple[Argument, ...]]:
    """Return the methods of a route and the arguments from its path on; without a `method` they are named first: `Handle("GET", …)`."""
    if method or not call.arguments:
        return (method or "*",), call.arguments
    listed = call.arguments[0].value
    items = listed.items if isinstance(listed, Sequence) else (listed,)
    return tuple(text(item) or "*" for item in items), call.arguments[1:]
