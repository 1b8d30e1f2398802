"""`architrave check`: every option, exit code and format."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import CALL, Command
from rich.cells import cell_len

from architrave.analysis import check
from architrave.analysis.files import discover
from architrave.cli.reports.text import shown_finding
from architrave.cli.sources import Sources
from architrave.findings import Finding, Related
from architrave.text import Location, Span


def test_a_clean_folder_exits_0(command: Command) -> None:
    command.write("m.py", "x = 1\n")
    result = command("check")
    assert (result.code, result.out) == (0, "Nothing found in 1 file.\n")


def test_an_empty_folder_is_clean(command: Command) -> None:
    assert command("check").out == "Nothing found in 0 files.\n"


def test_findings_exit_1_and_show_their_line(command: Command) -> None:
    command.write("m.py", CALL)
    result = command("check", ".")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0].startswith("warning[sys-no-timeout]: ")
    assert lines[1] == "   ┌─ m.py:5:12"
    assert lines[2] == " 5 │     return requests.get(url)"
    assert lines[3].startswith("   │            ^")
    assert any(line.startswith("   = ") for line in lines)
    assert lines[-1].startswith("1 finding in 1 file: 1 warning.")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_no_report_shows_a_secret(command: Command, form: str) -> None:
    command.write("m.py", 'import os\n\nAPI_KEY = "nXsiVpzz63FfkCzJr4i0B3JrTAwR4y9o"\n')
    shown = command("check", "--format", form).out
    assert "sec-secret-in-code" in shown
    assert "nXsi" not in shown


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_sentences_break_between_words_on_a_terminal_and_paths_stay_whole(command: Command, columns: int) -> None:
    place = Location("a/very/long/path/of/a/module/that/is/wider/than/a/narrow/terminal.py", Span(0, 6))
    command.write(place.path, "x = '\U0001f600'\n" * 3)
    message = "`orders` \U0001f600\U0001f600 " + "is read and written by two services and nobody knows which of them owns it " * 3
    finding = Finding(
        place, message.strip(), "x", severity="warning", rule="r", evidence=("seen " * 30,), related=(Related(place, message),)
    )
    lines = [line.plain for line in shown_finding(finding, Sources(command.root), columns)]
    whole = [line.plain for line in shown_finding(finding, Sources(command.root))]
    assert all(cell_len(line) <= columns or place.path in line for line in lines)
    assert " ".join(" ".join(lines).split()) == " ".join(" ".join(whole).split())
    assert len(lines) > len(whole)


def test_exit_zero(command: Command) -> None:
    command.write("m.py", CALL)
    assert command("check", "--exit-zero").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "There is no file or folder `nowhere`."),
        (("/",), "`/` is the whole disk; give the folder of a project."),
        (("--select", "sys-no-timout"), "There is no rule `sys-no-timout`; the nearest is `sys-no-timeout`."),
        (("--baseline", "none.json"), "The baseline `none.json` cannot be read"),
        (("--output", "no/such/folder.txt"), "`no/such/folder.txt` cannot be written"),
    ],
)
def test_what_cannot_run_exits_2_and_says_why(command: Command, arguments: tuple[str, ...], message: str) -> None:
    command.write("m.py", CALL)
    result = command("check", *arguments)
    assert result.code == 2
    assert f"architrave: {message}" in result.err
    assert result.out == ""


def test_a_wrong_argument_exits_2(command: Command) -> None:
    assert command("check", "--format", "xml").code == 2
    assert command("chekc").code == 2
    assert command("check", "--jobs", "-1").code == 2


def test_a_wrong_configuration_exits_2_unless_isolated(command: Command) -> None:
    command.write("m.py", CALL)
    command.write("architrave.toml", 'ignor = ["sys-"]\n')
    result = command("check")
    assert result.code == 2
    assert "architrave.toml:1: There is no setting `ignor`; the nearest is `ignore`." in result.err
    assert command("check", "--isolated").code == 1


def test_json(command: Command) -> None:
    command.write("app/m.py", "# é\n" + CALL)
    [finding] = command("check", "--format", "json").json["findings"]
    assert finding["rule"] == "sys-no-timeout"
    assert finding["severity"] == "warning"
    assert finding["path"] == "app/m.py"
    assert finding["start"] == {"line": 6, "column": 12}
    assert finding["end"]["line"] == 6
    assert finding["fix"]["edits"][0]["path"] == "app/m.py"
    assert set(finding) == {"rule", "severity", "message", "path", "start", "end", "evidence", "related", "fix"}


def test_columns_count_characters(command: Command) -> None:
    command.write("m.py", 'import requests\n\n\ndef f(url): "äöü"; return requests.get(url)\n')
    [finding] = command("check", "--format", "json").json["findings"]
    assert finding["start"] == {"line": 4, "column": 27}


def test_github(command: Command) -> None:
    command.write("m.py", CALL)
    line = command("check", "--format", "github").out.splitlines()[0]
    assert line.startswith("::warning title=Architrave%3A sys-no-timeout,file=m.py,line=5,endLine=5,col=12,endColumn=")


def test_output_goes_to_a_file(command: Command) -> None:
    command.write("m.py", CALL)
    result = command("check", "--format", "json", "--output", "found.json")
    assert (result.code, result.out) == (1, "")
    assert '"sys-no-timeout"' in (command.root / "found.json").read_text()


def test_select_ignore_and_severity(command: Command) -> None:
    command.write("m.py", CALL)
    assert command("check", "--select", "data-").code == 0
    assert command("check", "--select", "data-,sys-no-timeout").code == 1
    assert command("check", "--ignore", "sys-").code == 0
    assert command("check", "--severity", "error").code == 0
    assert command("check", "--severity", "warning").code == 1


def test_tests_count_only_when_wanted_or_named(command: Command) -> None:
    command.write("tests/test_m.py", CALL)
    result = command("check")
    assert result.code == 0
    assert "Nothing found in 0 files. 1 file of tests, examples or the like not read." in result.out
    (command.root / "tests/test_m.py").unlink()
    command.write("m.py", "# Code generated by a tool. DO NOT EDIT.\n" + CALL)
    assert "1 in tests, examples or generated code." in command("check").out
    (command.root / "m.py").unlink()
    command.write("tests/test_m.py", CALL)
    assert command("check", "--include-tests").code == 1
    assert command("check", "tests").code == 1
    command.write("examples/shop/tests/test_m.py", CALL)
    assert command("check", "examples/shop").code == 0
    assert command("check", "tests/test_m.py").code == 1


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("app/test_m.py", ""),
        ("app/fixtures/m.py", ""),
        ("examples/m.py", ""),
        ("vendor/m.py", ""),
        ("app/m_pb2.py", ""),
        ("app/m.py", "# Code generated by a tool. DO NOT EDIT.\n"),
    ],
)
def test_what_is_no_production_code_counts_when_wanted_or_named(command: Command, path: str, head: str) -> None:
    command.write(path, head + CALL)
    assert command("check").code == 0
    assert command("check", "--include-tests").code == 1
    assert command("check", path).code == 1


def test_related_places_and_evidence_are_shown(command: Command) -> None:
    command.write("a.py", "from b import x\ny = 1\n")
    command.write("b.py", "from a import y\nx = 1\n")
    lines = command("check", "--select", "sys-cyclic-dependency").out.splitlines()
    assert [line for line in lines if line.startswith("   · ")] == ["   · b.py:1:1: `b.py` imports `a.py`"]
    assert "   = 2 modules take part" in lines


def test_a_file_is_judged_in_its_project(command: Command) -> None:
    command.write("architrave.toml", "")
    command.write("app/m.py", CALL)
    command.write("app/n.py", CALL)
    findings = command("check", "app/m.py", "--format", "json").json["findings"]
    assert [finding["path"] for finding in findings] == ["app/m.py"]


def test_a_folder_below_a_configuration_is_a_part_of_its_project(command: Command) -> None:
    command.write("architrave.toml", 'exclude = ["app/old/"]')
    command.write("app/m.py", CALL)
    command.write("app/old/m.py", CALL)
    command.write("lib/n.py", CALL)
    assert [item["path"] for item in command("check", "app", "--format", "json").json["findings"]] == ["app/m.py"]
    assert "is a part of" in command("baseline", "app").err
    assert command("baseline").code == 0
    assert command("check", "app").code == 0
    assert command("check", "app", "--isolated").code == 1


def test_several_folders(command: Command) -> None:
    command.write("a/m.py", CALL)
    command.write("b/m.py", CALL)
    findings = command("check", "a", "b", "--format", "json").json["findings"]
    assert [finding["path"] for finding in findings] == ["a/m.py", "b/m.py"]


def test_a_folder_elsewhere_is_shown_whole(command: Command, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/m.py").write_text(CALL)
    [finding] = command("check", str(tmp_path / "other"), "--format", "json").json["findings"]
    assert finding["path"] == f"{tmp_path}/other/m.py"


@pytest.mark.parametrize("arguments", [(), ("--no-cache",), ("--jobs", "1"), ("--jobs", "2")])
def test_a_second_run_finds_the_same(command: Command, arguments: tuple[str, ...]) -> None:
    for index in range(3):
        os.utime(command.write(f"m{index}.py", CALL), (1_600_000_000, 1_600_000_000))
    first = command("check", "--format", "json", *arguments).out
    second = command("check", "--format", "json", "--stats", *arguments)
    assert second.out == first
    assert ("findings taken over" in second.err) is ("--no-cache" not in arguments)


def test_a_changed_setting_is_seen_by_a_warm_run(command: Command) -> None:
    os.utime(command.write("m.py", CALL), (1_600_000_000, 1_600_000_000))
    assert command("check").code == 1
    command.write("architrave.toml", '[rules.sys-no-timeout]\nseverity = "off"\n')
    assert command("check").code == 0
    command.write("architrave.toml", "")
    assert command("check").code == 1


def test_stats(command: Command) -> None:
    command.write("m.py", CALL)
    err = command("check", "--stats").err
    assert "1 file, 6 lines" in err
    for phase in ("discover", "parse and facts", "import resolution", "model and rules", "rule sys-"):
        assert phase in err


def test_what_is_suppressed_is_counted_and_in_no_format(command: Command) -> None:
    command.write("m.py", CALL.rstrip() + "  # architrave: ignore[sys-no-timeout]\n")
    assert "1 suppressed." in command("check").out
    for format in ("json", "sarif", "github"):
        result = command("check", "--format", format, "--select", "sys-no-timeout")
        assert result.code == 0
        assert "m.py" not in result.out


def test_text_of_a_workspace_cannot_steer_the_terminal(command: Command) -> None:
    command.write("m.py", CALL.rstrip() + "  # \x1b[31m\x07\n")
    assert "\x1b" not in command("check").out


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xef\xbb\xbf" + CALL.encode(),
        b"\0" * 10,
        b"\xff\xfe\xfa",
        b"(" * 10_000,
        b"x = 1\n" * 1_800_000,
        CALL.replace("\n", "\r\n").encode(),
    ],
    ids=["empty", "bom", "binary", "no utf-8", "deep", "10 MB", "crlf"],
)
def test_bad_input_costs_nothing_else(command: Command, text: bytes) -> None:
    command.write("bad.py", text)
    command.write("good.py", CALL)
    result = command("check", "--format", "json")
    assert "good.py" in [finding["path"] for finding in result.json["findings"]]
    assert "Traceback" not in result.err


def test_a_file_that_vanishes_after_it_was_listed_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write("m.py", CALL)
    gone = command.write("gone.py", CALL)

    def listed(*arguments: Any, **named: Any) -> Any:
        listing = discover(*arguments, **named)
        gone.unlink(missing_ok=True)
        return listing

    monkeypatch.setattr(check, "discover", listed)
    for arguments in ((), ("--no-cache",), ("--jobs", "2")):
        gone.write_text(CALL)
        result = command("check", "--format", "json", *arguments)
        assert (result.code, [finding["path"] for finding in result.json["findings"]]) == (1, ["m.py"])
        assert "gone.py: cannot be read: No such file or directory" in result.err


def test_a_link_to_nowhere_and_in_a_circle(command: Command) -> None:
    command.write("m.py", CALL)
    (command.root / "gone.py").symlink_to("nowhere.py")
    (command.root / "self.py").symlink_to("self.py")
    (command.root / "up").symlink_to("..")
    result = command("check")
    assert result.code == 1
    assert "1 finding in 1 file:" in result.out


def test_a_name_that_is_no_text(command: Command) -> None:
    name = os.fsdecode(b"m\xff.py")
    try:
        (command.root / name).write_text(CALL)
    except OSError:
        pytest.skip("this file system takes no such name")
    command.write("n.py", CALL)
    result = command("check", "--format", "json")
    assert [finding["path"] for finding in result.json["findings"]] == ["n.py"]
    assert "its name is no UTF-8" in result.err


def test_a_closed_pipe_is_no_error(command: Command) -> None:
    for index in range(300):
        command.write(f"m{index}.py", CALL)
    code = f"{sys.executable} -m architrave check --no-cache | head -1"
    result = subprocess.run(["sh", "-c", code], capture_output=True, text=True, cwd=command.root, check=False)
    assert "Traceback" not in result.stderr and "Exception" not in result.stderr


def test_a_cache_that_cannot_be_is_said_once(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write("m.py", CALL)
    monkeypatch.setenv("XDG_CACHE_HOME", str(command.root / "m.py"))
    assert command("check").code == 1
