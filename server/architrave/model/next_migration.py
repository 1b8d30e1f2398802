"""Where the next migration of plain SQL belongs: the file after the last one, and what its tool wants round the statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from posixpath import basename, dirname, join
from typing import NamedTuple

from architrave.facts.data import Migration
from architrave.facts.deployment import Manifest
from architrave.model.graph import Model
from architrave.model.migrations import folder, ordered
from architrave.regexes import regex

_NUMBERED = regex(r"(?P<before>V?)(?P<number>\d+)(?P<between>_{1,2}|-)(?P<name>[^/]*?)(?P<after>(?:\.up)?\.sql)")
_TOOLS = frozenset({"flyway", "goose", "migrate", "sql", "sqlx", "supabase"})
_STAMP = "%Y%m%d%H%M%S"


class NextMigration(NamedTuple):
    """The migration that follows others. Its name is `before`, `number`, `between`, what it does, `after`."""

    folder: str
    before: str
    number: str
    between: str
    after: str
    tool: str

    def files(self, name: str, statement: str, way_back: str, *, is_alone: bool = False) -> Mapping[str, str]:
        """Return the texts of the files. `is_alone`: the statement must not run in a transaction."""
        path = join(self.folder, f"{self.before}{self.number}{self.between}{name}{self.after}")
        if self.tool == "goose":
            head = "-- +goose NO TRANSACTION\n" if is_alone else ""
            return {path: f"{head}-- +goose Up\n{statement}\n\n-- +goose Down\n{way_back}\n"}
        head = "-- no-transaction\n" if is_alone and self.tool == "sqlx" else ""
        found = {path: f"{head}{statement}\n"}
        undo = f"{path.removesuffix('.up.sql')}.down.sql" if path.endswith(".up.sql") else ""
        return {**found, undo: f"{head}{way_back}\n"} if undo else found

    @property
    def following(self) -> NextMigration:
        """The one after this."""
        try:
            number = (datetime.strptime(self.number, _STAMP) + timedelta(seconds=1)).strftime(_STAMP)
        except ValueError:
            number = ""
        if len(number) != len(self.number):
            number = str(int(self.number) + 1).zfill(len(self.number))
        return self._replace(number=number)


def next_migration(model: Model, path: str) -> NextMigration | None:
    """Return the migration that would follow those of the folder of `path`; None where its tool or the custom of the names is not known."""
    migrations = list(model.each(Migration))
    own = next((migration for file, migration in migrations if file == path), None)
    if own is None or not path.endswith(".sql"):
        return None
    files = [(file, migration) for file, migration in migrations if folder(file, migration) == folder(path, own)]
    last, migration = ordered(files)[-1]
    tool = _tool(model, last, migration)
    match = _NUMBERED.fullmatch(basename(last))
    if match is None or tool not in _TOOLS or dirname(last) != dirname(path):
        return None
    return NextMigration(dirname(last), match["before"], match["number"], match["between"], match["after"], tool).following


def _tool(model: Model, path: str, migration: Migration) -> str:
    """Return the tool of a migration; plain files belong to sqlx where the service uses it."""
    if migration.tool not in ("sql", "migrate"):
        return migration.tool
    uses = (manifest for file, manifest in model.each(Manifest) if dirname(file) == model.services.of(path))
    return "sqlx" if any("sqlx" in manifest.dependencies for manifest in uses) else migration.tool
