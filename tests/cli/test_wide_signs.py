"""Signs beyond the basic plane before a finding: each format counts columns in its own way."""

from __future__ import annotations

from command import Command
from rich.cells import cell_len

BEFORE = 'def f(url): "\U0001f600\U0001d400é"; return '
TEXT = f"import requests\n\n\n{BEFORE}requests.get(url)\n"
COLUMN = len(BEFORE) + 1  # In code points.
END = COLUMN + len("requests.get")


def test_json_counts_code_points(command: Command) -> None:
    command.write("m.py", TEXT)
    [finding] = command("check", "--format", "json").json["findings"]
    assert finding["start"] == {"line": 4, "column": COLUMN}
    assert finding["end"] == {"line": 4, "column": END}
    edits = [edit for edit in finding["fix"]["edits"] if edit["path"] == "m.py" and edit["start"]["line"] == 4]
    assert [edit["start"]["column"] for edit in edits] == [COLUMN + len("requests.get(url")]


def test_sarif_counts_code_points_and_says_so(command: Command) -> None:
    command.write("m.py", TEXT)
    [run] = command("check", "--format", "sarif").json["runs"]
    [result] = run["results"]
    assert run["columnKind"] == "unicodeCodePoints"
    region = {"startLine": 4, "startColumn": COLUMN, "endLine": 4, "endColumn": END}
    assert result["locations"][0]["physicalLocation"]["region"] == region
    [change] = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["deletedRegion"]["startColumn"] == COLUMN + len("requests.get(url")


def test_github_counts_code_points(command: Command) -> None:
    command.write("m.py", TEXT)
    assert f"line=4,endLine=4,col={COLUMN},endColumn={END}::" in command("check", "--format", "github").out


def test_text_marks_what_is_below_it_on_the_screen(command: Command) -> None:
    command.write("m.py", TEXT)
    lines = command("check").out.splitlines()
    assert lines[1] == f"   ┌─ m.py:4:{COLUMN}"
    source, marks = lines[2], lines[3]
    assert cell_len(source[: source.index("requests.get")]) == cell_len(marks[: marks.index("^")])
    assert marks.count("^") == len("requests.get")


def test_a_fix_lands_behind_wide_signs(command: Command) -> None:
    path = command.write("m.py", TEXT)
    command("fix", "--unsafe")
    assert path.read_text() == TEXT.replace("get(url)", "get(url, timeout=10)")
