"""Any sequence of edits gives, after a pause, the facts and findings of a fresh read of the final text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architrave.analysis.workspace import Workspace

SHOP = Path(__file__).parents[2] / "examples" / "shop" / "services"
SAMPLES = [
    "orders/src/orders/services/order_service.py",
    "orders/src/orders/api/routes/orders.py",
    "gateway/src/routes/catalogue.ts",
    "inventory/internal/repository/items.go",
    "billing/src/main/java/com/example/shop/billing/api/InvoiceController.java",
    "shipping/src/routes/rates.rs",
    "orders/openapi.yaml",
    "orders/Dockerfile",
    "inventory/migrations/000001_create_items.up.sql",
]
PIECES = [
    "\n",
    " ",
    "(",
    ")",
    '"',
    "'",
    "{",
    "}",
    ":",
    "#",
    "//",
    "def f():\n    pass\n",
    "x = requests.get(url)\n",
    "é",
    "import os\n",
    "    ",
]
EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.one_of(st.just(""), st.sampled_from(PIECES))),
    min_size=1,
    max_size=8,
)


def existing() -> list[str]:
    return [path for path in SAMPLES if (SHOP / path).is_file()]


@pytest.mark.parametrize("path", existing())
@settings(max_examples=40, deadline=None)
@given(edits=EDITS)
def test_edits_give_what_a_fresh_read_gives(path: str, edits: list[tuple[float, int, str]]) -> None:
    text = (SHOP / path).read_bytes()
    edited = Workspace()
    edited.put(path, text)
    edited.snapshot()
    for where, length, piece in edits:
        start = int(where * len(text))
        while 0 < start < len(text) and text[start] & 0xC0 == 0x80:  # Never inside a character.
            start -= 1
        end = min(len(text), start + length)
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end += 1
        text = text[:start] + piece.encode() + text[end:]
        edited.put(path, text)
    edited.settle(path)
    fresh = Workspace()
    fresh.put(path, text)
    after, expected = edited.snapshot(), fresh.snapshot()
    assert sorted(map(repr, after.facts(path))) == sorted(map(repr, expected.facts(path)))
    assert after.findings == expected.findings
