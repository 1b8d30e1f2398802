"""A small workspace with known findings."""

from __future__ import annotations

from pathlib import Path

import pytest

MAIN = """\
import requests
from fastapi import FastAPI

from app import other

app = FastAPI()
app.include_router(other.router)


@app.get("/orders")
def orders():
    return requests.get("https://stock.example.com/items").json()


@app.post("/orders")
def create():
    return {}
"""
OTHER = """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/parcels")
def parcels():
    return []
"""
DUPLICATE = OTHER.replace("/parcels", "/orders")
TIMEOUT = "sys-no-timeout"
TWICE = "api-duplicate-route"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of two modules: `app/main.py` has a call without a timeout, `app/other.py` has no finding."""
    root = tmp_path / "workspace"
    (root / "app").mkdir(parents=True)
    (root / "app/__init__.py").write_text("")
    (root / "app/main.py").write_text(MAIN)
    (root / "app/other.py").write_text(OTHER)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
