"""Any sequence of edits gives, after a pause, the facts and findings of a fresh read of the final text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architrave.analysis.extraction import extract
from architrave.analysis.snapshot import absolute_facts
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
    "class A:\n",
    "@",
    '"""',
    "/*",
    "*/",
    "\nconst x = y;\n",
    "\nfunc f() {\n}\n",
]
EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.one_of(st.just(""), st.sampled_from(PIECES))),
    min_size=1,
    max_size=8,
)


def existing() -> list[str]:
    return [path for path in SAMPLES if (SHOP / path).is_file()]


@pytest.mark.parametrize("path", existing())
@settings(max_examples=40)
@given(edits=EDITS, pauses=st.sets(st.integers(0, 8)))
def test_edits_give_what_a_fresh_read_gives(path: str, edits: list[tuple[float, int, str]], pauses: set[int]) -> None:
    text = (SHOP / path).read_bytes()
    edited = Workspace()
    edited.put(path, text)
    edited.snapshot()
    for number, (where, length, piece) in enumerate(edits):
        start = int(where * len(text))
        while 0 < start < len(text) and text[start] & 0xC0 == 0x80:  # Never inside a character.
            start -= 1
        end = min(len(text), start + length)
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end += 1
        text = text[:start] + piece.encode() + text[end:]
        edited.put(path, text)
        if number in pauses:
            edited.settle(path)
            assert_same(edited, path, text)
    edited.settle(path)
    assert_same(edited, path, text)


def assert_same(edited: Workspace, path: str, text: bytes) -> None:
    fresh = Workspace()
    fresh.put(path, text)
    after, expected = edited.snapshot(), fresh.snapshot()
    assert after.facts(path) == expected.facts(path)
    assert after.findings == expected.findings
    cold = extract(path, text)
    assert absolute_facts(cold) == expected.facts(path)
    assert {kind.__name__: cold.of(kind) for kind in cold.kinds} == {kind.__name__: fresh_of(fresh, path, kind) for kind in cold.kinds}


def fresh_of(workspace: Workspace, path: str, kind: type) -> tuple[object, ...]:
    return workspace.snapshot().files[path].of(kind)


TYPED = {
    "orders/src/orders/services/order_service.py": '    for entry in rows:\n        found = self.session.execute(select(Base).where(Base.id == entry["id"]))\n',
    "gateway/src/routes/catalogue.ts": "  const reply = await axios.get(`${base}/items/${id}`, { timeout: 500 });\n",
    "inventory/internal/repository/items.go": '\tif err := r.db.Where("sku = ?", sku).First(&item).Error; err != nil {\n\t\treturn nil, err\n\t}\n',
    "billing/src/main/java/com/example/shop/billing/api/InvoiceController.java": "        var found = repository.findById(id).orElseThrow(() -> new NotFound(id));\n",
    "shipping/src/routes/rates.rs": '    let row = sqlx::query!("SELECT 1").fetch_one(&pool).await?;\n',
}


@pytest.mark.parametrize("path", sorted(TYPED))
def test_typing_a_statement_gives_after_each_key_what_a_fresh_read_gives(path: str) -> None:
    text = (SHOP / path).read_bytes()
    lines = text.split(b"\n")
    number = next(number for number in range(len(lines) // 2, len(lines)) if lines[number].strip().startswith((b"return", b"Ok(", b"res.")))
    at = sum(len(line) + 1 for line in lines[:number])
    edited = Workspace()
    edited.put(path, text)
    for end in range(1, len(TYPED[path]) + 1):
        typed = text[:at] + TYPED[path][:end].encode() + b"\n" + text[at:]
        edited.put(path, typed)
        assert edited.facts(path) == absolute_facts(extract(path, typed)), typed[at : at + end]
        edited.settle(path)
        assert edited.facts(path) == absolute_facts(extract(path, typed)), typed[at : at + end]
