"""Fixes that make files where others do: each is numbered after the one before."""

from __future__ import annotations

import pytest

from architrave.analysis.fixing import fixed
from architrave.analysis.workspace import Workspace
from architrave.config import Config

MYSQL, POSTGRESQL = "bigint PRIMARY KEY AUTO_INCREMENT", "bigserial PRIMARY KEY"


def shop(missing: int, key: str) -> str:
    """Return the schema of a shop in which some tables refer to orders without a foreign key, and three times as many with one."""
    tables = [f"CREATE TABLE orders (id {key});"]
    for number in range(3 * missing):
        tables.append(f"CREATE TABLE kept_{number} (id {key}, order_id bigint NOT NULL REFERENCES orders (id));")
        tables.append(f"CREATE INDEX kept_{number}_idx ON kept_{number} (order_id);")
    tables += [f"CREATE TABLE part_{number} (id {key}, order_id bigint NOT NULL);" for number in range(missing)]
    return "\n".join(tables) + "\n"


def made(path: str, text: str) -> list[str]:
    """Return the names of the files that the fixes of a migration's findings make."""
    workspace = Workspace(Config())
    workspace.put(path, text.encode())
    result = fixed(workspace, {path: text.encode()}.get, lambda item: item.rule == "data-missing-fk")
    assert not result.refused
    return sorted((made.rpartition("/")[2] for made in result.texts), key=lambda name: int(name.lstrip("V").partition("_")[0]))


@pytest.mark.parametrize(
    ("first", "following"),
    [
        ("db/migration/V1__shop.sql", ["V2__part_0_order_id_fkey.sql", "V3__part_1_order_id_fkey.sql"]),
        ("migrations/20260101095959_shop.sql", ["20260101100000_part_0_order_id_fkey.sql", "20260101100001_part_1_order_id_fkey.sql"]),
    ],
)
def test_two_that_make_the_next_migration_make_two(first: str, following: list[str]) -> None:
    assert made(first, shop(2, MYSQL)) == following


def test_each_may_make_several() -> None:
    numbers = [name.partition("_")[0] for name in made("migrations/000001_shop.up.sql", shop(2, POSTGRESQL))]
    assert numbers == [f"{number:06}" for number in (2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7)]


def test_there_may_be_more_of_them_than_rounds_for_one_finding() -> None:
    assert [name.partition("__")[0] for name in made("db/migration/V1__shop.sql", shop(7, MYSQL))] == [f"V{n}" for n in range(2, 9)]
