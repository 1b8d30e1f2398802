"""A little of `soak.py` on the shop, for every run of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp.soak import soak

SHOP = Path(__file__).parents[2] / "examples" / "shop"


@pytest.mark.parametrize(("seed", "encoding", "pulls"), [(1, "utf-8", False), (2, "utf-16", True), (3, "utf-32", False)])
async def test_the_server_shows_what_a_fresh_look_finds(cache: Path, seed: int, encoding: str, pulls: bool) -> None:
    found = await soak(SHOP, 6, seed, encoding, pulls=pulls, cache=cache)
    assert not found.problems
    assert found.done["compared"] == 6 and found.done["findings"] > 100
