"""Suppressions: what they are about, and what is said of those that are of no use."""

from __future__ import annotations

from datetime import date

import pytest

from architrave.analysis.files import Reach
from architrave.analysis.workspace import Workspace
from architrave.language import Language, known_languages
from architrave.testing import snapshot

HEAD = "import requests\n\n\n"


def rules(text: str, path: str = "app/main.py") -> list[str]:
    return [finding.rule for finding in snapshot({path: text}).findings]


CALL = "def f(url):\n    return requests.get(url)"


def test_without_one_it_is_found() -> None:
    assert rules(HEAD + CALL) == ["sys-no-timeout"]


@pytest.mark.parametrize(
    "comment",
    [
        "architrave: ignore[sys-no-timeout]",
        "architrave: ignore[sys-no-timeout] the proxy has one",
        "architrave: ignore[sys-auto-ack, sys-no-timeout]",
        "architrave: ignore",
        "architrave:ignore[sys-no-timeout] until=2999-01-01 soon",
        "noqa: X  architrave: ignore[sys-no-timeout]",
    ],
)
def test_it_is_about_its_own_line(comment: str) -> None:
    found = snapshot({"app/main.py": f"{HEAD}{CALL}  # {comment}\n"})
    assert [item.rule for item in found.findings if item.rule == "sys-no-timeout"] == []
    assert [item.rule for item in found.judged.suppressed] == ["sys-no-timeout"]


def test_alone_on_a_line_it_is_about_the_next() -> None:
    assert rules(HEAD + "def f(url):\n    # architrave: ignore[sys-no-timeout]\n    return requests.get(url)\n") == []


def test_more_comments_may_follow() -> None:
    text = "def f(url):\n    # architrave: ignore[sys-no-timeout]\n    # because of this\n    # and that\n    return requests.get(url)\n"
    assert rules(HEAD + text) == []


def test_an_empty_line_ends_it() -> None:
    text = "def f(url):\n    # architrave: ignore[sys-no-timeout]\n\n    return requests.get(url)\n"
    assert rules(HEAD + text) == ["suppression-unused", "sys-no-timeout"]


def test_above_decorators_it_is_about_what_they_decorate() -> None:
    text = "# architrave: ignore[sys-no-timeout]\n@one\n@two(\n    3,\n)\ndef f(url): return requests.get(url)\n"
    assert rules(HEAD + text) == []


def test_for_the_whole_file() -> None:
    assert rules("# architrave: ignore-file[sys-no-timeout]\n" + HEAD + CALL) == []


def test_another_rule_is_not_meant() -> None:
    assert rules(HEAD + CALL + "  # architrave: ignore[sys-auto-ack]\n") == ["sys-no-timeout", "suppression-unused"]


def test_an_expired_one_comes_back_with_a_hint() -> None:
    found = snapshot({"app/main.py": f"{HEAD}{CALL}  # architrave: ignore[sys-no-timeout] until=2020-01-31\n"}).findings
    assert [(item.rule, item.severity) for item in found] == [("sys-no-timeout", "warning"), ("suppression-expired", "hint")]
    assert found[1].message == "This suppression of `sys-no-timeout` expired on 2020-01-31"


def test_one_expires_while_a_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(reach=Reach(explicit=frozenset(["m.py"])))
    workspace.put("m.py", f"{HEAD}{CALL}  # architrave: ignore[sys-no-timeout] until=2999-12-31\n".encode())
    assert not workspace.snapshot().findings

    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(3000, 1, 1)

    monkeypatch.setattr("architrave.analysis.workspace.date", Later)
    assert [item.rule for item in workspace.snapshot().findings] == ["sys-no-timeout", "suppression-expired"]


def test_an_unknown_rule_is_a_hint_with_the_nearest() -> None:
    found = snapshot({"app/main.py": "x = 1  # architrave: ignore[sys-no-timout]\n"}).findings
    assert [(item.rule, item.severity) for item in found] == [("suppression-unknown", "hint")]
    assert found[0].message == "There is no rule `sys-no-timout`; the nearest is `sys-no-timeout`"


def test_an_unused_one_is_a_hint() -> None:
    found = snapshot({"app/main.py": "x = 1  # architrave: ignore[sys-no-timeout]\n"}).findings
    assert [(item.rule, item.severity) for item in found] == [("suppression-unused", "hint")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "# architrave: ignore-file[ops-docker-root]\nFROM python:3.12\nCMD python app.py\n"),
        ("compose.yml", "# architrave: ignore-file\nservices: {}\n"),
        ("main.go", "package main\n\n// architrave: ignore[sys-no-timeout]\nfunc main() {}\n"),
        ("main.ts", "/* architrave: ignore[sys-no-timeout] */\nexport const x = 1\n"),
        ("schema.sql", "-- architrave: ignore[data-fk-without-index]\nSELECT 1;\n"),
    ],
)
def test_every_language_has_its_own_comments(path: str, text: str) -> None:
    workspace = Workspace(reach=Reach(explicit=frozenset([path])))
    workspace.put(path, text.encode())
    state = workspace.snapshot()
    assert state.files[path].covers
    assert not [item for item in state.findings if not item.rule.startswith("suppression-")]


def name_of(language: Language) -> str:
    return next((f"m{suffix}" for suffix in language.suffixes), "") or language.filenames[0].replace("*", "")


LANGUAGES = [(name_of(language), sign) for language in known_languages() for sign in (language.comment, *language.other_comments)]
BLOCKS = [("m.ts", "/*"), ("m.js", "/*"), ("m.go", "/*"), ("m.java", "/*"), ("m.rs", "/*")]


@pytest.mark.parametrize(("path", "comment"), [*LANGUAGES, *BLOCKS])
def test_a_comment_of_any_language_is_read_once(path: str, comment: str) -> None:
    workspace = Workspace(reach=Reach(explicit=frozenset([path])))
    end = {"/*": " */", "<!--": " -->"}.get(comment, "")
    workspace.put(path, f"\n{comment} architrave: ignore[sys-no-timout] until=2999-01-01 why{end}\n".encode())
    [hint] = workspace.snapshot().findings
    assert (hint.rule, hint.severity) == ("suppression-unknown", "hint")
    assert (hint.location.span.start, workspace.snapshot().files[path].covers[0].until) == (1, "2999-01-01")


def test_it_moves_with_an_edit() -> None:
    workspace = Workspace(reach=Reach(explicit=frozenset(["m.py"])))
    text = f"{HEAD}{CALL}  # architrave: ignore[sys-no-timeout]\n"
    workspace.put("m.py", text.encode())
    assert not workspace.snapshot().findings
    workspace.put("m.py", ("# one\n# two\n" + text).encode())
    assert not workspace.snapshot().findings
    workspace.put("m.py", text.replace("  # architrave: ignore[sys-no-timeout]", "").encode())
    assert [item.rule for item in workspace.snapshot().findings] == ["sys-no-timeout"]
