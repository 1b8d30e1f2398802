"""SARIF validates and says what the other formats say."""

from __future__ import annotations

from typing import Any

import pytest
from command import CALL, Command
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Model


def sarif(command: Command) -> Any:
    command.write("app/m.py", CALL)
    command.write("app/ä b.py", CALL)
    command.write("a.py", "from b import x\ny = 1\n")
    command.write("b.py", "from a import y\nx = 1\n")
    return command("check", "--format", "sarif").json


def test_it_says_what_json_says(command: Command) -> None:
    results = sarif(command)["runs"][0]["results"]
    findings = command("check", "--format", "json").json["findings"]
    assert len(results) == len(findings) > 2
    for result, finding in zip(results, findings, strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        assert result["ruleId"] == finding["rule"]
        assert (region["startLine"], region["startColumn"]) == (finding["start"]["line"], finding["start"]["column"])
        assert len(result.get("relatedLocations", [])) == len(finding["related"])
        assert ("fixes" in result) == (finding["fix"] is not None)


def test_rules_have_help_and_results_point_to_them(command: Command) -> None:
    run = sarif(command)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rule["help"]["markdown"] for rule in rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_addresses_are_escaped(command: Command) -> None:
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in sarif(command)["runs"][0]["results"]}
    assert "app/%C3%A4%20b.py" in uris


def test_fingerprints_outlive_edits(command: Command) -> None:
    def prints() -> set[str]:
        run = command("check", "--format", "sarif", "--select", "sys-no-timeout").json["runs"][0]
        return {result["partialFingerprints"]["architrave/v1"] for result in run["results"]}

    command.write("m.py", CALL)
    command.write("n.py", CALL)
    before = prints()
    command.write("m.py", "# a\n" * 20 + CALL)
    assert prints() == before
    assert len(before) == 2


def test_it_validates(command: Command) -> None:
    """The models of `pydantic-sarif` are made of the official schema and forbid what it does not have."""
    document = sarif(command)
    Model.model_validate(document)
    document["runs"][0]["results"][0]["lvel"] = "x"
    with pytest.raises(ValueError, match="lvel"):
        Model.model_validate(document)
