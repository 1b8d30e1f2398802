"""SQL in strings: what a statement reads and writes, whatever its placeholders, and a value for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from architrave.sql import engine, operations, query


@pytest.mark.parametrize(
    ("text", "kind", "tables", "filters"),
    [
        ("SELECT * FROM orders WHERE id = %(id)s", "select", "orders", "id"),
        ("select o.id from public.orders o where o.customer_id = :customer and status in ({})", "select", "orders", "customer_id status"),
        ('SELECT "o"."Total" FROM "Order" AS o WHERE o."customerId" = $1', "select", "Order", "customerId"),
        ("INSERT INTO orders (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET total = excluded.total", "insert", "orders", ""),
        ("UPDATE orders SET total = total + @p1 WHERE id = #{id}", "update", "orders", "id"),
        ("DELETE FROM billing.invoices WHERE extract(year FROM issued) < {}", "delete", "billing.invoices", "issued"),
        (
            "WITH t AS (SELECT id FROM users WHERE a = 1) SELECT * FROM t JOIN orders USING (id)",
            "select",
            "users orders",
            "users.a orders.id",
        ),
        ("SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.y)", "select", "a b", "b.x a.y"),
        ("SELECT id FROM orders_{} WHERE x IS DISTINCT FROM 3", "select", "", "x"),
    ],
)
def test_a_statement_names_what_it_touches(text: str, kind: str, tables: str, filters: str) -> None:
    found = query(text)
    assert found is not None
    assert (found.kind, " ".join(found.tables), " ".join(found.filters)) == (kind, tables, filters)


@pytest.mark.parametrize("text", ["Select a plan", "Update the order", "Delete this?", "", "{}", "SELECT", "insert coin"])
def test_a_sentence_is_no_statement(text: str) -> None:
    assert query(text) is None


@pytest.mark.parametrize(
    ("text", "has_limit", "is_many"),
    [
        ("SELECT * FROM a LIMIT 10", True, True),
        ("SELECT * FROM a LIMIT 1", True, False),
        ("SELECT * FROM a FETCH FIRST 5 ROWS ONLY", True, True),
        ("SELECT count(*) FROM a WHERE x IN (SELECT x FROM b LIMIT 3)", False, False),
        ("SELECT count(*) FROM a GROUP BY b", False, True),
    ],
)
def test_a_limit_is_that_of_the_whole(text: str, has_limit: bool, is_many: bool) -> None:
    found = query(text)
    assert found is not None
    assert (found.has_limit, found.is_many) == (has_limit, is_many)


def test_spans_count_bytes() -> None:
    text = "-- café\nCREATE INDEX é ON orders (id);".encode()
    (index,) = operations(text)
    assert index.name == "é"
    assert text[index.span.start : index.span.end] == "CREATE INDEX é ON orders (id)".encode()
    assert text[: index.fix[0].span.start].endswith(b"CREATE INDEX")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("CREATE TABLE a (id bigserial)", "postgresql"),
        ("CREATE TABLE a (id int AUTO_INCREMENT)", "mysql"),
        ("PRAGMA foreign_keys = ON", "sqlite"),
        ("-- `a` is text\nCREATE TABLE a (id int)", ""),
    ],
)
def test_an_engine_is_told_by_what_only_it_has(text: str, wanted: str) -> None:
    assert engine(text) == wanted


_PIECES = """select from where insert into values update set delete with as create table alter add column drop index on
( ) , ; . ' " ` $$ -- /* */ {} ? :a %s = * a b 1"""


@given(st.lists(st.one_of(st.sampled_from(_PIECES.split()), st.text(max_size=3)), max_size=30))
def test_any_text_gives_a_value(pieces: list[str]) -> None:
    text = " ".join(pieces)
    query(text)
    operations(text)
    operations(text.encode())
    engine(text)
