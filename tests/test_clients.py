"""What clients have of the server is what the server has."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

VSCODE = Path(__file__).parent.parent / "clients" / "vscode"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    specification = importlib.util.spec_from_file_location("generate", VSCODE / "generate.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_settings_of_vs_code_are_those_of_the_server(generate: ModuleType) -> None:
    text = (VSCODE / "package.json").read_text(encoding="utf-8")
    assert generate.package(text) == text, "run `make docs`"


def test_vs_code_shows_the_server_the_files_that_it_reads(generate: ModuleType) -> None:
    assert generate.languages() == (VSCODE / "src" / "languages.json").read_text(encoding="utf-8"), "run `make docs`"
