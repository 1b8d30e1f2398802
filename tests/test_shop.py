"""The demo is a test: `architrave check` in examples/shop finds what `expected.md` lists, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

SHOP = Path(__file__).parent.parent / "examples" / "shop"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| `([^`:]+):(\d+)` \|", re.MULTILINE)


def test_the_shop_has_the_planted_findings_and_no_other() -> None:
    planted = {(rule, path, int(line)) for rule, path, line in ROW.findall((SHOP / "expected.md").read_text(encoding="utf-8"))}
    found = {(item["rule"], item["path"], item["start"]["line"]) for item in findings(SHOP)}
    assert planted
    assert sorted(planted - found) == [], "planted, but not found"
    assert sorted(found - planted) == [], "found, but not planted"


def test_a_change_that_breaks_clients_is_found_against_the_base_of_git(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop)
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main")
    for arguments in (("init",), ("add", "-A"), ("commit", "-m", "the shop as it is")):
        subprocess.run(["git", *identity, *arguments], cwd=shop, capture_output=True, check=True)
    description = shop / "services/orders/openapi.yaml"
    text = description.read_text(encoding="utf-8")
    at = text.index("    Order:\n")
    changed = text[:at] + text[at:].replace("total_cents: { type", "amount_cents: { type", 1).replace(
        ", total_cents,", ", amount_cents,", 1
    )
    description.write_text(changed, encoding="utf-8")
    found = [item for item in findings(shop) if item["rule"] == "api-breaking-change-same-version"]
    assert [item["message"] for item in found] == [
        "`Order.total_cents` is answered as `amount_cents` now, and the version is still 1.8.0",
    ]
    description.write_text(changed.replace("version: 1.8.0", "version: 2.0.0"), encoding="utf-8")
    assert not [item for item in findings(shop) if item["rule"] == "api-breaking-change-same-version"]


def findings(folder: Path) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "architrave", "check", "--format", "json", "--no-cache", "--exit-zero"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(ran.stdout)["findings"]
    return found
