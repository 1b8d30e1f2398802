"""The package of the extension for VS Code: it carries the server, and is the same whoever makes it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from architrave import __version__
from tests.editors.conftest import ROOT

pytestmark = pytest.mark.needs("VS Code")

EXTENSION = ROOT / "clients/vscode"


def test_two_packages_of_the_same_source_are_equal(vsix: Path) -> None:
    before = vsix.read_bytes()
    done = subprocess.run(["npm", "run", "package"], cwd=EXTENSION, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert vsix.read_bytes() == before


def test_the_server_of_this_version_is_inside(vsix: Path) -> None:
    with ZipFile(vsix) as package:
        assert f"extension/server/architrave-{__version__}-py3-none-any.whl" in package.namelist()
        assert json.loads(package.read("extension/package.json"))["version"] == __version__
