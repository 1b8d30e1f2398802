"""The files of the shop, cut and mixed up: everything still runs, says nothing of what is not there, and its fixes fit."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from architrave.analysis.edits import apply
from architrave.analysis.extraction import extract
from architrave.analysis.filefacts import FileFacts
from architrave.analysis.fixing import errors
from architrave.analysis.runner import run
from architrave.analysis.settings import selection
from architrave.analysis.snapshot import absolute_facts
from architrave.analysis.workspace import Workspace
from architrave.config import Config
from architrave.findings import Finding
from architrave.language import language_for
from architrave.rule import Rule, known_rules
from architrave.text import Location

SHOP = Path(__file__).parents[2] / "examples" / "shop"
CUTS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "swap", "end", "insert", "overwrite"]),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(
            [b"\0", b"\xff", b"(", b"}", b'"""', b"'", b"/*", b"\n", b"    ", b"\r", b"${", b"@", "\U0001f600".encode(), b"import "]
        ),
    ),
    min_size=1,
    max_size=4,
)


def cut(text: bytes, how: str, first: float, second: float, piece: bytes) -> bytes:
    start, end = sorted((int(first * (len(text) + 1)), int(second * (len(text) + 1))))
    if how == "delete":
        return text[:start] + text[end:]
    if how == "double":
        return text[:end] + text[start:end] + text[end:]
    if how == "swap":
        middle = (start + end) // 2
        return text[:start] + text[middle:end] + text[start:middle] + text[end:]
    if how == "end":
        return text[:end]
    return text[:start] + piece + text[start + (len(piece) if how == "overwrite" else 0) :]


@cache
def files() -> dict[str, bytes]:
    found = sorted(path for path in SHOP.rglob("*") if path.is_file() and language_for(path.name) is not None)
    return {path.relative_to(SHOP).as_posix(): path.read_bytes() for path in found if "/." not in path.as_posix()}


@cache
def read() -> dict[str, FileFacts]:
    return {path: extract(path, text) for path, text in files().items()}


@cache
def shop() -> Workspace:
    workspace = Workspace(Config(include_tests=True))
    for file in read().values():
        workspace.load(file)
    return workspace


def is_inside(location: Location, texts: dict[str, bytes]) -> bool:
    return location.path in texts and 0 <= location.span.start <= location.span.end <= len(texts[location.path])


class Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.getMessage()}: {record.exc_info[1] if record.exc_info else ''!r}")


@settings(max_examples=120, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_file_cut_to_pieces_breaks_nothing(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(files())))
    text = files()[path]
    for how, first, second, piece in data.draw(CUTS):
        text = cut(text, how, first, second, piece)
    handler = Errors()
    logging.getLogger("architrave").addHandler(handler)
    workspace = shop()
    try:
        mutant = extract(path, text)
        assert absolute_facts(extract(path, text)) == absolute_facts(mutant)
        workspace.load(mutant)
        state = workspace.snapshot()
        findings = state.findings
        assert handler.messages == []
    finally:
        logging.getLogger("architrave").removeHandler(handler)
        workspace.load(read()[path])
    texts = {**files(), path: text}
    for fact in absolute_facts(mutant):
        assert 0 <= fact.span.start <= fact.span.end <= len(text), fact
    for item in findings:
        assert is_inside(item.location, texts), item
        assert all(is_inside(related.location, texts) for related in item.related), item
        if item.fix is not None and path in {edit.location.path for edit in item.fix.edits}:
            after = apply(texts, item.fix.edits)
            if item.fix.is_safe:
                assert errors(path, after[path]) <= errors(path, text), (item, after[path].decode("utf-8", "replace"))


def broken(rule: Rule) -> Rule:
    def check(*_: object, **__: object) -> tuple[Finding, ...]:
        raise ZeroDivisionError

    check.__module__ = rule.check.__module__
    return replace(rule, check=check)


@pytest.mark.parametrize("id", sorted(known_rules()))
def test_without_any_one_rule_all_others_find_what_they_did(id: str, caplog: pytest.LogCaptureFixture) -> None:
    state = shop().snapshot()
    whole, _ = selection(shop().config)
    rules = tuple(broken(rule) if rule.id == id else rule for rule in whole.rules)
    outcomes = run(state.model, replace(whole, rules=rules), {}, None)
    assert {other for other, outcome in outcomes.items() if outcome.failed} == {id}
    assert id in caplog.text
    for other, outcome in outcomes.items():
        assert outcome.findings == (() if other == id else state.outcomes[other].findings)
