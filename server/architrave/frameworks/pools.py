"""Pools of database connections and how large they may grow: SQLAlchemy, psycopg, asyncpg, node-postgres, mysql2, Knex, Sequelize, TypeORM,
database/sql, HikariCP, sqlx."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from architrave import additions
from architrave.facts import Fact
from architrave.facts.code import Call, Document
from architrave.facts.data import Pool
from architrave.facts.values import Entry, Mapping, Number, Replacement, String, Value
from architrave.framework import File, Framework

python = Framework("python-pools", languages=("python",))
node = Framework("js-pools", languages=("javascript", "typescript"))
go = Framework("go-pools", languages=("go",), modules=("database/sql", "gorm.io/gorm", "github.com/jmoiron/sqlx", "xorm.io/xorm"))
rust = Framework("rust-pools", languages=("rust",), modules=("sqlx",))
java = Framework("java-pools", languages=("java",), modules=("com.zaxxer.hikari",))
spring = Framework("spring-pools", languages=("yaml", "properties"))
FRAMEWORKS = (python, node, go, rust, java, spring)

_SIZE = "{size}"
# Where each library of Node has the size of its pool, and what it is otherwise.
_NODE: dict[str, tuple[tuple[str, ...], int]] = {
    "pg.Pool": (("max",), 10),
    "mysql2/promise.createPool": (("connectionLimit",), 10),
    "mysql2.createPool": (("connectionLimit",), 10),
    "mysql.createPool": (("connectionLimit",), 10),
    "knex": (("pool", "max"), 10),
    "knex.knex": (("pool", "max"), 10),
    "sequelize.Sequelize": (("pool", "max"), 5),
    "typeorm.DataSource": (("poolSize",), 10),
}
_HIKARI = ("spring.datasource.hikari.maximum-pool-size", "spring.datasource.hikari.maximumPoolSize")


@python.call("sqlalchemy.create_engine", "sqlalchemy.ext.asyncio.create_async_engine", "sqlmodel.create_engine")
def engine(call: Call, file: File) -> Iterator[Fact]:
    """`pool_size` connections are kept, and `max_overflow` more are opened when these are in use."""
    if any(item.name in ("poolclass", "pool", "**") for item in call.arguments):
        return
    size, overflow = (file.constant(call.argument(name), call.function) for name in ("pool_size", "max_overflow"))
    known = [_whole(size, 5), _whole(overflow, 10)]
    if None in known or -1 in known:
        return
    total = sum(item or 0 for item in known)
    edits: list[Replacement] = []
    given = call.argument("pool_size")
    edits.append(Replacement(given.span, _SIZE) if given is not None else additions.keyword(call, f"pool_size={_SIZE}"))
    given = call.argument("max_overflow")
    edits.append(Replacement(given.span, "0") if given is not None else additions.keyword(call, "max_overflow=0"))
    is_default = size is None and overflow is None
    yield Pool(call.span.until(call.name_span), "sqlalchemy", total, is_default, tuple(edits) if not is_default else ())


@python.call("psycopg_pool.ConnectionPool", "psycopg_pool.AsyncConnectionPool", "asyncpg.create_pool")
def driver_pool(call: Call, file: File) -> Iterator[Fact]:
    library = call.callee.partition(".")[0].removesuffix("_pool")
    yield from _pool(call, library, call.argument("max_size"), 10 if library == "asyncpg" else 4, file)


def _pool(call: Call, library: str, given: Value | None, otherwise: int, file: File) -> Iterator[Fact]:
    maximum = _whole(file.constant(given, call.function), otherwise)
    if maximum is not None and maximum > 0:
        fix = (Replacement(given.span, _SIZE),) if isinstance(given, Number) else ()
        yield Pool(call.span.until(call.name_span), library, maximum, given is None, fix)


def _whole(value: Value | None, otherwise: int) -> int | None:
    """Return a literal number, `otherwise` where none is given, None for what cannot be known."""
    if value is None:
        return otherwise
    return int(value.value) if isinstance(value, Number) else None


@node.call(*_NODE)
def options(call: Call, file: File) -> Iterator[Fact]:
    keys, otherwise = _NODE[call.callee]
    given = next((value for item in call.arguments if isinstance(value := file.constant(item.value, call.function), Mapping)), None)
    if given is None or given.entry("...") is not None:
        return
    if call.callee == "typeorm.DataSource" and given.get("poolSize") is None:
        keys = ("extra", "max")
    yield from _pool(call, call.callee.partition(".")[0].partition("/")[0], given.get(*keys), otherwise, file)


@go.call("*.SetMaxOpenConns")
def most_open(call: Call, file: File) -> Iterator[Fact]:
    if call.arguments:
        yield from _pool(call, "database/sql", call.arguments[0].value, 0, file)


@rust.call("*.max_connections")
def pool_options(call: Call, file: File) -> Iterator[Fact]:
    """`PgPoolOptions::new().max_connections(10)`."""
    if "PoolOptions" in call.callee and call.arguments:
        yield from _pool(call, "sqlx", call.arguments[0].value, 0, file)


@java.call("*.setMaximumPoolSize")
def hikari(call: Call, file: File) -> Iterator[Fact]:
    if "Hikari" in call.callee and call.arguments:
        yield from _pool(call, "hikari", call.arguments[0].value, 0, file)


@spring.every(Document)
def configured(document: Document, file: File) -> Iterator[Fact]:
    name = basename(file.path)
    if not name.startswith("application") or "-" in name:  # A profile's file is for another place.
        return
    for key in _HIKARI:
        entry = _entry(document.value, key)
        if entry is None:
            continue
        written = entry.value.value if isinstance(entry.value, String | Number) else ""
        if str(written).removesuffix(".0").isdecimal():
            yield Pool(entry.value.span, "hikari", int(float(written)), False, (Replacement(entry.value.span, _SIZE),))


def _entry(value: Value, key: str) -> Entry | None:
    """Return what stands under a dotted key, however many of its parts are written in one."""
    if not isinstance(value, Mapping):
        return None
    for entry in value.entries:
        if entry.key == key:
            return entry
        if key.startswith(f"{entry.key}."):
            found = _entry(entry.value, key[len(entry.key) + 1 :])
            if found is not None:
                return found
    return None
