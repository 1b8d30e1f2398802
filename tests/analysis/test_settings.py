"""Configuration files: what is right counts, what is wrong names itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from architrave.analysis.settings import is_selected, load, option, selection
from architrave.config import Config, Layers, Service, line_of, parsed
from architrave.errors import ArchitraveError
from architrave.rule import find_rule, known_rules


def test_every_setting_is_read() -> None:
    config, mistakes = parsed(
        """
select = ["data-", "sys-no-timeout"]
ignore = ["data-fk-without-index"]
exclude = ["legacy/"]
include-tests = true
baseline = "known.json"
layers = [{ name = "orders", modules = ["orders.api", "orders.db"] }]

[[services]]
name = "billing"
root = "services/billing"
hosts = ["billing"]

[rules.sys-no-timeout]
severity = "error"
"""
    )
    assert not mistakes
    assert config == Config(
        ("data-", "sys-no-timeout"),
        ("data-fk-without-index",),
        ("legacy/",),
        True,
        "known.json",
        (Layers("orders", ("orders.api", "orders.db")),),
        (Service("billing", "services/billing", ("billing",)),),
        {"sys-no-timeout": {"severity": "error"}},
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('\nselct = ["data-"]', 2, "There is no setting `selct`; the nearest is `select`."),
        ('exclude = "legacy"', 1, "`exclude` is not right: expected `array`, got `str`."),
        ('[[layers]]\nname = "a"\nmodules = ["x"]\n[[layers]]\nname = "b"', 4, "`[[layers]]` lacks `modules`."),
        ('[[services]]\nname = "a"\nroot = "."\nhost = ["x"]', 4, "There is no setting `host`; the nearest is `hosts`."),
        ("layers = 3", 1, "`layers` must be tables: write `[[layers]]`."),
        ("select = [", 1, "This is no TOML: "),
    ],
)
def test_a_mistake_names_itself_and_its_line(text: str, line: int, message: str) -> None:
    _, mistakes = parsed(text)
    assert [(mistake.line, mistake.message.startswith(message)) for mistake in mistakes] == [(line, True)]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('select = ["dat-"]', 1, "There is no rule `dat-`; "),
        ("[rules.sys-no-timout]", 1, "There is no rule `sys-no-timout`; the nearest is `sys-no-timeout`."),
        (
            '[rules.sys-no-timeout]\nseverity = "fatal"',
            2,
            "`severity` must be one of error, warning, information, hint, off; it is `fatal`.",
        ),
        ("[rules]\nsys-layer-violation = { shar = 1 }", 2, "`sys-layer-violation` has no option `shar`; the nearest is `share`."),
        ('[rules.sys-layer-violation]\nleast = "4"', 2, "`least` of `sys-layer-violation` is not right: expected `int`, got `str`."),
    ],
)
def test_a_mistake_in_a_rule_names_itself_and_its_line(text: str, line: int, message: str) -> None:
    config, mistakes = parsed(text)
    assert not mistakes
    _, mistakes = selection(config, text)
    assert [(mistake.line, mistake.message.startswith(message)) for mistake in mistakes] == [(line, True)]


def test_what_is_right_beside_a_mistake_counts() -> None:
    config, mistakes = parsed('selct = []\nignore = ["perf-"]')
    assert config.ignore == ("perf-",)
    assert len(mistakes) == 1


def test_severity_and_options_reach_the_rule() -> None:
    config, _ = parsed('[rules.sys-layer-violation]\nseverity = "hint"\nshare = 1\n[rules.sys-no-timeout]\nseverity = "off"')
    chosen, mistakes = selection(config)
    assert not mistakes
    assert chosen.severities == {"sys-layer-violation": "hint"}
    assert chosen.options == {"sys-layer-violation": {"share": 1.0}}
    assert {rule.id for rule in chosen.rules} == set(known_rules()) - {"sys-no-timeout"}


def test_the_longer_pattern_wins() -> None:
    config = Config(select=("data-", "sys-no-timeout"), ignore=("sys-", "data-fk-without-index"))
    assert is_selected("data-migration-not-null", config)
    assert not is_selected("data-fk-without-index", config)
    assert is_selected("sys-no-timeout", config)
    assert not is_selected("sys-auto-ack", config)
    assert not is_selected("api-duplicate-route", config)


def test_an_option_is_converted_to_its_type() -> None:
    assert option(find_rule("sys-layer-violation"), "share", 1) == 1.0
    with pytest.raises(ArchitraveError, match="it has: severity"):
        option(find_rule("sys-layer-violation"), "xyzzy", 1)


def test_the_nearest_file_above_counts(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "architrave.toml").write_text('ignore = ["perf-"]')
    (tmp_path / "a/pyproject.toml").write_text('[project]\nname = "x"\n')
    assert load(tmp_path / "a/b").config.ignore == ("perf-",)
    (tmp_path / "a/pyproject.toml").write_text('[tool.architrave]\nignore = ["sys-"]\n')
    assert load(tmp_path / "a/b").config.ignore == ("sys-",)


def test_a_mistake_in_pyproject_has_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.architrave]\nignor = ["sys-"]\n')
    settings = load(tmp_path)
    assert settings.mistakes == (f"{tmp_path}/pyproject.toml:5: There is no setting `ignor`; the nearest is `ignore`.",)
    with pytest.raises(ArchitraveError, match="ignor"):
        settings.checked()


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "architrave.toml").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in load(tmp_path).mistakes[0]


def test_lines_are_found_in_every_way_of_writing() -> None:
    text = 'a.b = 1\n"x y" = 2\n[t]\nk = 1\n[[l]]\nn = 1\n[[l]]\nn = 2\ni = { z = 1 }'
    assert line_of(text, "a", "b") == 1
    assert line_of(text, "x y") == 2
    assert line_of(text, "t", "k") == 4
    assert line_of(text, "l", 1, "n") == 8
    assert line_of(text, "l", 1, "i", "z") == 9
