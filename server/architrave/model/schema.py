"""A database schema: tables with their columns, keys and indexes, and where each was made."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from architrave.facts.values import Replacement
from architrave.regexes import regex
from architrave.text import Location


@dataclass(frozen=True)
class SchemaColumn:
    """A column as it is in the end. `fix` gives it an index where it is declared (see `facts.data.Column`)."""

    name: str
    location: Location
    type: str = ""
    is_nullable: bool = True
    has_default: bool = False
    attribute: str = ""
    fix: tuple[Replacement, ...] = ()


@dataclass(frozen=True)
class SchemaIndex:
    """An index or a unique constraint, both of which find rows by their first columns."""

    columns: tuple[str, ...]
    location: Location
    name: str = ""
    is_unique: bool = False


@dataclass(frozen=True)
class Reference:
    """A foreign key; `target` is a table."""

    columns: tuple[str, ...]
    target: str
    location: Location
    name: str = ""
    statement: Location | None = None  # The statement or declaration that makes it.


@dataclass
class SchemaTable:
    """A table. `model` is the path and class of an ORM model.

    `is_complete` is False when its making was not seen, only changes of it, or when its model takes from a class that cannot be seen.
    """

    name: str
    location: Location
    source: str
    columns: dict[str, SchemaColumn] = field(default_factory=dict)
    indexes: list[SchemaIndex] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    primary_key: list[str] = field(default_factory=list)
    checks: dict[str, tuple[str, bool]] = field(default_factory=dict)  # Name -> (column that may not be NULL, validated).
    is_complete: bool = True
    model: tuple[str, str] | None = None
    library: str = ""
    engine: str = ""
    is_managed: bool = True

    def has_index(self, columns: Iterable[str]) -> bool:
        """Whether an index, unique constraint or the primary key begins with these columns, in any order."""
        wanted = {name.lower() for name in columns}
        sorted_by = [*(index.columns for index in self.indexes), self.primary_key]
        return any({name.lower() for name in names[: len(wanted)]} == wanted for names in sorted_by)

    def is_unique(self, columns: Iterable[str]) -> bool:
        """Whether a unique constraint or index says that no two rows have the same values in these columns."""
        wanted = {name.lower() for name in columns}
        return bool(wanted) and any(index.is_unique and {name.lower() for name in index.columns} == wanted for index in self.indexes)

    def column(self, name: str) -> SchemaColumn | None:
        return self.columns.get(name.lower())


class Schema:
    """Tables by name. One name may stand for several tables, each in its own service: `find` takes the one nearest to a file."""

    def __init__(self, tables: Iterable[SchemaTable]) -> None:
        self.tables = tuple(tables)

    @cached_property
    def _named(self) -> dict[str, list[SchemaTable]]:
        found: dict[str, list[SchemaTable]] = defaultdict(list)
        for table in self.tables:
            found[table.name.lower()].append(table)
        return found

    @cached_property
    def _bare(self) -> dict[str, list[SchemaTable]]:
        found: dict[str, list[SchemaTable]] = defaultdict(list)
        for table in self.tables:
            found[table.name.lower().rpartition(".")[2]].append(table)
        return found

    def named(self, name: str) -> tuple[SchemaTable, ...]:
        """Return the tables of a name. Where only one side names its schema, `shop.orders` is `orders`."""
        found = self._named.get(name.lower())
        if found is None:
            owner, _, bare = name.lower().rpartition(".")
            found = self._named.get(bare) if owner else self._bare.get(bare)
        return tuple(found or ())

    def find(self, name: str, path: str) -> SchemaTable | None:
        """Return the table of this name whose file shares most folders with `path`, or None when two are equally near."""
        found = self.named(name)
        if len(found) < 2:
            return found[0] if found else None
        near = sorted(((_shared(table.location.path, path), index) for index, table in enumerate(found)), reverse=True)
        return found[near[0][1]] if near[0][0] > near[1][0] else None


def _shared(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if mine != theirs:
            break
        count += 1
    return count


# Last words of tables that hold a handful of rows, in the singular.
SMALL = ("country", "currency", "gender", "kind", "language", "locale", "role", "state", "status", "type")


def is_small(table: str, words: tuple[str, ...]) -> bool:
    """Whether the last word of a table's name, in the singular, is one of `words`."""
    last = re.split(r"[._]|(?<=[a-z])(?=[A-Z])", table)[-1].lower()
    return last in words or last.removesuffix("s") in words or last.removesuffix("es") in words or f"{last.removesuffix('ies')}y" in words


_PLAIN = regex(r"[a-z_][a-z0-9_]*")
# What PostgreSQL keeps for itself: a table or column of such a name has to be quoted.
_RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog
    current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false
    fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null
    offset on only or order placing primary references returning select session_user some symmetric system_user table then to
    trailing true union unique user using variadic when where window with""".split()  # noqa: SIM905
)


def quoted(name: str) -> str:
    """Return a name, of several parts with dots, as SQL must write it."""
    parts = name.split(".")
    return ".".join(part if _PLAIN.fullmatch(part) and part not in _RESERVED else '"' + part.replace('"', '""') + '"' for part in parts)
