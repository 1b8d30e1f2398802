"""Addresses in settings, code and commands: their host, port and path, and the database that one names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from architrave.regexes import regex

_URL = regex(
    r"(?P<scheme>[a-zA-Z][\w+.-]*)://(?:[^/?#@\s]*@)?(?P<host>\[[^\]]*\]|[^/?#:\s,]*)(?::(?P<port>\d+))?(?:,[^/?#\s]*)?(?P<path>/[^?#\s]*)?"
    r"(?P<query>\?[^#\s]*)?"
)
_SCHEMA = regex(r"[?&](?:schema|currentSchema|search_path|options=-c%20search_path)=([\w-]+)", re.IGNORECASE)
_LONGEST = 4096  # Characters that a URL may have.
_HOLE = regex(r"\$\{[^}]*\}|\$\(\w+\)|\$\w+")
_DEFAULT = regex(r"\$\{\w+:?-([^}]*)\}")
_HEADERS = regex(r"(^|[\s\"',])(-H|--header|-u|--user)\b|@(localhost|127\.)")
_WRITTEN_URL = regex(r"""https?://[^\s"'|;&)\]]+""")
_ENGINES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "pgsql": "postgresql",
    "psql": "postgresql",
    "cockroachdb": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mariadb": "mysql",
    "sqlserver": "sqlserver",
    "mssql": "sqlserver",
    "oracle": "oracle",
    "mongodb": "mongodb",
}
_HOST_KEY = regex(r"(?P<prefix>(?:\w+_)?(?:DB|DATABASE|POSTGRES(?:QL)?|PG|MYSQL|MARIADB|MONGO(?:DB)?)_?)(?:HOST|HOSTNAME|SERVER)")
_NAME_KEYS = ("NAME", "DB", "DATABASE", "DBNAME", "DB_NAME", "DATABASE_NAME")
LOCAL = frozenset(("", "localhost", "127.0.0.1", "0.0.0.0", "::1", "[::1]", "host.docker.internal"))


class Url(NamedTuple):
    scheme: str
    host: str
    port: int | None
    path: str
    query: str = ""


def split(written: str) -> Url | None:
    """Return the parts of a URL; what is no URL, or has an unknown host, gives None. `${X:-default}` counts as its default."""
    if len(written) > _LONGEST:
        return None
    match = _URL.match(_HOLE.sub("{}", with_defaults(written)).strip().removeprefix("jdbc:"))
    if match is None or any(sign in match["host"] for sign in "${}<%"):
        return None
    return Url(
        match["scheme"].lower(),
        match["host"].lower(),
        int(match["port"]) if match["port"] else None,
        match["path"] or "",
        match["query"] or "",
    )


def with_defaults(written: str) -> str:
    """Put the default in the place of each `${X:-default}`."""
    return _DEFAULT.sub(r"\1", written) if "${" in written and len(written) < _LONGEST else written


def host_and_port(written: str) -> tuple[str, int | None] | None:
    """Return the host of a URL or `host:port`, or None."""
    url = split(written)
    if url is not None:
        return (url.host, url.port) if url.host else None
    match = re.fullmatch(r"([a-zA-Z][\w.-]*):(\d{2,5})", with_defaults(written).strip())
    return (match[1].lower(), int(match[2])) if match else None


def database(written: str) -> tuple[str, str, str] | None:
    """Return (engine, host, database name) of a database's URL, or None.

    The name is "" when it is not literal, and has the schema at its end, `shop/billing`, where the URL names one.
    """
    url = split(written)
    engine = _ENGINES.get(url.scheme.partition("+")[0]) if url is not None else None
    if url is None or engine is None:
        return None
    name = url.path.strip("/").partition(";")[0]
    schema = _SCHEMA.search(url.query)
    if any(sign in name for sign in "${}<%"):
        return engine, url.host, ""
    return engine, url.host, f"{name}/{schema[1]}" if schema and name else name


def databases(settings: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (key of the host, engine, host, database name) for databases that settings name in parts: `DB_HOST`, `DB_NAME`."""
    for key, value in settings.items():
        match = _HOST_KEY.fullmatch(key.upper())
        if match is None or not value or any(sign in value for sign in "${}<%/ "):
            continue
        prefix = match["prefix"]
        names = {known for other, known in settings.items() if other.upper() in {prefix + name for name in _NAME_KEYS}}
        name = next(iter(names)) if len(names) == 1 else ""
        if name and not any(sign in name for sign in "${}<%"):
            engine = next((engine for word, engine in _ENGINES.items() if word.upper() in prefix), "")
            yield key, engine, value.lower().partition(":")[0], name


def sends_headers(command: str) -> bool:
    """Whether a health check's command sends headers of its own, or credentials."""
    return _HEADERS.search(command) is not None


def probed(command: str) -> Url | None:
    """Return the URL that a health check's command asks, when it asks one of its own container."""
    for match in _WRITTEN_URL.finditer(command):
        url = split(match[0])
        if url is not None and url.host in LOCAL:
            return url
    return None
