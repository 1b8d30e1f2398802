"""SQL in Java: JdbcTemplate and its kin, EntityManager and Session, plain JDBC, pools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave import sql, urls
from architrave.facts import Fact
from architrave.facts.api import Client
from architrave.facts.code import Call
from architrave.facts.data import Database, Query
from architrave.facts.values import Argument, Invocation, Name, Replacement, text
from architrave.framework import File, Framework
from architrave.java.names import is_kept, simple
from architrave.java.queries import bound, is_over_rows, jpql, links, loop_of, text_of
from architrave.pasted import Text

framework = Framework("java-sql", languages=("java",))

_TEMPLATES = ("JdbcTemplate", "JdbcOperations", "NamedParameterJdbcTemplate", "NamedParameterJdbcOperations", "JdbcClient")
_MANAGERS = ("EntityManager", "Session", "StatelessSession")
_STATEMENTS = (
    "query",
    "queryForObject",
    "queryForList",
    "queryForMap",
    "queryForRowSet",
    "queryForStream",
    "update",
    "batchUpdate",
    "execute",
    "sql",
)
_JDBC = ("prepareStatement", "prepareCall", "executeQuery", "executeUpdate", "executeLargeUpdate", "addBatch", "execute")
_JDBC_TYPES = ("Connection", "Statement", "PreparedStatement")
_QUERIES = ("createQuery", "createNativeQuery", "createSQLQuery", "createSelectionQuery", "createMutationQuery")
_ENTITY: dict[str, Literal["select", "insert", "update", "delete"]] = {
    "find": "select",
    "getReference": "select",
    "persist": "insert",
    "merge": "update",
    "remove": "delete",
}
_ONE = ("queryForObject", "queryForMap")
_POOLS = {
    "com.zaxxer.hikari.HikariDataSource": "HikariCP",
    "org.springframework.jdbc.datasource.DriverManagerDataSource": "JDBC",
    "org.apache.commons.dbcp2.BasicDataSource": "DBCP",
    "org.postgresql.ds.PGSimpleDataSource": "JDBC",
    "java.sql.DriverManager.getConnection": "JDBC",
    "io.r2dbc.spi.ConnectionFactories.get": "R2DBC",
}


def receiver_type(call: Call) -> str:
    return simple(call.callee.rpartition(".")[0])


@framework.call(*(f"*.{name}" for name in dict.fromkeys((*_STATEMENTS, *_JDBC, *_QUERIES))))
def query(call: Call, file: File) -> Iterator[Fact]:
    kind, method = receiver_type(call), call.callee.rpartition(".")[2]
    if not call.arguments:
        return
    if kind in _TEMPLATES and method in _STATEMENTS:
        library = "spring-jdbc"
    elif kind in _MANAGERS and method in _QUERIES:
        library = "jpa"
    elif (kind in _JDBC_TYPES or _is_jdbc(call)) and method in _JDBC:
        library = "jdbc"
    elif kind == "DatabaseClient" and method == "sql":
        library = "r2dbc"
    else:
        return
    argument = call.arguments[0]
    found = text_of(argument.value, file, call.function)
    is_entity = library == "jpa" and method not in ("createNativeQuery", "createSQLQuery")
    statement = sql.query(jpql(found.text) if is_entity else found.text) if found is not None else None
    if found is None or statement is None:
        return
    after = list(links(call, file))
    has_limit = statement.has_limit or any(item.callee.endswith((".setMaxResults", ".limit")) for item in after)
    is_one = method in _ONE or any(
        item.callee.endswith((".getSingleResult", ".getSingleResultOrNull", ".single", ".optional")) for item in after
    )
    loop, keyed_by = loop_of(call, file)
    assignment = file.assigned(after[-1] if after else call)
    yield Query(
        call.span.until(call.name_span),
        call.function,
        statement.kind,
        library,
        () if is_entity else statement.tables,
        statement.tables[0] if is_entity and statement.tables else "",
        () if is_entity else statement.columns,
        () if is_entity else statement.written,
        () if is_entity else statement.filters,
        () if is_entity else statement.sorts,
        has_limit,
        statement.is_many and not is_one,
        loop,
        keyed_by,
        assignment.target if assignment is not None else "",
        found.dynamic,
        found.is_from_input,
        placeholder_fix=_bound(found, argument, call, kind, method),
        is_over_rows=loop is None or is_over_rows(loop, file),
        searched=() if is_entity else statement.searched,
    )


def _is_jdbc(call: Call) -> bool:
    """`dataSource.getConnection().prepareStatement(…)`, `connection.createStatement().executeQuery(…)`."""
    return call.callee.rpartition(".")[0].endswith((".getConnection()", ".createStatement()"))


def _bound(found: Text, argument: Argument, call: Call, kind: str, method: str) -> tuple[Replacement, ...]:
    """Return the edits that put a placeholder where a value is pasted, and hand the value over."""
    if kind in _MANAGERS:
        known = bound(found, argument, named=True)
        if known is None or argument.value.span is None:
            return ()
        values, literal = known
        names = [value.replace('"%" + ', "").replace(' + "%"', "") for value in values]
        if len(set(names)) < len(names):
            return ()
        shown = "".join(f'.setParameter("{name}", {value})' for name, value in zip(names, values, strict=True))
        return Replacement(argument.span, literal), Replacement(call.span.after, shown)
    if kind == "JdbcClient":
        known = bound(found, argument, named=False)
        if known is None:
            return ()
        given = "".join(f".param({value})" for value in known[0])
        return Replacement(argument.span, known[1]), Replacement(call.span.after, given)
    if kind not in ("JdbcTemplate", "JdbcOperations") or method not in ("query", "queryForObject", "queryForList", "queryForMap", "update"):
        return ()
    known = bound(found, argument, named=False)
    # Values that are bound already stand behind: theirs would come in the wrong order.
    if known is None or "?" in found.text:
        return ()
    values, literal = known
    shown = ", ".join(values)
    if len(call.arguments) == 1:
        return (Replacement(argument.span, f"{literal}, {shown}"),)
    return Replacement(argument.span, literal), Replacement(call.arguments[-1].span.after, f", {shown}")


@framework.call(*(f"*.{name}" for name in _ENTITY))
def entity(call: Call, file: File) -> Iterator[Fact]:
    if receiver_type(call) not in _MANAGERS or not call.arguments:
        return
    method = call.callee.rpartition(".")[2]
    first = call.arguments[0].value
    model = ""
    if isinstance(first, Name):
        model = first.name.removesuffix("()") if method in ("find", "getReference") or first.name.endswith("()") else ""
    elif isinstance(first, Invocation) and simple(first.callee)[:1].isupper():
        model = first.callee
    loop, keyed_by = loop_of(call, file)
    assignment = file.assigned(call)
    yield Query(
        call.span.until(call.name_span), call.function, _ENTITY[method], "jpa", (), model, is_many=False, loop=loop, keyed_by=keyed_by,
        filters=("id",) if _ENTITY[method] == "select" else (), result=assignment.target if assignment is not None else "",
        is_over_rows=loop is None or is_over_rows(loop, file),
    )  # fmt: skip


@framework.call(*_POOLS)
def pool(call: Call, file: File) -> Iterator[Fact]:
    assignment = file.assigned(call)
    name = assignment.target if assignment is not None else file.bound_by_with(call)
    yield Client(
        call.span.until(call.name_span), _POOLS[call.callee], "database", name, call.function, call.in_loop,
        is_cached=is_kept(file, name, call.function),
    )  # fmt: skip
    for argument in call.arguments[:1]:
        known = urls.database(text(file.constant(argument.value, call.function)) or "")
        if known is not None:
            yield Database(argument.span, *known)
