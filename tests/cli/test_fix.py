"""`architrave fix`: safe fixes are applied, the others when wanted; a file is never left worse."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from command import CALL, Command

from architrave.analysis import workspace as workspaces
from architrave.analysis.fixing import errors
from architrave.analysis.runner import Selection
from architrave.cli.fix import write
from architrave.errors import ArchitraveError
from architrave.facts.code import Call
from architrave.findings import Edit, Finding, Fix
from architrave.model.graph import Model
from architrave.rule import Rule
from architrave.text import Location, Span


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rules: `good()` becomes `fine()`, `bad(` breaks the file, `worse()` becomes `bad()`, `unsure()` is not safe."""

    def renamed(model: Model) -> Iterator[Finding]:
        texts = {"good": ("fine", True), "bad": ("bad)", True), "worse": ("bad", True), "unsure": ("sure", False)}
        for path, call in model.each(Call):
            if call.callee in texts:
                text, is_safe = texts[call.callee]
                fix = Fix(f"Call `{text}`", (Edit(model.at(path, call.name_span), text),), is_safe)
                yield Finding(model.at(path, call.span), f"`{call.callee}` is called", call.callee, fix=fix)

    renamed.__module__ = "architrave.rules.system.renamed"
    monkeypatch.setattr(workspaces, "selection", lambda config: (Selection((Rule(renamed, "warning", "0.1"),), {}, {}), ()))


def test_safe_fixes_are_written(command: Command) -> None:
    path = command.write("m.py", "good()\nunsure()\n")
    result = command("fix")
    assert result.code == 0
    assert path.read_text() == "fine()\nunsure()\n"
    assert result.out == "1 finding mended in 1 file.\n"


def test_others_when_wanted(command: Command) -> None:
    path = command.write("m.py", "good()\nunsure()\n")
    command("fix", "--unsafe")
    assert path.read_text() == "fine()\nsure()\n"


def test_diff_writes_nothing(command: Command) -> None:
    path = command.write("m.py", "x = 1\ngood()")
    result = command("fix", "--diff")
    assert result.code == 1
    assert result.out.splitlines() == [
        "--- a/m.py",
        "+++ b/m.py",
        "@@ -1,2 +1,2 @@",
        " x = 1",
        "-good()",
        "\\ No newline at end of file",
        "+fine()",
        "\\ No newline at end of file",
    ]
    assert path.read_text() == "x = 1\ngood()"


def test_a_file_is_never_left_unparseable(command: Command) -> None:
    path = command.write("m.py", "bad()\ngood()\n")
    result = command("fix")
    assert path.read_text() == "bad()\nfine()\n"
    assert "would no longer parse" in result.err


def test_a_fix_that_brings_a_new_finding_is_taken_back(command: Command) -> None:
    path = command.write("m.py", "worse()\n")
    other = command.write("n.py", "good()\n")
    result = command("fix")
    assert path.read_text() == "worse()\n"
    assert other.read_text() == "fine()\n"
    assert "then there would be: `bad` is called" in result.err


def test_permissions_line_endings_and_marks_stay(command: Command) -> None:
    path = command.write("m.py", b"\xef\xbb\xbfx = 1\r\ngood()\r\n")
    path.chmod(0o750)
    command("fix")
    assert path.read_bytes() == b"\xef\xbb\xbfx = 1\r\nfine()\r\n"
    assert path.stat().st_mode & 0o777 == 0o750
    assert os.listdir(command.root) == ["m.py"]


def test_only_the_named_file(command: Command) -> None:
    one, other = command.write("one.py", "good()\n"), command.write("other.py", "good()\n")
    command.write("architrave.toml", "")
    command("fix", "one.py")
    assert (one.read_text(), other.read_text()) == ("fine()\n", "good()\n")


def test_nothing_outside_is_written(command: Command) -> None:
    for path in ("../x.py", "/tmp/x.py", "a/../../x.py"):
        with pytest.raises(ArchitraveError, match="out of the workspace"):
            write(command.root, path, b"")


def test_errors_are_counted() -> None:
    assert errors("m.py", b"x = 1\n") == 0
    assert errors("m.py", b"x = (\n") > 0
    assert errors("m.txt", b"x = (\n") == 0


def test_new_lines_are_those_of_the_file() -> None:
    from architrave.analysis.edits import apply

    edit = Edit(Location("m.py", Span(0, 1)), "a\nb")
    assert apply({"m.py": b"x\r\ny\r\n"}, [edit]) == {"m.py": b"a\r\nb\r\ny\r\n"}
    assert apply({"m.py": b"x\ny\n"}, [edit]) == {"m.py": b"a\nb\ny\n"}


def test_call_is_what_the_other_tests_use() -> None:
    assert errors("m.py", CALL.encode()) == 0
