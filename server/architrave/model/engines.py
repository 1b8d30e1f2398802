"""Which database engine each service speaks to, from its connection URLs, drivers and migrations."""

from __future__ import annotations

from collections import defaultdict
from posixpath import dirname

from architrave.facts.data import Database, Migration
from architrave.facts.deployment import Manifest
from architrave.model.graph import Model

# Distributions that speak to one engine only.
_DRIVERS = {
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "psycopg2-binary": "postgresql",
    "psycopg-binary": "postgresql",
    "asyncpg": "postgresql",
    "pg": "postgresql",
    "postgres": "postgresql",
    "pg-promise": "postgresql",
    "github.com/lib/pq": "postgresql",
    "github.com/jackc/pgx": "postgresql",
    "gorm.io/driver/postgres": "postgresql",
    "tokio-postgres": "postgresql",
    "org.postgresql:postgresql": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mysqlclient": "mysql",
    "pymysql": "mysql",
    "aiomysql": "mysql",
    "mysql-connector-python": "mysql",
    "github.com/go-sql-driver/mysql": "mysql",
    "gorm.io/driver/mysql": "mysql",
    "com.mysql:mysql-connector-j": "mysql",
    "mysql-connector-j": "mysql",
    "mysql:mysql-connector-java": "mysql",
    "mysql-connector-java": "mysql",
}
_ALIASES = {"postgres": "postgresql", "pg": "postgresql", "mariadb": "mysql", "sqlite3": "sqlite", "cockroachdb": "postgresql"}
_EMBEDDED = frozenset({"sqlite", "h2", "hsqldb"})  # Mostly for tests beside a server.


class Engines:
    """The engines that each service is seen to use."""

    def __init__(self, model: Model) -> None:
        self._services = model.services
        self._found: dict[str, set[str]] = defaultdict(set)
        for path, database in model.each(Database):
            if database.engine:
                self._found[model.services.of(path)].add(plain(database.engine))
        for path, migration in model.each(Migration):
            if migration.engine:
                self._found[model.services.of(path)].add(plain(migration.engine))
        for path, manifest in model.each(Manifest):
            for dependency in manifest.dependencies:
                name = dependency.lower().partition("[")[0]
                engine = _DRIVERS.get(name) or _DRIVERS.get(name.rpartition(":")[2])
                if engine is None and name.startswith("github.com/jackc/pgx"):
                    engine = "postgresql"
                if engine is not None:
                    self._found[model.services.of(path)].add(engine)

    def of(self, path: str) -> str:
        """Return the engine that a file's database runs on, "" when nothing says, or two things differ.

        A service that speaks to a server and to an embedded database uses the latter for tests.
        """
        service = self._services.of(path)
        while True:
            engines = self._found.get(service)
            if engines:
                return _one(engines)
            if not service:
                break
            service = dirname(service)
        return _one(set().union(*self._found.values())) if self._found else ""


def plain(engine: str) -> str:
    """Return the one name of an engine: `postgresql` for `postgres`."""
    return _ALIASES.get(engine, engine)


def _one(engines: set[str]) -> str:
    if len(engines) > 1:
        engines = engines - _EMBEDDED
    return next(iter(engines)) if len(engines) == 1 else ""
