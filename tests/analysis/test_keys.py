"""What a key costs: how many parts are parsed, chunks read, reporters asked and rules run. Counted, never timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from architrave.analysis import opened, runner
from architrave.analysis.extraction import extract
from architrave.analysis.reporting import Seen
from architrave.analysis.snapshot import absolute_facts
from architrave.analysis.workspace import Workspace

MONTHS = 30
LEDGER = """\
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.database import Base
""" + "".join(
    f'''

class Entry{month}(Base):
    __tablename__ = "entries_{month}"

    id: Mapped[int] = mapped_column(primary_key=True)


def booked_{month}(session: Session, rows: list[int], limit: int = 3) -> int:
    """Return what was booked."""
    booked = 0
    for row in rows:
        booked += row
    entries = session.scalars(select(Entry{month}).limit(limit))
    return booked + sum(entry.amount for entry in entries)
'''
    for month in range(MONTHS)
)
OTHERS = {
    f"shop/part_{number}.py": f"""\
import httpx
from fastapi import APIRouter
from sqlalchemy import select

from shop.ledger import booked_{number}

router = APIRouter(prefix="/parts")


@router.get("/{{id}}/{number}")
async def show_{number}(id: int, session, rows):
    for row in rows:
        session.execute(select(Entry).where(Entry.id == row)).all()
    httpx.get("http://orders/1")
    return booked_{number}(session, rows)
"""
    for number in range(20)
}
PATH = "shop/ledger.py"


class Cost(Counter[str]):
    """How often something was done since `clear`."""


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Cost:
    cost = Cost()

    def counted(holder: Any, name: str, what: str) -> None:
        real: Callable[..., Any] = getattr(holder, name)

        def call(*arguments: Any, **named: Any) -> Any:
            cost[what] += 1
            return real(*arguments, **named)

        monkeypatch.setattr(holder, name, call)

    counted(opened, "parsed_part", "parts parsed")
    counted(opened, "chunk_facts", "chunks read")
    counted(runner, "_run_one", "rules run")
    counted(Seen, "_ask", "questions")
    return cost


@pytest.fixture
def workspace() -> Workspace:
    found = Workspace()
    for path, text in OTHERS.items():
        found.put(path, text.encode())
    found.put("shop/database.py", b"class Base:\n    pass\n")
    found.put(PATH, LEDGER.encode())
    assert len(found.snapshot().findings) > 10
    return found


def typed(place: str, text: str) -> Iterator[str]:
    """Yield the ledger after each key of a text that is typed after the first `place` in its second half."""
    at = LEDGER.index(place, len(LEDGER) // 2) + len(place)
    for end in range(1, len(text) + 1):
        yield LEDGER[:at] + text[:end] + LEDGER[at:]


def fresh(text: str) -> Workspace:
    found = Workspace()
    for path, other in OTHERS.items():
        found.put(path, other.encode())
    found.put("shop/database.py", b"class Base:\n    pass\n")
    found.put(PATH, text.encode())
    return found


BODY = "\n    for entry in rows:\n        found = session.execute(select(Base).where(Base.id == entry)).all()\n        if found and len(found) > limit:\n            session.commit()"


def test_a_key_in_a_function_costs_that_function(workspace: Workspace, cost: Cost) -> None:
    for text in typed("    booked = 0", BODY):
        cost.clear()
        workspace.put(PATH, text.encode())
        assert cost["parts parsed"] == 1
        assert cost["chunks read"] == 1
        assert cost["questions"] < 60, "only reporters of one function are asked, of hundreds"


def test_a_key_runs_few_rules(workspace: Workspace, cost: Cost) -> None:
    ran = []
    for text in typed("    booked = 0", BODY):
        cost.clear()
        workspace.put(PATH, text.encode())
        _ = workspace.snapshot().findings
        ran.append(cost["rules run"])
    assert ran.count(0) > len(ran) * 0.8, "most keys change nothing that a rule reads"
    assert max(ran) <= 3


def test_what_a_key_finds_is_what_a_fresh_look_finds(workspace: Workspace) -> None:
    for number, text in enumerate(typed("    booked = 0", BODY)):
        workspace.put(PATH, text.encode())
        found = workspace.snapshot()
        assert sorted(map(repr, found.facts(PATH))) == sorted(map(repr, absolute_facts(extract(PATH, text.encode())))), text
        if number % 10 == 0 or text[-1] in "):":
            assert found.findings == fresh(text).snapshot().findings


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("rows: list[int]", ', other: str = "x"'),
        ("primary_key=True)", '\n    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))'),
        ("\n\n\n", "LIMIT = int(5)\n\n\ndef added(rows):\n    return len(rows)\n\n\n"),
        ('"""Return what was booked', ", all of it"),
    ],
    ids=["parameter", "column", "module", "docstring"],
)
def test_keys_elsewhere_find_what_a_fresh_look_finds(workspace: Workspace, cost: Cost, place: str, text: str) -> None:
    for number, edited in enumerate(typed(place, text)):
        cost.clear()
        workspace.put(PATH, edited.encode())
        assert cost["parts parsed"] <= 3
        found = workspace.snapshot()
        assert sorted(map(repr, found.facts(PATH))) == sorted(map(repr, absolute_facts(extract(PATH, edited.encode())))), edited
        if number % 10 == 9 or number == len(text) - 1:
            assert found.findings == fresh(edited).snapshot().findings


def subjects(workspace: Workspace, rule: str) -> set[tuple[str, str]]:
    return {(item.location.path, item.subject) for item in workspace.snapshot().findings if item.rule == rule}


def test_a_new_finding_and_its_end(workspace: Workspace) -> None:
    before = workspace.snapshot().findings
    known = subjects(workspace, "perf-n-plus-one")
    line = "        session.execute(select(Base).where(Base.id == row)).all()\n"
    at = LEDGER.index("        booked += row", len(LEDGER) // 2)
    workspace.put(PATH, (LEDGER[:at] + line + LEDGER[at:]).encode())
    (added,) = subjects(workspace, "perf-n-plus-one") - known
    assert added[0] == PATH
    workspace.put(PATH, LEDGER.encode())
    assert workspace.snapshot().findings == before


def test_what_changes_in_a_function_is_seen_where_it_is_called(workspace: Workspace) -> None:
    before = subjects(workspace, "perf-blocking-in-async")
    slow = LEDGER.replace("    booked = 0", "    booked = 0\n    time.sleep(1)", 1)
    slow = slow.replace("from sqlalchemy import select", "import time\nfrom sqlalchemy import select", 1)
    workspace.put(PATH, slow.encode())
    after = subjects(workspace, "perf-blocking-in-async")
    assert after - before == {(PATH, "booked_0 time.sleep")}, "an async handler of another file calls it"
    workspace.put("shop/part_0.py", OTHERS["shop/part_0.py"].replace("async def", "def").encode())
    assert (PATH, "booked_0 time.sleep") not in subjects(workspace, "perf-blocking-in-async")


def test_a_view_that_only_moved_is_known_to_have_changed_later(workspace: Workspace) -> None:
    """What was read of a view is still known after an edit that moved places in it, and nobody asked for it."""
    nested = LEDGER.replace("    booked = 0", "    x = 0\n\n    def inner(a):\n        return a\n\n    booked = 0", 1)
    workspace.put(PATH, nested.encode())
    _ = workspace.snapshot().findings
    workspace.put(PATH, nested.replace("    x = 0", "    xx = 0").encode())  # `inner` moves.
    _ = workspace.snapshot().findings
    changed = nested.replace("    x = 0", "    xx = 0").replace("def booked_0(", "async def booked_0(")
    workspace.put(PATH, changed.encode())
    assert workspace.snapshot().findings == fresh(changed).snapshot().findings


def test_settling_what_is_as_it_should_be_reads_nothing(workspace: Workspace, cost: Cost) -> None:
    for text in typed("    booked = 0", "\n    x = session.execute("):
        workspace.put(PATH, text.encode())
    before = workspace.snapshot()
    cost.clear()
    workspace.settle(PATH)
    assert cost["chunks read"] == cost["questions"] == 0
    assert workspace.snapshot().findings == before.findings
    cost.clear()
    workspace.settle(PATH)
    assert not cost
