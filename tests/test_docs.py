"""The documents name what is there: links, paths, commands, targets and settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from architrave.cli.main import commands, parser
from architrave.config import parsed
from architrave_agents.settings import mistakes_of as of_agents

PROJECT = Path(__file__).parent.parent
DOCUMENTS = (
    *sorted(PROJECT.glob("*.md")),
    *sorted(PROJECT.glob("docs/*.md")),
    *sorted(PROJECT.glob("examples/*/*.md")),
    *sorted(PROJECT.glob("benchmarks/*.md")),
)
ROOTS = (
    PROJECT,
    PROJECT / "server" / "architrave",
    PROJECT / "examples" / "shop",
    PROJECT / "examples" / "shop" / "services" / "gateway" / "src",
)
FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|md|toml|ts|go|java|rs|sql|tf))")
COMMAND = re.compile(r"(?:\.venv/bin/)?architrave [a-z]+(?: [^`#]*)?")
# Files that the walks of CONTRIBUTING.md write, and names that a user's project has.
OF_OTHERS = re.compile(
    r"trailing_slash|trailing-slash|bottle|ruby|^architrave\.toml$|^app\.py$|^(?:agents|extension|Cargo)\.toml$|^src/lib\.rs$|^\.(?:architrave|claude)/agents/$|^(?:dist|build|legacy|node_modules|target|vendor)/$"
)


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def document(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def prose(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def headings(document: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_a_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path) if path else document
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_a_path_that_is_named_exists(document: Path) -> None:
    for code in CODE.findall(prose(document)):
        path = code.partition(":")[0] if re.search(r":\d+$", code) else code
        if PATH.fullmatch(path) and not OF_OTHERS.search(path):
            assert any((root / path).exists() for root in (*ROOTS, document.parent)), path


def test_a_command_that_is_named_can_be_given(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    lines = [line for _, language, body in FENCE.findall(text) if language in ("", "sh") for line in body.splitlines()]
    for line in (*lines, *CODE.findall(prose(document))):
        if COMMAND.fullmatch(line.partition("#")[0]):
            arguments = shlex.split(line, comments=True)[1:]
            arguments = arguments[: arguments.index(">")] if ">" in arguments else arguments
            assert arguments[0] in commands(), line
            assert len(arguments) == 1 or parser().parse_args(arguments), line


def test_a_target_of_make_is_there(document: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([\w-]+)", document.read_text(encoding="utf-8"), re.MULTILINE)) <= targets


def test_settings_that_are_shown_are_right(document: Path) -> None:
    for _, language, body in FENCE.findall(document.read_text(encoding="utf-8")):
        if language == "toml" and not re.search(r"language.server|^\[package\]", body):  # Those of other programs.
            mistakes = of_agents(body) if document.name == "agents.md" else parsed(body)[1]
            assert not mistakes, mistakes
