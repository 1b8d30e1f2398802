"""Emacs with eglot, configured by the block of `docs/editors.md`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.editors.conftest import ARCHITRAVE
from tests.editors.documentation import block

pytestmark = pytest.mark.needs("Emacs")

SCENARIO = Path(__file__).parent / "emacs/shop.el"


def test_emacs_shows_explains_and_mends_a_finding(shop: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    configuration = tmp_path / "configuration.el"
    configuration.write_text(f"(require 'eglot)\n{block('Emacs', 'elisp')}")
    program = shutil.which("emacs")
    assert program is not None
    variables = {**environment, "PATH": f"{ARCHITRAVE.parent}:{environment['PATH']}", "HOME": str(tmp_path)}
    command = [program, "--batch", "-q", "-l", str(configuration), "-l", str(SCENARIO)]
    done = subprocess.run(command, cwd=shop, env=variables, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0 and "all is well" in done.stderr, done.stderr
