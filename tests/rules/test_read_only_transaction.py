"""Waiting in a transaction that only reads holds a connection, and no lock."""

from __future__ import annotations

import pytest

from architrave.analysis.workspace import Workspace

_WAITING = """
import requests
from django.db import transaction

def prepare():
    with transaction.atomic({}):
        requests.post("http://inventory/releases", timeout=5)
"""


@pytest.mark.parametrize(("given", "severity"), [('using="replica"', "hint"), ('using="default"', "warning"), ("", "warning")])
def test_to_wait_in_it_is_a_hint(given: str, severity: str) -> None:
    workspace = Workspace()
    workspace.put("shop/receipts.py", _WAITING.format(given).encode())
    found = [item for item in workspace.snapshot().findings if item.rule == "data-external-call-in-txn"]
    assert [item.severity or "warning" for item in found] == [severity]
