"""The base of a workspace: found in git, read once, and shared with what is as it was there."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from architrave.analysis.base import Base
from architrave.analysis.check import Order, check
from architrave.analysis.extraction import extract
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.git import base_of, signs
from architrave.analysis.settings import Settings
from architrave.analysis.workspace import Workspace
from architrave.config import Config

RULE = "api-breaking-change-same-version"
MAIN = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/v1/orders")
def orders(): ...


@app.get("/v1/items")
def items(): ...
"""
CHANGED = MAIN.replace("/v1/orders", "/v1/order")


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-m", "x")


def found(root: Path, *, has_cache: bool = False) -> list[str]:
    return [item.message for item in check(Order(root, Settings(Config(select=(RULE,))), has_cache=has_cache)).findings]


def test_without_a_repository_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(CHANGED)
    assert base_of(tmp_path) == "" and signs(tmp_path) == ()
    assert found(tmp_path) == []


def test_what_is_not_committed_is_held_against_the_last_commit(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path, {"main.py": MAIN})
    assert found(tmp_path) == []
    (tmp_path / "main.py").write_text(CHANGED)
    assert found(tmp_path) == ["`GET /v1/orders` is `GET /v1/order` now"]


def test_a_branch_is_held_against_where_it_left(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path, {"main.py": MAIN})
    git(tmp_path, "checkout", "-b", "other")
    commit(tmp_path, {"main.py": CHANGED})
    assert found(tmp_path) == ["`GET /v1/orders` is `GET /v1/order` now"]
    before = signs(tmp_path)
    git(tmp_path, "checkout", "main")
    assert signs(tmp_path) != before
    git(tmp_path, "merge", "other")
    assert found(tmp_path) == []


def test_a_workspace_below_its_repository(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path, {"services/ö orders/main.py": MAIN, "services/ö orders/gone.py": MAIN.replace("/v1", "/v3"), "docs/x.md": ""})
    folder = tmp_path / "services" / "ö orders"
    (folder / "main.py").write_text(CHANGED)
    (folder / "gone.py").unlink()
    differing = Base(folder, base_of(folder)).differing(["main.py", "new.py"], [])
    assert differing is not None and differing.keys() == {"main.py", "gone.py", "new.py"}
    assert differing["new.py"] is None and differing["main.py"] is not None and differing["main.py"].facts
    assert found(folder) == ["`GET /v1/orders` is `GET /v1/order` now"]


def test_findings_are_not_taken_over_when_the_base_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init")
    commit(root, {"main.py": MAIN})
    (root / "main.py").write_text(CHANGED)
    assert len(found(root, has_cache=True)) == len(found(root, has_cache=True)) == 1
    git(root, "commit", "-a", "-m", "x")
    assert found(root, has_cache=True) == []


def test_what_is_excluded_was_not_there_either(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path, {"main.py": MAIN, "old/main.py": MAIN, "tests/main.py": MAIN, "vendor/main.py": MAIN, "x.py": ""})
    for path in ("old", "tests", "vendor"):
        (tmp_path / path / "main.py").unlink()
    differing = Base(tmp_path, base_of(tmp_path), ("old/",)).differing(["main.py", "x.py"], [])
    assert differing == {}


def test_the_base_is_asked_for_once_and_not_at_a_key() -> None:
    asked: list[tuple[set[str], set[str]]] = []

    def as_at_base(paths: Collection[str], edited: Collection[str]) -> Mapping[str, FileFacts | None]:
        asked.append((set(paths), set(edited)))
        return {"main.py": extract("main.py", MAIN.encode())}

    workspace = Workspace(Config(select=(RULE,)))
    workspace.load(extract("README.md", b""))
    workspace.compare_with(as_at_base)
    assert workspace.snapshot().findings == () and not asked  # Nothing serves, so no rule wants to know.
    workspace.put("main.py", MAIN.encode())
    assert workspace.snapshot().findings == ()
    for end in range(len("order"), 0, -1):
        workspace.put("main.py", MAIN.replace("/v1/orders", f"/v1/{'order'[:end]}").encode())
        assert len(workspace.snapshot().findings) == 1
    assert asked == [({"README.md", "main.py"}, {"main.py"})]
    fork = workspace.fork()
    fork.put("main.py", MAIN.encode())
    assert fork.snapshot().findings == () and len(workspace.snapshot().findings) == 1


def test_an_open_description_counts_as_edited_until_it_is_read_from_the_disk() -> None:
    text = b"openapi: 3.0.3\ninfo: { title: Orders, version: 1.0.0 }\npaths:\n  /orders: { get: { responses: {} } }\n"
    asked: list[set[str]] = []

    def as_at_base(paths: Collection[str], edited: Collection[str]) -> Mapping[str, FileFacts | None]:
        asked.append(set(edited))
        return {"openapi.yaml": extract("openapi.yaml", text)}

    workspace = Workspace(Config(select=(RULE,)))
    workspace.put("openapi.yaml", text.replace(b"/orders", b"/bills"))
    workspace.compare_with(as_at_base)
    assert [finding.rule for finding in workspace.snapshot().findings] == [RULE] and asked == [{"openapi.yaml"}]
    workspace.load(extract("openapi.yaml", text))
    workspace.compare_with(as_at_base)
    assert workspace.snapshot().findings == () and asked[1:] == [set()]
