"""Spring Data: repositories, their derived queries, calls of them, and transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from architrave import sql
from architrave.facts import Fact
from architrave.facts.code import Block, Call, Decorator, Definition
from architrave.facts.data import Query, RelationAccess, Repository, Transaction
from architrave.facts.values import Boolean, Invocation, Name, text
from architrave.framework import File, Framework
from architrave.java.imports import imported
from architrave.java.names import annotation, body, call_at, generics, given, methods, owner, resolved, simple, type_of
from architrave.java.queries import is_over_rows, jpql, loop_of
from architrave.regexes import regex
from architrave.text import Span

framework = Framework("spring-data", languages=("java",))

Kind = Literal["select", "insert", "update", "delete", "other"]
_BASES = frozenset(
    """JpaRepository CrudRepository ListCrudRepository PagingAndSortingRepository ListPagingAndSortingRepository MongoRepository
    ReactiveCrudRepository ReactiveMongoRepository R2dbcRepository JpaRepositoryImplementation Repository
    ReactiveSortingRepository CassandraRepository ElasticsearchRepository Neo4jRepository""".split()  # noqa: SIM905
)
_OWN: dict[str, Kind] = {
    **dict.fromkeys(("findAll", "findById", "findAllById", "findOne", "getById", "getOne", "getReferenceById", "existsById"), "select"),
    **dict.fromkeys(("count", "exists", "findBy"), "select"),
    **dict.fromkeys(("save", "saveAll", "saveAndFlush", "saveAllAndFlush", "insert"), "insert"),
    **dict.fromkeys(("delete", "deleteById", "deleteAll", "deleteAllById", "deleteAllInBatch", "deleteInBatch"), "delete"),
}
_DERIVED = regex(r"(find|get|read|query|search|stream|exists|count|delete|remove)([A-Z]\w*?)??By([A-Z]\w*)$")
_VERBS: dict[str, Kind] = {
    **dict.fromkeys(("find", "get", "read", "query", "search", "stream", "exists", "count", "list", "load", "fetch", "select"), "select"),
    **dict.fromkeys(("insert", "add", "create", "persist", "save"), "insert"),
    **dict.fromkeys(("update", "set", "mark", "increment", "decrement"), "update"),
    **dict.fromkeys(("delete", "remove", "purge"), "delete"),
}
_OPERATORS = regex(
    r"(Is|Equals|Between|LessThanEqual|LessThan|GreaterThanEqual|GreaterThan|After|Before|IsNull|IsNotNull|NotNull|Null|NotLike|Like"
    r"|StartingWith|EndingWith|Containing|Contains|NotIn|In|True|False|IgnoreCase|AllIgnoreCase|Not)+$"
)
_LOOSE = regex(r"(Null|Like|EndingWith|Containing|Contains|NotIn|True|False|IgnoreCase|Not)$")
_SPLIT = regex(r"(?:And|Or)(?=[A-Z])")
_WORD = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_ONE = ("findById", "findOne", "getById", "getOne", "getReferenceById", "existsById", "count")
_IN_MEMORY = regex(r"InMemory|Cached?(?=Repo|Dao|DAO)")  # Such as `RouteCacheRepository`: no query leaves the process.
_GETTER = regex(r"get([A-Z]\w*)$")


def is_repository(type: str) -> bool:
    """Whether a type is a repository by its name."""
    name = simple(type)
    return name.endswith(("Repository", "Dao", "DAO", "Repo")) and name not in _BASES and _IN_MEMORY.search(name) is None


@framework.every(Definition)
def repository(definition: Definition, file: File) -> Iterator[Fact]:
    if definition.kind != "interface":
        return
    base = next((item for item in definition.bases if _is_base(item) and generics(item)), None)
    if base is None:
        mark = annotation(definition.decorators, "RepositoryDefinition")
        entity = getattr(given(mark, "domainClass"), "name", "")
        if entity:
            yield Repository(definition.span, definition.name, entity, "spring-data")
        return
    has_jpa = file.imports("org.springframework.data.jpa", "org.springframework.data.repository")
    imports = imported(file, "org.springframework.data.jpa.repository.EntityGraph") if has_jpa else None
    yield Repository(definition.span, definition.name, resolved(file, generics(base)[0]), "spring-data", imports)
    for method in methods(file, definition.name):
        yield from _declared(method, resolved(file, generics(base)[0]))


def _is_base(base: str) -> bool:
    return simple(base) in _BASES or simple(base).endswith("Repository")


def _declared(method: Definition, entity: str) -> Iterator[Fact]:
    """`@Query("…")` on a method of a repository."""
    mark = annotation(method.decorators, "Query", "NativeQuery")
    written = text(given(mark, "")) if mark is not None else None
    if mark is None or written is None:
        return
    native = given(mark, "nativeQuery")
    is_native = mark.name.endswith("NativeQuery") or (isinstance(native, Boolean) and native.value)
    statement = sql.query(written if is_native else jpql(written))
    if statement is None:
        return
    has_page = any(simple(item.type) in ("Pageable", "Limit", "PageRequest") for item in method.parameters)
    yield Query(
        mark.span,
        method.name,
        statement.kind,
        "spring-data",
        statement.tables if is_native else (),
        "" if is_native else (statement.tables[0] if statement.tables else entity),
        statement.columns if is_native else (),
        statement.written if is_native else (),
        statement.filters if is_native else (),
        statement.sorts if is_native else (),
        statement.has_limit or has_page,
        statement.is_many and simple(method.returns) in ("List", "Set", "Stream", "Page", "Slice", "Iterable", "Collection", "Flux"),
        searched=statement.searched if is_native else (),
    )


@framework.every(Call)
def call(call: Call, file: File) -> Iterator[Fact]:
    holder, _, method = call.callee.rpartition(".")
    if not holder.endswith("()") or not is_repository(holder):
        return
    own = file.definition(holder.removesuffix("()"))
    if own is not None and own.kind == "class":  # Its methods have queries of their own.
        return
    kind, filters, sorts, is_limited = _understood(method)
    if kind is None:
        return
    if method == "save" and _is_loaded(call, file):
        kind = "update"
    loop, keyed_by = loop_of(call, file)
    assignment = file.assigned(call)
    has_page = is_limited or any(_is_page(item.value, file, call.function) for item in call.arguments)
    is_many = kind == "select" and not method.startswith((*_ONE, "exists", "count")) and not _is_single(call, file)
    yield Query(
        call.span.until(call.name_span),
        call.function,
        kind,
        "spring-data",
        (),
        holder.removesuffix("()"),
        ("*",) if kind == "select" and not method.startswith(("exists", "count")) else (),
        (),
        filters,
        sorts,
        has_page,
        is_many,
        loop,
        keyed_by,
        assignment.target if assignment is not None else "",
        is_over_rows=loop is None or is_over_rows(loop, file),
        searched=_searched(method),
    )


def _is_loaded(call: Call, file: File) -> bool:
    """Whether what is saved was read from a repository before."""
    value = call.arguments[0].value if call.arguments else None
    loaded = file.constant(value, call.function) if isinstance(value, Name) else None
    return isinstance(loaded, Invocation) and "Repository()." in loaded.callee and ").save" not in loaded.callee


def _understood(method: str) -> tuple[Kind | None, tuple[str, ...], tuple[str, ...], bool]:
    """Return kind, filters, sorts and whether rows are limited, from the name of a method."""
    if method in _OWN:
        return _OWN[method], ("id",) if method.endswith("ById") else (), (), False
    match = _DERIVED.match(method)
    if match:
        criteria, _, order = match[3].partition("OrderBy")
        filters = tuple(_column(part) for part in _SPLIT.split(criteria) if part)
        sorts = tuple(_column(re.sub(r"(Asc|Desc)$", "", part)) for part in re.findall(r"[A-Z]\w*?(?:Asc|Desc|$)", order) if part)
        return _VERBS[match[1]], filters, sorts, bool(re.match(r"(?:Distinct)?(Top|First)", match[2] or ""))
    verb = re.match(r"[a-z]+", method)
    return (_VERBS.get(verb[0]) if verb else None), (), (), False


def _searched(method: str) -> tuple[str, ...]:
    """Return the columns that the name of a method compares with one value, or a range."""
    match = _DERIVED.match(method) if method not in _OWN else None
    parts = _SPLIT.split(match[3].partition("OrderBy")[0]) if match else ()
    return tuple(_column(part) for part in parts if part and _LOOSE.search(part) is None)


def _column(part: str) -> str:
    plain = _OPERATORS.sub("", part) or part
    return _WORD.sub("_", plain.replace("_", "")).lower()


def _is_page(value: object, file: File, function: str) -> bool:
    if isinstance(value, Invocation):
        return "PageRequest." in value.callee or value.callee.endswith("Limit.of")
    return isinstance(value, Name) and simple(type_of(file, value.written, function)) in (
        "Pageable",
        "PageRequest",
        "Limit",
        "ScrollPosition",
    )


def _is_single(call: Call, file: File) -> bool:
    """Whether what is given back is opened like an Optional, or kept in a variable that is no collection."""
    if any(
        other.span.start == call.span.start and other.receiver.endswith("()") and other.callee == f"{call.callee}().{last}"
        for other in file.calls_in(call.function)
        for last in ("orElse", "orElseThrow", "orElseGet", "isPresent", "ifPresent", "isEmpty", "get")
    ):
        return True
    assignment = file.assigned(call)
    kinds = ("List", "Set", "Collection", "Iterable", "Stream", "Page", "Slice", "Flux", "Map", "")
    return assignment is not None and simple(assignment.type) not in kinds and not assignment.type.endswith("[]")


@framework.every(Block)
def relation_access(loop: Block, file: File) -> Iterator[Fact]:
    """`for (Order order : orders.findAll()) order.getCustomer()`."""
    if loop.kind != "loop" or loop.subject is None or len(loop.variables) != 1:
        return
    found = _rows(loop, file)
    if found is None:
        return
    source, model = found
    variable = loop.variables[0]
    for call in file.calls_in(loop.function):
        if not loop.span.contains(call.span) or call.receiver != variable or call.arguments:
            continue
        getter = _GETTER.match(call.callee.rpartition(".")[2])
        name = getter[1][0].lower() + getter[1][1:] if getter else call.callee.rpartition(".")[2]
        declared = call.callee.rpartition(".")[0].removesuffix("()")
        yield RelationAccess(call.span, loop.function, name, variable, declared if declared != variable else model, source, library="jpa")


def _rows(loop: Block, file: File) -> tuple[Span, str] | None:
    """Return the call of a repository whose rows are gone through, and the repository."""
    call = call_at(file, file.constant(loop.subject, loop.function))
    holder = call.callee.rpartition(".")[0] if call is not None else ""
    if call is None or not holder.endswith("()") or not is_repository(holder):
        return None
    return call.span.until(call.name_span), holder.removesuffix("()")


@framework.every(Definition)
def transactional(definition: Definition, file: File) -> Iterator[Fact]:
    if definition.kind != "method" or definition.name.endswith(".constructor"):
        return
    mark = annotation(definition.decorators, "Transactional")
    if mark is None and definition.is_exported:
        holder = file.definition(owner(definition))
        mark = annotation(holder.decorators, "Transactional") if holder is not None else None
    if mark is None or _is_without(mark):
        return
    block = body(file, definition)
    if block is not None:
        read_only = given(mark, "readOnly")
        yield Transaction(block.span, definition.name, "spring", isinstance(read_only, Boolean) and read_only.value)


def _is_without(mark: Decorator) -> bool:
    propagation = given(mark, "propagation", "")
    return getattr(propagation, "written", "").rpartition(".")[2] in ("NOT_SUPPORTED", "NEVER", "SUPPORTS")


@framework.call("*.execute", "*.executeWithoutResult")
def template(call: Call, file: File) -> Iterator[Fact]:
    if call.callee.rpartition(".")[0].endswith(("TransactionTemplate()", "TransactionOperations()", "TransactionalOperator()")):
        yield Transaction(call.span, call.function, "spring")
