"""The other commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import CALL, Command

from architrave.cli.main import commands
from architrave.cli.rules import markdown as rules_page
from architrave.cli.schema import markdown, schema
from architrave.rule import known_rules

DOCS = Path(__file__).parents[2] / "docs"


def test_every_command_is_found_and_says_what_it_does(command: Command) -> None:
    of_agents = {"agents", "ask", "design", "refactor", "review"}
    assert set(commands()) == {"baseline", "check", "doctor", "explain", "facts", "fix", "rules", "schema", "server"} | of_agents
    for name in commands():
        result = command(name, "--help")
        assert result.code == 0
        assert result.out.startswith(f"usage: architrave {name}")


def test_version(command: Command) -> None:
    assert command("--version").out.startswith("architrave 0.")


def test_nothing_heavy_is_imported_to_start() -> None:
    code = "import sys; from architrave.cli.main import parser; parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tree_sitter", "pygls", "lsprotocol", "rich", "anthropic", "architrave.rules.api"} & set(loaded)


def test_rules_as_a_list_and_as_json(command: Command) -> None:
    assert "sys-no-timeout" in command("rules").out
    rules = command("rules", "--format", "json").json
    assert [rule["id"] for rule in rules] == list(known_rules())
    for rule in rules:
        assert set(rule) == {"id", "summary", "severity", "languages", "fixable", "options", "references"}
    [layers] = [rule for rule in rules if rule["id"] == "sys-layer-violation"]
    assert layers["options"][0]["name"] == "share"
    assert layers["options"][0]["type"] == "float"


def test_explain_a_rule(command: Command) -> None:
    result = command("explain", "sys-no-timeout")
    assert result.code == 0
    assert "## Why it matters" in result.out
    assert command("explain", "suppression-unused").code == 0
    result = command("explain", "sys-no-timout")
    assert (result.code, "the nearest is `sys-no-timeout`" in result.err) == (2, True)


def test_explain_shows_the_examples_of_one_language_and_names_the_others(command: Command) -> None:
    command.write("main.go", "package main\n")
    command.write("client/app.ts", "export {};\n")
    command.write("client/page.ts", "export {};\n")
    out = command("explain", "sys-no-timeout").out
    assert "### Go\n" in out and "### Python" not in out
    assert "Also with examples in Python, TypeScript, Java, Rust: `architrave explain sys-no-timeout --language python`" in out
    assert "## Fix" in out and "## References" in out
    out = command("explain", "sys-no-timeout", "--language", "JavaScript").out
    assert "### TypeScript\n" in out and "### Go" not in out
    assert command("explain", "sys-no-timeout", "--language", "all").out.count("### ") == 8
    result = command("explain", "sys-no-timeout", "--language", "cobol")
    assert (result.code, "has no examples in cobol; it has them in Python, Go" in result.err) == (2, True)


def test_explain_a_line(command: Command) -> None:
    command.write("m.py", CALL)
    result = command("explain", "m.py:5")
    assert "warning[sys-no-timeout]" in result.out
    assert "## Why it matters" in result.out
    assert "### Python\n" in result.out and "### Go" not in result.out
    assert command("explain", "m.py:1").out == "Nothing is found on line 1 of m.py.\n"
    assert command("explain", "m.py").code == 2
    assert command("explain", "n.py:1").code == 2


def test_facts(command: Command) -> None:
    command.write("m.py", CALL)
    assert "Call callee=requests.get, arguments=[url]" in command("facts", "m.py").out
    facts = command("facts", ".", "--format", "json", "--kind", "Import").json["facts"]
    assert facts == [
        {
            "kind": "Import",
            "path": "m.py",
            "start": {"line": 1, "column": 1},
            "end": {"line": 1, "column": 16},
            "module": "requests",
            "name": "",
            "alias": "requests",
        }
    ]
    assert command("facts", "m.py", "--kind", "Cal").code == 2


def test_secrets_are_not_printed(command: Command) -> None:
    command.write(".env", "API_TOKEN=hunter2\nPORT=80\n")
    out = command("facts", ".env").out
    assert "API_TOKEN" in out and "hunter2" not in out


def test_baseline_hides_what_is_known_and_shrinks(command: Command) -> None:
    command.write("m.py", CALL)
    command.write("n.py", CALL)
    assert command("baseline").out == "architrave-baseline.json: 2 known findings\n"
    result = command("check")
    assert (result.code, "2 in the baseline" in result.out) == (0, True)
    assert command("check", "--isolated").code == 1
    command.write("n.py", "x = 1\n")
    command.write("o.py", CALL.replace("def f", "def g"))
    assert command("check").code == 1
    result = command("baseline")
    assert result.out == "architrave-baseline.json: 1 known finding, 1 fewer than before\n"
    assert "1 new finding is not in it" in result.err
    assert command("check").code == 1
    command("baseline", "--add")
    assert command("check").code == 0


def test_a_baseline_of_another_name(command: Command) -> None:
    command.write("m.py", CALL)
    command("baseline", "--output", "known.json")
    assert command("check").code == 1
    assert command("check", "--baseline", "known.json").code == 0
    command.write("architrave.toml", 'baseline = "known.json"\n')
    assert command("check").code == 0


def test_a_broken_baseline_is_named(command: Command) -> None:
    command.write("m.py", CALL)
    command.write("architrave-baseline.json", "{")
    result = command("check")
    assert (result.code, "architrave-baseline.json: this is no baseline" in result.err) == (2, True)


def test_doctor(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret-value")
    result = command("doctor")
    assert result.code == 0
    for word in ("Python", "Languages", "Rules", "Configuration", "Cache", "Key           set"):
        assert word in result.out
    assert "secret-value" not in result.out
    command.write("architrave.toml", "x = 1")
    assert command("doctor").code == 1


@pytest.mark.parametrize("address", ["0.0.0.0:1", "example.com:80", "localhost", "127.0.0.1:99999", "127.0.0.1:x"])
def test_the_server_listens_on_the_loopback_alone(command: Command, address: str) -> None:
    assert command("server", "--tcp", address).code == 2


def test_the_documents_are_up_to_date() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == markdown(), (
        "run: architrave schema --markdown > docs/configuration.md"
    )
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == rules_page(), "run: architrave rules --format markdown > docs/rules.md"
    text = (DOCS / "architrave.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(schema())), "run: architrave schema > docs/architrave.schema.json"


def test_the_schema_takes_what_is_right_and_nothing_else() -> None:
    from jsonschema import Draft7Validator

    validator = Draft7Validator(schema())
    Draft7Validator.check_schema(schema())
    good = {
        "select": ["data-"],
        "layers": [{"name": "a", "modules": ["x"]}],
        "rules": {"sys-layer-violation": {"severity": "off", "share": 0.5}},
    }
    assert validator.is_valid(good)
    for bad in ({"selct": []}, {"select": "x"}, {"layers": [{"name": "a"}]}, {"rules": {"x": {}}}, {"rules": {"sys-no-timeout": {"x": 1}}}):
        assert not validator.is_valid(bad)
