"""Findings of checkouts are held against labels, and what does not fit is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.precision import Label, precision_table, read_labels

CALL = 'import requests\n\n\ndef rates():\n    return requests.get("https://rates.example.com/today").json()\n'


@pytest.fixture
def checkout(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.py").write_text(CALL)
    (folder / "b.py").write_text(CALL)
    return tmp_path, committed(folder)


def committed(folder: Path) -> str:
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "x")):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_labels_and_findings_are_held_together(checkout: tuple[Path, str]) -> None:
    folder, commit = checkout
    labels = [
        Label("me/shop", commit, "a.py", 5, "sys-no-timeout", "right", "no timeout"),
        Label("me/shop", commit, "c.py", 1, "sys-no-timeout", "wrong", "no such file"),
    ]
    table = precision_table(folder, labels)
    assert table.rows == (("sys-no-timeout", "warning", "2", "1", "0", "1", "100%", "90%"),)
    assert table.notes == (
        "not labelled: me/shop b.py:5 sys-no-timeout",
        "not found any more: me/shop c.py:1 sys-no-timeout (wrong)",
    )
    assert not table.failures


def test_a_label_of_any_place_of_a_cause_is_one_of_the_finding(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.Dockerfile").write_text("FROM node:latest\nUSER node\n")
    commit = committed(folder)
    table = precision_table(tmp_path, [Label("me/shop", commit, "b.Dockerfile", 1, "ops-docker-unpinned", "right", "no version")])
    assert table.rows == (("ops-docker-unpinned", "warning", "1", "1", "0", "0", "100%", "90%"),)
    assert not table.notes


def test_another_commit_and_a_missing_checkout_are_named(checkout: tuple[Path, str]) -> None:
    folder, commit = checkout
    labels = [
        Label("me/shop", "0" * 40, "a.py", 5, "sys-no-timeout", "right", "no timeout"),
        Label("me/other", commit, "a.py", 5, "sys-no-timeout", "right", "no timeout"),
    ]
    table = precision_table(folder, labels)
    assert not table.rows
    assert [failure.partition(":")[0] for failure in table.failures] == ["me/shop", "me/other"]


def test_a_line_that_is_no_label_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text("# head\nme/shop\tabc\ta.py\t5\tsys-no-timeout\tmaybe\tx\n")
    with pytest.raises(ValueError, match=r"labels\.tsv:2: "):
        read_labels(path)


def test_the_labels_are_of_rules_that_exist() -> None:
    from architrave.rule import known_rules

    labels = read_labels()
    assert len({label.key for label in labels}) == len(labels)
    assert {label.rule for label in labels} <= set(known_rules())
