"""Facts and findings kept between runs, in one SQLite file a workspace in the user's cache folder.

A key is a hash over path, text and the version of the extractors, so a row is right or is not found. The table `seen` says what a
file's key was at a time and size, so that a warm run reads no file. The cache is a convenience: whatever happens to it costs time and
one message, never a finding. Two processes may use it at once; a killed one leaves what it had committed.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from xxhash import xxh3_64_hexdigest, xxh3_128_digest

from architrave.analysis.files import Stat

log = logging.getLogger(__name__)
T = TypeVar("T")

LARGEST = 512 * 1024 * 1024  # Bytes of rows; the longest unused go when there are more.
_PATIENCE = 15.0  # Seconds to wait for another process: a slow disk can take some for the first tables.
_FRESH = 2_000_000_000  # Nanoseconds in which a file may change again without a new time of change.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (path TEXT PRIMARY KEY, modified INTEGER, size INTEGER, key BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (key BLOB PRIMARY KEY, used INTEGER, value BLOB);
CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, used INTEGER, value BLOB);
"""


def user_cache_folder() -> Path:
    """Return the folder for caches that the platform or the user has set."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "architrave"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "architrave" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "architrave"
    return Path.home() / ".cache" / "architrave"


def path_for(root: Path) -> Path:
    """Return where the cache of a workspace is."""
    absolute = str(root.resolve())
    return user_cache_folder() / f"{root.resolve().name or 'root'}-{xxh3_64_hexdigest(absolute.encode('utf-8', 'surrogateescape'))}.sqlite"


def key_of(path: str, text: bytes, version: bytes) -> bytes:
    """Return the key of a file's facts. Some languages look at the path, so it is part of it."""
    return xxh3_128_digest(version + path.encode("utf-8", "surrogateescape") + b"\0" + text)


class Cache:
    """An open cache. Every method does nothing, or returns nothing, once the file is of no use; `problem` then says why.

    For one thread. `version` is that of the extractors; rows of another version are forgotten.
    """

    def __init__(self, path: Path, version: bytes) -> None:
        self.path = path
        self.version = version
        self.problem = ""
        self._database: sqlite3.Connection | None = None
        try:
            self._database = self._opened()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                self._give_up(error)
            else:
                self._rebuild(error)
        except OSError as error:
            self._give_up(error)

    def _opened(self) -> sqlite3.Connection:
        """Open the file, with patience: where two processes make it at once, SQLite tells one of them at once that it is locked."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._opened_at_once()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > end:
                    raise
            time.sleep(0.02)

    def _opened_at_once(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)  # Facts hold literals of the code: nobody else is to read them.
        database = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            if database.execute("PRAGMA journal_mode").fetchone()[0] != "wal":  # To set it again would need the file for itself.
                database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.executescript(_TABLES)
            if database.execute("SELECT 1 FROM facts LIMIT 1").fetchone():  # One that is filled would be mapped as it grows.
                database.execute("PRAGMA mmap_size=268435456")
            row = database.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
            if row is None or row[0] != self.version:
                database.execute("BEGIN IMMEDIATE")
                for table in ("seen", "facts", "results", "meta"):
                    database.execute(f"DELETE FROM {table}")
                database.execute("INSERT INTO meta VALUES ('version', ?)", (self.version,))
                database.execute("COMMIT")
        except BaseException:
            database.close()
            raise
        return database

    def _rebuild(self, error: Exception) -> None:
        """Move a broken file aside and begin anew."""
        self.close()
        try:
            os.replace(self.path, self.path.with_suffix(".broken"))
            for ending in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.unlink(f"{self.path}{ending}")
            self._database = self._opened()
            log.warning("the cache was broken (%s) and is built anew; the old one is %s", error, self.path.with_suffix(".broken"))
        except (sqlite3.Error, OSError) as second:
            self._give_up(second)

    def _give_up(self, error: Exception) -> None:
        self.close()
        self.problem = f"{self.path}: {error}"
        log.warning("going on without the cache: %s", self.problem)

    def _try(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        if self._database is None:
            return otherwise
        try:
            return work(self._database)
        except sqlite3.OperationalError as error:  # Locked by another process for long, disk full, read-only.
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            self._give_up(error)
        except sqlite3.DatabaseError as error:
            self._rebuild(error)
        except OSError as error:
            self._give_up(error)
        return otherwise

    @property
    def is_empty(self) -> bool:
        return self._try(lambda database: database.execute("SELECT 1 FROM facts LIMIT 1").fetchone() is None, True)

    def unchanged(self, files: Mapping[str, Stat]) -> dict[str, bytes]:
        """Return the keys of the files that are as they were when last seen."""

        def work(database: sqlite3.Connection) -> dict[str, bytes]:
            found = {}
            for path, modified, size, key in database.execute("SELECT path, modified, size, key FROM seen"):
                stat = files.get(path)
                if stat is not None and stat.modified == modified and stat.size == size:
                    found[path] = key
            return found

        return self._try(work, {})

    def values(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the rows of facts that are there."""
        wanted = list(keys)

        def work(database: sqlite3.Connection) -> dict[bytes, bytes]:
            found: dict[bytes, bytes] = {}
            for part in _parts(wanted, 500):
                marks = ",".join("?" * len(part))
                found.update(database.execute(f"SELECT key, value FROM facts WHERE key IN ({marks})", part).fetchall())
            return found

        return self._try(work, {})

    def store(self, rows: Iterable[tuple[str, Stat, bytes, bytes | None]], *, now: int | None = None) -> None:
        """Keep (path, stat, key, packed facts or None when they are there already) in one transaction."""
        now = now or time.time_ns()
        content = list(rows)

        def work(database: sqlite3.Connection) -> None:
            database.execute("BEGIN IMMEDIATE")
            seen = [(path, stat.modified, stat.size, key) for path, stat, key, _ in content if stat.modified < now - _FRESH]
            database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", seen)
            values = [(key, now, value) for _, _, key, value in content if value is not None]
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", values)
            database.execute("COMMIT")

        self._try(work, None)

    def result(self, key: bytes) -> bytes | None:
        """Return what was found in a whole workspace."""

        def work(database: sqlite3.Connection) -> bytes | None:
            row = database.execute("SELECT value FROM results WHERE key = ?", (key,)).fetchone()
            return row[0] if row is not None else None

        return self._try(work, None)

    def store_result(self, key: bytes, value: bytes) -> None:
        def work(database: sqlite3.Connection) -> None:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (key, time.time_ns(), value))
            database.execute("DELETE FROM results WHERE key NOT IN (SELECT key FROM results ORDER BY used DESC LIMIT 8)")
            database.execute("COMMIT")

        self._try(work, None)

    def note(self, name: str, value: bytes | None = None) -> bytes | None:
        """Return a note of the version, or keep one."""

        def work(database: sqlite3.Connection) -> bytes | None:
            if value is not None:
                database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
                return value
            row = database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return row[0] if row is not None else None

        return self._try(work, None)

    def tidy(self, used: Iterable[bytes], paths: Mapping[str, object], largest: int = LARGEST) -> None:
        """Forget files that are gone, and, when there is too much, facts that were not used in this run, oldest first."""
        keep = set(used)

        def work(database: sqlite3.Connection) -> None:
            gone = [(path,) for (path,) in database.execute("SELECT path FROM seen") if path not in paths]
            total = database.execute("SELECT coalesce(sum(length(value)), 0) FROM facts").fetchone()[0]
            if not gone and total <= largest:
                return
            database.execute("BEGIN IMMEDIATE")
            database.executemany("DELETE FROM seen WHERE path = ?", gone)
            for key, size in database.execute("SELECT key, length(value) FROM facts ORDER BY used").fetchall():
                if total <= largest:
                    break
                if key not in keep:
                    database.execute("DELETE FROM facts WHERE key = ?", (key,))
                    total -= size
            database.execute("COMMIT")

        self._try(work, None)

    def close(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


def _parts(items: list[bytes], size: int) -> Iterator[list[bytes]]:
    return (items[start : start + size] for start in range(0, len(items), size))
