"""Edits of two files give, one after another, the findings of a fresh read of both."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from architrave.analysis.workspace import Workspace

FILES = {
    "app/orders.py": (
        "import time\n\n"
        "from fastapi import APIRouter\n\n"
        "from app.work import slow, wait\n\n"
        'router = APIRouter(prefix="/orders")\n\n\n'
        '@router.get("/{order_id}")\n'
        "async def read_order(order_id: int):\n"
        "    total = 0\n"
        "    wait(order_id)\n"
        "    time.sleep(1)\n"
        "    return total\n\n\n"
        '@router.get("/{id}")\n'
        "async def read_order_again(id: int, limit: int = 10):\n"
        "    rows = slow(limit)\n"
        "    return rows\n"
    ),
    "app/work.py": (
        "import time\n\n"
        "from sqlalchemy import select\n"
        "from sqlalchemy.orm import Session\n\n"
        "from app.models import Order\n\n\n"
        "def wait(seconds: int):\n"
        "    note = str(seconds)\n"
        "    time.sleep(seconds)\n"
        "    return note\n\n\n"
        "def slow(limit: int, session: Session):\n"
        "    found = []\n"
        "    for key in range(limit):\n"
        "        found.append(session.execute(select(Order).where(Order.id == key)).all())\n"
        "    for order in session.scalars(select(Order)):\n"
        "        found.append(order.customer.name)\n"
        "    return found\n"
    ),
    "app/models.py": (
        "from sqlalchemy import Column, ForeignKey, Integer\n"
        "from sqlalchemy.orm import declarative_base, relationship\n\n"
        "Base = declarative_base()\n\n\n"
        "class Order(Base):\n"
        '    __tablename__ = "orders"\n\n'
        "    id = Column(Integer, primary_key=True)\n"
        '    customer_id = Column(Integer, ForeignKey("customers.id"))\n'
        '    customer = relationship("Customer")\n'
    ),
}
PIECES = ["\n", " ", "x", "(", ")", '"', "#", "    ", "\n    time.sleep(2)\n", "\n    wait(3)\n", "async ", "def f():\n    pass\n"]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(sorted(FILES)),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 6),
        st.one_of(st.just(""), st.sampled_from(PIECES)),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(edits=EDITS, looks=st.lists(st.booleans(), min_size=6, max_size=6))
def test_edits_of_several_files_give_what_a_fresh_read_gives(edits: list[tuple[str, float, int, str]], looks: list[bool]) -> None:
    texts = {path: text.encode() for path, text in FILES.items()}
    edited = Workspace()
    for path, text in texts.items():
        edited.put(path, text)
    assert {item.location.path for item in edited.snapshot().findings} >= {"app/orders.py", "app/work.py", "app/models.py"}
    for (path, where, length, piece), is_looked_at in zip(edits, looks, strict=False):
        text = texts[path]
        start = int(where * len(text))
        end = min(len(text), start + length)
        texts[path] = text[:start] + piece.encode() + text[end:]
        edited.put(path, texts[path])
        if is_looked_at:
            assert_same(edited, texts)
    assert_same(edited, texts)


def assert_same(edited: Workspace, texts: dict[str, bytes]) -> None:
    _ = edited.snapshot().findings  # The look before the pause.
    for path in texts:
        edited.settle(path)
    fresh = Workspace()
    for path, text in texts.items():
        fresh.put(path, text)
    assert edited.snapshot().findings == fresh.snapshot().findings
    assert edited.snapshot().by_path == fresh.snapshot().by_path
