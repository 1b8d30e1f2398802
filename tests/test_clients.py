"""What clients have of the server is what the server has."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from architrave.lsp import commands

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


def test_no_command_of_vs_code_has_the_name_of_one_of_the_server() -> None:
    """The editor takes each name once, and the client registers those of the server."""
    document = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
    assert not {item["command"] for item in document["contributes"]["commands"]} & set(commands.NAMES)
