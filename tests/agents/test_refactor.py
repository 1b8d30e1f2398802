"""A finding refactored away: what a model does, and what comes of it and of the user's files."""

from __future__ import annotations

from pathlib import Path

from architrave.analysis.agents import Proposal, Refactor, Refused
from tests.agents.harness import Person, contents, outcome
from tests.agents.messages_api import MessagesApi, say, use

TIMEOUT = Refactor("app/orders.py", "sys-no-timeout", "orders GET stock.example.com/items")
CALL = 'requests.get("https://stock.example.com/items")'
RIGHT = use("Edit", file_path="app/orders.py", old_string=CALL, new_string=CALL[:-1] + ", timeout=5)")


def test_a_right_edit_is_offered_with_its_proof(shop: Path) -> None:
    before = contents(shop)
    person = Person()
    with MessagesApi(RIGHT, say("The call has a timeout now.")) as api:
        found = outcome(shop, TIMEOUT, api, person)
    assert isinstance(found, Proposal), found
    assert found.texts["app/orders.py"].decode().count("timeout=5") == 1
    assert [item.rule for item in found.removes] == ["sys-no-timeout"]
    assert all(check.has_passed for check in found.proof) and len(found.proof) >= 6
    assert "```diff" in found.text and "The call has a timeout now." in found.text
    assert api.problems == []
    assert contents(shop) == before
    assert person.requests[0].host == f"127.0.0.1:{api.port}"


def test_what_leaves_the_finding_goes_back_and_is_not_offered(shop: Path) -> None:
    before = contents(shop)
    wrong = use("Edit", file_path="app/prices.py", old_string="sum(lines)", new_string="sum(list(lines))")
    with MessagesApi(wrong, say("Done."), say("I cannot."), say("Really not.")) as api:
        found = outcome(shop, TIMEOUT, api)
    assert isinstance(found, Refused), found
    assert [check.name for check in found.failed] == ["The finding is gone"]
    assert "sum(list(lines))" in found.diff
    assert len(api.requests) == 4
    assert "`sys-no-timeout` is still found" in str(api.requests[2]["messages"][-1])
    assert contents(shop) == before
