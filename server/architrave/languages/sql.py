"""SQL files: migrations of every tool that keeps them as SQL, schema files, and files of queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname
from typing import NamedTuple

from msgspec.structs import replace

from architrave.facts import Fact
from architrave.facts.data import Migration, MigrationOperation, Query, ShardKey
from architrave.facts.values import Replacement
from architrave.language import Language
from architrave.regexes import regex
from architrave.sql import engine, operations, query, statements
from architrave.sql.lexer import latin1
from architrave.sql.security import row_security
from architrave.sql.shards import DISTRIBUTED
from architrave.text import FILE_START, Span

_FLYWAY = regex(r"([VBUR])([\d._]*)__.+\.sql")
_FOLDERS = frozenset({"migrations", "migration", "migrate", "migrator", "changelog", "changelogs", "changesets", "drizzle"})
_ENGINES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "pg": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "hsqldb": "hsqldb",
    "h2": "h2",
    "oracle": "oracle",
    "mssql": "mssql",
    "sqlserver": "mssql",
}
_NAME = regex(r"^--\s*:?name:?\s+:?([\w.-]+)", re.MULTILINE)  # sqlc, aiosql, HugSQL


class _Marks(NamedTuple):
    """How a tool marks the way there and back inside one file, and what keeps it out of a transaction.

    `fix` is inserted after what `up` matches, or at the start of the file when it ends with a line break.
    """

    tool: str
    up: re.Pattern[str]
    down: re.Pattern[str] | None
    outside: re.Pattern[str]
    fix: str


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE | re.MULTILINE)


_MARKED = (
    _Marks(
        "goose",
        _pattern(r"^--\s*\+goose\s+Up\b.*"),
        _pattern(r"^--\s*\+goose\s+Down\b"),
        _pattern(r"^--\s*\+goose\s+NO\s+TRANSACTION"),
        "-- +goose NO TRANSACTION\n",
    ),
    _Marks(
        "dbmate",
        _pattern(r"^--\s*migrate:up\b.*"),
        _pattern(r"^--\s*migrate:down\b"),
        _pattern(r"^--\s*migrate:up\b.*transaction:\s*false"),
        " transaction:false",
    ),
    _Marks(
        "sql-migrate",
        _pattern(r"^--\s*\+migrate\s+Up\b.*"),
        _pattern(r"^--\s*\+migrate\s+Down\b"),
        _pattern(r"^--\s*\+migrate\s+Up\b.*notransaction"),
        " notransaction",
    ),
    _Marks(
        "liquibase",
        _pattern(r"^--\s*changeset\s+\S+:.*"),
        None,
        _pattern(r"^--\s*changeset\b.*runInTransaction:\s*\"?false"),
        " runInTransaction:false",
    ),
)


def facts(path: str, text: bytes) -> Iterator[Fact]:
    source = latin1(text.removeprefix(b"\xef\xbb\xbf").rjust(len(text)))
    for match in DISTRIBUTED.finditer(source):
        yield ShardKey(Span(match.start(), match.end()), match[1], (match[2],), "citus")
    migration, source = _migration(path, source)
    if migration is None:
        found = operations(source.encode("latin-1"))
        if not any(item.kind in ("create_table", "add_column") for item in found):
            yield from _queries(source)
            return
        migration = Migration(FILE_START, _stem(path), "schema", engine=_engine(path, source))
        yield migration
        yield from found
        return
    if _is_way_back(path):
        return
    found = operations(source.encode("latin-1"))
    yield _in_transaction(migration, source, found)
    yield from found
    yield from row_security(source)


def _migration(path: str, source: str) -> tuple[Migration | None, str]:
    """Return the migration that a file is, and its text without the way back; None for a file that is no migration."""
    name = basename(path)
    parts = path.lower().split("/")[:-1]
    own_engine = _engine(path, source)
    for marks in _MARKED:
        up = marks.up.search(source)
        if up is None:
            continue
        is_outside = marks.outside.search(source) is not None
        at = 0 if marks.fix.endswith("\n") else up.start() + len(up[0].rstrip())
        return Migration(
            FILE_START,
            _stem(path),
            marks.tool,
            is_transactional=not is_outside,
            engine=own_engine,
            transaction_fix=() if is_outside else (Replacement(Span(at, at), marks.fix),),
        ), _without_way_back(source, marks)
    if re.match(r"--\s*no-transaction\b", source):
        return Migration(FILE_START, _stem(path), "sqlx", is_transactional=False, engine=own_engine), source
    if _FLYWAY.fullmatch(name):
        return Migration(FILE_START, _stem(path), "flyway", engine=own_engine), source
    if name == "migration.sql":
        return Migration(FILE_START, basename(dirname(path)), "prisma", engine=own_engine), source
    if name in ("up.sql", "down.sql"):
        return Migration(FILE_START, basename(dirname(path)), "diesel", engine=own_engine), source
    if name.endswith((".up.sql", ".down.sql")):
        return Migration(FILE_START, _stem(path), "migrate", engine=own_engine), source
    if "--> statement-breakpoint" in source:
        return Migration(FILE_START, _stem(path), "drizzle", engine=own_engine), source
    if _FOLDERS & set(parts) or parts[-2:] == ["db", "migrate"]:
        return Migration(FILE_START, _stem(path), "supabase" if "supabase" in parts else "sql", engine=own_engine), source
    return None, source


def _is_way_back(path: str) -> bool:
    name = basename(path).lower()
    return (
        name.endswith((".down.sql", "_down.sql", ".undo.sql", "_rollback.sql", ".rollback.sql"))
        or name == "down.sql"
        or (name.startswith("u") and _FLYWAY.fullmatch(basename(path)) is not None)
    )


def _without_way_back(source: str, marks: _Marks) -> str:
    """Return the text with the way back blank, so that offsets stay."""
    at = 0
    while marks.down is not None and (down := marks.down.search(source, at)) is not None:
        up = marks.up.search(source, down.end())
        at = up.start() if up is not None else len(source)
        source = source[: down.start()] + re.sub(r"[^\n]", " ", source[down.start() : at]) + source[at:]
    return source


def _in_transaction(migration: Migration, source: str, found: list[MigrationOperation]) -> Migration:
    """Say whether the steps run in a transaction: by the file's own BEGIN, by its tool, or as several statements sent at once."""
    own = re.search(r"^\s*(?:begin|start\s+transaction)\b[^;]*;", source, re.IGNORECASE | re.MULTILINE) is not None
    if own:
        return replace(migration, is_transactional=True, transaction_fix=())
    count = len({item.statement_span for item in found})
    if migration.tool in ("prisma", "migrate"):  # One string of several statements is one transaction to PostgreSQL.
        return replace(migration, is_transactional=count > 1)
    if migration.tool == "flyway":  # It sees CONCURRENTLY itself.
        return replace(migration, is_transactional=False)
    if migration.tool in ("sql", "supabase"):
        return replace(migration, is_transactional=False)
    return migration


def _queries(source: str) -> Iterator[Fact]:
    names = [(match.start(), match[1]) for match in _NAME.finditer(source)]
    for tokens in statements(source):
        start, end = tokens[0].start, tokens[-1].end
        found = query(source[start:end])
        if found is None or found.kind == "other":
            continue
        name = next((name for at, name in reversed(names) if at < start), "")
        yield Query(
            Span(start, end),
            name,
            found.kind,
            "sql",
            tables=found.tables,
            columns=found.columns,
            written=found.written,
            filters=found.filters,
            sorts=found.sorts,
            has_limit=found.has_limit,
            is_many=found.is_many,
            searched=found.searched,
        )


def _stem(path: str) -> str:
    return basename(path).removesuffix(".sql").removesuffix(".up").removesuffix(".down")


def _engine(path: str, source: str) -> str:
    for part in reversed(path.lower().split("/")[:-1]):
        if part in _ENGINES:
            return _ENGINES[part]
    return engine(source)


LANGUAGE = Language("sql", "--", suffixes=(".sql",), facts=facts, other_comments=("/*",))
