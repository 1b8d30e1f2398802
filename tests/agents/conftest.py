"""A user of their own for each test, and a small workspace with known findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.harness import written

ORDERS = """\
import requests
from fastapi import FastAPI

from app.prices import total

app = FastAPI()


@app.get("/orders")
def orders():
    return requests.get("https://stock.example.com/items").json()


@app.get("/totals")
def totals():
    return total([1, 2])
"""
PRICES = """\
def total(lines):
    return sum(lines)
"""


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings, and an environment that leads nowhere."""
    home = tmp_path / "home"
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ARCHITRAVE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return home


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """`app/orders.py` has a call without a timeout."""
    yield written(tmp_path / "shop", {"app/__init__.py": "", "app/orders.py": ORDERS, "app/prices.py": PRICES})
