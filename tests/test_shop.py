"""The demo is a test: `architrave check` in examples/shop finds what `expected.md` lists, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

SHOP = Path(__file__).parent.parent / "examples" / "shop"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| `([^`:]+):(\d+)` \|", re.MULTILINE)


def test_the_shop_has_the_planted_findings_and_no_other() -> None:
    planted = {(rule, path, int(line)) for rule, path, line in ROW.findall((SHOP / "expected.md").read_text(encoding="utf-8"))}
    ran = subprocess.run(
        [sys.executable, "-m", "architrave", "check", "--format", "json", "--no-cache", "--exit-zero"],
        cwd=SHOP,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {(item["rule"], item["path"], item["start"]["line"]) for item in json.loads(ran.stdout)["findings"]}
    assert planted
    assert sorted(planted - found) == [], "planted, but not found"
    assert sorted(found - planted) == [], "found, but not planted"
