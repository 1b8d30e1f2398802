"""The server says of the shop what the command line says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.lsp.client import PULL, Client

SHOP = Path(__file__).parents[2] / "examples" / "shop"


async def test_the_workspace_is_reported_as_by_the_command_line(cache: Path) -> None:
    command = [sys.executable, "-m", "architrave", "check", "--no-cache", "--format", "json"]
    said = json.loads(subprocess.run(command, cwd=SHOP, capture_output=True, text=True, check=False).stdout)["findings"]
    async with Client(SHOP, PULL, cache=cache) as client:
        reports = (await client.request("workspace/diagnostic", {"previousResultIds": []}))["items"]
    found = [
        (
            report["uri"],
            item["code"],
            item["range"]["start"]["line"] + 1,
            item["range"]["start"]["character"] + 1,
            item["message"].partition("\n")[0],
        )
        for report in reports
        for item in report["items"]
    ]
    wanted = [((SHOP / item["path"]).as_uri(), item["rule"], *item["start"].values(), item["message"]) for item in said]
    assert sorted(found) == sorted(wanted)
